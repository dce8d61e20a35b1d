// Registers as sheets: looked through once for their columns, then written page by page.
#include "exchange/export.hpp"

#include "base/os/file.hpp"
#include "base/os/stream.hpp"
#include "base/text.hpp"
#include "exchange/export_columns.hpp"
#include "exchange/sheet_columns.hpp"
#include "exchange/table.hpp"
#include "exchange/workbook_write.hpp"
#include "exchange/written.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

using catalog::Field;
using catalog::Register;
using registers::Entry;
using registers::Listing;
using registers::Record;
using Kind = OwnColumn::Kind;

constexpr int64_t page_size = 500;
constexpr int64_t measured = 1'000;  // entries whose texts decide how wide the columns are

// An entry with the entries below it, by import_children, in the order of their labels.
struct Whole {
    Entry entry;
    std::vector<std::vector<Entry>> below;
};

// The entries of one listing.
class Source {
 public:
    Source(const Record& record, const Register& description, Listing listing)
        : record_(record), description_(description), listing_(std::move(listing)), references_(record) {
        listing_.columns.clear();
        listing_.after.clear();
        listing_.offset = 0;
        for (const catalog::ImportChild& link : description.import_children)
            children_.push_back(record.catalog().find_register(link.child));
    }

    // Looks through all entries for the columns they need.
    Status look_through() {
        ColumnPlan plan;
        plan.children.resize(children_.size());
        for (size_t i = 0; i < children_.size(); i++)
            plan.children[i].groups = 1;  // room for the first one
        if (!description_.fields.empty()) plan.basic.insert(&description_.fields.front());
        auto seen = each([&](const Whole& whole) -> Status {
            count_++;
            for (const auto& [name, value] : whole.entry.fields)
                note(description_, name, plan.basic);
            for (const auto& [name, text] : whole.entry.extra) {
                if (!text.empty()) plan.extras.insert(name);
            }
            for (size_t i = 0; i < children_.size(); i++) {
                ChildColumns& columns = plan.children[i];
                columns.groups = std::max(columns.groups, whole.below[i].size());
                for (const Entry& child : whole.below[i]) {
                    for (const auto& [name, value] : child.fields)
                        note(*children_[i], name, columns.basic);
                }
            }
            return {};
        });
        if (!seen) return seen;
        auto columns = export_columns(record_.catalog(), description_, plan);
        if (!columns) return pass(std::move(columns));
        columns_ = std::move(*columns);
        if (columns_.size() <= max_columns) return {};
        return fail(
            Code::bad_value,
            fmt::format("{}の列が{}列になり、1枚の表に入りません（{}列まで）。条件で絞り込んでください。",
                        description_.label.ja, columns_.size(), max_columns),
            fmt::format("{} would have {} columns, more than a sheet can hold ({}). Use conditions.",
                        description_.label.en, columns_.size(), max_columns));
    }

    const Register& description() const { return description_; }
    const std::vector<ExportColumn>& columns() const { return columns_; }
    int64_t count() const { return count_; }

    // Hands on the cells of each entry.
    Status write(const std::function<Status(const std::vector<SheetCell>&, const Entry&)>& to) {
        int64_t written = 0;
        std::vector<SheetCell> cells;
        auto done = each([&](const Whole& whole) -> Status {
            written++;
            fill(whole, cells);
            return to(cells, whole.entry);
        });
        if (!done || written == count_) return done;
        return fail(
            Code::corrupt,
            fmt::format("{}は{}件あるのに{}件しか読めませんでした。sonae verify で記録を確かめてください。",
                        description_.label.ja, count_, written),
            fmt::format("{} has {} entries, but {} could be read. Check the record with sonae verify.",
                        description_.label.en, count_, written));
    }

    // How wide the columns have to be for the first entries.
    Result<std::vector<int>> widths() {
        std::vector<int> out;
        for (const ExportColumn& column : columns_)
            out.push_back(text_width(column.header) / 2 + 3);  // headers take two lines
        std::vector<SheetCell> cells;
        auto done = each(
            [&](const Whole& whole) -> Status {
                fill(whole, cells);
                for (size_t i = 0; i < cells.size(); i++)
                    out[i] = std::max(out[i], text_width(cell_text(cells[i])) + 1);
                return {};
            },
            measured);
        if (!done) return pass(std::move(done));
        return out;
    }

 private:
    static void note(const Register& description, std::string_view name, std::set<const Field*>& into) {
        if (const Field* field = description.field(name)) into.insert(field);
    }

    Status each(const std::function<Status(const Whole&)>& visit, int64_t most = 0) {
        Listing listing = listing_;
        listing.limit = page_size;
        for (int64_t seen = 0; most == 0 || seen < most;) {
            auto page = list_page(record_, listing);
            if (!page) return pass(std::move(page));
            std::vector<Whole> entries;
            for (Entry& entry : page->entries)
                entries.push_back({std::move(entry), std::vector<std::vector<Entry>>(children_.size())});
            for (size_t i = 0; i < children_.size(); i++) {
                if (auto read = read_below(entries, i); !read) return read;
            }
            for (const Whole& whole : entries) {
                if (auto done = visit(whole); !done) return done;
            }
            seen += static_cast<int64_t>(entries.size());
            if (page->next.empty()) return {};
            listing.after = page->next;
        }
        return {};
    }

    // Reads the entries of a child that stand below these.
    Status read_below(std::vector<Whole>& entries, size_t child) const {
        if (entries.empty() || children_[child] == nullptr) return {};
        const std::string& parent = description_.import_children[child].parent;
        std::unordered_map<std::string_view, Whole*> by_id;
        registers::Filter filter{parent, {}, {}, {}, {}};
        for (Whole& whole : entries) {
            by_id[whole.entry.id] = &whole;
            filter.values.push_back(whole.entry.id);
        }
        Listing listing;
        listing.register_name = children_[child]->name;
        listing.filters = {std::move(filter)};
        listing.sort =
            parent;  // and by label below each; by label alone the whole register would be gone through
        auto page = list_page(record_, listing);
        if (!page) return pass(std::move(page));
        for (Entry& entry : page->entries) {
            auto found = by_id.find(entry.field(parent).text);
            if (found != by_id.end()) found->second->below[child].push_back(std::move(entry));
        }
        return {};
    }

    void fill(const Whole& whole, std::vector<SheetCell>& cells) {
        cells.clear();
        for (const ExportColumn& column : columns_) {
            const OwnColumn& meaning = column.meaning;
            const Entry* child = nullptr;
            if (meaning.kind == Kind::child || meaning.kind == Kind::child_id) {
                const auto place = std::ranges::find(children_, meaning.target) - children_.begin();
                const std::vector<Entry>& below = whole.below[static_cast<size_t>(place)];
                if (meaning.group <= below.size()) child = &below[meaning.group - 1];
            }
            SheetCell cell = std::string();
            switch (meaning.kind) {
                case Kind::id:
                    cell = whole.entry.id;
                    break;
                case Kind::field:
                    cell = written_cell(*meaning.field, whole.entry.field(meaning.field->name), references_);
                    break;
                case Kind::child:
                    if (child != nullptr)
                        cell = written_cell(*meaning.field, child->field(meaning.field->name), references_);
                    break;
                case Kind::child_id:
                    if (child != nullptr) cell = child->id;
                    break;
                case Kind::extra:
                    if (auto found = whole.entry.extra.find(meaning.extra); found != whole.entry.extra.end())
                        cell = found->second;
                    break;
            }
            cells.push_back(std::move(cell));
        }
    }

    const Record& record_;
    const Register& description_;
    Listing listing_;
    ReferenceNames references_;
    std::vector<const Register*> children_;
    std::vector<ExportColumn> columns_;
    int64_t count_ = 0;
};

// "機器　みなと診療所　2026-11-22 現在"
std::string title_of(const Record& record, const Register& description) {
    const Date day = record.as_of_day() ? *record.as_of_day() : record.today();
    return fmt::format("{}　{}　{} 現在", description.label.ja, record.institution_entry().label, day.iso());
}

Status write_workbook(const Record& record, std::vector<Source>& sources, const ByteSink& to,
                      std::vector<ExportedSheet>& out) {
    WorkbookOut workbook(to, title_of(record, sources.front().description()), record.now());
    for (Source& source : sources) {
        auto widths = source.widths();
        if (!widths) return pass(std::move(widths));
        SheetLayout layout;
        layout.name = source.description().label.ja;
        layout.title = title_of(record, source.description());
        layout.fixed = std::min<size_t>(2, source.columns().size());
        for (size_t i = 0; i < source.columns().size(); i++) {
            SheetColumn column = sheet_column(source.columns()[i]);
            if (!column.quiet) column.width = std::clamp((*widths)[i], 6, 40);
            column.folded = !source.columns()[i].basic;
            column.prompt.clear();
            layout.columns.push_back(std::move(column));
        }
        auto name = workbook.begin(layout);
        if (!name) return pass(std::move(name));
        auto done = source.write(
            [&](const std::vector<SheetCell>& cells, const Entry&) { return workbook.row(cells); });
        if (!done) return done;
        out.push_back({source.description().name, source.description().label, *name, source.count(),
                       source.columns().size()});
    }
    return workbook.finish();
}

Status write_csv(Source& source, CsvEncoding encoding, const ByteSink& to, std::vector<ExportedSheet>& out) {
    CsvOut csv(to, encoding);
    std::vector<std::string> headers;
    for (const ExportColumn& column : source.columns())
        headers.push_back(column.header);
    std::vector<std::string> texts;
    for (const std::string& header : headers)
        texts.push_back(guarded(header));
    if (auto done = csv.record(texts, "見出し", headers); !done) return done;
    auto done = source.write([&](const std::vector<SheetCell>& cells, const Entry& entry) {
        texts.clear();
        for (const SheetCell& cell : cells) {
            const auto* written = std::get_if<std::string>(&cell);
            texts.push_back(written != nullptr ? guarded(*written) : cell_text(cell));
        }
        return csv.record(texts, fmt::format("{}「{}」", source.description().label.ja, entry.label),
                          headers);
    });
    if (!done) return done;
    out.push_back(
        {source.description().name, source.description().label, {}, source.count(), source.columns().size()});
    return csv.finish();
}

}  // namespace

Result<FileFormat> format_of(const std::filesystem::path& file) {
    std::string ending = file.extension().string();
    for (char& c : ending)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (ending == ".xlsx") return FileFormat::xlsx;
    if (ending == ".csv") return FileFormat::csv;
    return fail(Code::usage,
                fmt::format("--out の「{}」は .xlsx か .csv で終わる名前にしてください。", file.string()),
                fmt::format("--out {}: the name has to end in .xlsx or .csv.", file.string()));
}

Status write_durably(const std::filesystem::path& place, bool replace,
                     const std::function<Status(const ByteSink&)>& work) {
    auto taken = [&] {
        return fail(Code::exists,
                    fmt::format("{} はすでにあります。別の名前にするか、--force で置き換えてください。",
                                place.string()),
                    fmt::format("{} is already there. Choose another name, or replace it with --force.",
                                place.string()));
    };
    if (!replace && os::is_there(place)) return taken();
    auto output = os::Output::begin(place, 0644);
    if (!output) return pass(std::move(output));
    os::Output& file = *output;
    if (auto done = work([&file](std::string_view bytes) { return file.write(bytes); }); !done) return done;
    if (auto done = file.sync(); !done) return done;
    if (replace) return os::rename_file(file.aside(), place);
    auto done = file.put_in_place();
    if (!done && done.error().code == Code::exists) return taken();
    return done;
}

Result<std::vector<ExportedSheet>> export_file(const Record& record, const std::vector<Listing>& listings,
                                               const std::filesystem::path& place,
                                               const ExportOptions& options) {
    if (options.format == FileFormat::csv && listings.size() != 1) {
        return fail(Code::usage,
                    "CSVには台帳を一つだけ書き出せます。台帳を指定するか、.xlsx にしてください。",
                    "A CSV file holds one register. Name one, or write .xlsx.");
    }
    std::vector<Source> sources;
    for (const Listing& listing : listings) {
        const Register* description = record.catalog().find_register(listing.register_name);
        if (description == nullptr) {
            return fail(Code::unknown_register,
                        fmt::format("台帳「{}」はありません。", listing.register_name),
                        fmt::format("There is no register \"{}\".", listing.register_name));
        }
        sources.emplace_back(record, *description, listing);
        if (auto seen = sources.back().look_through(); !seen) return pass(std::move(seen));
    }
    std::vector<ExportedSheet> out;
    auto done = write_durably(place, options.replace, [&](const ByteSink& to) {
        return options.format == FileFormat::csv ? write_csv(sources.front(), options.encoding, to, out)
                                                 : write_workbook(record, sources, to, out);
    });
    if (!done) return pass(std::move(done));
    return out;
}

std::vector<Listing> all_registers(const Record& record) {
    std::vector<Listing> out;
    for (bool internal : {false, true}) {
        for (const Register& one : record.catalog().registers()) {
            if (one.internal != internal) continue;
            auto some = record.scoped(fmt::format("SELECT 1 FROM {} LIMIT 1", one.name));
            if (!some.step()) continue;
            some.reset();
            Listing listing;
            listing.register_name = one.name;
            out.push_back(std::move(listing));
        }
    }
    return out;
}

json::array exported_json(const std::vector<ExportedSheet>& sheets) {
    json::array out;
    for (const ExportedSheet& one : sheets) {
        out.push_back(json::object{{"register", one.register_name},
                                   {"sheet", one.sheet},
                                   {"entries", one.entries},
                                   {"columns", one.columns}});
    }
    return out;
}

}  // namespace sonae::exchange
