"""Durable writes a second of PostgreSQL 15 with an audit trigger, at 1, 16, 64 clients: the peer of writes.cpp.

    postgres.py PROGRAM FOLDER

The table has the columns and the indexes of the register of devices and its rows the content of one that Sonae wrote;
the trigger writes the old and the new row as JSON into an audit table. The cluster is our own, in FOLDER on the disk
to measure, with Debian's settings: every commit is synced. Prints three figures, or nothing without PostgreSQL.
"""
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

PROGRAM, FOLDER = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
BIN = Path("/usr/lib/postgresql/15/bin")
SECONDS = 6
TEXT = "text"
VALUES = {
    "number": "W000001",
    "kind": "pc",
    "maker": "富士通",
    "model": "M1",
    "hostname": "PC-000001",
    "os": "Windows 11 Pro",
    "user": "利用者1",
    "place": "2階1室",
    "acquired_on": "2024-02-02",
    "status": "running",
}
AUDIT = """
CREATE TABLE audit (seq bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), by text NOT NULL,
  action text NOT NULL,
  register text NOT NULL, id text NOT NULL, before jsonb, after jsonb);
CREATE INDEX audit_entry ON audit (register, id, seq);
CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO audit (by, action, register, id, before, after)
    VALUES (COALESCE(NEW.updated_by, OLD.updated_by), TG_OP, TG_TABLE_NAME, COALESCE(NEW.id, OLD.id),
            to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL; END $$;
CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON r_device FOR EACH ROW EXECUTE FUNCTION audited();
"""


def as_postgres(*command, text=None):
    """Runs a program as the user `postgres`, since the server refuses to run as root."""
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run([*user, *map(str, command)], input=text, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}{done.stdout}")
    return done.stdout


def literal(value):
    return "NULL" if value is None else str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def model(folder):
    """The table, its indexes and an INSERT of a device that Sonae wrote."""
    subprocess.run([PROGRAM, "init", "--name", "病院", "--kind", "hospital", "--data", folder],
                   capture_output=True, check=True)
    values = [f"{name}={value}" for name, value in VALUES.items()]
    subprocess.run([PROGRAM, "add", "device", *values, "--data", folder], capture_output=True, check=True)
    database = sqlite3.connect(f"file:{folder / 'sonae.db'}?mode=ro", uri=True)
    columns = [(row[1], row[2]) for row in database.execute("PRAGMA table_info(r_device)")]
    names = ", ".join(f'"{name}"' for name, _ in columns)
    types = {"INTEGER": "bigint"}
    parts = ", ".join(f'"{n}" {types.get(t, TEXT)}' for n, t in columns)
    sql = f"CREATE TABLE r_device ({parts}, PRIMARY KEY (institution, id));"
    for index, origin in [(row[1], row[3]) for row in database.execute("PRAGMA index_list(r_device)")]:
        held = [row[2] for row in database.execute(f"PRAGMA index_info({index})")]
        # 32 columns are the most an index of PostgreSQL takes.
        if origin == "c" and None not in held and len(held) <= 32 and {name for name, _ in columns} >= set(held):
            sql += f"CREATE INDEX {index} ON r_device ({', '.join(f'{chr(34)}{name}{chr(34)}' for name in held)});"
    row = dict(zip([name for name, _ in columns], database.execute(f"SELECT {names} FROM r_device").fetchone()))
    fill = ", ".join("gen_random_uuid()::text" if name == "id" else literal(row[name]) for name, _ in columns)
    return sql, f"INSERT INTO r_device ({names}) VALUES ({fill});\n"


def main():
    if not (BIN / "initdb").exists() or not shutil.which("pgbench"):
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    data, script = FOLDER / "cluster", FOLDER / "insert.sql"
    tables, insert = model(FOLDER / "model")
    script.write_text(insert)
    if os.getuid() == 0:
        shutil.chown(FOLDER, "postgres")
    as_postgres(BIN / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-k {FOLDER} -c listen_addresses= -c max_connections=100"
    as_postgres(BIN / "pg_ctl", "-D", data, "-w", "-o", options, "-l", FOLDER / "log", "start")
    try:
        here = ["-h", FOLDER, "-d", "postgres"]
        as_postgres("psql", *here, "-q", "-v", "ON_ERROR_STOP=1", text=tables + AUDIT)
        figures, written = [], 0
        for clients in [1, 16, 64]:
            told = as_postgres(
                BIN / "pgbench", "-h", FOLDER, "-n", "-M", "prepared", "-f", script,
                "-c", clients, "-j", min(clients, 2),
                "-T", SECONDS, "postgres",
            )  # fmt: skip
            figures.append(next(line.split()[2] for line in told.splitlines() if line.startswith("tps")))
            written += int(next(line.split(":")[1] for line in told.splitlines() if "actually processed" in line))
        counted = as_postgres("psql", *here, "-At", "-c",
                              "SELECT (SELECT count(*) FROM r_device), (SELECT count(*) FROM audit),"
                              " current_setting('fsync'), current_setting('synchronous_commit')")
        if counted.strip() != f"{written}|{written}|on|on":
            sys.exit(f"PostgreSQL holds {counted.strip()}, expected {written} of each, synced")
        print(*figures)
    finally:
        as_postgres(BIN / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(FOLDER)


main()
