// The text of a cell that may have runs of which some are struck out: those are left out where others are
// not, so that what is read is what still holds. One owner at a time.
#pragma once

#include <string>
#include <string_view>

namespace sonae::exchange {

class CellText {
 public:
    void clear() {
        all_.clear();
        kept_.clear();
        some_struck_ = false;
    }
    void add(std::string_view piece, bool struck);

    // What is read.
    const std::string& text() const { return partly_struck() ? kept_ : all_; }
    // There is text, and all of it is struck out.
    bool struck() const;
    // Some of it is, and left out.
    bool partly_struck() const;

    // All that was added, for who goes on with the last piece.
    const std::string& all() const { return all_; }
    // Takes the last byte back.
    void drop_last();

 private:
    std::string all_;
    std::string kept_;  // without the runs that are struck out
    bool some_struck_ = false;
    bool last_struck_ = false;
};

}  // namespace sonae::exchange
