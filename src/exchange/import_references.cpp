// What names in a file mean.
#include "exchange/import_references.hpp"

#include "base/id.hpp"
#include "base/text.hpp"
#include "register/bulk.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::exchange {

using catalog::Field;
using catalog::Register;
using catalog::Type;
using registers::Command;
using registers::FieldValue;
using registers::State;

Result<std::vector<SameName>> read_same(const std::vector<std::string>& texts) {
    std::vector<SameName> out;
    for (const std::string& text : texts) {
        size_t at = text.find('=');
        std::string name = trim(std::string_view(text).substr(0, std::min(at, text.size())));
        std::string existing = at == std::string::npos ? "" : trim(std::string_view(text).substr(at + 1));
        if (name.empty() || existing.empty()) {
            return fail(Code::usage,
                        fmt::format("--same '{}' は「新しい名前=記録にある名前」の形ではありません。", text),
                        fmt::format("--same '{}' is not of the form NEW NAME=EXISTING.", text));
        }
        out.push_back({std::move(name), std::move(existing), true});
    }
    return out;
}

References::References(const registers::Record& record, std::vector<SameName> same)
    : record_(record), same_(std::move(same)), same_met_(same_.size(), false) {}

void References::add(const Register& target, Names& names, const std::string& id, std::string_view label,
                     const std::vector<std::pair<const Field*, std::string>>& texts) {
    names.labels.emplace(id, label);
    auto name = [&](std::string_view text) {
        names.spelt[std::string(text)].insert(id);
        names.folded[match_key(text)].insert(id);
    };
    if (!label.empty()) name(label);
    for (const auto& [field, text] : texts) {
        if (field->key && text != label) name(text);
        for (const Register& one : record_.catalog().registers()) {
            bool found_by =
                std::any_of(one.fields.begin(), one.fields.end(), [&field = field, &target](const Field& f) {
                    return f.references == target.name && f.found_by == field->name;
                });
            if (!found_by) continue;
            names.by_found[field->name][organisation_key(text)].insert(id);
            break;
        }
    }
}

References::Names& References::names(const Register& target) {
    auto [place, fresh] = names_.try_emplace(target.name);
    Names& out = place->second;
    if (!fresh) return out;
    std::vector<const Field*> fields;
    for (const Field& field : target.fields) {
        bool found_by = false;
        for (const Register& one : record_.catalog().registers()) {
            for (const Field& other : one.fields)
                found_by = found_by || (other.references == target.name && other.found_by == field.name);
        }
        if (field.type == Type::text && (field.key || found_by)) fields.push_back(&field);
    }
    std::vector<std::pair<const Field*, std::string>> texts;
    registers::each_in_bulk(record_, target, fields, [&](const registers::BulkEntry& entry) {
        texts.clear();
        for (size_t i = 0; i < fields.size(); i++) {
            if (entry.values[i].state == State::known) texts.emplace_back(fields[i], entry.values[i].text);
        }
        add(target, out, std::string(entry.id), entry.label, texts);
    });
    for (size_t i = 0; i < same_.size(); i++) {
        Ids ids;
        if (out.labels.count(same_[i].existing) != 0) ids.insert(same_[i].existing);
        if (auto spelt = out.spelt.find(same_[i].existing); spelt != out.spelt.end()) ids = spelt->second;
        if (auto folded = out.folded.find(match_key(same_[i].existing));
            ids.empty() && folded != out.folded.end())
            ids = folded->second;
        for (const auto& [field, by_name] : out.by_found) {
            auto found = by_name.find(organisation_key(same_[i].existing));
            if (ids.empty() && found != by_name.end()) ids = found->second;
        }
        if (ids.size() != 1) continue;
        same_met_[i] = true;
        out.same[organisation_key(same_[i].name)] = *ids.begin();
    }
    return out;
}

// The entries a single name can mean, as Record::find and references find them.
References::Meaning References::meaning(const Field& field, const std::string& name) {
    const Register& target = *record_.catalog().find_register(field.references);
    Names& there = names(target);
    std::string known = field.found_by + "\n" + name;
    if (auto before = there.known.find(known); before != there.known.end()) return {before->second, false};
    auto keep = [&](Ids ids) {
        there.known.emplace(known, ids);
        return Meaning{std::move(ids), false};
    };
    std::string folded = organisation_key(name);
    if (auto same = there.same.find(folded); same != there.same.end()) return keep({same->second});
    if (!field.found_by.empty()) {
        const auto& by_name = there.by_found[field.found_by];
        if (auto found = by_name.find(folded); found != by_name.end() && found->second.size() == 1)
            return keep(found->second);
    }
    if (there.labels.count(name) != 0) return keep({name});
    Ids ids;
    if (auto spelt = there.spelt.find(name); spelt != there.spelt.end()) ids = spelt->second;
    if (ids.size() == 1) return keep(std::move(ids));
    if (auto alike = there.folded.find(match_key(name)); alike != there.folded.end())
        ids.insert(alike->second.begin(), alike->second.end());
    if (ids.empty() && name.size() >= 8) {
        for (auto at = there.labels.lower_bound(name);
             at != there.labels.end() && at->first.starts_with(name); ++at)
            ids.insert(at->first);
    }
    if (!ids.empty()) return keep(std::move(ids));
    bool makable = !field.found_by.empty() && !target.internal &&
                   std::all_of(target.fields.begin(), target.fields.end(),
                               [&](const Field& one) { return !one.required || one.name == field.found_by; });
    return {{}, makable};
}

std::vector<std::string> References::parts(const Field& field, const std::string& written) {
    if (!field.many) return {written};
    auto out = split_values(written, false);
    if (out.size() == 1 && meaning(field, written).ids.size() != 1) out = split_values(written, true);
    return out;
}

FieldValue References::resolve(const Field& field, const std::string& written, bool& makes,
                               std::vector<Command>* commands) {
    const Register& target = *record_.catalog().find_register(field.references);
    Ids ids;
    for (const std::string& part : parts(field, written)) {
        Meaning means = meaning(field, part);
        if (means.is_new) {
            makes = true;
            if (commands == nullptr) continue;
            Command command;
            command.action = "add";
            command.register_name = target.name;
            command.id = new_id(record_.now());
            command.values = {{field.found_by, part}};
            created_.push_back({target.name, target.label, command.id, part, {}});
            created_by_.push_back(field.found_by);
            note(target, command.id, {{target.field(field.found_by), part}});
            ids.insert(command.id);
            commands->push_back(std::move(command));
        } else if (means.ids.size() == 1) {
            ids.insert(*means.ids.begin());
        } else {
            return {State::unreadable, written};
        }
    }
    return {State::known, fmt::format("{}", fmt::join(ids, " "))};
}

FieldValue References::find(const Field& field, const std::string& written, bool& makes) {
    return resolve(field, written, makes, nullptr);
}

FieldValue References::take(const Field& field, const std::string& written, std::vector<Command>& commands) {
    bool makes = false;
    return resolve(field, written, makes, &commands);
}

bool References::could_mean(const Field& field, const std::string& written, std::string_view ids) {
    auto there = split(ids, " ");
    auto named = parts(field, written);
    return named.size() == there.size() &&
           std::all_of(named.begin(), named.end(), [&](const std::string& name) {
               Ids means = meaning(field, name).ids;
               return std::any_of(there.begin(), there.end(),
                                  [&](const std::string& id) { return means.count(id) != 0; });
           });
}

void References::note(const Register& description, const std::string& id,
                      const std::vector<std::pair<const Field*, std::string>>& texts) {
    if (expected_.count(description.name) == 0 && names_.count(description.name) == 0) return;
    Names& there = names(description);
    std::string label;
    for (const auto& [field, text] : texts) {
        if (label.empty()) label = text;
    }
    add(description, there, id, label, texts);
    there.known.clear();
}

std::string References::labels(const Field& field, std::string_view ids) {
    Names& there = names(*record_.catalog().find_register(field.references));
    std::vector<std::string> out;
    for (const std::string& id : split(ids, " ")) {
        auto label = there.labels.find(id);
        out.push_back(label != there.labels.end() ? label->second : id);
    }
    return fmt::format("{}", fmt::join(out, "、"));
}

std::u32string code_points(std::string_view text) {
    std::u32string out;
    for (size_t i = 0; i < text.size();) {
        auto first = static_cast<unsigned char>(text[i]);
        size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        char32_t point = length == 1 ? first : first & (0xffU >> (length + 1));
        for (size_t k = 1; k < length && i + k < text.size(); k++)
            point = (point << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3fU);
        out.push_back(point);
        i += length;
    }
    return out;
}

namespace {

// The number of letters to add, leave out or change; `limit` + 1 when it is more than the limit.
size_t edits(const std::u32string& a, const std::u32string& b, size_t limit) {
    if (a.size() > b.size()) return edits(b, a, limit);
    if (b.size() - a.size() > limit) return limit + 1;
    std::vector<size_t> row(a.size() + 1);
    for (size_t i = 0; i <= a.size(); i++)
        row[i] = i;
    for (size_t j = 1; j <= b.size(); j++) {
        size_t corner = row[0];
        row[0] = j;
        for (size_t i = 1; i <= a.size(); i++) {
            size_t above = row[i];
            row[i] = std::min({above + 1, row[i - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
            corner = above;
        }
    }
    return row[a.size()];
}

}  // namespace

int likeness(const std::u32string& a, const std::u32string& b) {
    const std::u32string& small = a.size() <= b.size() ? a : b;
    const std::u32string& large = a.size() <= b.size() ? b : a;
    if (small.size() < 2) return 0;
    if (a == b) return 100;
    size_t limit = large.size() >= 8 ? 2 : large.size() >= 4 ? 1 : 0;
    if (limit > 0) {
        size_t apart = edits(a, b, limit);
        if (apart <= limit) return static_cast<int>(90 - apart * 10);
    }
    if (large.starts_with(small)) return static_cast<int>(40 + 30 * small.size() / large.size());
    if (small.size() >= 3 && large.find(small) != std::u32string::npos)
        return static_cast<int>(20 + 30 * small.size() / large.size());
    // The name proper with another word behind it: レセ社, レセシステムズ.
    size_t shared = 0;
    while (shared < small.size() && small[shared] == large[shared])
        shared++;
    if (shared >= 2 && shared * 2 > small.size()) return static_cast<int>(10 + 20 * shared / large.size());
    return 0;
}

std::vector<CreatedEntry> References::created() const {
    constexpr size_t most = 3;
    // So many names are compared that a file of nothing but names still takes no time.
    size_t comparisons = 4'000'000;
    std::vector<CreatedEntry> out = created_;
    std::set<std::string, std::less<>> made;
    for (const CreatedEntry& one : created_)
        made.insert(one.id);
    std::map<std::string, std::vector<std::pair<std::u32string, const std::string*>>> all;
    for (size_t i = 0; i < out.size(); i++) {
        CreatedEntry& one = out[i];
        const Names& there = names_.find(one.register_name)->second;
        auto [place, fresh] = all.try_emplace(one.register_name + "." + created_by_[i]);
        if (fresh) {
            auto by_name = there.by_found.find(created_by_[i]);
            if (by_name == there.by_found.end()) continue;
            for (const auto& [name, ids] : by_name->second) {
                for (const std::string& id : ids) {
                    if (made.count(id) == 0) place->second.emplace_back(code_points(name), &id);
                }
            }
        }
        if (comparisons < place->second.size()) break;
        comparisons -= place->second.size();
        std::u32string own = code_points(organisation_key(one.name));
        std::vector<std::pair<int, const std::string*>> like;
        for (const auto& [name, id] : place->second) {
            int score = likeness(own, name);
            if (score > 0) like.emplace_back(score, id);
        }
        std::stable_sort(like.begin(), like.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
        for (size_t k = 0; k < like.size() && k < most; k++)
            one.like.push_back({*like[k].second, there.labels.find(*like[k].second)->second});
    }
    return out;
}

std::vector<std::string> References::unmet() const {
    std::vector<std::string> out;
    for (size_t i = 0; i < same_.size(); i++) {
        if (!same_met_[i] && same_[i].required) out.push_back(same_[i].existing);
    }
    return out;
}

}  // namespace sonae::exchange
