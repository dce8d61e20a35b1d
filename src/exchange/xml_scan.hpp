// A scanner for the large parts of a workbook (the cells of a sheet, its shared strings), several times as
// fast as a general XML parser: it hands out start tags, end tags and texts in place, from a window that
// moves over the part. It takes UTF-8 only, checks that tags match and nest within bounds, and refuses a
// document type declaration, so that there are no entities but XML's own. It is laxer than expat where
// nothing depends on it (which characters a name may have, attributes that nobody asks for, name spaces); a
// text is checked to be UTF-8 by who keeps it. One owner at a time; throws Refusal.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::exchange {

class XmlScanner {
 public:
    // Writes up to `room` bytes of the part, 0 at its end.
    using Fill = std::function<size_t(char* to, size_t room)>;
    // `part` is its name in messages.
    XmlScanner(std::string part, Fill fill);

    enum class Piece {
        start,   // of an element: name(), attribute()
        end,     // of an element: name(); an empty one (<a/>) has both
        text,    // text(): a piece of it, with line ends and references resolved
        finish,  // the part is over
    };
    Piece next();

    // The local name of the element that starts or ends. Views are valid until the next call of `next`.
    std::string_view name() const { return name_; }
    std::string_view text() const { return text_; }
    // The value of the first attribute with this local name; empty when there is none. Valid until the next
    // call of `attribute` or `next`.
    std::string_view attribute(std::string_view name);

    // For who knows what usually comes next: the bytes ahead that no piece was made of, at least `look_ahead`
    // of them. Nothing near the end of the part, or in the middle of something.
    std::string_view ahead() {
        if (closing_ || in_cdata_) return {};
        if (end_ - at_ < look_ahead && (!refill() || end_ - at_ < look_ahead)) return {};
        return {at_, static_cast<size_t>(end_ - at_)};
    }
    // Passes over bytes of `ahead`, which must be whole elements.
    void pass(size_t bytes) { at_ += bytes; }
    static constexpr std::ptrdiff_t look_ahead = 4'096;

    const std::string& part() const { return part_; }

 private:
    [[noreturn]] void broken() const;
    bool refill();
    bool has(size_t bytes);
    bool at(std::string_view mark);
    size_t tag_length();
    void pass_over(std::string_view end);
    void start_tag();
    void end_tag();
    bool plain_text();
    void line_end();
    void reference();
    bool cdata();
    void close();
    void decode(std::string_view raw);
    bool append_reference(std::string_view inner, std::string& to) const;

    static constexpr size_t window = 256 * 1024;  // a tag must fit into it
    std::string part_;
    Fill fill_;
    std::unique_ptr<char[]> buffer_;
    char* at_;
    char* end_;
    bool no_more_ = false;
    bool begun_ = false;    // an element has started
    bool closing_ = false;  // the element in hand is empty: its end comes next
    bool in_cdata_ = false;

    std::string open_;               // names of the elements that are open, one after the other
    std::vector<uint32_t> lengths_;  // how long each of them is
    std::string_view name_;
    std::string_view attributes_;
    std::string_view text_;
    std::string scratch_;
};

}  // namespace sonae::exchange
