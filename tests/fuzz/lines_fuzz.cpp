// Commands as JSON lines.
#include "fuzz/fuzz.hpp"
#include "register/lines.hpp"

namespace sonae::fuzz {

void take(std::string_view input) {
    for (bool any_name : {false, true}) {
        auto commands = registers::commands_from_lines(builtin(), input, any_name);
        if (!taken(commands)) continue;
        for (const registers::Command& command : *commands) {
            holds(builtin().find_register(command.register_name) != nullptr, "a command names a register");
            holds(!command.action.empty() || input.find("\"op\"") != input.npos, "a command does something");
            for (const auto& [name, text] : command.values)
                holds(is_utf8(name) && is_utf8(text), "values are UTF-8");
        }
        taken(registers::may_write(builtin(), *commands));
    }
}

}  // namespace sonae::fuzz
