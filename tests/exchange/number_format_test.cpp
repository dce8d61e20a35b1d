// Tests of what number formats show.
#include "exchange/number_format.hpp"

#include <gtest/gtest.h>

namespace sonae::exchange {
namespace {

TEST(NumberFormat, FormatsThatShowDays) {
    auto dates = [](std::string_view code) { return read_number_format(code).date(); };
    for (const char* code :
         {"yyyy/m/d", "[$-411]ge.m.d", "d-mmm", "mmm\\ dd", "yyyy\\-mm\\-dd", "m\"月\"d\"日\"",
          "YYYY-MM-DD HH:MM:SS", "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "gggee\"年\"", "yyyy/m/d;@"}) {
        EXPECT_TRUE(dates(code)) << code;
    }
    for (const char* code :
         {"General", "@", "0.00", "#,##0", "0.00E+00", "0\"年\"", "[Red]-0", "\"d\"0", "\\d0", "000",
          "_(* #,##0_)", "h:mm", "mm:ss", "[h]:mm", "h:mm AM/PM", "General\"台\"", "[DBNum1]0"}) {
        EXPECT_FALSE(dates(code)) << code;
    }
    EXPECT_TRUE(read_number_format("h:mm AM/PM").time);
    EXPECT_TRUE(read_number_format("[h]:mm").time);
    EXPECT_EQ(read_number_format("0000").zeros, 4);
    EXPECT_EQ(read_number_format("0").zeros, 0);
    EXPECT_EQ(read_number_format("0.00").zeros, 0);
    EXPECT_EQ(read_number_format("\"PC\"000").zeros, 0);
}

}  // namespace
}  // namespace sonae::exchange
