// How the readers of files end at something they do not read: reading goes through many small functions, and
// each refusal ends it. Thrown by them, caught where a reader's public function begins, never seen outside
// the readers. Thread-safe (plain values).
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace sonae::exchange {

struct Refusal {
    Words words;  // what is wrong with the file and what to do; the file's name is put before it
};

[[noreturn]] void refuse(Refusal refusal);

// Damaged or cut off; `part` says where, for whoever looks into the file.
Refusal damaged(std::string_view part);
// Built as no program builds it; not read, to be safe.
Refusal unsafe();
Refusal too_large();
Refusal protected_by_password();
// Of a kind that is recognised and not read: "は古い形式 (.xls) のファイルです。", "is a file of …". Says how
// to save it so that it is.
Refusal other_kind(std::string_view ja, std::string_view en);

// The refusal as the error that a reader's public function returns.
tl::unexpected<Error> refused_file(const Refusal& refusal, std::string_view file_name);

}  // namespace sonae::exchange
