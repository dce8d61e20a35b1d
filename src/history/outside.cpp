// Reads and writes the forms in which checkpoints and proofs travel, and compares them with the history.
#include "history/outside.hpp"

#include "base/os/file.hpp"
#include "base/text.hpp"
#include "history/tree.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace sonae::history {

namespace fs = std::filesystem;

// ---- the short form -------------------------------------------------------------------------------------

namespace {

// Crockford's base32: no I, L, O, U.
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr size_t root_symbols = 20;
constexpr size_t longest_size = 15;  // digits; more than any record and less than an overflow
constexpr size_t longest_text = 256;

// One step of the check: a polynomial over GF(32) (x⁵ + x² + 1) in which each place has a weight of its own,
// so that a wrong symbol or two exchanged ones always change the result.
unsigned check_step(unsigned check, unsigned symbol) {
    unsigned next = (check ^ symbol) << 1;
    return (next & 32) != 0 ? next ^ 37 : next;
}

// The value of a character as typed; nothing when the form does not use it.
std::optional<unsigned> symbol_of(char c) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    size_t at = alphabet.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned>(at);
}

// Length of what stands between symbols and means nothing: blanks, commas and the many hyphens that
// keyboards and input methods give, ー among them. 0: none is here.
size_t separator_at(std::string_view text) {
    if (std::string_view(" \t\r\n-,_").find(text.front()) != std::string_view::npos) return 1;
    for (std::string_view one : {"‐", "‑", "‒", "–", "—", "―", "−", "ー", "─", "━", "、", "　"}) {
        if (text.starts_with(one)) return one.size();
    }
    return 0;
}

tl::unexpected<Error> bad_short(const std::string& ja, const std::string& en) {
    return fail(Code::bad_value, "封印の短い表示として読めません。" + ja + "紙と見比べてください。",
                "Not the short form of a checkpoint. " + en + " Compare it with the paper.");
}

// The first character of a text, whole.
std::string first_character(std::string_view text) {
    size_t end = 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        ++end;
    return std::string(text.substr(0, end));
}

}  // namespace

std::string short_form(int64_t size, const Digest& root) {
    std::string digits = std::to_string(size);
    unsigned check = 0;
    for (char digit : digits)
        check = check_step(check, static_cast<unsigned>(digit - '0'));
    std::string out = digits + " ";
    for (size_t i = 0; i < root_symbols; ++i) {
        const size_t bit = i * 5;
        const unsigned two = static_cast<unsigned>(root[bit / 8]) << 8 | root[bit / 8 + 1];
        const unsigned symbol = (two >> (11 - bit % 8)) & 31;
        check = check_step(check, symbol);
        out += alphabet[symbol];
        if (i % 4 == 3) out += '-';
    }
    return out + alphabet[check];
}

Result<ShortForm> read_short_form(std::string_view text) {
    if (text.size() > longest_text || !is_utf8(text)) return bad_short("長すぎます。", "It is too long.");
    const std::string plain = normalise(text);
    std::vector<unsigned> symbols;
    for (std::string_view rest = plain; !rest.empty();) {
        if (size_t skip = separator_at(rest)) {
            rest.remove_prefix(skip);
            continue;
        }
        std::optional<unsigned> symbol = symbol_of(rest.front());
        if (!symbol) {
            const std::string shown = first_character(rest);
            return bad_short(fmt::format("「{}」は使われない文字です。", shown),
                             fmt::format("\"{}\" does not occur in it.", shown));
        }
        symbols.push_back(*symbol);
        rest.remove_prefix(1);
    }
    if (symbols.size() < root_symbols + 2) return bad_short("文字が足りません。", "It is too short.");
    const size_t digits = symbols.size() - root_symbols - 1;
    if (digits > longest_size) return bad_short("文字が多すぎます。", "It is too long.");
    ShortForm form;
    unsigned check = 0;
    for (size_t i = 0; i < digits; ++i) {
        if (symbols[i] > 9) {
            return bad_short("件数の数字か、文字の数が違います。",
                             "The number before the letters, or how many letters there are, is wrong.");
        }
        form.size = form.size * 10 + symbols[i];
    }
    // Zeros before the number are not part of the one spelling.
    form.text = std::to_string(form.size);
    for (char digit : form.text)
        check = check_step(check, static_cast<unsigned>(digit - '0'));
    form.text += ' ';
    for (size_t i = 0; i < root_symbols; ++i) {
        const unsigned symbol = symbols[digits + i];
        check = check_step(check, symbol);
        form.text += alphabet[symbol];
        if (i % 4 == 3) form.text += '-';
    }
    if (symbols.back() != check) return bad_short("どれかの文字が違います。", "Some character is wrong.");
    form.text += alphabet[check];
    return form;
}

std::string short_fingerprint(std::string_view fingerprint) {
    std::string out;
    for (size_t i = 0; i < 16 && i < fingerprint.size(); i += 4)
        out += (i == 0 ? "" : " ") + std::string(fingerprint.substr(i, 4));
    return out;
}

std::optional<std::string> read_fingerprint(std::string_view text) {
    std::string plain;
    for (char c : text) {
        if (c != ':' && c != ' ') plain += c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    }
    std::optional<Digest> digest = digest_from_hex(plain);
    return digest && hex(*digest) == plain ? std::optional(plain) : std::nullopt;
}

// ---- a checkpoint that comes back -----------------------------------------------------------------------

std::string_view standing_text(Standing standing) {
    switch (standing) {
        case Standing::holds:
            return "holds";
        case Standing::older:
            return "older";
        case Standing::different:
            return "different";
        case Standing::foreign:
            return "foreign";
        case Standing::unknown_key:
            return "unknown_key";
        case Standing::unreadable:
            break;
    }
    return "unreadable";
}

std::vector<PublicKey> known_keys(store::Database& database, std::string_view institution,
                                  const PublicKey& key) {
    std::vector<PublicKey> keys{key};
    auto query = database.prepare(
        "SELECT body FROM event WHERE institution = :i AND entry_register = 'signing_key' ORDER BY seq");
    query.bind("i", std::string(institution));
    while (query.step()) {
        if (query.null(0)) continue;
        Result<json::value> body = parse_json(query.text(0));
        const json::object* fields =
            body && body->is_object() ? object_at(body->get_object(), "fields") : nullptr;
        if (fields == nullptr) continue;
        std::optional<std::string> raw = from_hex(text_at(*fields, "public_key"));
        Result<PublicKey> named = PublicKey::from_raw(raw.value_or(""));
        const bool known = named && std::ranges::any_of(keys, [&](const PublicKey& one) {
                               return one.raw() == named->raw();
                           });
        if (named && !known) keys.push_back(*named);
    }
    query.reset();
    return keys;
}

std::string tidy_note(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i, 2) != "\r\n") out += text[i];
    }
    while (out.ends_with('\n'))
        out.pop_back();
    return out + '\n';
}

namespace {

// The note under the first key that signed it. Fails as open_note does: not_verified when no key did, also
// when one key's signature does not hold.
Result<Note> open_under(std::string_view note, const std::vector<PublicKey>& keys) {
    Error error{Code::bad_file, {}};
    for (const PublicKey& key : keys) {
        Result<Note> opened = open_note(note, key);
        if (opened) return opened;
        error = opened.error();
    }
    return tl::unexpected<Error>(error);
}

// Sets the standing of a checkpoint of `size` events in the history; `same` compares with the root there.
template <class Same>
Compared stand(const History& history, std::string name, int64_t size, const Same& same) {
    Compared out;
    out.name = std::move(name);
    out.size = size;
    const int64_t have = history.size();
    if (size > have) {
        out.standing = Standing::older;
        out.missing = size - have;
        out.words = {
            fmt::format("この封印は記録{}件に対するものですが、いまの記録は{}件です。古い写しが戻されていて、"
                        "{}件がありません。新しいほうの記録かバックアップを探してください。",
                        size, have, out.missing),
            fmt::format(
                "This checkpoint is over {} events, the record has {}. An older copy was put back: {} "
                "events are missing. Look for the newer record or backup.",
                size, have, out.missing)};
    } else if (same(history.root(size))) {
        out.standing = Standing::holds;
        out.words = {fmt::format("最初の{}件は、この封印のときのままです。", size),
                     fmt::format("The first {} events are as this checkpoint sealed them.", size)};
    } else {
        out.standing = Standing::different;
        out.words = {
            fmt::format("履歴の{}番より前が、この封印のときと違います。書き換えられています。"
                        "この記録を使わず、封印と合うバックアップを探してください。",
                        size),
            fmt::format(
                "The history before event {} is not what this checkpoint sealed: it was rewritten. Do "
                "not use this record; look for a backup that agrees with the checkpoint.",
                size)};
    }
    return out;
}

}  // namespace

Compared compare(const History& history, const std::vector<PublicKey>& keys, std::string name,
                 std::string_view note) {
    Result<Note> opened = open_under(tidy_note(note), keys);
    if (!opened) {
        Compared out;
        out.name = std::move(name);
        if (opened.error().code == Code::not_verified) {
            out.standing = Standing::unknown_key;
            out.words = {
                "この記録の鍵による署名がありません。別の記録の封印か、封印が書き換えられたか、"
                "記録が別の鍵で作り直されています。",
                "It is not signed by a key of this record: it is of another record, or it was changed, "
                "or the record was made anew with another key."};
        } else {
            out.words = opened.error().words;
        }
        return out;
    }
    if (opened->origin != checkpoint_origin(history.institution())) {
        Compared out;
        out.name = std::move(name);
        out.standing = Standing::foreign;
        out.size = opened->size;
        out.words = {"別の医療機関等の封印です。", "The checkpoint is of another institution."};
        return out;
    }
    return stand(history, std::move(name), opened->size,
                 [&](const Digest& root) { return root == opened->root; });
}

Compared compare(const History& history, const ShortForm& form) {
    Compared out = stand(history, form.text, form.size,
                         [&](const Digest& root) { return short_form(form.size, root) == form.text; });
    if (out.standing == Standing::different) {
        // A short form does not say whose it is.
        out.words.ja += "（別の医療機関等の封印でないことも確かめてください。）";
        out.words.en += " (Make sure that it is not a checkpoint of another institution.)";
    }
    return out;
}

// ---- notes kept in the data folder ----------------------------------------------------------------------

namespace {

struct Kept {
    int64_t size = 0;
    std::string path;  // within the data folder
};

// The size in the name of a kept note; nothing for another file.
std::optional<int64_t> size_in_name(std::string_view name) {
    int64_t size = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), size);
    std::string_view rest(end, static_cast<size_t>(name.data() + name.size() - end));
    if (error != std::errc() || size < 0 || rest.size() != 13 || rest.front() != '-' ||
        !rest.ends_with(".txt"))
        return std::nullopt;
    return size;
}

}  // namespace

Result<std::string> keep_note(const fs::path& folder, std::string_view institution,
                              const std::vector<PublicKey>& keys, std::string_view note) {
    const std::string tidy = tidy_note(note);
    Result<Note> opened = open_under(tidy, keys);
    if (!opened && opened.error().code == Code::not_verified) {
        return fail(Code::not_verified,
                    "この記録の鍵による署名がありません。この記録から書き出した封印を指定してください。",
                    "It is not signed by a key of this record. Give a checkpoint that this record exported.");
    }
    if (!opened) return pass(std::move(opened));
    if (opened->origin != checkpoint_origin(institution))
        return fail(Code::not_verified, "別の医療機関等の封印です。",
                    "The checkpoint is of another institution.");
    const std::string path =
        fmt::format("{}/{}-{}.txt", notes_folder, opened->size, hex(opened->root).substr(0, 8));
    std::error_code ignored;
    if (fs::exists(folder / path, ignored)) {
        Result<std::string> there = os::read_file(folder / path);
        if (there && open_under(*there, keys)) return path;
    }
    if (Status done = os::make_folder(folder / notes_folder); !done) return pass(std::move(done));
    if (Status done = os::write_file(folder / path, tidy); !done) return pass(std::move(done));
    return path;
}

Result<std::vector<Compared>> compare_kept(const fs::path& folder, const History& history,
                                           const std::vector<PublicKey>& keys) {
    std::vector<Compared> out;
    std::error_code ignored;
    if (!fs::exists(folder / notes_folder, ignored)) return out;
    Result<std::vector<std::string>> names = os::files_below(folder / notes_folder);
    if (!names) return pass(std::move(names));
    for (const std::string& name : *names) {
        const std::string path = fmt::format("{}/{}", notes_folder, name);
        Result<std::string> note = os::read_file(folder / path);
        if (!note) {
            out.push_back({path, Standing::unreadable, 0, 0, note.error().words});
            continue;
        }
        Compared one = compare(history, keys, path, *note);
        // The name is what opening goes by; a wrong one would hide the note.
        if (one.size != 0 && size_in_name(name) != one.size && one.holds()) {
            one.standing = Standing::unreadable;
            one.words = {"ファイルの名前が封印の件数と違います。元の名前に戻してください。",
                         "The name of the file is not that of the checkpoint. Give it its name back."};
        }
        out.push_back(std::move(one));
    }
    return out;
}

std::optional<Fault> check_newest_kept(const fs::path& folder, store::Database& database,
                                       const History& history, const PublicKey& key) {
    std::error_code error;
    fs::directory_iterator files(folder / notes_folder, error);
    if (error) return std::nullopt;  // no notes are kept
    std::optional<Kept> newest;
    for (const fs::directory_entry& file : files) {
        const std::string name = file.path().filename().string();
        std::optional<int64_t> size = size_in_name(name);
        if (size && (!newest || *size > newest->size))
            newest = Kept{*size, fmt::format("{}/{}", notes_folder, name)};
    }
    if (!newest) return std::nullopt;
    Result<std::string> note = os::read_file(folder / newest->path);
    if (!note) return std::nullopt;
    Compared found = compare(history, known_keys(database, history.institution(), key), newest->path, *note);
    if (found.holds() || found.standing == Standing::unreadable) return std::nullopt;
    Words words = found.words;
    words.ja += fmt::format("（この確かめが間違いと分かったときだけ、{} を別の場所に移してください。）",
                            newest->path);
    words.en +=
        fmt::format(" (Only when you know that this is wrong, move {} to another place.)", newest->path);
    return Fault{newest->path, std::move(words)};
}

// ---- proofs for one event -------------------------------------------------------------------------------

namespace {

constexpr std::string_view proof_head = "c2sp.org/tlog-proof@v1\n";
constexpr size_t longest_path = 63;

tl::unexpected<Error> bad_proof(const char* ja, const char* en) {
    return fail(Code::bad_file, fmt::format("証明（tlog-proof）として読めません。{}", ja),
                fmt::format("Not a proof (tlog-proof). {}", en));
}

// Takes the next line off the text; nothing when there is no whole line.
std::optional<std::string_view> take_line(std::string_view& text) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

}  // namespace

std::string proof_text(const Proof& proof) {
    std::string out(proof_head);
    if (!proof.extra.empty()) out += fmt::format("extra {}\n", base64(proof.extra));
    out += fmt::format("index {}\n", proof.index);
    for (const Digest& digest : proof.path)
        out += base64(bytes(digest)) + "\n";
    return out + "\n" + proof.note;
}

Result<Proof> read_proof(std::string_view text) {
    if (!text.starts_with(proof_head)) return bad_proof("最初の行が違います。", "Its first line is another.");
    text.remove_prefix(proof_head.size());
    Proof proof;
    std::optional<std::string_view> line = take_line(text);
    if (line && line->starts_with("extra ")) {
        std::optional<std::string> extra = from_base64(line->substr(6));
        if (!extra) return bad_proof("extraの行が違います。", "The extra line is wrong.");
        proof.extra = std::move(*extra);
        line = take_line(text);
    }
    if (!line || !line->starts_with("index "))
        return bad_proof("indexの行がありません。", "It has no index.");
    std::string_view number = line->substr(6);
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), proof.index);
    if (error != std::errc() || proof.index < 0 || std::to_string(proof.index) != number)
        return bad_proof("番号が違います。", "The index is wrong.");
    for (;;) {
        line = take_line(text);
        if (!line) return bad_proof("途中で終わっています。", "It ends too early.");
        if (line->empty()) break;
        std::optional<std::string> raw = from_base64(*line);
        if (!raw || raw->size() != 32 || proof.path.size() == longest_path)
            return bad_proof("途中のハッシュが違います。", "A hash of the path is wrong.");
        Digest digest{};
        std::ranges::copy(*raw, digest.begin());
        proof.path.push_back(digest);
    }
    proof.note = text;
    return proof;
}

Result<Proof> make_proof(const History& history, const std::vector<PublicKey>& keys, int64_t seq) {
    std::optional<Checkpoint> head = history.latest();
    if (!head || seq < 0 || seq >= head->size) {
        return fail(Code::not_found, fmt::format("履歴に{}番はありません。", seq),
                    fmt::format("The history has no event {}.", seq));
    }
    Proof proof;
    for (const PublicKey& key : keys) {
        if (proof.extra.empty() && open_note(head->note, key)) proof.extra = key.raw();
    }
    if (proof.extra.empty()) {
        return fail(Code::not_verified, "最新の封印の署名が合いません。「sonae verify」で確かめてください。",
                    "The signature of the latest checkpoint does not hold. Run \"sonae verify\".");
    }
    proof.index = seq;
    proof.path = history.inclusion(seq, head->size);
    proof.note = head->note;
    return proof;
}

Result<Proved> check_proof(std::string_view proof_bytes, std::string_view leaf_bytes) {
    Result<Proof> proof = read_proof(tidy_note(proof_bytes));
    if (!proof) return pass(std::move(proof));
    Result<PublicKey> key = PublicKey::from_raw(proof->extra);
    if (!key) return bad_proof("extraの行に公開鍵がありません。", "Its extra line holds no public key.");
    Result<Note> note = open_note(proof->note, *key);
    if (!note) return pass(std::move(note));
    // The leaf has no line end; an editor may have added one.
    std::string leaf = tidy_note(leaf_bytes);
    leaf.pop_back();
    Result<json::value> value = parse_json(leaf);
    if (!value || !value->is_object()) {
        return fail(Code::bad_file, "見出し（葉）のファイルがJSONではありません。",
                    "The file of the leaf is not JSON.");
    }
    Proved proved{value->get_object(), proof->index, note->size, key->fingerprint()};
    if (!verify_inclusion(leaf_hash(leaf), proof->index, note->size, proof->path, note->root) ||
        int_at(proved.leaf, "seq", -1) != proof->index ||
        checkpoint_origin(text_at(proved.leaf, "institution")) != note->origin) {
        return fail(
            Code::not_verified,
            "この見出し（葉）が封印された履歴に含まれることを、この証明では確かめられません。"
            "どちらかが書き換えられているか、別の記録のものです。",
            "The proof does not show that this leaf is in the sealed history. One of them was changed or "
            "belongs to another record.");
    }
    return proved;
}

}  // namespace sonae::history
