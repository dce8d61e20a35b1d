// Columns of workbooks from the fields' descriptions.
#include "exchange/sheet_columns.hpp"

#include <fmt/format.h>

namespace sonae::exchange {

using catalog::Field;
using catalog::Type;
using Kind = OwnColumn::Kind;

namespace {

constexpr int id_width = 9;

std::vector<std::string> words_of(const Field& field) {
    std::vector<std::string> out;
    if (field.type == Type::boolean) out = {"はい", "いいえ"};
    for (const catalog::Choice& choice : field.choices)
        out.push_back(choice.label.ja);
    return out;
}

}  // namespace

std::string how_to_write(const Field& field) {
    switch (field.type) {
        case Type::text:
            return "文字";
        case Type::date:
            return "日付（例：2026-04-01、令和8年4月1日。年や月まででも書けます）";
        case Type::integer:
            return "整数";
        case Type::boolean:
            return "はい、いいえ";
        case Type::choice: {
            const std::string words = fmt::format("{}", fmt::join(words_of(field), "、"));
            return field.many ? fmt::format("次から選びます（いくつでも。「、」で区切ります）：{}", words)
                              : fmt::format("次から一つ選びます：{}", words);
        }
        case Type::reference:
            return field.many ? "名前（いくつでも。「、」で区切ります）" : "名前";
        case Type::address:
            return "IPアドレス（例：192.168.10.21）";
        case Type::mac:
            return "MACアドレス（例：00-1A-2B-3C-4D-5E）";
    }
    return {};
}

SheetColumn sheet_column(const ExportColumn& column) {
    SheetColumn out;
    out.header = column.header;
    if (column.meaning.kind == Kind::id || column.meaning.kind == Kind::child_id) {
        out.quiet = true;
        out.width = id_width;
    }
    const Field* field = column.meaning.field;
    if (field == nullptr) return out;
    out.required = field->required;
    if (field->type == Type::date) out.kind = SheetColumn::Kind::date;
    if (field->type == Type::integer) out.kind = SheetColumn::Kind::number;
    out.choices = words_of(*field);
    if (!out.choices.empty()) {
        out.choices.emplace_back("不明");
        out.choices.emplace_back("－");
    }
    out.several = field->many;
    out.prompt = field->help.ja;
    return out;
}

}  // namespace sonae::exchange
