// export, template.
#include "cli/command.hpp"
#include "exchange/export.hpp"
#include "exchange/template.hpp"

#include <memory>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

using exchange::ExportedSheet;
using registers::Record;

struct FileOptions {
    std::string out;
    std::string encoding;
    bool force = false;
};

void file_options(CLI::App& command, FileOptions& options) {
    command.add_option("--out", options.out, ".xlsx か .csv のファイル / a file ending in .xlsx or .csv")
        ->type_name("FILE")
        ->required();
    command
        .add_option("--encoding", options.encoding,
                    "CSVの文字コード（省略時は utf8） / encoding of CSV (default: utf8)")
        ->check(CLI::IsMember({"utf8", "cp932"}));
    command.add_flag("--force", options.force,
                     "すでにあるファイルを置き換える / replace a file that is there");
}

Result<exchange::ExportOptions> export_options(const FileOptions& options) {
    exchange::ExportOptions out;
    auto format = exchange::format_of(options.out);
    if (!format) return pass(std::move(format));
    if (*format == exchange::FileFormat::xlsx && !options.encoding.empty()) {
        return fail(Code::usage, "--encoding はCSV（.csv）のときだけ使えます。",
                    "--encoding is for CSV files (.csv) only.");
    }
    out.format = *format;
    if (options.encoding == "cp932") out.encoding = exchange::CsvEncoding::cp932;
    out.replace = options.force;
    return out;
}

struct Options {
    FileOptions file;
    registers::Listing listing;
    std::vector<std::string> where;
    std::string as_of;
    bool in_use = false;
};

Status carry_out(Call& call, const Record& record, const Options& options) {
    auto how = export_options(options.file);
    if (!how) return pass(std::move(how));
    const std::string& name = options.listing.register_name;
    std::vector<registers::Listing> listings;
    if (name == "all") {
        if (!options.where.empty() || options.in_use || !options.listing.view.empty() ||
            !options.listing.contains.empty()) {
            return fail(Code::usage, "all では条件を指定できません。台帳を一つ指定してください。",
                        "Conditions cannot be given with all. Name one register.");
        }
        listings = exchange::all_registers(record);
    } else {
        const catalog::Register* description = record.catalog().find_register(name);
        if (description == nullptr) {
            return fail(Code::unknown_register,
                        fmt::format("台帳「{}」はありません。台帳は sonae list --help で見られます。", name),
                        fmt::format("There is no register \"{}\". See sonae list --help.", name));
        }
        registers::Listing listing = options.listing;
        if (options.in_use) listing.view = description->in_use;
        for (const std::string& written : options.where) {
            auto added = registers::add_filter(record, *description, written, listing.filters);
            if (!added) return added;
        }
        listings.push_back(std::move(listing));
    }
    const std::filesystem::path place = call.path(options.file.out);
    auto sheets = exchange::export_file(record, listings, place, *how);
    if (!sheets) return pass(std::move(sheets));
    if (call.json) {
        json::object out{{"file", place.string()}, {"sheets", exchange::exported_json(*sheets)}};
        add_as_of(record, out);
        call.print(out);
        return {};
    }
    for (const ExportedSheet& one : *sheets) {
        call.line({fmt::format("{} {}件（{}列）", one.label.ja, one.entries, one.columns),
                   fmt::format("{}: {} entries ({} columns)", one.label.en, one.entries, one.columns)});
    }
    call.line(
        {fmt::format("{} に書き出しました。", place.string()), fmt::format("Wrote {}.", place.string())});
    return {};
}

void add_export(CLI::App& app, Call& call) {
    auto* command =
        app.add_subcommand("export", "台帳を表（XLSX、CSV）に書き出す / write a register as a table");
    common_options(*command, call,
                   "sonae export device --out 機器台帳.xlsx --data ./data\n"
                   "  sonae export device --where kind=server --out servers.csv --data ./data\n"
                   "  sonae export all --out 台帳一式.xlsx --data ./data");
    auto options = std::make_shared<Options>();
    registers::Listing& listing = options->listing;
    command->add_option("REGISTER", listing.register_name, "台帳、または all（すべて） / register, or all")
        ->required();
    file_options(*command, options->file);
    auto* view = command->add_option("--view", listing.view, "台帳のビュー / a view of the register");
    command->add_flag("--in-use", options->in_use, "使用中のものだけ / only what is in use")->excludes(view);
    command
        ->add_option("--where,--filter", options->where, "絞り込み（list と同じ） / conditions, as in list")
        ->type_name("field=value")
        ->allow_extra_args(false);
    command->add_option("--contains", listing.contains, "名前に含まれる文字 / text in the name");
    command->add_option("--sort", listing.sort, "並べる項目。逆順は --sort=-field / field to sort by")
        ->type_name("FIELD");
    as_of_option(*command, options->as_of);
    command->callback([&call, options] {
        call.with_record_of(options->as_of,
                            [&](const Record& record) { return carry_out(call, record, *options); });
    });
}

void add_template(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("template", "取り込み用の空の表を作る / a blank table to fill in");
    command->add_option("--data", call.data, "データフォルダ（独自のカタログがあるとき） / data folder")
        ->type_name("DIR");
    command->add_flag("--json", call.json, "JSONで出力 / print JSON");
    command->add_option("--lang", call.language, "ja, en")->check(CLI::IsMember({"ja", "en"}));
    command->footer("例 / Example:\n  sonae template device --out 機器台帳.xlsx");
    struct Wanted {
        std::string name;
        FileOptions file;
    };
    auto options = std::make_shared<Wanted>();
    command->add_option("REGISTER", options->name, "台帳 / register")->required();
    file_options(*command, options->file);
    command->callback([&call, options] {
        auto how = export_options(options->file);
        if (!how) return call.refuse(how.error());
        auto known = call.catalog();
        if (!known) return call.refuse(known.error());
        const std::filesystem::path place = call.path(options->file.out);
        auto made = exchange::write_template(**known, options->name, place, *how, SystemClock().now());
        if (!made) return call.refuse(made.error());
        if (call.json) return call.print(json::object{{"file", place.string()}, {"register", options->name}});
        call.line(
            {fmt::format("{} を作りました。書き込んだら、次のように取り込みます。\n  sonae import {} {} "
                         "--data ./data --dry-run",
                         place.string(), options->name, options->file.out),
             fmt::format("Made {}. When it is filled in, import it:\n  sonae import {} {} --data ./data "
                         "--dry-run",
                         place.string(), options->name, options->file.out)});
    });
}

}  // namespace

void add_export_commands(CLI::App& app, Call& call) {
    add_export(app, call);
    add_template(app, call);
}

}  // namespace sonae::cli
