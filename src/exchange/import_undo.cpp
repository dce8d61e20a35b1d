// Undoing an import.
#include "exchange/import_undo.hpp"

#include "base/id.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "register/bulk.hpp"
#include "register/projection.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace sonae::exchange {

using catalog::Field;
using catalog::Register;
using registers::Command;
using registers::Entry;
using registers::FieldValue;
using registers::Record;
using registers::State;

namespace {

constexpr std::string_view register_of_imports = "file_import";

// An import or undo of the record, in the order of the history.
struct Run {
    int64_t seq = 0;
    std::string id;
    std::string file;
    std::string undoes;
    std::string by;
    std::string source;
};

std::vector<Run> runs_of(const Record& record) {
    std::vector<Run> out;
    auto entries = record.list(register_of_imports);
    if (!entries) return out;
    for (const Entry& entry : *entries) {
        Run run;
        run.id = entry.id;
        run.file = entry.field("file").text;
        run.undoes = entry.field("undoes").text;
        record.history().each(
            [&](const history::Event& event) {
                run.seq = event.seq;
                run.by = event.by;
                run.source = event.source;
                return false;
            },
            register_of_imports, entry.id);
        out.push_back(std::move(run));
    }
    std::sort(out.begin(), out.end(), [](const Run& a, const Run& b) { return a.seq < b.seq; });
    return out;
}

// An undo comes after what it undoes, so the last ones are known first.
std::set<std::string, std::less<>> undone(const std::vector<Run>& runs) {
    std::set<std::string, std::less<>> out;
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
        if (!run->undoes.empty() && out.count(run->id) == 0) out.insert(run->undoes);
    }
    return out;
}

const Run* run_with(const std::vector<Run>& runs, std::string_view id) {
    auto found = std::find_if(runs.begin(), runs.end(), [&](const Run& one) { return one.id == id; });
    return found == runs.end() ? nullptr : &*found;
}

// True for an undo; false for an import and for the undo of an undo, which brings an import back.
bool takes_away(const std::vector<Run>& runs, const Run& run) {
    if (run.undoes.empty()) return false;
    const Run* of = run_with(runs, run.undoes);
    return of == nullptr || !takes_away(runs, *of);
}

Result<Run> choose(const std::vector<Run>& runs, std::string_view id) {
    auto gone = undone(runs);
    if (id.empty()) {
        for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
            if (gone.count(run->id) == 0 && !takes_away(runs, *run)) return *run;
        }
        return fail(Code::not_found, "取り消せる取り込みはありません。", "There is no import to undo.");
    }
    std::vector<const Run*> found;
    for (const Run& run : runs) {
        if (run.id.starts_with(id)) found.push_back(&run);
    }
    if (found.empty()) {
        return fail(
            Code::not_found,
            fmt::format("取り込み「{}」はありません。`sonae list file_import` で確かめてください。", id),
            fmt::format("There is no import \"{}\". See `sonae list file_import`.", id));
    }
    if (found.size() > 1) {
        return fail(Code::ambiguous, fmt::format("「{}」に当たる取り込みが{}件あります。", id, found.size()),
                    fmt::format("\"{}\" fits {} imports.", id, found.size()));
    }
    if (gone.count(found.front()->id) != 0) {
        return fail(Code::refused,
                    fmt::format("「{}」の取り込みは、すでに取り消されています。", found.front()->file),
                    fmt::format("The import of \"{}\" has been undone already.", found.front()->file));
    }
    return *found.front();
}

using Key = std::pair<std::string, std::string>;  // register, id

// An entry that the import touched.
struct Touched {
    Key key;
    int64_t before = 0;  // its version before; 0: the import made it
    int64_t after = 0;
    std::optional<Entry> now;
    std::optional<Entry> old;
    Words left;  // why it is left as it is
    bool is_left() const { return !left.ja.empty(); }
};

class Undo {
 public:
    Undo(const Record& record, const Run& run) : record_(record), run_(run) {}

    void read() {
        record_.history().each_from(run_.seq + 1, [&](const history::Event& event) {
            if (event.register_name == register_of_imports || event.source != run_.source ||
                event.by != run_.by)
                return false;
            auto [place, fresh] = places_.try_emplace({event.register_name, event.id}, touched_.size());
            if (fresh) {
                touched_.push_back({{event.register_name, event.id}, event.version - 1, 0, {}, {}, {}});
            }
            touched_[place->second].after = event.version;
            return true;
        });
        for (Touched& one : touched_) {
            one.now = record_.get(one.key.first, one.key.second);
            if (!one.now || !as_the_import_left_it(one)) {
                one.left = {"取り込みのあとで変更されています。", "It was changed after the import."};
                continue;
            }
            if (one.before > 0) read_old(one);
        }
        leave_what_is_used();
    }

    // The last change first, so that what belongs to an entry goes before it.
    std::vector<Command> commands(std::vector<UndoStep>& steps) {
        std::vector<Command> out;
        for (auto one = touched_.rbegin(); one != touched_.rend(); ++one) {
            const Register* description = record_.catalog().find_register(one->key.first);
            UndoStep step;
            step.register_name = one->key.first;
            step.register_label = description->label;
            step.id = one->key.second;
            if (one->now) step.label = one->now->label;
            Command command;
            command.register_name = one->key.first;
            command.id = one->key.second;
            if (one->now) command.expected_version = one->now->version;
            if (one->is_left()) {
                step.reason = one->left;
            } else if (one->before == 0 || one->old->retired) {
                if (one->now->retired) continue;
                step.what = UndoStep::What::retired;
                command.action = "retire";
                out.push_back(std::move(command));
            } else {
                step.what = one->now->retired ? UndoStep::What::reopened : UndoStep::What::set_back;
                command.action = one->now->retired ? "reopen" : "set";
                differences(*description, *one, step, command);
                if (command.action == "set" && command.values.empty() && command.extra.empty()) continue;
                out.push_back(std::move(command));
            }
            steps.push_back(std::move(step));
        }
        return out;
    }

 private:
    // The entry as it was at a version; nothing when that was erased.
    std::optional<Entry> at_version(const Key& key, int64_t version) const {
        std::optional<Entry> out;
        record_.history().each(
            [&](const history::Event& event) {
                if (event.version != version) return event.version < version;
                if (!event.body || event.erased) return false;
                auto body = parse_json(*event.body);
                if (body && body->is_object()) {
                    out =
                        registers::entry_of(event.register_name, event.id, event.version, body->get_object());
                }
                return false;
            },
            key.first, key.second);
        return out;
    }

    // True also when it was changed and is by now as it was: another import may have been undone in between.
    bool as_the_import_left_it(const Touched& one) const {
        if (one.now->version == one.after) return true;
        auto then = at_version(one.key, one.after);
        return then && then->retired == one.now->retired && then->fields == one.now->fields &&
               then->extra == one.now->extra;
    }

    void read_old(Touched& one) {
        one.old = at_version(one.key, one.before);
        if (!one.old) one.left = {"以前の内容が消去されています。", "What it was before has been erased."};
    }

    // An entry that the import made stays when something that stays refers to it; and what belongs to an
    // entry that stays does so too.
    void leave_what_is_used() {
        std::set<std::string> targets;
        for (const Touched& one : touched_) {
            if (one.before == 0) targets.insert(one.key.first);
        }
        struct Use {
            Key from;
            size_t to;
            bool belongs;  // `from` is a child of `to`
            std::string from_label;
        };
        std::vector<Use> uses;
        for (const Register& description : record_.catalog().registers()) {
            std::vector<const Field*> fields;
            for (const Field& field : description.fields) {
                if (field.type == catalog::Type::reference && targets.count(field.references) != 0)
                    fields.push_back(&field);
            }
            if (fields.empty()) continue;
            registers::each_in_bulk(record_, description, fields, [&](const registers::BulkEntry& entry) {
                for (size_t i = 0; i < fields.size(); i++) {
                    if (entry.values[i].state != State::known) continue;
                    for (const std::string& id : split(entry.values[i].text, " ")) {
                        auto to = places_.find({fields[i]->references, id});
                        if (to == places_.end() || touched_[to->second].before != 0) continue;
                        uses.push_back({{description.name, std::string(entry.id)},
                                        to->second,
                                        fields[i]->name == description.parent_field,
                                        std::string(entry.label)});
                    }
                }
            });
        }
        for (bool again = true; again;) {
            again = false;
            for (const Use& use : uses) {
                Touched& to = touched_[use.to];
                auto from = places_.find(use.from);
                Touched* user = from == places_.end() ? nullptr : &touched_[from->second];
                bool stays =
                    user == nullptr || user->is_left() || (user->old && refers(*user->old, to.key.second));
                if (stays && !to.is_left()) {
                    to.left = {fmt::format("「{}」が使っています。", use.from_label),
                               fmt::format("\"{}\" uses it.", use.from_label)};
                    again = true;
                }
                if (use.belongs && to.is_left() && user != nullptr && !user->is_left()) {
                    user->left = {"属する記載を残すため、残します。",
                                  "It stays with the entry it belongs to."};
                    again = true;
                }
            }
        }
    }

    static bool refers(const Entry& entry, const std::string& id) {
        return std::any_of(entry.fields.begin(), entry.fields.end(), [&](const auto& one) {
            return one.second.known() && one.second.text.find(id) != std::string::npos;
        });
    }

    Words shown(const Field& field, const FieldValue& value) const {
        if (field.type != catalog::Type::reference || !value.known())
            return registers::show_value(field, value);
        std::vector<std::string> names;
        for (const std::string& id : split(value.text, " ")) {
            auto entry = record_.get(field.references, id);
            names.push_back(entry ? entry->label : id);
        }
        std::string text = fmt::format("{}", fmt::join(names, "、"));
        return {text, text};
    }

    void differences(const Register& description, const Touched& one, UndoStep& step,
                     Command& command) const {
        for (const Field& field : description.fields) {
            const FieldValue& old = one.old->field(field.name);
            const FieldValue& now = one.now->field(field.name);
            if (old == now) continue;
            step.changed.push_back({field.name, field.label, shown(field, now), shown(field, old)});
            std::string text = old.state == State::unknown ? "?" : old.state == State::none ? "-" : old.text;
            command.values.emplace_back(field.name, std::move(text));
        }
        std::set<std::string, std::less<>> names;
        for (const auto& [name, text] : one.old->extra)
            names.insert(name);
        for (const auto& [name, text] : one.now->extra)
            names.insert(name);
        for (const std::string& name : names) {
            auto old = one.old->extra.find(name);
            auto now = one.now->extra.find(name);
            std::string before = old == one.old->extra.end() ? "" : old->second;
            std::string after = now == one.now->extra.end() ? "" : now->second;
            if (before == after) continue;
            step.changed.push_back({name, {name, name}, {after, after}, {before, before}});
            command.extra.emplace_back(name, before);
        }
    }

    const Record& record_;
    const Run& run_;
    std::vector<Touched> touched_;
    std::map<Key, size_t> places_;
};

}  // namespace

std::string_view undo_text(UndoStep::What what) {
    switch (what) {
        case UndoStep::What::retired:
            return "retired";
        case UndoStep::What::set_back:
            return "set_back";
        case UndoStep::What::reopened:
            return "reopened";
        case UndoStep::What::left:
            return "left";
    }
    return "";
}

int64_t UndoResult::count(UndoStep::What what) const {
    return std::count_if(steps.begin(), steps.end(), [&](const UndoStep& one) { return one.what == what; });
}

Result<UndoResult> undo_import(Record& record, std::string_view id, bool dry_run, const registers::Who& who) {
    std::vector<Run> runs = runs_of(record);
    auto run = choose(runs, id);
    if (!run) return pass(std::move(run));
    UndoResult out;
    out.undoes = run->id;
    out.file = run->file;
    out.dry_run = dry_run;
    out.of_undo = takes_away(runs, *run);
    Undo undo(record, *run);
    undo.read();
    std::vector<Command> commands = undo.commands(out.steps);
    if (dry_run) return out;
    Command entry;
    entry.action = "add";
    entry.register_name = register_of_imports;
    entry.id = new_id(record.now());
    auto number = [&](const char* field, UndoStep::What what) {
        entry.values.emplace_back(field, std::to_string(out.count(what)));
    };
    entry.values = {{"file", run->file}, {"undoes", run->id}};
    number("added", UndoStep::What::reopened);
    number("changed", UndoStep::What::set_back);
    number("conflict", UndoStep::What::left);
    out.import_id = entry.id;
    commands.insert(commands.begin(), std::move(entry));
    auto applied = record.apply(commands, who);
    if (!applied) return pass(std::move(applied));
    return out;
}

json::object undo_json(const UndoResult& result) {
    json::array steps;
    for (const UndoStep& step : result.steps) {
        json::object one{{"what", undo_text(step.what)},
                         {"register", step.register_name},
                         {"id", step.id},
                         {"label", step.label}};
        json::array changed;
        for (const FieldChange& change : step.changed) {
            changed.push_back(json::object{
                {"field", change.field}, {"old", words_json(change.old)}, {"new", words_json(change.now)}});
        }
        if (!changed.empty()) one["changed"] = std::move(changed);
        if (!step.reason.ja.empty()) one["reason"] = words_json(step.reason);
        steps.push_back(std::move(one));
    }
    json::object counts;
    for (auto what :
         {UndoStep::What::retired, UndoStep::What::set_back, UndoStep::What::reopened, UndoStep::What::left})
        counts[undo_text(what)] = result.count(what);
    return {{"undoes", result.undoes},   {"file", result.file},         {"import", result.import_id},
            {"dry_run", result.dry_run}, {"counts", std::move(counts)}, {"steps", std::move(steps)}};
}

std::string undo_report(const UndoResult& result, bool english) {
    constexpr int64_t longest_list = 20;
    auto say = [&](std::string_view ja, std::string_view en) { return fmt::runtime(english ? en : ja); };
    std::string out;
    if (result.dry_run) {
        out =
            fmt::format(say("{} の{}を取り消す計画です。まだ何も変更していません。\n",
                            "The plan to undo the {1} of {0}. Nothing has been changed yet.\n"),
                        result.file,
                        result.of_undo ? (english ? "undo" : "取り消し") : (english ? "import" : "取り込み"));
    } else {
        out =
            fmt::format(say("{} の{}を取り消しました。\n", "Undid the {1} of {0}.\n"), result.file,
                        result.of_undo ? (english ? "undo" : "取り消し") : (english ? "import" : "取り込み"));
    }
    const std::pair<UndoStep::What, Words> parts[] = {
        {UndoStep::What::left, {"そのまま残すもの", "Left as they are"}},
        {UndoStep::What::retired, {"記録から外すもの", "Retired"}},
        {UndoStep::What::set_back, {"元の値に戻すもの", "Set back"}},
        {UndoStep::What::reopened, {"記録に戻すもの", "Brought back"}},
    };
    for (const auto& [what, title] : parts) {
        int64_t count = result.count(what);
        if (count == 0) continue;
        out += fmt::format(say("\n{}（{}件）\n", "\n{} ({})\n"), english ? title.en : title.ja, count);
        int64_t shown = 0;
        for (const UndoStep& step : result.steps) {
            if (step.what != what || shown == longest_list) continue;
            shown++;
            out +=
                fmt::format("  {} {}", english ? step.register_label.en : step.register_label.ja, step.label);
            if (!step.reason.ja.empty())
                out += fmt::format(": {}", english ? step.reason.en : step.reason.ja);
            out += '\n';
            for (const FieldChange& change : step.changed) {
                out += fmt::format("    {}: {} → {}\n", english ? change.label.en : change.label.ja,
                                   english ? change.old.en : change.old.ja,
                                   english ? change.now.en : change.now.ja);
            }
        }
        if (count > shown) out += fmt::format(say("  ほか{}件\n", "  and {} more\n"), count - shown);
    }
    if (!result.import_id.empty()) {
        out += fmt::format(say("\nこの取り消しを取り消すには: sonae import --undo {}\n",
                               "\nTo undo this undo: sonae import --undo {}\n"),
                           result.import_id);
    }
    return out;
}

}  // namespace sonae::exchange
