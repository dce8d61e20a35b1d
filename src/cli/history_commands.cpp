// history, verify.
#include "base/text.hpp"
#include "cli/checkpoints.hpp"
#include "cli/command.hpp"
#include "evidence/evidence.hpp"
#include "history/outside.hpp"
#include "pack/verify.hpp"
#include "register/verify.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::cli {

namespace {

using registers::Record;

struct Changed {
    std::string field;
    std::string before;
    std::string after;
};

// What an event changed, field by field, as stored (states in brackets).
std::vector<Changed> differences(const json::object& before, const json::object& after) {
    std::map<std::string, Changed> out;
    auto collect = [&](const json::object& body, std::string Changed::*side) {
        for (const char* part : {"fields", "extra", "states", "written"}) {
            const json::object* members = object_at(body, part);
            if (!members) continue;
            for (const auto& member : *members) {
                std::string name(member.key());
                std::string text(text_at(*members, name));
                Changed& changed = out[name];
                changed.field = name;
                changed.*side = std::string_view(part) == "states" ? fmt::format("[{}]", text) : text;
            }
        }
    };
    collect(before, &Changed::before);
    collect(after, &Changed::after);
    std::vector<Changed> list;
    for (auto& [name, changed] : out) {
        if (changed.before != changed.after) list.push_back(std::move(changed));
    }
    return list;
}

json::object body_of(const history::Event& event) {
    if (!event.body) return {};
    auto parsed = parse_json(*event.body);
    return parsed && parsed->is_object() ? parsed->get_object() : json::object();
}

std::string shortened(const std::string& text) {
    size_t end = 60;
    if (text.size() <= end) return text;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        end--;
    return text.substr(0, end) + "…";
}

void add_history(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("history", "変更の履歴 / the history of changes");
    common_options(*command, call, "sonae history device:003 --data ./data");
    auto which = std::make_shared<std::string>();
    command->add_option("ENTRY", *which, "台帳:id（省略すると全部） / REGISTER:ID (default: everything)");
    command->callback([&call, which] {
        call.with_record(Access::read, [&](Record& record) -> Status {
            std::string register_name;
            std::string id;
            if (!which->empty()) {
                register_name = which->substr(0, which->find(':'));
                std::string name =
                    which->find(':') == std::string::npos ? "" : which->substr(which->find(':') + 1);
                auto entry = record.find(register_name, name);
                if (!entry) return pass(std::move(entry));
                id = entry->id;
            }
            json::array list;
            std::map<std::string, json::object> last;
            record.history().each(
                [&](const history::Event& event) {
                    json::object body = body_of(event);
                    json::object& before = last[event.register_name + ":" + event.id];
                    auto changes = differences(before, body);
                    if (call.json) {
                        json::array changed;
                        for (const Changed& one : changes) {
                            changed.push_back(
                                {{"field", one.field}, {"before", one.before}, {"after", one.after}});
                        }
                        list.push_back(json::object{{"seq", event.seq},
                                                    {"at", utc_text(event.at)},
                                                    {"by", event.by},
                                                    {"action", event.action},
                                                    {"register", event.register_name},
                                                    {"id", event.id},
                                                    {"version", event.version},
                                                    {"why", event.why},
                                                    {"source", event.source},
                                                    {"leaf_hash", hex(event.leaf_hash)},
                                                    {"erased", !event.body.has_value()},
                                                    {"changes", std::move(changed)}});
                    } else {
                        call.out << fmt::format("{} {} {} {} {} {} v{}{}\n", event.seq, japan_text(event.at),
                                                event.by, event.action, event.register_name, event.id,
                                                event.version,
                                                event.why.empty() ? "" : fmt::format("  「{}」", event.why));
                        for (const Changed& one : changes) {
                            call.out << fmt::format("    {}: {} → {}\n", one.field, shortened(one.before),
                                                    shortened(one.after));
                        }
                    }
                    before = std::move(body);
                    return true;
                },
                register_name, id);
            if (call.json) {
                auto head = record.history().latest();
                call.print(json::object{{"institution", record.institution()},
                                        {"size", record.history().size()},
                                        {"checkpoint", head ? head->note : ""},
                                        {"events", std::move(list)}});
            }
            return {};
        });
    });
}

void print_faults(const Call& call, const std::vector<history::Fault>& faults) {
    for (const history::Fault& fault : faults)
        call.out << fmt::format("{}: {}\n", fault.place, call.say(fault.words));
}

json::array faults_json(const std::vector<history::Fault>& faults) {
    json::array out;
    for (const history::Fault& fault : faults) {
        out.push_back(json::object{{"place", fault.place}, {"message", words_json(fault.words)}});
    }
    return out;
}

struct VerifyOptions {
    std::string pack;
    std::string key;
    std::vector<std::string> checkpoints;
    std::string proof;
    std::string leaf;
};

// Checkpoints that were given, and those kept in the data folder.
Result<std::vector<history::Compared>> compare_outside(const Call& call, Record& record,
                                                       const VerifyOptions& options) {
    const std::vector<history::PublicKey> keys =
        history::known_keys(record.database(), record.institution(), record.key().public_key());
    auto compared = history::compare_kept(record.folder(), record.history(), keys);
    if (!compared) return compared;
    for (const std::string& what : options.checkpoints) {
        auto one = compare_given(call, record, keys, what);
        if (!one) return pass(std::move(one));
        compared->push_back(std::move(*one));
    }
    return compared;
}

Status verify_record(Call& call, Record& record, const VerifyOptions& options) {
    auto compared = compare_outside(call, record, options);
    if (!compared) return pass(std::move(compared));
    registers::Verification verification = registers::verify(record);
    auto& faults = verification.faults;
    for (auto& fault : evidence::verify(record))
        faults.push_back(std::move(fault));
    for (const history::Compared& one : *compared) {
        if (!one.holds()) faults.push_back({one.name, one.words});
    }
    std::string key = record.key().public_key().fingerprint();
    if (!options.key.empty() && history::read_fingerprint(options.key) != key) {
        faults.push_back({"key.pem",
                          {"署名鍵が、指定された指紋のものではありません。",
                           "The signing key does not have this fingerprint."}});
    }
    int64_t size = verification.events;
    if (!faults.empty()) call.exit_code = 1;
    json::array outside;
    for (const history::Compared& one : *compared)
        outside.push_back(compared_json(one));
    if (call.json) {
        call.print(json::object{{"holds", faults.empty()},
                                {"events", size},
                                {"erased", verification.erased},
                                {"key", key},
                                {"checkpoints", std::move(outside)},
                                {"faults", faults_json(faults)}});
    } else {
        print_faults(call, faults);
        for (const history::Compared& one : *compared) {
            if (one.holds()) call.out << fmt::format("{}: {}\n", one.name, call.say(one.words));
        }
        call.line(
            faults.empty()
                ? Words{fmt::format("履歴{}件、台帳、証跡は記録されたときのままです。署名鍵の指紋: {}", size,
                                    key),
                        fmt::format("{} events, the registers and the evidence are as recorded. Fingerprint "
                                    "of the key: {}",
                                    size, key)}
                : Words{fmt::format("{}か所が合いません。", faults.size()),
                        fmt::format("{} places do not hold.", faults.size())});
    }
    return {};
}

void verify_pack_file(Call& call, const VerifyOptions& options) {
    auto report = pack::verify_pack(call.path(options.pack), options.key);
    if (!report) return call.refuse(report.error());
    if (call.json) {
        call.print(pack::report_json(*report));
    } else {
        print_faults(call, report->faults);
        if (report->holds()) {
            call.line(
                {fmt::format("{}ファイルは、この立入検査ファイルが作られたときのままです。", report->files),
                 fmt::format("The {} files are as they were when this pack was made.", report->files)});
        }
        call.line(report->notice());
    }
    if (!report->holds()) call.exit_code = 1;
}

void add_verify(CLI::App& app, Call& call) {
    auto* command = app.add_subcommand("verify", "改ざんがないか確かめる / check that nothing was changed");
    common_options(*command, call,
                   "sonae verify --data ./data\n"
                   "  sonae verify --data ./data --checkpoint \"1234 ABCD-EFGH-JKMN-PQRS-TVWX-C\"\n"
                   "  sonae verify pack.zip --key FINGERPRINT\n"
                   "  sonae verify --proof a.tlog-proof --leaf a.leaf.json --key FINGERPRINT");
    command->get_option("--data")->required(false);
    auto options = std::make_shared<VerifyOptions>();
    command->add_option("PACK", options->pack, "立入検査ファイル（フォルダかzip） / a pack (folder or zip)");
    command->add_option("--key", options->key, "印刷された署名鍵の指紋 / the printed fingerprint of the key");
    command
        ->add_option(
            "--checkpoint", options->checkpoints,
            "前の封印：ファイル、立入検査ファイル、紙の短い表示（何回でも） / an earlier checkpoint: a "
            "file, a pack, or the short form on paper (repeatable)")
        ->allow_extra_args(false);
    command->add_option("--proof", options->proof, "1件の証明 / the proof of one event (tlog-proof)");
    command->add_option("--leaf", options->leaf, "証明される見出し（葉） / the leaf that it proves");
    command->callback([&call, options] {
        const bool proof = !options->proof.empty();
        const int what = (options->pack.empty() ? 0 : 1) + (call.data.empty() ? 0 : 1) + (proof ? 1 : 0);
        if (what != 1) {
            return call.refuse({Code::usage,
                                {"立入検査ファイル、--data、--proof のどれか一つを指定してください。",
                                 "Give one of a pack, --data and --proof."}});
        }
        if (proof == options->leaf.empty() || (call.data.empty() && !options->checkpoints.empty())) {
            return call.refuse({Code::usage,
                                {"--proof は --leaf と、--checkpoint は --data と一緒に指定してください。",
                                 "Give --proof with --leaf, and --checkpoint with --data."}});
        }
        if (!options->key.empty() && !history::read_fingerprint(options->key)) {
            return call.refuse({Code::usage,
                                {"鍵の指紋は、0-9とa-fの64文字で指定してください。",
                                 "A fingerprint is 64 characters of 0-9 and a-f."}});
        }
        if (proof) return verify_proof(call, options->proof, options->leaf, options->key);
        if (!options->pack.empty()) return verify_pack_file(call, *options);
        call.with_record(Access::read, [&](Record& record) { return verify_record(call, record, *options); });
    });
}

}  // namespace

void add_history_commands(CLI::App& app, Call& call) {
    add_history(app, call);
    add_verify(app, call);
}

}  // namespace sonae::cli
