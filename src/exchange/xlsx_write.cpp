// Workbooks by libxlsxwriter.
#include "exchange/xlsx_write.hpp"

#include "base/os/file.hpp"
#include "exchange/workbook_write.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <system_error>

#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <xlsxwriter.h>

namespace sonae::exchange {

namespace {

constexpr size_t max_rows = 1'048'576;
constexpr size_t max_columns = 16'384;
constexpr size_t max_characters = 32'767;  // of a cell
constexpr int narrowest = 6;
constexpr int widest = 48;  // wider texts are wrapped

// Cells that Excel would read as a formula when somebody edits them.
bool looks_like_formula(const std::string& text) {
    return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
}

// Cuts a text that no cell can hold, visibly and between characters.
std::string fitting(const std::string& text) {
    size_t characters = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && ++characters > max_characters - 16)
            return text.substr(0, i) + "…（以下省略）";
    }
    return text;
}

struct Formats {
    lxw_format* title;
    lxw_format* line;
    lxw_format* header;
    lxw_format* text;
    lxw_format* guarded;  // a text that looks like a formula
    lxw_format* date;
    lxw_format* number;
};

Formats make_formats(lxw_workbook* book) {
    auto base = [&](bool table) {
        lxw_format* format = workbook_add_format(book);
        format_set_font_name(format, "游ゴシック");
        format_set_font_size(format, 10);
        format_set_align(format, LXW_ALIGN_VERTICAL_TOP);
        if (table) {
            format_set_text_wrap(format);
            format_set_border(format, LXW_BORDER_HAIR);
        }
        return format;
    };
    Formats formats{base(false), base(false), base(true), base(true), base(true), base(true), base(true)};
    format_set_bold(formats.title);
    format_set_font_size(formats.title, 13);
    format_set_bold(formats.header);
    format_set_bg_color(formats.header, 0xE8EEF4);
    format_set_num_format_index(formats.guarded, 49);  // text
    format_set_num_format(formats.date, "yyyy-mm-dd");
    format_set_align(formats.date, LXW_ALIGN_LEFT);
    format_set_num_format(formats.number, "0");
    return formats;
}

lxw_error write_cell(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, const SheetCell& cell,
                     const Formats& formats) {
    if (const auto* number = std::get_if<int64_t>(&cell)) {
        // A spreadsheet keeps 15 digits; a longer number stays exact as text.
        if (std::abs(*number) < 1'000'000'000'000'000)
            return worksheet_write_number(sheet, row, column, static_cast<double>(*number), formats.number);
        return worksheet_write_string(sheet, row, column, std::to_string(*number).c_str(), formats.text);
    }
    if (const auto* date = std::get_if<Date>(&cell)) {
        // The day numbers of spreadsheets are reliable from March 1900 on.
        if (date->whole() && date->iso() >= "1900-03-01") {
            lxw_datetime day{date->year(), date->month(), date->day(), 0, 0, 0};
            return worksheet_write_datetime(sheet, row, column, &day, formats.date);
        }
        return worksheet_write_string(sheet, row, column, date->iso().c_str(), formats.text);
    }
    std::string text = fitting(std::get<std::string>(cell));
    if (text.empty()) return worksheet_write_blank(sheet, row, column, formats.text);
    return worksheet_write_string(sheet, row, column, text.c_str(),
                                  looks_like_formula(text) ? formats.guarded : formats.text);
}

lxw_error fill_sheet(lxw_worksheet* out, const Sheet& sheet, const Formats& formats) {
    auto row = lxw_row_t{0};
    lxw_error error = LXW_NO_ERROR;
    auto keep = [&](lxw_error e) {
        if (error == LXW_NO_ERROR) error = e;
    };
    for (const std::string& line : sheet.above) {
        keep(worksheet_write_string(out, row, 0, fitting(line).c_str(),
                                    row == 0 ? formats.title : formats.line));
        ++row;
    }
    const lxw_row_t header_row = row;
    const auto columns = static_cast<lxw_col_t>(sheet.header.size());
    for (lxw_col_t c = 0; c < columns; ++c)
        keep(worksheet_write_string(out, row, c, fitting(sheet.header[c]).c_str(), formats.header));
    for (const std::vector<SheetCell>& cells : sheet.rows) {
        ++row;
        for (lxw_col_t c = 0; c < columns; ++c)
            keep(write_cell(out, row, c, c < cells.size() ? cells[c] : SheetCell{std::string()}, formats));
    }
    if (columns > 0) {
        worksheet_freeze_panes(out, header_row + 1, 0);
        keep(worksheet_autofilter(out, header_row, 0, row, static_cast<lxw_col_t>(columns - 1)));
        keep(worksheet_repeat_rows(out, header_row, header_row));
    }
    if (!sheet.below.empty()) ++row;
    for (const std::string& line : sheet.below)
        keep(worksheet_write_string(out, ++row, 0, fitting(line).c_str(), formats.line));

    for (lxw_col_t c = 0; c < columns; ++c) {
        int width = text_width(sheet.header[c]) + 3;  // the filter's button
        for (const std::vector<SheetCell>& cells : sheet.rows) {
            if (c < cells.size()) width = std::max(width, text_width(cell_text(cells[c])) + 1);
        }
        keep(worksheet_set_column(out, c, c, std::clamp(width, narrowest, widest), nullptr));
    }
    worksheet_set_landscape(out);
    worksheet_set_paper(out, 9);  // A4
    worksheet_set_margins(out, 0.5, 0.5, 0.6, 0.6);
    worksheet_fit_to_pages(out, 1, 0);
    keep(worksheet_set_footer(out, "&L&A&R&P / &N"));
    return error;
}

tl::unexpected<Error> cannot_write(const std::filesystem::path& path, const char* why) {
    return fail(
        Code::io,
        path.string() + " を書けませんでした（" + why + "）。空き容量と書き込みの許可を確かめてください。",
        "Could not write " + path.string() + " (" + why + "). Check free space and permissions.");
}

}  // namespace

std::string cell_text(const SheetCell& cell) {
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    if (const auto* date = std::get_if<Date>(&cell)) return date->iso();
    return std::to_string(std::get<int64_t>(cell));
}

int text_width(std::string_view text) {
    int longest = 0;
    int width = 0;
    const icu::UnicodeString characters =
        icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
    for (int32_t i = 0; i < characters.length(); i = characters.moveIndex32(i, 1)) {
        const UChar32 c = characters.char32At(i);
        if (c == '\n') {
            width = 0;
            continue;
        }
        int kind = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
        // Ambiguous ones (①, ※) are wide in Japanese fonts.
        bool wide = kind == U_EA_WIDE || kind == U_EA_FULLWIDTH || (kind == U_EA_AMBIGUOUS && c > 0x7F);
        width += wide ? 2 : 1;
        longest = std::max(longest, width);
    }
    return longest;
}

Status write_xlsx(const std::filesystem::path& path, const std::string& title, Instant made,
                  const std::vector<Sheet>& sheets) {
    for (const Sheet& sheet : sheets) {
        size_t lines = sheet.above.size() + 1 + sheet.rows.size() + 1 + sheet.below.size();
        if (lines > max_rows || sheet.header.size() > max_columns) {
            return fail(Code::bad_value, sheet.name + " はExcelの1シートに入る大きさを超えています。",
                        sheet.name + " is larger than one Excel sheet can hold.");
        }
    }
    // The library writes where it is told and does not flush, so it writes aside and the bytes go the durable
    // way.
    std::filesystem::path aside = path;
    aside += ".part";
    if (Status possible = os::write_file(aside, {});
        !possible)  // the library would complain on standard error
        return possible;
    lxw_workbook* book = workbook_new(aside.c_str());
    if (book == nullptr) return cannot_write(path, "libxlsxwriter");
    lxw_doc_properties properties{};
    std::string title_copy = title;
    properties.title = title_copy.data();
    properties.created = static_cast<time_t>(made / 1'000'000);
    workbook_set_properties(book, &properties);
    Formats formats = make_formats(book);
    std::set<std::string> used;
    lxw_error error = LXW_NO_ERROR;
    for (const Sheet& sheet : sheets) {
        lxw_worksheet* out = workbook_add_worksheet(book, sheet_name(sheet.name, used).c_str());
        lxw_error filled = out == nullptr ? LXW_ERROR_MEMORY_MALLOC_FAILED : fill_sheet(out, sheet, formats);
        if (error == LXW_NO_ERROR) error = filled;
    }
    lxw_error closed = workbook_close(book);
    if (error == LXW_NO_ERROR) error = closed;
    Status done;
    if (error != LXW_NO_ERROR) {
        done = cannot_write(path, lxw_strerror(error));
    } else if (Result<std::string> bytes = os::read_file(aside); !bytes) {
        done = pass(std::move(bytes));
    } else {
        done = os::write_file(path, *bytes);
    }
    std::error_code ignored;
    std::filesystem::remove(aside, ignored);
    return done;
}

}  // namespace sonae::exchange
