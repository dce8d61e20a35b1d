"""One owner of a folder: with a server or without, every command says the same; nobody else gets in."""
import os
import re
import shutil
import signal
import stat
import subprocess
import threading
import unittest
from datetime import timedelta

from serving import ITEMS, Client, Load, Server, frozen_clock, plain
from story import PROGRAM, SAMPLES, Story

UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b")
# What comes from random bytes: ids (numbered in the order of their appearance), digests, signed heads.
DIGEST = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{60}(?=…)")
SIGNED = re.compile(r'"checkpoint":"(?:[^"\\]|\\.)+"')
CATALOG = re.compile(r"[0-9a-f]{12}(?=）)")

LINES = (
    '{"register": "device", "number": "901", "model": "line one", "kind": "pc"}\n'
    '{"register": "system", "name": "電子カルテ"}\n'
)
# Each command line of a session, with its standard input. {id}: the id of the last entry that was added.
SESSION = [
    (["status"], ""),
    (["import", "device", "in/ledger.csv", "--dry-run"], ""),
    (["import", "device", "in/ledger.csv"], ""),
    (["import", "device", "in/ledger.csv"], ""),
    (["import", "device", "in/no such file.csv"], ""),
    (["list", "device"], ""),
    (["list", "device", "--in-use"], ""),
    (["list", "device", "--fields"], ""),
    (["list", "nothing"], ""),
    (["show", "device", "1"], ""),
    (["show", "device", "no such device"], ""),
    (["show", "device", "1", "--as-of", "2026-11-21"], ""),
    (["show", "device", "no such device", "--as-of", "2026-11-21"], ""),
    (["list", "device", "--as-of", "2026-11-20"], ""),
    (["list", "device", "--as-of", "昨日"], ""),
    (["add", "device", "number=900", "model=added", "kind=server", "--by", "事務長", "--request", "k1"], ""),
    (["add", "device", "number=900", "model=added", "kind=server", "--by", "事務長", "--request", "k1"], ""),
    (["add", "device", "number=902", "model=other", "--request", "k1"], ""),
    (["add", "device"], ""),
    (["add", "device", "nothing=1"], ""),
    (["set", "device", "900", "place=サーバ室", "--why", "移設"], ""),
    (["set", "device", "900", "place=受付", "--expect", "1"], ""),
    (["set", "--from", "-"], LINES),
    (["set"], LINES),
    (["set"], ""),
    (["set"], "not JSON\n"),
    (["set", "--from", "in/lines.jsonl"], ""),
    (["retire", "device", "901", "--why", "二重登録"], ""),
    (["attach", "in/paper.pdf", "--item", "R7:2-②"], ""),
    (["attach", "in/paper.pdf", "--to", "device:900"], ""),
    (["attach", "in/nothing.pdf", "--item", "R7:2-②"], ""),
    (["attach", "in/paper.pdf"], ""),
    (["answer", "--edition", "R7"], ""),
    (["answer", "--edition", "R9"], ""),
    (["confirm", "--edition", "R7", "--item", "1-①", "--answer", "yes", "--by", "事務長"], ""),
    (["confirm", "--edition", "R7", "--item", "2-⑥", "--answer", "no"], ""),
    (["confirm", "--edition", "R7", "--item", "2-⑥", "--answer", "no", "--due", "2027-03-31"], ""),
    (["pack", "--edition", "R7", "--out", "out/folder"], ""),
    (["pack", "--edition", "R7", "--out", "out/pack.zip"], ""),
    (["pack", "--edition", "R7", "--out", "out/pack.zip"], ""),
    (["verify", "out/pack.zip"], ""),
    (["erase", "device:900.place", "--why", "誤記"], ""),
    (["erase", "paper.pdf", "--why", "誤って添付"], ""),
    (["erase", "device:no such", "--why", "誤記"], ""),
    (["history"], ""),
    (["history", "device:900"], ""),
    (["rebuild"], ""),
    (["verify"], ""),
    (["no-such-command"], ""),
    (["list"], ""),
]


def comparable(text):
    """The output without what is random in every record."""
    ids = {}
    text = SIGNED.sub('"checkpoint":"…"', text)
    text = UUID.sub(lambda found: f"id-{ids.setdefault(found[0], len(ids))}", text)
    return CATALOG.sub("catalog", DIGEST.sub("digest", text))


class Owner(Story):
    def place(self, name):
        """A folder to work in, with the files that the session names."""
        place = self.folder / name
        (place / "in").mkdir(parents=True)
        (place / "out").mkdir()
        shutil.copy(SAMPLES / "ledger-clinic-cp932.csv", place / "in/ledger.csv")
        (place / "in/paper.pdf").write_bytes(b"%PDF-1.4 on paper")
        (place / "in/lines.jsonl").write_text(LINES.replace("901", "903"))
        return place

    def session(self, place, more):
        """What each command of the session prints in this place."""
        told = []
        for number, (words, stdin) in enumerate(SESSION):
            moment = self.now + timedelta(minutes=number)
            data = [] if words[0] == "verify" and len(words) > 1 else ["--data", "data"]
            done = plain(*words, *data, *more, cwd=place, stdin=stdin, **frozen_clock(moment))
            told.append((words, done.code, comparable(done.out), comparable(done.err)))
        return told

    def compare(self, more, name):
        alone, served = self.place(f"{name} alone"), self.place(f"{name} served")
        for place in [alone, served]:
            done = plain(
                *["init", "--data", "data", "--name", "ひかり診療所", "--kind", "clinic"],
                cwd=place,
                **frozen_clock(self.now),
            )
            self.assertEqual(done.code, 0, done)
        without = self.session(alone, more)
        with Server(served / "data", **frozen_clock(self.now)) as server:
            through = self.session(served, more)
            self.assertEqual(server.end(), 0)
        for one, other in zip(without, through, strict=True):
            words = one[0]
            with self.subTest(command=" ".join(words)):
                one, other = (tuple(map(self.without_moments, each[1:])) for each in (one, other))
                # status says that there is a server, and a server names files in full.
                other = tuple(
                    text.replace(f"{served}/", "").replace('"served":true', '"served":false')
                    if isinstance(text, str)
                    else text
                    for text in other
                )
                if "history" in words:
                    # Entries that one command makes come in the order of their ids, which are random.
                    one, other = (
                        tuple(re.sub(r"id-\d+", "id", text) if isinstance(text, str) else text for text in each)
                        for each in (one, other)
                    )
                self.assertEqual(one, other)
        codes = {code for _, code, _, _ in without}
        self.assertEqual(codes, {0, 1, 2}, "the session must show each exit code")

    @staticmethod
    def without_moments(text):
        """The server's clock stands still while the commands' own goes on."""
        if not isinstance(text, str):
            return text
        return re.sub(r"2026-11-2\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?", "moment", text)

    def test_a_command_says_the_same_with_a_server_and_without(self):
        self.compare([], "text")

    def test_a_command_says_the_same_in_json(self):
        self.compare(["--json"], "json")

    def test_what_was_acknowledged_is_in_the_next_answer(self):
        """Whoever reads through the server sees what others have written since the last look."""
        self.init()
        with Server(self.data) as server, Client(self.data) as reader, Client(self.data) as writer:
            for number in range(1, 4):
                self.assertEqual(writer.call("add", "device", f"number={number}", "kind=pc").code, 0)
                self.assertEqual(len(reader.call("list", "device", "--json").json()["entries"]), number)
                items = reader.call("answer", "--edition", "R7", "--json").json()["items"]
                ledger = next(item for item in items if item["item"] == "2-①")
                self.assertEqual(max(reason["of"] for reason in ledger["reasons"]), number)
            self.assertEqual(server.end(), 0)

    def test_a_second_server_is_refused(self):
        self.init()
        with Server(self.data) as server:
            told = self.refused("serve", codes=(1,))
            self.assertIn("使用中", told)
            refused = self.json("serve", code=1)
            self.assertEqual(refused["error"]["code"], "busy")
            with Client(self.data) as client:
                self.assertEqual(client.call("serve", "--json").json()["error"]["code"], "busy")
            self.assertEqual(self.json("status")["served"], True)
            self.assertEqual(server.end(), 0)
        self.assertEqual(self.json("status")["served"], False)

    def test_a_socket_that_was_left_behind_disturbs_nobody(self):
        self.init()
        with Server(self.data) as server:
            server.end(signal.SIGKILL)
        left = self.data / "socket"
        self.assertTrue(stat.S_ISSOCK(left.stat().st_mode))
        self.sonae("add", "device", "model=after")
        self.sonae("verify")
        with Server(self.data) as server:
            self.assertTrue(server.ready)
            self.assertEqual(len(self.entries("device")), 1)
            self.assertEqual(server.end(), 0)
        self.assertFalse(left.exists(), "a server that ends takes its socket away")

    def test_the_socket_is_for_its_user_only(self):
        self.init()
        before = os.umask(0)
        try:
            server = Server(self.data)
        finally:
            os.umask(before)
        with server:
            self.assertEqual(stat.S_IMODE((self.data / "socket").stat().st_mode), 0o600)
            self.assertEqual(server.end(), 0)

    def test_sigterm_while_clients_are_at_work_loses_nothing(self):
        self.init()
        load = Load(self.data, self.folder, 7, clients=6, spawning=1)
        for how in [signal.SIGTERM, signal.SIGINT, signal.SIGTERM]:
            with Server(self.data) as server:
                begun = load.count("acknowledged")
                load.start()
                timer = threading.Event()
                for _ in range(200):
                    timer.wait(0.05)
                    if load.count("acknowledged") >= begun + 30:
                        break
                self.assertEqual(server.end(how), 0, server.__dict__)
                self.assertEqual(server.err, "")
                load.stop()
        with Server(self.data) as server, Client(self.data) as client:
            self.assertEqual(load.check(client), [])
            self.assertEqual(client.call("verify").code, 0)
            self.assertEqual(server.end(), 0)
        self.assertGreaterEqual(load.count("acknowledged"), 90)

    def test_commands_that_come_at_once_without_a_server_wait_for_each_other(self):
        self.init()
        running = [
            subprocess.Popen(
                [PROGRAM, "confirm", "--edition", "R7", "--item", item, "--answer", "yes", "--data", self.data],
                stdout=subprocess.DEVNULL,
            )
            for item in ITEMS
        ]
        self.assertEqual([one.wait(60) for one in running], [0] * len(running))
        self.sonae("verify")


if __name__ == "__main__":
    unittest.main()
