"""A full disk: refused with a reason, nothing acknowledged is lost, nothing stays by halves, and it goes on.

The disk is a small tmpfs that only this process and its children see (unshare); where that is not allowed the
tests fail and say so.
"""
import os
import subprocess
import sys
import unittest

from serving import Client, Server, plain
from story import Story

INSIDE = "SONAE_TEST_HAS_ITS_OWN_MOUNTS"
DISK = 6 << 20
PIECE = "備" * 4000


class DiskFull(Story):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "none", self.disk]
        mounted = subprocess.run(command, capture_output=True, check=False)
        self.assertEqual(mounted.returncode, 0, f"this test needs a tmpfs of its own: {mounted.stderr.decode()}")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        self.data = self.disk / "data"
        self.filler = self.disk / "filler"
        self.done_plain("init", "--name", "ひかり診療所", "--kind", "clinic")

    def done_plain(self, *arguments, code=0):
        done = plain(*arguments, "--data", self.data, cwd=self.folder)
        self.assertEqual(done.code, code, f"{arguments}\n{done}")
        return done

    def fill(self, leave=0):
        """Takes all room on the disk but so many bytes."""
        space = os.statvfs(self.disk)
        with open(self.filler, "ab", buffering=0) as file:
            try:
                file.write(b"x" * max(0, space.f_bavail * space.f_frsize - leave))
                while not leave:
                    file.write(b"x" * 512)
            except OSError:
                pass

    def files(self, folder=None):
        """Names of what is in the data folder, without what SQLite, the lock and the socket keep there."""
        folder = folder or self.data
        return sorted(
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and not path.name.endswith(("-wal", "-shm", "lock"))
        )

    def write_until_refused(self, call):
        """Adds devices until one is refused; returns what was acknowledged, and the refusal."""
        there = []
        for number in range(2000):
            done = call("add", "device", f"number={number}", f"purpose={PIECE}", "--json")
            if done.code != 0:
                return there, done
            there.append(str(number))
        self.fail("the disk did not become full")

    def numbers(self, call):
        done = call("list", "device", "--json")
        self.assertEqual(done.code, 0, done)
        return sorted((entry["number"] for entry in done.json()["entries"]), key=int)

    def refused_full(self, done, what):
        self.assertEqual(done.code, 1, f"{what}\n{done}")
        error = done.json()["error"]
        self.assertEqual(error["code"], "disk_full", f"{what}\n{done}")
        self.assertRegex(error["message"]["ja"], "空き")

    def test_a_server_on_a_full_disk_goes_on_reading_and_recovers(self):
        with Server(self.data) as server, Client(self.data) as client:
            self.fill(leave=1_500_000)
            there, refused = self.write_until_refused(client.call)
            self.refused_full(refused, "add")
            self.assertGreater(len(there), 3)
            self.assertEqual(client.call("status", "--json").json()["state"], "disk_full")
            self.assertIn("空き", client.call("status").out)
            # Full to the last block; others come and look now.
            self.fill()
            with Client(self.data) as another:
                for asked in [client, another]:
                    self.assertEqual(self.numbers(asked.call), there)
                    self.assertEqual(asked.call("show", "device", "0").code, 0)
                    self.assertEqual(asked.call("answer", "--edition", "R7").code, 0)
                    self.assertEqual(asked.call("history").code, 0)
                    verified = asked.call("verify")
                    self.assertEqual(verified.code, 0, verified)
                for _ in range(3):
                    self.refused_full(another.call("add", "device", f"purpose={PIECE}", "--json"), "again")
            self.filler.unlink()
            done = client.call("add", "device", "number=9001")
            self.assertEqual(done.code, 0, done)
            self.assertEqual(client.call("status", "--json").json()["state"], "ready")
            self.assertEqual(self.numbers(client.call), [*there, "9001"])
            self.assertEqual(client.call("verify").code, 0)
            self.assertEqual(server.end(), 0, server.__dict__)
        self.done_plain("verify")

    def test_a_server_that_is_ended_on_a_full_disk_loses_nothing(self):
        with Server(self.data) as server, Client(self.data) as client:
            self.fill(leave=1_000_000)
            there, _ = self.write_until_refused(client.call)
            self.fill()
            self.assertEqual(server.end(), 0, server.__dict__)
        self.filler.unlink()
        self.done_plain("verify")
        self.assertEqual(self.numbers(lambda *words: self.done_plain(*words)), there)

    def test_commands_without_a_server_are_refused_on_a_full_disk(self):
        call = lambda *words: plain(*words, "--data", self.data, cwd=self.folder)
        self.fill(leave=600_000)
        there, refused = self.write_until_refused(call)
        self.refused_full(refused, "add")
        self.fill()
        before = self.files()
        self.refused_full(call("add", "device", f"purpose={PIECE}", "--json"), "add on a full disk")
        self.assertEqual(self.files(), before)
        self.filler.unlink()
        self.done_plain("add", "device", "number=9001")
        self.assertEqual(self.numbers(call), [*there, "9001"])
        self.done_plain("verify")

    def refused_whole(self, served):
        """import, attach and pack with room for a part of what they write."""
        call = lambda *words: plain(*words, "--data", self.data, cwd=self.folder)
        table = self.folder / "large.csv"
        table.write_text(
            "管理番号,用途\n" + "".join(f"{number},{PIECE}\n" for number in range(300)), encoding="utf-8"
        )
        paper = self.folder / "paper.pdf"
        paper.write_bytes(os.urandom(2_000_000))
        self.done_plain("add", "device", "number=1", "kind=pc")
        for words in [
            ["import", "device", table, "--strict"],
            ["attach", paper, "--item", "R7:2-②"],
            ["pack", "--edition", "R7", "--out", self.disk / "pack"],
            ["pack", "--edition", "R7", "--out", self.disk / "pack.zip"],
        ]:
            for leave in [100_000, 20_000, 0]:
                with self.subTest(command=words[0], served=served, leave=leave):
                    self.filler.unlink(missing_ok=True)
                    history = self.done_plain("history", "--json").json()["events"]
                    self.fill(leave)
                    before = self.files()
                    outside = sorted(os.listdir(self.disk))
                    done = call(*words, "--json")
                    self.refused_full(done, words[0])
                    self.assertEqual(sorted(os.listdir(self.disk)), outside, "half a file is left behind")
                    self.assertEqual(self.files(), before, "half a file is left behind")
                    self.filler.unlink()
                    self.done_plain("verify")
                    self.assertEqual(self.done_plain("history", "--json").json()["events"], history)
        self.filler.unlink(missing_ok=True)
        done = call("attach", paper, "--item", "R7:2-②")
        self.assertEqual(done.code, 0, done)
        self.done_plain("verify")

    def test_import_attach_and_pack_leave_no_halves(self):
        self.refused_whole(False)

    def test_import_attach_and_pack_leave_no_halves_with_a_server(self):
        with Server(self.data) as server:
            self.refused_whole(True)
            self.assertEqual(server.end(), 0, server.__dict__)


if __name__ == "__main__":
    if INSIDE not in os.environ:
        apart = ["unshare", "--map-root-user", "--mount"]
        if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode == 0:
            os.environ[INSIDE] = "1"
            os.execvp(apart[0], [*apart, sys.executable, *sys.argv])
    unittest.main()
