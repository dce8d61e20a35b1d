// Templates from the description of a register.
#include "exchange/template.hpp"

#include "exchange/export_columns.hpp"
#include "exchange/sheet_columns.hpp"
#include "exchange/workbook_write.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

using catalog::Example;
using catalog::Field;
using catalog::Register;
using Kind = OwnColumn::Kind;

constexpr size_t child_groups = 2;  // entries of a child that a row has room for
constexpr int most_rows = 5'000;    // rows in which choices are offered

// What the examples fill in, and what is needed, is what people begin with.
ColumnPlan plan_of(const catalog::Catalog& catalog, const Register& description) {
    ColumnPlan plan;
    plan.ids = false;
    for (const Field& field : description.fields) {
        const bool shown = std::ranges::any_of(
            description.examples, [&](const Example& one) { return !one.text(field.name).empty(); });
        if (field.required || field.key || shown) plan.basic.insert(&field);
    }
    for (const catalog::ImportChild& link : description.import_children) {
        ChildColumns below;
        below.groups = child_groups;
        const Register* child = catalog.find_register(link.child);
        for (const Example& example : description.examples) {
            for (const auto& [name, entries] : example.below) {
                if (name != link.child) continue;
                for (const Example& entry : entries) {
                    for (const auto& [field, text] : entry.values)
                        below.basic.insert(child->field(field));
                }
            }
        }
        plan.children.push_back(std::move(below));
    }
    return plan;
}

// The text of an example in a column.
std::string example_text(const Example& example, const OwnColumn& meaning) {
    if (meaning.kind == Kind::field) return std::string(example.text(meaning.field->name));
    if (meaning.kind != Kind::child) return {};
    for (const auto& [name, entries] : example.below) {
        if (name == meaning.target->name && meaning.group <= entries.size())
            return std::string(entries[meaning.group - 1].text(meaning.field->name));
    }
    return {};
}

SheetCell example_cell(const Example& example, const OwnColumn& meaning) {
    std::string text = example_text(example, meaning);
    if (meaning.field != nullptr && meaning.field->type == catalog::Type::date) {
        if (auto day = Date::parse_iso(text); day && day->whole()) return *day;
    }
    return text;
}

int width_of(const ExportColumn& column, const Register& description) {
    int width = text_width(column.header) / 2 + 3;
    for (const Example& example : description.examples)
        width = std::max(width, text_width(example_text(example, column.meaning)) + 2);
    return std::clamp(width, 10, 28);
}

SheetLayout table_layout(const Register& description, const std::vector<ExportColumn>& columns) {
    SheetLayout layout;
    layout.more_rows = most_rows;
    layout.fixed = 1;
    for (const ExportColumn& column : columns) {
        SheetColumn one = sheet_column(column);
        one.width = width_of(column, description);
        one.folded = !column.basic;
        layout.columns.push_back(std::move(one));
    }
    return layout;
}

std::vector<std::string> sentences(const Register& description, const std::vector<ExportColumn>& columns) {
    std::vector<std::string> out{
        fmt::format("{}の記入用ひな形", description.label.ja),
        fmt::format(
            "見出しの下の行から、1件を1行に書き、sonae import {} で取り込みます。わからないことは「不明」、"
            "ないことは「－」、まだ確かめていないことは空欄にします。",
            description.name)};
    const auto folded =
        std::ranges::count_if(columns, [](const ExportColumn& column) { return !column.basic; });
    std::string second = "書き方はシート「説明」と「記入例」にあります。";
    if (folded > 0) {
        second += fmt::format("ほかの{}列は、列の見出しの上にある［＋］を押すと開きます。", folded);
    }
    if (std::ranges::any_of(columns, [](const ExportColumn& column) {
            return column.meaning.field != nullptr && column.meaning.field->required;
        }))
        second += "見出しが黄色の列は必ず書きます。";
    out.push_back(std::move(second));
    return out;
}

Status write_help(WorkbookOut& workbook, const Register& description,
                  const std::vector<ExportColumn>& columns) {
    SheetLayout layout;
    layout.name = help_sheet;
    layout.title = fmt::format("{}の記入用ひな形の説明", description.label.ja);
    layout.fixed = 1;
    layout.more_rows = 0;
    layout.above = {layout.title};
    const std::vector<std::pair<const char*, int>> headers{
        {"列", 28}, {"必須", 6}, {"何を書くか", 60}, {"書き方", 60}, {"例", 28}};
    for (const auto& [header, width] : headers) {
        SheetColumn column;
        column.header = header;
        column.width = width;
        layout.columns.push_back(std::move(column));
    }
    if (auto begun = workbook.begin(layout); !begun) return pass(std::move(begun));
    const Register* told = nullptr;  // the child of which the groups are explained
    for (const ExportColumn& column : columns) {
        const Field& field = *column.meaning.field;
        std::string name = column.header;
        std::string what = field.help.ja;
        if (column.meaning.group > 1) continue;
        if (column.meaning.kind == Kind::child && column.meaning.target != told && column.basic) {
            told = column.meaning.target;
            what += fmt::format(
                "{}1行に{}件まで書けます（2件目は「…2」の列）。足りないときは同じ形の列を足せます。",
                what.empty() ? "" : " ", child_groups);
        }
        std::string example;
        for (const catalog::Example& one : description.examples) {
            if (example.empty()) example = example_text(one, column.meaning);
        }
        auto done =
            workbook.row({name, std::string(field.required ? "○" : ""), what, how_to_write(field), example});
        if (!done) return done;
    }
    return {};
}

Status write_workbook(const Register& description, const std::vector<ExportColumn>& columns, Instant made,
                      const ByteSink& to) {
    WorkbookOut workbook(to, fmt::format("{}の記入用ひな形", description.label.ja), made);
    SheetLayout layout = table_layout(description, columns);
    layout.name = description.label.ja;
    layout.title = fmt::format("{}の記入用ひな形", description.label.ja);
    layout.above = sentences(description, columns);
    if (auto begun = workbook.begin(layout); !begun) return pass(std::move(begun));

    SheetLayout shown = table_layout(description, columns);
    shown.name = examples_sheet;
    shown.title = fmt::format("{}の記入例", description.label.ja);
    shown.above = {shown.title, "このシートは取り込まれません。"};
    shown.more_rows = 0;
    for (SheetColumn& column : shown.columns)
        column.prompt.clear();
    if (auto begun = workbook.begin(shown); !begun) return pass(std::move(begun));
    for (const Example& example : description.examples) {
        std::vector<SheetCell> cells;
        for (const ExportColumn& column : columns)
            cells.push_back(example_cell(example, column.meaning));
        if (auto done = workbook.row(cells); !done) return done;
    }
    if (auto done = write_help(workbook, description, columns); !done) return done;
    return workbook.finish();
}

}  // namespace

Status write_template(const catalog::Catalog& catalog, std::string_view register_name,
                      const std::filesystem::path& place, const ExportOptions& options, Instant made) {
    const Register* description = catalog.find_register(register_name);
    if (description == nullptr) {
        return fail(Code::unknown_register, fmt::format("台帳「{}」はありません。", register_name),
                    fmt::format("There is no register \"{}\".", register_name));
    }
    if (description->internal) {
        return fail(
            Code::refused,
            fmt::format("「{}」は Sonae が自分で書く記録のため、取り込むためのひな形はありません。",
                        description->label.ja),
            fmt::format("The register {} is written by Sonae itself, so there is no template to import.",
                        description->name));
    }
    auto columns = export_columns(catalog, *description, plan_of(catalog, *description));
    if (!columns) return pass(std::move(columns));
    return write_durably(place, options.replace, [&](const ByteSink& to) -> Status {
        if (options.format == FileFormat::xlsx) return write_workbook(*description, *columns, made, to);
        std::vector<std::string> headers;
        for (const ExportColumn& column : *columns)
            headers.push_back(column.header);
        CsvOut csv(to, options.encoding);
        if (auto done = csv.record(headers, "見出し", headers); !done) return done;
        return csv.finish();
    });
}

}  // namespace sonae::exchange
