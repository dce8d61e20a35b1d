// The parts of a workbook as XML.
#include "exchange/workbook_write.hpp"

#include "exchange/table.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr int64_t most_rows = 1'048'576;
constexpr size_t longest_cell = 32'767;
constexpr size_t longest_list = 255;    // of the words of a list with their commas
constexpr size_t longest_prompt = 250;  // 255 in Excel
constexpr size_t flush_size = 128 * 1024;
constexpr int most_height = 400;  // of a row, in points; 409 in Excel
constexpr int page_width = 220;   // characters that can still be read on a page

// Places in the list of formats below.
enum Style {
    plain,
    heading,
    line,
    header,
    required,
    quiet_header,
    text,
    long_text,
    date,
    number,
    quiet,
    blank_text,  // of cells that nobody has filled in yet: without a border
    blank_date,
    blank_number
};

constexpr std::string_view head = R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)";

std::string font(std::string_view before, int size, bool grey) {
    return fmt::format(R"(<font>{}<sz val="{}"/>{}<name val="游ゴシック"/><family val="2"/></font>)", before,
                       size, grey ? R"(<color rgb="FF808080"/>)" : "");
}

std::string fill(std::string_view colour) {
    return fmt::format(
        R"(<fill><patternFill patternType="solid"><fgColor rgb="FF{}"/><bgColor indexed="64"/></patternFill>)"
        "</fill>",
        colour);
}

// A format of cells in the table: number format, font, fill, and how the text stands.
std::string cell_format(int number_format, int font, int fill, std::string_view alignment,
                        std::string_view more = {}) {
    return fmt::format(
        R"(<xf numFmtId="{}" fontId="{}" fillId="{}" borderId="1" xfId="0"{} applyNumberFormat="1" )"
        R"(applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment {}/></xf>)",
        number_format, font, fill, more, alignment);
}

// The formats in the order of Style.
std::string styles() {
    constexpr std::string_view centre = R"(vertical="center" wrapText="1")";
    constexpr std::string_view top = R"(vertical="top" wrapText="1")";
    constexpr std::string_view one_line = R"(vertical="top")";
    std::string out(head);
    out += R"(<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">)"
           R"(<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts>)"
           R"(<fonts count="5">)";
    out += font("", 10, false) + font("<b/>", 10, false) + font("", 9, true) + font("<b/>", 13, false) +
           font("", 8, true);
    out += R"(</fonts><fills count="5"><fill><patternFill patternType="none"/></fill>)"
           R"(<fill><patternFill patternType="gray125"/></fill>)";
    out += fill("DCE6F1") + fill("FCE4B5") + fill("F2F2F2");
    out += R"(</fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border>)";
    for (const char* side : {"left", "right", "top", "bottom"})
        out += fmt::format(R"(<{0} style="hair"><color auto="1"/></{0}>)", side);
    out += R"(<diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" )"
           R"(borderId="0"/></cellStyleXfs><cellXfs count="14">)";
    for (int plain_font : {0, 3, 0}) {
        out += fmt::format(R"(<xf numFmtId="0" fontId="{}" fillId="0" borderId="0" xfId="0" applyFont="1"/>)",
                           plain_font);
    }
    out += cell_format(49, 1, 2, centre) + cell_format(49, 1, 3, centre) + cell_format(49, 2, 4, centre) +
           cell_format(49, 0, 0, top) + cell_format(0, 0, 0, top, R"( quotePrefix="1")") +
           cell_format(164, 0, 0, R"(horizontal="left" vertical="top")") + cell_format(1, 0, 0, one_line) +
           cell_format(49, 4, 0, one_line);
    for (int number_format : {49, 164, 1}) {
        out += fmt::format(
            R"(<xf numFmtId="{}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" )"
            R"(applyFont="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>)",
            number_format);
    }
    return out +
           R"(</cellXfs><cellStyles count="1"><cellStyle name="標準" xfId="0" builtinId="0"/></cellStyles>)"
           "</styleSheet>";
}

constexpr std::string_view sheet_space =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">)";

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// True where the text says _xHHHH_, which would be read as a character.
bool looks_escaped(std::string_view text) {
    return text.size() >= 7 && text[0] == '_' && text[1] == 'x' && text[6] == '_' &&
           std::all_of(text.begin() + 2, text.begin() + 6, is_hex);
}

void escape(std::string& out, std::string_view written) {
    for (size_t i = 0; i < written.size(); i++) {
        const char c = written[i];
        switch (c) {
            case '&':
                out += "&amp;";
                continue;
            case '<':
                out += "&lt;";
                continue;
            case '>':
                out += "&gt;";
                continue;
            case '"':
                out += "&quot;";
                continue;
            default:
                break;
        }
        const std::string_view rest = written.substr(i, 7);
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') {
            out += fmt::format("_x{:04X}_", static_cast<unsigned>(c));
        } else if (c == '_' && looks_escaped(rest)) {
            out += "_x005F_";
        } else if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {
            out += rest[2] == '\xBE' ? "_xFFFE_" : "_xFFFF_";
            i += 2;
        } else {
            out += c;
        }
    }
}

std::string escaped(std::string_view written) {
    std::string out;
    escape(out, written);
    return out;
}

// At most `most` units, cut between characters.
std::string shortened(std::string_view written, size_t most) {
    if (cell_length(written) <= most) return std::string(written);
    std::string out;
    size_t units = 0;
    for (size_t i = 0; i < written.size();) {
        size_t end = i + 1;
        while (end < written.size() && (static_cast<unsigned char>(written[end]) & 0xC0) == 0x80)
            end++;
        units += cell_length(written.substr(i, end - i));
        if (units > most - 1) break;
        out += written.substr(i, end - i);
        i = end;
    }
    return out + "…";
}

Style style_of(const SheetColumn& column) {
    if (column.quiet) return quiet;
    if (column.kind == SheetColumn::Kind::date) return date;
    return column.kind == SheetColumn::Kind::number ? number : text;
}

Style blank_style(const SheetColumn& column) {
    if (column.kind == SheetColumn::Kind::date) return blank_date;
    return column.kind == SheetColumn::Kind::number ? blank_number : blank_text;
}

// How many lines a text takes in a column; most texts need no counting of characters.
int lines_of(std::string_view written, int width) {
    if (written.size() <= static_cast<size_t>(width) && written.find('\n') == std::string_view::npos)
        return 1;
    int lines = 0;
    for (size_t from = 0; from <= written.size();) {
        size_t end = std::min(written.find('\n', from), written.size());
        lines += std::max(1, (text_width(written.substr(from, end - from)) + width - 1) / width);
        from = end + 1;
    }
    return lines;
}

// A list of words for a column; empty where Excel cannot hold it.
std::string choice_list(const SheetColumn& column) {
    std::string list;
    for (const std::string& choice : column.choices) {
        if (choice.find(',') != std::string::npos || choice.find('"') != std::string::npos) return {};
        if (!list.empty()) list += ',';
        list += choice;
    }
    return cell_length(list) <= longest_list ? list : std::string();
}

std::string validation(const SheetColumn& column, const std::string& range) {
    const std::string list = choice_list(column);
    if (list.empty() && column.prompt.empty()) return {};
    std::string out = R"(<dataValidation allowBlank="1")";
    if (!list.empty()) out += R"( type="list")";
    if (!list.empty() && !column.several) {
        out +=
            fmt::format(R"( errorStyle="warning" showErrorMessage="1" errorTitle="{}" error="{}")",
                        "選択肢にない語です", "このまま入れると、読み取れない値として残ることがあります。");
    }
    if (!column.prompt.empty()) {
        out += fmt::format(R"( showInputMessage="1" promptTitle="{}" prompt="{}")",
                           escaped(shortened(column.header, 30)),
                           escaped(shortened(column.prompt, longest_prompt)));
    }
    out += fmt::format(R"( sqref="{}">)", range);
    if (!list.empty()) out += fmt::format(R"(<formula1>"{}"</formula1>)", escaped(list));
    return out + "</dataValidation>";
}

// In the head of a printed page & begins a code.
std::string for_page(std::string_view written) {
    std::string doubled;
    for (char c : written) {
        doubled += c;
        if (c == '&') doubled += c;
    }
    return escaped(doubled);
}

}  // namespace

std::string sheet_name(const std::string& wanted, std::set<std::string>& used) {
    std::string name;
    size_t characters = 0;
    for (char c : wanted) {
        bool starts = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        if (starts && ++characters > 26) break;
        name += std::string_view("[]:*?/\\'").find(c) == std::string_view::npos ? c : '_';
    }
    if (name.empty()) name = "Sheet";
    std::string unique = name;
    auto folded = [](std::string text) {
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        return text;
    };
    for (int n = 2; !used.insert(folded(unique)).second; ++n)
        unique = name + " " + std::to_string(n);
    return unique;
}

size_t cell_length(std::string_view written) {
    size_t units = 0;
    for (char c : written) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0) != 0x80) units += byte >= 0xF0 ? 2 : 1;
    }
    return units;
}

WorkbookOut::WorkbookOut(ByteSink to, std::string title, Instant made)
    : zip_(std::move(to), made), title_(std::move(title)), made_(made) {}

Status WorkbookOut::flush(bool all) {
    if (!all && xml_.size() < flush_size) return {};
    auto done = zip_.write(xml_);
    xml_.clear();
    return done;
}

void WorkbookOut::place(size_t column) {
    while (letters_.size() <= column)
        letters_.push_back(column_letters(letters_.size()));
    xml_ += "<c r=\"";
    xml_ += letters_[column];
    xml_ += row_text_;
}

void WorkbookOut::text_cell(size_t column, std::string_view written, int style) {
    place(column);
    xml_ += fmt::format("\" s=\"{}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", style);
    escape(xml_, written);
    xml_ += "</t></is></c>";
}

Result<std::string> WorkbookOut::begin(const SheetLayout& layout) {
    if (auto done = end_sheet(); !done) return pass(std::move(done));
    layout_ = layout;
    Made made;
    made.name = sheet_name(layout.name, used_);
    made.header_row = static_cast<int64_t>(layout.above.size()) + 1;
    made.last_row = made.header_row;
    made.columns = layout.columns.size();
    made.fixed = layout.fixed;
    if (auto done = zip_.begin(fmt::format("xl/worksheets/sheet{}.xml", sheets_.size() + 1)); !done)
        return pass(std::move(done));
    xml_ = sheet_space;
    xml_ += R"(<sheetPr><outlinePr summaryRight="0"/><pageSetUpPr fitToPage="1"/></sheetPr>)"
            R"(<sheetViews><sheetView workbookViewId="0")";
    if (sheets_.empty()) xml_ += R"( tabSelected="1")";
    std::string corner = fmt::format("{}{}", column_letters(layout.fixed), made.header_row + 1);
    xml_ += layout.fixed > 0
                ? fmt::format(R"(><pane xSplit="{}" ySplit="{}" topLeftCell="{}" activePane="bottomRight" )"
                              R"(state="frozen"/><selection pane="bottomRight" activeCell="{}" sqref="{}"/>)",
                              layout.fixed, made.header_row, corner, corner, corner)
                : fmt::format(R"(><pane ySplit="{}" topLeftCell="{}" activePane="bottomLeft" )"
                              R"(state="frozen"/><selection pane="bottomLeft" activeCell="{}" sqref="{}"/>)",
                              made.header_row, corner, corner, corner);
    xml_ += R"(</sheetView></sheetViews><sheetFormatPr defaultRowHeight="18" outlineLevelCol="1"/><cols>)";
    for (size_t i = 0; i < layout.columns.size(); i++) {
        const SheetColumn& column = layout.columns[i];
        xml_ += fmt::format(R"(<col min="{0}" max="{0}" width="{1}.7" style="{2}" customWidth="1"{3}/>)",
                            i + 1, column.width, static_cast<int>(blank_style(column)),
                            column.folded ? R"( hidden="1" outlineLevel="1")" : "");
    }
    xml_ += "</cols><sheetData>";
    int64_t row = 0;
    for (const std::string& one : layout.above) {
        row_text_ = std::to_string(++row);
        xml_ += fmt::format("<row r=\"{}\">", row);
        text_cell(0, one, row == 1 ? heading : line);
        xml_ += "</row>";
    }
    row_text_ = std::to_string(made.header_row);
    xml_ += fmt::format(R"(<row r="{}" ht="33" customHeight="1">)", made.header_row);
    for (size_t i = 0; i < layout.columns.size(); i++) {
        const SheetColumn& column = layout.columns[i];
        text_cell(i, column.header, column.quiet ? quiet_header : column.required ? required : header);
    }
    xml_ += "</row>";
    sheets_.push_back(std::move(made));
    if (auto done = flush(false); !done) return pass(std::move(done));
    return sheets_.back().name;
}

Status WorkbookOut::row(const std::vector<SheetCell>& cells) {
    Made& made = sheets_.back();
    if (made.last_row == most_rows) {
        return fail(Code::bad_value,
                    fmt::format("「{}」の行がExcelの1シートに入る数（{}行）を超えています。条件で絞り込むか、"
                                "CSVに書き出してください。",
                                made.name, most_rows),
                    fmt::format("\"{}\" has more rows than one Excel sheet can hold ({}). Use conditions, or "
                                "export CSV.",
                                made.name, most_rows));
    }
    row_text_ = std::to_string(++made.last_row);
    // A height that the spreadsheet may change again; not every program works it out by itself.
    int lines = 1;
    for (size_t i = 0; i < layout_.columns.size() && i < cells.size(); i++) {
        const SheetColumn& column = layout_.columns[i];
        const auto* written = std::get_if<std::string>(&cells[i]);
        if (written != nullptr && !column.folded && !column.quiet)
            lines = std::max(lines, lines_of(*written, column.width));
    }
    xml_ += "<row r=\"" + row_text_ + "\"";
    if (lines > 1) xml_ += fmt::format(R"( ht="{}")", std::min(4 + lines * 14, most_height));
    xml_ += ">";
    for (size_t i = 0; i < layout_.columns.size(); i++) {
        const SheetColumn& column = layout_.columns[i];
        const SheetCell* cell = i < cells.size() ? &cells[i] : nullptr;
        const auto* written = cell != nullptr ? std::get_if<std::string>(cell) : nullptr;
        if (cell == nullptr || (written != nullptr && written->empty())) {
            if (column.folded) continue;
            place(i);
            xml_ += fmt::format("\" s=\"{}\"/>", static_cast<int>(style_of(column)));
        } else if (written != nullptr) {
            const size_t length = cell_length(*written);
            if (length > longest_cell) {
                return fail(Code::bad_value,
                            fmt::format("「{}」の{}行目「{}」の文章が長く、Excelのセルに入りません（{}"
                                        "文字まで）。CSVに書き出してください。",
                                        made.name, made.last_row, column.header, longest_cell),
                            fmt::format("The text in \"{}\", row {}, \"{}\" is too long for a cell of Excel "
                                        "({} characters). Export CSV.",
                                        made.name, made.last_row, column.header, longest_cell));
            }
            // Old versions of Excel show a long text in a cell of the format "text" as #####.
            const bool as_text = length <= 255;
            text_cell(i, *written, column.quiet ? quiet : as_text ? text : long_text);
        } else if (const auto* day = std::get_if<Date>(cell)) {
            // The day numbers of spreadsheets are reliable from March 1900 on.
            const Date first = *Date::make(1900, 3, 1);
            if (!day->whole() || *day < first) {
                text_cell(i, day->iso(), text);
                continue;
            }
            place(i);
            xml_ +=
                fmt::format("\" s=\"{}\"><v>{}</v></c>", static_cast<int>(date), first.days_until(*day) + 61);
        } else {
            const int64_t value = std::get<int64_t>(*cell);
            // A spreadsheet keeps 15 digits; a longer number stays exact as text.
            if (value <= -1'000'000'000'000'000 || value >= 1'000'000'000'000'000) {
                text_cell(i, std::to_string(value), text);
                continue;
            }
            place(i);
            xml_ += fmt::format("\" s=\"{}\"><v>{}</v></c>", static_cast<int>(number), value);
        }
    }
    xml_ += "</row>";
    return flush(false);
}

Status WorkbookOut::end_sheet() {
    if (sheets_.empty()) return {};
    const Made& made = sheets_.back();
    xml_ += "</sheetData>";
    if (made.columns > 0) {
        xml_ += fmt::format(R"(<autoFilter ref="A{}:{}{}"/>)", made.header_row,
                            column_letters(made.columns - 1), made.last_row);
    }
    std::string validations;
    size_t count = 0;
    const int64_t last = std::min(most_rows, made.last_row + layout_.more_rows);
    for (size_t i = 0; i < layout_.columns.size(); i++) {
        const std::string letters = column_letters(i);
        std::string one =
            validation(layout_.columns[i], fmt::format("{0}{1}:{0}{2}", letters, made.header_row + 1, last));
        if (one.empty()) continue;
        count++;
        validations += one;
    }
    if (count > 0) {
        xml_ += fmt::format(R"(<dataValidations count="{}">{}</dataValidations>)", count, validations);
    }
    xml_ += R"(<pageMargins left="0.5" right="0.5" top="0.7" bottom="0.6" header="0.3" footer="0.3"/>)"
            R"(<pageSetup paperSize="9" orientation="landscape" fitToWidth=")";
    int width = 0;
    for (const SheetColumn& column : layout_.columns)
        width += column.folded ? 0 : column.width;
    xml_ += fmt::format(R"({}" fitToHeight="0"/>)", std::max(1, (width + page_width - 1) / page_width));
    xml_ += fmt::format(
        "<headerFooter><oddHeader>&amp;L{}</oddHeader><oddFooter>&amp;L&amp;A&amp;R&amp;P / "
        "&amp;N</oddFooter></headerFooter></worksheet>",
        for_page(shortened(layout_.title, 200)));
    return flush(true);
}

Status WorkbookOut::finish() {
    if (auto done = end_sheet(); !done) return done;
    std::string types;
    std::string sheets;
    std::string relations;
    std::string names;
    for (size_t i = 0; i < sheets_.size(); i++) {
        const Made& made = sheets_[i];
        const std::string name = escaped(made.name);
        types += fmt::format(R"(<Override PartName="/xl/worksheets/sheet{}.xml" ContentType="application/)"
                             R"(vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>)",
                             i + 1);
        sheets += fmt::format(R"(<sheet name="{}" sheetId="{}" r:id="rId{}"/>)", name, i + 1, i + 1);
        relations += fmt::format(
            R"(<Relationship Id="rId{0}" Type="http://schemas.openxmlformats.org/officeDocument/2006/)"
            R"(relationships/worksheet" Target="worksheets/sheet{0}.xml"/>)",
            i + 1);
        names += fmt::format(R"(<definedName name="_xlnm._FilterDatabase" localSheetId="{}" hidden="1">)"
                             R"('{}'!$A${}:${}${}</definedName>)",
                             i, name, made.header_row, column_letters(made.columns - 1), made.last_row);
    }
    for (size_t i = 0; i < sheets_.size(); i++) {
        names += fmt::format(
            R"(<definedName name="_xlnm.Print_Titles" localSheetId="{0}">{1}'{2}'!${3}:${3}</definedName>)",
            i,
            sheets_[i].fixed == 0
                ? std::string()
                : fmt::format("'{}'!$A:${},", escaped(sheets_[i].name), column_letters(sheets_[i].fixed - 1)),
            escaped(sheets_[i].name), sheets_[i].header_row);
    }
    const std::string made = utc_text(made_).substr(0, 19);
    const std::vector<std::pair<std::string_view, std::string>> parts{
        {"xl/styles.xml", styles()},
        {"xl/workbook.xml",
         fmt::format(R"({}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" )"
                     R"(xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">)"
                     R"(<bookViews><workbookView/></bookViews><sheets>{}</sheets>)"
                     R"(<definedNames>{}</definedNames></workbook>)",
                     head, sheets, names)},
        {"xl/_rels/workbook.xml.rels",
         fmt::format(
             R"({}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{})"
             R"(<Relationship Id="rId{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/)"
             R"(relationships/styles" Target="styles.xml"/></Relationships>)",
             head, relations, sheets_.size() + 1)},
        {"docProps/core.xml",
         fmt::format(
             R"({}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/)"
             R"(core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" )"
             R"(xmlns:dcterms="http://purl.org/dc/terms/" )"
             R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{}</dc:title>)"
             R"(<dcterms:created xsi:type="dcterms:W3CDTF">{}Z</dcterms:created></cp:coreProperties>)",
             head, escaped(title_), made)},
        {"_rels/.rels",
         fmt::format(
             R"({}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">)"
             R"(<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/)"
             R"(relationships/officeDocument" Target="xl/workbook.xml"/>)"
             R"(<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/)"
             R"(relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>)",
             head)},
        {"[Content_Types].xml",
         fmt::format(R"({}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">)"
                     R"(<Default Extension="rels" ContentType="application/)"
                     R"(vnd.openxmlformats-package.relationships+xml"/>)"
                     R"(<Default Extension="xml" ContentType="application/xml"/>)"
                     R"(<Override PartName="/xl/workbook.xml" ContentType="application/)"
                     R"(vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>)"
                     R"(<Override PartName="/xl/styles.xml" ContentType="application/)"
                     R"(vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>)"
                     R"(<Override PartName="/docProps/core.xml" ContentType="application/)"
                     R"(vnd.openxmlformats-package.core-properties+xml"/>{}</Types>)",
                     head, types)}};
    for (const auto& [name, body] : parts) {
        if (auto done = zip_.begin(name); !done) return done;
        if (auto done = zip_.write(body); !done) return done;
    }
    return zip_.finish();
}

}  // namespace sonae::exchange
