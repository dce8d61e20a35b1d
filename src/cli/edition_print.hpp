// How the edition commands show a draft and its lines.
#pragma once

#include "checklist/edition_draft.hpp"
#include "cli/command.hpp"

#include <string>

namespace sonae::cli {

// A text in JSON, null when it is empty.
json::value text_or_null(const std::string& text);

// A line, and a draft with its files and the number of open lines (docs/editions.md).
json::object line_json(const checklist::DraftLine& line);
json::object draft_json(const registers::Record& record, const std::string& edition);

// The same as text: with what is proposed, why, and what was decided.
void print_line(const Call& call, const catalog::Catalog& catalog, const checklist::DraftLine& line);
void print_draft(const Call& call, const registers::Record& record, const std::string& edition);

}  // namespace sonae::cli
