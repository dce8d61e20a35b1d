// The checklists as data: how many lines each edition and form has, which of them the record answers, and
// that no line is given as surer than its sources are.
#include "catalog/builtin.hpp"
#include "catalog/catalog.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace sonae::catalog {
namespace {

const Catalog& builtin() {
    static const Catalog catalog = [] {
        auto loaded = Catalog::load(builtin_json(), {});
        if (!loaded) throw std::runtime_error(loaded.error().words.en);
        return *std::move(loaded);
    }();
    return catalog;
}

const Checklist& edition(const std::string& name) {
    const Checklist* found = builtin().checklist(name);
    if (found == nullptr) throw std::runtime_error("no edition " + name);
    return *found;
}

template <class Keep>
std::vector<const Item*> items(const Checklist& checklist, std::string_view form, Keep keep) {
    std::vector<const Item*> kept;
    for (const Item& item : checklist.items)
        if (item.form == form && keep(item)) kept.push_back(&item);
    return kept;
}

std::vector<const Item*> lines(const Checklist& checklist, std::string_view form) {
    return items(checklist, form, [](const Item& item) { return !item.gate; });
}

std::multiset<std::pair<std::string, std::string>> concepts(const std::vector<const Item*>& list) {
    std::multiset<std::pair<std::string, std::string>> result;
    for (const Item* item : list)
        result.emplace(item->concept_name, item->target);
    return result;
}

TEST(Checklists, LinesOfEachEditionAndForm) {
    for (const char* form : {"medical", "pharmacy"}) {
        for (const char* name : {"R5", "R6", "R7"}) {
            auto gates = items(edition(name), form, [](const Item& item) { return item.gate; });
            ASSERT_EQ(gates.size(), 1u) << name << form;
            EXPECT_EQ(gates[0]->concept_name, "exist");
            EXPECT_EQ(gates[0]->number, "-");
        }
        // R5: ten required lines and eight of the second part.
        auto reference = items(edition("R5"), form, [](const Item& item) { return item.reference; });
        EXPECT_EQ(reference.size(), 8u);
        EXPECT_EQ(lines(edition("R5"), form).size(), 18u);
        // R6: 1 + 14 + 3, the same lines as R5 and all required.
        EXPECT_EQ(lines(edition("R6"), form).size(), 18u);
        EXPECT_EQ(concepts(lines(edition("R6"), form)), concepts(lines(edition("R5"), form)));
        for (const auto& [section, count] : {std::pair{"1", 1u}, {"2", 14u}, {"3", 3u}})
            EXPECT_EQ(items(edition("R6"), form,
                            [&section = section](const Item& item) { return item.section == section; })
                          .size(),
                      count);
        // R7: nineteen lines, ⑫ for two targets.
        EXPECT_EQ(lines(edition("R7"), form).size(), 19u);
        for (const auto& [section, count] : {std::pair{"1", 1u}, {"2", 14u}, {"3", 3u}, {"4", 1u}})
            EXPECT_EQ(items(edition("R7"), form,
                            [&section = section](const Item& item) { return item.section == section; })
                          .size(),
                      count);
        std::set<std::string> numbers;
        for (const Item* item : lines(edition("R7"), form))
            numbers.insert(item->number);
        EXPECT_EQ(numbers.size(), 18u);
    }
    for (const char* name : {"R5", "R6", "R7"}) {
        EXPECT_EQ(lines(edition(name), "vendor").size(), 14u) << name;
        EXPECT_TRUE(items(edition(name), "vendor", [](const Item& item) { return item.gate; }).empty())
            << name;
        for (const Item& item : edition(name).items) {
            EXPECT_EQ(item.reference && std::string(name) != "R5", false) << item.id;
        }
    }
}

// R7 against R6: five new concepts, patch merged, no concept lost.
TEST(Checklists, LineageFromR6ToR7) {
    std::set<std::string> old_ones, new_ones, added, lost;
    for (const Item* item : lines(edition("R6"), "medical"))
        old_ones.insert(item->concept_name);
    for (const Item* item : lines(edition("R7"), "medical"))
        new_ones.insert(item->concept_name);
    std::set_difference(new_ones.begin(), new_ones.end(), old_ones.begin(), old_ones.end(),
                        std::inserter(added, added.end()));
    std::set_difference(old_ones.begin(), old_ones.end(), new_ones.begin(), new_ones.end(),
                        std::inserter(lost, lost.end()));
    EXPECT_EQ(added, (std::set<std::string>{"pw", "reuse", "usb", "mfa", "rules"}));
    EXPECT_TRUE(lost.empty());
}

TEST(Checklists, TheRecordAnswersEveryLineOfR7) {
    for (const char* form : {"medical", "pharmacy"})
        for (const Item& item : edition("R7").items) {
            if (item.form != form) continue;
            const Question* question = builtin().question(item.question);
            ASSERT_NE(question, nullptr) << item.id;
            EXPECT_EQ(question->concept_name, item.concept_name) << item.id;
        }
}

TEST(Checklists, TheRecordAnswersOfR5AndR6WhatItCanTell) {
    for (const char* name : {"R5", "R6"})
        for (const Item& item : edition(name).items) {
            if (item.form == "vendor") continue;
            bool by_person = item.concept_name == "perm" || item.concept_name == "acct";
            EXPECT_EQ(item.question.empty(), by_person) << item.id;
            if (by_person) continue;
            EXPECT_EQ(builtin().question(item.question)->concept_name, item.concept_name) << item.id;
        }
}

TEST(Checklists, NothingIsDerivedForAVendorOrTheContinuityPlanTable) {
    for (const Checklist& checklist : builtin().checklists())
        for (const Item& item : checklist.items)
            if (item.form == "vendor" || checklist.edition == "BCP" || !checklist.transcribed) {
                EXPECT_EQ(item.question, "") << item.id;
            }
}

TEST(Checklists, R8ListsOnlyWhatIsKnown) {
    const Checklist& checklist = edition("R8");
    EXPECT_FALSE(checklist.transcribed);
    std::map<std::string, std::string> numbers;
    for (const Item& item : checklist.items) {
        numbers[item.concept_name] = item.number;
        EXPECT_NE(item.label_source.confidence, Confidence::verified) << item.id;
        EXPECT_FALSE(item.label_source.note.empty()) << item.id;
    }
    EXPECT_EQ(numbers,
              (std::map<std::string, std::string>{{"officer", "1-①"}, {"bcp", "3-③"}, {"rules", "4-①"}}));
    EXPECT_EQ(checklist.items.size(), 3u);
    ASSERT_EQ(checklist.files.size(), 4u);
    for (const OfficialFile& file : checklist.files) {
        EXPECT_EQ(file.sha256.size(), 64u) << file.name;
        EXPECT_EQ(file.sha256.find_first_not_of("0123456789abcdef"), std::string::npos) << file.name;
        EXPECT_GT(file.size, 20000) << file.name;
    }
}

TEST(Checklists, TheContinuityPlanTableHasItsChecksInFivePhases) {
    const Checklist& checklist = edition("BCP");
    EXPECT_EQ(checklist.items.size(), 27u);
    EXPECT_EQ(checklist.sections.size(), 5u);
    std::map<std::string, int> phase;
    std::set<std::string> groups;
    for (const Item& item : checklist.items) {
        EXPECT_EQ(item.form, "medical") << item.id;
        ++phase[item.section];
        groups.insert(item.number.substr(0, 3));
        // Number 1-1a has the concept bcp_1_1a.
        std::string concept_name = "bcp_" + item.number;
        std::replace(concept_name.begin(), concept_name.end(), '-', '_');
        EXPECT_EQ(item.concept_name, concept_name);
    }
    EXPECT_EQ(groups.size(), 21u);
    EXPECT_EQ(phase, (std::map<std::string, int>{{"1", 8}, {"2", 3}, {"3", 6}, {"4", 4}, {"5", 6}}));
    // Misreadings of the seed that must not come back.
    EXPECT_EQ(checklist.sections[3].second.ja, "復旧処理");
    EXPECT_EQ(checklist.sections[4].second.ja, "事後対応");
}

// The lines whose wording was read in a public text; every other line must say less.
const std::map<std::string, std::set<std::string>>& read_labels() {
    static const std::map<std::string, std::set<std::string>> labels = {
        {"R5", {"med.0.org",   "med.1-1.org", "med.2-1.all", "med.2-2.all", "med.2-3.all",
                "med.2-4.srv", "med.2-5.srv", "med.2-6.srv", "med.2-7.srv", "med.2-9.srv",
                "med.2-4.pc",  "med.2-5.pc",  "med.2-7.pc",  "med.2-9.pc",  "med.2-7.nw",
                "med.2-8.nw",  "med.3-1.org", "med.3-2.org", "med.3-3.org", "ven.2-3.all"}},
        {"R6", {"med.0.org",   "med.1-1.org", "med.2-1.all", "med.2-2.all", "med.2-3.all",
                "med.2-4.srv", "med.2-5.srv", "med.2-6.srv", "med.2-7.srv", "med.2-8.srv",
                "med.2-4.pc",  "med.2-5.pc",  "med.2-7.pc",  "med.2-8.pc",  "med.2-7.nw",
                "med.2-9.nw",  "med.3-1.org", "med.3-2.org", "med.3-3.org", "ven.2-3.all"}},
        {"R7",
         {"med.1-①.org", "med.2-①.all", "med.2-②.all", "med.2-③.all", "med.2-⑥.all", "med.2-⑦.all",
          "med.2-⑧.all", "med.2-⑫.srv", "med.2-⑫.pc", "med.2-⑬.nw", "med.3-②.org", "ven.2-⑦.all",
          "ven.2-⑧.all"}},
        {"R8", {}},
        {"BCP",
         {"med.1-1a", "med.1-1b", "med.1-1c", "med.1-1d", "med.1-2a", "med.1-2b", "med.1-2c", "med.2-3a",
          "med.3-4a", "med.4-1a", "med.4-2a", "med.5-2a", "med.5-3a", "med.5-4a", "med.5-5a"}},
    };
    return labels;
}

// Numbers that were read; in R5 to R7 where they differ from the lines whose wording was read.
bool number_read(const std::string& name, const Item& item) {
    static const std::map<std::string, std::set<std::string>> numbers = {
        {"R5",
         {"med.0.org", "med.1-1.org", "med.2-1.all", "med.2-2.all", "med.2-3.all", "med.2-6.srv",
          "med.2-8.nw", "med.3-1.org", "med.3-2.org", "med.3-3.org", "ven.1-1.org", "ven.2-3.all",
          "pha.1-1.org", "pha.2-1.all", "pha.2-2.all"}},
        {"R6",
         {"med.0.org", "med.1-1.org", "med.2-1.all", "med.2-2.all", "med.2-3.all", "med.2-6.srv",
          "med.3-1.org", "med.3-2.org", "med.3-3.org", "ven.1-1.org", "ven.2-3.all", "pha.1-1.org",
          "pha.2-1.all", "pha.2-2.all"}},
        {"R7",
         {"med.1-①.org", "med.2-①.all", "med.2-②.all", "med.2-③.all", "med.2-⑥.all", "med.2-⑦.all",
          "med.2-⑧.all", "med.2-⑨.all", "med.2-⑫.srv", "med.2-⑫.pc", "med.2-⑬.nw", "med.3-②.org"}},
        {"R8", {}},
    };
    auto known = numbers.find(name);
    return known == numbers.end() || known->second.contains(item.id.substr(name.size() + 1));
}

TEST(Checklists, NoLineIsGivenAsSurerThanItsSources) {
    for (const Checklist& checklist : builtin().checklists()) {
        ASSERT_TRUE(read_labels().contains(checklist.edition)) << checklist.edition;
        std::set<std::string> verified;
        for (const Item& item : checklist.items) {
            if (item.label_source.confidence == Confidence::verified)
                verified.insert(item.id.substr(checklist.edition.size() + 1));
            if (item.number_confidence == Confidence::verified) {
                EXPECT_TRUE(number_read(checklist.edition, item)) << item.id;
            }
            EXPECT_FALSE(item.label_source.text.empty()) << item.id;
            if (item.form == "pharmacy") {
                EXPECT_NE(item.label_source.confidence, Confidence::verified) << item.id;
            }
        }
        EXPECT_EQ(verified, read_labels().at(checklist.edition)) << checklist.edition;
    }
    // Only the beginning of 2-⑨ was seen.
    EXPECT_EQ(edition("R7").item("R7.med.2-⑨.all")->label_source.confidence, Confidence::uncertain);
    // 無効化 stands in no label of 2-⑤.
    EXPECT_EQ(edition("R7").item("R7.med.2-⑤.all")->label.ja,
              "退職者や使用していないアカウント等、不要なアカウントを削除している。");
}

}  // namespace
}  // namespace sonae::catalog
