// Columns in their order.
#include "exchange/export_columns.hpp"

#include <fmt/format.h>

namespace sonae::exchange {

using catalog::Field;
using catalog::Register;
using Kind = OwnColumn::Kind;

Result<std::vector<ExportColumn>> export_columns(const catalog::Catalog& catalog, const Register& description,
                                                 const ColumnPlan& plan) {
    const OwnHeaders headers(catalog, description);
    std::vector<ExportColumn> columns;
    auto add = [&](OwnColumn meaning, bool basic) {
        std::string header = headers.header(meaning);
        columns.push_back({std::move(meaning), std::move(header), basic});
    };
    if (plan.ids) add({Kind::id, &description, nullptr, 0, {}}, true);
    for (bool basic : {true, false}) {
        for (const Field& field : description.fields) {
            if (field.internal && !description.internal) continue;
            if ((plan.basic.count(&field) != 0) == basic)
                add({Kind::field, &description, &field, 0, {}}, basic);
        }
        for (size_t i = 0; i < description.import_children.size() && i < plan.children.size(); i++) {
            const catalog::ImportChild& link = description.import_children[i];
            const Register* child = catalog.find_register(link.child);
            const ChildColumns& below = plan.children[i];
            for (size_t group = 1; group <= below.groups; group++) {
                for (const Field& field : child->fields) {
                    if (field.internal || field.name == link.parent) continue;
                    if ((below.basic.count(&field) != 0) == basic)
                        add({Kind::child, child, &field, group, {}}, basic);
                }
                if (plan.ids && !basic) add({Kind::child_id, child, nullptr, group, {}}, false);
            }
        }
        if (!basic) continue;
        for (const std::string& extra : plan.extras)
            add({Kind::extra, nullptr, nullptr, 0, extra}, true);
    }
    for (const ExportColumn& column : columns) {
        auto read = headers.read(column.header);
        if (read && *read == column.meaning) continue;
        return fail(
            Code::refused,
            fmt::format("列「{}」は、取り込むときに読み戻せない見出しになるため書き出せません。列の名前の"
                        "前後の空白を除いてください。",
                        column.header),
            fmt::format("The column \"{}\" could not be read back, so it cannot be exported. Remove the "
                        "white space around its name.",
                        column.header));
    }
    return columns;
}

}  // namespace sonae::exchange
