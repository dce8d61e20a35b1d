// Lists: pages put together are the whole list in its order, under random filters and sorts, against a plain
// reference in memory; the stored order of labels is the order people expect.
#include "register/listing.hpp"

#include "base/text.hpp"
#include "facts.hpp"
#include "register/projection.hpp"
#include "share.hpp"

#include <algorithm>
#include <random>
#include <set>

namespace sonae::registers {
namespace {

using tests::FreshRecord;

class Noise {
 public:
    explicit Noise(unsigned seed) : engine_(seed) {}
    size_t below(size_t count) { return static_cast<size_t>(engine_() % count); }
    template <class T>
    const T& of(const std::vector<T>& list) {
        return list[below(list.size())];
    }

 private:
    std::mt19937_64 engine_;
};

std::string random_label(Noise& noise) {
    static const std::vector<std::string> parts{"0",         "1", "9",    "10", "007", "00",   "99999999999",
                                                "123456789", "a", "A",    "-",  " ",   "受付", "ア",
                                                "PC",        "é", "\x01", "１", "/",   ":"};
    std::string out;
    for (size_t i = noise.below(6); i > 0; i--)
        out += noise.of(parts);
    return out;
}

TEST(LabelOrder, IsTheOrderOfLabelLess) {
    Noise noise(7);
    for (int i = 0; i < 100000; i++) {
        std::string a = random_label(noise);
        std::string b = random_label(noise);
        ASSERT_EQ(label_less(a, b), label_order(a) < label_order(b)) << a << " | " << b;
    }
    std::string number(12, '9');
    EXPECT_LT(label_order("x" + std::string(11, '9')), label_order("x1" + std::string(11, '0')));
    EXPECT_LT(label_order(number + std::string(100, '9')), label_order("1" + number + std::string(100, '0')));
    EXPECT_EQ(label_order("007"), label_order("7"));
}

// A record with devices of all states, some retired, and one vendor for each third.
class SlowListings : public ::testing::Test {
 protected:
    static constexpr size_t devices = 250;

    void SetUp() override {
        Noise noise(11);
        const std::vector<std::string> kinds{"server", "pc", "network", "", "?", "-", "冷蔵庫"};
        const std::vector<std::string> places{"受付", "サーバ室", "１階 受付", "", "?", "-"};
        const std::vector<std::string> days{"2018",    "2018-12", "2018-12-31", "2019-01-01",
                                            "2020-02", "",        "?",          "去年"};
        const std::vector<std::string> statuses{"running", "disposed", "spare", "", "?"};
        const std::vector<std::string> vendors{"A社", "B社10", "B社9", "", "-"};
        const std::vector<std::string> logs{"user", "user、access", "operation", "", "?"};
        const std::vector<std::string> months{"3", "12", "100", "", "-"};
        std::vector<Command> commands;
        for (size_t i = 0; i < devices; i++) {
            Command& command = commands.emplace_back();
            command.action = "add";
            command.register_name = "device";
            command.values = {{"number", noise.below(9) == 0 ? "" : std::to_string(noise.below(60))},
                              {"model", random_label(noise)},
                              {"kind", noise.of(kinds)},
                              {"place", noise.of(places)},
                              {"acquired_on", noise.of(days)},
                              {"status", noise.of(statuses)},
                              {"maintainer", noise.of(vendors)},
                              {"log_fields", noise.of(logs)},
                              {"log_months", noise.of(months)}};
        }
        auto applied = record_->apply(commands, tests::tester);
        ASSERT_TRUE(applied) << applied.error().words.en;
        commands.clear();
        for (const Applied& one : *applied) {
            if (one.register_name == "device") ids_.push_back(one.id);
            Command change;
            change.register_name = "device";
            change.id = one.id;
            switch (noise.below(8)) {
                case 0:
                    change.action = "retire";
                    break;
                case 1:
                    change.action = "set";
                    change.values = {{"place", noise.of(places)}, {"note", "x"}};
                    break;
                case 2:
                    change.action = "set";
                    change.values = {{"number", std::to_string(noise.below(60))},
                                     {"log_fields", noise.of(logs)}};
                    break;
                default:
                    continue;
            }
            commands.push_back(std::move(change));
        }
        auto changed = record_->apply(commands, tests::tester);
        ASSERT_TRUE(changed) << changed.error().words.en;
        for (const std::string& id : ids_) {
            Entry entry = *record_->get("device", id);
            if (!entry.retired) entries_.push_back(std::move(entry));
        }
    }

    const catalog::Register& device() { return *record_->catalog().find_register("device"); }

    static bool fits(const Filter& filter, const Entry& entry, bool many) {
        const FieldValue& value = entry.field(filter.field);
        auto has = [&](const std::string& wanted) {
            if (!value.known()) return false;
            if (!many) return value.text == wanted;
            auto all = split(value.text, " ");
            return std::ranges::find(all, wanted) != all.end();
        };
        if (std::ranges::any_of(filter.values, has)) return true;
        if (std::ranges::find(filter.states, value.state) != filter.states.end()) return true;
        if ((filter.from.empty() && filter.to.empty()) || !value.known()) return false;
        Date date = *Date::parse_iso(value.text);
        return (filter.from.empty() || Date::parse_iso(filter.from)->first_day() <= date.first_day()) &&
               (filter.to.empty() || date.last_day() <= Date::parse_iso(filter.to)->last_day());
    }

    bool fits(const Listing& listing, const Entry& entry, std::string_view except = {}) {
        for (const Filter& filter : listing.filters) {
            if (filter.field != except && !fits(filter, entry, device().field(filter.field)->many))
                return false;
        }
        std::string text = match_key(listing.contains);
        bool found = match_key(entry.label).find(text) != std::string::npos ||
                     match_key(entry.field("number").text).find(text) != std::string::npos;
        if (!found) return false;
        if (listing.view != "device_used") return true;
        const std::string& status = entry.field("status").text;
        return status != "disposed" && status != "spare";
    }

    // What a field sorts by: a number or a text.
    std::pair<int64_t, std::string> sort_value(const Entry& entry, const catalog::Field& field) {
        const std::string& text = entry.field(field.name).text;
        if (field.type == catalog::Type::integer) return {std::stoll(text), ""};
        if (field.type == catalog::Type::choice && !field.many)
            return {field.choice(text) - field.choices.data(), ""};
        if (field.type == catalog::Type::reference)
            return {0, label_order(record_->get(field.references, text)->label)};
        return {0, text};
    }

    std::vector<std::string> expected(const Listing& listing) {
        std::vector<const Entry*> found;
        for (const Entry& entry : entries_) {
            if (fits(listing, entry)) found.push_back(&entry);
        }
        bool down = listing.sort.starts_with('-');
        std::string name = listing.sort.substr(down ? 1 : 0);
        auto by_label = [](const Entry& a, const Entry& b) {
            if (label_less(a.label, b.label)) return true;
            return !label_less(b.label, a.label) && a.id < b.id;
        };
        std::ranges::sort(found, [&](const Entry* a, const Entry* b) {
            if (name.empty()) return down ? by_label(*b, *a) : by_label(*a, *b);
            bool first = a->field(name).known();
            bool second = b->field(name).known();
            if (first != second) return first;
            if (first) {
                auto x = sort_value(*a, *device().field(name));
                auto y = sort_value(*b, *device().field(name));
                if (x != y) return down ? y < x : x < y;
            }
            return by_label(*a, *b);
        });
        std::vector<std::string> out;
        for (const Entry* entry : found)
            out.push_back(entry->id);
        return out;
    }

    Listing random_listing(Noise& noise) {
        const std::vector<std::string> sorts{
            "",     "-",           "place",      "-place",     "acquired_on", "-acquired_on",
            "kind", "-maintainer", "maintainer", "log_months", "-log_months", "log_fields"};
        const std::vector<std::string> days{"2018",       "2018-12", "2018-12-31",
                                            "2019-01-01", "2020-02", "2020-02-10"};
        Listing listing;
        listing.register_name = "device";
        listing.sort = noise.of(sorts);
        if (noise.below(4) == 0) listing.view = "device_used";
        if (noise.below(4) == 0)
            listing.contains = noise.of(std::vector<std::string>{"1", "PC", "受付", "ａ", "%", "9 9"});
        for (const char* field :
             {"kind", "place", "status", "log_fields", "log_months", "maintainer", "model"}) {
            if (noise.below(6) != 0) continue;
            Filter filter;
            filter.field = field;
            for (size_t i = noise.below(3); i > 0; i--) {
                const FieldValue& value = noise.of(entries_).field(field);
                if (value.known()) filter.values.push_back(split(value.text, " ").front());
                if (!device().field(field)->many && value.known()) filter.values.back() = value.text;
            }
            if (noise.below(2) == 0 || filter.values.empty()) {
                filter.states.push_back(static_cast<State>(noise.below(5)));
            }
            listing.filters.push_back(std::move(filter));
        }
        if (noise.below(4) == 0) {
            Filter filter;
            filter.field = "acquired_on";
            if (noise.below(2) == 0) filter.from = noise.of(days);
            if (noise.below(2) == 0 || filter.from.empty()) filter.to = noise.of(days);
            listing.filters.push_back(std::move(filter));
        }
        return listing;
    }

    FreshRecord record_;
    std::vector<std::string> ids_;
    std::vector<Entry> entries_;
};

TEST_F(SlowListings, PagesPutTogetherAreTheWholeListInItsOrder) {
    Noise noise(23);
    size_t shown = 0;
    const int64_t rounds = tests::share("random lists, page by page", 100, 3000);
    for (int64_t round = 0; round < rounds; round++) {
        Listing listing = random_listing(noise);
        std::vector<std::string> wanted = expected(listing);
        auto same = [&](const std::vector<Entry>& entries, size_t from) {
            for (size_t i = 0; i < entries.size(); i++) {
                ASSERT_LT(from + i, wanted.size());
                ASSERT_EQ(entries[i].id, wanted[from + i]) << "round " << round << ", sort " << listing.sort;
            }
        };
        listing.count = true;
        auto all = list_page(*record_, listing);
        ASSERT_TRUE(all) << all.error().words.en;
        ASSERT_EQ(all->entries.size(), wanted.size()) << "round " << round;
        EXPECT_EQ(all->total, static_cast<int64_t>(wanted.size()));
        EXPECT_TRUE(all->next.empty());
        same(all->entries, 0);
        shown += wanted.size();

        listing.limit = static_cast<int64_t>(1 + noise.below(50));
        size_t seen = 0;
        do {
            auto page = list_page(*record_, listing);
            ASSERT_TRUE(page) << page.error().words.en;
            same(page->entries, seen);
            seen += page->entries.size();
            EXPECT_EQ(page->total, static_cast<int64_t>(wanted.size())) << "a count is of all pages";
            listing.after = page->next;
        } while (!listing.after.empty());
        ASSERT_EQ(seen, wanted.size()) << "round " << round;

        listing.offset = static_cast<int64_t>(noise.below(wanted.size() + 2));
        auto jumped = list_page(*record_, listing);
        ASSERT_TRUE(jumped) << jumped.error().words.en;
        size_t left = wanted.size() - std::min(wanted.size(), static_cast<size_t>(listing.offset));
        EXPECT_EQ(jumped->entries.size(), std::min(left, static_cast<size_t>(listing.limit)));
        same(jumped->entries, static_cast<size_t>(listing.offset));
    }
    EXPECT_GT(shown, static_cast<size_t>(10 * rounds)) << "the random filters leave too little to compare";
}

TEST_F(SlowListings, WholeEntriesAndColumnsSayTheSameAsTheEntry) {
    Listing listing;
    listing.register_name = "device";
    auto whole = list_page(*record_, listing);
    listing.columns = {"acquired_on", "kind", "log_fields"};
    auto some = list_page(*record_, listing);
    ASSERT_TRUE(whole && some);
    ASSERT_EQ(whole->entries.size(), entries_.size());
    ASSERT_EQ(some->rows.size(), entries_.size());
    for (size_t i = 0; i < whole->entries.size(); i++) {
        Entry entry = *record_->get("device", whole->entries[i].id);
        EXPECT_EQ(whole->entries[i].fields, entry.fields);
        EXPECT_EQ(whole->entries[i].label, entry.label);
        EXPECT_EQ(some->rows[i].id, entry.id);
        EXPECT_EQ(some->rows[i].label, entry.label);
        EXPECT_EQ(some->rows[i].version, entry.version);
        for (size_t k = 0; k < listing.columns.size(); k++)
            EXPECT_EQ(some->rows[i].values[k], entry.field(listing.columns[k]));
    }
}

TEST_F(SlowListings, FacetsCountUnderTheOtherFilters) {
    Noise noise(31);
    const std::vector<std::string> fields{"kind", "place", "log_fields", "acquired_on"};
    const int64_t rounds = tests::share("random lists, counted", 50, 2000);
    for (int64_t round = 0; round < rounds; round++) {
        Listing listing = random_listing(noise);
        auto found = facets(*record_, listing, fields);
        ASSERT_TRUE(found) << found.error().words.en;
        EXPECT_EQ(found->total, static_cast<int64_t>(expected(listing).size()));
        for (const Facet& facet : found->facets) {
            std::map<std::string, int64_t> values;
            std::map<State, int64_t> states;
            for (const Entry& entry : entries_) {
                if (!fits(listing, entry, facet.field)) continue;
                const FieldValue& value = entry.field(facet.field);
                if (!value.known()) states[value.state]++;
                if (!value.known()) continue;
                bool many = device().field(facet.field)->many;
                for (const std::string& one : many ? split(value.text, " ") : std::vector{value.text})
                    values[one]++;
            }
            std::map<std::string, int64_t> counted;
            for (const Count& one : facet.values)
                counted[one.value] = one.count;
            EXPECT_EQ(counted, values) << "round " << round << ", " << facet.field;
            EXPECT_EQ((std::map<State, int64_t>(facet.states.begin(), facet.states.end())), states);
        }
    }
}

TEST_F(SlowListings, AViewIsListedAsItsSqlSays) {
    for (const catalog::Register& one : record_->catalog().registers()) {
        for (const catalog::View& view : one.views) {
            Listing listing;
            listing.register_name = one.name;
            listing.view = view.name;
            auto page = list_page(*record_, listing);
            auto shape = record_->scoped("SELECT * FROM " + view.name);
            bool has_id = false;
            for (int i = 0; i < shape.columns(); i++)
                has_id = has_id || shape.column_name(i) == "id";
            if (!has_id) {
                EXPECT_EQ(page.error().code, Code::not_found) << view.name;
                continue;
            }
            ASSERT_TRUE(page) << view.name << ": " << page.error().words.en;
            std::set<std::string> ids;
            auto query = record_->scoped("SELECT id FROM " + view.name);
            while (query.step())
                ids.emplace(query.text(0));
            std::set<std::string> listed;
            for (const Entry& entry : page->entries)
                EXPECT_TRUE(listed.insert(entry.id).second) << view.name;
            std::erase_if(ids, [&](const std::string& id) { return !record_->get(one.name, id); });
            EXPECT_EQ(listed, ids) << view.name;
        }
    }
}

TEST_F(SlowListings, SeesNothingOfAnotherInstitution) {
    auto query = record_->database().prepare(
        "INSERT INTO r_device (institution, id, version, label, label_order, label_search, retired, "
        "created_on,"
        " updated_on, updated_by, extra, written, states, list_states)"
        " SELECT 'other', id, version, label, label_order, label_search, retired, created_on, updated_on,"
        " updated_by, extra, written, states, list_states FROM r_device");
    query.run();
    Listing listing;
    listing.register_name = "device";
    listing.count = true;
    auto page = list_page(*record_, listing);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->total, static_cast<int64_t>(entries_.size()));
    EXPECT_EQ(page->entries.size(), entries_.size());
    EXPECT_EQ(facets(*record_, listing, {"kind"})->total, static_cast<int64_t>(entries_.size()));
}

TEST_F(SlowListings, RefusesWhatItCannotDo) {
    Listing listing;
    listing.register_name = "no_such";
    EXPECT_EQ(list_page(*record_, listing).error().code, Code::unknown_register);
    listing.register_name = "device";
    listing.sort = "no_such";
    EXPECT_EQ(list_page(*record_, listing).error().code, Code::unknown_field);
    listing.sort = "";
    listing.view = "person_present";
    EXPECT_EQ(list_page(*record_, listing).error().code, Code::not_found) << "a view of another register";
    listing.view = "";
    listing.limit = 5;
    std::string next = list_page(*record_, listing)->next;
    ASSERT_FALSE(next.empty());
    listing.after = next;
    ASSERT_TRUE(list_page(*record_, listing));
    listing.sort = "-place";
    EXPECT_EQ(list_page(*record_, listing).error().code, Code::bad_value) << "a cursor of another sort";
    for (const char* cursor : {"zz", "00", "5b5d", "6e756c6c"}) {
        listing.after = cursor;
        EXPECT_EQ(list_page(*record_, listing).error().code, Code::bad_value);
    }
    listing.after = "";
    listing.filters = {{"place", {}, {}, "2018", ""}};
    EXPECT_EQ(list_page(*record_, listing).error().code, Code::bad_value);
    listing.filters = {{"acquired_on", {}, {}, "spring", ""}};
    EXPECT_EQ(list_page(*record_, listing).error().code, Code::bad_value);
    EXPECT_EQ(facets(*record_, {}, {}).error().code, Code::unknown_register);
}

TEST_F(SlowListings, ReadsFiltersAsPeopleWriteThem) {
    std::vector<Filter> filters;
    for (const char* written : {"kind=サーバ", "kind=?", "place=", "place=!", "acquired_on=平成30年..2019-03",
                                "maintainer=A社", "log_fields=利用者、アクセス", "place=サーバ室"}) {
        auto added = add_filter(*record_, device(), written, filters);
        ASSERT_TRUE(added) << written << ": " << added.error().words.en;
    }
    ASSERT_EQ(filters.size(), 5U);
    EXPECT_EQ(filters[0].values, std::vector<std::string>{"server"});
    EXPECT_EQ(filters[0].states, std::vector<State>{State::unknown});
    EXPECT_EQ(filters[1].values, std::vector<std::string>{"サーバ室"});
    EXPECT_EQ(filters[1].states, (std::vector<State>{State::never_asked, State::unreadable}));
    EXPECT_EQ(filters[2].from, "2018");
    EXPECT_EQ(filters[2].to, "2019-03");
    EXPECT_EQ(filters[3].values.size(), 1U);
    EXPECT_EQ(filters[4].values, (std::vector<std::string>{"user", "access"}));
    EXPECT_EQ(add_filter(*record_, device(), "kind", filters).error().code, Code::usage);
    EXPECT_EQ(add_filter(*record_, device(), "no_such=1", filters).error().code, Code::unknown_field);
    EXPECT_EQ(add_filter(*record_, device(), "kind=冷蔵庫", filters).error().code, Code::bad_value);
    EXPECT_EQ(add_filter(*record_, device(), "maintainer=C社", filters).error().code, Code::not_found);
}

TEST_F(SlowListings, RebuiltTablesAreTheLiveOnes) {
    EXPECT_TRUE(record_->compare_with_history().empty());
}

}  // namespace
}  // namespace sonae::registers
