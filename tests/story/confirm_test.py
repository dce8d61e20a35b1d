"""A person's answer: what is asked for, what is refused, and that the record never changes it."""
import unittest

from story import CONFIRMED_KEYS, SAMPLES, TODAY, Story

YEAR_END = "2027-03-31"


class Confirm(Story):
    def setUp(self):
        super().setUp()
        self.init()

    def confirm(self, item, answer, *more, edition="R7"):
        return self.sonae(
            "confirm", "--edition", edition, "--item", item, "--answer", answer, "--by", "事務長", *more
        )

    def confirmed(self, item, *more, edition="R7"):
        return self.items(edition, *more)[item]["answer"]

    def refused_answer(self, *arguments):
        before = self.history()
        told = self.refused("confirm", "--edition", "R7", "--by", "事務長", *arguments)
        self.assertEqual(self.history(), before, "a refused answer changes nothing")
        return told

    def test_an_answer_is_kept_with_who_and_when(self):
        self.confirm("2-⑥", "no", "--due", YEAR_END, "--reason", "更新を業者に依頼済み")
        answer = self.confirmed("2-⑥")
        self.assertEqual(set(answer), CONFIRMED_KEYS)
        self.assertEqual(
            {key: answer[key] for key in ["value", "date", "due", "by"]},
            {"value": "no", "date": TODAY, "due": YEAR_END, "by": "事務長"},
        )

    def test_every_value_can_be_answered(self):
        for value in ["yes", "unknown", "not_applicable"]:
            self.confirm("1-①", value)
            self.assertEqual(self.confirmed("1-①")["value"], value)
            self.assertIn(self.confirmed("1-①")["due"], (None, ""))

    def test_a_no_needs_a_day_in_this_fiscal_year(self):
        for due in [
            [],
            ["--due", "2026-11-20"],
            ["--due", "2027-04-01"],
            ["--due", "春ごろ"],
            ["--due", "2026-02-30"],
        ]:
            self.refused_answer("--item", "2-⑥", "--answer", "no", *due)
        for due in [TODAY, YEAR_END]:
            self.confirm("2-⑥", "no", "--due", due)
            self.assertEqual(self.confirmed("2-⑥")["due"], due)

    def test_an_item_with_two_lines_asks_which(self):
        told = self.refused_answer("--item", "2-⑫", "--answer", "yes")
        for item in ["R7.med.2-⑫.srv", "R7.med.2-⑫.pc"]:
            self.assertIn(item, told)
        self.confirm("2-⑫", "yes", "--target", "server")
        self.assertEqual(self.confirmed(("2-⑫", "server"))["value"], "yes")
        self.assertIsNone(self.confirmed(("2-⑫", "pc")))

    def test_an_item_is_found_as_people_write_it(self):
        for written in ["2-1", "2-①", "2-(1)", "R7.med.2-①.all"]:
            self.confirm(written, "unknown", "--reason", written)
        self.assertEqual(self.confirmed("2-①")["value"], "unknown")
        self.refused_answer("--item", "9-①", "--answer", "yes")

    def test_wrong_words_are_refused(self):
        self.refused_answer("--item", "2-①", "--answer", "perhaps")
        self.refused("confirm", "--edition", "R99", "--item", "2-①", "--answer", "yes")
        self.refused("answer", "--edition", "R99")
        self.refused("answer", "--edition", "R7", "--form", "dentist")

    def test_editions_are_answered_apart(self):
        self.confirm("2-①", "yes", edition="R7")
        self.confirm("2-(1)", "no", "--due", YEAR_END, edition="R6")
        self.assertEqual(self.confirmed("2-①")["value"], "yes")
        in_r6 = [item["answer"] for item in self.answer("R6")["items"] if item["answer"]]
        self.assertEqual([answer["value"] for answer in in_r6], ["no"])
        self.assertFalse([item for item in self.answer("R5")["items"] if item["answer"]])

    def test_years_are_answered_apart(self):
        self.confirm("2-①", "yes")
        self.assertIsNone(self.confirmed("2-①", "--year", "2025"))

    def test_the_vendor_form_belongs_to_a_vendor(self):
        told = self.refused("answer", "--edition", "R7", "--form", "vendor")
        self.assertIn("vendor", told)
        for name in ["株式会社メディカ", "株式会社レセ"]:
            self.sonae("add", "vendor", f"name={name}")
        form = ["--form", "vendor", "--vendor"]
        before = self.history()
        self.refused("confirm", "--edition", "R7", "--form", "vendor", "--item", "1-①", "--answer", "yes")
        self.refused("confirm", "--edition", "R7", *form, "どこにもない会社", "--item", "1-①", "--answer", "yes")
        self.assertEqual(self.history(), before)
        self.confirm("1-①", "yes", *form, "株式会社メディカ")
        self.assertEqual(self.confirmed("1-①", *form, "株式会社メディカ")["value"], "yes")
        self.assertIsNone(self.confirmed("1-①", *form, "株式会社レセ"))
        self.assertIsNone(self.confirmed("1-①"), "the institution's own form is another one")
        self.refused("answer", "--edition", "R7", "--vendor", "株式会社メディカ")

    def test_the_vendors_half_is_what_the_vendor_says(self):
        self.sonae("add", "vendor", "name=株式会社メディカ")
        for item in self.answer("R7", "--form", "vendor", "--vendor", "株式会社メディカ")["items"]:
            self.assertIsNone(item["derived"], item["id"])
            self.assertIsNone(item["question"], item["id"])

    def test_the_record_never_changes_an_answer_and_a_difference_is_shown(self):
        self.confirm("2-⑥", "unknown")
        self.assertFalse(self.confirmed("2-⑥")["differs"])
        self.sonae("import", "device", SAMPLES / "ledger-seed.csv")
        item = self.items()["2-⑥"]
        self.assertEqual(item["derived"], "no")
        self.assertEqual(item["answer"]["value"], "unknown")
        self.assertTrue(item["answer"]["differs"])

    def test_a_confirmation_freezes_what_was_derived_then(self):
        self.sonae("import", "device", SAMPLES / "ledger-seed.csv")
        self.confirm("2-⑥", "no", "--due", YEAR_END)
        answers = self.entries("answer")
        self.assertEqual(len(answers), 1)
        frozen = str(answers[0])
        for part in ["2016-01-12", "no"]:
            self.assertIn(part, frozen)
        self.assertRegex(frozen, r"\b[0-9a-f]{64}\b", "the digest of the catalog")

    def test_an_answer_is_not_written_by_add_set_or_import(self):
        before = self.history()
        self.refused("add", "answer", "item=R7.med.2-①.all", "value=yes")
        self.assertEqual(self.history(), before)


if __name__ == "__main__":
    unittest.main()
