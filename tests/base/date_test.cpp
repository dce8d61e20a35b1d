// Tests of the calendar and of reading dates as people write them.
#include "base/date.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sonae {
namespace {

std::string read(std::string_view text) {
    auto date = Date::parse(text);
    return date ? date->iso() : "unreadable";
}

Date day(std::string_view iso) {
    return Date::parse_iso(iso).value();
}

TEST(DateParse, SpellingsOfLedgers) {
    const std::pair<const char*, const char*> cases[] = {
        {"R3.5.10", "2021-05-10"},
        {"平成30年12月1日", "2018-12-01"},
        {"H31/3/20", "2019-03-20"},
        {"２０２２／３／１", "2022-03-01"},
        {"H23.6.1", "2011-06-01"},
        {"令和2年4月1日", "2020-04-01"},
        {"R5.11.1", "2023-11-01"},
        {"2021-03-15", "2021-03-15"},
        {"2020/12/1", "2020-12-01"},
        {"2024.7.1", "2024-07-01"},
        {"20240701", "2024-07-01"},
        {"2024年7月1日", "2024-07-01"},
        {"西暦2024年7月1日", "2024-07-01"},
        {" 2024/07/01 ", "2024-07-01"},
        {"2024 年 7 月 1 日", "2024-07-01"},
        {"令和 6 年 7 月 1 日", "2024-07-01"},
        {"Ｒ６．７．１", "2024-07-01"},
        {"r6-7-1", "2024-07-01"},
        {"R.6.7.1", "2024-07-01"},
        {"R6年7月1日", "2024-07-01"},
        {"㋿6年7月1日", "2024-07-01"},
        {"㍻30.12.1", "2018-12-01"},
        {"S63.1.2", "1988-01-02"},
        {"昭和64年1月7日", "1989-01-07"},
        {"大正15年12月24日", "1926-12-24"},
        {"T1.8.1", "1912-08-01"},
        {"明治45年7月29日", "1912-07-29"},
        {"M1.2.3", "1868-02-03"},
        {"2024-07-01 00:00:00", "2024-07-01"},
        {"2024-07-01T09:30:00+09:00", "2024-07-01"},
        {"2024-07-01T00:00:00.000Z", "2024-07-01"},
        {"2024/7/1 9:05", "2024-07-01"},
        {"2024/7/1(月)", "2024-07-01"},
        {"令和6年7月1日（月曜日） 10:00", "2024-07-01"},
        {"2024-02-29", "2024-02-29"},
        {"令6.7.1", "2024-07-01"},
        {"平31年4月30日", "2019-04-30"},
        {"昭63/1/2", "1988-01-02"},
        {"令和六年七月一日", "2024-07-01"},
        {"令和元年五月", "2019-05"},
        {"平成三十一年四月三十日", "2019-04-30"},
        {"昭和二十年八月十五日", "1945-08-15"},
        {"二〇二四年七月一日", "2024-07-01"},
        {"平成元年", "1989"},
        {"R06.07.01", "2024-07-01"},
        {"㋿6.7", "2024-07"},
    };
    for (auto [written, iso] : cases)
        EXPECT_EQ(read(written), iso) << written;
}

TEST(DateParse, OnlyTheYearOrTheMonth) {
    const std::pair<const char*, const char*> cases[] = {
        {"2024", "2024"},      {"2024年", "2024"},         {"２０２４", "2024"},
        {"令和元年", "2019"},  {"令和6年", "2024"},        {"H31", "2019"},
        {"R6", "2024"},        {"2024/7", "2024-07"},      {"2024-07", "2024-07"},
        {"2024.7", "2024-07"}, {"2024年7月", "2024-07"},   {"令和元年5月", "2019-05"},
        {"R6.7", "2024-07"},   {"平成31年4月", "2019-04"},
    };
    for (auto [written, iso] : cases)
        EXPECT_EQ(read(written), iso) << written;
}

TEST(DateParse, TheLastYearOfAnEraIsWrittenToItsEnd) {
    EXPECT_EQ(read("平成31年5月1日"), "2019-05-01");
    EXPECT_EQ(read("H31.12.31"), "2019-12-31");
    EXPECT_EQ(read("昭和64年3月1日"), "1989-03-01");
    EXPECT_EQ(read("令和99年1月1日"), "2117-01-01");
    for (const char* written : {"平成32年1月1日", "平成40年", "H32.4.1", "昭和65年1月1日", "大正16年1月1日",
                                "明治46年1月1日", "令和0年1月1日", "令和100年1月1日", "平成0.1.1"}) {
        EXPECT_EQ(read(written), "unreadable") << written;
    }
}

TEST(DateParse, NothingIsGuessed) {
    for (const char* written : {"",
                                "不明",
                                "?",
                                "-",
                                "頃",
                                "2024年頃",
                                "2024年度",
                                "令和6年度",
                                "24/7/1",
                                "7/1/2024",
                                "2024/13/1",
                                "2024/2/30",
                                "2023-02-29",
                                "2024/0/1",
                                "2024/7/0",
                                "2024-7/1",
                                "2024/7/",
                                "2024年7",
                                "2024年7月1",
                                "202407",
                                "45474",
                                "15.02.17",
                                "2.0",
                                "1.2.3",
                                "1867/1/1",
                                "12024/1/1",
                                "20241301",
                                "2024/7/1 から",
                                "2024/7/1 25:00",
                                "2024/7/1 10",
                                "2024/7/1(祝)",
                                "Room1",
                                "R",
                                "R5-",
                                "Windows 10",
                                "H",
                                "令和",
                                "令和年",
                                "Reiwa 5",
                                "S",
                                "2024/007/1",
                                "999999999999",
                                "2024/7/1/2",
                                "16 July 2024"}) {
        EXPECT_EQ(read(written), "unreadable") << written;
    }
}

TEST(DateParse, ReadsItsOwnJapaneseSpelling) {
    for (Date date = day("1868-01-25"); date < day("2100-01-01"); date = date.plus_days(37)) {
        ASSERT_EQ(Date::parse(date.japanese()), date) << date.japanese();
    }
}

TEST(DateIso, ExactlyThreeForms) {
    EXPECT_EQ(day("2024").iso(), "2024");
    EXPECT_EQ(day("2024-07").iso(), "2024-07");
    EXPECT_EQ(day("2024-07-01").iso(), "2024-07-01");
    for (const char* written :
         {"", "24", "2024-7", "2024-07-1", "2024/07/01", "2024-00", "2024-07-00", "2024-13", "2023-02-29",
          "1867", "2024-07-01 ", " 2024", "２０２４", "2024-0a"}) {
        EXPECT_FALSE(Date::parse_iso(written).has_value()) << written;
    }
}

TEST(DateMake, OnlyDaysThatExist) {
    EXPECT_TRUE(Date::make(2024, 2, 29).has_value());
    EXPECT_FALSE(Date::make(2100, 2, 29).has_value());
    EXPECT_FALSE(Date::make(2024, 0, 1).has_value());
    EXPECT_FALSE(Date::make(2024, -1).has_value());
    EXPECT_FALSE(Date::make(1867).has_value());
    EXPECT_TRUE(Date::make(9999, 12, 31).has_value());
    EXPECT_FALSE(Date::make(10000).has_value());
}

TEST(Date, PartialDatesMeanADay) {
    EXPECT_EQ(day("2024").first_day().iso(), "2024-01-01");
    EXPECT_EQ(day("2024").last_day().iso(), "2024-12-31");
    EXPECT_EQ(day("2024-02").last_day().iso(), "2024-02-29");
    EXPECT_EQ(day("2024-02-10").last_day().iso(), "2024-02-10");
    EXPECT_FALSE(day("2024-02").whole());
    EXPECT_TRUE(day("2024-02-10").whole());
}

TEST(Date, OrderIsTheOrderOfTheTexts) {
    const char* ordered[] = {"2023", "2023-01", "2023-01-01", "2023-12-31", "2024", "2024-02-01", "2024-10"};
    for (const char* a : ordered) {
        for (const char* b : ordered) {
            EXPECT_EQ(day(a) < day(b), std::string(a) < b) << a << " " << b;
        }
    }
}

TEST(Date, Arithmetic) {
    EXPECT_EQ(day("2024-01-31").plus_months(1).iso(), "2024-02-29");
    EXPECT_EQ(day("2024-03-31").plus_months(-1).iso(), "2024-02-29");
    EXPECT_EQ(day("2026-11-21").plus_months(-12).iso(), "2025-11-21");
    EXPECT_EQ(day("2026-11-21").plus_months(2).iso(), "2027-01-21");
    EXPECT_EQ(day("2024-12-31").plus_days(1).iso(), "2025-01-01");
    EXPECT_EQ(day("2024-03-01").plus_days(-1).iso(), "2024-02-29");
    EXPECT_EQ(day("2024-01-01").days_until(day("2025-01-01")), 366);
    EXPECT_EQ(day("2025-01-01").days_until(day("2024-01-01")), -366);
    // The ends of the calendar hold.
    EXPECT_EQ(day("9999-12-31").plus_days(1).iso(), "9999-12-31");
    EXPECT_EQ(day("1868-01-01").plus_days(-1).iso(), "1868-01-01");
    EXPECT_EQ(day("9999-12-01").plus_months(1).iso(), "9999-12-31");
    EXPECT_EQ(day("1868-01-31").plus_months(-1).iso(), "1868-01-01");
}

RC_GTEST_PROP(Date, DaysThereAndBack, ()) {
    Date from = day("1900-01-01").plus_days(*rc::gen::inRange(0, 80'000));
    int days = *rc::gen::inRange(-10'000, 10'000);
    RC_ASSERT(from.days_until(from.plus_days(days)) == days);
    RC_ASSERT(from.plus_days(days).plus_days(-days) == from);
    RC_ASSERT(Date::parse(from.iso()) == from);
    RC_ASSERT(Date::parse_iso(from.iso()) == from);
}

RC_GTEST_PROP(Date, AnyTextIsReadOrNot, (const std::string& text)) {
    auto date = Date::parse(text);
    if (date) RC_ASSERT(Date::parse_iso(date->iso()) == date);
}

TEST(Date, FiscalYear) {
    EXPECT_EQ(day("2026-03-31").fiscal_year(), 2025);
    EXPECT_EQ(day("2026-04-01").fiscal_year(), 2026);
    EXPECT_EQ(day("2026-12-31").fiscal_year(), 2026);
    EXPECT_EQ(Date::fiscal_year_end(2026).iso(), "2027-03-31");
}

TEST(Date, Japanese) {
    EXPECT_EQ(day("2026-11-21").japanese(), "令和8年11月21日");
    EXPECT_EQ(day("2019-05-01").japanese(), "令和元年5月1日");
    EXPECT_EQ(day("2019-04-30").japanese(), "平成31年4月30日");
    EXPECT_EQ(day("1989-01-08").japanese(), "平成元年1月8日");
    EXPECT_EQ(day("1989-01-07").japanese(), "昭和64年1月7日");
    EXPECT_EQ(day("1926-12-24").japanese(), "大正15年12月24日");
    EXPECT_EQ(day("1868-01-25").japanese(), "明治元年1月25日");
    EXPECT_EQ(day("2117-12-31").japanese(), "令和99年12月31日");
    EXPECT_EQ(day("9999-12-31").japanese(), "9999年12月31日") << "what parse does not read back";
    EXPECT_EQ(day("1868-01-01").japanese(), "1868年1月1日");
    EXPECT_EQ(day("2026-11").japanese(), "2026年11月");
}

TEST(DateSerial, SpreadsheetDays) {
    auto iso = [](double serial, bool mac) {
        auto date = Date::from_serial(serial, mac);
        return date ? date->iso() : "none";
    };
    EXPECT_EQ(iso(1, false), "1900-01-01");
    EXPECT_EQ(iso(59, false), "1900-02-28");
    EXPECT_EQ(iso(60, false), "none");  // a day that never was
    EXPECT_EQ(iso(61, false), "1900-03-01");
    EXPECT_EQ(iso(44166, false), "2020-12-01");
    EXPECT_EQ(iso(44166.75, false), "2020-12-01");
    EXPECT_EQ(iso(42704, true), "2020-12-01");
    EXPECT_EQ(iso(2958465, false), "9999-12-31");
    EXPECT_EQ(iso(2958466, false), "none");
    EXPECT_EQ(iso(2958465, true), "none");
    EXPECT_EQ(iso(0.5, false), "none");
    EXPECT_EQ(iso(-1, false), "none");
    EXPECT_EQ(iso(std::nan(""), false), "none");
    EXPECT_EQ(iso(std::numeric_limits<double>::infinity(), true), "none");
}

}  // namespace
}  // namespace sonae
