// What all engines share: binding by type and transactions.
#include "store/database.hpp"

#include <stdexcept>

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

Statement& Statement::bind_at(int place, std::string_view text) {
    driver_->bind_at(place, text);
    return *this;
}

Statement& Statement::bind_at(int place, int64_t number) {
    driver_->bind_at(place, number);
    return *this;
}

Statement& Statement::bind_value_at(int place, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        driver_->bind_at(place, std::string_view(*text));
    } else if (const auto* number = std::get_if<int64_t>(&value)) {
        driver_->bind_at(place, *number);
    } else if (std::holds_alternative<Blob>(value)) {
        throw std::logic_error("bytes are bound by name");
    } else {
        driver_->bind_null_at(place);
    }
    return *this;
}

Statement& Statement::bind_if(std::string_view name, std::string_view text) {
    if (driver_->has_parameter(name)) bind(name, text);
    return *this;
}

void Statement::run() {
    while (driver_->step()) {
    }
}

namespace {

std::string savepoint(const char* verb, int depth) {
    return verb + (" level_" + std::to_string(depth));
}

Error taken_back() {
    return {Code::io,
            {"ディスクの誤りで変更が取り消されました。何も変更していません。もう一度実行してください。",
             "A disk error took the changes back; nothing was changed. Run this again."}};
}

}  // namespace

Transaction::Transaction(Database& database, Kind kind)
    : database_(database), depth_(database.open_transactions_) {
    if (depth_ == 0) {
        database_.prepare(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN").run();
    } else {
        // A savepoint without its transaction would begin, and commit, one of its own.
        if (!database_.in_transaction()) throw Failure(taken_back());
        database_.prepare(savepoint("SAVEPOINT", depth_)).run();
    }
    database_.open_transactions_++;
}

Transaction::~Transaction() {
    if (!open_) return;
    database_.open_transactions_--;
    try {
        if (depth_ == 0) {
            database_.prepare("ROLLBACK").run();
        } else {
            database_.prepare(savepoint("ROLLBACK TO", depth_)).run();
            database_.prepare(savepoint("RELEASE", depth_)).run();
        }
    } catch (const Failure&) {
        // The engine has rolled back by itself (disk full, I/O error): nothing is left to undo, and the outer
        // transaction's commit fails.
    }
}

void Transaction::commit() {
    if (!database_.in_transaction()) throw Failure(taken_back());
    database_.prepare(depth_ == 0 ? std::string("COMMIT") : savepoint("RELEASE", depth_)).run();
    open_ = false;
    database_.open_transactions_--;
}

}  // namespace sonae::store
