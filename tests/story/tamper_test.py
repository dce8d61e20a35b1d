"""Somebody changes the stored data behind Sonae's back: verify fails and names the place. What is erased, asked for
twice or kept in an earlier format is none of that, and cannot be used as a cover for it."""
import shutil
import sqlite3
import unittest
import zipfile
from contextlib import closing
from datetime import timedelta

from story import ROOT, SAMPLES, Story

GUARDS = {
    "event_stays",
    "event_unchanged",
    "checkpoint_stays",
    "checkpoint_grows",
    "erased_stays",
    "request_stays",
    "request_unchanged",
}


def flipped(value, place):
    """A text or bytes with one character changed."""
    if isinstance(value, bytes):
        place %= len(value)
        return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
    place %= len(value)
    return value[:place] + ("y" if value[place] == "x" else "x") + value[place + 1 :]


class Administrator(Story):
    """A story in which somebody has the database file and no scruples."""

    def setUp(self):
        super().setUp()
        self.copy = self.folder / "copy"

    def database(self, folder):
        found = [
            path
            for path in folder.glob("*.db")
            if path.read_bytes()[:15] == b"SQLite format 3" and "runtime" not in path.name
        ]
        self.assertEqual(len(found), 1, "one database")
        return found[0]

    def rows(self, sql, folder=None):
        with closing(sqlite3.connect(f"file:{self.database(folder or self.data)}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()

    def behind_the_back(self, folder, change):
        """Makes `change(connection)` with the guards gone, and puts them back as they were."""
        with closing(sqlite3.connect(self.database(folder))) as connection:
            guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            self.assertEqual({name for name, sql in guards}, GUARDS)
            for name, _ in guards:
                connection.execute(f"DROP TRIGGER {name}")
            change(connection)
            for _, sql in guards:
                connection.execute(sql)
            connection.commit()

    def copied(self):
        """A fresh copy of the folder."""
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.data, self.copy)
        return self.copy

    def changed(self, change):
        """Verify's message on a copy of the folder after `change(connection)` behind Sonae's back."""
        self.behind_the_back(self.copied(), change)
        return self.refused("verify", data=self.copy, codes=(1,))

    def event_of(self, entry, version):
        return next(
            event["seq"]
            for event in self.json("history")["events"]
            if event["id"] == entry and event["version"] == version
        )


class Tamper(Administrator):
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

    def test_one_byte_anywhere_in_the_checkpoint(self):
        checkpoints = self.rows("SELECT size, note FROM checkpoint ORDER BY size")
        self.assertEqual([(size,) for size, _ in checkpoints], self.rows("SELECT count(*) FROM event"))
        size, note = checkpoints[0]
        for place in [*range(0, len(note), 9), len(note) - 5, len(note) - 1]:
            with self.subTest(place=place):
                told = self.changed(
                    lambda db: db.execute("UPDATE checkpoint SET note = ?", (flipped(note, place),))
                )
                self.assertIn(f"checkpoint {size}:", told)

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
            "UPDATE checkpoint SET size = size - 1",
            "INSERT INTO checkpoint SELECT 'somebody-else', size, note FROM checkpoint",
            "UPDATE event SET seq = seq + 0.5 WHERE seq = 3",
            "UPDATE event SET leaf = CAST(leaf AS BLOB) WHERE seq = 3",
            f"UPDATE event SET institution = CAST(institution AS BLOB) WHERE seq = {last}",
            "INSERT INTO event SELECT '', seq, entry_register, entry, leaf, leaf_hash, body, salt FROM event",
        ]:
            with self.subTest(sql=sql):
                self.changed(lambda db: db.execute(sql))

    def test_the_guards_stop_who_means_no_harm(self):
        self.sonae("set", "device", "002", "place=受付", "--request", "r-1")
        self.sonae("erase", "device:001.place", "--why", "誤って記載した個人名")
        for sql in [
            "UPDATE event SET leaf = 'x' WHERE seq = 2",
            "UPDATE event SET body = 'x' WHERE seq = 2",
            "UPDATE event SET seq = 99 WHERE seq = 2",
            "DELETE FROM event WHERE seq = 2",
            "UPDATE checkpoint SET note = 'x'",
            "UPDATE checkpoint SET size = size - 1",
            "DELETE FROM checkpoint",
            "DELETE FROM erased",
            "UPDATE request SET seq = 3",
            "DELETE FROM request",
        ]:
            with self.subTest(sql=sql):
                with closing(sqlite3.connect(self.database(self.data))) as connection:
                    with self.assertRaisesRegex(sqlite3.IntegrityError, "append-only"):
                        connection.execute(sql)
        self.sonae("verify")

    def test_guards_tables_and_indexes_that_are_not_as_sonae_makes_them(self):
        for sql, place in [
            *[(f"DROP TRIGGER {guard}", f"trigger {guard}") for guard in sorted(GUARDS)],
            (
                "DROP TRIGGER event_stays; CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT 1; END",
                "trigger event_stays",
            ),
            ("CREATE TRIGGER later AFTER INSERT ON event BEGIN DELETE FROM request; END", "trigger later"),
            ("CREATE TABLE more (a)", "table more"),
            ("CREATE VIEW more AS SELECT * FROM event", "view more"),
            ("CREATE INDEX more ON event (leaf)", "index more"),
            ("DROP INDEX event_entry", "index event_entry"),
            ("DROP TABLE r_device", "table r_device"),
            ("DROP TABLE request", "table request"),
            ("ALTER TABLE r_device ADD COLUMN more", "table r_device"),
            ("ALTER TABLE r_vendor RENAME COLUMN institution TO house", "table r_vendor"),
        ]:
            with self.subTest(sql=sql):
                with closing(sqlite3.connect(self.database(self.copied()))) as connection:
                    connection.executescript(sql)
                told = self.refused("verify", data=self.copy, codes=(1,))
                self.assertIn(f"schema {place}:", told)

    def test_the_databases_own_notes(self):
        told = self.changed(lambda db: db.execute("UPDATE meta SET value = CAST(value AS BLOB)"))
        self.assertIn("meta", told)
        told = self.changed(lambda db: db.execute("INSERT INTO meta VALUES ('more', 'x')"))
        self.assertIn("meta more:", told)
        # A wrong digest of the tables makes Sonae make them again from the history, which mends them.
        self.behind_the_back(
            self.copied(),
            lambda db: db.executescript("UPDATE meta SET value = 'x' WHERE name = 'tables'; DELETE FROM r_device"),
        )
        self.sonae("verify", data=self.copy)
        self.assertEqual(
            self.json("list", "device", data=self.copy)["entries"], self.json("list", "device")["entries"]
        )

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
                shutil.copy(other / key.name, self.copied() / key.name)
                self.assertIn("key.pem", self.refused("verify", data=self.copy, codes=(1,)))

    def test_one_byte_anywhere_in_the_key(self):
        good = (self.data / "key.pem").read_bytes()
        for place in [*range(0, len(good), 5), len(good) - 2, len(good) - 1]:
            with self.subTest(place=place):
                (self.copied() / "key.pem").write_bytes(flipped(good, place))
                self.assertIn("key.pem", self.refused("verify", data=self.copy, codes=(1,)))
        (self.copied() / "key.pem").write_bytes(good + b"\n")
        self.assertIn("key.pem", self.refused("verify", data=self.copy, codes=(1,)))


class Erasure(Administrator):
    """What was erased is gone, is told as erased, and nothing else may be gone that way."""

    SECRET = "山田花子の写真"

    def setUp(self):
        super().setUp()
        self.init()
        self.sonae("add", "device", "number=001", "os=Windows 11", f"place={self.SECRET}")
        self.sonae("set", "device", "001", "os=Windows 10")
        self.device = self.devices()["001"]["id"]
        self.before = self.folder / "before"
        shutil.copytree(self.data, self.before)

    def held(self, text):
        """The files of the data folder that hold a text."""
        return [
            path for path in self.data.rglob("*") if path.is_file() and text.encode() in path.read_bytes()
        ]

    def erase(self):
        self.assertTrue(self.held(self.SECRET))
        self.sonae("erase", "device:001.place", "--why", "個人名の誤記載")

    def test_it_is_gone_and_told(self):
        self.refused("erase", "device:001.place", codes=(2,))
        self.erase()
        self.assertEqual(self.held(self.SECRET), [])
        device = self.devices()["001"]
        self.assertNotIn("place", device)
        self.assertEqual(device["os"], "Windows 10")
        told = self.json("verify")
        self.assertTrue(told["holds"])
        self.assertEqual(told["erased"], 2)
        events = [event for event in self.json("history")["events"] if event["id"] == self.device]
        self.assertEqual([event["action"] for event in events], ["add", "set", "erase"])
        self.assertEqual(events[-1]["why"], "個人名の誤記載")
        self.assertEqual(events[0]["changes"][0]["field"], "number", "what was left of it can be read")
        rows = self.rows("SELECT * FROM r_device")
        self.sonae("rebuild")
        self.assertEqual(self.rows("SELECT * FROM r_device"), rows)
        self.sonae("verify")

    def test_content_cannot_vanish_that_way_without_being_told(self):
        self.erase()
        self.sonae("add", "device", "number=002")
        other = self.event_of(self.devices()["002"]["id"], 1)
        by = self.event_of(self.device, 3)
        told = self.changed(
            lambda db: db.execute("UPDATE event SET body = NULL, salt = NULL WHERE seq = ?", (other,))
        )
        self.assertIn(f"event {other}:", told)
        told = self.changed(
            lambda db: db.executescript(
                f"UPDATE event SET body = NULL, salt = NULL WHERE seq = {other};"
                f"INSERT INTO erased SELECT institution, {other}, {by} FROM event WHERE seq = {other}"
            )
        )
        self.assertIn(f"event {other}:", told)
        first = self.event_of(self.device, 1)
        for sql in ["DELETE FROM erased", "UPDATE erased SET by_seq = by_seq - 1", "UPDATE erased SET seq = seq + 0.5"]:
            with self.subTest(sql=sql):
                self.assertIn(f"erased {first}", self.changed(lambda db: db.execute(sql)))

    def test_content_cannot_come_back(self):
        self.erase()
        first = self.event_of(self.device, 1)
        body, salt = self.rows(f"SELECT body, salt FROM event WHERE seq = {first}", self.before)[0]
        self.assertIn(self.SECRET, body)

        def put_back(db):
            db.execute("UPDATE event SET body = ?, salt = ? WHERE seq = ?", (body, salt, first))
            db.execute("DELETE FROM erased WHERE seq = ?", (first,))

        self.assertIn(f"event {first}:", self.changed(put_back))

    def test_an_erased_file(self):
        photo = self.folder / "photo.jpg"
        photo.write_bytes(self.SECRET.encode())
        self.sonae("attach", photo, "--to", "device:001")
        stored = next(path for path in (self.data / "evidence").rglob("*") if path.is_file())
        self.sonae("erase", "photo.jpg", "--why", "誤って添付した写真")
        self.assertFalse(stored.exists())
        self.sonae("verify")
        stored.write_bytes(photo.read_bytes())
        self.assertIn(stored.name, self.refused("verify", codes=(1,)))
        self.sonae("erase", stored.name, "--why", "誤って添付した写真")
        self.assertFalse(stored.exists())
        self.sonae("verify")

    def test_it_is_gone_from_the_past_as_well(self):
        self.now += timedelta(days=2)
        self.sonae("set", "device", "001", "place=倉庫", "os=Windows 8")
        (past,) = self.json("list", "device", "--as-of", "2026-11-21")["entries"]
        self.assertEqual((past["place"], past["os"]), (self.SECRET, "Windows 10"))
        self.assertEqual(self.devices()["001"]["place"], "倉庫")
        self.erase()
        listed = self.json("list", "device", "--as-of", "2026-11-21")
        self.assertEqual(listed["as_of"], "2026-11-21")
        self.assertNotIn("place", listed["entries"][0])
        self.assertEqual(listed["entries"][0]["os"], "Windows 10")
        self.refused("list", "device", "--as-of", "2026-11-20")
        self.refused("list", "device", "--as-of", "2026-11-24")
        self.refused("list", "device", "--as-of", "昨日", codes=(2,))


class Requests(Administrator):
    """The same request twice is one change; its note is part of the record."""

    def test_a_repeated_request(self):
        self.init()
        first = self.json("add", "device", "number=001", "--request", "r-1")
        size = self.json("verify")["events"]
        again = self.json("add", "device", "number=001", "--request", "r-1")
        self.assertEqual(self.json("verify")["events"], size)
        self.assertEqual(len(self.devices()), 1)
        self.assertIn(self.devices()["001"]["id"], str(again))
        self.assertIn(self.devices()["001"]["id"], str(first))
        self.assertIn("r-1", self.refused("add", "device", "number=002", "--request", "r-1", codes=(1,)))
        self.assertEqual(len(self.devices()), 1)
        for sql in [
            "DELETE FROM request",
            "UPDATE request SET seq = seq - 1",
            "UPDATE request SET seq = seq + 0.5",
            "UPDATE request SET request = CAST(request AS BLOB)",
            "INSERT INTO request SELECT institution, 'r-2', seq FROM request",
            "UPDATE request SET institution = 'somebody-else'",
        ]:
            with self.subTest(sql=sql):
                self.assertRegex(self.changed(lambda db: db.execute(sql)), r"request r-[12]:")


class EarlierFormat(Administrator):
    """A record that an earlier Sonae has made."""

    EVENTS = (
        "SELECT institution, seq, entry_register, entry, leaf, leaf_hash, body, salt FROM event"
        " ORDER BY seq LIMIT 31"
    )

    def setUp(self):
        super().setUp()
        with zipfile.ZipFile(ROOT / "tests/fixtures/formats/format-1.zip") as fixture:
            fixture.extractall(self.data)
        self.assertEqual(self.rows("SELECT value FROM meta WHERE name = 'format'"), [("1",)])
        self.events = self.rows(self.EVENTS)
        self.assertEqual(len(self.events), 31)

    def test_opens_holds_and_goes_on(self):
        told = self.json("verify")
        self.assertTrue(told["holds"], told)
        self.assertEqual(told["events"], 31)
        self.assertEqual(self.rows("SELECT value FROM meta WHERE name = 'format'"), [("2",)])
        self.assertEqual(self.rows("SELECT size FROM checkpoint"), [(31,)])
        device = self.entries("device")[0]
        self.sonae("set", "device", device["id"], "place=別館")
        self.assertEqual(self.rows("SELECT size FROM checkpoint"), [(32,)])
        self.assertEqual(self.rows(self.EVENTS), self.events)
        self.assertEqual(self.json("show", "device", device["id"])["place"], "別館")
        self.assertTrue(self.json("verify")["holds"])

    def test_what_was_changed_before_is_seen_after(self):
        with closing(sqlite3.connect(self.database(self.data))) as connection:
            guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in guards:
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("UPDATE event SET leaf = ? WHERE seq = 9", (flipped(self.events[9][4], 40),))
            for _, sql in guards:
                connection.execute(sql)
            connection.commit()
        self.assertIn("event 9:", self.refused("verify", codes=(1,)))


if __name__ == "__main__":
    unittest.main()
