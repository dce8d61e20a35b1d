// What `verify` and `checkpoint` share: checkpoints that come back from outside, and proofs. Used by one
// call.
#pragma once

#include "cli/command.hpp"
#include "history/outside.hpp"

#include <string>
#include <vector>

namespace sonae::cli {

// Compares what the user gave with the record: a file with a note, a pack, or a short form. Fails with
// bad_value when it is none of them, or as the file or the pack does.
Result<history::Compared> compare_given(const Call& call, const registers::Record& record,
                                        const std::vector<history::PublicKey>& keys, const std::string& what);

json::object compared_json(const history::Compared& compared);

// Checks a proof with its leaf, without a record, and prints what it proves. `key`: the fingerprint it must
// be signed under, or empty.
void verify_proof(Call& call, const std::string& proof, const std::string& leaf, const std::string& key);

}  // namespace sonae::cli
