// Runs of text.
#include "exchange/cell_text.hpp"

#include "exchange/table.hpp"

namespace sonae::exchange {

void CellText::add(std::string_view piece, bool struck) {
    all_ += piece;
    last_struck_ = struck;
    if (struck) {
        some_struck_ = some_struck_ || !is_blank(piece);
    } else {
        kept_ += piece;
    }
}

void CellText::drop_last() {
    if (all_.empty()) return;
    all_.pop_back();
    if (!last_struck_ && !kept_.empty()) kept_.pop_back();
}

bool CellText::struck() const {
    return some_struck_ && is_blank(kept_);
}

bool CellText::partly_struck() const {
    return some_struck_ && !is_blank(kept_);
}

}  // namespace sonae::exchange
