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

// What somebody asked for under an idempotency key: a repeated request finds its events by the key, and
// another request under the same key is told apart by the digest.
struct Request {
    std::string key;
    std::string digest;  // hex SHA-256 of what was asked

    bool operator==(const Request&) const = default;
};

// What a change says of itself.
struct Change {
    std::string action;         // add, set, retire, erase
    std::string register_name;  // which entry
    std::string id;
    int64_t version = 0;  // of the entry after the change, from 1
    std::string by;
    std::string why;
    std::string source;  // command that made it, e.g. "import ledger.csv"
    json::object body;   // the whole entry after the change
    std::optional<Request> request;
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
    std::optional<Request> request;
    std::string leaf;  // canonical text
    // Canonical text of the entry after the change. Of an erased event: what was left of it (without the
    // erased field), or nothing.
    std::optional<std::string> body;
    bool erased = false;
    std::string salt;
    Digest leaf_hash{};
};

// Makes the tables of the history in an empty database.
void create_tables(store::Database& database);

// Brings tables of format 1 (docs/history-format.md) to today's form, within the caller's transaction.
void migrate_tables(store::Database& database);

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

    // Appends a change at `at`; the caller's transaction must also hold the changed projection. `size`: the
    // number of events before it, when the caller knows. Returns the event.
    Event append(const Change& change, Instant at, std::optional<int64_t> size = {});

    // Signs the head over everything appended and stores it in place of the last one; called once, last in
    // the transaction.
    Checkpoint seal(const Key& key);

    // Takes body and salt of events away; `by_seq` is the event of action `erase`, appended before, whose
    // body names them under "erased".
    void erase(const std::vector<int64_t>& seqs, int64_t by_seq);

    // The first event of a request; nothing when the key was never used.
    std::optional<int64_t> request(std::string_view key) const;
    // Entries (register, id) changed by the events from `seq` on, each once, in no order.
    std::vector<std::pair<std::string, std::string>> changed_since(int64_t seq) const;

    // Number of events.
    int64_t size() const;
    // The stored head; nothing for an empty history. Heads of earlier sizes are not kept: root(size) gives
    // what they must say.
    std::optional<Checkpoint> latest() const;

    // Calls for each event in order, of all entries or of one; stops when the callback returns false.
    void each(const std::function<bool(const Event&)>& visit, std::string_view register_name = {},
              std::string_view id = {}) const;
    std::optional<Event> event(int64_t seq) const;
    // The same from event `seq` on.
    void each_from(int64_t seq, const std::function<bool(const Event&)>& visit) const;

    // Root of the first `size` leaves, and the inclusion proof (RFC 9162 §2.1.3) of leaf `seq` in them.
    Digest root(int64_t size) const;
    std::vector<Digest> inclusion(int64_t seq, int64_t size) const;

 private:
    Event read(const store::Statement& row) const;

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

// Recomputes everything of an institution's history: leaves, bodies, sequence, tree, erasures, requests, the
// head and its signature (by `key` or one of the keys the history itself announces). Returns what does not
// hold; empty: all holds. `erased` counts the events whose bodies were erased.
std::vector<Fault> verify(store::Database& database, const std::string& institution, const PublicKey& key,
                          int64_t* erased);

}  // namespace sonae::history
