// The log, its tree and its seals: against the vectors of RFC 6962 and against tampering.
#include "history/history.hpp"

#include "base/os/random.hpp"
#include "history/tree.hpp"

#include <gtest/gtest.h>

namespace sonae::history {
namespace {

// The test vectors of RFC 6962 implementations (certificate-transparency reference tree).
const std::vector<std::string> ct_leaves{
    std::string(""),
    std::string("\x00", 1),
    std::string("\x10"),
    std::string("\x20\x21"),
    std::string("\x30\x31"),
    std::string("\x40\x41\x42\x43"),
    std::string("\x50\x51\x52\x53\x54\x55\x56\x57"),
    std::string("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f")};
const std::vector<std::string> ct_roots{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

TEST(Tree, HasTheRootsOfTheReferenceVectors) {
    EXPECT_EQ(hex(root_of({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    std::vector<Digest> leaves;
    Spine spine;
    for (size_t i = 0; i < ct_leaves.size(); i++) {
        leaves.push_back(leaf_hash(ct_leaves[i]));
        spine.append(leaves.back());
        EXPECT_EQ(hex(root_of(leaves)), ct_roots[i]);
        EXPECT_EQ(hex(spine.root()), ct_roots[i]);
    }
}

TEST(Tree, InclusionHoldsForEachLeafAndOnlyForIt) {
    std::vector<Digest> leaves;
    for (int size = 1; size <= 40; size++) {
        leaves.push_back(leaf_hash(std::to_string(size)));
        Digest root = root_of(leaves);
        for (int leaf = 0; leaf < size; leaf++) {
            auto path = path_of(static_cast<size_t>(leaf), leaves);
            EXPECT_TRUE(verify_inclusion(leaves[static_cast<size_t>(leaf)], leaf, size, path, root));
            EXPECT_FALSE(verify_inclusion(leaf_hash("other"), leaf, size, path, root));
            if (leaf > 0) {
                EXPECT_FALSE(verify_inclusion(leaves[static_cast<size_t>(leaf)], leaf - 1, size, path, root));
            }
        }
    }
}

TEST(Note, IsReadBackAndRefusesAnyOtherByte) {
    Key key = Key::generate();
    std::string note = sign_note(checkpoint_text("sonae/x", 3, leaf_hash("a")), "sonae/x", key);
    auto opened = open_note(note, key.public_key());
    ASSERT_TRUE(opened) << opened.error().words.en;
    EXPECT_EQ(opened->size, 3);
    EXPECT_EQ(opened->origin, "sonae/x");
    EXPECT_EQ(opened->root, leaf_hash("a"));
    for (size_t i = 0; i < note.size(); i++) {
        std::string changed = note;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(open_note(changed, key.public_key())) << "byte " << i;
    }
    EXPECT_FALSE(open_note(note, Key::generate().public_key()));
}

TEST(Note, SaysItsSizeInOneWay) {
    Key key = Key::generate();
    const std::string root = base64(bytes(leaf_hash("a")));
    EXPECT_TRUE(open_note(sign_note("sonae/x\n7\n" + root + "\n", "sonae/x", key), key.public_key()));
    for (const char* size : {"007", "-0", "+7", " 7", ""}) {
        std::string text = std::string("sonae/x\n") + size + "\n" + root + "\n";
        EXPECT_FALSE(open_note(sign_note(text, "sonae/x", key), key.public_key())) << size;
    }
}

// It used to ask the terminal for a pass phrase.
TEST(Key, ThatIsLockedIsRefusedWithoutAQuestion) {
    std::string pem = Key::generate().public_key().pem();
    ASSERT_TRUE(PublicKey::from_pem(pem));
    pem.insert(pem.find('\n') + 1,
               "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00000000000000000000000000000000\n\n");
    testing::internal::CaptureStderr();
    EXPECT_FALSE(PublicKey::from_pem(pem));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Note, SurvivesGarbage) {
    Key key = Key::generate();
    for (int i = 0; i < 2000; i++) {
        std::string garbage = os::random_bytes(static_cast<size_t>(i % 150));
        if (i % 3 == 0) garbage += "\n\n\xe2\x80\x94 x " + base64(os::random_bytes(68)) + "\n";
        EXPECT_FALSE(open_note(garbage, key.public_key()));
    }
}

class HistoryTest : public testing::Test {
 protected:
    HistoryTest() : database(store::open_memory()), history(*database, "inst"), key(Key::generate()) {
        create_tables(*database);
    }

    void add(int count) {
        store::Transaction transaction(*database);
        for (int i = 0; i < count; i++) {
            Change change;
            change.action = "add";
            change.register_name = "device";
            change.id = "d" + std::to_string(history.size());
            change.version = 1;
            change.by = "tester";
            change.body = {{"fields", {{"number", std::to_string(i)}}}};
            history.append(change, 1'000'000 * i);
        }
        history.seal(key);
        transaction.commit();
    }

    std::unique_ptr<store::Database> database;
    History history;
    Key key;
};

TEST_F(HistoryTest, GivesProofsAcrossStoredSubtrees) {
    add(700);
    std::vector<Digest> leaves;
    history.each([&](const Event& event) {
        leaves.push_back(leaf_hash(event.leaf));
        return true;
    });
    for (int64_t size : {1, 2, 255, 256, 257, 511, 512, 513, 700}) {
        auto first = std::span(leaves).first(static_cast<size_t>(size));
        EXPECT_EQ(history.root(size), root_of(first)) << size;
        for (int64_t leaf : {int64_t{0}, size / 2, size - 1}) {
            EXPECT_EQ(history.inclusion(leaf, size), path_of(static_cast<size_t>(leaf), first))
                << leaf << " of " << size;
        }
    }
    EXPECT_TRUE(verify(*database, "inst", key.public_key(), nullptr).empty());
}

TEST_F(HistoryTest, LinksTheVersionsOfAnEntry) {
    store::Transaction transaction(*database);
    Change change;
    change.action = "add";
    change.register_name = "device";
    change.id = "d";
    change.version = 1;
    change.body = {{"fields", {{"os", "Windows 8"}}}};
    Event first = history.append(change, 1);
    change.action = "set";
    change.version = 2;
    change.body = {{"fields", {{"os", "Windows 11"}}}};
    Event second = history.append(change, 2);
    history.seal(key);
    transaction.commit();
    auto leaf = json::parse(second.leaf).as_object();
    EXPECT_EQ(text_at(leaf, "before"), text_at(json::parse(first.leaf).as_object(), "after"));
    EXPECT_EQ(text_at(leaf, "after"), hex(sha256(second.salt, *second.body)));
}

TEST_F(HistoryTest, RefusesToBeRewritten) {
    add(3);
    EXPECT_THROW(database->execute("UPDATE event SET body = 'x' WHERE seq = 1"), Failure);
    EXPECT_THROW(database->execute("DELETE FROM event WHERE seq = 2"), Failure);
    EXPECT_THROW(database->execute("DELETE FROM checkpoint"), Failure);
}

// Somebody with the file and no scruples: the guards are gone, any cell is changed.
TEST_F(HistoryTest, NamesEveryChangedCell) {
    add(300);
    add(5);
    ASSERT_TRUE(verify(*database, "inst", key.public_key(), nullptr).empty());
    for (const char* guard : {"event_stays", "event_unchanged", "checkpoint_stays", "checkpoint_grows"}) {
        database->execute(std::string("DROP TRIGGER ") + guard);
    }
    struct Attack {
        const char* sql;
        const char* place;
    };
    const std::vector<Attack> attacks{
        {"UPDATE event SET body = replace(body, '7', '8') WHERE seq = 7", "event 7"},
        {"UPDATE event SET salt = randomblob(32) WHERE seq = 8", "event 8"},
        {"UPDATE event SET leaf = replace(leaf, 'tester', 'nobody') WHERE seq = 9", "event 9"},
        {"UPDATE event SET leaf_hash = randomblob(32) WHERE seq = 10", "event 10"},
        {"UPDATE event SET entry = 'other' WHERE seq = 11", "event 11"},
        {"UPDATE event SET entry_register = 'vendor' WHERE seq = 12", "event 12"},
        {"UPDATE event SET body = NULL WHERE seq = 13", "event 13"},
        {"DELETE FROM event WHERE seq = 14", "event 14"},
        {"DELETE FROM event WHERE seq = 304", "checkpoint 305"},
        {"UPDATE checkpoint SET note = replace(note, '305', '306') WHERE size = 305", "checkpoint 305"},
        {"UPDATE checkpoint SET size = 304 WHERE size = 305", "checkpoint 304"},
        {"UPDATE checkpoint SET note = note || '\u2014 x AAAA' || char(10)", "checkpoint 305"},
        {"DELETE FROM checkpoint WHERE size = 305", "checkpoint 305"},
        {"UPDATE event SET body = NULL, salt = NULL WHERE seq = 16", "event 16"},
        {"INSERT INTO erased VALUES ('inst', 17, 18)", "erased 17"},
        {"INSERT INTO request VALUES ('inst', 'k', 18)", "request k"},
        {"UPDATE subtree SET hash = randomblob(32)", "subtree 1/0"},
        {"DELETE FROM subtree", "subtree 1/0"},
    };
    for (const Attack& attack : attacks) {
        database->execute("BEGIN");
        database->execute(attack.sql);
        auto faults = verify(*database, "inst", key.public_key(), nullptr);
        EXPECT_FALSE(faults.empty()) << attack.sql;
        EXPECT_TRUE(
            std::ranges::any_of(faults, [&](const Fault& fault) { return fault.place == attack.place; }))
            << attack.sql << " named " << (faults.empty() ? "nothing" : faults.front().place);
        database->execute("ROLLBACK");
    }
    EXPECT_TRUE(verify(*database, "inst", key.public_key(), nullptr).empty());
}

TEST_F(HistoryTest, AnErasedBodyLeavesTheTreeWhole) {
    add(4);
    std::string id = "d2";
    Digest root = history.root(4);
    Change change;
    change.action = "erase";
    change.register_name = "device";
    change.id = id;
    change.version = 2;
    change.why = "患者の名前";
    json::object left{{"2", json::object{{"fields", json::object{{"os", "x"}}}}}};
    change.body = {{"erased", {{"events", std::move(left)}}}};
    store::Transaction transaction(*database);
    Event eraser = history.append(change, 5);
    history.erase({2}, eraser.seq);
    history.seal(key);
    transaction.commit();

    int64_t erased = 0;
    EXPECT_TRUE(verify(*database, "inst", key.public_key(), &erased).empty());
    EXPECT_EQ(erased, 1);
    EXPECT_EQ(history.root(4), root);
    auto event = history.event(2);
    ASSERT_TRUE(event);
    EXPECT_TRUE(event->erased);
    EXPECT_EQ(*event->body, R"({"fields":{"os":"x"}})");  // what was left
}

TEST_F(HistoryTest, ABodyThatIsGoneWithoutAnErasureIsAFault) {
    add(4);
    database->execute("UPDATE event SET body = NULL, salt = NULL WHERE seq = 2");  // the guard lets it pass
    auto faults = verify(*database, "inst", key.public_key(), nullptr);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults.front().place, "event 2");
}

TEST_F(HistoryTest, FindsARequestByItsKey) {
    add(2);
    store::Transaction transaction(*database);
    Change change;
    change.action = "add";
    change.register_name = "device";
    change.version = 1;
    change.request = Request{"key-1", "d"};
    for (const char* id : {"x", "y"}) {
        change.id = id;
        history.append(change, 9);
    }
    history.seal(key);
    transaction.commit();
    EXPECT_EQ(history.request("key-1"), 2);
    EXPECT_FALSE(history.request("key-2"));
    EXPECT_EQ(history.event(3)->request, (Request{"key-1", "d"}));
    EXPECT_TRUE(verify(*database, "inst", key.public_key(), nullptr).empty());
}

TEST_F(HistoryTest, BringsTablesOfFormatOneToTodays) {
    database->execute(
        "DROP TABLE erased; DROP TABLE request; DROP TABLE checkpoint; DROP TRIGGER event_unchanged;"
        "DROP TRIGGER event_stays;"
        "CREATE TABLE checkpoint (institution TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL,"
        " PRIMARY KEY (institution, size));"
        "CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'x'); END;"
        "CREATE TRIGGER event_unchanged BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'x'); END;"
        "CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'x'); END;"
        "CREATE TRIGGER checkpoint_unchanged BEFORE UPDATE ON checkpoint"
        " BEGIN SELECT RAISE(ABORT, 'x'); END;"
        "INSERT INTO checkpoint VALUES ('inst', 1, 'older'), ('inst', 2, 'newer'), ('other', 7, 'its');");
    migrate_tables(*database);
    auto rows = database->prepare("SELECT institution, size, note FROM checkpoint ORDER BY institution");
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.text(2), "newer");
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.text(2), "its");
    EXPECT_FALSE(rows.step());
    EXPECT_THROW(database->execute("DELETE FROM checkpoint"), Failure);
}

}  // namespace
}  // namespace sonae::history
