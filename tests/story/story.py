"""What the stories share: the program as its users call it, in a data folder of their own, on a fixed day.

The program is the release build (SONAE_PROGRAM). Its clock is moved with libfaketime to noon of 2026-11-21 in
Japan, ten seconds further with each command, so that the stories come out the same next year.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("SONAE_PROGRAM", str(ROOT / "build/release/sonae"))
SAMPLES = ROOT / "samples"
TODAY = "2026-11-21"
NOON_IN_JAPAN = datetime(2026, 11, 21, 3, 0, 0)
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龥]")
# What a user must never see: the inside of the program.
INSIDE = re.compile(
    r"terminate called|what\(\)|std::|boost|sqlite3?_|SQLITE_|Segmentation|\bSELECT\b|\.cpp:\d", re.I
)

ANSWER_KEYS = {"edition", "form", "year", "as_of", "items"}
ITEM_KEYS = {"id", "item", "target", "question", "derived", "reasons", "support", "answer"}
REASON_KEYS = {"check", "effect", "count", "of", "sentence", "entries", "fix"}
ENTRY_KEYS = {"register", "id", "label"}
CONFIRMED_KEYS = {"value", "date", "due", "by", "differs"}


def share(what, part, whole):
    """How many of `whole` this run does: all with ./test long, else a part; ./test prints the line."""
    count = whole if os.environ.get("SONAE_LONG") else part
    print(f"share: {what}: {count} of {whole}", flush=True)
    return count


class Done:
    """What a call printed, and its exit code."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit {self.code}\n--- standard output\n{self.out}\n--- standard error\n{self.err}"


class Story(unittest.TestCase):
    """A user with an empty folder, whose name has a space and Japanese letters in it."""

    maxDiff = None

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sonae 備え "))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.data = self.folder / "data"
        self.now = NOON_IN_JAPAN

    def call(self, *arguments, stdin="", cwd=None):
        """Calls the program with these arguments and nothing else; any exit code."""
        self.assertIsNotNone(FAKETIME, "the package faketime is missing")
        self.now += timedelta(seconds=10)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
        environment |= {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME": self.now.strftime("@%Y-%m-%d %H:%M:%S"),
            "TZ": "UTC",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "LANG": "C.UTF-8",
        }
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            input=stdin.encode(),
            capture_output=True,
            env=environment,
            cwd=cwd or self.folder,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def sonae(self, command, *arguments, code=0, stdin="", data=None):
        """Calls a command on the story's data folder and expects this exit code."""
        done = self.call(command, *arguments, "--data", data or self.data, stdin=stdin)
        self.assertEqual(done.code, code, f"sonae {command} {' '.join(map(str, arguments))}\n{done}")
        return done

    def json(self, command, *arguments, **more):
        return self.sonae(command, *arguments, "--json", **more).json()

    def init(self, kind="clinic", name="ひかり診療所"):
        return self.sonae("init", "--name", name, "--kind", kind)

    def refused(self, command, *arguments, codes=(1, 2), stdin="", data=None):
        """Calls a command that must be refused with a sentence in Japanese; returns everything it printed."""
        done = self.call(command, *arguments, "--data", data or self.data, stdin=stdin)
        shown = f"sonae {command} {' '.join(map(str, arguments))}\n{done}"
        self.assertIn(done.code, codes, shown)
        self.assertRegex(done.out + done.err, JAPANESE, shown)
        self.assertNotRegex(done.out + done.err, INSIDE, shown)
        return done.out + done.err

    # ---- what the record says -----------------------------------------------------------------------------

    def entries(self, register, *more):
        """The entries of a register as `list --json` shows them."""
        listed = self.json("list", register, *more)
        self.assertEqual(set(listed), {"register", "entries"})
        self.assertEqual(listed["register"], register)
        return listed["entries"]

    def devices(self, *more):
        """Devices by their number."""
        return {entry["number"]: entry for entry in self.entries("device", *more)}

    def answer(self, edition="R7", *more):
        return self.json("answer", "--edition", edition, *more)

    def items(self, edition="R7", *more):
        """Items by number, and by (number, target) where one number has several lines."""
        items = self.answer(edition, *more)["items"]
        return {item["item"]: item for item in items} | {
            (item["item"], item["target"]): item for item in items if item["target"]
        }

    def reasons(self, item, effect=None):
        return [reason for reason in item["reasons"] if effect in (None, reason["effect"])]

    def sentences(self, item, effect=None):
        return "\n".join(reason["sentence"]["ja"] for reason in self.reasons(item, effect))

    def derived(self, edition="R7", *more):
        """Derived value → numbers of the items that have it."""
        values = {}
        for item in self.answer(edition, *more)["items"]:
            values.setdefault(item["derived"], []).append(item["item"])
        return values

    def history(self):
        """Everything the history tells, to compare before and after."""
        return self.sonae("history", "--json").out

    def files(self, folder=None):
        """Files of the data folder with their digests, without what SQLite and the lock keep beside them."""
        folder = folder or self.data
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-wal", "-shm", "-journal", "lock"))
        }
