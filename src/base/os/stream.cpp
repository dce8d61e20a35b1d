// POSIX files piece by piece.
#include "base/os/stream.hpp"

#include "base/hash.hpp"
#include "base/os/disk.hpp"
#include "base/os/file.hpp"
#include "base/os/io_error.hpp"
#include "base/os/random.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sonae::os {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> taken(const fs::path& path) {
    return fail(
        Code::exists,
        fmt::format("{} はすでにあります。上書きはしません。別の名前を指定してください。", path.string()),
        fmt::format("{} is already there and is not overwritten. Choose another name.", path.string()));
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Makes the names in a folder durable. Some file systems of USB disks cannot; the file itself was synced.
Status settle(const fs::path& folder) {
    auto done = sync_folder(folder);
    if (!done && errno == EINVAL) return {};
    return done;
}

}  // namespace

Input::Input(int descriptor, uint64_t size, fs::path path)
    : descriptor_(descriptor), size_(size), path_(std::move(path)) {}

Input::Input(Input&& other) noexcept
    : descriptor_(other.descriptor_), size_(other.size_), path_(std::move(other.path_)) {
    other.descriptor_ = -1;
}

Input::~Input() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Input> Input::open(const fs::path& path) {
    int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return io_error(path, "読め", "read");
    Input out(descriptor, 0, path);
    struct stat about {};
    if (::fstat(descriptor, &about) != 0) return io_error(path, "読め", "read");
    if (!S_ISREG(about.st_mode)) {
        return fail(Code::io, fmt::format("{} はファイルではありません。", path.string()),
                    fmt::format("{} is not a file.", path.string()));
    }
    out.size_ = static_cast<uint64_t>(about.st_size);
    return out;
}

Result<size_t> Input::read(uint64_t from, std::span<char> to) const {
    size_t done = 0;
    while (done < to.size()) {
        ssize_t got =
            ::pread(descriptor_, to.data() + done, to.size() - done, static_cast<off_t>(from + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_error(path_, "読め", "read");
        if (got == 0) break;
        done += static_cast<size_t>(got);
    }
    return done;
}

Output::Output(int descriptor, fs::path aside, fs::path place)
    : descriptor_(descriptor), aside_(std::move(aside)), place_(std::move(place)) {}

Output::Output(Output&& other) noexcept
    : descriptor_(other.descriptor_), aside_(std::move(other.aside_)), place_(std::move(other.place_)) {
    other.descriptor_ = -1;
    other.aside_.clear();
}

Output::~Output() {
    if (descriptor_ >= 0) disk().close(descriptor_);
    if (!aside_.empty()) disk().unlink(aside_.c_str());
}

Result<Output> Output::begin(const fs::path& place, unsigned mode) {
    fs::path aside = folder_of(place) /
                     fmt::format("{}{}{}", place.filename().string(), temporary_mark, hex(random_bytes(8)));
    int descriptor = disk().open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return io_error(place, "書き込め", "write");
    Output out(descriptor, aside, place);
    // A disk without permission bits (FAT) refuses; the file is as its mount says.
    if (disk().chmod(descriptor, static_cast<mode_t>(mode)) != 0 && errno != EPERM)
        return io_error(place, "書き込め", "write");
    return out;
}

Status Output::write(std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t done = disk().write(descriptor_, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return io_error(place_, "書き込め", "write");
        bytes.remove_prefix(static_cast<size_t>(done));
    }
    return {};
}

Status Output::sync() {
    if (disk().sync(descriptor_) != 0) return io_error(place_, "書き込め", "write");
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_DONTNEED);
    return {};
}

Status Output::put_in_place() {
    bool moved = ::renameat2(AT_FDCWD, aside_.c_str(), AT_FDCWD, place_.c_str(), RENAME_NOREPLACE) == 0;
    if (!moved && errno == EEXIST) return taken(place_);
    if (!moved && (errno == EINVAL || errno == ENOSYS)) {
        // A file system that cannot rename without replacing: the name is taken first by an empty file of
        // ours.
        int mine = ::open(place_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (mine < 0 && errno == EEXIST) return taken(place_);
        if (mine < 0) return io_error(place_, "書き込め", "write");
        ::close(mine);
        moved = disk().rename(aside_.c_str(), place_.c_str()) == 0;
    }
    if (!moved) return io_error(place_, "書き込め", "write");
    aside_.clear();
    return settle(folder_of(place_));
}

Status move_folder(const fs::path& from, const fs::path& to) {
    if (disk().rename(from.c_str(), to.c_str()) != 0) {
        if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) return taken(to);
        return io_error(to, "書き込め", "write");
    }
    return settle(folder_of(to));
}

Result<TemporaryFolder> TemporaryFolder::make(const fs::path& parent, std::string_view prefix) {
    std::string pattern = (parent / (std::string(prefix) + "XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr) return io_error(parent, "書き込め", "write");
    return TemporaryFolder(pattern);
}

TemporaryFolder::~TemporaryFolder() {
    if (path_.empty()) return;
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

bool same_disk(const fs::path& a, const fs::path& b) {
    struct stat one {};
    struct stat other {};
    return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev;
}

fs::path temporary_place() {
    std::error_code error;
    fs::path place = fs::temp_directory_path(error);
    return error ? fs::path(P_tmpdir) : place;
}

}  // namespace sonae::os
