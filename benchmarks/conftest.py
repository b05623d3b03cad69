"""Fixtures of the benchmarks, and the table of ratios at the end of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import xbcompliance as xb
from benchmarks.measure import HEADING, ROUNDS, Comparison, pin, timed

COMPARISONS: list[Comparison] = []


def pytest_configure() -> None:
    pin()


@pytest.fixture(scope="session")
def engine() -> Any:
    return xb.Engine()


@pytest.fixture
def compare(benchmark: Any) -> Callable[..., Comparison]:
    """Times ours and a yardstick by turns; the benchmark's own figure is that of a whole block of ours."""

    def run(
        name: str,
        ours: tuple[Callable[[Any], Any], Sequence[Any]],
        other: tuple[Callable[[Any], Any], Sequence[Any]],
        yardstick: str = "by hand",
    ) -> Comparison:
        comparison = Comparison(name, yardstick)
        benchmark.pedantic(
            lambda: comparison.ours.append(timed(*ours)),
            setup=lambda: comparison.other.append(timed(*other)),
            rounds=ROUNDS,
            warmup_rounds=2,
        )
        del comparison.ours[:2]
        del comparison.other[: len(comparison.other) - len(comparison.ours)]
        benchmark.extra_info.update(
            median_us=comparison.median, p99_us=comparison.p99, yardstick_us=comparison.other_median,
            ratio=comparison.ratio,
        )  # fmt: skip
        COMPARISONS.append(comparison)
        return comparison

    return run


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if COMPARISONS:
        terminalreporter.section("quotes")
        terminalreporter.write_line("\n".join((HEADING, *(comparison.row() for comparison in COMPARISONS))))
