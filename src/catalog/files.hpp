// The folder catalog/ as one JSON text. Thread-safe; no state.
#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <string>

namespace sonae::catalog {

// Reads the YAML files below a catalog folder into the form Catalog::load takes:
// {"registers":[{"file":…,"data":…}…],"questions":[…],"checklists":[…],"support":[…]}. With `cases`, the
// cases of the questions are in it as well (the tests). Fails with bad_catalog, naming file and line.
Result<std::string> compile(const std::filesystem::path& folder, bool cases = false);

}  // namespace sonae::catalog
