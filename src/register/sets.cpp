// Temporary tables for the names of the catalog.
#include "register/sets.hpp"

#include "base/text.hpp"
#include "register/scope.hpp"

#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

using catalog::Field;
using catalog::Register;

// A view of more columns than this passes whole rows on and is cheap to look through; it is not copied.
constexpr int narrow = 32;

// What a name stands for.
struct Definition {
    const Register* table = nullptr;  // a register's own entries
    std::string sql;                  // anything else
};

std::map<std::string, Definition, std::less<>> definitions(const catalog::Catalog& catalog) {
    std::map<std::string, Definition, std::less<>> out;
    for (const Register& one : catalog.registers()) {
        out[one.name].table = &one;
        for (const catalog::View& view : one.views)
            out[view.name].sql = trim(view.sql);
        for (const catalog::Computed& computed : one.computed) {
            out[computed.name].sql =
                fmt::format("SELECT * FROM c_{} WHERE institution = :institution", computed.name);
        }
        for (const Field& field : one.fields) {
            if (!field.many) continue;
            std::string name = fmt::format("{}_{}", one.name, field.name);
            out[name].sql = fmt::format("SELECT id, value FROM m_{} WHERE institution = :institution", name);
        }
    }
    return out;
}

}  // namespace

Sets::Sets(const Record& record, const std::vector<std::string_view>& texts)
    : record_(record), today_(record.today().iso()) {
    auto known = definitions(record.catalog());
    // The names that occur, each after those it is made from, and all words that may be columns.
    std::vector<std::string> order;
    std::set<std::string, std::less<>> seen;
    std::set<std::string, std::less<>> words;
    std::function<void(std::string_view)> visit = [&](std::string_view text) {
        for (std::string& column : sql_columns(text))
            words.insert(std::move(column));
        for (const std::string& name : sql_names(text)) {
            words.insert(name);
            auto definition = known.find(name);
            if (definition == known.end() || !seen.insert(name).second) continue;
            visit(definition->second.sql);
            order.push_back(name);
        }
    };
    for (std::string_view text : texts)
        visit(text);

    for (const std::string& name : order) {
        const Definition& definition = known.find(name)->second;
        if (!definition.table) {
            make(name, definition.sql, {"id"});
            continue;
        }
        std::vector<std::string> columns{"id", "label", "version", "created_on", "updated_on", "updated_by"};
        std::vector<std::string> indexed{"id"};
        for (const Field& field : definition.table->fields) {
            for (const char* suffix : {"", "_state", "_last"}) {
                bool exists = std::string_view(suffix) != "_last" || field.type == catalog::Type::date;
                if (exists && words.contains(field.name + suffix)) columns.push_back(field.name + suffix);
            }
            bool joined = field.type == catalog::Type::reference && !field.many && words.contains(field.name);
            if (joined) indexed.push_back(field.name);
        }
        make(name,
             fmt::format("SELECT {} FROM r_{} WHERE institution = :institution AND retired = 0",
                         fmt::join(columns, ", "), name),
             indexed);
    }
}

Sets::~Sets() {
    for (auto made = made_.rbegin(); made != made_.rend(); ++made) {
        try {
            record_.database().execute(
                fmt::format("DROP {} IF EXISTS temp.{}", made->second ? "VIEW" : "TABLE", made->first));
        } catch (const Failure&) {
            // The connection is about to go, and temporary tables with it.
        }
    }
}

void Sets::make(std::string_view name, const std::string& select, const std::vector<std::string>& indexed) {
    store::Database& database = record_.database();
    // Definitions cannot carry parameters in every engine: the two values are written into them. Both are
    // made here (an id and a date), so nothing needs escaping.
    std::string sql =
        replace_parameter(replace_parameter(select, "institution", record_.institution()), "today", today_);
    std::vector<std::string> columns;
    {
        auto shape = database.prepare(sql);
        for (int i = 0; i < shape.columns(); i++)
            columns.emplace_back(shape.column_name(i));
    }
    bool view = static_cast<int>(columns.size()) > narrow && indexed == std::vector<std::string>{"id"};
    database.prepare(fmt::format("CREATE TEMP {} {} AS {}", view ? "VIEW" : "TABLE", name, sql)).run();
    made_.emplace_back(name, view);
    if (view) return;
    for (const std::string& column : indexed) {
        if (std::ranges::find(columns, column) == columns.end()) continue;
        database.prepare(fmt::format("CREATE INDEX temp.{0}_by_{1} ON {0} ({1})", name, column)).run();
    }
}

store::Statement Sets::prepare(std::string_view sql) const {
    auto statement = record_.database().prepare(sql);
    statement.bind_if("institution", record_.institution());
    statement.bind_if("today", today_);
    return statement;
}

}  // namespace sonae::registers
