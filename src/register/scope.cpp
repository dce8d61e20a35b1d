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

}  // namespace

std::vector<std::string> sql_names(std::string_view sql) {
    std::vector<std::string> out;
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
            // A parameter (:today) or a column behind its table (d.device) is not a table's name.
            bool table = i == 0 || (sql[i - 1] != ':' && sql[i - 1] != '.');
            if (table) {
                std::string name(sql.substr(i, end - i));
                for (char& c : name) {
                    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
                }
                out.push_back(std::move(name));
            }
            i = end;
        } else {
            i++;
        }
    }
    return out;
}

Scope::Scope(const catalog::Catalog& catalog) {
    for (const catalog::Register& one : catalog.registers()) {
        definitions_[one.name] =
            fmt::format("SELECT * FROM r_{} WHERE institution = :institution AND retired = 0", one.name);
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
