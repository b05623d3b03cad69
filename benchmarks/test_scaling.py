"""Two thousand packs for other destinations must not be felt on the lane from China to Germany.

Each pack has a define, a charge and a row in the one tariff table that all importers share. They are invented for the
measurement: the countries are real, the law is not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import xbcompliance as xb
from benchmarks import orders

PACKS = 2000
PLACED = "2026-05-04"
PACK = """\
format: xbpack/1
pack: synthetic.n{number}
version: 2026.11.0
kind: law
title: Synthetic duty {number}
verified_through: 2026-11-22
requires: [tables]
sources:
  synthetic-{number}: {{title: Invented for a benchmark, id: "{number}", read: 2026-11-22}}
tables:
  customs.tariff: {{files: [tables/tariff.csv]}}
"""
RULES = """\
rules:
  - define: synthetic.n{number}.applies
    title: Goods go to {country}
    per: order
    clock: declared
    versions:
      - {{from: 2021-07-01, is: 'ship_to.country == "{country}"', cite: [synthetic-{number} 1]}}
  - charge: synthetic.n{number}.duty
    title: Synthetic duty {number}
    kind: duty
    jurisdiction: {country}
    per: line
    clock: declared
    due: {{from: carrier, at: import}}
    versions:
      - from: 2021-07-01
        when: synthetic.n{number}.applies
        base: line.net
        duty: customs.tariff["{country}", "n{number}", line.origin, line.hs_code]
        cite: [synthetic-{number} 1]
"""
ROWS = """\
importer,measure,origin,code,from,until,value,source,locator,status,note
{country},n{number},,*,2021-01-01,,5%,synthetic-{number},1,verified,
"""


@pytest.fixture(scope="module")
def crowded(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("packs")
    elsewhere = sorted({row.cells["code"] for row in engine.rulebook.places.countries} - {"DE", "EU"})
    for number in range(PACKS):
        _write(folder / f"n{number}", number, elsewhere[number % len(elsewhere)])
    return xb.Engine(xb.load_rulebook(folder))


def test_many_packs(engine: Any, crowded: Any, compare: Any) -> None:
    assert len(crowded.rulebook.packs) == len(engine.rulebook.packs) + PACKS
    few = [xb.read_order(order) for order in orders.ioss(PLACED)]
    for order in few:
        assert crowded.assess(order).totals == engine.assess(order).totals
    compare(f"IOSS beside {PACKS} more packs", (crowded.assess, few), (engine.assess, few), "without them")


def _write(folder: Path, number: int, country: str) -> None:
    (folder / "tables").mkdir(parents=True)
    for name, text in (("pack.yaml", PACK), ("rules.yaml", RULES), ("tables/tariff.csv", ROWS)):
        (folder / name).write_text(text.format(number=number, country=country), encoding="utf-8")
