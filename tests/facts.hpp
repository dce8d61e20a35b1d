// What several tests need: the catalog with its cases, and a fresh record in a folder of its own.
#pragma once

#include "base/os/file.hpp"
#include "catalog/catalog.hpp"
#include "catalog/files.hpp"
#include "register/lines.hpp"
#include "register/record.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace sonae::tests {

// The catalog of the source tree, with the cases of the questions.
inline const catalog::Catalog& source_catalog() {
    static const catalog::Catalog loaded = [] {
        auto text = catalog::compile(SONAE_SOURCE "/catalog", true);
        if (!text) throw std::runtime_error(text.error().words.en);
        auto made = catalog::Catalog::load(*text, {});
        if (!made) throw std::runtime_error(made.error().words.en);
        return std::move(*made);
    }();
    return loaded;
}

// A folder that is removed with everything in it.
class Folder {
 public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "sonae-test-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

inline const registers::Who tester{"tester", "", "test"};

// A new record of a clinic at noon of a day.
class FreshRecord {
 public:
    explicit FreshRecord(const std::string& day = "2026-11-21", const std::string& kind = "clinic")
        : clock_(*Date::parse_iso(day)) {
        auto made =
            registers::Record::create(folder(), source_catalog(), clock_, "みなと診療所", kind, tester);
        EXPECT_TRUE(made) << made.error().words.en;
        open();
    }

    registers::Record& operator*() { return *record_; }
    registers::Record* operator->() { return &*record_; }
    std::filesystem::path folder() const { return folder_.path() / "data"; }
    FixedClock& clock() { return clock_; }

    // Closes the record and opens it again.
    void reopen() {
        record_.reset();
        open();
    }
    void close() { record_.reset(); }

    // Records facts given as JSON lines or objects; any word may stand for an entry.
    std::vector<registers::Applied> facts(const json::array& objects) {
        auto commands = registers::commands_from_json(source_catalog(), objects, true);
        EXPECT_TRUE(commands) << commands.error().words.en;
        return run(*commands);
    }
    std::vector<registers::Applied> lines(std::string_view text) {
        auto commands = registers::commands_from_lines(source_catalog(), text, true);
        EXPECT_TRUE(commands) << commands.error().words.en;
        return run(*commands);
    }

 private:
    void open() {
        auto opened = registers::Record::open(folder(), source_catalog(), clock_);
        ASSERT_TRUE(opened) << opened.error().words.en;
        record_.emplace(std::move(*opened));
    }
    std::vector<registers::Applied> run(const std::vector<registers::Command>& commands) {
        auto applied = record_->apply(commands, tester);
        EXPECT_TRUE(applied) << applied.error().words.en;
        return applied ? *applied : std::vector<registers::Applied>();
    }

    Folder folder_;
    FixedClock clock_;
    std::optional<registers::Record> record_;
};

}  // namespace sonae::tests
