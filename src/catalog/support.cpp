// Reads what people write in a ledger and finds the support cycles it can mean. Every word it knows comes
// from catalog/support/*.yaml; docs/support-dates.md says in plain words how a text is read.
#include "catalog/support.hpp"

#include "base/date.hpp"
#include "base/text.hpp"
#include "catalog/reader.hpp"
#include "catalog/support_text.hpp"

#include <algorithm>
#include <bit>
#include <bitset>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace sonae::catalog {

namespace {

constexpr std::string_view none_announced = "9999-12-31";
constexpr std::string_view day_unknown = "0001-01-01";
constexpr size_t no_product = std::numeric_limits<size_t>::max();

// A set of cycles of one product, by their places.
constexpr size_t max_cycles = 256;
using Cycles = std::bitset<max_cycles>;

bool ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool begins_with(const Number& whole, const Number& start) {
    return start.size() <= whole.size() && std::equal(start.begin(), start.end(), whole.begin());
}

struct Cycle {
    std::string name;
    std::string label;
    std::string released;
    std::string ends;
    std::string extended;
    Number key;         // the number it is called by: 11 of "11-24h2-w"
    WordList releases;  // other parts of its name that have a digit: 24h2
    WordList words;     // of the label
    size_t group = 0;   // cycles of the same release in several editions have the same
};

// A number by which cycles are called.
struct Key {
    Number number;
    Cycles cycles;
};

// Words in a text that leave only some cycles.
struct Narrowing {
    std::vector<WordList> phrases;
    Cycles cycles;
    bool by_hand = false;
    size_t tokens = 0;    // how many words it takes
    bool states = false;  // it says which version it is, as a number does
};

struct Product {
    std::string name;
    std::string label;
    std::vector<Cycle> cycles;
    std::vector<Key> keys;
    std::vector<Key> builds;  // what the computer shows as its version: 10.0.19045
    std::vector<Narrowing> narrowings;
    Cycles all;
    Cycles newest;       // of the latest day of release
    bool alive = false;  // newer releases than the table's are to be expected

    // One version, in whatever editions.
    bool one_version(const Cycles& set) const {
        const Number* key = nullptr;
        for (size_t i = 0; i < cycles.size(); i++) {
            if (!set[i]) continue;
            if (key && *key != cycles[i].key) return false;
            key = &cycles[i].key;
        }
        return key != nullptr;
    }

    std::optional<Cycles> by_build(const Number& number) const {
        Cycles found;
        for (const auto& [build, cycle] : builds) {
            bool fits = number.size() > 1 && (begins_with(build, number) || begins_with(number, build));
            // "19045.3803", "19045"
            bool fits_last = number.front() >= 1000 && number.front() == build.back();
            if (fits || fits_last) found |= cycle;
        }
        if (found.any()) return found;
        // A build that the table does not have is of a release that it does not have.
        if (!builds.empty() && number.size() > 2) return found;
        return std::nullopt;
    }

    // The cycles whose number begins the text's number, the longest such (19.6.3 → 19.6, not 19), and those
    // that the text's number begins (7 → 7.0, 7.2 …).
    Cycles by_number(const Number& number) const {
        Cycles begun;
        Cycles deeper;
        size_t longest = 0;
        for (const Key& key : keys) {
            if (begins_with(number, key.number)) {
                if (key.number.size() > longest) begun.reset();
                if (key.number.size() >= longest) begun |= key.cycles;
                longest = std::max(longest, key.number.size());
            } else if (begins_with(key.number, number)) {
                deeper |= key.cycles;
            }
        }
        return begun | deeper;
    }

    // True when a release newer than the table's can be meant: the text leaves the release open and the
    // newest one is among those it can mean.
    bool open(const Cycles& set) const {
        if (!alive || (set & newest).none()) return false;
        std::set<size_t> groups;
        for (size_t i = 0; i < cycles.size(); i++)
            if (set[i]) groups.insert(cycles[i].group);
        return groups.size() > 1;
    }
};

// A name of a product at the head of a text.
struct Alias {
    WordList words;
    size_t product = no_product;  // no_product: known, and not in the table
    Cycles cycles;
    bool states = false;
    bool version_needed = false;  // says nothing without a version
    WordList written;             // only when spelt like this
};

// What the words and numbers of a text leave of a product's cycles.
struct Reading {
    Cycles cycles;
    bool stated = false;  // a version was named
};
enum class Outcome {
    fits,
    contradicts,     // two things that exclude each other
    not_understood,  // it is something else, or a version that the table does not have
};

}  // namespace

struct SupportTable::Data {
    std::vector<Product> products;
    std::unordered_map<std::string, std::vector<Alias>> aliases;  // by first word
    std::vector<std::pair<std::string, std::string>> spellings;   // longest first
    std::vector<WordList> makers;
    WordSet noise;         // words that change nothing
    WordSet numbered;      // a number behind them is no version: update 3
    WordList units;        // a number before them is no version: 64 bit
    WordList others;       // behind a name they make it something else: 用, client
    WordSet alternatives;  // separate like a slash: または

    // ---- loading ----------------------------------------------------------------------------------------

    void read_cycle(Product& product, Reader& in) {
        Cycle cycle{.name = in.required("name"),
                    .label = in.required("label"),
                    .released = in.required("released"),
                    .ends = in.required("ends"),
                    .extended = in.text("extended"),
                    .key = {},
                    .releases = {},
                    .words = {}};
        cycle.words = split(cycle.label, " ");
        for (const std::string* date : {&cycle.released, &cycle.ends, &cycle.extended}) {
            auto day = Date::parse_iso(*date);
            if (!(day && day->whole()) && *date != day_unknown && !(date->empty() && date == &cycle.extended))
                in.wrong(fmt::format("日付ではありません: {}", *date), fmt::format("not a day: {}", *date));
        }
        Cycles self;
        if (product.cycles.size() == max_cycles) in.wrong("多すぎます", "too many cycles");
        self.set(product.cycles.size());
        for (const std::string& part : split(cycle.name, "-")) {
            bool number =
                std::all_of(part.begin(), part.end(), [](char c) { return is_digit(c) || c == '.'; });
            if (number && cycle.key.empty()) {
                cycle.key = read_number(part);
            } else if (std::any_of(part.begin(), part.end(), is_digit)) {
                cycle.releases.push_back(part);
            }
        }
        if (!cycle.key.empty()) product.keys.push_back({cycle.key, self});
        if (std::string called = in.text("called"); !called.empty())
            product.keys.push_back({read_number(called), self});
        if (std::string build = in.text("build"); !build.empty())
            product.builds.push_back({read_number(build), self});
        if (std::string codename = in.text("codename"); !codename.empty())
            product.narrowings.push_back({{words_of(codename)}, self});
        product.all |= self;
        product.cycles.push_back(std::move(cycle));
    }

    // What can only be said when all cycles are there.
    static void finish_product(Product& product, const std::string& source_date) {
        std::map<std::pair<Number, WordList>, size_t> groups;
        std::map<std::string, Cycles> releases;
        std::string newest;
        for (Cycle& cycle : product.cycles) {
            cycle.group = groups.emplace(std::pair(cycle.key, cycle.releases), groups.size()).first->second;
            newest = std::max(newest, cycle.released);
        }
        for (size_t i = 0; i < product.cycles.size(); i++) {
            const Cycle& cycle = product.cycles[i];
            for (const std::string& release : cycle.releases)
                releases[release].set(i);
            if (cycle.released == newest) {
                product.newest.set(i);
                product.alive = product.alive || cycle.ends >= source_date;
            }
        }
        for (const auto& [release, cycles] : releases)
            product.narrowings.push_back({{words_of(release)}, cycles});
    }

    void read_dates(const json::value& file, const std::string& place) {
        Reader in(file, place);
        in.required("source");
        std::string source_date = in.required("source_date");
        in.list("products", [&](Reader& one) {
            Product product;
            product.name = one.required("product");
            product.label = one.required("label");
            one.list("cycles", [&](Reader& cycle) { read_cycle(product, cycle); });
            if (product.cycles.empty()) one.wrong("cyclesがありません", "there are no cycles");
            finish_product(product, source_date);
            auto same = std::find_if(products.begin(), products.end(),
                                     [&](const Product& other) { return other.name == product.name; });
            if (same == products.end()) {
                products.push_back(std::move(product));
            } else {
                *same = std::move(product);
            }
        });
        in.finish();
    }

    size_t product_of(Reader& in, const std::string& name) const {
        for (size_t i = 0; i < products.size(); i++)
            if (products[i].name == name) return i;
        in.wrong(fmt::format("製品「{}」がありません", name),
                 fmt::format("there is no product \"{}\"", name));
    }

    // A name of a cycle with * for any letters.
    static bool fits(std::string_view pattern, std::string_view name) {
        if (pattern.empty()) return name.empty();
        if (pattern.front() != '*')
            return !name.empty() && pattern.front() == name.front() &&
                   fits(pattern.substr(1), name.substr(1));
        for (size_t i = 0; i <= name.size(); i++)
            if (fits(pattern.substr(1), name.substr(i))) return true;
        return false;
    }

    // "10-*" puts cycles into the set and "!*-w" takes them out again, in the order they are written.
    static Cycles read_cycles(Reader& in, const Product& product) {
        if (!in.has("cycles")) return product.all;
        Cycles out;
        for (const std::string& written : in.texts("cycles")) {
            bool without = written.starts_with('!');
            std::string_view pattern = std::string_view(written).substr(without ? 1 : 0);
            bool found = false;
            for (size_t i = 0; i < product.cycles.size(); i++) {
                if (!fits(pattern, product.cycles[i].name)) continue;
                out.set(i, !without);
                found = true;
            }
            if (!found) {
                in.wrong(fmt::format("{}に「{}」に当たるサイクルがありません", product.name, written),
                         fmt::format("no cycle of {} fits \"{}\"", product.name, written));
            }
        }
        return out;
    }

    void read_alias(Reader& in) {
        in.required("source");
        Alias alias;
        if (std::string name = in.text("product"); !name.empty()) {
            alias.product = product_of(in, name);
            const Product& product = products[alias.product];
            alias.cycles = read_cycles(in, product);
            alias.states = in.has("cycles") && product.one_version(alias.cycles);
        }
        alias.version_needed = in.flag("version_needed");
        alias.written = in.texts("written");
        std::vector<std::string> names = in.texts("names");
        if (names.empty()) in.wrong("namesがありません", "names are missing");
        for (const std::string& name : names) {
            alias.words = words_of(name);
            if (alias.words.empty()) in.wrong("名前が空です", "a name is empty");
            std::vector<Alias>& list = aliases[alias.words.front()];
            if (std::any_of(list.begin(), list.end(), [&](const Alias& other) {
                    return other.words == alias.words &&
                           (other.product == alias.product ||
                            (other.product == no_product) != (alias.product == no_product));
                }))
                in.wrong(fmt::format("名前「{}」が二度あります", name),
                         fmt::format("the name \"{}\" occurs twice", name));
            list.push_back(alias);
        }
    }

    void read_words(Reader& in) {
        in.required("source");
        Product& product = products[product_of(in, in.required("product"))];
        Narrowing one;
        for (const std::string& phrase : in.texts("words"))
            one.phrases.push_back(words_of(phrase));
        if (one.phrases.empty()) in.wrong("wordsがありません", "words are missing");
        one.cycles = read_cycles(in, product);
        one.by_hand = true;
        product.narrowings.push_back(std::move(one));
    }

    void read_aliases(const json::value& file, const std::string& place) {
        Reader in(file, place);
        in.list("aliases", [&](Reader& one) { read_alias(one); });
        in.list("words", [&](Reader& one) { read_words(one); });
        in.list("versions", [&](Reader& one) {
            one.required("source");
            Product& product = products[product_of(one, one.required("product"))];
            Number number = read_number(one.required("version"));
            product.keys.push_back({std::move(number), read_cycles(one, product)});
        });
        in.list("spellings", [&](Reader& one) {
            std::string to = " " + one.required("to") + " ";
            for (const std::string& from : one.texts("from"))
                spellings.emplace_back(normalise(from), to);
        });
        for (const std::string& maker : in.texts("makers"))
            makers.push_back(words_of(maker));
        auto add = [&](std::string_view key, WordSet& set) {
            for (std::string& word : in.texts(key))
                set.insert(std::move(word));
        };
        add("noise", noise);
        add("numbered", numbered);
        add("alternatives", alternatives);
        for (std::string& word : in.texts("units"))
            units.push_back(std::move(word));
        for (std::string& word : in.texts("others"))
            others.push_back(std::move(word));
        in.finish();
    }

    void finish() {
        auto longer = [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); };
        std::stable_sort(spellings.begin(), spellings.end(), longer);
        std::vector<bool> named(products.size());
        for (const auto& [word, list] : aliases)
            for (const Alias& alias : list)
                if (alias.product != no_product) named[alias.product] = true;
        for (size_t i = 0; i < products.size(); i++) {
            Product& product = products[i];
            if (!named[i]) {
                throw Mistake{
                    {Code::bad_catalog,
                     {fmt::format("catalog/support: 製品「{}」を指す名前がありません。", product.name),
                      fmt::format("catalog/support: no alias names the product \"{}\".", product.name)}}};
            }
            for (Narrowing& one : product.narrowings) {
                for (const WordList& phrase : one.phrases)
                    one.tokens += phrase.size();
                one.states = product.one_version(one.cycles);
            }
            // What says most is looked for first; lines whose words are all among its words say nothing then.
            std::stable_sort(product.narrowings.begin(), product.narrowings.end(),
                             [](const Narrowing& a, const Narrowing& b) {
                                 return std::pair(a.tokens, a.by_hand) > std::pair(b.tokens, b.by_hand);
                             });
        }
    }

    // ---- reading a text ---------------------------------------------------------------------------------

    std::string fold(std::string_view written) const {
        std::string text(written);
        for (std::string_view mark : {"®", "™", "©", "(R)", "(TM)"}) {
            for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
                text.replace(at, mark.size(), " ");
        }
        std::replace(text.begin(), text.end(), '\n', ';');
        text = normalise(text);
        if (ascii(text)) return text;
        for (const auto& [from, to] : spellings) {
            for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
                text.replace(at, from.size(), to);
        }
        return text;
    }

    bool is_unit(std::string_view word) const {
        bool whole = ascii(word);
        return std::any_of(units.begin(), units.end(), [&](std::string_view unit) {
            return whole ? word == unit : word.starts_with(unit);
        });
    }

    // A word of one letter counts at the beginning of a Japanese word, a longer one anywhere in it.
    bool is_other(std::string_view word) const {
        constexpr size_t one_letter = 3;
        bool whole = ascii(word);
        return std::any_of(others.begin(), others.end(), [&](std::string_view other) {
            if (whole) return word == other;
            return other.size() <= one_letter ? word.starts_with(other) : word.find(other) != word.npos;
        });
    }

    // The names that stand at the head, behind the maker's; the longest ones. `end` is the place behind them.
    std::vector<const Alias*> head(std::span<const Token> tokens, size_t& end) const {
        std::vector<const Alias*> found;
        end = 0;
        for (size_t at = 0; at < tokens.size();) {
            if (tokens[at].aside) {
                at++;
                continue;
            }
            if (auto list = aliases.find(tokens[at].text); list != aliases.end()) {
                size_t longest = end;  // of those that stand here, when longer than those before
                for (const Alias& alias : list->second) {
                    size_t behind = at + alias.words.size();
                    const WordList& written = alias.written;
                    if (behind <= end || behind < longest || !stands_at(alias.words, tokens, at) ||
                        !(written.empty() ||
                          std::find(written.begin(), written.end(), tokens[at].raw) != written.end()))
                        continue;
                    if (behind > longest) found.clear();
                    found.push_back(&alias);
                    longest = behind;
                }
                end = longest;
            }
            auto maker = std::find_if(makers.begin(), makers.end(),
                                      [&](const WordList& words) { return stands_at(words, tokens, at); });
            if (maker == makers.end()) break;
            at += maker->size();
        }
        return found;
    }

    // True for the 64 of "64 bit" and the 3 of "Update 3".
    bool is_count(std::span<const Token> tokens, size_t at) const {
        return (at > 0 && numbered.contains(tokens[at - 1].text)) ||
               (at + 1 < tokens.size() && tokens[at + 1].aside == tokens[at].aside &&
                is_unit(tokens[at + 1].text));
    }

    // The places of the words that a narrowing asks for; none when not all of them are there.
    uint64_t find(const Narrowing& narrowing, std::span<const Token> tokens) const {
        uint64_t places = 0;
        for (const WordList& phrase : narrowing.phrases) {
            size_t at = 0;
            for (; at < tokens.size(); at++) {
                if (!stands_at(phrase, tokens, at)) continue;
                bool number = phrase.size() == 1 && !tokens[at].number.empty();
                if (!(number && is_count(tokens, at))) break;
            }
            if (at == tokens.size()) return 0;
            places |= ((uint64_t{1} << phrase.size()) - 1) << at;
        }
        return places;
    }

    // Takes from `reading` what the tokens exclude. In a field of its own for the version, words that mean
    // nothing here are passed over; in a name they make it the name of something else.
    Outcome narrow(const Product& product, std::span<const Token> tokens, bool version_field,
                   Reading& reading) const {
        if (tokens.empty()) return reading.cycles.any() ? Outcome::fits : Outcome::contradicts;
        constexpr size_t nowhere = Tokens::max;
        size_t stated_at = reading.stated ? 0 : nowhere;
        uint64_t used = 0;
        std::vector<uint64_t> taken;
        for (const Narrowing& narrowing : product.narrowings) {
            uint64_t places = find(narrowing, tokens);
            auto says_more = [&](uint64_t other) { return (places & ~other) == 0; };
            if (places == 0 || std::any_of(taken.begin(), taken.end(), says_more)) continue;
            taken.push_back(places);
            used |= places;
            reading.cycles &= narrowing.cycles;
            if (narrowing.states)
                stated_at = std::min(stated_at, static_cast<size_t>(std::countr_zero(places)));
        }
        for (size_t i = 0; i < tokens.size(); i++) {
            const Token& token = tokens[i];
            if ((used >> i & 1) != 0) continue;
            bool stated = stated_at <= i;
            if (token.number.empty()) {
                if (token.aside || version_field || noise.contains(token.text) ||
                    numbered.contains(token.text) || is_unit(token.text))
                    continue;
                if (!stated || is_other(token.text)) return Outcome::not_understood;
                continue;
            }
            std::optional<Cycles> named = product.by_build(token.number);
            if (!named) {
                if (is_count(tokens, i)) continue;
                named = product.by_number(token.number);
            }
            if (named->none()) {
                if (token.aside || stated || stated_at != nowhere) continue;
                return Outcome::not_understood;
            }
            if ((reading.cycles & *named).none()) {
                if (token.aside) continue;
                return Outcome::contradicts;
            }
            reading.cycles &= *named;
            stated_at = std::min(stated_at, i);
        }
        if (reading.cycles.none()) return Outcome::contradicts;
        reading.stated = stated_at != nowhere;
        return Outcome::fits;
    }

    // What a text means of one product; nothing when it means none of its cycles.
    std::optional<Cycles> read(const Alias& alias, const Tokens& text, size_t head_end,
                               const Tokens& version) const {
        const Product& product = products[alias.product];
        const Reading start{alias.cycles, alias.states};
        std::vector<Reading> readings{start};
        if (narrow(product, text.part(0).subspan(head_end), false, readings.back()) != Outcome::fits)
            return std::nullopt;
        for (size_t i = 1; i < text.parts(); i++) {
            std::span<const Token> part = text.part(i);
            size_t end = 0;
            std::vector<const Alias*> again = head(part, end);
            auto same = std::find_if(again.begin(), again.end(),
                                     [&](const Alias* other) { return other->product == alias.product; });
            if (same != again.end()) {
                // "Windows 10, Windows 11"
                Reading another{(*same)->cycles, (*same)->states};
                if (narrow(product, part.subspan(end), false, another) != Outcome::fits) return std::nullopt;
                readings.push_back(another);
            } else if (again.empty()) {
                // "Windows 10 Pro / 22H2" says more of the same, "Windows 10 / 11" says another one.
                Reading more = readings.back();
                Outcome outcome = narrow(product, part, false, more);
                if (outcome == Outcome::fits) readings.back() = more;
                if (outcome == Outcome::contradicts) {
                    Reading another = start;
                    if (narrow(product, part, false, another) != Outcome::fits || !another.stated)
                        return std::nullopt;
                    readings.push_back(another);
                }
            }
        }
        Cycles out;
        for (Reading& reading : readings) {
            if (narrow(product, version.all(), true, reading) != Outcome::fits) continue;
            if (alias.version_needed && !reading.stated) continue;
            out |= reading.cycles;
        }
        return out.any() ? std::optional(out) : std::nullopt;
    }
};

namespace {

// The words that all labels of the set begin with: "10" of "10 21H2 (E)" and "10 1809 (W)".
std::string common_words(const Product& product, const Cycles& set) {
    if (product.cycles.size() == 1) return {};
    const WordList* first = nullptr;
    size_t common = 0;
    for (size_t i = 0; i < product.cycles.size(); i++) {
        if (!set[i]) continue;
        const WordList& words = product.cycles[i].words;
        if (!first) {
            first = &words;
            common = words.size();
        }
        size_t same = 0;
        while (same < common && same < words.size() && words[same] == (*first)[same])
            same++;
        common = same;
    }
    return first ? fmt::format("{}", fmt::join(first->begin(), first->begin() + common, " ")) : std::string();
}

// Adds one product's cycles to what is shown of the match.
void add(SupportMatch& match, const Product& product, const Cycles& set, bool several_products) {
    constexpr int shown = 5;
    for (size_t i = 0; i < product.cycles.size(); i++) {
        if (!set[i]) continue;
        const Cycle& cycle = product.cycles[i];
        if (match.count < shown) {
            if (match.count > 0) match.cycles += ", ";
            if (several_products) match.cycles += product.label + " ";
            match.cycles += cycle.label;
        } else if (match.count == shown) {
            match.cycles += " …";
        }
        if (match.count == 0 || cycle.ends < match.earliest_end) match.earliest_end = cycle.ends;
        match.latest_end = std::max(match.latest_end, cycle.ends);
        match.extended_end = std::max(match.extended_end, cycle.extended);
        match.count++;
    }
    if (product.open(set)) match.latest_end = none_announced;
}

}  // namespace

Result<SupportTable> SupportTable::load(const json::array& files) {
    auto data = std::make_shared<Data>();
    try {
        // Dates first: the aliases name products of any file.
        for (bool dates : {true, false}) {
            for (size_t i = 0; i < files.size(); i++) {
                std::string place = fmt::format("catalog/support[{}]", i + 1);
                bool has_dates = Reader(files[i], place).has("products");
                if (dates && has_dates) data->read_dates(files[i], place);
                if (!dates && !has_dates) data->read_aliases(files[i], place);
            }
        }
        data->finish();
    } catch (Mistake& mistake) {
        return tl::unexpected<Error>(std::move(mistake.error));
    }
    SupportTable out;
    out.data_ = std::move(data);
    return out;
}

std::optional<SupportMatch> SupportTable::match(std::string_view text, std::string_view version) const {
    if (!data_) return std::nullopt;
    std::string folded = data_->fold(text);
    Tokens tokens(folded, data_->alternatives);
    if (tokens.parts() == 0) return std::nullopt;
    size_t head_end = 0;
    std::vector<const Alias*> names = data_->head(tokens.part(0), head_end);
    if (names.empty()) return std::nullopt;

    std::string folded_version = data_->fold(version);
    const WordSet no_alternatives;
    Tokens version_tokens(folded_version, no_alternatives);
    std::vector<std::pair<const Product*, Cycles>> hits;
    for (const Alias* alias : names) {
        if (alias->product == no_product) continue;
        if (auto cycles = data_->read(*alias, tokens, head_end, version_tokens))
            hits.emplace_back(&data_->products[alias->product], *cycles);
    }
    if (hits.empty()) return std::nullopt;

    constexpr size_t shown = 2;
    SupportMatch out;
    for (size_t i = 0; i < hits.size(); i++) {
        const auto& [product, cycles] = hits[i];
        if (i == shown) out.product += " …";
        if (i < shown) {
            std::string version_words = common_words(*product, cycles);
            if (i > 0) out.product += " / ";
            out.product += version_words.empty() ? product->label : product->label + " " + version_words;
        }
        add(out, *product, cycles, hits.size() > 1);
    }
    return out;
}

}  // namespace sonae::catalog
