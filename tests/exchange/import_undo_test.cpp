// Tests of taking an import back.
#include "exchange/import_undo.hpp"

#include "base/json.hpp"
#include "importing.hpp"

namespace sonae::exchange {
namespace {

class ImportUndo : public Importing {
 protected:
    UndoResult undo(std::string_view id = {}, bool dry_run = false) {
        auto result = undo_import(*record_, id, dry_run, {"事務長", "", "import --undo", ""});
        if (!result) {
            ADD_FAILURE() << result.error().words.ja;
            return {};
        }
        EXPECT_TRUE(record_->compare_with_history().empty());
        return *std::move(result);
    }
    // Everything that the registers of an import hold, without versions.
    std::string state() {
        std::string out;
        for (const char* name : {"device", "interface", "software", "vendor"}) {
            const std::vector<registers::Entry> entries = record_->list(name).value();
            for (const registers::Entry& entry : entries) {
                json::object one = registers::entry_json(*record_->catalog().find_register(name), entry);
                one.erase("version");
                out += canonical(one) + "\n";
            }
        }
        return out;
    }
    using What = UndoStep::What;
    static constexpr const char* ledger =
        "管理番号,設置場所,保守業者,IPアドレス,棚\n1,受付,株式会社メディカ,10.0.0.1,赤\n2,薬局,,10.0.0.2,\n";
};

TEST_F(ImportUndo, WhatCameGoesAndWhatChangedIsSetBack) {
    take("device", ledger);
    std::string before = state();
    ImportResult second = take("device",
                               "管理番号,設置場所,保守業者,IPアドレス,棚\n1,診察室,レセ社,10.0.0.9,青\n2,"
                               "不明,,,黄\n3,倉庫,,10.0.0.3,\n");
    EXPECT_EQ(told(second), "changed(number) changed(number) new");
    std::string after = state();
    UndoResult plan = undo({}, true);
    EXPECT_EQ(plan.undoes, second.import_id);
    EXPECT_EQ(state(), after);
    UndoResult done = undo();
    EXPECT_EQ(state(), before);
    EXPECT_EQ(done.count(What::set_back), 2);
    EXPECT_EQ(done.count(What::retired), 4);  // a device, two addresses, a vendor
    EXPECT_EQ(plan.steps.size(), done.steps.size());
    EXPECT_NE(undo_report(done, false).find("設置場所: 診察室 → 受付"), std::string::npos)
        << undo_report(done, false);

    // The undo is undone, and that once more.
    UndoResult redone = undo(done.import_id);
    EXPECT_EQ(state(), after);
    EXPECT_TRUE(redone.of_undo);
    EXPECT_EQ(redone.count(What::reopened), 4);
    EXPECT_EQ(undo().undoes, redone.import_id);
    EXPECT_EQ(state(), before);
    // And the import before it.
    undo();
    EXPECT_EQ(count("device") + count("interface") + count("vendor"), 0U);
    auto nothing = undo_import(*record_, {}, false, tests::tester);
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, Code::not_found);
    auto twice = undo_import(*record_, second.import_id, false, tests::tester);
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, Code::refused);
}

TEST_F(ImportUndo, WhatWasChangedSinceIsLeft) {
    take("device", ledger);
    std::string address = record_->find("interface", "10.0.0.1")->id;
    auto changed = record_->apply({{"set", "device", entry("device", "2").id, 0, {{"place", "倉庫"}}, {}, ""},
                                   {"set", "interface", address, 0, {{"zone", "診療系"}}, {}, ""}},
                                  tests::tester);
    ASSERT_TRUE(changed);
    UndoResult done = undo();
    // Device 2 and its address stay; of device 1 the address was changed, so it stays, and its vendor with
    // it.
    EXPECT_EQ(done.count(What::left), 5);
    EXPECT_EQ(done.count(What::retired), 0);
    EXPECT_EQ(count("device"), 2U);
    EXPECT_EQ(count("vendor"), 1U);
    EXPECT_EQ(entry("device", "2").field("place").text, "倉庫");
}

TEST_F(ImportUndo, AVendorThatOthersUseStays) {
    take("device", ledger);
    take("device", "管理番号,保守業者\n9,メディカ\n", {}, "別.csv");
    auto runs = record_->list("file_import").value();
    ASSERT_EQ(runs.size(), 2U);
    std::string first = runs[0].field("file").text == "台帳.csv" ? runs[0].id : runs[1].id;
    UndoResult done = undo(first);
    EXPECT_EQ(done.count(What::left), 1);
    EXPECT_EQ(count("vendor"), 1U);
    EXPECT_EQ(count("device"), 1U);
}

TEST_F(ImportUndo, ThatNothingChangedIsNoImport) {
    take("device", ledger);
    int64_t before = record_->history().size();
    EXPECT_TRUE(take("device", ledger).import_id.empty());
    EXPECT_EQ(record_->history().size(), before);
    EXPECT_EQ(count("file_import"), 1U);
}

}  // namespace
}  // namespace sonae::exchange
