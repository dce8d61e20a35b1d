"""Checkpoints leave the house on paper and as files, and come back: an older copy of the record and a rewritten
history are found, whoever put them there."""
import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import unicodedata
import unittest
import zipfile
from datetime import timedelta

from story import JAPANESE, ROOT, SAMPLES, Story

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def words(command):
    return subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout.decode()


def short_form(size, root):
    """The short form as docs/history-format.md describes it."""
    number = int.from_bytes(root, "big") >> 156
    symbols = [(number >> (5 * (19 - i))) & 31 for i in range(20)]
    check = 0
    for symbol in [int(digit) for digit in str(size)] + symbols:
        check = (check ^ symbol) << 1
        check ^= 37 if check & 32 else 0
    text = "".join(LETTERS[symbol] for symbol in symbols)
    return f"{size} " + "-".join(text[i : i + 4] for i in range(0, 20, 4)) + "-" + LETTERS[check]


def codes(picture):
    """What a reader of QR codes finds in a picture."""
    reader = ["zbarimg", "--nodbus", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", picture]
    return words(reader).removesuffix("\n")


class Checkpoint(Story):
    def setUp(self):
        super().setUp()
        self.init(name="ひかり診療所")
        self.sonae("import", "device", SAMPLES / "ledger-clinic-cp932.csv")
        self.note = self.folder / "去年の封印.txt"
        self.sonae("checkpoint", "--out", self.note)
        self.form = self.json("checkpoint")["short"]
        self.size = self.json("checkpoint")["size"]

    def more(self, number="901"):
        self.sonae("add", "device", f"number={number}", "hostname=NEW")

    def verify(self, *more, code):
        done = self.sonae("verify", *more, "--json", code=code).json()
        self.assertEqual(done["holds"], code == 0)
        return done

    def standings(self, *more, code):
        return [one["standing"] for one in self.verify(*more, code=code)["checkpoints"]]

    def picture(self, pdf, page, dpi=120):
        out = self.folder / "page"
        words(["pdftoppm", "-png", "-singlefile", "-f", page, "-r", dpi, pdf, out])
        return out.with_suffix(".png")

    # ---- leaving ------------------------------------------------------------------------------------------

    def test_the_short_form_is_the_documented_one(self):
        origin, size, root = self.note.read_text(encoding="utf-8").splitlines()[:3]
        self.assertEqual(self.form, short_form(int(size), base64.b64decode(root)))
        told = self.sonae("checkpoint").out
        self.assertIn(self.note.read_text(encoding="utf-8"), told)
        self.assertIn(self.form, told)
        self.assertIn(self.json("checkpoint")["fingerprint"], told)
        self.assertRegex(told, JAPANESE)
        again = self.refused("checkpoint", "--out", self.note, codes=(1,))
        self.assertIn("上書き", again)

    def test_the_sheet_for_the_drawer(self):
        paper = self.folder / "封印.pdf"
        self.sonae("checkpoint", "--print", paper)
        text = unicodedata.normalize("NFKC", words(["pdftotext", "-layout", paper, "-"]))
        for part in ["ひかり診療所", "2026-11-21", self.form, "保管してください", "確かめてください"]:
            self.assertIn(part, text)
        self.assertIn(self.json("checkpoint")["fingerprint"], text)
        self.assertIn("Pages:           1\n", words(["pdfinfo", paper]))
        self.assertEqual(codes(self.picture(paper, 1)), self.note.read_text(encoding="utf-8"))

    def test_every_page_of_a_pack_carries_the_seal(self):
        before = self.json("checkpoint")
        pack = self.folder / "pack"
        self.sonae("pack", "--edition", "R7", "--out", pack)
        short = " ".join(re.findall("....", before["fingerprint"])[:4])
        papers = [pack / "checklist.pdf", *pack.glob("*-transfer.pdf")]
        self.assertEqual(len(papers), 2)
        for paper in papers:
            pages = words(["pdftotext", "-layout", paper, "-"]).split("\f")[:-1]
            for page in pages:
                foot = re.sub(r"\s+", " ", "\n".join(page.strip().splitlines()[-3:]))
                self.assertIn(before["short"], foot)
                self.assertIn(short, foot)
            self.assertEqual(codes(self.picture(paper, len(pages))), before["note"])
        page = (pack / "index.html").read_text(encoding="utf-8")
        self.assertIn(before["short"], page)
        self.assertNotIn("<script", page)
        self.assertEqual(self.code_in(page), before["note"])

    def code_in(self, page):
        """Draws the page's SVG square by square and reads it as others would."""
        svg = re.search(r'<svg class="qr".*?</svg>', page, re.S)[0]
        side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
        scale = 4
        rows = [[255] * side for _ in range(side)]
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg):
            rows[int(y)][int(x) : int(x) + int(length)] = [0] * int(length)
        picture = self.folder / "code.pgm"
        body = b"".join(bytes(v for v in row for _ in range(scale)) * scale for row in rows)
        picture.write_bytes(f"P5 {side * scale} {side * scale} 255\n".encode() + body)
        return codes(picture)

    def test_a_pack_as_of_a_day_is_made_of_the_record_of_that_day(self):
        self.now += timedelta(days=3)
        self.more("905")
        events = self.json("checkpoint")["size"]
        past, now = self.folder / "past", self.folder / "now"
        self.sonae("pack", "--edition", "R7", "--out", past, "--as-of", "2026-11-21")
        self.sonae("pack", "--edition", "R7", "--out", now)

        def sheet(pack):
            with zipfile.ZipFile(pack / "registers/device.xlsx") as book:
                return b"".join(book.read(name) for name in book.namelist()).decode()

        self.assertNotIn(">905<", sheet(past))
        self.assertIn(">905<", sheet(now))
        self.assertIn("2026年11月21日の終わりの時点", sheet(past))
        manifest = json.loads((past / "manifest.json").read_text(encoding="utf-8"))
        self.assertEqual(manifest["as_of"], "2026-11-21")
        self.assertTrue(manifest["made_at"].startswith("2026-11-24"), manifest["made_at"])
        self.assertNotIn("as_of", json.loads((now / "manifest.json").read_text(encoding="utf-8")))
        for paper in [past / "checklist.pdf", *past.glob("*-transfer.pdf")]:
            text = re.sub(r"\s", "", words(["pdftotext", "-layout", paper, "-"]))
            self.assertIn("記録は2026年11月21日の終わりの時点、カタログは作成日のもの", text)
        self.assertIn("2026年11月21日の終わりの時点", (past / "index.html").read_text(encoding="utf-8"))
        # Its event, proof and checkpoint are of the record as it is.
        self.assertEqual(json.loads((past / "proof.json").read_text(encoding="utf-8"))["index"], events)
        for pack in [past, now]:
            self.assertEqual(self.call("verify", pack).code, 0)
        self.assertEqual(self.standings("--checkpoint", past, code=0), ["holds"])
        for wrong in ["2027-01-01", "2020-01-01", "きのう", "2026-11"]:
            self.refused("pack", "--edition", "R7", "--out", self.folder / "no", "--as-of", wrong)

    # ---- coming back --------------------------------------------------------------------------------------

    def test_what_left_still_holds_a_year_later(self):
        pack, archive = self.folder / "pack", self.folder / "pack.zip"
        self.sonae("pack", "--edition", "R7", "--out", pack)
        self.sonae("pack", "--edition", "R7", "--out", archive)
        self.more()
        typed = unicodedata.normalize("NFKC", self.form).lower().replace("-", "ー").replace("0", "o")
        wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in typed)
        given = [self.note, pack, archive, self.form, wide, self.form.replace("-", "").replace(" ", "")]
        options = [word for one in given for word in ("--checkpoint", one)]
        self.assertEqual(self.standings(*options, code=0), ["holds"] * 6)
        self.assertRegex(self.sonae("verify", *options).out, r"最初の\d+件は、この封印のときのままです")

    def test_a_mistyped_short_form_is_said_to_be_one(self):
        wrong = self.form[:-1] + ("0" if self.form[-1] != "0" else "1")
        self.assertIn("どれかの文字が違います", self.refused("verify", "--checkpoint", wrong))
        self.refused("verify", "--checkpoint", "ありません.txt")
        (self.folder / "other.txt").write_text("something", encoding="utf-8")
        self.assertEqual(self.standings("--checkpoint", self.folder / "other.txt", code=1), ["unreadable"])

    def put_back_an_older_copy(self):
        old = self.folder / "old"
        shutil.copytree(self.data, old)
        self.more("901")
        self.more("902")
        self.sonae("checkpoint", "--out", self.folder / "new.txt")
        form = self.json("checkpoint")["short"]
        shutil.rmtree(self.data)
        shutil.copytree(old, self.data)
        return self.folder / "new.txt", form

    def test_an_older_copy_put_back_is_found(self):
        note, form = self.put_back_an_older_copy()
        self.verify(code=0)
        for given in [note, form]:
            found = self.verify("--checkpoint", given, code=1)
            self.assertEqual([one["standing"] for one in found["checkpoints"]], ["older"])
            self.assertEqual(found["checkpoints"][0]["missing"], 2)
            self.assertIn("2件がありません", self.sonae("verify", "--checkpoint", given, code=1).out)

    def test_an_imported_note_is_compared_each_time(self):
        kept = self.json("checkpoint", "--import", self.note)
        self.assertRegex(kept["path"], rf"^checkpoints/{self.size}-[0-9a-f]{{8}}\.txt$")
        self.assertEqual((self.data / kept["path"]).read_bytes(), self.note.read_bytes())
        self.assertEqual(self.standings(code=0), ["holds"])
        note, _ = self.put_back_an_older_copy()
        self.assertEqual(self.json("checkpoint", "--import", note, code=1)["standing"], "older")
        self.assertEqual(sorted(self.standings(code=1)), ["holds", "older"])
        (self.data / kept["path"]).write_text("damaged", encoding="utf-8")
        self.assertEqual(sorted(self.standings(code=1)), ["older", "unreadable"])

    def test_only_notes_of_this_record_are_kept(self):
        for name, text in [("junk.txt", "something"), ("changed.txt", self.changed_note())]:
            (self.folder / name).write_text(text, encoding="utf-8")
            self.refused("checkpoint", "--import", self.folder / name, codes=(1,))
        other = self.folder / "other"
        self.sonae("init", "--name", "別の診療所", "--kind", "clinic", data=other)
        self.sonae("checkpoint", "--out", self.folder / "foreign.txt", data=other)
        self.refused("checkpoint", "--import", self.folder / "foreign.txt", codes=(1,))
        self.assertFalse((self.data / "checkpoints").exists())

    def changed_note(self):
        text = self.note.read_text(encoding="utf-8")
        return text.replace(f"\n{self.size}\n", f"\n{self.size - 1}\n")

    def test_a_history_made_anew_is_found(self):
        """The administrator has the key and signs another history of the same length or longer."""
        other = self.folder / "anew"
        self.sonae("init", "--name", "ひかり診療所", "--kind", "clinic", data=other)
        self.sonae("import", "device", SAMPLES / "ledger-clinic-cp932.csv", data=other)
        self.sonae("add", "device", "number=903", "hostname=X", data=other)
        found = self.sonae("verify", "--checkpoint", self.form, "--json", data=other, code=1).json()
        self.assertEqual([one["standing"] for one in found["checkpoints"]], ["different"])
        self.assertIn(f"{self.size}番より前", found["checkpoints"][0]["message"]["ja"])
        found = self.sonae("verify", "--checkpoint", self.note, "--json", data=other, code=1).json()
        self.assertEqual([one["standing"] for one in found["checkpoints"]], ["unknown_key"])

    # ---- one event ----------------------------------------------------------------------------------------

    def proof(self, what):
        out = self.folder / "記録 1.tlog-proof"
        made = self.json("proof", what, "--out", out)
        return out, self.folder / "記録 1.leaf.json", made

    def both(self, proof, leaf, *more):
        """The program and docs/verify.py must agree."""
        program = self.call("verify", "--proof", proof, "--leaf", leaf, *more)
        script = subprocess.run(
            [sys.executable, "-B", ROOT / "docs/verify.py", "proof", proof, leaf, *more],
            capture_output=True,
            check=False,
        )
        told = script.stdout.decode() + script.stderr.decode()
        self.assertEqual(program.code == 0, script.returncode == 0, f"{program}\n--- docs/verify.py\n{told}")
        self.assertNotIn("Traceback", told)
        return program.code

    def test_one_event_is_proved_without_the_record(self):
        device = self.devices()["003"] if "003" in self.devices() else self.entries("device")[0]
        proof, leaf, made = self.proof(f"device:{device['id']}")
        self.assertEqual(proof.read_text(encoding="utf-8"), made["proof"])
        self.assertEqual(leaf.read_text(encoding="utf-8"), made["leaf"])
        self.assertEqual(json.loads(made["leaf"])["id"], device["id"])
        shutil.move(self.data, self.folder / "gone")
        self.assertEqual(self.both(proof, leaf), 0)
        self.assertEqual(self.both(proof, leaf, "--key", made["fingerprint"].upper()), 0)
        self.assertEqual(self.both(proof, leaf, "--key", hashlib.sha256(b"x").hexdigest()), 1)
        good = leaf.read_bytes()
        leaf.write_bytes(good.replace(b"add", b"set"))
        self.assertEqual(self.both(proof, leaf), 1)
        leaf.write_bytes(good + b"\r\n")
        self.assertEqual(self.both(proof, leaf), 0)
        lines = proof.read_text(encoding="utf-8").splitlines(keepends=True)
        for i in range(len(lines)):
            with self.subTest(line=lines[i]):
                proof.write_text("".join(lines[:i] + lines[i + 1 :]), encoding="utf-8")
                self.assertEqual(self.both(proof, leaf), 1)
        proof.write_text("".join(lines).replace("\n", "\r\n"), encoding="utf-8", newline="")
        self.assertEqual(self.both(proof, leaf), 0)

    def test_an_event_is_named_by_its_number_too(self):
        made = self.json("proof", self.size - 1)
        self.assertEqual(json.loads(made["leaf"])["seq"], self.size - 1)
        told = self.sonae("proof", self.size - 1).out
        self.assertIn(made["proof"], told)
        self.assertIn(made["leaf"], told)
        self.refused("proof", self.size, codes=(1,))
        self.refused("proof", "device", codes=(2,))
        self.refused("proof", "device:ありません", codes=(1,))

    def test_wrong_use_is_said(self):
        for arguments in [["--proof", "a"], ["--leaf", "a"], ["--checkpoint", self.form], []]:
            done = self.call("verify", *arguments)
            self.assertEqual(done.code, 2, done)
            self.assertRegex(done.err, JAPANESE)


if __name__ == "__main__":
    unittest.main()
