"""A return as other services tell it: which order it belongs to, what comes back, and how much of the delivery charge.

The order stands in the return as it was assessed; earlier returns of the same order are told in ``returned_before``, so
that each return can be worked out by itself and all of them add up.

>>> order = {"id": "A-1", "currency": "EUR", "dates": {"placed": "2026-11-22"}, "ship_to": {"country": "DE"},
...          "lines": [{"id": "1", "quantity": "2", "unit_price": "19.90"}]}
>>> back = {"id": "R-7", "return_of": order, "dates": {"placed": "2026-12-03"}, "lines": [{"id": "1", "quantity": "1"}]}
>>> Return.model_validate(back).lines[0].quantity
Decimal('1')
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import MaxLen
from pydantic import model_validator

from xbcompliance._errors import did_you_mean
from xbcompliance._unknown import UNKNOWN
from xbcompliance.facts._fields import Day, Id, Told, problem, recorded, told
from xbcompliance.facts._numbers import Amount, Priced, Quantity
from xbcompliance.facts.order import MAX_LINES, Order
from xbcompliance.money import SCALE, from_decimal, plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

_Path = tuple[str | int, ...]


class ReturnedLine(Told):
    """Units of a line that come back."""

    id: Id = told("name of the line within the order")
    quantity: Quantity = told("how many units come back")


_Lines = Annotated[tuple[ReturnedLine, ...], MaxLen(MAX_LINES)]


class ReturnDates(Told):
    """When the goods came back."""

    placed: Day = told("day of the return")


class ReturnedBefore(Told):
    """What earlier returns of the order gave back, all together."""

    lines: _Lines | None = recorded("units that came back before; left out: none")
    shipping_refund: Amount | None = recorded("delivery charge given back before; left out: none")


class Return(Told):
    """Goods of one order that come back."""

    id: Id = told("name of the return")
    return_of: Order = told("the order as it was assessed")
    dates: ReturnDates = told("dates")
    lines: _Lines = told("what comes back")
    shipping_refund: Amount | None = recorded("delivery charge given back; left out: none")
    returned_before: ReturnedBefore | None = recorded("what earlier returns gave back; left out: this is the first")

    @model_validator(mode="after")
    def _consistent(self) -> Return:
        _check(self)
        return self

    @property
    def quantities(self) -> dict[str, tuple[int, int]]:
        """For each line of the order the units returned before this return and after it, in millionths.

        >>> order = {"id": "A", "currency": "EUR", "dates": {"placed": "2026-11-22"}, "ship_to": {"country": "DE"},
        ...          "lines": [{"id": "1", "quantity": "2", "unit_price": "19.90"}]}
        >>> Return.model_validate({"id": "R", "return_of": order, "dates": {"placed": "2026-12-03"},
        ...     "lines": [{"id": "1", "quantity": "1"}]}).quantities
        {'1': (0, 1000000)}
        """
        before = _units(self._earlier.lines or ())
        now = _units(self.lines)
        ids = (line.id for line in self.return_of.lines)
        return {line: (before.get(line, 0), before.get(line, 0) + now.get(line, 0)) for line in ids}

    @property
    def delivery(self) -> tuple[int, int, int]:
        """Delivery charge given back before this return, after it, and in all that was charged, in millionths."""
        before = _worth(self._earlier.shipping_refund)
        return before, before + _worth(self.shipping_refund), _worth(self.return_of.shipping)

    @property
    def _earlier(self) -> ReturnedBefore:
        return self.returned_before or ReturnedBefore()

    def to_dict(self) -> dict[str, Any]:
        """The return as in the contract: amounts as told in decimal strings, nothing for what was not told."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """:meth:`to_dict` as JSON text."""
        return self.model_dump_json()


def _units(lines: tuple[ReturnedLine, ...]) -> dict[str, int]:
    return {line.id: from_decimal(line.quantity) for line in lines}


def _worth(amount: Any) -> int:
    return 0 if amount is None or amount is UNKNOWN else from_decimal(amount)


# ------------------------------------------------------------------------------------------------------------- checks


def _check(found: Return) -> None:
    """Raise for the first thing that does not fit the order."""
    _check_date(found.dates.placed, found.return_of.dates.placed)
    bought = {line.id: from_decimal(line.quantity) for line in found.return_of.lines}
    earlier = found._earlier
    before = ("returned_before",)
    _check_lines(earlier.lines or (), bought, {}, (*before, "lines"))
    _check_lines(found.lines, bought, _units(earlier.lines or ()), ("lines",))
    _check_shipping(found, earlier.shipping_refund, 0, (*before, "shipping_refund"))
    _check_shipping(found, found.shipping_refund, _worth(earlier.shipping_refund), ("shipping_refund",))
    if not found.lines and not _worth(found.shipping_refund):
        raise problem("XB-IN-012", "a line or a shipping_refund: something comes back", path=("lines",))


def _check_date(returned: date, placed: date) -> None:
    moments = isinstance(returned, datetime) and isinstance(placed, datetime)
    if (returned < placed) if moments else (_on(returned) < _on(placed)):
        expected = f"a day on or after that of the order, {placed.isoformat()}"
        raise problem("XB-IN-012", expected, path=("dates", "placed"))


def _on(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _check_lines(
    lines: tuple[ReturnedLine, ...], bought: Mapping[str, int], before: Mapping[str, int], path: _Path
) -> None:
    seen = set()
    for index, line in enumerate(lines):
        if line.id not in bought:
            expected, hint = "the id of a line of the order", did_you_mean(line.id, bought)
            raise problem("XB-IN-008", expected, hint=hint, path=(*path, index, "id"))
        if line.id in seen:
            raise problem("XB-IN-007", "each line once", path=(*path, index, "id"))
        seen.add(line.id)
        whole, gone = bought[line.id], before.get(line.id, 0)
        if from_decimal(line.quantity) > whole - gone:
            already = f", {plain(gone, SCALE)} returned before" if gone else ""
            expected = f"at most {plain(whole - gone, SCALE)} ({plain(whole, SCALE)} bought{already})"
            raise problem("XB-IN-012", expected, path=(*path, index, "quantity"))


def _check_shipping(found: Return, refund: Decimal | None, before: int, path: _Path) -> None:
    currency = found.return_of.currency
    if type(refund) is Priced and refund.currency != currency:
        wrong = f"mixed currencies: {refund.currency}"
        raise problem("XB-IN-010", f"{currency}, the currency of the order", found=wrong, path=path)
    charged = _worth(found.return_of.shipping)
    if _worth(refund) > charged - before:
        already = f", {plain(before, SCALE)} given back before" if before else ""
        expected = f"at most {plain(charged - before, SCALE)} (delivery charge {plain(charged, SCALE)}{already})"
        raise problem("XB-IN-012", expected, path=path)
