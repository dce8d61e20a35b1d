// Writes A4 documents for print: headings, paragraphs and tables in calm black on white, by cairo and pango.
//
// The document is collected first and laid out at the end, because each page says "n / m". Japanese is set in
// IPAex Gothic (Noto Sans CJK where it is missing); fonts are embedded and the text can be searched and
// copied. Nothing in the file depends on the moment: the time of making comes from the caller. One object
// belongs to one thread.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "exchange/qr.hpp"

#include <string>
#include <variant>
#include <vector>

namespace sonae::exchange {

enum class Tone {
    normal,
    quiet,   // smaller and grey: sources, notes
    strong,  // for what the reader looks for: the answers
    boxed,   // a paragraph in a frame: what must not be overlooked
    large,   // what somebody copies by hand
};

struct PdfCell {
    std::string text;
    Tone tone = Tone::normal;
};

struct PdfColumn {
    std::string title;
    double share = 1;  // of the width of the table
    bool centred = false;
};

struct PdfRow {
    std::vector<PdfCell> cells;  // one for each column; a single cell in a wider table is a band across it
};

// A table with lines. The header is repeated on each page (a table whose columns have no titles has none);
// rows are kept whole where a page can hold them.
struct PdfTable {
    std::vector<PdfColumn> columns;
    std::vector<PdfRow> rows;
};

class Pdf {
 public:
    struct About {
        std::string title;   // of the file
        std::string header;  // over each page
        std::string footer;  // under each page, left of the page number
        Instant made = 0;
        std::string seal = {};  // a line under the footer of each page
    };

    explicit Pdf(About about) : about_(std::move(about)) {}

    // Level 1 is the title of the document, 2 and 3 its parts; they are also the reader's bookmarks.
    void heading(int level, std::string text);
    void paragraph(std::string text, Tone tone = Tone::normal);
    void table(PdfTable table);
    // A QR code so many millimetres wide with paragraphs to its right, kept together on a page.
    void code(Qr code, double millimetres, std::vector<PdfCell> beside);
    void page_break();

    // The whole file. Fails with io when there is no font for Japanese.
    Result<std::string> finish() const;

    struct Heading {
        int level = 1;
        std::string text;
    };
    struct Paragraph {
        std::string text;
        Tone tone = Tone::normal;
    };
    struct QrBlock {
        Qr code;
        double side = 0;
        std::vector<PdfCell> beside;
    };
    struct PageBreak {};
    using Block = std::variant<Heading, Paragraph, PdfTable, QrBlock, PageBreak>;

 private:
    About about_;
    std::vector<Block> blocks_;
};

}  // namespace sonae::exchange
