// One SQL door for both engines. The SQL that passes through it keeps to the portable subset
// (docs/architecture.md): no engine date functions, no json functions, named parameters `:name`.
//
// A Database is one connection and belongs to one thread at a time. A failure of the engine (corrupt file,
// disk full, wrong SQL) is thrown as Failure: no caller can mend it on the spot.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sonae::store {

struct Blob {
    std::string bytes;
    bool operator==(const Blob&) const = default;
    auto operator<=>(const Blob&) const = default;
};

// What a column holds: NULL, integer, text or bytes.
using Value = std::variant<std::monostate, int64_t, std::string, Blob>;

// A prepared statement; what a driver implements.
class StatementDriver {
 public:
    virtual ~StatementDriver() = default;
    virtual void bind(std::string_view name, const Value& value) = 0;
    virtual void bind_at(int place, std::string_view text) = 0;
    virtual void bind_at(int place, int64_t number) = 0;
    virtual void bind_null_at(int place) = 0;
    virtual bool has_parameter(std::string_view name) const = 0;
    virtual bool step() = 0;
    virtual void reset() = 0;
    virtual int columns() const = 0;
    virtual std::string_view column_name(int column) const = 0;
    virtual Value value(int column) const = 0;
    virtual std::string_view text(int column) const = 0;
    virtual int64_t integer(int column) const = 0;
    virtual bool null(int column) const = 0;
};

class Statement {
 public:
    explicit Statement(StatementDriver* driver) : driver_(driver) {}

    // Binds the parameter `:name`; a name the statement does not have is an error of the program.
    Statement& bind(std::string_view name, std::string_view text);
    Statement& bind(std::string_view name, int64_t number);
    Statement& bind_value(std::string_view name, const Value& value);
    // Binds the parameter at a place (from 1, in the order in which names first occur in the text): for
    // statements of a hundred columns, where looking up names would cost more than the writing.
    Statement& bind_at(int place, std::string_view text);
    Statement& bind_at(int place, int64_t number);
    Statement& bind_value_at(int place, const Value& value);
    // Binds the name where the statement has it.
    Statement& bind_if(std::string_view name, std::string_view text);

    // Goes to the next row; false when there is none (the statement is then ready to be bound again).
    bool step() { return driver_->step(); }
    // Runs a statement that gives no rows.
    void run();
    void reset() { driver_->reset(); }

    int columns() const { return driver_->columns(); }
    std::string_view column_name(int column) const { return driver_->column_name(column); }
    Value value(int column) const { return driver_->value(column); }
    // Valid until the next step; NULL reads as "" and 0.
    std::string_view text(int column) const { return driver_->text(column); }
    int64_t integer(int column) const { return driver_->integer(column); }
    bool null(int column) const { return driver_->null(column); }

 private:
    StatementDriver* driver_;
};

class Database {
 public:
    virtual ~Database() = default;

    // Prepares a statement; the connection keeps it for the next time the same text is asked for (which
    // resets it), so a statement is used up before its text is prepared again.
    virtual Statement prepare(std::string_view sql) = 0;
    // Runs statements without parameters, separated by ';'.
    virtual void execute(std::string_view sql) = 0;
    // The names of the tables, sorted.
    virtual std::vector<std::string> tables() = 0;
    // A number that grows with every row this connection writes, temporary tables included, and with every
    // commit of another connection from when this one sees it.
    virtual int64_t changes() = 0;
    // Prepares SQL that comes from a catalog file: it may read and fill temporary tables and nothing else.
    virtual Statement prepare_catalog(std::string_view sql) = 0;
    // What the engine itself finds wrong with the stored file, in its words; empty: nothing.
    virtual std::vector<std::string> damage() = 0;
    // Writes the committed state as a new, compact file at `path` (which must not exist), synced. May be
    // called on any connection, while another one writes.
    virtual void copy_to(const std::filesystem::path& path) = 0;
    // False outside a transaction, also when the engine has rolled one back by itself (disk full, I/O error).
    virtual bool in_transaction() const = 0;
    // Leaves no trace of deleted rows: rewrites the file and empties the log. Not within a transaction.
    virtual void scrub() = 0;

 private:
    friend class Transaction;
    int open_transactions_ = 0;
};

// A transaction: rolled back unless committed. Transactions of a connection nest: an inner one is a part of
// the outer one that can be taken back by itself (a savepoint), and only the outermost makes things durable.
class Transaction {
 public:
    enum class Kind { write, read };  // read: one consistent state of the file until the end
    explicit Transaction(Database& database, Kind kind = Kind::write);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

 private:
    Database& database_;
    int depth_;
    bool open_ = true;
};

// How a file is opened. There is one `own` connection to a file at a time, in the process that holds the
// folder's lock; it alone writes and moves the log into the file. The same process may have any number of
// `read` connections beside it: they see what is committed and can fill temporary tables only.
enum class Open { create, own, read };

// Opens a SQLite file. Fails with not_found or corrupt; WAL, synchronous=FULL. A sync that fails stops the
// process (os::stop): afterwards nobody can know what is on the disk, so nothing may be acknowledged.
Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& path, Open how);

// A SQLite database of its own that goes away with the connection; on disk where it grows large.
std::unique_ptr<Database> open_temporary();

// A SQLite database in memory: for comparing rebuilt tables and for tests.
std::unique_ptr<Database> open_memory();

}  // namespace sonae::store
