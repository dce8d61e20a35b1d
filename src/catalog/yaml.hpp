// YAML to JSON, for catalog files only: after this the loader knows one form.
#pragma once

#include "base/error.hpp"
#include "base/json.hpp"

#include <string>
#include <string_view>

namespace sonae::catalog {

// Reads one YAML document. Plain scalars that are whole numbers or true/false become numbers and booleans,
// quoted ones and all others text. Refuses duplicate keys, aliases and tags. `name` is the file's name for
// the message; fails with bad_catalog and the line.
Result<json::value> yaml_to_json(std::string_view name, std::string_view text);

}  // namespace sonae::catalog
