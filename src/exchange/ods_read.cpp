// The ODS reader. An ODS file is XML with rows and cells in their order; how often one repeats is an
// attribute of it.
#include "exchange/ods_read.hpp"

#include "base/text.hpp"
#include "exchange/cell_text.hpp"
#include "exchange/number_format.hpp"
#include "exchange/package.hpp"
#include "exchange/refusal.hpp"
#include "exchange/xml_parts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr size_t max_styles = 65'536;
constexpr size_t max_sheets = 2'000;

// What cells and texts are shown by.
class Styles {
 public:
    struct Style {
        std::string parent;
        std::string data_style;
        std::optional<bool> struck;
        bool displayed = true;  // of a sheet
    };

    // Takes a start tag that belongs to the styles; false for any other.
    bool start(std::string_view name, const Attributes& attributes) {
        if (name == "date-style" || name == "time-style" || name == "number-style") {
            bounded(formats_.size());
            format_ = &formats_[std::string(attributes["name"])];
            *format_ = {};
        } else if (format_ != nullptr) {
            part_of_format(name, attributes);
        } else if (name == "style") {
            bounded(styles_.size());
            style_ = &styles_[key(attributes["family"], attributes["name"])];
            *style_ = {std::string(attributes["parent-style-name"]),
                       std::string(attributes["data-style-name"]),
                       {},
                       true};
        } else if (style_ != nullptr) {
            if (name == "text-properties") {
                std::string_view line = attributes["text-line-through-style"];
                if (line.empty()) line = attributes["text-line-through-type"];
                if (!line.empty()) style_->struck = line != "none";
            } else if (name == "table-properties") {
                style_->displayed = attributes["display"] != "false";
            }
        } else {
            return false;
        }
        return true;
    }

    void end(std::string_view name) {
        if (name == "date-style" || name == "time-style" || name == "number-style") format_ = nullptr;
        if (name == "style") style_ = nullptr;
    }

    NumberFormat format(std::string_view cell_style) const {
        NumberFormat found;
        up("table-cell", cell_style, [&](const Style& style) {
            if (style.data_style.empty()) return false;
            auto format = formats_.find(style.data_style);
            if (format != formats_.end()) found = format->second;
            return true;
        });
        return found;
    }

    // Whether the style of this family strikes text out; nothing where it does not say.
    std::optional<bool> struck(std::string_view family, std::string_view name) const {
        std::optional<bool> found;
        up(family, name, [&](const Style& style) {
            found = style.struck;
            return found.has_value();
        });
        return found;
    }

    bool displayed(std::string_view table_style) const {
        auto found = styles_.find(key("table", table_style));
        return found == styles_.end() || found->second.displayed;
    }

 private:
    static std::string key(std::string_view family, std::string_view name) {
        return fmt::format("{} {}", family, name);
    }
    static void bounded(size_t count) {
        if (count >= max_styles) refuse(unsafe());
    }

    void part_of_format(std::string_view name, const Attributes& attributes) {
        if (name == "year" || name == "era") format_->year = true;
        if (name == "month") format_->month = true;
        if (name == "day" || name == "day-of-week") format_->day = true;
        if (name == "hours" || name == "minutes" || name == "seconds") format_->time = true;
        if (name == "number" && whole_number(attributes["decimal-places"]).value_or(0) == 0) {
            int64_t digits = whole_number(attributes["min-integer-digits"]).value_or(0);
            format_->zeros = digits >= 2 && digits <= 100 ? static_cast<int>(digits) : 0;
        }
        if (name == "text") format_->zeros = 0;  // "PC"000 is no number with zeros
    }

    // Visits the style and those it stands on, until `visit` has what it wants.
    template <class Visit>
    void up(std::string_view family, std::string_view name, Visit&& visit) const {
        std::string at(name);
        for (int steps = 0; steps < 20 && !at.empty(); steps++) {
            auto found = styles_.find(key(family, at));
            if (found == styles_.end() || visit(found->second)) return;
            at = found->second.parent;
        }
    }

    std::map<std::string, Style> styles_;
    std::map<std::string, NumberFormat> formats_;
    Style* style_ = nullptr;
    NumberFormat* format_ = nullptr;
};

// styles.xml
class StylesPart final : public Elements {
 public:
    explicit StylesPart(Styles& styles) : styles_(styles) {}
    void start(std::string_view name, const Attributes& attributes) override {
        styles_.start(name, attributes);
    }
    void end(std::string_view name) override { styles_.end(name); }

 private:
    Styles& styles_;
};

// META-INF/manifest.xml
class Manifest final : public Elements {
 public:
    void start(std::string_view name, const Attributes&) override {
        if (name == "encryption-data") encrypted = true;
    }
    bool encrypted = false;
};

// "2024-07-01" or "2024-07-01T09:30:00" as the format shows it; nothing when it is not of that form.
std::optional<std::string> shown_date(std::string_view written, const NumberFormat& format) {
    auto digit = [&](size_t i) { return written[i] >= '0' && written[i] <= '9'; };
    constexpr std::string_view form = "0000-00-00";
    if (written.size() < form.size()) return std::nullopt;
    for (size_t i = 0; i < form.size(); i++) {
        if (form[i] == '0' ? !digit(i) : written[i] != '-') return std::nullopt;
    }
    std::string day(written.substr(0, form.size()));
    std::string_view time = written.substr(form.size());
    if (!time.empty() && (time.size() < 9 || time.front() != 'T' || time[3] != ':' || time[6] != ':'))
        return std::nullopt;
    bool midnight = time.empty() || time.find_first_not_of("0:.T") == std::string_view::npos;
    bool some = format.date() || format.time;
    if (midnight && format.year && !format.day && !format.time && day.ends_with("-01")) {
        if (format.month) return day.substr(0, 7);
        if (day.ends_with("-01-01")) return day.substr(0, 4);
    }
    if (midnight || (some && !format.time)) return day;
    bool seconds = time.substr(7, 2) != "00";
    return fmt::format("{} {}", day, time.substr(1, seconds ? 8 : 5));
}

// "PT09H30M00S" as a time of day.
std::optional<std::string> shown_time(std::string_view written) {
    if (!written.starts_with("PT")) return std::nullopt;
    std::array<int64_t, 3> parts{};  // hours, minutes, seconds
    const char* at = written.data() + 2;
    const char* end = written.data() + written.size();
    for (size_t i = 0; i < parts.size() && at != end; i++) {
        auto [behind, error] = std::from_chars(at, end, parts[i]);
        if (error != std::errc() || parts[i] < 0 || parts[i] > 100'000'000) return std::nullopt;
        at = behind;
        if (i == 2 && at != end && (*at == '.' || *at == ',')) {
            while (at != end && *at != 'S')
                at++;
        }
        if (at == end || *at != "HMS"[i]) return std::nullopt;
        at++;
    }
    if (at != end) return std::nullopt;
    std::string text = fmt::format("{:02}:{:02}", parts[0], parts[1]);
    return parts[2] == 0 ? text : text + fmt::format(":{:02}", parts[2]);
}

// content.xml
class Content final : public Elements {
 public:
    Content(Styles& styles, Workbook& book)
        : styles_(styles), book_(book), store_(std::make_shared<CellStore>()) {}

    void start(std::string_view name, const Attributes& attributes) override {
        if (skipped_ > 0 || is_aside(name)) {
            if (name == "table-source" || name == "dde-links") linked = true;
            skipped_++;
        } else if (in_cell_) {
            start_in_cell(name, attributes);
        } else if (in_row_) {
            if (name == "table-cell" || name == "covered-table-cell") start_cell(name, attributes);
        } else if (builder_) {
            if (name == "table-row") start_row(attributes);
            if (name == "table-column") take_columns(attributes);
        } else if (name == "spreadsheet") {
            is_spreadsheet = true;
        } else if (name == "table" && is_spreadsheet) {
            start_table(attributes);
        } else {
            styles_.start(name, attributes);
        }
    }

    void end(std::string_view name) override {
        if (skipped_ > 0) {
            skipped_--;
        } else if (in_cell_) {
            end_in_cell(name);
        } else if (in_row_) {
            if (name == "table-row") end_row();
        } else if (builder_) {
            if (name == "table") builder_.reset();
        } else {
            styles_.end(name);
        }
    }

    void text(std::string_view piece) override {
        if (skipped_ > 0 || !in_paragraph_ || !in_cell_) return;
        // White space is one space, and nothing at the beginning of a paragraph.
        for (char c : piece) {
            bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
            if (space && (text_.all().size() == paragraph_ || space_)) continue;
            text_.add(space ? std::string_view(" ") : std::string_view(&c, 1), spans_.back());
            space_ = space;
        }
    }

    bool is_spreadsheet = false;
    bool linked = false;
    size_t partly_struck = 0;
    std::vector<std::string> partly_struck_at;

 private:
    struct Placed {
        size_t column;
        Cell cell;
    };
    struct Columns {
        size_t end;  // the first that is not one of them
        std::string style;
    };

    // What stands beside the cells: comments, drawings, reading aids, changes that are tracked.
    bool is_aside(std::string_view name) const {
        for (std::string_view aside :
             {"annotation", "ruby-text", "shapes", "frame", "custom-shape", "control", "line", "rect",
              "ellipse", "polygon", "polyline", "path", "g", "tracked-changes", "dde-links", "table-source",
              "note", "forms"}) {
            if (name == aside) return is_spreadsheet;
        }
        return in_cell_ && name == "table";
    }

    static int64_t count(std::string_view text) {
        return std::clamp<int64_t>(whole_number(text).value_or(1), 1, max_rows + 1);
    }

    void start_table(const Attributes& attributes) {
        if (book_.tables.size() >= max_sheets) refuse(unsafe());
        Table& table = book_.tables.emplace_back();
        table.name = attributes["name"];
        table.hidden = !styles_.displayed(attributes["style-name"]);
        builder_.emplace(table, totals_, store_);
        row_ = 0;
        columns_.clear();
    }

    void take_columns(const Attributes& attributes) {
        size_t from = columns_.empty() ? 0 : columns_.back().end;
        size_t end =
            std::min(max_columns, from + static_cast<size_t>(count(attributes["number-columns-repeated"])));
        if (end == from) return;
        columns_.push_back({end, std::string(attributes["default-cell-style-name"])});
        if (!is_hidden(attributes["visibility"])) return;
        for (size_t column = from; column < end; column++)
            book_.tables.back().hidden_columns.push_back(column);
    }

    static bool is_hidden(std::string_view visibility) {
        return visibility == "collapse" || visibility == "filter";
    }

    void start_row(const Attributes& attributes) {
        in_row_ = true;
        column_ = 0;
        columns_at_ = 0;
        cells_.clear();
        rows_ = count(attributes["number-rows-repeated"]);
        row_hidden_ = is_hidden(attributes["visibility"]);
        row_style_ = attributes["default-cell-style-name"];
    }

    void end_row() {
        in_row_ = false;
        for (int64_t i = 1; i <= rows_ && !cells_.empty(); i++) {
            builder_->start_row(row_ + i, row_hidden_);
            for (const Placed& one : cells_) {
                if (!builder_->put_kept(one.column, one.cell)) refuse(too_large());
            }
            if (!builder_->end_row()) refuse(too_large());
        }
        row_ = std::min(row_ + rows_, max_rows + 1);
    }

    // ---- a cell

    void start_cell(std::string_view name, const Attributes& attributes) {
        in_cell_ = true;
        covered_ = name != "table-cell";
        repeated_ = count(attributes["number-columns-repeated"]);
        type_ = attributes["value-type"];
        error_ = attributes.any("value-type", "error");
        formula_ = !attributes["formula"].empty();
        value_ = attributes[type_ == "date"      ? "date-value"
                            : type_ == "time"    ? "time-value"
                            : type_ == "boolean" ? "boolean-value"
                            : type_ == "string"  ? "string-value"
                                                 : "value"];
        style_ = attributes["style-name"];
        if (style_.empty()) style_ = row_style_;
        if (style_.empty()) {
            while (columns_at_ < columns_.size() && columns_[columns_at_].end <= column_)
                columns_at_++;
            if (columns_at_ < columns_.size()) style_ = columns_[columns_at_].style;
        }
        text_.clear();
        paragraphs_ = 0;
        in_paragraph_ = false;
        spans_.assign(1, styles_.struck("table-cell", style_).value_or(false));
        if (!covered_) merge(attributes);
    }

    void merge(const Attributes& attributes) {
        int64_t rows = count(attributes["number-rows-spanned"]);
        int64_t columns = count(attributes["number-columns-spanned"]);
        std::vector<MergedCells>& merges = book_.tables.back().merges;
        size_t last_column = column_ + static_cast<size_t>(columns) - 1;
        if ((rows == 1 && columns == 1) || merges.size() >= max_merges || row_ + rows > max_rows ||
            last_column >= max_columns) {
            return;
        }
        merges.push_back({row_ + 1, row_ + rows, column_, last_column});
    }

    void start_in_cell(std::string_view name, const Attributes& attributes) {
        if (name == "p") {
            if (paragraphs_++ > 0) text_.add("\n", spans_.front());
            in_paragraph_ = true;
            space_ = false;
            paragraph_ = text_.all().size();
            spans_.resize(1);
        } else if (name == "span") {
            spans_.push_back(styles_.struck("text", attributes["style-name"]).value_or(spans_.back()));
        } else if (in_paragraph_ && (name == "s" || name == "tab" || name == "line-break")) {
            int64_t spaces = name == "s" ? std::min<int64_t>(count(attributes["c"]), 1'000) : 1;
            char c = name == "s" ? ' ' : name == "tab" ? '\t' : '\n';
            text_.add(std::string(static_cast<size_t>(spaces), c), spans_.back());
            space_ = false;
        }
    }

    void end_in_cell(std::string_view name) {
        if (name == "span" && spans_.size() > 1) {
            spans_.pop_back();
        } else if (name == "p") {
            if (space_) text_.drop_last();
            space_ = false;
            in_paragraph_ = false;
        } else if (name == "table-cell" || name == "covered-table-cell") {
            end_cell();
        }
    }

    void end_cell() {
        in_cell_ = false;
        // What covered cells hold is not shown.
        Cell cell;
        std::string shown;
        if (!covered_) shown = show(cell.kind);
        if (!is_blank(shown)) {
            cell.text = store_->keep(shown);
            bool own = cell.kind == CellKind::text || cell.kind == CellKind::error;
            cell.struck = own && !text_.all().empty() ? text_.struck() : spans_.front();
            if (own && text_.partly_struck() && partly_struck++ < 5) {
                partly_struck_at.push_back(
                    fmt::format("{}!{}{}", book_.tables.back().name, column_letters(column_), row_ + 1));
            }
            for (int64_t i = 0; i < repeated_; i++) {
                size_t column = column_ + static_cast<size_t>(i);
                if (column >= max_columns || cells_.size() >= max_columns) refuse(too_large());
                cells_.push_back({column, cell});
            }
        }
        column_ = std::min(column_ + static_cast<size_t>(repeated_), max_columns);
    }

    static bool is_error(std::string_view text) {
        for (std::string_view error :
             {"#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!", "#UNKNOWN!"}) {
            if (text == error) return true;
        }
        return text.starts_with("Err:");
    }

    std::string show(CellKind& kind) const {
        kind = CellKind::text;
        if (error_ || (formula_ && is_error(text_.text()))) {
            kind = CellKind::error;
        } else if (type_ == "float" && (text_.text() == "TRUE" || text_.text() == "FALSE")) {
            kind = CellKind::boolean;  // as LibreOffice writes them: a number with a format that says so
            return text_.text();
        } else if (type_ == "float" || type_ == "currency" || type_ == "percentage") {
            NumberFormat format;
            format.zeros = styles_.format(style_).zeros;
            ShownNumber shown = shown_number(value_, format, false);
            kind = shown.kind;
            return shown.text;
        } else if (type_ == "boolean") {
            kind = CellKind::boolean;
            return is_true(value_) ? "TRUE" : "FALSE";
        } else if (type_ == "date" || type_ == "time") {
            auto shown = type_ == "date" ? shown_date(value_, styles_.format(style_)) : shown_time(value_);
            if (shown) {
                kind = CellKind::date;
                return *shown;
            }
        }
        return paragraphs_ == 0 && type_ == "string" ? value_ : text_.text();
    }

    Styles& styles_;
    Workbook& book_;
    std::shared_ptr<CellStore> store_;
    TableTotals totals_;
    std::optional<TableBuilder> builder_;
    int64_t skipped_ = 0;  // depth below an element that is passed over, itself included
    std::vector<Columns> columns_;

    bool in_row_ = false;
    int64_t row_ = 0;   // rows before the one in hand
    int64_t rows_ = 1;  // how often it repeats
    bool row_hidden_ = false;
    std::string row_style_;
    std::vector<Placed> cells_;
    size_t column_ = 0;
    size_t columns_at_ = 0;

    bool in_cell_ = false;
    bool covered_ = false;
    bool error_ = false;
    bool formula_ = false;
    int64_t repeated_ = 1;
    std::string type_;
    std::string value_;
    std::string style_;
    CellText text_;
    int64_t paragraphs_ = 0;
    bool in_paragraph_ = false;
    size_t paragraph_ = 0;     // where the text of the paragraph begins
    bool space_ = false;       // the last character is a space that may be dropped
    std::vector<bool> spans_;  // whether the spans that are open strike out; the first is the cell itself
};

std::string kind_of(Package& package) {
    return package.has("mimetype") ? package.read("mimetype", 1'000) : "";
}

Workbook read_document(std::string_view bytes) {
    Package package(bytes);
    if (!kind_of(package).starts_with("application/vnd.oasis.opendocument.spreadsheet")) {
        refuse(other_kind("は OpenDocument の文書で、表計算のファイルではありません。",
                          "is an OpenDocument file, but not a spreadsheet."));
    }
    if (package.has("META-INF/manifest.xml")) {
        Manifest manifest;
        read_part(package, "META-INF/manifest.xml", manifest);
        if (manifest.encrypted) refuse(protected_by_password());
    }
    Workbook book;
    book.format = "ods";
    Styles styles;
    if (package.has("styles.xml")) {
        StylesPart part(styles);
        read_part(package, "styles.xml", part);
    }
    Content content(styles, book);
    read_part(package, "content.xml", content);
    if (!content.is_spreadsheet) refuse(damaged("content.xml"));
    if (package.has("Basic/script-lc.xml")) book.notices.push_back(macros_ignored());
    if (content.linked) book.notices.push_back(links_ignored());
    if (content.partly_struck != 0)
        book.notices.push_back(struck_parts_left_out(content.partly_struck, content.partly_struck_at));
    return book;
}

}  // namespace

bool is_open_document(std::string_view bytes) {
    try {
        Package package(bytes);
        return kind_of(package).find("opendocument") != std::string::npos;
    } catch (const Refusal&) {
        return false;
    }
}

Result<Workbook> read_ods(std::string_view bytes, std::string_view file_name) {
    try {
        return read_document(bytes);
    } catch (const Refusal& refusal) {
        return refused_file(refusal, file_name);
    }
}

}  // namespace sonae::exchange
