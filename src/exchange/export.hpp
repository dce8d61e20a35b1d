// Writes registers into files that people work with and that come back: XLSX with a sheet for each register,
// or CSV with one register. What stands in which column is docs/export.md; an export that is imported again
// changes nothing.
//
// The entries are read page by page and written as they come, so a register of any size takes little memory.
// The file appears at its place whole, durable and with every entry in it, or not at all.
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"
#include "exchange/csv_write.hpp"
#include "register/listing.hpp"
#include "register/record.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sonae::exchange {

enum class FileFormat { xlsx, csv };

// By the ending of a file's name; fails with usage for another than .xlsx and .csv.
Result<FileFormat> format_of(const std::filesystem::path& file);

struct ExportOptions {
    FileFormat format = FileFormat::xlsx;
    CsvEncoding encoding = CsvEncoding::utf8;
    bool replace = false;  // a file that is there already
};

// A register in the file.
struct ExportedSheet {
    std::string register_name;
    Words label;
    std::string sheet;  // as the workbook calls it; empty for CSV
    int64_t entries = 0;
    size_t columns = 0;
};

// Writes what the listings name (their pages, sorting and columns are not looked at beyond `sort`), in their
// order; CSV takes exactly one. Fails with exists (a file is there and `replace` is not set),
// unknown_register, the errors of list_page, bad_value (more than the format can hold), bad_encoding,
// refused, io, disk_full, and corrupt when the record gives other entries than it counts. Nothing is at the
// place then but what was.
Result<std::vector<ExportedSheet>> export_file(const registers::Record& record,
                                               const std::vector<registers::Listing>& listings,
                                               const std::filesystem::path& place,
                                               const ExportOptions& options);

// A listing for each register that has entries, those that Sonae itself writes last.
std::vector<registers::Listing> all_registers(const registers::Record& record);

json::array exported_json(const std::vector<ExportedSheet>& sheets);

// Begins a file beside its place, hands its sink to `work`, and puts it in place when that has succeeded.
Status write_durably(const std::filesystem::path& place, bool replace,
                     const std::function<Status(const ByteSink&)>& work);

}  // namespace sonae::exchange
