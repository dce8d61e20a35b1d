// Finding the entry of a row.
#include "exchange/import_match.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sonae::exchange {

using catalog::Type;
using registers::State;

std::vector<std::pair<const catalog::Register*, const catalog::Field*>> Matcher::fields(
    const catalog::Catalog& catalog, const catalog::Register& description) {
    std::vector<std::pair<const catalog::Register*, const catalog::Field*>> out;
    for (const catalog::Match& match : description.match) {
        const catalog::Register* target =
            match.child.empty() ? &description : catalog.find_register(match.child);
        out.emplace_back(target, target->field(match.field));
    }
    return out;
}

Matcher::Matcher(const catalog::Catalog& catalog, const catalog::Register& description,
                 const Standing& standing, const std::map<std::string, std::unique_ptr<Standing>>& children)
    : standing_(standing), children_(children) {
    auto all = fields(catalog, description);
    for (size_t i = 0; i < all.size(); i++) {
        auto [target, field] = all[i];
        bool organisation = false;
        for (const catalog::Register& other : catalog.registers()) {
            for (const catalog::Field& one : other.fields) {
                if (one.references == target->name && one.found_by == field->name) organisation = true;
            }
        }
        identifiers_.push_back({target, field, description.match[i].weak, organisation && field->key});
        auto child = children_.find(target->name);
        const Standing* holder = target == &description     ? &standing_
                                 : child != children_.end() ? child->second.get()
                                                            : nullptr;
        holders_.push_back(holder);
        columns_.push_back(holder != nullptr ? holder->column(*field) : 0);
    }
    auto is_key = [](const Identifier& one) { return one.field->key; };
    key_ = static_cast<size_t>(std::find_if(identifiers_.begin(), identifiers_.end(), is_key) -
                               identifiers_.begin());
}

std::string Matcher::form(size_t identifier, std::string_view text) const {
    const Identifier& one = identifiers_[identifier];
    if (one.field->type != Type::text) return std::string(text);
    if (one.names_organisation) {
        std::string name = organisation_key(text);
        if (name != match_key(text)) return name;  // it had a form of company
    }
    return key_form(text);
}

bool Matcher::counts(size_t identifier, std::string_view text) const {
    const Identifier& one = identifiers_[identifier];
    if (one.field->key || one.weak || one.field->type != Type::text) return true;
    return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) ||
           normalise(text).find_first_of("0123456789") != std::string::npos;
}

bool Matcher::says(Place entry, size_t identifier, std::string_view text) const {
    const Standing& holder = *holders_[identifier];
    auto same = [&](Place place) {
        const registers::BulkValue& there = holder.value(place, columns_[identifier]);
        return there.state == State::known &&
               (there.text == text || (identifiers_[identifier].field->type == Type::text &&
                                       form(identifier, there.text) == form(identifier, text)));
    };
    if (&holder == &standing_) return same(entry);
    for (Place i = holder.first_below(standing_.id(entry)); i != nowhere; i = holder.next_below(i)) {
        if (same(i)) return true;
    }
    return false;
}

bool Matcher::differs(Place entry, const std::vector<Given>& given, size_t before) const {
    return std::any_of(given.begin(), given.end(), [&](const Given& one) {
        size_t identifier = one.first;
        if (identifier >= before || holders_[identifier] != &standing_) return false;
        return standing_.value(entry, columns_[identifier]).state == State::known &&
               !says(entry, identifier, one.second);
    });
}

const Matcher::Index& Matcher::index(size_t identifier) {
    auto [place, fresh] = indexes_.try_emplace(identifier);
    if (!fresh) return place->second;
    const Standing& holder = *holders_[identifier];
    place->second.reserve(holder.size());
    const catalog::Field* parent = &holder == &standing_ ? nullptr : holder.parent();
    for (Place i = 0; i < holder.size(); i++) {
        const registers::BulkValue& there = holder.value(i, columns_[identifier]);
        if (there.state != State::known) continue;
        Place entry = parent == nullptr ? i : standing_.find(holder.value(i, holder.column(*parent)).text);
        if (entry == nowhere) continue;
        auto& list = place->second[form(identifier, there.text)];
        if (list.empty() || list.back() != entry) list.push_back(entry);
    }
    return place->second;
}

Meeting Matcher::meet(const std::vector<Given>& given, Place by_id) {
    Meeting out;
    std::vector<Place>& candidates = out.found;
    bool asked_by_id = by_id != nowhere;
    if (asked_by_id) candidates.push_back(by_id);
    for (size_t i = 0; i < given.size(); i++) {
        size_t identifier = given[i].first;
        const std::string& text = given[i].second;
        const Identifier& one = identifiers_[identifier];
        if (!counts(identifier, text)) continue;
        if (candidates.size() == 1 && says(candidates.front(), identifier, text)) continue;
        const Index& known = index(identifier);
        std::vector<Place> found;
        // Several texts of one identifier (the addresses of a device) stand one after the other.
        for (size_t k = i; k < given.size() && given[k].first == identifier; k++) {
            auto there = known.find(form(identifier, given[k].second));
            if (there == known.end()) continue;
            for (Place entry : there->second) {
                if (std::find(found.begin(), found.end(), entry) == found.end()) found.push_back(entry);
            }
        }
        while (i + 1 < given.size() && given[i + 1].first == identifier)
            i++;
        if (found.size() > 1 || one.weak)
            std::erase_if(found, [&](Place entry) { return differs(entry, given, identifier); });
        if (found.empty()) continue;
        if (candidates.empty()) {
            candidates = std::move(found);
            out.by = identifier;
            continue;
        }
        std::vector<Place> both;
        for (Place entry : candidates) {
            if (std::find(found.begin(), found.end(), entry) != found.end()) both.push_back(entry);
        }
        if (both.empty()) {
            out.kind = Meeting::Kind::contradiction;
            out.other = identifier;
            candidates = {candidates.front(), found.front()};
            return out;
        }
        if (both.size() < candidates.size()) {
            candidates = std::move(both);
            out.by = identifier;
        }
    }
    if (candidates.empty()) return out;
    if (candidates.size() > 1) {
        out.kind = Meeting::Kind::several;
        return out;
    }
    out.kind = Meeting::Kind::one;
    out.entry = candidates.front();
    out.differs = !asked_by_id && differs(out.entry, given, out.by);
    return out;
}

}  // namespace sonae::exchange
