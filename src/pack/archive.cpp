// Folders by std::filesystem, zips by libzip.
#include "pack/archive.hpp"

#include "base/os/file.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <zip.h>

namespace sonae::pack {

namespace {

namespace fs = std::filesystem;

constexpr zip_uint64_t largest_file = 1ULL << 30;

Words wrong_name() {
    return {"フォルダーの外を指すおそれのある名前です。", "The name could lead outside the folder."};
}
Words wrong_kind() {
    return {"ふつうのファイルではありません（リンクなど）。",
            "It is not a regular file (a link or the like)."};
}
Words wrong_twice() {
    return {"同じ名前のファイルが二つあります。", "There are two files of this name."};
}

class FolderArchive final : public Archive {
 public:
    FolderArchive(fs::path folder, const std::vector<std::string>& names) : folder_(std::move(folder)) {
        for (const std::string& name : names) {
            std::error_code error;
            bool regular = fs::symlink_status(folder_ / name, error).type() == fs::file_type::regular;
            entries_.push_back({name, !safe_path(name) ? wrong_name() : !regular ? wrong_kind() : Words{}});
        }
    }

    Result<std::string> read(std::string_view name) override { return os::read_file(folder_ / name); }

 private:
    fs::path folder_;
};

class ZipArchive final : public Archive {
 public:
    ZipArchive(fs::path path, zip_t* zip) : path_(std::move(path)), zip_(zip) {
        const zip_int64_t count = zip_get_num_entries(zip_, 0);
        std::set<std::string> seen;
        for (zip_int64_t i = 0; i < count; ++i) {
            const auto index = static_cast<zip_uint64_t>(i);
            // As stored, without guessing of encodings.
            const char* raw = zip_get_name(zip_, index, ZIP_FL_ENC_RAW);
            std::string name = raw == nullptr ? "" : raw;
            if (name.ends_with('/') && safe_path(std::string_view(name).substr(0, name.size() - 1))) continue;
            zip_uint8_t system = 0;
            zip_uint32_t attributes = 0;
            zip_file_get_external_attributes(zip_, index, 0, &system, &attributes);
            const zip_uint32_t kind = (attributes >> 16) & 0170000;
            bool regular = system != ZIP_OPSYS_UNIX || kind == 0 || kind == 0100000;
            Words wrong;
            if (!safe_path(name) || !is_utf8(name))
                wrong = wrong_name();
            else if (!regular)
                wrong = wrong_kind();
            else if (!seen.insert(name).second)
                wrong = wrong_twice();
            entries_.push_back({name, wrong});
        }
        std::ranges::stable_sort(entries_, {}, &Entry::name);
    }
    ~ZipArchive() override { zip_discard(zip_); }
    ZipArchive(const ZipArchive&) = delete;
    ZipArchive& operator=(const ZipArchive&) = delete;

    Result<std::string> read(std::string_view name) override {
        const std::string key(name);
        const zip_int64_t index = zip_name_locate(zip_, key.c_str(), ZIP_FL_ENC_RAW);
        zip_stat_t about;
        if (index < 0 || zip_stat_index(zip_, static_cast<zip_uint64_t>(index), 0, &about) != 0 ||
            (about.valid & ZIP_STAT_SIZE) == 0 || about.size > largest_file)
            return damaged(key);
        zip_file_t* file = zip_fopen_index(zip_, static_cast<zip_uint64_t>(index), 0);
        if (file == nullptr) return damaged(key);
        // Read in pieces: the size in the zip may be a lie.
        std::string bytes;
        std::string piece(1 << 16, '\0');
        zip_int64_t got = 0;
        while ((got = zip_fread(file, piece.data(), piece.size())) > 0 && bytes.size() <= about.size)
            bytes.append(piece, 0, static_cast<size_t>(got));
        const bool whole = got == 0 && bytes.size() == about.size;
        const bool closed = zip_fclose(file) == 0;
        if (!whole || !closed) return damaged(key);
        return bytes;
    }

 private:
    static tl::unexpected<Error> damaged(const std::string& name) {
        return fail(Code::bad_file, fmt::format("{} は壊れていて読めません。", name),
                    fmt::format("{} is damaged and cannot be read.", name));
    }

    fs::path path_;
    zip_t* zip_;
};

tl::unexpected<Error> zip_error(const fs::path& path, zip_error_t* error) {
    return fail(Code::io,
                fmt::format("{} を書けませんでした（{}）。", path.string(), zip_error_strerror(error)),
                fmt::format("Could not write {} ({}).", path.string(), zip_error_strerror(error)));
}

}  // namespace

Result<std::unique_ptr<Archive>> Archive::open(const fs::path& path) {
    std::error_code ignored;
    fs::file_status status = fs::status(path, ignored);
    if (status.type() == fs::file_type::not_found) {
        return fail(Code::not_found,
                    fmt::format("{} がありません。場所と名前を確かめてください。", path.string()),
                    fmt::format("{} is not there. Check the place and the name.", path.string()));
    }
    if (fs::is_directory(status)) {
        Result<std::vector<std::string>> names = os::files_below(path);
        if (!names) return pass(std::move(names));
        return std::make_unique<FolderArchive>(path, *names);
    }
    int number = 0;
    zip_t* zip = zip_open(path.c_str(), ZIP_RDONLY, &number);
    if (zip == nullptr) {
        return fail(
            Code::bad_file,
            fmt::format("{} はzipとして読めません。立入検査ファイルのフォルダーかzipを指定してください。",
                        path.string()),
            fmt::format("{} cannot be read as a zip. Give the folder or the zip of a pack.", path.string()));
    }
    return std::make_unique<ZipArchive>(path, zip);
}

Status write_zip(const fs::path& folder, const fs::path& path, Instant time) {
    Result<std::vector<std::string>> names = os::files_below(folder);
    if (!names) return pass(std::move(names));
    int number = 0;
    zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_EXCL, &number);
    if (zip == nullptr) {
        zip_error_t error;
        zip_error_init_with_code(&error, number);
        auto failure = zip_error(path, &error);
        zip_error_fini(&error);
        return failure;
    }
    // The time as the institution's clock shows it, in the two words of the format.
    const std::string local = japan_text(time);
    auto digits = [&](size_t at, size_t count) { return std::stoi(local.substr(at, count)); };
    const int year = std::clamp(digits(0, 4), 1980, 2107) - 1980;
    const auto date = static_cast<zip_uint16_t>(year << 9 | digits(5, 2) << 5 | digits(8, 2));
    const auto clock = static_cast<zip_uint16_t>(digits(11, 2) << 11 | digits(14, 2) << 5);
    for (const std::string& name : *names) {
        zip_source_t* source = zip_source_file(zip, (folder / name).c_str(), 0, -1);
        zip_int64_t index =
            source == nullptr ? -1 : zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8);
        if (index < 0 || zip_file_set_dostime(zip, static_cast<zip_uint64_t>(index), clock, date, 0) != 0 ||
            zip_file_set_external_attributes(zip, static_cast<zip_uint64_t>(index), 0, ZIP_OPSYS_UNIX,
                                             0100644U << 16) != 0) {
            if (index < 0 && source != nullptr) zip_source_free(source);
            auto failure = zip_error(path, zip_get_error(zip));
            zip_discard(zip);
            return failure;
        }
    }
    if (zip_close(zip) != 0) {
        auto failure = zip_error(path, zip_get_error(zip));
        zip_discard(zip);
        return failure;
    }
    return {};
}

}  // namespace sonae::pack
