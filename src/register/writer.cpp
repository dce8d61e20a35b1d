// Group commit.
#include "register/writer.hpp"

#include <algorithm>
#include <vector>

namespace sonae::registers {

Writer::Writer(Record record, size_t together_max)
    : record_(std::move(record)), together_max_(together_max), thread_([this] { work(); }) {}

Writer::~Writer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wanted_.notify_one();
    thread_.join();
}

Status Writer::run(const Job& job) {
    return wait_for(job, false);
}

Status Writer::run_alone(const Job& job) {
    return wait_for(job, true);
}

Writer::State Writer::state() const {
    std::lock_guard lock(mutex_);
    return state_;
}

Writer::Counts Writer::counts() const {
    std::lock_guard lock(mutex_);
    return counts_;
}

Status Writer::wait_for(const Job& job, bool alone) {
    Waiting waiting;
    waiting.job = &job;
    waiting.alone = alone;
    std::unique_lock lock(mutex_);
    queue_.push_back(&waiting);
    if (alone || queue_.size() >= enough_) {
        enough_ = 1;
        wanted_.notify_one();
    }
    waiting.finished.wait(lock, [&] { return waiting.done; });
    return std::move(waiting.result);
}

// Waits until as many jobs are there as clients were busy at the last commit, but only for a small part of
// what that commit took.
void Writer::gather(std::unique_lock<std::mutex>& lock, size_t busy,
                    std::chrono::steady_clock::duration last) {
    enough_ = std::min(busy, together_max_);
    bool alone = std::ranges::any_of(queue_, [](const Waiting* one) { return one->alone; });
    if (queue_.size() < enough_ && !alone) {
        constexpr std::chrono::steady_clock::duration longest = std::chrono::milliseconds(5);
        wanted_.wait_for(lock, std::min(last / 4, longest), [&] { return stopping_ || enough_ == 1; });
    }
    enough_ = 1;
}

void Writer::work() {
    std::vector<Waiting*> jobs;
    size_t busy = 0;
    std::chrono::steady_clock::duration last{};
    std::unique_lock lock(mutex_);
    for (;;) {
        wanted_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        gather(lock, busy, last);
        // Everything that waits, up to the next job that wants to be alone.
        jobs.clear();
        do {
            jobs.push_back(queue_.front());
            queue_.pop_front();
        } while (!jobs.front()->alone && !queue_.empty() && !queue_.front()->alone &&
                 jobs.size() < together_max_);
        lock.unlock();
        auto start = std::chrono::steady_clock::now();
        carry_out(jobs);
        last = std::chrono::steady_clock::now() - start;
        lock.lock();
        busy = jobs.size() + queue_.size();
        bool full = std::ranges::any_of(jobs, [](const Waiting* one) {
            return !one->result && one->result.error().code == Code::disk_full;
        });
        auto kept = std::ranges::count_if(jobs, [](const Waiting* one) { return one->result.has_value(); });
        if (full) {
            state_ = State::full;
        } else if (kept > 0) {
            state_ = State::ready;
        }
        counts_.jobs += kept;
        counts_.commits += kept > 0 ? 1 : 0;
        // Nobody was answered before this point: the commit is durable.
        for (Waiting* one : jobs) {
            one->done = true;
            one->finished.notify_one();
        }
    }
}

void Writer::carry_out(const std::vector<Waiting*>& jobs) {
    if (jobs.front()->alone) {
        jobs.front()->result = guarded([&] { return (*jobs.front()->job)(record_); });
        return;
    }
    Status committed = guarded([&]() -> Status {
        record_.group([&] {
            for (Waiting* one : jobs) {
                one->result = guarded([&]() -> Status {
                    store::Transaction own(record_.database());
                    Status done = (*one->job)(record_);
                    if (done) own.commit();
                    return done;
                });
            }
        });
        return {};
    });
    if (committed) return;
    // One job may have filled the disk, and the engine has taken everything back with it: that is what all
    // are told.
    Error why = committed.error();
    for (const Waiting* one : jobs) {
        if (!one->result && one->result.error().code == Code::disk_full) why = one->result.error();
    }
    for (Waiting* one : jobs) {
        if (one->result || one->result.error().code == Code::io) one->result = tl::unexpected<Error>(why);
    }
}

Status Writer::guarded(const std::function<Status()>& what) {
    try {
        return what();
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    } catch (const std::exception& bug) {
        return fail(Code::io, std::string("予期しない誤りです。開発者に知らせてください: ") + bug.what(),
                    std::string("An unexpected fault. Please report it: ") + bug.what());
    }
}

}  // namespace sonae::registers
