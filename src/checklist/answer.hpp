// Checklist items: what the record says of them, and what a person has confirmed.
//
// A derived value comes from a question's checks (docs/catalog-format.md, "How a value is found"). A person's
// answer is an entry of the internal register `answer`; the derived value never changes it. Used by one
// thread with its Record.
#pragma once

#include "catalog/catalog.hpp"
#include "register/record.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::checklist {

enum class Value { yes, no, unknown, not_applicable };
std::string_view value_text(Value value);
std::optional<Value> value_of(std::string_view text);
// はい, いいえ, わからない, 対象外.
Words value_words(Value value);

struct Found {
    std::string register_name;
    std::string id;
    std::string label;
};

struct Reason {
    std::string check;
    catalog::Effect effect = catalog::Effect::unknown;
    int64_t count = 0;
    int64_t of = 0;
    Words sentence;
    std::vector<Found> entries;
    std::string fix_register;
    std::string fix_id;
    std::string fix_field;
};

// What the record says of one question.
struct Derived {
    Value value = Value::unknown;
    std::vector<Reason> reasons;  // those that decide first, advice last
    std::vector<Found> support;   // the entries that support a はい
};

// A person's answer.
struct Answer {
    std::string entry;  // id in register `answer`
    Value value = Value::unknown;
    std::string on;   // day of the confirmation
    std::string due;  // いいえ: day it will be done by; else empty
    std::string by;
    std::string reason;
    std::string derived;  // value text frozen at the confirmation; empty when there was no question
};

struct ItemState {
    const catalog::Item* item = nullptr;
    std::optional<Derived> derived;  // nothing: a line without a question
    std::optional<Answer> answer;
    bool differs = false;  // the record now says otherwise than the answer
};

// Which form is answered: edition × form × vendor (vendor form only) × fiscal year.
struct Assessment {
    const catalog::Checklist* checklist = nullptr;
    std::string form;
    std::string vendor;
    int fiscal_year = 0;
};

// Finds the assessment for the texts of a command; empty form: the one for the institution's kind; year 0:
// the current one. Fails with not_found (edition), refused (edition not transcribed, vendor missing or not
// wanted), usage (form).
Result<Assessment> find_assessment(const registers::Record& record, std::string_view edition,
                                   std::string_view form, std::string_view vendor, int fiscal_year);

// Asks one question of the record. `target` is "server", "pc", "network" or empty.
Derived ask(const registers::Record& record, const catalog::Question& question, std::string_view target);

// All items of the assessment's form in the form's order. When the gate item's derived value is いいえ,
// nothing else is asked: the other items are 対象外 with the gate's reason.
std::vector<ItemState> answer(const registers::Record& record, const Assessment& assessment);

// Finds one item by number ("2-①", "2-1", "2-(1)") or id, and target. Fails with not_found, or ambiguous with
// the ids listed.
Result<const catalog::Item*> find_item(const Assessment& assessment, std::string_view item,
                                       std::string_view target);

// Records a person's answer. Fails with refused: いいえ without a due date, or one outside today … end of the
// fiscal year.
Result<Answer> confirm(registers::Record& record, const Assessment& assessment, const catalog::Item& item,
                       Value value, std::string_view due, std::string_view reason, const registers::Who& who);

// JSON as `answer --json` prints it.
json::object answer_json(const registers::Record& record, const Assessment& assessment,
                         const std::vector<ItemState>& items);

}  // namespace sonae::checklist
