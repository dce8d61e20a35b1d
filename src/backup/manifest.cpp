// The manifest as canonical JSON.
#include "backup/manifest.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace sonae::backup {

namespace {

tl::unexpected<Error> wrong() {
    return fail(
        Code::bad_file,
        "バックアップの目録（manifest.json）が正しい形ではありません。別のバックアップを使ってください。",
        "The backup's manifest.json does not have its form. Use another backup.");
}

// The places of a data folder that a backup carries.
bool has_place(std::string_view path) {
    if (path == database_file || path == key_file) return true;
    for (std::string_view folder : {"evidence/", "catalog/", "checkpoints/"}) {
        if (path.starts_with(folder)) return safe_path(path);
    }
    return false;
}

constexpr std::string_view signer = "sonae-backup";

}  // namespace

int64_t Manifest::bytes() const {
    int64_t sum = 0;
    for (const File& file : files)
        sum += file.size;
    return sum;
}

std::string Manifest::made_in_japan() const {
    // "2026-11-21T03:04:05.000006Z"; a text of another form is shown as it is.
    auto day = Date::parse_iso(std::string_view(made_at).substr(0, 10));
    auto two = [&](size_t at) {
        auto digit = [&](size_t place) { return place < made_at.size() ? made_at[place] - '0' : -1; };
        const int tens = digit(at);
        const int ones = digit(at + 1);
        return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
    };
    if (!day || !day->whole() || two(11) < 0 || two(14) < 0) return made_at;
    const int64_t days = Date::make(1970, 1, 1)->days_until(*day);
    return japan_text((days * 86400 + two(11) * 3600 + two(14) * 60) * 1'000'000);
}

std::string manifest_text(const Manifest& manifest) {
    json::array institutions;
    for (const InstitutionState& one : manifest.institutions) {
        json::object entries;
        for (const auto& [name, count] : one.counts)
            entries[name] = count;
        institutions.push_back(json::object{{"id", one.id},
                                            {"name", one.name},
                                            {"size", one.size},
                                            {"root", one.root},
                                            {"checkpoint", one.checkpoint},
                                            {"entries", std::move(entries)}});
    }
    json::array files;
    for (const File& file : manifest.files)
        files.push_back(json::object{{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
    return canonical(json::object{{"format", format_name},
                                  {"made_at", manifest.made_at},
                                  {"program", manifest.program},
                                  {"key", manifest.fingerprint},
                                  {"key_inside", manifest.key_inside},
                                  {"institutions", std::move(institutions)},
                                  {"files", std::move(files)}});
}

Result<Manifest> read_manifest(std::string_view text) {
    auto parsed = parse_json(text);
    if (!parsed || !parsed->is_object()) return wrong();
    const json::object& about = parsed->get_object();
    const std::string_view format = text_at(about, "format");
    if (format != format_name) return format.starts_with("sonae-backup/") ? newer_format() : wrong();
    Manifest out;
    out.made_at = text_at(about, "made_at");
    out.program = text_at(about, "program");
    out.fingerprint = text_at(about, "key");
    const json::value* inside = about.if_contains("key_inside");
    const json::array* institutions = array_at(about, "institutions");
    const json::array* files = array_at(about, "files");
    if (!inside || !inside->is_bool() || !institutions || institutions->empty() || !files) return wrong();
    out.key_inside = inside->get_bool();
    for (const json::value& value : *institutions) {
        if (!value.is_object()) return wrong();
        const json::object& one = value.get_object();
        const json::object* entries = object_at(one, "entries");
        InstitutionState state{std::string(text_at(one, "id")),
                               std::string(text_at(one, "name")),
                               int_at(one, "size", -1),
                               std::string(text_at(one, "root")),
                               std::string(text_at(one, "checkpoint")),
                               {}};
        if (state.id.empty() || state.size < 0 || !digest_from_hex(state.root) || !entries) return wrong();
        for (const auto& member : *entries)
            state.counts[std::string(member.key())] = int_at(*entries, member.key());
        out.institutions.push_back(std::move(state));
    }
    constexpr int64_t largest = int64_t{1} << 46;  // so that sums cannot overflow
    std::set<std::string_view> seen;
    for (const json::value& value : *files) {
        if (!value.is_object()) return wrong();
        const json::object& one = value.get_object();
        File file{std::string(text_at(one, "path")), int_at(one, "size", -1),
                  std::string(text_at(one, "sha256"))};
        if (file.size < 0 || file.size > largest || !digest_from_hex(file.sha256)) return wrong();
        if (!has_place(file.path)) {
            return fail(
                Code::not_verified,
                fmt::format("バックアップに、戻す場所のないファイルがあります（{}）。別のバックアップを使って"
                            "ください。",
                            file.path),
                fmt::format("The backup holds a file that has no place in a data folder ({}). Use another "
                            "backup.",
                            file.path));
        }
        if (out.files.size() >= 1'000'000) return wrong();
        out.files.push_back(std::move(file));
    }
    for (const File& file : out.files) {
        if (!seen.insert(file.path).second) return wrong();
    }
    if (!seen.contains(database_file) || seen.contains(key_file) != out.key_inside) return wrong();
    return out;
}

std::string make_seal(std::string_view manifest, const history::Key& key) {
    return history::sign_note(
        history::checkpoint_text(format_name, static_cast<int64_t>(manifest.size()), sha256(manifest)),
        signer, key);
}

Status check_seal(std::string_view seal, std::string_view manifest, const history::PublicKey& key) {
    auto note = history::open_note(seal, key);
    if (!note || note->origin != format_name || note->size != static_cast<int64_t>(manifest.size()) ||
        note->root != sha256(manifest)) {
        return fail(
            Code::not_verified,
            "バックアップの封印が合いません。作られたあとで変えられています。使わずに、別のバックアップを"
            "使ってください。",
            "The seal of the backup does not hold: it was changed after it was made. Do not use it; use "
            "another backup.");
    }
    return {};
}

std::string counts_text(const Counts& counts) {
    std::string out;
    for (const auto& [name, count] : counts)
        out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, count);
    return out;
}

tl::unexpected<Error> newer_format() {
    return fail(
        Code::refused,
        "このバックアップは、より新しい版のSonaeで作られています。Sonaeを更新してから戻してください。",
        "This backup was made by a newer Sonae. Update Sonae, then restore it.");
}

}  // namespace sonae::backup
