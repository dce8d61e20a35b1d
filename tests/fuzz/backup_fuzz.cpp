// A backup from somebody's disk: the header of its encryption, the container, the manifest and the seal.
#include "backup/age.hpp"
#include "backup/file.hpp"
#include "base/hash.hpp"
#include "fuzz/fuzz.hpp"

#include <memory>
#include <span>

namespace sonae::fuzz {

namespace {

constexpr int quick = 4;  // a higher cost of the passphrase would measure scrypt, not us

backup::Source source_of(std::string bytes) {
    auto held = std::make_shared<std::string>(std::move(bytes));
    return {held->size(), [held](uint64_t from, std::span<char> to) -> Result<size_t> {
                if (from >= held->size()) return size_t{0};
                return held->copy(to.data(), to.size(), from);
            }};
}

}  // namespace

void take(std::string_view input) {
    auto header = backup::read_age_header(input);
    if (taken(header)) {
        holds(header->size <= input.size() && header->salt.size() == 16 && header->wrapped.size() == 32 &&
                  header->mac.size() == 32,
              "a header has its parts");
        if (header->work > quick) return;
    }
    std::string bytes(input);
    // The digest at the end is made to hold, so that what lies behind it is reached.
    constexpr size_t digest = 64;
    if (!header && bytes.size() > digest) {
        bytes.resize(bytes.size() - digest);
        bytes += hex(sha256(bytes));
    }
    auto opened = backup::open_backup(source_of(std::move(bytes)), "passphrase of the corpus", {});
    if (!taken(opened)) return;
    for (const backup::File& file : opened->manifest.files)
        holds(safe_path(file.path), "a listed path stays below its folder");
    auto again = backup::read_manifest(backup::manifest_text(opened->manifest));
    holds(again && again->institutions == opened->manifest.institutions, "a manifest reads back as it was");
    taken(backup::check_files(*opened));
}

}  // namespace sonae::fuzz
