// Writing by zlib, reading by libzip.
#include "backup/zip.hpp"

#include "backup/manifest.hpp"
#include "base/os/stream.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include <fmt/format.h>
#include <zip.h>
#include <zlib.h>

namespace sonae::backup {

namespace {

constexpr size_t buffer_size = 256 * 1024;
constexpr size_t most_entries = 1'000'000;
constexpr uint32_t small_end = 0xFFFFFFFF;  // "look in the 64-bit form"

// Numbers of the format: lowest byte first.
template <int Bytes>
void number(std::string& out, uint64_t value) {
    for (int i = 0; i < Bytes; i++)
        out += static_cast<char>(value >> (8 * i));
}

uint32_t low32(uint64_t value, bool large) {
    return large ? small_end : static_cast<uint32_t>(value);
}

std::string comment_start() {
    return fmt::format("{} sha256:", format_name);
}
size_t comment_size() {
    return comment_start().size() + 64;
}

// The bits of an entry: UTF-8 name; sizes and CRC stand behind the data.
constexpr uint16_t name_is_utf8 = 1 << 11;
constexpr uint16_t sizes_behind = 1 << 3;

struct Deflater {
    z_stream stream{};
    bool ready;
    Deflater() : ready(deflateInit2(&stream, 4, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK) {}
    ~Deflater() { deflateEnd(&stream); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
};

tl::unexpected<Error> damaged() {
    return fail(Code::bad_file,
                "バックアップが壊れています。元の場所から写し直すか、別のバックアップを使ってください。",
                "The backup is damaged. Copy it again from where it was made, or use another backup.");
}

tl::unexpected<Error> not_ours() {
    return fail(
        Code::bad_file,
        "Sonaeのバックアップではないか、最後まで写されていません。元の場所から写し直すか、別のバックアップを"
        "使ってください。",
        "This is not a backup of Sonae, or it was not copied to its end. Copy it again from where it was "
        "made, or use another backup.");
}

}  // namespace

ZipWriter::ZipWriter(Sink to, Instant time, uint64_t large_from)
    : to_(std::move(to)), large_from_(std::min<uint64_t>(large_from, small_end)) {
    // The time as the institution's clock shows it, in the two words of the format.
    const std::string local = japan_text(time);
    auto digits = [&](size_t at, size_t count) {
        return static_cast<uint32_t>(std::stoi(local.substr(at, count)));
    };
    const uint32_t year = std::clamp<uint32_t>(digits(0, 4), 1980, 2107) - 1980;
    dos_time_ =
        (year << 9 | digits(5, 2) << 5 | digits(8, 2)) << 16 | digits(11, 2) << 11 | digits(14, 2) << 5;
}

Status ZipWriter::put(std::string_view bytes) {
    digest_.add(bytes);
    written_ += bytes.size();
    return to_(bytes);
}

Status ZipWriter::begin(Entry& entry) {
    entry.at = written_;
    std::string out;
    number<4>(out, 0x04034b50);
    number<2>(out, entry.large ? 45 : 20);
    number<2>(out, name_is_utf8 | (entry.method ? sizes_behind : 0));
    number<2>(out, entry.method);
    number<4>(out, dos_time_);
    number<4>(out, entry.crc);
    number<4>(out, low32(entry.packed, entry.large));
    number<4>(out, low32(entry.size, entry.large));
    number<2>(out, entry.name.size());
    number<2>(out, entry.large ? 20 : 0);
    out += entry.name;
    if (entry.large) {
        number<2>(out, 1);
        number<2>(out, 16);
        number<8>(out, entry.size);
        number<8>(out, entry.packed);
    }
    return put(out);
}

// What stands behind deflated data: its CRC and sizes.
Status ZipWriter::end(const Entry& entry) {
    std::string out;
    number<4>(out, 0x08074b50);
    number<4>(out, entry.crc);
    if (entry.large) {
        number<8>(out, entry.packed);
        number<8>(out, entry.size);
    } else {
        number<4>(out, entry.packed);
        number<4>(out, entry.size);
    }
    return put(out);
}

Result<Written> ZipWriter::add(std::string_view name, std::string_view bytes) {
    Entry entry;
    entry.name = name;
    entry.crc = static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    entry.packed = entry.size = bytes.size();
    entry.large = entry.size >= large_from_;
    if (auto done = begin(entry); !done) return pass(std::move(done));
    if (auto done = put(bytes); !done) return pass(std::move(done));
    entries_.push_back(entry);
    return Written{entry.name, entry.size, hex(sha256(bytes))};
}

Result<Written> ZipWriter::add_file(std::string_view name, const std::filesystem::path& file) {
    auto input = os::Input::open(file);
    if (!input) return pass(std::move(input));
    Entry entry;
    entry.name = name;
    entry.method = Z_DEFLATED;
    // Deflating what cannot be made smaller adds a little: room is left for it.
    entry.large = input->size() + input->size() / 1000 + 1024 >= large_from_;
    if (auto done = begin(entry); !done) return pass(std::move(done));
    Deflater deflater;
    if (!deflater.ready) return damaged();
    Sha256 digest;
    std::string plain(buffer_size, '\0');
    std::string packed(buffer_size, '\0');
    uLong crc = 0;
    for (bool last = false; !last;) {
        auto got = input->read(entry.size, plain);
        if (!got) return pass(std::move(got));
        last = *got < plain.size();
        std::string_view piece = std::string_view(plain).substr(0, *got);
        entry.size += piece.size();
        digest.add(piece);
        crc = crc32_z(crc, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
        deflater.stream.next_in = reinterpret_cast<Bytef*>(plain.data());
        deflater.stream.avail_in = static_cast<uInt>(piece.size());
        do {
            deflater.stream.next_out = reinterpret_cast<Bytef*>(packed.data());
            deflater.stream.avail_out = static_cast<uInt>(packed.size());
            deflate(&deflater.stream, last ? Z_FINISH : Z_NO_FLUSH);
            const size_t made = packed.size() - deflater.stream.avail_out;
            if (auto done = put(std::string_view(packed).substr(0, made)); !done)
                return pass(std::move(done));
            entry.packed += made;
        } while (deflater.stream.avail_out == 0);
    }
    if (!entry.large && std::max(entry.size, entry.packed) >= small_end) {
        return fail(Code::io,
                    fmt::format("{} は写している間に大きくなりました。もう一度お試しください。", name),
                    fmt::format("{} grew while it was copied. Try again.", name));
    }
    entry.crc = static_cast<uint32_t>(crc);
    if (auto done = end(entry); !done) return pass(std::move(done));
    entries_.push_back(entry);
    return Written{entry.name, entry.size, hex(digest.finish())};
}

std::string ZipWriter::directory_line(const Entry& entry) const {
    const bool far = entry.at >= large_from_;
    std::string extra;
    if (entry.large) {
        number<8>(extra, entry.size);
        number<8>(extra, entry.packed);
    }
    if (far) number<8>(extra, entry.at);
    std::string out;
    number<4>(out, 0x02014b50);
    number<2>(out, 3 << 8 | 45);  // made on Unix
    number<2>(out, entry.large || far ? 45 : 20);
    number<2>(out, name_is_utf8 | (entry.method ? sizes_behind : 0));
    number<2>(out, entry.method);
    number<4>(out, dos_time_);
    number<4>(out, entry.crc);
    number<4>(out, low32(entry.packed, entry.large));
    number<4>(out, low32(entry.size, entry.large));
    number<2>(out, entry.name.size());
    number<2>(out, extra.empty() ? 0 : extra.size() + 4);
    number<2>(out, 0);
    number<2>(out, 0);
    number<2>(out, 0);
    number<4>(out, uint64_t{0100600} << 16);  // a regular file for its owner only
    number<4>(out, low32(entry.at, far));
    out += entry.name;
    if (!extra.empty()) {
        number<2>(out, 1);
        number<2>(out, extra.size());
        out += extra;
    }
    return out;
}

Status ZipWriter::finish() {
    const uint64_t from = written_;
    for (const Entry& entry : entries_) {
        if (auto done = put(directory_line(entry)); !done) return done;
    }
    const uint64_t end = written_;
    const bool large = end >= large_from_ || entries_.size() >= std::min<uint64_t>(0xFFFF, large_from_);
    std::string out;
    if (large) {
        number<4>(out, 0x06064b50);
        number<8>(out, 44);
        number<2>(out, 3 << 8 | 45);
        number<2>(out, 45);
        number<4>(out, 0);
        number<4>(out, 0);
        number<8>(out, entries_.size());
        number<8>(out, entries_.size());
        number<8>(out, end - from);
        number<8>(out, from);
        number<4>(out, 0x07064b50);
        number<4>(out, 0);
        number<8>(out, end);
        number<4>(out, 1);
    }
    number<4>(out, 0x06054b50);
    number<4>(out, 0);
    number<2>(out, large ? 0xFFFF : entries_.size());
    number<2>(out, large ? 0xFFFF : entries_.size());
    number<4>(out, low32(end - from, large));
    number<4>(out, low32(from, large));
    number<2>(out, comment_size());
    out += comment_start();
    if (auto done = put(out); !done) return done;
    return to_(hex(digest_.finish()));
}

// ---- reading -------------------------------------------------------------------------------------------

struct ZipReader::State {
    Source bytes;
    uint64_t at = 0;
    Error trouble{Code::io, {}};  // of the source, while libzip reads
    bool troubled = false;
    zip_error_t error{};
    zip_t* zip = nullptr;
    std::map<std::string, zip_uint64_t, std::less<>> entries;

    State() { zip_error_init(&error); }
    ~State() {
        if (zip != nullptr) zip_discard(zip);
        zip_error_fini(&error);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // libzip asks for bytes through this.
    static zip_int64_t ask(void* given, void* data, zip_uint64_t size, zip_source_cmd_t command) {
        auto& state = *static_cast<State*>(given);
        switch (command) {
            case ZIP_SOURCE_OPEN:
                state.at = 0;
                return 0;
            case ZIP_SOURCE_READ: {
                auto got = state.bytes.read(state.at, {static_cast<char*>(data), size});
                if (!got) {
                    if (!state.troubled) state.trouble = got.error();
                    state.troubled = true;
                    zip_error_set(&state.error, ZIP_ER_READ, 0);
                    return -1;
                }
                state.at += *got;
                return static_cast<zip_int64_t>(*got);
            }
            case ZIP_SOURCE_SEEK: {
                zip_int64_t place =
                    zip_source_seek_compute_offset(state.at, state.bytes.size, data, size, &state.error);
                if (place < 0) return -1;
                state.at = static_cast<uint64_t>(place);
                return 0;
            }
            case ZIP_SOURCE_TELL:
                return static_cast<zip_int64_t>(state.at);
            case ZIP_SOURCE_STAT: {
                auto* about = static_cast<zip_stat_t*>(data);
                zip_stat_init(about);
                about->valid = ZIP_STAT_SIZE;
                about->size = state.bytes.size;
                return sizeof *about;
            }
            case ZIP_SOURCE_ERROR:
                return zip_error_to_data(&state.error, data, size);
            case ZIP_SOURCE_SUPPORTS:
                return zip_source_make_command_bitmap(
                    ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
                    ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
            default:
                return 0;
        }
    }

    tl::unexpected<Error> why() const { return troubled ? tl::unexpected<Error>(trouble) : damaged(); }
};

namespace {

// The digest in the comment against the bytes before it.
Status check_digest(const Source& bytes) {
    const size_t size = comment_size();
    if (bytes.size < size) return not_ours();
    std::string comment(size, '\0');
    auto got = bytes.read(bytes.size - size, comment);
    if (!got) return pass(std::move(got));
    const std::string start = comment_start();
    constexpr std::string_view family = "sonae-backup/";
    if (!comment.starts_with(start)) return comment.starts_with(family) ? newer_format() : not_ours();
    auto recorded = digest_from_hex(std::string_view(comment).substr(start.size()));
    if (!recorded) return damaged();
    Sha256 digest;
    std::string piece(buffer_size, '\0');
    const uint64_t end = bytes.size - 64;
    for (uint64_t at = 0; at < end;) {
        const size_t count = std::min<uint64_t>(piece.size(), end - at);
        auto read = bytes.read(at, std::span<char>(piece).first(count));
        if (!read) return pass(std::move(read));
        if (*read != count) return damaged();
        digest.add(std::string_view(piece).substr(0, count));
        at += count;
    }
    if (digest.finish() != *recorded) return damaged();
    return {};
}

}  // namespace

Result<ZipReader> ZipReader::open(Source bytes) {
    if (auto whole = check_digest(bytes); !whole) return pass(std::move(whole));
    auto state = std::make_shared<State>();
    state->bytes = std::move(bytes);
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_function_create(&State::ask, state.get(), &error);
    if (source != nullptr) {
        state->zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
        if (state->zip == nullptr) zip_source_free(source);
    }
    zip_error_fini(&error);
    if (state->zip == nullptr) return state->why();
    const zip_int64_t count = zip_get_num_entries(state->zip, 0);
    if (count < 0 || static_cast<uint64_t>(count) > most_entries) return damaged();
    uint64_t packed = 0;
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); i++) {
        const char* stored = zip_get_name(state->zip, i, ZIP_FL_ENC_RAW);
        std::string name = stored == nullptr ? "" : stored;
        zip_uint8_t system = 0;
        zip_uint32_t attributes = 0;
        zip_file_get_external_attributes(state->zip, i, 0, &system, &attributes);
        const bool regular = system == ZIP_OPSYS_UNIX && (attributes >> 16 & 0170000) == 0100000;
        zip_stat_t about;
        if (zip_stat_index(state->zip, i, 0, &about) != 0 || (about.valid & ZIP_STAT_COMP_SIZE) == 0)
            return state->why();
        packed += about.comp_size;
        // Entries that share their data would unpack to far more than deflate can hold.
        if (about.comp_size > state->bytes.size || packed > state->bytes.size) return damaged();
        if (!safe_path(name) || !is_utf8(name) || !regular || !state->entries.emplace(name, i).second) {
            return fail(
                Code::not_verified,
                "バックアップの中に、受け付けられない名前のファイルがあります。使わずに、別のバックアップを"
                "使ってください。",
                "The backup holds a file with a name that is not accepted. Do not use it; use another "
                "backup.");
        }
    }
    return ZipReader(std::move(state));
}

std::vector<std::string> ZipReader::names() const {
    std::vector<std::string> out;
    for (const auto& [name, index] : state_->entries)
        out.push_back(name);
    return out;
}

Status ZipReader::read(std::string_view name, uint64_t most, const Sink& to) const {
    auto found = state_->entries.find(name);
    if (found == state_->entries.end()) return damaged();
    std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(zip_fopen_index(state_->zip, found->second, 0),
                                                            zip_fclose);
    if (!file) return state_->why();
    std::string piece(buffer_size, '\0');
    uint64_t total = 0;
    for (;;) {
        const zip_int64_t got = zip_fread(file.get(), piece.data(), piece.size());
        if (got < 0) return state_->why();
        if (got == 0) return {};
        total += static_cast<uint64_t>(got);
        if (total > most) return damaged();
        if (auto done = to(std::string_view(piece).substr(0, static_cast<size_t>(got))); !done) return done;
    }
}

Result<std::string> ZipReader::read(std::string_view name, uint64_t most) const {
    std::string out;
    auto done = read(name, most, [&](std::string_view piece) -> Status {
        out += piece;
        return {};
    });
    if (!done) return pass(std::move(done));
    return out;
}

}  // namespace sonae::backup
