// Listings as SQL. Values, days and texts are always bound; only names that the catalog has checked are
// written into the text.
#include "register/listing.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "register/projection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

using catalog::Field;
using catalog::Register;
using catalog::Type;

// SQL under construction, with the values to bind.
struct Query {
    std::string text;
    std::vector<store::Value> values;

    std::string bound(store::Value value) {
        values.push_back(std::move(value));
        return fmt::format(":v{}", values.size());
    }
};

store::Statement prepared(const Record& record, const Query& query) {
    auto statement = record.scoped(query.text);
    for (size_t i = 0; i < query.values.size(); i++)
        statement.bind_value(fmt::format("v{}", i + 1), query.values[i]);
    return statement;
}

tl::unexpected<Error> no_field(const Register& description, std::string_view name) {
    return fail(Code::unknown_field,
                fmt::format("台帳「{}」に項目「{}」はありません。`sonae list {} --fields` "
                            "で項目を確かめてください。",
                            description.label.ja, name, description.name),
                fmt::format("The register {} has no field \"{}\". See `sonae list {} --fields`.",
                            description.name, name, description.name));
}

// ---- views ----------------------------------------------------------------------------------------------

// The words of an SQL text outside of brackets, string literals and comments, commas and stars among them.
std::vector<std::string> top_words(std::string_view sql) {
    std::vector<std::string> out;
    int depth = 0;
    auto word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.';
    };
    for (size_t i = 0; i < sql.size();) {
        size_t end = i + 1;
        if (sql[i] == '\'') {
            end = std::min(sql.find('\'', i + 1), sql.size() - 1) + 1;
        } else if (sql.substr(i, 2) == "--") {
            end = std::min(sql.find('\n', i), sql.size());
        } else if (sql[i] == '(') {
            depth++;
        } else if (sql[i] == ')') {
            depth--;
        } else if (word(sql[i])) {
            while (end < sql.size() && word(sql[end]))
                end++;
            if (depth == 0) {
                std::string& taken = out.emplace_back(sql.substr(i, end - i));
                if (sql.substr(end, 1) == "*") taken += '*';  // d.*
                for (char& c : taken)
                    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            }
        } else if (depth == 0 && (sql[i] == ',' || sql[i] == '*')) {
            out.emplace_back(1, sql[i]);
        }
        i = end;
    }
    return out;
}

// Whether a view passes the rows of its register on, whole and each at most once, directly or through views
// that do: then a list reads the register's own table through it.
bool passes_rows_on(const Register& description, std::string_view name) {
    if (name == description.name) return true;
    auto view = std::ranges::find(description.views, name, &catalog::View::name);
    if (view == description.views.end()) return false;
    std::vector<std::string> words = top_words(view->sql);
    auto from = std::ranges::find(words, "from");
    if (words.empty() || words.front() != "select" || words.end() - from < 2) return false;
    auto where = std::find(from, words.end(), "where");
    bool whole = std::any_of(words.begin(), from, [](const std::string& one) { return one.ends_with('*'); });
    // FROM name, FROM name alias or FROM name AS alias; nothing after WHERE that groups or joins rows.
    bool one_table = where - from == 2 || (where - from == 3 && *(from + 2) != ",") ||
                     (where - from == 4 && *(from + 2) == "as");
    bool plain = std::ranges::none_of(words, [](const std::string& one) {
        return one == "group" || one == "union" || one == "intersect" || one == "except" || one == "limit" ||
               one == "join" || one == "window" || one == "having";
    });
    return whole && one_table && plain && passes_rows_on(description, *(from + 1));
}

// ---- conditions -----------------------------------------------------------------------------------------

// The first day of a range so that plain comparison of texts is right for months and years too: 2018-12 lies
// within what begins on 2018-12-01, and 2018 within what begins on 2018-01-01.
std::string range_start(const Date& date) {
    std::string day = date.first_day().iso();
    if (day.ends_with("-01")) day.resize(7);
    if (day.ends_with("-01")) day.resize(4);
    return day;
}

Result<std::string> condition(Query& query, const Register& description, const Filter& filter) {
    const Field* field = description.field(filter.field);
    if (!field) return no_field(description, filter.field);
    std::vector<std::string> any;
    if (!filter.values.empty()) {
        std::string values;
        for (const std::string& value : filter.values) {
            bool number = field->type == Type::integer || field->type == Type::boolean;
            int64_t integer = 0;
            if (number) {
                auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), integer);
                if (error != std::errc() || end != value.data() + value.size()) {
                    return fail(Code::bad_value, fmt::format("「{}」は数ではありません。", value),
                                fmt::format("\"{}\" is not a number.", value));
                }
            }
            values += values.empty() ? "" : ", ";
            values += query.bound(number ? store::Value(integer) : store::Value(value));
        }
        if (field->many) {
            any.push_back(fmt::format("e.id IN (SELECT m.id FROM {}_{} m WHERE m.value IN ({}))",
                                      description.name, field->name, values));
        } else if (filter.values.size() == 1) {
            any.push_back(fmt::format("e.{} = {}", field->name, values));
        } else {
            any.push_back(fmt::format("e.{} IN ({})", field->name, values));
        }
    }
    for (State state : filter.states)
        any.push_back(fmt::format("{} = '{}'", state_mark_sql(description, *field), state_mark(state)));
    if (!filter.from.empty() || !filter.to.empty()) {
        auto from = Date::parse_iso(filter.from);
        auto to = Date::parse_iso(filter.to);
        if (field->type != Type::date || (!from && !filter.from.empty()) || (!to && !filter.to.empty())) {
            return fail(Code::bad_value,
                        fmt::format("「{}」を {}..{} の範囲で絞り込めません。日付の項目に、2025-04-01 "
                                    "のような日付を指定してください。",
                                    field->label.ja, filter.from, filter.to),
                        fmt::format("{} cannot be filtered by {}..{}. Give dates such as 2025-04-01 for a "
                                    "field that is a date.",
                                    field->name, filter.from, filter.to));
        }
        std::string range;
        if (from) range = fmt::format("e.{} >= {}", field->name, query.bound(range_start(*from)));
        if (to) {
            range += fmt::format("{}e.{}_last <= {}", from ? " AND " : "", field->name,
                                 query.bound(to->last_day().iso()));
        }
        any.push_back(from && to ? "(" + range + ")" : range);
    }
    if (any.empty()) return std::string("1 = 1");
    return any.size() == 1 ? any.front() : fmt::format("({})", fmt::join(any, " OR "));
}

// Whether a view has the ids of entries; a few are of something else.
bool names_entries(const Record& record, const std::string& view) {
    auto shape = record.scoped(fmt::format("SELECT * FROM {} v", view));
    for (int i = 0; i < shape.columns(); i++) {
        if (shape.column_name(i) == "id") return true;
    }
    return false;
}

// What is listed: FROM … WHERE …, without the filters on `except`.
Result<std::string> source(const Record& record, Query& query, const Register& description,
                           const Listing& listing, const std::vector<std::string>& except = {}) {
    std::string from = "r_" + description.name;
    std::string where = " WHERE e.institution = :institution AND e.retired = 0";
    auto also = [&](const std::string& text) { where += " AND " + text; };
    if (!listing.view.empty()) {
        bool known = std::ranges::find(description.views, listing.view, &catalog::View::name) !=
                     description.views.end();
        bool passes = known && passes_rows_on(description, listing.view);
        if (!known || (!passes && !names_entries(record, listing.view))) {
            return fail(Code::not_found,
                        fmt::format("台帳「{}」に一覧できるビュー「{}」はありません。", description.label.ja,
                                    listing.view),
                        fmt::format("The register {} has no view \"{}\" that can be listed.",
                                    description.name, listing.view));
        }
        if (passes) {
            from = listing.view;
        } else {
            also(fmt::format("e.id IN (SELECT v.id FROM {} v)", listing.view));
        }
    }
    for (const Filter& filter : listing.filters) {
        if (std::ranges::find(except, filter.field) != except.end()) continue;
        auto text = condition(query, description, filter);
        if (!text) return text;
        also(*text);
    }
    // No folded text has a character that LIKE takes for a pattern: they are punctuation.
    if (std::string text = match_key(listing.contains); !text.empty()) {
        also("e.label_search LIKE " + query.bound("%" + text + "%"));
    }
    return fmt::format(" FROM {} e{}", from, where);
}

// ---- order ----------------------------------------------------------------------------------------------

struct Order {
    const Field* field = nullptr;  // none: by label
    bool descending = false;
    std::string value;  // SQL of what is compared first; empty when by label
    std::string name;   // as asked for
};

Result<Order> order_of(const Register& description, const std::string& sort) {
    Order order;
    std::string_view name = sort;
    if (name.starts_with('-')) {
        order.descending = true;
        name.remove_prefix(1);
    }
    order.name = sort;
    if (name.empty() || name == "label") return order;
    order.field = description.field(name);
    if (!order.field) return no_field(description, name);
    order.value = fmt::format("e.{}", name);
    if (order.field->many) return order;
    if (order.field->type == Type::choice) {
        // As the catalog lists them, which is how people see them.
        order.value = fmt::format("CASE e.{}", name);
        for (size_t i = 0; i < order.field->choices.size(); i++)
            order.value += fmt::format(" WHEN '{}' THEN {}", order.field->choices[i].value, i);
        order.value += " END";
    } else if (order.field->type == Type::reference) {
        order.value =
            fmt::format("(SELECT x.label_order FROM {} x WHERE x.id = e.{})", order.field->references, name);
    }
    return order;
}

std::string order_sql(const Order& order) {
    const char* direction = order.descending ? " DESC" : "";
    if (!order.field) return fmt::format(" ORDER BY e.label_order{0}, e.id{0}", direction);
    return fmt::format(" ORDER BY {0}{1} NULLS LAST, e.label_order, e.id", order.value, direction);
}

// A cursor is the last row of a page: where it stands in the order. Opaque to everybody else.
std::string cursor_of(const std::string& register_name, const Order& order, const store::Value& value,
                      std::string_view label, std::string_view id) {
    json::value compared;
    if (const auto* text = std::get_if<std::string>(&value)) compared = *text;
    if (const auto* number = std::get_if<int64_t>(&value)) compared = *number;
    return hex(canonical(json::array{register_name, order.name, compared, label, id}));
}

// What comes after a cursor, as a condition.
Result<std::string> after_cursor(Query& query, const std::string& register_name, const Order& order,
                                 const std::string& cursor) {
    auto text = from_hex(cursor);
    auto parsed = text ? parse_json(*text) : Result<json::value>(json::value());
    const json::array* parts = parsed ? parsed->if_array() : nullptr;
    if (!parts || parts->size() != 5 || parts->at(0) != json::value(register_name) ||
        parts->at(1) != json::value(order.name) || !parts->at(3).is_string() || !parts->at(4).is_string()) {
        return fail(Code::bad_value,
                    "続きの位置が、この並べ方の一覧のものではありません。最初のページから始めてください。",
                    "This is not the place of a page in a list sorted like this one. Start with the first "
                    "page.");
    }
    std::string label = query.bound(std::string(view(parts->at(3).as_string())));
    std::string id = query.bound(std::string(view(parts->at(4).as_string())));
    const char* sign = order.descending ? "<" : ">";
    if (!order.field) return fmt::format("(e.label_order, e.id) {} ({}, {})", sign, label, id);
    std::string tie = fmt::format("(e.label_order, e.id) > ({}, {})", label, id);
    const json::value& compared = parts->at(2);
    if (compared.is_null()) return fmt::format("({} IS NULL AND {})", order.value, tie);
    std::string value =
        query.bound(compared.is_string() ? store::Value(std::string(view(compared.as_string())))
                                         : store::Value(compared.is_int64() ? compared.as_int64() : 0));
    return fmt::format("({0} {1} {2} OR ({0} = {2} AND {3}) OR {0} IS NULL)", order.value, sign, value, tie);
}

// The columns of a Row; the fields stand behind them.
constexpr const char* row_columns = "e.id, e.version, e.label, e.written, e.states, e.list_states";
constexpr int row_width = 6;

// `places`: where the state of each field stands.
Row row_of(const store::Statement& found, const std::vector<const Field*>& fields,
           const std::vector<size_t>& places) {
    Row row;
    row.id = found.text(0);
    row.version = found.integer(1);
    row.label = found.text(2);
    std::string_view states = found.text(4);
    std::string_view list_states = found.text(5);
    row.values.resize(fields.size());
    for (size_t i = 0; i < fields.size(); i++) {
        std::string_view marks = fields[i]->filter ? list_states : states;
        FieldValue& value = row.values[i];
        if (places[i] < marks.size()) value.state = state_of_mark(marks[places[i]]);
        if (value.state == State::known) {
            value.text = found.text(row_width + static_cast<int>(i));
        } else if (value.state == State::unreadable) {
            auto written = parse_json(found.text(3));
            if (written && written->is_object()) {
                value.text = text_at(written->get_object(), fields[i]->name);
            }
        }
    }
    return row;
}

const Register* find_register(const Record& record, const std::string& name) {
    return record.catalog().find_register(name);
}

tl::unexpected<Error> no_register(std::string_view name) {
    return fail(Code::unknown_register, fmt::format("台帳「{}」はありません。", name),
                fmt::format("There is no register \"{}\".", name));
}

}  // namespace

Result<Page> list_page(const Record& record, const Listing& listing) {
    const Register* found = find_register(record, listing.register_name);
    if (!found) return no_register(listing.register_name);
    const Register& description = *found;
    auto order = order_of(description, listing.sort);
    if (!order) return pass(std::move(order));
    std::vector<const Field*> fields;
    for (const std::string& name : listing.columns) {
        fields.push_back(description.field(name));
        if (!fields.back()) return no_field(description, name);
    }

    Page page;
    if (listing.count) {
        Query query;
        auto from = source(record, query, description, listing);
        if (!from) return pass(std::move(from));
        query.text = "SELECT count(*)" + *from;
        auto statement = prepared(record, query);
        statement.step();
        page.total = statement.integer(0);
        statement.reset();
    }

    Query query;
    auto from = source(record, query, description, listing);
    if (!from) return pass(std::move(from));
    std::string columns = fields.empty() ? entry_columns(description) : row_columns;
    for (const Field* field : fields)
        columns += ", e." + field->name;
    query.text = fmt::format("SELECT {}, e.label_order, {}{}", columns,
                             order->field ? order->value : std::string("NULL"), *from);
    if (!listing.after.empty()) {
        auto after = after_cursor(query, description.name, *order, listing.after);
        if (!after) return pass(std::move(after));
        query.text += " AND " + *after;
    }
    query.text += order_sql(*order);
    // One more than the page tells whether there is a next one.
    if (listing.limit > 0) query.text += " LIMIT " + query.bound(listing.limit + 1);
    if (listing.offset > 0) {
        // An offset needs a limit before it; a negative one is none.
        if (listing.limit <= 0) query.text += " LIMIT -1";
        query.text += " OFFSET " + query.bound(listing.offset);
    }

    auto statement = prepared(record, query);
    std::string next;
    int behind = fields.empty() ? entry_width(description) : row_width + static_cast<int>(fields.size());
    auto size = static_cast<size_t>(listing.limit);
    std::vector<size_t> places;
    for (const Field* field : fields)
        places.push_back(static_cast<size_t>(state_place(description, *field) - 1));
    if (!fields.empty()) page.rows.reserve(size);
    while (statement.step()) {
        size_t shown = page.entries.size() + page.rows.size();
        if (size > 0 && shown == size) {
            // The row beyond the page: the page's last one is not the last of all.
            page.next = std::move(next);
            statement.reset();
            break;
        }
        if (fields.empty()) {
            page.entries.push_back(entry_of(description, statement));
        } else {
            page.rows.push_back(row_of(statement, fields, places));
        }
        if (shown + 1 == size) {
            const std::string& id = fields.empty() ? page.entries.back().id : page.rows.back().id;
            next =
                cursor_of(description.name, *order, statement.value(behind + 1), statement.text(behind), id);
        }
    }
    return page;
}

Result<Facets> facets(const Record& record, const Listing& listing, const std::vector<std::string>& names) {
    const Register* found = find_register(record, listing.register_name);
    if (!found) return no_register(listing.register_name);
    const Register& description = *found;
    std::vector<const Field*> fields;
    for (const std::string& name : names) {
        fields.push_back(description.field(name));
        if (!fields.back()) return no_field(description, name);
    }

    // One pass: the filters on the counted fields are read as columns, so that an entry which fails only the
    // filter of one field still counts for that field.
    Query query;
    std::string columns;
    std::vector<size_t> filtered;  // the field each filter column belongs to
    for (const Field* field : fields) {
        // A field of several values is counted below; here its state.
        columns +=
            fmt::format("{}{}, {}", columns.empty() ? "" : ", ", field->many ? "NULL" : "e." + field->name,
                        state_mark_sql(description, *field));
    }
    for (const Filter& filter : listing.filters) {
        auto place = std::ranges::find(names, filter.field);
        if (place == names.end()) continue;
        auto text = condition(query, description, filter);
        if (!text) return pass(std::move(text));
        columns += fmt::format(", {}", *text);
        filtered.push_back(static_cast<size_t>(place - names.begin()));
    }
    auto from = source(record, query, description, listing, names);
    if (!from) return pass(std::move(from));
    query.text = fmt::format("SELECT {}{}", columns.empty() ? "1" : columns, *from);

    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    std::vector<std::unordered_map<std::string, int64_t, Hash, std::equal_to<>>> counts(fields.size());
    std::vector<std::array<int64_t, 5>> states(fields.size());
    Facets out;
    auto statement = prepared(record, query);
    while (statement.step()) {
        size_t failing = fields.size();  // the one field whose filter the entry fails
        bool out_of_all = false;
        for (size_t i = 0; i < filtered.size(); i++) {
            if (statement.integer(static_cast<int>(2 * fields.size() + i)) != 0) continue;
            out_of_all = out_of_all || (failing != fields.size() && failing != filtered[i]);
            failing = filtered[i];
        }
        if (out_of_all) continue;
        if (failing == fields.size()) out.total++;
        for (size_t i = 0; i < fields.size(); i++) {
            if (failing != fields.size() && failing != i) continue;
            int column = 2 * static_cast<int>(i);
            std::string_view mark = statement.text(column + 1);
            State state = mark.empty() ? State::never_asked : state_of_mark(mark.front());
            states[i].at(static_cast<size_t>(state))++;
            if (state != State::known || fields[i]->many) continue;
            std::string_view value = statement.text(column);
            auto place = counts[i].find(value);
            if (place == counts[i].end()) place = counts[i].emplace(std::string(value), 0).first;
            place->second++;
        }
    }

    for (size_t i = 0; i < fields.size(); i++) {
        const Field& field = *fields[i];
        if (field.many) {
            Query several;
            Listing others = listing;
            std::erase_if(others.filters, [&](const Filter& filter) { return filter.field == field.name; });
            auto of = source(record, several, description, others);
            if (!of) return pass(std::move(of));
            several.text = fmt::format(
                "SELECT m.value, count(*) FROM {}_{} m WHERE m.id IN (SELECT e.id{}) GROUP BY "
                "m.value",
                description.name, field.name, *of);
            auto values = prepared(record, several);
            while (values.step())
                counts[i][std::string(values.text(0))] = values.integer(1);
        }
        Facet& facet = out.facets.emplace_back();
        facet.field = field.name;
        for (auto& [value, count] : counts[i])
            facet.values.push_back({value, count});
        std::ranges::sort(facet.values, [&](const Count& a, const Count& b) {
            const catalog::Choice* first = field.choice(a.value);
            const catalog::Choice* second = field.choice(b.value);
            if (first && second) return first < second;
            if (a.count != b.count) return a.count > b.count;
            return a.value < b.value;
        });
        for (State state : {State::never_asked, State::unknown, State::none, State::unreadable}) {
            int64_t count = states[i].at(static_cast<size_t>(state));
            if (count > 0) facet.states.emplace_back(state, count);
        }
    }
    return out;
}

Status add_filter(const Record& record, const Register& description, std::string_view written,
                  std::vector<Filter>& filters) {
    size_t equals = written.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return fail(Code::usage, fmt::format("「{}」は field=value の形ではありません。", written),
                    fmt::format("\"{}\" is not of the form field=value.", written));
    }
    std::string name(written.substr(0, equals));
    std::string_view text = written.substr(equals + 1);
    const Field* field = description.field(name);
    if (!field) return no_field(description, name);
    auto filter = std::ranges::find(filters, name, &Filter::field);
    if (filter == filters.end()) {
        filters.push_back({name, {}, {}, {}, {}});
        filter = std::prev(filters.end());
    }
    if (text == "!") {
        filter->states.push_back(State::unreadable);
        return {};
    }
    if (size_t dots = text.find(".."); field->type == Type::date && dots != std::string_view::npos) {
        auto read = [](std::string_view part) {
            auto date = Date::parse(part);
            return date ? date->iso() : std::string(part);
        };
        if (!filter->from.empty() || !filter->to.empty()) {
            return fail(Code::usage, fmt::format("「{}」の範囲は一つだけ指定できます。", name),
                        fmt::format("Give one range for {} only.", name));
        }
        filter->from = read(text.substr(0, dots));
        filter->to = read(text.substr(dots + 2));
        return {};
    }
    FieldValue value = read_value(*field, text);
    if (value.state == State::unreadable) {
        return fail(Code::bad_value,
                    fmt::format("「{}」は「{}」の値として読めません。", text, field->label.ja),
                    fmt::format("\"{}\" cannot be read as a value of {}.", text, name));
    }
    if (!value.known()) {
        filter->states.push_back(value.state);
        return {};
    }
    if (field->type == Type::reference) {
        auto entry = record.find(field->references, value.text);
        if (!entry) return pass(std::move(entry));
        filter->values.push_back(entry->id);
    } else if (field->many) {
        for (std::string& one : split(value.text, " "))
            filter->values.push_back(std::move(one));
    } else {
        filter->values.push_back(value.text);
    }
    return {};
}

}  // namespace sonae::registers
