// Writes a zip in one pass: each part deflated as its bytes come, so that a workbook of any length takes no
// memory. Every byte that the disk refuses is an error. One owner at a time.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

// Takes bytes in order.
using ByteSink = std::function<Status(std::string_view bytes)>;

class ZipOut {
 public:
    // `time` is shown for every part.
    ZipOut(ByteSink to, Instant time);
    ~ZipOut();
    ZipOut(ZipOut&&) noexcept;
    ZipOut& operator=(ZipOut&&) = delete;
    ZipOut(const ZipOut&) = delete;

    // Begins a part (and ends the one before); bytes of it, any number of times.
    Status begin(std::string_view name);
    Status write(std::string_view bytes);

    // Ends the last part and writes the directory; nothing may follow. Every call fails with what `to` fails
    // with, and with bad_value for 4 GiB or more.
    Status finish();

 private:
    struct Part {
        std::string name;
        uint32_t crc = 0;
        uint64_t packed = 0;
        uint64_t size = 0;
        uint64_t at = 0;
    };
    struct Deflater;

    Status put(std::string_view bytes);
    Status deflate_pending(bool last);
    Status end_part();

    ByteSink to_;
    uint32_t time_;
    uint64_t written_ = 0;
    bool open_ = false;
    std::string pending_;  // bytes of the part in hand that are not deflated yet
    std::vector<Part> parts_;
    std::unique_ptr<Deflater> deflater_;
};

}  // namespace sonae::exchange
