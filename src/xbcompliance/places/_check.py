"""What is wrong between rows of places, though each row is right by itself.

>>> from xbcompliance.places._tables import given
>>> rows = given("countries", [{"code": "HR", "name": "Croatia", "until": "2022-12-31"},
...                            {"code": "HR", "name": "Croatia", "from": "2023-01-02"}])
>>> print(problems(rows, [], [], [])[0])
XB-PACK-055 countries:2:1: HR has no row from 2023-01-01 until 2023-01-01 (add a row for these days)
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import PackError, did_you_mean, shown
from xbcompliance.places._lookup import selectors
from xbcompliance.places._tables import codes
from xbcompliance.timeline import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xbcompliance.places._tables import Row

_KEYS: Final = (("code",), ("region",), ("country", "postal", "subdivision"), ("territory", "place"))


def problems(
    countries: Sequence[Row], regions: Sequence[Row], aliases: Sequence[Row], members: Sequence[Row]
) -> list[PackError]:
    """Overlaps XB-PACK-054, gaps 055, unknown places 056, codes that select two parts 057; by place in the files."""
    errors: list[PackError] = []
    for rows, key in zip((countries, regions, aliases, members), _KEYS, strict=True):
        errors.extend(_days(rows, key))
    errors.extend(_unknown(countries, regions, aliases, members))
    errors.extend(_collisions(regions, aliases))
    return sorted(errors, key=lambda error: (error.where, error.code))


def _days(rows: Sequence[Row], key: tuple[str, ...]) -> Iterator[PackError]:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.first, row.where)):
        groups[tuple(row.cells[column] for column in key)].append(row)
    for name, group in groups.items():
        label = " ".join(filter(None, name))
        reached = group[0]
        for row in group[1:]:
            if row.first <= reached.last:
                message = f"{label} has a second row on {iso(row.first)}; the first is at {reached.where}"
                yield PackError("XB-PACK-054", row.where, message=message, hint="end one row the day before the other")
            elif row.first > reached.last + 1:
                message = f"{label} has no row from {iso(reached.last + 1)} until {iso(row.first - 1)}"
                yield PackError("XB-PACK-055", row.where, message=message, hint="add a row for these days")
            reached = max(reached, row, key=lambda row: row.last)


def _unknown(
    countries: Sequence[Row], regions: Sequence[Row], aliases: Sequence[Row], members: Sequence[Row]
) -> Iterator[PackError]:
    listed = {row.cells["code"] for row in countries}
    known = listed | {row.cells["region"] for row in regions}
    for rows, column, allowed, expected in (
        (regions, "country", listed, "a listed country"),
        (aliases, "stands_for", known, "a listed country or region"),
        (members, "place", known, "a listed country or region"),
    ):
        for row in rows:
            code = row.cells[column]
            if code not in allowed:
                hint = did_you_mean(code, allowed)
                yield PackError("XB-PACK-056", row.where, found=f"{column} {shown(code)}", expected=expected, hint=hint)


def _collisions(regions: Sequence[Row], aliases: Sequence[Row]) -> Iterator[PackError]:
    """A code may begin another code or repeat it only within one part of the country."""
    owners: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    claims: list[tuple[str, str, str, Row]] = []
    for row, place in selectors(regions, aliases):
        country = row.cells["country"]
        for code in (*codes(row.cells["postal"]), *row.cells["subdivision"].split()):
            owners[country, code][place.code] = row
            claims.append((country, code, place.code, row))
    reported: set[frozenset[str]] = set()
    for country, code, answer, row in claims:
        for length in range(1, len(code) + 1):
            for other, owner in owners.get((country, code[:length]), {}).items():
                pair = frozenset((answer, other))
                if other != answer and pair not in reported:
                    reported.add(pair)
                    message = f"{code} selects {answer}, but also {other} (at {owner.where})"
                    yield PackError("XB-PACK-057", row.where, message=message, hint="give the code to one of them")
