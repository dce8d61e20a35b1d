// Unix sockets.
#include "base/os/socket.hpp"

#include "base/os/file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace sonae::os {

namespace {

tl::unexpected<Error> gone(const char* why) {
    return fail(Code::io, fmt::format("接続が切れました（{}）。", why),
                fmt::format("The connection was lost ({}).", why));
}

// An address for the socket `path`. Socket names are short, so the folder is named by its descriptor.
class Address {
 public:
    explicit Address(const std::filesystem::path& path) {
        std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
        folder_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        address_.sun_family = AF_UNIX;
        std::string name = fmt::format("/proc/self/fd/{}/{}", folder_, path.filename().string());
        if (name.size() >= sizeof address_.sun_path) return;
        std::memcpy(address_.sun_path, name.c_str(), name.size() + 1);
        good_ = folder_ >= 0;
    }
    ~Address() {
        if (folder_ >= 0) ::close(folder_);
    }
    Address(const Address&) = delete;
    Address& operator=(const Address&) = delete;
    bool good() const { return good_; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
    static constexpr socklen_t size = sizeof(sockaddr_un);

 private:
    sockaddr_un address_{};
    int folder_ = -1;
    bool good_ = false;
};

bool send_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
}

Status receive_all(int descriptor, char* to, size_t size, int wait_ms) {
    while (size > 0) {
        if (wait_ms > 0) {
            pollfd waiting{descriptor, POLLIN, 0};
            int ready = ::poll(&waiting, 1, wait_ms);
            if (ready < 0 && errno == EINTR) continue;
            if (ready == 0) return gone("timeout");
        }
        ssize_t got = ::recv(descriptor, to, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return gone(std::strerror(errno));
        if (got == 0) return gone("closed");
        to += got;
        size -= static_cast<size_t>(got);
    }
    return {};
}

}  // namespace

Result<Connection> Connection::to(const std::filesystem::path& path) {
    Address address(path);
    Connection connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!address.good() || connection.descriptor_ < 0 ||
        ::connect(connection.descriptor_, address.get(), Address::size) != 0) {
        return fail(Code::not_found, fmt::format("{} で待っているものがありません。", path.string()),
                    fmt::format("Nobody listens at {}.", path.string()));
    }
    return connection;
}

Connection::~Connection() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Status Connection::send(char kind, std::string_view bytes) {
    do {
        std::string_view part = bytes.substr(0, largest_frame);
        auto size = static_cast<uint32_t>(part.size());
        std::string frame{kind, static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                          static_cast<char>(size >> 8), static_cast<char>(size)};
        frame += part;
        if (!send_all(descriptor_, frame)) return gone(std::strerror(errno));
        bytes.remove_prefix(part.size());
    } while (!bytes.empty());
    return {};
}

Result<Frame> Connection::receive(int wait_ms) {
    unsigned char head[5];
    if (auto got = receive_all(descriptor_, reinterpret_cast<char*>(head), sizeof head, wait_ms); !got) {
        return pass(std::move(got));
    }
    size_t size = size_t{head[1]} << 24 | size_t{head[2]} << 16 | size_t{head[3]} << 8 | size_t{head[4]};
    if (size > largest_frame) {
        return fail(Code::bad_file, "送られたものが大きすぎます。", "What was sent is too large.");
    }
    Frame frame;
    frame.kind = static_cast<char>(head[0]);
    frame.bytes.resize(size);
    if (auto got = receive_all(descriptor_, frame.bytes.data(), size, wait_ms); !got) {
        return pass(std::move(got));
    }
    return frame;
}

void Connection::stop_receiving() {
    ::shutdown(descriptor_, SHUT_RD);
}

std::string Connection::peer_user() const {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return {};
    if (peer.uid != ::geteuid() && peer.uid != 0) return {};
    return user_name(peer.uid);
}

Result<Listener> Listener::at(const std::filesystem::path& path) {
    auto cannot = [&] {
        const char* why = std::strerror(errno);
        return fail(Code::io, fmt::format("{} で待てません（{}）。", path.string(), why),
                    fmt::format("Cannot listen at {} ({}).", path.string(), why));
    };
    Address address(path);
    Listener listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), path);
    if (!address.good() || listener.descriptor_ < 0) return cannot();
    ::unlink(path.c_str());
    // Nobody can connect before listen(), so the mode is in force from the first connection on.
    if (::bind(listener.descriptor_, address.get(), Address::size) != 0 || ::chmod(path.c_str(), 0600) != 0 ||
        ::listen(listener.descriptor_, 128) != 0) {
        return cannot();
    }
    return listener;
}

Listener::~Listener() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(path_.c_str());
}

Result<Connection> Listener::accept() {
    for (;;) {
        int descriptor = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor >= 0) return Connection(descriptor);
        if (errno == EINTR || errno == ECONNABORTED) continue;
        return gone(std::strerror(errno));
    }
}

void Listener::close() {
    ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace sonae::os
