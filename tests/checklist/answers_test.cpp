// Kept answers are those that a fresh record gives, whatever was changed in between.
#include "checklist/answers.hpp"

#include "checklist/derive.hpp"
#include "facts.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include <fmt/format.h>

namespace sonae::checklist {
namespace {

using catalog::Field;
using catalog::Register;
using catalog::Type;
using registers::Command;

std::string read_model(const std::string& name) {
    std::ifstream file(SONAE_SOURCE "/tests/models/" + name + ".jsonl");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// What an item says, for the message of a test that fails.
std::string told(const ItemState& state) {
    std::string out = state.item->id;
    if (!state.derived) return out;
    out += fmt::format(" {} support {}", value_text(state.derived->value), state.derived->support.size());
    for (const Reason& reason : state.derived->reasons) {
        out += fmt::format("\n    {} {}/{} {}", reason.check, reason.count, reason.of, reason.sentence.ja);
        for (const Found& one : reason.entries)
            out += fmt::format("\n        {} {}", one.id, one.label);
    }
    return out;
}

// Chooses commands by chance: every register that can be written, every action, every state of a field.
class Chance {
 public:
    Chance(registers::Record& record, uint64_t seed) : record_(record), noise_(seed) {}

    size_t below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(noise_); }
    bool one_in(size_t many) { return below(many) == 0; }

    Command command() {
        Command out;
        const Register& description = some_register();
        out.register_name = description.name;
        std::vector<std::string> ids = ids_of(description.name);
        bool may_add = !description.single && ids.size() < 60;
        if (ids.empty() || (may_add && one_in(4))) {
            out.action = "add";
            for (const Field& field : description.fields) {
                if (field.internal) continue;
                if (field.required || one_in(3))
                    out.values.emplace_back(field.name, value(field, field.required));
            }
        } else if (!description.single && one_in(12)) {
            out.action = "retire";
            out.id = ids[below(ids.size())];
        } else {
            out.action = "set";
            out.id = ids[below(ids.size())];
            for (size_t i = one_in(4) ? 3 : 1; i > 0; i--) {
                const Field& field = description.fields[below(description.fields.size())];
                if (!field.internal) out.values.emplace_back(field.name, value(field, field.required));
            }
        }
        return out;
    }

    std::vector<std::string> ids_of(const std::string& register_name) {
        std::vector<std::string> out;
        auto query = record_.database().prepare(
            fmt::format("SELECT id FROM r_{} WHERE retired = 0 ORDER BY id", register_name));
        while (query.step())
            out.emplace_back(query.text(0));
        return out;
    }

 private:
    const Register& some_register() {
        const auto& all = tests::source_catalog().registers();
        for (;;) {
            const Register& one =
                one_in(3) ? *tests::source_catalog().find_register("device") : all[below(all.size())];
            bool can =
                !one.internal && std::ranges::any_of(one.fields, [](const Field& f) { return !f.internal; });
            if (can) return one;
        }
    }

    std::string day() {
        static const std::vector<std::string> days{"2026-11-21", "2026-11-22", "2026-11-20", "2026-05-21",
                                                   "2026-05",    "2025",       "2027-03-31", "2026-12",
                                                   "2024-02-29", "2025-11-21"};
        return days[below(days.size())];
    }

    std::string value(const Field& field, bool known) {
        if (!known && one_in(5)) {
            static const std::vector<std::string> others{"", "?", "-", "読めない"};
            return others[below(others.size())];
        }
        switch (field.type) {
            case Type::date:
                return day();
            case Type::integer:
                return std::to_string(below(4) * 100);
            case Type::boolean:
                return one_in(2) ? "yes" : "no";
            case Type::choice: {
                std::string out = field.choices[below(field.choices.size())].value;
                if (field.many && one_in(2)) out += " " + field.choices[below(field.choices.size())].value;
                return out;
            }
            case Type::reference: {
                std::vector<std::string> ids = ids_of(field.references);
                if (ids.empty()) return known ? "だれか" : "";
                std::string out = ids[below(ids.size())];
                if (field.many && one_in(2)) out += " " + ids[below(ids.size())];
                return out;
            }
            case Type::address:
                return fmt::format("192.168.{}.{}", below(2), below(4) + 1);
            case Type::mac:
                return fmt::format("00:00:5e:00:53:0{}", below(4));
            case Type::text:
                break;
        }
        if (field.name == "question") return questions()[below(questions().size())];
        static const std::vector<std::string> texts{
            "Windows 11 Pro", "Windows 7",     "24H2",          "あ",  "A-2", "A-10",
            "officer",        "checked_since", "changed_since", "山田"};
        return texts[below(texts.size())];
    }
    static const std::vector<std::string>& questions() {
        static const std::vector<std::string> names = [] {
            std::vector<std::string> out;
            for (const catalog::Question& one : tests::source_catalog().questions())
                out.push_back(one.name);
            return out;
        }();
        return names;
    }

    registers::Record& record_;
    std::mt19937_64 noise_;
};

// Another connection to the same database, as the readers of a server have.
class Reader {
 public:
    Reader(const std::filesystem::path& folder, const Clock& clock) {
        auto opened = registers::Record::open_reader(folder, tests::source_catalog(), clock);
        EXPECT_TRUE(opened) << opened.error().words.en;
        record_.emplace(std::move(*opened));
    }
    const registers::Record& operator*() const { return *record_; }

 private:
    std::optional<registers::Record> record_;
};

// Kept answers, and what they were before.
struct Kept {
    explicit Kept(const registers::Record& record, const Assessment& assessment)
        : answers(record, assessment) {
        answers.refresh();
    }
    void expect(const std::vector<ItemState>& expected) {
        std::vector<ItemState> before = answers.items();
        auto changed = answers.refresh();
        ASSERT_EQ(answers.items().size(), expected.size());
        for (size_t i = 0; i < expected.size(); i++) {
            const ItemState& now = answers.items()[i];
            ASSERT_TRUE(now == expected[i]) << "kept: " << told(now) << "\nfresh: " << told(expected[i]);
            bool said = std::ranges::find(changed, now.item) != changed.end();
            ASSERT_EQ(said, !(now == before[i])) << now.item->id;
        }
    }
    Answers answers;
};

class SlowAnswers : public testing::TestWithParam<std::string> {
 protected:
    // CI runs so many steps for each ledger; SONAE_LONG=1 runs 20 times as many, from another seed each time.
    static size_t steps(size_t share) { return std::getenv("SONAE_LONG") ? share * 20 : share; }
};

TEST_P(SlowAnswers, AreThoseOfAFreshRecordAfterAnyChange) {
    tests::FreshRecord record;
    if (GetParam() != "random") record.lines(read_model(GetParam()));
    const uint64_t seed = std::getenv("SONAE_LONG") ? std::random_device()() : 20261122;
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Chance chance(*record, seed);
    auto assessment = find_assessment(*record, "R7", "medical", {}, 0);
    ASSERT_TRUE(assessment);
    // The one that writes, another one, and one that keeps nothing: its sets are filled anew every time.
    Kept writer(*record, *assessment);
    Reader other(record.folder(), record.clock());
    Kept reader(*other, *assessment);
    Reader fresh(record.folder(), record.clock());
    size_t day = 0;
    for (size_t step = 0; step < steps(150); step++) {
        size_t commands = chance.one_in(10) ? chance.below(30) + 1 : chance.one_in(3) ? 0 : 1;
        std::string done;
        for (size_t i = 0; i < commands; i++) {
            Command command = chance.command();
            auto applied = record->apply({command}, tests::tester);
            done += fmt::format("\n{} {} {}", command.action, command.register_name, command.id);
            for (const auto& [name, text] : command.values)
                done += fmt::format(" {}={}", name, text);
            if (!applied) done += " refused";
        }
        if (chance.one_in(40)) {
            day++;
            record.clock() = FixedClock(Date::parse_iso("2026-11-21")->plus_days(static_cast<int>(day)));
            done += "\nnext day";
        }
        if (chance.one_in(60)) {
            record->rebuild();
            done += "\nrebuild";
        }
        if (chance.one_in(30)) {
            Command command = chance.command();
            static_cast<void>(record->plan({command}, tests::tester));
            done += "\nrehearsal";
        }
        SCOPED_TRACE(fmt::format("step {}:{}", step, done));

        std::vector<ItemState> expected = answer(*fresh, *assessment);
        if (step % 50 == 0) {
            Reader newest(record.folder(), record.clock());
            ASSERT_EQ(expected, answer(*newest, *assessment));
        }
        writer.expect(expected);
        if (chance.one_in(2)) reader.expect(expected);
        if (HasFatalFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Checklist, SlowAnswers, testing::Values("clinic", "cloud_clinic", "random"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace sonae::checklist
