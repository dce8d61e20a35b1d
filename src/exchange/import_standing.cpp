// What is there before an import.
#include "exchange/import_standing.hpp"

#include "base/text.hpp"
#include "exchange/header_words.hpp"

#include <algorithm>
#include <cstring>

namespace sonae::exchange {

std::string_view TextStore::keep(std::string_view text) {
    constexpr size_t block = size_t{1} << 18;
    if (text.empty()) return {};
    if (room_ - used_ < text.size()) {
        room_ = std::max(block, text.size());
        used_ = 0;
        blocks_.push_back(std::make_unique<char[]>(room_));
    }
    char* at = blocks_.back().get() + used_;
    std::memcpy(at, text.data(), text.size());
    used_ += text.size();
    return {at, text.size()};
}

Standing::Standing(const registers::Record& record, const catalog::Register& description,
                   std::vector<const catalog::Field*> fields, const catalog::Field* parent)
    : description_(description), fields_(std::move(fields)), parent_(parent) {
    registers::each_in_bulk(record, description_, fields_, [&](const registers::BulkEntry& entry) {
        entries_.push_back(
            {texts_.keep(entry.id), texts_.keep(entry.label), texts_.keep(entry.extra), entry.version});
        for (const registers::BulkValue& value : entry.values)
            values_.push_back({value.state, texts_.keep(value.text)});
    });
    if (parent == nullptr) return;
    size_t place = column(*parent);
    next_.assign(entries_.size(), nowhere);
    by_parent_.reserve(entries_.size());
    for (Place i = size(); i-- > 0;) {
        auto [first, fresh] = by_parent_.try_emplace(value(i, place).text, i);
        if (!fresh) {
            next_[i] = first->second;
            first->second = i;
        }
    }
}

size_t Standing::column(const catalog::Field& field) const {
    return static_cast<size_t>(std::find(fields_.begin(), fields_.end(), &field) - fields_.begin());
}

registers::FieldValue Standing::field_value(Place entry, size_t place) const {
    const registers::BulkValue& there = value(entry, place);
    return {there.state, std::string(there.text)};
}

Place Standing::find(std::string_view id) const {
    if (by_id_.empty()) {
        by_id_.reserve(entries_.size());
        for (Place i = 0; i < size(); i++)
            by_id_.emplace(entries_[i].id, i);
    }
    auto found = by_id_.find(id);
    return found == by_id_.end() ? nowhere : found->second;
}

Place Standing::first_below(std::string_view parent) const {
    auto found = by_parent_.find(parent);
    return found == by_parent_.end() ? nowhere : found->second;
}

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

}  // namespace

std::string key_form(std::string_view text) {
    std::string out;
    bool mark = false;
    auto add = [&](std::string_view piece) {
        if (piece.empty()) {
            mark = true;
            return;
        }
        if (mark && !out.empty() && is_digit(out.back()) && is_digit(piece.front())) out += '-';
        mark = false;
        out += piece;
    };
    // Most numbers are plain letters and digits; what those fold to needs no table.
    if (std::all_of(text.begin(), text.end(), [](char c) {
            return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        })) {
        for (char c : text) {
            char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            add(c == '-' ? std::string_view() : std::string_view(&small, 1));
        }
        return out.empty() ? std::string(text) : out;
    }
    std::string plain = normalise(text);
    for (size_t at = 0; at < plain.size();) {
        size_t length = 1;
        while (at + length < plain.size() && (static_cast<unsigned char>(plain[at + length]) & 0xc0) == 0x80)
            length++;
        add(match_key(std::string_view(plain).substr(at, length)));
        at += length;
    }
    return out.empty() ? plain : out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view wide = "\xe3\x80\x80";  // U+3000
    auto space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    for (bool again = true; again && !text.empty();) {
        again = true;
        if (space(text.front())) {
            text.remove_prefix(1);
        } else if (text.starts_with(wide)) {
            text.remove_prefix(wide.size());
        } else if (space(text.back())) {
            text.remove_suffix(1);
        } else if (text.ends_with(wide)) {
            text.remove_suffix(wide.size());
        } else {
            again = false;
        }
    }
    return text;
}

std::string shortened(std::string_view text) {
    constexpr size_t longest = 40;
    if (text.size() <= longest && is_plain(text) && text.find("  ") == std::string_view::npos)
        return std::string(text);
    std::string plain = normalise(text);
    if (characters(plain) <= longest) return plain;
    size_t bytes = 0;
    for (size_t count = 0; count < longest; bytes++) {
        if ((static_cast<unsigned char>(plain[bytes + 1]) & 0xc0) != 0x80) count++;
    }
    return plain.substr(0, bytes) + "…";
}

}  // namespace sonae::exchange
