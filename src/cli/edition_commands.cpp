// edition: load, show, line, use, carry, undo.
#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "base/text.hpp"
#include "checklist/edition_carry.hpp"
#include "checklist/edition_use.hpp"
#include "cli/command.hpp"
#include "cli/edition_print.hpp"
#include "exchange/checklist_sheet.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

using checklist::DraftLine;
using registers::Record;

// A name that is also the name of a file.
Status check_edition(std::string_view edition) {
    bool plain = !edition.empty() && edition.size() <= 16 && std::ranges::all_of(edition, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
               c == '-';
    });
    if (plain) return {};
    return fail(
        Code::usage,
        fmt::format("版の名前「{}」は使えません。R8 のように英数字16文字以内で指定してください。", edition),
        fmt::format("\"{}\" cannot name an edition: letters and digits, at most 16, as in R8.", edition));
}

// The edition a command is about: as given, else the only one with a draft.
Result<std::string> which_edition(const Record& record, const std::string& given) {
    if (!given.empty()) {
        if (auto plain = check_edition(given); !plain) return pass(std::move(plain));
        return given;
    }
    std::vector<std::string> drafts = checklist::draft_editions(record);
    if (drafts.size() == 1) return drafts.front();
    return fail(
        Code::usage,
        drafts.empty()
            ? std::string("読み込んだ版はありません。`sonae edition load FILE.xlsx` で読み込んでください。")
            : fmt::format("どの版かを --edition で指定してください（{}）。", fmt::join(drafts, "、")),
        drafts.empty() ? std::string("No edition has been loaded; begin with `sonae edition load FILE.xlsx`.")
                       : fmt::format("Name the edition with --edition ({}).", fmt::join(drafts, ", ")));
}

checklist::CheckCatalog check_with(const Record& record) {
    return [folder = record.folder()](const std::string& name, const std::optional<std::string>& text) {
        return load_catalog_with(folder, name, text);
    };
}

// A process that serves the record for others keeps the catalog it began with.
Status not_while_served(const Call& call) {
    if (!call.host) return {};
    return fail(
        Code::refused,
        "`sonae serve` "
        "が動いている間は、版の使い始めと取り消しはできません。終えてから実行し、そのあと起動し直し"
        "てください。",
        "An edition cannot be taken into use, or out of it, while `sonae serve` runs. End it, do this, and "
        "start it again.");
}

// ---- load -----------------------------------------------------------------------------------------------

struct Load {
    std::string file;
    std::string edition;
    std::string form;
    std::string base;
};

// The official file with this content, of any edition.
std::pair<const catalog::Checklist*, const catalog::OfficialFile*> official_file(
    const catalog::Catalog& catalog, const std::string& sha256) {
    for (const catalog::Checklist& one : catalog.checklists()) {
        for (const catalog::OfficialFile& file : one.files) {
            if (file.sha256 == sha256) return {&one, &file};
        }
    }
    return {nullptr, nullptr};
}

// The lines of the sheets, each form from one sheet; and what became of each sheet.
std::vector<checklist::SheetLine> take_sheets(const std::vector<exchange::ChecklistSheet>& sheets,
                                              json::array& told) {
    std::map<std::string, std::string> form_of;  // form → the sheet that has it
    std::vector<checklist::SheetLine> out;
    for (const exchange::ChecklistSheet& sheet : sheets) {
        std::string use = sheet.lines.empty() ? "no_items" : "read";
        for (const checklist::SheetLine& line : sheet.lines) {
            if (form_of.emplace(line.form, sheet.name).first->second != sheet.name) use = "same_form";
        }
        json::array others;
        for (const exchange::OtherRow& row : sheet.others)
            others.push_back(json::object{{"row", row.row}, {"kind", row.kind}, {"text", row.text}});
        told.push_back(json::object{{"sheet", sheet.name},
                                    {"hidden", sheet.hidden},
                                    {"use", use},
                                    {"lines", sheet.lines.size()},
                                    {"others", std::move(others)}});
        if (use == "read") out.insert(out.end(), sheet.lines.begin(), sheet.lines.end());
    }
    return out;
}

void print_sheets(const Call& call, const json::array& sheets) {
    for (const json::value& one : sheets) {
        const json::object& sheet = one.as_object();
        std::string_view name = text_at(sheet, "sheet");
        if (text_at(sheet, "use") == "no_items")
            call.line({fmt::format("シート「{}」: 項目がないため読んでいません。", name),
                       fmt::format("Sheet \"{}\": no items, not read.", name)});
        if (text_at(sheet, "use") == "same_form")
            call.line({fmt::format("シート「{}」: 前のシートと同じ様式のため読んでいません。", name),
                       fmt::format("Sheet \"{}\": the form of an earlier sheet, not read.", name)});
        if (text_at(sheet, "use") != "read") continue;
        for (const json::value& row : *array_at(sheet, "others")) {
            const json::object& other = row.as_object();
            if (text_at(other, "kind") == "other" || text_at(other, "kind") == "note")
                call.line({fmt::format("項目ではない行 {}: {}", int_at(other, "row"), text_at(other, "text")),
                           fmt::format("no item, row {}: {}", int_at(other, "row"), text_at(other, "text"))});
        }
    }
}

Status load(Call& call, Record& record, const Load& options) {
    auto bytes = os::read_file(call.path(options.file));
    if (!bytes) return pass(std::move(bytes));
    std::string name = std::filesystem::path(options.file).filename().string();
    auto workbook = exchange::read_workbook(*bytes, name);
    if (!workbook) return pass(std::move(workbook));
    const catalog::Catalog& catalog = record.catalog();

    checklist::EditionFile file;
    file.name = name;
    file.sha256 = hex(sha256(*bytes));
    file.base = options.base;
    auto [of, official] = official_file(catalog, file.sha256);
    if (official) file.official = official->name;
    file.edition = options.edition;
    if (file.edition.empty() && of) file.edition = of->edition;
    if (file.edition.empty()) file.edition = exchange::edition_named_in(*workbook, name, catalog);
    if (file.edition.empty()) {
        return fail(Code::usage, "何年度の版か読み取れません。--edition R8 のように指定してください。",
                    "The file does not say which edition it is; name it, as in --edition R8.");
    }
    if (auto plain = check_edition(file.edition); !plain) return plain;
    std::string form = options.form;
    if (form.empty() && official) form = official->form;
    const catalog::Checklist* known = catalog.checklist(file.edition);
    if (form.empty() && known && !known->forms.empty()) form = known->forms.front().name;
    if (form.empty()) form = catalog.checklists().front().forms.front().name;
    if (!checklist::find_form(catalog, file.edition, form)) {
        return fail(Code::usage, fmt::format("様式「{}」はありません。", form),
                    fmt::format("There is no form \"{}\".", form));
    }
    auto sheets = exchange::read_checklist_sheets(*workbook, catalog, file.edition, form);
    json::array told;
    file.lines = take_sheets(sheets, told);
    auto base = checklist::load_edition(record, file, call.who("edition load " + name));
    if (!base) return pass(std::move(base));
    if (call.json) {
        json::object out = draft_json(record, file.edition);
        out["file"] = name;
        out["sha256"] = file.sha256;
        out["official"] = text_or_null(file.official);
        out["base"] = text_or_null(*base);
        out["sheets"] = std::move(told);
        call.print(out);
        return {};
    }
    call.line({fmt::format("{} から{}の{}行を読みました（SHA-256 {}）。", name, file.edition,
                           file.lines.size(), file.sha256),
               fmt::format("Read {2} lines of {1} from {0} (SHA-256 {3}).", name, file.edition,
                           file.lines.size(), file.sha256)});
    if (file.official.empty()) {
        call.line({"公表ファイルの指紋と一致しないため、文言は「読み込んだファイルのとおり」と記します。",
                   "It is none of the official files we know, so its words are marked \"as in your file\"."});
    }
    print_sheets(call, told);
    print_draft(call, record, file.edition);
    return {};
}

void add_load(CLI::App& edition, Call& call) {
    auto* command = edition.add_subcommand(
        "load", "厚生労働省のチェックリストのファイルを読み込む / read the ministry's checklist file");
    common_options(*command, call, "sonae edition load 001716187.xlsx --data ./data");
    by_option(*command, call);
    auto options = std::make_shared<Load>();
    command->add_option("FILE", options->file, "ファイル（XLSX） / file")->required();
    command->add_option("--edition", options->edition, "版（省略時はファイルから） / edition");
    command->add_option("--form", options->form,
                        "ファイルに様式の名前がないとき / form, where the file names none");
    command->add_option("--from", options->base, "引き継ぎ元の版（省略時は最も近い版） / earlier edition");
    command->callback([&call, options] {
        call.with_record(Access::write, [&](Record& record) { return load(call, record, *options); });
    });
}

// ---- show, line -----------------------------------------------------------------------------------------

void add_show(CLI::App& edition, Call& call) {
    auto* command = edition.add_subcommand("show", "読み込んだ行と、確かめたかどうか / the lines of a draft");
    common_options(*command, call, "sonae edition show R8 --data ./data");
    auto name = std::make_shared<std::string>();
    command->add_option("EDITION", *name, "版 / edition");
    command->callback([&call, name] {
        call.with_record(Access::read, [&](Record& record) -> Status {
            auto which = which_edition(record, *name);
            if (!which) return pass(std::move(which));
            if (checklist::draft_lines(record, *which).empty()) {
                return fail(Code::not_found, fmt::format("{}の下書きはありません。", *which),
                            fmt::format("There is no draft of {}.", *which));
            }
            if (call.json) {
                call.print(draft_json(record, *which));
            } else {
                print_draft(call, record, *which);
            }
            return {};
        });
    });
}

void add_line(CLI::App& edition, Call& call) {
    auto* command =
        edition.add_subcommand("line", "一行を確かめる、または直す / confirm or correct one line");
    common_options(*command, call,
                   "sonae edition line L3 --accept --data ./data\n"
                   "  sonae edition line 2-⑤ --from R7:2-④ --data ./data");
    by_option(*command, call);
    struct Options {
        std::string line;
        std::string edition;
        std::string form;
        std::string target;
        bool all = false;
        checklist::LineDecision decision;
    };
    auto options = std::make_shared<Options>();
    checklist::LineDecision& decision = options->decision;
    command->add_option("LINE", options->line, "行（L3）または番号（2-①） / line or number");
    command->add_option("--edition", options->edition, "版 / edition");
    command->add_option("--form", options->form,
                        "様式（番号で選ぶとき） / form, where a number has several lines");
    command->add_option("--target", options->target, "対象（番号で選ぶとき） / target: server, pc, network");
    command->add_flag("--accept", decision.accept, "提案のとおり / as proposed");
    command->add_option("--concept", decision.concept_name, "趣旨（ledger など） / concept");
    command->add_option("--from", decision.from, "元の項目（R7:2-①） / earlier item");
    command->add_flag("--new", decision.fresh, "新しい項目 / a new item");
    command->add_flag("--ignore", decision.ignore, "項目ではない / no item");
    command->add_option("--number", decision.number, "番号を直す / the number, where it was read wrongly");
    command->add_flag(
        "--accept-all", options->all,
        "前の版と一字一句同じ行をすべて提案のとおりに / all lines with the very words of before");
    command->callback([&call, options] {
        if (options->all == !options->line.empty()) {
            return call.refuse(
                {Code::usage,
                 {"行か --accept-all のどちらか一つを指定してください。", "Give a line or --accept-all."}});
        }
        call.with_record(Access::write, [&](Record& record) -> Status {
            auto which = which_edition(record, options->edition);
            if (!which) return pass(std::move(which));
            registers::Who who = call.who("edition line");
            if (options->all) {
                auto count = checklist::accept_verbatim(record, *which, who);
                if (!count) return pass(std::move(count));
                if (call.json) {
                    call.print(json::object{{"edition", *which}, {"accepted", *count}});
                } else {
                    call.line({fmt::format("前の版と同じ文言の{}行を、提案のとおりにしました。", *count),
                               fmt::format("{} lines with the words of before are as proposed.", *count)});
                }
                return {};
            }
            auto line = checklist::find_line(record, *which, options->line, options->form, options->target);
            if (!line) return pass(std::move(line));
            auto decided = checklist::decide(record, *which, *line, options->decision, who);
            if (!decided) return pass(std::move(decided));
            if (call.json) {
                call.print(line_json(*decided));
            } else {
                print_line(call, record.catalog(), *decided);
            }
            return {};
        });
    });
}

// ---- use, carry, undo -----------------------------------------------------------------------------------

void add_use(CLI::App& edition, Call& call) {
    auto* command =
        edition.add_subcommand("use", "確かめた版を使い始める / take a confirmed edition into use");
    common_options(*command, call, "sonae edition use R8 --data ./data");
    by_option(*command, call);
    auto name = std::make_shared<std::string>();
    command->add_option("EDITION", *name, "版 / edition");
    command->callback([&call, name] {
        call.with_record(Access::alone, [&](Record& record) -> Status {
            auto which = which_edition(record, *name);
            if (!which) return pass(std::move(which));
            // What is wrong with the draft is said first.
            if (auto text = checklist::edition_text(record, *which); !text) return pass(std::move(text));
            if (auto free = not_while_served(call); !free) return free;
            auto used = checklist::use_edition(record, *which, check_with(record), call.who("edition use"));
            if (!used) return pass(std::move(used));
            if (call.json) {
                json::array reworded;
                for (const std::string& id : used->reworded)
                    reworded.emplace_back(id);
                call.print(json::object{{"edition", *which},
                                        {"file", checklist::edition_file_name(*which)},
                                        {"items", used->items},
                                        {"reworded", std::move(reworded)}});
                return {};
            }
            call.line({fmt::format("{}を使い始めました（{}項目、{}）。", *which, used->items,
                                   checklist::edition_file_name(*which)),
                       fmt::format("{} is in use ({} items, {}).", *which, used->items,
                                   checklist::edition_file_name(*which))});
            if (!used->reworded.empty()) {
                call.line(
                    {fmt::format("文言が変わった項目が{0}"
                                 "件あります。前の文言への回答は引き継がれていません。`sonae edition "
                                 "carry {1} {1}` で提案にできます。",
                                 used->reworded.size(), *which),
                     fmt::format("{0} items have other words than before; answers to the old words do not "
                                 "count for them. `sonae edition carry {1} {1}` makes them proposals.",
                                 used->reworded.size(), *which)});
            }
            call.line(
                {fmt::format("前の版の回答は `sonae edition carry 前の版 {}` で提案として引き継げます。",
                             *which),
                 fmt::format(
                     "Answers to an earlier edition are carried over as proposals with `sonae edition "
                     "carry EARLIER {}`.",
                     *which)});
            return {};
        });
    });
}

std::string_view what_text(checklist::CarriedItem::What what) {
    switch (what) {
        case checklist::CarriedItem::What::proposed:
            return "proposed";
        case checklist::CarriedItem::What::answered:
            return "answered";
        case checklist::CarriedItem::What::waiting:
            return "waiting";
        case checklist::CarriedItem::What::nothing:
            break;
    }
    return "nothing";
}

void add_carry(CLI::App& edition, Call& call) {
    auto* command = edition.add_subcommand(
        "carry",
        "前の版の回答を提案として引き継ぐ / carry answers over as proposals, each to be confirmed again");
    common_options(*command, call, "sonae edition carry R7 R8 --data ./data");
    by_option(*command, call);
    struct Options {
        std::string from;
        std::string to;
        int from_year = 0;
        int year = 0;
    };
    auto options = std::make_shared<Options>();
    command->add_option("FROM", options->from, "前の版 / earlier edition")->required();
    command->add_option("TO", options->to, "新しい版 / newer edition")->required();
    command
        ->add_option("--from-year", options->from_year,
                     "前の版の年度（省略時は最も新しい回答） / its fiscal year")
        ->check(CLI::Range(2023, 2100));
    command->add_option("--year", options->year, "年度（省略時は今年度） / fiscal year")
        ->check(CLI::Range(2023, 2100));
    command->callback([&call, options] {
        call.with_record(Access::write, [&](Record& record) -> Status {
            auto carried = checklist::carry(record, options->from, options->to, options->from_year,
                                            options->year, call.who("edition carry"));
            if (!carried) return pass(std::move(carried));
            using What = checklist::CarriedItem::What;
            if (call.json) {
                json::array items;
                for (const checklist::CarriedItem& one : carried->items) {
                    json::object shown{
                        {"id", one.item->id}, {"item", one.item->number}, {"what", what_text(one.what)}};
                    if (!one.vendor.empty()) shown["vendor"] = one.vendor;
                    if (one.what == What::proposed) {
                        shown["value"] = checklist::value_text(one.proposed.value);
                        shown["from"] = one.proposed.from_items;
                    }
                    items.push_back(std::move(shown));
                }
                call.print(json::object{{"from", options->from},
                                        {"to", options->to},
                                        {"year", carried->fiscal_year},
                                        {"proposed", carried->count(What::proposed)},
                                        {"answered", carried->count(What::answered)},
                                        {"waiting", carried->count(What::waiting)},
                                        {"nothing", carried->count(What::nothing)},
                                        {"items", std::move(items)}});
                return {};
            }
            for (const checklist::CarriedItem& one : carried->items) {
                if (one.what != What::proposed) continue;
                Words value = checklist::value_words(one.proposed.value);
                call.line({fmt::format("{} {} ← {}（{}）", one.item->number, value.ja,
                                       one.proposed.from_items, one.proposed.on),
                           fmt::format("{} {} <- {} ({})", one.item->number, value.en,
                                       one.proposed.from_items, one.proposed.on)});
            }
            call.line(
                {fmt::format("{}件を提案として引き継ぎました（回答済み {}件、提案済み {}件、前の版に回答なし "
                             "{}件）。`sonae confirm` で一件ずつ確かめるまで、回答にはなりません。",
                             carried->count(What::proposed), carried->count(What::answered),
                             carried->count(What::waiting), carried->count(What::nothing)),
                 fmt::format(
                     "Carried over {} proposals (answered already {}, proposed already {}, without an "
                     "earlier answer {}). None is an answer until `sonae confirm` confirms it.",
                     carried->count(What::proposed), carried->count(What::answered),
                     carried->count(What::waiting), carried->count(What::nothing))});
            return {};
        });
    });
}

Words undone_words(const checklist::Undone& undone, const std::string& edition) {
    switch (undone.what) {
        case checklist::Undone::What::proposals:
            return {fmt::format("{}に引き継いだ提案{}件を取り消しました。", edition, undone.count),
                    fmt::format("Took back {} proposals for {}.", undone.count, edition)};
        case checklist::Undone::What::use:
            return {
                fmt::format("{}を使い始める前に戻しました。この版への回答{}"
                            "件は記録に残り、また使い始めると現れます。",
                            edition, undone.answers),
                fmt::format("{} is as before it was taken into use. {} answers to it stay in the record and "
                            "come back when it is used again.",
                            edition, undone.answers)};
        case checklist::Undone::What::decisions:
            return {fmt::format("{}の{}行を、確かめる前に戻しました。", edition, undone.count),
                    fmt::format("{} lines of {} are open again.", undone.count, edition)};
        case checklist::Undone::What::load:
            return {fmt::format("{}の{}行の読み込みを取り消しました。", edition, undone.count),
                    fmt::format("Took back {} lines that were loaded for {}.", undone.count, edition)};
        case checklist::Undone::What::nothing:
            break;
    }
    return {};
}

std::string_view undone_text(checklist::Undone::What what) {
    switch (what) {
        case checklist::Undone::What::proposals:
            return "proposals";
        case checklist::Undone::What::use:
            return "use";
        case checklist::Undone::What::decisions:
            return "decisions";
        case checklist::Undone::What::load:
            return "load";
        case checklist::Undone::What::nothing:
            break;
    }
    return "nothing";
}

void add_undo(CLI::App& edition, Call& call) {
    auto* command = edition.add_subcommand("undo", "版の最後の操作を取り消す / take the latest step back");
    common_options(*command, call, "sonae edition undo R8 --data ./data");
    by_option(*command, call);
    auto name = std::make_shared<std::string>();
    command->add_option("EDITION", *name, "版 / edition");
    command->callback([&call, name] {
        call.with_record(Access::alone, [&](Record& record) -> Status {
            auto which = which_edition(record, *name);
            if (!which) return pass(std::move(which));
            if (checklist::last_of(record, *which).changes_catalog) {
                if (auto free = not_while_served(call); !free) return free;
            }
            auto undone =
                checklist::undo_edition(record, *which, check_with(record), call.who("edition undo"));
            if (!undone) return pass(std::move(undone));
            if (call.json) {
                call.print(json::object{{"edition", *which},
                                        {"undone", undone_text(undone->what)},
                                        {"count", undone->count},
                                        {"answers", undone->answers}});
            } else {
                call.line(undone_words(*undone, *which));
            }
            return {};
        });
    });
}

}  // namespace

void add_edition_commands(CLI::App& app, Call& call) {
    auto* edition = app.add_subcommand(
        "edition", "厚生労働省の様式から版を読み込む / an edition of the checklist from the ministry's file");
    edition->require_subcommand(1);
    add_load(*edition, call);
    add_show(*edition, call);
    add_line(*edition, call);
    add_use(*edition, call);
    add_carry(*edition, call);
    add_undo(*edition, call);
}

}  // namespace sonae::cli
