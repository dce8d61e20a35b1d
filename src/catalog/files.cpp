// Collects the files of a catalog folder.
#include "catalog/files.hpp"

#include "base/hash.hpp"
#include "base/os/file.hpp"
#include "catalog/yaml.hpp"

namespace sonae::catalog {

Result<std::string> compile(const std::filesystem::path& folder, bool cases) {
    auto names = os::files_below(folder);
    if (!names) return pass(std::move(names));
    json::object out;
    for (const char* part : {"registers", "questions", "checklists", "support", "cases"})
        out[part] = json::array();
    for (const std::string& name : *names) {
        if (!name.ends_with(".yaml")) continue;
        bool is_case = name.ends_with(".cases.yaml");
        if (is_case && !cases) continue;
        std::string part = is_case ? "cases" : name.substr(0, name.find('/'));
        json::value* list = out.if_contains(part);
        if (!list) continue;  // catalog/sources.yaml: for readers of the catalog
        auto text = os::read_file(folder / name);
        if (!text) return pass(std::move(text));
        auto data = yaml_to_json("catalog/" + name, *text);
        if (!data) return pass(std::move(data));
        list->get_array().push_back(json::object{{"file", "catalog/" + name}, {"data", std::move(*data)}});
    }
    // Made here once, so that no start of the program has to.
    std::string registers = canonical(out["registers"]);
    std::string support = canonical(out["support"]);
    std::string rest = canonical(out["questions"]) + canonical(out["checklists"]);
    out["tables_digest"] = hex(sha256(registers, support));
    out["digest"] = hex(sha256(registers, support, rest));
    return canonical(out);
}

}  // namespace sonae::catalog
