// A file that is imported: the guess of its header and columns and the plan for its rows, then the import.
// The input's first line is "REGISTER [MAPPING]…" (mappings with tabs between them), the rest the file.
#include "exchange/import.hpp"
#include "fuzz/fuzz.hpp"

namespace sonae::fuzz {

namespace {

using exchange::Outcome;

// A record that is used until it has become large, so that rows also meet entries that are there.
class Used {
 public:
    registers::Record& record() {
        if (imports_++ % 200 == 0) begin();
        return *record_;
    }

 private:
    void begin() {
        record_.reset();
        auto data = folder_.path() / "data";
        std::error_code ignored;
        std::filesystem::remove_all(data, ignored);
        auto made =
            registers::Record::create(data, builtin(), clock_, "みなと診療所", "clinic", {"fuzz", "", ""});
        holds(made.has_value(), "a record can be made");
        record_.emplace(sure(registers::Record::open(data, builtin(), clock_)));
    }

    Folder folder_;
    FixedClock clock_{*Date::parse_iso("2026-11-21")};
    std::optional<registers::Record> record_;
    int imports_ = 0;
};

void check(const exchange::ImportResult& result) {
    int64_t rows = result.skipped_count();
    for (Outcome outcome : exchange::all_outcomes)
        rows += result.count(outcome);
    holds(rows == result.row_count(), "every row of the file is told once");
    for (const exchange::ImportSheet& sheet : result.sheets) {
        int64_t of_sheet = sheet.skipped_count();
        for (Outcome outcome : exchange::all_outcomes)
            of_sheet += sheet.count(outcome);
        holds(of_sheet == sheet.row_count, "every row of a sheet is told once");
        for (const exchange::ImportRow& row : sheet.rows) {
            bool out = exchange::left_out(row.outcome);
            holds(out == !row.reason.ja.empty() && out == row.id.empty(),
                  "a row that is left out has a reason");
        }
    }
    holds(is_utf8(json::serialize(import_json(result))), "the result is UTF-8");
    holds(is_utf8(import_text(result, false)) && is_utf8(import_text(result, true)), "the report is UTF-8");
}

}  // namespace

void take(std::string_view input) {
    static Used used;
    std::string_view first = line(input);
    if (!is_utf8(first)) return;
    std::string register_name(first.substr(0, first.find(' ')));
    exchange::ImportOptions options;
    options.map = split(first.substr(std::min(first.size(), register_name.size())), "\t");
    options.dry_run = true;
    registers::Record& record = used.record();
    const registers::Who who{"fuzz", "", "import"};
    auto run = [&] { return exchange::import_file(record, register_name, "入力.csv", input, options, who); };

    const int64_t before = record.history().size();
    auto plan = run();
    holds(record.history().size() == before, "a plan changes nothing");
    options.dry_run = false;
    auto done = run();
    holds(plan.has_value() == done.has_value(), "a plan and its import are taken or refused together");
    if (!taken(plan) || !taken(done)) return;
    check(*plan);
    check(*done);
    for (Outcome outcome : exchange::all_outcomes)
        holds(plan->count(outcome) == done->count(outcome), "an import does what the plan says");
}

}  // namespace sonae::fuzz
