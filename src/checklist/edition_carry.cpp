// Carries answers over to another edition.
#include "checklist/edition_carry.hpp"

#include "base/text.hpp"
#include "checklist/answers.hpp"
#include "checklist/edition_draft.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace sonae::checklist {

namespace {

using catalog::Checklist;
using catalog::Item;
using registers::Record;

// The assessments of an edition that have answers: for each form and vendor the latest year, or the given
// one.
std::vector<Assessment> answered(const Record& record, const Checklist& from, int year) {
    auto query = record.database().prepare(
        "SELECT form, COALESCE(vendor, ''), max(fiscal_year) FROM r_answer"
        " WHERE institution = :institution AND retired = 0 AND edition = :edition"
        " AND (:year = 0 OR fiscal_year = :year) GROUP BY form, COALESCE(vendor, '') ORDER BY 1, 2");
    query.bind("institution", record.institution()).bind("edition", from.edition);
    query.bind("year", int64_t{year});
    std::vector<Assessment> out;
    while (query.step()) {
        Assessment one;
        one.checklist = &from;
        one.form = query.text(0);
        one.vendor = query.text(1);
        one.fiscal_year = static_cast<int>(query.integer(2));
        out.push_back(std::move(one));
    }
    return out;
}

// The earlier items whose answers speak for an item, of those that were answered.
std::vector<std::string> sources(const Item& item, const Checklist& from, const Assessment& earlier,
                                 const AnswersByItem& answers) {
    std::vector<std::string> out;
    for (const std::string& id : item.lineage) {
        if (answers.contains(id)) out.push_back(id);
    }
    bool named = std::ranges::any_of(item.lineage, [&](const std::string& id) { return from.item(id); });
    if (!out.empty() || named) return out;
    bool same_target = false;
    for (bool exact : {true, false}) {
        for (const Item& other : from.items) {
            bool fits = other.form == earlier.form && other.concept_name == item.concept_name &&
                        other.id != item.id && (!exact || other.target == item.target);
            if (!fits) continue;
            same_target = exact;
            if (answers.contains(other.id)) out.push_back(other.id);
        }
        if (same_target || !out.empty()) break;
    }
    return out;
}

void join(std::string& to, const std::string& text, const char* between) {
    if (text.empty() || to.find(text) != std::string::npos) return;
    to += (to.empty() ? "" : between) + text;
}

Proposed merge(const std::vector<std::string>& ids, const AnswersByItem& answers,
               const std::string& edition) {
    Proposed out;
    out.from_edition = edition;
    std::set<Value> values;
    for (const std::string& id : ids) {
        const Answer& one = answers.find(id)->second;
        values.insert(one.value);
        out.from_items += (out.from_items.empty() ? "" : " ") + id;
        if (out.on.empty() || one.on < out.on) out.on = one.on;
        if (!one.due.empty() && (out.due.empty() || one.due < out.due)) out.due = one.due;
        join(out.reason, one.reason, "、");
        join(out.by, one.by, "、");
    }
    out.value = values.size() == 1           ? *values.begin()
                : values.contains(Value::no) ? Value::no
                                             : Value::unknown;
    return out;
}

registers::Command proposal_command(const Assessment& to, const Item& item, const Proposed& one,
                                    int64_t step) {
    registers::Command out;
    out.action = "add";
    out.register_name = "answer_proposal";
    out.values = {{"edition", to.checklist->edition},
                  {"form", to.form},
                  {"vendor", to.vendor},
                  {"fiscal_year", std::to_string(to.fiscal_year)},
                  {"item", item.id},
                  {"value", std::string(value_text(one.value))},
                  {"due", one.due},
                  {"reason", one.reason},
                  {"from_edition", one.from_edition},
                  {"from_items", one.from_items},
                  {"answered_on", one.on},
                  {"answered_by", one.by},
                  {"step", std::to_string(step)}};
    return out;
}

}  // namespace

int64_t Carried::count(CarriedItem::What what) const {
    return std::ranges::count(items, what, &CarriedItem::what);
}

ProposalsByItem proposals_of(const Record& record, const Assessment& assessment) {
    ProposalsByItem out;
    auto query = record.database().prepare(
        "SELECT item, value, due, reason, from_edition, from_items, answered_on, answered_by"
        " FROM r_answer_proposal"
        " WHERE institution = :institution AND retired = 0 AND edition = :edition AND form = :form"
        " AND fiscal_year = :year AND COALESCE(vendor, '') = :vendor");
    query.bind("institution", record.institution());
    query.bind("edition", assessment.checklist->edition).bind("form", assessment.form);
    query.bind("year", int64_t{assessment.fiscal_year}).bind("vendor", assessment.vendor);
    while (query.step()) {
        Proposed one;
        one.value = value_of(query.text(1)).value_or(Value::unknown);
        one.due = query.text(2);
        one.reason = query.text(3);
        one.from_edition = query.text(4);
        one.from_items = query.text(5);
        one.on = query.text(6);
        one.by = query.text(7);
        out[std::string(query.text(0))] = std::move(one);
    }
    return out;
}

Result<Carried> carry(Record& record, std::string_view from, std::string_view to, int from_year, int year,
                      const registers::Who& who) {
    const Checklist* earlier = record.catalog().checklist(from);
    const Checklist* newer = record.catalog().checklist(to);
    if (!earlier || !newer) {
        std::string_view missing = earlier ? to : from;
        return fail(Code::not_found, fmt::format("版「{}」はありません。", missing),
                    fmt::format("There is no edition \"{}\".", missing));
    }
    if (!newer->transcribed) {
        return fail(
            Code::refused,
            fmt::format("{}はまだ使えません。先に `sonae edition use {}` で使い始めてください。", to, to),
            fmt::format("{} is not in use yet; begin with `sonae edition use {}`.", to, to));
    }
    std::vector<Assessment> given = answered(record, *earlier, from_year);
    if (given.empty()) {
        return fail(Code::not_found, fmt::format("{}の回答がないため、引き継ぐものがありません。", from),
                    fmt::format("There are no answers to {} to carry over.", from));
    }
    Carried out;
    out.fiscal_year = year == 0 ? record.today().fiscal_year() : year;
    int64_t step = last_step(record, to) + 1;
    std::vector<registers::Command> commands;
    std::set<std::tuple<std::string, std::string, std::string>> done;  // form, vendor, item
    for (const Assessment& one : given) {
        const catalog::Form* form = earlier->form(one.form);
        const catalog::Form* next = form ? form_like(*newer, *form) : nullptr;
        if (!next) continue;
        Assessment target;
        target.checklist = newer;
        target.form = next->name;
        target.vendor = one.vendor;
        target.fiscal_year = out.fiscal_year;
        AnswersByItem answers = answers_of(record, one);
        AnswersByItem already = answers_of(record, target);
        ProposalsByItem waiting = proposals_of(record, target);
        for (const Item& item : newer->items) {
            if (item.form != target.form) continue;
            std::vector<std::string> ids = sources(item, *earlier, one, answers);
            CarriedItem carried;
            carried.item = &item;
            carried.vendor = one.vendor;
            if (already.contains(item.id)) {
                carried.what = CarriedItem::What::answered;
            } else if (waiting.contains(item.id)) {
                carried.what = CarriedItem::What::waiting;
            } else if (!ids.empty() && done.insert({target.form, one.vendor, item.id}).second) {
                carried.what = CarriedItem::What::proposed;
                carried.proposed = merge(ids, answers, earlier->edition);
                commands.push_back(proposal_command(target, item, carried.proposed, step));
            }
            out.items.push_back(std::move(carried));
        }
    }
    if (!commands.empty()) {
        auto applied = record.apply(commands, who);
        if (!applied) return pass(std::move(applied));
    }
    return out;
}

}  // namespace sonae::checklist
