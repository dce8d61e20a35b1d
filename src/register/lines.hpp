// Commands as JSON lines: what `sonae set --from` takes, and the facts of the catalog's cases. Thread-safe.
#pragma once

#include "register/record.hpp"

#include <string_view>
#include <vector>

namespace sonae::registers {

// One object a line: {"register":…, "id":…, field: value, …}. With an id the entry is set, without one a new
// entry is added. An id that begins with '#' is a name within this text: its first line adds the entry, and
// references in later lines may use it. Members "op" (add, set, retire), "why" and "expect" (the version the
// entry must have) are taken as well. A value is a text as written, a number, true/false, a list of texts, or
// null (clears the field). With `any_name`, every id that is not a UUID is such a name (cases of the
// catalog). Empty lines and lines that begin with '//' are left out. Fails with bad_file and the line, or
// unknown_register.
Result<std::vector<Command>> commands_from_lines(const catalog::Catalog& catalog, std::string_view text,
                                                 bool any_name = false);

// The same from objects that are already read.
Result<std::vector<Command>> commands_from_json(const catalog::Catalog& catalog, const json::array& objects,
                                                bool any_name = false);

// Whether a person's command may write these registers and fields: what Sonae writes itself (answers,
// attachments …) has commands of its own. Fails with refused.
Status may_write(const catalog::Catalog& catalog, const std::vector<Command>& commands);

}  // namespace sonae::registers
