// init, list, show, add, set, retire, erase, rebuild.
#include "base/encoding.hpp"
#include "base/os/file.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "evidence/evidence.hpp"
#include "register/lines.hpp"
#include "register/listing.hpp"

#include <iostream>
#include <iterator>
#include <optional>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

using registers::Applied;
using registers::Command;
using registers::Entry;
using registers::Record;

std::string registers_help(Call& call) {
    auto known = call.catalog();
    std::string out = call.say({"台帳:", "Registers:"});
    if (!known) return out;
    for (const catalog::Register& one : (*known)->registers()) {
        if (!one.internal) out += fmt::format("\n  {:<16} {}", one.name, call.say(one.label));
    }
    return out + call.say({"\n項目は `sonae list REGISTER --fields` で見られます。",
                           "\nIts fields: `sonae list REGISTER --fields`"});
}

// One line for a value in a listing for people.
std::string shown(const Record& record, const catalog::Field& field, const registers::FieldValue& value,
                  const Call& call) {
    if (field.type != catalog::Type::reference || !value.known()) return call.say(show_value(field, value));
    std::string out;
    for (const std::string& id : split(value.text, " ")) {
        auto entry = record.get(field.references, id);
        if (!out.empty()) out += "、";
        out += entry ? entry->label : id;
    }
    return out;
}

void print_fields(const Call& call, const catalog::Register& description) {
    if (call.json) {
        json::array fields;
        for (const catalog::Field& field : description.fields) {
            json::array choices;
            for (const catalog::Choice& choice : field.choices)
                choices.emplace_back(choice.value);
            fields.push_back(json::object{{"name", field.name},
                                          {"label", words_json(field.label)},
                                          {"help", words_json(field.help)},
                                          {"choices", std::move(choices)},
                                          {"references", field.references}});
        }
        call.print(json::object{{"register", description.name}, {"fields", std::move(fields)}});
        return;
    }
    for (const catalog::Field& field : description.fields) {
        std::string choices;
        for (const catalog::Choice& choice : field.choices) {
            choices += fmt::format("{}{}", choices.empty() ? " [" : "|", choice.value);
        }
        if (!choices.empty()) choices += ']';
        if (!field.references.empty()) choices = fmt::format(" → {}", field.references);
        call.out << fmt::format("{}  {}{}\n", field.name, call.say(field.label), choices);
    }
}

void print_entry(const Call& call, const Record& record, const catalog::Register& description,
                 const Entry& entry) {
    call.out << fmt::format("{}  ({} {}{})\n", entry.label, entry.id, entry.version,
                            entry.retired ? call.say({"、閉じた記載", ", retired"}) : "");
    for (const catalog::Field& field : description.fields) {
        const registers::FieldValue& value = entry.field(field.name);
        if (value.state == registers::State::never_asked) continue;
        std::string mark =
            value.state == registers::State::unreadable ? call.say({"（読めない値）", " (unreadable)"}) : "";
        call.out << fmt::format("  {}: {}{}\n", call.say(field.label), shown(record, field, value, call),
                                mark);
    }
    for (const auto& [name, text] : entry.extra)
        call.out << fmt::format("  {}: {}\n", name, text);
}

json::object applied_json(const Applied& applied) {
    json::array unreadable;
    for (const std::string& field : applied.unreadable)
        unreadable.emplace_back(field);
    json::array created;
    for (const auto& [name, label] : applied.created)
        created.push_back({{"register", name}, {"label", label}});
    return {{"register", applied.register_name}, {"id", applied.id},
            {"version", applied.version},        {"changed", applied.changed},
            {"repeated", applied.repeated},      {"unreadable", std::move(unreadable)},
            {"created", std::move(created)}};
}

void print_applied(const Call& call, const Record& record, const std::vector<Applied>& applied) {
    if (call.json) {
        json::array list;
        for (const Applied& one : applied)
            list.push_back(applied_json(one));
        if (applied.size() == 1) {
            call.print(list.front());
        } else {
            call.print(json::object{{"applied", std::move(list)}});
        }
        return;
    }
    for (const Applied& one : applied) {
        const catalog::Register& description = *record.catalog().find_register(one.register_name);
        auto entry = record.get(one.register_name, one.id);
        call.out << fmt::format("{} {}  {} v{}{}\n", call.say(description.label), entry ? entry->label : "",
                                one.id, one.version,
                                !one.changed   ? call.say({"（変更なし）", " (unchanged)"})
                                : one.repeated ? call.say({"（記録済み）", " (recorded before)"})
                                               : "");
        for (const std::string& name : one.unreadable) {
            const std::string& label = call.say(description.field(name)->label);
            call.line({fmt::format("  「{}」の値は読めないため、書かれたまま残しました。", label),
                       fmt::format("  The value of {} cannot be read; it is kept as written.", label)});
        }
        for (const auto& [name, label] : one.created) {
            call.line(
                {fmt::format("  {}「{}」を新しく作りました。", record.catalog().find_register(name)->label.ja,
                             label),
                 fmt::format("  Made a new {}: {}.", record.catalog().find_register(name)->label.en, label)});
        }
    }
}

// Options of add, set and retire.
struct Change {
    std::vector<std::string> words;
    std::string why;
    std::string from;
    std::string request;
    int64_t expect = 0;
};

// "REGISTER [ID] field=value …" as a command.
Result<Command> command_of(const std::string& action, const Change& change) {
    Command command;
    command.action = action;
    command.why = change.why;
    command.expected_version = change.expect;
    command.register_name = change.words.front();
    for (size_t i = 1; i < change.words.size(); i++) {
        const std::string& word = change.words[i];
        size_t equals = word.find('=');
        if (equals != std::string::npos && equals > 0) {
            command.values.emplace_back(word.substr(0, equals), word.substr(equals + 1));
        } else if (i == 1 && action != "add") {
            command.id = word;
        } else {
            return fail(Code::usage, fmt::format("「{}」は field=value の形ではありません。", word),
                        fmt::format("\"{}\" is not of the form field=value.", word));
        }
    }
    if (action != "retire" && command.values.empty()) {
        return fail(
            Code::usage,
            fmt::format("「{}」に記録する項目を field=value の形で指定してください。", command.register_name),
            fmt::format("Give what to record in {} as field=value.", command.register_name));
    }
    if (action == "retire" && !command.values.empty()) {
        return fail(Code::usage, "retireは台帳とidだけを受け取ります。",
                    "retire takes a register and an id only.");
    }
    return command;
}

bool takes_input(const std::string& action, const Change& change) {
    return action == "set" && (change.from == "-" || (change.from.empty() && change.words.empty()));
}

std::string all_input(Call& call) {
    return {std::istreambuf_iterator<char>(call.in), {}};
}

// `typed`: standard input, when it was read already.
Result<std::vector<Command>> commands_of(Call& call, const Record& record, const std::string& action,
                                         const Change& change, const std::optional<std::string>& typed) {
    bool lines = !change.from.empty() || change.words.empty();
    if (action == "set" && lines) {
        std::string text;
        if (takes_input(action, change)) {
            text = typed ? *typed : all_input(call);
        } else {
            auto bytes = os::read_file(call.path(change.from));
            if (!bytes) return pass(std::move(bytes));
            text = std::move(*bytes);
        }
        auto decoded = decode_text(text);
        if (!decoded) return pass(std::move(decoded));
        auto commands = registers::commands_from_lines(record.catalog(), *decoded);
        if (commands && commands->empty()) {
            return fail(Code::bad_file, "変更が一件もありません。", "There is no change in it.");
        }
        return commands;
    }
    if (change.words.empty()) {
        return fail(Code::usage, "台帳を指定してください。", "Give a register.");
    }
    auto command = command_of(action, change);
    if (!command) return pass(std::move(command));
    return std::vector<Command>{std::move(*command)};
}

void add_change(CLI::App& app, Call& call, const std::string& action, const Words& about,
                const std::string& example) {
    auto* command = app.add_subcommand(action, about.ja + " / " + about.en);
    common_options(*command, call, example);
    by_option(*command, call);
    auto change = std::make_shared<Change>();
    command
        ->add_option("REGISTER", change->words,
                     "台帳 [id] field=value …  （field=? 不明、field=- なし、field= 消す）")
        ->type_name("REGISTER [ID] field=value");
    command->add_option("--why", change->why, "理由 / why");
    command
        ->add_option(
            "--request", change->request,
            "依頼の番号。同じ番号の依頼は一度だけ実行します / idempotency key: carried out once only")
        ->type_name("KEY");
    if (action != "add")
        command->add_option("--expect", change->expect, "この版であるときだけ / only at this version");
    if (action == "set") {
        command
            ->add_option("--from", change->from,
                         "JSON行のファイル（- は標準入力） / JSON lines (- is standard input)")
            ->type_name("FILE");
    }
    command->callback([&call, action, change] {
        // Somebody who types slowly must not keep the one writer from everybody else.
        std::optional<std::string> typed;
        if (call.host && takes_input(action, *change)) typed = all_input(call);
        call.with_record(Access::write, [&](Record& record) -> Status {
            auto commands = commands_of(call, record, action, *change, typed);
            if (!commands) return pass(std::move(commands));
            if (auto allowed = registers::may_write(record.catalog(), *commands); !allowed) return allowed;
            registers::Who who = call.who(action, change->why);
            who.request = change->request;
            auto applied = record.apply(*commands, who);
            if (!applied) return pass(std::move(applied));
            print_applied(call, record, *applied);
            return {};
        });
    });
}

void add_init(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("init", "新しい記録を作る / make a new record");
    common_options(*command, call, "sonae init --data ./data --name みなと診療所 --kind clinic");
    by_option(*command, call);
    struct Options {
        std::string name;
        std::string kind;
    };
    auto options = std::make_shared<Options>();
    command->add_option("--name", options->name, "医療機関等の名称 / name of the institution")->required();
    command->add_option("--kind", options->kind, "clinic|dental|pharmacy|hospital|midwifery|visiting_nurse")
        ->required();
    command->callback([&call, options] {
        auto known = call.catalog();
        if (!known) return call.refuse(known.error());
        const catalog::Field* kind = (*known)->find_register("institution")->field("kind");
        if (!kind->read_choice(options->kind)) {
            return call.refuse({Code::usage,
                                {fmt::format("--kind に「{}」は使えません。", options->kind),
                                 fmt::format("--kind cannot be \"{}\".", options->kind)}});
        }
        if (trim(options->name).empty()) {
            return call.refuse({Code::usage, {"--name が空です。", "--name is empty."}});
        }
        SystemClock clock;
        auto made = Record::create(call.data, **known, clock, options->name, options->kind, call.who("init"));
        if (!made) return call.refuse(made.error());
        call.with_record(Access::read, [&](Record& record) -> Status {
            std::string fingerprint = record.key().public_key().fingerprint();
            if (call.json) {
                call.print(json::object{
                    {"institution", record.institution()}, {"data", call.data}, {"key", fingerprint}});
            } else {
                call.line({fmt::format("{} に記録を作りました。署名鍵の指紋: {}", call.data, fingerprint),
                           fmt::format("Made a record in {}. Fingerprint of its signing key: {}", call.data,
                                       fingerprint)});
            }
            return {};
        });
    });
}

// Options of list.
struct ListOptions {
    registers::Listing listing;
    std::vector<std::string> where;
    std::vector<std::string> facets;
    std::string as_of;
    bool in_use = false;
    bool fields = false;

    bool paged() const { return listing.limit > 0 || listing.offset > 0 || !listing.after.empty(); }
};

json::array facets_json(const registers::Facets& found) {
    json::array out;
    for (const registers::Facet& facet : found.facets) {
        json::array values;
        for (const registers::Count& one : facet.values)
            values.push_back(json::object{{"value", one.value}, {"count", one.count}});
        json::object states;
        for (const auto& [state, count] : facet.states)
            states[state_text(state)] = count;
        out.push_back(json::object{
            {"field", facet.field}, {"values", std::move(values)}, {"states", std::move(states)}});
    }
    return out;
}

void print_facets(const Call& call, const Record& record, const catalog::Register& description,
                  const registers::Facets& found) {
    for (const registers::Facet& facet : found.facets) {
        const catalog::Field& field = *description.field(facet.field);
        call.out << call.say(field.label) << '\n';
        for (const registers::Count& one : facet.values) {
            call.out << fmt::format(
                "  {}  {}\n", shown(record, field, {registers::State::known, one.value}, call), one.count);
        }
        for (const auto& [state, count] : facet.states)
            call.out << fmt::format("  ({})  {}\n", state_text(state), count);
    }
}

Status list(Call& call, const Record& record, const catalog::Register& description,
            const ListOptions& options) {
    registers::Listing listing = options.listing;
    listing.view = options.in_use ? description.in_use : "";
    listing.count = options.paged();
    for (const std::string& written : options.where) {
        auto added = registers::add_filter(record, description, written, listing.filters);
        if (!added) return added;
    }
    auto page = list_page(record, listing);
    if (!page) return pass(std::move(page));
    registers::Facets found;
    if (!options.facets.empty()) {
        auto counted = facets(record, listing, options.facets);
        if (!counted) return pass(std::move(counted));
        found = std::move(*counted);
    }

    // Only the columns asked for are shown.
    catalog::Register columns = description;
    if (!listing.columns.empty()) {
        columns.fields.clear();
        for (const std::string& name : listing.columns)
            columns.fields.push_back(*description.field(name));
        for (registers::Row& row : page->rows) {
            Entry& entry = page->entries.emplace_back();
            entry.id = std::move(row.id);
            entry.version = row.version;
            entry.label = std::move(row.label);
            for (size_t i = 0; i < columns.fields.size(); i++)
                entry.fields[columns.fields[i].name] = std::move(row.values[i]);
        }
    }
    if (call.json) {
        json::array entries;
        for (const Entry& entry : page->entries)
            entries.push_back(entry_json(columns, entry));
        json::object out{{"register", description.name}, {"entries", std::move(entries)}};
        if (page->total) out["total"] = *page->total;
        if (!page->next.empty()) out["next"] = page->next;
        if (!options.facets.empty()) out["facets"] = facets_json(found);
        add_as_of(record, out);
        call.print(out);
        return {};
    }
    for (const Entry& entry : page->entries) {
        call.out << fmt::format("{}  {}", entry.id, entry.label);
        if (!listing.columns.empty()) {
            for (const catalog::Field& field : columns.fields)
                call.out << "  " << shown(record, field, entry.field(field.name), call);
        }
        call.out << '\n';
    }
    print_facets(call, record, description, found);
    if (page->total) {
        call.line({fmt::format("{} {}件のうち{}件", description.label.ja, *page->total, page->entries.size()),
                   fmt::format("{}: {} of {}", description.label.en, page->entries.size(), *page->total)});
    } else {
        call.line({fmt::format("{} {}件", description.label.ja, page->entries.size()),
                   fmt::format("{}: {}", description.label.en, page->entries.size())});
    }
    if (!page->next.empty()) {
        call.line({fmt::format("続き: --after {}", page->next), fmt::format("More: --after {}", page->next)});
    }
    return {};
}

void add_list(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("list", "台帳の一覧 / the entries of a register");
    common_options(*command, call,
                   "sonae list device --in-use --data ./data\n  sonae list device --fields --data ./data\n"
                   "  sonae list device --where kind=server --where place=? --sort=-acquired_on --limit 50 "
                   "--data ./data");
    auto options = std::make_shared<ListOptions>();
    registers::Listing& listing = options->listing;
    command->add_option("REGISTER", listing.register_name, "台帳 / register")->required();
    command->add_flag("--in-use", options->in_use, "使用中のものだけ / only what is in use");
    command->add_flag("--fields", options->fields, "台帳の項目 / the register's fields");
    command
        ->add_option(
            "--where", options->where,
            "絞り込み。同じ項目はどれか一つ、別の項目はすべて。field= 未確認、field=? 不明、field=- なし、"
            "field=! 読めない、日付は field=2025-04-01..2026-03 / conditions")
        ->type_name("field=value")
        ->allow_extra_args(false);
    command->add_option("--contains", listing.contains, "名前に含まれる文字 / text in the name");
    command
        ->add_option("--sort", listing.sort,
                     "並べる項目。逆順は --sort=-field / field to sort by, -field descending")
        ->type_name("FIELD");
    command->add_option("--limit", listing.limit, "1ページの件数 / entries on a page")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--after", listing.after, "前のページの「続き」 / the place the page before gave");
    command->add_option("--offset", listing.offset, "飛ばす件数 / entries to pass over")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--columns", listing.columns, "表示する項目 / fields to show")
        ->type_name("FIELD,…")
        ->delimiter(',')
        ->allow_extra_args(false);
    command
        ->add_option("--facets", options->facets,
                     "件数を数える項目 / fields whose values are counted under the other conditions")
        ->type_name("FIELD,…")
        ->delimiter(',')
        ->allow_extra_args(false);
    as_of_option(*command, options->as_of);
    command->callback([&call, options] {
        call.with_record_of(options->as_of, [&](const Record& record) -> Status {
            const std::string& name = options->listing.register_name;
            const catalog::Register* description = record.catalog().find_register(name);
            if (!description) {
                return fail(Code::unknown_register,
                            fmt::format("台帳「{}」はありません。\n{}", name, registers_help(call)),
                            fmt::format("There is no register \"{}\".\n{}", name, registers_help(call)));
            }
            if (options->fields) {
                print_fields(call, *description);
                return {};
            }
            return list(call, record, *description, *options);
        });
    });
}

void add_show(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("show", "一件を見る / one entry");
    common_options(*command, call, "sonae show device 003 --data ./data");
    struct Options {
        std::string name;
        std::string id;
        std::string as_of;
    };
    auto options = std::make_shared<Options>();
    command->add_option("REGISTER", options->name, "台帳 / register")->required();
    command->add_option("ID", options->id, "id、管理番号または名前 / id, number or name");
    as_of_option(*command, options->as_of);
    command->callback([&call, options] {
        call.with_record_of(options->as_of, [&](const Record& record) -> Status {
            auto entry = record.find(options->name, options->id);
            if (!entry) return pass(std::move(entry));
            const catalog::Register& description = *record.catalog().find_register(options->name);
            if (call.json) {
                json::object out = entry_json(description, *entry);
                out["register"] = description.name;
                add_as_of(record, out);
                call.print(out);
            } else {
                print_entry(call, record, description, *entry);
            }
            return {};
        });
    });
}

// "REGISTER:ID", "REGISTER:ID.field", or what names an evidence file.
struct ErasureTarget {
    const catalog::Register* description = nullptr;  // nothing: evidence
    std::string name;
    std::string field;
};

ErasureTarget erasure_target(const Record& record, const std::string& text) {
    ErasureTarget out;
    size_t colon = text.find(':');
    if (colon != std::string::npos) out.description = record.catalog().find_register(text.substr(0, colon));
    if (!out.description) {
        out.name = text;
        return out;
    }
    out.name = text.substr(colon + 1);
    // A dot may belong to the name (192.168.0.1): what stands behind the last one is a field when the
    // register, or the entry that is called by what stands before it, has one of that name.
    size_t dot = out.name.rfind('.');
    if (dot == std::string::npos) return out;
    std::string field = out.name.substr(dot + 1);
    bool known = out.description->field(field) != nullptr;
    if (!known) {
        auto entry = record.find(out.description->name, out.name.substr(0, dot));
        known = entry && entry->extra.contains(field);
    }
    if (known) {
        out.field = field;
        out.name.resize(dot);
    }
    return out;
}

void add_erase(CLI::App& app, Call& call) {
    auto* command =
        app.add_subcommand("erase", "内容を記録から完全に消す / take content out of the record for good");
    common_options(*command, call,
                   "sonae erase device:003.user --why 個人名の誤記載 --data ./data\n"
                   "  sonae erase 写真.jpg --why 患者の写真を誤って添付 --data ./data");
    by_option(*command, call);
    struct Options {
        std::string what;
        std::string why;
    };
    auto options = std::make_shared<Options>();
    command
        ->add_option("WHAT", options->what,
                     "台帳:id、台帳:id.項目、または証跡の名前かSHA-256 / entry, entry.field, or evidence")
        ->required();
    command->add_option("--why", options->why, "理由（履歴に残ります） / the reason, which stays")
        ->required();
    command->callback([&call, options] {
        call.with_record(Access::alone, [&](Record& record) -> Status {
            ErasureTarget target = erasure_target(record, options->what);
            registers::Who who = call.who("erase", options->why);
            if (!target.description) {
                auto erased = evidence::erase(record, target.name, who);
                if (!erased) return pass(std::move(erased));
                if (call.json) {
                    call.print(json::object{{"sha256", erased->sha256},
                                            {"attachments", static_cast<int64_t>(erased->attachments)}});
                } else {
                    call.line({fmt::format("証跡ファイル（SHA-256 {}）を消しました。", erased->sha256),
                               fmt::format("Erased the evidence file (SHA-256 {}).", erased->sha256)});
                }
            } else {
                if (target.description->internal) {
                    return fail(
                        Code::refused,
                        "この台帳はSonaeが書くもので、消せません。証跡はファイル名かSHA-"
                        "256で指定してください。",
                        "Sonae writes this register; it cannot be erased. Name evidence by its file name or "
                        "SHA-256.");
                }
                auto erased = record.erase(target.description->name, target.name, target.field, who);
                if (!erased) return pass(std::move(erased));
                if (call.json) {
                    call.print(applied_json(*erased));
                } else {
                    call.line({fmt::format("{} の内容を消しました。理由は履歴に残ります。", options->what),
                               fmt::format("Erased {}. The reason stays in the history.", options->what)});
                }
            }
            if (!call.json) {
                call.line(
                    {"これまでのバックアップと渡したファイルには残っています。必要なら、それらも消してくださ"
                     "い。",
                     "Earlier backups and files that were handed out still hold it; remove those too if "
                     "needed."});
            }
            return {};
        });
    });
}

void add_rebuild(CLI::App& app, Call& call) {
    auto* command =
        app.add_subcommand("rebuild", "台帳の表を履歴から作り直す / make the tables again from the history");
    common_options(*command, call, "sonae rebuild --data ./data");
    command->callback([&call] {
        call.with_record(Access::alone, [&](Record& record) -> Status {
            int64_t events = record.rebuild();
            if (call.json) {
                call.print(json::object{{"events", events}});
            } else {
                call.line({fmt::format("{}件の履歴から作り直しました。", events),
                           fmt::format("Made again from {} events.", events)});
            }
            return {};
        });
    });
}

}  // namespace

void add_record_commands(CLI::App& app, Call& call) {
    add_init(app, call);
    add_list(app, call);
    add_show(app, call);
    add_change(
        app, call, "add", {"新しく記録する", "record a new entry"},
        "sonae add device number=010 kind=network model=\"RTX830\" os=15.02.31 place=サーバ室 --data ./data");
    add_change(app, call, "set", {"変更する", "change an entry"},
               "sonae set device 003 os=\"Windows 11 Pro\" os_version=25H2 --why 入れ替え --data ./data\n"
               "  sonae set --from facts.jsonl --data ./data");
    add_change(app, call, "retire",
               {"閉じる（誤って作った記載など）", "close an entry that should not be there"},
               "sonae retire device 010 --why 二重登録 --data ./data");
    add_erase(app, call);
    add_rebuild(app, call);
}

}  // namespace sonae::cli
