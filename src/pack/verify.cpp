// Verifies packs. Texts are compared in their one canonical form, so that not even a byte without meaning may
// change.
#include "pack/verify.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "history/outside.hpp"
#include "history/tree.hpp"
#include "pack/archive.hpp"
#include "pack/pack.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace sonae::pack {

namespace {

constexpr std::array special_files{manifest_file, proof_file, checkpoint_file, key_file};

// Lower-case hexadecimal of exactly a digest, the only form in which the format writes one.
std::optional<Digest> digest_of(std::string_view text) {
    std::optional<Digest> digest = digest_from_hex(text);
    return digest && hex(*digest) == text ? digest : std::nullopt;
}

class Verifier {
 public:
    explicit Verifier(Archive& archive) : archive_(archive) {}

    PackReport run(std::string_view fingerprint) {
        for (const Archive::Entry& entry : archive_.entries()) {
            if (!entry.wrong.ja.empty())
                fault(entry.name, entry.wrong.ja, entry.wrong.en);
            else
                present_.insert(entry.name);
        }
        std::optional<std::string> manifest = special(manifest_file);
        if (manifest) check_files(*manifest);
        std::optional<history::PublicKey> key = check_key(fingerprint);
        std::optional<history::Note> note = check_checkpoint(key);
        check_proof(manifest, note);
        report_.compared = !fingerprint.empty();
        return std::move(report_);
    }

 private:
    void fault(std::string_view place, std::string ja, std::string en) {
        report_.faults.push_back({std::string(place), {std::move(ja), std::move(en)}});
    }

    std::optional<std::string> special(std::string_view name) {
        if (!present_.contains(name)) {
            fault(name, "ファイルがありません。", "The file is missing.");
            return std::nullopt;
        }
        Result<std::string> bytes = archive_.read(name);
        if (!bytes) {
            fault(name, bytes.error().words.ja, bytes.error().words.en);
            return std::nullopt;
        }
        return *bytes;
    }

    // A JSON object in canonical form.
    std::optional<json::object> object(std::string_view name, const std::string& text) {
        Result<json::value> value = parse_json(text);
        if (!value || !value->is_object() || !integers_only(*value) || canonical(*value) != text) {
            fault(name, "内容の形が正しくありません。作成後に変えられています。",
                  "The content does not have its form; it was changed after it was made.");
            return std::nullopt;
        }
        return value->get_object();
    }

    // The canonical form has no other numbers.
    static bool integers_only(const json::value& value) {
        if (const json::object* object = value.if_object())
            return std::ranges::all_of(*object,
                                       [](const auto& member) { return integers_only(member.value()); });
        if (const json::array* array = value.if_array()) return std::ranges::all_of(*array, integers_only);
        return !value.is_double() && !value.is_uint64();
    }

    void check_files(const std::string& text) {
        std::optional<json::object> manifest = object(manifest_file, text);
        if (!manifest) return;
        if (text_at(*manifest, "format") != format_name) {
            fault(manifest_file, "この版のSonaeが知らない形式です。",
                  "The format is not known to this version.");
            return;
        }
        report_.edition = text_at(*manifest, "edition");
        report_.form = text_at(*manifest, "form");
        report_.fiscal_year = int_at(*manifest, "fiscal_year");
        report_.made_at = text_at(*manifest, "made_at");
        report_.as_of = text_at(*manifest, "as_of");
        if (const json::object* institution = object_at(*manifest, "institution")) {
            report_.institution = text_at(*institution, "name");
            report_.institution_id = text_at(*institution, "id");
        }
        std::set<std::string, std::less<>> listed;
        const json::array* files = array_at(*manifest, "files");
        for (const json::value& value : files == nullptr ? json::array() : *files) {
            const json::object* file = value.if_object();
            std::string path(file == nullptr ? "" : text_at(*file, "path"));
            bool special = std::ranges::find(special_files, path) != special_files.end();
            if (!safe_path(path) || special || !listed.insert(path).second) {
                fault(manifest_file, fmt::format("一覧に正しくない名前があります（{}）。", path),
                      fmt::format("The list has a wrong name ({}).", path));
                continue;
            }
            check_file(path, int_at(*file, "size", -1), text_at(*file, "sha256"));
        }
        for (const std::string& name : present_) {
            if (!listed.contains(name) && std::ranges::find(special_files, name) == special_files.end()) {
                fault(name, "一覧にないファイルです。作成後に加えられています。",
                      "The file is not in the manifest; it was added later.");
            }
        }
    }

    void check_file(const std::string& path, int64_t size, std::string_view digest) {
        ++report_.files;
        std::optional<std::string> bytes = special(path);
        if (bytes && (static_cast<int64_t>(bytes->size()) != size || hex(sha256(*bytes)) != digest))
            fault(path, "作成後に変えられています。", "The file was changed after it was made.");
    }

    std::optional<history::PublicKey> check_key(std::string_view fingerprint) {
        std::optional<std::string> pem = special(key_file);
        if (!pem) return std::nullopt;
        Result<history::PublicKey> key = history::PublicKey::from_pem(*pem);
        if (!key || key->pem() != *pem) {
            fault(key_file, "公開鍵として読めません。", "It cannot be read as a public key.");
            return std::nullopt;
        }
        if (!fingerprint.empty() && key->fingerprint() != fingerprint) {
            fault(key_file, fmt::format("別の鍵です。この鍵の指紋は {} です。", key->fingerprint()),
                  fmt::format("It is another key; the fingerprint of this one is {}.", key->fingerprint()));
        }
        return *key;
    }

    // One signature line and nothing behind it: another line could be changed unseen.
    static bool one_signature(const std::string& note, const history::Note& read) {
        return std::ranges::count(note, '\n') == std::ranges::count(read.text, '\n') + 2;
    }

    std::optional<history::Note> check_checkpoint(const std::optional<history::PublicKey>& key) {
        std::optional<std::string> text = special(checkpoint_file);
        if (!text || !key) return std::nullopt;
        Result<history::Note> note = history::open_note(*text, *key);
        if (!note || !one_signature(*text, *note)) {
            fault(checkpoint_file,
                  fmt::format("封印の署名が、公開鍵（{}）と合いません。{}", key_file,
                              note ? "" : note.error().words.ja),
                  fmt::format("The signature does not hold under {}. {}", key_file,
                              note ? "" : note.error().words.en));
            return std::nullopt;
        }
        // Without a readable manifest there is nothing to compare with; that fault is told already.
        if (!report_.institution_id.empty() &&
            note->origin != history::checkpoint_origin(report_.institution_id)) {
            fault(checkpoint_file, "別の医療機関等の封印です。", "The checkpoint is of another institution.");
            return std::nullopt;
        }
        report_.fingerprint = key->fingerprint();
        report_.size = note->size;
        return *note;
    }

    void check_proof(const std::optional<std::string>& manifest, const std::optional<history::Note>& note) {
        std::optional<std::string> text = special(proof_file);
        std::optional<json::object> proof = text ? object(proof_file, *text) : std::nullopt;
        if (!proof) return;
        const std::string leaf_text(text_at(*proof, "leaf"));
        const std::string body_text(text_at(*proof, "body"));
        std::optional<json::object> leaf = object(proof_file, leaf_text);
        std::optional<json::object> body = object(proof_file, body_text);
        if (!leaf || !body) return;

        std::string_view salt_text = text_at(*proof, "salt");
        std::optional<std::string> salt = from_hex(salt_text);
        if (!salt || hex(*salt) != salt_text || salt->size() != 32 ||
            hex(sha256(*salt, body_text)) != text_at(*leaf, "after")) {
            fault(proof_file, "作成の記録の内容が、履歴に残された値と合いません。",
                  "The body of the event does not match the digest in its leaf.");
        }
        if (text_at(*leaf, "register") != "pack" ||
            (!report_.institution_id.empty() && text_at(*leaf, "institution") != report_.institution_id) ||
            int_at(*leaf, "seq", -1) != int_at(*proof, "index", -2)) {
            fault(proof_file, "この立入検査ファイルを作成した記録ではありません。",
                  "The event is not the one of this pack.");
        }
        check_body(*body, manifest);
        check_inclusion(*proof, leaf_text, note);
    }

    void check_body(const json::object& body, const std::optional<std::string>& manifest) {
        const json::object* fields = object_at(body, "fields");
        const json::object none;
        const json::object& said = fields == nullptr ? none : *fields;
        if (manifest && text_at(said, "manifest") != hex(sha256(*manifest))) {
            fault(manifest_file, "履歴に残された一覧の値と合いません。作成後に変えられています。",
                  "The manifest is not the one recorded in the history; it was changed after it was made.");
        }
    }

    void check_inclusion(const json::object& proof, const std::string& leaf,
                         const std::optional<history::Note>& note) {
        if (!note) return;
        std::vector<Digest> path;
        bool readable = array_at(proof, "path") != nullptr;
        for (const json::value& value : readable ? *array_at(proof, "path") : json::array()) {
            std::optional<Digest> digest =
                value.is_string() ? digest_of(view(value.get_string())) : std::nullopt;
            readable = readable && digest;
            path.push_back(digest.value_or(Digest{}));
        }
        if (!readable || int_at(proof, "size") != note->size ||
            !history::verify_inclusion(history::leaf_hash(leaf), int_at(proof, "index", -1), note->size, path,
                                       note->root)) {
            fault(proof_file, "作成の記録が、封印された履歴に含まれていることを確かめられません。",
                  "The proof does not show that the event is in the sealed history.");
        }
    }

    Archive& archive_;
    std::set<std::string, std::less<>> present_;
    PackReport report_;
};

}  // namespace

Words PackReport::notice() const {
    if (fingerprint.empty()) {
        return {"署名を確かめられませんでした。", "The signature could not be checked."};
    }
    if (compared && holds()) {
        return {"指定された指紋の鍵で署名されています。", "Signed by the key of the given fingerprint."};
    }
    if (compared)
        return {"鍵の指紋は " + fingerprint + " です。",
                "The fingerprint of the key is " + fingerprint + "."};
    return {"署名した鍵の指紋は " + fingerprint + " です。印刷された書類の指紋と同じか見比べてください。",
            "The fingerprint of the key that signed is " + fingerprint +
                ". Compare it with the one printed on the papers."};
}

Result<PackReport> verify_pack(const std::filesystem::path& path, std::string_view fingerprint) {
    std::optional<std::string> plain =
        fingerprint.empty() ? std::optional<std::string>("") : history::read_fingerprint(fingerprint);
    if (!plain) {
        return fail(Code::usage, "鍵の指紋は、0-9とa-fの64文字で指定してください。",
                    "A fingerprint is 64 characters of 0-9 and a-f.");
    }
    Result<std::unique_ptr<Archive>> archive = Archive::open(path);
    if (!archive) return pass(std::move(archive));
    const bool any = std::ranges::any_of((*archive)->entries(), [](const Archive::Entry& entry) {
        return std::ranges::find(special_files, entry.name) != special_files.end();
    });
    if (!any) {
        return fail(
            Code::bad_file,
            fmt::format(
                "{} は立入検査ファイルではありません。sonae packで作ったフォルダーかzipを指定してください。",
                path.string()),
            fmt::format("{} is not a pack. Give a folder or zip made by sonae pack.", path.string()));
    }
    return Verifier(**archive).run(*plain);
}

json::object report_json(const PackReport& report) {
    json::array faults;
    for (const history::Fault& fault : report.faults)
        faults.push_back({{"place", fault.place}, {"sentence", words_json(fault.words)}});
    return {{"holds", report.holds()},
            {"institution", {{"id", report.institution_id}, {"name", report.institution}}},
            {"edition", report.edition},
            {"form", report.form},
            {"fiscal_year", report.fiscal_year},
            {"made_at", report.made_at},
            {"as_of", report.as_of.empty() ? json::value(nullptr) : json::value(report.as_of)},
            {"files", report.files},
            {"size", report.size},
            {"fingerprint", report.fingerprint},
            {"compared", report.compared},
            {"notice", words_json(report.notice())},
            {"faults", std::move(faults)}};
}

}  // namespace sonae::pack
