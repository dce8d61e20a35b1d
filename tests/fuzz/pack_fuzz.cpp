// Packs: a small genuine pack in which the input replaces or adds files ("=== NAME" before each; an empty one
// is taken away), or any bytes as the zip. A pack that was changed never holds.
#include "fuzz/keys.hpp"
#include "fuzz/zips.hpp"
#include "history/history.hpp"
#include "history/tree.hpp"
#include "pack/archive.hpp"
#include "pack/pack.hpp"
#include "pack/verify.hpp"

#include <algorithm>
#include <map>

namespace sonae::fuzz {

namespace {

using Parts = std::map<std::string, std::string>;

// The files of a pack of one paper, sealed by the fixed key.
Parts make_genuine() {
    const std::string id = "0190a5d0-0000-7000-8000-000000000001";
    const std::string paper = "item 1: yes\n";
    const std::string manifest = canonical(
        {{"format", pack::format_name},
         {"edition", "R7"},
         {"form", "medical"},
         {"fiscal_year", 2026},
         {"made_at", "2026-11-21T03:00:00.000000Z"},
         {"institution", {{"id", id}, {"name", "みなと診療所"}}},
         {"files", {{{"path", "papers/1.txt"}, {"size", paper.size()}, {"sha256", hex(sha256(paper))}}}}});
    const std::string salt(32, '\1');
    const std::string body = canonical({{"fields", {{"manifest", hex(sha256(manifest))}}}});
    const std::string leaf = canonical(
        {{"register", "pack"}, {"institution", id}, {"seq", 0}, {"after", hex(sha256(salt, body))}});
    const Digest root = history::leaf_hash(leaf);
    const std::string origin = history::checkpoint_origin(id);
    Parts parts;
    parts["papers/1.txt"] = paper;
    parts[std::string(pack::manifest_file)] = manifest;
    parts[std::string(pack::proof_file)] = canonical({{"leaf", leaf},
                                                      {"body", body},
                                                      {"salt", hex(salt)},
                                                      {"index", 0},
                                                      {"size", 1},
                                                      {"path", json::array()}});
    parts[std::string(pack::checkpoint_file)] =
        history::sign_note(history::checkpoint_text(origin, 1, root), origin, fixed_key());
    parts[std::string(pack::key_file)] = fixed_key().public_key().pem();
    return parts;
}

// What the zip holds, by our reader; a name that is not read stands there with the reason.
Parts read_all(const std::filesystem::path& path) {
    Parts parts;
    auto archive = pack::Archive::open(path);
    if (!taken(archive)) return parts;
    for (const pack::Archive::Entry& entry : (*archive)->entries()) {
        if (!entry.wrong.en.empty()) {
            parts[entry.name + ": " + entry.wrong.en] = "";
        } else if (auto bytes = (*archive)->read(entry.name); taken(bytes)) {
            parts[entry.name] = *bytes;
        }
    }
    return parts;
}

void verify(const std::string& zip) {
    static const Folder folder;
    static const Parts genuine = make_genuine();
    const auto path = folder.path() / "pack.zip";
    write(path, zip);
    auto report = pack::verify_pack(path, fixed_key().public_key().fingerprint());
    if (!taken(report)) {
        holds(read_all(path) != genuine, "a genuine pack is not refused");
        return;
    }
    for (const history::Fault& fault : report->faults)
        holds(!fault.words.ja.empty() && !fault.words.en.empty(), "a fault is told in both languages");
    holds(report->holds() == (read_all(path) == genuine), "a pack holds when it is as it was made");
}

}  // namespace

void take(std::string_view input) {
    if (input.starts_with("PK")) return verify(std::string(input));
    static const Parts genuine = make_genuine();
    Files files(genuine.begin(), genuine.end());
    for (const auto& file : files_of(input)) {
        auto there = std::ranges::find(files, file.first, &Files::value_type::first);
        if (there == files.end())
            files.push_back(file);
        else if (file.second.empty())
            files.erase(there);
        else if (file.second == "twice")
            files.push_back(file);
        else
            there->second = file.second;
    }
    verify(zip_of(files));
}

}  // namespace sonae::fuzz
