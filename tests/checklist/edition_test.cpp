// Editions from an institution's own file: proposals, drafts and the catalog file that comes of them. The
// whole way is told in tests/story/edition_test.py.
#include "checklist/edition_carry.hpp"
#include "checklist/edition_use.hpp"
#include "facts.hpp"

#include <algorithm>

namespace sonae::checklist {
namespace {

using tests::source_catalog;
using tests::tester;

SheetLine line(const char* number, const char* text, const char* target = "") {
    SheetLine out;
    out.sheet = "医療機関・薬局確認用";
    out.row = 5;
    out.form = "medical";
    out.section = std::string(number, 1);
    out.number = number;
    out.target = target;
    out.text = text;
    return out;
}

EditionFile file(std::vector<SheetLine> lines) {
    return {"R8", "様式.xlsx", std::string(64, 'a'), "", "", std::move(lines)};
}

CheckCatalog without_folder() {
    return [](const std::string& name, const std::optional<std::string>& text) {
        auto builtin = catalog::compile(SONAE_SOURCE "/catalog");
        std::vector<std::pair<std::string, std::string>> own;
        if (text) own.emplace_back(name, *text);
        return catalog::Catalog::load(*builtin, own);
    };
}

TEST(Edition, LikenessOfWords) {
    EXPECT_EQ(likeness("台帳管理を行っている。", "台帳管理を行っている"), 1);
    EXPECT_EQ(likeness("ＭＤＳ／ＳＤＳ", "MDS/SDS"), 1);
    EXPECT_EQ(likeness("", ""), 0);
    EXPECT_EQ(likeness("アクセスログ", "二要素認証"), 0);
    double near = likeness("サイバー攻撃の想定を含む BCP を策定している",
                           "サイバー攻撃を想定した事業継続計画（BCP）を策定している。");
    EXPECT_GT(near, like_enough);
    EXPECT_LT(near, 0.9);
    EXPECT_EQ(near, likeness("サイバー攻撃を想定した事業継続計画（BCP）を策定している。",
                             "サイバー攻撃の想定を含む BCP を策定している"));
}

// Each line of R7, read as if it were of a new edition, is proposed to go on from itself.
TEST(Edition, EveryLineOfR7IsMetAgain) {
    const catalog::Checklist& r7 = *source_catalog().checklist("R7");
    for (const catalog::Item& item : r7.items) {
        SheetLine one = line(item.number.c_str(), item.label.ja.c_str(), item.target.c_str());
        one.form = item.form;
        one.section = item.section;
        LineProposal proposal = propose(source_catalog(), "R9", &r7, one);
        EXPECT_EQ(proposal.item, item.id);
        EXPECT_EQ(proposal.concept_name, item.concept_name) << item.id;
        EXPECT_TRUE(proposal.verbatim) << item.id;
    }
}

TEST(Edition, WhatIsLikeNothingGetsNoProposal) {
    const catalog::Checklist* r7 = source_catalog().checklist("R7");
    LineProposal proposal =
        propose(source_catalog(), "R8", r7,
                line("2-④", "医療情報を扱う職員に、生成AIの使い方の決まりを周知している。"));
    EXPECT_EQ(proposal.concept_name, "");
    EXPECT_EQ(proposal.confidence, 0);
    EXPECT_FALSE(proposal.why.ja.empty());
}

TEST(Edition, TheEarlierEditionIsTheOneMostAlike) {
    std::vector<SheetLine> lines{line("2-①", "パスワードの使い回しを禁止している。"),
                                 line("2-②", "サーバ、端末PC、ネットワーク機器の台帳管理を行っている。")};
    EXPECT_EQ(find_base(source_catalog(), "R8", lines)->edition, "R7");
    EXPECT_EQ(find_base(source_catalog(), "R7", lines)->edition, "R6");
    EXPECT_EQ(find_base(source_catalog(), "R8", {line("1", "まったく別のことが書いてある行です。")}),
              nullptr);
}

TEST(Edition, ALaterFileReplacesTheLinesOfItsForms) {
    tests::FreshRecord record;
    ASSERT_TRUE(load_edition(*record, file({line("1-①", "古い文言のまま運用している。")}), tester));
    SheetLine vendor = line("1-①", "事業者内に管理責任者を設置している。");
    vendor.form = "vendor";
    ASSERT_TRUE(load_edition(*record, file({vendor}), tester));
    ASSERT_TRUE(load_edition(*record, file({line("1-①", "新しい文言のとおり運用している。")}), tester));
    auto texts = [&] {
        std::vector<std::string> out;
        for (const DraftLine& one : draft_lines(*record, "R8"))
            out.push_back(one.line.text);
        return out;
    };
    EXPECT_EQ(texts(), (std::vector<std::string>{"事業者内に管理責任者を設置している。",
                                                 "新しい文言のとおり運用している。"}));
    ASSERT_TRUE(undo_edition(*record, "R8", without_folder(), tester));
    EXPECT_EQ(texts(), (std::vector<std::string>{"古い文言のまま運用している。",
                                                 "事業者内に管理責任者を設置している。"}));
}

TEST(Edition, TheFileSaysWhereItsWordsComeFrom) {
    for (const char* official : {"", "001716187.xlsx"}) {
        tests::FreshRecord record;
        EditionFile given = file({line("2-①", "サーバ、端末PC、ネットワーク機器の台帳管理を行っている。"),
                                  line("2-⑨", "\"引用\": {符号} # と、改行のない長い文を含んでいる。")});
        given.official = official;
        ASSERT_TRUE(load_edition(*record, given, tester));
        EXPECT_FALSE(edition_text(*record, "R8"));
        ASSERT_EQ(*accept_verbatim(*record, "R8", tester), 1);
        auto open = find_line(*record, "R8", "2-9", "", "");
        ASSERT_TRUE(open);
        LineDecision fresh;
        fresh.fresh = true;
        ASSERT_TRUE(decide(*record, "R8", *open, fresh, tester));
        auto used = use_edition(*record, "R8", without_folder(), tester);
        ASSERT_TRUE(used) << used.error().words.en;
        EXPECT_FALSE(use_edition(*record, "R8", without_folder(), tester)) << "it is in use as it is";
        auto catalog = without_folder()(edition_file_name("R8"), used->yaml);
        ASSERT_TRUE(catalog) << catalog.error().words.en;
        const catalog::Checklist& r8 = *catalog->checklist("R8");
        EXPECT_TRUE(r8.transcribed);
        ASSERT_EQ(r8.items.size(), 2u);
        auto sure = *official ? catalog::Confidence::verified : catalog::Confidence::own_file;
        for (const catalog::Item& item : r8.items) {
            EXPECT_EQ(item.label_source.confidence, sure);
            EXPECT_NE(item.label_source.text.find("様式.xlsx"), std::string::npos);
            EXPECT_NE(item.label_source.note.find(std::string(64, 'a')), std::string::npos);
        }
        EXPECT_EQ(r8.items[0].question, "ledger");
        EXPECT_EQ(r8.items[0].lineage, std::vector<std::string>{"R7.med.2-①.all"});
        EXPECT_EQ(r8.items[1].label.ja, "\"引用\": {符号} # と、改行のない長い文を含んでいる。");
        EXPECT_EQ(r8.items[1].label.en, r8.items[1].label.ja) << "no translation of words that are not ours";
        EXPECT_EQ(r8.items[1].question, "");
        EXPECT_EQ(r8.files.size(), 4u);
    }
}

TEST(Edition, AVendorFormAloneIsNoEdition) {
    tests::FreshRecord record;
    SheetLine vendor = line("1-①", "事業者内に管理責任者を設置している。");
    vendor.form = "vendor";
    ASSERT_TRUE(load_edition(*record, file({vendor}), tester));
    LineDecision decision;
    decision.concept_name = "officer";
    ASSERT_TRUE(decide(*record, "R8", draft_lines(*record, "R8")[0], decision, tester));
    auto text = edition_text(*record, "R8");
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code, Code::refused);
}

TEST(Edition, SeveralEarlierAnswersBecomeOneProposal) {
    tests::FreshRecord record;
    auto r6 = find_assessment(*record, "R6", "", "", 0);
    ASSERT_TRUE(r6);
    size_t given = 0;
    for (const catalog::Item& item : r6->checklist->items) {
        if (item.form != "medical" || item.concept_name != "patch") continue;
        Value value = given++ == 0 ? Value::yes : Value::not_applicable;
        ASSERT_TRUE(confirm(*record, *r6, item, value, "", "理由", tester));
    }
    ASSERT_GT(given, 1u);
    auto carried = carry(*record, "R6", "R7", 0, 0, tester);
    ASSERT_TRUE(carried) << carried.error().words.en;
    EXPECT_EQ(carried->count(CarriedItem::What::proposed), 1);
    auto r7 = find_assessment(*record, "R7", "", "", 0);
    auto proposals = proposals_of(*record, *r7);
    ASSERT_EQ(proposals.size(), 1u);
    EXPECT_EQ(proposals.begin()->second.value, Value::unknown) << "they differ, and none is いいえ";
    EXPECT_EQ(proposals.begin()->second.reason, "理由");
    for (const ItemState& state : answer(*record, *r7))
        EXPECT_FALSE(state.answer) << state.item->id;
}

}  // namespace
}  // namespace sonae::checklist
