// POSIX files.
#include "base/os/file.hpp"

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

tl::unexpected<Error> io_error(const fs::path& path, const char* ja, const char* en) {
    int number = errno;
    if (number == ENOENT) {
        return fail(Code::not_found, fmt::format("{} がありません。", path.string()),
                    fmt::format("{} is not there.", path.string()));
    }
    return fail(Code::io, fmt::format("{} を{}ません（{}）。", path.string(), ja, std::strerror(number)),
                fmt::format("Cannot {} {} ({}).", en, path.string(), std::strerror(number)));
}

// A file descriptor that closes itself.
class Descriptor {
 public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    bool open() const { return number_ >= 0; }

 private:
    int number_;
};

Status sync_folder(const fs::path& folder) {
    Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!handle.open() || ::fsync(handle.number()) != 0) return io_error(folder, "書き込め", "write");
    return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) return io_error(path, "読め", "read");
    struct stat about {};
    if (::fstat(file.number(), &about) != 0) return io_error(path, "読め", "read");
    if (S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        return io_error(path, "読め", "read");
    }
    constexpr size_t limit = size_t{1} << 30;
    std::string out;
    char buffer[1 << 16];
    for (;;) {
        ssize_t got = ::read(file.number(), buffer, sizeof buffer);
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
    fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    std::string temporary = path.string() + ".XXXXXX";
    Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.open()) return io_error(path, "書き込め", "write");
    auto give_up = [&]() -> Status {
        auto error = io_error(path, "書き込め", "write");
        ::unlink(temporary.c_str());
        return error;
    };
    while (!bytes.empty()) {
        ssize_t done = ::write(file.number(), bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return give_up();
        bytes.remove_prefix(static_cast<size_t>(done));
    }
    if (::fchmod(file.number(), static_cast<mode_t>(mode)) != 0) return give_up();
    if (::fsync(file.number()) != 0) return give_up();
    if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up();
    return sync_folder(folder);
}

Status make_folder(const fs::path& path, unsigned mode) {
    std::error_code error;
    if (fs::is_directory(path, error)) return {};
    fs::path parent = path.parent_path();
    if (!parent.empty() && parent != path && !fs::exists(parent, error)) {
        if (auto made = make_folder(parent); !made) return made;
    }
    if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST) {
        return io_error(path, "作れ", "make");
    }
    if (!fs::is_directory(path, error)) {
        errno = ENOTDIR;
        return io_error(path, "作れ", "make");
    }
    return sync_folder(parent.empty() ? fs::path(".") : parent);
}

Result<std::vector<std::string>> files_below(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        errno = ENOENT;
        return io_error(folder, "読め", "read");
    }
    std::vector<std::string> out;
    fs::recursive_directory_iterator walk(folder, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
        if (walk->is_directory(error) && !walk->is_symlink(error)) continue;
        out.push_back(walk->path().lexically_relative(folder).generic_string());
    }
    if (error) {
        errno = error.value();
        return io_error(folder, "読め", "read");
    }
    std::ranges::sort(out);
    return out;
}

std::string user_name() {
    passwd entry{};
    passwd* found = nullptr;
    char buffer[4096];
    if (::getpwuid_r(::geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found) return found->pw_name;
    return fmt::format("uid{}", ::geteuid());
}

}  // namespace sonae::os
