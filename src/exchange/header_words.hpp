// The words by which headers of files mean fields, and how they are compared. Thread-safe (pure functions).
#pragma once

#include "catalog/catalog.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonae::exchange {

// A spelling that means a field.
struct Spelling {
    std::string key;      // as headers are compared
    std::string written;  // as the register's file has it
    const catalog::Register* target = nullptr;
    const catalog::Field* field = nullptr;
    bool name = false;  // the field's own label or name, not another word for it
};

// All spellings of the register's fields, then those of the children that a row also makes: what comes first
// wins.
std::vector<Spelling> spellings_of(const catalog::Catalog& catalog, const catalog::Register& description);

// A header as it is compared: match_key, or what there is when it is nothing but marks ("#").
std::string header_key(std::string_view header);

// The key of a header in front of a remark in brackets: 管理番号（必須）. Empty when there is none.
std::string before_bracket(std::string_view header);

// The key of one of several alike without its number: "ソフト名2" → "ソフト名", 2; 0 when it has none.
std::pair<std::string, size_t> without_number(const std::string& key);

size_t characters(std::string_view text);

// True when `part` stands in `whole`, at `at`, and does not cut a Latin word: "os" is no part of "pos端末".
bool stands_in(std::string_view part, std::string_view whole, size_t& at);

// How well a spelling matches a header in part; 0: not. Japanese puts the noun that matters last (設置場所 in
// 機器の設置場所, but 連絡先 in 担当者連絡先): the spelling has to end the header or be more than half of it.
// Longer is better.
size_t part_score(const Spelling& spelling, std::string_view key);

}  // namespace sonae::exchange
