"""What starting costs: every figure is the median of fresh processes, beside a Python that does nothing.

``python -m benchmarks.startup [--runs 15] [--cache-variable XDG_CACHE_HOME]``. The variable names the folder under
which caches are kept: ``cold`` starts get an empty one each, ``warm`` starts one that an earlier start has filled.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from time import perf_counter

from benchmarks.measure import pin
from benchmarks.orders import ioss

ORDER = json.dumps(ioss("2026-05-04")[0])
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
    "`import xbcompliance`",
    "importing what `Engine` needs",
    "`Engine()`",
    "first quote (its slice is compiled)",
    "first `to_json()`",
    "second quote",
)


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description="What starting costs.")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--cache-variable", default="XDG_CACHE_HOME")
    options = parser.parse_args()
    pin()
    _processes(options.runs)
    _steps(options.runs, options.cache_variable)


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


def _steps(runs: int, variable: str) -> None:
    """The steps inside one process, with an empty and with a filled cache."""
    cold, warm = [], []
    with tempfile.TemporaryDirectory() as kept:
        for turn in range(runs + 1):
            with tempfile.TemporaryDirectory() as empty:
                first = json.loads(_python(STEPS, {variable: empty}))
            again = json.loads(_python(STEPS, {variable: kept}))
            if turn:
                cold.append(first)
                warm.append(again)
    print("\n| step in a fresh process | cold ms | warm ms | warm / cold |\n|---|---:|---:|---:|")
    for index, name in enumerate(STEP_NAMES):
        slow, quick = (statistics.median(run[index] for run in runs_) for runs_ in (cold, warm))
        print(f"| {name} | {slow:.2f} | {quick:.2f} | {quick / slow:.2f} |")


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
