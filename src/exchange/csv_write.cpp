// CSV records as bytes.
#include "exchange/csv_write.hpp"

#include "base/encoding.hpp"

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr size_t flush_size = 128 * 1024;

void add_cell(std::string& out, std::string_view cell) {
    // A text with white space at an end is quoted too: some programs would drop it.
    if (cell.find_first_of("\",\r\n\t") == std::string_view::npos && !cell.starts_with(' ') &&
        !cell.ends_with(' ')) {
        out += cell;
        return;
    }
    out += '"';
    for (char c : cell) {
        if (c == '"') out += c;
        out += c;
    }
    out += '"';
}

}  // namespace

CsvOut::CsvOut(ByteSink to, CsvEncoding encoding) : to_(std::move(to)), encoding_(encoding) {
    if (encoding_ == CsvEncoding::utf8) pending_ = "\xEF\xBB\xBF";
}

Status CsvOut::record(const std::vector<std::string>& cells, std::string_view place,
                      const std::vector<std::string>& headers) {
    std::string line;
    for (size_t i = 0; i < cells.size(); i++) {
        if (i > 0) line += ',';
        add_cell(line, cells[i]);
    }
    line += "\r\n";
    if (encoding_ == CsvEncoding::cp932) {
        std::vector<std::string> missing;
        std::string bytes = encode_cp932(line, missing);
        for (size_t i = 0; !missing.empty() && i < cells.size(); i++) {
            std::vector<std::string> here;
            encode_cp932(cells[i], here);
            if (here.empty()) continue;
            const std::string& header = i < headers.size() ? headers[i] : cells[i];
            return fail(
                Code::bad_encoding,
                fmt::format("{}の「{}」にある文字「{}」は、CP932（Shift_JIS）では書けません。--encoding "
                            "を付けずに（UTF-8で）書き出すか、Excel形式（.xlsx）にしてください。",
                            place, header, fmt::join(here, "」「")),
                fmt::format(
                    "CP932 (Shift_JIS) cannot write \"{}\" in \"{}\" of {}. Export without --encoding "
                    "(as UTF-8), or as .xlsx.",
                    fmt::join(here, "\", \""), header, place));
        }
        line = std::move(bytes);
    }
    pending_ += line;
    if (pending_.size() < flush_size) return {};
    return finish();
}

Status CsvOut::finish() {
    auto done = to_(pending_);
    pending_.clear();
    return done;
}

}  // namespace sonae::exchange
