"""From an address to a place: the postal codes and subdivisions of one country, spelled out for look-up.

>>> from xbcompliance.places._tables import given
>>> regions = given("regions", [{"region": "GR-69", "name": "Athos", "country": "GR", "postal": "63086"}])
>>> greece = divided(regions, [])["GR"]
>>> greece.find("630 86", None), greece.find("63087", None).region
(Place(country='GR', region='GR-69', open=()), None)
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xbcompliance._unknown import Unknown
from xbcompliance.places._tables import codes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xbcompliance.places._tables import Row

_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A country, perhaps one of its regions, and the regions that stay possible because a fact is untold.

    >>> Place("PT", "PT-30").code, Place("PT").code
    ('PT-30', 'PT')
    """

    country: str
    region: str | None = None
    open: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.region or self.country)  # quick: a lane is looked up by its places for every order

    @property
    def code(self) -> str:
        """The region where there is one, else the country."""
        return self.region or self.country


@dataclass(frozen=True, slots=True)
class Country:
    """What tells the regions of one country apart; answers are codes of regions or of countries of their own."""

    plain: Place
    places: dict[str, Place]
    postal: dict[str, str]
    lengths: tuple[int, ...]
    unfinished: dict[str, tuple[str, ...]]
    subdivisions: dict[str, str]
    without_postal: tuple[str, ...]
    readable: re.Pattern[str]

    def find(self, postal_code: str | Unknown | None, subdivision: str | Unknown | None) -> Place:
        by_code, possible = self._by_code(postal_code)
        by_subdivision = self.subdivisions.get(subdivision) if isinstance(subdivision, str) else None
        if by_code and by_subdivision and by_code != by_subdivision:
            return Place(self.plain.country, None, (by_code, by_subdivision))
        selected = by_code or by_subdivision
        if selected:
            return self.places[selected]
        if isinstance(subdivision, Unknown):
            possible += self.without_postal
        elif subdivision and subdivision.startswith(f"{self.plain.country}-"):
            named = self.subdivisions.values()
            possible = tuple(code for code in possible if code not in named)
        return Place(self.plain.country, None, possible) if possible else self.plain

    def _by_code(self, postal_code: str | Unknown | None) -> tuple[str | None, tuple[str, ...]]:
        """The answer the postal code selects; otherwise those that it does not exclude."""
        if not isinstance(postal_code, str):
            return None, () if postal_code is None else self.unfinished.get("", ())
        code = _normal(postal_code, self.readable)
        for length in self.lengths:
            found = self.postal.get(code[:length])
            if found is not None:
                return found, ()
        return None, self.unfinished.get(code, ())


def _normal(postal_code: str, readable: re.Pattern[str]) -> str:
    """Upper case, without separators and country prefix; empty when nothing in it reads as a code."""
    code = postal_code if postal_code.isascii() else unicodedata.normalize("NFKC", postal_code)
    code = code.upper()
    if not code.isalnum():
        code = _SEPARATORS.sub("", code)
    match = readable.match(code)
    return match[1] if match else ""


def selectors(regions: Iterable[Row], aliases: Iterable[Row]) -> list[tuple[Row, Place]]:
    """The rows that single out a part of a country, with the place they select."""
    parts = [(row, Place(row.cells["country"], row.cells["region"])) for row in regions]
    homes = {row.cells["region"]: row.cells["country"] for row, _ in parts}
    parted = (row for row in aliases if row.cells["postal"] or row.cells["subdivision"])
    return parts + [(row, target(row.cells["stands_for"], homes)) for row in parted]


def target(code: str, homes: dict[str, str]) -> Place:
    """The place an alias stands for: a region in its country, or a country of its own.

    >>> target("FR-971", {"FR-971": "FR"}), target("XI", {"FR-971": "FR"}).code
    (Place(country='FR', region='FR-971', open=()), 'XI')
    """
    return Place(homes[code], code) if code in homes else Place(code)


def divided(regions: Iterable[Row], aliases: Iterable[Row]) -> dict[str, Country]:
    """The countries that have parts of their own, by code."""
    parts: dict[str, list[tuple[Row, Place]]] = defaultdict(list)
    for row, place in selectors(regions, aliases):
        parts[row.cells["country"]].append((row, place))
    return {country: _country(country, rows) for country, rows in parts.items()}


def _country(country: str, rows: list[tuple[Row, Place]]) -> Country:
    postal = {code: place.code for row, place in rows for code in codes(row.cells["postal"])}
    unfinished: dict[str, dict[str, None]] = defaultdict(dict)
    for code, answer in postal.items():
        for length in range(len(code)):
            unfinished[code[:length]][answer] = None
    digits = all(code.isdecimal() for code in postal)
    return Country(
        plain=Place(country),
        places={place.code: place for _, place in rows},
        postal=postal,
        lengths=tuple(sorted({len(code) for code in postal}, reverse=True)),
        unfinished={code: tuple(answers) for code, answers in unfinished.items()},
        subdivisions={code: place.code for row, place in rows for code in row.cells["subdivision"].split()},
        without_postal=tuple(dict.fromkeys(place.code for row, place in rows if not row.cells["postal"])),
        readable=re.compile(r"[A-Z]{0,3}([0-9]+)" if digits else rf"(?:{country})?([A-Z]+[0-9][A-Z0-9]*)"),
    )
