// The catalog's named sets, worked out once for asking many questions.
//
// A question's SQL speaks of registers, views and computed tables. Resolving each mention anew (Scope) is
// right for a single query; for a whole checklist the views nest so deep that preparing costs more than
// running. So the sets that the given SQL mentions are kept as temporary tables of this institution, with the
// columns that any question uses, and the SQL runs as written. They are filled anew when anything was written
// since or the day has changed. One thread; owned by a Record.
#pragma once

#include "catalog/catalog.hpp"
#include "store/database.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::registers {

class Sets {
 public:
    Sets(const catalog::Catalog& catalog, store::Database& database, std::string institution);

    // Sees to it that the sets occurring in `texts`, directly or through views, are there and as of now.
    // Throws Failure(bad_catalog) for a view the engine does not take.
    void refresh(const std::vector<std::string_view>& texts, const std::string& today);

    // A statement over the sets, with :institution and :today bound where they occur.
    store::Statement prepare(std::string_view sql) const;

 private:
    // What a name stands for.
    struct Definition {
        std::string select;
        std::vector<std::string> indexed;
        bool own = false;   // made here, from the stored tables; else SQL of the catalog
        bool kept = false;  // copied even when it passes whole rows on
        bool view = false;  // passes whole rows on: looked through instead of copied
    };

    void need(std::string_view text);
    void make(const std::string& name);
    void fill(const std::string& name);
    void drop();
    store::Statement catalog_sql(std::string_view name, std::string_view sql) const;
    void bind(store::Statement& statement) const;

    store::Database& database_;
    std::string institution_;
    std::string today_;
    int64_t written_ = -1;  // Database::changes when the sets were filled
    std::map<std::string, Definition, std::less<>> definitions_;
    std::vector<std::string> order_;  // names that are needed, each after those it is made from
    std::set<std::string, std::less<>> needed_;
    std::set<std::string, std::less<>> seen_;  // texts whose names are in order_
    size_t made_ = 0;                          // of order_, so many exist
};

}  // namespace sonae::registers
