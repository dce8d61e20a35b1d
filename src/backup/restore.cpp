// Unpacking trusts nothing but what the seal covers.
#include "backup/restore.hpp"

#include "backup/backup.hpp"
#include "backup/file.hpp"
#include "backup/plan.hpp"
#include "base/os/file.hpp"
#include "base/os/stream.hpp"
#include "evidence/evidence.hpp"
#include "register/verify.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::backup {

namespace {

namespace fs = std::filesystem;

// Evidence is never rewritten; everything else is its owner's to write.
unsigned mode_of(std::string_view path) {
    return path.starts_with("evidence/") ? 0400 : 0600;
}

tl::unexpected<Error> no_room(const fs::path& into, int64_t needed) {
    return fail(Code::io,
                fmt::format("{} のあるディスクに空きが足りません。{}MBの空きが要ります。", into.string(),
                            (needed >> 20) + 1),
                fmt::format("The disk of {} has too little room: {} MB are needed.", into.string(),
                            (needed >> 20) + 1));
}

Status write_files(const Opened& backup, const fs::path& into) {
    std::error_code error;
    const fs::space_info room = fs::space(into, error);
    const int64_t needed = backup.manifest.bytes();
    if (!error && static_cast<uintmax_t>(needed) > room.available) return no_room(into, needed);
    if (auto made = os::make_folder(into / "evidence", 0700); !made) return made;
    for (const File& file : backup.manifest.files) {
        const fs::path place = into / file.path;
        if (auto made = os::make_folder(place.parent_path(), 0700); !made) return made;
        auto output = os::Output::begin(place, mode_of(file.path));
        if (!output) return pass(std::move(output));
        auto done = read_file(backup, file, [&](std::string_view bytes) { return output->write(bytes); });
        if (!done) return done;
        if (done = output->sync(); !done) return done;
        if (done = output->put_in_place(); !done) return done;
    }
    return {};
}

// What the engine finds in the file, before anything is asked of it.
Result<std::vector<history::Fault>> engine_faults(const fs::path& path) {
    std::vector<history::Fault> faults;
    auto database = store::open_sqlite(path, store::Open::own);
    if (!database) return pass(std::move(database));
    for (const std::string& words : (*database)->damage()) {
        faults.push_back({std::string(database_file),
                          {fmt::format("データベースのファイルが壊れています（{}）。", words),
                           fmt::format("The database file is damaged ({}).", words)}});
    }
    return faults;
}

void compare(const InstitutionState& said, const InstitutionState& is, std::vector<history::Fault>& faults) {
    if (said.size != is.size || said.root != is.root || said.checkpoint != is.checkpoint) {
        faults.push_back({fmt::format("checkpoint {}", said.size),
                          {"履歴が、バックアップの目録と合いません。",
                           "The history is not the one that the backup's manifest names."}});
    }
    for (const auto& [name, count] : said.counts) {
        auto found = is.counts.find(name);
        const int64_t now = found == is.counts.end() ? 0 : found->second;
        if (now == count) continue;
        faults.push_back(
            {"table r_" + name,
             {fmt::format("記載の数が合いません（目録{}件、復元{}件）。", count, now),
              fmt::format("The number of entries differs (manifest {}, restored {}).", count, now)}});
    }
}

// Everything of a restored folder against the manifest and against itself.
Status check(const fs::path& folder, const Opened& backup, const catalog::Catalog& catalog,
             const Clock& clock, std::vector<history::Fault>& faults) {
    const Manifest& manifest = backup.manifest;
    for (const InstitutionState& said : manifest.institutions) {
        auto record = registers::Record::open(folder, catalog, clock, said.id);
        if (!record) return pass(std::move(record));
        auto announced = record->list("signing_key");
        if (!announced || std::ranges::none_of(*announced, [&](const registers::Entry& entry) {
                return entry.field("public_key").text == hex(backup.key.raw());
            })) {
            faults.push_back({std::string(public_key_file),
                              {"バックアップを封印した鍵が、履歴に記されたものではありません。",
                               "The key that sealed the backup is not one that the history names."}});
        }
    }
    // What concerns the folder as a whole.
    auto record = registers::Record::open(folder, catalog, clock, manifest.institutions.front().id);
    if (!record) return pass(std::move(record));
    for (auto& fault : registers::verify(*record).faults) {
        // The key of a backup without one was made here.
        if (manifest.key_inside || fault.place != key_file) faults.push_back(std::move(fault));
    }
    for (auto& fault : evidence::verify(*record))
        faults.push_back(std::move(fault));
    const std::vector<InstitutionState> now = states(record->database(), catalog);
    for (const InstitutionState& one : manifest.institutions) {
        auto is = std::ranges::find(now, one.id, &InstitutionState::id);
        compare(one, is == now.end() ? InstitutionState{} : *is, faults);
    }
    if (now.size() != manifest.institutions.size()) {
        faults.push_back({std::string(manifest_file),
                          {"目録にない施設の履歴があります。",
                           "There is a history of an institution that the manifest does not name."}});
    }
    return {};
}

Status note_restore(registers::Record& record, const Wanted& wanted, const Restored& restored,
                    const InstitutionState& state, const registers::Who& who) {
    std::error_code error;
    const fs::path file = fs::absolute(wanted.file, error).lexically_normal();
    registers::Command command;
    command.action = "add";
    command.register_name = own_backup;
    int64_t entries = 0;
    for (const auto& [name, count] : state.counts)
        entries += count;
    command.values = {{"kind", "restore"},
                      {"outcome", "good"},
                      {"made_on", record.today().iso()},
                      {"file", file.filename().string()},
                      {"place", file.parent_path().string()},
                      {"sha256", restored.sha256},
                      {"size", std::to_string(restored.size)},
                      {"encrypted", restored.encrypted ? "1" : "0"},
                      {"history_size", std::to_string(state.size)},
                      {"root", state.root},
                      {"entries", std::to_string(entries)},
                      {"counts", counts_text(state.counts)},
                      {"backup_made_at", restored.manifest.made_at}};
    auto applied = record.apply({command}, who);
    if (!applied) return pass(std::move(applied));
    return {};
}

}  // namespace

Result<Unpacked> unpack(const Wanted& wanted, const fs::path& into, const LoadCatalog& load,
                        const Clock& clock) {
    auto backup = open_backup(wanted.file, wanted.passphrase, wanted.fingerprint);
    if (!backup) return pass(std::move(backup));
    Unpacked out{backup->manifest, backup->encrypted, {}};
    if (auto done = write_files(*backup, into); !done) return pass(std::move(done));
    if (!out.manifest.key_inside) {
        if (auto done = history::Key::generate().write(into / key_file); !done) return pass(std::move(done));
    } else if (auto key = history::Key::read(into / key_file); !key) {
        return pass(std::move(key));
    } else if (key->public_key().raw() != backup->key.raw()) {
        out.faults.push_back({std::string(key_file),
                              {"署名鍵が、バックアップを封印した鍵ではありません。",
                               "The signing key is not the one that sealed the backup."}});
    }
    auto faults = engine_faults(into / database_file);
    if (!faults) return pass(std::move(faults));
    std::ranges::move(*faults, std::back_inserter(out.faults));
    if (!out.faults.empty()) return out;  // nothing is asked of a database that does not hold together
    auto catalog = load(into);
    if (!catalog) return pass(std::move(catalog));
    if (auto done = check(into, *backup, *catalog, clock, out.faults); !done) return pass(std::move(done));
    return out;
}

Result<Restored> restore(const Wanted& wanted, const fs::path& folder, const LoadCatalog& load,
                         const Clock& clock, const registers::Who& who) {
    std::error_code error;
    const fs::path place =
        fs::absolute(folder.has_filename() ? folder : folder.parent_path(), error).lexically_normal();
    const fs::file_status status = fs::symlink_status(place, error);
    if (status.type() != fs::file_type::not_found &&
        !(fs::is_directory(status) && fs::is_empty(place, error))) {
        return fail(Code::exists,
                    fmt::format("{} は空ではありません。復元は、まだないフォルダーか空のフォルダーにします。",
                                place.string()),
                    fmt::format("{} is not empty. A restore needs a folder that is not there yet, or empty.",
                                place.string()));
    }
    auto digest = digest_of(wanted.file);
    if (!digest) return pass(std::move(digest));
    if (auto made = os::make_folder(place.parent_path()); !made) return pass(std::move(made));
    auto aside =
        os::TemporaryFolder::make(place.parent_path(), "." + place.filename().string() + ".restoring-");
    if (!aside) return pass(std::move(aside));
    auto unpacked = unpack(wanted, aside->path(), load, clock);
    if (!unpacked) return pass(std::move(unpacked));
    if (!unpacked->faults.empty()) {
        const history::Fault& fault = unpacked->faults.front();
        return fail(
            Code::not_verified,
            fmt::format(
                "このバックアップは{}か所が合わないため、戻しませんでした（{}: {}）。別のバックアップを使"
                "ってください。ほかにないときは docs/backup-format.md の手順で取り出せます。",
                unpacked->faults.size(), fault.place, fault.words.ja),
            fmt::format("This backup was not restored: {} places do not hold ({}: {}). Use another backup; "
                        "if there is none, docs/backup-format.md says how to take it apart by hand.",
                        unpacked->faults.size(), fault.place, fault.words.en));
    }
    Restored out;
    out.manifest = std::move(unpacked->manifest);
    out.sha256 = digest->sha256;
    out.size = digest->size;
    out.encrypted = unpacked->encrypted;
    out.new_key = !out.manifest.key_inside;
    auto catalog = load(aside->path());
    if (!catalog) return pass(std::move(catalog));
    if (out.new_key) {
        // The one that was made for checking goes; the one that stays is announced in the history.
        if (auto done = os::remove_file(aside->path() / key_file); !done) return pass(std::move(done));
        auto done = registers::Record::replace_key(aside->path(), *catalog, clock, who);
        if (!done) return pass(std::move(done));
    }
    for (const InstitutionState& state : out.manifest.institutions) {
        auto record = registers::Record::open(aside->path(), *catalog, clock, state.id);
        if (!record) return pass(std::move(record));
        out.fingerprint = record->key().public_key().fingerprint();
        if (auto done = note_restore(*record, wanted, out, state, who); !done) return pass(std::move(done));
    }
    if (auto done = os::move_folder(aside->path(), place); !done) return pass(std::move(done));
    return out;
}

}  // namespace sonae::backup
