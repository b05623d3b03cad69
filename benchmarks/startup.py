"""What starting costs: every figure is the median of fresh processes, beside a Python that does nothing.

``python -m benchmarks.startup [--runs 15]``. ``XBCOMPLIANCE_CACHE`` names the folder of the cache: *cold* starts get an
empty one each, *warm* starts one that an earlier start has filled, and starts *without* a cache none.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.large import write_packs
from benchmarks.measure import pin
from benchmarks.orders import ioss

ORDER = json.dumps(ioss("2026-05-04")[0])
VARIABLE = "XBCOMPLIANCE_CACHE"
LIBRARIES = "import pydantic, yaml, dateutil.relativedelta, zoneinfo, decimal"
HAND = "import json, sys; from benchmarks import baseline; baseline.ioss(baseline.parse(json.load(sys.stdin)))"
STEPS = """
import json, sys
from time import perf_counter
order = json.load(sys.stdin)
marks = [perf_counter()]
def mark(): marks.append(perf_counter())
import xbcompliance as xb; mark()
xb.Engine; mark()
engine = xb.Engine(); mark()
assessment = engine.assess(order); mark()
assessment.to_json(); mark()
engine.assess(order); mark()
print(json.dumps([1000 * (b - a) for a, b in zip(marks, marks[1:])]))
"""
STEP_NAMES = (
    "`import xbcompliance`, ms",
    "importing what `Engine` needs, ms",
    "`Engine()`, ms",
    "first quote (its rules and slice are compiled), ms",
    "first `to_json()`, ms",
    "second quote, ms",
)
LARGE = """
import json
from time import perf_counter
import xbcompliance as xb
from benchmarks.memory import _rss as resident
xb.Engine, xb.load_rulebook
marks, used = [perf_counter()], [resident()]
def mark(): marks.append(perf_counter()); used.append(resident())
engine = xb.Engine(xb.load_rulebook(FOLDER)); mark()
tables = engine.rulebook.tables
tables["customs.tariff"].view(None).find(739900, "AQ", "mfn", "CN", "1000010001"); mark()
tables["aq.rates"].view(None).find(739900, "00501"); mark()
times = [1000 * (b - a) for a, b in zip(marks, marks[1:])]
print(json.dumps([*times, *((b - a) / 1024 for a, b in zip(used, used[1:]))]))
"""
LARGE_NAMES = (
    "`Engine(load_rulebook(…))`, ms",
    "first look into the tariff, ms",
    "first look into the postal codes, ms",
    "`Engine(load_rulebook(…))`, MiB more",
    "first look into the tariff, MiB more",
    "first look into the postal codes, MiB more",
)


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description="What starting costs.")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    pin()
    _processes(options.runs)
    _steps("step in a fresh process", STEPS, STEP_NAMES, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        code = LARGE.replace("FOLDER", repr(str(write_packs(Path(folder) / "packs"))))
        _steps("beside a tariff of 35,766 rows and 40,000 postal codes", code, LARGE_NAMES, max(options.runs // 3, 1))


def _processes(runs: int) -> None:
    """Whole processes from start to end, by turns."""
    codes = {
        "nothing (`pass`)": "pass",
        "`import xbcompliance`": "import xbcompliance",
        "the libraries it reads orders and packs with, without it": LIBRARIES,
        "one quote by hand": HAND,
        "one quote": "import sys, xbcompliance as xb; xb.Engine().assess(sys.stdin.read())",
    }
    times: dict[str, list[float]] = {name: [] for name in codes}
    for turn in range(runs + 1):
        for name, code in codes.items():
            start = perf_counter()
            _python(code)
            if turn:  # the first turn fills the caches of the system and of Python
                times[name].append(1000 * (perf_counter() - start))
    bare = statistics.median(times["nothing (`pass`)"])
    print("\n| process | ms | more than nothing | ratio |\n|---|---:|---:|---:|")
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"| {name} | {middle:.1f} | {middle - bare:.1f} | {middle / bare:.2f} |")


def _steps(title: str, code: str, names: tuple[str, ...], runs: int) -> None:
    """The steps inside one process: without a cache, with an empty one and with a filled one."""
    without, cold, warm = [], [], []
    with tempfile.TemporaryDirectory() as kept:
        for turn in range(runs + 1):
            none = json.loads(_python(code, {VARIABLE: "off"}))
            with tempfile.TemporaryDirectory() as empty:
                first = json.loads(_python(code, {VARIABLE: empty}))
            again = json.loads(_python(code, {VARIABLE: kept}))
            if turn:
                without.append(none)
                cold.append(first)
                warm.append(again)
    print(f"\n| {title} | without | cold | warm | warm / without |\n|---|---:|---:|---:|---:|")
    for index, name in enumerate(names):
        off, slow, quick = (statistics.median(run[index] for run in taken) for taken in (without, cold, warm))
        ratio = f"{quick / off:.2f}" if off else ""
        print(f"| {name} | {off:.2f} | {slow:.2f} | {quick:.2f} | {ratio} |")


def _python(code: str, variables: dict[str, str] | None = None) -> str:
    """What a fresh process prints. It may keep compiled modules, as an installed package does, whatever is set here."""
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=ORDER, stdout=subprocess.PIPE, text=True, check=True, env=settings | (variables or {}),
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    main()
