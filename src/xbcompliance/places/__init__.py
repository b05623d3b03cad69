"""Where a parcel goes, as tax and customs law see it: countries, the territories inside them that law treats apart, and
the unions they belong to on a day.

An address becomes a :class:`Place`; a place is asked for its membership. What is not told stays open instead of being
guessed, and matters only where the possible places would answer differently.

>>> places = Places.from_rows(
...     countries=[{"code": "ES", "name": "Spain", "adjective": "Spanish", "currency": "EUR"}],
...     regions=[{"region": "ES-CN", "name": "Canary Islands", "country": "ES", "postal": "35000-35999"}],
...     members=[{"territory": "eu.vat_territory", "place": "ES", "member": "yes"},
...              {"territory": "eu.vat_territory", "place": "ES-CN", "member": "no"}])
>>> day = date(2026, 11, 22).toordinal()
>>> [places.member("eu.vat_territory", places.resolve("ES", code, None), day) for code in ("28001", "35001", UNKNOWN)]
[True, False, UNKNOWN]
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from xbcompliance._errors import EngineError, did_you_mean, shown
from xbcompliance._unknown import UNKNOWN, Unknown
from xbcompliance.places._check import problems
from xbcompliance.places._lookup import Country, Place, divided, target
from xbcompliance.places._tables import ALWAYS, ANSWERS, COLUMNS, Row, given, read
from xbcompliance.places._tables import zone as zone_named
from xbcompliance.timeline import FOREVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from xbcompliance._errors import PackError

__all__ = ["Place", "Places", "check", "local_day"]

_Spans = dict[str, tuple[tuple[int, int, "bool | Unknown"], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Countries, regions, aliases and dated memberships; build it with :meth:`load` or :meth:`from_rows`."""

    countries: tuple[Row, ...]
    regions: tuple[Row, ...]
    aliases: tuple[Row, ...]
    members: tuple[Row, ...]
    _plain: dict[str, Place] = field(init=False, repr=False)
    _divided: dict[str, Country] = field(init=False, repr=False)
    _chains: dict[str, tuple[str, ...]] = field(init=False, repr=False)
    _described: dict[str, tuple[Row, ...]] = field(init=False, repr=False)
    _memberships: dict[str, _Spans] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, value in _indexes(self).items():
            object.__setattr__(self, name, value)

    @classmethod
    def load(cls, folder: Path) -> Places:
        """The places of a pack folder: ``tables/{countries,regions,aliases,members}.csv``.

        Raises ``PackError`` XB-PACK-050 (file), 051 (columns), 052 (number of cells) or 053 (a cell).
        """
        return cls(*(tuple(read(folder / "tables" / f"{table}.csv", table)) for table in COLUMNS))

    @classmethod
    def from_rows(
        cls,
        *,
        countries: Iterable[Mapping[str, str]] = (),
        regions: Iterable[Mapping[str, str]] = (),
        aliases: Iterable[Mapping[str, str]] = (),
        members: Iterable[Mapping[str, str]] = (),
    ) -> Places:
        """The same from rows in hand; a missing cell is empty. Raises ``PackError`` XB-PACK-051 or 053."""
        tables = zip(COLUMNS, (countries, regions, aliases, members), strict=True)
        return cls(*(tuple(given(table, rows)) for table, rows in tables))

    def resolve(self, country: str, postal_code: str | Unknown | None, subdivision: str | Unknown | None) -> Place:
        """The place of an address. Never raises; an unlisted country is a place of its own.

        - ``postal`` of a region lists beginnings (``BT``) and ranges (``9000-9499``): a code lies in a range when as
          many of its first digits as a bound has lie between the bounds. Case, blanks, hyphens and a country prefix
          (``D-``) do not count, nor does what follows (``9000-018``).
        - A region is selected by the postal code or by a subdivision listed for it. Two different ones leave both open.
        - Where nothing is selected, these stay open: all regions with postal codes while the code is UNKNOWN or
          unreadable; those it may still become while it is too short. A told subdivision of the country excludes the
          regions that list others. A postal code of ``None`` lies in no region that postal codes define.
        - The days of regions and aliases do not matter here; membership has days.

        >>> places = Places.from_rows(
        ...     regions=[{"region": "PT-30", "name": "Madeira", "country": "PT", "postal": "9000-9499",
        ...               "subdivision": "PT-30"}],
        ...     aliases=[{"country": "MC", "stands_for": "FR"}])
        >>> places.resolve("PT", "9000-018", UNKNOWN).code, places.resolve("PT", UNKNOWN, "PT-30").code
        ('PT-30', 'PT-30')
        >>> places.resolve("PT", "94", None)
        Place(country='PT', region=None, open=('PT-30',))
        >>> places.resolve("MC", UNKNOWN, UNKNOWN)
        Place(country='FR', region=None, open=())
        """
        plain = self._plain.get(country)
        if plain is not None:
            return plain
        divided = self._divided.get(country)
        return Place(country) if divided is None else divided.find(postal_code, subdivision)

    def member(self, territory: str, place: Place, day: int) -> bool | Unknown:
        """Whether a place belongs to a territory on a day (``date.toordinal``).

        A region's row wins over its country's. A listed country without a row is no member; of an unlisted one nothing
        is known. UNKNOWN also where a place that stays open would answer differently, or the row's status is ``open``.
        Raises ``EngineError`` XB-EN-050 for a territory that no row names.
        """
        rows = self._memberships.get(territory)
        if rows is None:
            hint = did_you_mean(territory, self._memberships)
            raise EngineError("XB-EN-050", "territory", found=shown(territory), expected="a known territory", hint=hint)
        answer = self._answer(rows, place.code, day)
        for code in place.open:
            if self._answer(rows, code, day) is not answer:
                return UNKNOWN
        return answer

    def _answer(self, rows: _Spans, code: str, day: int) -> bool | Unknown:
        chain = self._chains.get(code, ())
        for step in chain:
            for first, last, answer in rows.get(step, ()):
                if first <= day <= last:
                    return answer
        return False if chain else UNKNOWN

    def territories(self) -> frozenset[str]:
        """The names that :meth:`member` knows."""
        return frozenset(self._memberships)

    def boundaries(self, territory: str) -> tuple[int, ...]:
        """The days, as ordinals, on which somebody's membership differs from the day before."""
        rows = self._memberships.get(territory, {})
        edges = {
            (code, day)
            for code, spans in rows.items()
            for first, last, _ in spans
            for day in (first, last + 1)
            if ALWAYS < day <= FOREVER
        }
        changes = {day for code, day in edges if self._answer(rows, code, day) is not self._answer(rows, code, day - 1)}
        return tuple(sorted(changes))

    def possible_codes(self, place: Place) -> tuple[str, ...]:
        """Every code the place may turn out to have, the most likely first.

        >>> Places.from_rows().possible_codes(Place("PT", None, ("PT-20", "PT-30")))
        ('PT', 'PT-20', 'PT-30')
        """
        return (place.code, *place.open)

    def name(self, code: str, day: int) -> str | None:
        """The English short name of a country or region on a day."""
        return self._cell(code, "name", day)

    def adjective(self, code: str, day: int) -> str | None:
        """The adjective as in "German VAT"; a region has its country's."""
        return self._cell(code, "adjective", day)

    def currency(self, code: str, day: int) -> str | None:
        """The ISO 4217 code of the currency in use on a day; a region has its country's."""
        return self._cell(code, "currency", day)

    def time_zone(self, code: str) -> str | None:
        """The IANA zone; None for a country whose authorities count days in several."""
        return self._cell(code, "time_zone", None)

    def _cell(self, code: str, column: str, day: int | None) -> str | None:
        for step in self._chains.get(code, ()):
            for row in self._described.get(step, ()):
                if (day is None or row.first <= day <= row.last) and row.cells.get(column):
                    return row.cells[column]
        return None


def local_day(moment: date | datetime, zone: str | None) -> date | Unknown:
    """The calendar day of a moment in a zone; a plain date is itself.

    Without a zone, or without an offset in the moment, the day is UNKNOWN: clocks on earth are up to 26 hours apart
    (UTC-12 to UTC+14), so at every moment two dates are in use. Raises ``EngineError`` XB-EN-051 for an unknown zone.

    >>> from datetime import timezone
    >>> local_day(datetime(2026, 6, 30, 22, 30, tzinfo=timezone.utc), "Europe/Berlin")
    datetime.date(2026, 7, 1)
    >>> local_day(date(2026, 6, 30), None)
    datetime.date(2026, 6, 30)
    """
    if not isinstance(moment, datetime):
        return moment
    if zone is None or moment.utcoffset() is None:
        return UNKNOWN
    found = zone_named(zone)
    if found is None:
        raise EngineError("XB-EN-051", "zone", found=shown(zone), expected="a zone of the IANA database")
    try:
        return moment.astimezone(found).date()
    except OverflowError:  # the first or last hours of the calendar
        return UNKNOWN


def check(places: Places) -> list[PackError]:
    """What is wrong between rows: overlaps XB-PACK-054, gaps 055, unknown places 056, codes of two parts 057."""
    return problems(places.countries, places.regions, places.aliases, places.members)


def _indexes(places: Places) -> dict[str, object]:
    """The look-ups behind :class:`Places`, by field."""
    parts = divided(places.regions, places.aliases)
    homes = {row.cells["region"]: row.cells["country"] for row in places.regions}
    listed = {row.cells["code"] for row in places.countries}
    whole = {
        row.cells["country"]: target(row.cells["stands_for"], homes)
        for row in places.aliases
        if not row.cells["postal"] and not row.cells["subdivision"]
    }
    chains: dict[str, tuple[str, ...]] = {
        code: (code, place.region, place.country) for code, place in whole.items() if place.region
    }
    chains |= {region: (region, country) for region, country in homes.items()}
    chains |= {code: (code,) for code in listed}
    described: dict[str, list[Row]] = defaultdict(list)
    for row in places.countries:
        described[row.cells["code"]].append(row)
    for row in places.regions:
        described[row.cells["region"]].append(row)
    return {
        "_plain": {code: Place(code) for code in listed - parts.keys()} | whole,
        "_divided": parts,
        "_chains": chains,
        "_described": {code: tuple(sorted(rows, key=lambda row: -row.first)) for code, rows in described.items()},
        "_memberships": _memberships(places.members),
    }


def _memberships(members: Iterable[Row]) -> dict[str, _Spans]:
    spans: dict[str, dict[str, list[tuple[int, int, bool | Unknown]]]] = defaultdict(lambda: defaultdict(list))
    for row in members:
        answer = UNKNOWN if row.cells["status"] == "open" else ANSWERS[row.cells["member"]]
        spans[row.cells["territory"]][row.cells["place"]].append((row.first, row.last, answer))
    return {territory: {code: tuple(rows) for code, rows in by_place.items()} for territory, by_place in spans.items()}
