// JSON lines to commands.
#include "register/lines.hpp"

#include "base/id.hpp"
#include "base/text.hpp"

#include <set>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

// A member's value as a person would have written it.
std::string written(const json::value& value) {
    switch (value.kind()) {
        case json::kind::string:
            return std::string(view(value.get_string()));
        case json::kind::bool_:
            return value.get_bool() ? "yes" : "no";
        case json::kind::int64:
            return std::to_string(value.get_int64());
        case json::kind::array: {
            std::string out;
            for (const json::value& item : value.get_array()) {
                if (!out.empty()) out += "、";
                out += written(item);
            }
            return out;
        }
        case json::kind::null:
            return {};
        default:
            return json::serialize(value);
    }
}

class Reading {
 public:
    Reading(const catalog::Catalog& catalog, bool any_name) : catalog_(catalog), any_name_(any_name) {}

    Result<Command> command(const json::object& object) {
        Command out;
        bool acted = false;
        for (const auto& member : object) {
            std::string key(member.key());
            std::string text = written(member.value());
            if (key == "register") {
                out.register_name = text;
            } else if (key == "id") {
                out.id = text;
            } else if (key == "op") {
                out.action = text;
                acted = true;
            } else if (key == "why" && !has_field(object, "why")) {
                out.why = text;
            } else if (key == "expect") {
                out.expected_version = int_at(object, "expect");
            } else {
                out.values.emplace_back(key, text);
            }
        }
        const catalog::Register* description = catalog_.find_register(out.register_name);
        if (!description) {
            return fail(Code::unknown_register, fmt::format("台帳「{}」はありません。", out.register_name),
                        fmt::format("There is no register \"{}\".", out.register_name));
        }
        bool local = out.id.starts_with('#') || (any_name_ && !out.id.empty() && !is_id(out.id));
        if (!acted) {
            bool first = local && names_.insert(out.id).second;
            out.action = description->single ? "set" : out.id.empty() || first ? "add" : "set";
        }
        return out;
    }

 private:
    bool has_field(const json::object& object, std::string_view field) const {
        const catalog::Register* description = catalog_.find_register(text_at(object, "register"));
        return description && description->field(field);
    }

    const catalog::Catalog& catalog_;
    bool any_name_;
    std::set<std::string> names_;
};

Error at_line(Error error, size_t line) {
    error.words.ja = fmt::format("{}行目: {}", line, error.words.ja);
    error.words.en = fmt::format("Line {}: {}", line, error.words.en);
    return error;
}

}  // namespace

Result<std::vector<Command>> commands_from_lines(const catalog::Catalog& catalog, std::string_view text,
                                                 bool any_name) {
    std::vector<Command> out;
    Reading reading(catalog, any_name);
    size_t number = 0;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        number++;
        std::string plain = trim(line);
        if (plain.empty() || plain.starts_with("//")) continue;
        auto value = parse_json(plain);
        if (!value) return tl::unexpected<Error>(at_line(value.error(), number));
        if (!value->is_object()) {
            return fail(Code::bad_file, fmt::format("{}行目: {{…}} の形ではありません。", number),
                        fmt::format("Line {} is not an object {{…}}.", number));
        }
        auto command = reading.command(value->get_object());
        if (!command) return tl::unexpected<Error>(at_line(command.error(), number));
        out.push_back(std::move(*command));
    }
    return out;
}

Result<std::vector<Command>> commands_from_json(const catalog::Catalog& catalog, const json::array& objects,
                                                bool any_name) {
    std::vector<Command> out;
    Reading reading(catalog, any_name);
    for (const json::value& value : objects) {
        auto command = reading.command(value.as_object());
        if (!command) return pass(std::move(command));
        out.push_back(std::move(*command));
    }
    return out;
}

Status may_write(const catalog::Catalog& catalog, const std::vector<Command>& commands) {
    for (const Command& command : commands) {
        const catalog::Register* description = catalog.find_register(command.register_name);
        if (!description) continue;  // apply says so
        if (command.action == "erase") {
            return fail(Code::refused, "内容を消すときは `sonae erase` を使ってください。",
                        "Use `sonae erase` to erase content.");
        }
        if (description->internal) {
            return fail(
                Code::refused,
                fmt::format("「{}」はSonaeが専用のコマンド（confirm、attach、packなど）で記録します。",
                            description->label.ja),
                fmt::format("{} is written by commands of its own (confirm, attach, pack …).",
                            description->label.en));
        }
        for (const auto& [name, text] : command.values) {
            const catalog::Field* field = description->field(name);
            if (field && field->internal) {
                return fail(Code::refused, fmt::format("項目「{}」はSonaeが記録します。", field->label.ja),
                            fmt::format("The field {} is written by Sonae itself.", field->name));
            }
        }
    }
    return {};
}

}  // namespace sonae::registers
