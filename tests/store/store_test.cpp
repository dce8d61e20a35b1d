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

TEST_F(StoreTest, LetsCatalogSqlReadAndNothingElse) {
    put("a", 1);
    for (const char* sql :
         {"DELETE FROM t", "INSERT INTO t (k) VALUES ('b')", "UPDATE t SET n = 2", "DROP TABLE t",
          "CREATE TABLE u (x)", "PRAGMA journal_mode=OFF", "ATTACH 'x' AS y"}) {
        EXPECT_THROW(database->read_only([&] { database->prepare(sql).run(); }), Failure) << sql;
    }
    EXPECT_THROW(database->read_only([&] { database->prepare("SELECT 1; DELETE FROM t"); }), Failure);
    database->read_only([&] {
        database->prepare("CREATE TEMP TABLE mine AS SELECT k FROM t").run();
        database->prepare("CREATE INDEX temp.mine_k ON mine (k)").run();
        auto query = database->prepare("SELECT count(*) FROM mine");
        EXPECT_TRUE(query.step());
        EXPECT_EQ(query.integer(0), 1);
        query.reset();
        database->prepare("DROP TABLE temp.mine").run();
    });
    EXPECT_EQ(count(), 1);
    put("b", 2);  // and the connection writes again afterwards
    EXPECT_EQ(count(), 2);
}

TEST(Store, SaysThatAFileIsNoDatabase) {
    std::filesystem::path path = std::filesystem::temp_directory_path() / "sonae-store-test.db";
    for (size_t size : {600U, 4096U}) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << std::string(size, 'x');
        auto opened = open_sqlite(path, false);
        ASSERT_FALSE(opened) << size;
        EXPECT_EQ(opened.error().code, Code::corrupt);
    }
    std::filesystem::remove(path);
    EXPECT_FALSE(open_sqlite(path, false));
    EXPECT_FALSE(std::filesystem::exists(path)) << "opening must not make a file";
}

}  // namespace
}  // namespace sonae::store
