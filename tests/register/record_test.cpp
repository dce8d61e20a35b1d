// The record: states of fields, references by name, versions, views, and tables that can always be made
// again.
#include "register/record.hpp"

#include "facts.hpp"
#include "register/projection.hpp"
#include "register/scope.hpp"
#include "register/verify.hpp"

namespace sonae::registers {
namespace {

using tests::FreshRecord;

Command add(std::string register_name, std::vector<std::pair<std::string, std::string>> values) {
    Command command;
    command.action = "add";
    command.register_name = std::move(register_name);
    command.values = std::move(values);
    return command;
}

Command set(std::string register_name, std::string id,
            std::vector<std::pair<std::string, std::string>> values) {
    Command command = add(std::move(register_name), std::move(values));
    command.action = "set";
    command.id = std::move(id);
    return command;
}

TEST(Record, KeepsTheStateOfAField) {
    FreshRecord record;
    auto applied = record->apply({add("device", {{"number", "001"},
                                                 {"maker", "不明"},
                                                 {"place", "-"},
                                                 {"registered_on", "昨年の春"},
                                                 {"acquired_on", "平成30年12月"}})},
                                 tests::tester);
    ASSERT_TRUE(applied) << applied.error().words.en;
    EXPECT_EQ(applied->front().unreadable, std::vector<std::string>{"registered_on"});
    Entry entry = *record->get("device", applied->front().id);
    EXPECT_EQ(entry.field("maker").state, State::unknown);
    EXPECT_EQ(entry.field("place").state, State::none);
    EXPECT_EQ(entry.field("registered_on").state, State::unreadable);
    EXPECT_EQ(entry.field("registered_on").text, "昨年の春");
    EXPECT_EQ(entry.field("acquired_on").text, "2018-12");
    EXPECT_EQ(entry.field("os").state, State::never_asked);

    auto row = record->scoped(
        "SELECT registered_on, registered_on_state, registered_on_last, acquired_on_last FROM device");
    ASSERT_TRUE(row.step());
    EXPECT_TRUE(row.null(0)) << "an unreadable value takes part in no comparison";
    EXPECT_EQ(row.text(1), "unreadable");
    EXPECT_TRUE(row.null(2));
    EXPECT_EQ(row.text(3), "2018-12-31") << "a month has passed when its last day has";
    row.reset();

    json::object shown = entry_json(*record->catalog().find_register("device"), entry);
    EXPECT_EQ(text_at(shown.at("states").as_object(), "maker"), "unknown");
    EXPECT_EQ(text_at(shown.at("states").as_object(), "os"), "never_asked");
    EXPECT_EQ(text_at(shown.at("written").as_object(), "registered_on"), "昨年の春");
    EXPECT_FALSE(shown.contains("maker"));
}

TEST(Record, FindsOrMakesTheEntryAReferenceNames) {
    FreshRecord record;
    auto first =
        record->apply({add("device", {{"number", "1"}, {"maintainer", "株式会社メディカ"}})}, tests::tester);
    ASSERT_TRUE(first) << first.error().words.en;
    ASSERT_EQ(first->front().created.size(), 1U);
    auto second =
        record->apply({add("device", {{"number", "2"}, {"maintainer", "メディカ（株）"}})}, tests::tester);
    ASSERT_TRUE(second) << second.error().words.en;
    EXPECT_TRUE(second->front().created.empty()) << "the same company in another spelling";
    EXPECT_EQ(record->list("vendor")->size(), 1U);
    EXPECT_EQ(record->get("device", first->front().id)->field("maintainer").text,
              record->get("device", second->front().id)->field("maintainer").text);
}

TEST(Record, RefusesAStaleVersionAndShowsBoth) {
    FreshRecord record;
    std::string id = record->apply({add("device", {{"number", "1"}})}, tests::tester)->front().id;
    Command change = set("device", id, {{"place", "受付"}});
    change.expected_version = 1;
    ASSERT_TRUE(record->apply({change}, tests::tester));
    auto stale = record->apply({change}, tests::tester);
    ASSERT_FALSE(stale);
    EXPECT_EQ(stale.error().code, Code::stale);
    EXPECT_NE(stale.error().words.ja.find("1"), std::string::npos);
    EXPECT_NE(stale.error().words.ja.find("2"), std::string::npos);
}

TEST(Record, WritesNoEventForNoChange) {
    FreshRecord record;
    std::string id =
        record->apply({add("device", {{"number", "1"}, {"place", "受付"}})}, tests::tester)->front().id;
    int64_t size = record->history().size();
    auto same = record->apply({set("device", id, {{"place", "受付"}})}, tests::tester);
    ASSERT_TRUE(same);
    EXPECT_FALSE(same->front().changed);
    EXPECT_EQ(record->history().size(), size);
}

TEST(Record, AFailedBatchChangesNothing) {
    FreshRecord record;
    int64_t size = record->history().size();
    auto failed = record->apply({add("device", {{"number", "1"}}), add("device", {{"no_such_field", "x"}})},
                                tests::tester);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Code::unknown_field);
    EXPECT_EQ(record->history().size(), size);
    EXPECT_TRUE(record->list("device")->empty());
}

TEST(Record, APlanChangesNothing) {
    FreshRecord record;
    int64_t size = record->history().size();
    auto planned = record->plan({add("device", {{"number", "1"}, {"maintainer", "A社"}})}, tests::tester);
    ASSERT_TRUE(planned);
    EXPECT_EQ(planned->front().created.size(), 1U);
    EXPECT_EQ(record->history().size(), size);
    EXPECT_TRUE(record->list("device")->empty());
    EXPECT_TRUE(record->list("vendor")->empty());
}

TEST(Record, RetiresWhatBelongsToAnEntryWithIt) {
    FreshRecord record;
    record.lines(R"({"register":"device","id":"d","number":"1"}
{"register":"interface","device":"d","address":"192.168.1.2"}
{"register":"software","device":"d","name":"Karte-X"})");
    Command retire;
    retire.action = "retire";
    retire.register_name = "device";
    retire.id = "1";
    ASSERT_TRUE(record->apply({retire}, tests::tester));
    EXPECT_TRUE(record->list("device")->empty());
    EXPECT_TRUE(record->list("interface")->empty());
    EXPECT_TRUE(record->list("software")->empty());
    EXPECT_TRUE(record->compare_with_history().empty());
    EXPECT_FALSE(record->apply({set("device", "1", {{"place", "x"}})}, tests::tester));
}

TEST(Record, CallsAnEntryByTheNewNameOfTheOneItBelongsTo) {
    FreshRecord record;
    record.lines(R"({"register":"vendor","id":"v","name":"旧社名"}
{"register":"remote_access","vendor":"v"})");
    ASSERT_NE(record->list("remote_access")->front().label.find("旧社名"), std::string::npos);
    ASSERT_TRUE(record->apply({set("vendor", "旧社名", {{"name", "新社名"}})}, tests::tester));
    EXPECT_NE(record->list("remote_access")->front().label.find("新社名"), std::string::npos);
    EXPECT_TRUE(record->compare_with_history().empty());
}

TEST(Record, RebuiltTablesEqualTheLiveOnes) {
    FreshRecord record;
    record.lines(
        R"({"register":"device","id":"d","number":"1","os":"Windows 10 Pro","maker":"?"}
{"register":"device","id":"d","registered_on":"R3.5"}
{"register":"interface","device":"d","address":"192.168.1.2"}
{"register":"device","id":"e","number":"2","place":"受付","maintainer":"A社"}
{"register":"device","id":"d","os":"Windows 11 Pro"})");
    EXPECT_TRUE(record->compare_with_history().empty());
    auto dump = [&] {
        std::string out;
        for (const std::string& table : record->database().tables()) {
            if (table[1] != '_') continue;  // r_, m_, c_: the projections
            auto query = record->database().prepare("SELECT * FROM " + table + " ORDER BY 1, 2, 3");
            while (query.step()) {
                for (int i = 0; i < query.columns(); i++)
                    out += std::string(query.text(i)) + "|";
                out += '\n';
            }
        }
        return out;
    };
    std::string before = dump();
    EXPECT_GT(record->rebuild(), 0);
    EXPECT_EQ(dump(), before);
}

TEST(Record, NoticesATableThatWasChangedBehindItsBack) {
    FreshRecord record;
    std::string id =
        record->apply({add("device", {{"number", "1"}, {"os", "Windows 8"}})}, tests::tester)->front().id;
    record->database().execute("UPDATE r_device SET os = 'Windows 11'");
    auto faults = record->compare_with_history();
    ASSERT_FALSE(faults.empty());
    EXPECT_EQ(faults.front().place, "table r_device " + id);
    record->rebuild();
    EXPECT_TRUE(record->compare_with_history().empty());
}

TEST(Record, KeepsEverythingWhenItIsOpenedAgain) {
    FreshRecord record;
    record->apply({add("device", {{"number", "1"}})}, tests::tester);
    auto head = record->history().latest();
    record.reopen();
    EXPECT_EQ(record->list("device")->size(), 1U);
    EXPECT_EQ(record->history().latest()->note, head->note);
}

TEST(Record, SaysWhatIsWrongWithAFolder) {
    SystemClock clock;
    tests::Folder folder;
    auto absent = Record::open(folder.path(), tests::source_catalog(), clock);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().code, Code::not_found);

    FreshRecord record;
    record.close();
    auto twice =
        Record::create(record.folder(), tests::source_catalog(), clock, "x", "clinic", tests::tester);
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, Code::exists);
    std::filesystem::remove(record.folder() / "sonae.db-wal");
    std::filesystem::remove(record.folder() / "sonae.db-shm");
    ASSERT_TRUE(os::write_file(record.folder() / "sonae.db", std::string(8192, 'x')));
    auto broken = Record::open(record.folder(), tests::source_catalog(), clock);
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, Code::corrupt);
}

TEST(Record, IsReadAsItWasAtTheEndOfADay) {
    FreshRecord record("2026-03-30");
    record->apply({add("device", {{"number", "1"}, {"os", "Windows 10"}})}, tests::tester);
    record.clock().set(FixedClock(*Date::parse_iso("2026-03-31")).now() + Instant{12} * 3600 * 1'000'000 - 1);
    record->apply({add("device", {{"number", "2"}})}, tests::tester);  // the last moment of the day
    record.clock().set(record.clock().now() + 1);
    Command change;
    change.action = "set";
    change.register_name = "device";
    change.id = "1";
    change.values = {{"os", "Windows 11"}};
    record->apply({change, add("device", {{"number", "3"}})}, tests::tester);  // the first of the next

    auto past = record->as_of(*Date::parse_iso("2026-03-31"));
    ASSERT_TRUE(past) << past.error().words.en;
    EXPECT_EQ(past->list("device")->size(), 2U);
    EXPECT_EQ(past->find("device", "1")->field("os").text, "Windows 10");
    EXPECT_EQ(past->today().iso(), "2026-03-31");
    EXPECT_FALSE(past->apply({add("device", {{"number", "4"}})}, tests::tester));
    EXPECT_EQ(record->as_of(*Date::parse_iso("2026-03-30"))->list("device")->size(), 1U);
    EXPECT_EQ(record->as_of(*Date::parse_iso("2026-03-29")).error().code, Code::not_found);
    EXPECT_EQ(record->as_of(*Date::parse_iso("2026-04-02")).error().code, Code::refused);
    EXPECT_EQ(record->list("device")->size(), 3U);
}

TEST(Record, ErasesAFieldOutOfEveryVersion) {
    FreshRecord record;
    Who who{"tester", "患者の名前", "erase"};
    std::string id =
        record->apply({add("device", {{"number", "1"}, {"place", "山田太郎様の部屋"}})}, tests::tester)
            ->front()
            .id;
    auto set = [&](const char* field, const char* value) {
        Command change;
        change.action = "set";
        change.register_name = "device";
        change.id = "1";
        change.values = {{field, value}};
        ASSERT_TRUE(record->apply({change}, tests::tester));
    };
    set("os", "Windows 10");
    set("place", "受付");
    EXPECT_EQ(record->erase("device", "1", "place", tests::tester).error().code, Code::usage);  // no reason
    auto erased = record->erase("device", "1", "place", who);
    ASSERT_TRUE(erased) << erased.error().words.en;
    set("os", "Windows 11");

    // The other fields keep their past; the erased one is nowhere, not even in the bytes of the files.
    auto event = record->history().event(3);
    EXPECT_TRUE(event->erased);
    EXPECT_NE(event->body->find("Windows 10"), std::string::npos);
    EXPECT_EQ(record->find("device", "1")->field("place").state, State::never_asked);
    EXPECT_EQ(record->erase("device", "1", "place", who).error().code, Code::not_found);
    for (const char* name : {"sonae.db", "sonae.db-wal"}) {
        auto bytes = os::read_file(record.folder() / name);
        EXPECT_TRUE(!bytes || bytes->find("山田太郎") == std::string::npos) << name;
    }
    Verification verification = verify(*record);
    EXPECT_TRUE(verification.faults.empty()) << verification.faults.front().place;
    EXPECT_EQ(verification.erased, 3);
    record->rebuild();
    EXPECT_TRUE(record->compare_with_history().empty());

    // A second erasure takes the first one over, and the whole entry can go as well.
    ASSERT_TRUE(record->erase("device", "1", "os", who));
    EXPECT_EQ(record->history().event(3)->body->find("Windows 10"), std::string::npos);
    EXPECT_NE(record->history().event(3)->body->find("number"), std::string::npos);
    EXPECT_TRUE(verify(*record).faults.empty());
    ASSERT_TRUE(record->erase("device", id, "", who));
    EXPECT_FALSE(record->history().event(3)->body);
    EXPECT_TRUE(record->list("device")->empty());
    EXPECT_TRUE(verify(*record).faults.empty());
    record->rebuild();
    EXPECT_TRUE(verify(*record).faults.empty());
}

TEST(Lines, TakeNamesWithinTheText) {
    FreshRecord record;
    auto commands = commands_from_lines(record->catalog(), R"({"register":"vendor","id":"#v","name":"A社"}

// a remark
{"register":"device","number":"1","maintainer":"#v","absent":null})");
    ASSERT_TRUE(commands) << commands.error().words.en;
    EXPECT_EQ(commands->size(), 2U);
    auto unknown = commands_from_lines(record->catalog(), "{\"register\":\"nothing\"}");
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().words.ja.find("1行目"), std::string::npos);
    EXPECT_FALSE(commands_from_lines(record->catalog(), "{\"register\":"));
    EXPECT_FALSE(
        may_write(record->catalog(), *commands_from_lines(record->catalog(), "{\"register\":\"answer\"}")));
}

TEST(Scope, DefinesOnlyTheNamesThatOccur) {
    const Scope scope(tests::source_catalog());
    std::string sql = scope.resolve("SELECT d.id FROM device d WHERE d.label <> 'interface' -- vendor\n");
    EXPECT_NE(sql.find("device AS NOT MATERIALIZED"), std::string::npos);
    EXPECT_EQ(sql.find("interface AS"), std::string::npos);
    EXPECT_EQ(sql.find("vendor AS"), std::string::npos);
    EXPECT_EQ(scope.resolve("SELECT 1"), "SELECT 1");
    EXPECT_NE(scope.resolve("WITH x AS (SELECT id FROM device) SELECT id FROM x").find(",\n x AS"),
              std::string::npos);
}

TEST(Scope, HidesOtherInstitutions) {
    FreshRecord record;
    record->apply({add("device", {{"number", "1"}})}, tests::tester);
    record->database().execute("UPDATE r_device SET institution = 'somebody else'");
    auto count = record->scoped("SELECT count(*) FROM device");
    ASSERT_TRUE(count.step());
    EXPECT_EQ(count.integer(0), 0);
}

TEST(Label, SortsNumbersByTheirValue) {
    EXPECT_TRUE(label_less("2 B", "10 A"));
    EXPECT_TRUE(label_less("003", "10"));
    EXPECT_FALSE(label_less("10", "2"));
    EXPECT_FALSE(label_less("a", "a"));
    EXPECT_TRUE(label_less("a1", "a1b"));
}

}  // namespace
}  // namespace sonae::registers
