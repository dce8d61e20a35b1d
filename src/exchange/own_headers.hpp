// The headers of the files that Sonae writes itself, and what each of them means when such a file comes back.
// Nothing is guessed here: a header is a field's label, a child's label with the number of the entry behind
// it (ソフトウェア2), the column of ids (id_header, the
// first of an export), or a column of an institution's own behind a mark (補足：拠点).
// Thread-safe (immutable after making; the catalog must live longer).
#pragma once

#include "catalog/catalog.hpp"
#include "exchange/import_columns.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sonae::exchange {

// Stands in front of the name of an extra column.
inline constexpr std::string_view extra_mark = "補足：";

struct OwnColumn {
    enum class Kind {
        id,        // of the entry
        field,     // of the register
        child,     // a field of an entry below the row's own
        child_id,  // the id of such an entry
        extra,     // of a column that matched no field
    };
    Kind kind = Kind::field;
    const catalog::Register* target = nullptr;  // id, field: the register; child, child_id: the child
    const catalog::Field* field = nullptr;
    size_t group = 0;   // child, child_id: which of the entries, from 1
    std::string extra;  // extra: its name

    bool operator==(const OwnColumn&) const = default;
};

class OwnHeaders {
 public:
    OwnHeaders(const catalog::Catalog& catalog, const catalog::Register& description);

    // The header of a column.
    std::string header(const OwnColumn& column) const;
    // What a header means; nothing for one that Sonae does not write.
    std::optional<OwnColumn> read(std::string_view header) const;

 private:
    const catalog::Register& description_;
    std::map<const catalog::Field*, std::string> written_;  // a child's without the number
    std::map<std::string, OwnColumn, std::less<>> own_;
    std::map<std::string, OwnColumn, std::less<>> numbered_;  // by what stands before the number
};

}  // namespace sonae::exchange
