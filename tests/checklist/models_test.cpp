// Nothing is はい by silence, tried out: two model clinics whose R7 lines all stand, from which each fact is
// taken away in turn. tests/models/needs.yaml says which lines need a fact; a line that stands without a fact
// it needs is a hole in its question, and a fact that matters without being listed (or the other way round)
// is noticed too.
#include "catalog/yaml.hpp"
#include "checklist/answer.hpp"
#include "facts.hpp"
#include "register/projection.hpp"
#include "register/scope.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace sonae::checklist {
namespace {

using Lines = std::set<std::string>;

// What needs.yaml says of one entry: the lines that fall with a field, and with the whole entry.
struct Needs {
    std::map<std::string, Lines> fields;
    Lines entry;
};

std::string read_text(const std::string& name) {
    auto text = os::read_file(std::filesystem::path(SONAE_SOURCE "/tests/models") / name);
    if (!text) throw std::runtime_error(text.error().words.en);
    return *text;
}

Lines lines_at(const json::object& object, std::string_view key) {
    Lines out;
    if (const json::array* list = array_at(object, key)) {
        for (const json::value& one : *list)
            out.emplace(view(one.as_string()));
    }
    return out;
}

std::map<std::string, Needs> needs_of(const std::string& model) {
    auto file = catalog::yaml_to_json("needs.yaml", read_text("needs.yaml"));
    if (!file) throw std::runtime_error(file.error().words.en);
    std::map<std::string, Needs> out;
    for (const auto& [entry, said] : file->at(model).as_object()) {
        Needs needs;
        needs.entry = lines_at(said.as_object(), "retired");
        if (const json::object* needed = object_at(said.as_object(), "needed")) {
            for (const auto& field : *needed)
                needs.fields[field.key()] = lines_at(*needed, field.key());
        }
        for (const std::string& field : lines_at(said.as_object(), "optional"))
            EXPECT_TRUE(needs.fields.emplace(field, Lines{}).second) << entry << "." << field;
        out[entry] = std::move(needs);
    }
    return out;
}

// A line by number, and target where it has one: "2-⑫ pc".
std::string line_of(const catalog::Item& item) {
    return item.target.empty() ? item.number : item.number + " " + item.target;
}

using Names = std::set<std::string, std::less<>>;

// The names in the SQL of a question and of the views it speaks of.
const Names& names_in(const std::string& question) {
    static const std::map<std::string, Names> names = [] {
        std::map<std::string, Names> out;
        registers::Scope scope(tests::source_catalog());
        for (const catalog::Question& one : tests::source_catalog().questions()) {
            std::string sql;
            for (const catalog::Check& check : one.checks)
                sql += scope.resolve(check.sql) + " ";
            for (const catalog::Support& support : one.support)
                sql += scope.resolve(support.sql) + " ";
            std::string name;
            for (char c : sql) {
                if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') {
                    name += c;
                } else if (!name.empty()) {
                    out[one.name].insert(std::exchange(name, {}));
                }
            }
        }
        return out;
    }();
    return names.at(question);
}

// Whether a question can be answered otherwise when this field changes: its SQL names the field, or a table
// made from it.
bool reads(const std::string& question, const std::string& register_name, const std::string& field) {
    const Names& names = names_in(question);
    const catalog::Register& description = *tests::source_catalog().find_register(register_name);
    for (const catalog::Computed& one : description.computed) {
        bool made_from = std::ranges::find(one.reads, field) != one.reads.end();
        if (made_from && names.contains("c_" + one.name)) return true;
    }
    if (names.contains(fmt::format("m_{}_{}", register_name, field))) return true;
    return names.contains("v_" + register_name) &&
           (names.contains(field) || names.contains(field + "_state") || names.contains(field + "_last"));
}

// A model clinic in a record of its own.
class Model {
 public:
    explicit Model(const std::string& name) {
        std::string text = read_text(name + ".jsonl");
        auto commands = registers::commands_from_lines(tests::source_catalog(), text, true);
        if (!commands) throw std::runtime_error(commands.error().words.en);
        auto applied = record_.lines(text);
        for (size_t i = 0; i < applied.size(); i++) {
            EXPECT_TRUE(applied[i].unreadable.empty()) << applied[i].unreadable.front();
            EXPECT_TRUE(applied[i].created.empty())
                << "made by the way: " << applied[i].created.front().second;
            const std::string& word = (*commands)[i].id;
            entries_[word.empty() ? "institution" : word] = {applied[i].register_name, applied[i].id};
        }
    }

    const std::map<std::string, std::pair<std::string, std::string>>& entries() const { return entries_; }

    registers::Entry entry(const std::string& word) {
        const auto& [register_name, id] = entries_.at(word);
        return *record_->get(register_name, id);
    }

    // The lines of the R7 institution form as `answer` gives them: those that do not stand, with their
    // reasons.
    std::map<std::string, std::string> fallen() {
        auto assessment = find_assessment(*record_, "R7", "medical", {}, 0);
        std::map<std::string, std::string> out;
        for (const ItemState& state : answer(*record_, *assessment)) {
            EXPECT_TRUE(state.derived) << state.item->id;
            note(line_of(*state.item), *state.derived, out);
        }
        return out;
    }

    // The lines that were 対象外 in any answer so far.
    const Lines& not_applicable() const { return not_applicable_; }

    // Which of the lines for which `asked` holds fall when the entry is as given; nothing is kept.
    template <class Asked>
    Lines fall_with(registers::Entry entry, Asked asked) {
        entry.version++;
        store::Transaction kept_by_nobody(record_->database());
        registers::Projection projection(record_->database(), tests::source_catalog());
        projection.write(record_->institution(), entry, record_->today(), "tester");
        std::map<std::string, std::string> out;
        for (const catalog::Item& item : tests::source_catalog().checklist("R7")->items) {
            if (item.form != "medical" || !asked(item)) continue;
            const catalog::Question& question = *tests::source_catalog().question(item.question);
            note(line_of(item), ask(*record_, question, item.target), out);
        }
        Lines lines;
        for (const auto& [line, told] : out)
            lines.insert(line);
        return lines;
    }

 private:
    void note(const std::string& line, const Derived& derived, std::map<std::string, std::string>& out) {
        if (derived.value == Value::yes) return;
        if (derived.value == Value::not_applicable) {
            not_applicable_.insert(line);
            return;
        }
        std::string& told = out[line];
        told = value_text(derived.value);
        for (const Reason& reason : derived.reasons)
            told += fmt::format("\n    {}: {}", reason.check, reason.sentence.ja);
    }

    tests::FreshRecord record_;
    std::map<std::string, std::pair<std::string, std::string>> entries_;
    Lines not_applicable_;
};

class Models : public testing::TestWithParam<std::string> {};

TEST_P(Models, HaveEveryLineAsYesOrNotApplicable) {
    Model model(GetParam());
    for (const auto& [line, told] : model.fallen())
        ADD_FAILURE() << line << ": " << told;
    Lines expected;
    if (GetParam() == "cloud_clinic") expected = {"2-⑪ server", "2-⑫ server"};
    EXPECT_EQ(model.not_applicable(), expected);
}

TEST_P(Models, LoseTheLinesThatNeedAFact) {
    Model model(GetParam());
    const std::map<std::string, Needs> listed = needs_of(GetParam());
    ASSERT_TRUE(model.fallen().empty());
    const Lines not_applicable = model.not_applicable();
    for (const auto& [word, place] : model.entries()) {
        const registers::Entry whole = model.entry(word);
        auto needs = listed.find(word);
        Needs expected = needs == listed.end() ? Needs{} : needs->second;

        if (word != "institution") {
            registers::Entry retired = whole;
            auto names_register = [&, &place = place](const catalog::Item& item) {
                return names_in(item.question).contains("v_" + place.first);
            };
            retired.retired = true;
            EXPECT_EQ(model.fall_with(retired, names_register), expected.entry) << word << " retired";
        }
        for (const auto& [field, value] : whole.fields) {
            // What is recorded: a value, or that there is none ("-").
            if (!value.known() && value.state != registers::State::none) continue;
            SCOPED_TRACE(word + "." + field);
            EXPECT_TRUE(expected.fields.contains(field)) << "neither needed nor optional in needs.yaml";
            registers::Entry without = whole;
            without.fields.erase(field);
            auto reads_field = [&, &place = place, &field = field](const catalog::Item& item) {
                return reads(item.question, place.first, field);
            };
            const Lines needed = expected.fields[field];
            EXPECT_EQ(model.fall_with(without, reads_field), needed) << "cleared";

            // Recorded as unknown is never better than blank.
            without.fields[field].state = registers::State::unknown;
            auto is_needed = [&](const catalog::Item& item) { return needed.contains(line_of(item)); };
            EXPECT_EQ(model.fall_with(without, is_needed), needed) << "as unknown";
            expected.fields.erase(field);
        }
        for (const auto& [field, lines] : expected.fields)
            ADD_FAILURE() << word << "." << field << " is in needs.yaml and not in the model";
    }
    for (const auto& [word, needs] : listed)
        EXPECT_TRUE(model.entries().contains(word)) << word << " is in needs.yaml and not in the model";
    EXPECT_EQ(model.not_applicable(), not_applicable) << "the absence of a fact made a line 対象外";
}

INSTANTIATE_TEST_SUITE_P(Checklist, Models, testing::Values("clinic", "cloud_clinic"),
                         [](const auto& one) { return one.param; });

TEST(EmptyRecord, GivesNoYesAndNoNotApplicable) {
    for (const char* kind : {"clinic", "pharmacy"}) {
        tests::FreshRecord record("2026-11-21", kind);
        for (const catalog::Checklist& checklist : tests::source_catalog().checklists()) {
            if (!checklist.transcribed) continue;
            for (const catalog::Form& form : checklist.forms) {
                if (!form.needs.empty()) continue;  // a vendor's form has a vendor and no questions
                auto assessment = find_assessment(*record, checklist.edition, form.name, {}, 0);
                ASSERT_TRUE(assessment) << assessment.error().words.en;
                for (const ItemState& state : answer(*record, *assessment)) {
                    EXPECT_FALSE(state.answer) << state.item->id;
                    if (!state.derived) continue;
                    EXPECT_EQ(state.derived->value, Value::unknown) << state.item->id;
                    EXPECT_FALSE(state.derived->reasons.empty()) << state.item->id;
                }
            }
        }
    }
}

}  // namespace
}  // namespace sonae::checklist
