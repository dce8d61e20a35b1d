// Names to common table expressions.
#include "register/scope.hpp"

#include "base/text.hpp"

#include <functional>
#include <set>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}

// Calls for each word outside of string literals and comments, with the character before it (0 at the start)
// and its place.
void each_word(std::string_view sql, const std::function<void(char, size_t, std::string_view)>& visit) {
    for (size_t i = 0; i < sql.size();) {
        if (sql[i] == '\'') {
            size_t close = sql.find('\'', i + 1);
            i = close == std::string_view::npos ? sql.size() : close + 1;
        } else if (sql.substr(i, 2) == "--") {
            size_t line = sql.find('\n', i);
            i = line == std::string_view::npos ? sql.size() : line + 1;
        } else if (letter(sql[i])) {
            size_t end = i;
            while (end < sql.size() && (letter(sql[end]) || digit(sql[end])))
                end++;
            visit(i == 0 ? '\0' : sql[i - 1], i, sql.substr(i, end - i));
            i = end;
        } else {
            i++;
        }
    }
}

std::string lower(std::string_view word) {
    std::string out(word);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}  // namespace

std::vector<std::string> sql_names(std::string_view sql) {
    std::vector<std::string> out;
    each_word(sql, [&](char before, size_t, std::string_view word) {
        // A parameter (:today) or a column behind its table (d.device) is not a table's name.
        if (before != ':' && before != '.') out.push_back(lower(word));
    });
    return out;
}

std::vector<std::string> sql_columns(std::string_view sql) {
    std::vector<std::string> out;
    each_word(sql, [&](char before, size_t, std::string_view word) {
        if (before == '.') out.push_back(lower(word));
    });
    return out;
}

std::string replace_parameter(std::string_view sql, std::string_view name, std::string_view value) {
    std::string out;
    size_t copied = 0;
    each_word(sql, [&](char before, size_t place, std::string_view word) {
        if (before != ':' || word != name) return;
        out += sql.substr(copied, place - 1 - copied);
        out += fmt::format("'{}'", value);
        copied = place + word.size();
    });
    out += sql.substr(copied);
    return out;
}

Scope::Scope(const catalog::Catalog& catalog) {
    for (const catalog::Register& one : catalog.registers()) {
        definitions_[one.name] =
            fmt::format("SELECT * FROM v_{} WHERE institution = :institution AND retired = 0", one.name);
        for (const catalog::View& view : one.views)
            definitions_[view.name] = trim(view.sql);
        for (const catalog::Computed& computed : one.computed) {
            definitions_[computed.name] =
                fmt::format("SELECT * FROM c_{} WHERE institution = :institution", computed.name);
        }
        for (const catalog::Field& field : one.fields) {
            if (!field.many) continue;
            definitions_[fmt::format("{}_{}", one.name, field.name)] = fmt::format(
                "SELECT id, value FROM m_{}_{} WHERE institution = :institution", one.name, field.name);
        }
    }
}

std::string Scope::resolve(std::string_view sql) const {
    std::vector<std::string> order;
    std::set<std::string> seen;
    std::function<void(std::string_view)> visit = [&](std::string_view text) {
        for (const std::string& name : sql_names(text)) {
            auto definition = definitions_.find(name);
            if (definition == definitions_.end() || !seen.insert(name).second) continue;
            visit(definition->second);
            order.push_back(name);
        }
    };
    visit(sql);

    std::string out;
    for (const std::string& name : order) {
        out += fmt::format("{}{} AS NOT MATERIALIZED ({})", out.empty() ? "WITH " : ",\n", name,
                           definitions_.find(name)->second);
    }
    std::string body = trim(sql);
    std::vector<std::string> words = sql_names(std::string_view(body).substr(0, 8));
    if (!out.empty() && !words.empty() && words.front() == "with") return out + ",\n" + body.substr(4);
    return out.empty() ? body : out + "\n" + body;
}

}  // namespace sonae::registers
