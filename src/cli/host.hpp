// How a command reaches a record that another process owns.
//
// One process owns a data folder at a time. While `sonae serve` does, every other command hands itself over
// to it through the socket in the folder (`socket`, mode 0600) and prints what comes back: the same command,
// the same answer. Frames (base/os/socket.hpp): the command sends R, a JSON object {"arguments", "directory",
// "language"}; the owner sends o (standard output), e (standard error), i (wants standard input) and at last
// x (the exit code as text); the answer to i is I with bytes, empty at the end. Several commands may follow
// each other on one connection. What o carries was durable before it was sent.
#pragma once

#include "base/os/socket.hpp"
#include "cli/command.hpp"

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sonae::registers {
class Writer;
}

namespace sonae::cli {

inline constexpr const char* socket_name = "socket";

// The owner of a folder for everybody: one writer, and a reading record for each command that looks at the
// same time. Thread-safe.
class Host {
 public:
    Host(registers::Record record, const catalog::Catalog& catalog, const Clock& clock);
    ~Host();

    // Carries out a command's work; returns when it is durable.
    Status run(Access access, std::string_view institution,
               const std::function<Status(registers::Record&)>& work);

    const catalog::Catalog& catalog() const { return catalog_; }
    // ready, or disk_full.
    std::string_view state() const;

    // Serves one connection until it is closed or stops receiving.
    void serve(os::Connection& connection);

 private:
    Status read(const std::function<Status(registers::Record&)>& work);

    const catalog::Catalog& catalog_;
    const Clock& clock_;
    std::filesystem::path folder_;
    std::string institution_;
    std::unique_ptr<registers::Writer> writer_;
    std::mutex mutex_;
    std::vector<registers::Record> readers_;  // those that are not at work
};

// Hands a command over to the process that owns the folder. Nothing when no process listens there; else the
// exit code.
std::optional<int> hand_over(const std::filesystem::path& folder, Call& call);

}  // namespace sonae::cli
