// The functions of computed tables (docs/catalog-format.md, "In SQL").
#include "register/computed.hpp"

#include "base/os/address.hpp"

#include <charconv>

namespace sonae::registers {

std::vector<std::pair<std::string, std::string>> Computer::columns(std::string_view function) {
    if (function == "support") {
        return {{"product", "TEXT"},      {"cycles", "TEXT"},     {"count", "INTEGER"},
                {"earliest_end", "TEXT"}, {"latest_end", "TEXT"}, {"extended_end", "TEXT"}};
    }
    if (function == "zone") return {{"zone", "TEXT"}};
    return {{"overdue_on", "TEXT"}};
}

std::optional<std::vector<store::Value>> Computer::row(std::string_view function,
                                                       const std::vector<FieldValue>& values) {
    if (!values[0].known()) return std::nullopt;
    if (function == "support") {
        std::pair<std::string, std::string> key(values[0].text, values[1].known() ? values[1].text : "");
        auto found = matched_.find(key);
        if (found == matched_.end()) {
            found = matched_.emplace(key, catalog_.support().match(key.first, key.second)).first;
        }
        const auto& match = found->second;
        if (!match) return std::nullopt;
        store::Value extended;
        if (!match->extended_end.empty()) extended = match->extended_end;
        return std::vector<store::Value>{match->product,      match->cycles,     int64_t{match->count},
                                         match->earliest_end, match->latest_end, extended};
    }
    if (function == "zone") {
        auto network = os::network_of(values[0].text);
        if (!network) return std::nullopt;
        return std::vector<store::Value>{*network};
    }
    auto last = Date::parse_iso(values[0].text);
    int days = 0;
    const std::string& interval = values[1].text;
    if (values[1].known()) std::from_chars(interval.data(), interval.data() + interval.size(), days);
    if (!last || days <= 0 || days > 36500) return std::nullopt;
    return std::vector<store::Value>{last->last_day().plus_days(2 * days).iso()};
}

}  // namespace sonae::registers
