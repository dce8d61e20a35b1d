// Registers as workbooks, with the field labels as headers, so that another importer of ledgers can read
// them.
#pragma once

#include "exchange/xlsx_write.hpp"
#include "register/record.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace sonae::pack {

// The sheet of a register: id, each field, then the columns that match no field; one row for each entry, by
// label.
exchange::Sheet register_sheet(const registers::Record& record, const catalog::Register& description,
                               const std::vector<registers::Entry>& entries);

}  // namespace sonae::pack
