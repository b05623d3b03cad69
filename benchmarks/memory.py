"""What a loaded engine holds, and whether a thousand quotes leave anything behind.

``python -m benchmarks.memory``. Resident memory and traced memory are taken in processes of their own: tracing changes
what it looks at.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import baseline
from benchmarks.orders import ioss

PLACED = "2026-05-04"
QUOTES = 1000
MORE = 3
"""How many times the same orders are quoted again: what grows only once is kept, what grows each time is lost."""
STATM = Path("/proc/self/statm")


def main() -> None:
    """Prints the table, or as a child one column of it."""
    if sys.argv[1:]:
        kind, probe = sys.argv[1:]
        print(json.dumps({"resident": _resident, "traced": _traced}[probe](kind)))
        return
    columns = {(kind, probe): _child(kind, probe) for kind in ("engine", "by hand") for probe in ("resident", "traced")}
    print("\n| memory, KiB | engine | by hand |\n|---|---:|---:|")
    for probe in ("resident", "traced"):
        for name in columns["engine", probe]:
            ours, hand = columns["engine", probe][name], columns["by hand", probe][name]
            print(f"| {probe}: {name} | {ours:,.0f} | {hand:,.0f} |")


def _child(kind: str, probe: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.memory", kind, probe]
    found: dict[str, float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return found


def _resident(kind: str) -> dict[str, float]:
    raw = ioss(PLACED)
    before = _rss()
    quote = _quoter(kind)
    loaded = _rss()
    quote(raw[0])
    first = _rss()
    _quote_all(quote, raw)
    thousand = _rss()
    for _ in range(MORE - 1):
        _quote_all(quote, raw)
    return {
        "loaded": loaded - before,
        "more after the first quote": first - loaded,
        f"more after {QUOTES} different quotes": thousand - first,
        f"more after {MORE * QUOTES} quotes": _rss() - first,
        "whole process": _rss(),
    }


def _traced(kind: str) -> dict[str, float]:
    raw = ioss(PLACED)
    quote = _quoter(kind)
    quote(raw[0])
    gc.collect()
    tracemalloc.start()
    _quote_all(quote, raw)
    kept, peak = tracemalloc.get_traced_memory()
    gc.collect()
    return {
        f"peak while making {QUOTES} quotes": peak / 1024,
        "held after them": kept / 1024,
        "held after a collection": tracemalloc.get_traced_memory()[0] / 1024,
    }


def _quoter(kind: str) -> Callable[[Any], Any]:
    if kind == "engine":
        import xbcompliance as xb

        engine = xb.Engine()
        return lambda order: engine.assess(order).to_json()
    return lambda order: baseline.as_json(sale := baseline.parse(order), baseline.ioss(sale))


def _quote_all(quote: Callable[[Any], Any], raw: list[Any]) -> None:
    for order in raw:
        quote(order)


def _rss() -> float:
    """KiB resident now; where the system does not say, the most there ever was."""
    if STATM.exists():
        return int(STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
