// Answers to one edition as proposals for the next. A proposal answers nothing: each item is confirmed again
// by a person (`confirm`). Used by one thread with its Record.
#pragma once

#include "checklist/answer.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::checklist {

// The proposals of an assessment, by item id.
using ProposalsByItem = std::map<std::string, Proposed, std::less<>>;
ProposalsByItem proposals_of(const registers::Record& record, const Assessment& assessment);

// What became of one item of the newer edition.
struct CarriedItem {
    enum class What {
        proposed,
        answered,
        waiting,
        nothing
    };  // answered, waiting: already; nothing: no answer
    const catalog::Item* item = nullptr;
    std::string vendor;
    What what = What::nothing;
    Proposed proposed;
};

struct Carried {
    int fiscal_year = 0;
    std::vector<CarriedItem> items;
    int64_t count(CarriedItem::What what) const;
};

// Makes a proposal of each answer to `from` for the items of `to` that go on from it: by the item's lineage,
// else by concept and target; of several answers any いいえ makes it いいえ, and different ones わからない.
// For every form and vendor the answers of their latest fiscal year (or `from_year`) are taken. Items that
// are answered, or have a proposal, are left as they are. With `from` = `to`: from items that had other
// words. Fails with not_found (edition, no answers), refused (`to` not transcribed).
Result<Carried> carry(registers::Record& record, std::string_view from, std::string_view to, int from_year,
                      int year, const registers::Who& who);

}  // namespace sonae::checklist
