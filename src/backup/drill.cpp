// The drill, step by step.
#include "backup/drill.hpp"

#include "backup/backup.hpp"
#include "backup/file.hpp"
#include "backup/plan.hpp"
#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "base/os/stream.hpp"
#include "evidence/evidence.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::backup {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> none_listed() {
    return fail(
        Code::not_found,
        "試せるバックアップが記録にありません。先に `sonae backup` で作るか、ファイルを指定してください。",
        "The record lists no backup to try. Make one with `sonae backup`, or name a file.");
}

tl::unexpected<Error> not_there(const fs::path& file) {
    return fail(Code::not_found,
                fmt::format("バックアップ {} がありません。ディスクをつなぐか、ファイルを指定してください。",
                            file.string()),
                fmt::format("The backup {} is not there. Connect its disk, or name a file.", file.string()));
}

// Compares with what the record noted when the backup was made.
void compare_with_note(const Listed& note, const FileDigest& digest, const Manifest& manifest,
                       std::string_view institution, std::vector<history::Fault>& faults) {
    auto own = std::ranges::find(manifest.institutions, institution, &InstitutionState::id);
    const bool same = digest.sha256 == note.sha256 && own != manifest.institutions.end() &&
                      own->size == note.history_size && own->root == note.root &&
                      counts_text(own->counts) == note.counts;
    if (same) return;
    faults.push_back({note.file,
                      {"バックアップが、作ったときに記録した内容（SHA-256、履歴、記載の数）と合いません。",
                       "The backup is not what was recorded when it was made (SHA-256, history, entries)."}});
}

// The backup's history must be the beginning of today's.
void compare_with_today(const registers::Record& record, const Manifest& manifest,
                        std::vector<history::Fault>& faults) {
    for (const InstitutionState& one : manifest.institutions) {
        history::History today(record.database(), one.id);
        if (one.size <= today.size() && hex(today.root(one.size)) == one.root) continue;
        faults.push_back(
            {fmt::format("checkpoint {}", one.size),
             {"バックアップの履歴が、今の記録の履歴の初めの部分と合いません。別の記録のバックアップか、記録が"
              "書き換えられています。",
              "The history in the backup is not the beginning of this record's history: it is a backup "
              "of another record, or the record was rewritten."}});
    }
}

json::object report_json(const registers::Record& record, const Drilled& drilled, const FileDigest& digest) {
    json::array faults;
    for (const history::Fault& fault : drilled.faults)
        faults.push_back(json::object{{"place", fault.place}, {"message", words_json(fault.words)}});
    json::array institutions;
    json::object out{{"format", "sonae-drill/1"},     {"at", utc_text(record.now())},
                     {"file", drilled.file.string()}, {"sha256", digest.sha256},
                     {"size", digest.size},           {"listed", drilled.known},
                     {"good", drilled.good},          {"faults", std::move(faults)}};
    if (drilled.manifest) {
        for (const InstitutionState& one : drilled.manifest->institutions) {
            json::object entries;
            for (const auto& [name, count] : one.counts)
                entries[name] = count;
            institutions.push_back(json::object{{"id", one.id},
                                                {"size", one.size},
                                                {"root", one.root},
                                                {"checkpoint", one.checkpoint},
                                                {"entries", std::move(entries)}});
        }
        out["made_at"] = drilled.manifest->made_at;
        out["files"] = drilled.manifest->files.size();
        out["institutions"] = std::move(institutions);
    }
    return out;
}

}  // namespace

Result<Drilled> drill(registers::Record& record, const DrillOptions& options, const LoadCatalog& load,
                      const Clock& clock, const registers::Who& who) {
    const std::vector<Listed> backups = listed(record, "backup");
    Drilled out;
    std::error_code error;
    std::optional<Listed> note;
    if (options.file.empty()) {
        auto newest =
            std::ranges::find_if(backups, [](const Listed& one) { return one.good && !one.removed; });
        if (newest == backups.end()) return none_listed();
        note = *newest;
        out.file = newest->path();
    } else {
        out.file = fs::absolute(options.file, error).lexically_normal();
    }
    if (!fs::exists(out.file, error)) return not_there(out.file);
    auto digest = digest_of(out.file);
    if (!digest) return pass(std::move(digest));
    if (!note) {
        auto same = std::ranges::find(backups, digest->sha256, &Listed::sha256);
        if (same == backups.end()) {
            // The same place and name with other bytes: the listed backup was changed.
            same = std::ranges::find_if(backups, [&](const Listed& one) { return one.path() == out.file; });
        }
        if (same != backups.end()) note = *same;
    }
    out.known = note && note->sha256 == digest->sha256;

    auto folder = os::TemporaryFolder::make(options.into.empty() ? os::temporary_place() : options.into,
                                            "sonae-drill-");
    if (!folder) return pass(std::move(folder));
    auto unpacked = unpack({out.file, options.passphrase, {}}, folder->path(), load, clock);
    if (unpacked) {
        out.manifest = std::move(unpacked->manifest);
        out.faults = std::move(unpacked->faults);
        if (note) compare_with_note(*note, *digest, *out.manifest, record.institution(), out.faults);
        compare_with_today(record, *out.manifest, out.faults);
    } else if (unpacked.error().code == Code::usage || unpacked.error().code == Code::io) {
        return pass(std::move(unpacked));
    } else {
        out.faults.push_back({out.file.filename().string(), unpacked.error().words});
    }
    out.good = out.faults.empty();

    registers::Command command;
    command.action = "add";
    command.register_name = own_backup;
    command.values = {{"kind", "restore_drill"},
                      {"outcome", out.good ? "good" : "bad"},
                      {"made_on", record.today().iso()},
                      {"file", out.file.filename().string()},
                      {"place", out.file.parent_path().string()},
                      {"sha256", digest->sha256},
                      {"size", std::to_string(digest->size)}};
    if (note) command.values.emplace_back("backup", note->id);
    if (out.manifest) {
        command.values.emplace_back("backup_made_at", out.manifest->made_at);
        auto own = std::ranges::find(out.manifest->institutions, record.institution(), &InstitutionState::id);
        if (own != out.manifest->institutions.end()) {
            int64_t entries = 0;
            for (const auto& [name, count] : own->counts)
                entries += count;
            command.values.insert(command.values.end(), {{"history_size", std::to_string(own->size)},
                                                         {"root", own->root},
                                                         {"entries", std::to_string(entries)},
                                                         {"counts", counts_text(own->counts)}});
        }
    }
    if (!out.good) {
        command.values.emplace_back(
            "note", fmt::format("{}: {}", out.faults.front().place, out.faults.front().words.ja));
    }
    auto applied = record.apply({command}, who);
    if (!applied) return pass(std::move(applied));
    out.id = applied->front().id;

    const fs::path report = folder->path() / fmt::format("drill-{}.json", record.today().iso());
    if (auto done = os::write_file(report, canonical(report_json(record, out, *digest)), 0600); !done)
        return pass(std::move(done));
    auto attached = evidence::attach(record, report, own_backup, out.id, {}, {}, who);
    if (!attached) return pass(std::move(attached));
    out.report = attached->sha256;
    return out;
}

}  // namespace sonae::backup
