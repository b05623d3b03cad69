"""One quote beside the same arithmetic written by hand, on three lanes of law; and what writing it out adds.

Before anything is timed, both must give the same amounts for all thousand orders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import xbcompliance as xb
from benchmarks import baseline, orders

LANES: dict[str, tuple[Callable[[str], list[orders.Order]], str, Callable[[baseline.Sale], baseline.Answer]]] = {
    "IOSS": (orders.ioss, "2026-05-04", baseline.ioss),
    "IOSS with EUR 3 an item": (orders.ioss, "2026-08-10", baseline.ioss_with_item_duty),
    "duty and import VAT": (orders.above, "2026-05-04", baseline.ordinary_import),
}
FEW = 200
"""Orders of a block in which every call takes milliseconds."""
lane = pytest.mark.parametrize("lane", LANES)


@lane
def test_quote(engine: Any, compare: Any, lane: str) -> None:
    raw, by_hand = _agreed(engine, lane)
    read = [xb.read_order(order) for order in raw]
    sales = [baseline.parse(order) for order in raw]
    compare(f"{lane}, from an `Order`", (engine.assess, read), (by_hand, sales))


@lane
def test_quote_from_dict(engine: Any, compare: Any, lane: str) -> None:
    raw, by_hand = _agreed(engine, lane)
    compare(f"{lane}, from a `dict`", (engine.assess, raw), (lambda order: by_hand(baseline.parse(order)), raw))


@lane
def test_quote_as_json(engine: Any, compare: Any, lane: str) -> None:
    raw, by_hand = _agreed(engine, lane)
    read = [xb.read_order(order) for order in raw[:FEW]]
    sales = [baseline.parse(order) for order in raw[:FEW]]
    compare(
        f"{lane}, quote and `to_json()`",
        (lambda order: engine.assess(order).to_json(), read),
        (lambda sale: baseline.as_json(sale, by_hand(sale)), sales),
    )


@lane
def test_quote_explained(engine: Any, compare: Any, lane: str) -> None:
    raw, by_hand = _agreed(engine, lane)
    read = [xb.read_order(order) for order in raw[:FEW]]
    sales = [baseline.parse(order) for order in raw[:FEW]]
    compare(
        f"{lane}, quote and `explain()`",
        (lambda order: engine.assess(order).explain(), read),
        (lambda sale: baseline.explained(sale, by_hand(sale)), sales),
    )


@lane
def test_only_to_json(engine: Any, compare: Any, lane: str) -> None:
    """What is left to do once the amounts are there; a fresh assessment for each call, made outside the measurement."""
    raw, _ = _agreed(engine, lane)
    read = [xb.read_order(order) for order in raw[:FEW]]
    fresh: list[Any] = []

    def quote(order: Any) -> None:
        fresh.append(engine.assess(order))

    compare(
        f"{lane}, `to_json()` alone",
        (lambda _: fresh.pop().to_json(), read),
        (quote, read),
        "the quote",
    )


def _agreed(engine: Any, lane: str) -> tuple[list[orders.Order], Callable[[baseline.Sale], baseline.Answer]]:
    """The lane's orders and its hand-written calculation, which must agree with the engine on every one of them."""
    make, placed, by_hand = LANES[lane]
    raw = make(placed)
    for order in raw:
        totals, answer = engine.assess(order).totals, by_hand(baseline.parse(order))
        assert (totals.goods.amount, totals.duty.amount, totals.tax.amount, totals.landed_cost.amount) == (
            answer.goods, answer.duty, answer.tax, answer.landed_cost,
        ), order["id"]  # fmt: skip
    return raw, by_hand
