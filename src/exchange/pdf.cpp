// Layout and drawing of printed documents.
//
// Everything is broken into lines of a fixed height first, so that a page break is only a question of how
// many lines still fit: a Sheet is a page with its lines of text, fills and rules, in points from the top
// left.
#include "exchange/pdf.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <cairo-pdf.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>

namespace sonae::exchange {

namespace {

constexpr const char* fonts = "IPAexGothic, Noto Sans CJK JP, sans-serif";

// A4 in points, and what stays free.
constexpr double page_width = 595.28;
constexpr double page_height = 841.89;
constexpr double side = 48;
constexpr double top = 62;
constexpr double bottom = 74;  // three lines: the footer may take two, the seal has one
constexpr double text_width = page_width - 2 * side;
constexpr double text_bottom = page_height - bottom;
constexpr double page_room = text_bottom - top;

constexpr double pad_x = 4;
constexpr double pad_y = 3;

struct Style {
    double size;
    double grey;  // 0 is black
    double leading() const { return size * 1.5; }
};

constexpr Style body{10, 0};
constexpr Style quiet{8.5, 0.32};
constexpr Style large{19, 0};
constexpr Style cell_style{8.5, 0};
constexpr Style cell_quiet{7.5, 0.32};
constexpr Style cell_strong{10, 0};
constexpr Style margin_style{8, 0.32};

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;
struct FreeSurface {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct FreeCairo {
    void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};

// A text broken into lines for a width.
struct Lines {
    std::shared_ptr<PangoLayout> layout;
    Style style{};
    int count = 0;

    double height(int lines) const { return lines * style.leading(); }
    double height() const { return height(count); }
};

// A line of a text at its place on a page; keeps the layout it is drawn from.
struct Placed {
    std::shared_ptr<PangoLayout> layout;
    int line = 0;
    double x = 0;
    double baseline = 0;
    double grey = 0;
};

struct Box {
    double x, y, width, height;
    double fill;  // grey of the filling; 1 is none
    bool frame;
};

struct Rule {
    double x, y, width;
    double grey;
};

struct PlacedCode {
    Qr code;
    double x, y, side;
};

struct Bookmark {
    std::string text;
    int level;
    double y;
};

struct Sheet {
    std::vector<Box> boxes;
    std::vector<Rule> rules;
    std::vector<PlacedCode> codes;
    std::vector<Placed> lines;
    std::vector<Bookmark> bookmarks;
};

class Layouter {
 public:
    explicit Layouter(PangoContext* context) : context_(context) { sheets_.emplace_back(); }

    void add(const Pdf::Heading& heading) {
        Style style{heading.level == 1 ? 17.0 : heading.level == 2 ? 12.5 : 10.5, 0};
        Lines lines = break_lines(heading.text, style, text_width);
        double above = y_ == top ? 0 : heading.level == 1 ? 10 : 16;
        // A heading does not stay alone at the foot of a page.
        if (y_ + above + lines.height() + 5 * body.leading() > text_bottom)
            next_page();
        else
            y_ += above;
        sheet().bookmarks.push_back({heading.text, heading.level, y_});
        place(lines, 0, lines.count, side, y_);
        y_ += lines.height() + 3;
        if (heading.level <= 2) {
            sheet().rules.push_back({side, y_, text_width, heading.level == 1 ? 0.0 : 0.6});
            y_ += 7;
        }
    }

    void add(const Pdf::Paragraph& paragraph) {
        const bool boxed = paragraph.tone == Tone::boxed;
        const double inset = boxed ? 8 : 0;
        Lines lines = break_lines(paragraph.text, paragraph_style(paragraph.tone), text_width - 2 * inset);
        // A framed paragraph is kept whole where a page can hold it.
        if (boxed && y_ + lines.height() + 2 * inset > text_bottom && lines.height() + 2 * inset <= page_room)
            next_page();
        for (int from = 0; from < lines.count;) {
            int fit = static_cast<int>((text_bottom - y_ - 2 * inset) / lines.style.leading());
            if (fit < 1) {
                next_page();
                continue;
            }
            int take = std::min(fit, lines.count - from);
            if (boxed)
                sheet().boxes.push_back({side, y_, text_width, lines.height(take) + 2 * inset, 0.965, true});
            place(lines, from, take, side + inset, y_ + inset);
            y_ += lines.height(take) + 2 * inset;
            from += take;
        }
        y_ += 6;
    }

    void add(const PdfTable& table) {
        double shares = 0;
        for (const PdfColumn& column : table.columns)
            shares += column.share;
        widths_.clear();
        for (const PdfColumn& column : table.columns)
            widths_.push_back(text_width * column.share / shares);
        PdfRow header;
        bool titled = false;
        for (const PdfColumn& column : table.columns) {
            header.cells.push_back({column.title, Tone::normal});
            titled = titled || !column.title.empty();
        }
        header_ = titled ? lines_of(header) : std::vector<Lines>();
        bool started = false;
        for (size_t i = 0; i < table.rows.size(); ++i) {
            const PdfRow& row = table.rows[i];
            std::vector<Lines> cells = lines_of(row);
            double need = height_of(cells);
            // A band stays with the row below it.
            if (is_band(row) && i + 1 < table.rows.size())
                need += std::min(height_of(lines_of(table.rows[i + 1])), page_room / 2);
            double head = started ? 0 : header_height();
            if (y_ + head + need > text_bottom && need <= page_room - header_height()) {
                next_page();
                started = false;
            }
            if (!started) {
                if (y_ + header_height() + 2 * cell_style.leading() > text_bottom) next_page();
                place_header(table);
                started = true;
            }
            place_row(table, row, cells);
        }
        y_ += 10;
    }

    void add(const Pdf::QrBlock& code) {
        constexpr double gap = 16;  // more than the blank border that readers of QR codes ask for
        constexpr double between = 5;
        const double size = code.side * 72 / 25.4;
        std::vector<Lines> beside;
        double height = 0;
        for (const PdfCell& cell : code.beside) {
            beside.push_back(break_lines(cell.text, paragraph_style(cell.tone), text_width - size - gap));
            height += beside.back().height() + (beside.size() > 1 ? between : 0);
        }
        const double need = std::max(size, height);
        if (y_ + need > text_bottom && y_ != top) next_page();
        sheet().codes.push_back({code.code, side, y_, size});
        double y = y_;
        for (const Lines& lines : beside) {
            place(lines, 0, lines.count, side + size + gap, y);
            y += lines.height() + between;
        }
        y_ += need + 10;
    }

    void add(const Pdf::PageBreak&) {
        if (y_ != top) next_page();
    }

    std::vector<Sheet>& sheets() { return sheets_; }

    Lines break_lines(const std::string& text, Style style, double width) {
        std::shared_ptr<PangoLayout> layout(pango_layout_new(context_), Unref{});
        PangoFontDescription* font = pango_font_description_from_string(fonts);
        pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
        pango_layout_set_font_description(layout.get(), font);
        pango_font_description_free(font);
        pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
        pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
        pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
        return {layout, style, text.empty() ? 0 : pango_layout_get_line_count(layout.get())};
    }

 private:
    static Style paragraph_style(Tone tone) {
        return tone == Tone::quiet ? quiet : tone == Tone::large ? large : body;
    }

    Sheet& sheet() { return sheets_.back(); }

    void next_page() {
        sheets_.emplace_back();
        y_ = top;
    }

    void place(const Lines& lines, int from, int count, double x, double y, double centre_in = 0) {
        for (int i = 0; i < count; ++i) {
            double shift = 0;
            if (centre_in > 0) {
                PangoRectangle extents;
                pango_layout_line_get_extents(pango_layout_get_line_readonly(lines.layout.get(), from + i),
                                              nullptr, &extents);
                shift = (centre_in - static_cast<double>(extents.width) / PANGO_SCALE) / 2;
            }
            double baseline = y + i * lines.style.leading() + lines.style.size * 1.1;
            sheet().lines.push_back({lines.layout, from + i, x + shift, baseline, lines.style.grey});
        }
    }

    static bool is_band(const PdfRow& row, size_t columns) { return row.cells.size() == 1 && columns > 1; }
    bool is_band(const PdfRow& row) const { return is_band(row, widths_.size()); }

    std::vector<Lines> lines_of(const PdfRow& row) {
        std::vector<Lines> lines;
        for (size_t c = 0; c < row.cells.size() && c < widths_.size(); ++c) {
            const PdfCell& cell = row.cells[c];
            Style style = cell.tone == Tone::quiet    ? cell_quiet
                          : cell.tone == Tone::strong ? cell_strong
                                                      : cell_style;
            lines.push_back(
                break_lines(cell.text, style, (is_band(row) ? text_width : widths_[c]) - 2 * pad_x));
        }
        return lines;
    }

    static double height_of(const std::vector<Lines>& cells) {
        double height = cell_style.leading();
        for (const Lines& lines : cells)
            height = std::max(height, lines.height());
        return height + 2 * pad_y;
    }

    double header_height() const { return header_.empty() ? 0 : height_of(header_); }

    void place_header(const PdfTable& table) {
        if (header_.empty()) return;
        std::vector<int> from(header_.size(), 0);
        place_slice(table, header_, from, height_of(header_), 0.91, false);
    }

    // Draws as many lines of each cell as fit into `height` (from `from` on, which moves) and the frames of
    // the cells.
    void place_slice(const PdfTable& table, const std::vector<Lines>& cells, std::vector<int>& from,
                     double height, double fill, bool band) {
        double x = side;
        for (size_t c = 0; c < widths_.size(); ++c) {
            double width = band ? text_width : widths_[c];
            sheet().boxes.push_back({x, y_, width, height, fill, true});
            if (c < cells.size()) {
                const Lines& lines = cells[c];
                int fit = static_cast<int>((height - 2 * pad_y + 0.01) / lines.style.leading());
                int take = std::min(fit, lines.count - from[c]);
                bool centred = table.columns[c].centred && !band;
                place(lines, from[c], take, x + pad_x, y_ + pad_y, centred ? width - 2 * pad_x : 0);
                from[c] += take;
            }
            x += width;
            if (band) break;
        }
        y_ += height;
    }

    // Draws a row, in slices over several pages when no page can hold it.
    void place_row(const PdfTable& table, const PdfRow& row, const std::vector<Lines>& cells) {
        std::vector<int> from(cells.size(), 0);
        const bool band = is_band(row);
        const double fill = band ? 0.965 : 1;
        // A split row starts with a few lines or on the next page.
        if (height_of(cells) > text_bottom - y_ && text_bottom - y_ < 5 * cell_style.leading()) {
            next_page();
            place_header(table);
        }
        for (;;) {
            double rest = cell_style.leading();
            for (size_t c = 0; c < cells.size(); ++c)
                rest = std::max(rest, cells[c].height(cells[c].count - from[c]));
            rest += 2 * pad_y;
            double room = text_bottom - y_;
            if (rest <= room + 0.01) return place_slice(table, cells, from, rest, fill, band);
            place_slice(table, cells, from, room, fill, band);
            next_page();
            place_header(table);
        }
    }

    PangoContext* context_;
    std::vector<Sheet> sheets_;
    double y_ = top;
    std::vector<double> widths_;  // of the columns of the table at work
    std::vector<Lines> header_;
};

void draw_line(cairo_t* cairo, const Placed& placed) {
    cairo_set_source_rgb(cairo, placed.grey, placed.grey, placed.grey);
    cairo_move_to(cairo, placed.x, placed.baseline);
    pango_cairo_show_layout_line(cairo, pango_layout_get_line_readonly(placed.layout.get(), placed.line));
}

void draw(cairo_t* cairo, const Sheet& sheet) {
    for (const Box& box : sheet.boxes) {
        if (box.fill < 1) {
            cairo_set_source_rgb(cairo, box.fill, box.fill, box.fill);
            cairo_rectangle(cairo, box.x, box.y, box.width, box.height);
            cairo_fill(cairo);
        }
    }
    cairo_set_line_width(cairo, 0.5);
    for (const Box& box : sheet.boxes) {
        if (box.frame) {
            cairo_set_source_rgb(cairo, 0.55, 0.55, 0.55);
            cairo_rectangle(cairo, box.x, box.y, box.width, box.height);
            cairo_stroke(cairo);
        }
    }
    for (const Rule& rule : sheet.rules) {
        cairo_set_source_rgb(cairo, rule.grey, rule.grey, rule.grey);
        cairo_move_to(cairo, rule.x, rule.y);
        cairo_line_to(cairo, rule.x + rule.width, rule.y);
        cairo_stroke(cairo);
    }
    for (const PlacedCode& code : sheet.codes) {
        // One path for all squares, so that no hairlines show between them.
        const double unit = code.side / code.code.side;
        cairo_set_source_rgb(cairo, 0, 0, 0);
        code.code.each_run([&](int x, int y, int length) {
            cairo_rectangle(cairo, code.x + x * unit, code.y + y * unit, length * unit, unit);
        });
        cairo_fill(cairo);
    }
    for (const Placed& placed : sheet.lines)
        draw_line(cairo, placed);
}

// The lines over and under the text of a page.
void draw_margins(cairo_t* cairo, Layouter& layouter, const Pdf::About& about, size_t page, size_t pages) {
    constexpr double footer_y = page_height - 54;
    // Returns how many lines it took.
    auto put = [&](const std::string& text, double y, bool right) {
        Lines lines = layouter.break_lines(text, margin_style, right ? 80 : text_width - (y > top ? 90 : 0));
        if (lines.count == 0) return 0;
        double x = side;
        if (right) {
            PangoRectangle extents;
            pango_layout_line_get_extents(pango_layout_get_line_readonly(lines.layout.get(), 0), nullptr,
                                          &extents);
            x = page_width - side - static_cast<double>(extents.width) / PANGO_SCALE;
        }
        // Two lines hold every name that an institution has; the rest stands on the first page anyway.
        const int shown = std::min(lines.count, 2);
        for (int i = 0; i < shown; ++i)
            draw_line(cairo, {lines.layout, i, x, y + i * margin_style.leading(), margin_style.grey});
        return shown;
    };
    put(about.header, 36, false);
    const int under = put(about.footer, footer_y, false);
    put(about.seal, footer_y + under * margin_style.leading(), false);
    put(fmt::format("{} / {}", page, pages), footer_y, true);
    cairo_set_source_rgb(cairo, 0.7, 0.7, 0.7);
    cairo_set_line_width(cairo, 0.5);
    for (double y : {52.0, page_height - 66}) {
        cairo_move_to(cairo, side, y);
        cairo_line_to(cairo, page_width - side, y);
        cairo_stroke(cairo);
    }
}

cairo_status_t append(void* out, const unsigned char* data, unsigned length) {
    static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
}

}  // namespace

void Pdf::heading(int level, std::string text) {
    blocks_.emplace_back(Heading{level, std::move(text)});
}
void Pdf::paragraph(std::string text, Tone tone) {
    blocks_.emplace_back(Paragraph{std::move(text), tone});
}
void Pdf::table(PdfTable table) {
    blocks_.emplace_back(std::move(table));
}
void Pdf::code(Qr code, double millimetres, std::vector<PdfCell> beside) {
    blocks_.emplace_back(QrBlock{std::move(code), millimetres, std::move(beside)});
}
void Pdf::page_break() {
    blocks_.emplace_back(PageBreak{});
}

Result<std::string> Pdf::finish() const {
    std::string out;
    std::unique_ptr<cairo_surface_t, FreeSurface> surface(
        cairo_pdf_surface_create_for_stream(append, &out, page_width, page_height));
    std::string made = utc_text(about_.made).substr(0, 19) + "Z";
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_TITLE, about_.title.c_str());
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATOR, "Sonae");
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_CREATE_DATE, made.c_str());
    cairo_pdf_surface_set_metadata(surface.get(), CAIRO_PDF_METADATA_MOD_DATE, made.c_str());
    std::unique_ptr<cairo_t, FreeCairo> cairo(cairo_create(surface.get()));

    // A font map of its own: it goes with the document, and no state is left in the thread.
    Owned<PangoFontMap> font_map(pango_cairo_font_map_new());
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(font_map.get()), 72);
    Owned<PangoContext> context(pango_font_map_create_context(font_map.get()));
    pango_cairo_update_context(cairo.get(), context.get());
    pango_context_set_language(context.get(), pango_language_from_string("ja"));
    // Lines are broken the same on every screen and machine: no rounding to pixels, no hinting.
    pango_context_set_round_glyph_positions(context.get(), FALSE);
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context.get(), options);
    cairo_font_options_destroy(options);

    Layouter layouter(context.get());
    if (pango_layout_get_unknown_glyphs_count(
            layouter.break_lines("備え安全管理①", body, text_width).layout.get()) > 0) {
        return fail(Code::io, "日本語の文字を印刷する書体がありません。fonts-ipaexfont を入れてください。",
                    "There is no font for Japanese. Install fonts-ipaexfont.");
    }
    for (const Block& block : blocks_)
        std::visit([&](const auto& one) { layouter.add(one); }, block);

    const size_t pages = layouter.sheets().size();
    std::vector<int> parents(4, CAIRO_PDF_OUTLINE_ROOT);  // latest bookmark of each level
    for (size_t i = 0; i < pages; ++i) {
        const Sheet& sheet = layouter.sheets()[i];
        for (const Bookmark& mark : sheet.bookmarks) {
            std::string where = fmt::format("page={} pos=[{:.1f} {:.1f}]", i + 1, side, mark.y);
            int id = cairo_pdf_surface_add_outline(surface.get(), parents[mark.level - 1], mark.text.c_str(),
                                                   where.c_str(), CAIRO_PDF_OUTLINE_FLAG_OPEN);
            std::fill(parents.begin() + mark.level, parents.end(), id);
        }
        draw(cairo.get(), sheet);
        draw_margins(cairo.get(), layouter, about_, i + 1, pages);
        cairo_show_page(cairo.get());
    }
    cairo_status_t status = cairo_status(cairo.get());
    cairo_surface_finish(surface.get());
    if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(surface.get());
    if (status != CAIRO_STATUS_SUCCESS) {
        return fail(Code::io, fmt::format("PDFを作れませんでした（{}）。", cairo_status_to_string(status)),
                    fmt::format("Could not make the PDF ({}).", cairo_status_to_string(status)));
    }
    return out;
}

}  // namespace sonae::exchange
