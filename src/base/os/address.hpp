// Network addresses as text. Thread-safe (pure functions).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sonae::os {

// The usual spelling of an IPv4 or IPv6 address; leading zeros and a prefix length ("/24") are dropped.
// Nothing for any other text (placeholders such as 192.168.〇.〇 are not addresses).
std::optional<std::string> plain_address(std::string_view text);

// The network two addresses share when they are "on the same network" as far as the ledger can tell: the /24
// of an IPv4 address ("192.168.10.0/24"), the /64 of an IPv6 address. Takes what plain_address gave.
std::optional<std::string> network_of(std::string_view address);

// A MAC address as "00:11:22:aa:bb:cc" from the usual spellings with ':', '-', '.' or none.
std::optional<std::string> plain_mac(std::string_view text);

}  // namespace sonae::os
