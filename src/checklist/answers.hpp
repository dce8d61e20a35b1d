// The answers of an assessment, kept up to date while the record changes.
//
// For a process that stays: after a change only what can have changed is asked again. The result is always
// the one that answer() gives. Belongs to one Record and to its thread, and must not outlive it.
#pragma once

#include "checklist/answer.hpp"
#include "checklist/derive.hpp"

#include <map>
#include <string>
#include <vector>

namespace sonae::checklist {

class Answers {
 public:
    // `follow`: refresh() will be called again; else what that needs is not prepared.
    Answers(const registers::Record& record, Assessment assessment, bool follow = true);

    // Goes on to the record as it is now, and to today. Returns the items that are not what they were at the
    // last call (the first time: all). What a question's SQL makes wrong is thrown as Failure(bad_catalog);
    // the next call then asks everything anew.
    std::vector<const catalog::Item*> refresh();

    // The items of the form in its order, as of the last refresh().
    const std::vector<ItemState>& items() const { return items_; }
    std::vector<ItemState> take_items() && { return std::move(items_); }
    const Assessment& assessment() const { return assessment_; }

 private:
    std::optional<Derived> closed_gate();

    const registers::Record& record_;
    Assessment assessment_;
    bool follow_;
    std::vector<const catalog::Question*> questions_;
    std::optional<Asker> asker_;
    std::optional<Derived> closed_;
    std::vector<ItemState> items_;
    int64_t generation_ = -1;  // of the asker, when items_ were made
};

using AnswersByItem = std::map<std::string, Answer, std::less<>>;

// What people have answered in an assessment, by item id.
AnswersByItem answers_of(const registers::Record& record, const Assessment& assessment);

}  // namespace sonae::checklist
