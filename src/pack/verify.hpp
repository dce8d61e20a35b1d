// Checks a pack without the record it was made from: every file against the manifest, the manifest against
// the history's event, the event against the signed checkpoint (docs/pack-format.md). Thread-safe (no state).
#pragma once

#include "base/json.hpp"
#include "history/history.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sonae::pack {

struct PackReport {
    std::string institution;
    std::string institution_id;
    std::string edition;
    std::string form;
    int64_t fiscal_year = 0;
    std::string made_at;
    std::string as_of;                   // the day whose record it is; empty: the day it was made
    size_t files = 0;                    // checked against the manifest
    int64_t size = 0;                    // events under the checkpoint
    std::string fingerprint;             // of the key that signed; empty when the signature does not hold
    bool compared = false;               // the fingerprint was given by the caller
    std::vector<history::Fault> faults;  // all of them; `place` is the file

    bool holds() const { return faults.empty(); }
    // What the reader should know or do: which key signed, and whether it was compared.
    Words notice() const;
};

// Checks the folder or zip. `fingerprint`: the one printed in the PDF (colons, blanks and capitals do not
// matter), or empty. Fails with not_found, bad_file (not a folder and not a zip, or none of a pack's own
// files in it) or usage (not a fingerprint); what is wrong with a pack is in the report.
Result<PackReport> verify_pack(const std::filesystem::path& path, std::string_view fingerprint = {});

json::object report_json(const PackReport& report);

}  // namespace sonae::pack
