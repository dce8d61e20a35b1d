# Writes a C++ file that includes the bytes of ${JSON} through the assembler, so that no compiler has to read
# them as source text.
file(WRITE ${OUT} "// Made by scripts/embed.cmake from catalog/**.yaml.
#include \"catalog/builtin.hpp\"
asm(\".section .rodata\\n\"
    \".global sonae_builtin_catalog\\nsonae_builtin_catalog:\\n\"
    \".incbin \\\"${JSON}\\\"\\n\"
    \".global sonae_builtin_catalog_end\\nsonae_builtin_catalog_end:\\n.byte 0\\n.previous\\n\");
extern \"C\" {
extern const char sonae_builtin_catalog[];
extern const char sonae_builtin_catalog_end[];
}
namespace sonae::catalog {
std::string_view builtin_json() {
    return {sonae_builtin_catalog, static_cast<std::size_t>(sonae_builtin_catalog_end - sonae_builtin_catalog)};
}
}  // namespace sonae::catalog
")
