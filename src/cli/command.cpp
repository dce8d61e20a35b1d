// The program as a whole: its commands, its help and its exit codes.
#include "cli/command.hpp"

#include "backup/plan.hpp"
#include "base/os/file.hpp"
#include "catalog/builtin.hpp"
#include "cli/host.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <thread>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

const Words how_to_begin{
    "Sonae（備え）: 医療情報システムの安全管理を一つの記録にします。\n"
    "1. 記録を作る:           sonae init --data ./data --name みなと診療所 --kind clinic\n"
    "2. 台帳を取り込む:       sonae import device samples/ledger-clinic-cp932.csv --data ./data\n"
    "3. 記録が何と答えるか:   sonae answer --edition R7 --data ./data\n"
    "4. 立入検査ファイル:     sonae pack --edition R7 --out pack.zip --data ./data   （各コマンドの説明は "
    "--help）\n",
    "Sonae keeps the safety of a medical institution's information systems in one record.\n"
    "1. Make a record:            sonae init --data ./data --name \"Minato Clinic\" --kind clinic\n"
    "2. Bring in the ledger:      sonae import device samples/ledger-clinic-cp932.csv --data ./data\n"
    "3. See what the record says: sonae answer --edition R7 --data ./data\n"
    "4. The inspection file:      sonae pack --edition R7 --out pack.zip --data ./data   (--help explains "
    "each command)\n"};

// Japanese unless the surroundings ask for English.
std::string language_of_surroundings() {
    for (const char* name : {"SONAE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value && *value) return std::string_view(value).starts_with("en") ? "en" : "ja";
    }
    return "ja";
}

// The own files of a data folder: name and text.
Result<std::vector<std::pair<std::string, std::string>>> own_files(const std::filesystem::path& data) {
    std::vector<std::pair<std::string, std::string>> own;
    std::filesystem::path folder = data / "catalog";
    if (data.empty() || !std::filesystem::is_directory(folder)) return own;
    auto names = os::files_below(folder);
    if (!names) return pass(std::move(names));
    for (const std::string& name : *names) {
        if (!name.ends_with(".yaml") || name.ends_with(".cases.yaml")) continue;
        auto text = os::read_file(folder / name);
        if (!text) return pass(std::move(text));
        own.emplace_back("catalog/" + name, std::move(*text));
    }
    return own;
}

}  // namespace

void Call::line(const Words& words) const {
    out << say(words) << '\n';
}

void Call::print(const json::value& value) const {
    out << json::serialize(value) << '\n';
}

void Call::refuse(const Error& error) {
    if (json) {
        print(
            json::object{{"error", {{"code", code_text(error.code)}, {"message", words_json(error.words)}}}});
    } else {
        err << "sonae: " << say(error.words) << '\n';
    }
    exit_code = error.code == Code::usage ? 2 : 1;
}

registers::Who Call::who(std::string source, std::string why) const {
    return {!by.empty() ? by : user.empty() ? os::user_name() : user, std::move(why), std::move(source)};
}

Result<catalog::Catalog> load_catalog(const std::filesystem::path& data) {
    auto own = own_files(data);
    if (!own) return pass(std::move(own));
    return catalog::Catalog::load(catalog::builtin_json(), *own);
}

Result<catalog::Catalog> load_catalog_with(const std::filesystem::path& data, const std::string& name,
                                           const std::optional<std::string>& text) {
    auto own = own_files(data);
    if (!own) return pass(std::move(own));
    std::erase_if(*own, [&](const auto& file) { return file.first == name; });
    if (text) {
        auto place = std::ranges::lower_bound(*own, name, {}, &std::pair<std::string, std::string>::first);
        own->emplace(place, name, *text);
    }
    return catalog::Catalog::load(catalog::builtin_json(), *own);
}

Result<const catalog::Catalog*> Call::catalog() {
    if (host) return &host->catalog();
    if (catalog_) return catalog_.get();
    auto loaded = load_catalog(data);
    if (!loaded) return pass(std::move(loaded));
    catalog_ = std::make_unique<catalog::Catalog>(std::move(*loaded));
    return catalog_.get();
}

void Call::with_record(Access access, const std::function<Status(registers::Record&)>& given) {
    std::optional<Words> late;  // what people are told behind the answer
    auto work = [&](registers::Record& record) {
        Status done = given(record);
        if (!json) late = backup::overdue(record);
        return done;
    };
    // Of work that is refused half-way, only the reason is shown.
    auto carry_out = [&](const std::function<Status()>& what) {
        std::ostringstream printed;
        std::streambuf* outside = out.rdbuf(printed.rdbuf());
        Status done;
        try {
            done = what();
        } catch (...) {
            out.rdbuf(outside);
            throw;
        }
        out.rdbuf(outside);
        if (!done) return refuse(done.error());
        out << printed.view();
        if (late) err << say(*late) << '\n';
    };
    if (host) return carry_out([&] { return host->run(access, institution, work); });
    auto known = catalog();
    if (!known) return refuse(known.error());
    SystemClock clock;
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    for (;;) {
        // The lock first: a socket whose owner has died answers nobody.
        auto record = registers::Record::open(data, **known, clock, institution, 0);
        if (record) return carry_out([&] { return work(*record); });
        if (record.error().code != Code::busy) return refuse(record.error());
        if (auto code = hand_over(data, *this)) {
            exit_code = *code;
            return;
        }
        if (std::chrono::steady_clock::now() >= until) return refuse(record.error());
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

void Call::with_record_of(const std::string& day,
                          const std::function<Status(const registers::Record&)>& work) {
    with_record(Access::read, [&](registers::Record& record) -> Status {
        if (day.empty()) return work(record);
        auto past = past_record(record, day);
        if (!past) return pass(std::move(past));
        if (!json) {
            line({fmt::format("{} の終わりの時点の記録です（カタログは今日のもの: {}）。", day,
                              past->catalog().digest().substr(0, 12)),
                  fmt::format("The record as of the end of {} (with today's catalog: {}).", day,
                              past->catalog().digest().substr(0, 12))});
        }
        return work(*past);
    });
}

Result<registers::Record> past_record(const registers::Record& record, const std::string& day) {
    auto date = Date::parse_iso(day);
    if (!date || !date->whole()) {
        return fail(Code::usage, fmt::format("--as-of の「{}」は 2026-03-31 の形の日付ではありません。", day),
                    fmt::format("--as-of {} is not a date like 2026-03-31.", day));
    }
    return record.as_of(*date);
}

void as_of_option(CLI::App& command, std::string& day) {
    command
        .add_option("--as-of", day, "この日の終わりの時点の記録 / the record as it was at the end of a day")
        ->type_name("YYYY-MM-DD");
}

void add_as_of(const registers::Record& record, json::object& out) {
    if (!record.as_of_day()) return;
    out["as_of"] = record.as_of_day()->iso();
    out["catalog"] = record.catalog().digest();
}

void common_options(CLI::App& command, Call& call, const std::string& example) {
    command.add_option("--data", call.data, "データフォルダ / data folder")->type_name("DIR")->required();
    command.add_option("--institution", call.institution,
                       "施設のid（複数あるとき） / institution, where there are several");
    command.add_flag("--json", call.json, "JSONで出力 / print JSON");
    command.add_option("--lang", call.language, "ja, en")->check(CLI::IsMember({"ja", "en"}));
    command.footer("例 / Example:\n  " + example);
}

void by_option(CLI::App& command, Call& call) {
    command.add_option("--by", call.by,
                       "記録する人（省略時はこのPCの利用者名） / who (default: the system user)");
}

int run(std::vector<std::string> arguments, std::istream& in, std::ostream& out, std::ostream& err) {
    Call call(in, out, err);
    call.language = language_of_surroundings();
    return run(call, std::move(arguments));
}

int run(Call& call, std::vector<std::string> arguments) {
    call.arguments = arguments;
    CLI::App app("Sonae（備え）: 医療情報システムの安全管理の記録 / a record of information-system safety",
                 "sonae");
    app.set_version_flag("--version", SONAE_VERSION);
    app.require_subcommand(0, 1);
    app.footer("各コマンドの説明 / help of a command: sonae COMMAND --help");
    add_record_commands(app, call);
    add_history_commands(app, call);
    add_checkpoint_commands(app, call);
    add_checklist_commands(app, call);
    add_edition_commands(app, call);
    add_import_commands(app, call);
    add_file_commands(app, call);
    add_export_commands(app, call);
    add_serve_commands(app, call);
    add_backup_commands(app, call);
    try {
        std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
        app.parse(arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0)
            call.err << call.say({"使い方が正しくありません。", "Wrong use."}) << '\n';
        return app.exit(error, call.out, call.err) == 0 ? 0 : 2;
    } catch (const Failure& failure) {
        call.refuse(failure.error());
    } catch (const std::exception& bug) {
        call.refuse({Code::io,
                     {fmt::format("予期しない誤りです。開発者に知らせてください: {}", bug.what()),
                      fmt::format("An unexpected fault. Please report it: {}", bug.what())}});
    }
    if (app.get_subcommands().empty()) call.out << call.say(how_to_begin);
    return call.exit_code;
}

}  // namespace sonae::cli
