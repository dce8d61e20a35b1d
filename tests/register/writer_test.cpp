// The one writer: group commit, the output gate, and that a failing job takes only its own changes back.
#include "register/writer.hpp"

#include "facts.hpp"
#include "register/verify.hpp"

#include <atomic>
#include <thread>

namespace sonae::registers {
namespace {

Command add_device(const std::string& number) {
    Command command;
    command.action = "add";
    command.register_name = "device";
    command.values = {{"number", number}};
    return command;
}

class ConcurrentWriter : public testing::Test {
 protected:
    ConcurrentWriter() : clock_(*Date::parse_iso("2026-11-21")) {
        auto made = Record::create(folder(), tests::source_catalog(), clock_, "みなと診療所", "clinic",
                                   tests::tester);
        EXPECT_TRUE(made) << made.error().words.en;
    }
    std::filesystem::path folder() const { return folder_.path() / "data"; }
    Record open() {
        auto opened = Record::open(folder(), tests::source_catalog(), clock_);
        EXPECT_TRUE(opened) << opened.error().words.en;
        return std::move(*opened);
    }
    static Status add(Record& record, const std::string& number) {
        auto applied = record.apply({add_device(number)}, tests::tester);
        if (!applied) return pass(std::move(applied));
        return {};
    }

    tests::Folder folder_;
    FixedClock clock_;
};

TEST_F(ConcurrentWriter, WhatWasAcknowledgedIsThereAndSealed) {
    constexpr int people = 8;
    constexpr int each = 25;
    std::atomic<int> failed = 0;
    {
        Writer writer(open());
        std::vector<std::thread> threads;
        for (int person = 0; person < people; person++) {
            threads.emplace_back([&, person] {
                for (int i = 0; i < each; i++) {
                    std::string number = std::to_string(person) + "/" + std::to_string(i);
                    if (!writer.run([&](Record& record) { return add(record, number); })) failed++;
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        EXPECT_EQ(failed, 0);
        EXPECT_EQ(writer.counts().jobs, people * each);
        // That many commits would mean that nobody ever shared one.
        EXPECT_LT(writer.counts().commits, people * each);
    }
    Record record = open();
    EXPECT_EQ(record.list("device")->size(), size_t{people * each});
    EXPECT_EQ(record.history().latest()->size, record.history().size());
    EXPECT_TRUE(verify(record).faults.empty());
}

TEST_F(ConcurrentWriter, AFailingJobTakesBackItsOwnChangesOnly) {
    {
        Writer writer(open());
        std::vector<std::thread> threads;
        std::atomic<int> refused = 0;
        for (int person = 0; person < 6; person++) {
            threads.emplace_back([&, person] {
                Status done = writer.run([&](Record& record) -> Status {
                    if (auto added = add(record, "p" + std::to_string(person)); !added) return added;
                    if (person % 2 == 0) return {};
                    if (person % 3 == 0) throw Failure({Code::io, {"x", "x"}});
                    return fail(Code::refused, "いいえ", "no");
                });
                if (!done) refused++;
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        EXPECT_EQ(refused, 3);
    }
    Record record = open();
    EXPECT_EQ(record.list("device")->size(), 3U);
    EXPECT_TRUE(verify(record).faults.empty());
}

TEST_F(ConcurrentWriter, ReadersSeeWholeCommitsWhileItWrites) {
    Writer writer(open());
    std::atomic<bool> done = false;
    std::atomic<int> torn = 0;
    std::atomic<int> looks = 0;
    std::thread reading([&] {
        auto reader = Record::open_reader(folder(), tests::source_catalog(), clock_);
        ASSERT_TRUE(reader) << reader.error().words.en;
        while (!done) {
            store::Transaction snapshot(reader->database(), store::Transaction::Kind::read);
            size_t devices = reader->list("device")->size();
            size_t vendors = reader->list("vendor")->size();
            if (devices != vendors) torn++;
            snapshot.commit();
            looks++;
        }
        auto refused = reader->apply({add_device("x")}, tests::tester);
        EXPECT_FALSE(refused);
    });
    for (int i = 0; i < 40; i++) {
        // A device and a vendor in two calls of apply, in one job: seen together or not at all.
        ASSERT_TRUE(writer.run([&](Record& record) -> Status {
            if (auto added = add(record, std::to_string(i)); !added) return added;
            Command vendor;
            vendor.action = "add";
            vendor.register_name = "vendor";
            vendor.values = {{"name", "業者" + std::to_string(i)}};
            auto applied = record.apply({vendor}, tests::tester);
            return applied ? Status() : pass(std::move(applied));
        }));
    }
    done = true;
    reading.join();
    EXPECT_EQ(torn, 0);
    EXPECT_GT(looks, 0);
}

TEST_F(ConcurrentWriter, AJobAloneFindsItsSealedHead) {
    Writer writer(open());
    EXPECT_TRUE(writer.run_alone([&](Record& record) -> Status {
        if (auto added = add(record, "1"); !added) return added;
        EXPECT_EQ(record.history().latest()->size, record.history().size());
        return {};
    }));
    EXPECT_EQ(writer.state(), Writer::State::ready);
}

TEST_F(ConcurrentWriter, ARepeatedRequestIsCarriedOutOnce) {
    Writer writer(open());
    Who who = tests::tester;
    who.request = "form-17";
    std::vector<Applied> seen;
    for (int i = 0; i < 3; i++) {
        ASSERT_TRUE(writer.run([&](Record& record) -> Status {
            auto applied = record.apply({add_device("1")}, who);
            if (!applied) return pass(std::move(applied));
            seen.push_back(applied->front());
            return {};
        }));
    }
    EXPECT_FALSE(seen[0].repeated);
    EXPECT_TRUE(seen[1].repeated && seen[2].repeated);
    EXPECT_EQ(seen[2].id, seen[0].id);
    Status other = writer.run([&](Record& record) -> Status {
        auto applied = record.apply({add_device("2")}, who);
        return applied ? Status() : pass(std::move(applied));
    });
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Code::refused);
}

}  // namespace
}  // namespace sonae::registers
