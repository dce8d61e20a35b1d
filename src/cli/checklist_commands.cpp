// answer, confirm.
#include "checklist/answer.hpp"
#include "cli/command.hpp"

#include <fmt/format.h>

namespace sonae::cli {

namespace {

using registers::Record;

struct Which {
    std::string edition;
    std::string form;
    std::string vendor;
    int year = 0;

    void options(CLI::App& command) {
        command.add_option("--edition", edition, "版（R5、R6、R7、R8、BCP） / edition")->required();
        command.add_option("--form", form, "medical|pharmacy|vendor（省略時は施設の種類から） / form");
        command.add_option("--vendor", vendor, "事業者（事業者確認用） / vendor, for the vendor form");
        command.add_option("--year", year, "年度（省略時は今年度） / fiscal year")
            ->check(CLI::Range(2023, 2100));
    }
    Result<checklist::Assessment> find(const Record& record) const {
        return checklist::find_assessment(record, edition, form, vendor, year);
    }
};

// "2-⑫ サーバ"
std::string item_name(const catalog::Item& item) {
    return item.target.empty() ? item.number : fmt::format("{} {}", item.number, item.target_ja);
}

void print_answers(const Call& call, const Record& record, const checklist::Assessment& assessment,
                   const std::vector<checklist::ItemState>& items) {
    call.out << fmt::format(
        "{} {} {}\n", call.say(assessment.checklist->title),
        call.say(assessment.checklist->form(assessment.form)->label),
        call.say({fmt::format("{}年度 {}現在", assessment.fiscal_year, record.today().iso()),
                  fmt::format("fiscal year {}, on {}", assessment.fiscal_year, record.today().iso())}));
    for (const checklist::ItemState& state : items) {
        const catalog::Item& item = *state.item;
        Words mark;
        if (item.label_source.confidence == catalog::Confidence::own_file) {
            mark = {"（読み込んだファイルの文言）", " (as in your file)"};
        } else if (item.label_source.confidence != catalog::Confidence::verified) {
            mark = {"（文言未確認）", " (wording not confirmed)"};
        }
        call.out << fmt::format("\n{} {}{}\n", item_name(item), call.say(item.label), call.say(mark));
        if (state.derived) {
            call.out << fmt::format("  {}: {}\n", call.say({"記録", "record"}),
                                    call.say(checklist::value_words(state.derived->value)));
            for (const checklist::Reason& reason : state.derived->reasons) {
                bool advice = reason.effect == catalog::Effect::advice;
                call.out << fmt::format("    {} {}\n", advice ? call.say({"助言:", "advice:"}) : "-",
                                        call.say(reason.sentence));
            }
        }
        if (state.proposed) {
            const checklist::Proposed& one = *state.proposed;
            Words value = checklist::value_words(one.value);
            call.line({fmt::format("  提案: {}（{} {} {}）。confirm で確かめると回答になります。{}", value.ja,
                                   one.from_items, one.on, one.by, one.reason),
                       fmt::format("  proposed: {} ({} {} {}). No answer until you confirm one. {}", value.en,
                                   one.from_items, one.on, one.by, one.reason)});
        }
        if (state.answer) {
            const checklist::Answer& answer = *state.answer;
            std::string due =
                answer.due.empty()
                    ? ""
                    : call.say({fmt::format("、目標日 {}", answer.due), fmt::format(", due {}", answer.due)});
            std::string differs =
                state.differs ? call.say({"  ※記録と異なります", "  * differs from the record"}) : "";
            call.out << fmt::format("  {}: {} ({} {}{}){}\n", call.say({"回答", "answer"}),
                                    call.say(checklist::value_words(answer.value)), answer.on, answer.by, due,
                                    differs);
        }
    }
}

void add_answer(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand(
        "answer", "チェックリストに記録が何と答えるか / what the record says of each item");
    common_options(*command, call, "sonae answer --edition R7 --data ./data");
    auto which = std::make_shared<Which>();
    which->options(*command);
    auto as_of = std::make_shared<std::string>();
    as_of_option(*command, *as_of);
    command->callback([&call, which, as_of] {
        call.with_record_of(*as_of, [&](const Record& record) -> Status {
            auto assessment = which->find(record);
            if (!assessment) return pass(std::move(assessment));
            auto items = checklist::answer(record, *assessment);
            if (call.json) {
                json::object out = checklist::answer_json(record, *assessment, items);
                add_as_of(record, out);
                call.print(out);
            } else {
                print_answers(call, record, *assessment, items);
            }
            return {};
        });
    });
}

void add_confirm(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("confirm", "項目に回答する / answer an item");
    common_options(
        *command, call,
        "sonae confirm --edition R7 --item 2-⑥ --answer no --due 2027-03-31 --reason 入替予定 --data ./data");
    by_option(*command, call);
    struct Options {
        Which which;
        std::string item;
        std::string target;
        std::string answer;
        std::string due;
        std::string reason;
    };
    auto options = std::make_shared<Options>();
    options->which.options(*command);
    command->add_option("--item", options->item, "項目の番号かid（2-⑫、2-12、2-(6)） / number or id")
        ->required();
    command->add_option("--target", options->target, "server|pc|network")
        ->check(CLI::IsMember({"server", "pc", "network"}));
    command->add_option("--answer", options->answer, "yes|no|unknown|not_applicable")
        ->required()
        ->check(CLI::IsMember({"yes", "no", "unknown", "not_applicable"}));
    command->add_option("--due", options->due, "目標日（いいえのとき） / due date, for no");
    command->add_option("--reason", options->reason, "理由・備考 / reason");
    command->callback([&call, options] {
        call.with_record(Access::write, [&](Record& record) -> Status {
            auto assessment = options->which.find(record);
            if (!assessment) return pass(std::move(assessment));
            auto item = checklist::find_item(*assessment, options->item, options->target);
            if (!item) return pass(std::move(item));
            auto answer =
                checklist::confirm(record, *assessment, **item, *checklist::value_of(options->answer),
                                   options->due, options->reason, call.who("confirm", options->reason));
            if (!answer) return pass(std::move(answer));
            bool differs =
                !answer->derived.empty() && answer->derived != checklist::value_text(answer->value);
            if (call.json) {
                call.print(json::object{
                    {"id", (*item)->id},
                    {"value", checklist::value_text(answer->value)},
                    {"date", answer->on},
                    {"due",
                     answer->due.empty() ? json::value(nullptr) : json::value(json::string(answer->due))},
                    {"by", answer->by},
                    {"derived", answer->derived.empty() ? json::value(nullptr)
                                                        : json::value(json::string(answer->derived))},
                    {"differs", differs}});
                return {};
            }
            call.line({fmt::format("{} に「{}」と記録しました。", item_name(**item),
                                   checklist::value_words(answer->value).ja),
                       fmt::format("Recorded for {}: {}.", item_name(**item),
                                   checklist::value_words(answer->value).en)});
            if (differs) {
                Words derived = checklist::value_words(*checklist::value_of(answer->derived));
                call.line({fmt::format("記録からは「{}」です。違いはそのまま残ります。", derived.ja),
                           fmt::format("The record says {}. The difference stays visible.", derived.en)});
            }
            return {};
        });
    });
}

}  // namespace

void add_checklist_commands(CLI::App& app, Call& call) {
    add_answer(app, call);
    add_confirm(app, call);
}

}  // namespace sonae::cli
