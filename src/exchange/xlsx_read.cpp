// The XLSX reader: what a workbook says of its parts, from which the sheets are then read.
#include "exchange/xlsx_read.hpp"

#include "base/text.hpp"
#include "exchange/refusal.hpp"
#include "exchange/xlsx_sheet.hpp"
#include "exchange/xml_parts.hpp"

#include <map>
#include <set>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr size_t max_formats = 65'536;  // cell formats of a workbook; Excel's own bound is 65,490

Refusal not_a_workbook() {
    return other_kind("は Excel ブックではありません。", "is not an Excel workbook.");
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
        if (name != "Relationship") return;
        std::string_view type = attributes["Type"];
        type = type.substr(type.rfind('/') + 1);
        types.insert(std::string(type));
        if (attributes["TargetMode"] == "External") return;
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
    std::set<std::string, std::less<>> types;  // of all, those that lead out of the file too

 private:
    std::string folder_;
};

// Reads the relations of a part ("" for the archive itself); none when there is no such list.
Relations read_relations(Package& package, const std::string& part) {
    size_t slash = part.rfind('/');
    std::string folder = slash == std::string::npos ? "" : part.substr(0, slash);
    std::string name = slash == std::string::npos ? part : part.substr(slash + 1);
    std::string list = resolve(folder, fmt::format("_rels/{}.rels", name));
    Relations relations(folder);
    if (package.has(list)) read_part(package, list, relations);
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

// Which cell formats show days, and which strike their text out.
class Styles final : public Elements {
 public:
    void start(std::string_view name, const Attributes& attributes) override {
        if (name == "cellXfs") {
            in_formats_ = true;
        } else if (name == "fonts") {
            in_fonts_ = true;
        } else if (name == "numFmt") {
            if (auto id = whole_number(attributes["numFmtId"])) {
                if (own_.size() >= max_formats) refuse(unsafe());
                own_[*id] = read_number_format(attributes["formatCode"]);
            }
        } else if (name == "font" && in_fonts_) {
            if (fonts_.size() >= max_formats) refuse(unsafe());
            fonts_.push_back(false);
        } else if (name == "strike" && in_fonts_ && !fonts_.empty()) {
            std::string_view value = attributes["val"];
            fonts_.back() = value.empty() || is_true(value);
        } else if (name == "xf" && in_formats_) {
            if (formats_.size() >= max_formats) refuse(unsafe());
            formats_.emplace_back(whole_number(attributes["numFmtId"]).value_or(0),
                                  whole_number(attributes["fontId"]).value_or(0));
        }
    }
    void end(std::string_view name) override {
        if (name == "cellXfs") in_formats_ = false;
        if (name == "fonts") in_fonts_ = false;
    }

    std::vector<XlsxFormat> formats() const {
        std::vector<XlsxFormat> out;
        for (const auto& [number, font] : formats_) {
            auto own = own_.find(number);
            XlsxFormat format;
            format.number = own == own_.end() ? builtin_number_format(number) : own->second;
            format.struck =
                font >= 0 && static_cast<size_t>(font) < fonts_.size() && fonts_[static_cast<size_t>(font)];
            out.push_back(format);
        }
        return out;
    }

 private:
    bool in_formats_ = false;
    bool in_fonts_ = false;
    std::map<int64_t, NumberFormat> own_;
    std::vector<bool> fonts_;                           // whether they strike out
    std::vector<std::pair<int64_t, int64_t>> formats_;  // number format and font
};

void note_what_is_left_out(const Relations& relations, const XlsxShared& shared, Workbook& book) {
    if (relations.types.count("vbaProject") != 0) book.notices.push_back(macros_ignored());
    if (relations.types.count("externalLink") != 0 || relations.types.count("connections") != 0)
        book.notices.push_back(links_ignored());
    if (shared.no_results.count != 0) {
        book.notices.push_back(
            {fmt::format(
                 "計算式の結果が保存されていないセルが{}個あり、空欄として読みました（{}）。表計算ソフトで開"
                 "き、保存し直してから読み込んでください。",
                 shared.no_results.count, fmt::join(shared.no_results.first, "、")),
             fmt::format(
                 "{} cells hold a formula without its result and were read as blank ({}). Open the file in "
                 "your spreadsheet program, save it and read it again.",
                 shared.no_results.count, fmt::join(shared.no_results.first, ", "))});
    }
    if (shared.partly_struck.count != 0) {
        book.notices.push_back(struck_parts_left_out(shared.partly_struck.count, shared.partly_struck.first));
    }
}

Workbook read_book(std::string_view bytes) {
    Package package(bytes);
    std::string main_part = "xl/workbook.xml";
    Relations root = read_relations(package, "");
    if (const Relation* relation = root.of_type("officeDocument")) main_part = relation->target;
    if (main_part.ends_with(".bin")) {
        refuse(
            other_kind("は Excel バイナリ形式 (.xlsb) のファイルです。", "is a binary Excel file (.xlsb)."));
    }
    if (!package.has(main_part)) refuse(not_a_workbook());
    MainPart workbook;
    read_part(package, main_part, workbook);
    if (!workbook.is_workbook) refuse(not_a_workbook());
    Relations relations = read_relations(package, main_part);
    XlsxShared shared;
    shared.store = std::make_shared<CellStore>();
    shared.system_1904 = workbook.system_1904;
    if (const Relation* relation = relations.of_type("styles")) {
        Styles styles;
        read_part(package, relation->target, styles);
        shared.formats = styles.formats();
    }
    if (const Relation* relation = relations.of_type("sharedStrings"))
        read_shared_strings(package, relation->target, shared);
    Workbook book;
    book.format = "xlsx";
    book.system_1904 = workbook.system_1904;
    for (const MainPart::Sheet& sheet : workbook.sheets) {
        auto relation = relations.relations.find(sheet.relation);
        if (relation == relations.relations.end()) refuse(damaged(main_part));
        if (relation->second.type != "worksheet") continue;  // a sheet that is only a chart
        Table table;
        table.name = sheet.name;
        table.hidden = sheet.hidden;
        read_sheet(package, relation->second.target, shared, table);
        book.tables.push_back(std::move(table));
    }
    note_what_is_left_out(relations, shared, book);
    return book;
}

}  // namespace

Result<Workbook> read_xlsx(std::string_view bytes, std::string_view file_name) {
    try {
        return read_book(bytes);
    } catch (const Refusal& refusal) {
        return refused_file(refusal, file_name);
    }
}

}  // namespace sonae::exchange
