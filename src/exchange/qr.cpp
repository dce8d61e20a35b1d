// QR codes by libqrencode.
#include "exchange/qr.hpp"

#include "base/text.hpp"

#include <memory>

#include <fmt/format.h>
#include <qrencode.h>

namespace sonae::exchange {

namespace {

constexpr int border = 4;  // blank squares around a code, as ISO/IEC 18004 asks

struct FreeCode {
    void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

Result<Qr> make_qr(std::string_view text) {
    constexpr size_t longest = 4096;  // more than the largest code holds
    std::unique_ptr<QRcode, FreeCode> made(
        text.empty() || text.size() > longest
            ? nullptr
            : QRcode_encodeData(static_cast<int>(text.size()),
                                reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M));
    if (!made) {
        return fail(Code::bad_value, "QRコードに入りきらない長さです。", "Too long for a QR code.");
    }
    Qr code;
    code.side = made->width;
    for (int i = 0; i < made->width * made->width; ++i)
        code.dark.push_back((made->data[i] & 1) != 0);
    return code;
}

std::string qr_svg(const Qr& code, std::string_view label) {
    const int whole = code.side + 2 * border;
    std::string out = fmt::format(
        "<svg class=\"qr\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\" "
        "shape-rendering=\"crispEdges\">"
        "<rect width=\"{}\" height=\"{}\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
        escape_markup(label), whole, whole, whole, whole);
    code.each_run([&](int x, int y, int length) {
        out += fmt::format("M{} {}h{}v1h-{}z", x + border, y + border, length, length);
    });
    return out + "\"/></svg>";
}

}  // namespace sonae::exchange
