// How well a sheet fits each register: by its columns, and by its name (サーバ, NW機器, 事業者一覧). For
// telling which sheet of a workbook goes into which register. Thread-safe (pure functions).
#pragma once

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "exchange/import_columns.hpp"
#include "exchange/table.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::exchange {

// A register that a sheet may hold.
struct SheetFit {
    const catalog::Register* target = nullptr;
    int confidence = 0;  // 1–100; below sure_fit a person should look
    Words reason;
    // Values that the sheet's name gives to all its rows, for fields without a column: a choice's value. A
    // sheet サーバ holds devices of the kind server.
    std::vector<std::pair<const catalog::Field*, std::string>> values;
    Header header;
};

constexpr int sure_fit = 60;

// The registers in which the sheet has a header, the best first. Registers that Sonae writes itself, and
// those of a single entry, are left out.
std::vector<SheetFit> fit(const catalog::Catalog& catalog, const Table& table);

// The values that a sheet's name gives to its rows.
std::vector<std::pair<const catalog::Field*, std::string>> values_of_name(
    const catalog::Register& description, std::string_view sheet_name, const Header& header);

}  // namespace sonae::exchange
