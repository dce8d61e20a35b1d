// errno in words.
#include "base/os/io_error.hpp"

#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/format.h>

namespace sonae::os {

tl::unexpected<Error> io_error(const std::filesystem::path& path, const char* ja, const char* en) {
    const int number = errno;
    const std::string name = path.string();
    if (number == ENOENT) {
        return fail(Code::not_found, fmt::format("{} がありません。", name),
                    fmt::format("{} is not there.", name));
    }
    if (number == ENOSPC || number == EDQUOT) {
        return fail(
            Code::disk_full,
            fmt::format("ディスクに空きがないため、{} を{}ません。空きを作るか、別の場所を使ってください。",
                        name, ja),
            fmt::format("Cannot {} {}: the disk is full. Make room or use another place.", en, name));
    }
    const std::string why = std::generic_category().message(number);
    return fail(Code::io, fmt::format("{} を{}ません（{}）。", name, ja, why),
                fmt::format("Cannot {} {} ({}).", en, name, why));
}

}  // namespace sonae::os
