"""A clinic that has recorded what every line needs, by `sonae set --from` alone, up to the inspector's file."""

import json
import unittest

from story import ROOT, Story

MODELS = ROOT / "tests/models"


class Model(Story):
    def derived_of(self, model):
        """Derived values of every R7 line after recording the model's facts."""
        self.init()
        self.sonae("set", "--from", MODELS / model)
        return {item["id"]: (item["derived"], self.sentences(item)) for item in self.answer()["items"]}

    def test_a_clinic_can_be_brought_to_yes_on_every_line(self):
        for item, (value, sentences) in self.derived_of("clinic.jsonl").items():
            self.assertEqual(value, "yes", f"{item}: {sentences}")
        self.sonae("verify")
        self.sonae("pack", "--edition", "R7", "--out", self.folder / "pack")
        self.assertEqual(self.call("verify", self.folder / "pack").code, 0)

    def test_a_clinic_that_lives_in_the_cloud_needs_no_server(self):
        derived = self.derived_of("cloud_clinic.jsonl")
        for item, (value, sentences) in derived.items():
            self.assertIn(value, ("yes", "not_applicable"), f"{item}: {sentences}")
        servers = {item: value for item, (value, _) in derived.items() if item.endswith(".srv")}
        self.assertEqual(set(servers.values()), {"not_applicable"})

    def test_an_entry_that_contradicts_a_statement_of_absence_is_seen(self):
        self.derived_of("cloud_clinic.jsonl")
        line = {"register": "device", "number": "S1", "kind": "server", "hostname": "SV"}
        self.sonae("set", "--from", "-", stdin=json.dumps(line) + "\n")
        servers = [item for item in self.answer()["items"] if item["target"] == "server"]
        self.assertTrue(servers)
        for item in servers:
            self.assertEqual(item["derived"], "unknown", item["id"])


if __name__ == "__main__":
    unittest.main()
