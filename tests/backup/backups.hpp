// What the tests of backups share: sources over bytes, the catalog for a folder, and a record with something
// in it.
#pragma once

#include "backup/backup.hpp"
#include "backup/drill.hpp"
#include "backup/file.hpp"
#include "backup/plan.hpp"
#include "backup/restore.hpp"
#include "base/os/file.hpp"
#include "evidence/evidence.hpp"
#include "facts.hpp"

namespace sonae::tests {

inline const std::string backup_phrase = "みなと診療所の長い合言葉";

// The bytes of a text as a source.
inline backup::Source source_of(std::string bytes) {
    auto held = std::make_shared<std::string>(std::move(bytes));
    return {held->size(), [held](uint64_t from, std::span<char> to) -> Result<size_t> {
                if (from >= held->size()) return size_t{0};
                return held->copy(to.data(), to.size(), from);
            }};
}

// A sink that collects.
inline backup::Sink into(std::string& out) {
    return [&out](std::string_view bytes) -> Status {
        out += bytes;
        return {};
    };
}

// The catalog of the source tree, as the program loads its own for a folder.
inline Result<catalog::Catalog> load_source_catalog(const std::filesystem::path&) {
    static const std::string text = catalog::compile(SONAE_SOURCE "/catalog", true).value();
    return catalog::Catalog::load(text, {});
}

inline std::string bytes_of(const std::filesystem::path& path) {
    auto bytes = os::read_file(path);
    EXPECT_TRUE(bytes) << path;
    return bytes ? *bytes : std::string();
}

// The digest at the end of a backup, made anew after its bytes were changed.
inline std::string with_new_digest(std::string bytes) {
    bytes.resize(bytes.size() - 64);
    return bytes + hex(sha256(bytes));
}

// A record with devices and a piece of evidence, and a folder for its backups beside it.
class BackupTest : public testing::Test {
 protected:
    BackupTest() {
        record.lines(
            "{\"register\":\"device\",\"number\":\"001\",\"os\":\"Windows 11\"}\n"
            "{\"register\":\"device\",\"number\":\"002\"}\n");
        EXPECT_TRUE(os::write_file(away.path() / "議事録.txt", "evidence"));
        attach("議事録.txt");
        EXPECT_TRUE(os::make_folder(record.folder() / "catalog", 0700));
        EXPECT_TRUE(os::write_file(record.folder() / "catalog" / "note.txt", "own"));
    }

    void attach(const std::string& name) {
        auto device = record->find("device", "001");
        ASSERT_TRUE(device);
        auto done = evidence::attach(*record, away.path() / name, "device", device->id, {}, {}, tester);
        ASSERT_TRUE(done) << done.error().words.en;
    }

    backup::Made make(const std::string& name, const std::string& passphrase = {}) {
        auto made = backup::make(*record, away.path() / name, {passphrase, "test", 4}, tester);
        EXPECT_TRUE(made) << made.error().words.en;
        // Entries are told apart by the time they were made at.
        record.clock().set(record.clock().now() + 1'000'000);
        return made ? *made : backup::Made{};
    }

    Result<backup::Restored> restore(const std::string& name, const std::string& to,
                                     const std::string& passphrase = {},
                                     const std::string& fingerprint = {}) {
        return backup::restore({away.path() / name, passphrase, fingerprint}, away.path() / to,
                               load_source_catalog, record.clock(), tester);
    }

    Result<backup::Drilled> drill(const std::string& name = {}, const std::string& passphrase = {}) {
        return backup::drill(*record,
                             {name.empty() ? std::filesystem::path() : away.path() / name, {}, passphrase},
                             load_source_catalog, record.clock(), tester);
    }

    void next_day(int days = 1) { record.clock().set(record.clock().now() + int64_t{days} * 86'400'000'000); }

    // Writes changed bytes under another name.
    void write(const std::string& name, std::string_view bytes) {
        ASSERT_TRUE(os::write_file(away.path() / name, bytes));
    }

    FreshRecord record;
    Folder away;
};

}  // namespace sonae::tests
