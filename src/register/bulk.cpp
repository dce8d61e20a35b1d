// Reading a whole register.
#include "register/bulk.hpp"

#include "base/json.hpp"
#include "register/projection.hpp"

#include <fmt/format.h>

namespace sonae::registers {

void each_in_bulk(const Record& record, const catalog::Register& description,
                  const std::vector<const catalog::Field*>& fields,
                  const std::function<void(const BulkEntry&)>& visit) {
    std::string columns = "id, version, label, extra, written, states, list_states";
    constexpr int first = 7;
    std::vector<size_t> places;  // of each field's mark in its column of states
    for (const catalog::Field* field : fields) {
        columns += ", " + field->name;
        places.push_back(static_cast<size_t>(state_place(description, *field) - 1));
    }
    auto query = record.database().prepare(
        fmt::format("SELECT {} FROM r_{} WHERE institution = :i AND retired = 0", columns, description.name));
    query.bind("i", record.institution());
    BulkEntry entry;
    entry.values.resize(fields.size());
    while (query.step()) {
        entry.id = query.text(0);
        entry.version = query.integer(1);
        entry.label = query.text(2);
        entry.extra = query.text(3);
        std::string_view states = query.text(5);
        std::string_view list_states = query.text(6);
        json::object written;
        for (size_t i = 0; i < fields.size(); i++) {
            std::string_view marks = fields[i]->filter ? list_states : states;
            BulkValue& value = entry.values[i];
            value.state = places[i] < marks.size() ? state_of_mark(marks[places[i]]) : State::never_asked;
            value.text = {};
            if (value.state == State::known) {
                value.text = query.text(first + static_cast<int>(i));
            } else if (value.state == State::unreadable) {
                if (written.empty()) {
                    if (auto parsed = parse_json(query.text(4)); parsed && parsed->is_object())
                        written = std::move(parsed->get_object());
                }
                value.text = text_at(written, fields[i]->name);
            }
        }
        visit(entry);
    }
}

void each_id(const Record& record,
             const std::function<void(const catalog::Register&, std::string_view id, bool retired)>& visit) {
    for (const catalog::Register& one : record.catalog().registers()) {
        auto query = record.database().prepare(
            fmt::format("SELECT id, retired FROM r_{} WHERE institution = :i", one.name));
        query.bind("i", record.institution());
        while (query.step())
            visit(one, query.text(0), query.integer(1) != 0);
    }
}

}  // namespace sonae::registers
