// The lock on a data folder, so that one command at a time writes. Not thread-safe; one object for one owner.
#pragma once

#include "base/error.hpp"

#include <filesystem>

namespace sonae::os {

// Holds a file lock until it is destroyed (or the process ends, however it ends).
class Lock {
 public:
    enum class Kind { shared, exclusive };

    // Takes the lock on the file `path` (made when absent), waiting up to `wait_ms` milliseconds. Fails with
    // busy when somebody else holds it, with io when the file cannot be opened.
    static Result<Lock> take(const std::filesystem::path& path, Kind kind, int wait_ms);

    Lock(Lock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
    Lock& operator=(Lock&&) = delete;
    Lock(const Lock&) = delete;
    ~Lock();

 private:
    explicit Lock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace sonae::os
