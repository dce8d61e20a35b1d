// XLS: any bytes as a compound file, or (behind a 'W') as the stream of the workbook in one.
#include "exchange/ole.hpp"
#include "exchange/xls_read.hpp"
#include "fuzz/tables.hpp"

namespace sonae::fuzz {

void take(std::string_view input) {
    std::string file;
    if (input.starts_with('W')) {
        file = exchange::ole_of("Workbook", input.substr(1));
        input = file;
    }
    check_workbook(exchange::read_xls(input, "入力.xls"));
}

}  // namespace sonae::fuzz
