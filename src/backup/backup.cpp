// Snapshot, container, seal, proof by reading back, entry in the record: in this order.
#include "backup/backup.hpp"

#include "backup/age.hpp"
#include "backup/file.hpp"
#include "backup/plan.hpp"
#include "backup/zip.hpp"
#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "base/os/stream.hpp"
#include "evidence/evidence.hpp"
#include "register/verify.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::backup {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view snapshot_prefix = ".snapshot-";

// The place must be free and outside of the data folder: a backup inside it is lost with it.
Status check_place(const registers::Record& record, const fs::path& out) {
    std::error_code error;
    const fs::path folder = out.has_parent_path() ? out.parent_path() : fs::path(".");
    if (!out.has_filename() || fs::is_directory(out, error)) {
        return fail(
            Code::usage,
            fmt::format("{} はフォルダーです。ファイルの名前まで指定してください（例: 控え.zip）。",
                        out.string()),
            fmt::format("{} is a folder. Give the name of a file (for example copy.zip).", out.string()));
    }
    if (!fs::is_directory(folder, error)) {
        return fail(
            Code::not_found,
            fmt::format("{} というフォルダーがありません。ディスクをつなぐか、別の場所を指定してください。",
                        folder.string()),
            fmt::format("There is no folder {}. Connect the disk or choose another place.", folder.string()));
    }
    if (fs::symlink_status(out, error).type() != fs::file_type::not_found) {
        return fail(
            Code::exists,
            fmt::format("{} はすでにあります。上書きはしません。別の名前を指定してください。", out.string()),
            fmt::format("{} is already there and is not overwritten. Choose another name.", out.string()));
    }
    const fs::path home = fs::canonical(record.folder(), error);
    const fs::path away = fs::canonical(folder, error);
    if (std::mismatch(home.begin(), home.end(), away.begin(), away.end()).first == home.end()) {
        return fail(Code::refused,
                    "バックアップを記録のフォルダーの中に置くと、記録と一緒に失われます。別のディスクを指定し"
                    "てください。",
                    "A backup inside the data folder is lost together with it. Choose another disk.");
    }
    return {};
}

// Files of the data folder that go into a backup as they are: (name inside, path).
Result<std::vector<std::pair<std::string, fs::path>>> other_files(const fs::path& folder) {
    std::vector<std::pair<std::string, fs::path>> out;
    for (const char* part : {"catalog", "checkpoints"}) {
        std::error_code error;
        if (!fs::is_directory(folder / part, error)) continue;
        auto names = os::files_below(folder / part);
        if (!names) return pass(std::move(names));
        for (const std::string& name : *names) {
            fs::path path = folder / part / name;
            if (fs::symlink_status(path, error).type() != fs::file_type::regular) continue;
            out.emplace_back(fmt::format("{}/{}", part, name), std::move(path));
        }
    }
    return out;
}

// Everything that becomes the file, with what it says of itself.
class Maker {
 public:
    Maker(registers::Record& record, const Options& options, os::Output& output)
        : record_(record), options_(options), output_(output) {}

    Result<Made> run(const fs::path& snapshot) {
        Made made;
        made.encrypted = !options_.passphrase.empty();
        auto evidence = look_at(snapshot, made);
        if (!evidence) return pass(std::move(evidence));
        if (auto done = write(snapshot, *evidence, made); !done) return pass(std::move(done));
        made.size = size_;
        made.sha256 = hex(digest_.finish());
        return made;
    }

 private:
    using EvidenceFiles = std::map<std::string, std::string>;

    // What the snapshot holds, and whether it holds together.
    Result<EvidenceFiles> look_at(const fs::path& snapshot, Made& made) {
        auto database = store::open_sqlite(snapshot, store::Open::own);
        if (!database) return pass(std::move(database));
        for (const std::string& words : (*database)->damage()) {
            made.faults.push_back({std::string(database_file),
                                   {fmt::format("データベースのファイルが壊れています（{}）。", words),
                                    fmt::format("The database file is damaged ({}).", words)}});
        }
        made.manifest.institutions = states(**database, record_.catalog());
        for (auto& fault : registers::verify(record_).faults)
            made.faults.push_back(std::move(fault));
        return evidence::expected(**database).files;
    }

    Status write(const fs::path& snapshot, const EvidenceFiles& evidence, Made& made) {
        Sink to = [this](std::string_view bytes) {
            digest_.add(bytes);
            size_ += static_cast<int64_t>(bytes.size());
            return output_.write(bytes);
        };
        std::optional<AgeWriter> age;
        if (made.encrypted) {
            auto begun = AgeWriter::begin(to, options_.passphrase, options_.work);
            if (!begun) return pass(std::move(begun));
            age.emplace(std::move(*begun));
            to = [&age](std::string_view bytes) { return age->write(bytes); };
        }
        const Instant now = record_.now();
        ZipWriter zip(to, now);
        Manifest& manifest = made.manifest;
        auto add = [&](const std::string& name, const fs::path& path) -> Result<Written> {
            auto written = zip.add_file(name, path);
            if (written) {
                manifest.files.push_back({name, static_cast<int64_t>(written->size), written->sha256});
            }
            return written;
        };
        if (auto done = add(std::string(database_file), snapshot); !done) return pass(std::move(done));
        for (const auto& [path, digest] : evidence) {
            std::error_code error;
            const fs::path file = record_.folder() / path;
            if (fs::symlink_status(file, error).type() != fs::file_type::regular) {
                made.faults.push_back(
                    {path, {"証跡ファイルがありません。", "The evidence file is missing."}});
                continue;
            }
            auto done = add(path, file);
            if (!done) return pass(std::move(done));
            if (done->sha256 != digest) {
                made.faults.push_back({path,
                                       {"証跡ファイルの内容が、記録されたときのものと違います。",
                                        "The evidence file is not what was recorded."}});
            }
        }
        auto others = other_files(record_.folder());
        if (!others) return pass(std::move(others));
        for (const auto& [name, path] : *others) {
            if (auto done = add(name, path); !done) return pass(std::move(done));
        }
        manifest.key_inside = made.encrypted;
        if (made.encrypted) {
            auto done = add(std::string(key_file), record_.folder() / key_file);
            if (!done) return pass(std::move(done));
        }
        std::ranges::sort(manifest.files, {}, &File::path);
        manifest.made_at = utc_text(now);
        manifest.program = options_.program;
        manifest.fingerprint = record_.key().public_key().fingerprint();
        const std::string text = manifest_text(manifest);
        const std::pair<std::string_view, std::string> last[] = {
            {manifest_file, text},
            {seal_file, make_seal(text, record_.key())},
            {public_key_file, record_.key().public_key().pem()}};
        for (const auto& [name, bytes] : last) {
            if (auto done = zip.add(name, bytes); !done) return pass(std::move(done));
        }
        if (auto done = zip.finish(); !done) return done;
        return age ? age->finish() : Status();
    }

    registers::Record& record_;
    const Options& options_;
    os::Output& output_;
    Sha256 digest_;
    int64_t size_ = 0;
};

// The file as it lies on the disk, read from beginning to end.
Status read_back(const fs::path& file, const Made& made, const Options& options) {
    auto digest = digest_of(file);
    if (!digest) return pass(std::move(digest));
    if (digest->size != made.size || digest->sha256 != made.sha256) {
        return fail(
            Code::io,
            "書いたバックアップを読み直すと、内容が違いました。ディスクが壊れているおそれがあります。別のディ"
            "スクに"
            "作ってください。",
            "The backup reads back other than it was written: the disk may be failing. Use another disk.");
    }
    auto opened = open_backup(file, options.passphrase, made.manifest.fingerprint);
    if (!opened) return pass(std::move(opened));
    return check_files(*opened);
}

}  // namespace

std::vector<InstitutionState> states(store::Database& database, const catalog::Catalog& catalog) {
    std::vector<InstitutionState> out;
    auto query = database.prepare("SELECT DISTINCT institution FROM event ORDER BY institution");
    while (query.step())
        out.push_back({std::string(query.text(0)), {}, 0, {}, {}, {}});
    const std::vector<std::string> tables = database.tables();
    for (InstitutionState& one : out) {
        history::History history(database, one.id);
        one.size = history.size();
        one.root = hex(history.root(one.size));
        if (auto head = history.latest()) one.checkpoint = head->note;
        for (const catalog::Register& description : catalog.registers()) {
            if (!std::ranges::binary_search(tables, "r_" + description.name)) continue;
            auto count = database.prepare(fmt::format(
                "SELECT count(*) FROM r_{} WHERE institution = :i AND retired = 0", description.name));
            count.bind("i", one.id);
            if (count.step() && count.integer(0) > 0) one.counts[description.name] = count.integer(0);
            count.reset();
        }
        auto name = database.prepare("SELECT label FROM r_institution WHERE institution = :i");
        name.bind("i", one.id);
        if (name.step()) one.name = name.text(0);
        name.reset();
    }
    return out;
}

Result<fs::path> dated_name(const registers::Record& record, const fs::path& folder, bool encrypted) {
    std::error_code error;
    if (!folder.is_absolute() || !fs::is_directory(folder, error)) {
        return fail(
            Code::not_found,
            fmt::format(
                "計画の保存先 {} がありません。ディスクをつないでください。場所を変えるときは `sonae set "
                "own_backup_plan folder=/…` です。",
                folder.string()),
            fmt::format("The plan's folder {} is not there. Connect the disk; to change the place: `sonae "
                        "set own_backup_plan folder=/…`.",
                        folder.string()));
    }
    std::string digits;
    for (char c : japan_text(record.now())) {
        if (c == ' ') digits += '-';
        if (c >= '0' && c <= '9') digits += c;
    }
    const char* ending = encrypted ? ".zip.age" : ".zip";
    fs::path path = folder / fmt::format("sonae-{}{}", digits, ending);
    for (int again = 2; fs::symlink_status(path, error).type() != fs::file_type::not_found; again++)
        path = folder / fmt::format("sonae-{}-{}{}", digits, again, ending);
    return path;
}

Result<Made> make(registers::Record& record, const fs::path& out, const Options& options,
                  const registers::Who& who) {
    if (auto free = check_place(record, out); !free) return pass(std::move(free));
    // What a backup that was cut off left behind.
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(record.folder(), error)) {
        if (entry.path().filename().string().starts_with(snapshot_prefix))
            fs::remove_all(entry.path(), error);
    }
    auto output = os::Output::begin(out, 0600);
    if (!output) return pass(std::move(output));
    auto made = [&]() -> Result<Made> {
        auto folder = os::TemporaryFolder::make(record.folder(), snapshot_prefix);
        if (!folder) return pass(std::move(folder));
        const fs::path snapshot = folder->path() / database_file;
        record.database().copy_to(snapshot);
        return Maker(record, options, *output).run(snapshot);
    }();
    if (!made) return made;
    if (auto done = output->sync(); !done) return pass(std::move(done));
    if (auto done = read_back(output->aside(), *made, options); !done) return pass(std::move(done));
    if (auto done = output->put_in_place(); !done) return pass(std::move(done));
    made->path = fs::absolute(out, error).lexically_normal();
    made->same_disk = os::same_disk(record.folder(), made->path);

    const auto own =
        std::ranges::find(made->manifest.institutions, record.institution(), &InstitutionState::id);
    int64_t entries = 0;
    for (const auto& [name, count] : own->counts)
        entries += count;
    registers::Command command;
    command.action = "add";
    command.register_name = own_backup;
    command.values = {{"kind", "backup"},
                      {"outcome", made->faults.empty() ? "good" : "bad"},
                      {"made_on", record.today().iso()},
                      {"file", made->path.filename().string()},
                      {"place", made->path.parent_path().string()},
                      {"sha256", made->sha256},
                      {"size", std::to_string(made->size)},
                      {"encrypted", made->encrypted ? "1" : "0"},
                      {"history_size", std::to_string(own->size)},
                      {"root", own->root},
                      {"entries", std::to_string(entries)},
                      {"counts", counts_text(own->counts)}};
    if (!made->faults.empty()) {
        command.values.emplace_back(
            "note", fmt::format("{}: {}", made->faults.front().place, made->faults.front().words.ja));
    }
    auto applied = record.apply({command}, who);
    if (!applied) return pass(std::move(applied));
    made->id = applied->front().id;
    return made;
}

}  // namespace sonae::backup
