// Writes editions as catalog files and takes steps back.
#include "checklist/edition_use.hpp"

#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

namespace sonae::checklist {

namespace {

using catalog::Checklist;
using catalog::Form;
using catalog::Item;
using registers::Command;
using registers::Record;

// A text as YAML takes it whatever is in it.
std::string in_quotes(std::string_view text) {
    return json::serialize(json::string(text));
}

std::string words(const Words& text) {
    return fmt::format("{{ja: {}, en: {}}}", in_quotes(text.ja), in_quotes(text.en));
}

int64_t number_of(std::string_view text) {
    int64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

const Item* find_item_anywhere(const catalog::Catalog& catalog, std::string_view id) {
    for (const Checklist& checklist : catalog.checklists()) {
        if (const Item* found = checklist.item(id)) return found;
    }
    return nullptr;
}

// The part of an id between edition and number: R7.med.2-①.all → med.
std::string form_part(const Checklist& checklist, std::string_view form) {
    for (const Item& item : checklist.items) {
        size_t first = item.id.find('.');
        size_t second = first == std::string::npos ? first : item.id.find('.', first + 1);
        if (item.form == form && second != std::string::npos)
            return item.id.substr(first + 1, second - first - 1);
    }
    return {};
}

std::string last_part(std::string_view id) {
    return std::string(id.substr(id.rfind('.') + 1));
}

// Makes the items of a draft, one after another.
class Composer {
 public:
    Composer(const catalog::Catalog& catalog, std::string_view edition)
        : catalog_(catalog), edition_(edition), known_(catalog.checklist(edition)) {}

    // The item of a line. Nothing when another line has the same place in the form and the same words.
    std::optional<Item> item(const DraftLine& line) {
        Item out;
        const Item* from = find_item_anywhere(catalog_, line.from);
        const Form* form = find_form(catalog_, edition_, line.line.form);
        out.form = line.line.form;
        out.number = line.line.number.empty() ? "-" : line.line.number;
        out.target = line.line.target;
        out.target_ja = line.line.target_words;
        if (out.target_ja.empty() && from && from->target == out.target) out.target_ja = from->target_ja;
        out.section = line.line.section.empty() && from ? from->section : line.line.section;
        out.concept_name = line.concept_name;
        out.gate = from && from->gate && line.line.number.empty();
        out.label.ja = line.line.text;
        out.label.en = out.label.ja;  // never a translation of ours in place of words we do not have
        if (from && likeness(from->label.ja, out.label.ja) >= 1) out.label.en = from->label.en;
        if (!line.from.empty()) out.lineage.push_back(line.from);
        // A question answers a form of the institution; which one, the earlier item says, else the concept.
        if (from) {
            out.question = from->question;
        } else if (form && form->needs.empty()) {
            auto question =
                std::ranges::find(catalog_.questions(), out.concept_name, &catalog::Question::concept_name);
            if (question != catalog_.questions().end()) out.question = question->name;
        }
        out.label_source.text = fmt::format("{} {} {}行", line.file, line.line.sheet, line.line.row);
        out.label_source.note = "SHA-256 " + line.sha256;
        out.label_source.confidence =
            line.official.empty() ? catalog::Confidence::own_file : catalog::Confidence::verified;
        out.number_confidence = out.label_source.confidence;
        if (!name(out, from)) return std::nullopt;
        return out;
    }

    const std::vector<std::string>& reworded() const { return reworded_; }

 private:
    // Gives the item its id.
    bool name(Item& item, const Item* from) {
        std::vector<const Item*> here;
        if (known_) {
            for (const Item& one : known_->items) {
                if (one.form == item.form && one.target == item.target &&
                    folded_number(one.number) == folded_number(item.number))
                    here.push_back(&one);
            }
        }
        for (const Item* one : here) {
            // Of an edition that was not transcribed nobody has answered anything: its ids are free to take.
            bool same = likeness(one->label.ja, item.label.ja) >= 1;
            if (!same && (known_->transcribed || ids_.contains(one->id))) continue;
            if (item.target_ja.empty()) item.target_ja = one->target_ja;
            item.id = one->id;
            return ids_.insert(item.id).second;
        }
        std::string first = stem(item, from);
        item.id = first;
        for (int i = 2; ids_.contains(item.id) || (known_ && known_->item(item.id)); i++)
            item.id = fmt::format("{}.{}", first, i);
        if (!here.empty() && known_->transcribed) {
            reworded_.push_back(item.id);
            item.lineage.insert(item.lineage.begin(), here.back()->id);
        }
        std::string key = fmt::format("{} {} {} {}", item.form, folded_number(item.number), item.target,
                                      match_key(item.label.ja));
        ids_.insert(item.id);
        return keys_.insert(key).second;
    }

    std::string stem(const Item& item, const Item* from) const {
        std::string form = known_ ? form_part(*known_, item.form) : "";
        const Checklist* of = nullptr;
        for (const Checklist& one : catalog_.checklists()) {
            if (from && one.item(from->id)) of = &one;
        }
        if (form.empty() && of) form = form_part(*of, from->form);
        if (form.empty()) form = item.form;
        std::string target = item.target == "server"        ? "srv"
                             : item.target == "pc"          ? "pc"
                             : item.target == "network"     ? "nw"
                             : from && from->target.empty() ? last_part(from->id)
                                                            : "all";
        return fmt::format("{}.{}.{}.{}", edition_, form, item.number == "-" ? item.section : item.number,
                           target);
    }

    const catalog::Catalog& catalog_;
    std::string edition_;
    const Checklist* known_;
    std::set<std::string> ids_;
    std::set<std::string> keys_;
    std::vector<std::string> reworded_;
};

std::string item_yaml(const Item& item) {
    std::string out = fmt::format(
        "  - id: {}\n    form: {}\n    number: {}\n    section: {}\n    concept: {}\n    target: {}\n"
        "    target_ja: {}\n",
        in_quotes(item.id), in_quotes(item.form), in_quotes(item.number), in_quotes(item.section),
        in_quotes(item.concept_name), in_quotes(item.target), in_quotes(item.target_ja));
    if (item.gate) out += "    gate: true\n";
    out += fmt::format(
        "    label: {}\n    source: {{text: {}, confidence: {}, note: {}}}\n"
        "    number_confidence: {}\n",
        words(item.label), in_quotes(item.label_source.text),
        catalog::confidence_text(item.label_source.confidence), in_quotes(item.label_source.note),
        catalog::confidence_text(item.number_confidence));
    if (!item.question.empty()) out += fmt::format("    question: {}\n", in_quotes(item.question));
    if (!item.lineage.empty()) {
        out += "    lineage:\n";
        for (const std::string& id : item.lineage)
            out += fmt::format("      - {}\n", in_quotes(id));
    }
    return out;
}

std::string form_yaml(const Form& form) {
    std::string out = fmt::format("  - name: {}\n    label: {}\n", in_quotes(form.name), words(form.label));
    if (!form.needs.empty()) out += fmt::format("    needs: {}\n", in_quotes(form.needs));
    if (!form.for_kinds.empty()) {
        out += "    for_kinds:\n";
        for (const std::string& kind : form.for_kinds)
            out += fmt::format("      - {}\n", in_quotes(kind));
    }
    return out;
}

// The titles of the sections that the lines stand in: as the file has them, in English where an edition has
// the same words.
std::string sections_yaml(const catalog::Catalog& catalog, const std::vector<DraftLine>& lines,
                          const std::vector<Item>& items) {
    auto known = [&](std::string_view id, std::string_view title) {
        const Words* out = nullptr;
        for (const Checklist& checklist : catalog.checklists()) {
            for (const auto& [section, name] : checklist.sections) {
                if (section == id && (title.empty() || match_key(name.ja) == match_key(title))) out = &name;
            }
        }
        return out;
    };
    std::string out;
    std::set<std::string> done;
    for (size_t i = 0; i < items.size(); i++) {
        const std::string& id = items[i].section;
        if (!done.insert(id).second) continue;
        std::string title;
        for (const DraftLine& line : lines) {
            if (line.line.section == id && title.empty()) title = line.line.section_title;
        }
        const Words* same = known(id, title);
        Words name = same ? *same : Words{title, title};
        if (!title.empty()) name.ja = title;
        if (name.ja.empty()) name = {id.empty() ? "項目" : id, id.empty() ? "Items" : id};
        out += fmt::format("  - {{id: {}, ja: {}, en: {}}}\n", in_quotes(id), in_quotes(name.ja),
                           in_quotes(name.en));
    }
    return out;
}

tl::unexpected<Error> open_lines(std::string_view edition, const std::vector<DraftLine>& lines) {
    std::vector<std::string> names;
    for (const DraftLine& line : lines) {
        if (line.decision != Decision::open) continue;
        names.push_back(line.line.number.empty() ? fmt::format("L{}", line.place)
                                                 : fmt::format("L{}（{}）", line.place, line.line.number));
    }
    return fail(Code::refused,
                fmt::format("{}には、まだ確かめていない行が{}行あります: {}。`sonae edition line` "
                            "で一行ずつ確かめてください。",
                            edition, names.size(), fmt::join(names, "、")),
                fmt::format("{} has {} lines that nobody has confirmed: {}. Confirm them with `sonae edition "
                            "line`.",
                            edition, names.size(), fmt::join(names, ", ")));
}

struct Use {
    std::string entry;
    int64_t step = 0;
    std::string sha256;
    std::string earlier;
};

// The uses of an edition, the latest last.
std::vector<Use> uses_of(const Record& record, std::string_view edition) {
    std::vector<Use> out;
    if (auto all = record.list("edition_use")) {
        for (const registers::Entry& entry : *all) {
            if (entry.field("edition").text != edition) continue;
            out.push_back({entry.id, number_of(entry.field("step").text), entry.field("sha256").text,
                           entry.field("earlier").text});
        }
    }
    std::ranges::sort(out, {}, &Use::step);
    return out;
}

// What the history says of the file from now on, in the same transaction as the change itself.
Command file_command(const Record& record, const std::string& name, const std::optional<std::string>& text) {
    Command out;
    out.register_name = "catalog_file";
    if (auto all = record.list("catalog_file")) {
        for (const registers::Entry& entry : *all) {
            if (entry.field("name").text == name) out.id = entry.id;
        }
    }
    out.action = !text ? "retire" : out.id.empty() ? "add" : "set";
    if (text) out.values = {{"name", name}, {"sha256", hex(sha256(*text))}};
    return out;
}

Status put_file(const Record& record, const std::string& name, const std::optional<std::string>& text) {
    std::filesystem::path path = record.folder() / name;
    if (!text) return os::remove_file(path);
    if (auto made = os::make_folder(path.parent_path()); !made) return made;
    return os::write_file(path, *text);
}

}  // namespace

std::string edition_file_name(std::string_view edition) {
    return fmt::format("catalog/checklists/{}.yaml", edition);
}

Result<EditionText> edition_text(const Record& record, std::string_view edition) {
    const catalog::Catalog& catalog = record.catalog();
    std::vector<DraftLine> lines = draft_lines(record, edition);
    if (lines.empty()) {
        return fail(
            Code::not_found,
            fmt::format("{}の下書きはありません。`sonae edition load FILE.xlsx` で読み込んでください。",
                        edition),
            fmt::format("There is no draft of {}; load a file with `sonae edition load`.", edition));
    }
    if (std::ranges::find(lines, Decision::open, &DraftLine::decision) != lines.end())
        return open_lines(edition, lines);
    std::erase_if(lines, [](const DraftLine& line) { return line.decision == Decision::ignored; });

    const Checklist* known = catalog.checklist(edition);
    std::vector<const Form*> forms;
    for (const DraftLine& line : lines) {
        const Form* form = find_form(catalog, edition, line.line.form);
        if (form && std::ranges::find(forms, form) == forms.end()) forms.push_back(form);
    }
    if (std::ranges::none_of(forms, [](const Form* form) { return form->needs.empty(); })) {
        return fail(
            Code::refused,
            fmt::format("{}の、医療機関・薬局が自ら記入する様式がまだ読み込まれていません。そのファイルも"
                        "読み込んでください。",
                        edition),
            fmt::format("The form of {} that the institution itself fills in has not been loaded; load "
                        "that file as well.",
                        edition));
    }
    // The institution's own form first: it is the one for every kind that no other names.
    std::ranges::stable_sort(forms, {}, [](const Form* form) {
        return std::pair(!form->needs.empty(), !form->for_kinds.empty());
    });

    Composer composer(catalog, edition);
    std::vector<Item> items;
    for (const DraftLine& line : lines) {
        auto item = composer.item(line);
        if (!item) {
            return fail(Code::refused,
                        fmt::format("L{} は、前の行と番号・対象・文言が同じです。--ignore で外すか、--number "
                                    "で番号を直してください。",
                                    line.place),
                        fmt::format("L{} repeats an earlier line; leave it out with --ignore or mend its "
                                    "number with --number.",
                                    line.place));
        }
        items.push_back(std::move(*item));
    }

    std::string files;
    std::set<std::string> seen;
    for (const DraftLine& line : lines) {
        if (seen.insert(line.sha256).second)
            files += fmt::format("{}{} (SHA-256 {})", files.empty() ? "" : ", ", line.file, line.sha256);
    }
    bool official = std::ranges::all_of(lines, [](const DraftLine& line) { return !line.official.empty(); });
    Words title = known ? known->title : Words{std::string(edition), std::string(edition)};
    EditionText out;
    out.items = items.size();
    out.reworded = composer.reworded();
    out.yaml = fmt::format(
        "# An edition read from the institution's own file; every line was confirmed by a person. Written by "
        "`sonae edition use`:\n# change it with `sonae edition`, not by hand.\n"
        "edition: {}\ntitle: {}\npublished: {}\nguideline: {}\nsource: {{text: {}, confidence: {}}}\n"
        "transcribed: true\n",
        in_quotes(edition), words(title), in_quotes(known ? known->published : record.today().iso()),
        in_quotes(known ? known->guideline : ""), in_quotes(files),
        catalog::confidence_text(official ? catalog::Confidence::verified : catalog::Confidence::own_file));
    out.yaml += "forms:\n";
    for (const Form* form : forms)
        out.yaml += form_yaml(*form);
    out.yaml += "sections:\n" + sections_yaml(catalog, lines, items) + "items:\n";
    for (const Item& item : items)
        out.yaml += item_yaml(item);
    if (known && !known->files.empty()) {
        out.yaml += "files:\n";
        for (const catalog::OfficialFile& file : known->files) {
            bool there =
                std::ranges::any_of(forms, [&](const Form* form) { return form->name == file.form; });
            out.yaml += fmt::format("  - {{name: {}, what: {}, sha256: {}, size: {}{}}}\n",
                                    in_quotes(file.name), words(file.what), in_quotes(file.sha256), file.size,
                                    there ? ", form: " + in_quotes(file.form) : "");
        }
    }
    return out;
}

Result<EditionText> use_edition(Record& record, std::string_view edition, const CheckCatalog& check,
                                const registers::Who& who) {
    auto text = edition_text(record, edition);
    if (!text) return text;
    std::string name = edition_file_name(edition);
    std::filesystem::path path = record.folder() / name;
    std::string earlier;
    if (os::is_there(path)) {
        auto there = os::read_file(path);
        if (!there) return pass(std::move(there));
        earlier = std::move(*there);
    }
    std::vector<Use> uses = uses_of(record, edition);
    std::string digest = hex(sha256(text->yaml));
    if (!uses.empty() && uses.back().sha256 == digest && earlier == text->yaml) {
        return fail(Code::refused, fmt::format("{}は、この内容ですでに使われています。", edition),
                    fmt::format("{} is in use as it is.", edition));
    }
    auto loaded = check(name, text->yaml);
    if (!loaded) return pass(std::move(loaded));
    const Checklist* there = loaded->checklist(edition);
    if (!there || there->items.size() != text->items) {
        return fail(
            Code::refused,
            fmt::format("データフォルダの catalog/ に、{}の別のファイルがあります。先に外してください。",
                        edition),
            fmt::format("Another file in catalog/ of the data folder has the edition {}; take it away "
                        "first.",
                        edition));
    }
    // The file first: a history that names a file which is not there would be a fault; a file that the
    // history does not name yet is noted with the next change.
    if (auto written = put_file(record, name, text->yaml); !written) return pass(std::move(written));
    Command command;
    command.action = "add";
    command.register_name = "edition_use";
    command.values = {{"edition", std::string(edition)},
                      {"step", std::to_string(last_step(record, edition) + 1)},
                      {"name", name},
                      {"sha256", digest},
                      {"earlier", earlier == text->yaml ? "" : earlier}};
    auto applied = record.apply({command, file_command(record, name, text->yaml)}, who);
    if (!applied) {
        // Best effort: the folder as it was.
        (void)put_file(record, name, earlier.empty() ? std::nullopt : std::optional(earlier));
        return pass(std::move(applied));
    }
    return text;
}

Undone last_of(const Record& record, std::string_view edition) {
    Undone out;
    std::string step = std::to_string(last_step(record, edition));
    if (step == "0") return out;
    auto count = [&](const char* register_name, const char* field) {
        int64_t found = 0;
        if (auto all = record.list(register_name)) {
            for (const registers::Entry& entry : *all)
                found += entry.field("edition").text == edition && entry.field(field).text == step ? 1 : 0;
        }
        return found;
    };
    if ((out.count = count("answer_proposal", "step")) > 0) {
        out.what = Undone::What::proposals;
    } else if ((out.count = count("edition_use", "step")) > 0) {
        out.what = Undone::What::use;
        out.changes_catalog = true;
        if (auto all = record.list("answer")) {
            out.answers = std::ranges::count_if(
                *all, [&](const registers::Entry& entry) { return entry.field("edition").text == edition; });
        }
    } else if ((out.count = count("edition_line", "decided_step")) > 0) {
        out.what = Undone::What::decisions;
    } else {
        out.count = count("edition_line", "loaded_step");
        out.what = Undone::What::load;
    }
    return out;
}

Result<Undone> undo_edition(Record& record, std::string_view edition, const CheckCatalog& check,
                            const registers::Who& who) {
    Undone out = last_of(record, edition);
    if (out.what == Undone::What::nothing) {
        return fail(Code::refused, fmt::format("{}には、取り消す操作がありません。", edition),
                    fmt::format("There is nothing to take back for {}.", edition));
    }
    std::string step = std::to_string(last_step(record, edition));
    std::vector<Command> commands;
    auto each = [&](const char* register_name, auto&& what) {
        auto all = record.list(register_name);
        if (!all) return;
        for (const registers::Entry& entry : *all) {
            if (entry.field("edition").text == edition) what(entry);
        }
    };
    if (out.what == Undone::What::proposals) {
        each("answer_proposal", [&](const registers::Entry& entry) {
            if (entry.field("step").text != step) return;
            commands.push_back({"retire", "answer_proposal", entry.id, 0, {}, {}, {}});
        });
    } else if (out.what == Undone::What::use) {
        Use last = uses_of(record, edition).back();
        std::string name = edition_file_name(edition);
        std::optional<std::string> text;
        if (!last.earlier.empty()) text = last.earlier;
        if (auto loaded = check(name, text); !loaded) return pass(std::move(loaded));
        if (auto put = put_file(record, name, text); !put) return pass(std::move(put));
        commands.push_back({"retire", "edition_use", last.entry, 0, {}, {}, {}});
        Command file = file_command(record, name, text);
        if (!file.id.empty() || text) commands.push_back(std::move(file));
    } else {
        each("edition_line", [&](const registers::Entry& entry) {
            if (entry.field("loaded_step").text == step) {
                commands.push_back({"retire", "edition_line", entry.id, 0, {}, {}, {}});
            } else if (entry.field("replaced_step").text == step) {
                commands.push_back({"set", "edition_line", entry.id, 0, {{"replaced_step", ""}}, {}, {}});
            } else if (entry.field("decided_step").text == step) {
                commands.push_back(
                    {"set",
                     "edition_line",
                     entry.id,
                     0,
                     {{"decision", ""}, {"concept", ""}, {"from_item", ""}, {"decided_step", ""}},
                     {},
                     {}});
            }
        });
    }
    auto applied = record.apply(commands, who);
    if (!applied) return pass(std::move(applied));
    return out;
}

}  // namespace sonae::checklist
