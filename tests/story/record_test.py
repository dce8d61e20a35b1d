"""Recording facts by hand: add, set, retire, show, attach, several at once, versions and the history."""
import json
import unittest

from story import SAMPLES, Story


class Record(Story):
    def setUp(self):
        super().setUp()
        self.init()

    def add(self, register, *values):
        before = {entry["id"] for entry in self.entries(register)}
        self.sonae("add", register, *values, "--by", "事務長")
        new = [entry for entry in self.entries(register) if entry["id"] not in before]
        self.assertEqual(len(new), 1)
        return new[0]

    def test_states_are_written_and_cleared(self):
        device = self.add("device", "number=1", "hostname=PC1", "os=?", "place=-", "acquired_on=去年")
        self.assertEqual(
            {key: device["states"].get(key) for key in ["os", "place", "acquired_on", "maker"]},
            {"os": "unknown", "place": "none", "acquired_on": "unreadable", "maker": "never_asked"},
        )
        self.assertNotIn("os", device)
        self.sonae("set", "device", device["id"], "os=Windows 11 Pro", "place=", "acquired_on=2024-05")
        device = self.devices()["1"]
        self.assertEqual((device["os"], device["acquired_on"]), ("Windows 11 Pro", "2024-05"))
        self.assertEqual(device["states"]["place"], "never_asked")

    def test_an_entry_is_named_by_its_number_too(self):
        device = self.add("device", "number=A-01", "hostname=PC1")
        self.assertIn("A-01", device["label"])
        self.assertIn("PC1", device["label"])
        self.sonae("set", "device", "A-01", "place=受付")
        shown = self.json("show", "device", "A-01")
        self.assertEqual(json.dumps(shown, ensure_ascii=False).count("受付"), 1)
        self.refused("show", "device", "どこにもない")

    def test_a_stale_write_is_refused_with_both_versions(self):
        device = self.add("device", "number=1", "place=受付")
        self.assertEqual(device["version"], 1)
        self.sonae("set", "device", "1", "place=診察室")
        before = self.history()
        line = {"register": "device", "id": device["id"], "expect": 1, "place": "倉庫"}
        for told in [
            self.refused("set", "--from", "-", stdin=json.dumps(line) + "\n", codes=(1,)),
            self.refused("set", "device", "1", "place=倉庫", "--expect", "1", codes=(1,)),
            self.refused("retire", "device", "1", "--expect", "1", codes=(1,)),
        ]:
            self.assertIn("1", told)
            self.assertIn("2", told)
        self.assertEqual(self.history(), before)
        self.sonae("set", "--from", "-", stdin=json.dumps(line | {"expect": 2}) + "\n")
        self.assertEqual((self.devices()["1"]["place"], self.devices()["1"]["version"]), ("倉庫", 3))

    def test_the_same_value_again_is_no_change(self):
        self.add("device", "number=1", "place=受付")
        before = self.history()
        self.sonae("set", "device", "1", "place=受付")
        self.assertEqual(self.devices()["1"]["version"], 1)
        self.assertEqual(self.history(), before)

    def test_retire_closes_an_entry_and_keeps_its_history(self):
        device = self.add("device", "number=1", "hostname=PC1")
        self.sonae("retire", "device", "1", "--why", "二重登録")
        self.assertEqual(self.entries("device"), [])
        told = self.sonae("history", f"device:{device['id']}").out
        self.assertIn("二重登録", told)

    def test_several_facts_at_once_are_all_or_nothing(self):
        lines = [
            {"register": "vendor", "name": "株式会社メディカ"},
            {"register": "device", "number": "1", "hostname": "PC1", "maintainer": "株式会社メディカ"},
            {"register": "device", "number": "2", "hostname": "PC2", "os": "?"},
        ]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        self.sonae("set", "--from", "-", stdin=text)
        self.assertEqual(sorted(self.devices()), ["1", "2"])
        self.assertEqual(len(self.entries("vendor")), 1)
        before = self.history()
        for mistake in [
            '{"register": "device", "number": "3", "colour": "red"}',
            '{"register": "devices", "number": "3"}',
            '{"number": "3"}',
            "{not json",
            '["device"]',
        ]:
            good = json.dumps({"register": "device", "number": "9"})
            told = self.refused("set", "--from", "-", stdin=good + "\n" + mistake + "\n")
            self.assertIn("2", told, "the message names the line")
            self.assertEqual(self.history(), before)
        file = self.folder / "facts.jsonl"
        file.write_text(json.dumps({"register": "device", "number": "3"}) + "\n", encoding="utf-8")
        self.sonae("set", "--from", file)
        self.assertEqual(sorted(self.devices()), ["1", "2", "3"])

    def test_the_history_says_who_when_and_why(self):
        device = self.add("device", "number=1", "place=受付")
        self.sonae("set", "device", "1", "place=倉庫", "--by", "田中", "--why", "移設のため")
        told = self.sonae("history", f"device:{device['id']}").out
        for part in ["事務長", "田中", "移設のため", "2026-11-21", "受付", "倉庫"]:
            self.assertIn(part, told)
        events = json.loads(self.history())["events"]
        self.assertEqual([event["seq"] for event in events], list(range(len(events))), "no gaps")
        moved = [event for event in events if event["why"] == "移設のため"]
        self.assertEqual(len(moved), 1, "one change, one event")
        self.assertEqual(moved[0]["changes"], [{"field": "place", "before": "受付", "after": "倉庫"}])
        self.assertEqual((moved[0]["by"], moved[0]["action"], moved[0]["version"]), ("田中", "set", 2))

    def test_an_unknown_name_changes_nothing(self):
        self.add("device", "number=1")
        before = self.history()
        for arguments in [
            ("add", "device", "number=2", "colour=red"),
            ("add", "devices", "number=2"),
            ("set", "device", "1", "colour=red"),
            ("set", "device", "77", "place=受付"),
            ("add", "device"),
            ("retire", "device", "77"),
            ("list", "devices"),
            ("show", "devices", "1"),
        ]:
            told = self.refused(*arguments)
            self.assertRegex(told, "colour|devices|77|device", arguments)
        self.assertEqual(self.history(), before)

    def test_rebuild_gives_the_same(self):
        self.sonae("import", "device", SAMPLES / "ledger-clinic-cp932.csv")
        self.sonae("confirm", "--edition", "R7", "--item", "1-①", "--answer", "yes")
        registers = ["device", "interface", "software", "vendor", "institution", "answer"]

        def told():
            return [self.sonae("list", register, "--json").out for register in registers] + [
                self.sonae("answer", "--edition", "R7", "--json").out,
                self.history(),
            ]

        before = told()
        self.sonae("rebuild")
        self.assertEqual(told(), before)
        self.sonae("verify")

    def test_evidence_is_kept_with_what_it_proves(self):
        paper = self.folder / "保守回答 書.pdf"
        paper.write_bytes(b"%PDF-1.4 paper")
        device = self.add("device", "number=1")
        self.sonae("attach", paper, "--to", f"device:{device['id']}")
        self.sonae("attach", paper, "--item", "R7:2-①")
        attached = self.entries("attachment")
        self.assertEqual(len(attached), 2)
        self.assertEqual({entry["name"] for entry in attached}, {"保守回答 書.pdf"})
        stored = [path for path in (self.data / "evidence").rglob("*") if path.is_file()]
        self.assertEqual(
            [path.read_bytes() for path in stored], [b"%PDF-1.4 paper"], "stored once, by its digest"
        )
        before = self.history()
        (self.folder / "空.txt").write_bytes(b"")
        self.refused("attach", self.folder / "空.txt", "--to", "device:1")
        self.refused("attach", self.folder / "ない.pdf", "--to", "device:1")
        self.refused("attach", paper, "--to", "device:77")
        self.refused("attach", paper, "--item", "R7:9-⑨")
        self.refused("attach", paper)
        self.assertEqual(self.history(), before)


if __name__ == "__main__":
    unittest.main()
