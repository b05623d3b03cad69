"""One step of a duty: a percentage of the value, or an amount for each so many of a unit.

A duty is a row of terms that apply from left to right to a result that starts at 0: ``+`` and ``-`` add and subtract,
``min`` means "but not less than" (the larger of the two stands) and ``max`` "but not more than" (the smaller stands).

>>> cap = Term("max", percent="16.50")
>>> str(cap), cap.to_dict()
('MAX 16.50%', {'op': 'max', 'percent': '16.50'})
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from xbcompliance.money import scaled

Op = Literal["+", "-", "min", "max"]

PERCENT_SCALE: Final = 6
"""Decimals a printed percentage may have: as a fraction of the value it then fits ``money.RATE_SCALE``."""
AMOUNT_SCALE: Final = 12
"""Decimals a specific amount may have."""

UNITS: Final[dict[str, str]] = {
    "kg": "kilograms",
    "g": "grams",
    "t": "tonnes",
    "l": "litres",
    "hl": "hectolitres",
    "kl": "kilolitres",
    "bbl": "barrels",
    "pf_l": "proof litres: litres at half alcohol by volume",
    "pct_vol_hl": "percent of alcohol by volume times hectolitres, which is litres of pure alcohol",
    "item": "items, articles, heads of animals",
    "pair": "pairs",
    "dozen": "dozens of items",
    "dozen_pair": "dozens of pairs",
    "gross": "twelve dozens of items",
    "stick": "sticks of tobacco",
    "jewel": "jewels of a watch movement",
    "pack": "packs",
    "m": "metres",
    "m2": "square metres",
    "m3": "cubic metres",
}
"""Every unit a term may have, and what it counts."""

BASES: Final[dict[str, tuple[str, int, int]]] = {
    "g": ("kg", 1000, 1),
    "t": ("kg", 1, 1000),
    "hl": ("l", 1, 100),
    "kl": ("l", 1, 1000),
    "dozen": ("item", 1, 12),
    "dozen_pair": ("pair", 1, 12),
    "gross": ("item", 1, 144),
}
"""Units that follow from another: ``t`` is ``kg`` times 1 over 1000."""

_PRINTED: Final = {"pf_l": "pf. liter", "pct_vol_hl": "% vol/hl", "dozen_pair": "dozen pairs"}
_SIGNS: Final = {"+": "+ ", "-": "less ", "min": "MIN ", "max": "MAX "}
_PREPOSITIONS: Final = ("on ", "of ", "including ", "calculated ")


@dataclass(frozen=True, slots=True)
class Term:
    """Either ``percent``, or ``amount`` of ``currency`` for each ``per`` of ``unit``, of what ``qualifier`` says.

    Numbers are decimal strings with the decimals that were printed. A ``qualifier`` narrows what is measured
    (``on drained weight``, ``of alcohol``). ``ValueError`` if the numbers are no such strings or the unit is unknown.

    >>> Term("+", amount="23.20", currency="EUR", per="100", unit="kg").measure
    'kg'
    """

    op: Op
    percent: str | None = None
    amount: str | None = None
    currency: str | None = None
    per: str | None = None
    unit: str | None = None
    qualifier: str | None = None

    def __post_init__(self) -> None:
        specific = (self.amount, self.currency, self.per, self.unit)
        if self.percent is not None:
            if any(part is not None for part in (*specific, self.qualifier)):
                raise ValueError("a term is a percentage or an amount, not both")
            numbers = [scaled(self.percent, PERCENT_SCALE)]
        elif self.amount is None or self.per is None or self.currency is None or self.unit not in UNITS:
            raise ValueError("a term needs a percentage, or an amount, a currency, a multiple and a known unit")
        else:
            numbers = [scaled(self.amount, AMOUNT_SCALE), scaled(self.per, 0) - 1]
        if min(numbers) < 0:
            raise ValueError("a term has no negative number; the sign is its op")

    @property
    def measure(self) -> str | None:
        """What has to be known to price the term: the unit and its qualifier; None for a percentage.

        >>> Term("+", amount="107.99", currency="AUD", per="1", unit="l", qualifier="of alcohol").measure
        'l of alcohol'
        """
        return None if self.unit is None else qualified(self.unit, self.qualifier)

    @property
    def rate(self) -> str:
        """The term without its sign, as text that reads back to the same term.

        >>> Term("+", amount="1.31", currency="EUR", per="100", unit="kg", qualifier="lactic matter").rate
        '1.31 EUR/100 kg / lactic matter'
        """
        if self.percent is not None:
            return f"{self.percent}%"
        unit = _PRINTED.get(str(self.unit), str(self.unit))
        per = "" if self.per == "1" else f"{self.per} "
        text = f"{self.amount} {self.currency}/{per}{unit}"
        if self.qualifier is None:
            return text
        return f"{text} {self.qualifier}" if self.qualifier.startswith(_PREPOSITIONS) else f"{text} / {self.qualifier}"

    def __str__(self) -> str:
        return _SIGNS[self.op] + self.rate

    def to_dict(self) -> dict[str, str | None]:
        """The term in the shape ``tariff parse`` prints."""
        if self.percent is not None:
            return {"op": self.op, "percent": self.percent}
        return {
            "op": self.op,
            "amount": self.amount,
            "currency": self.currency,
            "per": self.per,
            "unit": self.unit,
            "qualifier": self.qualifier,
        }


def qualified(unit: str, qualifier: str | None) -> str:
    """The name under which a measure is asked for.

    >>> qualified("kg", None), qualified("kg", "on drained weight")
    ('kg', 'kg on drained weight')
    """
    return unit if qualifier is None else f"{unit} {qualifier}"
