// An edition that an institution reads from the ministry's own file: the lines as loaded, what is proposed
// for each, and what a person decided, until all are decided and the edition is taken into use.
//
// Everything is entries of the internal registers `edition_line` and `edition_use` (docs/editions.md), so the
// history and backups cover it. Each change has a step, a number that counts up within the edition; undo
// takes the latest step back. Used by one thread with its Record.
#pragma once

#include "checklist/edition_match.hpp"
#include "register/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::checklist {

enum class Decision { open, item, ignored };

struct DraftLine {
    std::string entry;  // id in register `edition_line`
    int64_t place = 0;  // its name within the edition: L7
    SheetLine line;
    std::string file;
    std::string sha256;
    std::string official;  // the official file it equals, by hash; empty: not known
    LineProposal proposal;
    Decision decision = Decision::open;
    std::string concept_name;  // decided: item
    std::string from;          // decided: id of the earlier item, or empty
};

// The lines of an edition's draft in their order, without those that a later file replaced.
std::vector<DraftLine> draft_lines(const registers::Record& record, std::string_view edition);

// The editions that have a draft, in order.
std::vector<std::string> draft_editions(const registers::Record& record);

// A file that was read.
struct EditionFile {
    std::string edition;
    std::string name;
    std::string sha256;
    std::string official;  // name of the official file with this SHA-256, or empty
    std::string base;      // the edition to look for earlier items in; empty: found by likeness
    std::vector<SheetLine> lines;
};

// Adds the lines of a file to the draft of its edition, with a proposal for each; none is decided. Lines of
// the same forms from an earlier file are replaced. Returns the edition that the proposals are from (empty:
// none). Fails with refused (no line, or more than a checklist can have), not_found (no such base).
Result<std::string> load_edition(registers::Record& record, const EditionFile& file,
                                 const registers::Who& who);

// A line of a draft as people name it: "L7", or a number with form and target where several have it. Fails
// with not_found or ambiguous.
Result<DraftLine> find_line(const registers::Record& record, std::string_view edition, std::string_view name,
                            std::string_view form, std::string_view target);

// What a person decides about a line: exactly one of the first five.
struct LineDecision {
    bool accept = false;       // exactly what is proposed
    std::string concept_name;  // an item of this concept
    std::string from;          // an item that goes on from "R7:2-①" or an id
    bool fresh = false;        // a new item, with a concept of its own
    bool ignore = false;       // no item of the checklist
    std::string number;        // the number the file shows, where it was read wrongly
};

// Records a decision. Fails with usage, not_found (concept, earlier item), ambiguous, refused (nothing is
// proposed).
Result<DraftLine> decide(registers::Record& record, std::string_view edition, const DraftLine& line,
                         const LineDecision& decision, const registers::Who& who);

// Accepts the proposals of all open lines whose words are those of a transcribed item. Returns how many.
Result<int64_t> accept_verbatim(registers::Record& record, std::string_view edition,
                                const registers::Who& who);

// The latest step of an edition, 0 when there is none.
int64_t last_step(const registers::Record& record, std::string_view edition);

}  // namespace sonae::checklist
