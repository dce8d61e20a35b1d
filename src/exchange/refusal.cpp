// The sentences about files that are not read.
#include "exchange/refusal.hpp"

#include <fmt/format.h>

namespace sonae::exchange {

void refuse(Refusal refusal) {
    throw refusal;
}

Refusal damaged(std::string_view part) {
    return {{fmt::format("は壊れているか、途中までしかありません（{}"
                         "）。元のファイルをもう一度保存するか、受け取り直してください。",
                         part),
             fmt::format("is damaged or not complete ({}). Save the original again or have it sent again.",
                         part)}};
}

Refusal unsafe() {
    return {
        {"は普通の表計算ファイルにはない作りをしているため、安全のため読み込みません。表計算ソフトで開いて、"
         "「Excel ブック (.xlsx)」の形式で保存し直してください。",
         "is built as no ordinary workbook is and is not read, to be safe. Open it in your spreadsheet "
         "program and save it again as an Excel workbook (.xlsx)."}};
}

Refusal too_large() {
    return {{"は大きすぎるため読み込めません。台帳の行だけを残したファイルにしてください。",
             "is too large to be read. Keep only the rows of the ledger in the file."}};
}

Refusal protected_by_password() {
    return {{"はパスワードで保護されています。表計算ソフトで開き、パスワードを外して保存してください。",
             "is protected by a password. Open it in your spreadsheet program, remove the password and save "
             "it."}};
}

Refusal other_kind(std::string_view ja, std::string_view en) {
    return {
        {fmt::format("{}表計算ソフトで開き、「Excel ブック (.xlsx)」の形式で保存し直してください。", ja),
         fmt::format("{} Open it in your spreadsheet program and save it again as an Excel workbook (.xlsx).",
                     en)}};
}

tl::unexpected<Error> refused_file(const Refusal& refusal, std::string_view file_name) {
    return fail(Code::bad_file, fmt::format("「{}」{}", file_name, refusal.words.ja),
                fmt::format("\"{}\" {}", file_name, refusal.words.en));
}

}  // namespace sonae::exchange
