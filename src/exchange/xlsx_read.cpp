// The XLSX reader: libzip gives the parts, expat their elements. Elements are told by their local names, so
// that prefixes and the two name spaces of the format (transitional and strict) make no difference.
#include "exchange/xlsx_read.hpp"

#include "base/date.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include <expat.h>
#include <fmt/format.h>
#include <zip.h>

namespace sonae::exchange {

namespace {

constexpr int64_t max_parts = 2'000;
constexpr size_t max_ratio = 100;        // expansion of a part …
constexpr size_t ratio_from = 1U << 20;  // … that is larger than this
constexpr int max_depth = 100;           // of elements
constexpr size_t max_formats = 65'536;   // cell formats of a workbook; Excel's own bound is 65,490

// ---- the zip archive
// ----------------------------------------------------------------------------------------

struct Refusal {
    Words words;  // what is wrong with the file; the name stands before it
};

Refusal damaged(std::string_view part) {
    return {{fmt::format("は壊れているか、途中までしかありません（{}"
                         "）。元のファイルをもう一度保存するか、受け取り直してください。",
                         part),
             fmt::format("is damaged or not complete ({}). Save the original again or have it sent again.",
                         part)}};
}

Refusal unsafe() {
    return {
        {"は普通の表計算ファイルにはない作りをしているため、安全のため読み込みません。表計算ソフトで開いて、"
         "「Excel ブック (.xlsx)」の形式で保存し直してください。",
         "is built as no ordinary workbook is and is not read, to be safe. Open it in your spreadsheet "
         "program "
         "and save it again as an Excel workbook (.xlsx)."}};
}

Refusal too_large() {
    return {{"は大きすぎるため読み込めません。台帳の行だけを残したファイルにしてください。",
             "is too large to be read. Keep only the rows of the ledger in the file."}};
}

Refusal not_a_workbook() {
    return {
        {"は Excel ブックではありません。表計算ソフトで開き、「Excel ブック "
         "(.xlsx)」の形式で保存し直してください。",
         "is not an Excel workbook. Open it in your spreadsheet program and save it again as an Excel "
         "workbook "
         "(.xlsx)."}};
}

// Reading goes through many small functions, and each refusal ends it: thrown here, caught in read_xlsx,
// never seen outside this file.
[[noreturn]] void refuse(Refusal refusal) {
    throw refusal;
}

class Archive {
 public:
    explicit Archive(std::string_view bytes) {
        zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr);
        if (source == nullptr) refuse(damaged("zip"));
        zip_.reset(zip_open_from_source(source, ZIP_RDONLY, nullptr));
        if (!zip_) {
            zip_source_free(source);
            refuse(damaged("zip"));
        }
        if (zip_get_num_entries(zip_.get(), 0) > max_parts) refuse(unsafe());
    }

    bool has(const std::string& name) const { return find(name) >= 0; }

    // Gives the part's bytes piece by piece.
    template <class Take>
    void read(const std::string& name, Take&& take) {
        zip_int64_t index = find(name);
        if (index < 0) refuse(damaged(name));
        zip_stat_t stat;
        zip_stat_init(&stat);
        if (zip_stat_index(zip_.get(), static_cast<zip_uint64_t>(index), 0, &stat) != 0)
            refuse(damaged(name));
        std::unique_ptr<zip_file_t, CloseFile> file(
            zip_fopen_index(zip_.get(), static_cast<zip_uint64_t>(index), 0));
        if (!file) refuse(damaged(name));
        // What the archive says of the size is not believed: the bytes are counted as they come.
        size_t size = 0;
        std::array<char, 65'536> buffer{};
        for (;;) {
            zip_int64_t got = zip_fread(file.get(), buffer.data(), buffer.size());
            if (got < 0) refuse(damaged(name));
            if (got == 0) break;
            size += static_cast<size_t>(got);
            total_ += static_cast<size_t>(got);
            if (total_ > max_text) refuse(too_large());
            if (size > ratio_from && size / max_ratio > stat.comp_size) refuse(unsafe());
            take(std::string_view(buffer.data(), static_cast<size_t>(got)));
        }
    }

 private:
    struct CloseZip {
        void operator()(zip_t* zip) const { zip_discard(zip); }
    };
    struct CloseFile {
        void operator()(zip_file_t* file) const { zip_fclose(file); }
    };

    zip_int64_t find(const std::string& name) const {
        zip_int64_t index = zip_name_locate(zip_.get(), name.c_str(), ZIP_FL_ENC_UTF_8);
        return index >= 0 ? index
                          : zip_name_locate(zip_.get(), name.c_str(), ZIP_FL_ENC_UTF_8 | ZIP_FL_NOCASE);
    }

    std::unique_ptr<zip_t, CloseZip> zip_;
    size_t total_ = 0;
};

// ---- elements
// -----------------------------------------------------------------------------------------------

// The name behind the name space (expat puts '|' between them) or behind a prefix.
std::string_view local_name(const XML_Char* name) {
    std::string_view text(name);
    size_t at = text.find_last_of("|:");
    return at == std::string_view::npos ? text : text.substr(at + 1);
}

class Attributes {
 public:
    explicit Attributes(const XML_Char** list) : list_(list) {}
    std::string_view operator[](std::string_view name) const {
        for (const XML_Char** at = list_; *at != nullptr; at += 2) {
            if (local_name(at[0]) == name) return at[1];
        }
        return {};
    }

 private:
    const XML_Char** list_;
};

// What reads one kind of part.
class Elements {
 public:
    virtual ~Elements() = default;
    virtual void start(std::string_view name, const Attributes& attributes) = 0;
    virtual void end(std::string_view) {}
    virtual void text(std::string_view) {}
};

// A part on its way through expat. C++ exceptions must not cross expat: a refusal is kept and thrown behind
// it.
class Parser {
 public:
    Parser(std::string_view part, Elements& elements) : part_(part), elements_(elements) {
        parser_.reset(XML_ParserCreateNS(nullptr, '|'));
        if (!parser_) refuse(damaged(part));
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(parser_.get(), &Parser::on_start, &Parser::on_end);
        XML_SetCharacterDataHandler(parser_.get(), &Parser::on_text);
        XML_SetStartDoctypeDeclHandler(parser_.get(), &Parser::on_doctype);
    }

    void feed(std::string_view bytes, bool last) {
        auto status = XML_Parse(parser_.get(), bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
        if (refusal_) refuse(*refusal_);
        if (status != XML_STATUS_OK) {
            refuse(damaged(fmt::format("{}: {}", part_, XML_GetCurrentLineNumber(parser_.get()))));
        }
    }

 private:
    struct FreeParser {
        void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
    };

    template <class Work>
    void guarded(Work&& work) {
        if (refusal_) return;
        try {
            work();
        } catch (const Refusal& refusal) {
            stop(refusal);
        }
    }
    void stop(const Refusal& refusal) {
        refusal_ = refusal;
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    static void on_start(void* self, const XML_Char* name, const XML_Char** attributes) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] {
            if (++parser.depth_ > max_depth) refuse(unsafe());
            parser.elements_.start(local_name(name), Attributes(attributes));
        });
    }
    static void on_end(void* self, const XML_Char* name) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] {
            parser.depth_--;
            parser.elements_.end(local_name(name));
        });
    }
    static void on_text(void* self, const XML_Char* text, int length) {
        auto& parser = *static_cast<Parser*>(self);
        parser.guarded([&] { parser.elements_.text({text, static_cast<size_t>(length)}); });
    }
    static void on_doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        static_cast<Parser*>(self)->stop(unsafe());
    }

    std::string part_;
    Elements& elements_;
    std::unique_ptr<XML_ParserStruct, FreeParser> parser_;
    std::optional<Refusal> refusal_;
    int depth_ = 0;
};

void read_part(Archive& archive, const std::string& name, Elements& elements) {
    Parser parser(name, elements);
    archive.read(name, [&](std::string_view bytes) { parser.feed(bytes, false); });
    parser.feed({}, true);
}

// ---- the parts
// ----------------------------------------------------------------------------------------------

std::optional<int64_t> whole_number(std::string_view text) {
    int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_true(std::string_view text) {
    return text == "1" || text == "true" || text == "on";
}

struct Relation {
    std::string type;    // the last word of it: worksheet, sharedStrings, styles
    std::string target;  // name of the part in the archive
};

// The name of a part that another names: from the root of the archive, or relative to the other's folder.
std::string resolve(std::string_view folder, std::string_view target) {
    std::string path = target.starts_with('/') ? std::string(target) : fmt::format("{}/{}", folder, target);
    std::vector<std::string> names;
    for (std::string& name : split(path, "/")) {
        if (name == ".") continue;
        if (name != "..") {
            names.push_back(std::move(name));
        } else if (!names.empty()) {
            names.pop_back();
        }
    }
    return fmt::format("{}", fmt::join(names, "/"));
}

class Relations final : public Elements {
 public:
    explicit Relations(std::string folder) : folder_(std::move(folder)) {}

    void start(std::string_view name, const Attributes& attributes) override {
        if (name != "Relationship" || attributes["TargetMode"] == "External") return;
        std::string_view type = attributes["Type"];
        type = type.substr(type.rfind('/') + 1);
        relations.insert_or_assign(std::string(attributes["Id"]),
                                   Relation{std::string(type), resolve(folder_, attributes["Target"])});
    }

    const Relation* of_type(std::string_view type) const {
        for (const auto& [id, relation] : relations) {
            if (relation.type == type) return &relation;
        }
        return nullptr;
    }

    std::map<std::string, Relation, std::less<>> relations;

 private:
    std::string folder_;
};

// Reads the relations of a part ("" for the archive itself); none when there is no such list.
Relations read_relations(Archive& archive, const std::string& part) {
    size_t slash = part.rfind('/');
    std::string folder = slash == std::string::npos ? "" : part.substr(0, slash);
    std::string name = slash == std::string::npos ? part : part.substr(slash + 1);
    std::string list = resolve(folder, fmt::format("_rels/{}.rels", name));
    Relations relations(folder);
    if (archive.has(list)) read_part(archive, list, relations);
    return relations;
}

class MainPart final : public Elements {
 public:
    struct Sheet {
        std::string name;
        std::string relation;
        bool hidden = false;
    };

    void start(std::string_view name, const Attributes& attributes) override {
        if (first_) is_workbook = name == "workbook";
        first_ = false;
        if (name == "workbookPr") system_1904 = is_true(attributes["date1904"]);
        if (name != "sheet" || attributes["id"].empty()) return;
        std::string_view state = attributes["state"];
        sheets.push_back({std::string(attributes["name"]), std::string(attributes["id"]),
                          state == "hidden" || state == "veryHidden"});
    }

    bool is_workbook = false;
    bool system_1904 = false;
    std::vector<Sheet> sheets;

 private:
    bool first_ = true;
};

// Formats that are known by their number only; those of Japan where countries differ (27 to 36, 50 to 58).
NumberFormat builtin_format(int64_t id) {
    auto is = [](bool year, bool month, bool day, bool time) {
        return NumberFormat{year, month, day, time, 0};
    };
    switch (id) {
        case 16:
            return is(false, true, true, false);
        case 17:
        case 34:
        case 52:
        case 55:
            return is(true, true, false, false);
        case 18:
        case 19:
        case 20:
        case 21:
        case 32:
        case 33:
        case 45:
        case 46:
        case 47:
            return is(false, false, false, true);
        case 22:
            return is(true, true, true, true);
        case 14:
        case 15:
        case 27:
        case 28:
        case 29:
        case 30:
        case 31:
        case 36:
        case 50:
        case 51:
        case 54:
        case 57:
        case 58:
            return is(true, true, true, false);
        case 35:
        case 53:
        case 56:
            return is(false, true, true, false);
        default:
            return {};
    }
}

class Styles final : public Elements {
 public:
    void start(std::string_view name, const Attributes& attributes) override {
        if (name == "cellXfs") {
            in_formats_ = true;
        } else if (name == "numFmt") {
            if (auto id = whole_number(attributes["numFmtId"])) {
                if (own_.size() >= max_formats) refuse(unsafe());
                own_[*id] = read_number_format(attributes["formatCode"]);
            }
        } else if (name == "xf" && in_formats_) {
            if (formats_.size() >= max_formats) refuse(unsafe());
            formats_.push_back(whole_number(attributes["numFmtId"]).value_or(0));
        }
    }
    void end(std::string_view name) override {
        if (name == "cellXfs") in_formats_ = false;
    }

    NumberFormat format(int64_t cell_format) const {
        if (cell_format < 0 || static_cast<size_t>(cell_format) >= formats_.size()) return {};
        int64_t id = formats_[static_cast<size_t>(cell_format)];
        auto own = own_.find(id);
        return own == own_.end() ? builtin_format(id) : own->second;
    }

 private:
    bool in_formats_ = false;
    std::map<int64_t, NumberFormat> own_;
    std::vector<int64_t> formats_;
};

// Characters that XML cannot hold are written _xHHHH_ in texts of a workbook.
std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size();) {
        unsigned code = 0;
        if (text[i] == '_' && i + 6 < text.size() && text[i + 1] == 'x' && text[i + 6] == '_') {
            const char* from = text.data() + i + 2;
            auto [end, error] = std::from_chars(from, from + 4, code, 16);
            if (error == std::errc() && end == from + 4 && code < 0x80) {
                if (code >= 0x20 || code == '\t' || code == '\n' || code == '\r')
                    out += static_cast<char>(code);
                i += 7;
                continue;
            }
        }
        out += text[i++];
    }
    return out;
}

// The text of <si> or <is>: its <t>, or those of its runs, but not the reading aids (<rPh>).
class RichText {
 public:
    void clear() {
        text_.clear();
        in_text_ = false;
        in_reading_ = false;
    }
    void start(std::string_view name) {
        if (name == "rPh") in_reading_ = true;
        if (name == "t") in_text_ = !in_reading_;
    }
    void end(std::string_view name) {
        if (name == "rPh") in_reading_ = false;
        if (name == "t") in_text_ = false;
    }
    void text(std::string_view piece) {
        if (in_text_) text_ += piece;
    }
    std::string take() const { return unescape(text_); }

 private:
    std::string text_;
    bool in_text_ = false;
    bool in_reading_ = false;
};

class SharedStrings final : public Elements {
 public:
    void start(std::string_view name, const Attributes&) override {
        if (name == "si") rich_.clear();
        rich_.start(name);
    }
    void end(std::string_view name) override {
        rich_.end(name);
        if (name == "si") strings.push_back(rich_.take());
    }
    void text(std::string_view piece) override { rich_.text(piece); }

    std::vector<std::string> strings;

 private:
    RichText rich_;
};

std::string number_text(double number, std::string_view written, int zeros) {
    if (number == 0) return std::string(static_cast<size_t>(std::max(zeros, 1)), '0');
    double size = std::fabs(number);
    if (!(size >= 1e-9 && size < 1e18)) return std::string(written);
    std::array<char, 64> buffer{};
    auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
    std::string text(buffer.data(), end.ptr);
    bool whole = number > 0 && text.find('.') == std::string::npos;
    if (whole && text.size() < static_cast<size_t>(zeros))
        text.insert(0, static_cast<size_t>(zeros) - text.size(), '0');
    return text;
}

// A number as its format shows it: days as ISO dates, times of day, other numbers in their shortest form.
std::string formatted(std::string_view written, const NumberFormat& format, bool system_1904) {
    double number = 0;
    auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), number);
    if (error != std::errc() || end != written.data() + written.size()) return std::string(written);
    if (!format.date() && !format.time) return number_text(number, written, format.zeros);
    if (!(number >= 0) || number > 3'000'000) return std::string(written);
    int64_t seconds = std::llround((number - std::floor(number)) * 86'400);
    auto clock = [](int64_t of) {
        std::string text = fmt::format("{:02}:{:02}", of / 3600, of / 60 % 60);
        return of % 60 == 0 ? text : text + fmt::format(":{:02}", of % 60);
    };
    if (!format.date()) return clock(std::llround(number * 86'400));
    auto date = Date::from_serial(number, system_1904);
    if (!date) return number_text(number, written, 0);
    // A month without a day ("2024年7月") is kept in a cell as its first day.
    if (format.year && !format.day && !format.time && date->day() == 1 && seconds == 0) {
        bool only_year = !format.month && date->month() == 1;
        if (format.month || only_year) return date->iso().substr(0, only_year ? 4 : 7);
    }
    if (!format.time || seconds == 0 || seconds >= 86'400) return date->iso();
    return date->iso() + " " + clock(seconds);
}

// A date in a cell of type "d" is ISO 8601; midnight is no time of day.
std::string iso_date(std::string_view written) {
    size_t time = written.find('T');
    if (time == std::string_view::npos) return std::string(written);
    bool midnight = written.substr(time + 1).find_first_not_of("0:.Z") == std::string_view::npos;
    return midnight ? std::string(written.substr(0, time)) : std::string(written);
}

class Worksheet final : public Elements {
 public:
    Worksheet(Table& table, TableTotals& totals, std::shared_ptr<CellStore> store,
              const SharedStrings& shared, const Styles& styles, bool system_1904, std::string part)
        : builder_(table, totals, std::move(store)),
          shared_(shared),
          styles_(styles),
          system_1904_(system_1904),
          part_(std::move(part)) {}

    void start(std::string_view name, const Attributes& attributes) override {
        if (in_cell_) {
            if (name == "v") in_value_ = true;
            if (name == "is") in_inline_ = true;
            if (in_inline_) rich_.start(name);
        } else if (in_row_) {
            if (name == "c") start_cell(attributes);
        } else if (in_data_) {
            if (name == "row") start_row(attributes);
        } else if (name == "sheetData") {
            in_data_ = true;
        }
    }

    void end(std::string_view name) override {
        if (in_cell_) {
            if (name == "v") in_value_ = false;
            if (in_inline_) rich_.end(name);
            if (name == "is") in_inline_ = false;
            if (name == "c") end_cell();
        } else if (in_row_) {
            if (name == "row") end_row();
        } else if (name == "sheetData") {
            in_data_ = false;
        }
    }

    void text(std::string_view piece) override {
        if (in_value_) value_ += piece;
        if (in_inline_) rich_.text(piece);
    }

 private:
    void start_row(const Attributes& attributes) {
        in_row_ = true;
        column_ = 0;
        std::string_view reference = attributes["r"];
        int64_t number = row_ + 1;
        if (!reference.empty()) {
            auto read = whole_number(reference);
            if (!read || *read < number) refuse(damaged(part_));
            number = *read;
        }
        if (number > max_rows) refuse(damaged(part_));
        row_ = number;
        builder_.start_row(row_, is_true(attributes["hidden"]));
    }

    void start_cell(const Attributes& attributes) {
        in_cell_ = true;
        value_.clear();
        rich_.clear();
        std::string_view reference = attributes["r"];
        if (!reference.empty()) column_ = read_column(reference);
        if (column_ >= max_columns) refuse(damaged(part_));
        type_ = attributes["t"];
        format_ = whole_number(attributes["s"]).value_or(0);
    }

    // The column of "AB12", from 0.
    size_t read_column(std::string_view reference) {
        size_t column = 0;
        size_t letters = 0;
        for (char c : reference) {
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
            if (c < 'A' || c > 'Z') break;
            if (++letters > 3) refuse(damaged(part_));
            column = column * 26 + static_cast<size_t>(c - 'A' + 1);
        }
        if (letters == 0) refuse(damaged(part_));
        return column - 1;
    }

    void end_cell() {
        in_cell_ = false;
        CellKind kind = CellKind::text;
        std::string shown = shown_text(kind);
        if (!builder_.put(column_, {shown, kind, false})) refuse(too_large());
        column_++;
    }

    std::string shown_text(CellKind& kind) {
        if (type_ == "inlineStr") return rich_.take();
        if (value_.empty()) return {};
        if (type_ == "s") {
            auto index = whole_number(trim(value_));
            if (!index || *index < 0 || static_cast<size_t>(*index) >= shared_.strings.size()) {
                refuse(damaged(part_));
            }
            return shared_.strings[static_cast<size_t>(*index)];
        }
        if (type_ == "str") return unescape(value_);
        if (type_ == "b") kind = CellKind::boolean;
        if (type_ == "b") return is_true(trim(value_)) ? "TRUE" : "FALSE";
        if (type_ == "d") kind = CellKind::date;
        if (type_ == "d") return iso_date(trim(value_));
        if (type_ == "e") kind = CellKind::error;
        if (type_ == "e") return value_;
        NumberFormat format = styles_.format(format_);
        kind = format.date() || format.time ? CellKind::date : CellKind::number;
        return formatted(trim(value_), format, system_1904_);
    }

    void end_row() {
        in_row_ = false;
        if (!builder_.end_row()) refuse(too_large());
    }

    TableBuilder builder_;
    const SharedStrings& shared_;
    const Styles& styles_;
    bool system_1904_;
    std::string part_;

    bool in_data_ = false;
    bool in_row_ = false;
    bool in_cell_ = false;
    bool in_value_ = false;
    bool in_inline_ = false;
    int64_t row_ = 0;
    size_t column_ = 0;
    int64_t format_ = 0;
    std::string type_;
    std::string value_;
    RichText rich_;
};

Workbook read_book(std::string_view bytes) {
    Archive archive(bytes);
    if (archive.has("mimetype")) {
        std::string kind;
        archive.read("mimetype", [&](std::string_view piece) { kind += piece.substr(0, 100); });
        if (kind.find("opendocument") != std::string::npos) {
            refuse(
                {{"は OpenDocument 形式 (.ods) のファイルです。「Excel ブック "
                  "(.xlsx)」の形式で保存し直してください。",
                  "is an OpenDocument file (.ods). Save it as an Excel workbook (.xlsx)."}});
        }
    }
    std::string main_part = "xl/workbook.xml";
    Relations root = read_relations(archive, "");
    if (const Relation* relation = root.of_type("officeDocument")) main_part = relation->target;
    if (main_part.ends_with(".bin")) {
        refuse(
            {{"は Excel バイナリ形式 (.xlsb) のファイルです。「Excel ブック "
              "(.xlsx)」の形式で保存し直してください。",
              "is a binary Excel file (.xlsb). Save it as an Excel workbook (.xlsx)."}});
    }
    if (!archive.has(main_part)) refuse(not_a_workbook());
    MainPart workbook;
    read_part(archive, main_part, workbook);
    if (!workbook.is_workbook) refuse(not_a_workbook());
    Relations relations = read_relations(archive, main_part);
    SharedStrings shared;
    if (const Relation* relation = relations.of_type("sharedStrings"))
        read_part(archive, relation->target, shared);
    Styles styles;
    if (const Relation* relation = relations.of_type("styles")) read_part(archive, relation->target, styles);
    Workbook book;
    book.format = "xlsx";
    book.system_1904 = workbook.system_1904;
    TableTotals totals;
    auto store = std::make_shared<CellStore>();
    for (const MainPart::Sheet& sheet : workbook.sheets) {
        auto relation = relations.relations.find(sheet.relation);
        if (relation == relations.relations.end()) refuse(damaged(main_part));
        if (relation->second.type != "worksheet") continue;  // a sheet that is only a chart
        Table table;
        table.name = sheet.name;
        table.hidden = sheet.hidden;
        Worksheet reader(table, totals, store, shared, styles, workbook.system_1904, relation->second.target);
        read_part(archive, relation->second.target, reader);
        book.tables.push_back(std::move(table));
    }
    return book;
}

}  // namespace

NumberFormat read_number_format(std::string_view code) {
    NumberFormat format;
    std::string shown;  // the first section without literal text
    bool other = false;
    for (size_t i = 0; i < code.size() && code[i] != ';'; i++) {
        char c = code[i];
        if (c == '"') {
            size_t close = code.find('"', i + 1);
            if (close == std::string_view::npos) break;
            i = close;
            other = true;
        } else if (c == '\\' || c == '_' || c == '*' || c == '!') {
            i++;
            other = true;
        } else if (c == '[') {
            size_t close = code.find(']', i);
            if (close == std::string_view::npos) break;
            // Hours and minutes that count on ([h]:mm) are no comment.
            std::string_view inner = code.substr(i + 1, close - i - 1);
            if (!inner.empty() && inner.find_first_not_of("hHmMsS") == std::string_view::npos)
                format.time = true;
            i = close;
        } else if (c == '0') {
            format.zeros++;
        } else if (static_cast<unsigned char>(c) < 0x80) {
            shown += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        } else {
            other = true;
        }
    }
    if (format.zeros < 2 || other || !shown.empty()) format.zeros = 0;
    for (size_t at = shown.find("general"); at != std::string::npos; at = shown.find("general"))
        shown.erase(at, 7);
    for (std::string_view noon : {"am/pm", "a/p"}) {
        size_t at = shown.find(noon);
        if (at != std::string::npos) {
            shown.erase(at, noon.size());
            format.time = true;
        }
    }
    bool minutes_or_months = false;
    for (size_t i = 0; i < shown.size(); i++) {
        switch (shown[i]) {
            case 'y':
            case 'g':
                format.year = true;
                break;
            case 'e':  // the year of the era; in 0.0E+00 it is an exponent
                if (i + 1 == shown.size() || (shown[i + 1] != '+' && shown[i + 1] != '-')) format.year = true;
                break;
            case 'd':
            case 'a':
                format.day = true;
                break;
            case 'h':
            case 's':
                format.time = true;
                break;
            case 'm':
                minutes_or_months = true;
                break;
            default:
                break;
        }
    }
    format.month = minutes_or_months && (format.year || format.day || !format.time);
    return format;
}

Result<Workbook> read_xlsx(std::string_view bytes, std::string_view file_name) {
    try {
        return read_book(bytes);
    } catch (const Refusal& refusal) {
        return fail(Code::bad_file, fmt::format("「{}」{}", file_name, refusal.words.ja),
                    fmt::format("\"{}\" {}", file_name, refusal.words.en));
    }
}

}  // namespace sonae::exchange
