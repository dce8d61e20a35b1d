"""A `sonae serve` for a story, a client that speaks its frames, and a mixed load whose every answer is noted.

The load knows of each change whether it was acknowledged; `Load.check` compares that with the record: what was
acknowledged is there, nothing is there twice or by halves, and a change that was asked for again under its
request key is there exactly once.
"""
import itertools
import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import threading
import time
from collections import Counter

from story import FAKETIME, PROGRAM, Done

READY_SECONDS = 3
LOADS = itertools.count(1)  # several loads may follow each other in one folder
ITEMS = ["1-①", "2-①", "2-②", "2-③", "2-⑥"]


def surroundings(**more):
    """The environment of a program whose output must not depend on who runs the tests."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "SONAE_LANG"))}
    return kept | {"LANG": "C.UTF-8"} | more


def plain(*arguments, cwd=None, stdin="", **more):
    """Calls the program as it is, at the time that it is; any exit code."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        input=stdin.encode(),
        capture_output=True,
        env=surroundings(**more),
        cwd=cwd,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def frozen_clock(moment):
    """The environment in which the program's clock stands at a moment (UTC)."""
    assert FAKETIME, "the package faketime is missing"
    return {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME": moment.strftime("%Y-%m-%d %H:%M:%S"),
        "TZ": "UTC",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


class Server:
    """`sonae serve` on a folder, ready when this returns; `seconds` is how long that took."""

    def __init__(self, data, patience=60, cwd=None, **more):
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--data", str(data)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=surroundings(**more),
            cwd=cwd,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], patience)
        self.first_line = self.process.stdout.readline().decode() if ready else ""
        self.seconds = time.monotonic() - begin
        self.ready = self.first_line != ""

    def end(self, how=signal.SIGTERM):
        """Sends the signal and waits for the end; returns the exit code (negative: the signal)."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        out, err = self.process.communicate(timeout=120)
        self.out, self.err = self.first_line + out.decode(), err.decode()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        for stream in [self.process.stdout, self.process.stderr]:
            stream.close()


class Client:
    """One connection to the socket of a folder. ConnectionError: the server is gone, the answer unknown."""

    def __init__(self, data):
        self.data = str(data)
        folder = os.open(self.data, os.O_RDONLY | os.O_DIRECTORY)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.socket.settimeout(120)
            self.socket.connect(f"/proc/self/fd/{folder}/socket")
        except OSError as error:
            self.socket.close()
            raise ConnectionError(error) from error
        finally:
            os.close(folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, content=b""):
        self.socket.sendall(struct.pack(">cI", kind.encode(), len(content)) + content)

    def _bytes(self, size):
        got = b""
        while len(got) < size:
            more = self.socket.recv(size - len(got))
            if not more:
                raise ConnectionError("closed")
            got += more
        return got

    def receive(self):
        kind, size = struct.unpack(">cI", self._bytes(5))
        return kind.decode(), self._bytes(size)

    def ask(self, command, *arguments, directory="/"):
        """Sends a command without waiting for the answer."""
        words = [command, *map(str, arguments), "--data", self.data]
        request = {"arguments": words, "directory": str(directory), "language": "ja"}
        self.send("R", json.dumps(request).encode())

    def call(self, command, *arguments, stdin="", directory="/"):
        self.ask(command, *arguments, directory=directory)
        told = {"o": b"", "e": b""}
        pieces = [stdin.encode(), b""]
        while True:
            kind, content = self.receive()
            if kind == "x":
                return Done(int(content), told["o"].decode(), told["e"].decode())
            if kind == "i":
                self.send("I", pieces.pop(0) if pieces else b"")
            else:
                told[kind] += content


class Change:
    """One change that a client asked for."""

    def __init__(self, kind, token, words, keyed, rows=1):
        self.kind, self.token, self.words, self.keyed, self.rows = kind, token, words, keyed, rows
        self.state = "open"  # open: sent, answer unknown; acknowledged; refused
        self.told = ""


class Load:
    """Clients that change a record at the same time, until they are told to stop or the server is gone."""

    def __init__(self, data, folder, seed, clients=4, spawning=1):
        self.data, self.folder = data, folder
        self.random = random.Random(seed)
        self.clients, self.spawning = clients, spawning
        self.changes = []
        self.load, self.number = next(LOADS), 0
        self.mutex = threading.Lock()
        self.stopping = threading.Event()
        self.threads = []
        self.faults = []

    def count(self, state):
        return sum(change.state == state for change in self.changes)

    def _next(self, chooser):
        """A change that nobody has asked for yet; it is on the list before it is sent."""
        with self.mutex:
            self.number += 1
            token = f"t{self.load}-{self.number:06}"
        keyed = chooser.random() < 0.6
        kind = chooser.choices(["add", "set", "confirm", "attach", "import"], [40, 25, 15, 12, 8])[0]
        request = ["--request", f"key-{token}"] if keyed and kind in ("add", "set") else []
        if kind == "add":
            words = ["add", "device", f"model={token}", "kind=pc", "--why", token, *request]
        elif kind == "set":
            # Two entries in one change: both or none.
            lines = [{"register": "device", "model": f"{token}-{one}"} for one in "ab"]
            path = self.folder / f"{token}.jsonl"
            path.write_text("".join(json.dumps(line) + "\n" for line in lines))
            words = ["set", "--from", path, "--why", token, *request]
        elif kind == "confirm":
            item = chooser.choice(ITEMS)
            words = ["confirm", "--edition", "R7", "--item", item, "--answer", "yes", "--reason", token]
        elif kind == "attach":
            path = self.folder / f"{token}.txt"
            path.write_text(token * 50)
            words = ["attach", path, "--item", "R7:2-②"]
        else:
            path = self.folder / f"{token}.csv"
            path.write_text("機種名,種別\n" + "".join(f"{token}-{i},サーバ\n" for i in range(5)))
            words = ["import", "device", path, "--strict"]
        rows = {"set": 2, "import": 5}.get(kind, 1)
        change = Change(kind, token, words, bool(request), rows)
        with self.mutex:
            self.changes.append(change)
        return change

    def _note(self, change, done):
        change.told = str(done)
        if done.code == 0:
            change.state = "acknowledged"
        elif "途中で終了しました" in done.err:
            change.state = "open"
        elif done.code in (1, 2):
            change.state = "refused"

    def _talk(self, seed):
        chooser = random.Random(seed)
        try:
            with Client(self.data) as client:
                while not self.stopping.is_set():
                    change = self._next(chooser)
                    self._note(change, client.call(*change.words))
        except ConnectionError:
            pass
        except Exception as fault:  # a thread's fault must not pass unseen
            self.faults.append(repr(fault))

    def _spawn(self, seed):
        chooser = random.Random(seed)
        try:
            while not self.stopping.is_set():
                change = self._next(chooser)
                self._note(change, plain(*change.words, "--data", self.data))
        except Exception as fault:
            self.faults.append(repr(fault))

    def start(self):
        self.stopping.clear()
        jobs = [self._talk] * self.clients + [self._spawn] * self.spawning
        self.threads = [threading.Thread(target=job, args=(self.random.random(),)) for job in jobs]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)
            assert not thread.is_alive(), "a client waits for an answer for ever"

    def repeat(self, client, every=1):
        """Asks again, under the same key, for what has no answer, and for some of what has one."""
        again = [change for change in self.changes if change.keyed and change.state == "open"]
        answered = [change for change in self.changes if change.keyed and change.state == "acknowledged"]
        again += answered[-5::every]
        for change in again:
            self._note(change, client.call(*change.words))
        return len(again)

    def check(self, client):
        """What is wrong with the record, as sentences; empty when every promise was kept."""
        listed = client.call("history", "--json")
        wrong = list(self.faults)
        if listed.code != 0:
            return [*wrong, f"history cannot be read: {listed}"]
        events = listed.json()["events"]
        if [event["seq"] for event in events] != list(range(len(events))):
            wrong.append("the sequence has gaps")
        whys = Counter(event["why"] for event in events)
        values = Counter(
            changed["after"]
            for event in events
            for changed in event["changes"]
            if changed["field"] in ("model", "name") and not changed["before"]
        )
        for change in self.changes:
            if change.kind == "import":
                there = sum(values[f"{change.token}-{i}"] for i in range(5))
            elif change.kind == "attach":
                there = values[f"{change.token}.txt"]
            else:
                there = whys[change.token]
            allowed = {"acknowledged": [change.rows], "refused": [0], "open": [0, change.rows]}[change.state]
            if there not in allowed:
                wrong.append(f"{change.kind} {change.token} ({change.state}): {there} there\n{change.told}")
        return wrong
