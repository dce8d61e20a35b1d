// The scanner. The window holds the bytes from `at_` to `end_`; whoever needs more than it has moves them to
// its front and fills it up (`refill`), so offsets from `at_` stay right and pointers do not.
#include "exchange/xml_scan.hpp"

#include "exchange/refusal.hpp"
#include "exchange/xml_parts.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sonae::exchange {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Bytes that end a run of plain text: marks, line ends to be unified, and what no XML text may hold.
constexpr std::array<bool, 256> text_stops = [] {
    std::array<bool, 256> stops{};
    for (size_t c = 0; c < 0x20; c++)
        stops[c] = c != '\t' && c != '\n';
    stops['<'] = stops['&'] = true;
    return stops;
}();

bool stops_text(char c) {
    return text_stops[static_cast<unsigned char>(c)];
}

std::string_view local(std::string_view name) {
    size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

void append_utf8(uint32_t code, std::string& to) {
    auto put = [&](uint32_t byte) { to += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

}  // namespace

XmlScanner::XmlScanner(std::string part, Fill fill)
    : part_(std::move(part)),
      fill_(std::move(fill)),
      buffer_(std::make_unique_for_overwrite<char[]>(window)),
      at_(buffer_.get()),
      end_(buffer_.get()) {
    if (at("\xef\xbb\xbf")) at_ += 3;
}

void XmlScanner::broken() const {
    refuse(damaged(part_));
}

// Gets more bytes behind those that are there; false when the part has no more.
bool XmlScanner::refill() {
    if (no_more_) return false;
    size_t kept = static_cast<size_t>(end_ - at_);
    std::memmove(buffer_.get(), at_, kept);
    at_ = buffer_.get();
    end_ = at_ + kept;
    size_t before = kept;
    while (kept < window) {
        size_t got = fill_(end_, window - kept);
        no_more_ = got == 0;
        if (no_more_) break;
        kept += got;
        end_ += got;
    }
    if (kept == window && before == window) refuse(unsafe());  // a tag longer than the window
    return kept > before;
}

bool XmlScanner::has(size_t bytes) {
    while (static_cast<size_t>(end_ - at_) < bytes) {
        if (!refill()) return false;
    }
    return true;
}

bool XmlScanner::at(std::string_view mark) {
    return has(mark.size()) && std::string_view(at_, mark.size()) == mark;
}

// The length of the tag that begins here, up to its '>'.
size_t XmlScanner::tag_length() {
    char quote = 0;
    for (size_t length = 1;; length++) {
        if (!has(length + 1)) broken();
        char c = at_[length];
        if (quote != 0) {
            if (c == quote) quote = 0;
            if (c == '<') broken();
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return length + 1;
        } else if (c == '<') {
            broken();
        }
    }
}

// Passes over a comment or a processing instruction.
void XmlScanner::pass_over(std::string_view end) {
    at_ += 2;
    while (!at(end)) {
        if (!has(1)) broken();
        at_++;
    }
    at_ += end.size();
}

void XmlScanner::start_tag() {
    size_t length = tag_length();
    std::string_view tag(at_ + 1, length - 2);
    at_ += length;
    closing_ = tag.ends_with('/');
    if (closing_) tag.remove_suffix(1);
    size_t name_end = 0;
    while (name_end < tag.size() && !is_space(tag[name_end]))
        name_end++;
    std::string_view name = tag.substr(0, name_end);
    if (name.empty() || (begun_ && lengths_.empty())) broken();  // a second root
    begun_ = true;
    if (lengths_.size() >= static_cast<size_t>(max_depth)) refuse(unsafe());
    open_ += name;
    lengths_.push_back(static_cast<uint32_t>(name.size()));
    name_ = local(name);
    attributes_ = tag.substr(name_end);
}

void XmlScanner::close() {
    open_.resize(open_.size() - lengths_.back());
    lengths_.pop_back();
}

void XmlScanner::end_tag() {
    size_t length = tag_length();
    std::string_view name(at_ + 2, length - 3);
    at_ += length;
    while (!name.empty() && is_space(name.back()))
        name.remove_suffix(1);
    if (lengths_.empty() || !std::string_view(open_).ends_with(name) || name.size() != lengths_.back())
        broken();
    name_ = local(name);
    close();
}

// Takes what stands here up to a mark; false when there is nothing of the kind.
bool XmlScanner::plain_text() {
    char* from = at_;
    while (at_ < end_ && !stops_text(*at_))
        at_++;
    text_ = {from, static_cast<size_t>(at_ - from)};
    return !text_.empty();
}

void XmlScanner::line_end() {
    at_++;
    if (has(1) && *at_ == '\n') at_++;
    text_ = "\n";
}

bool XmlScanner::append_reference(std::string_view inner, std::string& to) const {
    if (inner == "lt")
        to += '<';
    else if (inner == "gt")
        to += '>';
    else if (inner == "amp")
        to += '&';
    else if (inner == "quot")
        to += '"';
    else if (inner == "apos")
        to += '\'';
    else if (inner.size() > 1 && inner.front() == '#') {
        bool hex = inner[1] == 'x';
        std::string_view digits = inner.substr(hex ? 2 : 1);
        uint32_t code = 0;
        auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
        bool all = error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
        bool control = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
        bool none = (code >= 0xD800 && code < 0xE000) || code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF;
        if (!all || control || none) return false;
        append_utf8(code, to);
    } else {
        return false;
    }
    return true;
}

void XmlScanner::reference() {
    constexpr size_t longest = 64;  // zeros may stand before the digits
    size_t length = 1;
    while (length < longest && has(length + 1) && at_[length] != ';')
        length++;
    if (!has(length + 1) || at_[length] != ';') broken();
    scratch_.clear();
    if (!append_reference({at_ + 1, length - 1}, scratch_)) broken();
    at_ += length + 1;
    text_ = scratch_;
}

// Takes a piece of a CDATA section; false at its end.
bool XmlScanner::cdata() {
    if (at("]]>")) {
        at_ += 3;
        in_cdata_ = false;
        return false;
    }
    if (!has(1)) broken();
    if (*at_ == '\r') {
        line_end();
        return true;
    }
    char* from = at_;
    for (at_++; at_ < end_ && *at_ != ']' && (!stops_text(*at_) || *at_ == '<' || *at_ == '&');)
        at_++;
    text_ = {from, static_cast<size_t>(at_ - from)};
    if (static_cast<unsigned char>(*from) < 0x20 && *from != '\t' && *from != '\n') broken();
    return true;
}

XmlScanner::Piece XmlScanner::next() {
    if (closing_) {
        closing_ = false;
        close();
        return Piece::end;
    }
    for (;;) {
        if (in_cdata_) {
            if (cdata()) return Piece::text;
        } else if (at_ == end_ && !refill()) {
            if (!begun_ || !lengths_.empty()) broken();
            return Piece::finish;
        } else if (*at_ != '<') {
            if (!plain_text()) {
                if (*at_ == '&') {
                    reference();
                } else if (*at_ == '\r') {
                    line_end();
                } else {
                    broken();
                }
            }
            return Piece::text;
        } else if (!has(2)) {
            broken();
        } else if (at_[1] == '/') {
            end_tag();
            return Piece::end;
        } else if (at_[1] == '?') {
            pass_over("?>");
        } else if (at_[1] != '!') {
            start_tag();
            return Piece::start;
        } else if (at("<!--")) {
            at_ += 2;
            pass_over("-->");
        } else if (at("<![CDATA[")) {
            at_ += 9;
            in_cdata_ = true;
        } else {
            refuse(unsafe());  // a document type declaration
        }
    }
}

void XmlScanner::decode(std::string_view raw) {
    scratch_.clear();
    for (size_t i = 0; i < raw.size(); i++) {
        if (raw[i] == '&') {
            size_t end = raw.find(';', i);
            if (end == std::string_view::npos || !append_reference(raw.substr(i + 1, end - i - 1), scratch_))
                broken();
            i = end;
        } else if (is_space(raw[i])) {
            if (raw.substr(i, 2) == "\r\n") i++;
            scratch_ += ' ';
        } else {
            scratch_ += raw[i];
        }
    }
}

std::string_view XmlScanner::attribute(std::string_view wanted) {
    std::string_view rest = attributes_;
    auto pass_spaces = [&] {
        while (!rest.empty() && is_space(rest.front()))
            rest.remove_prefix(1);
    };
    for (pass_spaces(); !rest.empty(); pass_spaces()) {
        size_t length = std::min(rest.find_first_of("= \t\r\n"), rest.size());
        std::string_view name = rest.substr(0, length);
        rest.remove_prefix(length);
        pass_spaces();
        if (rest.empty() || rest.front() != '=') broken();
        rest.remove_prefix(1);
        pass_spaces();
        if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) broken();
        size_t close = rest.find(rest.front(), 1);
        if (close == std::string_view::npos) broken();
        std::string_view value = rest.substr(1, close - 1);
        rest.remove_prefix(close + 1);
        if (local(name) != wanted || name == "xmlns" || name.starts_with("xmlns:")) continue;
        bool plain = std::none_of(value.begin(), value.end(),
                                  [](char c) { return c == '&' || c == '\t' || c == '\n' || c == '\r'; });
        if (plain) return value;
        decode(value);
        return scratch_;
    }
    return {};
}

}  // namespace sonae::exchange
