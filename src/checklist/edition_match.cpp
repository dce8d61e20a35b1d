// Compares the lines of a checklist file with the items that the catalog knows.
#include "checklist/edition_match.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

namespace sonae::checklist {

namespace {

using catalog::Checklist;
using catalog::Form;
using catalog::Item;

std::vector<std::string> characters(std::string_view text) {
    std::vector<std::string> out;
    for (char c : text) {
        if ((static_cast<unsigned char>(c) & 0xC0) == 0x80 && !out.empty()) {
            out.back() += c;
        } else {
            out.emplace_back(1, c);
        }
    }
    return out;
}

double dice(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return 0;
    if (a == b) return 1;
    auto pairs = [](const std::string& text) {
        std::map<std::string, int> out;
        std::vector<std::string> list = characters(text);
        for (size_t i = 1; i < list.size(); i++)
            out[list[i - 1] + list[i]]++;
        return out;
    };
    auto left = pairs(a);
    auto right = pairs(b);
    int all = 0;
    int same = 0;
    for (const auto& [pair, count] : left) {
        all += count;
        if (auto found = right.find(pair); found != right.end()) same += std::min(count, found->second);
    }
    for (const auto& [pair, count] : right)
        all += count;
    return all == 0 ? 0 : 2.0 * same / all;
}

// The sentence before its remark: …している。※…
std::string_view head(std::string_view text) {
    return text.substr(0, text.find("※"));
}

// A known item beside a line.
struct Likely {
    const Item* item = nullptr;
    const Checklist* of = nullptr;
    double words = 0;
    double score = 0;
};

Likely compare(const SheetLine& line, const Checklist& of, const Item& item) {
    Likely out{&item, &of, likeness(line.text, item.label.ja), 0};
    bool number = !line.number.empty() && folded_number(line.number) == folded_number(item.number);
    out.score = out.words + (number ? 0.05 : 0) + (line.target == item.target ? 0.04 : 0) +
                (line.section == item.section ? 0.01 : 0);
    // Short sentences of one kind end alike; the number tells them apart, but not words that are nothing
    // like.
    if (out.words < like_enough && !(number && out.words >= 0.35)) out.score = 0;
    return out;
}

// The items of a checklist in the form that a line belongs to, all where that is not known.
std::vector<const Item*> items_for(const catalog::Catalog& catalog, std::string_view edition,
                                   const Checklist& checklist, const SheetLine& line) {
    const Form* own = find_form(catalog, edition, line.form);
    const Form* form = own ? form_like(checklist, *own) : nullptr;
    std::vector<const Item*> out;
    for (const Item& item : checklist.items) {
        if (!form || item.form == form->name) out.push_back(&item);
    }
    return out;
}

std::string named(const Checklist& checklist, const Item& item) {
    if (item.gate) return item.id;
    std::string out = checklist.edition + " " + item.number;
    return item.target.empty() ? out : out + " " + item.target_ja;
}

}  // namespace

double likeness(std::string_view a, std::string_view b) {
    double whole = dice(match_key(a), match_key(b));
    if (head(a).size() == a.size() && head(b).size() == b.size()) return whole;
    return std::max(whole, 0.97 * dice(match_key(head(a)), match_key(head(b))));
}

std::string folded_number(std::string_view number) {
    std::string out;
    for (char c : normalise(number)) {
        if (c != '(' && c != ')' && c != ' ') out += c;
    }
    return out;
}

const Form* form_like(const Checklist& checklist, const Form& form) {
    if (const Form* same = checklist.form(form.name)) return same;
    auto found = std::ranges::find(checklist.forms, form.needs, &Form::needs);
    return found == checklist.forms.end() ? nullptr : &*found;
}

const Form* find_form(const catalog::Catalog& catalog, std::string_view edition, std::string_view name) {
    if (const Checklist* own = catalog.checklist(edition)) {
        if (const Form* found = own->form(name)) return found;
    }
    const Form* out = nullptr;
    const Checklist* of = nullptr;
    for (const Checklist& one : catalog.checklists()) {
        const Form* found = one.form(name);
        if (found && (!of || one.published > of->published)) {
            out = found;
            of = &one;
        }
    }
    return out;
}

const Checklist* find_base(const catalog::Catalog& catalog, std::string_view edition,
                           const std::vector<SheetLine>& lines) {
    const Checklist* own = catalog.checklist(edition);
    const Checklist* best = nullptr;
    double most = 0;
    for (const Checklist& one : catalog.checklists()) {
        bool earlier = !own || one.published < own->published;
        if (!one.transcribed || one.edition == edition || !earlier) continue;
        double sum = 0;
        for (const SheetLine& line : lines) {
            double nearest = 0;
            for (const Item* item : items_for(catalog, edition, one, line))
                nearest = std::max(nearest, likeness(line.text, item->label.ja));
            if (nearest >= like_enough) sum += nearest;
        }
        if (sum > most || (best && sum == most && one.published > best->published)) {
            best = &one;
            most = sum;
        }
    }
    return best;
}

LineProposal propose(const catalog::Catalog& catalog, std::string_view edition, const Checklist* base,
                     const SheetLine& line) {
    std::vector<Likely> likely;
    const Checklist* own = catalog.checklist(edition);
    for (const Checklist* of : {base, own}) {
        if (!of) continue;
        for (const Item* item : items_for(catalog, edition, *of, line)) {
            Likely one = compare(line, *of, *item);
            if (one.score > 0) likely.push_back(one);
        }
    }
    std::ranges::stable_sort(likely, [](const Likely& a, const Likely& b) { return a.score > b.score; });
    LineProposal out;
    if (likely.empty()) {
        out.why = {"似た項目は見つかりません。新しい項目かもしれません。",
                   "Nothing like it is known; it may be a new item."};
        return out;
    }
    const Likely& best = likely.front();
    out.concept_name = best.item->concept_name;
    out.verbatim = best.words >= 1 && best.of->transcribed;
    out.confidence = best.words >= 1 ? 100 : std::min(99, static_cast<int>(std::lround(best.words * 100)));
    const Item* from = base && best.of == base ? best.item : nullptr;
    if (!from && base) {
        // Known of the edition itself: the earlier item is the one of the same concept.
        for (const Item* item : items_for(catalog, edition, *base, line)) {
            if (item->concept_name != out.concept_name) continue;
            if (!from || (item->target == line.target && from->target != line.target)) from = item;
        }
    }
    if (from) out.item = from->id;
    std::string name = named(*best.of, *best.item);
    if (best.words >= 1) {
        out.why = {fmt::format("{} と同じ文言です。", name), fmt::format("The words of {}.", name)};
    } else {
        out.why = {fmt::format("{} と文言が{}%一致します。", name, out.confidence),
                   fmt::format("{}% like {}.", out.confidence, name)};
    }
    if (!line.number.empty() && folded_number(line.number) == folded_number(best.item->number)) {
        out.why.ja += "番号も同じです。";
        out.why.en += " The number is the same.";
    }
    auto rival = std::ranges::find_if(likely, [&](const Likely& one) {
        return one.item->concept_name != out.concept_name && one.score > best.score - 0.08;
    });
    if (rival != likely.end() && best.words < 1) {
        std::string other = named(*rival->of, *rival->item);
        out.why.ja += fmt::format("{} にも似ています。", other);
        out.why.en += fmt::format(" Also like {}.", other);
        out.confidence = std::max(0, out.confidence - 10);
    }
    if (from && from->target != line.target) {
        out.why.ja += "対象が元の項目と違います。";
        out.why.en += " The target is another than the earlier item's.";
    }
    return out;
}

}  // namespace sonae::checklist
