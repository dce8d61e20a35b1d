// Checklist items: what the record says of them, and what a person has confirmed.
//
// A derived value comes from a question's checks (docs/catalog-format.md, "How a value is found"). A person's
// answer is an entry of the internal register `answer`; the derived value never changes it. Used by one
// thread with its Record.
#pragma once

#include "catalog/catalog.hpp"
#include "register/record.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::checklist {

enum class Value { yes, no, unknown, not_applicable };
std::string_view value_text(Value value);
std::optional<Value> value_of(std::string_view text);
// はい, いいえ, わからない, 対象外.
Words value_words(Value value);

// An entry that was found. The texts live as long as the list it stands in, and the catalog.
struct Found {
    std::string_view register_name;
    std::string_view id;
    std::string_view label;
    bool operator==(const Found&) const = default;
};

// Entries in the order of their labels; never changed once made, so that copies are free.
class FoundList {
 public:
    FoundList() = default;
    // `texts` is what the entries' texts lie in.
    FoundList(std::vector<Found> entries, std::shared_ptr<const void> texts)
        : entries_(std::make_shared<const std::vector<Found>>(std::move(entries))),
          texts_(std::move(texts)) {}

    const Found* begin() const { return entries_ ? entries_->data() : nullptr; }
    const Found* end() const { return entries_ ? entries_->data() + entries_->size() : nullptr; }
    size_t size() const { return entries_ ? entries_->size() : 0; }
    bool empty() const { return size() == 0; }
    const Found& operator[](size_t place) const { return (*entries_)[place]; }
    const Found& front() const { return entries_->front(); }
    bool operator==(const FoundList& other) const {
        return entries_ == other.entries_ || std::equal(begin(), end(), other.begin(), other.end());
    }

 private:
    std::shared_ptr<const std::vector<Found>> entries_;
    std::shared_ptr<const void> texts_;
};

struct Reason {
    std::string check;
    catalog::Effect effect = catalog::Effect::unknown;
    int64_t count = 0;
    int64_t of = 0;
    Words sentence;
    FoundList entries;
    std::string fix_register;
    std::string fix_id;
    std::string fix_field;
    bool operator==(const Reason&) const = default;
};

// What the record says of one question.
struct Derived {
    Value value = Value::unknown;
    std::vector<Reason> reasons;  // those that decide first, advice last
    FoundList support;            // the entries that support a はい
    bool operator==(const Derived&) const = default;
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
    bool operator==(const Answer&) const = default;
};

// What an answer to an earlier edition suggests for an item. It is no answer until a person confirms one.
struct Proposed {
    Value value = Value::unknown;
    std::string due;
    std::string reason;
    std::string from_edition;
    std::string from_items;  // ids, joined by a space
    std::string on;          // the day of the earlier answer, the oldest of several
    std::string by;
    bool operator==(const Proposed&) const = default;
};

struct ItemState {
    const catalog::Item* item = nullptr;
    std::optional<Derived> derived;  // nothing: a line without a question
    std::optional<Answer> answer;
    std::optional<Proposed> proposed;  // only while there is no answer
    bool differs = false;              // the record now says otherwise than the answer
    bool operator==(const ItemState&) const = default;
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
