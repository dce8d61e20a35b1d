// Opening a backup from the outside in.
#include "backup/file.hpp"

#include "backup/age.hpp"
#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "base/os/stream.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace sonae::backup {

namespace {

constexpr uint64_t largest_manifest = 512ULL << 20;
constexpr uint64_t largest_note = 64 << 10;
constexpr size_t shortest_passphrase = 12;

tl::unexpected<Error> not_as_listed(const std::string& path) {
    return fail(
        Code::bad_file,
        fmt::format("バックアップの中の {} が目録と合いません。別のバックアップを使ってください。", path),
        fmt::format("{} in the backup is not what its manifest says. Use another backup.", path));
}

}  // namespace

Result<Opened> open_backup(const std::filesystem::path& file, std::string_view passphrase,
                           std::string_view fingerprint) {
    auto input = os::Input::open(file);
    if (!input) return pass(std::move(input));
    auto held = std::make_shared<os::Input>(std::move(*input));
    return open_backup(
        Source{held->size(), [held](uint64_t from, std::span<char> to) { return held->read(from, to); }},
        passphrase, fingerprint);
}

Result<Opened> open_backup(Source bytes, std::string_view passphrase, std::string_view fingerprint) {
    std::string start(age_intro.size(), '\0');
    auto got = bytes.read(0, start);
    if (!got) return pass(std::move(got));
    constexpr std::string_view family = "age-encryption.org/";
    const bool encrypted = start.starts_with(family);
    if (encrypted) {
        if (passphrase.empty()) {
            return fail(Code::usage,
                        "このバックアップは暗号化されています。--passphrase-file "
                        "でパスフレーズのファイルを指定してくだ"
                        "さい。",
                        "This backup is encrypted. Give the file with its passphrase: --passphrase-file.");
        }
        auto plain = open_age(std::move(bytes), passphrase);
        if (!plain) return pass(std::move(plain));
        bytes = std::move(*plain);
    }
    auto zip = ZipReader::open(std::move(bytes));
    if (!zip) return pass(std::move(zip));
    auto text = zip->read(manifest_file, largest_manifest);
    if (!text) return pass(std::move(text));
    auto seal = zip->read(seal_file, largest_note);
    if (!seal) return pass(std::move(seal));
    auto pem = zip->read(public_key_file, largest_note);
    if (!pem) return pass(std::move(pem));
    auto key = history::PublicKey::from_pem(*pem);
    if (!key) return pass(std::move(key));
    if (auto held = check_seal(*seal, *text, *key); !held) return pass(std::move(held));
    auto manifest = read_manifest(*text);
    if (!manifest) return pass(std::move(manifest));
    const std::string own = key->fingerprint();
    std::string wanted(fingerprint);
    std::ranges::transform(wanted, wanted.begin(), [](char c) { return c >= 'A' && c <= 'F' ? c + 32 : c; });
    if (manifest->fingerprint != own ||
        (!wanted.empty() && (wanted.size() < 8 || !own.starts_with(wanted)))) {
        return fail(
            Code::not_verified,
            fmt::format("このバックアップは、別の鍵で封印されています（指紋 {}）。記録を印刷した紙や立入検査"
                        "ファイルの指紋と見比べてください。",
                        own),
            fmt::format("This backup is sealed with another key (fingerprint {}). Compare with the "
                        "fingerprint on printed pages or packs of the record.",
                        own));
    }
    // What the zip holds and what the manifest lists are the same.
    std::vector<std::string> listed{std::string(manifest_file), std::string(seal_file),
                                    std::string(public_key_file)};
    for (const File& file : manifest->files)
        listed.push_back(file.path);
    std::ranges::sort(listed);
    if (listed != zip->names()) return not_as_listed(std::string(manifest_file));
    return Opened{std::move(*zip), std::move(*manifest), std::move(*key), encrypted};
}

Status read_file(const Opened& backup, const File& file, const Sink& to) {
    Sha256 digest;
    int64_t size = 0;
    auto done = backup.zip.read(file.path, static_cast<uint64_t>(file.size), [&](std::string_view piece) {
        digest.add(piece);
        size += static_cast<int64_t>(piece.size());
        return to(piece);
    });
    if (!done) return done;
    if (size != file.size || hex(digest.finish()) != file.sha256) return not_as_listed(file.path);
    return {};
}

Status check_files(const Opened& backup) {
    for (const File& file : backup.manifest.files) {
        auto done = read_file(backup, file, [](std::string_view) { return Status(); });
        if (!done) return done;
    }
    return {};
}

Result<FileDigest> digest_of(const std::filesystem::path& file) {
    auto input = os::Input::open(file);
    if (!input) return pass(std::move(input));
    Sha256 digest;
    std::string piece(1 << 20, '\0');
    uint64_t at = 0;
    for (;;) {
        auto got = input->read(at, piece);
        if (!got) return pass(std::move(got));
        if (*got == 0) break;
        digest.add(std::string_view(piece).substr(0, *got));
        at += *got;
    }
    return FileDigest{static_cast<int64_t>(at), hex(digest.finish())};
}

Result<std::string> read_passphrase(const std::filesystem::path& file, bool for_new) {
    auto text = os::read_file(file);
    if (!text) return pass(std::move(text));
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text->starts_with(byte_order_mark)) text->erase(0, byte_order_mark.size());
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    const bool one_line = !text->empty() && std::ranges::all_of(*text, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20;
    });
    if (!one_line || !is_utf8(*text)) {
        return fail(Code::bad_value,
                    fmt::format("{} には、パスフレーズを一行だけ書いてください。", file.string()),
                    fmt::format("{} must hold the passphrase as its only line.", file.string()));
    }
    const auto letters = std::ranges::count_if(*text, [](char c) { return (c & '\xc0') != '\x80'; });
    if (for_new && static_cast<size_t>(letters) < shortest_passphrase) {
        return fail(
            Code::bad_value,
            fmt::format("パスフレーズが短すぎます。{}文字以上にしてください（言葉を四つ以上つなげると、覚え"
                        "やすく破られにくくなります）。",
                        shortest_passphrase),
            fmt::format("The passphrase is too short. Use {} characters or more (four or more words in a "
                        "row are easy to keep and hard to guess).",
                        shortest_passphrase));
    }
    return *text;
}

}  // namespace sonae::backup
