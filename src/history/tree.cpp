// Merkle tree hashing.
#include "history/tree.hpp"

#include <bit>

namespace sonae::history {

namespace {

// The largest power of two below n (n ≥ 2).
size_t split_point(size_t n) {
    return std::bit_floor(n - 1);
}

}  // namespace

Digest leaf_hash(std::string_view leaf) {
    return sha256(std::string_view("\0", 1), leaf);
}

Digest node_hash(const Digest& left, const Digest& right) {
    return sha256("\x01", bytes(left), bytes(right));
}

Digest root_of(std::span<const Digest> leaves) {
    if (leaves.empty()) return sha256("");
    Spine spine;
    for (const Digest& leaf : leaves)
        spine.append(leaf);
    return spine.root();
}

std::vector<Digest> path_of(size_t leaf, std::span<const Digest> leaves) {
    std::vector<Digest> path;
    if (leaves.size() < 2) return path;
    size_t k = split_point(leaves.size());
    if (leaf < k) {
        path = path_of(leaf, leaves.first(k));
        path.push_back(root_of(leaves.subspan(k)));
    } else {
        path = path_of(leaf - k, leaves.subspan(k));
        path.push_back(root_of(leaves.first(k)));
    }
    return path;
}

bool verify_inclusion(const Digest& leaf, int64_t index, int64_t size, std::span<const Digest> path,
                      const Digest& root) {
    if (index < 0 || index >= size) return false;
    int64_t node = index;
    int64_t last = size - 1;
    Digest hash = leaf;
    for (const Digest& sibling : path) {
        if (last == 0) return false;
        if ((node & 1) != 0 || node == last) {
            hash = node_hash(sibling, hash);
            while ((node & 1) == 0 && node != 0) {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    return last == 0 && hash == root;
}

void Spine::append(const Digest& leaf) {
    Digest hash = leaf;
    // Each complete subtree of the same height joins: as many as the size has trailing one bits.
    for (int64_t size = size_; (size & 1) != 0; size >>= 1) {
        hash = node_hash(peaks_.back(), hash);
        peaks_.pop_back();
    }
    peaks_.push_back(hash);
    size_++;
}

Digest Spine::root() const {
    if (peaks_.empty()) return sha256("");
    Digest hash = peaks_.back();
    for (size_t i = peaks_.size() - 1; i > 0; i--)
        hash = node_hash(peaks_[i - 1], hash);
    return hash;
}

}  // namespace sonae::history
