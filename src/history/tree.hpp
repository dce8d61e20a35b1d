// Merkle tree hashing of RFC 6962 §2.1 / RFC 9162 §2.1. Thread-safe (pure functions).
#pragma once

#include "base/hash.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace sonae::history {

Digest leaf_hash(std::string_view leaf);                    // SHA-256(0x00 ‖ leaf)
Digest node_hash(const Digest& left, const Digest& right);  // SHA-256(0x01 ‖ left ‖ right)
Digest root_of(std::span<const Digest> leaves);             // of leaf hashes; SHA-256("") for none
std::vector<Digest> path_of(size_t leaf, std::span<const Digest> leaves);  // inclusion path, lowest first

// Checks an inclusion path (RFC 9162 §2.1.3.2).
bool verify_inclusion(const Digest& leaf, int64_t index, int64_t size, std::span<const Digest> path,
                      const Digest& root);

// A tree that is appended to and asked for its root again and again; keeps O(log n) hashes.
class Spine {
 public:
    void append(const Digest& leaf);
    Digest root() const;
    int64_t size() const { return size_; }

 private:
    int64_t size_ = 0;
    std::vector<Digest> peaks_;  // roots of the complete subtrees, largest first
};

}  // namespace sonae::history
