// SQLite's door to the simulated disks: a VFS that behaves as SQLite's own for Unix does (which files it
// syncs, when it syncs the folder, what it says of the disk), with locks and the shared memory of the WAL in
// memory.
#include "sim/disk.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include <malloc.h>
#include <sqlite3.h>

namespace sonae::sim {

namespace {

using Hold = std::lock_guard<std::recursive_mutex>;

struct Connection;

// What the connections to one file share besides its bytes.
struct Shared {
    std::set<const Connection*> readers;  // SHARED or more
    const Connection* reserved = nullptr;
    const Connection* exclusive = nullptr;  // PENDING or EXCLUSIVE
    std::vector<std::unique_ptr<std::array<char, 32768>>> memory;
    std::array<std::set<const Connection*>, SQLITE_SHM_NLOCK> memory_shared;
    std::array<const Connection*, SQLITE_SHM_NLOCK> memory_exclusive{};
    int users = 0;
};
std::map<const File*, Shared> shared_by_file;

struct Connection {
    Disk* disk = nullptr;
    std::string path;
    Disk::Handle file;
    int level = SQLITE_LOCK_NONE;
    bool syncs_folder = false;  // a new journal or WAL: its first sync is also one of the folder
    bool uses_memory = false;
    bool removes = false;  // when it is closed
};

// What SQLite allocates for us: its base and our connection.
struct Slot {
    sqlite3_file base;
    Connection* connection;
};

Connection& of(sqlite3_file* file) {
    return *reinterpret_cast<Slot*>(file)->connection;
}

sqlite3_vfs* machine = nullptr;

int unlock(sqlite3_file* file, int level) {
    Hold hold(lock());
    Connection& one = of(file);
    Shared& shared = shared_by_file[one.file.get()];
    if (shared.reserved == &one) shared.reserved = nullptr;
    if (shared.exclusive == &one) shared.exclusive = nullptr;
    if (level == SQLITE_LOCK_NONE) shared.readers.erase(&one);
    one.level = level;
    return SQLITE_OK;
}

int unmap(sqlite3_file* file, int) {
    Hold hold(lock());
    Connection& one = of(file);
    if (!one.uses_memory) return SQLITE_OK;
    one.uses_memory = false;
    Shared& shared = shared_by_file[one.file.get()];
    for (auto& users : shared.memory_shared)
        users.erase(&one);
    for (auto& user : shared.memory_exclusive)
        if (user == &one) user = nullptr;
    if (--shared.users == 0) shared.memory.clear();
    return SQLITE_OK;
}

int close(sqlite3_file* file) {
    Hold hold(lock());
    unmap(file, 0);
    unlock(file, SQLITE_LOCK_NONE);
    std::unique_ptr<Connection> one(&of(file));
    if (one->removes) one->disk->unlink(one->path);
    Shared& shared = shared_by_file[one->file.get()];
    if (shared.readers.empty() && shared.users == 0) shared_by_file.erase(one->file.get());
    return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    Hold hold(lock());
    const std::string& bytes = of(file).file->now.get();
    size_t from = std::min(static_cast<size_t>(at), bytes.size());
    size_t part = std::min(static_cast<size_t>(size), bytes.size() - from);
    std::memcpy(to, bytes.data() + from, part);
    if (part == static_cast<size_t>(size)) return SQLITE_OK;
    std::memset(static_cast<char*>(to) + part, 0, static_cast<size_t>(size) - part);
    return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    Connection& one = of(file);
    int error = one.disk->write(one.file, static_cast<size_t>(at),
                                {static_cast<const char*>(from), static_cast<size_t>(size)});
    errno = error;
    return error == 0 ? SQLITE_OK : error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Connection& one = of(file);
    return one.disk->truncate(one.file, static_cast<size_t>(size)) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

std::string folder_of(const std::string& path) {
    size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

int sync(sqlite3_file* file, int) {
    Connection& one = of(file);
    if (one.disk->sync(one.file) != 0) return SQLITE_IOERR_FSYNC;
    if (one.syncs_folder) {
        // As SQLite's own: whether this one failed is not asked.
        one.disk->sync_folder(folder_of(one.path));
        one.syncs_folder = false;
    }
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    Hold hold(lock());
    *size = static_cast<sqlite3_int64>(of(file).file->now.get().size());
    return SQLITE_OK;
}

int take_lock(sqlite3_file* file, int level) {
    Hold hold(lock());
    Connection& one = of(file);
    if (one.level >= level) return SQLITE_OK;
    Shared& shared = shared_by_file[one.file.get()];
    auto others = [&](const Connection* holder) { return holder && holder != &one; };
    if (others(shared.exclusive)) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_SHARED) {
        shared.readers.insert(&one);
    } else {
        if (others(shared.reserved)) return SQLITE_BUSY;
        if (level == SQLITE_LOCK_RESERVED) {
            shared.reserved = &one;
        } else {
            shared.exclusive = &one;
            if (shared.readers.size() > 1) return SQLITE_BUSY;
        }
    }
    one.level = level;
    return SQLITE_OK;
}

int reserved(sqlite3_file* file, int* out) {
    Hold hold(lock());
    const Shared& shared = shared_by_file[of(file).file.get()];
    *out = shared.reserved || shared.exclusive ? 1 : 0;
    return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
    return 4096;
}

int characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map(sqlite3_file* file, int region, int, int extend, void volatile** out) {
    Hold hold(lock());
    Connection& one = of(file);
    Shared& shared = shared_by_file[one.file.get()];
    if (!one.uses_memory) {
        one.uses_memory = true;
        shared.users++;
    }
    *out = nullptr;
    auto wanted = static_cast<size_t>(region);
    if (wanted >= shared.memory.size()) {
        if (!extend) return SQLITE_OK;
        if (one.disk->full) {  // the machine keeps it in a file
            errno = ENOSPC;
            return SQLITE_IOERR_SHMSIZE;
        }
        while (shared.memory.size() <= wanted)
            shared.memory.push_back(std::make_unique<std::array<char, 32768>>());
    }
    *out = shared.memory[wanted]->data();
    return SQLITE_OK;
}

int memory_lock(sqlite3_file* file, int first, int count, int flags) {
    Hold hold(lock());
    Connection& one = of(file);
    Shared& shared = shared_by_file[one.file.get()];
    auto from = static_cast<size_t>(first);
    size_t to = from + static_cast<size_t>(count);
    for (size_t i = from; i < to && (flags & SQLITE_SHM_LOCK) != 0; i++) {
        bool taken = shared.memory_exclusive[i] && shared.memory_exclusive[i] != &one;
        if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
            taken = taken || shared.memory_shared[i].size() > shared.memory_shared[i].count(&one);
        }
        if (taken) return SQLITE_BUSY;
    }
    for (size_t i = from; i < to; i++) {
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            shared.memory_shared[i].erase(&one);
            if (shared.memory_exclusive[i] == &one) shared.memory_exclusive[i] = nullptr;
        } else if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
            shared.memory_exclusive[i] = &one;
        } else {
            shared.memory_shared[i].insert(&one);
        }
    }
    return SQLITE_OK;
}

void barrier(sqlite3_file*) {
    Hold hold(lock());
}

const sqlite3_io_methods methods{
    2,      close,    read,    write,       truncate,        sync, file_size,   take_lock,
    unlock, reserved, control, sector_size, characteristics, map,  memory_lock, barrier,
    unmap,  nullptr,  nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    std::string inside;
    Disk* disk = name ? find_disk(name, inside) : nullptr;
    if (!disk) return machine->xOpen(machine, name, file, flags, out_flags);
    auto one = std::make_unique<Connection>();
    one->disk = disk;
    one->path = inside;
    one->removes = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    bool create = (flags & SQLITE_OPEN_CREATE) != 0;
    bool created = false;
    file->pMethods = nullptr;
    if (int error = disk->open(inside, create, (flags & SQLITE_OPEN_EXCLUSIVE) != 0, one->file, &created)) {
        errno = error;
        return SQLITE_CANTOPEN;
    }
    one->syncs_folder =
        create && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)) != 0;
    if (out_flags) *out_flags = flags;
    auto* slot = reinterpret_cast<Slot*>(file);
    slot->connection = one.release();
    slot->base.pMethods = &methods;
    return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* name, int sync_folder) {
    std::string inside;
    Disk* disk = find_disk(name, inside);
    if (!disk) return machine->xDelete(machine, name, sync_folder);
    int error = disk->unlink(inside);
    if (error != 0) return error == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
    if (sync_folder && disk->sync_folder(folder_of(inside)) != 0) return SQLITE_IOERR_DIR_FSYNC;
    return SQLITE_OK;
}

int access(sqlite3_vfs*, const char* name, int flags, int* out) {
    std::string inside;
    Disk* disk = find_disk(name, inside);
    if (!disk) return machine->xAccess(machine, name, flags, out);
    auto folder = disk->is_folder(inside);
    // As SQLite's own: an empty file is as good as none.
    *out = folder && (flags != SQLITE_ACCESS_EXISTS || *folder || disk->size(inside) > 0) ? 1 : 0;
    return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* out) {
    std::string inside;
    if (!find_disk(name, inside)) return machine->xFullPathname(machine, name, size, out);
    std::string_view text = name;
    if (text.size() + 1 > static_cast<size_t>(size)) return SQLITE_CANTOPEN;
    std::memcpy(out, name, text.size() + 1);
    return SQLITE_OK;
}

sqlite3_vfs door;

}  // namespace

void install_vfs() {
    // Images are made and thrown away by the thousand: their memory stays with the process.
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // as the store does; later is too late
    machine = sqlite3_vfs_find(nullptr);
    door = *machine;
    door.pNext = nullptr;
    door.zName = "sonae-sim";
    door.szOsFile = std::max(machine->szOsFile, static_cast<int>(sizeof(Slot)));
    door.xOpen = open;
    door.xDelete = remove;
    door.xAccess = access;
    door.xFullPathname = full_name;
    sqlite3_vfs_register(&door, 1);
}

}  // namespace sonae::sim
