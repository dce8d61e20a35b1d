// Content-addressed files beside the database.
#include "evidence/evidence.hpp"

#include "base/os/file.hpp"

#include <set>

#include <fmt/format.h>

namespace sonae::evidence {

namespace {

constexpr size_t largest = size_t{100} << 20;
constexpr std::string_view register_name = "attachment";

// Whether a path below the data folder is one that attach writes: a stored file, or its temporary file.
bool written_by_attach(std::string_view path, bool temporary) {
    std::string_view digest = path.substr(path.rfind('/') + 1);
    if (temporary) {
        size_t mark = digest.find(os::temporary_mark);
        if (mark == std::string_view::npos) return false;
        path.remove_suffix(digest.size() - mark);
        digest = digest.substr(0, mark);
    }
    return digest_from_hex(digest) && path == stored_path(digest);
}

// Whether an entry of any institution in the folder speaks of the file (and does not say that it was erased).
// Such a file was durable before the entry was.
bool spoken_of(const registers::Record& record, std::string_view digest) {
    auto query = record.database().prepare(
        "SELECT 1 FROM r_attachment WHERE sha256 = :digest AND COALESCE(file_erased, 0) = 0 LIMIT 1");
    query.bind("digest", digest);
    bool found = query.step();
    query.reset();
    return found;
}

}  // namespace

std::string stored_path(std::string_view sha256) {
    return fmt::format("evidence/{}/{}", sha256.substr(0, 2), sha256);
}

Result<Attached> attach(registers::Record& record, const std::filesystem::path& file,
                        std::string_view of_register, std::string_view id, std::string_view edition,
                        std::string_view item, const registers::Who& who) {
    auto bytes = os::read_file(file);
    if (!bytes) return pass(std::move(bytes));
    if (bytes->empty() || bytes->size() > largest) {
        return fail(
            Code::refused, fmt::format("{} は空か、100MBを超えているため、証跡にできません。", file.string()),
            fmt::format("{} is empty or larger than 100 MB and cannot be kept as evidence.", file.string()));
    }
    Attached out;
    out.sha256 = hex(sha256(*bytes));
    out.name = file.filename().string();
    out.size = static_cast<int64_t>(bytes->size());
    std::filesystem::path place = record.folder() / stored_path(out.sha256);
    // The same bytes are stored once. A file that no entry speaks of was left by an attachment that was cut
    // off: how much of it the disk has is not known, so it and the name of its folder are written again.
    if (!os::is_there(place) || !spoken_of(record, out.sha256)) {
        if (auto made = os::make_folder(place.parent_path(), 0700); !made) return pass(std::move(made));
        if (auto kept = os::sync_folder(record.folder() / "evidence"); !kept) return pass(std::move(kept));
        if (auto written = os::write_file(place, *bytes, 0400); !written) return pass(std::move(written));
    }
    registers::Command command;
    command.action = "add";
    command.register_name = register_name;
    command.values = {{"sha256", out.sha256},
                      {"name", out.name},
                      {"size", std::to_string(out.size)},
                      {"register", std::string(of_register)},
                      {"entry", std::string(id)},
                      {"edition", std::string(edition)},
                      {"item", std::string(item)}};
    auto applied = record.apply({command}, who);
    if (!applied) return pass(std::move(applied));
    out.id = applied->front().id;
    return out;
}

namespace {

// The attachments that a person means by a name, with their file's digest.
std::map<std::string, std::string> attachments(const registers::Record& record, std::string_view name) {
    std::map<std::string, std::string> digests;  // entry → digest
    std::set<std::string> meant;
    record.history().each([&](const history::Event& event) {
        if (event.register_name != register_name || !event.body) return true;
        auto body = parse_json(*event.body);
        const json::object* fields =
            body && body->is_object() ? object_at(body->get_object(), "fields") : nullptr;
        if (!fields) return true;
        std::string digest(text_at(*fields, "sha256"));
        digests[event.id] = digest;
        bool by_digest = name.size() >= 8 && digest.starts_with(name);
        if (event.id == name || text_at(*fields, "name") == name || by_digest) meant.insert(digest);
        return true;
    });
    std::erase_if(digests, [&](const auto& one) { return !meant.contains(one.second); });
    return digests;
}

}  // namespace

Result<Erased> erase(registers::Record& record, std::string_view name, const registers::Who& who) {
    auto found = attachments(record, name);
    std::set<std::string> digests;
    for (const auto& [id, digest] : found)
        digests.insert(digest);
    if (digests.empty()) {
        return fail(Code::not_found, fmt::format("証跡「{}」はありません。", name),
                    fmt::format("There is no evidence \"{}\".", name));
    }
    if (digests.size() > 1) {
        return fail(Code::ambiguous,
                    fmt::format("「{}」に当たる証跡が{}件あります。SHA-256で指定してください: {}", name,
                                digests.size(), fmt::join(digests, ", ")),
                    fmt::format("\"{}\" fits {} files. Use the SHA-256: {}", name, digests.size(),
                                fmt::join(digests, ", ")));
    }
    Erased out;
    out.sha256 = *digests.begin();
    out.attachments = found.size();
    // The history first: a file that is gone without a reason would look like a loss.
    for (const auto& [id, digest] : found) {
        auto entry = record.get(register_name, id);
        if (entry && entry->field("file_erased").known()) continue;
        auto erased = record.erase(register_name, id, "name", who, {{"file_erased", "1"}});
        if (!erased) return pass(std::move(erased));
    }
    if (auto removed = os::remove_file(record.folder() / stored_path(out.sha256)); !removed) {
        return pass(std::move(removed));
    }
    return out;
}

Expected expected(store::Database& database) {
    Expected out;
    std::vector<std::string> institutions;
    auto query = database.prepare("SELECT DISTINCT institution FROM event");
    while (query.step())
        institutions.emplace_back(query.text(0));
    for (const std::string& institution : institutions) {
        history::History(database, institution).each([&](const history::Event& event) {
            if (event.register_name != register_name || !event.body) return true;
            auto body = parse_json(*event.body);
            const json::object* fields =
                body && body->is_object() ? object_at(body->get_object(), "fields") : nullptr;
            std::string digest(fields ? text_at(*fields, "sha256") : std::string_view());
            if (!digest_from_hex(digest)) return true;
            if (text_at(*fields, "file_erased") == "1") {
                out.files.erase(stored_path(digest));
                out.erased.insert(stored_path(digest));
            } else if (event.action == "add") {
                out.files[stored_path(digest)] = digest;
            }
            return true;
        });
    }
    return out;
}

std::vector<history::Fault> verify(const registers::Record& record) {
    std::vector<history::Fault> faults;
    Expected known;
    try {
        known = evidence::expected(record.database());
    } catch (const Failure&) {
        // registers::verify names what is wrong with the history.
        return {{"evidence",
                 {"履歴が読めないため、証跡のファイルを確かめられません。",
                  "The history cannot be read, so the evidence files were not checked."}}};
    }
    const auto& [expected, erased] = known;
    std::set<std::string> seen;
    auto files = os::files_below(record.folder() / "evidence");
    if (files) {
        for (const std::string& name : *files) {
            std::string path = "evidence/" + name;
            auto wanted = expected.find(path);
            if (wanted == expected.end()) {
                if (erased.contains(path)) {
                    faults.push_back(
                        {path,
                         {"消去したはずの証跡ファイルが残っています。もう一度eraseを実行してください。",
                          "This evidence file was erased and is still there. Run erase again."}});
                    continue;
                }
                if (written_by_attach(path, true)) continue;
                if (written_by_attach(path, false)) {
                    auto bytes = os::read_file(record.folder() / path);
                    if (bytes && path == stored_path(hex(sha256(*bytes)))) continue;
                }
                faults.push_back(
                    {path, {"履歴にない証跡ファイルです。", "This evidence file is not in the history."}});
                continue;
            }
            seen.insert(path);
            auto bytes = os::read_file(record.folder() / path);
            if (!bytes) {
                faults.push_back({path, bytes.error().words});
            } else if (hex(sha256(*bytes)) != wanted->second) {
                faults.push_back({path,
                                  {"証跡ファイルの内容が、記録されたときのものと違います。",
                                   "The evidence file is not what was recorded."}});
            }
        }
    }
    for (const auto& [path, digest] : expected) {
        if (!seen.contains(path)) {
            faults.push_back({path, {"証跡ファイルがありません。", "The evidence file is missing."}});
        }
    }
    return faults;
}

Result<int64_t> sweep(registers::Record& record) {
    auto files = os::files_below(record.folder() / "evidence");
    if (!files) return pass(std::move(files));
    int64_t removed = 0;
    for (const std::string& name : *files) {
        std::string path = "evidence/" + name;
        bool left = written_by_attach(path, true) ||
                    (written_by_attach(path, false) && !spoken_of(record, name.substr(name.rfind('/') + 1)));
        if (!left) continue;
        if (auto gone = os::remove_file(record.folder() / path); !gone) return pass(std::move(gone));
        removed++;
    }
    return removed;
}

}  // namespace sonae::evidence
