// Writes index.html.
#include "pack/index_page.hpp"

#include "base/text.hpp"
#include "exchange/qr.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace sonae::pack {

namespace {

constexpr std::string_view style = R"(
*{box-sizing:border-box}
body{margin:0 auto;padding:24px 16px 64px;max-width:860px;color:#1a1a1a;background:#fff;
font:16px/1.7 "Noto Sans JP","Noto Sans CJK JP","Hiragino Sans","Yu Gothic UI",Meiryo,IPAexGothic,sans-serif}
h1{font-size:26px;line-height:1.4;margin:0 0 12px}
h2{font-size:20px;margin:40px 0 8px;padding-bottom:4px;border-bottom:2px solid #1a1a1a}
h3{font-size:16px;line-height:1.6;margin:0 0 8px}
h4{font-size:14px;margin:12px 0 2px;color:#4d4d4d}
a{color:#0017c1}
p{margin:8px 0}
ul{margin:4px 0;padding-left:22px}
section.item{border:1px solid #ccc;border-radius:8px;padding:16px;margin:12px 0}
h3,h4{break-after:avoid}
.notice{border:1px solid #767676;border-radius:8px;padding:10px 14px;background:#f8f8fb}
.quiet{color:#4d4d4d;font-size:14px}
.answer{font-weight:700;font-size:18px}
dl{display:grid;grid-template-columns:9em 1fr;gap:2px 12px;margin:8px 0}
dt{color:#4d4d4d}
dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{border-bottom:1px solid #ccc;text-align:left;padding:6px 8px;vertical-align:top;overflow-wrap:anywhere}
th{background:#f8f8fb}
code{font-size:13px;overflow-wrap:anywhere}
.seal{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:flex-start;margin:12px 0}
.seal dl{flex:1 1 20em;margin:8px 0}
.qr{width:192px;height:192px;flex:none}
@media (max-width:520px){dl{grid-template-columns:1fr;gap:0}dt{margin-top:6px}}
@media print{body{max-width:none;padding:0;font-size:11pt}a{color:inherit}section.item{border-color:#888}}
)";

std::string text(std::string_view words) {
    return escape_markup(words);
}

// A relative address: everything but plain characters percent-encoded.
std::string address(std::string_view path) {
    std::string out;
    for (char c : path) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     std::string_view("-._~/").find(c) != std::string_view::npos;
        out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string link(std::string_view path, std::string_view words) {
    return "<a href=\"" + address(path) + "\">" + text(words) + "</a>";
}

class Page {
 public:
    Page(const Content& content, const std::vector<RegisterFile>& registers)
        : content_(content), registers_(registers) {}

    std::string write() {
        const catalog::Checklist& checklist = *content_.assessment.checklist;
        out_ =
            "<!DOCTYPE html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'unsafe-inline'\">\n"
            "<title>" +
            text(content_.institution + " " + content_.title()) + "</title>\n<style>";
        out_ += style;
        out_ += "</style>\n</head>\n<body>\n<header>\n";
        out_ += "<p class=\"quiet\">" + text(checklist.title.ja) + "</p>\n<h1>" + text(content_.title()) +
                "</h1>\n";
        out_ += "<dl>\n";
        fact("医療機関等", content_.institution);
        if (!content_.vendor.empty()) fact("事業者", content_.vendor);
        fact("回答の年度", content_.year);
        fact("作成日時", content_.made_text());
        if (content_.as_of) fact("記録の時点", content_.as_of_text());
        fact("回答の件数", counts_words(content_.counts));
        fact("文言の出典", content_.source);
        out_ += "</dl>\n<p class=\"notice\">" + text(not_the_ministry) + "</p>\n";
        if (!content_.unverified.empty())
            out_ += "<p class=\"quiet\">" + text(content_.unverified) + "</p>\n";
        out_ += "</header>\n<main>\n";
        papers();
        std::string section;
        for (const Line& line : content_.lines) {
            if (line.section != section && !line.section.empty())
                out_ += "<h2>" + text(line.section) + "</h2>\n";
            section = line.section;
            item(line);
        }
        registers();
        evidence();
        out_ += "</main>\n<footer>\n<h2>" + text("この一式の確かめ方") + "</h2>\n";
        out_ += "<p>" +
                text(
                    "作成後に書き換えられていないことは、「sonae "
                    "verify」か、Sonaeの資料にある検証プログラム（verify.py）で"
                    "確かめられます。"
                    "表示される公開鍵の指紋が、印刷されたものと同じであることを見比べてください。") +
                "</p>\n";
        seal();
        out_ += "</footer>\n</body>\n</html>\n";
        return std::move(out_);
    }

 private:
    void fact(std::string_view name, std::string_view value) {
        out_ += "<dt>" + text(name) + "</dt><dd>" + text(value) + "</dd>\n";
    }

    // The checkpoint before the pack, for those who compare in a later year.
    void seal() {
        out_ += "<div class=\"seal\">\n";
        if (content_.before) {
            // A note that is too long for a code is in the pack's papers in its short form.
            if (Result<exchange::Qr> code = exchange::make_qr(content_.before->note))
                out_ += exchange::qr_svg(*code, "作成前の封印の全文のQRコード") + "\n";
        }
        out_ += "<dl>\n";
        fact("公開鍵の指紋", content_.fingerprint);
        if (content_.before) {
            fact("作成前の封印", content_.seal_text());
            fact("使い方",
                 "QRコードは封印の全文です。後の年に、いまの記録が古い写しや書き換えられたものでないことを、"
                 "「sonae verify --checkpoint」で確かめられます。");
        }
        out_ += "</dl>\n</div>\n";
    }

    void papers() {
        out_ += "<h2>" + text("印刷用の書類") + "</h2>\n<ul>\n";
        auto both = [&](const std::string& name, std::string_view words) {
            out_ += "<li>" + link(name + ".pdf", std::string(words) + "（PDF）") + text("　") +
                    link(name + ".xlsx", "Excel") + "</li>\n";
        };
        both("checklist", "チェックリストの回答");
        if (content_.transfer) both(content_.transfer->name, content_.transfer->title);
        out_ += "</ul>\n";
    }

    std::string register_link(const std::string& name) const {
        auto file = std::ranges::find(registers_, name, &RegisterFile::register_name);
        return file == registers_.end() ? text(name) : link(file->path, file->label);
    }

    // The entries by register, in running text: a hospital has hundreds.
    void entries(const checklist::FoundList& found) {
        std::vector<std::string> order;
        std::map<std::string, std::vector<std::string>> names;
        for (const checklist::Found& entry : found) {
            std::vector<std::string>& of_register = names[std::string(entry.register_name)];
            if (of_register.empty()) order.emplace_back(entry.register_name);
            of_register.push_back(text(entry.label) + files_of(entry));
        }
        out_ += "<ul>\n";
        for (const std::string& name : order) {
            out_ += "<li>" + register_link(name) + text(fmt::format("（{}件）：", names[name].size())) +
                    fmt::format("{}", fmt::join(names[name], "、")) + "</li>\n";
        }
        out_ += "</ul>\n";
    }

    // Links to the files attached to an entry.
    std::string files_of(const checklist::Found& entry) const {
        std::string links;
        for (const Evidence& file : content_.evidence) {
            if (file.register_name == entry.register_name && file.id == entry.id)
                links += " " + link(file.path, file.name);
        }
        return links;
    }

    void item(const Line& line) {
        const checklist::ItemState& state = *line.state;
        const std::string number = state.item->number == "-" ? "" : state.item->number;
        out_ += "<section class=\"item\">\n<h3>" +
                text(number.empty() ? line.label : number + "　" + line.label) + "</h3>\n<dl>\n";
        if (!line.target.empty()) fact("対象", line.target);
        if (!line.marks.empty()) fact("文言と番号", line.marks);
        out_ += "<dt>" + text("回答") + "</dt><dd class=\"answer\">" +
                text(line.answer.empty() ? "（対象外）" : line.answer) + "</dd>\n";
        if (line.date)
            fact("確認日", day_words(*line.date) +
                               (state.answer->by.empty() ? "" : "（確認：" + state.answer->by + "）"));
        if (line.due) fact("目標日", day_words(*line.due));
        for (const std::string& remark : line.remarks)
            fact("備考", remark);
        if (state.derived) fact("記録から", checklist::value_words(state.derived->value).ja);
        out_ += "</dl>\n";
        if (state.derived) {
            reasons(*state.derived);
            if (!state.derived->support.empty()) {
                out_ += "<h4>" + text("裏づけとなる記録") + "</h4>\n";
                entries(state.derived->support);
            }
        }
        std::string files;
        for (const Evidence& file : content_.evidence) {
            if (file.item == state.item->id) files += "<li>" + link(file.path, file.name) + "</li>\n";
        }
        if (!files.empty()) out_ += "<h4>" + text("証跡") + "</h4>\n<ul>\n" + files + "</ul>\n";
        out_ += "</section>\n";
    }

    void reasons(const checklist::Derived& derived) {
        for (bool advice : {false, true}) {
            auto listed = [&](const checklist::Reason& r) {
                return (r.effect == catalog::Effect::advice) == advice;
            };
            if (std::ranges::none_of(derived.reasons, listed)) continue;
            out_ += "<h4>" + text(advice ? "あわせて確かめたいこと" : "その理由") + "</h4>\n<ul>\n";
            for (const checklist::Reason& reason : derived.reasons) {
                if (listed(reason)) out_ += "<li>" + text(reason.sentence.ja) + "</li>\n";
            }
            out_ += "</ul>\n";
        }
    }

    void registers() {
        if (registers_.empty()) return;
        out_ += "<h2>" + text("台帳") + "</h2>\n<ul>\n";
        for (const RegisterFile& file : registers_)
            out_ += "<li>" + link(file.path, file.label) + text(fmt::format("（{}件）", file.entries)) +
                    "</li>\n";
        out_ += "</ul>\n";
    }

    void evidence() {
        if (content_.evidence.empty()) return;
        out_ +=
            "<h2 id=\"evidence\">" + text("証跡の一覧") + "</h2>\n<div class=\"wide\">\n<table>\n<thead><tr>";
        for (const char* head : {"ファイル", "何の証跡か", "大きさ", "SHA-256"})
            out_ += "<th scope=\"col\">" + text(head) + "</th>";
        out_ += "</tr></thead>\n<tbody>\n";
        for (const Evidence& file : content_.evidence) {
            const catalog::Item* item = content_.assessment.checklist->item(file.item);
            std::string of = file.item.empty()
                                 ? text(file.label) + " " + register_link(file.register_name)
                                 : text(item == nullptr ? file.item : item->number + " " + item->label.ja);
            out_ += "<tr><td>" + link(file.path, file.name) + "</td><td>" + of + "</td><td>" +
                    text(fmt::format("{:L}", file.size)) + text(" バイト") + "</td><td><code>" +
                    text(file.sha256) + "</code></td></tr>\n";
        }
        out_ += "</tbody>\n</table>\n</div>\n";
    }

    const Content& content_;
    const std::vector<RegisterFile>& registers_;
    std::string out_;
};

}  // namespace

std::string index_page(const Content& content, const std::vector<RegisterFile>& registers) {
    return Page(content, registers).write();
}

}  // namespace sonae::pack
