"""The sample ledgers: what an institution's own Excel file alone says of the R7 checklist, to the letter."""
import csv
import unittest

from story import SAMPLES, Story


class PrintedExample(Story):
    """The ministry's printed ledger, as CSV."""

    file = "ledger-seed.csv"

    def setUp(self):
        super().setUp()
        self.init()
        self.plan = self.json("import", "device", SAMPLES / self.file)

    def test_it_makes_four_devices(self):
        self.assertEqual(sorted(self.devices()), ["001", "002", "003", "004"])
        self.assertEqual(len(self.devices("--in-use")), 4, "stopped for maintenance counts as in use")

    def test_only_the_ended_windows_is_known_to_be_missing(self):
        derived = self.derived()
        self.assertEqual(derived.pop("no"), ["2-⑥"])
        self.assertEqual(list(derived), ["unknown"])

    def test_the_sentence_names_device_system_and_day(self):
        item = self.items()["2-⑥"]
        sentence = self.sentences(item, "no")
        for part in ["003", "Windows 8", "2016-01-12"]:
            self.assertIn(part, sentence)
        found = [entry["id"] for reason in self.reasons(item, "no") for entry in reason["entries"]]
        self.assertEqual(found, [self.devices()["003"]["id"]])

    def test_the_version_difference_is_an_advice(self):
        advice = self.reasons(self.items()["2-①"], "advice")
        named = [
            reason
            for reason in advice
            if "002" in reason["sentence"]["ja"] and "1.2" in reason["sentence"]["ja"]
        ]
        self.assertEqual(len(named), 1, advice)

    def test_placeholder_addresses_are_kept_and_compared_with_nothing(self):
        interfaces = self.entries("interface")
        self.assertEqual(len(interfaces), 4)
        for interface in interfaces:
            self.assertEqual(interface["states"]["address"], "unreadable")
            self.assertNotIn("address", interface)
            self.assertIn("192.168.〇.〇", str(interface))
        for item in self.answer()["items"]:
            self.assertNotIn("192.168.〇.〇", self.sentences(item))

    def test_every_column_is_accounted_for(self):
        with open(SAMPLES / "ledger-seed.csv", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        kept = "\n".join(
            self.sonae("list", register, "--json").out
            for register in ["device", "interface", "software", "vendor"]
        )
        for row in rows:
            for column in ["管理番号", "メーカー", "ソフトウェア", "ソフトウェアバージョン", "コンピュータ名", "設置場所", "利用者", "説明"]:
                self.assertIn(row[column], kept, column)
        for day in ["2020-12-01", "2014-10-01", "2021-08-01"]:
            self.assertIn(day, kept)

    def test_a_network_device_and_the_managements_look_make_the_ledger_item_yes(self):
        self.sonae(
            "add",
            "device",
            "number=N1",
            "kind=network",
            "hostname=RT-01",
            "os=YAMAHA RTX830",
            "os_version=15.02.17",
            "place=Room1",
            "keeper=事務長",
            "status=running",
        )
        self.assertEqual(self.items()["2-①"]["derived"], "unknown", "without the management's look")
        self.sonae("add", "review", *REVIEW)
        item = self.items()["2-①"]
        self.assertEqual(item["derived"], "yes", item["reasons"])
        self.assertGreaterEqual(len(item["support"]), 5)


class PrintedExampleAsWorkbook(PrintedExample):
    """The same ledger as XLSX."""

    file = "ledger-seed.xlsx"


class Clinic(Story):
    """A small clinic's ledger as Excel saves it in Japan (CP932)."""

    def setUp(self):
        super().setUp()
        self.init()
        self.told = self.sonae("import", "device", SAMPLES / "ledger-clinic-cp932.csv").out

    def test_nine_rows_are_accounted_for(self):
        self.assertEqual(sorted(self.devices()), [str(number) for number in range(1, 10)])
        self.assertRegex(self.told, r"\b9 ?[件台行]")

    def test_the_device_awaiting_disposal_is_nowhere_in_use(self):
        self.assertEqual(sorted(self.devices("--in-use")), [str(number) for number in range(1, 9)])
        old = self.devices()["9"]["id"]
        for item in self.answer()["items"]:
            for reason in item["reasons"]:
                self.assertNotIn(old, [entry["id"] for entry in reason["entries"]], reason["sentence"]["ja"])

    def test_only_the_ledger_and_the_patches_are_no(self):
        derived = self.derived()
        self.assertEqual(derived.pop("no"), ["2-①", "2-⑥"])
        self.assertEqual(list(derived), ["unknown"])

    def test_the_ledger_item_has_one_reason(self):
        reasons = self.reasons(self.items()["2-①"], "no")
        self.assertEqual(len(reasons), 1, reasons)
        devices = self.devices()
        self.assertEqual({entry["id"] for entry in reasons[0]["entries"]}, {devices[n]["id"] for n in "478"})
        self.assertEqual((reasons[0]["count"], reasons[0]["of"]), (3, 8))
        self.assertIn("8台中3台", reasons[0]["sentence"]["ja"])
        for number in "478":
            self.assertIn(
                next(e["label"] for e in reasons[0]["entries"] if e["id"] == devices[number]["id"]),
                reasons[0]["sentence"]["ja"],
            )

    def test_the_patch_item_names_the_two_windows_10(self):
        devices = self.devices()
        found = {
            entry["id"] for reason in self.reasons(self.items()["2-⑥"], "no") for entry in reason["entries"]
        }
        self.assertTrue({devices["2"]["id"], devices["5"]["id"]} <= found)
        self.assertFalse({devices["8"]["id"], devices["9"]["id"]} & found)

    def test_two_networks_and_the_unexplained_router_are_advice(self):
        devices = self.devices()
        advised = {}
        for number in ["2-②", "2-①"]:
            for reason in self.reasons(self.items()[number], "advice"):
                for entry in reason["entries"]:
                    advised.setdefault(entry["id"], []).append(reason["sentence"]["ja"])
        self.assertIn(devices["5"]["id"], advised, "row 5 has addresses in two networks")
        self.assertIn(devices["7"]["id"], advised, "row 7 is a router nobody can explain")

    def test_japanese_dates_are_read(self):
        acquired = {number: entry.get("acquired_on") for number, entry in self.devices().items()}
        self.assertEqual(
            acquired,
            {
                "1": "2020-04-01",
                "2": "2021-05-10",
                "3": "2023-11-01",
                "4": "2022-03-01",
                "5": "2018-12-01",
                "6": "2019-03-20",
                "7": None,
                "8": "2021-03-15",
                "9": "2011-06-01",
            },
        )
        self.assertFalse([e for e in self.devices().values() if "registered_on" in e], "購入日 is not 登録日")

    def test_vendors_are_made_once(self):
        names = sorted(vendor["name"] for vendor in self.entries("vendor"))
        self.assertEqual(names, ["合同会社イメージ", "株式会社メディカ", "株式会社レセ"])

    def test_several_addresses_in_one_cell(self):
        addresses = [
            entry.get("address")
            for entry in self.entries("interface")
            if entry["device"] == self.devices()["5"]["id"]
        ]
        self.assertEqual(sorted(addresses), ["192.168.10.14", "192.168.20.14"])


class Import(Story):
    """The plan of an import."""

    def setUp(self):
        super().setUp()
        self.init()

    def file(self, text, name="台帳.csv", encoding="utf-8"):
        path = self.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def test_a_dry_run_changes_nothing(self):
        before = self.history()
        told = self.sonae("import", "device", SAMPLES / "ledger-seed.csv", "--dry-run").out
        self.assertIn("管理番号", told)
        self.assertEqual(self.entries("device"), [])
        self.assertEqual(self.entries("vendor"), [])
        self.assertEqual(self.history(), before)

    def test_an_unmatched_column_is_kept(self):
        self.sonae("import", "device", self.file("管理番号,コンピュータ名,棚の色\nA1,PC1,赤\n"))
        self.assertIn("赤", self.sonae("list", "device", "--json").out)

    def test_a_column_can_be_pointed_to_a_field(self):
        self.sonae("import", "device", self.file("管理番号,置いてあるところ\nA1,受付\n"), "--map", "置いてあるところ=place")
        self.assertEqual(self.devices()["A1"]["place"], "受付")

    def test_a_mapping_to_a_field_that_is_not_there_is_refused(self):
        before = self.history()
        self.refused("import", "device", self.file("管理番号,甲\nA1,x\n"), "--map", "甲=nonsense")
        self.assertEqual(self.history(), before)

    def test_a_value_that_does_not_fit_is_kept_as_written(self):
        self.sonae("import", "device", self.file("管理番号,購入日\nA1,去年の春ごろ\n"))
        entry = self.devices()["A1"]
        self.assertEqual(entry["states"]["acquired_on"], "unreadable")
        self.assertIn("去年の春ごろ", str(entry))

    def test_states_are_read_from_cells(self):
        self.sonae("import", "device", self.file("管理番号,OS,設置場所,利用者\nA1,不明,?,－\n"))
        states = self.devices()["A1"]["states"]
        self.assertEqual((states["os"], states["place"], states["user"]), ("unknown", "unknown", "none"))

    def test_a_header_below_title_rows_is_found(self):
        self.sonae("import", "device", self.file("ひかり診療所 機器台帳,,\n,,\n管理番号,コンピュータ名,設置場所\nA1,PC1,受付\n"))
        self.assertEqual(self.devices()["A1"]["place"], "受付")

    def test_the_same_file_in_every_encoding_is_the_same_ledger(self):
        text = "管理番号,コンピュータ名,設置場所\nA1,PC1,受付①\n"
        kept = []
        for place, encoding in enumerate(["utf-8", "utf-8-sig", "cp932"]):
            data = self.folder / f"data{place}"
            self.sonae("init", "--name", "A", "--kind", "clinic", data=data)
            self.sonae("import", "device", self.file(text, f"{encoding}.csv", encoding), data=data)
            entries = self.sonae("list", "device", "--json", data=data).json()["entries"]
            kept.append(
                [
                    {key: entry.get(key) for key in ["number", "hostname", "place", "label"]}
                    for entry in entries
                ]
            )
        self.assertEqual(kept[0], kept[1])
        self.assertEqual(kept[0], kept[2])
        self.assertEqual(kept[0][0]["place"], "受付①")

    def test_a_second_import_of_a_known_vendor_makes_no_second_one(self):
        text = "管理番号,コンピュータ名,保守業者\n{},PC1,株式会社メディカ\n"
        self.sonae("import", "device", self.file(text.format("A1")))
        self.sonae("import", "device", self.file(text.format("A2")))
        self.assertEqual(len(self.entries("vendor")), 1)


REVIEW = ["reviewed_on=2026-11-20", "reviewed_by=院長", "what=機器台帳"]

if __name__ == "__main__":
    unittest.main()
