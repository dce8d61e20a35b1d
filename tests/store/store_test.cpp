// The SQL door: values, transactions, and what catalog SQL may not do.
#include "store/database.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace sonae::store {
namespace {

class StoreTest : public testing::Test {
 protected:
    StoreTest() : database(open_memory()) {
        database->execute("CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER, b BLOB)");
    }
    void put(const std::string& key, int64_t number) {
        auto insert = database->prepare("INSERT INTO t (k, n, b) VALUES (:k, :n, :b)");
        insert.bind("k", key).bind("n", number).bind_value("b", Blob{std::string("\0x", 2)}).run();
    }
    int64_t count() {
        auto query = database->prepare("SELECT count(*) FROM t");
        query.step();
        int64_t out = query.integer(0);
        query.reset();
        return out;
    }
    std::unique_ptr<Database> database;
};

TEST_F(StoreTest, GivesBackWhatWasBound) {
    put("機器", 7);
    auto query = database->prepare("SELECT k, n, b, NULL FROM t WHERE k = :k");
    query.bind("k", "機器");
    ASSERT_TRUE(query.step());
    EXPECT_EQ(query.text(0), "機器");
    EXPECT_EQ(query.integer(1), 7);
    EXPECT_EQ(query.value(2), Value(Blob{std::string("\0x", 2)}));
    EXPECT_TRUE(query.null(3));
    EXPECT_FALSE(query.step());
}

TEST_F(StoreTest, RollsBackATransactionThatIsNotCommitted) {
    {
        Transaction transaction(*database);
        put("a", 1);
    }
    EXPECT_EQ(count(), 0);
    Transaction transaction(*database);
    put("a", 1);
    transaction.commit();
    EXPECT_EQ(count(), 1);
}

TEST_F(StoreTest, LetsCatalogSqlReadTemporaryTablesAndNothingElse) {
    put("a", 1);
    database->execute("CREATE TEMP TABLE mine (k)");
    for (const char* sql :
         {"DELETE FROM t", "INSERT INTO t (k) VALUES ('b')", "UPDATE t SET n = 2", "DROP TABLE t",
          "CREATE TABLE u (x)", "PRAGMA journal_mode=OFF", "ATTACH 'x' AS y", "SELECT k FROM t",
          "SELECT count(*) FROM t", "DELETE FROM mine", "SELECT name FROM sqlite_schema",
          "SELECT name FROM temp.sqlite_schema", "INSERT INTO mine SELECT k FROM t",
          "SELECT k FROM mine; DELETE FROM t", "WITH x AS (SELECT k FROM t) SELECT k FROM x",
          "SELECT 1 WHERE EXISTS (SELECT 1 FROM t)"}) {
        EXPECT_THROW(database->prepare_catalog(sql), Failure) << sql;
    }
    database->prepare_catalog("INSERT INTO mine (k) VALUES ('z')").run();
    database->prepare_catalog("SELECT 1 WHERE EXISTS (SELECT 1 FROM mine)");
    auto query = database->prepare_catalog("WITH x AS (SELECT k FROM mine) SELECT count(*), max(k) FROM x");
    EXPECT_TRUE(query.step());
    EXPECT_EQ(query.integer(0), 1);
    query.reset();
    EXPECT_EQ(count(), 1);
    put("b", 2);  // and the connection writes again afterwards
    EXPECT_EQ(count(), 2);
    EXPECT_TRUE(database->damage().empty());
}

TEST(Store, SaysThatAFileIsNoDatabase) {
    std::filesystem::path path = std::filesystem::temp_directory_path() / "sonae-store-test.db";
    for (size_t size : {0U, 1U, 4096U}) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << std::string(size, 'x');
        auto opened = open_sqlite(path, Open::own);
        ASSERT_FALSE(opened) << size;
        EXPECT_EQ(opened.error().code, Code::corrupt);
    }
    std::filesystem::remove(path);
    EXPECT_FALSE(open_sqlite(path, Open::own));
    EXPECT_FALSE(std::filesystem::exists(path)) << "opening must not make a file";
}

}  // namespace
}  // namespace sonae::store
