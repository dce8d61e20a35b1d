"""An edition from the ministry's own file: read in several layouts, confirmed line by line, used, answers carried
over as proposals and confirmed again, undone.
"""
import unittest

import checklist_files as files
from serving import Server
from story import ITEM_KEYS, Story


def folded(number):
    """2-①, 2-(1) and 2-1 as one."""
    out = ""
    for letter in number or "":
        out += str(ord(letter) - ord("①") + 1) if "①" <= letter <= "⑳" else "" if letter in "()" else letter
    return out


def expected(items, gate):
    lines = [("", None, files.GATE)] if gate else []
    return lines + [(f"{own}-{place}", files.TARGETS[target], words) for own, place, target, words in items]


class Edition(Story):
    def setUp(self):
        super().setUp()
        self.init()

    def make(self, layout):
        path = self.folder / f"{layout.__name__}.xlsx"
        layout(path)
        return path

    def load(self, layout=files.two_forms, *more):
        return self.json("edition", "load", self.make(layout), *more)

    def edition(self, *arguments, **more):
        return self.json("edition", *arguments, **more)

    def lines(self, loaded, form):
        return [line for line in loaded["lines"] if line["form"] == form]

    def confirm_all(self, loaded):
        """Each line by itself: what is proposed, or a new item."""
        for line in loaded["lines"]:
            if line["decision"] == "open":
                way = ["--accept"] if line["proposal"] else ["--new"]
                self.edition("line", line["line"], *way, "--by", "事務長")

    def use(self, layout=files.two_forms):
        loaded = self.load(layout)
        self.confirm_all(loaded)
        return self.edition("use", "R8", "--by", "事務長")

    # ---- reading ----------------------------------------------------------------------------------------

    def test_every_layout_gives_the_same_items(self):
        for layout in files.LAYOUTS:
            with self.subTest(layout.__name__):
                loaded = self.load(layout)
                self.assertEqual(loaded["edition"], "R8")
                self.assertIsNone(loaded["official"])
                self.assertEqual(loaded["base"], "R7")
                for form, items, gate in [("medical", files.ITEMS, True), ("vendor", files.VENDOR, False)]:
                    lines = self.lines(loaded, form)
                    if form == "vendor" and layout not in (files.two_forms, files.one_sheet):
                        self.assertEqual(lines, [])
                        continue
                    self.assertEqual(
                        [(folded(line["number"]), line["target"], line["text"]) for line in lines],
                        expected(items, gate),
                    )
                    for line in lines:
                        if line["section"]:
                            self.assertEqual(line["section_title"], files.SECTIONS[line["section"]], line)
                self.assertEqual({line["decision"] for line in loaded["lines"]}, {"open"})
                self.edition("undo", "R8")
        self.assertNotIn("R8", self.sonae("list", "vendor").out)

    def test_rows_that_are_no_items_are_told(self):
        loaded = self.load()
        use = {sheet["sheet"]: sheet["use"] for sheet in loaded["sheets"]}
        self.assertEqual(
            use,
            {
                "はじめに": "no_items",
                "医療機関・薬局確認用": "read",
                "事業者確認用": "read",
                "記入例（医療機関・薬局確認用）": "same_form",
            },
        )
        others = {other["text"]: other["kind"] for other in loaded["sheets"][1]["others"]}
        self.assertEqual(others[files.NOTE], "note")
        self.assertEqual(others[files.TITLE], "title")
        self.assertEqual([kind for kind in others.values() if kind == "section"], ["section"] * 4)
        self.assertIn(files.OPENING, others)

    def test_every_line_has_a_proposal_with_a_reason_or_says_that_there_is_none(self):
        lines = {(folded(line["number"]), line["target"]): line for line in self.lines(self.load(), "medical")}
        same = lines["2-1", None]
        self.assertEqual(
            same["proposal"],
            {"concept": "ledger", "from": "R7.med.2-①.all", "confidence": 100, "verbatim": True},
        )
        changed = lines["2-3", None]["proposal"]
        self.assertEqual((changed["concept"], changed["from"]), ("reuse", "R7.med.2-⑧.all"))
        self.assertFalse(changed["verbatim"])
        self.assertLess(changed["confidence"], 100)
        self.assertIn("R7 2-⑧", lines["2-3", None]["reason"]["ja"])
        self.assertIsNone(lines["2-4", None]["proposal"], "nothing like it in R7")
        self.assertIn("見つかりません", lines["2-4", None]["reason"]["ja"])
        self.assertEqual(lines["2-6", "pc"]["proposal"]["from"], "R7.med.2-⑫.pc")
        self.assertEqual(lines["3-1", None]["proposal"]["concept"], "bcp")
        self.assertEqual(lines["", None]["proposal"]["concept"], "exist")
        shown = self.sonae("edition", "show").out
        for words in ["提案なし", "まだ確かめていません", "確からしさ 100", "公表ファイルとしては未確認"]:
            self.assertIn(words, shown)

    # ---- confirming -------------------------------------------------------------------------------------

    def test_an_edition_is_used_only_when_every_line_is_confirmed(self):
        loaded = self.load()
        told = self.refused("edition", "use", "R8")
        self.assertIn("L1", told)
        accepted = self.edition("line", "--accept-all", "--edition", "R8")["accepted"]
        self.assertEqual(accepted, sum(bool((line["proposal"] or {}).get("verbatim")) for line in loaded["lines"]))
        open_lines = [line["line"] for line in self.edition("show")["lines"] if line["decision"] == "open"]
        self.assertTrue(open_lines)
        told = self.refused("edition", "use", "R8")
        for line in open_lines:
            self.assertIn(line, told)
        self.refused("answer", "--edition", "R8")
        self.assertFalse((self.data / "catalog").exists())

    def test_a_line_is_corrected_in_every_way(self):
        self.load()
        medical = ["--form", "medical"]
        line = self.edition("line", "2-3", "--from", "R7:2-⑦", *medical)
        self.assertEqual((line["concept"], line["from"]), ("pw", "R7.med.2-⑦.all"))
        line = self.edition("line", "2-③", "--concept", "mfa", *medical)
        self.assertEqual((line["concept"], line["from"]), ("mfa", None))
        line = self.edition("line", "2-(4)", "--new", *medical)
        self.assertEqual((line["decision"], line["concept"]), ("item", "r8_medical_2_4"))
        line = self.edition("line", "2-4", "--ignore", *medical)
        self.assertEqual((line["decision"], line["concept"]), ("ignored", None))
        self.assertIn("L", self.refused("edition", "line", "2-6", "--accept", *medical))
        self.edition("line", "2-6", "--accept", "--target", "pc", *medical)
        self.assertIn("提案", self.refused("edition", "line", "2-4", "--accept", *medical))
        self.refused("edition", "line", "2-3", "--concept", "nothing", *medical)
        self.refused("edition", "line", "2-3", "--from", "R7:9-①", *medical)
        self.refused("edition", "line", "2-3", *medical)
        self.refused("edition", "line", "L99", "--accept")
        self.refused("edition", "line", "2-3", "--accept", "--ignore", *medical)

    # ---- the whole way ----------------------------------------------------------------------------------

    def test_from_confirmed_answers_of_r7_to_a_pack_of_r8_and_back(self):
        for item, answer, more in [
            ("1-①", "yes", []),
            ("2-①", "no", ["--due", "2027-03-31", "--reason", "台帳を作成中"]),
            ("2-⑧", "yes", []),
            ("2-⑫", "no", ["--due", "2027-02-28", "--target", "server"]),
            ("2-⑫", "yes", ["--target", "pc"]),
        ]:
            self.sonae("confirm", "--edition", "R7", "--item", item, "--answer", answer, "--by", "院長", *more)
        r7 = self.answer("R7")["items"]
        used = self.use()
        self.assertEqual((used["items"], used["reworded"]), (len(files.ITEMS) + 1 + len(files.VENDOR), []))
        items = {item["id"]: item for item in self.answer("R8")["items"]}
        self.assertEqual(len(items), len(files.ITEMS) + 1)
        self.assertEqual({item["answer"] for item in items.values()}, {None}, "nothing is answered by itself")
        self.assertEqual(items["R8.inst.2-①.all"]["question"], "ledger")
        self.assertIsNone(items["R8.inst.2-④.all"]["question"], "a new item is answered by a person only")
        self.assertIn("（読み込んだファイルの文言）", self.sonae("answer", "--edition", "R8").out)

        carried = self.edition("carry", "R7", "R8")
        self.assertEqual((carried["proposed"], carried["answered"]), (5, 0))
        items = {item["id"]: item for item in self.answer("R8")["items"]}
        self.assertEqual({item["answer"] for item in items.values()}, {None}, "a proposal is no answer")
        proposed = {id: item["proposed"]["value"] for id, item in items.items() if "proposed" in item}
        self.assertEqual(
            proposed,
            {
                "R8.inst.1-①.org": "yes",
                "R8.inst.2-①.all": "no",
                "R8.inst.2-③.all": "yes",
                "R8.inst.2-⑥.srv": "no",
                "R8.inst.2-⑥.pc": "yes",
            },
        )
        ledger = items["R8.inst.2-①.all"]
        self.assertEqual(set(ledger), ITEM_KEYS | {"proposed"})
        self.assertEqual(
            ledger["proposed"],
            {
                "value": "no",
                "due": "2027-03-31",
                "reason": "台帳を作成中",
                "edition": "R7",
                "items": ["R7.med.2-①.all"],
                "date": "2026-11-21",
                "by": "院長",
            },
        )
        self.assertIn("提案: いいえ", self.sonae("answer", "--edition", "R8").out)
        again = self.edition("carry", "R7", "R8")
        self.assertEqual((again["proposed"], again["waiting"]), (0, 5))

        self.sonae("confirm", "--edition", "R8", "--item", "1-①", "--answer", "yes", "--by", "院長")
        item = self.items("R8")["1-①"]
        self.assertEqual(item["answer"]["value"], "yes")
        self.assertNotIn("proposed", item)
        pack = self.folder / "r8.zip"
        self.sonae("pack", "--edition", "R8", "--out", pack)
        verified = self.call("verify", pack)
        self.assertEqual(verified.code, 0, verified)
        self.sonae("verify")
        self.assertEqual(self.answer("R7")["items"], r7, "R7 is as it was")

        self.assertEqual(self.edition("undo", "R8")["undone"], "proposals")
        self.assertFalse([item for item in self.answer("R8")["items"] if "proposed" in item])
        undone = self.edition("undo", "R8")
        self.assertEqual((undone["undone"], undone["answers"]), ("use", 1))
        self.refused("answer", "--edition", "R8")
        self.sonae("verify")
        self.edition("use", "R8")
        self.assertEqual(self.items("R8")["1-①"]["answer"]["value"], "yes", "the answer was never lost")
        self.sonae("rebuild")
        self.sonae("verify")

    def test_a_vendors_answers_are_carried_to_the_vendors_form(self):
        self.sonae("add", "vendor", "name=みなとシステム")
        vendor = ["--form", "vendor", "--vendor", "みなとシステム"]
        self.sonae("confirm", "--edition", "R7", *vendor, "--item", "2-⑪", "--answer", "yes", "--by", "業者")
        self.use()
        carried = self.edition("carry", "R7", "R8")
        self.assertEqual(carried["proposed"], 1)
        self.assertEqual(self.items("R8", *vendor)["2-⑤"]["proposed"]["value"], "yes")
        self.assertFalse([item for item in self.answer("R8")["items"] if "proposed" in item])

    def test_a_server_takes_a_draft_but_keeps_its_catalog(self):
        with Server(self.data) as server:
            self.assertTrue(server.ready)
            self.confirm_all(self.load())
            self.assertIn("serve", self.refused("edition", "use", "R8"))
            self.assertEqual(server.end(), 0)
        self.edition("use", "R8")
        with Server(self.data) as server:
            self.assertTrue(server.ready)
            self.assertEqual(len(self.answer("R8")["items"]), len(files.ITEMS) + 1)
            self.assertIn("serve", self.refused("edition", "undo", "R8"))
            self.assertEqual(server.end(), 0)

    def test_the_steps_are_undone_one_by_one(self):
        self.load()
        self.edition("line", "L1", "--accept")
        self.edition("line", "--accept-all", "--edition", "R8")
        steps = []
        for _ in range(3):
            steps.append(self.edition("undo", "R8")["undone"])
        self.assertEqual(steps, ["decisions", "decisions", "load"])
        self.refused("edition", "undo", "R8")
        self.refused("edition", "show", "R8")

    def test_other_words_under_the_same_number_are_another_item(self):
        self.use()
        self.sonae("confirm", "--edition", "R8", "--item", "2-①", "--answer", "yes")
        changed = [list(item) for item in files.ITEMS]
        changed[1][3] = "サーバ、端末PC、ネットワーク機器及びクラウドサービスの台帳管理を毎年行っている。"

        def reissued(path):
            book = files.Workbook()
            files.table(book.active, changed, "医療機関・薬局確認用", True)
            book.save(path)

        loaded = self.load(reissued)
        self.assertEqual(len([line for line in loaded["lines"] if line["decision"] == "open"]), len(changed) + 1)
        self.confirm_all(loaded)
        used = self.edition("use", "R8")
        self.assertEqual(used["reworded"], ["R8.inst.2-①.all.2"])
        self.assertIsNone(self.items("R8")["2-①"]["answer"], "the answer was to other words")
        carried = self.edition("carry", "R8", "R8")
        self.assertEqual(carried["proposed"], 1)
        self.assertEqual(self.items("R8")["2-①"]["proposed"]["value"], "yes")
        self.edition("undo", "R8")
        self.assertEqual(self.edition("undo", "R8")["undone"], "use")
        self.assertEqual(self.items("R8")["2-①"]["answer"]["value"], "yes")
        self.sonae("verify")

    def test_a_draft_is_in_the_history_and_in_a_backup(self):
        self.load()
        self.edition("line", "L2", "--accept", "--by", "事務長")
        self.assertIn("事務長 set edition_line", self.sonae("history").out)
        self.sonae("rebuild")
        self.assertEqual(self.edition("show", "R8")["lines"][1]["decision"], "item")
        self.confirm_all(self.edition("show", "R8"))
        self.edition("use", "R8")
        backup = self.folder / "backup.zip"
        self.sonae("backup", "--out", backup)
        restored = self.folder / "restored"
        self.sonae("restore", backup, data=restored)
        self.assertEqual(
            self.sonae("answer", "--edition", "R8", "--json", data=restored).json()["items"],
            self.answer("R8")["items"],
        )

    def test_files_that_are_no_checklist_are_refused(self):
        book = files.Workbook()
        book.active.append(["管理番号", "機種", "設置場所"])
        book.active.append(["001", "ノートPC", "受付"])
        path = self.folder / "台帳.xlsx"
        book.save(path)
        self.refused("edition", "load", path)
        self.assertIn("項目", self.refused("edition", "load", path, "--edition", "R8"))
        self.refused("edition", "load", path, "--edition", "../R8")
        self.refused("edition", "load", self.folder / "none.xlsx")
        self.refused("edition", "use", "R8")
        self.refused("edition", "show")
        self.refused("edition", "carry", "R7", "R8")

    def test_answers_of_r6_are_carried_to_r7_without_any_file(self):
        for target, answer in [("server", "yes"), ("pc", "no"), ("network", "yes")]:
            due = ["--due", "2027-03-31"] if answer == "no" else []
            number = next(
                item["item"]
                for item in self.answer("R6")["items"]
                if item["target"] == target and item["question"] == "patch"
            )
            self.sonae("confirm", "--edition", "R6", "--item", number, "--target", target, "--answer", answer, *due)
        self.assertEqual(self.edition("carry", "R6", "R7")["proposed"], 1)
        proposed = self.items("R7")["2-⑥"]["proposed"]
        self.assertEqual((proposed["value"], len(proposed["items"])), ("no", 3))


if __name__ == "__main__":
    unittest.main()
