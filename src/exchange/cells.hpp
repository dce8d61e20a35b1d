// How the cells of a table are kept: 16 bytes each, their texts in large pieces of memory that never move, so
// that a file of a million cells costs little more than its texts. Thread-safe once it is filled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <string_view>
#include <vector>

namespace sonae::exchange {

enum class CellKind : uint8_t {
    text,     // what a person or a formula wrote as text; every cell of a CSV file
    number,   // shown as a number
    date,     // shown as a day, month, year or time of day: ISO text (2024-07-01, 2024-07, 09:30)
    boolean,  // TRUE or FALSE
    error,    // #N/A and its like
};

// A cell as its reader gives it. An empty one has no text.
struct Cell {
    std::string_view text;  // what a person sees; UTF-8
    CellKind kind = CellKind::text;
    bool struck = false;  // all of its text is struck out
};

// A cell as it is kept. The text stands in a CellStore.
class StoredCell {
 public:
    StoredCell() = default;
    // `text` must stay where it is, and be shorter than max_length.
    explicit StoredCell(const Cell& cell)
        : text_(cell.text.data()),
          length_(static_cast<uint32_t>(cell.text.size())),
          kind_(cell.kind),
          struck_(cell.struck) {}

    std::string_view text() const { return {text_, length_}; }
    Cell cell() const { return {text(), kind_, struck_}; }
    bool struck() const { return struck_; }
    bool empty() const { return length_ == 0; }

 private:
    const char* text_ = "";
    uint32_t length_ = 0;
    CellKind kind_ = CellKind::text;
    bool struck_ = false;
};
static_assert(sizeof(StoredCell) == 16);

// The cells of a row, read as their texts.
class CellTexts {
 public:
    class Iterator {
     public:
        using iterator_category = std::input_iterator_tag;
        using value_type = std::string_view;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = std::string_view;

        Iterator() = default;
        explicit Iterator(const StoredCell* at) : at_(at) {}
        std::string_view operator*() const { return at_->text(); }
        Iterator& operator++() {
            ++at_;
            return *this;
        }
        Iterator operator++(int) { return Iterator(at_++); }
        bool operator==(const Iterator&) const = default;

     private:
        const StoredCell* at_ = nullptr;
    };

    CellTexts() = default;
    CellTexts(const StoredCell* cells, size_t size) : cells_(cells), size_(size) {}

    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    std::string_view operator[](size_t i) const { return cells_[i].text(); }
    std::string_view front() const { return cells_[0].text(); }
    std::string_view back() const { return cells_[size_ - 1].text(); }
    Iterator begin() const { return Iterator(cells_); }
    Iterator end() const { return Iterator(cells_ + size_); }
    const StoredCell& stored(size_t i) const { return cells_[i]; }

    // The same texts in the same columns.
    bool operator==(const CellTexts& other) const {
        return std::equal(begin(), end(), other.begin(), other.end());
    }

 private:
    const StoredCell* cells_ = nullptr;
    size_t size_ = 0;
};

// Keeps what it is given, in place, as long as it lives. One for each file that is read; its tables share it.
class CellStore {
 public:
    // Keeps a copy of the text.
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        char* place = text_.take(text.size());
        std::memcpy(place, text.data(), text.size());
        return {place, text.size()};
    }

    // Keeps a copy of the cells; their texts must stay where they are.
    const StoredCell* keep(const std::vector<StoredCell>& cells) {
        if (cells.empty()) return nullptr;
        StoredCell* place = cells_.take(cells.size());
        std::copy(cells.begin(), cells.end(), place);
        return place;
    }

 private:
    // Room in pieces of this many; what is larger gets a piece of its own.
    template <class T, size_t piece>
    class Pieces {
     public:
        T* take(size_t count) {
            if (count > piece / 4) {
                large_.push_back(std::make_unique_for_overwrite<T[]>(count));
                return large_.back().get();
            }
            if (count > free_) {
                pieces_.push_back(std::make_unique_for_overwrite<T[]>(piece));
                next_ = pieces_.back().get();
                free_ = piece;
            }
            T* place = next_;
            next_ += count;
            free_ -= count;
            return place;
        }

     private:
        std::vector<std::unique_ptr<T[]>> pieces_;
        std::vector<std::unique_ptr<T[]>> large_;
        T* next_ = nullptr;
        size_t free_ = 0;
    };

    Pieces<char, 256 * 1024> text_;
    Pieces<StoredCell, 16 * 1024> cells_;
};

}  // namespace sonae::exchange
