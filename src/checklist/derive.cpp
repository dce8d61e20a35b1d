// Runs the checks of a question and says in a sentence what they found.
#include "checklist/derive.hpp"

#include "base/text.hpp"
#include "register/projection.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::checklist {

namespace {

constexpr size_t names_shown = 3;

constexpr std::string_view own_period =
    "SELECT amount FROM parameter WHERE question = :question AND name = :name";

// One row of a check.
struct Row {
    size_t rank = 0;
    const std::pair<const std::string, Asker::Label>* label =
        nullptr;       // id and label; null for the institution
    std::string name;  // shown instead of the label
    std::string detail;
    std::string fix_id;

    std::string shown() const { return name.empty() && label ? label->second.text : name; }
};

std::string named(const Row& row, bool japanese) {
    if (row.detail.empty()) return row.shown();
    return japanese ? fmt::format("{}（{}）", row.shown(), row.detail)
                    : fmt::format("{} ({})", row.shown(), row.detail);
}

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

std::string sentence(const std::string& pattern, const std::vector<Row>& rows, int64_t of, bool japanese) {
    return fill(pattern, [&](std::string_view name) -> std::string {
        if (name == "count") return std::to_string(rows.size());
        if (name == "of") return std::to_string(of);
        if (name == "names") return names(rows, japanese);
        if (name == "detail") return rows.front().detail;
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

}  // namespace

Asker::Asker(const registers::Record& record, const std::vector<const catalog::Question*>& questions)
    : record_(record), sets_(record.sets(texts_of(questions))) {}

const Asker::Labels& Asker::labels(std::string_view register_name) {
    auto found = labels_.find(register_name);
    if (found != labels_.end()) return found->second;
    std::vector<std::pair<std::string, std::string>> all;  // label, id
    auto query = sets_.prepare(fmt::format("SELECT id, label FROM {}", register_name));
    while (query.step())
        all.emplace_back(query.text(1), query.text(0));
    auto before = [](const auto& a, const auto& b) {
        if (registers::label_less(a.first, b.first)) return true;
        return !registers::label_less(b.first, a.first) && a.second < b.second;
    };
    if (!std::ranges::is_sorted(all, before)) std::ranges::sort(all, before);
    Labels out;
    for (size_t i = 0; i < all.size(); i++)
        out[all[i].second] = {i, all[i].first};
    return labels_.emplace(register_name, std::move(out)).first->second;
}

// The periods of a question as dates, with the institution's own amounts where it has set them.
const std::map<std::string, std::string>& Asker::periods(const catalog::Question& question) {
    auto [place, fresh] = periods_.try_emplace(question.name);
    if (!fresh) return place->second;
    for (const catalog::Parameter& parameter : question.parameters) {
        int amount = parameter.amount;
        auto own = sets_.prepare(own_period);
        own.bind("question", question.name).bind("name", parameter.name);
        if (own.step() && own.integer(0) > 0 && own.integer(0) <= 1200)
            amount = static_cast<int>(own.integer(0));
        own.reset();
        int moved = parameter.ahead ? amount : -amount;
        Date today = record_.today();
        place->second[parameter.name] =
            (parameter.days ? today.plus_days(moved) : today.plus_months(moved)).iso();
    }
    return place->second;
}

store::Statement Asker::prepare(const catalog::Question& question, const std::string& place,
                                std::string_view sql, std::string_view target) {
    const auto& dates = periods(question);
    try {
        auto statement = sets_.prepare(sql);
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

void Asker::check(const catalog::Question& question, const catalog::Check& check, std::string_view target,
                  Derived& out) {
    const Labels& known = labels(check.register_name);
    auto query = prepare(question, check.id, check.sql, target);
    int id_column = -1;
    int name_column = -1;
    int detail_column = -1;
    int fix_column = -1;
    for (int i = 0; i < query.columns(); i++) {
        std::string_view column = query.column_name(i);
        if (column == "id") id_column = i;
        if (column == "name") name_column = i;
        if (column == "detail") detail_column = i;
        if (column == "fix_id") fix_column = i;
    }
    if (id_column < 0) {
        throw Failure({Code::bad_catalog,
                       {fmt::format("質問 {} の {} に列idがありません。", question.name, check.id),
                        fmt::format("{} in question {} has no column id.", check.id, question.name)}});
    }
    // A finding stands on an entry of the register, or, about something that is missing altogether, on the
    // institution.
    std::vector<Row> rows;
    std::vector<bool> seen(known.size());
    bool missing = false;
    while (query.step()) {
        Row row;
        auto label = known.find(query.text(id_column));
        bool institution = query.text(id_column) == record_.institution();
        if (institution) {
            if (missing) continue;
            missing = true;
        } else {
            if (label == known.end() || seen[label->second.rank]) continue;
            seen[label->second.rank] = true;
        }
        if (label != known.end()) {
            row.rank = label->second.rank;
            row.label = &*label;
        }
        if (name_column >= 0) row.name = query.text(name_column);
        if (detail_column >= 0) row.detail = query.text(detail_column);
        if (fix_column >= 0) row.fix_id = query.text(fix_column);
        rows.push_back(std::move(row));
    }
    if (rows.empty()) return;
    // Entries mostly come in the order they were recorded, which mostly is the order of their labels.
    if (!std::ranges::is_sorted(rows, {}, &Row::rank)) std::ranges::sort(rows, {}, &Row::rank);

    Reason reason;
    reason.check = check.id;
    reason.effect = check.effect;
    reason.count = static_cast<int64_t>(rows.size());
    if (!check.of.empty()) {
        auto population = prepare(question, check.id, check.of, target);
        if (population.step()) reason.of = population.integer(0);
        population.reset();
    }
    reason.sentence = {sentence(check.sentence.ja, rows, reason.of, true),
                       sentence(check.sentence.en, rows, reason.of, false)};
    reason.fix_register = check.fix.register_name;
    reason.fix_field = check.fix.field;
    bool same_register = check.fix.register_name == check.register_name;
    if (missing) {
        // Nothing to list: the reason is that there is no entry.
        if (same_register) reason.fix_id = record_.institution();
    } else {
        reason.fix_id = !rows.front().fix_id.empty() ? rows.front().fix_id
                        : same_register              ? rows.front().label->first
                                                     : std::string();
        reason.entries.reserve(rows.size());
        for (const Row& row : rows) {
            reason.entries.push_back({check.register_name, row.label->first, row.shown()});
        }
    }
    out.reasons.push_back(std::move(reason));
}

void Asker::support(const catalog::Question& question, std::string_view target, Derived& out) {
    for (const catalog::Support& support : question.support) {
        const Labels& known = labels(support.register_name);
        std::vector<const Labels::value_type*> found;
        std::vector<bool> seen(known.size());
        auto query = prepare(question, "support", support.sql, target);
        while (query.step()) {
            auto label = known.find(query.text(0));
            if (label == known.end() || seen[label->second.rank]) continue;
            seen[label->second.rank] = true;
            found.push_back(&*label);
        }
        std::ranges::sort(found, {}, [](const auto* one) { return one->second.rank; });
        for (const auto* one : found)
            out.support.push_back({support.register_name, one->first, one->second.text});
    }
}

Derived Asker::ask(const catalog::Question& question, std::string_view target) {
    Derived out;
    for (const catalog::Check& one : question.checks) {
        if (one.targets.empty() || std::ranges::find(one.targets, target) != one.targets.end()) {
            check(question, one, target, out);
        }
    }
    std::ranges::stable_sort(out.reasons, {}, [](const Reason& reason) { return order(reason.effect); });
    support(question, target, out);
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
