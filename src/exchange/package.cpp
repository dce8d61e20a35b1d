// The parts of a zip. libzip reads the directory and hands out the compressed bytes; ISA-L expands them,
// which takes a third of the time that libzip's own zlib takes.
#include "exchange/package.hpp"

#include "exchange/refusal.hpp"
#include "exchange/table.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <isa-l.h>
#include <zip.h>

namespace sonae::exchange {

namespace {

constexpr int64_t max_parts = 2'000;
constexpr size_t max_expanded = 512ULL << 20;  // bytes of all parts that are read; they are never kept
constexpr size_t max_ratio = 100;              // expansion of a part …
constexpr size_t ratio_from = 1U << 20;        // … that is larger than this

struct CloseZip {
    void operator()(zip_t* zip) const { zip_discard(zip); }
};
struct CloseFile {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

struct Package::Zip {
    std::unique_ptr<zip_t, CloseZip> zip;
    size_t expanded = 0;

    zip_int64_t find(const std::string& name) const {
        zip_int64_t index = zip_name_locate(zip.get(), name.c_str(), ZIP_FL_ENC_UTF_8);
        return index >= 0 ? index
                          : zip_name_locate(zip.get(), name.c_str(), ZIP_FL_ENC_UTF_8 | ZIP_FL_NOCASE);
    }
};

struct Package::Part::State {
    Zip* zip = nullptr;
    std::string name;
    zip_stat_t stat{};
    std::unique_ptr<zip_file_t, CloseFile> file;
    std::array<char, 65'536> compressed{};
    inflate_state inflate{};
    bool input_ended = false;
    bool ended = false;
    uint32_t sum = 0;
    size_t size = 0;

    size_t read_compressed(char* to, size_t room) {
        zip_int64_t got = zip_fread(file.get(), to, room);
        if (got < 0) refuse(damaged(name));
        return static_cast<size_t>(got);
    }

    size_t read_stored(char* to, size_t room) {
        size_t got = read_compressed(to, room);
        sum = crc32_gzip_refl(sum, reinterpret_cast<const unsigned char*>(to), got);
        ended = got == 0;
        return got;
    }

    size_t read_deflated(char* to, size_t room) {
        inflate.next_out = reinterpret_cast<uint8_t*>(to);
        inflate.avail_out = static_cast<uint32_t>(room);
        while (inflate.avail_out == room && inflate.block_state != ISAL_BLOCK_FINISH) {
            if (inflate.avail_in == 0 && !input_ended) {
                inflate.next_in = reinterpret_cast<uint8_t*>(compressed.data());
                inflate.avail_in =
                    static_cast<uint32_t>(read_compressed(compressed.data(), compressed.size()));
                input_ended = inflate.avail_in == 0;
            }
            uint32_t before = inflate.avail_in;
            if (isal_inflate(&inflate) != ISAL_DECOMP_OK) refuse(damaged(name));
            bool moved = inflate.avail_in != before || inflate.avail_out != room ||
                         inflate.block_state == ISAL_BLOCK_FINISH;
            if (!moved && input_ended) refuse(damaged(name));
        }
        size_t got = room - inflate.avail_out;
        if (got == 0) {
            ended = true;
            sum = inflate.crc;
        }
        return got;
    }

    // At the end: what came must be what was put in.
    void check() const {
        if (sum != stat.crc || size != stat.size) refuse(damaged(name));
    }
};

Package::Part::Part(std::unique_ptr<State> state) : state_(std::move(state)) {}
Package::Part::Part(Part&&) noexcept = default;
Package::Part::~Part() = default;

const std::string& Package::Part::name() const {
    return state_->name;
}

size_t Package::Part::read(char* to, size_t room) {
    State& state = *state_;
    if (state.ended) return 0;
    bool deflated = state.stat.comp_method == ZIP_CM_DEFLATE;
    size_t got = deflated ? state.read_deflated(to, room) : state.read_stored(to, room);
    state.size += got;
    state.zip->expanded += got;
    if (state.zip->expanded > max_expanded) refuse(too_large());
    if (state.size > ratio_from && state.size / max_ratio > state.stat.comp_size) refuse(unsafe());
    if (state.ended) state.check();
    return got;
}

Package::Package(std::string_view bytes) : zip_(std::make_unique<Zip>()) {
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr);
    if (source == nullptr) refuse(damaged("zip"));
    zip_->zip.reset(zip_open_from_source(source, ZIP_RDONLY, nullptr));
    if (!zip_->zip) {
        zip_source_free(source);
        refuse(damaged("zip"));
    }
    if (zip_get_num_entries(zip_->zip.get(), 0) > max_parts) refuse(unsafe());
}

Package::~Package() = default;

bool Package::has(const std::string& name) const {
    return zip_->find(name) >= 0;
}

Package::Part Package::open(const std::string& name) {
    zip_int64_t found = zip_->find(name);
    if (found < 0) refuse(damaged(name));
    auto index = static_cast<zip_uint64_t>(found);
    auto state = std::make_unique<Part::State>();
    state->zip = zip_.get();
    state->name = name;
    zip_stat_init(&state->stat);
    constexpr zip_uint64_t needed =
        ZIP_STAT_COMP_METHOD | ZIP_STAT_COMP_SIZE | ZIP_STAT_SIZE | ZIP_STAT_CRC | ZIP_STAT_ENCRYPTION_METHOD;
    if (zip_stat_index(zip_->zip.get(), index, 0, &state->stat) != 0 ||
        (state->stat.valid & needed) != needed) {
        refuse(damaged(name));
    }
    if (state->stat.encryption_method != ZIP_EM_NONE) refuse(protected_by_password());
    if (state->stat.comp_method != ZIP_CM_DEFLATE && state->stat.comp_method != ZIP_CM_STORE)
        refuse(unsafe());
    state->file.reset(zip_fopen_index(zip_->zip.get(), index, ZIP_FL_COMPRESSED));
    if (!state->file) refuse(damaged(name));
    isal_inflate_init(&state->inflate);
    state->inflate.crc_flag = ISAL_GZIP_NO_HDR;
    return Part(std::move(state));
}

std::string Package::read(const std::string& name, size_t longest) {
    Part part = open(name);
    std::string out;
    std::array<char, 4'096> buffer{};
    while (size_t got = part.read(buffer.data(), buffer.size())) {
        if (out.size() + got > longest) refuse(unsafe());
        out.append(buffer.data(), got);
    }
    return out;
}

}  // namespace sonae::exchange
