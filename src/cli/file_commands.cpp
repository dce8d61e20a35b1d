// attach, pack.
#include "base/os/file.hpp"
#include "checklist/answer.hpp"
#include "cli/command.hpp"
#include "evidence/evidence.hpp"
#include "pack/pack.hpp"

#include <fmt/format.h>

namespace sonae::cli {

namespace {

using registers::Record;

void add_attach(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("attach", "証跡のファイルを添える / attach a file as evidence");
    common_options(*command, call,
                   "sonae attach 議事録.pdf --item R7:2-① --data ./data\n"
                   "  sonae attach mds.xlsx --to disclosure:電子カルテ --data ./data");
    by_option(*command, call);
    struct Options {
        std::string file;
        std::string to;
        std::string item;
        std::string target;
        std::string form;
    };
    auto options = std::make_shared<Options>();
    command->add_option("FILE", options->file, "ファイル / file")->required();
    auto* to = command->add_option("--to", options->to, "台帳:id / REGISTER:ID");
    command->add_option("--item", options->item, "版:項目 / EDITION:ITEM")->excludes(to);
    command->add_option("--target", options->target, "server|pc|network")
        ->check(CLI::IsMember({"server", "pc", "network"}));
    command->add_option("--form", options->form, "medical|pharmacy / form");
    command->callback([&call, options] {
        if (options->to.empty() == options->item.empty()) {
            return call.refuse(
                {Code::usage,
                 {"--to か --item のどちらか一つを指定してください。", "Give either --to or --item."}});
        }
        call.with_record(Access::write, [&](Record& record) -> Status {
            const std::string& where = options->to.empty() ? options->item : options->to;
            size_t colon = where.find(':');
            if (colon == std::string::npos) {
                return fail(Code::usage,
                            fmt::format("「{}」は「台帳:id」または「版:項目」の形ではありません。", where),
                            fmt::format("\"{}\" is not of the form REGISTER:ID or EDITION:ITEM.", where));
            }
            std::string head = where.substr(0, colon);
            std::string tail = where.substr(colon + 1);
            registers::Who who = call.who("attach");
            Result<evidence::Attached> attached;
            if (!options->to.empty()) {
                auto entry = record.find(head, tail);
                if (!entry) return pass(std::move(entry));
                attached = evidence::attach(record, call.path(options->file), head, entry->id, {}, {}, who);
            } else {
                auto assessment = checklist::find_assessment(record, head, options->form, {}, 0);
                if (!assessment) return pass(std::move(assessment));
                auto item = checklist::find_item(*assessment, tail, options->target);
                if (!item) return pass(std::move(item));
                attached = evidence::attach(record, call.path(options->file), {}, {}, head, (*item)->id, who);
            }
            if (!attached) return pass(std::move(attached));
            if (call.json) {
                call.print(json::object{{"id", attached->id},
                                        {"sha256", attached->sha256},
                                        {"name", attached->name},
                                        {"size", attached->size}});
            } else {
                call.line(
                    {fmt::format("{} を証跡として保管しました（SHA-256 {}）。", attached->name,
                                 attached->sha256),
                     fmt::format("Kept {} as evidence (SHA-256 {}).", attached->name, attached->sha256)});
            }
            return {};
        });
    });
}

void add_pack(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("pack", "立入検査ファイルを作る / make the file for the inspector");
    common_options(*command, call, "sonae pack --edition R7 --out 立入検査.zip --data ./data");
    by_option(*command, call);
    struct Options {
        std::string edition;
        std::string form;
        std::string vendor;
        int year = 0;
        std::string out;
        std::string as_of;
    };
    auto options = std::make_shared<Options>();
    command->add_option("--edition", options->edition, "版 / edition")->required();
    command->add_option("--form", options->form, "medical|pharmacy|vendor / form");
    command->add_option("--vendor", options->vendor, "事業者（事業者確認用） / vendor, for the vendor form");
    command->add_option("--year", options->year, "年度 / fiscal year")->check(CLI::Range(2023, 2100));
    command->add_option("--out", options->out, "フォルダ、または .zip のファイル / folder, or a .zip file")
        ->required();
    as_of_option(*command, options->as_of);
    command->callback([&call, options] {
        call.with_record(Access::alone, [&](Record& record) -> Status {
            std::optional<Record> past;
            if (!options->as_of.empty()) {
                auto then = past_record(record, options->as_of);
                if (!then) return pass(std::move(then));
                past.emplace(std::move(*then));
            }
            auto assessment = checklist::find_assessment(past ? *past : record, options->edition,
                                                         options->form, options->vendor, options->year);
            if (!assessment) return pass(std::move(assessment));
            auto made = pack::make_pack(record, *assessment, call.path(options->out), call.who("pack"),
                                        past ? &*past : nullptr);
            if (!made) return pass(std::move(made));
            if (call.json) {
                call.print(pack::made_json(*made));
                return {};
            }
            call.line(
                {fmt::format("{} を作りました（{}ファイル）。はい {}、いいえ {}、未回答 {}、対象外 {}。",
                             made->path.string(), made->files, made->yes, made->no, made->open,
                             made->not_applicable),
                 fmt::format("Made {} ({} files). Yes {}, no {}, open {}, not applicable {}.",
                             made->path.string(), made->files, made->yes, made->no, made->open,
                             made->not_applicable)});
            call.line({fmt::format("署名鍵の指紋: {}", made->fingerprint),
                       fmt::format("Fingerprint of the signing key: {}", made->fingerprint)});
            return {};
        });
    });
}

}  // namespace

void add_file_commands(CLI::App& app, Call& call) {
    add_attach(app, call);
    add_pack(app, call);
}

}  // namespace sonae::cli
