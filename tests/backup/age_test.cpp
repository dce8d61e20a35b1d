// The age format: what goes in comes out, from any place, and nothing that was changed comes out.
#include "backup/age.hpp"

#include "base/hash.hpp"
#include "base/os/random.hpp"

#include <gtest/gtest.h>

namespace sonae::backup {

namespace {

constexpr int quick = 4;  // cost of the passphrase in tests
const std::string phrase = "みなと 診療所の合言葉 1234";

Source source_of(std::string bytes) {
    auto held = std::make_shared<std::string>(std::move(bytes));
    return {held->size(), [held](uint64_t from, std::span<char> to) -> Result<size_t> {
                if (from >= held->size()) return size_t{0};
                return held->copy(to.data(), to.size(), from);
            }};
}

std::string encrypted(std::string_view plain, size_t step = 1000) {
    std::string out;
    auto writer = AgeWriter::begin(
        [&](std::string_view bytes) -> Status {
            out += bytes;
            return {};
        },
        phrase, quick);
    EXPECT_TRUE(writer);
    for (size_t at = 0; at < plain.size(); at += step)
        EXPECT_TRUE(writer->write(plain.substr(at, step)));
    EXPECT_TRUE(writer->finish());
    return out;
}

// Everything, or the first error.
Result<std::string> decrypted(const std::string& bytes, std::string_view passphrase = phrase) {
    auto opened = open_age(source_of(bytes), passphrase);
    if (!opened) return pass(std::move(opened));
    std::string out(opened->size, '\0');
    auto got = opened->read(0, out);
    if (!got) return pass(std::move(got));
    EXPECT_EQ(*got, out.size());
    return out;
}

}  // namespace

TEST(Age, GivesBackWhatWentIn) {
    for (size_t size : {0, 1, 15, 65535, 65536, 65537, 131072, 200001}) {
        const std::string plain = os::random_bytes(size);
        auto back = decrypted(encrypted(plain, size == 200001 ? 70000 : 1000));
        ASSERT_TRUE(back) << size << back.error().words.en;
        EXPECT_EQ(*back, plain) << size;
    }
}

TEST(Age, ReadsAtAnyPlace) {
    const std::string plain = os::random_bytes(200000);
    auto opened = open_age(source_of(encrypted(plain)), phrase);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->size, plain.size());
    for (size_t at : {199999, 0, 65530, 131071, 65536, 200000}) {
        std::string piece(20, '\0');
        auto got = opened->read(at, piece);
        ASSERT_TRUE(got);
        piece.resize(*got);
        EXPECT_EQ(piece, plain.substr(at, 20)) << at;
    }
}

TEST(Age, AnotherPassphraseIsSaidToBeOne) {
    auto back = decrypted(encrypted("plain"), "みなと 診療所の合言葉 1235");
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, Code::refused);
    EXPECT_NE(back.error().words.en.find("passphrase does not fit"), std::string::npos);
}

TEST(Age, AnyChangedBitIsSeen) {
    const std::string plain(70000, 'a');
    const std::string good = encrypted(plain);
    // Every bit of the header and of the first bytes behind it, then one here and there.
    for (size_t at = 0; at < good.size(); at += at < 260 ? 1 : 997) {
        for (int bit : {0, 7}) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
            EXPECT_FALSE(decrypted(bad)) << at;
        }
    }
}

TEST(Age, AFileCutOffAnywhereIsSeen) {
    const std::string good = encrypted(std::string(70000, 'a'));
    std::vector<size_t> ends{
        good.size() - 1, good.size() - 4464 - 16, good.size() - 4464 - 17, 65536, 300, 200};
    for (size_t end = 0; end < 260; end += 13)
        ends.push_back(end);
    for (size_t end : ends)
        EXPECT_FALSE(decrypted(good.substr(0, end))) << end;
    // The first piece alone is whole, but it does not say that it is the last.
    const size_t header = good.size() - 70000 - 32 - 16;
    EXPECT_FALSE(decrypted(good.substr(0, header + 16 + 65536 + 16)));
    EXPECT_FALSE(decrypted(good + "x"));
}

TEST(Age, RefusesWhatItDoesNotReadWithTheReason) {
    const std::string good = encrypted("plain");
    auto with = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return read_age_header(text);
    };
    EXPECT_TRUE(read_age_header(good));
    EXPECT_EQ(with("org/v1", "org/v2").error().code, Code::refused);
    EXPECT_EQ(with("-> scrypt ", "-> X25519 ").error().code, Code::refused);
    EXPECT_EQ(with(" 4\n", " 21\n").error().code, Code::refused);
    EXPECT_EQ(with(" 4\n", " 04\n").error().code, Code::bad_file);
    EXPECT_EQ(with(" 4\n", " 4x\n").error().code, Code::bad_file);
    EXPECT_EQ(with(" 4\n", " \n").error().code, Code::bad_file);
    EXPECT_EQ(with("--- ", "-- ").error().code, Code::bad_file);
    EXPECT_EQ(read_age_header("").error().code, Code::bad_file);
    EXPECT_EQ(read_age_header(age_intro).error().code, Code::bad_file);
    // A passphrase must be the only recipient.
    const size_t end = good.find("--- ");
    EXPECT_FALSE(read_age_header(good.substr(0, end) + "-> X25519 AAAA\nAAAA\n" + good.substr(end)));
}

// Made by `age -p` of Debian 12 (work factor 18).
TEST(SlowAge, OpensAFileThatAgeMade) {
    const auto file = from_base64(
        "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBhRG1tNDNWMGNBbE9hRUUxNVpBaHFBIDE4Cm5HR3pUWm5u"
        "NWJKRURvVjhMc0prVG9MbTh2WEw5bnN5Ujl6Zk5XWFhSbnMKLS0tIHVMb25VVVB5Q0xLRlpkQ2wreFNnVHhJYkFs"
        "TGM1S2V6V2Zubm5SZjBiSEEKopMbNHEbCz64FyV7hKRgoppQQRopvFa4yx+TucslWZ57iBRcuS3TLjRuJcE=");
    ASSERT_TRUE(file);
    auto back = decrypted(*file, "correct horse battery staple");
    ASSERT_TRUE(back) << back.error().words.en;
    EXPECT_EQ(*back, "made by age\n");
}

}  // namespace sonae::backup
