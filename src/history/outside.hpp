// Checkpoints outside the house: the short form that is typed from paper, comparing a checkpoint that comes
// back with the history as it stands, the notes kept in `checkpoints/` of the data folder, and proofs that
// are checked without a record.
//
// Formats: docs/history-format.md, "Checkpoints outside". Everything here reads; only keep_note writes.
// Thread-safe apart from the database and the History that the caller gives.
#pragma once

#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "history/history.hpp"
#include "history/key.hpp"
#include "store/database.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::history {

// ---- the short form -------------------------------------------------------------------------------------

// The number of events, the first 100 bits of the root in five groups of four and a check character:
// "1234 ABCD-EFGH-JKMN-PQRS-TVWX-C".
std::string short_form(int64_t size, const Digest& root);

// A short form as read back.
struct ShortForm {
    int64_t size = 0;
    std::string text;  // in its one spelling, to be compared with short_form(size, root)
};

// Reads a short form as people type it: capitals or not, any blanks, hyphens and commas or none, full-width
// characters, O for 0 and I or L for 1. Fails with bad_value, also when one character is wrong or two are
// exchanged.
Result<ShortForm> read_short_form(std::string_view text);

// The beginning of a key's fingerprint as papers print it: "1a2b 3c4d 5e6f 7a8b".
std::string short_fingerprint(std::string_view fingerprint);

// A whole fingerprint as people copy it (colons, blanks, capitals), in its one spelling; nothing when it is
// not 64 hexadecimal digits.
std::optional<std::string> read_fingerprint(std::string_view text);

// ---- a checkpoint that comes back -----------------------------------------------------------------------

enum class Standing {
    holds,        // the history begins as the checkpoint says
    older,        // the record has fewer events: an older copy was put back
    different,    // the events before it are not the ones it was made over
    foreign,      // of another institution
    unknown_key,  // signed by no key that the history names
    unreadable,   // not a checkpoint
};

// Stable text of a standing, e.g. "unknown_key".
std::string_view standing_text(Standing standing);

// What became of the comparison of one checkpoint with the history.
struct Compared {
    std::string name;  // how reports call it: its file, or its short form
    Standing standing = Standing::unreadable;
    int64_t size = 0;     // that it says; 0 when it was not read
    int64_t missing = 0;  // events, when the record is older
    Words words;          // the whole sentence, with what to do next

    bool holds() const { return standing == Standing::holds; }
};

// The keys whose signatures count: `key`, and those the history itself names.
std::vector<PublicKey> known_keys(store::Database& database, std::string_view institution,
                                  const PublicKey& key);

// A note as people bring it back: without a byte order mark, with plain line ends and one at its end.
std::string tidy_note(std::string_view text);

// Compares a signed note (tidy_note is done here) or a short form with the history.
Compared compare(const History& history, const std::vector<PublicKey>& keys, std::string name,
                 std::string_view note);
Compared compare(const History& history, const ShortForm& form);

// ---- notes kept in the data folder ----------------------------------------------------------------------

inline constexpr std::string_view notes_folder = "checkpoints";

// Keeps a note of this institution, signed by one of the keys, as checkpoints/<size>-<root8>.txt, where root8
// is the start of the root in hexadecimal; durable when it returns. Returns the path within the data folder.
// A note that is there already stays. Fails with bad_file, not_verified (signature or institution), io.
Result<std::string> keep_note(const std::filesystem::path& folder, std::string_view institution,
                              const std::vector<PublicKey>& keys, std::string_view note);

// Compares every file in checkpoints/; one that is no note is unreadable. Fails with io.
Result<std::vector<Compared>> compare_kept(const std::filesystem::path& folder, const History& history,
                                           const std::vector<PublicKey>& keys);

// For opening a record that will be written: compares the kept note with the most events and says what is
// wrong when the record is older or different, so that nothing is built on a copy that was put back. A file
// that cannot be read stops nobody (verify names it). Costs one signature and some hundred stored hashes.
std::optional<Fault> check_newest_kept(const std::filesystem::path& folder, store::Database& database,
                                       const History& history, const PublicKey& key);

// ---- proofs for one event -------------------------------------------------------------------------------

// The text of a C2SP tlog-proof: that a leaf is in the tree of a signed checkpoint.
struct Proof {
    std::string extra;  // the raw public key that signed, so that nothing else is needed to check
    int64_t index = 0;
    std::vector<Digest> path;  // lowest first
    std::string note;
};

std::string proof_text(const Proof& proof);
// Fails with bad_file.
Result<Proof> read_proof(std::string_view text);

// The proof of event `seq` under the latest checkpoint. Fails with not_found.
Result<Proof> make_proof(const History& history, const std::vector<PublicKey>& keys, int64_t seq);

// What a proof proves.
struct Proved {
    json::object leaf;
    int64_t index = 0;
    int64_t size = 0;  // events under the checkpoint
    std::string fingerprint;
};

// Checks a proof with its leaf, without a record. The key comes from the proof: the caller compares the
// fingerprint. Fails with bad_file or not_verified.
Result<Proved> check_proof(std::string_view proof, std::string_view leaf);

}  // namespace sonae::history
