// Lays out the sheet with a checkpoint.
#include "pack/checkpoint_paper.hpp"

#include "exchange/pdf.hpp"
#include "history/outside.hpp"

#include <fmt/format.h>

namespace sonae::pack {

using exchange::Pdf;
using exchange::PdfTable;
using exchange::Tone;

Result<std::string> checkpoint_pdf(const CheckpointPaper& paper) {
    Result<exchange::Qr> code = exchange::make_qr(paper.head.note);
    if (!code) return pass(std::move(code));
    const std::string title = "記録の封印";
    Pdf pdf({title + " " + paper.institution, "Sonae（備え）", paper.institution + "　" + title, paper.made});
    pdf.heading(1, title);
    PdfTable facts{{{"", 1}, {"", 4}}, {}};
    auto fact = [&](const char* name, std::string value) {
        facts.rows.push_back({{{name, Tone::quiet}, {std::move(value)}}});
    };
    fact("医療機関等", paper.institution);
    fact("印刷した日時", japan_text(paper.made));
    fact("封印した記録", fmt::format("{}件（最後の記録　{}）", paper.head.size, japan_text(paper.last)));
    fact("公開鍵の指紋", paper.fingerprint);
    pdf.table(std::move(facts));
    pdf.heading(2, "短い表示");
    const std::string form = history::short_form(paper.head.size, paper.head.root);
    pdf.paragraph(form, Tone::large);
    pdf.paragraph(
        "この紙を、記録のあるコンピューターとは別の、鍵のかかる引き出しに保管してください。\n"
        "1年後と、バックアップから記録を戻したときに、次のように入力して、この紙のときまでの記録が書き換えら"
        "れて"
        "いないことを確かめてください。\n　　sonae verify --data フォルダー --checkpoint \"" +
            form + "\"",
        Tone::boxed);
    pdf.heading(2, "全文");
    constexpr double side = 52;  // millimetres
    pdf.code(
        std::move(*code), side,
        {{"QRコードには、封印の全文（3行と署名）が入っています。読み取った文をそのままファイルに保存すると、"
          "短い表示の代わりに「--checkpoint ファイル」と指定できます。そのときは署名も確かめられます。"}});
    return pdf.finish();
}

}  // namespace sonae::pack
