// Builds a pack file by file, records it, and puts it where it was asked for.
#include "pack/pack.hpp"

#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "base/os/random.hpp"
#include "evidence/evidence.hpp"
#include "pack/archive.hpp"
#include "pack/content.hpp"
#include "pack/index_page.hpp"
#include "pack/papers.hpp"
#include "pack/register_sheets.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::pack {

namespace {

namespace fs = std::filesystem;

// A path beside the pack that disappears unless it was renamed.
class Aside {
 public:
    explicit Aside(const fs::path& out)
        : path_(out.parent_path() / ("." + out.filename().string() + ".part-" + hex(os::random_bytes(6)))) {}
    ~Aside() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;
    const fs::path& path() const { return path_; }

 private:
    fs::path path_;
};

tl::unexpected<Error> cannot_use(const fs::path& out, const std::error_code& error) {
    return fail(Code::io, fmt::format("{} に書けません（{}）。", out.string(), error.message()),
                fmt::format("Cannot write {} ({}).", out.string(), error.message()));
}

// The place must be free: nothing is overwritten.
Status check_place(const fs::path& out) {
    std::error_code error;
    fs::path folder = out.has_parent_path() ? out.parent_path() : fs::path(".");
    if (!fs::is_directory(folder, error)) {
        return fail(
            Code::not_found,
            fmt::format("{} というフォルダーがありません。先に作るか、別の場所を指定してください。",
                        folder.string()),
            fmt::format("There is no folder {}. Make it first or choose another place.", folder.string()));
    }
    fs::file_status status = fs::symlink_status(out, error);
    bool free = status.type() == fs::file_type::not_found ||
                (fs::is_directory(status) && !out.string().ends_with(".zip") && fs::is_empty(out, error));
    if (!free) {
        return fail(
            Code::exists,
            fmt::format("{} はすでにあります。上書きはしません。別の名前を指定してください。", out.string()),
            fmt::format("{} is already there and is not overwritten. Choose another name.", out.string()));
    }
    return {};
}

class Maker {
 public:
    Maker(registers::Record& record, const Content& content, const fs::path& folder)
        : record_(record), content_(content), folder_(folder) {}

    // Everything that the manifest lists.
    Status write_files() {
        if (Status done = os::make_folder(folder_ / "registers"); !done) return done;
        if (Status done = write("checklist.pdf", checklist_pdf(content_)); !done) return done;
        if (Status done = checklist_xlsx(content_, folder_ / "checklist.xlsx"); !done) return done;
        if (content_.transfer) {
            const std::string& name = content_.transfer->name;
            if (Status done = write(name + ".pdf", transfer_pdf(content_)); !done) return done;
            if (Status done = transfer_xlsx(content_, folder_ / (name + ".xlsx")); !done) return done;
        }
        if (Status done = write_registers(); !done) return done;
        if (Status done = write_evidence(); !done) return done;
        return write("index.html", index_page(content_, registers_));
    }

    Result<std::string> write_manifest(Made& made) {
        Result<std::vector<std::string>> names = os::files_below(folder_);
        if (!names) return pass(std::move(names));
        json::array files;
        for (const std::string& name : *names) {
            Result<std::string> bytes = os::read_file(folder_ / name);
            if (!bytes) return pass(std::move(bytes));
            files.push_back({{"path", name}, {"size", bytes->size()}, {"sha256", hex(sha256(*bytes))}});
        }
        made.files = files.size();
        const checklist::Assessment& assessment = content_.assessment;
        json::object about{
            {"format", format_name},
            {"institution", {{"id", record_.institution()}, {"name", content_.institution}}},
            {"edition", assessment.checklist->edition},
            {"form", assessment.form},
            {"fiscal_year", assessment.fiscal_year},
            {"made_at", utc_text(content_.made)},
            {"catalog", record_.catalog().digest()},
            {"files", std::move(files)},
        };
        if (content_.as_of) about["as_of"] = content_.as_of->iso();
        if (!assessment.vendor.empty())
            about["vendor"] = json::object{{"id", assessment.vendor}, {"name", content_.vendor}};
        const std::string manifest = canonical(about);
        if (Status done = os::write_file(folder_ / manifest_file, manifest); !done)
            return pass(std::move(done));
        return hex(sha256(manifest));
    }

    // Appends the pack's event and writes its proof.
    Status write_proof(Made& made, const registers::Who& who) {
        const checklist::Assessment& assessment = content_.assessment;
        registers::Command command;
        command.action = "add";
        command.register_name = "pack";
        command.values = {{"edition", assessment.checklist->edition},
                          {"form", assessment.form},
                          {"vendor", assessment.vendor},
                          {"fiscal_year", std::to_string(assessment.fiscal_year)},
                          {"made_on", day_in_japan(content_.made).iso()},
                          {"manifest", made.manifest}};
        Result<std::vector<registers::Applied>> applied = record_.apply({command}, who);
        if (!applied) return pass(std::move(applied));
        made.event = applied->front().id;

        std::optional<history::Event> event;
        record_.history().each(
            [&](const history::Event& one) {
                event = one;
                return true;
            },
            "pack", made.event);
        std::optional<history::Checkpoint> head = record_.history().latest();
        if (!event || !event->body || !head || head->size <= event->seq) {
            return fail(Code::corrupt,
                        "作成した記録が履歴に見つかりません。「sonae verify」で確かめてください。",
                        "The pack's event is not in the history. Run \"sonae verify\".");
        }
        made.seq = event->seq;
        json::array path;
        for (const Digest& digest : record_.history().inclusion(event->seq, head->size))
            path.emplace_back(hex(digest));
        std::string proof = canonical(json::object{
            {"leaf", event->leaf},
            {"index", event->seq},
            {"size", head->size},
            {"path", std::move(path)},
            {"body", *event->body},
            {"salt", hex(event->salt)},
        });
        if (Status done = os::write_file(folder_ / proof_file, proof); !done) return done;
        if (Status done = os::write_file(folder_ / checkpoint_file, head->note); !done) return done;
        return os::write_file(folder_ / key_file, record_.key().public_key().pem());
    }

 private:
    Status write(const std::string& name, Result<std::string> bytes) {
        if (!bytes) return pass(std::move(bytes));
        return os::write_file(folder_ / name, *bytes);
    }

    Status write_registers() {
        for (const catalog::Register& description : content_.record->catalog().registers()) {
            if (description.internal) continue;
            Result<std::vector<registers::Entry>> entries = content_.record->list(description.name);
            if (!entries) return pass(std::move(entries));
            if (entries->empty()) continue;
            exchange::Sheet sheet = register_sheet(*content_.record, description, *entries);
            sheet.above = {
                fmt::format("{}　{}　{}", description.label.ja, content_.institution, content_.made_text())};
            if (content_.as_of) sheet.above.push_back(content_.as_of_text());
            RegisterFile file{description.name, description.label.ja,
                              "registers/" + description.name + ".xlsx", entries->size()};
            if (Status done =
                    exchange::write_xlsx(folder_ / file.path, sheet.above[0], content_.made, {sheet});
                !done)
                return done;
            registers_.push_back(std::move(file));
        }
        return {};
    }

    Status write_evidence() {
        if (!content_.evidence.empty()) {
            if (Status done = os::make_folder(folder_ / "evidence"); !done) return done;
        }
        for (const Evidence& evidence : content_.evidence) {
            Result<std::string> bytes =
                os::read_file(record_.folder() / evidence::stored_path(evidence.sha256));
            if (!bytes || hex(sha256(*bytes)) != evidence.sha256) {
                return fail(
                    Code::corrupt,
                    fmt::format("証跡「{}」が{}。「sonae verify」で確かめ、バックアップから戻してください。",
                                evidence.name, bytes ? "登録したときと違います" : "読めません"),
                    fmt::format(
                        "The evidence file \"{}\" {}. Run \"sonae verify\" and restore it from a backup.",
                        evidence.name, bytes ? "is not what was stored" : "cannot be read"));
            }
            if (Status done = os::write_file(folder_ / evidence.path, *bytes); !done) return done;
        }
        return {};
    }

    registers::Record& record_;
    const Content& content_;
    fs::path folder_;
    std::vector<RegisterFile> registers_;
};

}  // namespace

Result<Made> make_pack(registers::Record& record, const checklist::Assessment& assessment,
                       const fs::path& out, const registers::Who& who, const registers::Record* past) {
    // "pack/" names the folder itself.
    const fs::path place = (out.has_filename() ? out : out.parent_path()).lexically_normal();
    if (Status free = check_place(place); !free) return pass(std::move(free));
    Result<std::unique_ptr<Content>> gathered = gather(record, assessment, past);
    if (!gathered) return pass(std::move(gathered));
    const Content& content = **gathered;

    Aside aside(place);
    Aside zipped(place);
    if (Status done = os::make_folder(aside.path()); !done) return pass(std::move(done));
    Made made;
    made.path = place;
    made.yes = content.counts.yes;
    made.no = content.counts.no;
    made.open = content.counts.open;
    made.not_applicable = content.counts.not_applicable;
    made.fingerprint = content.fingerprint;
    if (content.transfer) made.transfer = content.transfer->name;
    Maker maker(record, content, aside.path());
    if (Status done = maker.write_files(); !done) return pass(std::move(done));
    Result<std::string> manifest = maker.write_manifest(made);
    if (!manifest) return pass(std::move(manifest));
    made.manifest = *manifest;
    if (Status done = maker.write_proof(made, who); !done) return pass(std::move(done));

    fs::path whole = aside.path();
    if (place.string().ends_with(".zip")) {
        if (Status done = write_zip(aside.path(), zipped.path(), content.made); !done)
            return pass(std::move(done));
        whole = zipped.path();
    }
    std::error_code error;
    fs::rename(whole, place, error);
    if (error) return cannot_use(place, error);
    return made;
}

json::object made_json(const Made& made) {
    return {{"path", made.path.string()},
            {"files", made.files},
            {"yes", made.yes},
            {"no", made.no},
            {"unanswered", made.open},
            {"not_applicable", made.not_applicable},
            {"transfer", made.transfer.empty() ? json::value(nullptr) : json::value(made.transfer)},
            {"manifest", made.manifest},
            {"fingerprint", made.fingerprint},
            {"event", made.event},
            {"seq", made.seq}};
}

}  // namespace sonae::pack
