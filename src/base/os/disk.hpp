// The calls by which base/os reaches the disk. Sonae itself never changes them; a test puts a disk of its own
// under the whole program with `use_disk` (tests/sim: power cuts, a full disk). SQLite is not asked through
// here: it has its own door for that (sqlite3_vfs).
//
// Every call behaves as the POSIX call of its name: -1 and errno on failure. `use_disk` is not thread-safe
// and is called before the first file is opened.
#pragma once

#include <string>
#include <vector>

#include <sys/stat.h>
#include <sys/types.h>

namespace sonae::os {

struct Disk {
    int (*open)(const char* path, int flags, mode_t mode);
    int (*close)(int file);
    ssize_t (*read)(int file, void* to, size_t size);
    ssize_t (*write)(int file, const void* from, size_t size);
    int (*sync)(int file);  // fsync(2), of a file or a folder
    int (*chmod)(int file, mode_t mode);
    int (*lock)(int file, int operation);                            // flock(2)
    int (*stat)(const char* path, struct stat* about, bool follow);  // follow: stat(2), else lstat(2)
    int (*rename)(const char* from, const char* to);
    int (*unlink)(const char* path);
    int (*mkdir)(const char* path, mode_t mode);
    int (*list)(const char* folder, std::vector<std::string>& names);  // adds the names in it, in any order
};

// The disk in use; the machine's own unless a test says otherwise.
const Disk& disk();

// The machine's own disk.
const Disk& machine_disk();

// Takes another disk from now on. For tests only.
void use_disk(const Disk& other);

}  // namespace sonae::os
