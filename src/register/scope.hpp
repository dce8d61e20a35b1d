// The names of the catalog (registers, views, computed tables) as SQL of one institution.
//
// A question's SQL speaks of `device` and `device_used`. Here each name that occurs in it becomes a common
// table expression over the stored table, bound to :institution and without retired entries: a question can
// neither see another institution nor forget to leave out what was retired. Immutable after making;
// thread-safe.
#pragma once

#include "catalog/catalog.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::registers {

class Scope {
 public:
    explicit Scope(const catalog::Catalog& catalog);

    // The SQL with the definitions of all names it mentions in front.
    std::string resolve(std::string_view sql) const;

 private:
    std::map<std::string, std::string, std::less<>> definitions_;
};

// The words of an SQL text that may be names: outside of string literals and comments, in lower case.
std::vector<std::string> sql_names(std::string_view sql);

// The words that stand behind a table's name ("d.os" gives "os").
std::vector<std::string> sql_columns(std::string_view sql);

// The SQL with each `:name` as a text literal. The value must not contain a quote.
std::string replace_parameter(std::string_view sql, std::string_view name, std::string_view value);

}  // namespace sonae::registers
