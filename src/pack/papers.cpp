// Lays out the papers of a pack.
#include "pack/papers.hpp"

#include "exchange/pdf.hpp"
#include "exchange/xlsx_write.hpp"
#include "history/outside.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace sonae::pack {

namespace {

using exchange::Pdf;
using exchange::PdfTable;
using exchange::Sheet;
using exchange::SheetCell;
using exchange::Tone;

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
    return fmt::format("{}", fmt::join(texts, between));
}

std::string day(const std::optional<Date>& date) {
    return date ? date->iso() : "";
}

SheetCell day_cell(const std::optional<Date>& date) {
    return date ? SheetCell(*date) : SheetCell(std::string());
}

Pdf begin(const Content& content, const std::string& title) {
    const catalog::Checklist& checklist = *content.assessment.checklist;
    std::string whose = content.institution + "　" + checklist.edition + "　" + content.year + "の回答";
    std::string seal;
    if (content.before) {
        seal = fmt::format("作成前の封印　{}　　鍵　{}", content.seal_text(),
                           history::short_fingerprint(content.fingerprint));
    }
    return Pdf({title + " " + content.institution, checklist.title.ja, whose, content.made, seal});
}

// What stands on the first page of each paper: whose it is, which edition and year, and where the wording is
// from.
std::vector<std::pair<std::string, std::string>> facts(const Content& content) {
    const catalog::Checklist& checklist = *content.assessment.checklist;
    std::vector<std::pair<std::string, std::string>> facts{{"医療機関等", content.institution}};
    if (!content.vendor.empty()) facts.emplace_back("事業者", content.vendor);
    facts.emplace_back("版・様式", checklist.title.ja + "　" + content.form);
    facts.emplace_back("回答の年度", content.year);
    facts.emplace_back("作成日時", content.made_text());
    if (content.as_of) facts.emplace_back("記録の時点", content.as_of_text());
    facts.emplace_back("文言の出典", content.source);
    return facts;
}

PdfTable facts_table(const Content& content, std::vector<std::pair<std::string, std::string>> more) {
    PdfTable table{{{"", 1}, {"", 5}}, {}};
    std::vector<std::pair<std::string, std::string>> all = facts(content);
    all.insert(all.end(), more.begin(), more.end());
    for (const auto& [name, value] : all)
        table.rows.push_back({{{name, Tone::quiet}, {value}}});
    return table;
}

std::vector<std::string> facts_lines(const Content& content) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : facts(content))
        lines.push_back(name + "：" + value);
    return lines;
}

Status add_proof(Pdf& pdf, const Content& content) {
    pdf.heading(2, "この書類の確かめ方");
    pdf.paragraph(
        "この書類は、立入検査ファイル一式の中の1つです。一式が作成後に書き換えられていないことは、「sonae "
        "verify」か、"
        "Sonaeの資料にある検証プログラム（verify."
        "py）で、Sonaeのない環境でも確かめられます。そのとき表示される公開鍵の指紋が、"
        "次の指紋と同じであることを見比べてください。");
    if (!content.before) {
        pdf.paragraph("公開鍵の指紋　" + content.fingerprint, Tone::quiet);
        return {};
    }
    Result<exchange::Qr> code = exchange::make_qr(content.before->note);
    if (!code) return pass(std::move(code));
    constexpr double side = 36;  // millimetres: six tenths for a square, which every telephone reads
    pdf.code(
        std::move(*code), side,
        {{"公開鍵の指紋", Tone::quiet},
         {content.fingerprint, Tone::quiet},
         {fmt::format("作成前の封印（記録 {}件）", content.before->size), Tone::quiet},
         {content.seal_text()},
         {"QRコードは、この封印の全文です。後の年に、いまの記録が古い写しや書き換えられたものでないことを、"
          "「sonae verify --checkpoint」で確かめられます。",
          Tone::quiet}});
    return {};
}

// The label with its target and marks below it.
std::string official_label(const Line& line) {
    std::string label = line.label;
    if (!line.target.empty()) label += "\n対象：" + line.target;
    if (!line.marks.empty()) label += "\n" + line.marks;
    return label;
}

}  // namespace

Result<std::string> checklist_pdf(const Content& content) {
    Pdf pdf = begin(content, content.title());
    pdf.heading(1, content.title());
    pdf.table(facts_table(content, {{"回答の件数", counts_words(content.counts)}}));
    pdf.paragraph(not_the_ministry, Tone::boxed);
    pdf.paragraph(
        "回答は、人が確認したものだけを印刷しています。まだ答えの出ていない項目は「未回答」、対象外の項目は空"
        "欄とし、"
        "理由を備考に示します。" +
            content.unverified,
        Tone::quiet);
    PdfTable table{{{"番号", 32, true},
                    {"項目", 196},
                    {"回答", 44, true},
                    {"確認日", 60},
                    {"目標日", 60},
                    {"備考", 107}},
                   {}};
    std::string section;
    for (const Line& line : content.lines) {
        if (line.section != section && !line.section.empty()) table.rows.push_back({{{line.section}}});
        section = line.section;
        const bool open = line.answer == "未回答";
        table.rows.push_back({{{line.state->item->number},
                               {official_label(line)},
                               {line.answer, open ? Tone::normal : Tone::strong},
                               {day(line.date)},
                               {day(line.due)},
                               {joined(line.remarks, "\n"), Tone::quiet}}});
    }
    pdf.table(std::move(table));
    if (Status done = add_proof(pdf, content); !done) return pass(std::move(done));
    return pdf.finish();
}

Status checklist_xlsx(const Content& content, const std::filesystem::path& path) {
    Sheet sheet;
    sheet.name = content.assessment.checklist->edition + " " + content.form;
    sheet.above = {content.title()};
    for (const std::string& line : facts_lines(content))
        sheet.above.push_back(line);
    sheet.above.push_back("回答の件数：" + counts_words(content.counts));
    sheet.above.emplace_back(not_the_ministry);
    sheet.header = {"区分", "番号", "項目", "対象", "回答", "確認日", "目標日", "備考"};
    for (const Line& line : content.lines) {
        sheet.rows.push_back({line.section, line.state->item->number,
                              line.marks.empty() ? line.label : line.label + "\n" + line.marks, line.target,
                              line.answer, day_cell(line.date), day_cell(line.due),
                              joined(line.remarks, "\n")});
    }
    if (!content.unverified.empty()) sheet.below.push_back(content.unverified);
    sheet.below.push_back("公開鍵の指紋：" + content.fingerprint);
    if (content.before) sheet.below.push_back("作成前の封印：" + content.seal_text());
    return exchange::write_xlsx(path, content.title(), content.made, {sheet});
}

Result<std::string> transfer_pdf(const Content& content) {
    const Transfer& transfer = *content.transfer;
    Pdf pdf = begin(content, transfer.title);
    pdf.heading(1, transfer.title);
    pdf.table(facts_table(content, {}));
    pdf.paragraph(joined(transfer.notice, "\n"), Tone::boxed);
    pdf.paragraph(not_the_ministry, Tone::quiet);
    PdfTable table{{{"番号\n" + transfer.to->edition, 34, true},
                    {"番号\n" + content.assessment.checklist->edition, 34, true},
                    {"短い題", 96},
                    {"書き写す案", 46, true},
                    {"確認日", 60},
                    {"目標日", 60},
                    {"記録から", 52, true},
                    {"理由", 117}},
                   {}};
    for (const TransferLine& line : transfer.lines) {
        std::string title =
            line.line->target.empty() ? line.title : line.title + "\n対象：" + line.line->target;
        table.rows.push_back({{{line.new_number},
                               {line.line->state->item->number, Tone::quiet},
                               {title},
                               {line.proposal, Tone::strong},
                               {day(line.line->date)},
                               {day(line.line->due)},
                               {line.from_record},
                               {line.reasons, Tone::quiet}}});
    }
    pdf.table(std::move(table));
    if (Status done = add_proof(pdf, content); !done) return pass(std::move(done));
    return pdf.finish();
}

Status transfer_xlsx(const Content& content, const std::filesystem::path& path) {
    const Transfer& transfer = *content.transfer;
    Sheet sheet;
    sheet.name = transfer.title;
    sheet.above = {transfer.title};
    for (const std::string& line : facts_lines(content))
        sheet.above.push_back(line);
    for (const std::string& line : transfer.notice)
        sheet.above.push_back(line);
    sheet.above.emplace_back(not_the_ministry);
    sheet.header = {transfer.to->edition + "の番号",
                    content.assessment.checklist->edition + "の番号",
                    "短い題（公式の文言ではありません）",
                    "対象",
                    "書き写す案",
                    "確認日",
                    "目標日",
                    "記録から",
                    "理由"};
    for (const TransferLine& line : transfer.lines) {
        sheet.rows.push_back({line.new_number, line.line->state->item->number, line.title, line.line->target,
                              line.proposal, day_cell(line.line->date), day_cell(line.line->due),
                              line.from_record, line.reasons});
    }
    return exchange::write_xlsx(path, transfer.title, content.made, {sheet});
}

}  // namespace sonae::pack
