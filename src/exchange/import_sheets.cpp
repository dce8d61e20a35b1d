// Choosing sheets.
#include "exchange/import_sheets.hpp"

#include "base/text.hpp"
#include "exchange/import_fit.hpp"
#include "exchange/template.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace sonae::exchange {

using catalog::Field;
using catalog::Register;

namespace {

// What the caller says of a sheet.
struct Directive {
    std::string written;
    std::string sheet;
    const Register* description = nullptr;  // null: leave the sheet out
    std::vector<std::pair<const Field*, std::string>> values;
    bool met = false;
};

tl::unexpected<Error> no_such_register(std::string_view name) {
    return fail(Code::unknown_register, fmt::format("台帳「{}」はありません。", name),
                fmt::format("There is no register \"{}\".", name));
}

Result<const Register*> find_register(const catalog::Catalog& catalog, std::string_view name) {
    const Register* description = catalog.find_register(name);
    for (const Register& one : catalog.registers()) {
        if (description == nullptr && match_key(one.label.ja) == match_key(name)) description = &one;
    }
    if (description == nullptr) return no_such_register(name);
    if (description->internal) {
        return fail(
            Code::refused,
            fmt::format("「{}」は Sonae が自分で書く記録のため、取り込めません。", description->label.ja),
            fmt::format("The register {} is written by Sonae itself and cannot be imported.",
                        description->name));
    }
    return description;
}

const Field* find_field(const Register& description, std::string_view name) {
    for (const Field& field : description.fields) {
        if (field.internal) continue;
        if (field.name == name || match_key(field.label.ja) == match_key(name)) return &field;
    }
    return nullptr;
}

// "サーバ=device:kind=server,place=1階" or "控え=-".
Result<Directive> read_directive(const catalog::Catalog& catalog, const std::string& text) {
    Directive out;
    out.written = text;
    size_t at = text.find('=');
    out.sheet = trim(std::string_view(text).substr(0, std::min(at, text.size())));
    std::string rest = at == std::string::npos ? "" : trim(std::string_view(text).substr(at + 1));
    if (out.sheet.empty() || rest.empty()) {
        return fail(Code::usage, fmt::format("--sheet '{}' は「シート名=台帳」の形ではありません。", text),
                    fmt::format("--sheet '{}' is not of the form NAME=REGISTER.", text));
    }
    if (rest == "-") return out;
    size_t colon = rest.find(':');
    auto description =
        find_register(catalog, trim(std::string_view(rest).substr(0, std::min(colon, rest.size()))));
    if (!description) return pass(std::move(description));
    out.description = *description;
    if (colon == std::string::npos) return out;
    for (const std::string& one : split(std::string_view(rest).substr(colon + 1), ",")) {
        size_t equals = one.find('=');
        const Field* field =
            find_field(*out.description, trim(std::string_view(one).substr(0, std::min(equals, one.size()))));
        if (field == nullptr || equals == std::string::npos) {
            return fail(Code::unknown_field,
                        fmt::format("--sheet '{}': 台帳「{}」に「{}」という項目はありません。", text,
                                    out.description->label.ja, one),
                        fmt::format("--sheet '{}': the register {} has no field \"{}\".", text,
                                    out.description->name, one));
        }
        out.values.emplace_back(field, trim(std::string_view(one).substr(equals + 1)));
    }
    return out;
}

tl::unexpected<Error> no_header(const Register* description, std::string_view file_name) {
    if (description == nullptr) {
        return fail(
            Code::bad_file,
            fmt::format("「{}」に、台帳として読めるシートが見つかりません。--sheet 'シート名=台帳' と --map "
                        "'列=項目' で指定してください。",
                        file_name),
            fmt::format("\"{}\" has no sheet that fits a register. Say it with --sheet 'NAME=REGISTER' and "
                        "--map 'column=field'.",
                        file_name));
    }
    std::vector<std::string> ja;
    std::vector<std::string> en;
    for (const Field& field : description->fields) {
        if (field.internal || ja.size() == 8) continue;
        ja.push_back(fmt::format("「{}」", field.label.ja));
        en.push_back(fmt::format("\"{}\"", field.label.en));
    }
    return fail(
        Code::bad_file,
        fmt::format("「{}」に{}台帳の見出しの行が見つかりません。{}などの列名が並ぶ行を入れるか、--map "
                    "'列=項目' で指定してください。",
                    file_name, description->label.ja, fmt::join(ja, "")),
        fmt::format(
            "\"{}\" has no header row for the register {}. Add a row with column names such as {}, or name "
            "the columns with --map 'column=field'.",
            file_name, description->name, fmt::join(en, ", ")));
}

// Registers that others refer to come before those, so that a name finds the entry of the same file.
std::vector<const Register*> by_dependence(const catalog::Catalog& catalog) {
    std::vector<const Register*> out;
    std::set<const Register*> begun;
    std::function<void(const Register&)> add = [&](const Register& one) {
        if (!begun.insert(&one).second) return;
        for (const Field& field : one.fields) {
            if (field.type == catalog::Type::reference) add(*catalog.find_register(field.references));
        }
        out.push_back(&one);
    };
    for (const Register& one : catalog.registers())
        add(one);
    return out;
}

class Chooser {
 public:
    Chooser(const registers::Record& record, const Workbook& book, const ImportOptions& options)
        : catalog_(record.catalog()), book_(book), options_(options) {}

    Status read(const registers::Record& record, std::string_view register_name) {
        for (const std::string& text : options_.sheets) {
            auto directive = read_directive(catalog_, text);
            if (!directive) return pass(std::move(directive));
            directives_.push_back(std::move(*directive));
        }
        if (register_name != any_register) {
            auto description = find_register(catalog_, register_name);
            if (!description) return pass(std::move(description));
            description_ = *description;
            auto mappings = read_mappings(catalog_, *description_, options_.map);
            bool only = std::none_of(directives_.begin(), directives_.end(), [&](const Directive& one) {
                return one.description != nullptr && one.description != description_;
            });
            if (!mappings && only) return pass(std::move(mappings));
        }
        if (!options_.mapping.empty()) {
            auto mapping = find_mapping(record, options_.mapping);
            if (!mapping) return pass(std::move(mapping));
            mappings_.push_back(std::move(*mapping));
        } else {
            mappings_ = mappings_of(record);
        }
        return {};
    }

    // The best reading of a sheet; nothing when it fits no register that it may go into. `left_out`: the
    // caller, now or in a remembered mapping, does not want it.
    std::optional<ChosenSheet> sheet(const Table& table, bool& left_out) {
        Directive* directive = nullptr;
        for (Directive& one : directives_) {
            if (one.sheet != table.name && match_key(one.sheet) != match_key(table.name)) continue;
            one.met = true;
            if (directive == nullptr) directive = &one;
        }
        left_out = directive != nullptr && directive->description == nullptr;
        bool leave = false;
        std::optional<ChosenSheet> best;
        if (directive != nullptr && !left_out) {
            best = fitted(table, *directive->description, leave);
            if (best) best->sure = true;
        } else if (description_ != nullptr) {
            best = fitted(table, *description_, leave);
            if (best && book_.tables.size() > 1) best->sure = is_sure(*best);
        } else {
            best = of_any(table, leave);
        }
        if (leave && directive == nullptr) left_out = true;
        if (!best || left_out) return best;
        if (directive != nullptr) {
            for (const auto& value : directive->values) {
                std::erase_if(best->values, [&](const auto& one) { return one.first == value.first; });
                best->values.push_back(value);
            }
        }
        for (auto& value : values_of_name(*best->description, table.name, best->header)) {
            bool said = std::any_of(best->values.begin(), best->values.end(),
                                    [&](const auto& one) { return one.first == value.first; });
            if (!said) best->values.push_back(std::move(value));
        }
        return best;
    }

    // Whether the sheet fits this register better than any other.
    bool is_sure(const ChosenSheet& sheet) const {
        if (!sheet.mapping.empty()) return true;
        auto fits = fit(catalog_, *sheet.table);
        auto own = std::find_if(fits.begin(), fits.end(),
                                [&](const SheetFit& one) { return one.target == sheet.description; });
        return own != fits.end() && own->confidence >= sure_fit && own->confidence >= fits.front().confidence;
    }

    // The register that a sheet fits: by a remembered mapping, else the best.
    std::optional<ChosenSheet> of_any(const Table& table, bool& leave) const {
        for (const Mapping& mapping : mappings_) {
            for (const MappedSheet& sheet : mapping.sheets) {
                const Register* description = catalog_.find_register(sheet.register_name);
                if (description == nullptr) continue;
                auto one = fitted(table, *description, leave);
                if (one && !one->mapping.empty()) return one;
            }
        }
        auto fits = fit(catalog_, table);
        if (fits.empty() || fits.front().confidence < sure_fit) return std::nullopt;
        return fitted(table, *fits.front().target, leave);
    }

    // A --map that no sheet took, or a --sheet that is not there.
    Status all_met(const std::vector<ChosenSheet>& sheets) const {
        for (const Directive& one : directives_) {
            if (one.met) continue;
            std::vector<std::string> names;
            for (const Table& table : book_.tables)
                names.push_back(table.name);
            return fail(Code::not_found,
                        fmt::format("--sheet '{}': そのシートはこのファイルにありません。シートは {} です。",
                                    one.written, fmt::join(names, "、")),
                        fmt::format("--sheet '{}': this file has no such sheet. Its sheets are {}.",
                                    one.written, fmt::join(names, ", ")));
        }
        for (const std::string& text : options_.map) {
            bool met = std::any_of(sheets.begin(), sheets.end(), [&](const ChosenSheet& sheet) {
                auto read = read_mappings(catalog_, *sheet.description, {text});
                const auto& unmet = sheet.header.unmet;
                return read && std::find(unmet.begin(), unmet.end(), text) == unmet.end();
            });
            if (met) continue;
            std::vector<std::string> names;
            for (const ChosenSheet& sheet : sheets) {
                auto read = read_mappings(catalog_, *sheet.description, {text});
                if (!read && sheets.size() == 1) return pass(std::move(read));
                for (const ImportColumn& column : sheet.header.columns) {
                    if (!column.header.empty()) names.push_back(normalise(column.header));
                }
            }
            return fail(Code::not_found,
                        fmt::format("--map '{}': その列はこのファイルにありません。列は {} です。", text,
                                    fmt::join(names, "、")),
                        fmt::format("--map '{}': this file has no such column. Its columns are {}.", text,
                                    fmt::join(names, ", ")));
        }
        return {};
    }

    const std::vector<Mapping>& mappings() const { return mappings_; }

 private:
    // What the caller maps in a sheet of this register, with what a remembered mapping adds.
    std::vector<ColumnMapping> said(const Register& description, const MappedSheet* remembered) const {
        std::vector<std::string> texts;
        for (const std::string& text : options_.map) {
            if (read_mappings(catalog_, description, {text})) texts.push_back(text);
        }
        auto out = read_mappings(catalog_, description, texts).value_or(std::vector<ColumnMapping>());
        if (remembered == nullptr) return out;
        for (const auto& [column, field] : remembered->columns) {
            auto one = read_mappings(catalog_, description, {fmt::format("{}={}", column, field)});
            if (!one || one->empty()) continue;
            bool newer = std::any_of(out.begin(), out.end(), [&](const ColumnMapping& other) {
                return match_key(other.column) == match_key(one->front().column) ||
                       (other.field != nullptr && other.field == one->front().field);
            });
            if (!newer) out.push_back(one->front());
        }
        return out;
    }

    // The remembered sheet with this header. Of several with the same header (one for each floor) it is the
    // one of this name; `certain` is false when there is none of the name, so that only the columns are sure.
    const MappedSheet* remembered(const std::string& fingerprint, const Register& description,
                                  const std::string& name, const Mapping*& mapping, bool& certain) const {
        const MappedSheet* first = nullptr;
        size_t alike = 0;
        for (const Mapping& one : mappings_) {
            for (const MappedSheet& sheet : one.sheets) {
                if (sheet.fingerprint != fingerprint) continue;
                if (!sheet.register_name.empty() && sheet.register_name != description.name) continue;
                if (match_key(sheet.sheet) == match_key(name)) {
                    mapping = &one;
                    certain = true;
                    return &sheet;
                }
                alike++;
                if (first != nullptr || sheet.register_name.empty()) continue;
                first = &sheet;
                mapping = &one;
            }
        }
        certain = alike == 1;
        return first;
    }

    std::optional<ChosenSheet> fitted(const Table& table, const Register& description, bool& left_out) const {
        ChosenSheet out;
        out.table = &table;
        out.description = &description;
        const Mapping* mapping = nullptr;
        const MappedSheet* known = nullptr;
        bool certain = true;
        auto header = find_header(catalog_, description, table, said(description, nullptr));
        if (header) {
            known =
                remembered(header_fingerprint(header->columns), description, table.name, mapping, certain);
            if (known != nullptr)
                header = find_header(catalog_, description, table, said(description, known));
        }
        // The header may say nothing without the mapping.
        for (size_t i = 0; !header && i < mappings_.size(); i++) {
            for (const MappedSheet& sheet : mappings_[i].sheets) {
                if (header || sheet.register_name != description.name) continue;
                auto with = find_header(catalog_, description, table, said(description, &sheet));
                if (!with || header_fingerprint(with->columns) != sheet.fingerprint) continue;
                known = remembered(sheet.fingerprint, description, table.name, mapping, certain);
                header = std::move(with);
            }
        }
        if (!header) return std::nullopt;
        out.header = std::move(*header);
        out.fingerprint = header_fingerprint(out.header.columns);
        if (known != nullptr) {
            left_out = known->register_name.empty();
            out.mapping = mapping->name;
            for (const auto& [name, text] : known->values) {
                const Field* field = description.field(name);
                if (field != nullptr && certain) out.values.emplace_back(field, text);
            }
        }
        // What the mapping of last month names and this file has not is no error.
        std::erase_if(out.header.unmet, [&](const std::string& text) {
            return std::find(options_.map.begin(), options_.map.end(), text) == options_.map.end();
        });
        return out;
    }

    const catalog::Catalog& catalog_;
    const Workbook& book_;
    const ImportOptions& options_;
    const Register* description_ = nullptr;  // null: any
    std::vector<Directive> directives_;
    std::vector<Mapping> mappings_;
};

Words other_register(const Register& description) {
    return {
        fmt::format(
            "「{}」ではない台帳のシートのようです。取り込むには --sheet 'シート名={}' で指定してください。",
            description.label.ja, description.name),
        fmt::format("It seems to hold something else than {}. Take it with --sheet 'NAME={}'.",
                    description.label.en, description.name)};
}

Words reason_of(const Table& table, bool left_out, bool hidden) {
    if (table.rows.empty()) return {"空のシートです。", "The sheet is empty."};
    if (left_out) return {"指定により使いません。", "Left out as you said."};
    if (hidden) {
        return {"非表示のシートです。取り込むには --sheet 'シート名=台帳' で指定してください。",
                "The sheet is hidden. Name it with --sheet 'NAME=REGISTER' to take it."};
    }
    return {"台帳の見出しの行が見つかりません。", "No header row that fits was found."};
}

// The sheets beside the one to fill in of a template. A workbook's only sheet is what it was sent for.
bool is_help(const Workbook& book, const Table& table) {
    std::string name = match_key(table.name);
    return book.tables.size() > 1 && (name == match_key(examples_sheet) || name == match_key(help_sheet));
}

// What is remembered of a sheet.
MappedSheet mapped(const ChosenSheet& sheet, bool taken) {
    MappedSheet kept;
    kept.sheet = sheet.table->name;
    const auto& columns = sheet.header.columns;
    kept.fingerprint = header_fingerprint(columns);
    for (const ImportColumn& column : columns)
        kept.headers.push_back(column.header);
    if (!taken) return kept;
    kept.register_name = sheet.description->name;
    for (const auto& [field, text] : sheet.values)
        kept.values.emplace_back(field->name, text);
    for (const ImportColumn& column : columns) {
        if (column.use != ColumnUse::mapped && column.use != ColumnUse::ignored) continue;
        // Columns that share a field (ソフト名1, ソフト名2) are understood by their numbers.
        auto alike = std::count_if(columns.begin(), columns.end(), [&](const ImportColumn& other) {
            return column.field != nullptr && other.field == column.field;
        });
        if (alike > 1) continue;
        auto headed = std::count_if(columns.begin(), columns.end(), [&](const ImportColumn& other) {
            return match_key(other.header) == match_key(column.header);
        });
        std::string field = "-";
        if (column.field != nullptr) {
            field = column.target == sheet.description
                        ? column.field->name
                        : fmt::format("{}.{}", column.target->name, column.field->name);
        }
        bool by_letters =
            headed > 1 || match_key(column.header).empty() || column.header.find('=') != std::string::npos;
        kept.columns.emplace_back(by_letters ? column.letters : normalise(column.header), field);
    }
    return kept;
}

}  // namespace

Result<Choice> choose_sheets(const registers::Record& record, std::string_view register_name,
                             std::string_view file_name, const Workbook& book, const ImportOptions& options) {
    Chooser chooser(record, book, options);
    if (auto read = chooser.read(record, register_name); !read) return pass(std::move(read));
    Choice out;
    std::vector<ChosenSheet> hidden;
    for (const Table& table : book.tables) {
        bool named = std::any_of(options.sheets.begin(), options.sheets.end(), [&](const std::string& text) {
            return match_key(text.substr(0, text.find('='))) == match_key(table.name);
        });
        if (is_help(book, table) && !named) {
            out.others.push_back(
                {table.name,
                 table.row_count,
                 {"記入例・説明のシートです。取り込むには --sheet 'シート名=台帳' で指定してください。",
                  "The sheet holds examples or help. Name it with --sheet 'NAME=REGISTER' to take "
                  "it."}});
            continue;
        }
        bool left_out = false;
        auto sheet = chooser.sheet(table, left_out);
        if (left_out) {
            if (sheet) out.left_out.push_back(mapped(*sheet, false));
            out.others.push_back({table.name, table.row_count, reason_of(table, true, false)});
        } else if (sheet && table.hidden && !named) {
            hidden.push_back(std::move(*sheet));
        } else if (sheet) {
            out.sheets.push_back(std::move(*sheet));
        } else {
            out.others.push_back({table.name, table.row_count, reason_of(table, false, false)});
        }
    }
    // Hidden sheets are often what was replaced; they are taken where there is nothing else.
    for (ChosenSheet& sheet : hidden) {
        if (out.sheets.empty() || out.sheets.front().table->hidden) {
            out.sheets.push_back(std::move(sheet));
        } else {
            out.others.push_back(
                {sheet.table->name, sheet.table->row_count, reason_of(*sheet.table, false, true)});
        }
    }
    if (std::any_of(out.sheets.begin(), out.sheets.end(), [](const ChosenSheet& one) { return one.sure; })) {
        for (const ChosenSheet& one : out.sheets) {
            if (!one.sure)
                out.others.push_back(
                    {one.table->name, one.table->row_count, other_register(*one.description)});
        }
        std::erase_if(out.sheets, [](const ChosenSheet& one) { return !one.sure; });
    }
    if (auto met = chooser.all_met(out.sheets); !met && !out.sheets.empty()) return pass(std::move(met));
    if (out.sheets.empty()) {
        const Register* description = record.catalog().find_register(register_name);
        return no_header(description, file_name);
    }
    auto order = by_dependence(record.catalog());
    std::stable_sort(out.sheets.begin(), out.sheets.end(), [&](const ChosenSheet& a, const ChosenSheet& b) {
        return std::find(order.begin(), order.end(), a.description) <
               std::find(order.begin(), order.end(), b.description);
    });
    for (const Mapping& mapping : chooser.mappings()) {
        bool used = std::any_of(out.sheets.begin(), out.sheets.end(),
                                [&](const ChosenSheet& sheet) { return sheet.mapping == mapping.name; });
        if (used) out.same.insert(out.same.end(), mapping.same.begin(), mapping.same.end());
    }
    return out;
}

Mapping mapping_of(const Choice& choice, std::string name) {
    Mapping out;
    out.name = std::move(name);
    for (const ChosenSheet& sheet : choice.sheets)
        out.sheets.push_back(mapped(sheet, true));
    out.sheets.insert(out.sheets.end(), choice.left_out.begin(), choice.left_out.end());
    return out;
}

}  // namespace sonae::exchange
