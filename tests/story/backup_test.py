"""The record's own backup: made while it is used, opened by other people's programs, restored, tried out."""
import json
import os
import pty
import shutil
import sqlite3
import subprocess
import unittest
import zipfile
from datetime import timedelta

from story import JAPANESE, SAMPLES, Story

PHRASE = "みなと診療所の 長い合言葉 2026"


def age(*arguments):
    """Runs `age`, which asks for the passphrase on a terminal; returns its exit code."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvp("age", ["age", *map(str, arguments)])
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if shown.rstrip().endswith(b":"):
            os.write(terminal, PHRASE.encode() + b"\n")
            shown = b""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


class Backup(Story):
    def setUp(self):
        super().setUp()
        self.init()
        self.sonae("import", "device", SAMPLES / "ledger-clinic-cp932.csv")
        self.phrase = self.folder / "合言葉.txt"
        self.phrase.write_text(PHRASE + "\n")
        paper = self.folder / "議事録.pdf"
        paper.write_bytes(b"%PDF-1.4 minutes")
        self.sonae("attach", paper, "--to", f"device:{next(iter(self.devices()))}")

    def backup(self, name, *more, code=0):
        out = self.folder / name
        self.sonae("backup", "--out", out, *more, code=code)
        return out

    def test_with_a_passphrase_age_opens_it_and_everything_comes_back(self):
        out = self.backup("控え.zip.age", "--passphrase-file", self.phrase)
        self.assertNotIn(b"sonae.db", out.read_bytes())
        plain = self.folder / "控え.zip"
        self.assertEqual(age("-d", "-o", plain, out), 0)
        with zipfile.ZipFile(plain) as zip_file:
            self.assertIsNone(zip_file.testzip())
            self.assertIn("key.pem", zip_file.namelist())
            self.assertEqual(zip_file.read("key.pem"), (self.data / "key.pem").read_bytes())
        # The other way round: what age encrypts is restored.
        again = self.folder / "again.age"
        self.assertEqual(age("-p", "-o", again, plain), 0)
        new = self.folder / "new"
        done = self.sonae("restore", again, "--passphrase-file", self.phrase, data=new)
        self.assertRegex(done.out, JAPANESE)
        self.assertEqual(
            self.json("list", "device", data=new)["entries"], self.json("list", "device")["entries"]
        )
        verified = self.json("verify", data=new)
        self.assertTrue(verified["holds"], verified)
        self.assertEqual(verified["key"], self.json("verify")["key"])

    def test_by_hand_with_unzip_and_sqlite(self):
        out = self.backup("copy.zip")
        by_hand = self.folder / "by hand"
        subprocess.run(["unzip", "-q", out, "-d", by_hand], check=True)
        events = self.json("history")["size"] - 1  # the backup's own entry came after it
        with sqlite3.connect(by_hand / "sonae.db") as database:
            self.assertEqual(database.execute("SELECT count(*) FROM event").fetchone()[0], events)
        manifest = json.loads((by_hand / "manifest.json").read_text())
        self.assertEqual(manifest["institutions"][0]["size"], events)
        self.assertFalse((by_hand / "key.pem").exists())
        # Every file but these three is listed, as it is.
        listed = {file["path"]: file["sha256"] for file in manifest["files"]}
        found = self.files(by_hand)
        for name in ["manifest.json", "seal.txt", "public-key.pem"]:
            del found[name]
        self.assertEqual(listed, found)

    def test_without_the_key_a_new_one_is_announced(self):
        out = self.backup("copy.zip")
        before = self.json("verify")["key"]
        new = self.folder / "new"
        done = self.json("restore", out, "--key", before[:16], data=new)
        self.assertTrue(done["new_key"])
        self.assertEqual(done["sealed_by"], before)
        verified = self.json("verify", data=new)
        self.assertTrue(verified["holds"], verified)
        self.assertEqual(verified["key"], done["key"])
        self.assertNotEqual(verified["key"], before)
        kinds = [entry["kind"] for entry in self.json("list", "own_backup", data=new)["entries"]]
        self.assertEqual(kinds, ["restore"])

    def test_the_plan_its_warning_and_its_generations(self):
        place = self.folder / "usb"
        self.refused("backup")
        self.sonae("add", "own_backup_plan", f"folder={place}", "every_days=7", "keep=2", "drill_every_days=180")
        self.assertIn("usb", self.refused("backup"))
        self.assertIn("まだありません", self.sonae("list", "device").err)
        self.assertEqual(self.sonae("list", "device", "--json").err, "")
        place.mkdir()
        mine = place / "sonae-20200101-0000.zip"
        mine.write_text("somebody's own")
        for _ in range(3):
            self.sonae("backup")
            self.now += timedelta(days=1)
        days = sorted(path.name[:14] for path in place.iterdir())
        self.assertEqual(days, ["sonae-20200101", "sonae-20261122", "sonae-20261123"])
        self.assertTrue(mine.exists())
        self.assertEqual(self.sonae("list", "device").err, "")
        status = self.json("backup", "--status")
        self.assertEqual(status["last_backup"]["days"], 1)
        self.assertEqual(len(status["overdue"]), 1)
        self.sonae("drill")
        self.assertEqual(self.json("backup", "--status")["overdue"], [])
        self.now += timedelta(days=8)
        self.assertIn("9日前", self.sonae("list", "device").err)
        self.assertIn("9日前", self.sonae("backup", "--status").out)

    def test_a_drill_proves_it_and_a_damaged_file_is_a_bad_one(self):
        out = self.backup("copy.zip")
        self.sonae("add", "vendor", "name=株式会社 みなとシステム")
        good = self.json("drill")
        self.assertTrue(good["good"], good)
        self.assertTrue((self.data / "evidence" / good["report"][:2] / good["report"]).exists())
        bad = bytearray(out.read_bytes())
        bad[len(bad) // 3] ^= 4
        out.write_bytes(bad)
        self.assertFalse(self.json("drill", code=1)["good"])
        kinds = [(entry["kind"], entry["outcome"]) for entry in self.entries("own_backup")]
        self.assertEqual(
            sorted(kinds), [("backup", "good"), ("restore_drill", "bad"), ("restore_drill", "good")]
        )
        self.assertTrue(self.json("verify")["holds"])

    def test_refusals_say_why(self):
        out = self.backup("copy.zip.age", "--passphrase-file", self.phrase)
        new = self.folder / "new"
        wrong = self.folder / "wrong.txt"
        wrong.write_text("another passphrase")
        cut = self.folder / "cut.zip.age"
        cut.write_bytes(out.read_bytes()[:-20000])
        full = self.folder / "full"
        full.mkdir()
        (full / "file").write_text("mine")
        self.assertIn("--passphrase-file", self.refused("restore", out, data=new))
        self.assertIn("合いません", self.refused("restore", out, "--passphrase-file", wrong, data=new))
        self.assertIn("最後まで", self.refused("restore", cut, "--passphrase-file", self.phrase, data=new))
        self.assertIn("空ではありません", self.refused("restore", out, "--passphrase-file", self.phrase, data=full))
        self.assertIn("指紋", self.refused("restore", out, "--passphrase-file", self.phrase, "--key", "0" * 16, data=new))
        self.assertIn("ではない", self.refused("restore", self.phrase, data=new))
        self.assertFalse(new.exists())
        self.assertIn("すでに", self.refused("backup", "--out", out))
        self.assertIn("短すぎ", self.refused("backup", "--out", new, "--passphrase-file", self.short()))
        self.assertIn("own_backup", self.json("list", "own_backup")["register"])
        self.refused("add", "own_backup", "kind=backup", "outcome=good")

    def short(self):
        path = self.folder / "short.txt"
        path.write_text("1234")
        return path

    def test_a_copy_taken_by_backup_is_worth_as_much_as_the_folder(self):
        """Everything is lost but the backup and the paper with the passphrase."""
        out = self.backup("copy.zip.age", "--passphrase-file", self.phrase)
        before = self.answer()
        shutil.rmtree(self.data)
        self.sonae("restore", out, "--passphrase-file", self.phrase)
        self.assertEqual(self.answer(), before)


if __name__ == "__main__":
    unittest.main()
