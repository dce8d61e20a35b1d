// A cell as the value of a field: every field of the catalog, the first line of the input names it.
#include "base/os/address.hpp"
#include "fuzz/fuzz.hpp"
#include "register/value.hpp"

namespace sonae::fuzz {

namespace {

void check(const catalog::Field& field, std::string_view written) {
    using registers::State;
    registers::FieldValue value = registers::read_value(field, written);
    Words shown = registers::show_value(field, value);
    holds(registers::state_of(registers::state_text(value.state)) == value.state, "a state has its text");
    holds(is_utf8(value.text) && is_utf8(shown.ja) && is_utf8(shown.en), "a value is UTF-8");
    switch (value.state) {
        case State::never_asked:
            holds(normalise(written).empty() && value.text.empty(), "only an empty cell says nothing");
            break;
        case State::unknown:
        case State::none:
            holds(value.text.empty() && !shown.ja.empty(), "unknown and none are told by their names");
            break;
        case State::known:
            holds(!value.text.empty() && !shown.ja.empty(), "a known value has a text");
            holds(registers::read_value(field, value.text) == value, "a stored value is read as itself");
            break;
        case State::unreadable:
            holds(value.text == trim(written), "an unreadable value is kept as written");
            break;
    }
}

}  // namespace

void take(std::string_view input) {
    if (!is_utf8(input)) return;
    if (auto address = os::plain_address(input)) {
        holds(os::plain_address(*address) == address, "an address is written in one way");
        holds(os::network_of(*address).has_value(), "an address lies in a network");
    }
    if (auto mac = os::plain_mac(input)) holds(os::plain_mac(*mac) == mac, "a MAC is written in one way");

    std::string_view name = line(input);
    for (const catalog::Register& description : builtin().registers()) {
        for (const catalog::Field& field : description.fields) {
            if (field.name == name) check(field, input);
        }
    }
}

}  // namespace sonae::fuzz
