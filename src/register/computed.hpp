// Facts computed from fields and the catalog: what a product's support dates are, which network an address
// lies in, since when a backup is overdue. Kept in projection tables, never in the history, so they follow
// the catalog. One thread.
#pragma once

#include "catalog/catalog.hpp"
#include "register/value.hpp"
#include "store/database.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sonae::registers {

class Computer {
 public:
    explicit Computer(const catalog::Catalog& catalog) : catalog_(catalog) {}

    // The columns of a function's table besides institution and id, with their SQL types.
    static std::vector<std::pair<std::string, std::string>> columns(std::string_view function);

    // The row for the fields' values (in the order of `reads`); nothing when there is none.
    std::optional<std::vector<store::Value>> row(std::string_view function,
                                                 const std::vector<FieldValue>& values);

 private:
    const catalog::Catalog& catalog_;
    // The same few texts occur in thousands of devices.
    std::map<std::pair<std::string, std::string>, std::optional<catalog::SupportMatch>> matched_;
};

}  // namespace sonae::registers
