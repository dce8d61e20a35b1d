// What the columns and sheets of a kind of file mean, as somebody said it once: remembered in the record by
// the words of the header, so that the file of next month is read the same way; named, exported and shared.
// The format is docs/import.md "Mappings". Uses the Record: one thread.
#pragma once

#include "base/json.hpp"
#include "exchange/import_columns.hpp"
#include "register/record.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::exchange {

struct MappedSheet {
    std::string sheet;          // its name when it was imported; what counts is the fingerprint
    std::string register_name;  // empty: the sheet is left out
    std::vector<std::pair<std::string, std::string>> values;   // fields set in every row
    std::vector<std::pair<std::string, std::string>> columns;  // header or letters → field as in --map
    std::vector<std::string> headers;                          // as written
    std::string fingerprint;                                   // of the headers
};

struct Mapping {
    std::string id;  // of its entry; empty when it is not in the record
    std::string name;
    std::vector<MappedSheet> sheets;
    std::vector<std::pair<std::string, std::string>> same;  // name in the file → name in the record
};

// SHA-256 (hexadecimal) of the words of a header: match_key of each, without empty ones.
std::string header_fingerprint(const std::vector<std::string>& headers);
std::string header_fingerprint(const std::vector<ImportColumn>& columns);

// The mapping as JSON, and back. Fails with bad_file (not a mapping), unknown_register, unknown_field.
json::object mapping_json(const Mapping& mapping);
Result<Mapping> read_mapping(const catalog::Catalog& catalog, const json::value& value);
// From a file's text, JSON or YAML.
Result<Mapping> read_mapping_file(const catalog::Catalog& catalog, std::string_view text,
                                  std::string_view file_name);

// The mappings of the record, by name; those that its catalog does not fit any more are left out.
std::vector<Mapping> mappings_of(const registers::Record& record);
// The one with a name; fails with not_found.
Result<Mapping> find_mapping(const registers::Record& record, std::string_view name);

// What keeps a mapping: in the place of the one with the same name.
registers::Command keep_mapping(const registers::Record& record, const Mapping& mapping);

}  // namespace sonae::exchange
