// Tells the kinds of files apart and keeps the bounds of a table.
#include "exchange/table.hpp"

#include "base/text.hpp"
#include "exchange/csv.hpp"
#include "exchange/xlsx_read.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr const char* save_as_ja =
    "表計算ソフトで開き、「Excel ブック (.xlsx)」の形式で保存し直してください。";
constexpr const char* save_as_en =
    "Open it in your spreadsheet program and save it again as an Excel workbook (.xlsx).";

tl::unexpected<Error> not_read(std::string_view file_name, std::string_view ja, std::string_view en) {
    return fail(Code::bad_file, fmt::format("「{}」{}{}", file_name, ja, save_as_ja),
                fmt::format("\"{}\" {} {}", file_name, en, save_as_en));
}

// The names of the streams of an OLE file are UTF-16.
bool has_stream(std::string_view bytes, std::string_view name) {
    std::string wide;
    for (char c : name) {
        wide += c;
        wide += '\0';
    }
    return bytes.find(wide) != std::string_view::npos;
}

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

tl::unexpected<Error> table_too_large(std::string_view file_name) {
    return fail(
        Code::bad_file,
        fmt::format("「{}」は大きすぎるため読み込めません。台帳の行だけを残したファイルにしてください。",
                    file_name),
        fmt::format("\"{}\" is too large to be read. Keep only the rows of the ledger in the file.",
                    file_name));
}

Result<Workbook> read_workbook(std::string_view bytes, std::string_view file_name) {
    if (bytes.size() > max_text) return table_too_large(file_name);
    Workbook book;
    if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) {
        auto sheets = read_xlsx(bytes, file_name);
        if (!sheets) return pass(std::move(sheets));
        book = *std::move(sheets);
    } else if (bytes.starts_with("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
        if (has_stream(bytes, "EncryptedPackage")) {
            return fail(
                Code::bad_file,
                fmt::format("「{}」はパスワードで保護されています。Excel "
                            "で開き、パスワードを外して保存してください。",
                            file_name),
                fmt::format("\"{}\" is protected by a password. Open it in Excel, remove the password and "
                            "save it.",
                            file_name));
        }
        return not_read(file_name, "は古い形式 (.xls) のファイルです。", "is a file of the old kind (.xls).");
    } else {
        auto text = decode_text(bytes);
        if (!text) {
            Error error = std::move(text).error();
            error.words.ja = fmt::format("「{}」: {}", file_name, error.words.ja);
            error.words.en = fmt::format("\"{}\": {}", file_name, error.words.en);
            return tl::unexpected<Error>(std::move(error));
        }
        if (is_markup_or_pdf(*text)) {
            return not_read(file_name, "は表のファイルではありません（Web ページや文書です）。",
                            "is not a table but a web page or document.");
        }
        auto table = read_csv(*text, file_name);
        if (!table) return pass(std::move(table));
        book.format = "csv";
        book.tables.push_back(*std::move(table));
    }
    if (std::all_of(book.tables.begin(), book.tables.end(),
                    [](const Table& table) { return table.rows.empty(); })) {
        return fail(Code::bad_file,
                    fmt::format("「{}」には何も書かれていません。ファイルを確かめてください。", file_name),
                    fmt::format("\"{}\" is empty. Check that it is the right file.", file_name));
    }
    return book;
}

}  // namespace sonae::exchange
