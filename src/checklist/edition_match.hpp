// Which item of an earlier edition a line of a new checklist file goes on from: likeness of the words, with
// the number and the target as further evidence. The same texts always give the same proposal; a person
// decides. Thread-safe (pure functions over a catalog).
#pragma once

#include "base/error.hpp"
#include "catalog/catalog.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::checklist {

// One line of a checklist as a file has it, not yet interpreted.
struct SheetLine {
    std::string sheet;
    int64_t row = 0;            // as the spreadsheet counts it
    std::string form;           // name of a form; empty: the file does not say
    std::string section;        // "2"; empty when there is none
    std::string section_title;  // as written
    std::string number;         // "2-①", "2-(1)"; empty when there is none
    std::string target;         // server, pc, network or empty
    std::string target_words;   // as written
    std::string text;           // as written, line breaks closed up
};

// What is thought of a line.
struct LineProposal {
    std::string concept_name;  // empty: nothing like it is known
    std::string item;          // id of the earlier edition's item; empty when only the concept is proposed
    int confidence = 0;        // 0–100: how like the words are
    bool verbatim = false;     // the words are those of a transcribed item
    Words why;
};

// How much of two texts' pairs of neighbouring characters is the same, 0.0 to 1.0 (Dice; compared by
// match_key).
double likeness(std::string_view a, std::string_view b);

// A number for comparing: "2-①", "2-(1)" and "２－１" are the same.
std::string folded_number(std::string_view number);

// The form of a checklist in which a form of another goes on: of the same name, else the first that is filled
// in by the same (the institution, or each vendor).
const catalog::Form* form_like(const catalog::Checklist& checklist, const catalog::Form& form);
// The first form of that name in any edition, `edition` first; null when there is none.
const catalog::Form* find_form(const catalog::Catalog& catalog, std::string_view edition,
                               std::string_view name);

// The transcribed edition before `edition` whose items the lines are most like; of equal ones the latest.
// Null when no line is like anything.
const catalog::Checklist* find_base(const catalog::Catalog& catalog, std::string_view edition,
                                    const std::vector<SheetLine>& lines);

// Proposes the concept and the earlier item of a line: among the items of `base` (may be null) and those that
// are known of the edition itself.
LineProposal propose(const catalog::Catalog& catalog, std::string_view edition,
                     const catalog::Checklist* base, const SheetLine& line);

// How alike a line must be to something known before anything is proposed.
inline constexpr double like_enough = 0.5;

}  // namespace sonae::checklist
