// Proofs for one event (tlog-proof), as they come: the proof, and after a line "=== leaf" the leaf.
#include "fuzz/fuzz.hpp"
#include "history/outside.hpp"

namespace sonae::fuzz {

void take(std::string_view input) {
    auto proof = history::read_proof(input);
    if (taken(proof)) {
        holds(history::proof_text(*proof) == input || proof->extra.empty(),
              "a proof is written in one way only");
        auto again = history::read_proof(history::proof_text(*proof));
        holds(taken(again) && again->index == proof->index && again->path == proof->path &&
                  again->note == proof->note,
              "a proof is read back from its text");
    }
    constexpr std::string_view mark = "\n=== leaf\n";
    const size_t at = input.find(mark);
    if (at == std::string_view::npos) return;
    auto proved = history::check_proof(input.substr(0, at + 1), input.substr(at + mark.size()));
    if (taken(proved))
        holds(proved->index >= 0 && proved->index < proved->size, "an event is in its history");
}

}  // namespace sonae::fuzz
