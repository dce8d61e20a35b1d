// Gathers what a pack says.
#include "pack/content.hpp"

#include "history/outside.hpp"
#include "pack/archive.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace sonae::pack {

using catalog::Checklist;
using catalog::Confidence;
using catalog::Item;
using checklist::ItemState;
using checklist::Value;

const char* const not_the_ministry =
    "この書類は厚生労働省の作成物ではありません。公式の様式の項目名を、出典を示して引用しています。";

namespace {

constexpr const char* wording_mark = "※ 文言未確認";
constexpr const char* own_file_mark = "※ 読み込んだファイルの文言";
constexpr const char* number_mark = "※ 番号未確認";

std::string year_words(int fiscal_year) {
    std::string day = Date::make(fiscal_year, 4, 1)->japanese();  // 令和7年4月1日
    return day.substr(0, day.find("年")) + "年度";
}

std::string confidence_words(Confidence confidence) {
    switch (confidence) {
        case Confidence::verified:
            return "確認済み";
        case Confidence::unconfirmed:
            return "未確認";
        case Confidence::own_file:
            return "読み込んだファイルのとおり";
        case Confidence::uncertain:
            break;
    }
    return "不確か";
}

std::string source_words(const catalog::Source& source) {
    std::string text = source.text + "（" + confidence_words(source.confidence) + "）";
    return source.note.empty() ? text : text + " " + source.note;
}

// True for the reasons that make the value what it is; the others only stand beside it.
bool decides(const checklist::Reason& reason, const checklist::Derived& derived) {
    return catalog::effect_text(reason.effect) == checklist::value_text(derived.value);
}

// The sentence of the first reason that decides the value.
std::string deciding(const checklist::Derived& derived) {
    for (const checklist::Reason& reason : derived.reasons) {
        if (decides(reason, derived)) return reason.sentence.ja;
    }
    return {};
}

// What a line says where the record does not bear the answer out.
std::string record_words(const checklist::Derived& derived) {
    std::string why = derived.value == Value::yes ? "" : deciding(derived);
    std::string words = derived.value == Value::unknown
                            ? "この回答は記録からは確かめられません"
                            : "記録は「" + checklist::value_words(derived.value).ja + "」";
    return words + (why.empty() ? "" : "（" + why + "）");
}

std::string section_words(const Checklist& checklist, const Item& item) {
    for (const auto& [id, words] : checklist.sections) {
        if (id == item.section) return id == "0" ? words.ja : id + " " + words.ja;
    }
    return {};
}

// True when a person said in the gate item that the form needs no further answers.
bool gate_closed(const std::vector<ItemState>& states) {
    return std::ranges::any_of(
        states, [](const ItemState& s) { return s.item->gate && s.answer && s.answer->value == Value::no; });
}

Line make_line(const Checklist& checklist, const ItemState& state, bool closed) {
    const Item& item = *state.item;
    Line line;
    line.state = &state;
    line.section = section_words(checklist, item);
    line.label = item.label.ja;
    if (item.reference) line.label += "（参考項目）";
    bool own_file = item.label_source.confidence == Confidence::own_file;
    if (item.label_source.confidence != Confidence::verified)
        line.marks = own_file ? own_file_mark : wording_mark;
    if (item.number_confidence != Confidence::verified && item.number_confidence != Confidence::own_file)
        line.marks += (line.marks.empty() ? "" : "　") + std::string(number_mark);
    line.target = item.target_ja;
    line.answer = "未回答";
    if (state.answer) {
        const checklist::Answer& answer = *state.answer;
        // わからない is no answer on the form, so it has no day either.
        if (answer.value != Value::unknown) line.date = Date::parse_iso(answer.on);
        if (answer.value == Value::yes || answer.value == Value::no)
            line.answer = checklist::value_words(answer.value).ja;
        if (answer.value == Value::no) line.due = Date::parse_iso(answer.due);
        if (answer.value == Value::not_applicable) {
            line.answer.clear();
            line.remarks.push_back("対象外" + (answer.reason.empty() ? "" : "：" + answer.reason));
        } else if (!answer.reason.empty()) {
            line.remarks.push_back(answer.reason);
        }
        if (state.differs && state.derived) line.remarks.push_back(record_words(*state.derived));
    } else if (closed && !item.gate) {
        // The form's own rule: after いいえ in the gate item nothing else is answered.
        line.answer.clear();
        line.remarks.push_back("対象外：最初の項目が「いいえ」のため、回答は要りません。");
    }
    return line;
}

Counts count(const std::vector<Line>& lines) {
    Counts counts;
    for (const Line& line : lines) {
        int& kind = line.answer.empty()       ? counts.not_applicable
                    : line.answer == "未回答" ? counts.open
                    : line.answer == "いいえ" ? counts.no
                                              : counts.yes;
        ++kind;
    }
    return counts;
}

std::string unverified_words(const std::vector<Line>& lines) {
    auto marked = [&](const char* mark) {
        return std::ranges::any_of(
            lines, [&](const Line& line) { return line.marks.find(mark) != std::string::npos; });
    };
    std::string words;
    if (marked(wording_mark))
        words += std::string(wording_mark) + "：公式の様式の文言とまだ照合できていない項目です。";
    if (marked(own_file_mark))
        words +=
            std::string(own_file_mark) +
            "：この医療機関が読み込んだファイルのとおりの文言で、公表された様式とは照合していない項目です。";
    if (marked(number_mark))
        words += std::string(number_mark) + "：公式の様式の項目番号とまだ照合できていない項目です。";
    return words.empty() ? words : words + "公式の様式で確かめてください。";
}

std::string lower(std::string text) {
    for (char& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
}

// ---- transfer to a newer form ---------------------------------------------------------------------------

// The form of a newer edition in which a form of ours goes on: the same one, else its first (where forms were
// merged).
std::string successor_form(const Checklist& to, const std::string& form) {
    return to.form(form) != nullptr || to.forms.empty() ? form : to.forms.front().name;
}

const Item* same_concept(const Checklist& to, const std::string& form, const Item& item) {
    auto found = std::ranges::find_if(to.items, [&](const Item& other) {
        return other.form == form && other.concept_name == item.concept_name;
    });
    return found == to.items.end() ? nullptr : &*found;
}

// The latest edition that is newer than ours, not transcribed, and asks some of the same things.
const Checklist* find_successor(const catalog::Catalog& catalog, const checklist::Assessment& from) {
    const Checklist* best = nullptr;
    for (const Checklist& to : catalog.checklists()) {
        const std::string form = successor_form(to, from.form);
        bool newer = to.published > from.checklist->published;
        bool related = std::ranges::any_of(from.checklist->items, [&](const Item& item) {
            return item.form == from.form && same_concept(to, form, item) != nullptr;
        });
        if (!to.transcribed && newer && related && (best == nullptr || to.published > best->published))
            best = &to;
    }
    return best;
}

std::string own_title(const catalog::Catalog& catalog, const Item& item) {
    const catalog::Question* question = catalog.question(item.question);
    for (const catalog::Question& other : catalog.questions()) {
        if (question == nullptr && other.concept_name == item.concept_name) question = &other;
    }
    return question == nullptr ? "" : question->title.ja;
}

Transfer make_transfer(const Content& content, const Checklist& to) {
    const Checklist& from = *content.assessment.checklist;
    const std::string form = successor_form(to, content.assessment.form);
    Transfer transfer;
    transfer.to = &to;
    transfer.name = lower(to.edition) + "-transfer";
    const std::string edition = to.title.ja.substr(0, to.title.ja.find(' '));  // 令和8年度版
    transfer.title = edition + "への転記用シート";
    std::string files;
    for (const catalog::OfficialFile& file : to.files) {
        if (file.name.ends_with(".xlsx"))
            files += (files.empty() ? "" : "、") + file.name + "「" + file.what.ja + "」";
    }
    transfer.notice = {
        edition + "の項目の文言は、まだこのソフトに収められていません。このシートは公式の様式ではなく、" +
            from.edition + "の回答を書き写すための控えです。",
        files.empty() ? "厚生労働省の様式を入手し、1項目ずつ、人が文言を読んで確かめてから記入してください。"
                      : "厚生労働省の様式（ファイル名：" + files +
                            "）を入手し、1項目ずつ、人が文言を読んで確かめてから記入してください。",
        "番号は、新しい版で分かっているものだけを示しています。空欄の番号は推測していません。項目名はこのソフ"
        "トの"
        "短い題で、公式の文言ではありません。",
    };
    for (const Line& line : content.lines) {
        const ItemState& state = *line.state;
        const Item* known = same_concept(to, form, *state.item);
        TransferLine out;
        out.new_number = known == nullptr ? "" : known->number;
        out.line = &line;
        out.title = own_title(content.record->catalog(), *state.item);
        if (state.answer && state.answer->value != Value::unknown)
            out.proposal = checklist::value_words(state.answer->value).ja;
        if (state.answer && !state.answer->reason.empty()) out.reasons = state.answer->reason;
        if (state.derived) {
            out.from_record = checklist::value_words(state.derived->value).ja;
            for (const checklist::Reason& reason : state.derived->reasons) {
                if (decides(reason, *state.derived))
                    out.reasons += (out.reasons.empty() ? "" : "\n") + reason.sentence.ja;
            }
        }
        transfer.lines.push_back(std::move(out));
    }
    return transfer;
}

// ---- evidence -------------------------------------------------------------------------------------------

// The file's name as every system can store it, cut to a length that leaves room for the folder.
std::string file_name(std::string_view name) {
    std::string clean;
    for (char c : name) {
        auto byte = static_cast<unsigned char>(c);
        bool bad =
            byte < 0x20 || byte == 0x7F || std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos;
        clean += bad ? '_' : c;
    }
    constexpr size_t longest = 120;
    if (clean.size() > longest) {
        size_t dot = clean.rfind('.');
        std::string ending = dot != std::string::npos && clean.size() - dot <= 12 ? clean.substr(dot) : "";
        size_t keep = longest - ending.size();
        while (keep > 0 && (static_cast<unsigned char>(clean[keep]) & 0xC0) == 0x80)
            --keep;
        clean = clean.substr(0, keep) + ending;
    }
    while (!clean.empty() && (clean.back() == '.' || clean.back() == ' '))
        clean.pop_back();
    return clean.empty() ? "file" : clean;
}

// Files attached to entries that stand, and to items of this edition; without those erased since (`live`).
Result<std::vector<Evidence>> find_evidence(const registers::Record& record, const registers::Record& live,
                                            const checklist::Assessment& assessment) {
    Result<std::vector<registers::Entry>> attachments = record.list("attachment");
    if (!attachments) return pass(std::move(attachments));
    std::vector<Evidence> found;
    for (const registers::Entry& attachment : *attachments) {
        std::optional<registers::Entry> now = live.get("attachment", attachment.id);
        if (now && now->field("file_erased").known()) continue;
        Evidence one;
        one.sha256 = attachment.field("sha256").text;
        one.name = attachment.field("name").text;
        one.path = "evidence/" + one.sha256.substr(0, 16) + "_" + file_name(one.name);
        one.size = std::atoll(attachment.field("size").text.c_str());
        one.register_name = attachment.field("register").text;
        one.id = attachment.field("entry").text;
        one.item = attachment.field("item").text;
        if (!one.item.empty()) {
            if (attachment.field("edition").text != assessment.checklist->edition) continue;
        } else {
            std::optional<registers::Entry> entry = record.get(one.register_name, one.id);
            if (!entry || entry->retired) continue;
            one.label = entry->label;
        }
        found.push_back(std::move(one));
    }
    std::ranges::sort(found, {}, [](const Evidence& e) { return std::tie(e.name, e.sha256, e.id, e.item); });
    return found;
}

}  // namespace

std::string day_words(const Date& date) {
    std::string words = std::to_string(date.year()) + "年";
    if (date.month() != 0) words += std::to_string(date.month()) + "月";
    if (date.day() != 0) words += std::to_string(date.day()) + "日";
    return words;
}

std::string counts_words(const Counts& counts) {
    return fmt::format("はい {}件 ／ いいえ {}件 ／ 未回答 {}件 ／ 対象外 {}件", counts.yes, counts.no,
                       counts.open, counts.not_applicable);
}

std::string Content::as_of_text() const {
    if (!as_of) return {};
    return fmt::format("記録は{}の終わりの時点、カタログは作成日のもの（{}）", day_words(*as_of),
                       record->catalog().digest().substr(0, 12));
}

std::string Content::seal_text() const {
    return before ? history::short_form(before->size, before->root) : std::string();
}

Result<std::unique_ptr<Content>> gather(const registers::Record& live,
                                        const checklist::Assessment& assessment,
                                        const registers::Record* past) {
    const registers::Record& record = past == nullptr ? live : *past;
    auto content = std::make_unique<Content>();
    content->as_of = record.as_of_day();
    content->record = &record;
    content->assessment = assessment;
    const Checklist& checklist = *assessment.checklist;
    content->institution = record.institution_entry().label;
    const catalog::Form* form = checklist.form(assessment.form);
    content->form = form == nullptr ? assessment.form : form->label.ja;
    if (!assessment.vendor.empty()) {
        std::optional<registers::Entry> vendor = record.get("vendor", assessment.vendor);
        content->vendor = vendor ? vendor->label : assessment.vendor;
    }
    content->year = year_words(assessment.fiscal_year);
    content->source = source_words(checklist.source);
    content->made = live.now();
    content->states = checklist::answer(record, assessment);
    const bool closed = gate_closed(content->states);
    for (const ItemState& state : content->states)
        content->lines.push_back(make_line(checklist, state, closed));
    content->counts = count(content->lines);
    content->unverified = unverified_words(content->lines);
    if (const Checklist* to = find_successor(record.catalog(), assessment))
        content->transfer = make_transfer(*content, *to);
    Result<std::vector<Evidence>> evidence = find_evidence(record, live, assessment);
    if (!evidence) return pass(std::move(evidence));
    content->evidence = std::move(*evidence);
    content->fingerprint = live.key().public_key().fingerprint();
    content->before = live.history().latest();
    return content;
}

}  // namespace sonae::pack
