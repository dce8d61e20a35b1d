// What a pack says, before it is put on paper: the lines of the checklist as they are printed, the lines to
// transfer to a newer form, and the evidence. The papers, the workbooks and the index page all print from
// this, so they cannot say different things. Plain values; valid while the Record and its catalog live.
#pragma once

#include "checklist/answer.hpp"
#include "register/record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sonae::pack {

// A line of the official form as printed.
struct Line {
    const checklist::ItemState* state = nullptr;
    std::string section;  // "2 医療情報システムの管理・運用"
    std::string label;    // as printed in the form
    std::string marks;    // where its wording or number is not verified
    std::string target;
    std::string answer;  // はい, いいえ, 未回答; empty: 対象外
    std::optional<Date> date;
    std::optional<Date> due;
    std::vector<std::string> remarks;
};

struct Counts {
    int yes = 0;
    int no = 0;
    int open = 0;  // 未回答
    int not_applicable = 0;
};

// A line to be copied by a person into a newer form that is not transcribed yet.
struct TransferLine {
    std::string new_number;  // empty: not known
    const Line* line = nullptr;
    std::string title;        // our own, never the official label
    std::string proposal;     // the person's answer; empty: none
    std::string from_record;  // what the record says
    std::string reasons;
};

struct Transfer {
    const catalog::Checklist* to = nullptr;
    std::string name;  // for files: "r8-transfer"
    std::string title;
    std::vector<std::string> notice;  // what this sheet is and is not
    std::vector<TransferLine> lines;
};

struct Evidence {
    std::string sha256;
    std::string name;  // as attached
    std::string path;  // in the pack
    int64_t size = 0;
    std::string register_name;  // of the entry it proves, with its id and label
    std::string id;
    std::string label;
    std::string item;  // or the id of the checklist item
};

struct Content {
    const registers::Record* record = nullptr;
    checklist::Assessment assessment;
    std::string institution;
    std::string form;    // 医療機関確認用
    std::string vendor;  // name, for the vendor form
    std::string year;    // 令和7年度
    std::string source;  // of the wording, and how sure
    Instant made = 0;
    std::vector<checklist::ItemState> states;
    std::vector<Line> lines;
    Counts counts;
    std::string unverified;  // what the marks on lines mean; empty: no line has one
    std::optional<Transfer> transfer;
    std::vector<Evidence> evidence;
    std::string fingerprint;                    // of the key that signs
    std::optional<history::Checkpoint> before;  // latest checkpoint before the pack
    std::optional<Date> as_of;                  // the record is of the end of this day; empty: of now

    std::string title() const { return "チェックリストの回答（" + form + "）"; }
    std::string made_text() const { return japan_text(made); }
    // "記録は2026年3月31日の終わりの時点、カタログは…"; empty for a pack of now.
    std::string as_of_text() const;
    // The checkpoint before the pack in its short form; empty when there is none.
    std::string seal_text() const;
};

// "2026年11月21日", or "2026年11月", "2026年" where no more is known.
std::string day_words(const Date& date);

// はい n 件 / いいえ n 件 / 未回答 n 件 / 対象外 n 件.
std::string counts_words(const Counts& counts);

// The sentence that this is not a work of the ministry.
extern const char* const not_the_ministry;

// What the pack says comes from `past` (Record::as_of) where it is given, else from `record`; the key, the
// checkpoint and the time of making are always those of `record`. Both must live as long as the content.
Result<std::unique_ptr<Content>> gather(const registers::Record& record,
                                        const checklist::Assessment& assessment,
                                        const registers::Record* past = nullptr);

}  // namespace sonae::pack
