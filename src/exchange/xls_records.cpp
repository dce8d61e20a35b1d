// [MS-XLS] 2.1.4 and 2.5.293, as far as cells need them.
#include "exchange/xls_records.hpp"

#include "exchange/refusal.hpp"

#include <bit>

namespace sonae::exchange {

namespace {

constexpr uint32_t record_continue = 0x003C;

[[noreturn]] void broken() {
    refuse(damaged("Workbook"));
}

// UTF-16 as UTF-8; half a pair is no text. Control characters that no cell shows are left out.
std::string utf8(const std::vector<uint16_t>& units, size_t from, size_t to) {
    std::string out;
    auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
    for (size_t i = from; i < to; i++) {
        uint32_t code = units[i];
        if (code >= 0xD800 && code < 0xE000) {
            if (code >= 0xDC00 || i + 1 >= to || units[i + 1] < 0xDC00 || units[i + 1] >= 0xE000) broken();
            code = 0x10000 + ((code - 0xD800) << 10) + (units[++i] - 0xDC00U);
        }
        if (code < 0x20 && code != '\t' && code != '\n' && code != '\r') continue;
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xC0 | code >> 6);
            put(0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            put(0xE0 | code >> 12);
            put(0x80 | (code >> 6 & 0x3F));
            put(0x80 | (code & 0x3F));
        } else {
            put(0xF0 | code >> 18);
            put(0x80 | (code >> 12 & 0x3F));
            put(0x80 | (code >> 6 & 0x3F));
            put(0x80 | (code & 0x3F));
        }
    }
    return out;
}

}  // namespace

void XlsRecords::go_to(size_t at) {
    if (at > stream_.size()) broken();
    next_ = at;
}

bool XlsRecords::next() {
    do {
        if (next_ + 4 > stream_.size()) return false;
        at_ = next_;
        end_ = next_ + 4;
        type_ = number(2);
        size_t length = number(2);
        end_ = at_ + length;
        if (end_ > stream_.size()) broken();
        next_ = end_;
    } while (type_ == record_continue);
    return true;
}

// Goes to the continuation of the record; false when there is none.
bool XlsRecords::go_on() {
    if (next_ + 4 > stream_.size()) return false;
    auto value = [&](size_t at) {
        return static_cast<uint32_t>(static_cast<unsigned char>(stream_[at]) |
                                     static_cast<unsigned char>(stream_[at + 1]) << 8);
    };
    if (value(next_) != record_continue) return false;
    at_ = next_ + 4;
    end_ = at_ + value(next_ + 2);
    if (end_ > stream_.size()) broken();
    next_ = end_;
    return true;
}

uint32_t XlsRecords::byte() {
    while (at_ == end_) {
        if (!go_on()) broken();
    }
    return static_cast<unsigned char>(stream_[at_++]);
}

uint32_t XlsRecords::number(size_t bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= byte() << 8 * i;
    return value;
}

double XlsRecords::real() {
    uint64_t low = number(4);
    return std::bit_cast<double>(low | static_cast<uint64_t>(number(4)) << 32);
}

void XlsRecords::pass(size_t bytes) {
    for (; bytes > 0; bytes--)
        byte();
}

std::string XlsRecords::Text::joined() const {
    std::string out;
    for (const auto& [piece, font] : runs)
        out += piece;
    return out;
}

XlsRecords::Text XlsRecords::text(size_t length_bytes) {
    size_t length = number(length_bytes);
    uint32_t flags = byte();
    bool wide = (flags & 0x01) != 0;
    size_t runs = (flags & 0x08) != 0 ? number(2) : 0;
    size_t reading = (flags & 0x04) != 0 ? number(4) : 0;
    std::vector<uint16_t> units;
    while (units.size() < length) {
        if (at_ == end_) {
            if (!go_on()) broken();
            wide = (byte() & 0x01) != 0;
        }
        units.push_back(static_cast<uint16_t>(number(wide ? 2 : 1)));
    }
    Text out;
    size_t from = 0;
    int64_t font = -1;
    for (; runs > 0; runs--) {
        size_t at = number(2);
        uint32_t next_font = number(2);
        if (at < from || at > length) at = from;
        if (at > from) out.runs.emplace_back(utf8(units, from, at), font);
        from = at;
        font = next_font;
    }
    if (length > from) out.runs.emplace_back(utf8(units, from, length), font);
    pass(reading);
    return out;
}

}  // namespace sonae::exchange
