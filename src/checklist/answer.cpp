// Items, assessments and a person's answers.
#include "checklist/answer.hpp"

#include "base/text.hpp"
#include "checklist/answers.hpp"
#include "checklist/edition_match.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace sonae::checklist {

namespace {

constexpr std::array<std::pair<std::string_view, Value>, 4> value_names{
    {{"yes", Value::yes},
     {"no", Value::no},
     {"unknown", Value::unknown},
     {"not_applicable", Value::not_applicable}}};

json::array entries_json(const FoundList& entries) {
    json::array out;
    out.reserve(entries.size());
    for (const Found& one : entries) {
        out.push_back(json::object{{"register", one.register_name}, {"id", one.id}, {"label", one.label}});
    }
    return out;
}

json::array reasons_json(const std::vector<Reason>& reasons) {
    json::array out;
    for (const Reason& reason : reasons) {
        json::value fix = nullptr;
        if (!reason.fix_register.empty()) {
            auto text_or_null = [](const std::string& text) {
                return text.empty() ? json::value(nullptr) : json::value(json::string(text));
            };
            fix = json::object{{"register", reason.fix_register},
                               {"id", text_or_null(reason.fix_id)},
                               {"field", text_or_null(reason.fix_field)}};
        }
        out.push_back(json::object{{"check", reason.check},
                                   {"effect", catalog::effect_text(reason.effect)},
                                   {"count", reason.count},
                                   {"of", reason.of},
                                   {"sentence", words_json(reason.sentence)},
                                   {"entries", entries_json(reason.entries)},
                                   {"fix", std::move(fix)}});
    }
    return out;
}

}  // namespace

std::string_view value_text(Value value) {
    return value_names[static_cast<size_t>(value)].first;
}

std::optional<Value> value_of(std::string_view text) {
    for (const auto& [name, value] : value_names) {
        if (name == text) return value;
    }
    return std::nullopt;
}

Words value_words(Value value) {
    switch (value) {
        case Value::yes:
            return {"はい", "yes"};
        case Value::no:
            return {"いいえ", "no"};
        case Value::unknown:
            return {"わからない", "not known"};
        case Value::not_applicable:
            return {"対象外", "not applicable"};
    }
    return {};
}

Result<Assessment> find_assessment(const registers::Record& record, std::string_view edition,
                                   std::string_view form, std::string_view vendor, int fiscal_year) {
    const catalog::Checklist* checklist = record.catalog().checklist(edition);
    if (!checklist) {
        std::vector<std::string> known;
        for (const catalog::Checklist& one : record.catalog().checklists())
            known.push_back(one.edition);
        return fail(Code::not_found,
                    fmt::format("版「{}」はありません（{}）。", edition, fmt::join(known, "、")),
                    fmt::format("There is no edition \"{}\" ({}).", edition, fmt::join(known, ", ")));
    }
    if (!checklist->transcribed) {
        return fail(
            Code::refused,
            fmt::format(
                "版「{}」の項目はまだ書き写されていません。厚生労働省の様式（Excel）は `sonae edition load` "
                "で読み込めます。記録からの転記用シートは、立入検査ファイル（pack）に入ります。",
                checklist->edition),
            fmt::format(
                "The items of edition {} have not been transcribed yet. `sonae edition load` reads the "
                "ministry's workbook. The pack of an earlier edition holds "
                "a sheet for copying into it.",
                checklist->edition));
    }
    Assessment out;
    out.checklist = checklist;
    out.form = form;
    if (form.empty()) out.form = checklist->form_for(record.institution_entry().field("kind").text).name;
    if (!checklist->form(out.form)) {
        std::vector<std::string> known;
        for (const catalog::Form& one : checklist->forms)
            known.push_back(one.name);
        return fail(Code::usage, fmt::format("様式「{}」はありません（{}）。", form, fmt::join(known, "、")),
                    fmt::format("There is no form \"{}\" ({}).", form, fmt::join(known, ", ")));
    }
    const catalog::Form& chosen = *checklist->form(out.form);
    if (!chosen.needs.empty() && vendor.empty()) {
        return fail(Code::refused,
                    fmt::format("{}には --vendor で事業者を指定してください。", chosen.label.ja),
                    fmt::format("The form \"{}\" needs a vendor: give one with --vendor.", chosen.name));
    }
    if (chosen.needs.empty() && !vendor.empty()) {
        return fail(Code::refused, fmt::format("--vendor は{}では使いません。", chosen.label.ja),
                    fmt::format("--vendor does not belong to the form \"{}\".", chosen.name));
    }
    if (!chosen.needs.empty()) {
        auto found = record.find(chosen.needs, vendor);
        if (!found) return pass(std::move(found));
        out.vendor = found->id;
    }
    out.fiscal_year = fiscal_year == 0 ? record.today().fiscal_year() : fiscal_year;
    return out;
}

Result<const catalog::Item*> find_item(const Assessment& assessment, std::string_view wanted,
                                       std::string_view target) {
    std::vector<const catalog::Item*> found;
    std::string number = folded_number(wanted);
    for (const catalog::Item& item : assessment.checklist->items) {
        if (item.form != assessment.form) continue;
        bool fits = item.id == wanted || folded_number(item.number) == number;
        if (fits && (target.empty() || item.target == target)) found.push_back(&item);
    }
    if (found.size() == 1) return found.front();
    std::vector<std::string> ids;
    for (const catalog::Item* item : found)
        ids.push_back(item->id);
    if (found.empty()) {
        return fail(
            Code::not_found,
            fmt::format("{}の{}に項目「{}」{}はありません。", assessment.checklist->edition,
                        assessment.checklist->form(assessment.form)->label.ja, wanted,
                        target.empty() ? "" : fmt::format("（対象 {}）", target)),
            fmt::format("Edition {}, form {}, has no item \"{}\"{}.", assessment.checklist->edition,
                        assessment.form, wanted, target.empty() ? "" : fmt::format(" for {}", target)));
    }
    return fail(
        Code::ambiguous,
        fmt::format("項目「{}」は{}件あります。--target（server、pc、network）またはidで指定してください: {}",
                    wanted, found.size(), fmt::join(ids, ", ")),
        fmt::format(
            "Item \"{}\" occurs {} times. Choose with --target (server, pc, network) or give the id: {}",
            wanted, found.size(), fmt::join(ids, ", ")));
}

Result<Answer> confirm(registers::Record& record, const Assessment& assessment, const catalog::Item& item,
                       Value value, std::string_view due, std::string_view reason,
                       const registers::Who& who) {
    Date today = record.today();
    std::string due_day;
    if (value == Value::no) {
        Date end = Date::fiscal_year_end(assessment.fiscal_year);
        auto date = due.empty() ? std::nullopt : Date::parse(due);
        if (!due.empty() && (!date || !date->whole())) {
            return fail(Code::bad_value,
                        fmt::format("目標日「{}」を日付として読めません（例: {}）。", due, end.iso()),
                        fmt::format("The due date \"{}\" is not a date (example: {}).", due, end.iso()));
        }
        if (!date || *date < today || *date > end) {
            return fail(
                Code::refused,
                fmt::format("「いいえ」には、今日（{}）から年度末（{}）までの目標日が必要です。--due "
                            "で指定してください。",
                            today.iso(), end.iso()),
                fmt::format(
                    "いいえ needs a due date from today ({}) to the end of the fiscal year ({}). Give it "
                    "with --due.",
                    today.iso(), end.iso()));
        }
        due_day = date->iso();
    } else if (!due.empty()) {
        return fail(Code::refused, "目標日は「いいえ」のときだけ記録します。",
                    "A due date belongs to いいえ only.");
    }

    // What the record says at this moment is frozen with the answer.
    std::string derived_text;
    json::object frozen{{"catalog", record.catalog().digest()}};
    std::optional<Answer> earlier;
    for (const ItemState& state : answer(record, assessment)) {
        if (state.item != &item) continue;
        earlier = state.answer;
        if (!state.derived) continue;
        derived_text = value_text(state.derived->value);
        frozen["value"] = derived_text;
        frozen["reasons"] = reasons_json(state.derived->reasons);
        frozen["support"] = entries_json(state.derived->support);
    }

    registers::Command command;
    command.register_name = "answer";
    command.values = {{"value", std::string(value_text(value))},
                      {"confirmed_on", today.iso()},
                      {"due", due_day},
                      {"reason", std::string(reason)},
                      {"derived", derived_text},
                      {"frozen", canonical(frozen)},
                      {"catalog", record.catalog().digest()}};
    if (!earlier) {
        command.action = "add";
        command.values.insert(command.values.begin(),
                              {{"edition", assessment.checklist->edition},
                               {"form", assessment.form},
                               {"vendor", assessment.vendor},
                               {"fiscal_year", std::to_string(assessment.fiscal_year)},
                               {"item", item.id}});
    } else {
        command.action = "set";
        command.id = earlier->entry;
    }
    auto applied = record.apply({command}, who);
    if (!applied) return pass(std::move(applied));
    return answers_of(record, assessment).at(item.id);
}

json::object answer_json(const registers::Record& record, const Assessment& assessment,
                         const std::vector<ItemState>& items) {
    json::array list;
    for (const ItemState& state : items) {
        const catalog::Item& item = *state.item;
        json::value answered = nullptr;
        if (state.answer) {
            const Answer& one = *state.answer;
            answered = json::object{
                {"value", value_text(one.value)},
                {"date", one.on},
                {"due", one.due.empty() ? json::value(nullptr) : json::value(json::string(one.due))},
                {"by", one.by},
                {"differs", state.differs}};
        }
        json::value derived = nullptr;
        if (state.derived) derived = json::string(value_text(state.derived->value));
        auto text_or_null = [](const std::string& text) {
            return text.empty() ? json::value(nullptr) : json::value(json::string(text));
        };
        json::object shown{{"id", item.id},
                           {"item", item.number},
                           {"target", text_or_null(item.target)},
                           {"question", text_or_null(item.question)},
                           {"derived", std::move(derived)},
                           {"reasons", state.derived ? reasons_json(state.derived->reasons) : json::array()},
                           {"support", state.derived ? entries_json(state.derived->support) : json::array()},
                           {"answer", std::move(answered)}};
        // Only where there is one: an answer to an earlier edition that waits to be confirmed.
        if (state.proposed) {
            const Proposed& one = *state.proposed;
            json::array items_before;
            for (const std::string& id : split(one.from_items, " "))
                items_before.emplace_back(id);
            shown["proposed"] = json::object{{"value", value_text(one.value)},
                                             {"due", text_or_null(one.due)},
                                             {"reason", text_or_null(one.reason)},
                                             {"edition", one.from_edition},
                                             {"items", std::move(items_before)},
                                             {"date", text_or_null(one.on)},
                                             {"by", one.by}};
        }
        list.push_back(std::move(shown));
    }
    json::object out{{"edition", assessment.checklist->edition},
                     {"form", assessment.form},
                     {"year", assessment.fiscal_year},
                     {"as_of", record.today().iso()},
                     {"items", std::move(list)}};
    if (!assessment.vendor.empty()) out["vendor"] = assessment.vendor;
    return out;
}

}  // namespace sonae::checklist
