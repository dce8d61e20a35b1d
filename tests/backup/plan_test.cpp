// The plan: what is overdue, and which files may go.
#include "backup/plan.hpp"

#include "backups.hpp"

#include <fmt/format.h>

namespace sonae::backup {

namespace {

namespace fs = std::filesystem;
using SlowPlan = tests::BackupTest;

}  // namespace

TEST_F(SlowPlan, NothingIsOverdueWithoutOne) {
    EXPECT_FALSE(plan_of(*record));
    EXPECT_FALSE(overdue(*record));
    next_day(1000);
    EXPECT_TRUE(standing(*record).overdue.empty());
}

TEST_F(SlowPlan, SaysWhenABackupIsOverdue) {
    record.lines(
        fmt::format("{{\"register\":\"own_backup_plan\",\"folder\":\"{}\",\"every_days\":7,"
                    "\"drill_every_days\":180}}\n",
                    away.path().string()));
    ASSERT_TRUE(overdue(*record));
    EXPECT_NE(overdue(*record)->en.find("no backup"), std::string::npos);
    make("a.zip");
    EXPECT_FALSE(overdue(*record));
    next_day(7);
    EXPECT_FALSE(overdue(*record));
    next_day();
    ASSERT_TRUE(overdue(*record));
    EXPECT_NE(overdue(*record)->en.find("8 days old"), std::string::npos);
    EXPECT_EQ(standing(*record).overdue.size(), 2U);
    EXPECT_EQ(standing(*record).backup_days, 8);
    ASSERT_TRUE(drill());
    EXPECT_EQ(standing(*record).overdue.size(), 1U);
    next_day(181);
    EXPECT_EQ(standing(*record).overdue.size(), 2U);
}

TEST_F(SlowPlan, RemovesOnlyItsOwnUnchangedOldGenerations) {
    record.lines(
        fmt::format("{{\"register\":\"own_backup_plan\",\"folder\":\"{}\",\"every_days\":1,\"keep\":2}}\n",
                    away.path().string()));
    const Plan plan = *plan_of(*record);
    std::vector<fs::path> made;
    for (int i = 0; i < 5; i++) {
        next_day();
        auto name = dated_name(*record, plan.folder, false);
        ASSERT_TRUE(name);
        made.push_back(make(name->filename().string()).path);
    }
    EXPECT_EQ(made[0].filename(), "sonae-20261122-1200.zip");
    write("sonae-20200101-0000.zip", "somebody's own");
    fs::permissions(made[1], fs::perms::owner_write, fs::perm_options::add);
    fs::remove(made[1]);
    write(made[1].filename().string(), "changed");
    auto removed = remove_old(*record, plan, tests::tester);
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->names, (std::vector<std::string>{made[2].filename(), made[0].filename()}));
    EXPECT_EQ(removed->left, (std::vector<std::string>{made[1].filename()}));
    EXPECT_TRUE(fs::exists(made[4]));
    EXPECT_TRUE(fs::exists(made[3]));
    EXPECT_TRUE(fs::exists(made[1]));
    EXPECT_TRUE(fs::exists(away.path() / "sonae-20200101-0000.zip"));
    auto entries = listed(*record, "backup");
    EXPECT_TRUE(entries[4].removed);
    EXPECT_FALSE(entries[0].removed);
    // Nothing more the second time.
    EXPECT_TRUE(remove_old(*record, plan, tests::tester)->names.empty());
    // Even a plan that keeps none keeps the newest.
    Plan none = plan;
    none.keep = 0;
    ASSERT_TRUE(remove_old(*record, none, tests::tester));
    EXPECT_TRUE(fs::exists(made[4]));
    EXPECT_FALSE(fs::exists(made[3]));
}

TEST_F(SlowPlan, NamesAFreeFileInAFolderThatIsThere) {
    EXPECT_EQ(dated_name(*record, away.path() / "absent", false).error().code, Code::not_found);
    EXPECT_EQ(dated_name(*record, "relative", false).error().code, Code::not_found);
    write("sonae-20261121-1200.zip.age", "");
    EXPECT_EQ(dated_name(*record, away.path(), true)->filename(), "sonae-20261121-1200-2.zip.age");
    EXPECT_EQ(dated_name(*record, away.path(), false)->filename(), "sonae-20261121-1200.zip");
}

}  // namespace sonae::backup
