// A field has a value and a state. Nothing is filled in by silence: a field that nobody was asked about is
// never_asked, and a text that does not fit the field's type is kept as written and takes part in no
// comparison. Thread-safe.
#pragma once

#include "base/date.hpp"
#include "catalog/catalog.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::registers {

enum class State { never_asked, known, unknown, none, unreadable };
std::string_view state_text(State state);
std::optional<State> state_of(std::string_view text);

struct FieldValue {
    State state = State::never_asked;
    // known: the value in its stored form (date ISO, choice its value, boolean "0"/"1", integer in decimal,
    // reference the id; several values joined by a space). unreadable: the text as written. Else
    // empty.
    std::string text;

    bool known() const { return state == State::known; }
    bool operator==(const FieldValue&) const = default;
};

// Reads what a person or a file wrote for a field: empty → never_asked; 「不明」「？」「未確認」「要確認」 …
// → unknown; 「-」「－」「なし」「N/A」 … → none (なし is no in a yes/no, and what the choices say in a
// choice; a remark keeps all but the marks and 不明); a text of the field's type → known, else unreadable.
// References are not resolved here: the text is returned as known and Record resolves it. Dates are read by
// Date::parse.
FieldValue read_value(const catalog::Field& field, std::string_view written);

// The value for people: a choice's label, はい/いいえ for booleans, the state's name (不明, なし …) when not
// known.
Words show_value(const catalog::Field& field, const FieldValue& value);

}  // namespace sonae::registers
