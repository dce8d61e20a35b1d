// The drill: good, bad, and what is written about it.
#include "backup/drill.hpp"

#include "backups.hpp"

#include <fmt/format.h>

namespace sonae::backup {

namespace {

namespace fs = std::filesystem;
using tests::backup_phrase;
using SlowDrill = tests::BackupTest;

}  // namespace

TEST_F(SlowDrill, ANewestBackupThatHoldsIsRecordedWithAReport) {
    make("a.zip");
    Made newest = make("b.zip.age", backup_phrase);
    next_day();
    record.lines("{\"register\":\"device\",\"number\":\"003\"}\n");
    auto done = drill({}, backup_phrase);
    ASSERT_TRUE(done) << done.error().words.en;
    EXPECT_TRUE(done->good) << done->faults.front().words.en;
    EXPECT_TRUE(done->known);
    EXPECT_EQ(done->file, newest.path);
    auto entries = listed(*record, "restore_drill");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_TRUE(entries[0].good);
    EXPECT_EQ(entries[0].sha256, newest.sha256);
    EXPECT_EQ(record->find("own_backup", done->id)->field("backup").text, newest.id);
    auto report = parse_json(tests::bytes_of(record.folder() / evidence::stored_path(done->report)));
    ASSERT_TRUE(report);
    EXPECT_EQ(text_at(report->get_object(), "sha256"), newest.sha256);
    EXPECT_EQ(text_at(report->get_object(), "format"), "sonae-drill/1");
    EXPECT_TRUE(report->at("good").get_bool());
    EXPECT_TRUE(evidence::verify(*record).empty());
}

TEST_F(SlowDrill, LeavesNoFolderBehind) {
    make("a.zip");
    auto done = backup::drill(*record, {{}, away.path(), {}}, tests::load_source_catalog, record.clock(),
                              tests::tester);
    ASSERT_TRUE(done);
    for (const auto& entry : fs::directory_iterator(away.path()))
        EXPECT_FALSE(fs::is_directory(entry)) << entry.path();
}

TEST_F(SlowDrill, ADamagedFileIsABadDrill) {
    Made made = make("a.zip");
    std::string bytes = tests::bytes_of(made.path);
    bytes[bytes.size() / 2] ^= 1;
    fs::remove(made.path);
    write("a.zip", bytes);
    auto done = drill();
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->good);
    EXPECT_FALSE(done->known);
    auto entries = listed(*record, "restore_drill");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_FALSE(entries[0].good);
    EXPECT_EQ(record->find("own_backup", done->id)->field("backup").text, made.id);
}

TEST_F(SlowDrill, APassphraseThatDoesNotFitIsABadDrill) {
    make("a.zip.age", backup_phrase);
    auto done = drill({}, "not the passphrase");
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->good);
    EXPECT_EQ(listed(*record, "restore_drill").size(), 1U);
}

TEST_F(SlowDrill, AnotherRecordsBackupIsABadDrill) {
    tests::FreshRecord other;
    ASSERT_TRUE(backup::make(*other, away.path() / "other.zip", {{}, "test", 4}, tests::tester));
    auto done = drill("other.zip");
    ASSERT_TRUE(done);
    EXPECT_FALSE(done->good);
    EXPECT_FALSE(done->known);
}

TEST_F(SlowDrill, AGoodFileOfAnotherStateThanRecordedIsABadDrill) {
    Made made = make("a.zip");
    Made later = make("b.zip");
    fs::remove(made.path);
    fs::rename(later.path, made.path);
    // The name of the first backup with the bytes of the second.
    auto standing_in = backup::drill(*record, {made.path, {}, {}}, tests::load_source_catalog, record.clock(),
                                     tests::tester);
    ASSERT_TRUE(standing_in);
    EXPECT_TRUE(standing_in->good);
    EXPECT_TRUE(standing_in->known);
    // The newest listed one is not there any more.
    EXPECT_EQ(drill().error().code, Code::not_found);
}

TEST_F(SlowDrill, WithoutABackupThereIsNone) {
    EXPECT_EQ(drill().error().code, Code::not_found);
    EXPECT_EQ(drill("absent.zip").error().code, Code::not_found);
    make("a.zip.age", backup_phrase);
    EXPECT_EQ(drill().error().code, Code::usage);
    EXPECT_TRUE(listed(*record, "restore_drill").empty());
}

}  // namespace sonae::backup
