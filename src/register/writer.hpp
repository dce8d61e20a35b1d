// The one writer of a record that several people use at once.
//
// A thread owns the Record. Whoever wants to change something hands it a job and waits; jobs that wait at the
// same time become one transaction, one signed head and one sync of the disk (group commit). Clients that
// were just answered tend to come back at once, and are waited for a moment: without it they would always
// miss the commit that starts with those who came during the last one, and half of them would share each
// sync. The answer to a job is given when its commit is durable and not before (output gate): what was
// acknowledged survives a power cut, and nothing is acknowledged that might not. A job that fails takes back
// its own changes only.
//
// Readers do not wait: each has its own Record (Record::open_reader), which sees what is committed.
#pragma once

#include "register/record.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace sonae::registers {

class Writer {
 public:
    // What a job may do: anything with the record but keep it. It runs on the writer's thread.
    using Job = std::function<Status(Record&)>;

    enum class State {
        ready,
        full,  // the disk was full at the last attempt: reading works, each new job tries again
    };

    // Takes the record and starts the thread. `together_max`: jobs in one commit at most.
    explicit Writer(Record record, size_t together_max = 256);
    // Carries out what was handed in and ends.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    // Runs the job, together with others that wait, and returns when it is durable. From any thread but the
    // writer's. An error of the job, or of the commit it was part of, means that nothing of it was kept; what
    // a job throws as Failure comes back as its error.
    Status run(const Job& job);

    // The same by itself, outside a common transaction: for jobs that commit in steps of their own, or that
    // need the sealed head of what they wrote (packs, erasure, backups).
    Status run_alone(const Job& job);

    State state() const;

    // Since the start: jobs that became durable, and the commits that took.
    struct Counts {
        int64_t jobs = 0;
        int64_t commits = 0;
    };
    Counts counts() const;

 private:
    struct Waiting {
        const Job* job = nullptr;
        bool alone = false;
        bool done = false;
        Status result;
        std::condition_variable finished;
    };

    Status wait_for(const Job& job, bool alone);
    void work();
    void gather(std::unique_lock<std::mutex>& lock, size_t busy, std::chrono::steady_clock::duration last);
    void carry_out(const std::vector<Waiting*>& jobs);
    static Status guarded(const std::function<Status()>& what);

    Record record_;
    size_t together_max_;
    mutable std::mutex mutex_;
    std::condition_variable wanted_;
    std::deque<Waiting*> queue_;
    size_t enough_ = 1;  // so many waiting jobs wake the writer
    bool stopping_ = false;
    State state_ = State::ready;
    Counts counts_;
    std::thread thread_;  // last: it uses everything above
};

}  // namespace sonae::registers
