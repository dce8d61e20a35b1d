// The container: written in one pass, read by ours and by others, refused when it would lead elsewhere.
#include "backup/zip.hpp"

#include "backups.hpp"
#include "base/os/random.hpp"

#include <cstdlib>

#include <fmt/format.h>

namespace sonae::backup {

namespace {

using tests::into;
using tests::source_of;

constexpr Instant noon = 1'795'230'000'000'000;

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries,
                   uint64_t large_from = ~0ULL) {
    tests::Folder folder;
    std::string out;
    ZipWriter zip(into(out), noon, large_from);
    for (const auto& [name, bytes] : entries) {
        EXPECT_TRUE(os::write_file(folder.path() / "file", bytes));
        auto written = zip.add_file(name, folder.path() / "file");
        EXPECT_TRUE(written);
        EXPECT_EQ(written->sha256, hex(sha256(bytes)));
        EXPECT_EQ(written->size, bytes.size());
    }
    EXPECT_TRUE(zip.add("stored.txt", "as it is"));
    EXPECT_TRUE(zip.finish());
    return out;
}

}  // namespace

TEST(Zip, GivesBackWhatWentIn) {
    std::string text;
    for (int i = 0; i < 20000; i++)
        text += std::to_string(i);
    const std::string noise = os::random_bytes(150000);
    for (uint64_t large_from : {~0ULL, 0ULL, 140000ULL}) {
        const std::string bytes =
            zip_of({{"a/text", text}, {"a/noise", noise}, {"empty", ""}, {"日本.yaml", "x"}}, large_from);
        EXPECT_LT(bytes.size(), text.size() + noise.size());
        auto zip = ZipReader::open(source_of(bytes));
        ASSERT_TRUE(zip) << zip.error().words.en;
        EXPECT_EQ(zip->names(),
                  (std::vector<std::string>{"a/noise", "a/text", "empty", "stored.txt", "日本.yaml"}));
        EXPECT_EQ(*zip->read("a/text", text.size()), text);
        EXPECT_EQ(*zip->read("a/noise", noise.size()), noise);
        EXPECT_EQ(*zip->read("empty", 0), "");
        EXPECT_EQ(*zip->read("stored.txt", 100), "as it is");
        EXPECT_FALSE(zip->read("a/text", text.size() - 1));
        EXPECT_FALSE(zip->read("absent", 1));
        // Another program's view.
        tests::Folder folder;
        ASSERT_TRUE(os::write_file(folder.path() / "x.zip", bytes));
        EXPECT_EQ(std::system(fmt::format("unzip -tqq {}/x.zip >&2", folder.path().string()).c_str()), 0)
            << large_from;
    }
}

TEST(Zip, AnyChangedByteAndAnyCutIsSeen) {
    const std::string good = zip_of({{"a", "some text, some text"}});
    ASSERT_TRUE(ZipReader::open(source_of(good)));
    for (size_t at = 0; at < good.size(); at++) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        EXPECT_FALSE(ZipReader::open(source_of(bad))) << at;
        EXPECT_FALSE(ZipReader::open(source_of(good.substr(0, at)))) << at;
    }
    EXPECT_FALSE(ZipReader::open(source_of(good + " ")));
}

TEST(Zip, NamesThatLeadElsewhereAreRefused) {
    for (const char* name : {"../a", "/a", "a/../../b", "a\\b", "c:d", "a//b", "", "a/"}) {
        auto zip = ZipReader::open(source_of(zip_of({{name, "x"}})));
        EXPECT_FALSE(zip) << name;
    }
    EXPECT_FALSE(ZipReader::open(source_of(zip_of({{"a", "x"}, {"a", "y"}}))));
}

TEST(Zip, LinksAreRefused) {
    std::string bytes = zip_of({{"a", "x"}});
    const std::string mode("\x80\x81", 2);  // a regular file with mode 0600
    const size_t at = bytes.find(mode, bytes.find("PK\x01\x02"));
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at, 2, "\x80\xa1");  // a link
    auto zip = ZipReader::open(source_of(tests::with_new_digest(bytes)));
    ASSERT_FALSE(zip);
    EXPECT_EQ(zip.error().code, Code::not_verified);
}

// The bomb of overlapping entries: many directory lines, one piece of data.
TEST(Zip, EntriesThatShareTheirDataAreRefused) {
    std::string bytes = zip_of({{"a", std::string(1 << 20, '\0')}, {"b", "x"}});
    const size_t first = bytes.find("PK\x01\x02");
    const size_t second = bytes.find("PK\x01\x02", first + 1);
    // The second line says what the first one says, but for the name behind it.
    bytes.replace(second, 46, bytes.substr(first, 46));
    auto zip = ZipReader::open(source_of(tests::with_new_digest(bytes)));
    if (zip) {
        EXPECT_FALSE(zip->read("b", 2 << 20));
    }
}

TEST(Zip, AFileOfANewerFormatSaysSo) {
    std::string bytes = zip_of({{"a", "x"}});
    bytes.replace(bytes.find("sonae-backup/1"), 14, "sonae-backup/2");
    auto zip = ZipReader::open(source_of(tests::with_new_digest(bytes)));
    ASSERT_FALSE(zip);
    EXPECT_EQ(zip.error().code, Code::refused);
    EXPECT_NE(zip.error().words.en.find("newer"), std::string::npos);
}

}  // namespace sonae::backup
