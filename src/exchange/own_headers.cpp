// Headers from labels, and back.
#include "exchange/own_headers.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace sonae::exchange {

namespace {

using catalog::Field;
using catalog::Register;
using Kind = OwnColumn::Kind;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string id_part(const Register& child) {
    return child.label.ja + ' ' + std::string(id_header);
}

}  // namespace

OwnHeaders::OwnHeaders(const catalog::Catalog& catalog, const Register& description)
    : description_(description) {
    own_[std::string(id_header)] = {Kind::id, &description, nullptr, 0, {}};
    for (const Field& field : description.fields) {
        // Of two fields with one label the second is called by its name.
        std::string text = trim(field.label.ja);
        if (own_.count(text) != 0 || text.starts_with(extra_mark)) text = field.name;
        written_[&field] = text;
        own_[text] = {Kind::field, &description, &field, 0, {}};
    }
    for (const catalog::ImportChild& link : description.import_children) {
        const Register* child = catalog.find_register(link.child);
        if (child == nullptr) continue;
        numbered_[id_part(*child)] = {Kind::child_id, child, nullptr, 0, {}};
        for (const Field& field : child->fields) {
            std::string text = trim(field.label.ja);
            if (text.empty() || is_digit(text.back()) || numbered_.count(text) != 0)
                text = fmt::format("{}.{}.", child->name, field.name);
            written_[&field] = text;
            numbered_[text] = {Kind::child, child, &field, 0, {}};
        }
    }
}

std::string OwnHeaders::header(const OwnColumn& column) const {
    switch (column.kind) {
        case Kind::id:
            break;
        case Kind::field:
            return written_.at(column.field);
        case Kind::child:
            return written_.at(column.field) + std::to_string(column.group);
        case Kind::child_id:
            return fmt::format("{}{}", id_part(*column.target), column.group);
        case Kind::extra:
            return std::string(extra_mark) + column.extra;
    }
    return std::string(id_header);
}

std::optional<OwnColumn> OwnHeaders::read(std::string_view header) const {
    const std::string text = trim(header);
    if (auto own = own_.find(text); own != own_.end()) return own->second;
    if (text.starts_with(extra_mark)) {
        OwnColumn column;
        column.kind = Kind::extra;
        column.extra = trim(std::string_view(text).substr(extra_mark.size()));
        if (column.extra.empty()) return std::nullopt;
        return column;
    }
    const auto end = std::find_if_not(text.rbegin(), text.rend(), is_digit).base();
    const auto front = static_cast<size_t>(end - text.begin());
    auto found = numbered_.find(std::string_view(text).substr(0, front));
    if (found == numbered_.end()) return std::nullopt;
    OwnColumn column = found->second;
    const char* last = text.data() + text.size();
    auto read = std::from_chars(text.data() + front, last, column.group);
    if (read.ec != std::errc() || read.ptr != last || column.group == 0) return std::nullopt;
    return column;
}

}  // namespace sonae::exchange
