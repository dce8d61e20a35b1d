"""What the program costs a clinic: start and memory of `serve` with 10 devices, packs of 10, 300, 5,000.

    clinic.py PROGRAM FOLDER
"""
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

PROGRAM, FOLDER = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()


def sonae(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, check=False)
    if done.returncode:
        told = (done.stderr + done.stdout).decode()
        sys.exit(f"sonae {' '.join(map(str, arguments))}: exit {done.returncode}\n{told}")
    return done.stdout.decode()


def clinic(devices):
    """A data folder with so many devices, counted."""
    data, ledger = FOLDER / str(devices), FOLDER / "ledger.csv"
    sonae("init", "--name", "みなと診療所", "--kind", "clinic", "--data", data)
    rows = [f"{i},PC,型{i % 40},Windows 11 Pro,PC{i:05},{i % 9 + 1}階,稼働,事業者{i % 8}" for i in range(1, devices + 1)]
    ledger.write_text("\n".join(["管理番号,種別,機種名,OS,コンピュータ名,設置場所,状態,保守業者", *rows]) + "\n")
    sonae("import", "device", ledger, "--data", data)
    if len(json.loads(sonae("list", "device", "--in-use", "--json", "--data", data))["entries"]) != devices:
        sys.exit(f"not equal, nothing was timed: {devices} devices")
    return data


def resident(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def serve(data):
    """Milliseconds until the server is ready (shortest and longest of 10), its MiB then and after an answer."""
    times = []
    for _ in range(10):
        start = time.perf_counter()
        with subprocess.Popen([PROGRAM, "serve", "--data", data], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            times.append((time.perf_counter() - start) * 1000)
            fresh = resident(process)
            sonae("answer", "--edition", "R7", "--json", "--data", data)
            used = resident(process)
            process.terminate()
    return min(times), max(times), fresh, used


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    folders = {devices: clinic(devices) for devices in [10, 300, 5000]}
    shortest, longest, fresh, used = serve(folders[10])
    print("\n| program | figure | goal |\n|---|---:|---:|")
    print(f"| `serve` of 10 devices: start, shortest / longest of 10 | {shortest:.0f} / {longest:.0f} ms | 300 ms |")
    print(f"| `serve` of 10 devices: resident after the start | {fresh:.1f} MiB | 60 MB |")
    print(f"| `serve` of 10 devices: resident after an answer | {used:.1f} MiB | 60 MB |", flush=True)
    for devices, data in folders.items():
        start = time.perf_counter()
        sonae("pack", "--edition", "R7", "--out", FOLDER / f"{devices}.zip", "--data", data)
        taken = time.perf_counter() - start
        print(f"| `pack` of {devices:,} devices | {taken:.2f} s | |", flush=True)
    shutil.rmtree(FOLDER)


main()
