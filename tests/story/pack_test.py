"""The inspector's file: what is in it, that it opens without Sonae, and that any change to it is found."""
import hashlib
import json
import re
import shutil
import subprocess
import sys
import unittest
import zipfile
from pathlib import Path
from urllib.parse import unquote

from openpyxl import load_workbook

from story import JAPANESE, ROOT, SAMPLES, Story


def words(command):
    return subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout.decode()


class Pack(Story):
    def setUp(self):
        super().setUp()
        self.init(name="ひかり診療所")
        self.sonae("import", "device", SAMPLES / "ledger-clinic-cp932.csv")
        self.paper = self.folder / "回答書.pdf"
        self.paper.write_bytes(b"%PDF-1.4 an answer on paper")
        self.sonae("attach", self.paper, "--item", "R7:2-②")
        self.sonae("confirm", "--edition", "R7", "--item", "2-⑥", "--answer", "no", "--due", "2027-02-28")
        self.sonae("confirm", "--edition", "R7", "--item", "1-①", "--answer", "yes")
        self.sonae(
            "confirm", "--edition", "R7", "--item", "2-③", "--answer", "not_applicable", "--reason", "事業者なし"
        )
        self.out = self.folder / "立入 検査"

    def make(self, out=None):
        self.sonae("pack", "--edition", "R7", "--out", out or self.out)
        return self.out

    def files(self, folder=None):
        folder = folder or self.out
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    def verify(self, pack, *more):
        """Verifies with the program and with docs/verify.py, which must agree; returns both messages."""
        program = self.call("verify", pack, *more)
        script = subprocess.run(
            [sys.executable, "-B", ROOT / "docs/verify.py", pack, *more], capture_output=True, check=False
        )
        told = script.stdout.decode() + script.stderr.decode()
        self.assertEqual(program.code == 0, script.returncode == 0, f"{program}\n--- docs/verify.py\n{told}")
        self.assertNotIn("Traceback", told)
        return program.code, program.out + program.err, told

    def test_a_pack_holds_what_an_inspector_asks_for(self):
        self.make()
        files = self.files()
        for ending in [".pdf", ".xlsx", "index.html", "manifest.json"]:
            self.assertTrue([file for file in files if file.endswith(ending)], f"{ending} in {files}")
        contents = [Path(self.out / file).read_bytes() for file in files]
        self.assertIn(self.paper.read_bytes(), contents, "the evidence is in the pack")
        manifest = json.loads((self.out / "manifest.json").read_text(encoding="utf-8"))
        for file in files:
            if not re.match(r"manifest\.json|proof|checkpoint|leaf|.*\.(pub|pem)$|key", file):
                self.assertIn(file, json.dumps(manifest, ensure_ascii=False))

    def checklist_pdf(self):
        self.make()
        found = [
            file
            for file in self.files()
            if file.endswith(".pdf") and "回答書" not in file and "evidence" not in file
        ]
        return {file: words(["pdftotext", "-layout", self.out / file, "-"]) for file in found}

    def test_the_paper_says_who_what_and_that_it_is_not_the_ministrys(self):
        pages = self.checklist_pdf()
        text = next(text for text in pages.values() if "2-⑬" in text)
        for part in ["ひかり診療所", "R7", "令和7年度", "厚生労働省の作成物ではありません", "未回答", "いいえ", "2027-02-28"]:
            self.assertIn(part, text)
        self.assertNotIn("わからない", text, "printed as 未回答")
        for file in pages:
            info = words(["pdfinfo", self.out / file])
            self.assertRegex(info, r"Page size: +595\.\d+ x 841\.\d+ pts \(A4\)")
            fonts = words(["pdffonts", self.out / file]).splitlines()[2:]
            self.assertTrue(fonts)
            for font in fonts:
                self.assertRegex(font, r" yes +(yes|no) +(yes|no) +\d+ +\d+$", "every font is embedded")

    def test_the_first_page_counts_what_is_open(self):
        text = next(text for text in self.checklist_pdf().values() if "2-⑬" in text)
        first = text.split("\f")[0]
        items = self.answer()["items"]
        open_items = sum(item["answer"] is None for item in items)
        self.assertRegex(first, rf"未回答\D{{0,12}}{open_items}(?!\d)")
        self.assertRegex(first, r"対象外\D{0,12}1(?!\d)")

    def test_the_paper_prints_the_keys_fingerprint(self):
        text = "".join(self.checklist_pdf().values())
        self.assertRegex(re.sub(r"[\s:]", "", text), self.fingerprint().replace(":", "").replace(" ", ""))

    def fingerprint(self):
        """The fingerprint that verify tells of a good pack."""
        return self.call("verify", self.out, "--json").json()["fingerprint"]

    def test_sheets_open_and_hold_every_line(self):
        self.make()
        texts = {}
        for file in self.files():
            if file.endswith(".xlsx"):
                book = load_workbook(self.out / file, read_only=True)
                texts[file] = "\n".join(
                    str(cell)
                    for sheet in book
                    for row in sheet.iter_rows(values_only=True)
                    for cell in row
                    if cell is not None
                )
        for item in self.answer()["items"]:
            if not item["id"].endswith(".0.org"):
                self.assertTrue([file for file, text in texts.items() if item["item"] in text], item["id"])
        for part in ["UKETSUKE1", "株式会社メディカ", "192.168.10.11"]:
            self.assertTrue([file for file, text in texts.items() if part in text], part)
        r8 = [text for text in texts.values() if "1-①" in text and "R8" in text or "令和8年度" in text]
        self.assertTrue(r8, "the R8 transfer sheet")

    def test_the_index_opens_offline(self):
        self.make()
        page = (self.out / "index.html").read_text(encoding="utf-8")
        self.assertNotRegex(page, r"(src|href)=[\"']?(https?:)?//")
        self.assertNotIn("<script src", page)
        places = [page.index(number) for number in ["1-①", "2-①", "2-⑥", "2-⑬", "3-①", "4-①"]]
        self.assertEqual(places, sorted(places), "in the checklist's order")
        for link in re.findall(r"href=\"([^\"#]+)\"", page):
            self.assertTrue((self.out / unquote(link)).exists(), link)

    def test_a_good_pack_verifies_and_a_wrong_key_does_not(self):
        self.make()
        self.assertEqual(self.verify(self.out)[0], 0)
        key = self.fingerprint()
        self.assertEqual(self.verify(self.out, "--key", key)[0], 0)
        last = "0" if key[-1] != "0" else "1"
        self.assertEqual(self.verify(self.out, "--key", key[:-1] + last)[0], 1)

    def test_one_byte_of_any_file_is_found_and_named(self):
        self.make()
        for file in self.files():
            path = self.out / file
            good = path.read_bytes()
            for place in {0, len(good) // 2, len(good) - 1}:
                with self.subTest(file=file, place=place):
                    path.write_bytes(good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
                    code, program, script = self.verify(self.out)
                    self.assertEqual(code, 1)
                    self.assertIn(Path(file).name, program)
                    self.assertIn(Path(file).name, script)
                    self.assertRegex(program, JAPANESE)
            path.write_bytes(good)
        self.assertEqual(self.verify(self.out)[0], 0)

    def test_missing_and_unlisted_files_are_named(self):
        self.make()
        for file in self.files():
            with self.subTest(missing=file):
                aside = self.folder / "aside"
                shutil.move(self.out / file, aside)
                code, program, script = self.verify(self.out)
                self.assertEqual(code, 1)
                self.assertIn(Path(file).name, program)
                self.assertIn(Path(file).name, script)
                shutil.move(aside, self.out / file)
        for extra in ["extra.pdf", "evidence/other.pdf", ".hidden"]:
            with self.subTest(extra=extra):
                path = self.out / extra
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(b"x")
                code, program, script = self.verify(self.out)
                self.assertEqual(code, 1)
                self.assertIn(path.name, program)
                self.assertIn(path.name, script)
                path.unlink()
        link = self.out / "link.pdf"
        link.symlink_to(self.paper)
        self.assertEqual(self.verify(self.out)[0], 1)

    def test_a_zip_is_the_same_pack(self):
        archive = self.folder / "立入検査.zip"
        self.make(archive)
        self.assertEqual(self.verify(archive)[0], 0)
        with zipfile.ZipFile(archive) as opened:
            self.assertIsNone(opened.testzip())
            members = {info.filename: opened.read(info) for info in opened.infolist() if not info.is_dir()}
        changes = [({name: content[:-1] + b"~"}, name) for name, content in members.items()]
        changes += [({name: None}, name) for name in members]
        changes += [({"extra.txt": b"x"}, "extra.txt"), ({"../out.txt": b"x"}, "out.txt")]
        for change, name in changes:
            with self.subTest(change=name):
                changed = self.folder / "changed.zip"
                with zipfile.ZipFile(changed, "w") as made:
                    for member, content in (members | change).items():
                        if content is not None:
                            made.writestr(member, content)
                code, program, script = self.verify(changed)
                self.assertEqual(code, 1)
                self.assertIn(name.split("/")[-1], program)
                self.assertIn(name.split("/")[-1], script)

    def test_making_a_pack_is_an_event(self):
        self.make()
        event = json.loads(self.history())["events"][-1]
        self.assertEqual((event["action"], event["register"]), ("add", "pack"))
        digest = hashlib.sha256((self.out / "manifest.json").read_bytes()).hexdigest()
        self.assertIn(digest, [change["after"] for change in event["changes"]])
        self.assertEqual([entry["manifest"] for entry in self.entries("pack")], [digest])

    def test_what_is_there_is_not_overwritten(self):
        self.out.mkdir()
        (self.out / "mine.txt").write_text("x", encoding="utf-8")
        before = self.history()
        self.refused("pack", "--edition", "R7", "--out", self.out, codes=(1,))
        self.assertEqual(self.files(), ["mine.txt"])
        self.assertEqual(self.history(), before)

    def test_what_is_no_pack_is_refused(self):
        (self.folder / "empty").mkdir()
        (self.folder / "noise.zip").write_bytes(b"PK\x03\x04 nothing")
        for path in ["empty", "noise.zip", "ありません"]:
            done = self.call("verify", self.folder / path)
            self.assertEqual(done.code, 1, done)
            self.assertRegex(done.err, JAPANESE)

    def test_the_verifier_is_short(self):
        text = (ROOT / "docs/verify.py").read_text(encoding="utf-8")
        self.assertLess(len(text.splitlines()), 150)


if __name__ == "__main__":
    unittest.main()
