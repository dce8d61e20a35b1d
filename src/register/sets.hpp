// The catalog's named sets, worked out once for asking many questions.
//
// A question's SQL speaks of registers, views and computed tables. Resolving each mention anew (Scope) is
// right for a single query; for a whole checklist the views nest so deep that preparing costs more than
// running. So the sets that the given SQL mentions are made as temporary tables of this institution, once and
// with the columns that are used, and the SQL runs as written. The tables are as of the moment of making and
// go with the object. One thread; one object at a time for a Record.
#pragma once

#include "register/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sonae::registers {

class Sets {
 public:
    // Makes the sets that occur in `texts`, directly or through views. Call within Database::read_only when
    // the SQL comes from catalog files; throws Failure for a view the engine does not take.
    Sets(const Record& record, const std::vector<std::string_view>& texts);
    ~Sets();
    Sets(const Sets&) = delete;
    Sets& operator=(const Sets&) = delete;

    // A statement over the sets, with :institution and :today bound where they occur.
    store::Statement prepare(std::string_view sql) const;

 private:
    void make(std::string_view name, const std::string& select, const std::vector<std::string>& indexed);

    const Record& record_;
    std::string today_;
    std::vector<std::pair<std::string, bool>> made_;  // name, is a view
};

}  // namespace sonae::registers
