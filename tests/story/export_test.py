"""Export and templates as somebody uses them who works in Excel and brings the file back."""
import csv
import io
import unittest

import openpyxl
from story import SAMPLES, Story


class Export(Story):
    def setUp(self):
        super().setUp()
        self.init()

    def counts(self, *words):
        return self.json("import", *words)["counts"]

    def test_a_ledger_goes_out_is_edited_and_comes_back(self):
        self.sonae("import", "device", SAMPLES / "ledger-seed.xlsx")
        out = self.folder / "機器.xlsx"
        done = self.json("export", "device", "--out", out)
        entries = done["sheets"][0]["entries"]
        self.assertGreater(entries, 0)
        same = self.counts("device", out, "--dry-run")
        self.assertEqual((same["same"], same["new"], same["changed"]), (entries, 0, 0))

        book = openpyxl.load_workbook(out)
        sheet = book.worksheets[0]
        headers = [cell.value for cell in sheet[1]]
        self.assertEqual(headers[0], "Sonae-ID")
        self.assertTrue(sheet.freeze_panes)
        self.assertTrue(sheet.auto_filter.ref)
        lists = [one for one in sheet.data_validations.dataValidation if one.type == "list"]
        self.assertTrue(any("サーバ" in one.formula1 for one in lists))
        place = sheet.cell(row=2, column=headers.index("設置場所") + 1)
        place.value = "=新しい場所"
        place.data_type = "s"  # a text, as Excel keeps it in a cell that is formatted as text
        book.save(out)
        self.assertEqual(self.counts("device", out)["changed"], 1)

        self.refused("export", "device", "--out", out, codes=(1,))
        text = self.folder / "機器.csv"
        self.sonae("export", "device", "--out", text)
        raw = text.read_bytes()
        self.assertTrue(raw.startswith(b"\xef\xbb\xbf"))
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
        self.assertEqual(len(rows), entries)
        self.assertIn("'=新しい場所", [row["設置場所"] for row in rows])
        self.assertEqual(self.counts("device", text)["same"], entries)

    def test_everything_in_one_workbook(self):
        self.sonae("import", "device", SAMPLES / "ledger-seed.xlsx")
        out = self.folder / "一式.xlsx"
        sheets = self.json("export", "all", "--out", out)["sheets"]
        book = openpyxl.load_workbook(out)
        self.assertEqual([one["sheet"] for one in sheets], book.sheetnames)
        for one in sheets:
            self.assertEqual(book[one["sheet"]].max_row - 1, one["entries"], one)
        self.refused("export", "all", "--out", self.folder / "一式.csv", codes=(2,))

    def test_a_template_is_filled_in_and_imported(self):
        out = self.folder / "ひな形.xlsx"
        self.assertEqual(self.call("template", "device", "--out", out).code, 0)
        book = openpyxl.load_workbook(out)
        self.assertEqual(book.sheetnames, ["機器", "記入例", "説明"])
        sheet = book["機器"]
        header = next(row for row in sheet.iter_rows() if row[0].value == "管理番号")
        columns = {cell.value: cell.column for cell in header}
        row = header[0].row + 1
        filled = [("管理番号", "007"), ("種別", "端末PC"), ("IPアドレス1", "10.0.0.7"), ("ソフトウェア2", "X")]
        for column, value in filled:
            sheet.cell(row=row, column=columns[column]).value = value
        book.save(out)
        self.assertEqual(self.counts("device", out)["new"], 1)
        self.assertEqual(self.json("show", "device", "007")["kind"], "pc")


if __name__ == "__main__":
    unittest.main()
