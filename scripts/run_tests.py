"""Runs the tests of the whole clone and adds up what passed and what failed; called by ./test.

Each step prints one line with its own counts and time, and the full output of whatever failed. The steps of
the full run, in order: format, tidy (floors and house rules), unit tests under AddressSanitizer and UBSan,
fuzzers, the suites named Concurrent… under ThreadSanitizer, clang-tidy, stories with the program that users
run. `quick` leaves out the last three, the unit tests whose suite is named Slow… and all inputs of the fuzzers
but the kept ones. `long` is the full run with the long version of each test that has one (SONAE_LONG=1) and
more time for each fuzzer. A test that runs a share of itself says so in a line "share: …", which is printed
below its step.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = os.cpu_count() or 1
LONG = sys.argv[1:] == ["long"]
# Fuzzers whose inputs are files write them where no disk has to be waited for.
MEMORY = ["env", "TMPDIR=/dev/shm"] if os.access("/dev/shm", os.W_OK) else []
FUZZ_SECONDS = 240 if LONG else 6  # for each fuzzer, after its kept inputs
ENVIRONMENT = {
    **os.environ,
    "LC_ALL": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "LSAN_OPTIONS": f"suppressions='{ROOT}/tests/leaks.txt':print_suppressions=0",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "SONAE_PROGRAM": str(ROOT / "build/release/sonae"),
}
ENVIRONMENT.pop("SONAE_LONG", None)
if LONG:
    ENVIRONMENT["SONAE_LONG"] = "1"
total = {"passed": 0, "failed": 0}


def call(*command):
    """Runs a command in the root; returns its exit code and everything it printed."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def at_once(function, things):
    """The results of function(thing), computed on all cores, in the order of the things."""
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(function, things))


def step(name, function):
    """Runs one step: a function that returns (passed, failed, output to show, all output)."""
    start = time.monotonic()
    passed, failed, output, *everything = function()
    total["passed"] += passed
    total["failed"] += failed
    if failed and output:
        print(output.rstrip())
    print(f"{name}: {passed} passed, {failed} failed ({time.monotonic() - start:.0f} s)")
    for share in re.findall(r"^share: .*", "\n".join(everything), re.M):
        print(f"  {share}")
    sys.stdout.flush()


def each_file(files, command):
    """One test for each file: the command with the file's name behind it succeeds."""
    results = at_once(lambda file: call(*command, file), files)
    bad = [output for code, output in results if code]
    return len(files) - len(bad), len(bad), "\n".join(bad)


def sources(*patterns):
    return sorted(str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.glob(pattern))


def format_check():
    return each_file(
        sources("src/**/*.[ch]pp", "tests/**/*.[ch]pp"), ["clang-format", "--dry-run", "-Werror"]
    )


def python_tests(folder):
    """Runs each tests/FOLDER/*_test.py in a process of its own."""

    def run(module):
        code, output = call(sys.executable, module, "-v")
        ran = re.search(r"^Ran (\d+) tests?", output, re.M)
        bad = sum(map(int, re.findall(r"(?:failures|errors|skipped|unexpected successes)=(\d+)", output)))
        if not ran or int(ran[1]) == 0 or (code and not bad):
            return 0, 1, output, output
        return int(ran[1]) - bad, bad, output if bad else "", output

    def all_modules():
        results = at_once(run, sources(f"tests/{folder}/*_test.py"))
        if not results:
            return 0, 1, f"no tests in tests/{folder}"
        return (
            sum(r[0] for r in results),
            sum(r[1] for r in results),
            "\n".join(r[2] for r in results if r[2]),
            "\n".join(r[3] for r in results),
        )

    return all_modules


def build(preset, target):
    """Builds with the same function as ./run; a test of its own only when it fails."""
    script = f'set -euo pipefail; root=$1; . "$1/scripts/setup.sh"; build {preset} {target}'
    code, output = call("bash", "-c", script, "build", ROOT)
    return 0, int(code != 0), output


def unit_tests(preset, *choice):
    """The unit tests of build/PRESET that ctest chooses."""

    def run():
        report = ROOT / f"build/{preset}-tests.xml"
        report.unlink(missing_ok=True)
        _, output = call(
            "ctest",
            "--test-dir",
            f"build/{preset}",
            "-j",
            CORES,
            "--timeout",
            "14400" if LONG else "900",
            "--no-tests=error",
            "--test-output-size-passed",
            "100000",
            "--output-on-failure",
            "--output-junit",
            report,
            *choice,
        )
        if not report.exists():
            return 0, 1, output
        cases = list(xml.parse(report).getroot().iter("testcase"))
        passed = sum(case.get("status") == "run" for case in cases)
        failed = len(cases) - passed
        said = "\n".join(case.findtext("system-out") or "" for case in cases)
        return passed, failed or int(not cases), output if failed or not cases else "", said

    return run


def fuzzers(seconds):
    """Each fuzzer with its kept inputs, then with inputs that it makes from them for so many seconds.

    What it finds it writes into build/found/NAME/; the file goes into tests/fuzz/corpus/NAME/ together with the
    change that mends it.
    """

    def run(source):
        name = Path(source).stem.removesuffix("_fuzz")
        kept = ROOT / "tests/fuzz/corpus" / name
        made = ROOT / "build/found" / name
        (made / "inputs").mkdir(parents=True, exist_ok=True)
        dictionary = kept.with_suffix(".dict")
        code, output = call(
            *MEMORY,
            ROOT / "build/dev" / f"fuzz_{name}",
            "-runs=0" if seconds == 0 else f"-max_total_time={seconds}",
            "-timeout=20",
            "-rss_limit_mb=2048",
            "-print_final_stats=1",
            f"-artifact_prefix={made}/",
            *([f"-dict={dictionary}"] if dictionary.exists() else []),
            made / "inputs",
            kept,
        )
        ran = re.search(r"number_of_executed_units: (\d+)", output)
        bad = int(code != 0 or not ran or not any(kept.iterdir()))
        return bad, f"fuzz_{name}:\n{output}" if bad else "", int(ran[1]) if ran else 0

    def all_fuzzers():
        sources_of = sources("tests/fuzz/*_fuzz.cpp")
        results = at_once(run, sources_of)
        bad = sum(r[0] for r in results)
        kept = len(list(ROOT.glob("tests/fuzz/corpus/*/*")))
        share = f"share: {kept} kept inputs"
        if seconds:
            share += f", then {seconds} s for each fuzzer (./test long: 240 s): {sum(r[2] for r in results):,} inputs"
        return len(results) - bad, bad or int(not results), "\n".join(r[1] for r in results if r[1]), share

    return all_fuzzers


def clang_tidy():
    return each_file(sources("src/**/*.cpp"), ["clang-tidy", "--quiet", "-p", "build/dev"])


def main(arguments):
    quick = arguments == ["quick"]
    step("format", format_check)
    step("tidy", python_tests("tidy"))
    step("build dev", lambda: build("dev", "all"))
    step("unit tests", unit_tests("dev", *(["-E", r"(^|/)Slow"] if quick else [])))
    step("fuzzers", fuzzers(0 if quick else FUZZ_SECONDS))
    if not quick:
        step("build tsan", lambda: build("tsan", "concurrent"))
        step("concurrent tests", unit_tests("tsan", "-R", r"(^|/)Concurrent"))
        step("clang-tidy", clang_tidy)
        step("build release", lambda: build("release", "sonae"))
        step("stories", python_tests("story"))
    print(f"{total['passed']} passed, {total['failed']} failed")
    return int(total["failed"] != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
