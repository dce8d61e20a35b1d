// XLSX: any bytes as a zip, and the parts of a workbook written one after the other, which are also read by
// expat.
#include "exchange/number_format.hpp"
#include "exchange/xlsx_oracle.hpp"
#include "exchange/xlsx_read.hpp"
#include "fuzz/tables.hpp"
#include "fuzz/zips.hpp"

namespace sonae::fuzz {

void take(std::string_view input) {
    exchange::NumberFormat format = exchange::read_number_format(input.substr(0, 200));
    holds(format.zeros >= 0, "a number format shows no negative number of digits");

    std::string zip;
    if (Files files = files_of(input); !files.empty()) {
        zip = zip_of(files);
        input = zip;
        if (auto expected = exchange::oracle::by_expat(zip, false)) {
            auto found = exchange::oracle::by_the_reader(zip, false);
            holds(found.has_value(), "what expat reads is read");
            holds(*found == *expected, "it is read as expat reads it");
        }
    }
    check_workbook(exchange::read_xlsx(input, "入力.xlsx"));
}

}  // namespace sonae::fuzz
