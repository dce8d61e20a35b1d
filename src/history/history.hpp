// The truth: an append-only log of changes, one leaf for each, in a Merkle tree for each institution.
//
// Formats: docs/history-format.md. A leaf is canonical JSON and carries who, when, which entry, which version
// and the salted digest of the entry before and after; the entry itself (the body) and its salt lie beside
// the leaf, so that a body can be erased and the tree stays provable. Tree hashing is RFC 6962/9162, the head
// a C2SP checkpoint signed with Ed25519. Used by one thread at a time, within a transaction of the caller.
#pragma once

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "history/key.hpp"
#include "store/database.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::history {

// What a change says of itself.
struct Change {
    std::string action;         // add, set, retire
    std::string register_name;  // which entry
    std::string id;
    int64_t version = 0;  // of the entry after the change, from 1
    std::string by;
    std::string why;
    std::string source;  // command that made it, e.g. "import ledger.csv"
    json::object body;   // the whole entry after the change
};

// An event as read back.
struct Event {
    int64_t seq = 0;  // from 0, without gaps, in each institution
    Instant at = 0;
    std::string action;
    std::string register_name;
    std::string id;
    int64_t version = 0;
    std::string by;
    std::string why;
    std::string source;
    std::string leaf;                 // canonical text
    std::optional<std::string> body;  // canonical text; nothing when erased
    std::string salt;
    Digest leaf_hash{};
};

// Makes the tables of the history in an empty database.
void create_tables(store::Database& database);

// A checkpoint (signed tree head).
struct Checkpoint {
    int64_t size = 0;
    Digest root{};
    std::string note;  // the whole signed note
};

class History {
 public:
    // `institution` is the id whose history this is.
    History(store::Database& database, std::string institution);

    const std::string& institution() const { return institution_; }

    // Appends a change at `at`; the caller's transaction must also hold the changed projection. Returns the
    // event.
    Event append(const Change& change, Instant at);

    // Signs the head over everything appended and stores it; called once, last in the transaction.
    Checkpoint seal(const Key& key);

    // Number of events.
    int64_t size() const;
    // Latest stored checkpoint; nothing for an empty history.
    std::optional<Checkpoint> latest() const;

    // Calls for each event in order, of all entries or of one; stops when the callback returns false.
    void each(const std::function<bool(const Event&)>& visit, std::string_view register_name = {},
              std::string_view id = {}) const;
    std::optional<Event> event(int64_t seq) const;

    // Root of the first `size` leaves, and the inclusion proof (RFC 9162 §2.1.3) of leaf `seq` in them.
    Digest root(int64_t size) const;
    std::vector<Digest> inclusion(int64_t seq, int64_t size) const;

 private:
    store::Database& database_;
    std::string institution_;
};

// The first line of an institution's checkpoints, which is also the name of the key that signs them.
std::string checkpoint_origin(std::string_view institution);

// A place where the stored history does not hold.
struct Fault {
    std::string place;  // "event 12", "checkpoint 40", "evidence/ab/…"
    Words words;
};

// Recomputes everything of an institution's history: leaves, bodies, sequence, tree, checkpoints and
// signatures (by the keys the history itself announces, and `key`). Returns what does not hold; empty: all
// holds. `erased` counts bodies that were erased.
std::vector<Fault> verify(store::Database& database, const std::string& institution, const PublicKey& key,
                          int64_t* erased);

}  // namespace sonae::history
