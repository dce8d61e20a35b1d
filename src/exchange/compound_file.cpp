// [MS-CFB], as far as reading streams needs it.
#include "exchange/compound_file.hpp"

#include "exchange/refusal.hpp"

#include <algorithm>

namespace sonae::exchange {

namespace {

constexpr size_t header_size = 512;
constexpr size_t small_size = 64;
constexpr size_t max_entries = 65'536;
constexpr uint32_t last_regular = 0xFFFFFFF9;  // numbers above it mean ends and free sectors

[[noreturn]] void broken() {
    refuse(damaged("OLE"));
}

uint32_t number_in(std::string_view bytes, size_t at, size_t size) {
    if (at + size > bytes.size()) broken();
    uint32_t value = 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return value;
}

std::vector<uint32_t> numbers(std::string_view bytes) {
    std::vector<uint32_t> out;
    for (size_t at = 0; at + 4 <= bytes.size(); at += 4)
        out.push_back(number_in(bytes, at, 4));
    return out;
}

}  // namespace

CompoundFile::CompoundFile(std::string_view bytes) : bytes_(bytes) {
    if (bytes.size() < header_size) broken();
    uint32_t shift = number(30, 2);
    if (shift != 9 && shift != 12) broken();
    sector_size_ = size_t{1} << shift;
    read_allocation();
    read_directory();
}

uint32_t CompoundFile::number(size_t at, size_t bytes) const {
    return number_in(bytes_, at, bytes);
}

std::string_view CompoundFile::sector(uint32_t index) const {
    size_t from = (static_cast<size_t>(index) + 1) * sector_size_;
    if (index > last_regular || from >= bytes_.size()) broken();
    return bytes_.substr(from, sector_size_);  // the last one may be cut off
}

// Which sectors hold the table of what follows what: the first 109 stand in the header, further ones in a
// chain.
void CompoundFile::read_allocation() {
    std::vector<uint32_t> tables;
    for (size_t i = 0; i < 109; i++)
        tables.push_back(number(76 + 4 * i, 4));
    size_t sectors = bytes_.size() / sector_size_ + 1;
    uint32_t more = number(68, 4);
    for (size_t steps = 0; more <= last_regular; steps++) {
        if (steps > sectors) broken();
        auto list = numbers(sector(more));
        if (list.size() * 4 != sector_size_) broken();
        more = list.back();
        list.pop_back();
        tables.insert(tables.end(), list.begin(), list.end());
    }
    for (uint32_t table : tables) {
        if (table > last_regular) continue;
        if (next_.size() > sectors) break;
        auto part = numbers(sector(table));
        next_.insert(next_.end(), part.begin(), part.end());
    }
}

std::string CompoundFile::chain(uint32_t first) const {
    std::string out;
    for (uint32_t at = first; at <= last_regular;) {
        if (at >= next_.size() || out.size() > bytes_.size()) broken();
        out += sector(at);
        at = next_[at];
    }
    return out;
}

void CompoundFile::read_directory() {
    constexpr size_t entry_size = 128;
    std::string directory = chain(number(48, 4));
    if (directory.size() / entry_size > max_entries) refuse(unsafe());
    for (size_t at = 0; at + entry_size <= directory.size(); at += entry_size) {
        std::string_view raw = std::string_view(directory).substr(at, entry_size);
        Entry entry;
        size_t length = std::min<size_t>(number_in(raw, 64, 2), 64);
        for (size_t i = 0; i + 2 < length; i += 2)
            entry.name += raw[i + 1] == 0 ? raw[i] : '?';
        uint32_t type = number_in(raw, 66, 1);
        entry.stream = type == 2;
        entry.first = number_in(raw, 116, 4);
        entry.size = number_in(raw, 120, 4);
        // The root holds the small sectors.
        if (type == 5 && small_.empty() && entry.size > 0) small_ = chain(entry.first);
        if (type == 1 || type == 2) entries_.push_back(std::move(entry));
    }
    if (number(60, 4) <= last_regular) small_next_ = numbers(chain(number(60, 4)));
}

bool CompoundFile::has(std::string_view name) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const Entry& entry) { return entry.name == name; });
}

std::string CompoundFile::read(std::string_view name) const {
    auto entry = std::find_if(entries_.begin(), entries_.end(),
                              [&](const Entry& one) { return one.stream && one.name == name; });
    if (entry == entries_.end()) broken();
    uint32_t small_below = number(56, 4);
    std::string out;
    if (entry->size >= small_below) {
        out = chain(entry->first);
    } else {
        for (uint32_t at = entry->first; at <= last_regular && out.size() < entry->size;) {
            if (at >= small_next_.size() || (at + size_t{1}) * small_size > small_.size()) broken();
            out.append(small_, at * small_size, small_size);
            at = small_next_[at];
        }
    }
    if (out.size() < entry->size) broken();
    out.resize(entry->size);
    return out;
}

}  // namespace sonae::exchange
