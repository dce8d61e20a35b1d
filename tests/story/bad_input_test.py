"""Bad input of every kind: a clear sentence in Japanese, exit 1 or 2, and nothing changed."""
import random
import shutil
import sqlite3
import unittest
import zipfile

from story import SAMPLES, Story

GOOD_SEED = 20261121


class BadFile(Story):
    """Files that cannot be imported."""

    def setUp(self):
        super().setUp()
        self.init()
        self.sonae("import", "device", SAMPLES / "ledger-seed.csv")
        self.before = self.history()

    def tearDown(self):
        self.assertEqual(self.history(), self.before, "a refused command changed the record")

    def bad(self, content, name):
        path = self.folder / name
        path.write_bytes(content)
        told = self.refused("import", "device", path)
        self.assertIn(name, told, "the message names the file")

    def test_files_that_are_not_what_their_name_says(self):
        noise = random.Random(GOOD_SEED)
        book = (SAMPLES / "ledger-seed.xlsx").read_bytes()
        for name, content in {
            "空.csv": b"",
            "空.xlsx": b"",
            "改行.csv": b"\n\n\n",
            "雑音.xlsx": noise.randbytes(4000),
            "雑音.csv": noise.randbytes(4000),
            "途中まで.xlsx": book[: len(book) // 2],
            "名前だけ.xlsx": b"a,b\n1,2\n",
            "古い.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "絵.csv": b"\x89PNG\r\n\x1a\n" + bytes(300),
            "ゼロ.csv": b"\0" * 100,
        }.items():
            with self.subTest(file=name):
                self.bad(content, name)

    def test_workbooks_that_are_broken_inside(self):
        with zipfile.ZipFile(SAMPLES / "ledger-seed.xlsx") as book:
            parts = {name: book.read(name) for name in book.namelist()}
        sheet = next(name for name in parts if name.startswith("xl/worksheets/sheet"))
        strings = "xl/sharedStrings.xml"
        for name, change in {
            "表なし.xlsx": {sheet: None},
            "表が切れた.xlsx": {sheet: parts[sheet][:300]},
            "文字なし.xlsx": {strings: b"<sst"} if strings in parts else {sheet: b"<worksheet"},
            "本なし.xlsx": {"xl/workbook.xml": None},
            "爆弾.xlsx": {
                sheet: b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
                b"<worksheet><sheetData>&b;</sheetData></worksheet>"
            },
        }.items():
            with self.subTest(file=name):
                path = self.folder / "made.zip"
                with zipfile.ZipFile(path, "w") as made:
                    for part, content in (parts | change).items():
                        if content is not None:
                            made.writestr(part, content)
                self.bad(path.read_bytes(), name)

    def test_text_in_an_encoding_that_is_not_read(self):
        text = "管理番号,コンピュータ名\nA1,受付のPC\n"
        # What offices write is read: tests/fixtures/ledgers.
        for encoding in ["utf-7", "utf_32"]:
            with self.subTest(encoding=encoding):
                self.bad(text.encode(encoding), f"{encoding}.csv")
        self.bad("管理番号,コンピュータ名\nA1,".encode() + b"\xff\xfe\x80PC\n", "混ざり.csv")

    def test_a_file_without_a_header_that_means_anything(self):
        self.bad("りんご,みかん\n1,2\n".encode(), "果物.csv")

    def test_a_file_that_is_not_there_or_not_a_file(self):
        self.assertIn("ありません.csv", self.refused("import", "device", self.folder / "ありません.csv"))
        self.refused("import", "device", self.folder)
        self.refused("import", "devices", SAMPLES / "ledger-seed.csv")

    def test_strict_takes_all_or_nothing(self):
        path = self.folder / "事業者.csv"
        path.write_text("名称,電話番号\n株式会社甲,03-0000-0000\n,03-1111-1111\n", encoding="utf-8")
        told = self.refused("import", "vendor", path, "--strict", codes=(1,))
        self.assertIn("3", told, "the row is named")
        self.assertEqual(self.entries("vendor"), [])
        refused = self.sonae("import", "vendor", path, "--dry-run").out
        self.assertIn("3", refused)


class BadFolder(Story):
    """Data folders that are damaged: nothing in them is changed by looking, and no command makes it worse."""

    def setUp(self):
        super().setUp()
        self.init()
        self.sonae("import", "device", SAMPLES / "ledger-seed.csv")
        self.good = self.folder / "good"
        shutil.copytree(self.data, self.good)

    def database(self):
        return next(path for path in self.data.glob("*.db") if "runtime" not in path.name)

    def all_refuse(self):
        before = self.files()
        for arguments in [
            ("list", "device"),
            ("answer", "--edition", "R7"),
            ("history",),
            ("verify",),
            ("add", "device", "number=9"),
            ("import", "device", SAMPLES / "ledger-seed.csv"),
            ("rebuild",),
            ("pack", "--edition", "R7", "--out", self.folder / "pack"),
        ]:
            self.refused(*arguments, codes=(1,))
        self.assertEqual(self.files(), before)

    def test_a_database_of_random_bytes(self):
        self.database().write_bytes(random.Random(GOOD_SEED).randbytes(8192))
        self.all_refuse()

    def test_a_database_cut_off(self):
        whole = self.database().read_bytes()
        for size in [0, 50, 100, 1500, len(whole) // 2]:
            with self.subTest(size=size):
                shutil.rmtree(self.data)
                shutil.copytree(self.good, self.data)
                self.database().write_bytes(whole[:size])
                before = self.files()
                self.refused("verify", codes=(1,))
                self.assertEqual(self.files(), before)

    def test_a_database_with_a_hole(self):
        whole = self.database().read_bytes()
        noise = random.Random(GOOD_SEED)
        damaged = 0
        for page in range(4096, len(whole) - 4096, 4096 * 7):
            with self.subTest(page=page // 4096):
                shutil.rmtree(self.data)
                shutil.copytree(self.good, self.data)
                self.database().write_bytes(whole[:page] + noise.randbytes(4096) + whole[page + 4096 :])
                if self.sqlite_finds_nothing():
                    continue  # a page that is not in use
                damaged += 1
                self.refused("verify", codes=(1,))
        self.assertGreater(damaged, 10)

    def sqlite_finds_nothing(self):
        connection = sqlite3.connect(self.database())
        try:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        except sqlite3.DatabaseError:
            return False
        finally:
            connection.close()

    def test_a_folder_without_its_database_or_key(self):
        self.database().unlink()
        self.all_refuse()

    def test_a_catalog_file_with_a_mistake(self):
        folder = self.data / "catalog"
        for name, text in {
            "registers/x.yaml": "register: x\nfields:\n  - {name: a, type: colour}\n",
            "registers/y.yaml": "register: [",
            "questions/q.yaml": "question: q\nchecks:\n  - {id: a, sql: 'SELECT id FROM nothing'}\n",
            "checklists/R9.yaml": "edition: R9\nsurprise: yes\n",
            "registers/bytes.yaml": "register: \udcff\udcfe",
        }.items():
            with self.subTest(file=name):
                shutil.rmtree(folder, ignore_errors=True)
                path = folder / name
                path.parent.mkdir(parents=True)
                path.write_bytes(text.encode("utf-8", "surrogateescape"))
                before = self.files()
                for arguments in [
                    ("list", "device"),
                    ("answer", "--edition", "R7"),
                    ("add", "device", "number=9"),
                ]:
                    told = self.refused(*arguments, codes=(1,))
                    self.assertIn(name.split("/")[1], told, "the message names the file")
                self.assertEqual(self.files(), before)

    def test_sql_of_the_users_own_catalog_cannot_write_or_look_elsewhere(self):
        folder = self.data / "catalog/questions"
        folder.mkdir(parents=True)
        for sql in [
            "DELETE FROM event",
            "SELECT id FROM device; DROP TABLE event",
            "SELECT leaf AS id FROM event",
            "SELECT name AS id FROM sqlite_master",
            "ATTACH ''other.db'' AS o",
            "PRAGMA journal_mode=DELETE",
        ]:
            with self.subTest(sql=sql):
                (folder / "bcp.yaml").write_text(
                    "question: bcp\nconcept: bcp\nsource: own\n"
                    "title: {ja: 計画, en: Plan}\nhelp: {ja: 計画, en: Plan}\n"
                    f"checks:\n  - id: a\n    effect: no\n    register: device\n    sql: '{sql}'\n"
                    "    sentence: {ja: 'あり。', en: 'There is.'}\n    fix: {register: device, field: os}\n"
                    "support:\n  - {register: device, sql: 'SELECT id FROM device'}\n",
                    encoding="utf-8",
                )
                self.refused("answer", "--edition", "R7", codes=(1,))
                self.assertEqual(
                    self.database().read_bytes(), (self.good / self.database().name).read_bytes()
                )


if __name__ == "__main__":
    unittest.main()
