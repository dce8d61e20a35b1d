// Tells the kinds of files apart and keeps the bounds of a table.
#include "exchange/table.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "exchange/csv.hpp"
#include "exchange/ods_read.hpp"
#include "exchange/refusal.hpp"
#include "exchange/xls_read.hpp"
#include "exchange/xlsx_read.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

// Pages and documents that carry the name of a spreadsheet or of a CSV file.
bool is_markup_or_pdf(std::string_view text) {
    std::string start = trim(text.substr(0, 200));
    std::transform(start.begin(), start.end(), start.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    for (std::string_view mark :
         {"<!doctype", "<html", "<?xml", "<table", "<head", "<meta", "%pdf-", "{\\rtf"}) {
        if (start.starts_with(mark)) return true;
    }
    return false;
}

// Spreadsheets before BIFF5 are no compound files: they begin with a record of their own.
bool is_early_excel(std::string_view bytes) {
    return bytes.starts_with(std::string_view("\x09\x00\x04\x00", 4)) ||
           bytes.starts_with(std::string_view("\x09\x02\x06\x00", 4)) ||
           bytes.starts_with(std::string_view("\x09\x04\x06\x00", 4));
}

Result<Workbook> read_text(std::string_view bytes, std::string_view file_name) {
    if (is_early_excel(bytes)) {
        return refused_file(other_kind("はとても古い形式 (Excel 4 以前) のファイルです。",
                                       "is a file of a very old kind (Excel 4 or earlier)."),
                            file_name);
    }
    auto text = decode_file(bytes);
    if (!text) {
        Error error = std::move(text).error();
        error.words.ja = fmt::format("「{}」: {}", file_name, error.words.ja);
        error.words.en = fmt::format("\"{}\": {}", file_name, error.words.en);
        return tl::unexpected<Error>(std::move(error));
    }
    if (is_markup_or_pdf(text->text())) {
        return refused_file(other_kind("は表のファイルではありません（Web ページや文書です）。",
                                       "is not a table but a web page or document."),
                            file_name);
    }
    auto table = read_csv(text->text(), file_name);
    if (!table) return pass(std::move(table));
    Workbook book;
    book.format = "csv";
    book.encoding = text->encoding;
    book.tables.push_back(*std::move(table));
    return book;
}

}  // namespace

std::string column_letters(size_t column) {
    std::string letters;
    for (size_t rest = column + 1; rest > 0; rest = (rest - 1) / 26) {
        letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
    }
    return letters;
}

bool is_blank(std::string_view text) {
    for (size_t i = 0; i < text.size(); i++) {
        char c = text[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        if (text.substr(i, 3) != "\xe3\x80\x80") return false;  // U+3000
        i += 2;
    }
    return true;
}

TableBuilder::TableBuilder(Table& table, TableTotals& totals, std::shared_ptr<CellStore> store)
    : table_(table), totals_(totals) {
    table_.store = std::move(store);
}

void TableBuilder::start_row(int64_t number, bool hidden) {
    number_ = number;
    hidden_ = hidden;
    text_ = 0;
    cells_.clear();
}

bool TableBuilder::put(size_t column, const Cell& cell) {
    // Bounds first: a text that is beyond them is not copied.
    if (totals_.text + text_ + cell.text.size() > max_text) return false;
    return put_kept(column, {table_.store->keep(cell.text), cell.kind, cell.struck});
}

bool TableBuilder::put_kept(size_t column, const Cell& cell) {
    if (cell.text.empty()) return true;
    text_ += cell.text.size();
    // One long text can stand in a million cells, so what is shown is counted, not what is kept.
    if (column >= max_columns || totals_.text + text_ > max_text) return false;
    if (cells_.size() <= column) cells_.resize(column + 1);
    cells_[column] = StoredCell(cell);
    return true;
}

bool TableBuilder::end_row() {
    while (!cells_.empty() && is_blank(cells_.back().text()))
        cells_.pop_back();
    if (cells_.empty()) return true;
    if (number_ > max_rows || totals_.cells + cells_.size() > max_cells) return false;
    totals_.cells += cells_.size();
    totals_.text += text_;
    bool struck = std::all_of(cells_.begin(), cells_.end(),
                              [](const StoredCell& cell) { return cell.struck() || is_blank(cell.text()); });
    table_.rows.push_back({number_, CellTexts(table_.store->keep(cells_), cells_.size()), hidden_, struck});
    table_.row_count = number_;
    return true;
}

Words macros_ignored() {
    return {"マクロは読み込まず、実行もしていません。保存されている値だけを読みました。",
            "Its macros were neither read nor run. Only the saved values were read."};
}

Words links_ignored() {
    return {"ほかのファイルやデータへのリンクはたどらず、保存されている値を読みました。",
            "Its links to other files or data were not followed. The saved values were read."};
}

Words struck_parts_left_out(size_t cells, const std::vector<std::string>& places) {
    return {
        fmt::format("文字の一部に取り消し線のあるセルが{}個あり、取り消された部分を除いて読みました（{}）。",
                    cells, fmt::join(places, "、")),
        fmt::format("In {} cells a part of the text is struck out; it was left out ({}).", cells,
                    fmt::join(places, ", "))};
}

tl::unexpected<Error> table_too_large(std::string_view file_name) {
    return refused_file(too_large(), file_name);
}

Result<Workbook> read_workbook(std::string_view bytes, std::string_view file_name) {
    constexpr size_t max_file = 200ULL << 20;
    if (bytes.size() > max_file) return table_too_large(file_name);
    Result<Workbook> book;
    if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) {
        book = is_open_document(bytes) ? read_ods(bytes, file_name) : read_xlsx(bytes, file_name);
    } else if (bytes.starts_with("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
        book = read_xls(bytes, file_name);
    } else {
        book = read_text(bytes, file_name);
    }
    if (!book) return book;
    for (Table& table : book->tables) {
        std::sort(table.merges.begin(), table.merges.end(), [](const MergedCells& a, const MergedCells& b) {
            return std::pair(a.first_row, a.first_column) < std::pair(b.first_row, b.first_column);
        });
    }
    if (std::all_of(book->tables.begin(), book->tables.end(),
                    [](const Table& table) { return table.rows.empty(); })) {
        return fail(Code::bad_file,
                    fmt::format("「{}」には何も書かれていません。ファイルを確かめてください。", file_name),
                    fmt::format("\"{}\" is empty. Check that it is the right file.", file_name));
    }
    return book;
}

}  // namespace sonae::exchange
