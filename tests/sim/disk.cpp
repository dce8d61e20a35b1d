// The simulated disk, and the calls of os::Disk on it.
#include "sim/disk.hpp"

#include "base/os/disk.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>

namespace sonae::sim {

void install_vfs();  // vfs.cpp

namespace {

constexpr size_t sector = 512;
constexpr std::string_view mount = "/sim/";

std::map<int, Disk*> disks;
int next_disk = 1;

std::string folder_of(const std::string& path) {
    size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

void carry_out(std::string& bytes, size_t at, std::string_view written) {
    if (bytes.size() < at + written.size()) bytes.resize(at + written.size());
    std::memcpy(bytes.data() + at, written.data(), written.size());
}

void carry_out(std::string& bytes, const Write& write) {
    if (write.bytes) {
        carry_out(bytes, write.at, *write.bytes);
    } else {
        bytes.resize(write.at);
    }
}

bool falls(Random& random, double survival) {
    if (survival <= 0) return false;
    if (survival >= 1) return true;
    return static_cast<double>(random() >> 11) * 0x1p-53 < survival;
}

}  // namespace

std::recursive_mutex& lock() {
    static std::recursive_mutex one;
    return one;
}

using Hold = std::lock_guard<std::recursive_mutex>;

std::string describe(const Event& event) {
    switch (event.kind) {
        case Event::Kind::create:
            return "create " + event.path;
        case Event::Kind::folder:
            return "mkdir " + event.path;
        case Event::Kind::write:
            return event.write.bytes ? fmt::format("write file {} at {}, {} bytes", event.file,
                                                   event.write.at, event.write.bytes->size())
                                     : fmt::format("truncate file {} to {}", event.file, event.write.at);
        case Event::Kind::sync:
            return fmt::format("sync file {}", event.file);
        case Event::Kind::sync_folder:
            return "sync " + event.path;
        case Event::Kind::rename:
            return fmt::format("rename {} to {}", event.path, event.to);
        case Event::Kind::unlink:
            return "unlink " + event.path;
        case Event::Kind::mark:
            return fmt::format("acknowledged {}", event.mark);
    }
    return {};
}

Disk* find_disk(std::string_view path, std::string& inside) {
    if (!path.starts_with(mount)) return nullptr;
    path.remove_prefix(mount.size());
    int number = 0;
    auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), number);
    if (error != std::errc()) return nullptr;
    Hold hold(lock());
    auto found = disks.find(number);
    if (found == disks.end()) return nullptr;
    inside = path.substr(static_cast<size_t>(end - path.data()));
    while (inside.size() > 1 && inside.back() == '/')
        inside.pop_back();
    if (inside.empty()) inside = "/";
    return found->second;
}

Disk::Disk() {
    Hold hold(lock());
    root_ = fmt::format("{}{}", mount, next_disk);
    disks.emplace(next_disk++, this);
    now_.emplace("/", nullptr);
    synced_.emplace("/", nullptr);
}

Disk::~Disk() {
    Hold hold(lock());
    std::erase_if(disks, [&](const auto& one) { return one.second == this; });
}

void Disk::put(std::string_view path, std::string bytes) {
    Hold hold(lock());
    std::string name(path);
    for (std::string folder = folder_of(name); folder != "/"; folder = folder_of(folder)) {
        now_.try_emplace(folder, nullptr);
        synced_.try_emplace(folder, nullptr);
    }
    Handle file = make(name);
    file->now = Content(std::move(bytes));
    file->synced = file->now;
    now_[name] = file;
    synced_[name] = file;
}

void Disk::mark(int64_t number) {
    Hold hold(lock());
    Event event{Event::Kind::mark, {}, {}, 0, {}, number};
    keep(std::move(event));
}

std::vector<Event> Disk::take_trace() {
    Hold hold(lock());
    return std::move(trace_);
}

void Disk::keep(Event&& event) {
    if (recording_) trace_.push_back(std::move(event));
}

Disk::Handle Disk::make(const std::string&) {
    auto file = std::make_shared<File>();
    file->number = static_cast<int>(files_.size());
    files_.push_back(file);
    return file;
}

bool Disk::fails(int& error, bool grows, bool sync) {
    if (on_call) on_call();
    calls++;
    if (full && grows) {
        error = ENOSPC;
        faults++;
        return true;
    }
    if (fault.at == 0 || calls < fault.at || (calls > fault.at && !fault.forever)) return false;
    if (fault.error == ENOSPC && (!grows || sync)) return false;
    error = fault.error;
    faults++;
    return true;
}

void Disk::apply(Names& names, const NameChange& change) {
    if (!change.remove.empty()) names.erase(change.remove);
    if (!change.add.empty()) names[change.add] = change.node;
}

int Disk::open(const std::string& path, bool create, bool exclusive, Handle& out, bool* created) {
    Hold hold(lock());
    if (created) *created = false;
    auto found = now_.find(path);
    bool fresh = found == now_.end() && create;
    int error = 0;
    if (fails(error, fresh, false)) return error;
    if (found != now_.end()) {
        if (create && exclusive) return EEXIST;
        if (!found->second) return EISDIR;
        out = found->second;
        return 0;
    }
    if (!create || !now_.contains(folder_of(path))) return ENOENT;
    out = make(path);
    now_[path] = out;
    pending_.push_back({folder_of(path), {}, path, out});
    if (created) *created = true;
    keep({Event::Kind::create, path, {}, out->number, {}, 0});
    return 0;
}

int Disk::write(const Handle& file, size_t at, std::string_view bytes) {
    Hold hold(lock());
    int error = 0;
    bool failed = fails(error, at + bytes.size() > file->now.get().size(), false);
    if (failed) {
        // What a failing write leaves behind is a part of it.
        bytes = bytes.substr(0, bytes.size() / 2 / sector * sector);
        if (bytes.empty() || error == ENOSPC) return error;
    }
    Write write{at, std::make_shared<const std::string>(bytes)};
    carry_out(file->now.edit(), write);
    file->pending.push_back(write);
    keep({Event::Kind::write, {}, {}, file->number, std::move(write), 0});
    return error;
}

int Disk::truncate(const Handle& file, size_t size) {
    Hold hold(lock());
    int error = 0;
    if (fails(error, size > file->now.get().size(), false)) return error;
    Write write{size, nullptr};
    carry_out(file->now.edit(), write);
    file->pending.push_back(write);
    keep({Event::Kind::write, {}, {}, file->number, write, 0});
    return 0;
}

void Disk::tear(File& file, Random& random, double survival) const {
    for (const Write& write : file.pending) {
        if (!write.bytes) {
            if (falls(random, survival)) file.synced.edit().resize(write.at);
            continue;
        }
        std::string_view bytes = *write.bytes;
        for (size_t at = write.at; !bytes.empty();) {
            size_t part = std::min(bytes.size(), sector - at % sector);
            if (falls(random, survival)) carry_out(file.synced.edit(), at, bytes.substr(0, part));
            at += part;
            bytes.remove_prefix(part);
        }
    }
    file.pending.clear();
}

int Disk::sync(const Handle& file) {
    Hold hold(lock());
    int error = 0;
    if (fails(error, false, true)) {
        // The system forgets that the pages were to be written: no later sync brings them to the disk.
        tear(*file, fate_, 0.5);
        file->torn = true;
        return error;
    }
    keep({Event::Kind::sync, {}, {}, file->number, {}, 0});
    if (lies) return 0;
    // Nothing is ever in `synced` that is not in `now`, unless a sync has failed.
    if (file->torn) {
        for (const Write& write : file->pending)
            carry_out(file->synced.edit(), write);
    } else {
        file->synced = file->now;
    }
    file->pending.clear();
    return 0;
}

int Disk::sync_folder(const std::string& path) {
    Hold hold(lock());
    int error = 0;
    bool failed = fails(error, false, true);
    auto found = now_.find(path);
    if (found == now_.end() || found->second) return ENOENT;
    if (!failed) keep({Event::Kind::sync_folder, path, {}, 0, {}, 0});
    if (lies && !failed) return 0;
    std::erase_if(pending_, [&](const NameChange& change) {
        if (change.folder != path) return false;
        if (!failed || falls(fate_, 0.5)) apply(synced_, change);
        return true;
    });
    return error;
}

int Disk::rename(const std::string& from, const std::string& to) {
    Hold hold(lock());
    int error = 0;
    if (fails(error, false, false)) return error;
    auto found = now_.find(from);
    if (found == now_.end() || !now_.contains(folder_of(to))) return ENOENT;
    if (!found->second) return EISDIR;  // no folder is renamed by us
    NameChange change{folder_of(to), from, to, found->second};
    apply(now_, change);
    pending_.push_back(std::move(change));
    keep({Event::Kind::rename, from, to, 0, {}, 0});
    return 0;
}

int Disk::unlink(const std::string& path) {
    Hold hold(lock());
    int error = 0;
    if (fails(error, false, false)) return error;
    auto found = now_.find(path);
    if (found == now_.end()) return ENOENT;
    if (!found->second) return EISDIR;
    NameChange change{folder_of(path), path, {}, nullptr};
    apply(now_, change);
    pending_.push_back(std::move(change));
    keep({Event::Kind::unlink, path, {}, 0, {}, 0});
    return 0;
}

int Disk::make_folder(const std::string& path) {
    Hold hold(lock());
    int error = 0;
    if (fails(error, true, false)) return error;
    if (now_.contains(path)) return EEXIST;
    if (!now_.contains(folder_of(path))) return ENOENT;
    NameChange change{folder_of(path), {}, path, nullptr};
    apply(now_, change);
    pending_.push_back(std::move(change));
    keep({Event::Kind::folder, path, {}, 0, {}, 0});
    return 0;
}

std::optional<bool> Disk::is_folder(const std::string& path) const {
    Hold hold(lock());
    auto found = now_.find(path);
    if (found == now_.end()) return std::nullopt;
    return found->second == nullptr;
}

size_t Disk::size(const std::string& path) const {
    Hold hold(lock());
    auto found = now_.find(path);
    return found == now_.end() || !found->second ? 0 : found->second->now.get().size();
}

std::vector<std::string> Disk::list(const std::string& folder) const {
    Hold hold(lock());
    std::vector<std::string> out;
    std::string prefix = folder == "/" ? folder : folder + "/";
    for (auto it = now_.lower_bound(prefix); it != now_.end() && it->first.starts_with(prefix); ++it) {
        std::string name = it->first.substr(prefix.size());
        if (!name.empty() && name.find('/') == std::string::npos) out.push_back(std::move(name));
    }
    return out;
}

void Disk::replay(const Event& event) {
    Hold hold(lock());
    Handle file;
    switch (event.kind) {
        case Event::Kind::create:
            open(event.path, true, true, file);
            break;
        case Event::Kind::folder:
            make_folder(event.path);
            break;
        case Event::Kind::write: {
            File& written = *files_.at(static_cast<size_t>(event.file));
            carry_out(written.now.edit(), event.write);
            written.pending.push_back(event.write);
            break;
        }
        case Event::Kind::sync:
            sync(files_.at(static_cast<size_t>(event.file)));
            break;
        case Event::Kind::sync_folder:
            sync_folder(event.path);
            break;
        case Event::Kind::rename:
            rename(event.path, event.to);
            break;
        case Event::Kind::unlink:
            unlink(event.path);
            break;
        case Event::Kind::mark:
            break;
    }
}

std::unique_ptr<Disk> Disk::cut(Random& random, double survival) const {
    Hold hold(lock());
    auto out = std::make_unique<Disk>();
    Names names = synced_;
    for (const NameChange& change : pending_) {
        if (falls(random, survival)) apply(names, change);
    }
    for (const auto& [path, node] : names) {
        // Names below a folder that is lost are lost with it; parents come first in the order of the map.
        if (path == "/" || !out->now_.contains(folder_of(path))) continue;
        Handle file;
        if (node) {
            file = out->make(path);
            file->synced = node->synced;
            file->pending = node->pending;
            out->tear(*file, random, survival);
            file->now = file->synced;
        }
        out->now_.emplace(path, file);
    }
    out->synced_ = out->now_;
    return out;
}

std::unique_ptr<Disk> Disk::copy() const {
    Hold hold(lock());
    auto out = std::make_unique<Disk>();
    std::map<const File*, Handle> copies;
    for (const Handle& file : files_) {
        out->files_.push_back(std::make_shared<File>(*file));
        copies.emplace(file.get(), out->files_.back());
    }
    auto translate = [&](const Node& node) { return node ? copies.at(node.get()) : nullptr; };
    out->now_.clear();
    out->synced_.clear();
    for (const auto& [path, node] : now_)
        out->now_.emplace(path, translate(node));
    for (const auto& [path, node] : synced_)
        out->synced_.emplace(path, translate(node));
    for (const NameChange& change : pending_) {
        out->pending_.push_back(change);
        out->pending_.back().node = translate(change.node);
    }
    return out;
}

bool Disk::holds(std::string_view bytes) const {
    Hold hold(lock());
    return std::ranges::any_of(now_, [&](const auto& one) {
        return one.second && one.second->now.get().find(bytes) != std::string::npos;
    });
}

uint64_t Disk::digest() const {
    Hold hold(lock());
    std::hash<std::string_view> hash;
    uint64_t out = 0;
    for (const auto& [path, node] : now_) {
        out = out * 0x9E3779B97F4A7C15U + hash(path);
        if (node) out = out * 0x9E3779B97F4A7C15U + hash(node->now.get());
    }
    return out;
}

// ---- the calls of os::Disk ------------------------------------------------------------------------------

namespace {

struct Opened {
    Disk* disk = nullptr;
    std::string path;
    Disk::Handle file;  // null: a folder
    size_t at = 0;
};

constexpr int first_handle = 1 << 24;  // far above any of the machine's
std::map<int, Opened> opened;
int next_handle = first_handle;

int result(int error) {
    if (error == 0) return 0;
    errno = error;
    return -1;
}

// Both paths of a call lie on the same side.
const os::Disk& machine() {
    return os::machine_disk();
}

int sim_open(const char* path, int flags, mode_t mode) {
    std::string inside;
    Disk* disk = find_disk(path, inside);
    if (!disk) return machine().open(path, flags, mode);
    Hold hold(lock());
    Opened one{disk, inside, nullptr, 0};
    if ((flags & O_DIRECTORY) != 0) {
        if (disk->is_folder(inside) != true) return result(ENOENT);
    } else if (int error = disk->open(inside, (flags & O_CREAT) != 0, (flags & O_EXCL) != 0, one.file)) {
        return result(error);
    }
    opened.emplace(next_handle, std::move(one));
    return next_handle++;
}

int sim_close(int file) {
    if (file < first_handle) return machine().close(file);
    Hold hold(lock());
    opened.erase(file);
    return 0;
}

ssize_t sim_read(int file, void* to, size_t size) {
    if (file < first_handle) return machine().read(file, to, size);
    Hold hold(lock());
    Opened& one = opened.at(file);
    const std::string& bytes = one.file->now.get();
    size_t part = std::min(size, bytes.size() - std::min(one.at, bytes.size()));
    std::memcpy(to, bytes.data() + one.at, part);
    one.at += part;
    return static_cast<ssize_t>(part);
}

ssize_t sim_write(int file, const void* from, size_t size) {
    if (file < first_handle) return machine().write(file, from, size);
    Hold hold(lock());
    Opened& one = opened.at(file);
    // A call may write less than it was given.
    size_t part = std::min(size, size_t{4000});
    int error = one.disk->write(one.file, one.at, {static_cast<const char*>(from), part});
    if (error != 0) return result(error);
    one.at += part;
    return static_cast<ssize_t>(part);
}

int sim_sync(int file) {
    if (file < first_handle) return machine().sync(file);
    Hold hold(lock());
    Opened& one = opened.at(file);
    return result(one.file ? one.disk->sync(one.file) : one.disk->sync_folder(one.path));
}

int sim_chmod(int file, mode_t mode) {
    return file < first_handle ? machine().chmod(file, mode) : 0;
}

int sim_lock(int file, int operation) {
    return file < first_handle ? machine().lock(file, operation) : 0;
}

int sim_stat(const char* path, struct stat* about, bool follow) {
    std::string inside;
    Disk* disk = find_disk(path, inside);
    if (!disk) return machine().stat(path, about, follow);
    auto folder = disk->is_folder(inside);
    if (!folder) return result(ENOENT);
    *about = {};
    about->st_mode = *folder ? S_IFDIR | 0700 : S_IFREG | 0600;
    about->st_size = static_cast<off_t>(disk->size(inside));
    return 0;
}

int sim_rename(const char* from, const char* to) {
    std::string inside;
    std::string target;
    Disk* disk = find_disk(from, inside);
    if (!disk) return machine().rename(from, to);
    return find_disk(to, target) == disk ? result(disk->rename(inside, target)) : result(EXDEV);
}

int sim_unlink(const char* path) {
    std::string inside;
    Disk* disk = find_disk(path, inside);
    return disk ? result(disk->unlink(inside)) : machine().unlink(path);
}

int sim_mkdir(const char* path, mode_t mode) {
    std::string inside;
    Disk* disk = find_disk(path, inside);
    return disk ? result(disk->make_folder(inside)) : machine().mkdir(path, mode);
}

int sim_list(const char* folder, std::vector<std::string>& names) {
    std::string inside;
    Disk* disk = find_disk(folder, inside);
    if (!disk) return machine().list(folder, names);
    if (disk->is_folder(inside) != true) return result(ENOENT);
    names = disk->list(inside);
    return 0;
}

const os::Disk door{sim_open, sim_close, sim_read,   sim_write,  sim_sync,  sim_chmod,
                    sim_lock, sim_stat,  sim_rename, sim_unlink, sim_mkdir, sim_list};

}  // namespace

void install() {
    static const bool once = [] {
        os::use_disk(door);
        install_vfs();
        return true;
    }();
    static_cast<void>(once);
}

}  // namespace sonae::sim
