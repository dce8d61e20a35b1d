// Runs the cases that stand beside the questions: facts and a day → value and sentences.
#include "checklist/answer.hpp"
#include "facts.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace sonae::checklist {
namespace {

const Reason* reason_of(const Derived& derived, std::string_view check) {
    auto found = std::ranges::find(derived.reasons, check, &Reason::check);
    return found == derived.reasons.end() ? nullptr : &*found;
}

std::string told(const Derived& derived) {
    std::string out(value_text(derived.value));
    for (const Reason& reason : derived.reasons)
        out += fmt::format("\n    {}: {}", reason.check, reason.sentence.ja);
    return out;
}

class Cases : public testing::TestWithParam<std::string> {};

TEST_P(Cases, GiveTheirValueAndSentences) {
    const catalog::Question& question = *tests::source_catalog().question(GetParam());
    ASSERT_FALSE(question.cases.empty()) << question.name << " has no cases";
    for (const catalog::Case& one : question.cases) {
        SCOPED_TRACE(question.name + ": " + one.name);
        tests::FreshRecord record(one.recorded.empty() ? one.today : one.recorded);
        for (const registers::Applied& applied : record.facts(one.facts)) {
            EXPECT_TRUE(applied.unreadable.empty() || one.name.find("unreadable") != std::string::npos)
                << "a fact of the case cannot be read: " << applied.register_name << "."
                << applied.unreadable.front();
        }
        record.clock() = FixedClock(*Date::parse_iso(one.today));
        Derived derived = ask(*record, question, one.target);
        EXPECT_EQ(value_text(derived.value), one.value) << told(derived);
        for (const auto& [check, part] : one.sentences) {
            const Reason* reason = reason_of(derived, std::string_view(check.data(), check.size()));
            if (!reason) {
                ADD_FAILURE() << check << " found nothing; " << told(derived);
                continue;
            }
            EXPECT_NE(reason->sentence.ja.find(part.as_string().c_str()), std::string::npos)
                << reason->sentence.ja;
            for (const std::string& sentence : {reason->sentence.ja, reason->sentence.en}) {
                EXPECT_EQ(sentence.find('{'), std::string::npos) << "not filled: " << sentence;
                EXPECT_EQ(sentence.find("準拠"), std::string::npos);
            }
        }
        for (const json::value& check : one.absent) {
            EXPECT_EQ(reason_of(derived, view(check.as_string())), nullptr) << check << "; " << told(derived);
        }
    }
}

// The values a question can give, from the effects of its checks; はい when it has support.
TEST_P(Cases, CoverEveryValueAndEveryCheck) {
    const catalog::Question& question = *tests::source_catalog().question(GetParam());
    std::set<std::string, std::less<>> values{"yes", "unknown"};
    std::set<std::string, std::less<>> checks;
    for (const catalog::Check& check : question.checks) {
        checks.insert(check.id);
        if (check.effect != catalog::Effect::advice) values.emplace(catalog::effect_text(check.effect));
    }
    for (const catalog::Case& one : question.cases) {
        values.erase(one.value);
        for (const auto& sentence : one.sentences)
            checks.erase(std::string(sentence.key()));
    }
    // The gate gives はい or いいえ of its own kind: what cannot be given is not asked for.
    EXPECT_TRUE(values.empty()) << question.name << " has no case for "
                                << fmt::format("{}", fmt::join(values, ", "));
    EXPECT_TRUE(checks.empty()) << question.name << " has no case for the checks "
                                << fmt::format("{}", fmt::join(checks, ", "));
}

std::vector<std::string> question_names() {
    std::vector<std::string> out;
    for (const catalog::Question& question : tests::source_catalog().questions())
        out.push_back(question.name);
    return out;
}

INSTANTIATE_TEST_SUITE_P(Catalog, Cases, testing::ValuesIn(question_names()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace sonae::checklist
