// Makes compound files with one stream, so that a test shows exactly what stands in it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace sonae::exchange {

inline std::string little(uint64_t value, size_t bytes) {
    std::string out;
    for (; bytes > 0; bytes--, value >>= 8)
        out += static_cast<char>(value & 0xFF);
    return out;
}

// A record of an .xls stream.
inline std::string record(uint32_t type, std::string_view data) {
    return little(type, 2) + little(data.size(), 2) + std::string(data);
}

inline std::string ole_of(std::string_view name, std::string_view stream) {
    constexpr uint32_t end = 0xFFFFFFFE;
    constexpr uint32_t none = 0xFFFFFFFF;
    size_t sectors = (std::max<size_t>(stream.size(), 1) + 511) / 512;
    size_t tables = (sectors + 1) / 127 + 1;  // sectors of the table, which also counts itself
    auto entry = [&](std::string_view label, int type, uint32_t first, size_t size, uint32_t child) {
        std::string out;
        for (char c : label)
            out += std::string{c, '\0'};
        out.resize(64, '\0');
        out += little(label.size() * 2 + 2, 2) + little(static_cast<uint64_t>(type), 1) + little(1, 1);
        out += little(none, 4) + little(none, 4) + little(child, 4) + std::string(36, '\0');
        return out + little(first, 4) + little(size, 8);
    };
    std::string file("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    file += std::string(16, '\0') + little(0x3E, 2) + little(3, 2) + little(0xFFFE, 2) + little(9, 2) +
            little(6, 2);
    file += std::string(10, '\0') + little(tables, 4) + little(sectors, 4) + little(0, 4);
    file += little(0, 4);  // no stream is small
    file += little(end, 4) + little(0, 4) + little(end, 4) + little(0, 4);
    for (size_t i = 0; i < 109; i++)
        file += little(i < tables ? sectors + 1 + i : none, 4);
    std::string data(stream);
    data.resize(sectors * 512, '\0');
    std::string directory = entry("Root Entry", 5, end, 0, 1) + entry(name, 2, 0, stream.size(), none);
    directory.resize(512, '\0');
    std::string table;
    for (size_t i = 0; i < sectors; i++)
        table += little(i + 1 < sectors ? i + 1 : end, 4);
    table += little(end, 4);
    for (size_t i = 0; i < tables; i++)
        table += little(0xFFFFFFFD, 4);
    while (table.size() < tables * 512)
        table += little(none, 4);
    return file + data + directory + table;
}

}  // namespace sonae::exchange
