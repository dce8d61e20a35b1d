// Lists of a large ledger beside SQL written by hand over the same file: pages, deep pages, jumps, counts and
// facets. Ids are compared first; then both are timed in turns. `bench_lists [DEVICES …]`, by default 10,000
// and 100,000.
#include "bench/measure.hpp"
#include "catalog/builtin.hpp"
#include "register/listing.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

using namespace sonae;
using registers::Listing;
using registers::Record;

namespace {

using bench::stop;
using bench::taken;

constexpr int page_size = 50;
const std::vector<std::string> columns{"kind", "status", "place", "acquired_on"};

// A ledger from a seed, so that every run measures the same.
void fill(Record& record, int devices) {
    std::mt19937 noise(10000);
    auto of = [&](std::initializer_list<std::pair<const char*, uint64_t>> list) {
        uint64_t place = noise() % 1000;
        for (const auto& [value, share] : list) {
            if (place < share) return std::string(value);
            place -= share;
        }
        return std::string();
    };
    constexpr int portion = 1000;
    for (int from = 0; from < devices; from += portion) {
        std::vector<registers::Command> commands;
        for (int i = from; i < std::min(devices, from + portion); i++) {
            registers::Command& command = commands.emplace_back();
            command.action = "add";
            command.register_name = "device";
            // Numbers in no order, as they come from several lists.
            int64_t number = i * int64_t{7919} % devices;
            command.values = {
                {"number", std::to_string(number)},
                {"kind", of({{"pc", 850}, {"server", 30}, {"network", 50}, {"peripheral", 40}, {"?", 20}})},
                {"maker", of({{"富士通", 400}, {"Dell", 300}, {"HP", 200}})},
                {"model", fmt::format("M{}", noise() % 400)},
                {"hostname", fmt::format("PC-{:06}", noise() % 1000000)},
                {"os", of({{"Windows 11 Pro", 600}, {"Windows 10 Pro", 250}, {"?", 50}})},
                {"os_version", of({{"23H2", 300}, {"24H2", 300}, {"22H2", 200}})},
                {"user", fmt::format("利用者{}", noise() % 500)},
                {"place", fmt::format("{}階{}室", noise() % 9 + 1, noise() % 40)},
                {"acquired_on",
                 fmt::format("{}-{:02}-{:02}", 2012 + noise() % 14, noise() % 12 + 1, noise() % 28 + 1)},
                {"status",
                 of({{"running", 900}, {"stopped", 40}, {"disposed", 30}, {"awaiting_disposal", 5}})},
                {"medical_information", of({{"はい", 500}, {"いいえ", 300}})}};
        }
        taken(record.apply(commands, {"bench", "", "bench"}));
    }
}

// Rows as somebody who writes the SQL by hand would read them.
struct ByHand {
    std::string id;
    std::string label;
    std::vector<std::string> values;
};

std::vector<ByHand> rows_of(store::Statement statement) {
    std::vector<ByHand> out;
    while (statement.step()) {
        ByHand& row = out.emplace_back();
        row.id = statement.text(0);
        row.label = statement.text(1);
        for (int i = 2; i < statement.columns(); i++)
            row.values.emplace_back(statement.text(i));
    }
    return out;
}

class Bench {
 public:
    Bench(Record& record, int devices) : record_(record), devices_(devices) {}

    // Times a list beside its peer. `vary` gives the listing and the peer's statement, bound, for one run.
    using Peer = std::function<store::Statement()>;
    void list(const std::string& name, const std::function<std::pair<Listing, Peer>()>& vary) {
        for (int i = 0; i < 5; i++) {
            const auto varied = vary();
            const auto& listing = varied.first;
            const auto& peer = varied.second;
            auto page = taken(list_page(record_, listing));
            auto rows = rows_of(peer());
            bool same = page.rows.size() == rows.size() && !rows.empty();
            for (size_t k = 0; same && k < rows.size(); k++)
                same = page.rows[k].id == rows[k].id && page.rows[k].label == rows[k].label;
            if (!same) stop(name + ": ours and the hand-written SQL give different rows");
        }
        bench::Times ours;
        bench::Times theirs;
        while (more(ours, theirs)) {
            const auto varied = vary();
            const auto& listing = varied.first;
            const auto& peer = varied.second;
            bench::run_both(
                ours, theirs, [&] { taken(list_page(record_, listing)); }, [&] { rows_of(peer()); });
        }
        bench::table_line(name, ours, theirs);
    }

    // Times the counts of a field's values under a filter on another beside GROUP BY.
    void facets(const std::string& name, const Listing& listing, const std::vector<std::string>& fields,
                const Peer& peer) {
        auto found = taken(registers::facets(record_, listing, fields));
        std::map<std::string, int64_t> ours_counted;
        for (const registers::Facet& facet : found.facets) {
            for (const registers::Count& one : facet.values)
                ours_counted[facet.field + " " + one.value] = one.count;
            for (const auto& [state, count] : facet.states)
                ours_counted[facet.field + " "] += count;
        }
        if (ours_counted != counted(peer())) stop(name + ": ours and the hand-written SQL count differently");
        bench::Times ours;
        bench::Times theirs;
        while (more(ours, theirs)) {
            bench::run_both(
                ours, theirs, [&] { taken(registers::facets(record_, listing, fields)); },
                [&] { counted(peer()); });
        }
        bench::table_line(name, ours, theirs);
    }

    // Times the number of entries beside count(*).
    void count(const std::string& name, Listing listing, const Peer& peer) {
        listing.count = true;
        listing.limit = 1;
        auto number = [&] {
            auto statement = peer();
            statement.step();
            int64_t out = statement.integer(0);
            statement.reset();
            return out;
        };
        if (taken(list_page(record_, listing)).total != number()) stop(name + ": different counts");
        bench::Times ours;
        bench::Times theirs;
        while (more(ours, theirs)) {
            bench::run_both(
                ours, theirs, [&] { taken(list_page(record_, listing)); },
                [&] { static_cast<void>(number()); });
        }
        bench::table_line(name, ours, theirs);
    }

    Listing listing(std::vector<registers::Filter> filters = {}) const {
        Listing out;
        out.register_name = "device";
        out.filters = std::move(filters);
        out.columns = columns;
        out.limit = page_size;
        return out;
    }

    // "SELECT … FROM r_device WHERE … " + `rest`, bound to the institution.
    store::Statement peer(const std::string& rest) const {
        auto statement = record_.database().prepare(
            "SELECT id, label, kind, status, place, acquired_on FROM r_device WHERE institution = :i AND "
            "retired = 0 " +
            rest);
        statement.bind("i", record_.institution());
        return statement;
    }

    int64_t below(int64_t count) { return static_cast<int64_t>(noise_() % static_cast<uint64_t>(count)); }
    int devices() const { return devices_; }
    Record& record() { return record_; }

 private:
    static bool more(const bench::Times& ours, const bench::Times& theirs) {
        return ours.count() < 20 || (ours.count() < 300 && ours.total() + theirs.total() < 3000);
    }

    static std::map<std::string, int64_t> counted(store::Statement statement) {
        std::map<std::string, int64_t> out;
        while (statement.step())
            out[fmt::format("{} {}", statement.text(0), statement.text(1))] = statement.integer(2);
        return out;
    }

    Record& record_;
    int devices_;
    std::mt19937_64 noise_{20261122};
};

registers::Filter is(const char* field, std::string value) {
    return {field, {std::move(value)}, {}, {}, {}};
}

void measure(Bench& bench) {
    const std::string page = " ORDER BY label_order, id LIMIT 50";
    auto place = [&] { return fmt::format("{}階{}室", bench.below(9) + 1, bench.below(40)); };

    bench.list("first page, all devices",
               [&] { return std::pair(bench.listing(), Bench::Peer([&] { return bench.peer(page); })); });
    bench.list("filter kind, by label", [&] {
        return std::pair(bench.listing({is("kind", "server")}),
                         Bench::Peer([&] { return bench.peer("AND kind = 'server'" + page); }));
    });
    bench.list("filter of 0.5 %, by label", [&] {
        return std::pair(bench.listing({is("status", "awaiting_disposal")}),
                         Bench::Peer([&] { return bench.peer("AND status = 'awaiting_disposal'" + page); }));
    });
    bench.list("filter kind and place, by label", [&] {
        std::string where = place();
        return std::pair(bench.listing({is("kind", "pc"), is("place", where)}),
                         Bench::Peer([&bench, page, where] {
                             auto out = bench.peer("AND kind = 'pc' AND place = :p" + page);
                             out.bind("p", where);
                             return out;
                         }));
    });
    bench.list("filter kind, latest acquired first", [&] {
        Listing listing = bench.listing({is("kind", "pc")});
        listing.sort = "-acquired_on";
        return std::pair(
            listing, Bench::Peer([&] {
                return bench.peer("AND kind = 'pc' ORDER BY acquired_on DESC, label_order, id LIMIT 50");
            }));
    });
    bench.list("text in the name", [&] {
        Listing listing = bench.listing();
        listing.contains = fmt::format("{:03}", bench.below(1000));
        return std::pair(listing, Bench::Peer([&bench, page, text = listing.contains] {
                             auto out = bench.peer("AND label_search LIKE :t" + page);
                             out.bind("t", "%" + text + "%");
                             return out;
                         }));
    });
    bench.list("filter without an index, by label", [&] {
        std::string user = fmt::format("利用者{}", bench.below(500));
        return std::pair(bench.listing({is("user", user)}), Bench::Peer([&bench, page, user] {
                             auto out = bench.peer("AND user = :u" + page);
                             out.bind("u", user);
                             return out;
                         }));
    });
    bench.list("in use (a view), by label", [&] {
        Listing listing = bench.listing();
        listing.view = "device_used";
        return std::pair(
            listing, Bench::Peer([&] {
                return bench.peer(
                    "AND COALESCE(status, 'running') NOT IN ('spare', 'awaiting_disposal', 'disposed')"
                    " AND (COALESCE(in_scope, 1) = 1 OR scope_by IS NULL)" +
                    page);
            }));
    });
    bench.list("deep page, filter kind", [&] {
        Listing listing = bench.listing({is("kind", "pc")});
        Listing before = listing;
        before.offset = bench.below(bench.devices() / 2);
        auto last = taken(list_page(bench.record(), before));
        listing.after = last.next;
        auto order = bench.record().database().prepare(
            "SELECT label_order, id FROM r_device WHERE institution = :i AND id = :id");
        order.bind("i", bench.record().institution()).bind("id", last.rows.back().id);
        order.step();
        std::string label(order.text(0));
        std::string id(order.text(1));
        order.reset();
        return std::pair(listing, Bench::Peer([&bench, page, label, id] {
                             auto out = bench.peer("AND kind = 'pc' AND (label_order, id) > (:l, :d)" + page);
                             out.bind("l", label).bind("d", id);
                             return out;
                         }));
    });
    bench.list("jump to a row, all devices", [&] {
        Listing listing = bench.listing();
        listing.offset = bench.below(bench.devices() - page_size);
        return std::pair(listing, Bench::Peer([&bench, page, offset = listing.offset] {
                             auto out = bench.peer(page + " OFFSET :o");
                             out.bind("o", offset);
                             return out;
                         }));
    });
    auto counting = [&](const std::string& where) {
        return Bench::Peer([&bench, where] {
            auto out = bench.record().database().prepare(
                "SELECT count(*) FROM r_device WHERE institution = :i AND retired = 0" + where);
            out.bind("i", bench.record().institution());
            return out;
        });
    };
    bench.count("total, filter kind", bench.listing({is("kind", "pc")}), counting(" AND kind = 'pc'"));
    bench.count("total, all devices", bench.listing(), counting(""));
    bench.facets(
        "facets of kind and status, filter maker", bench.listing({is("maker", "Dell")}), {"kind", "status"},
        [&] {
            auto out = bench.record().database().prepare(
                "SELECT 'kind', COALESCE(kind, ''), count(*) FROM r_device WHERE institution = :i AND"
                " retired = 0 AND maker = 'Dell' GROUP BY 2 UNION ALL SELECT 'status', COALESCE(status, ''),"
                " count(*) FROM r_device WHERE institution = :i AND retired = 0 AND maker = 'Dell' GROUP BY "
                "2");
            out.bind("i", bench.record().institution());
            return out;
        });
}

}  // namespace

int main(int count, char** given) {
    std::vector<int> sizes;
    for (int i = 1; i < count; i++)
        sizes.push_back(static_cast<int>(std::strtol(given[i], nullptr, 10)));
    if (sizes.empty()) sizes = {10000, 100000};
    auto catalog = taken(catalog::Catalog::load(catalog::builtin_json(), {}));
    SystemClock clock;
    for (int devices : sizes) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / fmt::format("sonae-lists-{}", devices)).string();
        std::filesystem::remove_all(pattern);
        if (auto made = Record::create(pattern, catalog, clock, "病院", "hospital", {"bench", "", "bench"});
            !made) {
            stop(made.error().words.en);
        }
        {
            Record record = taken(Record::open(pattern, catalog, clock));
            bench::Times making;
            making.run([&] { fill(record, devices); });
            std::printf("\n%d devices, made in %.1f s; milliseconds\n\n", devices, making.total() / 1000);
            Bench bench(record, devices);
            bench::table_head(fmt::format("{} devices", devices));
            measure(bench);
        }
        std::filesystem::remove_all(pattern);
    }
}
