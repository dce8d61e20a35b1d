// Appending to the log, sealing it, erasing bodies and reading it back.
#include "history/history.hpp"

#include "base/os/random.hpp"
#include "history/tree.hpp"

#include <fmt/format.h>

namespace sonae::history {

namespace {

// Complete subtrees of 256 leaves (level 1), 65,536 leaves (level 2) … are stored, so that a root or a proof
// reads some hundreds of hashes instead of all.
constexpr int64_t tile = 256;

Digest digest_of(std::string_view raw) {
    if (raw.size() != 32) {
        throw Failure({Code::corrupt,
                       {"履歴のハッシュが壊れています。verifyで確かめてください。",
                        "A hash of the history is damaged. Run verify."}});
    }
    Digest out{};
    std::copy(raw.begin(), raw.end(), out.begin());
    return out;
}

constexpr std::string_view event_columns =
    "SELECT seq, leaf, body, salt, leaf_hash FROM event WHERE institution = :i";

// What format 2 has otherwise than format 1. The guards stop mistakes; the proof is the tree.
void create_later_tables(store::Database& database) {
    database.execute(
        "CREATE TABLE checkpoint (institution TEXT PRIMARY KEY, size INTEGER NOT NULL, note TEXT NOT NULL);"
        // Which event took a body away.
        "CREATE TABLE erased ("
        " institution TEXT NOT NULL, seq INTEGER NOT NULL, by_seq INTEGER NOT NULL,"
        " PRIMARY KEY (institution, seq));"
        // The first event of each idempotency key.
        "CREATE TABLE request ("
        " institution TEXT NOT NULL, request TEXT NOT NULL, seq INTEGER NOT NULL,"
        " PRIMARY KEY (institution, request));"
        "CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'history is "
        "append-only'); END;"
        "CREATE TRIGGER event_unchanged BEFORE UPDATE ON event"
        " WHEN NEW.body IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.institution IS NOT OLD.institution"
        " OR NEW.seq IS NOT OLD.seq OR NEW.entry_register IS NOT OLD.entry_register"
        " OR NEW.entry IS NOT OLD.entry OR NEW.leaf IS NOT OLD.leaf OR NEW.leaf_hash IS NOT OLD.leaf_hash"
        " BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;"
        "CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint"
        " BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;"
        "CREATE TRIGGER checkpoint_grows BEFORE UPDATE ON checkpoint"
        " WHEN NEW.size <= OLD.size OR NEW.institution IS NOT OLD.institution"
        " BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;"
        "CREATE TRIGGER erased_stays BEFORE DELETE ON erased BEGIN SELECT RAISE(ABORT, 'history is "
        "append-only'); END;"
        "CREATE TRIGGER request_stays BEFORE DELETE ON request BEGIN SELECT RAISE(ABORT, 'history is "
        "append-only'); END;"
        "CREATE TRIGGER request_unchanged BEFORE UPDATE ON request BEGIN SELECT RAISE(ABORT, 'history is "
        "append-only'); END;");
}

}  // namespace

void create_tables(store::Database& database) {
    database.execute(
        // One row a change. `entry_register` and `entry` repeat the leaf for looking up.
        "CREATE TABLE event ("
        " institution TEXT NOT NULL, seq INTEGER NOT NULL, entry_register TEXT NOT NULL, entry TEXT NOT NULL,"
        " leaf TEXT NOT NULL, leaf_hash BLOB NOT NULL, body TEXT, salt BLOB,"
        " PRIMARY KEY (institution, seq));"
        "CREATE INDEX event_entry ON event (institution, entry_register, entry, seq);"
        "CREATE TABLE subtree ("
        " institution TEXT NOT NULL, level INTEGER NOT NULL, place INTEGER NOT NULL, hash BLOB NOT NULL,"
        " PRIMARY KEY (institution, level, place));");
    create_later_tables(database);
}

void migrate_tables(store::Database& database) {
    // Format 1 kept every head. The tree gives the root at any size, so only the last one has a use.
    database.execute(
        "DROP TRIGGER event_unchanged; DROP TRIGGER event_stays; DROP TRIGGER checkpoint_stays;"
        "DROP TRIGGER checkpoint_unchanged; ALTER TABLE checkpoint RENAME TO checkpoint_1;");
    create_later_tables(database);
    database.execute(
        "INSERT INTO checkpoint (institution, size, note) SELECT institution, size, note FROM checkpoint_1 c"
        " WHERE size = (SELECT max(size) FROM checkpoint_1 WHERE institution = c.institution);"
        "DROP TABLE checkpoint_1;");
}

History::History(store::Database& database, std::string institution)
    : database_(database), institution_(std::move(institution)) {}

int64_t History::size() const {
    auto query = database_.prepare("SELECT COALESCE(MAX(seq) + 1, 0) FROM event WHERE institution = :i");
    query.bind("i", institution_);
    query.step();
    int64_t size = query.integer(0);
    query.reset();
    return size;
}

Event History::append(const Change& change, Instant at, std::optional<int64_t> size) {
    int64_t seq = size ? *size : this->size();

    // The digest of the entry as it was: what the entry's last event says came after it.
    json::value before = nullptr;
    if (change.version > 1) {
        auto last = database_.prepare(
            "SELECT leaf FROM event WHERE institution = :i AND entry_register = :r AND entry = :e"
            " ORDER BY seq DESC LIMIT 1");
        last.bind("i", institution_).bind("r", change.register_name).bind("e", change.id);
        if (last.step()) {
            auto leaf = parse_json(last.text(0));
            if (leaf && leaf->is_object()) before = json::string(text_at(leaf->get_object(), "after"));
        }
        last.reset();
    }

    Event event;
    event.seq = seq;
    event.at = at;
    event.action = change.action;
    event.register_name = change.register_name;
    event.id = change.id;
    event.version = change.version;
    event.by = change.by;
    event.why = change.why;
    event.source = change.source;
    event.body = canonical_object(change.body);
    event.salt = os::random_bytes(32);
    event.request = change.request;
    // In memory of its own, given back at once: the leaf lives for its text only.
    unsigned char space[4096];
    boost::json::monotonic_resource memory(space, sizeof space);
    json::object leaf(
        {
            {"v", 1},
            {"institution", institution_},
            {"seq", seq},
            {"at", at},
            {"by", change.by},
            {"action", change.action},
            {"register", change.register_name},
            {"id", change.id},
            {"version", change.version},
            {"before", before},
            {"after", hex(sha256(event.salt, *event.body))},
            {"why", change.why},
            {"source", change.source},
        },
        &memory);
    if (change.request) {
        leaf["request"] = json::object{{"key", change.request->key}, {"digest", change.request->digest}};
    }
    event.leaf = canonical_object(leaf);
    event.leaf_hash = leaf_hash(event.leaf);

    auto insert = database_.prepare(
        "INSERT INTO event (institution, seq, entry_register, entry, leaf, leaf_hash, body, salt)"
        " VALUES (:i, :seq, :r, :e, :leaf, :hash, :body, :salt)");
    insert.bind("i", institution_).bind("seq", seq).bind("r", change.register_name).bind("e", change.id);
    insert.bind("leaf", event.leaf).bind("body", *event.body);
    insert.bind_value("hash", store::Blob{std::string(bytes(event.leaf_hash))});
    insert.bind_value("salt", store::Blob{event.salt});
    insert.run();

    if (change.request) {
        auto note = database_.prepare(
            "INSERT INTO request (institution, request, seq) VALUES (:i, :r, :seq)"
            " ON CONFLICT (institution, request) DO NOTHING");
        note.bind("i", institution_).bind("r", change.request->key).bind("seq", seq).run();
    }

    // Store each subtree that this leaf completes.
    for (int64_t level = 1, span = tile; (seq + 1) % span == 0; level++, span *= tile) {
        std::vector<Digest> below;
        auto children = level == 1 ? database_.prepare(
                                         "SELECT leaf_hash FROM event WHERE institution = :i AND seq >= :from"
                                         " AND seq < :to ORDER BY seq")
                                   : database_.prepare(
                                         "SELECT hash FROM subtree WHERE institution = :i AND level = :level"
                                         " AND place >= :from AND place < :to ORDER BY place");
        int64_t unit = level == 1 ? 1 : span / tile;
        children.bind("i", institution_).bind("from", (seq + 1 - span) / unit).bind("to", (seq + 1) / unit);
        if (level > 1) children.bind("level", level - 1);
        while (children.step()) {
            below.push_back(digest_of(children.text(0)));
        }
        Digest subtree_root = root_of(below);
        auto store = database_.prepare(
            "INSERT INTO subtree (institution, level, place, hash) VALUES (:i, :l, :p, :h)");
        store.bind("i", institution_).bind("l", level).bind("p", (seq + 1) / span - 1);
        store.bind_value("h", store::Blob{std::string(bytes(subtree_root))});
        store.run();
    }
    return event;
}

Checkpoint History::seal(const Key& key) {
    Checkpoint head;
    head.size = size();
    head.root = root(head.size);
    std::string origin = checkpoint_origin(institution_);
    head.note = sign_note(checkpoint_text(origin, head.size, head.root), origin, key);
    auto insert = database_.prepare(
        "INSERT INTO checkpoint (institution, size, note) VALUES (:i, :s, :n)"
        " ON CONFLICT (institution) DO UPDATE SET size = excluded.size, note = excluded.note");
    insert.bind("i", institution_).bind("s", head.size).bind("n", head.note);
    insert.run();
    return head;
}

void History::erase(const std::vector<int64_t>& seqs, int64_t by_seq) {
    for (int64_t seq : seqs) {
        auto take = database_.prepare(
            "UPDATE event SET body = NULL, salt = NULL WHERE institution = :i AND seq = :seq");
        take.bind("i", institution_).bind("seq", seq).run();
        auto note = database_.prepare(
            "INSERT INTO erased (institution, seq, by_seq) VALUES (:i, :seq, :by)"
            " ON CONFLICT (institution, seq) DO UPDATE SET by_seq = excluded.by_seq");
        note.bind("i", institution_).bind("seq", seq).bind("by", by_seq).run();
    }
}

std::optional<int64_t> History::request(std::string_view key) const {
    auto query = database_.prepare("SELECT seq FROM request WHERE institution = :i AND request = :r");
    query.bind("i", institution_).bind("r", key);
    std::optional<int64_t> seq;
    if (query.step()) seq = query.integer(0);
    query.reset();
    return seq;
}

std::vector<std::pair<std::string, std::string>> History::changed_since(int64_t seq) const {
    std::vector<std::pair<std::string, std::string>> out;
    auto query = database_.prepare(
        "SELECT DISTINCT entry_register, entry FROM event WHERE institution = :i AND seq >= :seq");
    query.bind("i", institution_).bind("seq", seq);
    while (query.step())
        out.emplace_back(query.text(0), query.text(1));
    return out;
}

std::optional<Checkpoint> History::latest() const {
    auto query = database_.prepare("SELECT size, note FROM checkpoint WHERE institution = :i");
    query.bind("i", institution_);
    if (!query.step()) return std::nullopt;
    Checkpoint head;
    head.size = query.integer(0);
    head.note = query.text(1);
    query.reset();
    head.root = root(head.size);
    return head;
}

Event History::read(const store::Statement& row) const {
    Event event;
    event.seq = row.integer(0);
    event.leaf = row.text(1);
    event.erased = row.null(2);
    if (!event.erased) event.body = std::string(row.text(2));
    event.salt = row.text(3);
    event.leaf_hash = digest_of(row.text(4));
    auto parsed = parse_json(event.leaf);
    if (!parsed || !parsed->is_object()) {
        throw Failure({Code::corrupt,
                       {fmt::format("履歴の{}番の記録が読めません。verifyで確かめてください。", event.seq),
                        fmt::format("Event {} of the history cannot be read. Run verify.", event.seq)}});
    }
    const json::object& leaf = parsed->get_object();
    event.at = int_at(leaf, "at");
    event.action = text_at(leaf, "action");
    event.register_name = text_at(leaf, "register");
    event.id = text_at(leaf, "id");
    event.version = int_at(leaf, "version");
    event.by = text_at(leaf, "by");
    event.why = text_at(leaf, "why");
    event.source = text_at(leaf, "source");
    if (const json::object* request = object_at(leaf, "request")) {
        event.request = {std::string(text_at(*request, "key")), std::string(text_at(*request, "digest"))};
    }
    if (!event.erased) return event;

    // What was left of the body stands in the event that took it away.
    auto eraser = database_.prepare(
        "SELECT b.body FROM erased e JOIN event b ON b.institution = e.institution AND b.seq = e.by_seq"
        " WHERE e.institution = :i AND e.seq = :seq");
    eraser.bind("i", institution_).bind("seq", event.seq);
    if (eraser.step()) {
        auto body = parse_json(eraser.text(0));
        const json::object* erasure =
            body && body->is_object() ? object_at(body->get_object(), "erased") : nullptr;
        const json::object* events = erasure ? object_at(*erasure, "events") : nullptr;
        const json::object* left = events ? object_at(*events, std::to_string(event.seq)) : nullptr;
        if (left) event.body = canonical(*left);
    }
    eraser.reset();
    return event;
}

void History::each(const std::function<bool(const Event&)>& visit, std::string_view register_name,
                   std::string_view id) const {
    std::string sql(event_columns);
    if (!register_name.empty()) sql += " AND entry_register = :r AND entry = :e";
    sql += " ORDER BY seq";
    auto query = database_.prepare(sql);
    query.bind("i", institution_);
    if (!register_name.empty()) query.bind("r", register_name).bind("e", id);
    while (query.step()) {
        if (!visit(read(query))) break;
    }
    query.reset();
}

void History::each_from(int64_t seq, const std::function<bool(const Event&)>& visit) const {
    auto query = database_.prepare(std::string(event_columns) + " AND seq >= :seq ORDER BY seq");
    query.bind("i", institution_).bind("seq", seq);
    while (query.step()) {
        if (!visit(read(query))) break;
    }
    query.reset();
}

std::optional<Event> History::event(int64_t seq) const {
    std::optional<Event> out;
    each_from(seq, [&](const Event& event) {
        if (event.seq == seq) out = event;
        return false;
    });
    return out;
}

namespace {

// Hashes of the tree of one institution, from the stored subtrees where a whole one is asked for.
class Hashes {
 public:
    Hashes(store::Database& database, const std::string& institution)
        : database_(database), institution_(institution) {}

    // Root over the leaves [from, to); `from` is a multiple of the largest power of two below the width.
    Digest over(int64_t from, int64_t to) const {
        int64_t width = to - from;
        for (int64_t level = 1, span = tile; span <= width; level++, span *= tile) {
            if (span == width && from % span == 0) return subtree(level, from / span);
        }
        if (width <= tile) {
            auto leaves_here = leaves(from, to);
            return root_of(leaves_here);
        }
        int64_t left = 1;
        while (left * 2 < width)
            left *= 2;
        return node_hash(over(from, from + left), over(from + left, to));
    }

    // Inclusion path of a leaf in the leaves [from, to), lowest first.
    void path(int64_t leaf, int64_t from, int64_t to, std::vector<Digest>& out) const {
        int64_t width = to - from;
        if (width < 2) return;
        int64_t left = 1;
        while (left * 2 < width)
            left *= 2;
        if (leaf < from + left) {
            path(leaf, from, from + left, out);
            out.push_back(over(from + left, to));
        } else {
            path(leaf, from + left, to, out);
            out.push_back(over(from, from + left));
        }
    }

 private:
    Digest subtree(int64_t level, int64_t place) const {
        auto query = database_.prepare(
            "SELECT hash FROM subtree WHERE institution = :i AND level = :l AND place = :p");
        query.bind("i", institution_).bind("l", level).bind("p", place);
        bool found = query.step();
        Digest out = digest_of(found ? query.text(0) : "");
        query.reset();
        return out;
    }

    std::vector<Digest> leaves(int64_t from, int64_t to) const {
        auto query = database_.prepare(
            "SELECT leaf_hash FROM event WHERE institution = :i AND seq >= :from AND seq < :to ORDER BY seq");
        query.bind("i", institution_).bind("from", from).bind("to", to);
        std::vector<Digest> out;
        while (query.step())
            out.push_back(digest_of(query.text(0)));
        return out;
    }

    store::Database& database_;
    const std::string& institution_;
};

}  // namespace

Digest History::root(int64_t size) const {
    return size == 0 ? sha256("") : Hashes(database_, institution_).over(0, size);
}

std::vector<Digest> History::inclusion(int64_t seq, int64_t size) const {
    std::vector<Digest> path;
    Hashes(database_, institution_).path(seq, 0, size, path);
    return path;
}

std::string checkpoint_origin(std::string_view institution) {
    return fmt::format("sonae/{}", institution);
}

}  // namespace sonae::history
