"""Replaying a receipt: the same order under the same rulebook must give the same bits.

>>> from xbcompliance.engine import Engine
>>> engine = Engine()
>>> order = {"id": "A", "currency": "EUR", "dates": {"placed": "2026-05-04"}, "ship_to": {"country": "DE"},
...          "lines": [{"id": "1", "quantity": "1", "unit_price": "10.00"}]}
>>> first = engine.assess(order)
>>> replay(first.receipt, order, engine).to_json() == first.to_json()
True
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from xbcompliance._errors import InputError, ReplayMismatch, shown
from xbcompliance.assessment import Assessment
from xbcompliance.assessment.documents import Receipt
from xbcompliance.engine import Engine

if TYPE_CHECKING:
    from xbcompliance.facts import Order, Return

BAD_RECEIPT: Final = "XB-IN-061"
"""The code of the error that says of a receipt that it is none."""


def replay(
    receipt: Receipt | dict[str, Any],
    order: Order | Return | dict[str, Any] | str | bytes,
    engine: Engine | None = None,
) -> Assessment:
    """The assessment a receipt of an order or a return stands for, computed again.

    Raises :class:`ReplayMismatch` naming the first thing that differs: ``XB-RE-001`` another rulebook, engine or
    profile, ``002`` another order, ``003`` a charge, ``004`` anything else in the result.
    """
    wanted = _receipt(receipt)
    used = engine if engine is not None else Engine(profile=wanted.profile)
    known = None if wanted.known_at is None else date.fromisoformat(wanted.known_at)
    at = None if wanted.at is None else date.fromisoformat(wanted.at)
    found = used.assess(order, known_at=known, at=at)
    _compare(wanted, found.receipt)
    return found


def _receipt(receipt: Receipt | dict[str, Any]) -> Receipt:
    if isinstance(receipt, Receipt):
        return receipt
    body = receipt.get("receipt", receipt)
    try:
        return Receipt.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise InputError(
            BAD_RECEIPT, path, found=shown(first.get("input")), expected=f"a receipt ({first['msg']})"
        ) from None


def _compare(wanted: Receipt, found: Receipt) -> None:
    for name in ("engine", "rulebook_digest", "profile", "overlays"):
        _same("XB-RE-001", name, getattr(wanted, name), getattr(found, name))
    _same("XB-RE-002", "order_digest", wanted.order_digest, found.order_digest)
    for index, (a, b) in enumerate(zip(wanted.trace, found.trace, strict=False)):
        for name in ("rule", "unit", "basis", "amount"):
            _same("XB-RE-003", f"charges[{index}].{name}", getattr(a, name), getattr(b, name))
    _same("XB-RE-003", "charges", len(wanted.trace), len(found.trace))
    _same("XB-RE-004", "rates", wanted.rates, found.rates)
    _same("XB-RE-004", "result_digest", wanted.result_digest, found.result_digest)


def _same(code: str, where: str, wanted: object, found: object) -> None:
    if wanted != found:
        raise ReplayMismatch(code, where, found=shown(found), expected=shown(wanted))
