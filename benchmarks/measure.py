"""How the benchmarks measure: on one processor, ours and the yardstick by turns, each call timed.

Two loads that follow each other on a shared machine do not meet the same machine. So the yardstick runs a block of
calls right before each block of ours. Other work on the machine can only make a block slower, so the fastest block of
each side is compared; how far the ratios of neighbouring blocks lie apart is reported beside it.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any

ROUNDS = 11


def pin() -> None:
    """Keeps this process, and those it starts, on one processor, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def timed(call: Callable[[Any], Any], subjects: Sequence[Any]) -> list[int]:
    """Nanoseconds of one call for each subject."""
    times = []
    for subject in subjects:
        start = perf_counter_ns()
        call(subject)
        times.append(perf_counter_ns() - start)
    return times


@dataclass
class Comparison:
    """Blocks of call times of ours and of the yardstick, in pairs; the least disturbed block of each counts."""

    name: str
    yardstick: str
    ours: list[list[int]] = field(default_factory=list)
    other: list[list[int]] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Microseconds a call of ours takes."""
        return statistics.median(_quietest(self.ours)) / 1000

    @property
    def p99(self) -> float:
        """Microseconds that 99 calls of a hundred stay below."""
        block = sorted(_quietest(self.ours))
        return block[len(block) * 99 // 100] / 1000

    @property
    def other_median(self) -> float:
        """Microseconds a call of the yardstick takes."""
        return statistics.median(_quietest(self.other)) / 1000

    @property
    def ratio(self) -> float:
        """Ours to the yardstick."""
        return self.median / self.other_median

    @property
    def spread(self) -> tuple[float, float]:
        """The least and the greatest ratio of blocks that followed each other."""
        pairs = zip(self.ours, self.other, strict=True)
        ratios = [statistics.median(ours) / statistics.median(other) for ours, other in pairs]
        return min(ratios), max(ratios)

    def row(self) -> str:
        """A line of the report."""
        least, most = self.spread
        return (
            f"| {self.name} | {self.median:.1f} | {self.p99:.1f} | {self.p99 / self.median:.2f} "
            f"| {self.other_median:.1f} | **{self.ratio:.2f}** | {least:.2f}–{most:.2f} | {self.yardstick} |"
        )


def _quietest(blocks: list[list[int]]) -> list[int]:
    return min(blocks, key=statistics.median)


HEADING = (
    "| what | µs | p99 µs | p99 / median | yardstick µs | ratio | least–most | yardstick |\n"
    "|---|---:|---:|---:|---:|---:|---:|---|"
)
