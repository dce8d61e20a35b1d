// Lists of a register: filtered, sorted, a page at a time, with counts of what can be chosen next. A page is
// cut by the database, so it costs the same in a register of a hundred and of a million entries where the
// register's file says `filter` of the fields asked for (docs/catalog-format.md).
//
// Everything is of the record's institution and of entries that are not retired. Uses the Record's database:
// one thread.
#pragma once

#include "register/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::registers {

// A condition on one field: any of the values, any of the states, or a day in the range.
struct Filter {
    std::string field;
    std::vector<std::string> values;  // in stored form (FieldValue::text)
    std::vector<State> states;        // known: any value
    // Dates: ISO days, months or years, both ends included; empty: open. A date that is a month or a year is
    // in the range when all its days are.
    std::string from;
    std::string to;
};

// What is listed, and how.
struct Listing {
    std::string register_name;
    std::string view;             // a view of the register, e.g. its in_use; empty: all entries
    std::vector<Filter> filters;  // all of them hold
    std::string contains;         // in the label or a key field, compared by match_key
    std::string sort;    // field or -field (descending); empty or "-": by label. Entries whose value is
                         // not known come last; equal ones are in the order of label, then id.
    int64_t limit = 0;   // entries on a page; 0: all
    std::string after;   // Page::next of the page before
    int64_t offset = 0;  // so many entries are passed over: to go to row 70,000
    bool count = false;  // fill Page::total
    std::vector<std::string> columns;  // fields to return; empty: whole entries
};

// An entry of which only some fields were asked for.
struct Row {
    std::string id;
    int64_t version = 0;
    std::string label;
    std::vector<FieldValue> values;  // in the order of Listing::columns
};

struct Page {
    std::vector<Entry> entries;    // without Listing::columns
    std::vector<Row> rows;         // with them
    std::optional<int64_t> total;  // entries of all pages
    std::string next;              // for Listing::after; empty when this is the last page
};

// Fails with unknown_register, unknown_field, not_found (view), bad_value (a range on something that is no
// date, a range that is no date, a text for `after` that is not of a page sorted like this one).
Result<Page> list_page(const Record& record, const Listing& listing);

struct Count {
    std::string value;  // in stored form
    int64_t count = 0;
};

// What one field holds under the other filters, that is, what choosing another value would show.
struct Facet {
    std::string field;
    std::vector<Count> values;  // choices in the order of the catalog, else the most frequent first
    std::vector<std::pair<State, int64_t>> states;  // those that occur, except known
};

struct Facets {
    int64_t total = 0;  // under all filters
    std::vector<Facet> facets;
};

// Counts for `fields` under the listing's view, filters and text; its sort and page are not looked at. One
// pass over the entries. Same errors as list_page.
Result<Facets> facets(const Record& record, const Listing& listing, const std::vector<std::string>& fields);

// "field=value" as a person writes it, added to `filters`: values as in read_value (an entry's name for a
// reference), `field=` never asked, `field=?` unknown, `field=-` none, `field=!` unreadable, and for dates
// `field=from..to`. Several for one field mean any of them. Fails with usage, unknown_field, bad_value, and
// not_found or ambiguous for a reference.
Status add_filter(const Record& record, const catalog::Register& description, std::string_view written,
                  std::vector<Filter>& filters);

}  // namespace sonae::registers
