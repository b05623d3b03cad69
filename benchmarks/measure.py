"""How the benchmarks measure: on one processor, ours and the yardstick by turns, each call timed.

Two loads that follow each other on a shared machine do not meet the same machine. So the yardstick runs a block of
calls right before each block of ours, a ratio is taken for each pair of blocks, and the median of these ratios is
reported with their spread.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any

ROUNDS = 15


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
    """Blocks of call times of ours and of the yardstick, in pairs."""

    name: str
    yardstick: str
    ours: list[list[int]] = field(default_factory=list)
    other: list[list[int]] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Microseconds a call of ours takes."""
        return statistics.median(map(statistics.median, self.ours)) / 1000

    @property
    def p99(self) -> float:
        """Microseconds that 99 calls of a hundred stay below, in a block of middling luck."""
        return statistics.median(sorted(block)[len(block) * 99 // 100] for block in self.ours) / 1000

    @property
    def other_median(self) -> float:
        """Microseconds a call of the yardstick takes."""
        return statistics.median(map(statistics.median, self.other)) / 1000

    @property
    def ratios(self) -> list[float]:
        """Ours to the yardstick, for each pair of blocks, least first."""
        pairs = zip(self.ours, self.other, strict=True)
        return sorted(statistics.median(ours) / statistics.median(other) for ours, other in pairs)

    def row(self) -> str:
        """A line of the report."""
        ratios = self.ratios
        return (
            f"| {self.name} | {self.median:.1f} | {self.p99:.1f} | {self.p99 / self.median:.2f} "
            f"| {self.other_median:.1f} | **{statistics.median(ratios):.2f}** | {ratios[0]:.2f}–{ratios[-1]:.2f} "
            f"| {self.yardstick} |"
        )


HEADING = (
    "| what | µs | p99 µs | p99 / median | yardstick µs | ratio | least–most | yardstick |\n"
    "|---|---:|---:|---:|---:|---:|---:|---|"
)
