// Temporary tables for the names of the catalog.
#include "register/sets.hpp"

#include "base/text.hpp"
#include "register/scope.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

using catalog::Field;
using catalog::Register;

// A view of more columns than this passes whole rows on; looking through it costs less than a copy.
constexpr int narrow = 32;

// All words of the catalog's SQL that may be columns.
std::set<std::string, std::less<>> words_of(const catalog::Catalog& catalog) {
    std::set<std::string, std::less<>> out;
    auto take = [&](std::string_view sql) {
        for (std::string& word : sql_names(sql))
            out.insert(std::move(word));
        for (std::string& word : sql_columns(sql))
            out.insert(std::move(word));
    };
    for (const Register& one : catalog.registers()) {
        for (const catalog::View& view : one.views)
            take(view.sql);
    }
    for (const catalog::Question& question : catalog.questions()) {
        for (const catalog::Check& check : question.checks) {
            take(check.sql);
            take(check.of);
        }
        for (const catalog::Support& support : question.support)
            take(support.sql);
    }
    return out;
}

}  // namespace

Sets::Sets(const catalog::Catalog& catalog, store::Database& database, std::string institution)
    : database_(database), institution_(std::move(institution)) {
    auto words = words_of(catalog);
    for (const Register& one : catalog.registers()) {
        std::vector<std::string> columns{"id", "label", "version", "created_on", "updated_on", "updated_by"};
        Definition& entries = definitions_[one.name];
        entries.indexed = {"id"};
        entries.own = true;
        entries.kept = true;
        for (const Field& field : one.fields) {
            for (const char* suffix : {"", "_state", "_last"}) {
                bool exists = std::string_view(suffix) != "_last" || field.type == catalog::Type::date;
                if (exists && (one.name == "parameter" || words.contains(field.name + suffix))) {
                    columns.push_back(field.name + suffix);
                }
            }
            bool joined = field.type == catalog::Type::reference && !field.many && words.contains(field.name);
            if (joined) entries.indexed.push_back(field.name);
        }
        entries.select = fmt::format("SELECT {} FROM r_{} WHERE institution = :institution AND retired = 0",
                                     fmt::join(columns, ", "), one.name);
        for (const catalog::View& view : one.views)
            definitions_[view.name] = {trim(view.sql), {"id"}, false, view.kept};
        for (const catalog::Computed& computed : one.computed) {
            definitions_[computed.name] = {
                fmt::format("SELECT * FROM c_{} WHERE institution = :institution", computed.name),
                {"id"},
                true,
                true};
        }
        for (const Field& field : one.fields) {
            if (!field.many) continue;
            std::string name = fmt::format("{}_{}", one.name, field.name);
            definitions_[name] = {
                fmt::format("SELECT id, value FROM m_{} WHERE institution = :institution", name),
                {"id", "value"},
                true,
                true};
        }
    }
}

void Sets::need(std::string_view text) {
    for (const std::string& name : sql_names(text)) {
        auto definition = definitions_.find(name);
        if (definition == definitions_.end() || !needed_.insert(name).second) continue;
        need(definition->second.select);
        order_.push_back(name);
    }
}

void Sets::refresh(const std::vector<std::string_view>& texts, const std::string& today) {
    for (std::string_view text : texts) {
        if (seen_.emplace(text).second) need(text);
    }
    if (today != today_) drop();
    today_ = today;
    if (database_.changes() != written_) {
        try {
            for (size_t i = 0; i < made_; i++)
                fill(order_[i]);
        } catch (const Failure&) {
            drop();  // a transaction that made them was rolled back: they are made again below
        }
    }
    while (made_ < order_.size()) {
        make(order_[made_]);
        made_++;
    }
    written_ = database_.changes();
}

void Sets::make(const std::string& name) {
    Definition& definition = definitions_.find(name)->second;
    std::vector<std::string> columns;
    {
        auto shape =
            definition.own ? database_.prepare(definition.select) : catalog_sql(name, definition.select);
        for (int i = 0; i < shape.columns(); i++)
            columns.emplace_back(shape.column_name(i));
    }
    definition.view = !definition.kept && static_cast<int>(columns.size()) > narrow;
    if (definition.view) {
        // A definition cannot carry parameters: the two values are written into it. Both are made here (an id
        // and a date), so nothing needs escaping.
        std::string select = replace_parameter(
            replace_parameter(definition.select, "institution", institution_), "today", today_);
        database_.prepare(fmt::format("CREATE TEMP VIEW {} AS {}", name, select)).run();
        return;
    }
    database_.prepare(fmt::format("CREATE TEMP TABLE {} ({})", name, fmt::join(columns, ", "))).run();
    fill(name);
    for (const std::string& column : definition.indexed) {
        if (std::ranges::find(columns, column) == columns.end()) continue;
        database_.prepare(fmt::format("CREATE INDEX temp.{0}_by_{1} ON {0} ({1})", name, column)).run();
    }
}

void Sets::fill(const std::string& name) {
    const Definition& definition = definitions_.find(name)->second;
    if (definition.view) return;
    database_.prepare(fmt::format("DELETE FROM temp.{}", name)).run();
    std::string insert = fmt::format("INSERT INTO temp.{} {}", name, definition.select);
    auto statement = definition.own ? database_.prepare(insert) : catalog_sql(name, insert);
    bind(statement);
    statement.run();
}

void Sets::drop() {
    for (size_t i = made_; i > 0; i--) {
        const std::string& name = order_[i - 1];
        bool view = definitions_.find(name)->second.view;
        database_.prepare(fmt::format("DROP {} IF EXISTS temp.{}", view ? "VIEW" : "TABLE", name)).run();
    }
    made_ = 0;
}

store::Statement Sets::prepare(std::string_view sql) const {
    auto statement = database_.prepare_catalog(sql);
    bind(statement);
    return statement;
}

store::Statement Sets::catalog_sql(std::string_view name, std::string_view sql) const {
    try {
        return database_.prepare_catalog(sql);
    } catch (const Failure& failure) {
        if (failure.error().code != Code::io) throw;
        throw Failure(
            {Code::bad_catalog,
             {fmt::format("カタログのビュー {} のSQLが正しくありません: {}", name, failure.error().words.ja),
              fmt::format("The SQL of the view {} is wrong: {}", name, failure.error().words.en)}});
    }
}

void Sets::bind(store::Statement& statement) const {
    statement.bind_if("institution", institution_);
    statement.bind_if("today", today_);
}

}  // namespace sonae::registers
