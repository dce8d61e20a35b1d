// Drafts of editions as text and JSON.
#include "cli/edition_print.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::cli {

using checklist::Decision;
using checklist::DraftLine;
using registers::Record;

namespace {

std::string_view decision_text(Decision decision) {
    return decision == Decision::item ? "item" : decision == Decision::ignored ? "ignored" : "open";
}

// "機器の台帳 [ledger]": our short title of what a concept asks, where there is one.
std::string concept_words(const Call& call, const catalog::Catalog& catalog, const std::string& name) {
    auto question = std::ranges::find(catalog.questions(), name, &catalog::Question::concept_name);
    return question == catalog.questions().end() ? name
                                                 : fmt::format("{} [{}]", call.say(question->title), name);
}

}  // namespace

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(json::string(text));
}

json::object line_json(const DraftLine& line) {
    json::value proposal = nullptr;
    if (!line.proposal.concept_name.empty()) {
        proposal = json::object{{"concept", line.proposal.concept_name},
                                {"from", text_or_null(line.proposal.item)},
                                {"confidence", line.proposal.confidence},
                                {"verbatim", line.proposal.verbatim}};
    }
    return {{"line", fmt::format("L{}", line.place)},
            {"sheet", line.line.sheet},
            {"row", line.line.row},
            {"form", line.line.form},
            {"section", text_or_null(line.line.section)},
            {"section_title", text_or_null(line.line.section_title)},
            {"number", text_or_null(line.line.number)},
            {"target", text_or_null(line.line.target)},
            {"target_words", text_or_null(line.line.target_words)},
            {"text", line.line.text},
            {"proposal", std::move(proposal)},
            {"reason", words_json(line.proposal.why)},
            {"decision", decision_text(line.decision)},
            {"concept", text_or_null(line.concept_name)},
            {"from", text_or_null(line.from)}};
}

json::object draft_json(const Record& record, const std::string& edition) {
    json::array lines;
    int64_t open = 0;
    json::array files;
    std::string last;
    for (const DraftLine& line : checklist::draft_lines(record, edition)) {
        open += line.decision == Decision::open ? 1 : 0;
        if (line.sha256 != last) {
            last = line.sha256;
            files.push_back(json::object{
                {"name", line.file}, {"sha256", line.sha256}, {"official", text_or_null(line.official)}});
        }
        lines.push_back(line_json(line));
    }
    return {{"edition", edition}, {"files", std::move(files)}, {"open", open}, {"lines", std::move(lines)}};
}

void print_line(const Call& call, const catalog::Catalog& catalog, const DraftLine& line) {
    std::string number = line.line.number.empty() ? call.say({"番号なし", "no number"}) : line.line.number;
    call.out << fmt::format("L{} {}{}  {}\n", line.place, number,
                            line.line.target_words.empty() ? "" : " " + line.line.target_words,
                            line.line.text);
    const checklist::LineProposal& proposal = line.proposal;
    if (proposal.concept_name.empty()) {
        call.line({fmt::format("    提案なし: {}", proposal.why.ja),
                   fmt::format("    no proposal: {}", proposal.why.en)});
    } else {
        std::string from = proposal.item.empty() ? "" : " ← " + proposal.item;
        call.line({fmt::format("    提案: {}{}（確からしさ {}）{}",
                               concept_words(call, catalog, proposal.concept_name), from, proposal.confidence,
                               proposal.why.ja),
                   fmt::format("    proposed: {}{} (confidence {}) {}",
                               concept_words(call, catalog, proposal.concept_name), from, proposal.confidence,
                               proposal.why.en)});
    }
    switch (line.decision) {
        case Decision::open:
            return call.line({"    まだ確かめていません。", "    Not confirmed yet."});
        case Decision::ignored:
            return call.line({"    決定: 項目ではありません。", "    Decided: no item."});
        case Decision::item: {
            std::string from = line.from.empty() ? "" : " ← " + line.from;
            return call.line(
                {fmt::format("    決定: {}{}", concept_words(call, catalog, line.concept_name), from),
                 fmt::format("    Decided: {}{}", concept_words(call, catalog, line.concept_name), from)});
        }
    }
}

void print_draft(const Call& call, const Record& record, const std::string& edition) {
    std::string form;
    int64_t open = 0;
    for (const DraftLine& line : checklist::draft_lines(record, edition)) {
        if (line.line.form != form) {
            form = line.line.form;
            const catalog::Form* known = checklist::find_form(record.catalog(), edition, form);
            std::string official =
                line.official.empty()
                    ? call.say({"公表ファイルとしては未確認", "not known as an official file"})
                    : call.say({fmt::format("公表ファイル {} と一致", line.official),
                                fmt::format("the official file {}", line.official)});
            call.out << fmt::format("\n{} {}（{}、{}）\n", edition, known ? call.say(known->label) : form,
                                    line.file, official);
        }
        open += line.decision == Decision::open ? 1 : 0;
        print_line(call, record.catalog(), line);
    }
    call.out << '\n';
    if (open > 0) {
        call.line(
            {fmt::format("まだ確かめていない行: {}行。`sonae edition line L1 --accept` "
                         "のように一行ずつ確かめてください。",
                         open),
             fmt::format("Lines not confirmed yet: {}. Confirm each, as in `sonae edition line L1 --accept`.",
                         open)});
    } else {
        call.line(
            {fmt::format("すべての行を確かめました。`sonae edition use {}` で使い始められます。", edition),
             fmt::format("All lines are confirmed. Begin with `sonae edition use {}`.", edition)});
    }
}

}  // namespace sonae::cli
