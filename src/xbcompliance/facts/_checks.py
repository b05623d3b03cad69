"""What must hold between the fields of an order: ids, references, currencies and amounts that fit together.

Runs once for each order, after every field by itself is right.

>>> from xbcompliance.facts.order import Order
>>> line = {"id": "1", "quantity": "1", "unit_price": "5.00"}
>>> Order.model_validate({"id": "A", "currency": "EUR", "dates": {"placed": "2026-11-22"},
...     "ship_to": {"country": "DE"}, "lines": [line, line]})
Traceback (most recent call last):
pydantic_core._pydantic_core.ValidationError: 1 validation error for Order
  expected a line id of its own [type=XB-IN-007, ...
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.facts._fields import NORTHERN_IRELAND, problem
from xbcompliance.facts._numbers import Priced

if TYPE_CHECKING:
    from xbcompliance.facts.order import Line, Order, Preference

_EXACT: Final = Context(prec=80, traps=[InvalidOperation, Inexact])
_ZERO: Final = Decimal(0)

Path = tuple[str | int, ...]


def check(order: Order) -> None:
    """Raise for the first pair of fields that contradict each other."""
    _addresses(order)
    _amounts(order)
    _lines(order)
    _shipments(order)


def _known(value: Any) -> bool:
    return value is not None and value is not UNKNOWN


def _addresses(order: Order) -> None:
    _subdivision(order.ship_from, "ship_from")
    _subdivision(order.ship_to, "ship_to")


def _subdivision(address: Any, name: str) -> None:
    if not _known(address) or not _known(address.subdivision) or not _known(address.country):
        return
    country = "GB" if address.country == NORTHERN_IRELAND else address.country
    if not address.subdivision.startswith(f"{country}-"):
        raise problem("XB-IN-012", f"a subdivision of {country}", path=(name, "subdivision"))


def _amounts(order: Order) -> None:
    for name, value in (("shipping", order.shipping), ("insurance", order.insurance), ("discount", order.discount)):
        if type(value) is Priced:
            _one_currency(value, order.currency, (name,))
    discount: Any = order.discount
    if discount is not UNKNOWN and discount:
        goods = _goods(order)
        if discount > goods:
            raise problem("XB-IN-012", f"at most the price of the goods, {goods:f}", path=("discount",))


def _goods(order: Order) -> Decimal:
    goods = _ZERO
    for line in order.lines:
        discount: Any = line.discount
        goods = _EXACT.add(goods, _price(line))
        goods = _EXACT.subtract(goods, discount) if _known(discount) else goods
    return goods


def _price(line: Line) -> Decimal:
    return _EXACT.multiply(line.unit_price, line.quantity)


def _one_currency(value: Priced, currency: str, path: Path) -> None:
    if value.currency != currency:
        found = f"mixed currencies: {value.currency}"
        raise problem("XB-IN-010", f"{currency}, the currency of the order", found=found, path=path)


def _lines(order: Order) -> None:
    currency = order.currency
    seen = set()
    for index, line in enumerate(order.lines):
        if line.id in seen:
            raise problem("XB-IN-007", "a line id of its own", path=("lines", index, "id"))
        seen.add(line.id)
        if type(line.unit_price) is Priced:
            _one_currency(line.unit_price, currency, ("lines", index, "unit_price"))
        discount: Any = line.discount
        if type(discount) is Priced:
            _one_currency(discount, currency, ("lines", index, "discount"))
        if discount is not UNKNOWN and discount and discount > _price(line):
            expected = f"at most the price of the line, {_price(line):f}"
            raise problem("XB-IN-012", expected, path=("lines", index, "discount"))
        if _known(line.preference) or _known(line.preferences):
            _preferences(line, currency, ("lines", index))


def _preferences(line: Line, currency: str, path: Path) -> None:
    several: Any = line.preferences if _known(line.preferences) else ()
    single: Any = line.preference
    if _known(single):
        if several:
            expected = "null where preferences tells several claims"
            raise problem("XB-IN-012", expected, path=(*path, "preference"))
        _one_preference(single, currency, (*path, "preference"))
    for index, preference in enumerate(several):
        _one_preference(preference, currency, (*path, "preferences", index))


def _one_preference(preference: Preference, currency: str, path: Path) -> None:
    if type(preference.fob) is Priced:
        _one_currency(preference.fob, currency, (*path, "fob"))
    if type(preference.vnm) is Priced:
        _one_currency(preference.vnm, currency, (*path, "vnm"))
    materials: Any = preference.materials
    if _known(materials):
        for index, material in enumerate(materials):
            if type(material.value) is Priced:
                _one_currency(material.value, currency, (*path, "materials", index, "value"))
    by_party: Any = preference.materials_by_party
    if _known(by_party):
        for party, value in by_party.items():
            if type(value) is Priced:
                _one_currency(value, currency, (*path, "materials_by_party", party))


def _shipments(order: Order) -> None:
    shipments: Any = order.shipments
    if not _known(shipments):
        return
    lines = {line.id for line in order.lines}
    ids: set[str] = set()
    sent: set[str] = set()
    for index, shipment in enumerate(shipments):
        if shipment.id in ids:
            raise problem("XB-IN-007", "a shipment id of its own", path=("shipments", index, "id"))
        ids.add(shipment.id)
        for position, line in enumerate(shipment.lines):
            path = ("shipments", index, "lines", position)
            if line not in lines:
                raise problem("XB-IN-008", "the id of a line of this order", path=path)
            if line in sent:
                raise problem("XB-IN-007", "each line in one shipment only", path=path)
            sent.add(line)
    if lines - sent:
        missing = next(line.id for line in order.lines if line.id not in sent)
        raise problem("XB-IN-012", f"every line in a shipment; line {missing!r} is in none", path=("shipments",))
