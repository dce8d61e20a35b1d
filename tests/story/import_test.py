"""The file of the month: what changed is shown and taken, several sheets find their registers, all of it can be taken
back, and a program that is ended in between has changed nothing."""
import os
import signal
import subprocess
import time
import unittest

from story import PROGRAM, Story

OCTOBER = """ひかり診療所 機器台帳,,,,
管理番号,コンピュータ名,設置場所,保守業者,棚
1,PC1,受付,株式会社メディカ,赤
2,PC2,診察室,,青
3,PC3,薬局,レセ社,
"""
NOVEMBER = """ひかり診療所 機器台帳,,,,
管理番号,コンピュータ名,設置場所,保守業者,棚
1,PC1,処置室,メディカ,赤
2,PC2,診察室,,青
3,PC3,薬局,レセシステムズ,
4,PC4,受付,,
4,PC5,受付,,
"""


class Month(Story):
    def setUp(self):
        super().setUp()
        self.init()

    def file(self, text, name="台帳.csv"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def numbers(self):
        return {entry["number"]: entry for entry in self.entries("device")}

    def test_the_file_of_the_month(self):
        self.json("import", "device", self.file(OCTOBER))
        plan = self.json("import", "device", self.file(NOVEMBER), "--dry-run")
        outcomes = [row["outcome"] for row in plan["sheets"][0]["rows"]]
        self.assertEqual(outcomes, ["changed", "same", "changed", "new", "conflict"])
        change = plan["sheets"][0]["rows"][0]["changed"]
        self.assertEqual(
            [(one["field"], one["old"]["ja"], one["new"]["ja"]) for one in change],
            [("place", "受付", "処置室")],
            "the vendor is the same without the form of company",
        )
        self.assertEqual(plan["created"][0]["like"][0]["label"], "レセ社")
        counts = plan["counts"]
        kinds = ["new", "changed", "same", "conflict", "refused", "skipped"]
        self.assertEqual(sum(counts[kind] for kind in kinds), counts["rows"])
        self.assertEqual(len(self.numbers()), 3, "a plan changes nothing")

        self.refused("import", "device", self.file(NOVEMBER), "--strict", codes=(1,))
        done = self.json("import", "device", self.file(NOVEMBER))
        self.assertEqual(done["counts"], counts)
        self.assertEqual(self.numbers()["1"]["place"], "処置室")
        again = self.json("import", "device", self.file(NOVEMBER))
        self.assertEqual((again["counts"]["new"], again["counts"]["changed"]), (0, 0))

        undone = self.json("import", "--undo")
        self.assertEqual(undone["counts"], {"retired": 2, "set_back": 2, "reopened": 0, "left": 0})
        self.assertEqual(self.numbers()["1"]["place"], "受付")
        self.assertEqual(sorted(self.numbers()), ["1", "2", "3"])
        self.json("import", "--undo", undone["import"])
        self.assertEqual(sorted(self.numbers()), ["1", "2", "3", "4"])
        self.assertEqual(self.sonae("verify").code, 0)

    def test_the_report_fits_a_terminal_and_says_how_to_undo(self):
        self.sonae("import", "device", self.file(OCTOBER))
        told = self.sonae("import", "device", self.file(NOVEMBER)).out
        for part in ["食い違い 1", "設置場所 受付 → 処置室", "6行目と同じ", "レセ社", "sonae import --undo"]:
            self.assertIn(part, told)
        for line in told.splitlines():
            self.assertLessEqual(sum(1 if ord(letter) < 0x1100 else 2 for letter in line), 84, line)

    def test_a_mapping_is_remembered_passed_on_and_used(self):
        strange = self.file("札,ここ,メモ書き\nA1,受付,x\n", "十月.csv")
        self.refused("import", "device", strange)
        self.sonae("import", "device", strange, "--map", "札=number", "--map", "ここ=place", "--save-mapping", "うちの台帳")
        told = self.json("import", "device", self.file("札,ここ,メモ書き\nA1,薬局,x\n", "十一月.csv"))
        self.assertEqual(told["sheets"][0]["mapping"], "うちの台帳")
        self.assertEqual(self.numbers()["A1"]["place"], "薬局")
        self.assertIn("うちの台帳", self.mapping("list"))
        out = self.folder / "mapping.json"
        self.mapping("export", "うちの台帳", "--out", out)
        other = self.folder / "other"
        self.sonae("init", "--name", "みなと診療所", "--kind", "clinic", data=other)
        self.call("mapping", "load", out, "--data", other)
        self.sonae("import", "device", self.file("札,ここ,メモ書き\nB1,受付,x\n"), data=other)
        self.assertIn("B1", self.sonae("list", "device", data=other).out)

    def mapping(self, *arguments):
        done = self.call("mapping", *arguments, "--data", self.data)
        self.assertEqual(done.code, 0, done)
        return done.out

    def test_wrong_use(self):
        ledger = self.file(OCTOBER)
        for arguments in [
            ["device"],
            [],
            ["device", ledger, "--undo"],
            ["device", ledger, "--sheet", "x"],
            ["device", ledger, "--same", "x"],
        ]:
            done = self.call("import", *arguments, "--data", self.data)
            self.assertEqual(done.code, 2, f"{arguments} {done}")
        self.refused("import", "--undo", codes=(1,))


class Ended(Story):
    """The program is killed at moments spread over a long import."""

    ROWS = 6000

    def test_a_killed_import_leaves_nothing_half(self):
        self.init()
        path = self.folder / "long.csv"
        lines = ["管理番号,コンピュータ名,設置場所,保守業者,IPアドレス"]
        lines += [f"D{i},PC{i},{i % 40}号室,業者{i % 50},10.1.{i // 250}.{i % 250 + 1}" for i in range(self.ROWS)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [PROGRAM, "import", "device", str(path), "--progress", "--data", str(self.data)]
        before = self.history()
        undisturbed = 0
        for number, end in [(0.05, signal.SIGINT), (0.25, signal.SIGKILL), (0.5, signal.SIGINT)]:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
            time.sleep(number)
            process.send_signal(end)
            process.wait()
            # The signal may also have come after the commit: all of it is there, or nothing.
            if self.entries("device"):
                self.assertEqual(len(self.entries("device")), self.ROWS, f"killed after {number} s")
                self.json("import", "--undo")
                before = self.history()
            else:
                self.assertEqual(self.history(), before, f"killed after {number} s")
                undisturbed += 1
        self.assertGreater(undisturbed, 0, "no import was ended in between")
        done = self.call("import", "device", path, "--progress", "--json", "--data", self.data)
        self.assertEqual(done.json()["counts"]["new"], self.ROWS)
        self.assertRegex(done.err, "計画|読んで|記録")
        self.assertEqual(self.sonae("verify").code, 0)


if __name__ == "__main__":
    unittest.main()
