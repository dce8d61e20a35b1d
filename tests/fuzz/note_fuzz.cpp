// Signed checkpoints and public keys: as they come, and with the input as a text that the key did sign.
#include "fuzz/keys.hpp"

namespace sonae::fuzz {

namespace {

constexpr std::string_view origin = "sonae/0190a5d0-0000-7000-8000-000000000001";

std::string genuine() {
    return history::checkpoint_text(origin, 42, sha256("root"));
}

}  // namespace

void take(std::string_view input) {
    if (auto key = history::PublicKey::from_pem(input); taken(key)) {
        auto again = history::PublicKey::from_pem(key->pem());
        holds(taken(again) && again->raw() == key->raw(), "a key is read back from its text");
    }
    const history::Key& key = fixed_key();
    static const auto itself =
        history::open_note(history::sign_note(genuine(), origin, key), key.public_key());
    holds(itself && itself->text == genuine(), "a signed checkpoint opens");

    auto note = history::open_note(input, key.public_key());
    if (taken(note)) holds(note->text == genuine(), "only a text that the key signed opens");

    std::string text(input);
    if (!text.ends_with('\n')) text += '\n';
    auto own = history::open_note(history::sign_note(text, origin, key), key.public_key());
    if (!taken(own)) return;
    holds(own->text == text, "the text that was signed is the text that is read");
    holds(text.starts_with(history::checkpoint_text(own->origin, own->size, own->root)),
          "a checkpoint says origin, size and root in one way only");
}

}  // namespace sonae::fuzz
