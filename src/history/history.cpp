// Appending to the log, sealing it and reading it back.
#include "history/history.hpp"

#include "base/os/random.hpp"
#include "history/tree.hpp"

#include <fmt/format.h>

namespace sonae::history {

namespace {

// Complete subtrees of 256 leaves (level 1), 65,536 leaves (level 2) … are stored, so that a root or a proof
// reads some hundreds of hashes instead of all.
constexpr int64_t tile = 256;

Event read_event(const store::Statement& row) {
    Event event;
    event.seq = row.integer(0);
    event.leaf = row.text(1);
    if (!row.null(2)) event.body = std::string(row.text(2));
    event.salt = row.text(3);
    std::string_view hash = row.text(4);
    if (hash.size() == event.leaf_hash.size()) std::copy(hash.begin(), hash.end(), event.leaf_hash.begin());
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
    return event;
}

constexpr std::string_view event_columns =
    "SELECT seq, leaf, body, salt, leaf_hash FROM event WHERE institution = :i";

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
        " PRIMARY KEY (institution, level, place));"
        "CREATE TABLE checkpoint ("
        " institution TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL,"
        " PRIMARY KEY (institution, size));"
        "CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'history is "
        "append-only'); END;"
        "CREATE TRIGGER event_unchanged BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'history is "
        "append-only'); END;"
        "CREATE TRIGGER checkpoint_stays BEFORE DELETE ON checkpoint"
        " BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;"
        "CREATE TRIGGER checkpoint_unchanged BEFORE UPDATE ON checkpoint"
        " BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;");
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

Event History::append(const Change& change, Instant at) {
    int64_t seq = size();

    // The digest of the entry as it was: what the entry's last event says came after it.
    json::value before = nullptr;
    auto last = database_.prepare(
        "SELECT leaf FROM event WHERE institution = :i AND entry_register = :r AND entry = :e ORDER BY seq "
        "DESC LIMIT 1");
    last.bind("i", institution_).bind("r", change.register_name).bind("e", change.id);
    if (last.step()) {
        auto leaf = parse_json(last.text(0));
        if (leaf && leaf->is_object()) before = json::string(text_at(leaf->get_object(), "after"));
    }
    last.reset();

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
    event.body = canonical(change.body);
    event.salt = os::random_bytes(32);
    event.leaf = canonical(json::object{
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
    });
    event.leaf_hash = leaf_hash(event.leaf);

    auto insert = database_.prepare(
        "INSERT INTO event (institution, seq, entry_register, entry, leaf, leaf_hash, body, salt)"
        " VALUES (:i, :seq, :r, :e, :leaf, :hash, :body, :salt)");
    insert.bind("i", institution_).bind("seq", seq).bind("r", change.register_name).bind("e", change.id);
    insert.bind("leaf", event.leaf).bind("body", *event.body);
    insert.bind_value("hash", store::Blob{std::string(bytes(event.leaf_hash))});
    insert.bind_value("salt", store::Blob{event.salt});
    insert.run();

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
            Digest digest{};
            std::string_view hash = children.text(0);
            std::copy(hash.begin(), hash.end(), digest.begin());
            below.push_back(digest);
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
    auto insert = database_.prepare("INSERT INTO checkpoint (institution, size, note) VALUES (:i, :s, :n)");
    insert.bind("i", institution_).bind("s", head.size).bind("n", head.note);
    insert.run();
    return head;
}

std::optional<Checkpoint> History::latest() const {
    auto query = database_.prepare(
        "SELECT size, note FROM checkpoint WHERE institution = :i ORDER BY size DESC LIMIT 1");
    query.bind("i", institution_);
    if (!query.step()) return std::nullopt;
    Checkpoint head;
    head.size = query.integer(0);
    head.note = query.text(1);
    query.reset();
    head.root = root(head.size);
    return head;
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
        if (!visit(read_event(query))) break;
    }
    query.reset();
}

std::optional<Event> History::event(int64_t seq) const {
    auto query = database_.prepare(std::string(event_columns) + " AND seq = :seq");
    query.bind("i", institution_).bind("seq", seq);
    if (!query.step()) return std::nullopt;
    Event event = read_event(query);
    query.reset();
    return event;
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
    static Digest digest(std::string_view raw) {
        if (raw.size() != 32) {
            throw Failure({Code::corrupt,
                           {"履歴のハッシュが壊れています。verifyで確かめてください。",
                            "A hash of the history is damaged. Run verify."}});
        }
        Digest out{};
        std::copy(raw.begin(), raw.end(), out.begin());
        return out;
    }

    Digest subtree(int64_t level, int64_t place) const {
        auto query = database_.prepare(
            "SELECT hash FROM subtree WHERE institution = :i AND level = :l AND place = :p");
        query.bind("i", institution_).bind("l", level).bind("p", place);
        bool found = query.step();
        Digest out = digest(found ? query.text(0) : "");
        query.reset();
        return out;
    }

    std::vector<Digest> leaves(int64_t from, int64_t to) const {
        auto query = database_.prepare(
            "SELECT leaf_hash FROM event WHERE institution = :i AND seq >= :from AND seq < :to ORDER BY seq");
        query.bind("i", institution_).bind("from", from).bind("to", to);
        std::vector<Digest> out;
        while (query.step())
            out.push_back(digest(query.text(0)));
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
