"""Temporal coverage of every built-in pack: one version a day, no overlap, no hole, on the days around each boundary.

Nothing here knows a rate: it asks only that the law of each day is one, and that a VAT rate is settled or listed as a
known gap (tests/known_gaps.yaml). Versions are counted here from their spans,
not by the timeline that the engine uses, and the timeline is held against the count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from xbcompliance._unknown import UNKNOWN
from xbcompliance.facts import known_categories
from xbcompliance.packs.rulebook import load_rulebook
from xbcompliance.places import Place
from xbcompliance.places import check as check_places
from xbcompliance.plan import build_plan
from xbcompliance.plan.checks import held, known_days
from xbcompliance.timeline import FOREVER, Span, Timeline, gaps, iso, overlaps

BOOK = load_rulebook()
PLAN = build_plan(BOOK)
FIRST_DAY = date(2016, 3, 10).toordinal()


def days_around(spans: Iterable[Span]) -> list[int]:
    """The day before, on and after each day on which a version begins or has ended."""
    edges = {edge for span in spans for edge in (span.start, span.last + 1)}
    return sorted({day for edge in edges for day in (edge - 1, edge, edge + 1) if 1 <= day <= FOREVER})


def claims(spans: tuple[Span, ...], day: int, known: int | None) -> list[int]:
    """The versions that claim a day, as known then, and are not told to give way to another of these.

    An overlay goes first; then what corrects, the latest publication first; then the latest beginning.
    """
    visible = [i for i, s in enumerate(spans) if known is None or s.published is None or s.published <= known]
    covering = [i for i in visible if spans[i].start <= day <= spans[i].last]
    if not covering:
        return []
    layer = max(spans[i].layer for i in covering)
    top = [i for i in covering if spans[i].layer == layer]
    correcting = [i for i in top if spans[i].corrects]
    plain = [i for i in top if not spans[i].corrects]
    latest = max((spans[i].start for i in plain), default=None)
    plain = [i for i in plain if spans[i].start == latest]
    if not correcting:
        return plain
    newest = max(_known_from(spans[i]) for i in correcting)
    if plain and _known_from(spans[plain[0]]) > newest:
        return plain
    correcting = [i for i in correcting if _known_from(spans[i]) == newest]
    start = max(spans[i].start for i in correcting)
    return [i for i in correcting if spans[i].start == start]


def _known_from(span: Span) -> int:
    return span.start if span.published is None else span.published


def check_one_version_a_day(spans: tuple[Span, ...], *, holes: bool = False) -> None:
    timeline = Timeline(spans)
    assert not overlaps(spans)
    first, last = min(span.start for span in spans), max(span.last for span in spans)
    for known in known_days(timeline):
        for day in days_around(spans):
            found = claims(spans, day, known)
            assert len(found) <= 1, f"{len(found)} versions claim {iso(day)}"
            assert timeline.at(day, known) == (found[0] if found else None), iso(day)
            if known is None and not holes and first <= day <= last:
                assert found, f"no version on {iso(day)}"


@pytest.mark.parametrize("rule_id", BOOK.rules)
def test_a_rule_has_one_version_on_each_day(rule_id: str) -> None:
    spans = tuple(version.span for version in BOOK.rules[rule_id].versions)
    check_one_version_a_day(spans)
    assert not gaps(spans)


@pytest.mark.parametrize("rule_id", BOOK.rules)
def test_a_rule_ends_only_where_that_is_said(rule_id: str) -> None:
    """The last version is open, or the rule says until when; a repeal says since when."""
    rule = BOOK.rules[rule_id]
    last = max(span.last for span in (version.span for version in rule.versions))
    for version in rule.versions:
        assert version.span.start <= version.span.last
        assert version.span.start >= FIRST_DAY, "no pack speaks of earlier days"
        if version.repealed:
            assert not version.texts, "what is repealed says nothing else"
    if last != FOREVER:
        assert any(version.span.end == last for version in rule.versions)


@pytest.mark.parametrize("name", BOOK.tables)
def test_a_table_has_one_row_on_each_day(name: str) -> None:
    for keys, rows in BOOK.tables[name].grouped().items():
        try:
            check_one_version_a_day(tuple(row.span for row in rows), holes=True)
        except AssertionError as error:
            raise AssertionError(f"{name}[{', '.join(keys)}]: {error}") from None


LISTS = {
    *("ca.surtax.rates", "us.sales_tax.holiday_at_most", "us.sales_tax.holiday_below", "us.sales_tax.holiday_listed"),
}
"""Tables of which it is asked whether they list something: between two rows they do not."""


@pytest.mark.parametrize("name", BOOK.tables.keys() - LISTS)
def test_a_table_has_no_hole(name: str) -> None:
    """Between the first and the last row of a key some row answers, its own or a more general one."""
    table = BOOK.tables[name]
    view = table.view(None)
    for keys, rows in table.grouped().items():
        for first, last in gaps(tuple(row.span for row in rows)):
            for day in (first, last):
                assert view.row(day, *keys) is not None, f"{name}[{', '.join(keys)}] on {iso(day)}"


# -------------------------------------------------------------------------------------- VAT rates: every place and good

RATES = BOOK.tables["eu.vat.rates"]
VIEW = RATES.view(None)
FIRST_RATE = date(2021, 7, 1).toordinal()
LAST_RATE = min(
    pack.verified_through.toordinal()
    for pack in BOOK.packs.values()
    if pack.id in RATES.packs and pack.verified_through
)
RATED = sorted({row.keys[0] for row in RATES.rows})
GAPS_FILE = ROOT / "tests" / "known_gaps.yaml"
MOST_GAPS = {"Europe": 1887, "CA": 402, "MX": 56}
"""How many gaps may be listed for a part of the world. Lower it when some are closed; never raise it."""

Gap = tuple[str, str, str, str]
"""A category without a settled rate: place, category, first day, last day."""


def known_gaps() -> dict[Gap, str]:
    """The listed gaps, each with what is not settled; one without an end lasts until the packs were verified."""
    listed: dict[Gap, str] = {}
    for code, entries in yaml.load(GAPS_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader).items():
        for entry in entries:
            for category in entry["categories"]:
                key = (code, category, entry["from"], entry.get("until", iso(LAST_RATE)))
                assert key not in listed, f"{key} is listed twice"
                assert entry["why"]
                listed[key] = entry["why"]
    return listed


def found_gaps(code: str) -> Iterator[Gap]:
    """The days on which a category of the list has no rate in a place, run together."""
    where = Place(code[:2], code if len(code) > 2 else None)
    spans = [row.span for row in RATES.rows if row.keys[0] in (code, code[:2])]
    days = sorted({FIRST_RATE, LAST_RATE, *(day for day in days_around(spans) if FIRST_RATE <= day <= LAST_RATE)})
    for category in sorted(known_categories() | {"*"}):
        since = None
        for day in days:
            row = VIEW.row(day, where, category)
            assert row is not None, f"{code} {category}: nothing on {iso(day)}, not even that it is open"
            if row.value is UNKNOWN and since is None:
                since = day
            elif row.value is not UNKNOWN and since is not None:
                yield code, category, iso(since), iso(day - 1)
                since = None
        if since is not None:
            yield code, category, iso(since), iso(LAST_RATE)


def test_the_rates_of_all_destinations_are_there() -> None:
    members = {row.cells["place"] for row in BOOK.places.members if row.cells["territory"] == "eu"} - {"EU"}
    assert members | {"GB", "XI", "NO", "CH", "LI"} <= set(RATED)
    assert len(known_categories()) == 120


@pytest.mark.parametrize("code", RATED)
def test_every_category_has_a_rate_or_a_listed_gap(code: str) -> None:
    """On each day at each boundary: what is not settled is listed, and what is listed is not settled."""
    listed = {gap for gap in known_gaps() if gap[0] == code}
    found = set(found_gaps(code))
    assert not found - listed, "these gaps are new: settle them; tests/known_gaps.yaml does not grow"
    assert not listed - found, "these gaps are closed: take them out of tests/known_gaps.yaml"


def test_the_list_of_known_gaps_only_shrinks() -> None:
    listed = known_gaps()
    assert {gap[0] for gap in listed} <= set(RATED)
    counted = Counter(gap[0][:2] if gap[0][:2] in MOST_GAPS else "Europe" for gap in listed)
    assert all(counted[part] <= most for part, most in MOST_GAPS.items())


def test_places_have_one_row_on_each_day() -> None:
    assert check_places(BOOK.places) == []


@pytest.mark.parametrize("name", [name for name, ids in PLAN.answers.items() if len(ids) > 1] or [""])
def test_an_answer_of_several_rules_has_a_rule_on_each_day(name: str) -> None:
    """Where rules share an answer and a clock, no day lies between them that none of them answers."""
    rules = [BOOK.rules[rule_id] for rule_id in PLAN.answers.get(name, ())]
    for clock in {rule.clock for rule in rules}:
        spans = tuple(Span(a, b) for rule in rules if rule.clock == clock for a, b, _ in held(rule.timeline, None))
        assert not gaps(spans)


# -------------------------------------------------------------------------------------- the count, against the engine


def spans_of(layers: int) -> st.SearchStrategy[Span]:
    return st.builds(
        lambda start, length, published, corrects, layer: Span(
            start, None if length is None else start + length, published, corrects, layer
        ),
        st.integers(10, 40),
        st.none() | st.integers(0, 20),
        st.none() | st.integers(5, 45),
        st.booleans(),
        st.integers(0, layers),
    )


def consistent(spans: list[Span]) -> bool:
    return not overlaps(tuple(spans)) and all(
        len(claims(tuple(spans), day, known)) <= 1
        for known in known_days(Timeline(tuple(spans)))
        for day in range(5, 65)
    )


@given(st.lists(spans_of(1), min_size=1, max_size=5).filter(consistent))
def test_the_timeline_is_the_count(spans: list[Span]) -> None:
    timeline = Timeline(tuple(spans))
    for known in known_days(timeline):
        owners = [timeline.at(day, known) for day in range(5, 65)]
        assert owners == [next(iter(claims(tuple(spans), day, known)), None) for day in range(5, 65)]
        pieces = held(timeline, known)
        assert list(owned(pieces)) == [
            (day, owner) for day, owner in zip(range(5, 65), owners, strict=True) if owner is not None
        ]
        assert all(a[1] < b[0] for a, b in pairwise(pieces))


def owned(pieces: list[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    for first, last, owner in pieces:
        yield from ((day, owner) for day in range(max(first, 5), min(last, 64) + 1))


@given(st.lists(spans_of(0), min_size=1, max_size=4))
def test_holes_are_the_days_between_that_nothing_claims(spans: list[Span]) -> None:
    timeline = Timeline(tuple(spans))
    held_days = {day for first, last, _ in timeline.pieces() for day in range(first, min(last, 70) + 1)}
    missing = {day for first, last in gaps(tuple(spans)) for day in range(first, last + 1)}
    assert missing == set(range(min(held_days), max(held_days) + 1)) - held_days


@given(st.lists(spans_of(0), min_size=1, max_size=4), st.integers(1, 70))
def test_nothing_changes_between_boundaries(spans: list[Span], day: int) -> None:
    timeline = Timeline(tuple(spans))
    if day not in timeline.boundaries():
        assert timeline.at(day) == timeline.at(day - 1)
