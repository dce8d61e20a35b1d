"""The house rules: floors, first comments, banned calls, and nothing in C++ that belongs in catalog/.

The order of the floors is read from the table of docs/architecture.md, the only place where it is written
down for people and for this test.
"""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CPP = sorted([*ROOT.glob("src/**/*.[ch]pp"), *ROOT.glob("tests/**/*.[ch]pp")])
PYTHON = sorted(
    [
        *ROOT.glob("scripts/*.py"),
        *ROOT.glob("tests/**/*.py"),
        *ROOT.glob("bench/*.py"),
        *ROOT.glob("docs/*.py"),
    ]
)
SHELL = [*map(ROOT.joinpath, ["run", "test", ".ci/run", "bench/run"]), *sorted(ROOT.glob("scripts/*.sh"))]
CMAKE = [ROOT / "CMakeLists.txt", *sorted(ROOT.glob("scripts/*.cmake"))]
CODE = [*CPP, *PYTHON, *SHELL, *CMAKE]
CATALOG = sorted(ROOT.glob("catalog/**/*.yaml"))
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("samples/*.md")])

# Registers whose entries Sonae's own commands write, and `vendor`, to whom an assessment of the vendor form
# belongs; every other register is known to C++ from catalog/ only.
OWN_REGISTERS = {
    "answer",
    "answer_proposal",
    "attachment",
    "catalog_file",
    "edition_line",
    "edition_use",
    "file_import",
    "import_mapping",
    "institution",
    "own_backup",
    "own_backup_plan",
    "pack",
    "parameter",
    "signing_key",
    "vendor",
}

# Headers that are a door to the operating system's files, locks, processes and sockets.
SYSTEM_HEADERS = re.compile(
    r"^(sys/.*|arpa/.*|netinet/.*|net/.*|unistd\.h|fcntl\.h|dirent\.h|poll\.h|pwd\.h|grp\.h|netdb\.h|termios\.h"
    r"|spawn\.h|windows\.h|winsock2\.h|io\.h|fstream)$"
)

BANNED = {
    r"\bv?sprintf\s*\(": "writes without a bound: use fmt::format",
    r"\bstr(n?cpy|n?cat)\s*\(": "copies without a bound: use std::string",
    r"\bgets\s*\(": "reads without a bound",
    r"\b(system|popen)\s*\(": "runs a shell",
    r"\bs?rand\s*\(": "not random enough for anything: use os::random_bytes",
    r"\bato[ifl]\s*\(": "takes any text for a number: use std::from_chars",
    r"\bstd::(basic_)?regex\b": "slow, and deep texts overflow its stack: write the few lines",
    r"\b(localtime|gmtime|mktime)\s*\(": "depends on the machine's zone: use base/time.hpp",
    r"\bnew\s+[A-Za-z_:(]": "raw new: use std::make_unique or a container",
    r"\bdelete\s*(\[\s*\])?\s*[A-Za-z_(*]": "raw delete: use std::unique_ptr",
    r"\busing\s+namespace\s+std\s*;": "hides where a name comes from",
}

# One C++ token that is a comment, a string, or a character; everything else is code.
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\((?P<raw>.*?)\)(?P=mark)"|"(?P<text>(?:\\.|[^"\\\n])*)"'
    r"|'(?:\\.|[^'\\\n])+'",
    re.S,
)


def read(path):
    return path.read_text(encoding="utf-8")


def name(path):
    return str(path.relative_to(ROOT))


def without_texts(source):
    """C++ source with comments removed and strings emptied; lines keep their numbers."""
    return TOKEN.sub(lambda m: ('""' if m[0][0] in 'R"' else "") + "\n" * m[0].count("\n"), source)


def literals(source):
    """The string literals of a C++ source: (line, text)."""
    for match in TOKEN.finditer(source):
        text = match["raw"] if match["raw"] is not None else match["text"]
        if text is not None:
            yield source.count("\n", 0, match.start()) + 1, text


def hits(pattern, text):
    """Where the pattern occurs: (line, found text)."""
    return [(text.count("\n", 0, m.start()) + 1, m[0]) for m in re.finditer(pattern, text)]


def floors():
    """Floor → its height, from the table of docs/architecture.md (highest first there)."""
    table = read(ROOT / "docs/architecture.md").split("<!-- floors -->")[1]
    rows = [
        re.findall(r"`src/(\w+)/`", row.split("|")[1])
        for row in table.splitlines()
        if row.startswith("| `src/")
    ]
    return {floor: len(rows) - place for place, row in enumerate(rows) for floor in row}


class Tidy(unittest.TestCase):
    maxDiff = None

    def none(self, found, what):
        """Fails with one line for each place that was found."""
        self.assertFalse(found, what + "\n" + "\n".join(found))

    def test_every_folder_of_src_is_a_floor(self):
        folders = {path.relative_to(ROOT / "src").parts[0] for path in ROOT.glob("src/**/*.[ch]pp")}
        self.assertLessEqual(folders, set(floors()), "add the folder to the table of docs/architecture.md")

    def test_an_include_only_points_down(self):
        height = floors()
        self.assertGreater(len(height), 7)
        found = []
        for path in CPP:
            parts = path.relative_to(ROOT).parts
            here = parts[1]
            for line, include in hits(r'(?m)^#include "[^"]+"', read(path)):
                target = include.split('"')[1].split("/")[0]
                if here not in height or target not in height or target == here:
                    continue
                if height[target] >= height[here] and not (parts[0] == "tests" and target == "catalog"):
                    found.append(f"{name(path)}:{line}: {include}")
        self.none(found, "an #include points up or to the side")

    def test_only_base_os_touches_the_system(self):
        found = [
            f"{name(path)}:{line}: {include}"
            for path in CPP
            if parts_begin(path, "src") and not parts_begin(path, "src", "base", "os")
            for line, include in hits(r"(?m)^#include [<\"][^>\"]+", read(path))
            if SYSTEM_HEADERS.match(re.split('[<"]', include)[1])
        ]
        self.none(found, "files, locks and sockets are behind src/base/os")

    def test_a_file_starts_with_its_job(self):
        found = []
        for path in CODE:
            text = read(path)
            first = re.sub(r"\A#!.*\n", "", text)
            begins = {".cpp": "// ", ".hpp": "// ", ".py": '"""'}.get(path.suffix, "# ")
            if not first.startswith(begins):
                found.append(name(path))
        self.none(found, "the first comment of a file says its job")

    def test_headers_are_read_once(self):
        self.none(
            [name(path) for path in CPP if path.suffix == ".hpp" and "\n#pragma once\n" not in read(path)],
            "#pragma once is missing",
        )

    def test_lines_are_short(self):
        found = [
            f"{name(path)}:{line}"
            for path in [*CPP, *PYTHON, *SHELL]
            for line, text in enumerate(read(path).splitlines(), 1)
            if len(text) > (110 if path in CPP else 120)
        ]
        self.none(found, "a line is too long")

    def test_no_banned_calls(self):
        found = []
        for path in CPP:
            code = without_texts(read(path))
            for pattern, why in BANNED.items():
                if why == "runs a shell" and parts_begin(path, "tests"):
                    continue  # tests look at our files with other people's programs
                found += [f"{name(path)}:{line}: {text} ({why})" for line, text in hits(pattern, code)]
        self.none(found, "a banned call")

    def test_nothing_is_left_for_later(self):
        words = "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"])
        found = [
            f"{name(path)}:{line}: {text}"
            for path in [*CODE, *CATALOG, *DOCS]
            for line, text in hits(rf"\b({words})\b", read(path))
        ]
        self.none(found, "write an issue instead")

    def test_no_machine_paths_and_no_addresses_in_code(self):
        folders = "|".join(["work", "home", "root", "tmp", "Users", "mnt"])
        found = [
            f"{name(path)}:{line}: {text}"
            for path in [*CODE, *CATALOG, *DOCS]
            for line, text in hits(rf"(?<![\w.$}}~/])/({folders})/\w+", read(path))
        ]
        names = r"https?://(?!schemas\.openxmlformats\.org/|www\.w3\.org/|purl\.org/)[^\s\"')]+"
        found += [
            f"{name(path)}:{line}: {text}"
            for path in CODE
            if not parts_begin(path, "tests")
            for line, text in hits(names, read(path))
        ]
        self.none(found, "a path of one machine or an address of the network in code")

    def test_never_the_word_compliant(self):
        word = "準" + "拠"
        found = [
            f"{name(path)}:{line}"
            for path in [*CATALOG, *ROOT.glob("src/**/*.[ch]pp")]
            for line, _ in hits(word, read(path))
        ]
        self.none(found, "Sonae never says that something complies")

    def test_every_package_is_explained(self):
        text = read(ROOT / "docs/dependencies.md")
        for file in ["scripts/packages.txt", "scripts/packages-test.txt"]:
            packages = [line for line in read(ROOT / file).splitlines() if line and not line.startswith("#")]
            self.assertEqual(packages, sorted(set(packages)), f"{file} is sorted")
            self.none(
                [package for package in packages if f"`{package}`" not in text],
                f"packages of {file} that docs/dependencies.md does not name",
            )

    def test_registers_are_known_from_the_catalog_only(self):
        registers = {
            match[1]
            for path in ROOT.glob("catalog/registers/*.yaml")
            for match in [re.search(r"(?m)^register: *(\w+)", read(path))]
        }
        self.assertIn("device", registers)
        self.assertLessEqual(OWN_REGISTERS, registers)
        foreign = "|".join(sorted(registers - OWN_REGISTERS))
        found = [
            f'{name(path)}:{line}: "{text}"'
            for path in ROOT.glob("src/**/*.[ch]pp")
            # A command may have the name of a register.
            for line, text in literals(re.sub(r'add_subcommand\(\s*"\w+"', 'add_subcommand(""', read(path)))
            if re.fullmatch(foreign, text)
            or re.search(rf"(?i)\b(from|join|into|update)\s+({foreign})\b", text)
        ]
        self.none(found, "a register is named in C++ that belongs in catalog/")


def parts_begin(path, *start):
    return path.relative_to(ROOT).parts[: len(start)] == start


if __name__ == "__main__":
    unittest.main()
