"""A parcel into the United States with a whole tariff and 40,000 ZIP codes loaded, beside the arithmetic by hand."""

from __future__ import annotations

from typing import Any

import pytest

import xbcompliance as xb
from benchmarks import american


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: Any) -> xb.Engine:
    return xb.Engine(xb.load_rulebook(american.write_packs(tmp_path_factory.mktemp("american"))))


def test_quote(loaded: xb.Engine, compare: Any) -> None:
    raw = american.parcels()
    read, sales = [xb.read_order(order) for order in raw], [american.parse(order) for order in raw]
    _agree(loaded, read, sales)
    compare("parcel to California, from an `Order`", (loaded.assess, read), (american.by_hand, sales))


def test_quote_from_dict(loaded: xb.Engine, compare: Any) -> None:
    raw = american.parcels()
    compare(
        "parcel to California, from a `dict`",
        (loaded.assess, raw),
        (lambda order: american.by_hand(american.parse(order)), raw),
    )


def _agree(engine: xb.Engine, orders: list[Any], sales: list[Any]) -> None:
    for order, sale in zip(orders, sales, strict=True):
        totals = engine.assess(order).totals
        found = tuple(getattr(totals, kind).amount for kind in ("duty", "tax", "fees"))
        assert found == american.by_hand(sale), order.id
