// Recomputes a history from its stored bytes and names every place that does not hold.
#include "history/history.hpp"
#include "history/tree.hpp"

#include <map>
#include <set>

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
        checkpoints();
        subtrees();
        if (erased) *erased = erased_;
        return std::move(faults_);
    }

 private:
    void fault(std::string place, std::string ja, std::string en) {
        faults_.push_back({std::move(place), {std::move(ja), std::move(en)}});
    }

    void events() {
        auto query = database_.prepare(
            "SELECT seq, leaf, body, salt, leaf_hash, entry_register, entry FROM event WHERE institution = :i"
            " ORDER BY seq");
        query.bind("i", institution_);
        int64_t expected = 0;
        while (query.step()) {
            int64_t seq = query.integer(0);
            std::string place = fmt::format("event {}", seq);
            if (seq != expected) {
                fault(place, fmt::format("履歴の{}番から{}番が欠けています。", expected, seq - 1),
                      fmt::format("Events {} to {} are missing.", expected, seq - 1));
            }
            expected = seq + 1;
            std::string leaf(query.text(1));
            Digest hash = leaf_hash(leaf);
            if (query.text(4) != bytes(hash)) {
                fault(place, "記録の見出し（葉）とそのハッシュが合いません。",
                      "The leaf does not match its hash.");
            }
            hashes_.push_back(hash);
            tree_.append(hash);
            roots_[tree_.size()] = tree_.root();
            auto parsed = parse_json(leaf);
            if (!parsed || !parsed->is_object() || canonical(*parsed) != leaf) {
                fault(place, "記録の見出し（葉）の形が正しくありません。", "The leaf is not canonical JSON.");
                continue;
            }
            one(place, seq, parsed->get_object(), query);
        }
    }

    void one(const std::string& place, int64_t seq, const json::object& leaf, const store::Statement& row) {
        std::string entry = fmt::format("{}:{}", text_at(leaf, "register"), text_at(leaf, "id"));
        if (int_at(leaf, "seq", -1) != seq || text_at(leaf, "institution") != institution_ ||
            text_at(leaf, "register") != row.text(5) || text_at(leaf, "id") != row.text(6)) {
            fault(place, "記録の見出し（葉）が、置かれている場所と合いません。",
                  "The leaf does not belong to this place.");
        }
        auto& before = after_[entry];
        std::string_view said_before = text_at(leaf, "before");
        if (said_before != before.digest || int_at(leaf, "version") != before.version + 1) {
            fault(place, fmt::format("{} の前の版とつながりません。", entry),
                  fmt::format("Does not follow the version of {} before it.", entry));
        }
        before.digest = text_at(leaf, "after");
        before.version = int_at(leaf, "version");
        if (row.null(2) && row.null(3)) {
            erased_++;
            return;
        }
        std::string_view body = row.text(2);
        if (hex(sha256(row.text(3), body)) != before.digest) {
            fault(place, fmt::format("{} の内容が、記録されたときのものと違います。", entry),
                  fmt::format("The content of {} is not what was recorded.", entry));
        }
        // Keys that the history itself announces sign from then on.
        if (text_at(leaf, "register") == "signing_key") {
            if (auto parsed = parse_json(body); parsed && parsed->is_object()) {
                if (const json::object* fields = object_at(parsed->get_object(), "fields")) {
                    auto raw = from_hex(text_at(*fields, "public_key"));
                    if (raw) {
                        if (auto key = PublicKey::from_raw(*raw)) keys_.push_back(*key);
                    }
                }
            }
        }
    }

    void checkpoints() {
        auto query =
            database_.prepare("SELECT size, note FROM checkpoint WHERE institution = :i ORDER BY size");
        query.bind("i", institution_);
        int64_t last = 0;
        std::string origin = checkpoint_origin(institution_);
        while (query.step()) {
            last = query.integer(0);
            std::string place = fmt::format("checkpoint {}", last);
            std::optional<Note> note;
            Words why;
            for (const PublicKey& key : keys_) {
                auto opened = open_note(query.text(1), key);
                if (opened) {
                    note = *opened;
                    break;
                }
                if (why.ja.empty() || opened.error().code == Code::not_verified) why = opened.error().words;
            }
            if (!note) {
                fault(place, why.ja, why.en);
                continue;
            }
            auto root = roots_.find(note->size);
            if (note->origin != origin || note->size != last) {
                fault(place, "封印が、置かれている場所と合いません。",
                      "The checkpoint does not belong to this place.");
            } else if (root == roots_.end()) {
                fault(
                    place,
                    fmt::format("封印には{}件とありますが、履歴は{}件しかありません。", last, tree_.size()),
                    fmt::format("The checkpoint covers {} events, the history has {}.", last, tree_.size()));
            } else if (root->second != note->root) {
                fault(place, "封印と履歴が合いません。", "The history is not what the checkpoint sealed.");
            }
        }
        if (last < tree_.size()) {
            fault(fmt::format("event {}", last), fmt::format("{}番以降の記録に封印がありません。", last),
                  fmt::format("The events from {} on are not sealed.", last));
        }
    }

    // The stored subtree hashes are a help for proofs; a wrong one would make wrong proofs.
    void subtrees() {
        auto query = database_.prepare(
            "SELECT level, place, hash FROM subtree WHERE institution = :i ORDER BY level, place");
        query.bind("i", institution_);
        std::set<std::pair<int64_t, int64_t>> seen;
        while (query.step()) {
            int64_t level = query.integer(0);
            int64_t position = query.integer(1);
            seen.emplace(level, position);
            size_t span = 1;
            for (int64_t i = 0; i < level && span <= hashes_.size(); i++)
                span *= 256;
            size_t from = static_cast<size_t>(position) * span;
            bool inside = level >= 1 && position >= 0 && from + span <= hashes_.size();
            if (!inside || bytes(root_of(std::span(hashes_).subspan(from, span))) != query.text(2)) {
                fault(fmt::format("subtree {}/{}", level, position), "木の途中のハッシュが合いません。",
                      "A stored hash inside the tree does not match.");
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

    struct Last {
        std::string digest;
        int64_t version = 0;
    };

    store::Database& database_;
    std::string institution_;
    std::vector<PublicKey> keys_;
    std::vector<Fault> faults_;
    std::vector<Digest> hashes_;
    Spine tree_;
    std::map<int64_t, Digest> roots_;
    std::map<std::string, Last> after_;
    int64_t erased_ = 0;
};

}  // namespace

std::vector<Fault> verify(store::Database& database, const std::string& institution, const PublicKey& key,
                          int64_t* erased) {
    return Verifier(database, institution, key).run(erased);
}

}  // namespace sonae::history
