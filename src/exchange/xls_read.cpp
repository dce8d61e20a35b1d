// The XLS reader. The stream "Workbook" begins with what all sheets share (fonts, formats, strings), then
// come the sheets, each as a run of records.
#include "exchange/xls_read.hpp"

#include "exchange/cell_text.hpp"
#include "exchange/compound_file.hpp"
#include "exchange/number_format.hpp"
#include "exchange/refusal.hpp"
#include "exchange/xls_records.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr size_t max_formats = 65'536;
constexpr size_t max_sheets = 2'000;

// The records that are read.
enum Record : uint32_t {
    formula = 0x0006,
    end_of_part = 0x000A,
    date_mode = 0x0022,
    file_pass = 0x002F,
    font = 0x0031,
    column_info = 0x007D,
    bound_sheet = 0x0085,
    multiple_rk = 0x00BD,
    rich_string = 0x00D6,
    extended_format = 0x00E0,
    merged_cells = 0x00E5,
    shared_strings = 0x00FC,
    shared_string_cell = 0x00FD,
    supporting_book = 0x01AE,
    number_cell = 0x0203,
    label = 0x0204,
    bool_or_error = 0x0205,
    formula_string = 0x0207,
    row_info = 0x0208,
    rk = 0x027E,
    number_format = 0x041E,
    begin_of_part = 0x0809,
};

// A number in four bytes: part of a double or a whole number, perhaps in hundredths.
double rk_number(uint32_t raw) {
    double value = (raw & 2) != 0 ? static_cast<double>(static_cast<int32_t>(raw) >> 2)
                                  : std::bit_cast<double>(static_cast<uint64_t>(raw & ~3U) << 32);
    return (raw & 1) != 0 ? value / 100 : value;
}

std::string_view error_text(uint32_t code) {
    switch (code) {
        case 0x00:
            return "#NULL!";
        case 0x07:
            return "#DIV/0!";
        case 0x0F:
            return "#VALUE!";
        case 0x17:
            return "#REF!";
        case 0x1D:
            return "#NAME?";
        case 0x24:
            return "#NUM!";
        default:
            return "#N/A";
    }
}

class Reader {
 public:
    explicit Reader(std::string_view stream) : records_(stream), store_(std::make_shared<CellStore>()) {}

    Workbook run() {
        book_.format = "xls";
        read_shared();
        for (const Sheet& sheet : sheets_) {
            Table table;
            table.name = sheet.name;
            table.hidden = sheet.hidden;
            records_.go_to(sheet.at);
            read_sheet(table);
            book_.tables.push_back(std::move(table));
        }
        book_.system_1904 = system_1904_;
        if (linked_) book_.notices.push_back(links_ignored());
        if (partly_struck_ != 0)
            book_.notices.push_back(struck_parts_left_out(partly_struck_, partly_struck_at_));
        return std::move(book_);
    }

 private:
    struct Sheet {
        std::string name;
        size_t at = 0;
        bool hidden = false;
    };
    struct Format {
        size_t font = 0;
        int64_t number = 0;
    };
    // A text as the store keeps it, with whether it says itself that it is struck out.
    struct Shared {
        std::string_view text;
        bool rich = false;
        bool struck = false;
        bool partly = false;
    };
    struct Placed {
        int64_t row;
        uint32_t column;
        StoredCell cell;
    };

    // ---- what all sheets share

    void read_shared() {
        if (!records_.next() || records_.type() != begin_of_part) refuse(damaged("Workbook"));
        if (records_.number(2) != 0x0600) refuse(old_excel());
        while (records_.next() && records_.type() != end_of_part) {
            if (fonts_.size() > max_formats || formats_.size() > max_formats || own_.size() > max_formats ||
                sheets_.size() > max_sheets) {
                refuse(unsafe());
            }
            take_shared(records_.type());
        }
    }

    void take_shared(uint32_t type) {
        if (type == file_pass) {
            refuse(protected_by_password());
        } else if (type == date_mode) {
            system_1904_ = records_.number(2) != 0;
        } else if (type == font) {
            records_.pass(2);
            fonts_.push_back((records_.number(2) & 0x08) != 0);
        } else if (type == extended_format) {
            size_t font_number = records_.number(2);
            formats_.push_back({font_number, records_.number(2)});
        } else if (type == number_format) {
            int64_t id = records_.number(2);
            own_[id] = read_number_format(records_.text(2).joined());
        } else if (type == bound_sheet) {
            Sheet sheet;
            sheet.at = records_.number(4);
            sheet.hidden = (records_.number(1) & 3) != 0;
            bool work_sheet = records_.number(1) == 0;
            sheet.name = records_.text(1).joined();
            if (work_sheet) sheets_.push_back(std::move(sheet));
        } else if (type == supporting_book) {
            records_.pass(2);
            uint32_t kind = records_.number(2);
            linked_ = linked_ || (kind != 0x0401 && kind != 0x3A01);
        } else if (type == shared_strings) {
            read_strings();
        }
    }

    // What the record says of the number of strings is only where to stop.
    void read_strings() {
        records_.pass(4);
        for (uint32_t count = records_.number(4); count > 0; count--) {
            if (strings_.size() >= max_cells) refuse(too_large());
            strings_.push_back(keep(records_.text(2)));
        }
    }

    bool struck_font(int64_t number) const {
        // There is no font 4; those behind it are counted as if there were.
        if (number > 4) number--;
        return number >= 0 && static_cast<size_t>(number) < fonts_.size() &&
               fonts_[static_cast<size_t>(number)];
    }

    Shared keep(const XlsRecords::Text& text) {
        Shared out;
        if (text.runs.size() == 1 && text.runs.front().second < 0) {
            out.text = store_->keep(text.runs.front().first);
            return out;
        }
        CellText runs;
        for (const auto& [piece, font_number] : text.runs) {
            out.rich = out.rich || font_number >= 0;
            runs.add(piece, struck_font(font_number));
        }
        out.struck = runs.struck();
        out.partly = runs.partly_struck();
        out.text = store_->keep(runs.text());
        return out;
    }

    // ---- a sheet

    void read_sheet(Table& table) {
        table_ = &table;
        cells_.clear();
        hidden_rows_.clear();
        text_of_formula_.reset();
        if (!records_.next() || records_.type() != begin_of_part) refuse(damaged(table.name));
        // Charts within the sheet have a beginning and an end of their own.
        for (int depth = 1; depth > 0;) {
            if (!records_.next()) refuse(damaged(table.name));
            if (records_.type() == begin_of_part) depth++;
            if (records_.type() == end_of_part) depth--;
            if (depth == 1) take_record(records_.type());
            if (cells_.size() > max_cells) refuse(too_large());
        }
        build();
    }

    void take_record(uint32_t type) {
        switch (type) {
            case shared_string_cell: {
                take_place();
                size_t index = records_.number(4);
                if (index >= strings_.size()) refuse(damaged(table_->name));
                put_text(strings_[index]);
                break;
            }
            case label:
            case rich_string:
                take_place();
                put_text(keep(records_.text(2)));
                break;
            case number_cell:
                take_place();
                put_number(records_.real());
                break;
            case rk:
                take_place();
                put_number(rk_number(records_.number(4)));
                break;
            case multiple_rk:
                take_numbers();
                break;
            case bool_or_error: {
                take_place();
                uint32_t value = records_.number(1);
                put_value(records_.number(1) != 0, value);
                break;
            }
            case formula:
                take_formula();
                break;
            case formula_string:
                if (text_of_formula_) {
                    row_ = text_of_formula_->row;
                    column_ = text_of_formula_->column;
                    format_ = text_of_formula_->format;
                    text_of_formula_.reset();
                    put_text(keep(records_.text(2)));
                }
                break;
            case row_info: {
                int64_t row = records_.number(2) + int64_t{1};
                records_.pass(10);
                if ((records_.number(4) & 0x20) != 0) hidden_rows_.push_back(row);
                break;
            }
            case column_info:
                take_columns();
                break;
            case merged_cells:
                take_merges();
                break;
            default:
                break;
        }
    }

    // The place and format before each cell's value.
    void take_place() {
        row_ = records_.number(2) + int64_t{1};
        column_ = records_.number(2);
        format_ = records_.number(2);
    }

    void take_numbers() {
        row_ = records_.number(2) + int64_t{1};
        column_ = records_.number(2);
        for (; records_.left() >= 8; column_++) {
            format_ = records_.number(2);
            put_number(rk_number(records_.number(4)));
        }
    }

    void take_formula() {
        take_place();
        uint64_t low = records_.number(4);
        uint64_t high = records_.number(4);
        if (high >> 16 != 0xFFFF) return put_number(std::bit_cast<double>(low | high << 32));
        auto value = static_cast<uint32_t>(low >> 16 & 0xFF);
        switch (low & 0xFF) {
            case 0:  // its text comes in a record behind
                text_of_formula_ = Place{row_, column_, format_};
                break;
            case 1:
                put_value(false, value);
                break;
            case 2:
                put_value(true, value);
                break;
            default:  // an empty text
                break;
        }
    }

    void take_columns() {
        size_t first = records_.number(2);
        size_t last = std::min<size_t>(records_.number(2), max_columns - 1);
        records_.pass(4);
        if ((records_.number(2) & 1) == 0) return;
        for (size_t column = first; column <= last; column++) {
            if (table_->hidden_columns.empty() || table_->hidden_columns.back() < column)
                table_->hidden_columns.push_back(column);
        }
    }

    void take_merges() {
        for (uint32_t count = records_.number(2); count > 0; count--) {
            MergedCells merged;
            merged.first_row = records_.number(2) + int64_t{1};
            merged.last_row = records_.number(2) + int64_t{1};
            merged.first_column = records_.number(2);
            merged.last_column = records_.number(2);
            bool in_order = merged.first_row <= merged.last_row &&
                            merged.first_column <= merged.last_column && merged.last_column < max_columns;
            if (in_order && table_->merges.size() < max_merges) table_->merges.push_back(merged);
        }
    }

    // ---- cells

    bool struck() const {
        return format_ < formats_.size() && struck_font(static_cast<int64_t>(formats_[format_].font));
    }

    void put(std::string_view text, CellKind kind, bool is_struck) {
        cells_.push_back({row_, column_, StoredCell(Cell{text, kind, is_struck})});
    }

    void put_text(const Shared& text) {
        put(text.text, CellKind::text, text.rich ? text.struck : struck());
        if (text.partly && partly_struck_++ < 5)
            partly_struck_at_.push_back(fmt::format("{}!{}{}", table_->name, column_letters(column_), row_));
    }

    void put_number(double number) {
        NumberFormat format;
        if (format_ < formats_.size()) {
            auto own = own_.find(formats_[format_].number);
            format = own != own_.end() ? own->second : builtin_number_format(formats_[format_].number);
        }
        ShownNumber shown = shown_number(number, format, system_1904_);
        put(store_->keep(shown.text), shown.kind, struck());
    }

    void put_value(bool error, uint32_t value) {
        if (error) return put(error_text(value), CellKind::error, struck());
        put(value != 0 ? "TRUE" : "FALSE", CellKind::boolean, struck());
    }

    // Rows come in blocks, and nothing says that they must rise.
    void build() {
        auto before = [](const Placed& a, const Placed& b) {
            return a.row != b.row ? a.row < b.row : a.column < b.column;
        };
        if (!std::is_sorted(cells_.begin(), cells_.end(), before))
            std::stable_sort(cells_.begin(), cells_.end(), before);
        std::sort(hidden_rows_.begin(), hidden_rows_.end());
        TableBuilder builder(*table_, totals_, store_);
        for (size_t i = 0; i < cells_.size();) {
            int64_t row = cells_[i].row;
            builder.start_row(row, std::binary_search(hidden_rows_.begin(), hidden_rows_.end(), row));
            for (; i < cells_.size() && cells_[i].row == row; i++) {
                if (!builder.put_kept(cells_[i].column, cells_[i].cell.cell())) refuse(too_large());
            }
            if (!builder.end_row()) refuse(too_large());
        }
    }

 public:
    static Refusal old_excel() {
        return other_kind("は古い形式 (Excel 95 以前の .xls) のファイルです。",
                          "is a file of an old kind (.xls of Excel 95 or earlier).");
    }

 private:
    struct Place {
        int64_t row;
        uint32_t column;
        size_t format;
    };

    XlsRecords records_;
    std::shared_ptr<CellStore> store_;
    Workbook book_;
    TableTotals totals_;
    bool system_1904_ = false;
    bool linked_ = false;
    std::vector<Sheet> sheets_;
    std::vector<bool> fonts_;  // whether they strike out
    std::vector<Format> formats_;
    std::map<int64_t, NumberFormat> own_;
    std::vector<Shared> strings_;
    size_t partly_struck_ = 0;
    std::vector<std::string> partly_struck_at_;

    Table* table_ = nullptr;
    std::vector<Placed> cells_;
    std::vector<int64_t> hidden_rows_;
    std::optional<Place> text_of_formula_;
    int64_t row_ = 0;
    uint32_t column_ = 0;
    size_t format_ = 0;
};

Workbook read_file(std::string_view bytes) {
    CompoundFile file(bytes);
    if (file.has("EncryptedPackage")) refuse(protected_by_password());
    if (!file.has("Workbook")) {
        if (file.has("Book")) refuse(Reader::old_excel());
        refuse(other_kind("は表計算のファイルではありません。", "is not a spreadsheet."));
    }
    std::string stream = file.read("Workbook");
    Workbook book = Reader(stream).run();
    if (file.has("_VBA_PROJECT_CUR") || file.has("_VBA_PROJECT")) book.notices.push_back(macros_ignored());
    return book;
}

}  // namespace

Result<Workbook> read_xls(std::string_view bytes, std::string_view file_name) {
    try {
        return read_file(bytes);
    } catch (const Refusal& refusal) {
        return refused_file(refusal, file_name);
    }
}

}  // namespace sonae::exchange
