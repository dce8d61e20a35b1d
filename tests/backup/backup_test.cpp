// A backup as a whole: made, recorded, refused where it must be, and every change of the file seen.
#include "backup/backup.hpp"

#include "backup/zip.hpp"
#include "backups.hpp"
#include "evidence/evidence.hpp"

#include <algorithm>
#include <random>

namespace sonae::backup {

namespace {

namespace fs = std::filesystem;
using tests::backup_phrase;
using tests::bytes_of;
using tests::source_of;
using SlowBackup = tests::BackupTest;

// A backup taken apart and put together again with changes, with a digest that holds.
std::string rewritten(const std::string& bytes,
                      const std::function<void(std::map<std::string, std::string>&)>& change) {
    auto zip = ZipReader::open(source_of(bytes));
    EXPECT_TRUE(zip);
    std::map<std::string, std::string> files;
    for (const std::string& name : zip->names())
        files[name] = *zip->read(name, 1 << 30);
    change(files);
    std::string out;
    ZipWriter writer(tests::into(out), 0);
    for (const auto& [name, text] : files)
        EXPECT_TRUE(writer.add(name, text));
    EXPECT_TRUE(writer.finish());
    return out;
}

}  // namespace

TEST_F(SlowBackup, HoldsWhatTheDataFolderNeedsAndIsRecorded) {
    const int64_t size = record->history().size();
    Made made = make("控え.zip");
    EXPECT_TRUE(made.faults.empty());
    EXPECT_EQ(made.sha256, hex(sha256(bytes_of(made.path))));
    EXPECT_EQ(fs::status(made.path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    auto opened = open_backup(made.path, {}, {});
    ASSERT_TRUE(opened) << opened.error().words.en;
    const Manifest& manifest = opened->manifest;
    EXPECT_FALSE(opened->encrypted);
    EXPECT_FALSE(manifest.key_inside);
    EXPECT_EQ(manifest.made_in_japan(), "2026-11-21 12:00");
    ASSERT_EQ(manifest.institutions.size(), 1U);
    EXPECT_EQ(manifest.institutions[0].id, record->institution());
    EXPECT_EQ(manifest.institutions[0].name, "みなと診療所");
    EXPECT_EQ(manifest.institutions[0].size, size);
    EXPECT_EQ(manifest.institutions[0].root, hex(record->history().root(size)));
    EXPECT_EQ(manifest.institutions[0].counts.at("device"), 2);
    std::vector<std::string> paths;
    for (const File& file : manifest.files)
        paths.push_back(file.path);
    const std::string evidence = evidence::stored_path(hex(sha256("evidence")));
    EXPECT_EQ(paths, (std::vector<std::string>{"catalog/note.txt", evidence, "sonae.db"}));
    auto entries = listed(*record, "backup");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_TRUE(entries[0].good);
    EXPECT_EQ(entries[0].sha256, made.sha256);
    EXPECT_EQ(entries[0].path(), made.path);
    EXPECT_EQ(entries[0].history_size, size);
    EXPECT_EQ(entries[0].made_on, "2026-11-21");
    // Nothing is left beside the record or the file.
    for (const auto& entry : fs::directory_iterator(record.folder()))
        EXPECT_FALSE(entry.path().filename().string().starts_with(".snapshot")) << entry.path();
    EXPECT_EQ(std::distance(fs::directory_iterator(away.path()), {}), 2);
}

TEST_F(SlowBackup, WithAPassphraseNothingCanBeReadAndTheKeyIsInside) {
    Made made = make("a.zip.age", backup_phrase);
    const std::string bytes = bytes_of(made.path);
    EXPECT_TRUE(bytes.starts_with("age-encryption.org/v1\n-> scrypt "));
    EXPECT_EQ(bytes.find("sonae.db"), std::string::npos);
    EXPECT_EQ(open_backup(made.path, {}, {}).error().code, Code::usage);
    EXPECT_EQ(open_backup(made.path, "another passphrase", {}).error().code, Code::refused);
    auto opened = open_backup(made.path, backup_phrase, {});
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->manifest.key_inside);
    EXPECT_TRUE(opened->encrypted);
}

TEST_F(SlowBackup, OverwritesNothingAndStaysOutOfTheDataFolder) {
    write("a.zip", "somebody's file");
    auto options = Options{{}, "test", 4};
    auto at = [&](const fs::path& path) { return backup::make(*record, path, options, tests::tester); };
    EXPECT_EQ(at(away.path() / "a.zip").error().code, Code::exists);
    EXPECT_EQ(bytes_of(away.path() / "a.zip"), "somebody's file");
    EXPECT_EQ(at(away.path()).error().code, Code::usage);
    EXPECT_EQ(at(away.path() / "absent" / "a.zip").error().code, Code::not_found);
    EXPECT_EQ(at(record.folder() / "a.zip").error().code, Code::refused);
    EXPECT_EQ(at(record.folder() / "evidence" / ".." / "a.zip").error().code, Code::refused);
    EXPECT_TRUE(listed(*record, "backup").empty());
}

TEST_F(SlowBackup, AnyChangedByteIsSeen) {
    for (const std::string& passphrase : {std::string(), backup_phrase}) {
        Made made = make("b" + std::to_string(passphrase.size()), passphrase);
        const std::string good = bytes_of(made.path);
        ASSERT_TRUE(open_backup(source_of(good), passphrase, {}));
        std::mt19937 random(7);
        for (int i = 0; i < 200; i++) {
            std::string bad = good;
            const size_t at = i < 40 ? bad.size() - 1 - i * 7 : random() % bad.size();
            bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
            EXPECT_FALSE(open_backup(source_of(bad), passphrase, {})) << at;
            EXPECT_FALSE(open_backup(source_of(good.substr(0, at)), passphrase, {})) << at;
        }
    }
}

TEST_F(SlowBackup, WhoeverPutsItTogetherAgainIsSeen) {
    const std::string good = bytes_of(make("a.zip").path);
    auto changed = [&](const std::function<void(std::map<std::string, std::string>&)>& change) {
        auto opened = open_backup(source_of(rewritten(good, change)), {}, {});
        if (!opened) return opened.error().words.en;
        auto checked = check_files(*opened);
        return checked ? std::string() : checked.error().words.en;
    };
    EXPECT_EQ(changed([](auto&) {}), "");
    EXPECT_NE(changed([](auto& files) { files["catalog/note.txt"] = "OWN"; }), "");
    EXPECT_NE(changed([](auto& files) { files["catalog/more.txt"] = ""; }), "");
    EXPECT_NE(changed([](auto& files) { files.erase("catalog/note.txt"); }), "");
    EXPECT_NE(changed([](auto& files) { files.erase("seal.txt"); }), "");
    EXPECT_NE(changed([](auto& files) {
                  std::string& text = files["manifest.json"];
                  text.replace(text.find("\"test\""), 6, "\"TEST\"");
              }).find("seal"),
              std::string::npos);
}

TEST_F(SlowBackup, AnotherKeyIsSeenByTheFingerprintAndByTheHistory) {
    Made made = make("a.zip");
    const auto other = history::Key::generate();
    write("b.zip", rewritten(bytes_of(made.path), [&](auto& files) {
              std::string text = files["manifest.json"];
              const std::string& own = made.manifest.fingerprint;
              text.replace(text.find(own), own.size(), other.public_key().fingerprint());
              files["manifest.json"] = text;
              files["seal.txt"] = make_seal(text, other);
              files["public-key.pem"] = other.public_key().pem();
          }));
    EXPECT_TRUE(open_backup(away.path() / "a.zip", {}, made.manifest.fingerprint));
    EXPECT_TRUE(open_backup(away.path() / "a.zip", {}, made.manifest.fingerprint.substr(0, 8)));
    EXPECT_EQ(open_backup(away.path() / "b.zip", {}, made.manifest.fingerprint).error().code,
              Code::not_verified);
    auto restored = restore("b.zip", "restored");
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Code::not_verified);
    EXPECT_FALSE(fs::exists(away.path() / "restored"));
}

TEST_F(SlowBackup, PathsThatHaveNoPlaceAreRefused) {
    const std::string good = bytes_of(make("a.zip").path);
    for (const char* path : {"../x", "lock", "evidence/../../x", "/etc/x", "runtime.db", "catalog"}) {
        auto opened = open_backup(
            source_of(rewritten(good,
                                [&](auto& files) {
                                    auto manifest = read_manifest(files["manifest.json"]);
                                    manifest->files.push_back({path, 1, hex(sha256("x"))});
                                    files["manifest.json"] = manifest_text(*manifest);
                                    files["seal.txt"] = make_seal(files["manifest.json"], record->key());
                                    if (path[0] != '.' && path[0] != '/') files[path] = "x";
                                })),
            {}, {});
        ASSERT_FALSE(opened) << path;
        EXPECT_EQ(opened.error().code, Code::not_verified) << path;
    }
}

TEST_F(SlowBackup, AFaultOfTheRecordMakesItABadOne) {
    fs::remove(record.folder() / evidence::stored_path(hex(sha256("evidence"))));
    Made made = make("a.zip");
    ASSERT_EQ(made.faults.size(), 1U);
    auto entries = listed(*record, "backup");
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_FALSE(entries[0].good);
    EXPECT_FALSE(standing(*record).backup);
    auto restored = restore("a.zip", "restored");
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Code::not_verified);
}

TEST_F(SlowBackup, APassphraseIsOneLongLine) {
    auto read = [&](std::string_view text, bool for_new) {
        write("phrase", text);
        return read_passphrase(away.path() / "phrase", for_new);
    };
    EXPECT_EQ(*read("\xef\xbb\xbf長い合言葉を十二文字で書く\r\n", true), "長い合言葉を十二文字で書く");
    EXPECT_EQ(*read("short", false), "short");
    EXPECT_EQ(read("short", true).error().code, Code::bad_value);
    EXPECT_EQ(read("長い合言葉", true).error().code, Code::bad_value);
    EXPECT_FALSE(read("", false));
    EXPECT_FALSE(read("two\nlines", false));
    EXPECT_FALSE(read_passphrase(away.path() / "absent", false));
}

}  // namespace sonae::backup
