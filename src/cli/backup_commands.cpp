// backup, restore, drill.
#include "backup/backup.hpp"
#include "backup/drill.hpp"
#include "backup/file.hpp"
#include "backup/plan.hpp"
#include "backup/restore.hpp"
#include "cli/command.hpp"

#include <fmt/format.h>

namespace sonae::cli {

namespace {

namespace fs = std::filesystem;
using registers::Record;

// The passphrase of the file named with --passphrase-file; empty without the option.
Result<std::string> passphrase_of(const Call& call, const std::string& file, bool for_new) {
    if (file.empty()) return std::string();
    return backup::read_passphrase(call.path(file), for_new);
}

json::array faults_json(const std::vector<history::Fault>& faults) {
    json::array out;
    for (const history::Fault& fault : faults)
        out.push_back(json::object{{"place", fault.place}, {"message", words_json(fault.words)}});
    return out;
}

void print_faults(const Call& call, const std::vector<history::Fault>& faults) {
    for (const history::Fault& fault : faults)
        call.out << fmt::format("{}: {}\n", fault.place, call.say(fault.words));
}

json::array institutions_json(const backup::Manifest& manifest) {
    json::array out;
    for (const backup::InstitutionState& one : manifest.institutions) {
        json::object entries;
        for (const auto& [name, count] : one.counts)
            entries[name] = count;
        out.push_back(json::object{{"id", one.id},
                                   {"name", one.name},
                                   {"size", one.size},
                                   {"root", one.root},
                                   {"checkpoint", one.checkpoint},
                                   {"entries", std::move(entries)}});
    }
    return out;
}

int64_t events_of(const backup::Manifest& manifest) {
    int64_t sum = 0;
    for (const backup::InstitutionState& one : manifest.institutions)
        sum += one.size;
    return sum;
}

void print_made(const Call& call, const backup::Made& made, bool planned) {
    call.line(
        {fmt::format("{} を作り、読み直して確かめました（履歴{}件、{}ファイル、{}バイト）。",
                     made.path.string(), events_of(made.manifest), made.manifest.files.size(), made.size),
         fmt::format("Made {} and read it back ({} events, {} files, {} bytes).", made.path.string(),
                     events_of(made.manifest), made.manifest.files.size(), made.size)});
    if (made.encrypted) {
        call.line(
            {"暗号化してあり、署名鍵も入っています。パスフレーズを紙に書き、バックアップとは別の場所（金庫な"
             "ど）に"
             "保管してください。なくすと、誰にも開けません。",
             "It is encrypted and holds the signing key. Write the passphrase on paper and keep it apart "
             "from "
             "the backup, for example in a safe: without it nobody can open the backup."});
    } else {
        call.line(
            {"暗号化していないため、署名鍵（key."
             "pem）は入れていません。戻すと新しい鍵になります。中身は誰でも読める"
             "ので、鍵のかかる所に保管してください。--passphrase-file を付けると、鍵も入れて暗号化します。",
             "It is not encrypted, so the signing key (key.pem) was left out; a restored record gets a new "
             "one. Anybody can read it: keep it locked away. --passphrase-file encrypts it, with the key "
             "inside."});
    }
    if (made.same_disk) {
        call.line(
            {"注意: "
             "記録と同じディスクにあります。ディスクが壊れると両方失われます。外付けディスクなど、別のディス"
             "クに"
             "も置いてください。",
             "Note: it lies on the same disk as the record, and both are lost with that disk. Keep one on "
             "another disk too."});
    }
    call.line(
        {fmt::format("封印した鍵の指紋: {}（戻すときに --key で確かめられます）", made.manifest.fingerprint),
         fmt::format("Fingerprint of the sealing key: {} (restore checks it with --key)",
                     made.manifest.fingerprint)});
    if (!planned) return;
    call.line(
        {"戻せるかどうかは、`sonae drill` で試せます。", "`sonae drill` tries whether it can be restored."});
}

void print_status(const Call& call, const backup::Standing& standing) {
    if (!standing.plan) {
        call.line(
            {"計画はまだありません。例: sonae add own_backup_plan folder=/media/usb/sonae every_days=7 "
             "keep=8",
             "There is no plan yet. Example: sonae add own_backup_plan folder=/media/usb/sonae every_days=7 "
             "keep=8"});
    } else {
        auto number = [](const std::optional<int64_t>& value) {
            return value ? std::to_string(*value) : "-";
        };
        const backup::Plan& plan = *standing.plan;
        call.line(
            {fmt::format("計画: {} へ {}日ごと、{}世代（復元訓練 {}日ごと）", plan.folder.string(),
                         number(plan.every_days), number(plan.keep), number(plan.drill_every_days)),
             fmt::format("Plan: into {} every {} days, {} kept (drill every {} days)", plan.folder.string(),
                         number(plan.every_days), number(plan.keep), number(plan.drill_every_days))});
    }
    if (standing.backup) {
        call.line({fmt::format("最後のバックアップ: {}（{}日前） {}", standing.backup->made_on,
                               standing.backup_days.value_or(0), standing.backup->path().string()),
                   fmt::format("Last good backup: {} ({} days ago) {}", standing.backup->made_on,
                               standing.backup_days.value_or(0), standing.backup->path().string())});
    } else {
        call.line({"バックアップはまだありません。", "There is no backup yet."});
    }
    if (standing.drill) {
        call.line({fmt::format("最後の復元訓練: {}（{}日前）{}", standing.drill->made_on,
                               standing.drill_days.value_or(0), standing.drill->good ? "成功" : "不良"),
                   fmt::format("Last drill: {} ({} days ago), {}", standing.drill->made_on,
                               standing.drill_days.value_or(0), standing.drill->good ? "good" : "bad")});
    } else {
        call.line({"復元訓練はまだありません。", "There has been no drill yet."});
    }
    for (const Words& late : standing.overdue)
        call.line(late);
    if (standing.overdue.empty()) call.line({"期限を過ぎたものはありません。", "Nothing is overdue."});
}

json::value listed_json(const std::optional<backup::Listed>& one, const std::optional<int64_t>& days) {
    if (!one) return nullptr;
    return json::object{{"id", one->id},
                        {"made_on", one->made_on},
                        {"days", days ? json::value(*days) : json::value(nullptr)},
                        {"path", one->path().string()},
                        {"sha256", one->sha256},
                        {"good", one->good}};
}

json::object status_json(const backup::Standing& standing) {
    auto number = [](const std::optional<int64_t>& value) {
        return value ? json::value(*value) : json::value(nullptr);
    };
    json::array late;
    for (const Words& words : standing.overdue)
        late.push_back(words_json(words));
    json::object out{{"plan", nullptr},
                     {"last_backup", listed_json(standing.backup, standing.backup_days)},
                     {"last_drill", listed_json(standing.drill, standing.drill_days)},
                     {"overdue", std::move(late)}};
    if (standing.plan) {
        out["plan"] = json::object{{"folder", standing.plan->folder.string()},
                                   {"every_days", number(standing.plan->every_days)},
                                   {"keep", number(standing.plan->keep)},
                                   {"drill_every_days", number(standing.plan->drill_every_days)}};
    }
    return out;
}

struct BackupOptions {
    std::string out;
    std::string passphrase_file;
    bool status = false;
};

Status make_backup(Call& call, Record& record, const BackupOptions& options) {
    auto passphrase = passphrase_of(call, options.passphrase_file, true);
    if (!passphrase) return pass(std::move(passphrase));
    const auto plan = backup::plan_of(record);
    const bool planned = options.out.empty();
    fs::path out = planned ? fs::path() : call.path(options.out);
    if (planned) {
        if (!plan) {
            return fail(
                Code::usage,
                "どこに作るかを --out で指定するか、計画を記録してください。例: sonae add own_backup_plan "
                "folder=/media/usb/sonae every_days=7 keep=8",
                "Say where with --out, or record a plan. Example: sonae add own_backup_plan "
                "folder=/media/usb/sonae every_days=7 keep=8");
        }
        auto name = backup::dated_name(record, plan->folder, !passphrase->empty());
        if (!name) return pass(std::move(name));
        out = *name;
    }
    auto made = backup::make(record, out, {std::move(*passphrase), SONAE_VERSION}, call.who("backup"));
    if (!made) return pass(std::move(made));
    backup::Removed removed;
    // Older ones go only after a good one was made.
    if (planned && made->faults.empty()) {
        auto done = backup::remove_old(record, *plan, call.who("backup"));
        if (!done) return pass(std::move(done));
        removed = std::move(*done);
    }
    if (!made->faults.empty()) call.exit_code = 1;
    if (call.json) {
        json::array names;
        for (const std::string& name : removed.names)
            names.emplace_back(name);
        json::array left;
        for (const std::string& name : removed.left)
            left.emplace_back(name);
        call.print(json::object{{"id", made->id},
                                {"path", made->path.string()},
                                {"size", made->size},
                                {"sha256", made->sha256},
                                {"encrypted", made->encrypted},
                                {"key", made->manifest.fingerprint},
                                {"key_inside", made->manifest.key_inside},
                                {"same_disk", made->same_disk},
                                {"files", made->manifest.files.size()},
                                {"institutions", institutions_json(made->manifest)},
                                {"faults", faults_json(made->faults)},
                                {"removed", std::move(names)},
                                {"left", std::move(left)}});
        return {};
    }
    print_made(call, *made, planned);
    for (const std::string& name : removed.names) {
        call.line({fmt::format("残す世代数を超えた {} を消しました。", name),
                   fmt::format("Removed {}: newer generations are enough.", name)});
    }
    for (const std::string& name : removed.left) {
        call.line(
            {fmt::format("{} は、記録した内容と違うか消せないため、残しました。確かめてください。", name),
             fmt::format("{} was left: it is not what was recorded, or cannot be removed. Look into it.",
                         name)});
    }
    if (!made->faults.empty()) {
        print_faults(call, made->faults);
        call.line({fmt::format("記録そのものに{}"
                               "か所の不良があるため、不良のバックアップとして記録し、前の世代は残しました。`"
                               "sonae verify` で確かめてください。",
                               made->faults.size()),
                   fmt::format(
                       "The record itself has {} faults: this backup is recorded as bad, and the older ones "
                       "are kept. Look into it with `sonae verify`.",
                       made->faults.size())});
    }
    return {};
}

void add_backup(CLI::App& app, Call& call) {
    auto* command =
        app.add_subcommand("backup", "この記録のバックアップを作る / make a backup of this record");
    common_options(*command, call,
                   "sonae backup --out /media/usb/控え.zip.age --passphrase-file 合言葉.txt --data ./data\n"
                   "  sonae add own_backup_plan folder=/media/usb/sonae every_days=7 keep=8 --data ./data\n"
                   "  sonae backup --data ./data            計画の場所に作る / where the plan says\n"
                   "  sonae backup --status --data ./data   最後はいつか / when was the last one");
    by_option(*command, call);
    auto options = std::make_shared<BackupOptions>();
    auto* out = command->add_option("--out", options->out,
                                    "ファイル（省略時は計画の場所） / the file (default: the plan's folder)");
    auto* phrase = command->add_option("--passphrase-file", options->passphrase_file,
                                       "パスフレーズを一行だけ書いたファイル / a file with the passphrase");
    command->add_flag("--status", options->status, "様子を見るだけ / only show how things stand")
        ->excludes(out)
        ->excludes(phrase);
    command->callback([&call, options] {
        call.with_record(options->status ? Access::read : Access::alone, [&](Record& record) -> Status {
            if (!options->status) return make_backup(call, record, *options);
            const backup::Standing standing = backup::standing(record);
            if (call.json) {
                call.print(status_json(standing));
            } else {
                print_status(call, standing);
            }
            return {};
        });
    });
}

struct RestoreOptions {
    std::string file;
    std::string passphrase_file;
    std::string key;
    std::string into;
};

Status restore(Call& call, const RestoreOptions& options) {
    auto passphrase = passphrase_of(call, options.passphrase_file, false);
    if (!passphrase) return pass(std::move(passphrase));
    SystemClock clock;
    auto done = backup::restore({options.file, std::move(*passphrase), options.key}, call.data, load_catalog,
                                clock, call.who("restore"));
    if (!done) return pass(std::move(done));
    const backup::Manifest& manifest = done->manifest;
    if (call.json) {
        call.print(json::object{{"folder", call.data},
                                {"made_at", manifest.made_at},
                                {"program", manifest.program},
                                {"sha256", done->sha256},
                                {"sealed_by", manifest.fingerprint},
                                {"new_key", done->new_key},
                                {"key", done->fingerprint},
                                {"institutions", institutions_json(manifest)}});
        return {};
    }
    const std::string made_at = manifest.made_in_japan();
    call.line(
        {fmt::format("{} に戻しました（{} に作られたもの、履歴{}件）。封印、履歴、台帳、証跡を確かめました。",
                     call.data, made_at, events_of(manifest)),
         fmt::format("Restored to {} (made {}, {} events). Seal, history, registers and evidence were "
                     "checked.",
                     call.data, made_at, events_of(manifest))});
    if (options.key.empty()) {
        call.line(
            {fmt::format("封印した鍵の指紋: {}\n記録を印刷した紙や立入検査ファイルの指紋と見比べてください。",
                         manifest.fingerprint),
             fmt::format("Fingerprint of the sealing key: {}\nCompare it with the one on printed pages or "
                         "packs of the record.",
                         manifest.fingerprint)});
    }
    if (done->new_key) {
        call.line(
            {fmt::format("署名鍵は入っていなかったため、新しい鍵を作り、履歴に記しました。新しい指紋: {}",
                         done->fingerprint),
             fmt::format(
                 "The signing key was not inside: a new one was made and announced in the history. New "
                 "fingerprint: {}",
                 done->fingerprint)});
    }
    call.line(
        {"バックアップのあとに記録したことは入っていません。元の記録が残っているときは、両方を使わずにどちら"
         "か一つに決めて"
         "ください。",
         "What was recorded after the backup is not in it. If the old record still exists, decide for one of "
         "the two and do not use both."});
    return {};
}

void add_restore(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand(
        "restore", "バックアップを新しいフォルダーに戻す / restore a backup into a new folder");
    common_options(*command, call,
                   "sonae restore /media/usb/控え.zip.age --passphrase-file 合言葉.txt --data ./data2");
    by_option(*command, call);
    auto options = std::make_shared<RestoreOptions>();
    command->add_option("FILE", options->file, "バックアップのファイル / the backup")->required();
    command->add_option("--passphrase-file", options->passphrase_file,
                        "パスフレーズを一行だけ書いたファイル / a file with the passphrase");
    command->add_option("--key", options->key,
                        "封印した鍵の指紋（8文字以上） / fingerprint of the key that sealed it");
    command->callback([&call, options] {
        if (auto done = restore(call, *options); !done) call.refuse(done.error());
    });
}

Status drill(Call& call, Record& record, const RestoreOptions& options) {
    auto passphrase = passphrase_of(call, options.passphrase_file, false);
    if (!passphrase) return pass(std::move(passphrase));
    SystemClock clock;
    auto named = [&](const std::string& name) { return name.empty() ? fs::path() : call.path(name); };
    auto done =
        backup::drill(record, {named(options.file), named(options.into), std::move(*passphrase)},
                      load_catalog, clock, call.who("drill " + fs::path(options.file).filename().string()));
    if (!done) return pass(std::move(done));
    if (!done->good) call.exit_code = 1;
    if (call.json) {
        call.print(json::object{
            {"id", done->id},
            {"file", done->file.string()},
            {"good", done->good},
            {"listed", done->known},
            {"faults", faults_json(done->faults)},
            {"report", done->report},
            {"institutions", done->manifest ? institutions_json(*done->manifest) : json::array()}});
        return {};
    }
    if (done->good) {
        const int64_t events = events_of(*done->manifest);
        call.line({fmt::format("{} "
                               "は戻せます。別の場所に戻して、封印、履歴{}"
                               "件、台帳、証跡を確かめ、今の記録の履歴につながるこ"
                               "とも確かめました。",
                               done->file.string(), events),
                   fmt::format(
                       "{} can be restored: restored elsewhere, its seal, {} events, registers and evidence "
                       "hold, and its history is the beginning of today's.",
                       done->file.string(), events)});
        if (!done->known) {
            call.line({"このファイルは、記録の控えにはありません（手で写し直したものなど）。",
                       "The record does not list this file (it may have been made by hand)."});
        }
    } else {
        print_faults(call, done->faults);
        call.line(
            {fmt::format("{} からは戻せません。すぐに新しいバックアップを作り、もう一度試してください。",
                         done->file.string()),
             fmt::format("{} cannot be restored. Make a new backup now and try again.",
                         done->file.string())});
    }
    call.line(
        {fmt::format("結果を記録し、報告を証跡として保管しました（SHA-256 {}）。", done->report),
         fmt::format("The result is recorded, with a report kept as evidence (SHA-256 {}).", done->report)});
    return {};
}

void add_drill(CLI::App& app, Call& call) {
    auto* command =
        app.add_subcommand("drill", "バックアップから戻せるかを試す / try whether a backup can be restored");
    common_options(*command, call, "sonae drill --passphrase-file 合言葉.txt --data ./data");
    by_option(*command, call);
    auto options = std::make_shared<RestoreOptions>();
    command->add_option("FILE", options->file,
                        "ファイル（省略時は最後のもの） / the backup (default: the last one)");
    command->add_option("--passphrase-file", options->passphrase_file,
                        "パスフレーズを一行だけ書いたファイル / a file with the passphrase");
    command->add_option("--into", options->into,
                        "一時フォルダーを作る場所 / where the temporary folder is made");
    command->callback([&call, options] {
        call.with_record(Access::alone, [&](Record& record) { return drill(call, record, *options); });
    });
}

}  // namespace

void add_backup_commands(CLI::App& app, Call& call) {
    add_backup(app, call);
    add_restore(app, call);
    add_drill(app, call);
}

}  // namespace sonae::cli
