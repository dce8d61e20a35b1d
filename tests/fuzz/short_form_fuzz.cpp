// The short form of a checkpoint, as anybody may type it.
#include "fuzz/fuzz.hpp"
#include "history/outside.hpp"

#include <algorithm>

namespace sonae::fuzz {

void take(std::string_view input) {
    auto form = history::read_short_form(input);
    if (taken(form)) {
        auto again = history::read_short_form(form->text);
        holds(again && again->text == form->text && again->size == form->size,
              "the one spelling of a short form is read as itself");
        holds(form->text.size() <= 15 + 1 + 26, "a short form is short");
    }
    // The input as a root: what is printed is read back.
    Digest root = sha256(input);
    std::copy_n(input.begin(), std::min(input.size(), root.size()), root.begin());
    const std::string printed = history::short_form(static_cast<int64_t>(input.size()), root);
    auto read = history::read_short_form(printed);
    holds(read && read->text == printed && read->size == static_cast<int64_t>(input.size()),
          "what is printed is read back");
}

}  // namespace sonae::fuzz
