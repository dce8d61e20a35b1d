"""kill -9 under a mixed load: what was acknowledged is there, and nothing is there twice or by halves."""
import random
import signal
import time
import unittest

from serving import READY_SECONDS, Client, Load, Server, plain
from story import Story, share

KILLS, KILLS_LONG, KILLS_A_FOLDER = 12, 250, 25


class Kill(Story):
    def one_folder(self, kills, seed):
        """Kills a server so many times; returns how many changes were acknowledged."""
        chooser = random.Random(seed)
        self.data = self.folder / f"data {seed}"
        self.sonae("init", "--name", "ひかり診療所", "--kind", "clinic")
        load = Load(self.data, self.folder, seed)
        repeated = 0
        slowest = 0.0
        server = Server(self.data)
        for number in range(kills):
            with server:
                self.assertTrue(server.ready, f"kill {number}: not ready")
                load.start()
                time.sleep(chooser.uniform(0.05, 1.2))
                self.assertEqual(server.end(signal.SIGKILL), -signal.SIGKILL, server.__dict__)
                load.stop()
            server = Server(self.data)
            slowest = max(slowest, server.seconds)
            with Client(self.data) as client:
                repeated += load.repeat(client)
                self.assertEqual(load.check(client), [], f"seed {seed}, after kill {number}")
                verified = client.call("verify")
                self.assertEqual(verified.code, 0, verified)
        with server:
            self.assertEqual(server.end(), 0, server.__dict__)
        verified = plain("verify", "--data", self.data)
        self.assertEqual(verified.code, 0, verified)
        self.assertLess(slowest, READY_SECONDS, "slow to be ready after a kill")
        refused = [change for change in load.changes if change.state == "refused"]
        self.assertEqual([change.told for change in refused][:3], [], "nothing here is to be refused")
        acknowledged = load.count("acknowledged")
        print(
            f"kills {kills}, acknowledged {acknowledged}, lost 0, without an answer {load.count('open')}, "
            f"asked again {repeated}, ready within {slowest:.2f} s",
            flush=True,
        )
        return acknowledged

    def test_what_was_acknowledged_survives_kill_9(self):
        kills = share("kill -9 under load", KILLS, KILLS_LONG)
        acknowledged = 0
        seed = 1
        for begin in range(0, kills, KILLS_A_FOLDER):
            acknowledged += self.one_folder(min(KILLS_A_FOLDER, kills - begin), seed)
            seed += 1
        self.assertGreater(acknowledged, kills * 5, "too little load for this to mean anything")

    def test_a_client_that_dies_while_it_speaks_changes_nothing(self):
        """Standard input that breaks off is not standard input that ends."""
        self.init()
        line = '{"register": "device", "model": "half"}\n'
        with Server(self.data) as server, Client(self.data) as other:
            with Client(self.data) as client:
                client.ask("set", "--from", "-")
                self.assertEqual(client.receive(), ("i", b""))
                client.send("I", line.encode())
                self.assertEqual(client.receive(), ("i", b""))
            listed = other.call("list", "device", "--json")
            self.assertEqual(listed.json()["entries"], [])
            # And it is taken when it does end.
            done = other.call("set", "--from", "-", stdin=line)
            self.assertEqual(done.code, 0, done)
            self.assertEqual(len(other.call("list", "device", "--json").json()["entries"]), 1)
            self.assertEqual(server.end(), 0)

    def test_a_client_that_is_slow_to_speak_holds_up_nobody(self):
        self.init()
        with Server(self.data) as server, Client(self.data) as slow, Client(self.data) as other:
            slow.ask("set", "--from", "-")
            self.assertEqual(slow.receive(), ("i", b""))
            begin = time.monotonic()
            done = other.call("add", "device", "model=quick")
            self.assertEqual(done.code, 0, done)
            self.assertLess(time.monotonic() - begin, 10)
            slow.socket.close()
            self.assertEqual(server.end(), 0)

    def test_strange_frames_disturb_nobody(self):
        self.init()
        with Server(self.data) as server, Client(self.data) as other:
            for kind, content in [
                ("R", b"not JSON"),
                ("R", b"[]"),
                ("R", b'{"arguments": [1]}'),
                ("Z", b"?"),
                ("R", b""),
            ]:
                with Client(self.data) as client:
                    client.send(kind, content)
                    with self.assertRaises(ConnectionError):
                        client.receive()
            with Client(self.data) as client:
                client.socket.sendall(b"R\xff\xff\xff\xff")
                with self.assertRaises(ConnectionError):
                    client.receive()
            with Client(self.data) as client:
                client.socket.sendall(b"R\0")
            self.assertEqual(other.call("status").code, 0)
            self.assertEqual(server.end(), 0)


if __name__ == "__main__":
    unittest.main()
