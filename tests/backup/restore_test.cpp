// From a backup to a folder that the program works with.
#include "backup/restore.hpp"

#include "backups.hpp"

#include <fmt/format.h>

namespace sonae::backup {

namespace {

namespace fs = std::filesystem;
using tests::backup_phrase;
using SlowRestore = tests::BackupTest;

Result<registers::Record> open(const fs::path& folder, const Clock& clock) {
    return registers::Record::open(folder, tests::source_catalog(), clock);
}

}  // namespace

TEST_F(SlowRestore, GivesTheRecordBackWithItsKey) {
    Made made = make("a.zip.age", backup_phrase);
    auto restored = restore("a.zip.age", "new/data", backup_phrase, made.manifest.fingerprint.substr(0, 16));
    ASSERT_TRUE(restored) << restored.error().words.en;
    EXPECT_FALSE(restored->new_key);
    EXPECT_EQ(restored->fingerprint, record->key().public_key().fingerprint());
    const fs::path data = away.path() / "new" / "data";
    EXPECT_EQ(tests::bytes_of(data / "catalog" / "note.txt"), "own");
    auto mode = [&](const char* name) {
        return static_cast<unsigned>(fs::status(data / name).permissions());
    };
    EXPECT_EQ(mode(""), 0700U);
    EXPECT_EQ(mode("key.pem"), 0600U);
    EXPECT_EQ(mode("sonae.db"), 0600U);
    EXPECT_EQ(mode("evidence"), 0700U);
    EXPECT_EQ(mode(evidence::stored_path(hex(sha256("evidence"))).c_str()), 0400U);

    auto again = open(data, record.clock());
    ASSERT_TRUE(again) << again.error().words.en;
    EXPECT_EQ(again->list("device")->size(), 2U);
    int64_t erased = 0;
    EXPECT_TRUE(
        history::verify(again->database(), again->institution(), again->key().public_key(), &erased).empty());
    EXPECT_TRUE(evidence::verify(*again).empty());
    auto entries = listed(*again, "restore");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].sha256, made.sha256);
    EXPECT_EQ(entries[0].history_size, made.manifest.institutions[0].size);
    // What was there before the restore is the beginning of what is there now.
    EXPECT_EQ(hex(again->history().root(made.manifest.institutions[0].size)),
              made.manifest.institutions[0].root);
}

TEST_F(SlowRestore, WithoutTheKeyANewOneIsAnnounced) {
    Made made = make("a.zip");
    auto restored = restore("a.zip", "data");
    ASSERT_TRUE(restored) << restored.error().words.en;
    EXPECT_TRUE(restored->new_key);
    EXPECT_NE(restored->fingerprint, made.manifest.fingerprint);
    auto again = open(away.path() / "data", record.clock());
    ASSERT_TRUE(again);
    auto keys = again->list("signing_key");
    ASSERT_TRUE(keys);
    EXPECT_TRUE(std::ranges::any_of(*keys, [&](const registers::Entry& entry) {
        return entry.field("fingerprint").text == restored->fingerprint;
    }));
    int64_t erased = 0;
    EXPECT_TRUE(
        history::verify(again->database(), again->institution(), again->key().public_key(), &erased).empty());
}

TEST_F(SlowRestore, RefusesAFolderThatIsNotEmpty) {
    make("a.zip");
    ASSERT_TRUE(os::make_folder(away.path() / "full"));
    write("full/file", "mine");
    EXPECT_EQ(restore("a.zip", "full").error().code, Code::exists);
    EXPECT_EQ(restore("a.zip", "full/file").error().code, Code::exists);
    ASSERT_TRUE(os::make_folder(away.path() / "empty"));
    EXPECT_TRUE(restore("a.zip", "empty"));
    EXPECT_EQ(restore("a.zip", "empty").error().code, Code::exists);
}

TEST_F(SlowRestore, LeavesNothingBehindWhenRefused) {
    std::string bytes = tests::bytes_of(make("a.zip").path);
    write("cut.zip", std::string_view(bytes).substr(0, bytes.size() / 2));
    write("text.zip", "hello");
    EXPECT_EQ(restore("cut.zip", "data").error().code, Code::bad_file);
    EXPECT_EQ(restore("text.zip", "data").error().code, Code::bad_file);
    EXPECT_EQ(restore("absent.zip", "data").error().code, Code::not_found);
    EXPECT_EQ(restore("a.zip", "data", {}, "0123456789").error().code, Code::not_verified);
    size_t left = 0;
    for (const auto& entry : fs::directory_iterator(away.path()))
        left += fs::is_directory(entry) ? 1 : 0;
    EXPECT_EQ(left, 0U);
}

// A backup of any released version restores. How one is added: tests/fixtures/backups/README.md.
TEST(SlowFixtures, BackupsOfEarlierVersionsRestore) {
    const fs::path folder = fs::path(SONAE_SOURCE) / "tests/fixtures/backups";
    auto phrase = read_passphrase(folder / "passphrase.txt", true);
    ASSERT_TRUE(phrase);
    FixedClock clock(*Date::parse_iso("2026-12-01"));
    int tried = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".zip") && !name.ends_with(".age")) continue;
        tests::Folder away;
        auto restored = restore({entry.path(), *phrase, {}}, away.path() / "data", tests::load_source_catalog,
                                clock, tests::tester);
        ASSERT_TRUE(restored) << name << ": " << restored.error().words.en;
        EXPECT_EQ(restored->new_key, name.ends_with(".zip"));
        auto record = open(away.path() / "data", clock);
        ASSERT_TRUE(record) << name;
        EXPECT_EQ(record->list("device")->size(), 3U) << name;
        tried++;
    }
    EXPECT_GE(tried, 2);
}

}  // namespace sonae::backup
