"""fsync and write that fail, injected by libfiu below the unmodified program.

A failed fsync ends the process (its later success would prove nothing); a failed write is refused. Either way
what was acknowledged is there afterwards and the record verifies.
"""
import os
import shutil
import time
import unittest

from serving import Client, Load, Server, plain
from story import Story, share

ENOSPC, EIO = 28, 5
STOPPED = 74  # src/base/os/stop.hpp


def failing(name, probability, error):
    """The environment that `fiu-run -x` makes: these calls fail this often, with this error."""
    folder = "/usr/lib/fiu"
    return {
        "FIU_ENABLE": f"enable_random name={name},probability={probability},failinfo={error}",
        "FIU_CTRL_FIFO": "",
        "LD_PRELOAD": f"{folder}/fiu_run_preload.so {folder}/fiu_posix_preload.so",
    }


SYNC = "posix/io/sync/*"
WRITE = "posix/io/rw/pwrite*"


class FailingDisk(Story):
    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("fiu-run"), "the package fiu-utils is missing")
        self.assertTrue(os.path.exists("/usr/lib/fiu/fiu_posix_preload.so"), "fiu-utils: no preload library")
        self.init()

    def models(self):
        done = plain("list", "device", "--json", "--data", self.data)
        self.assertEqual(done.code, 0, done)
        return [entry.get("model") for entry in done.json()["entries"]]

    def commands(self, name, error, runs, codes):
        """Adds devices one command each; returns how often each exit code came."""
        came = dict.fromkeys(codes, 0)
        acknowledged, refused = set(), set()
        for number in range(runs):
            model = f"{name}-{error}-{number}"
            words = ["add", "device", f"model={model}", "--data", self.data]
            done = plain(*words, **failing(name, 0.12, error))
            self.assertIn(done.code, codes, done)
            came[done.code] += 1
            if done.code == 0:
                acknowledged.add(model)
            elif done.code == 1:
                refused.add(model)
        there = self.models()
        self.assertEqual(len(there), len(set(there)))
        self.assertLessEqual(acknowledged, set(there), "acknowledged and lost")
        self.assertFalse(refused & set(there), "refused and there")
        verified = plain("verify", "--data", self.data)
        self.assertEqual(verified.code, 0, verified)
        return came

    @staticmethod
    def answered(load):
        return load.count("acknowledged") + load.count("refused")

    def served(self, name, error, runs, codes):
        """A server with a load until it ends by itself, or for a while; returns how often it stopped."""
        stopped = 0
        load = Load(self.data, self.folder, 11, clients=4, spawning=0)
        for number in range(runs):
            with Server(self.data, **failing(name, 0.02, error)) as server:
                if server.ready:
                    begun = self.answered(load)
                    load.start()
                    for _ in range(400):
                        if server.process.poll() is not None or self.answered(load) >= begun + 60:
                            break
                        time.sleep(0.05)
                    load.stop()
                code = server.end()
                self.assertIn(code, codes, server.__dict__)
                stopped += code == STOPPED
            with Server(self.data) as server, Client(self.data) as client:
                load.repeat(client)
                self.assertEqual(load.check(client), [], f"run {number}")
                verified = client.call("verify")
                self.assertEqual(verified.code, 0, verified)
                self.assertEqual(server.end(), 0, server.__dict__)
        print(
            f"{name} errno {error}: {runs} servers, {stopped} stopped, {load.count('acknowledged')} "
            f"acknowledged, {load.count('refused')} refused, lost 0",
            flush=True,
        )
        return stopped, load

    def test_a_failed_sync_ends_a_command(self):
        runs = share("commands whose fsync may fail", 20, 500)
        came = self.commands(SYNC, EIO, runs, [0, 1, STOPPED])
        self.assertGreater(came[STOPPED], 0, came)
        self.assertGreater(came[0], 0, came)

    def test_a_failed_sync_ends_the_server(self):
        stopped, load = self.served(SYNC, EIO, share("servers whose fsync may fail", 4, 60), [0, 1, STOPPED])
        self.assertGreater(stopped, 0)
        self.assertGreater(load.count("acknowledged"), 0)

    def test_a_failed_write_is_refused(self):
        runs = share("commands whose write may fail", 10, 300)
        for error in [ENOSPC, EIO]:
            came = self.commands(WRITE, error, runs, [0, 1, STOPPED])
            self.assertGreater(came[1], 0, came)

    def test_a_server_goes_on_after_a_failed_write(self):
        runs = share("servers whose write may fail", 2, 30)
        for error in [ENOSPC, EIO]:
            _, load = self.served(WRITE, error, runs, [0, 1, STOPPED])
            self.assertGreater(load.count("refused"), 0)
            self.assertGreater(load.count("acknowledged"), 0)


if __name__ == "__main__":
    unittest.main()
