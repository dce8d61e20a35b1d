"""Somebody changes the stored data behind Sonae's back: verify fails and names the place."""
import shutil
import sqlite3
import unittest

from story import SAMPLES, Story

TRIGGERS = ["event_stays", "event_unchanged", "checkpoint_stays", "checkpoint_unchanged"]


def flipped(value, place):
    """A text or bytes with one character changed."""
    if isinstance(value, bytes):
        place %= len(value)
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
    place %= len(value)
    return value[:place] + ("y" if value[place] == "x" else "x") + value[place + 1 :]


class Tamper(Story):
    def setUp(self):
        super().setUp()
        self.init()
        self.sonae("import", "device", SAMPLES / "ledger-seed.csv")
        self.sonae("set", "device", "001", "place=倉庫")
        self.paper = self.folder / "paper.pdf"
        self.paper.write_bytes(b"%PDF-1.4 a paper that proves something")
        self.sonae("attach", self.paper, "--to", "device:001")
        self.sonae("confirm", "--edition", "R7", "--item", "2-①", "--answer", "unknown")
        self.sonae("verify")
        self.copy = self.folder / "copy"

    def changed(self, change):
        """Verify's message on a copy of the folder after `change(connection)` behind Sonae's back."""
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.data, self.copy)
        with sqlite3.connect(self.database(self.copy)) as connection:
            for trigger in TRIGGERS:
                connection.execute(f"DROP TRIGGER {trigger}")
            change(connection)
        connection.close()
        return self.refused("verify", data=self.copy, codes=(1,))

    def database(self, folder):
        found = [
            path
            for path in folder.glob("*.db")
            if path.read_bytes()[:15] == b"SQLite format 3" and "runtime" not in path.name
        ]
        self.assertEqual(len(found), 1, "one database")
        return found[0]

    def rows(self, sql):
        connection = sqlite3.connect(f"file:{self.database(self.data)}?mode=ro", uri=True)
        self.addCleanup(connection.close)
        return connection.execute(sql).fetchall()

    def test_one_byte_of_any_stored_event(self):
        events = self.rows("SELECT seq, leaf, body, salt, leaf_hash FROM event ORDER BY seq")
        self.assertGreater(len(events), 8)
        for seq, *values in events:
            for column, value in zip(["leaf", "body", "salt", "leaf_hash"], values):
                with self.subTest(seq=seq, column=column):
                    place = 7 * seq + 3
                    told = self.changed(
                        lambda db: db.execute(
                            f"UPDATE event SET {column} = ? WHERE seq = ?", (flipped(value, place), seq)
                        )
                    )
                    self.assertRegex(told, rf"(?<!\d){seq}(?!\d)", "the message names the event")

    def test_one_byte_anywhere_in_one_event(self):
        seq, leaf = self.rows("SELECT seq, leaf FROM event ORDER BY seq LIMIT 1 OFFSET 3")[0]
        for place in range(0, len(leaf), 11):
            with self.subTest(place=place):
                told = self.changed(
                    lambda db: db.execute(
                        "UPDATE event SET leaf = ? WHERE seq = ?", (flipped(leaf, place), seq)
                    )
                )
                self.assertRegex(told, rf"(?<!\d){seq}(?!\d)")

    def test_one_byte_of_any_checkpoint(self):
        checkpoints = self.rows("SELECT size, note FROM checkpoint ORDER BY size")
        self.assertGreater(len(checkpoints), 3)
        for size, note in checkpoints:
            for place in [0, len(note) // 3, len(note) // 2, len(note) - 5]:
                with self.subTest(size=size, place=place):
                    told = self.changed(
                        lambda db: db.execute(
                            "UPDATE checkpoint SET note = ? WHERE size = ?", (flipped(note, place), size)
                        )
                    )
                    self.assertRegex(told, rf"(?<!\d){size}(?!\d)")

    def test_events_that_vanish_move_or_appear(self):
        last = self.rows("SELECT MAX(seq) FROM event")[0][0]
        for sql in [
            f"DELETE FROM event WHERE seq = {last}",
            "DELETE FROM event WHERE seq = 2",
            "DELETE FROM event",
            "UPDATE event SET seq = -1 WHERE seq = 3",
            "UPDATE event SET entry = 'somebody-else' WHERE seq = 2",
            "UPDATE event SET entry_register = 'person' WHERE seq = 2",
            f"UPDATE event SET seq = {last + 5} WHERE seq = {last}",
            "UPDATE event SET body = NULL WHERE seq = 2",
            f"INSERT INTO event SELECT institution, {last + 1}, entry_register, entry, leaf, leaf_hash, body,"
            f" salt FROM event WHERE seq = {last}",
            "DELETE FROM checkpoint",
            "DELETE FROM checkpoint WHERE size = (SELECT MAX(size) FROM checkpoint)",
        ]:
            with self.subTest(sql=sql):
                self.changed(lambda db: db.execute(sql))

    def test_a_projection_that_is_not_the_history(self):
        device = self.devices()["003"]
        tables = [row[0] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {table: [row[1] for row in self.rows(f'PRAGMA table_info("{table}")')] for table in tables}
        places = [
            (table, column)
            for table in columns
            for column in columns[table]
            if "id" in columns[table]
            and column not in ("id", "institution")
            and table not in ("event", "checkpoint")
            and self.rows(f'SELECT count(*) FROM "{table}" WHERE "{column}" LIKE \'%Win8%\'')[0][0]
        ]
        self.assertTrue(places, "the register tables hold the operating system in a column")
        for table, column in places:
            with self.subTest(table=table, column=column):
                told = self.changed(
                    lambda db: db.execute(
                        f'UPDATE "{table}" SET "{column}" = replace("{column}", \'Win8\', \'Win11\')'
                    )
                )
                self.assertIn(device["id"], told)

    def test_one_byte_of_the_database_file(self):
        leaf = self.rows("SELECT leaf FROM event ORDER BY seq LIMIT 1 OFFSET 4")[0][0]
        stored = self.database(self.data).read_bytes()
        place = stored.find(leaf.encode()[:200])
        if place < 0:
            self.fail("the event is not in the database file")
        shutil.copytree(self.data, self.copy)
        self.database(self.copy).write_bytes(flipped(stored, place + 40))
        self.assertRegex(self.refused("verify", data=self.copy, codes=(1,)), r"(?<!\d)4(?!\d)")

    def test_evidence_that_is_changed_missing_or_unknown(self):
        stored = [path for path in (self.data / "evidence").rglob("*") if path.is_file()]
        self.assertEqual(len(stored), 1)
        file, good = stored[0], stored[0].read_bytes()
        for place in range(0, len(good), 9):
            file.chmod(0o644)
            file.write_bytes(flipped(good, place))
            self.assertIn(file.name, self.refused("verify", codes=(1,)))
        file.unlink()
        self.assertIn(file.name, self.refused("verify", codes=(1,)))
        file.write_bytes(good)
        self.sonae("verify")
        (file.parent / "stranger.pdf").write_bytes(b"x")
        self.assertIn("stranger.pdf", self.refused("verify", codes=(1,)))

    def test_another_key_does_not_fit(self):
        other = self.folder / "other"
        self.sonae("init", "--name", "A", "--kind", "clinic", data=other)
        keys = [path for path in self.data.iterdir() if "key" in path.name and path.is_file()]
        self.assertTrue(keys)
        for key in keys:
            with self.subTest(file=key.name):
                shutil.rmtree(self.copy, ignore_errors=True)
                shutil.copytree(self.data, self.copy)
                shutil.copy(other / key.name, self.copy / key.name)
                self.refused("verify", data=self.copy, codes=(1,))


if __name__ == "__main__":
    unittest.main()
