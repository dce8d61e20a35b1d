// The machine's own disk.
#include "base/os/disk.hpp"

#include <cerrno>
#include <cstdio>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace sonae::os {

namespace {

int open_file(const char* path, int flags, mode_t mode) {
    return ::open(path, flags, mode);
}

int about_file(const char* path, struct stat* about, bool follow) {
    return follow ? ::stat(path, about) : ::lstat(path, about);
}

int list_folder(const char* folder, std::vector<std::string>& names) {
    DIR* open = ::opendir(folder);
    if (!open) return -1;
    errno = 0;
    while (const dirent* one = ::readdir(open)) {
        std::string name = one->d_name;
        if (name != "." && name != "..") names.push_back(std::move(name));
        errno = 0;
    }
    int failed = errno;
    ::closedir(open);
    errno = failed;
    return failed == 0 ? 0 : -1;
}

const Disk machine{open_file, ::close,    ::read,      ::write,  ::fsync, ::fchmod,
                   ::flock,   about_file, std::rename, ::unlink, ::mkdir, list_folder};

const Disk* used = &machine;

}  // namespace

const Disk& disk() {
    return *used;
}

const Disk& machine_disk() {
    return machine;
}

void use_disk(const Disk& other) {
    used = &other;
}

}  // namespace sonae::os
