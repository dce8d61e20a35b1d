// Reads a SELECT as far as it has to be understood: cores of a compound, their sources, conditions,
// sub-selects.
#include "register/select.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace sonae::registers {

namespace {

struct Token {
    enum class Kind { word, number, text, parameter, mark };
    Kind kind = Kind::mark;
    size_t at = 0;
    size_t length = 0;
    std::string word;  // in lower case; marks as written
    size_t close = 0;  // of "(": the place of its ")"
};

// A part of the tokens: [from, to).
struct Range {
    size_t from = 0;
    size_t to = 0;
    size_t size() const { return to - from; }
};

struct Source {
    size_t at = 0;             // of the name, or of the "(" of a sub-select
    std::string name;          // empty for a sub-select
    std::string alias;         // how columns call it
    bool aliased = false;      // the alias is written
    bool outer = false;        // on the right of a LEFT JOIN
    std::optional<Range> sub;  // the sub-select
    Range on;
};

struct Core {
    bool distinct = false;
    std::vector<Range> columns;
    std::vector<Source> sources;
    Range where;
    std::vector<Range> rest;  // GROUP BY, HAVING, ORDER BY
    bool grouped = false;
};

using Words = std::set<std::string, std::less<>>;

// Words that may stand before "(" without being a function.
const Words& not_functions() {
    static const Words words{"and",  "or",   "not",   "in",     "exists",  "when",    "then",  "else",
                             "case", "from", "where", "on",     "join",    "select",  "union", "all",
                             "like", "is",   "by",    "having", "between", "distinct"};
    return words;
}
// Functions of one row.
const Words& row_functions() {
    static const Words words{"coalesce", "lower",  "upper",   "trim", "ltrim", "rtrim", "length",
                             "substr",   "nullif", "replace", "abs",  "instr", "round", "ifnull"};
    return words;
}
// Words that cannot be an alias because they go on with the FROM clause or stand behind it.
const Words& after_source() {
    static const Words words{"on",    "using", "join",   "left",  "inner",  "cross",   "natural",
                             "right", "full",  "outer",  "where", "group",  "having",  "order",
                             "union", "limit", "offset", "not",   "except", "indexed", "intersect"};
    return words;
}

bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}

// Nothing for a text with characters that are not of the portable subset.
std::optional<std::vector<Token>> tokens_of(std::string_view sql) {
    std::vector<Token> out;
    std::vector<size_t> open;
    for (size_t i = 0; i < sql.size();) {
        char c = sql[i];
        Token token;
        token.at = i;
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
            i++;
            continue;
        }
        if (sql.substr(i, 2) == "--") {
            size_t line = sql.find('\n', i);
            i = line == std::string_view::npos ? sql.size() : line + 1;
            continue;
        }
        size_t end = i + 1;
        if (c == '\'') {
            token.kind = Token::Kind::text;
            for (;; end++) {
                end = sql.find('\'', end);
                if (end == std::string_view::npos) return std::nullopt;
                end++;
                if (end >= sql.size() || sql[end] != '\'') break;
            }
        } else if (letter(c) || (c == ':' && i + 1 < sql.size() && letter(sql[i + 1]))) {
            token.kind = c == ':' ? Token::Kind::parameter : Token::Kind::word;
            while (end < sql.size() && (letter(sql[end]) || digit(sql[end])))
                end++;
        } else if (digit(c)) {
            token.kind = Token::Kind::number;
            while (end < sql.size() && digit(sql[end]))
                end++;
        } else if (std::string_view("(),.*=<>!+-/%|").find(c) == std::string_view::npos) {
            return std::nullopt;
        }
        token.length = end - i;
        if (token.kind != Token::Kind::text) {
            token.word = sql.substr(i, token.length);
            for (char& one : token.word) {
                if (one >= 'A' && one <= 'Z') one = static_cast<char>(one - 'A' + 'a');
            }
        }
        if (token.word == "(") open.push_back(out.size());
        if (token.word == ")") {
            if (open.empty()) return std::nullopt;
            out[open.back()].close = out.size();
            open.pop_back();
        }
        out.push_back(std::move(token));
        i = end;
    }
    if (!open.empty()) return std::nullopt;
    return out;
}

}  // namespace

SetWords words_of(std::string_view sql) {
    SetWords out;
    auto read = tokens_of(sql);
    if (!read) {
        out.every_column = true;
        return out;
    }
    const std::vector<Token>& tokens = *read;
    // Words with which a "*" means the whole row, and not just those columns that are named elsewhere.
    static const Words whole{"distinct", "union", "except", "intersect",
                             "natural",  "using", "order",  "group"};
    bool star = false;
    bool whole_rows = false;
    std::vector<size_t> open;
    for (size_t i = 0; i < tokens.size(); i++) {
        const std::string& word = tokens[i].word;
        if (tokens[i].kind == Token::Kind::word) {
            out.words.insert(word);
            whole_rows = whole_rows || whole.contains(word);
        }
        if (word == "(") open.push_back(i);
        if (word == ")") open.pop_back();
        if (word != "*" || i == 0) continue;
        const std::string& before = tokens[i - 1].word;
        if (before == "(") continue;  // count(*)
        star = true;
        // In a sub-select that is compared with something, the columns count by their place.
        if (open.empty() || open.back() == 0 || tokens[open.back() + 1].word != "select") continue;
        const std::string& opener = tokens[open.back() - 1].word;
        if (opener != "from" && opener != "join" && opener != "exists") whole_rows = true;
    }
    out.every_column = star && whole_rows;
    return out;
}

// One text: the whole SELECT or that of a view that is looked through.
class SelectReader {
 public:
    SelectReader(std::string_view sql, const FindSet& find, Select& out)
        : sql_(sql), find_(find), out_(out), tokens_(tokens_of(sql)) {}

    // Aliases of sources whose column id is that of the finding.
    using Keys = Words;

    // Reads the text as the source of entries with certain ids; what of it cannot be read so is read in full.
    // Returns the text over the rows of touched entries.
    std::string by_entry() {
        if (!tokens_) {
            in_full(sql_);
            return std::string(sql_);
        }
        entries(whole(), {}, false);
        return rewritten();
    }

    // All sets named in a text are read in full.
    void in_full(std::string_view text) {
        auto tokens = tokens_of(text);
        if (!tokens) {
            // Not even words can be told apart: any of them may be a name.
            std::string word;
            for (char c : std::string(text) + " ") {
                if (letter(c) || (!word.empty() && digit(c))) {
                    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
                } else if (!word.empty()) {
                    name_in_full(word);
                    word.clear();
                }
            }
            return;
        }
        for (size_t i = 0; i < tokens->size(); i++) {
            const Token& token = (*tokens)[i];
            bool column = i > 0 && (*tokens)[i - 1].word == ".";
            if (token.kind == Token::Kind::word && !column) name_in_full(token.word);
        }
    }

    // The columns that a text reads by name, or all.
    void note_words() {
        SetWords words = words_of(sql_);
        out_.every_column_ = out_.every_column_ || words.every_column;
        out_.words_.merge(words.words);
    }

    std::string fully_ordered() const {
        if (!tokens_ || tokens_->empty()) return {};
        // The columns of the first core; ORDER BY stands behind the last.
        size_t columns = 1;
        size_t i = 0;
        for (; i < tokens_->size() && !is(i, "from") && !is(i, "union"); i++) {
            if (is(i, "(")) i = token(i).close;
            if (is(i, ",")) columns++;
            if (is(i, "*") && (is(i - 1, "select") || is(i - 1, "."))) return {};
        }
        bool ordered = false;
        for (; i < tokens_->size(); i++) {
            if (is(i, "(")) i = token(i).close;
            if (is(i, "limit")) return {};
            ordered = ordered || is(i, "order");
        }
        if (!ordered) return {};
        std::string out(text(whole()));
        for (size_t column = 1; column <= columns; column++)
            out += fmt::format(", {}", column);
        return out;
    }

    std::string counted() {
        if (!tokens_) return {};
        auto cores = read(whole());
        if (!cores || cores->size() != 1) return {};
        const Core& core = cores->front();
        if (core.columns.size() != 1 || core.distinct || core.sources.empty() || !core.rest.empty())
            return {};
        Range column = core.columns.front();
        constexpr std::array<std::string_view, 4> count{"count", "(", "*", ")"};
        if (column.size() != count.size()) return {};
        for (size_t i = 0; i < count.size(); i++) {
            if (token(column.from + i).word != count[i]) return {};
        }
        const Source& key = core.sources.front();
        if (key.sub || !has_id(key)) return {};
        size_t from = token(column.from).at;
        size_t to = token(column.to - 1).at + 1;
        return std::string(sql_.substr(0, from)) + key.alias + ".id" + std::string(sql_.substr(to));
    }

 private:
    Range whole() const { return {0, tokens_->size()}; }
    const Token& token(size_t place) const { return (*tokens_)[place]; }
    bool is(size_t place, std::string_view word) const {
        return place < tokens_->size() && token(place).kind != Token::Kind::text && token(place).word == word;
    }
    std::string_view text(Range range) const {
        if (range.size() == 0) return {};
        const Token& last = token(range.to - 1);
        return sql_.substr(token(range.from).at, last.at + last.length - token(range.from).at);
    }

    void name_in_full(const std::string& name) {
        const NamedSet* set = find_(name);
        if (!set) return;
        if (set->kept) {
            out_.sets_.insert(name);
            out_.in_full_.insert(name);
        } else if (looked_through_.insert(name).second) {
            SelectReader inner(set->sql, find_, out_);
            inner.looked_through_ = looked_through_;
            inner.note_words();
            inner.in_full(set->sql);
        }
    }

    // ---- the parts of a SELECT

    // The cores of a compound; nothing when it is more than this reads.
    std::optional<std::vector<Core>> read(Range range) const {
        std::vector<Core> out;
        size_t from = range.from;
        for (size_t i = range.from; i <= range.to; i++) {
            bool end = i == range.to;
            if (!end && is(i, "(")) {
                i = token(i).close;
                continue;
            }
            if (!end) {
                for (const char* other :
                     {"except", "intersect", "limit", "offset", "window", "values", "with"}) {
                    if (is(i, other)) return std::nullopt;
                }
                if (!is(i, "union")) continue;
            }
            auto core = read_core({from, i});
            if (!core) return std::nullopt;
            out.push_back(std::move(*core));
            if (!end) {
                if (is(i + 1, "all")) i++;
                from = i + 1;
            }
        }
        return out;
    }

    std::optional<Core> read_core(Range range) const {
        if (!is(range.from, "select") || range.size() < 2) return std::nullopt;
        Core core;
        size_t i = range.from + 1;
        if (is(i, "distinct") || is(i, "all")) core.distinct = token(i++).word == "distinct";
        // The clauses, each from behind its word.
        std::string clause = "select";
        size_t from = i;
        std::optional<Range> sources;
        for (; i <= range.to; i++) {
            bool end = i == range.to;
            if (!end && is(i, "(")) {
                i = token(i).close;
                continue;
            }
            bool by = !end && (is(i, "group") || is(i, "order")) && is(i + 1, "by");
            bool next = end || by || is(i, "from") || is(i, "where") || is(i, "having");
            if (!next) continue;
            Range part{from, i};
            if (clause == "select") core.columns = split(part);
            if (clause == "from") sources = part;
            if (clause == "where") core.where = part;
            if (clause == "group" || clause == "having") core.grouped = true;
            if (clause == "group" || clause == "having" || clause == "order") core.rest.push_back(part);
            if (!end) clause = token(i).word;
            if (by) i++;
            from = i + 1;
        }
        if (core.columns.empty()) return std::nullopt;
        if (sources && !read_sources(*sources, core)) return std::nullopt;
        return core;
    }

    // Parts between commas.
    std::vector<Range> split(Range range) const {
        std::vector<Range> out;
        size_t from = range.from;
        for (size_t i = range.from; i <= range.to; i++) {
            if (i < range.to && is(i, "(")) {
                i = token(i).close;
            } else if (i == range.to || is(i, ",")) {
                out.push_back({from, i});
                from = i + 1;
            }
        }
        return out;
    }

    bool read_sources(Range range, Core& core) const {
        size_t i = range.from;
        bool outer = false;
        while (i < range.to) {
            Source source;
            source.at = i;
            source.outer = outer;
            if (is(i, "(")) {
                if (!is(i + 1, "select")) return false;
                source.sub = Range{i + 1, token(i).close};
                i = token(i).close + 1;
            } else {
                if (token(i).kind != Token::Kind::word || !find_(token(i).word)) return false;
                source.name = source.alias = token(i).word;
                i++;
            }
            bool as = i < range.to && is(i, "as");
            if (as) i++;
            if (i < range.to && token(i).kind == Token::Kind::word &&
                !after_source().contains(token(i).word)) {
                source.alias = token(i).word;
                source.aliased = true;
                i++;
            } else if (as) {
                return false;
            }
            if (i < range.to && is(i, "on")) {
                size_t from = ++i;
                while (i < range.to && !joins(i))
                    i = is(i, "(") ? token(i).close + 1 : i + 1;
                source.on = {from, i};
            }
            for (const Source& other : core.sources) {
                if (other.alias == source.alias) return false;
            }
            core.sources.push_back(std::move(source));
            if (i == range.to) return true;
            outer = false;
            if (is(i, ",") || is(i, "join")) {
                i++;
            } else if (is(i, "cross") || is(i, "inner") || is(i, "left")) {
                outer = is(i, "left");
                i++;
                if (outer && is(i, "outer")) i++;
                if (!is(i, "join")) return false;
                i++;
            } else {
                return false;
            }
        }
        return false;
    }
    bool joins(size_t i) const {
        return is(i, ",") || is(i, "join") || is(i, "cross") || is(i, "inner") || is(i, "left") ||
               is(i, "natural") || is(i, "right") || is(i, "full");
    }

    // The conditions that must all hold; none when it is not a plain row of ANDs.
    std::vector<Range> conditions(Range range) const {
        std::vector<Range> out;
        size_t from = range.from;
        int cases = 0;
        bool between = false;
        for (size_t i = range.from; i <= range.to; i++) {
            if (i == range.to) {
                out.push_back({from, i});
            } else if (is(i, "(")) {
                i = token(i).close;
            } else if (is(i, "case")) {
                cases++;
            } else if (is(i, "end")) {
                cases--;
            } else if (cases > 0) {
                continue;
            } else if (is(i, "or")) {
                return {};
            } else if (is(i, "between")) {
                between = true;
            } else if (is(i, "and")) {
                if (std::exchange(between, false)) continue;
                out.push_back({from, i});
                from = i + 1;
            }
        }
        return out;
    }

    // "x.id" at a place.
    std::optional<std::string> id_of(size_t at, size_t to) const {
        if (at + 3 > to || token(at).kind != Token::Kind::word || !is(at + 1, ".") || !is(at + 2, "id")) {
            return std::nullopt;
        }
        return token(at).word;
    }

    // Whether one of the conditions says that this source's id is that of a key.
    bool equal_to_key(const std::vector<Range>& all, const Source& source, const Keys& keys) const {
        return std::ranges::any_of(all, [&](Range one) {
            if (one.size() != 7 || !is(one.from + 3, "=")) return false;
            auto left = id_of(one.from, one.to);
            auto right = id_of(one.from + 4, one.to);
            if (!left || !right) return false;
            return (*left == source.alias && keys.contains(*right)) ||
                   (*right == source.alias && keys.contains(*left));
        });
    }

    bool has_id(const Source& source) const {
        if (!source.sub) return find_(source.name)->has_id;
        auto cores = read(*source.sub);
        if (!cores) return false;
        return std::ranges::any_of(cores->front().columns, [&](Range column) {
            if (is(column.to - 1, "id")) return true;
            if (!is(column.to - 1, "*")) return false;
            return std::ranges::any_of(cores->front().sources,
                                       [&](const Source& inner) { return has_id(inner); });
        });
    }

    // ---- which rows are read

    // The source whose id is the output column id (`only`: the only column), and the column's place.
    std::optional<std::pair<size_t, size_t>> key_of(const Core& core, bool only) const {
        std::optional<std::pair<size_t, size_t>> out;
        if (only && core.columns.size() != 1) return std::nullopt;
        auto of = [&](std::string_view alias) -> std::optional<size_t> {
            for (size_t i = 0; i < core.sources.size(); i++) {
                if (core.sources[i].alias == alias) return i;
            }
            return std::nullopt;
        };
        for (size_t place = 0; place < core.columns.size(); place++) {
            Range column = core.columns[place];
            if (column.size() == 0) return std::nullopt;
            std::vector<size_t> from;  // the sources this column may have the id from
            size_t length = column.size();
            bool qualified = length >= 3 && is(column.from + 1, ".");
            size_t name = column.from + (qualified ? 2 : 0);
            std::optional<size_t> source;
            if (qualified) source = of(token(column.from).word);
            if (!qualified && core.sources.size() == 1) source = 0;
            if (is(name, "*") && name + 1 == column.to) {
                if (only) return std::nullopt;
                if (qualified && !source) return std::nullopt;
                for (size_t i = 0; i < core.sources.size(); i++) {
                    if ((!qualified || i == *source) && has_id(core.sources[i])) from.push_back(i);
                }
            } else if (is(name, "id")) {
                // "d.id", "d.id AS id", "id"; another name for it is another column.
                bool plain = name + 1 == column.to;
                bool renamed = name + 2 == column.to || (name + 3 == column.to && is(name + 1, "as"));
                if (!plain && !renamed) return std::nullopt;
                if (renamed && !is(column.to - 1, "id") && !only) continue;
                if (!source || !has_id(core.sources[*source])) return std::nullopt;
                from.push_back(*source);
            } else if (only || is(column.to - 1, "id")) {
                return std::nullopt;  // something else under this name
            }
            if (from.size() > 1 || (out && !from.empty())) return std::nullopt;
            if (!from.empty()) out = std::pair{from.front(), place};
        }
        if (out && core.sources[out->first].outer) return std::nullopt;
        return out;
    }

    // No aggregate, no window, nothing that depends on other rows.
    bool row_by_row(Range range) const {
        for (size_t i = range.from; i < range.to; i++) {
            if (is(i, "over") || is(i, "filter")) return false;
            if (!is(i, "(")) continue;
            if (is(i + 1, "select") || is(i + 1, "with") || is(i + 1, "values")) {
                i = token(i).close;
                continue;
            }
            if (i == range.from || token(i - 1).kind != Token::Kind::word) continue;
            const std::string& before = token(i - 1).word;
            if (!not_functions().contains(before) && !row_functions().contains(before)) return false;
        }
        return true;
    }
    bool row_by_row(const Core& core) const {
        if (core.grouped || !row_by_row(core.where)) return false;
        return std::ranges::all_of(core.columns, [&](Range one) { return row_by_row(one); }) &&
               std::ranges::all_of(core.sources, [&](const Source& one) { return row_by_row(one.on); }) &&
               std::ranges::all_of(core.rest, [&](Range one) { return row_by_row(one); });
    }

    // A SELECT of which only rows with certain ids are wanted: its column id, or its only column.
    void entries(Range range, const Keys& outer, bool only) {
        auto cores = read(range);
        std::vector<std::pair<size_t, size_t>> keys;
        bool understood = cores.has_value();
        for (size_t i = 0; understood && i < cores->size(); i++) {
            const Core& core = (*cores)[i];
            auto key = cores->size() == 1 || !stars(core) ? key_of_part(cores->front(), core, only, keys)
                                                          : std::nullopt;
            if (key && row_by_row(core)) {
                keys.push_back(*key);
            } else {
                understood = false;
            }
        }
        if (!understood) return subselect(range, outer);
        for (size_t i = 0; i < cores->size(); i++)
            read_rows((*cores)[i], outer, keys[i].first);
    }

    // In a compound the first core names the columns, so that the id of the others is at its place.
    std::optional<std::pair<size_t, size_t>> key_of_part(
        const Core& first, const Core& core, bool only,
        const std::vector<std::pair<size_t, size_t>>& found) const {
        if (&first == &core) return key_of(core, only);
        size_t place = found.front().second;
        if (core.columns.size() != first.columns.size()) return std::nullopt;
        Core one = core;
        one.columns = {core.columns[place]};
        auto key = key_of(one, true);
        if (key) key->second = place;
        return key;
    }
    bool stars(const Core& core) const {
        return std::ranges::any_of(core.columns, [&](Range column) { return is(column.to - 1, "*"); });
    }

    // A sub-select of a row with keys: what it reads with an id equal to a key's is read by entry.
    void subselect(Range range, const Keys& outer) {
        auto cores = read(range);
        if (!cores) return in_full(text(range));
        for (const Core& core : *cores)
            read_rows(core, outer, std::nullopt);
    }

    void read_rows(const Core& core, const Keys& outer, std::optional<size_t> key) {
        Keys keys = outer;
        for (const Source& source : core.sources)
            keys.erase(source.alias);
        Keys inner_keys = keys;
        std::vector<bool> near(core.sources.size());
        if (key) {
            near[*key] = true;
            keys.insert(core.sources[*key].alias);
        }
        std::vector<Range> where = conditions(core.where);
        // An equality may lean on another source that is equal to the key.
        for (bool more = true; more;) {
            more = false;
            for (size_t i = 0; i < core.sources.size(); i++) {
                const Source& source = core.sources[i];
                if (near[i] || !has_id(source)) continue;
                bool equal = equal_to_key(conditions(source.on), source, keys) ||
                             (!source.outer && equal_to_key(where, source, keys));
                if (!equal) continue;
                near[i] = more = true;
                // The id of the right side of a LEFT JOIN may be missing.
                if (!source.outer) keys.insert(source.alias);
            }
        }
        for (size_t i = 0; i < core.sources.size(); i++)
            read_source(core.sources[i], near[i]);
        std::optional<std::string> single;
        if (core.sources.size() == 1 && keys.contains(core.sources.front().alias)) {
            single = core.sources.front().alias;
        }
        for (Range column : core.columns)
            expression(column, keys, single.has_value());
        for (const Source& source : core.sources)
            expression(source.on, keys, single.has_value());
        expression(core.where, keys, single.has_value());
        for (Range part : core.rest)
            expression(part, keys, single.has_value());
    }

    void read_source(const Source& source, bool near) {
        if (source.sub) {
            if (near) {
                entries(*source.sub, {}, false);
            } else {
                in_full(text(*source.sub));
            }
            return;
        }
        if (!near) return name_in_full(source.name);
        const NamedSet& set = *find_(source.name);
        std::string alias = source.aliased ? std::string() : " AS " + source.alias;
        if (set.kept) {
            out_.sets_.insert(source.name);
            out_.by_entry_.insert(source.name);
            replace(source.at, source.name + std::string(touched_suffix) + alias);
            return;
        }
        if (looked_through_.contains(source.name)) return name_in_full(source.name);  // it speaks of itself
        SelectReader inner(set.sql, find_, out_);
        inner.looked_through_ = looked_through_;
        inner.looked_through_.insert(source.name);
        inner.note_words();
        replace(source.at, "(" + inner.by_entry() + ")" + alias);
    }

    // The sub-selects of an expression. `single`: a plain "id" is a key too.
    void expression(Range range, const Keys& keys, bool single) {
        for (size_t i = range.from; i < range.to; i++) {
            if (is(i, "in") && !is(i + 1, "(")) {
                in_full(text({i + 1, i + 2}));  // "x IN set"
                continue;
            }
            if (!is(i, "(")) continue;
            if (is(i + 1, "with") || is(i + 1, "values")) {
                in_full(text({i, token(i).close + 1}));
                i = token(i).close;
            } else if (is(i + 1, "select")) {
                Range inner{i + 1, token(i).close};
                if (member_of(range.from, i, keys, single)) {
                    entries(inner, keys, true);
                } else {
                    subselect(inner, keys);
                }
                i = token(i).close;
            }
        }
    }

    // Whether "KEY.id [NOT] IN" stands before the "(" at `open`, as an operand of its own.
    bool member_of(size_t from, size_t open, const Keys& keys, bool single) const {
        size_t i = open;
        if (i < from + 2 || !is(i - 1, "in")) return false;
        i--;
        if (i > from && is(i - 1, "not")) i--;
        if (i < from + 1 || !is(i - 1, "id")) return false;
        if (i >= from + 3 && is(i - 2, ".")) {
            if (!keys.contains(token(i - 3).word)) return false;
            i -= 3;
        } else {
            if (!single) return false;
            i -= 1;
        }
        if (i == from) return true;
        for (const char* before : {"and", "or", "not", "(", "when", "then", "else"}) {
            if (is(i - 1, before)) return true;
        }
        return false;
    }

    // ---- the text over touched rows

    void replace(size_t place, std::string text) { replaced_[place] = std::move(text); }
    std::string rewritten() const {
        std::string out;
        size_t copied = 0;
        for (const auto& [place, text] : replaced_) {
            out += sql_.substr(copied, token(place).at - copied);
            out += text;
            copied = token(place).at + token(place).length;
        }
        return out + std::string(sql_.substr(copied));
    }

    std::string_view sql_;
    const FindSet& find_;
    Select& out_;
    std::optional<std::vector<Token>> tokens_;
    std::map<size_t, std::string> replaced_;
    Words looked_through_;
};

Select::Select(std::string_view sql, const FindSet& find) {
    SelectReader reader(sql, find, *this);
    reader.note_words();
    std::string text = reader.by_entry();
    if (!by_entry_.empty()) touched_sql_ = std::move(text);
    // What a finding consists of is read by name whether or not the text names it ("SELECT *").
    for (const char* column : {"id", "detail", "name", "fix_id"})
        words_.insert(column);
}

std::string fully_ordered(std::string_view sql) {
    FindSet nothing = [](std::string_view) -> const NamedSet* { return nullptr; };
    Select unused("", nothing);
    return SelectReader(sql, nothing, unused).fully_ordered();
}

std::string counted_ids(std::string_view sql, const FindSet& find) {
    Select unused("", find);
    return SelectReader(sql, find, unused).counted();
}

}  // namespace sonae::registers
