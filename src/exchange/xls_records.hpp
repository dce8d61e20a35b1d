// The records that the stream of an .xls file is made of (BIFF8), and the values in them. A record that is
// too long for itself goes on in others (CONTINUE); whoever reads it does not notice, save for strings, which
// repeat there how wide their characters are. One owner at a time; throws Refusal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::exchange {

class XlsRecords {
 public:
    explicit XlsRecords(std::string_view stream) : stream_(stream) {}

    // Goes to the record that begins at this byte of the stream, to be read by the next call of `next`.
    void go_to(size_t at);
    // Goes to the next record; false at the end of the stream.
    bool next();

    uint32_t type() const { return type_; }
    // Bytes of the record that are not read yet, without those it goes on in.
    size_t left() const { return end_ - at_; }

    // The next value of the record; a record that is too short is damaged.
    uint32_t number(size_t bytes);
    double real();
    void pass(size_t bytes);

    // A text with the fonts of its runs: from which character on which font.
    struct Text {
        std::vector<std::pair<std::string, int64_t>> runs;  // the piece and its font; -1: that of the cell
        std::string joined() const;
    };
    // A string of the form that most records have; `length_bytes` is how long the count before it is.
    Text text(size_t length_bytes);

 private:
    bool go_on();
    uint32_t byte();

    std::string_view stream_;
    size_t next_ = 0;  // where the next record begins
    uint32_t type_ = 0;
    size_t at_ = 0;
    size_t end_ = 0;
};

}  // namespace sonae::exchange
