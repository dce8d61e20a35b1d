// The catalog as a whole: every fact has its field, and a mistake in a file is named with its place.
#include "catalog/catalog.hpp"

#include "catalog/builtin.hpp"
#include "catalog/yaml.hpp"
#include "facts.hpp"

#include <set>

namespace sonae::catalog {
namespace {

TEST(Catalog, IsTheOneThatIsBuiltIn) {
    auto builtin = Catalog::load(builtin_json(), {});
    ASSERT_TRUE(builtin) << builtin.error().words.en;
    EXPECT_EQ(builtin->digest(), tests::source_catalog().digest());
    EXPECT_EQ(builtin->digest().size(), 64U);
}

// The facts that our reading of the rulings names (tests/catalog/facts.yaml): each is a field of a register.
TEST(Catalog, HasAFieldForEveryFact) {
    auto text = os::read_file(SONAE_SOURCE "/tests/catalog/facts.yaml");
    ASSERT_TRUE(text);
    auto data = yaml_to_json("facts.yaml", *text);
    ASSERT_TRUE(data) << data.error().words.en;
    std::set<std::string> concepts;
    size_t fields = 0;
    for (const json::value& fact : data->at("facts").as_array()) {
        concepts.emplace(text_at(fact.as_object(), "concept"));
        for (const json::value& name : fact.at("fields").as_array()) {
            std::string_view whole = view(name.as_string());
            std::string_view register_name = whole.substr(0, whole.find('.'));
            const Register* description = tests::source_catalog().find_register(register_name);
            ASSERT_NE(description, nullptr) << whole;
            EXPECT_NE(description->field(whole.substr(register_name.size() + 1)), nullptr) << whole;
            fields++;
        }
    }
    EXPECT_GT(fields, 150U);
    for (const Question& question : tests::source_catalog().questions()) {
        EXPECT_TRUE(concepts.contains(question.concept_name))
            << "no facts listed for " << question.concept_name;
    }
}

TEST(Catalog, SaysItsSourceAndSpeaksBothLanguages) {
    for (const Register& one : tests::source_catalog().registers()) {
        EXPECT_FALSE(one.source.empty()) << one.name;
        EXPECT_FALSE(one.about.ja.empty()) << one.name;
        for (const Field& field : one.fields)
            EXPECT_FALSE(field.source.empty()) << one.name << "." << field.name;
    }
    for (const Question& one : tests::source_catalog().questions()) {
        EXPECT_FALSE(one.source.empty()) << one.name;
        EXPECT_FALSE(one.help.ja.empty()) << one.name;
    }
}

struct Mistaken {
    std::string yaml;
    std::string named;
};

class Mistakes : public testing::TestWithParam<Mistaken> {};

TEST_P(Mistakes, AreNamedWithTheirPlace) {
    auto loaded = Catalog::load(builtin_json(), {{"own.yaml", GetParam().yaml}});
    ASSERT_FALSE(loaded) << GetParam().yaml;
    EXPECT_EQ(loaded.error().code, Code::bad_catalog);
    EXPECT_NE(loaded.error().words.en.find(GetParam().named), std::string::npos) << loaded.error().words.en;
    EXPECT_FALSE(loaded.error().words.ja.empty());
}

const std::string field_head = "register: mine\nlabel: {ja: 自前, en: Mine}\nlabel_of: [name]\nfields:\n";

INSTANTIATE_TEST_SUITE_P(
    Catalog, Mistakes,
    testing::Values(
        Mistaken{"register: [", "own.yaml, line 1"}, Mistaken{"a: 1\na: 2\n", "\"a\" occurs twice"},
        Mistaken{"hello: world\n", "not a catalog file"}, Mistaken{"- 1\n", "not a catalog file"},
        Mistaken{"register: mine\nlabel: {ja: 自前, en: Mine}\n", "label_of"},
        Mistaken{"register: Bad Name\nlabel: {ja: 自前, en: Mine}\nlabel_of: [a]\n", "SQL name"},
        Mistaken{field_head + "  - {name: name, type: color, label: {ja: 名, en: Name}}\n", "fields[1]"},
        Mistaken{field_head + "  - {name: name, type: text, label: {ja: 名, en: Name}, colour: red}\n",
                 "colour"},
        Mistaken{field_head + "  - {name: name, type: text, label: {ja: 名}}\n", "\"en\" is missing"},
        Mistaken{field_head + "  - {name: version, type: text, label: {ja: 名, en: N}}\n",
                 "cannot be the name"},
        Mistaken{
            field_head + "  - {name: name, type: reference, references: nothing, label: {ja: 名, en: N}}\n",
            "points to something"},
        Mistaken{field_head + "  - {name: name, type: choice, label: {ja: 名, en: N}}\n", "choices"},
        Mistaken{"question: mine\nconcept: x\ntitle: {ja: あ, en: a}\nchecks:\n"
                 "  - {id: a, effect: maybe, register: device, sql: SELECT 1, sentence: {ja: あ, en: a}}\n",
                 "effect"},
        Mistaken{"question: mine\nconcept: x\ntitle: {ja: あ, en: a}\nchecks:\n"
                 "  - {id: a, effect: 'no', register: nothing, sql: SELECT 1, sentence: {ja: あ, en: a}}\n"
                 "support:\n  - {register: device, sql: SELECT id FROM device}\n",
                 "register or field"},
        Mistaken{
            "edition: X1\ntitle: {ja: あ, en: a}\nforms: [{name: medical, label: {ja: 様, en: f}}]\nitems:\n"
            "  - {id: a, form: medical, concept: c, label: {ja: あ, en: a}, question: nothing,\n"
            "     number_confidence: verified, source: {text: own, confidence: sure}}\n",
            "confidence"},
        Mistaken{"x: &a 1\ny: *a\nregister: z\n", "own.yaml, line 2: an alias"},
        Mistaken{"register: \x92\x49\n", "save the file as UTF-8"},
        Mistaken{std::string("r\0e\0g\0", 6), "save the file as UTF-8"}));

TEST(Catalog, TakesAUsersOwnFileInPlaceOfOurs) {
    auto loaded =
        Catalog::load(builtin_json(), {{"own.yaml",
                                        "edition: R7\ntitle: {ja: 自前の版, en: Own}\n"
                                        "forms: [{name: medical, label: {ja: 様式, en: Form}}]\n"}});
    ASSERT_TRUE(loaded) << loaded.error().words.en;
    EXPECT_EQ(loaded->checklist("R7")->title.ja, "自前の版");
    EXPECT_NE(loaded->digest(), tests::source_catalog().digest());
    EXPECT_EQ(loaded->tables_digest(), tests::source_catalog().tables_digest())
        << "no table depends on an edition";
}

}  // namespace
}  // namespace sonae::catalog
