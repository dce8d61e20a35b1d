// ODS: any bytes as a zip, and the parts of a document written one after the other.
#include "exchange/ods_read.hpp"
#include "fuzz/tables.hpp"
#include "fuzz/zips.hpp"

namespace sonae::fuzz {

void take(std::string_view input) {
    std::string zip;
    if (Files files = files_of(input); !files.empty()) {
        files.insert(files.begin(), {"mimetype", "application/vnd.oasis.opendocument.spreadsheet"});
        zip = zip_of(files);
        input = zip;
    }
    check_workbook(exchange::read_ods(input, "入力.ods"));
}

}  // namespace sonae::fuzz
