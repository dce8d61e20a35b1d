// Which entry of the record a row speaks of: asked field by field in the order of the register's `match`. Two
// that point to different entries are told, never decided. One thread.
#pragma once

#include "exchange/import_standing.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sonae::exchange {

// A field by which entries are met.
struct Identifier {
    const catalog::Register* target;  // the register, or the child that has the field
    const catalog::Field* field;
    bool weak;
    bool names_organisation;  // compared without the form of company, as references do
};

// What a row says: the place of the identifier and the text in stored form.
using Given = std::pair<size_t, std::string>;

struct Meeting {
    enum class Kind { nobody, one, several, contradiction };
    Kind kind = Kind::nobody;
    Place entry = nowhere;
    size_t by = 0;             // the identifier that decided (or found several)
    bool differs = false;      // an identifier before it says otherwise
    std::vector<Place> found;  // several; of a contradiction: the two entries
    size_t other = 0;          // of a contradiction: the identifier that points elsewhere
};

class Matcher {
 public:
    // `children`: what is there of the children that identifiers belong to.
    Matcher(const catalog::Catalog& catalog, const catalog::Register& description, const Standing& standing,
            const std::map<std::string, std::unique_ptr<Standing>>& children);

    const std::vector<Identifier>& identifiers() const { return identifiers_; }
    // The place among them of the key field; identifiers().size() when there is none.
    size_t key() const { return key_; }

    // `given` in the order of the identifiers; `by_id`: the entry named by its stable id, or nowhere.
    Meeting meet(const std::vector<Given>& given, Place by_id);

    // The form in which texts of an identifier are compared.
    std::string form(size_t identifier, std::string_view text) const;
    // Whether a text of an identifier tells entries apart at all: なし in the column of serial numbers does
    // not.
    bool counts(size_t identifier, std::string_view text) const;

    // The fields of a register, and of its children, that matching reads.
    static std::vector<std::pair<const catalog::Register*, const catalog::Field*>> fields(
        const catalog::Catalog& catalog, const catalog::Register& description);

 private:
    using Index = std::unordered_map<std::string, std::vector<Place>>;

    bool says(Place entry, size_t identifier, std::string_view text) const;
    // The entry knows another text for one of the identifiers before this one.
    bool differs(Place entry, const std::vector<Given>& given, size_t before) const;
    const Index& index(size_t identifier);

    const Standing& standing_;
    const std::map<std::string, std::unique_ptr<Standing>>& children_;
    std::vector<Identifier> identifiers_;
    std::vector<const Standing*> holders_;  // for each identifier; null where no row speaks of it
    std::vector<size_t> columns_;           // its column there
    size_t key_ = 0;
    std::map<size_t, Index> indexes_;  // made when they are first asked for
};

}  // namespace sonae::exchange
