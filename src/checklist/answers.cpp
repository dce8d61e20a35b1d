// Asks the items of an assessment, all of them or those that can have changed.
#include "checklist/answers.hpp"

#include "checklist/edition_carry.hpp"

#include <utility>

namespace sonae::checklist {

Answers::Answers(const registers::Record& record, Assessment assessment, bool follow)
    : record_(record), assessment_(std::move(assessment)), follow_(follow) {
    for (const catalog::Item& item : assessment_.checklist->items) {
        if (item.form != assessment_.form) continue;
        items_.emplace_back().item = &item;
        if (!item.question.empty()) questions_.push_back(record.catalog().question(item.question));
    }
}

// The form's gate says that nothing else is asked.
std::optional<Derived> Answers::closed_gate() {
    for (const ItemState& state : items_) {
        const catalog::Item& item = *state.item;
        if (!item.gate) continue;
        if (item.question.empty()) return std::nullopt;
        Derived out = asker_->ask(*record_.catalog().question(item.question), item.target);
        if (out.value != Value::no) return std::nullopt;
        out.value = Value::not_applicable;
        out.support = {};
        std::erase_if(out.reasons, [](const Reason& reason) { return reason.effect != catalog::Effect::no; });
        for (Reason& reason : out.reasons)
            reason.effect = catalog::Effect::not_applicable;
        return out;
    }
    return std::nullopt;
}

std::vector<const catalog::Item*> Answers::refresh() {
    bool first = generation_ < 0;
    if (!asker_) {
        asker_.emplace(record_, questions_, follow_);
    } else {
        asker_->refresh();
    }
    auto said = answers_of(record_, assessment_);
    auto proposed = proposals_of(record_, assessment_);
    std::optional<Derived> closed = closed_gate();
    bool gate_moved = first || closed.has_value() != closed_.has_value();
    std::vector<const catalog::Item*> changed;
    for (ItemState& state : items_) {
        const catalog::Item& item = *state.item;
        ItemState now;
        now.item = &item;
        if (!item.question.empty()) {
            const catalog::Question& question = *record_.catalog().question(item.question);
            if (closed && !item.gate) {
                now.derived = closed;
            } else if (!gate_moved && asker_->unchanged(question, item.target, generation_)) {
                now.derived = std::move(state.derived);
                state.derived = now.derived;
            } else {
                now.derived = asker_->ask(question, item.target);
            }
        }
        if (auto found = said.find(item.id); found != said.end()) {
            now.answer = std::move(found->second);
            now.differs = now.derived && now.derived->value != now.answer->value;
        } else if (auto suggestion = proposed.find(item.id); suggestion != proposed.end()) {
            now.proposed = std::move(suggestion->second);
        }
        if (!first && now == state) continue;
        changed.push_back(&item);
        state = std::move(now);
    }
    closed_ = std::move(closed);
    generation_ = asker_->generation();
    return changed;
}

AnswersByItem answers_of(const registers::Record& record, const Assessment& assessment) {
    AnswersByItem out;
    auto query = record.database().prepare(
        "SELECT id, item, value, confirmed_on, due, updated_by, reason, derived FROM r_answer"
        " WHERE institution = :institution AND retired = 0 AND edition = :edition AND form = :form"
        " AND fiscal_year = :year AND COALESCE(vendor, '') = :vendor");
    query.bind("institution", record.institution());
    query.bind("edition", assessment.checklist->edition).bind("form", assessment.form);
    query.bind("year", int64_t{assessment.fiscal_year}).bind("vendor", assessment.vendor);
    while (query.step()) {
        Answer answer;
        answer.entry = query.text(0);
        answer.value = value_of(query.text(2)).value_or(Value::unknown);
        answer.on = query.text(3);
        answer.due = query.text(4);
        answer.by = query.text(5);
        answer.reason = query.text(6);
        answer.derived = query.text(7);
        out[std::string(query.text(1))] = std::move(answer);
    }
    return out;
}

Derived ask(const registers::Record& record, const catalog::Question& question, std::string_view target) {
    return Asker(record, {&question}, false).ask(question, target);
}

std::vector<ItemState> answer(const registers::Record& record, const Assessment& assessment) {
    Answers answers(record, assessment, false);
    answers.refresh();
    return std::move(answers).take_items();
}

}  // namespace sonae::checklist
