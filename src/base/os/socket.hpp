// Unix stream sockets between processes of one user, and the frames that go over them. A Connection belongs
// to one thread at a time; Listener::close may be called from another thread.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace sonae::os {

// One message: a kind (one letter) and bytes.
struct Frame {
    char kind = 0;
    std::string bytes;
};

inline constexpr size_t largest_frame = size_t{1} << 20;

class Connection {
 public:
    // Connects to the socket at `path`. Fails with not_found when nobody listens there.
    static Result<Connection> to(const std::filesystem::path& path);

    explicit Connection(int descriptor) : descriptor_(descriptor) {}
    Connection(Connection&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
    Connection& operator=(Connection&&) = delete;
    Connection(const Connection&) = delete;
    ~Connection();

    // Sends a message as as many frames as it takes (one for an empty message). Fails with io when the other
    // side is gone. On the wire: the kind, the length as four bytes (big-endian), the bytes.
    Status send(char kind, std::string_view bytes);
    // Waits for the next frame. Fails with io when the other side is gone or says nothing for `wait_ms` (0:
    // for ever), bad_file for a frame that is too large.
    Result<Frame> receive(int wait_ms = 0);

    // Makes receive() fail from now on, in whatever thread it waits; what is being sent still goes out.
    // Thread-safe.
    void stop_receiving();

    // The user at the other end; empty when it is neither this user nor root.
    std::string peer_user() const;

 private:
    int descriptor_;
};

class Listener {
 public:
    // Listens at `path` with mode 0600; a socket that was left there is replaced, so the caller must own the
    // folder. Fails with io.
    static Result<Listener> at(const std::filesystem::path& path);

    Listener(Listener&& other) noexcept : descriptor_(other.descriptor_), path_(std::move(other.path_)) {
        other.descriptor_ = -1;
    }
    Listener& operator=(Listener&&) = delete;
    Listener(const Listener&) = delete;
    ~Listener();

    // Waits for the next connection; fails with io after close().
    Result<Connection> accept();
    void close();

 private:
    Listener(int descriptor, std::filesystem::path path) : descriptor_(descriptor), path_(std::move(path)) {}
    int descriptor_;
    std::filesystem::path path_;
};

}  // namespace sonae::os
