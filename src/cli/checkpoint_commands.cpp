// checkpoint, proof; and what verify needs of them.
#include "base/os/file.hpp"
#include "cli/checkpoints.hpp"
#include "cli/command.hpp"
#include "pack/archive.hpp"
#include "pack/checkpoint_paper.hpp"
#include "pack/pack.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

namespace fs = std::filesystem;
using registers::Record;

// The note in a file, or in the checkpoint.txt of a pack.
Result<std::string> read_note(const fs::path& path) {
    constexpr uintmax_t longest_note = 1 << 16;
    std::error_code error;
    if (fs::is_regular_file(path, error) && fs::file_size(path, error) <= longest_note) {
        Result<std::string> text = os::read_file(path);
        if (!text || !text->starts_with("PK")) return text;
    }
    Result<std::unique_ptr<pack::Archive>> archive = pack::Archive::open(path);
    if (!archive) return pass(std::move(archive));
    return (*archive)->read(pack::checkpoint_file);
}

// Nothing is overwritten.
Status write_new(const fs::path& path, std::string_view bytes) {
    std::error_code error;
    if (fs::exists(fs::symlink_status(path, error))) {
        return fail(
            Code::exists,
            fmt::format("{} はすでにあります。上書きはしません。別の名前を指定してください。", path.string()),
            fmt::format("{} is already there and is not overwritten. Choose another name.", path.string()));
    }
    return os::write_file(path, bytes);
}

std::vector<history::PublicKey> keys_of(const Record& record) {
    return history::known_keys(record.database(), record.institution(), record.key().public_key());
}

// ---- checkpoint -----------------------------------------------------------------------------------------

struct CheckpointOptions {
    std::string out;
    std::string print;
    std::string import;
};

Status import_note(Call& call, const Record& record, const std::string& file) {
    Result<std::string> note = read_note(call.path(file));
    if (!note) return pass(std::move(note));
    const std::vector<history::PublicKey> keys = keys_of(record);
    Result<std::string> path = history::keep_note(record.folder(), record.institution(), keys, *note);
    if (!path) return pass(std::move(path));
    history::Compared compared = history::compare(record.history(), keys, *path, *note);
    if (!compared.holds()) call.exit_code = 1;
    if (call.json) {
        json::object out = compared_json(compared);
        out["path"] = *path;
        call.print(out);
        return {};
    }
    call.line({fmt::format("封印を {} に保管しました。これからは verify が毎回見比べます。", *path),
               fmt::format("Kept the checkpoint as {}. From now on verify compares it each time.", *path)});
    call.line(compared.words);
    return {};
}

Status show_checkpoint(Call& call, const Record& record, const CheckpointOptions& options) {
    std::optional<history::Checkpoint> head = record.history().latest();
    if (!head) {
        return fail(Code::not_found, "封印がまだありません。「sonae verify」で確かめてください。",
                    "There is no checkpoint. Run \"sonae verify\".");
    }
    const std::string fingerprint = record.key().public_key().fingerprint();
    const std::string form = history::short_form(head->size, head->root);
    if (!options.out.empty()) {
        if (Status done = write_new(call.path(options.out), head->note); !done) return done;
    }
    if (!options.print.empty()) {
        std::optional<history::Event> last = record.history().event(head->size - 1);
        Result<std::string> pdf = pack::checkpoint_pdf(
            {record.institution_entry().label, *head, last ? last->at : 0, fingerprint, record.now()});
        if (!pdf) return pass(std::move(pdf));
        if (Status done = write_new(call.path(options.print), *pdf); !done) return done;
    }
    if (call.json) {
        json::object out{{"institution", record.institution()},
                         {"size", head->size},
                         {"root", hex(head->root)},
                         {"short", form},
                         {"note", head->note},
                         {"fingerprint", fingerprint}};
        if (!options.out.empty()) out["out"] = options.out;
        if (!options.print.empty()) out["print"] = options.print;
        call.print(out);
        return {};
    }
    call.out << head->note << '\n';
    call.line({"短い表示: " + form, "Short form: " + form});
    call.line({"署名鍵の指紋: " + fingerprint, "Fingerprint of the signing key: " + fingerprint});
    for (const std::string& file : {options.out, options.print}) {
        if (!file.empty()) {
            call.line(
                {fmt::format("{} を作りました。このコンピューターとは別の場所に保管してください。", file),
                 fmt::format("Made {}. Keep it in another place than this computer.", file)});
        }
    }
    return {};
}

void add_checkpoint(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand(
        "checkpoint", "いまの封印を表示、書き出し、印刷する / show, export or print the checkpoint");
    common_options(*command, call,
                   "sonae checkpoint --data ./data --print 封印.pdf\n"
                   "  sonae checkpoint --data ./data --import 去年の封印.txt");
    auto options = std::make_shared<CheckpointOptions>();
    auto* out = command->add_option("--out", options->out, "書き出すファイル / file to export to");
    auto* print = command->add_option("--print", options->print, "印刷用のPDF / PDF for printing");
    command
        ->add_option(
            "--import", options->import,
            "前に書き出した封印（または立入検査ファイル）を保管する / keep one exported earlier (or that "
            "of a pack)")
        ->excludes(out)
        ->excludes(print);
    command->callback([&call, options] {
        call.with_record(Access::read, [&](Record& record) -> Status {
            if (!options->import.empty()) return import_note(call, record, options->import);
            return show_checkpoint(call, record, *options);
        });
    });
}

// ---- proof ----------------------------------------------------------------------------------------------

// The event that REGISTER:ID (its latest) or a number names.
Result<history::Event> find_event(const Record& record, const std::string& what) {
    const size_t colon = what.find(':');
    std::optional<history::Event> event;
    if (colon == std::string::npos) {
        int64_t seq = 0;
        auto [end, error] = std::from_chars(what.data(), what.data() + what.size(), seq);
        if (error != std::errc() || end != what.data() + what.size()) {
            return fail(
                Code::usage, fmt::format("「{}」は「台帳:id」または履歴の番号の形ではありません。", what),
                fmt::format("\"{}\" is not of the form REGISTER:ID or the number of an event.", what));
        }
        event = record.history().event(seq);
    } else {
        auto entry = record.find(what.substr(0, colon), what.substr(colon + 1));
        if (!entry) return pass(std::move(entry));
        record.history().each(
            [&](const history::Event& one) {
                event = one;
                return true;
            },
            entry->register_name, entry->id);
    }
    if (!event) {
        return fail(Code::not_found, fmt::format("「{}」の記録は履歴にありません。", what),
                    fmt::format("The history has no event for \"{}\".", what));
    }
    return *event;
}

// Where the leaf of a proof lies beside it.
std::string leaf_file(std::string proof) {
    constexpr std::string_view ending = ".tlog-proof";
    if (proof.ends_with(ending)) proof.resize(proof.size() - ending.size());
    return proof + ".leaf.json";
}

Status make_proof(Call& call, const Record& record, const std::string& what, const std::string& out) {
    Result<history::Event> event = find_event(record, what);
    if (!event) return pass(std::move(event));
    Result<history::Proof> proof = history::make_proof(record.history(), keys_of(record), event->seq);
    if (!proof) return pass(std::move(proof));
    const std::string text = history::proof_text(*proof);
    const std::string leaf = out.empty() ? "" : leaf_file(out);
    if (!out.empty()) {
        if (Status done = write_new(call.path(out), text); !done) return done;
        if (Status done = write_new(call.path(leaf), event->leaf); !done) return done;
    }
    const std::string fingerprint = history::PublicKey::from_raw(proof->extra)->fingerprint();
    if (call.json) {
        json::object result{
            {"seq", event->seq}, {"proof", text}, {"leaf", event->leaf}, {"fingerprint", fingerprint}};
        if (!out.empty()) {
            result["out"] = out;
            result["leaf_file"] = leaf;
        }
        call.print(result);
        return {};
    }
    if (out.empty()) {
        call.out << text << '\n' << event->leaf << '\n';
        return {};
    }
    call.line({fmt::format("{}番の記録の証明を {} に、その見出しを {} に書きました。", event->seq, out, leaf),
               fmt::format("Wrote the proof of event {} to {} and its leaf to {}.", event->seq, out, leaf)});
    call.line({"署名鍵の指紋: " + fingerprint, "Fingerprint of the signing key: " + fingerprint});
    return {};
}

void add_proof(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand(
        "proof", "1件の記録が履歴にあることの証明 / the proof that one event is in the history");
    common_options(*command, call, "sonae proof device:003 --out 003.tlog-proof --data ./data");
    struct Options {
        std::string what;
        std::string out;
    };
    auto options = std::make_shared<Options>();
    command
        ->add_option("WHAT", options->what,
                     "台帳:id、または履歴の番号 / REGISTER:ID, or the number of an event")
        ->required();
    command->add_option("--out", options->out, "書き出すファイル / file to write to (.tlog-proof)");
    command->callback([&call, options] {
        call.with_record(Access::read, [&](Record& record) {
            return make_proof(call, record, options->what, options->out);
        });
    });
}

}  // namespace

Result<history::Compared> compare_given(const Call& call, const Record& record,
                                        const std::vector<history::PublicKey>& keys,
                                        const std::string& what) {
    std::error_code error;
    if (fs::exists(call.path(what), error)) {
        Result<std::string> note = read_note(call.path(what));
        if (!note) return pass(std::move(note));
        return history::compare(record.history(), keys, what, *note);
    }
    Result<history::ShortForm> form = history::read_short_form(what);
    if (!form) {
        Words words = std::move(form).error().words;
        return fail(Code::bad_value, fmt::format("{} というファイルはありません。{}", what, words.ja),
                    fmt::format("There is no file {}. {}", what, words.en));
    }
    return history::compare(record.history(), *form);
}

json::object compared_json(const history::Compared& compared) {
    return {{"checkpoint", compared.name},
            {"standing", history::standing_text(compared.standing)},
            {"size", compared.size},
            {"missing", compared.missing},
            {"message", words_json(compared.words)}};
}

void verify_proof(Call& call, const std::string& proof_path, const std::string& leaf_path,
                  const std::string& key) {
    Result<std::string> proof = os::read_file(call.path(proof_path));
    if (!proof) return call.refuse(proof.error());
    Result<std::string> leaf = os::read_file(call.path(leaf_path));
    if (!leaf) return call.refuse(leaf.error());
    Result<history::Proved> proved = history::check_proof(*proof, *leaf);
    if (!proved) return call.refuse(proved.error());
    if (!key.empty() && history::read_fingerprint(key) != proved->fingerprint) {
        return call.refuse(
            {Code::not_verified,
             {fmt::format("別の鍵で署名されています。この鍵の指紋は {} です。", proved->fingerprint),
              fmt::format("It is signed by another key; the fingerprint is {}.", proved->fingerprint)}});
    }
    if (call.json) {
        call.print(json::object{{"holds", true},
                                {"seq", proved->index},
                                {"size", proved->size},
                                {"fingerprint", proved->fingerprint},
                                {"compared", !key.empty()},
                                {"leaf", proved->leaf}});
        return;
    }
    const json::object& said = proved->leaf;
    call.line(
        {fmt::format("この記録は、{}件の履歴の封印に{}番として含まれています。", proved->size, proved->index),
         fmt::format("This event is number {} in the sealed history of {} events.", proved->index,
                     proved->size)});
    call.out << fmt::format("{} {} {} {}:{} v{}\n", japan_text(int_at(said, "at")), text_at(said, "by"),
                            text_at(said, "action"), text_at(said, "register"), text_at(said, "id"),
                            int_at(said, "version"));
    if (key.empty()) {
        call.line({"署名した鍵の指紋は " + proved->fingerprint +
                       " です。印刷された書類の指紋と同じか見比べてください。",
                   "The fingerprint of the key that signed is " + proved->fingerprint +
                       ". Compare it with the one printed on the papers."});
    } else {
        call.line({"指定された指紋の鍵で署名されています。", "Signed by the key of the given fingerprint."});
    }
}

void add_checkpoint_commands(CLI::App& app, Call& call) {
    add_checkpoint(app, call);
    add_proof(app, call);
}

}  // namespace sonae::cli
