// The first page of a pack: one HTML file that opens without a network, in the order of the checklist.
#pragma once

#include "pack/content.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sonae::pack {

// A register's workbook in the pack.
struct RegisterFile {
    std::string register_name;
    std::string label;
    std::string path;
    size_t entries = 0;
};

// UTF-8; no script, nothing loaded from elsewhere; every text escaped.
std::string index_page(const Content& content, const std::vector<RegisterFile>& registers);

}  // namespace sonae::pack
