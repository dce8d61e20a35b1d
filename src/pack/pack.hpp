// The inspection pack: everything an inspector asks for, in one folder or zip that can be read and checked
// without Sonae. Its format is docs/pack-format.md.
//
// Making a pack appends an event (register `pack`) with the digest of the pack's manifest; the event's leaf,
// its inclusion proof, the checkpoint over it and the public key lie beside the manifest. A pack is built
// aside and renamed when it is whole: there is never half a pack, and nothing is overwritten. Used by one
// thread with its Record.
#pragma once

#include "checklist/answer.hpp"
#include "register/record.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::pack {

// Files that are made after the manifest, so it cannot list them, and the manifest itself.
inline constexpr std::string_view format_name = "sonae-pack/1";
inline constexpr std::string_view manifest_file = "manifest.json";
inline constexpr std::string_view proof_file = "proof.json";
inline constexpr std::string_view checkpoint_file = "checkpoint.txt";
inline constexpr std::string_view key_file = "public-key.pem";

struct Made {
    std::filesystem::path path;
    size_t files = 0;  // listed in the manifest
    int yes = 0;       // lines as printed
    int no = 0;
    int open = 0;  // 未回答
    int not_applicable = 0;
    std::string transfer;     // name of the transfer sheet; empty: none
    std::string manifest;     // SHA-256 of manifest.json
    std::string fingerprint;  // of the public key
    std::string event;        // id of the pack's entry
    int64_t seq = 0;          // of its event
};

// Makes the pack of an assessment at `out`: a zip when the name ends in .zip, else a folder. Fails with
// exists (a file, or a folder that is not empty), not_found (the folder it should lie in), corrupt (an
// evidence file is missing or changed), io. With `past` (Record::as_of), the pack says what the record said
// then (the assessment is of that record); the pack's event, proof and checkpoint are in `record`, which is
// the live one.
Result<Made> make_pack(registers::Record& record, const checklist::Assessment& assessment,
                       const std::filesystem::path& out, const registers::Who& who,
                       const registers::Record* past = nullptr);

json::object made_json(const Made& made);

}  // namespace sonae::pack
