// Reads the compiled catalog into its types and checks it as a whole.
#include "catalog/catalog.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "catalog/reader.hpp"
#include "catalog/yaml.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace sonae::catalog {

namespace {

template <class Enum, size_t N>
Enum one_of(Reader& in, std::string_view key, const std::array<std::pair<std::string_view, Enum>, N>& names) {
    std::string text = in.required(key);
    for (const auto& [name, value] : names) {
        if (text == name) return value;
    }
    in.wrong(fmt::format("「{}」に「{}」は使えません", key, text),
             fmt::format("\"{}\" cannot be \"{}\"", key, text));
}

constexpr std::array<std::pair<std::string_view, Type>, 8> type_names{{{"text", Type::text},
                                                                       {"date", Type::date},
                                                                       {"integer", Type::integer},
                                                                       {"boolean", Type::boolean},
                                                                       {"choice", Type::choice},
                                                                       {"reference", Type::reference},
                                                                       {"address", Type::address},
                                                                       {"mac", Type::mac}}};
constexpr std::array<std::pair<std::string_view, Looks>, 5> looks_names{{{"remark", Looks::remark},
                                                                         {"version", Looks::version},
                                                                         {"serial", Looks::serial},
                                                                         {"mail", Looks::mail},
                                                                         {"phone", Looks::phone}}};
constexpr std::array<std::pair<std::string_view, Effect>, 4> effect_names{
    {{"no", Effect::no},
     {"unknown", Effect::unknown},
     {"not_applicable", Effect::not_applicable},
     {"advice", Effect::advice}}};
constexpr std::array<std::pair<std::string_view, Confidence>, 4> confidence_names{
    {{"verified", Confidence::verified},
     {"unconfirmed", Confidence::unconfirmed},
     {"uncertain", Confidence::uncertain},
     {"as_in_your_file", Confidence::own_file}}};
// The computed tables' functions and how many fields each takes (register/computed.cpp carries them out).
constexpr std::array<std::pair<std::string_view, size_t>, 3> function_names{
    {{"support", 2}, {"zone", 1}, {"overdue", 2}}};

bool sql_name(std::string_view name) {
    return !name.empty() && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

// Columns that every register has in SQL.
bool reserved(std::string_view name) {
    static const std::set<std::string_view> names{
        "institution", "id",         "version",    "label", "label_order", "label_search", "retired",
        "created_on",  "updated_on", "updated_by", "extra", "written",     "states",       "list_states"};
    return names.contains(name) || name.ends_with("_state") || name.ends_with("_last");
}

Source read_source(Reader& in) {
    Source out;
    out.text = in.required("text");
    out.confidence = one_of(in, "confidence", confidence_names);
    out.note = in.text("note");
    return out;
}

Field read_field(Reader& in) {
    Field field;
    field.name = in.required("name");
    if (!sql_name(field.name) || reserved(field.name)) {
        in.wrong(fmt::format("「{}」は項目の名前に使えません", field.name),
                 fmt::format("\"{}\" cannot be the name of a field", field.name));
    }
    field.type = one_of(in, "type", type_names);
    field.label = in.words("label", true);
    field.help = in.words("help");
    field.many = in.flag("many");
    in.list("choices", [&](Reader& one) {
        Choice choice;
        choice.value = one.required("value");
        choice.label = {one.required("ja"), one.required("en")};
        choice.also = one.texts("also");
        std::set<std::string> own;
        for (const std::string& written : choice.also)
            own.insert(match_key(written));
        for (const std::string& written : {choice.value, choice.label.ja, choice.label.en})
            own.insert(match_key(written));
        for (const std::string& key : own) {
            if (!field.spellings.emplace(key, field.choices.size()).second) {
                one.wrong(fmt::format("「{}」は別の選択肢と同じに読めます", choice.value),
                          fmt::format("\"{}\" reads like another choice ({})", choice.value, key));
            }
        }
        field.choices.push_back(std::move(choice));
    });
    field.references = in.text("references");
    field.found_by = in.text("found_by");
    field.headers = in.texts("headers");
    if (in.has("looks_like")) field.looks = one_of(in, "looks_like", looks_names);
    for (const std::string& word : in.texts("values_begin"))
        field.begins.push_back(match_key(word));
    field.key = in.flag("key");
    field.required = in.flag("required");
    field.due = in.flag("due");
    field.internal = in.flag("internal");
    field.filter = in.flag("filter");
    field.source = in.text("source");
    if ((field.type == Type::choice) == field.choices.empty()) {
        in.wrong("choicesは種類がchoiceの項目だけが持ちます",
                 "choices belong to a field of type choice, and only there");
    }
    if ((field.type == Type::reference) == field.references.empty()) {
        in.wrong("referencesは種類がreferenceの項目だけが持ちます",
                 "references belongs to a field of type reference, and only there");
    }
    if (field.many && field.type != Type::choice && field.type != Type::reference) {
        in.wrong("manyは選択肢と参照だけです", "many is for choice and reference only");
    }
    if (field.filter && field.many) {
        in.wrong("filterは値が一つの項目だけです", "filter is for fields of one value only");
    }
    if ((field.looks != Looks::any || !field.begins.empty()) && field.type != Type::text) {
        in.wrong("looks_likeとvalues_beginは文字の項目だけです",
                 "looks_like and values_begin are for texts only");
    }
    if (field.due && field.type != Type::date) in.wrong("dueは日付だけです", "due is for dates only");
    return field;
}

// The values of an example in the order of the register's fields. The fields of a child are checked when the
// whole catalog is there.
Example read_example(Reader& in, const Register& description, const std::vector<std::string>& children) {
    Example out;
    for (const Field& field : description.fields) {
        if (in.has(field.name)) out.values.emplace_back(field.name, in.required(field.name));
    }
    for (const std::string& child : children) {
        if (!in.has(child)) continue;
        out.below.emplace_back(child, std::vector<Example>());
        in.list(child, [&](Reader& one) {
            Example& below = out.below.back().second.emplace_back();
            for (const std::string& name : one.keys())
                below.values.emplace_back(name, one.required(name));
        });
    }
    return out;
}

Register read_register(Reader& in) {
    Register out;
    out.name = in.required("register");
    if (!sql_name(out.name))
        in.wrong("台帳の名前に使えない文字があります", "the name is not a plain SQL name");
    out.label = in.words("label", true);
    out.about = in.words("about");
    out.parent_field = in.text("parent_field");
    out.single = in.flag("single");
    out.internal = in.flag("internal");
    out.label_of = in.texts("label_of");
    out.sheets = in.texts("sheets");
    out.in_use = in.text("in_use");
    out.source = in.text("source");
    in.list("fields", [&](Reader& one) {
        Field field = read_field(one);
        if (out.field(field.name)) {
            one.wrong(fmt::format("「{}」が二度あります", field.name),
                      fmt::format("\"{}\" occurs twice", field.name));
        }
        out.fields.push_back(std::move(field));
    });
    in.list("views", [&](Reader& one) {
        out.views.push_back({one.required("name"), one.text("about"), one.required("sql"), one.flag("kept")});
    });
    in.list("computed", [&](Reader& one) {
        Computed computed{one.required("name"), one.required("function"), one.texts("reads")};
        auto known =
            std::ranges::find(function_names, computed.function, &std::pair<std::string_view, size_t>::first);
        if (known == function_names.end() || known->second != computed.reads.size()) {
            one.wrong("functionまたはreadsが正しくありません", "function or the number of reads is wrong");
        }
        for (const std::string& name : computed.reads) {
            if (!out.field(name)) {
                one.wrong(fmt::format("項目「{}」がありません", name),
                          fmt::format("there is no field \"{}\"", name));
            }
        }
        out.computed.push_back(std::move(computed));
    });
    in.list("import_children", [&](Reader& one) {
        out.import_children.push_back({one.required("child"), one.required("parent")});
    });
    for (const std::string& text : in.texts("match")) {
        Match match;
        size_t dot = text.find('.');
        if (dot != std::string::npos) match.child = text.substr(0, dot);
        match.field = dot == std::string::npos ? text : text.substr(dot + 1);
        match.weak = match.field.ends_with('?');
        if (match.weak) match.field.pop_back();
        out.match.push_back(std::move(match));
    }
    if (out.match.empty()) {
        for (const Field& field : out.fields) {
            if (field.key) out.match.push_back({"", field.name, false});
        }
    }
    in.list("examples", [&](Reader& one) {
        std::vector<std::string> children;
        for (const ImportChild& link : out.import_children)
            children.push_back(link.child);
        out.examples.push_back(read_example(one, out, children));
    });
    if (out.label_of.empty()) in.wrong("label_ofがありません", "label_of is missing");
    for (const std::string& part : out.label_of) {
        for (const std::string& name : split(part, "|")) {
            if (!out.field(name)) {
                in.wrong(fmt::format("label_ofの項目「{}」がありません", name),
                         fmt::format("label_of names a field \"{}\" that is not there", name));
            }
        }
    }
    return out;
}

std::string read_target(Reader& in, std::string_view key) {
    std::string target = in.text(key);
    if (!target.empty() && target != "server" && target != "pc" && target != "network") {
        in.wrong("targetはserver、pc、networkのどれかです", "target is server, pc or network");
    }
    return target;
}

Question read_question(Reader& in) {
    Question out;
    out.name = in.required("question");
    out.concept_name = in.required("concept");
    out.title = in.words("title", true);
    out.help = in.words("help");
    out.source = in.text("source");
    in.list("parameters", [&](Reader& one) {
        Parameter parameter;
        parameter.name = one.required("name");
        parameter.days = one.has("days");
        parameter.amount = static_cast<int>(one.number(parameter.days ? "days" : "months"));
        parameter.ahead = one.flag("ahead");
        parameter.label = one.words("label", true);
        if (parameter.amount <= 0) one.wrong("monthsまたはdaysがありません", "months or days is missing");
        out.parameters.push_back(std::move(parameter));
    });
    std::set<std::string> ids;
    in.list("checks", [&](Reader& one) {
        Check check;
        check.id = one.required("id");
        if (!ids.insert(check.id).second) one.wrong("同じidが二度あります", "the id occurs twice");
        check.effect = one_of(one, "effect", effect_names);
        check.register_name = one.required("register");
        check.sql = one.required("sql");
        check.of = one.text("of");
        check.sentence = one.words("sentence", true);
        if (const json::value* fix = one.value("fix")) {
            Reader inner(*fix, one.place() + " fix");
            check.fix = {inner.required("register"), inner.text("field")};
            inner.finish();
        }
        check.targets = one.texts("targets");
        out.checks.push_back(std::move(check));
    });
    in.list("support", [&](Reader& one) {
        out.support.push_back({one.required("register"), one.required("sql")});
    });
    if (out.checks.empty()) in.wrong("checksがありません", "checks are missing");
    if (out.support.empty()) in.wrong("supportがありません", "support is missing");
    return out;
}

Checklist read_checklist(Reader& in) {
    Checklist out;
    out.edition = in.required("edition");
    out.title = in.words("title", true);
    out.published = in.text("published");
    out.guideline = in.text("guideline");
    if (const json::value* source = in.value("source")) {
        Reader inner(*source, in.place() + " source");
        out.source = read_source(inner);
        inner.finish();
    }
    out.transcribed = in.flag("transcribed", true);
    out.notes = in.texts("notes");
    in.list("forms", [&](Reader& one) {
        out.forms.push_back(
            {one.required("name"), one.words("label", true), one.texts("for_kinds"), one.text("needs")});
    });
    in.list("sections", [&](Reader& one) {
        out.sections.emplace_back(one.required("id"), Words{one.required("ja"), one.required("en")});
    });
    std::set<std::string> ids;
    in.list("items", [&](Reader& one) {
        Item item;
        item.id = one.required("id");
        if (!ids.insert(item.id).second) one.wrong("同じidが二度あります", "the id occurs twice");
        item.form = one.required("form");
        if (!out.form(item.form)) one.wrong("formsにない様式です", "the form is not among the forms");
        item.number = one.text("number");
        item.section = one.text("section");
        item.concept_name = one.required("concept");
        item.target = read_target(one, "target");
        item.target_ja = one.text("target_ja");
        item.gate = one.flag("gate");
        item.reference = one.flag("reference");
        item.label = one.words("label", true);
        const json::value* source = one.value("source");
        if (!source) one.wrong("sourceがありません", "source is missing");
        Reader inner(*source, one.place() + " source");
        item.label_source = read_source(inner);
        inner.finish();
        item.number_confidence = one_of(one, "number_confidence", confidence_names);
        item.question = one.text("question");
        item.guideline = one.texts("guideline");
        item.note = one.text("note");
        item.lineage = one.texts("lineage");
        out.items.push_back(std::move(item));
    });
    in.list("files", [&](Reader& one) {
        out.files.push_back({one.required("name"), one.words("what", true), one.required("sha256"),
                             one.number("size"), one.text("form")});
        const std::string& form = out.files.back().form;
        if (!form.empty() && !out.form(form))
            one.wrong("formsにない様式です", "the form is not among the forms");
    });
    return out;
}

// Puts `item` in the place of one with the same name, or at the end.
template <class T, class Name>
void put(std::vector<T>& list, T item, Name name) {
    auto same = std::ranges::find_if(list, [&](const T& other) { return other.*name == item.*name; });
    if (same == list.end()) {
        list.push_back(std::move(item));
    } else {
        *same = std::move(item);
    }
}

[[noreturn]] void wrong(const std::string& place, const std::string& ja, const std::string& en) {
    throw Mistake{
        {Code::bad_catalog, {fmt::format("{}: {}。", place, ja), fmt::format("{}: {}.", place, en)}}};
}

// What can only be said of the whole: names that point to each other.
void check_registers(const Catalog& catalog) {
    std::set<std::string> names;
    for (const Register& one : catalog.registers()) {
        std::string place = "register " + one.name;
        auto claim = [&](const std::string& name) {
            if (!sql_name(name) || !names.insert(name).second) {
                wrong(place, fmt::format("SQLの名前「{}」が使えないか、二度あります", name),
                      fmt::format("the SQL name \"{}\" is not plain or occurs twice", name));
            }
        };
        claim(one.name);
        for (const View& view : one.views)
            claim(view.name);
        for (const Computed& computed : one.computed)
            claim(computed.name);
        for (const Field& field : one.fields) {
            if (field.many) claim(one.name + "_" + field.name);
            if (field.type != Type::reference) continue;
            const Register* target = catalog.find_register(field.references);
            if (!target || (!field.found_by.empty() && !target->field(field.found_by))) {
                wrong(place, fmt::format("項目「{}」の参照先がありません", field.name),
                      fmt::format("field \"{}\" points to something that is not there", field.name));
            }
        }
        if (!one.parent_field.empty()) {
            const Field* parent = one.field(one.parent_field);
            if (!parent || parent->type != Type::reference) {
                wrong(place, "parent_fieldが参照ではありません", "parent_field is not a reference");
            }
        }
        if (!one.in_use.empty() && std::ranges::find(one.views, one.in_use, &View::name) == one.views.end()) {
            wrong(place, "in_useのビューがありません", "the view in_use is not there");
        }
        for (const ImportChild& child : one.import_children) {
            const Register* target = catalog.find_register(child.child);
            const Field* parent = target ? target->field(child.parent) : nullptr;
            if (!parent || parent->references != one.name) {
                wrong(place, fmt::format("import_childrenの「{}」が正しくありません", child.child),
                      fmt::format("import_children \"{}\" does not point back", child.child));
            }
        }
        for (const Match& match : one.match) {
            bool child = std::ranges::find(one.import_children, match.child, &ImportChild::child) !=
                         one.import_children.end();
            const Register* holder = match.child.empty() ? &one
                                     : child             ? catalog.find_register(match.child)
                                                         : nullptr;
            const Field* field = holder ? holder->field(match.field) : nullptr;
            if (!field || field->many || field->type == Type::reference) {
                wrong(place, fmt::format("matchの「{}」が正しくありません", match.field),
                      fmt::format("match \"{}\" is no field of one value", match.field));
            }
        }
        for (const Example& example : one.examples) {
            for (const auto& [child, entries] : example.below) {
                for (const Example& entry : entries) {
                    for (const auto& [name, text] : entry.values) {
                        if (catalog.find_register(child)->field(name)) continue;
                        wrong(place, fmt::format("examplesの「{}」に項目「{}」はありません", child, name),
                              fmt::format("examples: {} has no field \"{}\"", child, name));
                    }
                }
            }
        }
    }
}

void check_questions(const Catalog& catalog) {
    for (const Question& one : catalog.questions()) {
        std::string place = "question " + one.name;
        for (const Check& check : one.checks) {
            const Register* fix =
                check.fix.register_name.empty() ? nullptr : catalog.find_register(check.fix.register_name);
            bool fix_ok = check.fix.register_name.empty() ||
                          (fix && (check.fix.field.empty() || fix->field(check.fix.field)));
            if (!catalog.find_register(check.register_name) || !fix_ok) {
                wrong(place, fmt::format("checks「{}」の台帳または項目がありません", check.id),
                      fmt::format("check \"{}\" names a register or field that is not there", check.id));
            }
        }
        for (const Support& support : one.support) {
            if (!catalog.find_register(support.register_name)) {
                wrong(
                    place, fmt::format("supportの台帳「{}」がありません", support.register_name),
                    fmt::format("support names a register \"{}\" that is not there", support.register_name));
            }
        }
    }
    const Register* institution = catalog.find_register("institution");
    const Field* kind = institution ? institution->field("kind") : nullptr;
    for (const Checklist& one : catalog.checklists()) {
        for (const Form& form : one.forms) {
            for (const std::string& name : form.for_kinds) {
                if (kind && kind->choice(name)) continue;
                wrong("checklist " + one.edition, fmt::format("施設の種類「{}」がありません", name),
                      fmt::format("there is no kind of institution \"{}\"", name));
            }
            if (!form.needs.empty() && !catalog.find_register(form.needs)) {
                wrong("checklist " + one.edition, fmt::format("needsの台帳「{}」がありません", form.needs),
                      fmt::format("needs names a register \"{}\" that is not there", form.needs));
            }
        }
        for (const Item& item : one.items) {
            if (!item.question.empty() && !catalog.question(item.question)) {
                wrong("checklist " + one.edition,
                      fmt::format("{} の質問「{}」がありません", item.id, item.question),
                      fmt::format("{} names a question \"{}\" that is not there", item.id, item.question));
            }
        }
    }
}

// Which list of the compiled catalog a file belongs to, by the key it begins with.
std::string part_of(const json::value& data) {
    if (const json::object* object = data.if_object()) {
        if (object->contains("register")) return "registers";
        if (object->contains("edition")) return "checklists";
        if (object->contains("question")) return "questions";
        if (object->contains("products") || object->contains("aliases")) return "support";
    }
    return {};
}

void add_cases(std::vector<Question>& questions, Reader& in) {
    std::string name = in.required("question");
    auto question = std::ranges::find(questions, name, &Question::name);
    if (question == questions.end()) in.wrong("その質問がありません", "there is no such question");
    in.list("cases", [&](Reader& one) {
        Case out;
        out.name = one.required("name");
        out.today = one.required("today");
        out.recorded = one.text("recorded");
        out.target = read_target(one, "target");
        out.value = one.required("value");
        if (const json::value* facts = one.value("facts")) out.facts = facts->as_array();
        if (const json::value* sentences = one.value("sentences")) out.sentences = sentences->as_object();
        if (const json::value* absent = one.value("absent")) out.absent = absent->as_array();
        question->cases.push_back(std::move(out));
    });
}

}  // namespace

std::string_view confidence_text(Confidence confidence) {
    for (const auto& [name, value] : confidence_names) {
        if (value == confidence) return name;
    }
    return {};
}

std::string_view effect_text(Effect effect) {
    for (const auto& [name, value] : effect_names) {
        if (value == effect) return name;
    }
    return {};
}

const Choice* Field::choice(std::string_view value) const {
    auto found = std::ranges::find(choices, value, &Choice::value);
    return found == choices.end() ? nullptr : &*found;
}

const Choice* Field::read_choice(std::string_view written) const {
    auto found = spellings.find(match_key(written));
    return found == spellings.end() ? nullptr : &choices[found->second];
}

std::string_view Example::text(std::string_view field) const {
    for (const auto& [name, text] : values) {
        if (name == field) return text;
    }
    return {};
}

const Field* Register::field(std::string_view wanted) const {
    auto found = std::ranges::find(fields, wanted, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

const Form* Checklist::form(std::string_view wanted) const {
    auto found = std::ranges::find(forms, wanted, &Form::name);
    return found == forms.end() ? nullptr : &*found;
}

const Form& Checklist::form_for(std::string_view kind) const {
    auto found = std::ranges::find_if(forms, [&](const Form& one) {
        return std::ranges::find(one.for_kinds, kind) != one.for_kinds.end();
    });
    return found == forms.end() ? forms.front() : *found;
}

const Item* Checklist::item(std::string_view id) const {
    auto found = std::ranges::find(items, id, &Item::id);
    return found == items.end() ? nullptr : &*found;
}

const Register* Catalog::find_register(std::string_view name) const {
    auto found = std::ranges::find(registers_, name, &Register::name);
    return found == registers_.end() ? nullptr : &*found;
}

const Question* Catalog::question(std::string_view name) const {
    auto found = std::ranges::find(questions_, name, &Question::name);
    return found == questions_.end() ? nullptr : &*found;
}

const Checklist* Catalog::checklist(std::string_view edition) const {
    auto found = std::ranges::find(checklists_, edition, &Checklist::edition);
    return found == checklists_.end() ? nullptr : &*found;
}

Result<Catalog> Catalog::load(std::string_view builtin,
                              const std::vector<std::pair<std::string, std::string>>& own_files) {
    auto parsed = parse_json(builtin);
    if (!parsed) return pass(std::move(parsed));
    json::object& parts = parsed->as_object();
    std::string own;
    std::string own_tables;
    std::vector<std::pair<std::string, std::string>> own_digests;
    for (const auto& [name, text] : own_files) {
        auto data = yaml_to_json(name, text);
        if (!data) return pass(std::move(data));
        std::string part = part_of(*data);
        if (part.empty()) {
            return fail(
                Code::bad_catalog,
                fmt::format(
                    "{}: register、edition、questionのどれでも始まっていないため、カタログのファイルとして"
                    "読めません。",
                    name),
                fmt::format("{}: not a catalog file: it has no register, edition or question.", name));
        }
        own_digests.emplace_back(name, hex(sha256(text)));
        std::string text_of = canonical(*data);
        own += text_of;
        if (part == "registers" || part == "support") own_tables += text_of;
        parts[part].as_array().push_back(json::object{{"file", name}, {"data", std::move(*data)}});
    }

    Catalog out;
    try {
        auto each = [&](const char* part, auto&& read) {
            const json::array* files = array_at(parts, part);
            if (!files) return;
            for (const json::value& file : *files) {
                const json::object& entry = file.as_object();
                Reader in(entry.at("data"), std::string(text_at(entry, "file")));
                read(in);
                in.finish();
            }
        };
        each("registers", [&](Reader& in) { put(out.registers_, read_register(in), &Register::name); });
        each("questions", [&](Reader& in) { put(out.questions_, read_question(in), &Question::name); });
        each("checklists",
             [&](Reader& in) { put(out.checklists_, read_checklist(in), &Checklist::edition); });
        each("cases", [&](Reader& in) { add_cases(out.questions_, in); });
        check_registers(out);
        check_questions(out);
    } catch (const Mistake& mistake) {
        return tl::unexpected<Error>(mistake.error);
    }

    json::array support;
    if (const json::array* files = array_at(parts, "support")) {
        for (const json::value& file : *files)
            support.push_back(file.as_object().at("data"));
    }
    auto table = SupportTable::load(support);
    if (!table) return pass(std::move(table));
    out.support_ = std::move(*table);

    out.own_files_ = std::move(own_digests);
    out.digest_ = text_at(parts, "digest");
    out.tables_digest_ = text_at(parts, "tables_digest");
    if (!own.empty()) out.digest_ = hex(sha256(out.digest_, own));
    if (!own_tables.empty()) out.tables_digest_ = hex(sha256(out.tables_digest_, own_tables));
    return out;
}

}  // namespace sonae::catalog
