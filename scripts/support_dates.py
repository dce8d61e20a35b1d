"""Compiles the product pages of endoflife.date (samples/data/endoflife) into catalog/support/endoflife.yaml.

    scripts/support_dates.py                  compiles the pages that are in the repository
    scripts/support_dates.py --check          fails when the compiled file is not what the pages give
    scripts/support_dates.py --from CHECKOUT  first takes the same pages from a newer checkout of endoflife.date

Standard library only. The pages' front matter is YAML written by rule, one `key: value` on a line, and that is what
is read here; anything else in it stops the script.
"""
import argparse
import datetime
import html
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "samples/data/endoflife"
COMPILED = ROOT / "catalog/support/endoflife.yaml"

NONE_ANNOUNCED = "9999-12-31"
DAY_UNKNOWN = "0001-01-01"

# Products whose `latest` is the build that a computer shows (winver), so that "10.0.19045" names the release.
BUILDS = {"windows", "windows-server"}
# Products that people call by the name of the release ("macOS Sonoma").
CODENAMES = {"macos"}
# Cycles that are branches of development and not something to install.
OMITTED = {"freebsd": re.compile(r"\d+")}
# Names for people: the page's title without its maker, or as given here.
MAKERS = re.compile(r"^(Microsoft|Apple|Google|Palo Alto Networks) ")
LABELS = {"android": "Android", "filemaker": "FileMaker", "microsoft-build-of-openjdk": "Microsoft Build of OpenJDK"}

HEAD = """\
# Until when makers mend their products: compiled from endoflife.date by scripts/support_dates.py; never edited by hand
# (docs/support-dates.md). ends = the last day with security fixes; "9999-12-31" = no end announced on source_date,
# "0001-01-01" = ended, day unknown; extended = the last day of extended support that has to be contracted.
"""


def scalar(text, place):
    """The value of one line: a quoted or plain text, true, false or nothing."""
    text = text.strip()
    if text.startswith('"'):
        match = re.fullmatch(r'("(?:[^"\\]|\\.)*")\s*(#.*)?', text)
        return json.loads(match[1]) if match else sys.exit(f"{place}: {text}")
    if text.startswith("'"):
        match = re.fullmatch(r"'((?:[^']|'')*)'\s*(#.*)?", text)
        return match[1].replace("''", "'") if match else sys.exit(f"{place}: {text}")
    text = re.sub(r"(^|\s)#.*", "", text).strip()
    if text[:1] in tuple("[{&*!|>%@`"):
        sys.exit(f"{place}: not a plain value: {text}")
    return {"true": True, "false": False, "null": None, "~": None, "": None}.get(text, text)


def read_page(path):
    """The front matter of a page: (its own keys, its releases)."""
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[0] != "---" or "---" not in lines[1:]:
        sys.exit(f"{path.name}: no front matter")
    own, releases, section = {}, [], ""
    for number, line in enumerate(lines[1:lines.index("---", 1)], 2):
        place = f"{path.name}:{number}"
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if match := re.fullmatch(r"(\w+):(.*)", line):
            section = match[1]
            if section in ("title", "releaseLabel"):
                own[section] = scalar(match[2], place)
        elif section != "releases":
            continue
        elif match := re.fullmatch(r"  - releaseCycle:(.*)", line):
            releases.append({"releaseCycle": scalar(match[1], place)})
        elif match := re.fullmatch(r"    (\w+):(.*)", line):
            if match[1] in ("releaseLabel", "releaseDate", "codename", "lts", "eol", "eoes", "latest"):
                releases[-1][match[1]] = scalar(match[2], place)
        elif not line.startswith("      "):
            sys.exit(f"{place}: not understood: {line}")
    return own, releases


def end(value, place):
    """An end of support as a day."""
    if value in (False, True):
        return DAY_UNKNOWN if value else NONE_ANNOUNCED
    return str(datetime.date.fromisoformat(value)) if value else sys.exit(f"{place}: no date")


def without_prefix(label, prefix):
    return label[len(prefix):].strip() if label.lower().startswith(prefix.lower() + " ") else label


def read_cycle(product, label, pattern, release):
    name = release["releaseCycle"]
    place = f"{product} {name}"
    words = release.get("releaseLabel") or pattern or "__RELEASE_CYCLE__"
    codename = release.get("codename") if product in CODENAMES else None
    for mark, value in [("__RELEASE_CYCLE__", name), ("__CODENAME__", codename), ("__LATEST__", release.get("latest"))]:
        words = words.replace(mark, value or "")
    words = re.sub(r"'\s*'|\(\s*\)", "", html.unescape(re.sub(r"<[^>]*>", "", words)))
    cycle = {"name": name, "label": without_prefix(" ".join(words.split()), label),
             "released": str(datetime.date.fromisoformat(release["releaseDate"])), "ends": end(release["eol"], place)}
    # The page gives false where there is no extended support, and true where it has no end.
    extended = NONE_ANNOUNCED if release.get("eoes") is True else end(release.get("eoes") or True, place)
    if extended > cycle["ends"]:
        cycle["extended"] = extended
    if product in BUILDS and release.get("latest"):
        cycle["build"] = release["latest"]
    if codename:
        cycle["codename"] = codename
    # A name that people use in place of the number: SQL Server "15.0" is called "2019".
    called = re.match(r"\d+(\.\d+)*", cycle["label"])
    if called and not re.match(re.escape(called[0]) + r"($|[^\d])", name):
        cycle["called"] = called[0]
    return cycle, bool(release.get("lts"))


def compile_pages():
    """The text of the compiled file."""
    about = dict(re.findall(r"(?m)^(commit|date): *(\S+)$", (SOURCE / "README.md").read_text(encoding="utf-8")))
    lines = [HEAD + f"source: endoflife.date {about['commit']} (MIT)", f"source_date: {json.dumps(about['date'])}",
             "products:"]
    for path in sorted((SOURCE / "products").glob("*.md")):
        own, releases = read_page(path)
        label = LABELS.get(path.stem) or MAKERS.sub("", own["title"])
        cycles = [read_cycle(path.stem, label, own.get("releaseLabel"), release) for release in releases
                  if path.stem not in OMITTED or not OMITTED[path.stem].fullmatch(release["releaseCycle"])]
        labels = [cycle["label"] for cycle, _ in cycles]
        lines += [f"  - product: {path.stem}", f"    label: {json.dumps(label, ensure_ascii=False)}", "    cycles:"]
        for cycle, long_term in cycles:
            if labels.count(cycle["label"]) > 1 and long_term:
                cycle["label"] += " LTSC"
            lines.append("      - {" + ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}"
                                                 for key, value in cycle.items()) + "}")
    return "\n".join(lines) + "\n"


def renew(checkout):
    """Takes the pages that are here from a newer checkout."""
    commit, date = subprocess.run(["git", "-C", checkout, "log", "-1", "--format=%h %cs", "--abbrev=8"], check=True,
                                  capture_output=True, text=True).stdout.split()
    for path in sorted((SOURCE / "products").glob("*.md")):
        path.write_bytes((Path(checkout) / "products" / path.name).read_bytes())
    readme = SOURCE / "README.md"
    text = re.sub(r"(?m)^commit: .*$", f"commit: {commit}", readme.read_text(encoding="utf-8"))
    readme.write_text(re.sub(r"(?m)^date: .*$", f"date: {date}", text), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--from", dest="checkout", help="a checkout of endoflife.date")
    arguments = parser.parse_args()
    if arguments.checkout:
        renew(arguments.checkout)
    text = compile_pages()
    if arguments.check:
        same = COMPILED.exists() and COMPILED.read_text(encoding="utf-8") == text
        return 0 if same else f"{COMPILED.relative_to(ROOT)} is not what the pages give: run scripts/support_dates.py"
    COMPILED.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
