// What all engines share: binding by type and transactions.
#include "store/database.hpp"

namespace sonae::store {

Statement& Statement::bind_value(std::string_view name, const Value& value) {
    driver_->bind(name, value);
    return *this;
}

Statement& Statement::bind(std::string_view name, std::string_view text) {
    return bind_value(name, Value(std::string(text)));
}

Statement& Statement::bind(std::string_view name, int64_t number) {
    return bind_value(name, Value(number));
}

Statement& Statement::bind_if(std::string_view name, std::string_view text) {
    if (driver_->has_parameter(name)) bind(name, text);
    return *this;
}

void Statement::run() {
    while (driver_->step()) {
    }
}

Transaction::Transaction(Database& database) : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        database_.execute("ROLLBACK");
    } catch (const Failure&) {
        // The engine has rolled back by itself (disk full, I/O error): nothing is left to undo.
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

}  // namespace sonae::store
