// The small parts of a workbook (its list of sheets, styles, relations; the content of an ODS file) as
// elements, read by expat. Elements and attributes are told by their local names, so that prefixes and the
// two name spaces of the format (transitional and strict) make no difference. One owner at a time; throws
// Refusal.
#pragma once

#include "exchange/package.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sonae::exchange {

// Of the element in hand.
class Attributes {
 public:
    // Names and values in turn, as expat gives them; ends with null.
    explicit Attributes(const char** list) : list_(list) {}
    // The value of the first with this local name; empty when there is none.
    std::string_view operator[](std::string_view name) const;
    // Whether any with this local name has this value.
    bool any(std::string_view name, std::string_view value) const;

 private:
    const char** list_;
};

// What reads one kind of part.
class Elements {
 public:
    virtual ~Elements() = default;
    virtual void start(std::string_view name, const Attributes& attributes) = 0;
    virtual void end(std::string_view) {}
    virtual void text(std::string_view) {}
};

constexpr int max_depth = 100;  // of elements

// Gives the part's elements in order. Refuses what is not well-formed UTF-8 XML, a document type declaration
// (and with it every entity of the file's own) and elements nested deeper than max_depth.
void read_part(Package& package, const std::string& name, Elements& elements);

// The same for text in memory; `part` is its name in messages.
void read_xml(std::string_view text, const std::string& part, Elements& elements);

// The number that is the whole text.
std::optional<int64_t> whole_number(std::string_view text);

// What the format writes for yes.
bool is_true(std::string_view text);

}  // namespace sonae::exchange
