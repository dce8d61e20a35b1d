// Evidence files: stored once, and any change to them is named.
#include "evidence/evidence.hpp"

#include "facts.hpp"

#include <fstream>

namespace sonae::evidence {
namespace {

namespace fs = std::filesystem;

class EvidenceTest : public testing::Test {
 protected:
    fs::path file(const std::string& name, const std::string& text) {
        fs::path path = record.folder().parent_path() / name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    Attached attach_text(const std::string& name, const std::string& text) {
        auto attached =
            attach(*record, file(name, text), "institution", record->institution(), {}, {}, tests::tester);
        EXPECT_TRUE(attached) << attached.error().words.en;
        return *attached;
    }

    tests::FreshRecord record;
};

TEST_F(EvidenceTest, IsStoredOnceUnderItsDigest) {
    Attached first = attach_text("議事録.txt", "議事録");
    Attached second = attach_text("copy.txt", "議事録");
    EXPECT_EQ(first.sha256, second.sha256);
    EXPECT_EQ(*os::read_file(record.folder() / stored_path(first.sha256)), "議事録");
    EXPECT_EQ(record->list("attachment")->size(), 2U);
    EXPECT_TRUE(verify(*record).empty());
}

TEST_F(EvidenceTest, NamesAChangedAMissingAndAForeignFile) {
    Attached attached = attach_text("a.txt", "evidence");
    fs::path stored = record.folder() / stored_path(attached.sha256);
    ASSERT_TRUE(os::write_file(stored, "Evidence"));
    auto changed = verify(*record);
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(changed.front().place, stored_path(attached.sha256));
    fs::remove(stored);
    ASSERT_EQ(verify(*record).size(), 1U);
    ASSERT_TRUE(os::write_file(record.folder() / "evidence" / "foreign", "x"));
    EXPECT_EQ(verify(*record).size(), 2U);
}

TEST_F(EvidenceTest, WhatACutOffAttachmentLeavesIsNoFaultAndIsSwept) {
    Attached kept = attach_text("a.txt", "evidence");
    std::string whole = stored_path(hex(sha256("never recorded")));
    std::string temporary = whole + std::string(os::temporary_mark) + "0123456789abcdef";
    ASSERT_TRUE(os::make_folder((record.folder() / whole).parent_path()));
    ASSERT_TRUE(os::write_file(record.folder() / whole, "never recorded"));
    ASSERT_TRUE(os::write_file(record.folder() / temporary, "never rec"));
    EXPECT_TRUE(verify(*record).empty());
    ASSERT_EQ(*sweep(*record), 2);
    EXPECT_FALSE(os::is_there(record.folder() / whole));
    EXPECT_FALSE(os::is_there(record.folder() / temporary));
    EXPECT_TRUE(os::is_there(record.folder() / stored_path(kept.sha256)));

    // Half a file under the digest of the whole is not what attach leaves.
    ASSERT_TRUE(os::write_file(record.folder() / whole, "never rec"));
    EXPECT_EQ(verify(*record).size(), 1U);
    EXPECT_EQ(attach_text("b.txt", "never recorded").sha256, hex(sha256("never recorded")));
    EXPECT_TRUE(verify(*record).empty());
}

TEST_F(EvidenceTest, RefusesWhatCannotBeEvidence) {
    EXPECT_FALSE(
        attach(*record, file("empty.txt", ""), "institution", record->institution(), {}, {}, tests::tester));
    EXPECT_FALSE(
        attach(*record, "/no/such/file", "institution", record->institution(), {}, {}, tests::tester));
    EXPECT_TRUE(record->list("attachment")->empty());
}

}  // namespace
}  // namespace sonae::evidence
