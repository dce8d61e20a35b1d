// A simulated disk: files and folders in memory, of which a power cut keeps only what was synced for certain.
//
// What the program sees is `now`. Every write is pending until its file is synced, every new name, removed
// name or rename until its folder is. A cut makes a new disk: what was synced, and of the rest each 512-byte
// sector of each write, each change of length and each change of a name survives or not, by a coin. The
// program reaches the disk at /sim/<number>/… by the calls of base/os (os::Disk) and, for SQLite, by the VFS
// of vfs.cpp; all other paths go to the machine.
//
// Thread-safe: one lock for all simulated disks, held for one call.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::sim {

using Bytes = std::shared_ptr<const std::string>;
using Random = std::mt19937_64;

// A write at a place or, without bytes, a change of the length.
struct Write {
    size_t at = 0;
    Bytes bytes;
};

// The bytes of a file, shared by disks and states until somebody writes.
class Content {
 public:
    explicit Content(std::string bytes = {}) : bytes_(std::make_shared<std::string>(std::move(bytes))) {}
    const std::string& get() const { return *bytes_; }
    std::string& edit() {
        if (bytes_.use_count() > 1) bytes_ = std::make_shared<std::string>(*bytes_);
        return *bytes_;
    }

 private:
    std::shared_ptr<std::string> bytes_;
};

struct File {
    int number = 0;
    Content now;
    Content synced;
    std::vector<Write> pending;
    bool torn = false;  // a sync has failed: what it was to write may be lost for good
};

// What happens on the disk, as the trace keeps it.
struct Event {
    enum class Kind { create, folder, write, sync, sync_folder, rename, unlink, mark } kind;
    std::string path;  // create, folder, sync_folder, rename, unlink
    std::string to;    // rename
    int file = 0;      // write, sync
    Write write;
    int64_t mark = 0;  // a note of the test, e.g. what was acknowledged
};
std::string describe(const Event& event);

// Which call is to fail, counted over open, write, truncate, sync, rename, unlink and mkdir.
struct Fault {
    int64_t at = 0;  // from 1; 0: none
    bool forever = false;
    int error = 5;  // EIO, or ENOSPC, which lets syncs and removals pass
};

class Disk {
 public:
    Disk();   // empty, and reachable
    ~Disk();  // no longer reachable; nothing may be open on it
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    // Where the program finds it: "/sim/7".
    const std::string& root() const { return root_; }

    // ---- for the test

    void put(std::string_view path, std::string bytes);  // a file (with its folder) that is there for certain
    void mark(int64_t number);
    void record(bool on) { recording_ = on; }
    std::vector<Event> take_trace();
    // Carries out one event of another disk's trace.
    void replay(const Event& event);
    // What a power cut leaves. `survival`: probability that something unsynced is there afterwards.
    std::unique_ptr<Disk> cut(Random& random, double survival) const;
    // The same disk after only the process has died: nothing is lost, nothing becomes durable.
    std::unique_ptr<Disk> copy() const;
    // Whether some file holds the bytes.
    bool holds(std::string_view bytes) const;
    // A number that says what all files hold, and what they are called.
    uint64_t digest() const;

    bool lies = false;  // syncs do nothing and say that they did
    bool full = false;  // no room: files cannot grow, nothing new can be made
    Fault fault;
    int64_t calls = 0;              // that can fail, so far
    int64_t faults = 0;             // that did
    std::function<void()> on_call;  // before each of them, outside the lock; for cuts in the middle

    // ---- for the doors (vfs.cpp, the calls of os::Disk); 0 or errno

    using Handle = std::shared_ptr<File>;
    int open(const std::string& path, bool create, bool exclusive, Handle& out, bool* created = nullptr);
    int write(const Handle& file, size_t at, std::string_view bytes);
    int truncate(const Handle& file, size_t size);
    int sync(const Handle& file);
    int sync_folder(const std::string& path);
    int rename(const std::string& from, const std::string& to);
    int unlink(const std::string& path);
    int make_folder(const std::string& path);
    std::optional<bool> is_folder(const std::string& path) const;  // nothing: not there
    size_t size(const std::string& path) const;
    std::vector<std::string> list(const std::string& folder) const;

 private:
    using Node = std::shared_ptr<File>;  // null: a folder
    using Names = std::map<std::string, Node, std::less<>>;
    struct NameChange {
        std::string folder;  // whose sync makes it durable
        std::string remove;
        std::string add;
        Node node;
    };

    bool fails(int& error, bool grows, bool sync);
    void keep(Event&& event);
    Handle make(const std::string& path);
    static void apply(Names& names, const NameChange& change);
    void tear(File& file, Random& random, double survival) const;

    std::string root_;
    Names now_;
    Names synced_;
    std::vector<NameChange> pending_;
    std::vector<Handle> files_;  // by number
    bool recording_ = false;
    std::vector<Event> trace_;
    Random fate_{1};  // of what a failing sync leaves
};

// Takes the doors for all paths below /sim/. Called once, before SQLite is used.
void install();

// The disk a path belongs to, and the path on it; nothing for a path of the machine.
Disk* find_disk(std::string_view path, std::string& inside);

// The lock of all simulated disks.
std::recursive_mutex& lock();

}  // namespace sonae::sim
