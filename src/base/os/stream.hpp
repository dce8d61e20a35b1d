// Large files piece by piece: read at any place, written from beginning to end and put in place whole. One
// owner at a time; paths are UTF-8. Reading and the rename that replaces nothing are calls of their own, not
// of disk.hpp.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace sonae::os {

// A regular file opened for reading.
class Input {
 public:
    // Fails with not_found or io (also for a folder).
    static Result<Input> open(const std::filesystem::path& path);

    Input(Input&& other) noexcept;
    Input& operator=(Input&&) = delete;
    Input(const Input&) = delete;
    ~Input();

    // Bytes the file had when it was opened.
    uint64_t size() const { return size_; }
    // Reads at `from` until `to` is full or the file ends; returns how many bytes came. Fails with io.
    Result<size_t> read(uint64_t from, std::span<char> to) const;

 private:
    Input(int descriptor, uint64_t size, std::filesystem::path path);
    int descriptor_;
    uint64_t size_;
    std::filesystem::path path_;
};

// A new file that appears at its place whole or not at all: written under another name beside it, and removed
// unless `put_in_place` was called.
class Output {
 public:
    // Begins the file; `mode` are POSIX permission bits. Fails with not_found (no such folder) or io.
    static Result<Output> begin(const std::filesystem::path& place, unsigned mode);

    Output(Output&& other) noexcept;
    Output& operator=(Output&&) = delete;
    Output(const Output&) = delete;
    ~Output();

    // Where the bytes are until then.
    const std::filesystem::path& aside() const { return aside_; }
    // Fails with io, or disk_full where the disk has no room.
    Status write(std::string_view bytes);
    // Makes everything written durable and drops it from the cache, so that reading it back asks the disk.
    // Fails with io.
    Status sync();
    // Gives the file its name, durably. Never replaces a file: fails with exists, else io.
    Status put_in_place();

 private:
    Output(int descriptor, std::filesystem::path aside, std::filesystem::path place);
    int descriptor_;
    std::filesystem::path aside_;
    std::filesystem::path place_;
};

// Gives a folder another name, durably. `to` may be an empty folder, else it must not exist. Fails with
// exists or io.
Status move_folder(const std::filesystem::path& from, const std::filesystem::path& to);

// A new folder with a name of its own below `parent` that begins with `prefix`, mode 0700; removed with
// everything in it at the end, unless it was moved away.
class TemporaryFolder {
 public:
    // Fails with not_found or io.
    static Result<TemporaryFolder> make(const std::filesystem::path& parent, std::string_view prefix);

    TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    TemporaryFolder(const TemporaryFolder&) = delete;
    ~TemporaryFolder();

    const std::filesystem::path& path() const { return path_; }

 private:
    explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}
    std::filesystem::path path_;
};

// Whether two existing paths lie on the same disk; false when either cannot be asked.
bool same_disk(const std::filesystem::path& a, const std::filesystem::path& b);

// The system's folder for temporary files.
std::filesystem::path temporary_place();

}  // namespace sonae::os
