"""Lists: filtered, sorted, a page at a time, with counts, as somebody with a long ledger asks for them."""
import json
import unittest

from story import Story

KINDS = {1: "server", 2: "pc", 3: "pc", 10: "pc", 20: "?", 30: ""}


class List(Story):
    def setUp(self):
        super().setUp()
        self.init()
        lines = [
            {"register": "device", "number": str(number), "kind": kind, "hostname": f"PC-{number}"}
            | {"acquired_on": f"20{10 + number}-04", "place": "受付" if number % 2 else ""}
            for number, kind in reversed(KINDS.items())
        ]
        self.sonae("set", "--from", "-", stdin="".join(json.dumps(line) + "\n" for line in lines))

    def numbers(self, *options):
        return [int(entry["number"]) for entry in self.json("list", "device", *options)["entries"]]

    def test_conditions_and_order(self):
        self.assertEqual(self.numbers(), [1, 2, 3, 10, 20, 30])
        self.assertEqual(self.numbers("--where", "kind=端末PC"), [2, 3, 10])
        self.assertEqual(self.numbers("--where", "kind=server", "--where", "kind=?"), [1, 20])
        self.assertEqual(self.numbers("--where", "kind="), [30])
        self.assertEqual(self.numbers("--where", "kind=pc", "--where", "place=受付"), [3])
        self.assertEqual(self.numbers("--where", "acquired_on=2012..2013-04"), [2, 3])
        self.assertEqual(self.numbers("--contains", "ｐｃ１"), [1, 10])
        self.assertEqual(self.numbers("--sort=-acquired_on", "--limit", 3), [30, 20, 10])
        self.assertEqual(self.numbers("--sort", "kind"), [1, 2, 3, 10, 20, 30])

    def test_pages_and_counts(self):
        page = self.json("list", "device", "--limit", 4, "--columns", "number", "--facets", "kind,place")
        self.assertEqual(page["total"], len(KINDS))
        self.assertEqual([entry["number"] for entry in page["entries"]], ["1", "2", "3", "10"])
        self.assertNotIn("hostname", page["entries"][0])
        self.assertEqual(
            page["facets"][0],
            {
                "field": "kind",
                "values": [{"value": "server", "count": 1}, {"value": "pc", "count": 3}],
                "states": {"never_asked": 1, "unknown": 1},
            },
        )
        rest = self.json("list", "device", "--limit", 4, "--after", page["next"])
        self.assertEqual([entry["number"] for entry in rest["entries"]], ["20", "30"])
        self.assertNotIn("next", rest)
        self.assertEqual(self.numbers("--offset", 4, "--limit", 1), [20])
        told = self.sonae("list", "device", "--limit", 4, "--facets", "kind").out
        self.assertIn("6件のうち4件", told)
        self.assertIn("端末PC  3", told)

    def test_what_cannot_be_listed_is_said(self):
        self.refused("list", "device", "--where", "kind", codes=(1, 2))
        self.refused("list", "device", "--where", "kind=冷蔵庫", codes=(1,))
        self.refused("list", "device", "--where", "place=2020..2021x", "--sort", "no_such", codes=(1,))
        self.refused("list", "device", "--after", "zz", codes=(1,))
        self.refused("list", "device", "--facets", "no_such", codes=(1,))


if __name__ == "__main__":
    unittest.main()
