// Blank tables to fill in and import: for each register the columns that the import understands by
// themselves, with the choices that may be entered, help, and filled examples on a sheet that is not
// imported. Thread-safe (pure functions, but for the file).
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "catalog/catalog.hpp"
#include "exchange/export.hpp"

#include <filesystem>
#include <string_view>

namespace sonae::exchange {

// The names of the sheets beside the one to fill in. In a workbook of several sheets the
// import passes over sheets of such names.
inline constexpr std::string_view examples_sheet = "記入例";
inline constexpr std::string_view help_sheet = "説明";

// Writes a template. XLSX: the sheet to fill in, 記入例 with the register's examples, 説明 with what each
// column means. CSV: the header alone, since a program writes the rest. Fails with unknown_register, refused
// (a register that Sonae itself writes), exists, bad_encoding, io.
Status write_template(const catalog::Catalog& catalog, std::string_view register_name,
                      const std::filesystem::path& place, const ExportOptions& options, Instant made);

}  // namespace sonae::exchange
