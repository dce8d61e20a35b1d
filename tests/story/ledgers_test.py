"""The ledgers of tests/fixtures/ledgers, each imported into a fresh record and compared with what is written beside it.

NAME.json says what a sensible person expects of the file. A ledger whose expectation the program does not yet meet has
`"pending": reason` there; it is run all the same, and a pending one that is met fails, so that the marks go away.
"""
import json
import re
import shutil
import tempfile
import unittest
from pathlib import Path

from story import ROOT, Story

LEDGERS = ROOT / "tests/fixtures/ledgers"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OUTCOMES = ["new", "changed", "same", "conflict", "refused"]
EXPECTED = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(LEDGERS.glob("*.json"))}


class Ledgers(Story):
    """One test for each file, made below."""

    @classmethod
    def setUpClass(cls):
        cls.fresh = Path(tempfile.mkdtemp(prefix="sonae ledgers "))
        cls.addClassCleanup(shutil.rmtree, cls.fresh, ignore_errors=True)

    def setUp(self):
        super().setUp()
        if not (self.fresh / "data").exists():
            self.init()
            shutil.copytree(self.data, self.fresh / "data", ignore=shutil.ignore_patterns("lock", "socket"))
        else:
            shutil.copytree(self.fresh / "data", self.data)
        self.problems = []

    def expect(self, there, wanted, where):
        if there != wanted:
            self.problems.append(f"{where}: {there!r} and not {wanted!r}")

    def bring(self, told, *more):
        """Imports the file; the result, or nothing when it was refused."""
        maps = [part for one in told.get("map", []) for part in ("--map", one)]
        place = LEDGERS / told["file"]
        done = self.call("import", told["register"], place, *maps, "--json", *more, "--data", self.data)
        if done.code != 0:
            self.problems.append(f"import {' '.join(more)}: {done}")
            return None
        return done.json()

    # ---- one ledger ---------------------------------------------------------------------------------------

    def take(self, name):
        told = EXPECTED[name]
        try:
            self.examine(told)
        except KeyError as missing:
            self.problems.append(f"the result has no {missing}")
        if "pending" in told:
            self.assertTrue(self.problems, f"{name} is met now: take its pending mark away ({told['pending']})")
            print(f"pending: {name}: {told['pending']}", flush=True)
        else:
            self.assertFalse(self.problems, f"{told['file']} ({told['about']})\n" + "\n".join(self.problems))

    def examine(self, told):
        if "refused" in told:
            return self.examine_refusal(told)
        if "after" in told:
            self.bring({"register": told["register"], "file": told["after"]})
        registers = sorted({*told["entries"], *told.get("totals", {}), *told.get("absent", {})})
        before = {register: self.entries(register) for register in registers}
        plan = self.bring(told, "--dry-run")
        self.expect(
            {register: self.entries(register) for register in registers}, before, "a dry run changed the record"
        )
        done = self.bring(told)
        if plan is None or done is None:
            return None
        self.expect(self.outcomes(plan), self.outcomes(done), "the dry run and the import")
        self.examine_sheets(told, plan)
        self.examine_entries(told)
        for text in told.get("tells", []):
            self.expect(text in json.dumps(done, ensure_ascii=False), True, f"tells 「{text}」")
        again = self.bring(told)
        if again is not None:
            taken = sum(done["counts"][outcome] for outcome in ["new", "changed", "same"])
            counts = done["counts"] | {"new": 0, "changed": 0, "same": taken}
            self.expect(again["counts"], counts, "the same file again")
            self.expect(again["created"], [], "the same file again created")
        undone = self.call("import", "--undo", "--json", "--data", self.data)
        self.expect(undone.code, 0, f"undo: {undone}")
        after = {register: self.entries(register) for register in registers}
        self.expect(without_version(after), without_version(before), "after undo")
        return None

    def examine_refusal(self, told):
        for more in [["--dry-run"], []]:
            done = self.call(
                "import", told["register"], LEDGERS / told["file"], *more, "--json", "--data", self.data
            )
            if done.code == 0:
                self.problems.append(f"{told['file']} was taken")
                continue
            self.expect(json.loads(done.out or done.err)["error"]["code"], told["refused"], "the code")
            for text in told["says"]:
                self.expect(text in done.out + done.err, True, f"says 「{text}」")

    # ---- what the plan says of each row and column --------------------------------------------------------

    @staticmethod
    def outcomes(result):
        rows = {
            sheet["sheet"]: [(row["row"], row["outcome"], row["label"]) for row in sheet["rows"]]
            for sheet in result["sheets"]
        }
        return result["counts"], rows

    def examine_sheets(self, told, plan):
        sheets = {sheet["sheet"]: sheet for sheet in plan["sheets"]}
        self.expect(sorted(sheets), sorted(told["sheets"]), "sheets taken")
        self.expect(
            sorted(sheet["sheet"] for sheet in plan["other_sheets"]),
            sorted(told.get("other_sheets", [])),
            "other sheets",
        )
        rows = told["rows_in_file"]
        self.expect(
            {
                **{name: s["counts"]["rows"] for name, s in sheets.items()},
                **{sheet["sheet"]: sheet["rows"] for sheet in plan["other_sheets"]},
            },
            rows,
            "rows in each sheet",
        )
        for counts in [plan["counts"], *(sheet["counts"] for sheet in plan["sheets"])]:
            self.expect(
                sum(counts[kind] for kind in [*OUTCOMES, "skipped"]), counts["rows"], f"the sum of {counts}"
            )
        self.expect(plan["counts"]["rows"], sum(rows.values()), "rows in the file")
        for name, wanted in told["sheets"].items():
            if name in sheets:
                self.examine_sheet(name, wanted, sheets[name], told)

    def examine_sheet(self, name, wanted, sheet, told):
        self.expect(sheet["register"], wanted.get("register", told["register"]), f"{name}: register")
        lines = wanted["header"] if isinstance(wanted["header"], list) else [wanted["header"]]
        self.expect(sheet["header_row"], lines[-1], f"{name}: header row")
        if "counts" in wanted:
            counts = dict.fromkeys(OUTCOMES, 0) | wanted["counts"]
            kinds = counts.pop("skipped")
            self.expect({key: sheet["counts"][key] for key in OUTCOMES}, counts, f"{name}: outcomes")
            there = {kind: count for kind, count in sheet["counts"]["kinds"].items() if count}
            self.expect(there, kinds, f"{name}: skipped")
        columns = {column["header"].replace("\n", " "): column for column in sheet["columns"]}
        for header, use in wanted["columns"].items():
            self.expect(self.use_of(columns.get(header), sheet["register"]), use, f"{name}: column {header}")
        rows = {str(row["row"]): row for row in sheet["rows"]}
        for number, row in wanted.get("rows", {}).items():
            for key, value in row.items():
                there = rows.get(number, {}).get(key)
                if key == "reason":
                    self.expect(
                        value in json.dumps(there, ensure_ascii=False), True, f"{name}: row {number}: {there}"
                    )
                else:
                    self.expect(there, value, f"{name}: row {number}: {key}")

    @staticmethod
    def use_of(column, register):
        if column is None or column["use"] != "mapped":
            return column and column["use"]
        return column["field"] if column["register"] == register else f"{column['register']}.{column['field']}"

    # ---- what the record says afterwards ------------------------------------------------------------------

    def examine_entries(self, told):
        self.lists = {}
        for register, wanted in told["entries"].items():
            for one in wanted:
                first, value = next(iter(one.items()))
                found = [entry for entry in self.list_of(register) if entry.get(first) == value]
                where = f"{register} {value}"
                self.expect(len(found), 1, f"{where}: entries")
                if len(found) == 1:
                    self.examine_entry(one, found[0], where)
        for register, count in told.get("totals", {}).items():
            self.expect(len(self.list_of(register)), count, f"entries of {register}")
        for register, names in told.get("absent", {}).items():
            labels = [entry["label"].split(" ")[0] for entry in self.list_of(register)]
            self.expect([name for name in names if name in labels], [], f"{register}: should not be there")

    def list_of(self, register):
        if register not in self.lists:
            self.lists[register] = self.entries(register)
        return self.lists[register]

    def examine_entry(self, wanted, entry, where):
        for field, value in wanted.items():
            if field == "extra":
                extra = entry.get("extra", {})
                self.expect({key: extra.get(key) for key in value}, value, f"{where}: extra")
            elif isinstance(value, list) and (not value or isinstance(value[0], dict)):
                children = [child for child in self.list_of(field) if child["device"] == entry["id"]]
                self.examine_children(value, children, f"{where}: {field}")
            else:
                self.expect(self.value_of(entry, field, value), value, f"{where}: {field}")

    def examine_children(self, wanted, children, where):
        self.expect(len(children), len(wanted), f"{where}: entries")
        for one in wanted:
            first, value = next(iter(one.items()))
            found = [child for child in children if self.value_of(child, first, value) == value]
            self.expect(len(found), 1, f"{where} {value}: entries")
            if len(found) == 1:
                self.examine_entry(one, found[0], f"{where} {value}")

    def value_of(self, entry, field, wanted):
        """A field as the expectations write it: ? unknown, - none, null never asked, !x unreadable, @x by name."""
        state = entry["states"].get(field, "known")
        if state == "unreadable":
            return "!" + entry["written"][field]
        if state != "known":
            return {"unknown": "?", "none": "-", "never_asked": None}[state]
        value = entry.get(field)
        values = value if isinstance(value, list) else [value]
        if all(ID.fullmatch(str(one)) for one in values):
            names = sorted("@" + self.name_of(one) for one in values)
            if isinstance(wanted, list):
                return wanted if names == sorted(wanted) else names
            return "、".join(names)
        if isinstance(value, list):
            return " ".join(value)
        return str(int(value)) if isinstance(value, bool) else str(value)

    def name_of(self, reference):
        for register in ["vendor", "system", "person", "device"]:
            for entry in self.list_of(register):
                if entry["id"] == reference:
                    return entry.get("name", entry["label"])
        return f"no entry {reference}"


def without_version(lists):
    return {
        register: [{key: value for key, value in entry.items() if key != "version"} for entry in entries]
        for register, entries in lists.items()
    }


class Inventory(unittest.TestCase):
    """What the ledgers are, all together."""

    def test_there_are_thirty_or_more_by_five_programs(self):
        self.assertGreaterEqual(len(EXPECTED), 30)
        programs = {told["program"] for told in EXPECTED.values()}
        self.assertLessEqual({"openpyxl", "exceljs", "sheetjs", "libreoffice", "gnumeric", "csv"}, programs)
        kinds = {told["file"].rsplit(".")[-1] for told in EXPECTED.values()}
        self.assertEqual(kinds, {"xlsx", "xlsm", "xls", "ods", "csv", "txt"})

    def test_each_file_has_an_expectation_and_is_small(self):
        files = {path.name: path.stat().st_size for path in LEDGERS.iterdir() if path.is_file()}
        ledgers = {name for name in files if not name.endswith(".json") and name != "README.md"}
        self.assertEqual(ledgers, {told["file"] for told in EXPECTED.values()})
        self.assertLess(max(files.values()), 20_000)
        self.assertLess(sum(files.values()), 1_000_000)

    def test_how_many_are_pending(self):
        pending = [name for name, told in EXPECTED.items() if "pending" in told]
        print(f"pending: {len(pending)} of {len(EXPECTED)} ledgers", flush=True)
        self.assertLess(len(pending), len(EXPECTED))


def add_test(name):
    def test(self):
        self.take(name)

    test.__doc__ = EXPECTED[name]["about"]
    setattr(Ledgers, "test_" + name.replace("-", "_"), test)


for ledger in EXPECTED:
    add_test(ledger)

if __name__ == "__main__":
    unittest.main()
