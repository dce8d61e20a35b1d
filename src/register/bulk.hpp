// A register read once from end to end, for work that compares all of it with something: of each entry only
// the fields asked for, as views into the row. Lists and single entries are in listing.hpp and record.hpp.
//
// Everything is of the record's institution. Uses the Record's database: one thread.
#pragma once

#include "register/record.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace sonae::registers {

struct BulkValue {
    State state = State::never_asked;
    std::string_view text;  // as FieldValue::text
};

// Valid while it is visited.
struct BulkEntry {
    std::string_view id;
    int64_t version = 0;
    std::string_view label;
    std::string_view extra;         // a JSON object of texts, canonical; empty: none
    std::vector<BulkValue> values;  // in the order of the fields asked for
};

// Calls for every entry that is not retired, in no order. `visit` must not look at the record.
void each_in_bulk(const Record& record, const catalog::Register& description,
                  const std::vector<const catalog::Field*>& fields,
                  const std::function<void(const BulkEntry&)>& visit);

// Calls for the id of every entry of every register, retired ones included.
void each_id(const Record& record,
             const std::function<void(const catalog::Register&, std::string_view id, bool retired)>& visit);

}  // namespace sonae::registers
