// Zip by zlib: sizes and checksums stand behind the data of each part, so nothing is gone back to.
#include "exchange/zip_write.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>

#include <zlib.h>

namespace sonae::exchange {

namespace {

constexpr size_t pending_size = 256 * 1024;
constexpr uint64_t largest = std::numeric_limits<uint32_t>::max();
constexpr uint16_t flags = 1 << 11 | 1 << 3;  // UTF-8 name; sizes and CRC stand behind the data

// Numbers of the format: lowest byte first.
template <int Bytes>
void number(std::string& out, uint64_t value) {
    for (int i = 0; i < Bytes; i++)
        out += static_cast<char>(value >> (8 * i));
}

// The time as Japan's clocks show it, in the two words of the format.
uint32_t dos_time(Instant time) {
    const std::string local = japan_text(time);
    auto digits = [&](size_t at, size_t count) {
        uint32_t number = 0;
        std::from_chars(local.data() + at, local.data() + at + count, number);
        return number;
    };
    const uint32_t year = std::clamp<uint32_t>(digits(0, 4), 1980, 2107) - 1980;
    return (year << 9 | digits(5, 2) << 5 | digits(8, 2)) << 16 | digits(11, 2) << 11 | digits(14, 2) << 5;
}

tl::unexpected<Error> too_large() {
    return fail(Code::bad_value,
                "ファイルが4GiBを超えます。条件で絞り込み、いくつかのファイルに分けてください。",
                "The file would be larger than 4 GiB. Divide it with conditions into several files.");
}

}  // namespace

struct ZipOut::Deflater {
    z_stream stream{};
    bool ready;
    Deflater() : ready(deflateInit2(&stream, 3, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK) {}
    ~Deflater() { deflateEnd(&stream); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
};

ZipOut::ZipOut(ByteSink to, Instant time)
    : to_(std::move(to)), time_(dos_time(time)), deflater_(std::make_unique<Deflater>()) {}
ZipOut::~ZipOut() = default;
ZipOut::ZipOut(ZipOut&&) noexcept = default;

Status ZipOut::put(std::string_view bytes) {
    written_ += bytes.size();
    if (written_ > largest) return too_large();
    return to_(bytes);
}

Status ZipOut::begin(std::string_view name) {
    if (auto done = end_part(); !done) return done;
    if (!deflater_->ready || deflateReset(&deflater_->stream) != Z_OK) {
        return fail(Code::io, "圧縮の準備ができませんでした。空いているメモリを確かめてください。",
                    "Could not begin to compress. Check the free memory.");
    }
    Part part;
    part.name = name;
    part.at = written_;
    parts_.push_back(part);
    open_ = true;
    std::string out;
    number<4>(out, 0x04034b50);
    number<2>(out, 20);
    number<2>(out, flags);
    number<2>(out, 8);
    number<4>(out, time_);
    number<4>(out, 0);
    number<4>(out, 0);
    number<4>(out, 0);
    number<2>(out, part.name.size());
    number<2>(out, 0);
    return put(out + part.name);
}

Status ZipOut::write(std::string_view bytes) {
    pending_ += bytes;
    return pending_.size() < pending_size ? Status() : deflate_pending(false);
}

Status ZipOut::deflate_pending(bool last) {
    Part& part = parts_.back();
    auto* bytes = reinterpret_cast<Bytef*>(pending_.data());
    part.crc = static_cast<uint32_t>(crc32_z(part.crc, bytes, pending_.size()));
    part.size += pending_.size();
    if (part.size > largest) return too_large();
    z_stream& stream = deflater_->stream;
    stream.next_in = bytes;
    stream.avail_in = static_cast<uInt>(pending_.size());
    std::array<char, 64 * 1024> out;
    do {
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
        const size_t made = out.size() - stream.avail_out;
        part.packed += made;
        if (auto done = put({out.data(), made}); !done) return done;
    } while (stream.avail_out == 0);
    pending_.clear();
    return {};
}

Status ZipOut::end_part() {
    if (!open_) return {};
    if (auto done = deflate_pending(true); !done) return done;
    open_ = false;
    const Part& part = parts_.back();
    std::string out;
    number<4>(out, 0x08074b50);
    number<4>(out, part.crc);
    number<4>(out, part.packed);
    number<4>(out, part.size);
    return put(out);
}

Status ZipOut::finish() {
    if (auto done = end_part(); !done) return done;
    const uint64_t from = written_;
    std::string out;
    for (const Part& part : parts_) {
        number<4>(out, 0x02014b50);
        number<2>(out, 20);
        number<2>(out, 20);
        number<2>(out, flags);
        number<2>(out, 8);
        number<4>(out, time_);
        number<4>(out, part.crc);
        number<4>(out, part.packed);
        number<4>(out, part.size);
        number<2>(out, part.name.size());
        number<2>(out, 0);
        number<2>(out, 0);
        number<2>(out, 0);
        number<2>(out, 0);
        number<4>(out, 0);
        number<4>(out, part.at);
        out += part.name;
    }
    const size_t size = out.size();
    number<4>(out, 0x06054b50);
    number<2>(out, 0);
    number<2>(out, 0);
    number<2>(out, parts_.size());
    number<2>(out, parts_.size());
    number<4>(out, size);
    number<4>(out, from);
    number<2>(out, 0);
    return put(out);
}

}  // namespace sonae::exchange
