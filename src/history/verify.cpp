// Recomputes a history from its stored bytes and names every place that does not hold.
#include "history/history.hpp"
#include "history/tree.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace sonae::history {

namespace {

class Verifier {
 public:
    Verifier(store::Database& database, std::string institution, const PublicKey& key)
        : database_(database), institution_(std::move(institution)) {
        keys_.push_back(key);
    }

    std::vector<Fault> run(int64_t* erased) {
        events();
        erasures();
        requests();
        head();
        subtrees();
        if (erased) *erased = static_cast<int64_t>(gone_.size());
        return std::move(faults_);
    }

 private:
    // The last version of an entry so far.
    struct Last {
        size_t number = 0;  // of the entry, in the order of appearance
        std::string digest;
        int64_t version = 0;
    };

    void fault(std::string place, std::string ja, std::string en) {
        faults_.push_back({std::move(place), {std::move(ja), std::move(en)}});
    }

    static constexpr int64_t largest = std::numeric_limits<int64_t>::max();

    static std::string event_place(int64_t seq) { return fmt::format("event {}", seq); }

    void events() {
        // The engine keeps any kind of value in any column, and a number with a fraction, or bytes in place
        // of a text, would read as what stood there before.
        auto query = database_.prepare(
            "SELECT seq, leaf, body, salt, leaf_hash, entry_register, entry,"
            " typeof(seq) = 'integer' AND typeof(leaf) = 'text' AND typeof(leaf_hash) = 'blob'"
            " AND typeof(entry_register) = 'text' AND typeof(entry) = 'text'"
            " AND typeof(body) IN ('text', 'null') AND typeof(salt) IN ('blob', 'null')"
            " FROM event WHERE institution = :i ORDER BY seq");
        query.bind("i", institution_);
        int64_t expected = 0;
        // One buffer serves all leaves: a million of them are read here.
        std::vector<unsigned char> buffer(size_t{1} << 16);
        while (query.step()) {
            int64_t seq = query.integer(0);
            if (seq > expected) {
                fault(event_place(expected),
                      fmt::format("履歴の{}番から{}番が欠けています。", expected, seq - 1),
                      fmt::format("Events {} to {} are missing.", expected, seq - 1));
            } else if (seq < expected) {
                fault(event_place(seq), "履歴の番号が順に並んでいません。",
                      "The numbers of the history do not follow each other.");
            }
            expected = seq < largest ? seq + 1 : seq;
            if (query.integer(7) == 0) {
                fault(fmt::format("event {}", query.text(0)), "記録の中に、種類の違う値があります。",
                      "A value in the event is of another kind.");
            }
            std::string_view leaf = query.text(1);
            Digest hash = leaf_hash(leaf);
            if (query.text(4) != bytes(hash)) {
                fault(event_place(seq), "記録の見出し（葉）とそのハッシュが合いません。",
                      "The leaf does not match its hash.");
            }
            hashes_.push_back(hash);
            tree_.append(hash);
            json::monotonic_resource memory(buffer.data(), buffer.size());
            json::error_code error;
            json::value parsed = json::parse({leaf.data(), leaf.size()}, error, &memory);
            if (error || !parsed.is_object()) {
                fault(event_place(seq), "記録の見出し（葉）の形が正しくありません。",
                      "The leaf does not have its form.");
                entries_of_.push_back(0);
                continue;
            }
            one(seq, parsed.get_object(), query);
        }
    }

    void one(int64_t seq, const json::object& leaf, const store::Statement& row) {
        if (int_at(leaf, "seq", -1) != seq || text_at(leaf, "institution") != institution_ ||
            text_at(leaf, "register") != row.text(5) || text_at(leaf, "id") != row.text(6)) {
            fault(event_place(seq), "記録の見出し（葉）が、置かれている場所と合いません。",
                  "The leaf does not belong to this place.");
        }
        name_.assign(text_at(leaf, "register"));
        name_ += ':';
        name_ += text_at(leaf, "id");
        Last& last = entries_.try_emplace(name_, Last{entries_.size() + 1, "", 0}).first->second;
        entries_of_.push_back(last.number);
        if (text_at(leaf, "before") != last.digest || int_at(leaf, "version") != last.version + 1) {
            fault(event_place(seq), fmt::format("{} の前の版とつながりません。", name_),
                  fmt::format("Does not follow the version of {} before it.", name_));
        }
        last.digest = text_at(leaf, "after");
        last.version = std::min(int_at(leaf, "version"), largest - 1);
        if (const json::object* request = object_at(leaf, "request")) {
            requests_.try_emplace(std::string(text_at(*request, "key")), seq);
        }
        if (row.null(2) && row.null(3)) {
            gone_.push_back(seq);
            return;
        }
        std::string_view body = row.text(2);
        if (hex(sha256(row.text(3), body)) != last.digest) {
            fault(event_place(seq), fmt::format("{} の内容が、記録されたときのものと違います。", name_),
                  fmt::format("The content of {} is not what was recorded.", name_));
        }
        if (text_at(leaf, "action") == "erase") note_erasure(seq, body);
        if (text_at(leaf, "register") == "signing_key") note_key(body);
    }

    // Keys that the history itself announces sign from then on.
    void note_key(std::string_view body) {
        auto parsed = parse_json(body);
        const json::object* fields =
            parsed && parsed->is_object() ? object_at(parsed->get_object(), "fields") : nullptr;
        auto raw = fields ? from_hex(text_at(*fields, "public_key")) : std::nullopt;
        if (!raw) return;
        if (auto key = PublicKey::from_raw(*raw)) keys_.push_back(*key);
    }

    void note_erasure(int64_t seq, std::string_view body) {
        auto parsed = parse_json(body);
        const json::object* erasure =
            parsed && parsed->is_object() ? object_at(parsed->get_object(), "erased") : nullptr;
        const json::object* events = erasure ? object_at(*erasure, "events") : nullptr;
        if (!events) return;
        for (const auto& event : *events)
            erasers_[std::strtoll(event.key_c_str(), nullptr, 10)] = seq;
    }

    // A body is gone where a later event of the same entry says so and nowhere else, and the table that leads
    // from the one to the other says the same.
    void erasures() {
        auto wrong = [&](std::string_view seq) {
            fault(fmt::format("erased {}", seq), "消去の控えが履歴と合いません。",
                  "The note of the erasure does not match the history.");
        };
        std::map<int64_t, int64_t> stored;
        auto query = database_.prepare(
            "SELECT seq, by_seq, typeof(seq) = 'integer' AND typeof(by_seq) = 'integer' FROM erased"
            " WHERE institution = :i ORDER BY seq");
        query.bind("i", institution_);
        while (query.step()) {
            if (query.integer(2) == 0) {
                wrong(query.text(0));
            } else {
                stored[query.integer(0)] = query.integer(1);
            }
        }
        auto told = [&](int64_t seq, int64_t by) { return by > seq && entry_of(by) == entry_of(seq); };
        for (int64_t seq : gone_) {
            auto eraser = erasers_.find(seq);
            if (eraser == erasers_.end() || !told(seq, eraser->second)) {
                fault(event_place(seq), "内容が、消去の記録なしに失われています。",
                      "The content is gone, and no erasure tells of it.");
            } else if (auto row = stored.find(seq); row == stored.end() || row->second != eraser->second) {
                wrong(std::to_string(seq));
            }
            stored.erase(seq);
        }
        for (const auto& [seq, by] : stored)
            wrong(std::to_string(seq));
        std::ranges::sort(gone_);
        for (const auto& [seq, by] : erasers_) {
            if (told(seq, by) && !std::ranges::binary_search(gone_, seq)) {
                fault(event_place(seq), "消去された内容が、まだ、または再びここにあります。",
                      "Content that was erased is still, or again, here.");
            }
        }
    }

    size_t entry_of(int64_t seq) const {
        auto place = static_cast<size_t>(seq);
        return seq >= 0 && place < entries_of_.size() ? entries_of_[place] : 0;
    }

    void requests() {
        auto query = database_.prepare(
            "SELECT request, seq, typeof(request) = 'text' AND typeof(seq) = 'integer' FROM request"
            " WHERE institution = :i");
        query.bind("i", institution_);
        auto wrong = [&](std::string_view key) {
            fault(fmt::format("request {}", key), "依頼の控えが履歴と合いません。",
                  "The note of the request does not match the history.");
        };
        while (query.step()) {
            std::string key(query.text(0));
            auto found = requests_.find(key);
            if (query.integer(2) == 0 || found == requests_.end() || found->second != query.integer(1)) {
                wrong(key);
            } else {
                requests_.erase(found);
            }
        }
        for (const auto& [key, seq] : requests_)
            wrong(key);
    }

    void head() {
        auto query = database_.prepare(
            "SELECT size, note, typeof(size) = 'integer' AND typeof(note) = 'text' FROM checkpoint"
            " WHERE institution = :i");
        query.bind("i", institution_);
        int64_t sealed = 0;
        if (query.step()) {
            sealed = query.integer(0);
            if (query.integer(2) == 0) misplaced(fmt::format("checkpoint {}", query.text(0)));
            check_head(sealed, query.text(1));
        } else {
            fault(fmt::format("checkpoint {}", tree_.size()), "封印がありません。",
                  "The checkpoint is missing.");
            sealed = tree_.size();
        }
        query.reset();
        if (sealed < tree_.size()) {
            fault(event_place(sealed), fmt::format("{}番以降の記録に封印がありません。", sealed),
                  fmt::format("The events from {} on are not sealed.", sealed));
        }
    }

    void misplaced(std::string place) {
        fault(std::move(place), "封印が、置かれている場所と合いません。",
              "The checkpoint does not belong to this place.");
    }

    void check_head(int64_t size, std::string_view text) {
        std::string place = fmt::format("checkpoint {}", size);
        std::optional<Note> note;
        Words why;
        for (const PublicKey& key : keys_) {
            auto opened = open_note(text, key);
            if (opened) {
                note = *opened;
                break;
            }
            if (why.ja.empty() || opened.error().code == Code::not_verified) why = opened.error().words;
        }
        if (!note) {
            fault(place, why.ja, why.en);
        } else if (note->origin != checkpoint_origin(institution_) || note->size != size ||
                   std::ranges::count(text, '\n') != std::ranges::count(note->text, '\n') + 2) {
            // One signature line and nothing behind it: another line could be changed unseen.
            misplaced(place);
        } else if (note->size > tree_.size()) {
            fault(place,
                  fmt::format("封印には{}件とありますが、履歴は{}件しかありません。", size, tree_.size()),
                  fmt::format("The checkpoint covers {} events, the history has {}.", size, tree_.size()));
        } else if (note->root != (note->size == tree_.size()
                                      ? tree_.root()
                                      : root_of(std::span(hashes_).first(static_cast<size_t>(note->size))))) {
            fault(place, "封印と履歴が合いません。", "The history is not what the checkpoint sealed.");
        }
    }

    // The stored subtree hashes are a help for proofs; a wrong one would make wrong proofs.
    void subtrees() {
        auto query = database_.prepare(
            "SELECT level, place, hash,"
            " typeof(level) = 'integer' AND typeof(place) = 'integer' AND typeof(hash) = 'blob' FROM subtree"
            " WHERE institution = :i ORDER BY level, place");
        query.bind("i", institution_);
        std::set<std::pair<int64_t, int64_t>> seen;
        while (query.step()) {
            int64_t level = query.integer(0);
            int64_t position = query.integer(1);
            seen.emplace(level, position);
            size_t span = 1;
            for (int64_t i = 0; i < level && span <= hashes_.size(); i++)
                span *= 256;
            bool inside = query.integer(3) != 0 && level >= 1 && position >= 0 &&
                          static_cast<size_t>(position) < hashes_.size() / span;
            if (!inside || bytes(root_of(std::span(hashes_).subspan(static_cast<size_t>(position) * span,
                                                                    span))) != query.text(2)) {
                fault(fmt::format("subtree {}/{}", query.text(0), query.text(1)),
                      "木の途中のハッシュが合いません。", "A stored hash inside the tree does not match.");
            }
        }
        int64_t level = 1;
        for (size_t span = 256; span <= hashes_.size(); span *= 256, level++) {
            for (size_t i = 0; i < hashes_.size() / span; i++) {
                if (!seen.contains({level, static_cast<int64_t>(i)})) {
                    fault(fmt::format("subtree {}/{}", level, i), "木の途中のハッシュがありません。",
                          "A stored hash inside the tree is missing.");
                }
            }
        }
    }

    store::Database& database_;
    std::string institution_;
    std::vector<PublicKey> keys_;
    std::vector<Fault> faults_;
    std::vector<Digest> hashes_;
    std::vector<size_t> entries_of_;  // the entry of each event, by its number
    Spine tree_;
    std::string name_;  // of the entry at hand
    std::unordered_map<std::string, Last> entries_;
    std::vector<int64_t> gone_;           // events without a body
    std::map<int64_t, int64_t> erasers_;  // event → the last one that tells of its erasure
    std::map<std::string, int64_t, std::less<>> requests_;  // key → its first event
};

}  // namespace

std::vector<Fault> verify(store::Database& database, const std::string& institution, const PublicKey& key,
                          int64_t* erased) {
    return Verifier(database, institution, key).run(erased);
}

}  // namespace sonae::history
