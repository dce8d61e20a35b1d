// An institution's own catalog file, on top of a small catalog. The input's first line is the file's name.
#include "catalog/yaml.hpp"
#include "fuzz/fuzz.hpp"

namespace sonae::fuzz {

namespace {

constexpr std::string_view small_catalog = R"({"digest":"0","tables_digest":"0","registers":[{"file":"vendor",
"data":{"register":"vendor","label":{"ja":"事業者","en":"Vendor"},"label_of":["vendor_name"],"source":"own",
"fields":[{"name":"vendor_name","type":"text","key":true,"label":{"ja":"名称","en":"Name"},"source":"own"}]}}],
"questions":[],"checklists":[],"support":[]})";

}  // namespace

void take(std::string_view input) {
    std::string name(line(input));
    if (!is_utf8(name)) return;
    auto value = catalog::yaml_to_json(name, input);
    if (taken(value)) holds(is_utf8(canonical(*value)), "what YAML says is UTF-8");
    auto loaded = catalog::Catalog::load(small_catalog, {{name, std::string(input)}});
    if (!taken(loaded)) return;
    holds(value.has_value(), "a catalog file is YAML");
    holds(loaded->digest() != "0", "an own file changes the digest");
    for (const catalog::Register& description : loaded->registers()) {
        holds(!description.name.empty() && !description.label.ja.empty(),
              "a register has a name and a label");
        for (const catalog::Field& field : description.fields)
            holds(description.field(field.name) == &field, "a field is found by its name");
    }
    for (const catalog::Question& question : loaded->questions())
        holds(loaded->question(question.name) == &question, "a question is found by its name");
    for (const catalog::Checklist& checklist : loaded->checklists())
        holds(loaded->checklist(checklist.edition) == &checklist, "a checklist is found by its edition");
}

}  // namespace sonae::fuzz
