// import, mapping.
#include "base/os/file.hpp"
#include "base/os/terminal.hpp"
#include "cli/command.hpp"
#include "exchange/import.hpp"
#include "exchange/import_memory.hpp"
#include "exchange/import_undo.hpp"

#include <chrono>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

using registers::Record;

// Says on standard error how far an import is: on one line of a terminal that is written over, else a line
// now and then.
class ProgressLine {
 public:
    ProgressLine(Call& call, bool terminal) : call_(call), terminal_(terminal) {}
    ~ProgressLine() {
        if (terminal_ && shown_) call_.err << "\r\x1b[K" << std::flush;
    }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    void show(const exchange::Progress& progress) {
        auto now = std::chrono::steady_clock::now();
        if (progress.phase != phase_ || !shown_) {
            phase_ = progress.phase;
            begun_ = now;
        } else if (now - last_ <
                   (terminal_ ? std::chrono::milliseconds(250) : std::chrono::milliseconds(1000))) {
            return;
        }
        last_ = now;
        shown_ = true;
        std::string line = call_.say(text(progress, now));
        if (terminal_) {
            call_.err << "\r" << line << "\x1b[K" << std::flush;
        } else {
            call_.err << line << std::endl;
        }
    }

 private:
    Words text(const exchange::Progress& progress, std::chrono::steady_clock::time_point now) const {
        using Phase = exchange::Progress::Phase;
        Words what = progress.phase == Phase::reading ? Words{"ファイルを読んでいます", "Reading the file"}
                     : progress.phase == Phase::planning ? Words{"計画しています", "Planning"}
                                                         : Words{"記録しています", "Saving"};
        if (progress.total == 0) return {what.ja + "…", what.en + " …"};
        double seconds = std::chrono::duration<double>(now - begun_).count();
        int64_t percent = progress.done * 100 / progress.total;
        Words out{fmt::format("{} {} / {}（{}％）", what.ja, progress.done, progress.total, percent),
                  fmt::format("{} {} / {} ({}%)", what.en, progress.done, progress.total, percent)};
        if (seconds < 0.5 || progress.done == 0) return out;
        double rate = static_cast<double>(progress.done) / seconds;
        auto left = static_cast<int64_t>(static_cast<double>(progress.total - progress.done) / rate) + 1;
        out.ja += fmt::format(" 毎秒{:.0f}、残り約{}秒", rate, left);
        out.en += fmt::format(", {:.0f} a second, about {} s left", rate, left);
        return out;
    }

    Call& call_;
    bool terminal_;
    bool shown_ = false;
    exchange::Progress::Phase phase_ = exchange::Progress::Phase::reading;
    std::chrono::steady_clock::time_point begun_;
    std::chrono::steady_clock::time_point last_;
};

struct ImportCall {
    std::string name;
    std::string file;
    std::string undo;
    bool progress = false;
    exchange::ImportOptions import;
};

Status import_one(Call& call, Record& record, const ImportCall& asked) {
    auto bytes = os::read_file(call.path(asked.file));
    if (!bytes) return pass(std::move(bytes));
    std::string name = std::filesystem::path(asked.file).filename().string();
    exchange::ImportOptions options = asked.import;
    bool terminal = call.host == nullptr && os::is_terminal(os::Standard::errors);
    ProgressLine line(call, terminal);
    if (call.host == nullptr && (terminal || asked.progress))
        options.progress = [&line](const exchange::Progress& progress) { line.show(progress); };
    auto result =
        exchange::import_file(record, asked.name, name, *bytes, options, call.who("import " + name));
    if (!result) return pass(std::move(result));
    if (call.json) {
        call.print(exchange::import_json(*result));
    } else {
        call.out << exchange::import_text(*result, call.language == "en");
    }
    // Nothing could be taken at all: refused, with the reasons above.
    int64_t rows = 0;
    for (const exchange::ImportSheet& sheet : result->sheets)
        rows += static_cast<int64_t>(sheet.rows.size());
    if (rows > 0 && result->left_out_count() == rows) call.exit_code = 1;
    return {};
}

Status undo_one(Call& call, Record& record, const std::string& id, bool dry_run) {
    auto result = exchange::undo_import(record, id, dry_run, call.who("import --undo"));
    if (!result) return pass(std::move(result));
    if (call.json) {
        call.print(exchange::undo_json(*result));
    } else {
        call.out << exchange::undo_report(*result, call.language == "en");
    }
    return {};
}

void add_import(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand(
        "import", "台帳のファイルを取り込む・取り消す / bring in a ledger file, or undo it");
    common_options(*command, call,
                   "sonae import device ledger.xlsx --dry-run --data ./data\n"
                   "  sonae import device ledger.xlsx --map '機器名=model' --data ./data\n"
                   "  sonae import auto ledger.xlsx --sheet 'サーバ=device:kind=server' --data ./data\n"
                   "  sonae import --undo --data ./data");
    by_option(*command, call);
    auto options = std::make_shared<ImportCall>();
    exchange::ImportOptions& import = options->import;
    command->add_option("REGISTER", options->name,
                        "台帳、または auto（シートごとに判断） / register, or auto");
    command->add_option("FILE", options->file, "取り込むファイル（XLSX、CSVなど） / the file");
    auto* dry = command->add_flag("--dry-run", import.dry_run, "計画だけを見る / show the plan only");
    command->add_flag("--strict", import.strict, "一行でも取り込めなければ何も取り込まない / all or nothing")
        ->excludes(dry);
    auto repeated = [&](const char* name, std::vector<std::string>& values, const char* text) {
        return command->add_option(name, values, text)->allow_extra_args(false);
    };
    repeated("--map", import.map, "列=項目（何度でも） / column=field, repeatable");
    repeated("--sheet", import.sheets,
             "シート=台帳、シート=台帳:項目=値、シート=- / NAME=REGISTER[:field=value]");
    repeated("--same", import.same, "新しい名前=記録にある名前 / NEW NAME=EXISTING");
    auto* mapping = command->add_option("--mapping", import.mapping, "使う列の対応の名前 / mapping to use");
    command
        ->add_option("--save-mapping", import.save_mapping,
                     "列の対応をこの名前で覚える / remember the mapping as")
        ->excludes(dry);
    command->add_flag("--progress", options->progress, "進み具合を標準エラーに出す / say how far it is");
    auto* undo =
        command
            ->add_option("--undo", options->undo,
                         "取り込みを取り消す（IDを省くと最後のもの） / undo an import (default: the last)")
            ->expected(0, 1)
            ->type_name("[ID]")
            ->excludes(mapping);
    command->callback([&call, options, undo] {
        bool undoes = undo->count() > 0;
        if (undoes != options->file.empty() || undoes != options->name.empty()) {
            return call.refuse(
                {Code::usage,
                 {"`sonae import 台帳 ファイル` か `sonae import --undo` の形で指定してください。",
                  "Use `sonae import REGISTER FILE` or `sonae import --undo [ID]`."}});
        }
        call.with_record(Access::alone, [&](Record& record) -> Status {
            if (undoes) return undo_one(call, record, options->undo, options->import.dry_run);
            return import_one(call, record, *options);
        });
    });
}

void add_mapping(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("mapping", "覚えた列の対応を見る・渡す / remembered column mappings");
    command->require_subcommand(1);
    struct Options {
        std::string name;
        std::string file;
    };
    auto options = std::make_shared<Options>();
    auto add = [&](const char* name, const char* text, const char* example) {
        auto* one = command->add_subcommand(name, text);
        common_options(*one, call, example);
        return one;
    };
    auto* list = add("list", "一覧 / list", "sonae mapping list --data ./data");
    list->callback([&call] {
        call.with_record(Access::read, [&](Record& record) -> Status {
            auto all = exchange::mappings_of(record);
            if (call.json) {
                json::array mappings;
                for (const exchange::Mapping& one : all)
                    mappings.push_back(json::object{{"name", one.name}, {"sheets", one.sheets.size()}});
                call.print(json::object{{"mappings", std::move(mappings)}});
                return {};
            }
            for (const exchange::Mapping& one : all) {
                std::vector<std::string> sheets;
                for (const exchange::MappedSheet& sheet : one.sheets) {
                    const catalog::Register* target = record.catalog().find_register(sheet.register_name);
                    if (target != nullptr) sheets.push_back(call.say(target->label));
                }
                call.out << fmt::format("{}（{}）\n", one.name, fmt::join(sheets, "、"));
            }
            if (all.empty()) call.line({"覚えている列の対応はありません。", "No mapping is remembered."});
            return {};
        });
    });
    auto* show = add("show", "内容 / show", "sonae mapping show 機器台帳 --data ./data");
    show->add_option("NAME", options->name, "名前 / name")->required();
    show->callback([&call, options] {
        call.with_record(Access::read, [&](Record& record) -> Status {
            auto mapping = exchange::find_mapping(record, options->name);
            if (!mapping) return pass(std::move(mapping));
            if (call.json) {
                call.print(exchange::mapping_json(*mapping));
                return {};
            }
            for (const exchange::MappedSheet& sheet : mapping->sheets) {
                call.out << fmt::format("{} → {}\n", sheet.sheet.empty() ? mapping->name : sheet.sheet,
                                        sheet.register_name);
                for (const auto& [field, text] : sheet.values)
                    call.out << fmt::format("  ({} = {})\n", field, text);
                for (const auto& [column, field] : sheet.columns)
                    call.out << fmt::format("  {} = {}\n", column, field);
            }
            for (const auto& [name, existing] : mapping->same)
                call.out << fmt::format("  {} = {}\n", name, existing);
            return {};
        });
    });
    auto* export_ = add("export", "ファイルに書き出す / write to a file",
                        "sonae mapping export 機器台帳 --out mapping.json --data ./data");
    export_->add_option("NAME", options->name, "名前 / name")->required();
    export_->add_option("--out", options->file, "JSONのファイル / JSON file")->required();
    export_->callback([&call, options] {
        call.with_record(Access::read, [&](Record& record) -> Status {
            auto mapping = exchange::find_mapping(record, options->name);
            if (!mapping) return pass(std::move(mapping));
            auto written = os::write_file(call.path(options->file),
                                          json::serialize(exchange::mapping_json(*mapping)) + "\n");
            if (!written) return written;
            call.line({fmt::format("{} に書き出しました。", options->file),
                       fmt::format("Wrote {}.", options->file)});
            return {};
        });
    });
    auto* load = add("load", "ファイルから覚える / remember from a file",
                     "sonae mapping load mapping.json --data ./data");
    by_option(*load, call);
    load->add_option("FILE", options->file, "JSONかYAMLのファイル / JSON or YAML file")->required();
    load->callback([&call, options] {
        call.with_record(Access::write, [&](Record& record) -> Status {
            auto text = os::read_file(call.path(options->file));
            if (!text) return pass(std::move(text));
            auto mapping = exchange::read_mapping_file(record.catalog(), *text, options->file);
            if (!mapping) return pass(std::move(mapping));
            auto applied = record.apply({exchange::keep_mapping(record, *mapping)}, call.who("mapping load"));
            if (!applied) return pass(std::move(applied));
            call.line({fmt::format("列の対応「{}」を覚えました。", mapping->name),
                       fmt::format("The mapping \"{}\" is remembered.", mapping->name)});
            return {};
        });
    });
}

}  // namespace

void add_import_commands(CLI::App& app, Call& call) {
    add_import(app, call);
    add_mapping(app, call);
}

}  // namespace sonae::cli
