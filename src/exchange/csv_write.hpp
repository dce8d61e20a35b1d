// Writes CSV as spreadsheets read it: RFC 4180 with commas, CRLF, and UTF-8 with a byte order mark or CP932.
// One owner at a time.
#pragma once

#include "base/error.hpp"
#include "exchange/zip_write.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

enum class CsvEncoding { utf8, cp932 };

class CsvOut {
 public:
    CsvOut(ByteSink to, CsvEncoding encoding);

    // A record of as many cells. Fails with bad_encoding, naming the characters that CP932 does not have and
    // where they stand (`place`: of the record, `headers`: of the cells), or with what `to` fails with.
    Status record(const std::vector<std::string>& cells, std::string_view place,
                  const std::vector<std::string>& headers);
    Status finish();

 private:
    ByteSink to_;
    CsvEncoding encoding_;
    std::string pending_;
};

}  // namespace sonae::exchange
