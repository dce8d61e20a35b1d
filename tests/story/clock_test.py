"""Clocks that jump: the order of the history is its sequence, and nothing stops holding."""
import unittest
from datetime import datetime, timedelta

from serving import Client, Server
from story import FAKETIME, NOON_IN_JAPAN, Story

# In the order in which the clock takes them (UTC).
JUMPS = {
    "noon": NOON_IN_JAPAN,
    "an hour back": NOON_IN_JAPAN - timedelta(hours=1),
    "a day on": NOON_IN_JAPAN + timedelta(days=1),
    "1999": datetime(1999, 1, 1, 0, 0),
    "before 2038": datetime(2038, 1, 19, 3, 14, 0),
    "after 2038": datetime(2038, 1, 19, 3, 14, 8),
    "last second of the year": datetime(2026, 12, 31, 14, 59, 40),
    "new year": datetime(2026, 12, 31, 15, 0, 10),
    "last second of the fiscal year": datetime(2027, 3, 31, 14, 59, 40),
    "new fiscal year": datetime(2027, 3, 31, 15, 0, 10),
    "back again": NOON_IN_JAPAN + timedelta(minutes=5),
}


class ClockJumps(Story):
    def at(self, moment):
        self.now = moment - timedelta(seconds=10)  # each call goes on by ten seconds

    def events(self):
        return self.json("history")["events"]

    def check_history(self):
        events = self.events()
        self.assertEqual([event["seq"] for event in events], list(range(len(events))))
        added = [event for event in events if event["register"] == "device" and event["action"] == "add"]
        self.assertEqual([event["why"] for event in added], list(JUMPS), "the order is that of writing")
        ids = [event["id"] for event in added]
        self.assertEqual(len(ids), len(set(ids)))
        for event, moment in zip(added, JUMPS.values(), strict=True):
            self.assertEqual(event["at"][:16], moment.isoformat()[:16], "recorded as the clock said")
        verified = self.json("verify")
        self.assertTrue(verified["holds"], verified)

    def labels(self, *more):
        return sorted(entry["model"] for entry in self.entries_of("device", *more))

    def entries_of(self, register, *more):
        return self.json("list", register, *more)["entries"]

    def check_days(self):
        """--as-of answers by the day on which the clock said it was recorded, in Japan."""
        self.at(datetime(2039, 1, 1, 3, 0))
        japan = {name: (moment + timedelta(hours=9)).date() for name, moment in JUMPS.items()}
        for day in ["2026-11-21", "2026-11-22", "2026-12-31", "2027-01-01", "2027-03-31", "2027-04-01", "2038-01-19"]:
            expected = sorted(name for name, recorded in japan.items() if recorded.isoformat() <= day)
            self.assertEqual(self.labels("--as-of", day), expected, day)
        # What a clock of 1999 recorded does not make the record older than it is.
        self.assertEqual(self.json("list", "device", "--as-of", "1999-01-01", code=1)["error"]["code"], "not_found")

    def check_fiscal_years(self):
        for name, year in [
            ("last second of the year", 2026),
            ("new year", 2026),
            ("last second of the fiscal year", 2026),
            ("new fiscal year", 2027),
        ]:
            self.at(JUMPS[name])
            self.assertEqual(self.answer("R7")["year"], year, name)

    def test_commands_whose_clock_jumps(self):
        self.at(NOON_IN_JAPAN - timedelta(minutes=1))
        self.init()
        for name, moment in JUMPS.items():
            self.at(moment)
            self.sonae("add", "device", f"model={name}", "kind=pc", "--why", name)
        self.check_history()
        self.check_days()
        self.check_fiscal_years()
        self.at(NOON_IN_JAPAN)
        before = self.json("list", "device")
        self.sonae("rebuild")
        self.assertEqual(self.json("list", "device"), before)

    def test_a_server_whose_clock_jumps(self):
        self.at(NOON_IN_JAPAN - timedelta(minutes=1))
        self.init()
        clock = self.folder / "clock"
        clock.write_text(NOON_IN_JAPAN.strftime("%Y-%m-%d %H:%M:%S"))
        more = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "UTC",
        }
        with Server(self.data, **more) as server, Client(self.data) as client:
            for name, moment in JUMPS.items():
                clock.write_text(moment.strftime("%Y-%m-%d %H:%M:%S"))
                done = client.call("add", "device", f"model={name}", "kind=pc", "--why", name)
                self.assertEqual(done.code, 0, done)
            verified = client.call("verify")
            self.assertEqual(verified.code, 0, verified)
            self.assertEqual(server.end(), 0, server.__dict__)
        self.check_history()
        self.check_days()


if __name__ == "__main__":
    unittest.main()
