// flock(2): released by the kernel when the process ends, so a killed command leaves nothing to clean up.
#include "base/os/lock.hpp"

#include "base/os/disk.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace sonae::os {

Result<Lock> Lock::take(const std::filesystem::path& path, Kind kind, int wait_ms) {
    int descriptor = disk().open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        const char* why = std::strerror(errno);
        return fail(Code::io, fmt::format("{} を開けません（{}）。", path.string(), why),
                    fmt::format("Cannot open {} ({}).", path.string(), why));
    }
    Lock lock(descriptor);
    int operation = (kind == Kind::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
    while (disk().lock(descriptor, operation) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            const char* why = std::strerror(errno);
            return fail(Code::io, fmt::format("{} をロックできません（{}）。", path.string(), why),
                        fmt::format("Cannot lock {} ({}).", path.string(), why));
        }
        if (std::chrono::steady_clock::now() >= until) {
            return fail(Code::busy,
                        "別のコマンドがこのデータを使用中です。終わってからもう一度実行してください。",
                        "Another command is using this data folder. Run this again when it has finished.");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return lock;
}

Lock::~Lock() {
    if (descriptor_ >= 0) disk().close(descriptor_);
}

}  // namespace sonae::os
