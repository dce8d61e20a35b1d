// Build tool: reads catalog/**.yaml, checks it whole and writes it as one JSON text for the program to carry.
//
//   compile_catalog CATALOG_FOLDER OUT.json
//
// The cases of the questions are left out: they are for the tests, which read the YAML.
#include "base/os/file.hpp"
#include "catalog/catalog.hpp"
#include "catalog/files.hpp"

#include <cstdio>

int main(int count, char** arguments) {
    using namespace sonae;
    if (count != 3) {
        std::fputs("compile_catalog CATALOG_FOLDER OUT.json\n", stderr);
        return 2;
    }
    auto complain = [](const Error& error) {
        std::fprintf(stderr, "%s\n", error.words.en.c_str());
        return 1;
    };
    auto compiled = catalog::compile(arguments[1]);
    if (!compiled) return complain(compiled.error());
    auto checked = catalog::Catalog::load(*compiled, {});
    if (!checked) return complain(checked.error());
    if (auto written = os::write_file(arguments[2], *compiled); !written) return complain(written.error());
    return 0;
}
