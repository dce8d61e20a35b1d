"""A benchmark, never a timed test: a full answer, one set and the start of the program on a large ledger.

The ledger is made from a seed, so that every run measures the same. Before anything is timed, what Sonae finds
is compared with what this script counted while it wrote the ledger, and with SQL written by hand over the same
file. The hand-written SQL is also the peer: the cost of asking one question without Sonae.
"""
import csv
import json
import os
import platform
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM, DEVICES = sys.argv[1], int(sys.argv[2])
RUNS = 3
SYSTEMS = {  # kind → (written in the ledger, support has ended, a version is known)
    "端末": [
        ("Windows 11 Pro", False, True),
        ("Windows 10 Pro", True, True),
        ("Windows 7", True, True),
        ("不明", False, False),
        ("", False, False),
    ],
    "サーバ": [
        ("Windows Server 2022", False, True),
        ("Windows Server 2012 R2", True, True),
        ("?", False, False),
    ],
    "ネットワーク機器": [("RTX830 15.02.17", False, True), ("", False, False)],
}
PEER = """
SELECT count(*) FROM r_device d JOIN c_device_os_support s ON s.institution = d.institution AND s.id = d.id
WHERE d.retired = 0 AND COALESCE(d.status, '') NOT IN ('disposed', 'awaiting_disposal', 'spare')
  AND COALESCE(d.in_scope, 1) = 1 AND s.latest_end < :today AND COALESCE(d.extended_support, 0) = 0
"""


def sonae(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, check=False)
    if done.returncode:
        told = (done.stderr + done.stdout).decode()
        sys.exit(f"sonae {' '.join(map(str, arguments))}: exit {done.returncode}\n{told}")
    return done.stdout.decode()


def best(function, runs=RUNS):
    """The shortest of some runs, in seconds: what the machine's other work adds is left out."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def write_ledger(path):
    """Writes the ledger; returns how many devices run an ended system, have no version known, are in use."""
    noise = random.Random(10000)
    ended = without = in_use = 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["管理番号", "種別", "機種名", "OS", "IPアドレス", "コンピュータ名", "設置場所", "利用者", "購入日", "状態", "保守業者"])
        for number in range(1, DEVICES + 1):
            kind = noise.choices(list(SYSTEMS), [90, 5, 5])[0]
            system, has_ended, known = noise.choices(SYSTEMS[kind], range(len(SYSTEMS[kind]), 0, -1))[0]
            status = noise.choices(["稼働", "停止", "廃棄", "廃棄予定"], [90, 4, 4, 2])[0]
            used = not status.startswith("廃棄")
            in_use += used
            ended += used and has_ended
            without += used and not known
            out.writerow(
                [
                    number,
                    kind,
                    f"型{noise.randrange(200)}",
                    system,
                    f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
                    f"PC{number:05}",
                    f"{noise.randrange(1, 12)}階",
                    f"利用者{noise.randrange(800)}",
                    f"{noise.randrange(2012, 2026)}-{noise.randrange(1, 13):02}-01",
                    status,
                    f"事業者{noise.randrange(40)}",
                ]
            )
    return ended, without, in_use


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"not equal, nothing was timed: {what}: {got}, expected {wanted}")
    print(f"equal: {what}: {got}")


def main():
    folder = Path(tempfile.mkdtemp(prefix="sonae-bench-"))
    try:
        data, ledger = folder / "data", folder / "ledger.csv"
        sonae("init", "--name", "病院", "--kind", "hospital", "--data", data)
        ended, without, in_use = write_ledger(ledger)
        start = time.perf_counter()
        sonae("import", "device", ledger, "--data", data)
        imported = time.perf_counter() - start

        answer = json.loads(sonae("answer", "--edition", "R7", "--json", "--data", data))
        items = {item["item"]: item for item in answer["items"]}
        check(
            "devices in use",
            len(json.loads(sonae("list", "device", "--in-use", "--json", "--data", data))["entries"]),
            in_use,
        )
        no = {
            number: sum(r["count"] for r in items[number]["reasons"] if r["effect"] == "no")
            for number in ["2-①", "2-⑥"]
        }
        check("2-① devices without a known version", no["2-①"], without)
        check("2-⑥ devices out of support", no["2-⑥"], ended)
        database = sqlite3.connect(f"file:{data / 'sonae.db'}?mode=ro", uri=True)

        def peer():
            return database.execute(PEER, {"today": answer["as_of"]}).fetchone()[0]

        check("2-⑥ by hand-written SQL", peer(), ended)

        counter = iter(range(1000))
        start_up = best(lambda: sonae("--help"), 10)
        full = best(lambda: sonae("answer", "--edition", "R7", "--json", "--data", data))
        one_set = best(lambda: sonae("set", "device", "5000", f"place=部屋{next(counter)}", "--data", data), 10)
        by_hand = best(peer, 10)
        lines = len(answer["items"])
        each = (full - start_up) / lines
        print(
            f"\n{DEVICES} devices, {os.cpu_count()} cores, {platform.machine()}; shortest of {RUNS} (small ones: 10)\n"
        )
        print("| what | time |\n|---|---|")
        print(f"| start of the program (`--help`) | {start_up * 1000:.1f} ms |")
        print(f"| import of the ledger (once) | {imported:.2f} s |")
        print(f"| `answer`, all {lines} lines of R7 | {full * 1000:.0f} ms |")
        print(f"| `set` of one field | {one_set * 1000:.1f} ms |")
        print(f"| one line of `answer`, on average | {each * 1000:.1f} ms |")
        print(f"| hand-written SQL for 2-⑥ on the same file | {by_hand * 1000:.1f} ms |")
        print(f"| ratio, one line to hand-written SQL | {each / by_hand:.1f} |")
    finally:
        shutil.rmtree(folder)


main()
