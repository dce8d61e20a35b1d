// POSIX files.
#include "base/os/file.hpp"

#include "base/hash.hpp"
#include "base/os/disk.hpp"
#include "base/os/io_error.hpp"
#include "base/os/random.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sonae::os {

namespace {

// A file descriptor that closes itself.
class Descriptor {
 public:
    Descriptor(const std::string& path, int flags, mode_t mode = 0)
        : number_(disk().open(path.c_str(), flags | O_CLOEXEC, mode)) {}
    ~Descriptor() {
        if (number_ < 0) return;
        int kept = errno;  // of the call that failed while this was open
        disk().close(number_);
        errno = kept;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    bool open() const { return number_ >= 0; }

 private:
    int number_;
};

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

bool is_folder(const fs::path& path, bool follow) {
    struct stat about {};
    return disk().stat(path.c_str(), &about, follow) == 0 && S_ISDIR(about.st_mode);
}

// Adds what lies below `folder` under the relative name `below` (empty or with '/' at its end).
Status list_below(const fs::path& folder, const std::string& below, std::vector<std::string>& out) {
    std::vector<std::string> names;
    if (disk().list(folder.c_str(), names) != 0) return io_error(folder, "読め", "read");
    for (const std::string& name : names) {
        if (!is_folder(folder / name, false)) {
            out.push_back(below + name);
        } else if (auto listed = list_below(folder / name, below + name + "/", out); !listed) {
            return listed;
        }
    }
    return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path) {
    Descriptor file(path, O_RDONLY);
    if (!file.open()) return io_error(path, "読め", "read");
    constexpr size_t limit = size_t{1} << 30;
    std::string out;
    char buffer[1 << 16];
    for (;;) {
        ssize_t got = disk().read(file.number(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return io_error(path, "読め", "read");
        if (got == 0) return out;
        out.append(buffer, static_cast<size_t>(got));
        if (out.size() > limit) {
            errno = EFBIG;
            return io_error(path, "読め", "read");
        }
    }
}

Status write_file(const fs::path& path, std::string_view bytes, unsigned mode) {
    std::string temporary = path.string() + std::string(temporary_mark) + hex(random_bytes(8));
    Descriptor file(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (!file.open()) return io_error(path, "書き込め", "write");
    auto give_up = [&]() -> Status {
        auto error = io_error(path, "書き込め", "write");
        disk().unlink(temporary.c_str());
        return error;
    };
    while (!bytes.empty()) {
        ssize_t done = disk().write(file.number(), bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return give_up();
        bytes.remove_prefix(static_cast<size_t>(done));
    }
    if (disk().chmod(file.number(), static_cast<mode_t>(mode)) != 0) return give_up();
    if (disk().sync(file.number()) != 0) return give_up();
    if (disk().rename(temporary.c_str(), path.c_str()) != 0) return give_up();
    return sync_folder(folder_of(path));
}

bool is_there(const fs::path& path) {
    struct stat about {};
    return disk().stat(path.c_str(), &about, true) == 0;
}

Result<uint64_t> size_of(const fs::path& path) {
    struct stat about {};
    if (disk().stat(path.c_str(), &about, true) != 0) return io_error(path, "読め", "read");
    return static_cast<uint64_t>(about.st_size);
}

Status rename_file(const fs::path& from, const fs::path& to) {
    if (disk().rename(from.c_str(), to.c_str()) != 0) return io_error(from, "移せ", "rename");
    return sync_folder(folder_of(to));
}

Status remove_file(const fs::path& path) {
    if (disk().unlink(path.c_str()) != 0 && errno != ENOENT) return io_error(path, "削除でき", "remove");
    return is_folder(folder_of(path), true) ? sync_folder(folder_of(path)) : Status();
}

Status sync_file(const fs::path& path) {
    Descriptor file(path, O_RDONLY);
    if (!file.open() || disk().sync(file.number()) != 0) return io_error(path, "書き込め", "write");
    return sync_folder(folder_of(path));
}

Status sync_folder(const fs::path& folder) {
    Descriptor handle(folder, O_RDONLY | O_DIRECTORY);
    if (!handle.open() || disk().sync(handle.number()) != 0) return io_error(folder, "書き込め", "write");
    return {};
}

Status make_folder(const fs::path& path, unsigned mode) {
    if (is_folder(path, true)) return {};
    fs::path parent = path.parent_path();
    if (!parent.empty() && parent != path && !is_there(parent)) {
        if (auto made = make_folder(parent); !made) return made;
    }
    if (disk().mkdir(path.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST) {
        return io_error(path, "作れ", "make");
    }
    if (!is_folder(path, true)) {
        errno = ENOTDIR;
        return io_error(path, "作れ", "make");
    }
    return sync_folder(folder_of(path));
}

Result<std::vector<std::string>> files_below(const fs::path& folder) {
    if (!is_folder(folder, true)) {
        errno = ENOENT;
        return io_error(folder, "読め", "read");
    }
    std::vector<std::string> out;
    if (auto listed = list_below(folder, "", out); !listed) return pass(std::move(listed));
    std::ranges::sort(out);
    return out;
}

std::string user_name(unsigned number) {
    passwd entry{};
    passwd* found = nullptr;
    char buffer[4096];
    if (::getpwuid_r(number, &entry, buffer, sizeof buffer, &found) == 0 && found) return found->pw_name;
    return fmt::format("uid{}", number);
}

std::string user_name() {
    return user_name(::geteuid());
}

}  // namespace sonae::os
