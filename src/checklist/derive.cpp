// Runs the checks of a question and says in a sentence what they found.
#include "checklist/derive.hpp"

#include "base/text.hpp"
#include "register/projection.hpp"
#include "register/select.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::checklist {

namespace {

constexpr size_t names_shown = 3;

constexpr std::string_view own_period =
    "SELECT amount FROM parameter WHERE question = :question AND name = :name";

template <class Row>
std::string named(const Row& row, bool japanese) {
    if (row.detail.empty()) return std::string(row.shown());
    return japanese ? fmt::format("{}（{}）", row.shown(), row.detail)
                    : fmt::format("{} ({})", row.shown(), row.detail);
}

template <class Row>
std::string names(const std::vector<Row>& rows, bool japanese) {
    std::string out;
    for (size_t i = 0; i < std::min(rows.size(), names_shown); i++) {
        if (i > 0) out += japanese ? "、" : ", ";
        out += named(rows[i], japanese);
    }
    if (rows.size() > names_shown) {
        size_t rest = rows.size() - names_shown;
        out += japanese ? fmt::format(" ほか{}件", rest) : fmt::format(" and {} more", rest);
    }
    return out;
}

template <class Row>
std::string sentence(const std::string& pattern, const std::vector<Row>& rows, int64_t of, bool japanese) {
    return fill(pattern, [&](std::string_view name) -> std::string {
        if (name == "count") return std::to_string(rows.size());
        if (name == "of") return std::to_string(of);
        if (name == "names") return names(rows, japanese);
        if (name == "detail") return std::string(rows.front().detail);
        if (name == "rest") return std::to_string(rows.size() > names_shown ? rows.size() - names_shown : 0);
        return fmt::format("{{{}}}", name);
    });
}

std::vector<std::string_view> texts_of(const std::vector<const catalog::Question*>& questions) {
    std::vector<std::string_view> out{own_period};
    for (const catalog::Question* question : questions) {
        for (const catalog::Check& check : question->checks) {
            out.emplace_back(check.sql);
            out.emplace_back(check.of);
            out.emplace_back(check.register_name);
        }
        for (const catalog::Support& support : question->support) {
            out.emplace_back(support.sql);
            out.emplace_back(support.register_name);
        }
    }
    return out;
}

int order(catalog::Effect effect) {
    switch (effect) {
        case catalog::Effect::no:
            return 0;
        case catalog::Effect::unknown:
            return 1;
        case catalog::Effect::not_applicable:
            return 2;
        case catalog::Effect::advice:
            return 3;
    }
    return 4;
}

// Whether a text has parameters that are the question's own.
bool has_periods(const catalog::Question& question, std::string_view sql) {
    return std::ranges::any_of(question.parameters, [&](const catalog::Parameter& one) {
        return sql.find(":" + one.name) != std::string_view::npos;
    });
}
bool has_target(std::string_view sql) {
    return sql.find(":target") != std::string_view::npos;
}

// Labels as people sort them, and by id where they are the same.
constexpr auto label_before = [](const auto* a, const auto* b) {
    if (registers::label_less(a->label, b->label)) return true;
    return !registers::label_less(b->label, a->label) && a->id < b->id;
};

}  // namespace

Asker::Asker(const registers::Record& record, const std::vector<const catalog::Question*>& questions,
             bool follow)
    : record_(record), questions_(questions), follow_(follow), texts_(std::make_shared<Texts>()) {
    refresh();
}

void Asker::refresh() {
    try {
        sets_ = &record_.sets(texts_of(questions_));
        if (follow_) sets_->follow();
        auto changes = sets_->since(generation_);
        if (!changes) {
            forget();
        } else if (!changes->empty()) {
            follow(*changes);
        }
        generation_ = sets_->generation();
    } catch (...) {
        generation_ = -1;
        throw;
    }
}

void Asker::forget() {
    findings_.clear();
    counts_.clear();
    labels_.clear();
    periods_.clear();
    texts_ = std::make_shared<Texts>();
}

bool Asker::unchanged(const catalog::Question& question, std::string_view target, int64_t generation) const {
    auto same = [&](const void* key) {
        auto found = findings_.find({key, std::string(target)});
        if (found == findings_.end()) found = findings_.find({key, std::string()});
        return found != findings_.end() && found->second.changed <= generation;
    };
    for (const catalog::Check& one : question.checks) {
        bool asked = one.targets.empty() || std::ranges::find(one.targets, target) != one.targets.end();
        if (asked && !same(&one)) return false;
    }
    return std::ranges::all_of(question.support, [&](const catalog::Support& one) { return same(&one); });
}

// ---- labels and periods

// Entries mostly come in the order of their labels, so that the next one is looked at first.
Asker::Named* Asker::Labels::find(std::string_view id, size_t& next) const {
    if (next < order.size() && order[next]->id == id) return order[next++];
    auto found = by_id.find(id);
    if (found == by_id.end()) return nullptr;
    next = found->second->rank + 1;
    return found->second;
}

Asker::Labels& Asker::labels(std::string_view register_name) {
    auto found = labels_.find(register_name);
    if (found != labels_.end()) return found->second;
    Labels& out = labels_.emplace(register_name, Labels()).first->second;
    auto query = sets_->prepare(fmt::format("SELECT id, label FROM {}", register_name));
    while (query.step()) {
        Named& entry = texts_->entries.emplace_back();
        entry.id = query.text(0);
        entry.label = query.text(1);
        out.order.push_back(&entry);
    }
    if (!std::ranges::is_sorted(out.order, label_before)) std::ranges::sort(out.order, label_before);
    out.by_id.reserve(out.order.size());
    for (size_t i = 0; i < out.order.size(); i++) {
        out.order[i]->rank = i;
        out.by_id.emplace(out.order[i]->id, out.order[i]);
    }
    return out;
}

// The labels of touched entries again. What was called otherwise before stays as it was, for lists that show
// it.
void Asker::follow(std::string_view register_name, Labels& labels) {
    std::vector<Named*> gone;
    std::vector<Named*> come;
    for (const std::string& id : touched_) {
        auto query = sets_->prepare(fmt::format("SELECT label FROM {} WHERE id = :entry", register_name));
        query.bind("entry", id);
        bool there = query.step();
        std::string label(there ? query.text(0) : std::string_view());
        query.reset();
        auto known = labels.by_id.find(id);
        if (known != labels.by_id.end()) {
            known->second->touched = sets_->generation();
            if (there && known->second->label == label) continue;
            gone.push_back(known->second);
            labels.by_id.erase(known);
        }
        if (!there) continue;
        Named& entry = texts_->entries.emplace_back();
        entry.id = id;
        entry.label = std::move(label);
        entry.touched = sets_->generation();
        labels.by_id.emplace(entry.id, &entry);
        come.push_back(&entry);
    }
    if (gone.empty() && come.empty()) return;
    std::ranges::sort(gone, {}, &Named::rank);
    std::erase_if(labels.order, [&, next = size_t{0}](const Named* one) mutable {
        bool is_gone = next < gone.size() && gone[next] == one;
        if (is_gone) next++;
        return is_gone;
    });
    for (Named* one : come) {
        labels.order.insert(std::ranges::upper_bound(labels.order, one, label_before), one);
    }
    for (size_t i = 0; i < labels.order.size(); i++)
        labels.order[i]->rank = i;
}

// The periods of a question as dates, with the institution's own amounts where it has set them.
std::map<std::string, std::string> Asker::read_periods(const catalog::Question& question) {
    std::map<std::string, std::string> out;
    Date today = record_.today();
    for (const catalog::Parameter& parameter : question.parameters) {
        int amount = parameter.amount;
        auto own = sets_->prepare(own_period);
        own.bind("question", question.name).bind("name", parameter.name);
        if (own.step() && own.integer(0) > 0 && own.integer(0) <= 1200)
            amount = static_cast<int>(own.integer(0));
        own.reset();
        int moved = parameter.ahead ? amount : -amount;
        out[parameter.name] = (parameter.days ? today.plus_days(moved) : today.plus_months(moved)).iso();
    }
    return out;
}

const std::map<std::string, std::string>& Asker::periods(const catalog::Question& question) {
    auto found = periods_.find(&question);
    if (found == periods_.end()) found = periods_.emplace(&question, read_periods(question)).first;
    return found->second;
}

// ---- asking

store::Statement Asker::prepare(const catalog::Question& question, std::string_view place,
                                std::string_view sql, std::string_view target, bool touched) {
    const auto& dates = periods(question);
    try {
        auto statement = touched ? sets_->prepare_touched(sql) : sets_->prepare(sql);
        statement.bind_if("target", target);
        statement.bind_if("fiscal_year_end", Date::fiscal_year_end(record_.today().fiscal_year()).iso());
        for (const auto& [name, date] : dates)
            statement.bind_if(name, date);
        return statement;
    } catch (const Failure& failure) {
        if (failure.error().code != Code::io) throw;
        throw Failure({Code::bad_catalog,
                       {fmt::format("質問 {} の {} のSQLが正しくありません: {}", question.name, place,
                                    failure.error().words.ja),
                        fmt::format("The SQL of {} in question {} is wrong: {}", place, question.name,
                                    failure.error().words.en)}});
    }
}

std::string_view Asker::keep(std::string_view text) {
    if (text.empty()) return {};
    return texts_->said.emplace_back(text);
}

// The rows that a check finds, one for each entry, by rank. `touched`: only about touched entries.
std::vector<Asker::Row> Asker::rows(const Finding& finding, bool touched, bool& missing) {
    std::string_view place = finding.check ? std::string_view(finding.check->id) : "support";
    Labels& known = labels(finding.register_name);
    auto query = prepare(*finding.question, place, finding.sql, finding.target, touched);
    bool more = query.step();  // before it, a kept statement does not know of sets that were made anew
    int id_column = finding.check ? -1 : 0;
    int name_column = -1;
    int detail_column = -1;
    int fix_column = -1;
    for (int i = 0; finding.check && i < query.columns(); i++) {
        std::string_view column = query.column_name(i);
        if (column == "id") id_column = i;
        if (column == "name") name_column = i;
        if (column == "detail") detail_column = i;
        if (column == "fix_id") fix_column = i;
    }
    if (id_column < 0) {
        throw Failure({Code::bad_catalog,
                       {fmt::format("質問 {} の {} に列idがありません。", finding.question->name, place),
                        fmt::format("{} in question {} has no column id.", place, finding.question->name)}});
    }
    std::vector<Row> out;
    size_t next = 0;
    std::optional<size_t> institution;
    missing = false;
    asked_++;
    for (; more; more = query.step()) {
        std::string_view id = query.text(id_column);
        Named* entry = known.find(id, next);
        // A finding stands on an entry of the register, or, about something that is missing altogether, on
        // the institution.
        bool on_institution = finding.check && id == record_.institution();
        if (!entry && !on_institution) continue;
        if (touched && !(entry ? entry->touched == sets_->generation() : touched_.contains(id))) continue;
        bool again = on_institution ? institution.has_value() : entry->asked == asked_;
        if (again && finding.first_counts) continue;
        Row row;
        row.entry = entry;
        auto text = [&](int column) { return column < 0 ? std::string_view() : query.text(column); };
        if (again) {
            // Nothing in the SQL says which row of an entry comes first: the one whose texts do.
            Row& other = out[on_institution ? *institution : entry->place];
            auto said = std::tuple(text(detail_column), text(name_column), text(fix_column));
            if (!(said < std::tuple(other.detail, other.name, other.fix_id))) continue;
            other.detail = keep(text(detail_column));
            other.name = keep(text(name_column));
            other.fix_id = keep(text(fix_column));
            continue;
        }
        if (on_institution) institution = out.size();
        if (entry) {
            entry->asked = asked_;
            entry->place = out.size();
        }
        row.name = keep(text(name_column));
        row.detail = keep(text(detail_column));
        row.fix_id = keep(text(fix_column));
        out.push_back(row);
    }
    missing = institution.has_value();
    // Entries mostly come in the order they were recorded, which mostly is the order of their labels.
    if (!std::ranges::is_sorted(out, {}, &Row::rank)) std::ranges::sort(out, {}, &Row::rank);
    return out;
}

Reason Asker::reason(const Finding& finding) {
    const catalog::Check& check = *finding.check;
    const std::vector<Row>& rows = finding.rows;
    Reason out;
    out.check = check.id;
    out.effect = check.effect;
    out.count = static_cast<int64_t>(rows.size());
    if (finding.of) {
        if (finding.of->total < 0) count_all(*finding.of);
        out.of = finding.of->total;
    }
    out.sentence = {sentence(check.sentence.ja, rows, out.of, true),
                    sentence(check.sentence.en, rows, out.of, false)};
    out.fix_register = check.fix.register_name;
    out.fix_field = check.fix.field;
    bool same_register = check.fix.register_name == check.register_name;
    if (finding.missing) {
        // Nothing to list: the reason is that there is no entry.
        if (same_register) out.fix_id = record_.institution();
        return out;
    }
    if (!rows.front().fix_id.empty()) {
        out.fix_id = rows.front().fix_id;
    } else if (same_register) {
        out.fix_id = rows.front().entry->id;
    }
    std::vector<Found> entries;
    entries.reserve(rows.size());
    for (const Row& row : rows)
        entries.push_back({check.register_name, row.entry->id, row.shown()});
    out.entries = FoundList(std::move(entries), texts_);
    return out;
}

// Says what the rows mean; notes whether that is something else than before.
void Asker::conclude(Finding& finding) {
    if (finding.check) {
        std::optional<Reason> now;
        if (!finding.rows.empty()) now = reason(finding);
        if (now == finding.reason) return;
        finding.reason = std::move(now);
    } else {
        std::vector<Found> entries;
        entries.reserve(finding.rows.size());
        for (const Row& row : finding.rows)
            entries.push_back({finding.register_name, row.entry->id, row.entry->label});
        FoundList now(std::move(entries), texts_);
        if (now == finding.support) return;
        finding.support = std::move(now);
    }
    finding.changed = sets_->generation();
}

void Asker::ask_all(Finding& finding) {
    finding.rows = rows(finding, false, finding.missing);
    conclude(finding);
}

void Asker::ask_touched(Finding& finding) {
    bool missing = false;
    std::vector<Row> now = rows(finding, true, missing);
    auto is_touched = [&](const Row& row) {
        return row.entry ? row.entry->touched == sets_->generation()
                         : touched_.contains(record_.institution());
    };
    std::vector<Row> before;
    std::ranges::copy_if(finding.rows, std::back_inserter(before), is_touched);
    bool of_changed = finding.of && finding.of->changed == sets_->generation();
    if (before == now && !of_changed) return;
    std::erase_if(finding.rows, is_touched);
    if (touched_.contains(record_.institution())) finding.missing = missing;
    for (const Row& row : now) {
        auto place = std::ranges::upper_bound(finding.rows, row.rank(), {}, &Row::rank);
        finding.rows.insert(place, row);
    }
    conclude(finding);
}

Asker::Finding& Asker::finding(const catalog::Question& question, const catalog::Check& check,
                               std::string_view target) {
    bool by_target = has_target(check.sql) || has_target(check.of);
    auto [place, fresh] = findings_.try_emplace({&check, std::string(by_target ? target : "")});
    Finding& out = place->second;
    if (!fresh) return out;
    out.question = &question;
    out.check = &check;
    out.register_name = check.register_name;
    out.sql = registers::fully_ordered(check.sql);
    out.first_counts = !out.sql.empty();
    if (out.sql.empty()) out.sql = check.sql;
    out.target = target;
    if (!check.of.empty()) out.of = &count(question, check.of, target);
    out.changed = sets_->generation();
    ask_all(out);
    return out;
}

Asker::Finding& Asker::finding(const catalog::Question& question, const catalog::Support& support,
                               std::string_view target) {
    auto [place, fresh] =
        findings_.try_emplace({&support, std::string(has_target(support.sql) ? target : "")});
    Finding& out = place->second;
    if (!fresh) return out;
    out.question = &question;
    out.register_name = support.register_name;
    out.sql = support.sql;
    out.target = target;
    out.changed = sets_->generation();
    ask_all(out);
    return out;
}

Asker::Count& Asker::count(const catalog::Question& question, std::string_view sql, std::string_view target) {
    const catalog::Question* whose = has_periods(question, sql) ? &question : nullptr;
    std::string asked(has_target(sql) ? target : "");
    auto [place, fresh] = counts_.try_emplace({whose, std::string(sql), asked});
    Count& out = place->second;
    if (fresh) {
        out.question = &question;
        out.sql = sql;
        out.target = asked;
        out.total = -1;
    }
    return out;
}

void Asker::count_all(Count& count) {
    auto query = prepare(*count.question, "of", count.sql, count.target);
    count.total = query.step() ? query.integer(0) : 0;
    query.reset();
}

// ---- going on

void Asker::follow(const registers::Sets::Changes& changes) {
    touched_.clear();
    for (const auto& [name, change] : changes)
        touched_.insert(change.entries.begin(), change.entries.end());
    sets_->touch(touched_);
    for (auto& [name, known] : labels_) {
        auto change = changes.find(name);
        if (change != changes.end() && change->second.all) return forget();
        follow(name, known);
    }
    if (changes.contains("parameter")) {
        for (auto& [question, dates] : periods_) {
            auto now = read_periods(*question);
            if (now == dates) continue;
            dates = std::move(now);
            const catalog::Question* whose = question;
            std::erase_if(findings_, [&](const auto& one) { return one.second.question == whose; });
            std::erase_if(counts_, [&](const auto& one) { return std::get<0>(one.first) == whose; });
        }
    }
    for (auto& [key, count] : counts_)
        follow(count, changes);
    for (auto& [key, finding] : findings_)
        follow(finding, changes);
}

void Asker::follow(Count& count, const registers::Sets::Changes& changes) {
    using Effect = registers::Sets::Effect;
    if (count.total < 0) return;
    int64_t before = count.total;
    const std::string& ids = sets_->counted(count.sql);
    Effect effect = sets_->effect(ids.empty() ? count.sql : ids, changes);
    if (effect == Effect::none) return;
    if (effect == Effect::all || ids.empty()) {
        count.by_id.reset();
        count_all(count);
    } else if (!count.by_id) {
        list_all(count);
    } else {
        for (const std::string& id : touched_) {
            auto found = count.by_id->find(id);
            if (found == count.by_id->end()) continue;
            count.total -= found->second;
            count.by_id->erase(found);
        }
        auto query = prepare(*count.question, "of", ids, count.target, true);
        while (query.step()) {
            if (!touched_.contains(query.text(0))) continue;
            ++(*count.by_id)[std::string(query.text(0))];
            count.total++;
        }
    }
    if (count.total != before) count.changed = sets_->generation();
}

void Asker::list_all(Count& count) {
    count.by_id.emplace();
    count.total = 0;
    auto query = prepare(*count.question, "of", sets_->counted(count.sql), count.target);
    while (query.step()) {
        ++(*count.by_id)[std::string(query.text(0))];
        count.total++;
    }
}

void Asker::follow(Finding& finding, const registers::Sets::Changes& changes) {
    using Effect = registers::Sets::Effect;
    Effect effect = sets_->effect(finding.sql, changes);
    // What it finds is told by the labels of its register, and nothing else is found.
    auto labels = changes.find(finding.register_name);
    if (labels != changes.end() && effect != Effect::all) {
        const auto& columns = labels->second.columns;
        if (columns.contains("id") || columns.contains("label")) {
            effect = sets_->by_entry(finding.sql) ? Effect::entries : Effect::all;
        }
    }
    if (effect == Effect::all) {
        ask_all(finding);
    } else if (effect == Effect::entries) {
        ask_touched(finding);
    } else if (finding.of && finding.of->changed == sets_->generation()) {
        conclude(finding);
    }
}

// ---- the value

Derived Asker::ask(const catalog::Question& question, std::string_view target) {
    Derived out;
    for (const catalog::Check& one : question.checks) {
        if (one.targets.empty() || std::ranges::find(one.targets, target) != one.targets.end()) {
            const Finding& found = finding(question, one, target);
            if (found.reason) out.reasons.push_back(*found.reason);
        }
    }
    std::ranges::stable_sort(out.reasons, {}, [](const Reason& reason) { return order(reason.effect); });
    std::vector<Found> supported;
    for (const catalog::Support& one : question.support) {
        const Finding& found = finding(question, one, target);
        if (question.support.size() == 1) {
            out.support = found.support;
        } else {
            supported.insert(supported.end(), found.support.begin(), found.support.end());
        }
    }
    if (question.support.size() > 1) out.support = FoundList(std::move(supported), texts_);
    catalog::Effect first = out.reasons.empty() ? catalog::Effect::advice : out.reasons.front().effect;
    switch (first) {
        case catalog::Effect::no:
            out.value = Value::no;
            break;
        case catalog::Effect::unknown:
            out.value = Value::unknown;
            break;
        case catalog::Effect::not_applicable:
            out.value = Value::not_applicable;
            break;
        case catalog::Effect::advice:
            out.value = out.support.empty() ? Value::unknown : Value::yes;
            break;
    }
    // 対象外 asks for nothing, so there is nothing to advise.
    if (out.value == Value::not_applicable) {
        std::erase_if(out.reasons,
                      [](const Reason& reason) { return reason.effect == catalog::Effect::advice; });
    } else {
        std::erase_if(out.reasons,
                      [](const Reason& reason) { return reason.effect == catalog::Effect::not_applicable; });
    }
    return out;
}

}  // namespace sonae::checklist
