"""Duty expressions as tariffs print them, read into a value that can be printed, compared and priced.

>>> duty = parse_duty("9.00 % + 23.20 EUR / 100 kg MAX 16.50 %")
>>> duty.kind, duty.rate_text, duty.units()
('compound', '9.00% + 23.20 EUR/100 kg MAX 16.50%', ('kg',))
>>> parse_duty("The duty provided in the applicable subheading + 25%").reference
'The duty provided in the applicable subheading'
>>> parse_duty("35% on the case").kind
'unreadable'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from xbcompliance._unknown import UNKNOWN, Unknown
from xbcompliance.money import RATE_SCALE, SCALE, divide, scaled
from xbcompliance.tariff._grammar import leading_operator, read_sum, read_terms, shifted
from xbcompliance.tariff._terms import AMOUNT_SCALE, BASES, PERCENT_SCALE, Term, qualified

if TYPE_CHECKING:
    from collections.abc import Callable

    Measures = Callable[[str], int | Unknown | None]
    Convert = Callable[[int, str], int | Unknown]

Kind = Literal["free", "ad_valorem", "specific", "compound", "reference", "unreadable"]

RESULT_SCALE: Final = SCALE + RATE_SCALE
"""Decimal places of what :meth:`Duty.evaluate` returns, and of the amounts it hands to ``convert``."""
MAX_LENGTH: Final = 2_000
"""A longer text is unreadable."""

_ENDLESS: Final = 10**80  # beyond any product of the largest value, rate and quantity

_CODE: Final = r"[A-Z]{1,2}[+*#]?"
_PROGRAMMES: Final = re.compile(rf" ?\( ?({_CODE}(?: ?, ?{_CODE})*) ?,? ?\)")
_WORDS_FOR_FREE: Final = frozenset({"free", "free.", "無税", "免税"})
_FRACTION: Final = re.compile(r"0(?:\.[0-9]+)?|\.[0-9]+")
_ELSEWHERE: Final = re.compile(
    r"See\b"
    r"|No change\.?$"
    r"|The (?:duty|duty rate|rate|rate of duty),? (?:provided|applicable)\b"
    r"|A duty\b.*\(see\b"
    r"|Free ?\(see\b"
    r"|Free, (?:under the terms of|under bond, as prescribed in)\b",
    re.IGNORECASE,
)
_EU_COMPONENT: Final = re.compile(
    r"Entry [Pp]rice|[0-9.]+ ?% ?\+ ?EAR?(?: MAX [0-9.]+ ?% ?\+ ?(?:ADSZ|ADFM)R?)?"  # agricultural components
)
_SURCHARGE: Final = re.compile(r" ?\+| (?:plus|minus|less)\b")

# Full-width forms of ASCII, as Japanese tariffs print them, and a few signs with more than one code point.
_PLAIN: Final[dict[int, int]] = {
    **{0xFF01 + i: 0x21 + i for i in range(94)},
    0xFFE0: ord("¢"),
    0xFFE1: ord("£"),
    0x2212: ord("-"),
}


@dataclass(frozen=True, eq=False)
class Duty:
    """What a duty expression says. ``text`` is what was read and does not count when duties are compared.

    ``terms`` apply from left to right (see :class:`Term`). ``reference`` is the text of a rate that stands elsewhere;
    terms then come on top of it. ``programmes`` are the special programmes in whose brackets the rate stood: whoever
    takes the rate must first know that one of them is claimed.
    """

    kind: Kind
    terms: tuple[Term, ...] = ()
    reference: str | None = None
    programmes: tuple[str, ...] = ()
    text: str = ""

    @classmethod
    def of(
        cls,
        terms: tuple[Term, ...],
        reference: str | None = None,
        programmes: tuple[str, ...] = (),
        text: str | None = None,
    ) -> Duty:
        """A duty of terms; no terms and no reference is free.

        >>> Duty.of((Term("+", percent="5"), Term("min", amount="1", currency="EUR", per="1", unit="kg"))).text
        '5% MIN 1 EUR/kg'
        """
        duty = cls(_kind(terms, reference), terms, reference, programmes, text or "")
        return duty if text is not None else cls(duty.kind, terms, reference, programmes, duty.rate_text)

    def _key(self) -> tuple[object, ...]:
        told_apart = self.text if self.kind == "unreadable" else ""
        return self.kind, self.terms, self.reference, self.programmes, told_apart

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Duty) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    @cached_property
    def rate_text(self) -> str:
        """The duty in one spelling; what could not be read stays as it was.

        Of a duty that :func:`parse_duty` gave, it reads back to an equal one.

        >>> parse_duty("$1.035/kg +17 %").rate_text
        '1.035 USD/kg + 17%'
        """
        if self.kind == "unreadable":
            return self.text
        terms = " ".join(str(term) for term in self.terms)
        if self.reference is not None:
            terms = f"{self.reference} {terms}".rstrip()
        text = terms.removeprefix("+ ") or "Free"
        return f"{text} ({','.join(self.programmes)})" if self.programmes else text

    @cached_property
    def percent(self) -> int | None:
        """The fraction of the value, scaled ``10**8``, if the duty is nothing but that; free is 0, else None.

        >>> parse_duty("6.8%").percent, parse_duty("Free").percent, parse_duty("3.00 EUR/kg").percent
        (6800000, 0, None)
        """
        if self.kind not in ("free", "ad_valorem"):
            return None
        fraction = 0
        for term in self.terms:
            rate = scaled(str(term.percent), PERCENT_SCALE)
            fraction, _ = _apply(term.op, (fraction, fraction), (rate, rate))
        return fraction

    def units(self) -> tuple[str, ...]:
        """The measures the duty asks for, each once, in the order of its terms.

        >>> parse_duty("4.4¢/liter + 31.4¢/pf. liter on ethyl alcohol content").units()
        ('l', 'pf_l on ethyl alcohol content')
        """
        return tuple(dict.fromkeys(term.measure for term in self.terms if term.measure is not None))

    def evaluate(self, value: int | Unknown, measures: Measures, convert: Convert) -> int | Unknown:
        """The amount of duty in the order's currency, scaled ``10**14``, or UNKNOWN.

        ``value`` is the customs value in the order's currency, scaled ``10**6`` and not negative. ``measures`` gives
        the quantity of the whole line, scaled ``10**6``, for a name of :meth:`units`; a unit that follows from another
        (``t``, ``hl``, ``dozen``) is worked out from ``kg``, ``l``, ``item`` or ``pair`` if it is not told. ``convert``
        turns an amount of a currency, scaled ``10**14``, into the order's. Percentages are exact; the division by
        ``per`` rounds half even at that scale. A measure or rate that is not told, or known to be absent, makes the
        result UNKNOWN unless it makes no difference.

        >>> duty = parse_duty("4.50% MIN 0.30 EUR / item MAX 0.80 EUR / item")
        >>> duty.evaluate(10_000_000, {"item": 1_000_000}.get, lambda amount, currency: amount)
        45000000000000
        >>> duty.evaluate(10_000_000, lambda unit: None, lambda amount, currency: amount)
        UNKNOWN
        """
        if self.kind in ("reference", "unreadable"):
            return UNKNOWN
        bounds = (0, 0)
        for term in self.terms:
            amount = _due(term, value, measures, convert)
            bounds = _apply(term.op, bounds, (0, _ENDLESS) if isinstance(amount, Unknown) else (amount, amount))
        return bounds[0] if bounds[0] == bounds[1] else UNKNOWN

    def to_dict(self) -> dict[str, Any]:
        """The duty in the shape ``tariff parse`` prints; ``programmes`` only where the text names some.

        >>> parse_duty("6.8%").to_dict()
        {'text': '6.8%', 'kind': 'ad_valorem', 'terms': [{'op': '+', 'percent': '6.8'}], 'reference': None}
        """
        shape: dict[str, Any] = {
            "text": self.text,
            "kind": self.kind,
            "terms": [term.to_dict() for term in self.terms],
            "reference": self.reference,
        }
        return {**shape, "programmes": list(self.programmes)} if self.programmes else shape


def parse_duty(text: str, *, dollar: str = "USD") -> Duty:
    """Read one duty expression; what it does not understand wholly is of kind ``unreadable``, and nothing is raised.

    ``dollar`` is the currency that a bare ``$`` or ``¢`` means in the tariff at hand. A plain number below one is a
    fraction of the value (``0.12``); from one on it could as well be a percentage and is unreadable.

    >>> parse_duty("$107.99/L of alcohol", dollar="AUD").terms[0].to_dict()["currency"]
    'AUD'
    >>> parse_duty("30%又は4,300円/足のうちいずれか高い税率").rate_text
    '30% MIN 4300 JPY/pair'
    >>> parse_duty("0.129").rate_text, parse_duty("12.9").kind
    ('12.9%', 'unreadable')
    """
    if len(text) > MAX_LENGTH:
        return Duty("unreadable", text=text)
    groups = split_programmes(text.translate(_PLAIN))
    if len(groups) > 1:
        return Duty("unreadable", text=text)
    try:
        return _read(*groups[0], text, dollar)
    except ValueError:  # a number with more digits than an amount or a rate may have
        return Duty("unreadable", text=text)


def split_programmes(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The rates of a "special" column cell, each with the programmes in the brackets behind it.

    >>> split_programmes("Free (A,AU,S+) 16.6% (E)")
    (('Free', ('A', 'AU', 'S+')), ('16.6%', ('E',)))
    >>> split_programmes("6.8%")
    (('6.8%', ()),)
    """
    if len(text) > MAX_LENGTH:
        return ((text, ()),)
    text = " ".join(text.split())
    groups: list[tuple[str, tuple[str, ...]]] = []
    position = 0
    for found in _PROGRAMMES.finditer(text):
        groups.append((text[position : found.start()].strip(), tuple(re.split(r" ?, ?", found[1]))))
        position = found.end()
    rest = text[position:].strip()
    if rest or not groups:
        groups.append((rest, ()))
    return tuple(groups)


def _read(clean: str, programmes: tuple[str, ...], text: str, dollar: str) -> Duty:
    if clean.startswith("(") and clean.endswith(")"):
        clean = clean[1:-1].strip()  # a bound rate that another column undercuts; the rate itself is whole
    if clean.endswith("%."):
        clean = clean[:-1]
    if clean.lower() in _WORDS_FOR_FREE:
        return Duty.of((), programmes=programmes, text=text)
    if _FRACTION.fullmatch(clean):
        return Duty.of((Term("+", percent=shifted(clean, 2)),), programmes=programmes, text=text)
    if _EU_COMPONENT.fullmatch(clean):
        return Duty.of((), clean, programmes, text)
    if _ELSEWHERE.match(clean):
        reference, terms = _surcharged(clean, dollar)
        return Duty.of(terms, reference, programmes, text)
    found = read_terms(clean, dollar)
    if found is None:
        return Duty("unreadable", text=text)
    return Duty.of(found, programmes=programmes, text=text)


def _surcharged(clean: str, dollar: str) -> tuple[str, tuple[Term, ...]]:
    """A reference and what is added to it; the whole text is the reference if that part does not read."""
    sign = _SURCHARGE.search(clean)
    operator = leading_operator(clean, sign.start()) if sign else None
    if sign is None or operator is None:
        return clean, ()
    op, position = operator
    terms = read_sum(clean, dollar, position, op)
    return (clean[: sign.start()], terms) if terms else (clean, ())


def _kind(terms: tuple[Term, ...], reference: str | None) -> Kind:
    if reference is not None:
        return "reference"
    if not terms:
        return "free"
    kinds = {term.percent is None for term in terms}
    if len(kinds) == 2:
        return "compound"
    return "specific" if kinds == {True} else "ad_valorem"


def _due(term: Term, value: int | Unknown, measures: Measures, convert: Convert) -> int | Unknown:
    """What one term comes to, scaled ``10**14``."""
    if term.percent is not None:
        rate = scaled(term.percent, PERCENT_SCALE)
        if not rate:
            return 0
        return UNKNOWN if isinstance(value, Unknown) else value * rate
    amount = scaled(str(term.amount), AMOUNT_SCALE)
    if not amount:
        return 0
    unit, times, over = str(term.unit), 1, 1
    quantity = measures(qualified(unit, term.qualifier))
    if not isinstance(quantity, int) and unit in BASES:
        unit, times, over = BASES[unit]
        quantity = measures(qualified(unit, term.qualifier))
    if not isinstance(quantity, int):
        return UNKNOWN
    below = int(str(term.per)) * over * 10 ** (AMOUNT_SCALE + SCALE - RESULT_SCALE)
    return convert(divide(amount * quantity * times, below, "half_even"), str(term.currency))


def _apply(op: str, so_far: tuple[int, int], term: tuple[int, int]) -> tuple[int, int]:
    """The bounds of the result after one more term, from the bounds of both."""
    (low, high), (least, most) = so_far, term
    if op == "+":
        return low + least, high + most
    if op == "-":
        return low - most, high - least
    if op == "min":
        return max(low, least), max(high, most)
    return min(low, least), min(high, most)
