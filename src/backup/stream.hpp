// What the layers of a backup file are made of: bytes asked for at any place, and bytes handed on in order.
// The file, its encryption and the zip inside each stand on the one below by these two. One owner at a time.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace sonae::backup {

// Bytes that can be read at any place.
struct Source {
    uint64_t size = 0;
    // Reads at `from` until `to` is full or the bytes end; returns how many came.
    std::function<Result<size_t>(uint64_t from, std::span<char> to)> read;
};

// Takes bytes in order.
using Sink = std::function<Status(std::string_view bytes)>;

}  // namespace sonae::backup
