"""Nothing is はい by silence: an empty folder answers no line of any edition with はい or 対象外."""
import unittest

from story import ANSWER_KEYS, ITEM_KEYS, Story

KINDS = ["clinic", "dental", "pharmacy", "hospital", "midwifery", "visiting_nurse"]


class Empty(Story):
    def test_no_edition_says_yes_or_not_applicable(self):
        self.init()
        vendor = "株式会社メディカ"
        self.sonae("add", "vendor", f"name={vendor}")
        asked = 0
        for edition in ["R5", "R6", "R7", "BCP"]:
            for form in ["medical", "pharmacy", "vendor"]:
                if edition == "BCP" and form != "medical":
                    continue
                more = ["--vendor", vendor] if form == "vendor" else []
                items = self.answer(edition, "--form", form, *more)["items"]
                self.assertTrue(items)
                for item in items:
                    asked += 1
                    self.assertIn(item["derived"], [None, "unknown", "no"], item["id"])
                    self.assertIsNone(item["answer"])
        self.assertGreater(asked, 150)

    def test_no_kind_of_institution_says_yes_or_not_applicable(self):
        for kind in KINDS:
            data = self.folder / kind
            self.sonae("init", "--name", "施設", "--kind", kind, data=data)
            answer = self.sonae("answer", "--edition", "R7", "--json", data=data).json()
            self.assertEqual(answer["form"], "pharmacy" if kind == "pharmacy" else "medical")
            self.assertEqual({item["derived"] for item in answer["items"]}, {"unknown"}, kind)

    def test_every_line_says_what_is_missing(self):
        self.init()
        answer = self.answer()
        self.assertEqual(set(answer), ANSWER_KEYS)
        self.assertEqual(
            (answer["edition"], answer["form"], answer["year"], answer["as_of"]),
            ("R7", "medical", 2026, "2026-11-21"),
        )
        self.assertEqual(len([item for item in answer["items"] if item["item"] == "2-⑫"]), 2)
        for item in answer["items"]:
            self.assertEqual(set(item), ITEM_KEYS)
            self.assertTrue(item["reasons"], f"{item['id']} is わからない and does not say why")

    def test_r8_is_not_yet_transcribed_and_says_so(self):
        self.init()
        done = self.call("answer", "--edition", "R8", "--data", self.data)
        told = done.out + done.err
        self.assertIn(done.code, (0, 1), done)
        self.assertRegex(told, "001716187|転記|書き写|転写|読み取|未収録", "it says that R8 is not yet transcribed")
        self.assertNotIn("はい", told.replace("いいえ・はい", ""))


if __name__ == "__main__":
    unittest.main()
