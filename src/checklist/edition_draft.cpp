// Drafts of editions as entries of the record.
#include "checklist/edition_draft.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

namespace sonae::checklist {

namespace {

using catalog::Checklist;
using catalog::Item;
using registers::Command;
using registers::Record;

constexpr size_t most_lines = 500;  // of a file

int64_t number_of(std::string_view text) {
    int64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

// Every line that was ever loaded and not taken back.
std::vector<registers::Entry> entries_of(const Record& record, std::string_view edition) {
    std::vector<registers::Entry> out;
    auto all = record.list("edition_line");
    if (!all) return out;
    for (registers::Entry& entry : *all) {
        if (entry.field("edition").text == edition) out.push_back(std::move(entry));
    }
    return out;
}

DraftLine line_of(const registers::Entry& entry) {
    auto text = [&](std::string_view name) { return entry.field(name).text; };
    DraftLine out;
    out.entry = entry.id;
    out.place = number_of(text("place"));
    out.line = {text("sheet"),   number_of(text("sheet_row")), text("form"),
                text("section"), text("section_title"),        text("number"),
                text("target"),  text("target_words"),         text("wording")};
    out.file = text("file");
    out.sha256 = text("sha256");
    out.official = text("official");
    out.proposal = {text("proposed_concept"),
                    text("proposed_item"),
                    static_cast<int>(number_of(text("confidence"))),
                    text("verbatim") == "1",
                    {text("why_ja"), text("why_en")}};
    if (text("decision") == "item") out.decision = Decision::item;
    if (text("decision") == "ignored") out.decision = Decision::ignored;
    out.concept_name = text("concept");
    out.from = text("from_item");
    return out;
}

bool concept_known(const catalog::Catalog& catalog, std::string_view name) {
    for (const Checklist& checklist : catalog.checklists()) {
        if (std::ranges::find(checklist.items, name, &Item::concept_name) != checklist.items.end())
            return true;
    }
    return std::ranges::find(catalog.questions(), name, &catalog::Question::concept_name) !=
           catalog.questions().end();
}

// The item that a person names as the earlier one.
Result<const Item*> earlier_item(const catalog::Catalog& catalog, const DraftLine& line,
                                 std::string_view edition, std::string_view name) {
    size_t colon = name.find(':');
    std::string_view of = colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
    std::string_view wanted = colon == std::string_view::npos ? name : name.substr(colon + 1);
    const catalog::Form* form = find_form(catalog, edition, line.line.form);
    std::vector<const Item*> found;
    for (const Checklist& checklist : catalog.checklists()) {
        if (!of.empty() && checklist.edition != of) continue;
        const catalog::Form* there = form ? form_like(checklist, *form) : nullptr;
        for (const Item& item : checklist.items) {
            if (item.id == wanted) return &item;
            bool fits = !of.empty() && folded_number(item.number) == folded_number(wanted) &&
                        (!there || item.form == there->name);
            if (fits) found.push_back(&item);
        }
    }
    if (found.size() > 1) {
        auto same =
            std::ranges::find_if(found, [&](const Item* item) { return item->target == line.line.target; });
        if (same != found.end()) return *same;
        std::vector<std::string> ids;
        for (const Item* item : found)
            ids.push_back(item->id);
        return fail(
            Code::ambiguous,
            fmt::format("「{}」は{}件あります。idで指定してください: {}", name, found.size(),
                        fmt::join(ids, ", ")),
            fmt::format("\"{}\" occurs {} times; give the id: {}", name, found.size(), fmt::join(ids, ", ")));
    }
    if (found.empty()) {
        return fail(
            Code::not_found,
            fmt::format("「{}」という項目はありません。R7:2-① のように版と番号で指定してください。", name),
            fmt::format("There is no item \"{}\". Name edition and number, as in R7:2-①.", name));
    }
    return found.front();
}

Command decision_command(const DraftLine& line, std::string_view decision, std::string_view concept_name,
                         std::string_view from, int64_t step) {
    Command command;
    command.action = "set";
    command.register_name = "edition_line";
    command.id = line.entry;
    command.values = {{"decision", std::string(decision)},
                      {"concept", std::string(concept_name)},
                      {"from_item", std::string(from)},
                      {"decided_step", std::to_string(step)}};
    return command;
}

std::string lower_letters(std::string_view text) {
    std::string out;
    for (char c : normalise(text)) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (c >= 'A' && c <= 'Z') {
            out += static_cast<char>(c + 32);
        } else if (letter) {
            out += c;
        } else if (!out.empty() && out.back() != '_') {
            out += '_';
        }
    }
    while (!out.empty() && out.back() == '_')
        out.pop_back();
    return out;
}

}  // namespace

std::vector<DraftLine> draft_lines(const Record& record, std::string_view edition) {
    std::vector<DraftLine> out;
    for (const registers::Entry& entry : entries_of(record, edition)) {
        if (!entry.field("replaced_step").known()) out.push_back(line_of(entry));
    }
    std::ranges::sort(out, {}, &DraftLine::place);
    return out;
}

std::vector<std::string> draft_editions(const Record& record) {
    std::set<std::string> out;
    if (auto all = record.list("edition_line")) {
        for (const registers::Entry& entry : *all)
            out.insert(entry.field("edition").text);
    }
    return {out.begin(), out.end()};
}

int64_t last_step(const Record& record, std::string_view edition) {
    int64_t out = 0;
    for (const registers::Entry& entry : entries_of(record, edition)) {
        for (const char* name : {"loaded_step", "decided_step", "replaced_step"})
            out = std::max(out, number_of(entry.field(name).text));
    }
    for (const char* other : {"edition_use", "answer_proposal"}) {
        auto all = record.list(other);
        if (!all) continue;
        for (const registers::Entry& entry : *all) {
            if (entry.field("edition").text == edition)
                out = std::max(out, number_of(entry.field("step").text));
        }
    }
    return out;
}

Result<std::string> load_edition(Record& record, const EditionFile& file, const registers::Who& who) {
    const catalog::Catalog& catalog = record.catalog();
    if (file.lines.empty()) {
        return fail(Code::refused,
                    fmt::format("{} に、チェックリストの項目として読める行がありません。", file.name),
                    fmt::format("{} has no row that can be read as an item of a checklist.", file.name));
    }
    if (file.lines.size() > most_lines) {
        return fail(Code::refused,
                    fmt::format("{} には項目に見える行が{}行あり、チェックリストとしては多すぎます。",
                                file.name, file.lines.size()),
                    fmt::format("{} has {} rows that look like items, too many for a checklist.", file.name,
                                file.lines.size()));
    }
    const Checklist* base =
        file.base.empty() ? find_base(catalog, file.edition, file.lines) : catalog.checklist(file.base);
    if (!file.base.empty() && !base) {
        return fail(Code::not_found, fmt::format("版「{}」はありません。", file.base),
                    fmt::format("There is no edition \"{}\".", file.base));
    }
    std::string step = std::to_string(last_step(record, file.edition) + 1);
    std::set<std::string> forms;
    for (const SheetLine& line : file.lines)
        forms.insert(line.form);
    std::vector<Command> commands;
    int64_t place = 0;
    for (const DraftLine& earlier : draft_lines(record, file.edition)) {
        place = std::max(place, earlier.place);
        if (!forms.contains(earlier.line.form)) continue;
        commands.push_back({"set", "edition_line", earlier.entry, 0, {{"replaced_step", step}}, {}, {}});
    }
    for (const SheetLine& line : file.lines) {
        LineProposal proposal = propose(catalog, file.edition, base, line);
        Command command;
        command.action = "add";
        command.register_name = "edition_line";
        command.values = {{"edition", file.edition},
                          {"place", std::to_string(++place)},
                          {"file", file.name},
                          {"sha256", file.sha256},
                          {"official", file.official},
                          {"sheet", line.sheet},
                          {"sheet_row", std::to_string(line.row)},
                          {"form", line.form},
                          {"section", line.section},
                          {"section_title", line.section_title},
                          {"number", line.number},
                          {"target", line.target},
                          {"target_words", line.target_words},
                          {"wording", line.text},
                          {"proposed_concept", proposal.concept_name},
                          {"proposed_item", proposal.item},
                          {"confidence", std::to_string(proposal.confidence)},
                          {"verbatim", proposal.verbatim ? "1" : "0"},
                          {"why_ja", proposal.why.ja},
                          {"why_en", proposal.why.en},
                          {"loaded_step", step}};
        commands.push_back(std::move(command));
    }
    auto applied = record.apply(commands, who);
    if (!applied) return pass(std::move(applied));
    return base ? base->edition : std::string();
}

Result<DraftLine> find_line(const Record& record, std::string_view edition, std::string_view name,
                            std::string_view form, std::string_view target) {
    std::vector<DraftLine> found;
    for (DraftLine& line : draft_lines(record, edition)) {
        bool place = name == fmt::format("L{}", line.place);
        bool number = !line.line.number.empty() && folded_number(line.line.number) == folded_number(name);
        bool fits = place || (number && (form.empty() || line.line.form == form) &&
                              (target.empty() || line.line.target == target));
        if (fits) found.push_back(std::move(line));
    }
    if (found.size() == 1) return std::move(found.front());
    if (found.empty()) {
        return fail(Code::not_found,
                    fmt::format("{}の下書きに「{}」はありません。`sonae edition show {}` で行を見られます。",
                                edition, name, edition),
                    fmt::format("The draft of {} has no \"{}\"; see `sonae edition show {}`.", edition, name,
                                edition));
    }
    std::vector<std::string> places;
    for (const DraftLine& line : found)
        places.push_back(fmt::format("L{}", line.place));
    return fail(Code::ambiguous,
                fmt::format("「{}」は{}行あります。行の名前で指定してください: {}", name, found.size(),
                            fmt::join(places, ", ")),
                fmt::format("\"{}\" occurs {} times; name the line: {}", name, found.size(),
                            fmt::join(places, ", ")));
}

Result<DraftLine> decide(Record& record, std::string_view edition, const DraftLine& line,
                         const LineDecision& decision, const registers::Who& who) {
    const catalog::Catalog& catalog = record.catalog();
    std::string concept_name = decision.concept_name;
    std::string from;
    int ways = (decision.accept ? 1 : 0) + (decision.from.empty() ? 0 : 1) + (decision.fresh ? 1 : 0) +
               (decision.ignore ? 1 : 0) + (!decision.concept_name.empty() && !decision.fresh ? 1 : 0);
    if (ways != 1) {
        return fail(Code::usage,
                    "--accept、--concept、--from、--new、--ignore のどれか一つを指定してください。",
                    "Give one of --accept, --concept, --from, --new, --ignore.");
    }
    if (decision.accept) {
        if (line.proposal.concept_name.empty()) {
            return fail(Code::refused,
                        fmt::format("L{} には提案がありません。--concept、--from、--new、--ignore "
                                    "のどれかで決めてください。",
                                    line.place),
                        fmt::format("Nothing is proposed for L{}; decide with --concept, --from, --new or "
                                    "--ignore.",
                                    line.place));
        }
        concept_name = line.proposal.concept_name;
        from = line.proposal.item;
    } else if (!decision.from.empty()) {
        auto item = earlier_item(catalog, line, edition, decision.from);
        if (!item) return pass(std::move(item));
        concept_name = (*item)->concept_name;
        from = (*item)->id;
    } else if (decision.fresh && concept_name.empty()) {
        concept_name = lower_letters(
            fmt::format("{} {} {}", edition, line.line.form,
                        line.line.number.empty() ? fmt::format("L{}", line.place) : line.line.number));
    } else if (!decision.ignore && !decision.fresh && !concept_known(catalog, concept_name)) {
        return fail(Code::not_found,
                    fmt::format("趣旨「{}」はどの版にもありません。新しい項目なら --new を付けてください。",
                                concept_name),
                    fmt::format("No edition has the concept \"{}\"; add --new for a new one.", concept_name));
    }
    Command command =
        decision_command(line, decision.ignore ? "ignored" : "item", decision.ignore ? "" : concept_name,
                         from, last_step(record, edition) + 1);
    if (!decision.number.empty()) command.values.emplace_back("number", decision.number);
    auto applied = record.apply({command}, who);
    if (!applied) return pass(std::move(applied));
    return line_of(*record.get("edition_line", line.entry));
}

Result<int64_t> accept_verbatim(Record& record, std::string_view edition, const registers::Who& who) {
    std::vector<Command> commands;
    int64_t step = last_step(record, edition) + 1;
    for (const DraftLine& line : draft_lines(record, edition)) {
        if (line.decision != Decision::open || !line.proposal.verbatim) continue;
        commands.push_back(
            decision_command(line, "item", line.proposal.concept_name, line.proposal.item, step));
    }
    if (commands.empty()) return 0;
    auto applied = record.apply(commands, who);
    if (!applied) return pass(std::move(applied));
    return static_cast<int64_t>(commands.size());
}

}  // namespace sonae::checklist
