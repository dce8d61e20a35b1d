// The SQLite engine behind store::Database.
//
// Rules for Debian's SQLite 3.40 (its WAL-reset fault is not mended): one process has the file (the folder's
// lock sees to that), one connection in it writes and alone moves the log into the file, the others neither
// checkpoint by themselves nor when they close; memory mapping is off, and every commit is synced.
#include "base/os/file.hpp"
#include "base/os/stop.hpp"
#include "store/database.hpp"

#include <cerrno>
#include <map>
#include <set>

#include <fmt/format.h>
#include <sqlite3.h>

namespace sonae::store {

namespace {

[[noreturn]] void refuse(sqlite3* handle, int code) {
    const char* why = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) {
        os::stop(
            {"ディスクへの書き込みを確かめられないため、停止しました。ディスクを調べてから起動してください。",
             "Stopped, because the disk did not confirm a write. Check the disk before starting again."});
    }
    // A file that cannot be made or made longer is an error of its own for SQLite.
    if (handle && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) &&
        sqlite3_system_errno(handle) == ENOSPC) {
        code = SQLITE_FULL;
    }
    switch (code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            throw Failure(
                {Code::corrupt,
                 {"データベースが壊れています。控え（バックアップ）から戻してください。このファイルは変更して"
                  "いません。",
                  fmt::format("The database is damaged ({}). Restore it from a backup; this file was not "
                              "changed.",
                              why)}});
        case SQLITE_FULL:
            throw Failure({Code::disk_full,
                           {"ディスクに空きがありません。空きを作ってからもう一度実行してください。何も変更し"
                            "ていません。",
                            "The disk is full. Make room and run this again; nothing was changed."}});
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw Failure(
                {Code::busy,
                 {"別のプログラムがデータベースを使用中です。終わってからもう一度実行してください。",
                  "Another program is using the database. Run this again when it has finished."}});
        case SQLITE_AUTH:
            throw Failure({Code::io,
                           {"カタログのSQLが読めるのは、台帳とビューだけです。",
                            "SQL of the catalog may read registers and views only."}});
        default:
            throw Failure({Code::io,
                           {fmt::format("データベースを使えません（{}）。", why),
                            fmt::format("The database cannot be used ({}).", why)}});
    }
}

class SqliteStatement final : public StatementDriver {
 public:
    SqliteStatement(sqlite3* handle, std::string_view sql) : handle_(handle) {
        const char* tail = nullptr;
        int code = sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, &tail);
        if (code != SQLITE_OK) refuse(handle, code);
        std::string_view rest(tail, static_cast<size_t>(sql.data() + sql.size() - tail));
        if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
            sqlite3_finalize(statement_);
            throw Failure(
                {Code::io, {"SQLの文が一つではありません。", "This is more than one SQL statement."}});
        }
    }
    ~SqliteStatement() override { sqlite3_finalize(statement_); }
    SqliteStatement(const SqliteStatement&) = delete;
    SqliteStatement& operator=(const SqliteStatement&) = delete;

    bool has_parameter(std::string_view name) const override { return index(name) != 0; }

    void bind(std::string_view name, const Value& value) override {
        int place = index(name);
        if (place == 0) throw std::logic_error(fmt::format("no parameter :{}", name));
        int code = SQLITE_OK;
        if (const auto* text = std::get_if<std::string>(&value)) {
            code = sqlite3_bind_text(statement_, place, text->data(), static_cast<int>(text->size()),
                                     SQLITE_TRANSIENT);
        } else if (const auto* number = std::get_if<int64_t>(&value)) {
            code = sqlite3_bind_int64(statement_, place, *number);
        } else if (const auto* blob = std::get_if<Blob>(&value)) {
            code = sqlite3_bind_blob64(statement_, place, blob->bytes.data(), blob->bytes.size(),
                                       SQLITE_TRANSIENT);
        } else {
            code = sqlite3_bind_null(statement_, place);
        }
        if (code != SQLITE_OK) refuse(handle_, code);
    }

    void bind_at(int place, std::string_view text) override {
        // A view without data would be taken for NULL.
        bound(sqlite3_bind_text(statement_, place, text.data() ? text.data() : "",
                                static_cast<int>(text.size()), SQLITE_TRANSIENT));
    }
    void bind_at(int place, int64_t number) override { bound(sqlite3_bind_int64(statement_, place, number)); }
    void bind_null_at(int place) override { bound(sqlite3_bind_null(statement_, place)); }

    bool step() override {
        int code = sqlite3_step(statement_);
        if (code == SQLITE_ROW) return true;
        sqlite3_reset(statement_);
        if (code != SQLITE_DONE) refuse(handle_, code);
        return false;
    }
    void reset() override {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    int columns() const override { return sqlite3_column_count(statement_); }
    std::string_view column_name(int column) const override {
        return sqlite3_column_name(statement_, column);
    }

    Value value(int column) const override {
        switch (sqlite3_column_type(statement_, column)) {
            case SQLITE_NULL:
                return std::monostate{};
            case SQLITE_INTEGER:
                return sqlite3_column_int64(statement_, column);
            case SQLITE_BLOB:
                return Blob{std::string(text(column))};
            default:
                return std::string(text(column));
        }
    }
    std::string_view text(int column) const override {
        const void* data = sqlite3_column_type(statement_, column) == SQLITE_BLOB
                               ? sqlite3_column_blob(statement_, column)
                               : sqlite3_column_text(statement_, column);
        if (!data) return {};
        return {static_cast<const char*>(data),
                static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
    }
    int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
    bool null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

 private:
    void bound(int code) const {
        if (code != SQLITE_OK) refuse(handle_, code);
    }

    int index(std::string_view name) const {
        std::string written = ":";
        written += name;
        return sqlite3_bind_parameter_index(statement_, written.c_str());
    }

    sqlite3* handle_;
    sqlite3_stmt* statement_ = nullptr;
};

// Lets pass what reads or fills temporary tables: for SQL that comes from catalog files. It sees neither the
// history nor the entries of another institution.
struct Guard {
    bool on = false;
    std::set<std::string, std::less<>> stored;  // tables that are no temporary ones
};

int allow_temporary(void* given, int action, const char* table, const char*, const char* database,
                    const char*) {
    const auto& guard = *static_cast<const Guard*>(given);
    if (!guard.on) return SQLITE_OK;
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_RECURSIVE:
        case SQLITE_FUNCTION:
            return SQLITE_OK;
        case SQLITE_READ:
        case SQLITE_INSERT: {
            // A table of which no column is read ("SELECT 1 FROM …") comes without its database.
            bool temporary = database ? std::string_view(database) == "temp" : !guard.stored.contains(table);
            return temporary && !std::string_view(table).starts_with("sqlite_") ? SQLITE_OK : SQLITE_DENY;
        }
        default:
            return SQLITE_DENY;
    }
}

class SqliteDatabase final : public Database {
 public:
    explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {
        // Set once: setting it again would make every statement prepare itself anew.
        sqlite3_set_authorizer(handle_, allow_temporary, &guard_);
    }
    ~SqliteDatabase() override {
        statements_.clear();
        sqlite3_close_v2(handle_);
    }
    SqliteDatabase(const SqliteDatabase&) = delete;
    SqliteDatabase& operator=(const SqliteDatabase&) = delete;

    Statement prepare(std::string_view sql) override {
        auto found = statements_.find(sql);
        if (found == statements_.end()) {
            found =
                statements_.emplace(std::string(sql), std::make_unique<SqliteStatement>(handle_, sql)).first;
        } else {
            found->second->reset();
        }
        return Statement(found->second.get());
    }

    void execute(std::string_view sql) override {
        int code = sqlite3_exec(handle_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) refuse(handle_, code);
    }

    std::vector<std::string> tables() override {
        std::vector<std::string> out;
        Statement query = prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name");
        while (query.step())
            out.emplace_back(query.text(0));
        return out;
    }

    int64_t changes() override {
        Statement others = prepare("PRAGMA data_version");
        others.step();
        int64_t version = others.integer(0);
        others.reset();
        return sqlite3_total_changes64(handle_) + version;
    }

    Statement prepare_catalog(std::string_view sql) override {
        if (guard_.stored.empty()) {
            for (std::string& name : tables())
                guard_.stored.insert(std::move(name));
        }
        guard_.on = true;
        struct Off {
            Guard& guard;
            ~Off() { guard.on = false; }
        } off{guard_};
        return prepare(sql);
    }

    std::vector<std::string> damage() override {
        std::vector<std::string> out;
        Statement check = prepare("PRAGMA integrity_check(20)");
        while (check.step()) {
            if (check.text(0) != "ok") out.emplace_back(check.text(0));
        }
        return out;
    }

    void copy_to(const std::filesystem::path& path) override {
        auto statement = prepare("VACUUM INTO :path");
        statement.bind("path", path.string()).run();
        if (auto synced = os::sync_file(path); !synced) throw Failure(synced.error());
    }

    bool in_transaction() const override { return sqlite3_get_autocommit(handle_) == 0; }

    void scrub() override {
        // Statements that are still open would keep VACUUM from running.
        statements_.clear();
        execute("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        // The engine does not sync the emptied log: a power cut would bring back what was in it. (To close
        // this file here lets go of no lock: the engine has none on it.)
        std::filesystem::path log = std::string(sqlite3_db_filename(handle_, "main")) + "-wal";
        if (!os::is_there(log)) return;
        if (auto synced = os::sync_file(log); !synced) throw Failure(synced.error());
    }

 private:
    sqlite3* handle_;
    Guard guard_;
    std::map<std::string, std::unique_ptr<SqliteStatement>, std::less<>> statements_;
};

// Counting every allocation takes a lock each time; nobody reads the counts.
void configure_library() {
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(once);
}

std::unique_ptr<Database> configured(sqlite3* handle, Open how) {
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, 5000);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    auto database = std::make_unique<SqliteDatabase>(handle);
    database->execute(
        "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
        "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536");
    if (how == Open::read) {
        sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        database->execute("PRAGMA wal_autocheckpoint=0");
        static_cast<void>(database->tables());  // reads the file, so that a damaged one is seen here
    } else {
        database->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    }
    return database;
}

// A process that ended without closing may have left commits in the log that can be read and are not on the
// disk: their sync never came, or failed, and a later one would not bring them there. The log is written anew
// as it is read, so that whatever is seen from now on stays.
Status renew_log(const std::filesystem::path& path) {
    std::filesystem::path log = path.string() + "-wal";
    if (!os::is_there(log)) return {};
    auto bytes = os::read_file(log);
    if (!bytes) return pass(std::move(bytes));
    if (bytes->empty()) return {};
    Status written = os::write_file(log, *bytes, 0600);
    // Without room for a copy, a sync is what can be done.
    return !written && written.error().code == Code::disk_full ? os::sync_file(log) : written;
}

std::unique_ptr<Database> open_nameless(const char* name) {
    configure_library();
    sqlite3* handle = nullptr;
    int code = sqlite3_open_v2(name, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code != SQLITE_OK) refuse(nullptr, code);
    return configured(handle, Open::own);
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::filesystem::path& path, Open how) {
    configure_library();
    // SQLite takes a file below one page for a new database and would write to it.
    constexpr uint64_t smallest = 512;
    if (auto size = os::size_of(path); how != Open::create && size && *size < smallest) {
        return fail(Code::corrupt,
                    "データベースが壊れています。控え（バックアップ）から戻してください。このファイルは変更し"
                    "ていません。",
                    "The database is damaged. Restore it from a backup; this file was not changed.");
    }
    if (how == Open::own) {
        if (auto renewed = renew_log(path); !renewed) return pass(std::move(renewed));
    }
    sqlite3* handle = nullptr;
    int flags = SQLITE_OPEN_NOMUTEX | (how == Open::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                (how == Open::create ? SQLITE_OPEN_CREATE : 0);
    int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    if (code != SQLITE_OK) {
        sqlite3_close_v2(handle);
        return fail(Code::not_found, fmt::format("データベース {} を開けません。", path.string()),
                    fmt::format("Cannot open the database {}.", path.string()));
    }
    try {
        return configured(handle, how);
    } catch (const Failure& failure) {
        return tl::unexpected<Error>(failure.error());
    }
}

std::unique_ptr<Database> open_memory() {
    return open_nameless(":memory:");
}

std::unique_ptr<Database> open_temporary() {
    return open_nameless("");
}

}  // namespace sonae::store
