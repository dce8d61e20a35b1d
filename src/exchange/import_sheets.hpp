// Which sheets of a file go into which register, with what their columns mean: by the caller's word, by a
// remembered mapping, else by how well a sheet fits. A row is never taken twice. Uses the Record for reading:
// one thread.
#pragma once

#include "exchange/import.hpp"
#include "exchange/import_memory.hpp"
#include "exchange/table.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::exchange {

struct ChosenSheet {
    const Table* table = nullptr;
    const catalog::Register* description = nullptr;
    Header header;
    std::vector<std::pair<const catalog::Field*, std::string>>
        values;  // set in every row without a cell for it
    std::string fingerprint;
    std::string mapping;  // the name of the remembered mapping that was used
    bool sure = true;     // fits this register better than any other
};

struct Choice {
    std::vector<ChosenSheet> sheets;  // registers that others refer to first, then in the order of the file
    std::vector<OtherSheet> others;
    std::vector<std::pair<std::string, std::string>> same;  // names of the mappings that were used
    std::vector<MappedSheet> left_out;                      // sheets that the caller leaves out
};

constexpr std::string_view any_register = "auto";

// Fails with unknown_register, unknown_field, usage, not_found (a sheet, column or mapping that is not
// there), refused (a register that Sonae writes itself) and bad_file (no sheet fits).
Result<Choice> choose_sheets(const registers::Record& record, std::string_view register_name,
                             std::string_view file_name, const Workbook& book, const ImportOptions& options);

// What to remember of this import, under a name.
Mapping mapping_of(const Choice& choice, std::string name);

}  // namespace sonae::exchange
