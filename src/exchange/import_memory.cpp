// Remembered mappings.
#include "exchange/import_memory.hpp"

#include "base/encoding.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "catalog/yaml.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

constexpr std::string_view register_of_mappings = "import_mapping";
constexpr int64_t format = 1;

tl::unexpected<Error> no_mapping(std::string_view what) {
    return fail(Code::bad_file,
                fmt::format("列の対応のファイルとして読めません（{}）。`sonae mapping export` "
                            "で作ったファイルを指定してください。",
                            what),
                fmt::format("This is not a mapping ({}). Give a file made by `sonae mapping export`.", what));
}

json::object pairs_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
    json::object out;
    for (const auto& [name, text] : pairs)
        out[name] = text;
    return out;
}

std::vector<std::pair<std::string, std::string>> pairs_of(const json::object& object, const char* member) {
    std::vector<std::pair<std::string, std::string>> out;
    if (const json::object* pairs = object_at(object, member)) {
        for (const auto& one : *pairs)
            out.emplace_back(one.key(), text_at(*pairs, one.key()));
    }
    return out;
}

}  // namespace

std::string header_fingerprint(const std::vector<std::string>& headers) {
    std::string all;
    for (const std::string& header : headers) {
        std::string key = match_key(header);
        if (!key.empty()) all += key + "\n";
    }
    return hex(sha256(all));
}

std::string header_fingerprint(const std::vector<ImportColumn>& columns) {
    std::vector<std::string> headers;
    for (const ImportColumn& column : columns)
        headers.push_back(column.header);
    return header_fingerprint(headers);
}

json::object mapping_json(const Mapping& mapping) {
    json::array sheets;
    for (const MappedSheet& sheet : mapping.sheets) {
        json::object one{{"sheet", sheet.sheet}, {"register", sheet.register_name}};
        if (!sheet.values.empty()) one["values"] = pairs_json(sheet.values);
        one["headers"] = json::array(sheet.headers.begin(), sheet.headers.end());
        one["columns"] = pairs_json(sheet.columns);
        sheets.push_back(std::move(one));
    }
    json::object out{{"sonae_mapping", format}, {"name", mapping.name}, {"sheets", std::move(sheets)}};
    if (!mapping.same.empty()) out["same"] = pairs_json(mapping.same);
    return out;
}

Result<Mapping> read_mapping(const catalog::Catalog& catalog, const json::value& value) {
    if (!value.is_object() || int_at(value.get_object(), "sonae_mapping") != format)
        return no_mapping("sonae_mapping: 1");
    const json::object& object = value.get_object();
    Mapping out;
    out.name = trim(text_at(object, "name"));
    if (out.name.empty()) return no_mapping("name");
    out.same = pairs_of(object, "same");
    const json::array* sheets = array_at(object, "sheets");
    if (sheets == nullptr) return no_mapping("sheets");
    for (const json::value& one : *sheets) {
        if (!one.is_object()) return no_mapping("sheets");
        const json::object& from = one.get_object();
        MappedSheet sheet;
        sheet.sheet = text_at(from, "sheet");
        sheet.register_name = text_at(from, "register");
        sheet.values = pairs_of(from, "values");
        sheet.columns = pairs_of(from, "columns");
        if (const json::array* headers = array_at(from, "headers")) {
            for (const json::value& header : *headers)
                sheet.headers.emplace_back(header.is_string() ? view(header.get_string())
                                                              : std::string_view());
        }
        sheet.fingerprint = header_fingerprint(sheet.headers);
        if (!sheet.register_name.empty()) {
            const catalog::Register* description = catalog.find_register(sheet.register_name);
            if (description == nullptr || description->internal) {
                return fail(Code::unknown_register,
                            fmt::format("台帳「{}」はありません。", sheet.register_name),
                            fmt::format("There is no register \"{}\".", sheet.register_name));
            }
            std::vector<std::string> texts;
            for (const auto& [column, field] : sheet.columns)
                texts.push_back(fmt::format("{}={}", column, field));
            if (auto read = read_mappings(catalog, *description, texts); !read) return pass(std::move(read));
            for (const auto& [field, text] : sheet.values) {
                if (description->field(field) != nullptr) continue;
                return fail(Code::unknown_field,
                            fmt::format("台帳「{}」に項目「{}」はありません。", description->label.ja, field),
                            fmt::format("The register {} has no field \"{}\".", description->name, field));
            }
        }
        out.sheets.push_back(std::move(sheet));
    }
    return out;
}

Result<Mapping> read_mapping_file(const catalog::Catalog& catalog, std::string_view text,
                                  std::string_view file_name) {
    auto utf8 = decode_text(text);
    if (!utf8) return pass(std::move(utf8));
    if (trim(*utf8).starts_with("{")) {
        auto value = parse_json(*utf8);
        if (!value) return pass(std::move(value));
        return read_mapping(catalog, *value);
    }
    auto value = catalog::yaml_to_json(file_name, *utf8);
    if (!value) return pass(std::move(value));
    return read_mapping(catalog, *value);
}

std::vector<Mapping> mappings_of(const registers::Record& record) {
    std::vector<Mapping> out;
    auto entries = record.list(register_of_mappings);
    if (!entries) return out;
    for (const registers::Entry& entry : *entries) {
        auto value = parse_json(entry.field("content").text);
        if (!value) continue;
        auto mapping = read_mapping(record.catalog(), *value);
        if (!mapping) continue;
        mapping->id = entry.id;
        mapping->name = entry.field("name").text;
        out.push_back(std::move(*mapping));
    }
    return out;
}

Result<Mapping> find_mapping(const registers::Record& record, std::string_view name) {
    std::vector<Mapping> all = mappings_of(record);
    std::vector<std::string> names;
    for (Mapping& one : all) {
        if (match_key(one.name) == match_key(name)) return std::move(one);
        names.push_back(one.name);
    }
    return fail(Code::not_found,
                fmt::format("列の対応「{}」はありません。あるのは {} です。", name,
                            names.empty() ? "（なし）" : fmt::format("{}", fmt::join(names, "、"))),
                fmt::format("There is no mapping \"{}\". There are: {}.", name,
                            names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

registers::Command keep_mapping(const registers::Record& record, const Mapping& mapping) {
    registers::Command command;
    command.action = "add";
    command.register_name = register_of_mappings;
    for (const Mapping& one : mappings_of(record)) {
        if (match_key(one.name) != match_key(mapping.name)) continue;
        command.action = "set";
        command.id = one.id;
    }
    command.values = {{"name", mapping.name}, {"content", canonical(mapping_json(mapping))}};
    return command;
}

}  // namespace sonae::exchange
