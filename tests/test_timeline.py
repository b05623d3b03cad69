"""Which version holds on which day, as known on which day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbcompliance.timeline import FOREVER, Span, Timeline, day, gaps, iso, overlaps

DAYS = st.integers(1, 60)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(DAYS)
    end = draw(st.none() | st.integers(start, start + 20))
    return Span(start, end, draw(st.none() | DAYS), draw(st.booleans()), draw(st.integers(0, 1)))


TIMELINES = st.lists(spans(), max_size=6).map(lambda found: Timeline(tuple(found)))
KNOWN = st.none() | DAYS


@given(TIMELINES, DAYS, KNOWN)
def test_only_a_version_that_covers_the_day_and_is_known_holds(timeline, today, known_at):
    found = timeline.at(today, known_at)
    if found is not None:
        span = timeline.spans[found]
        assert span.start <= today <= span.last
        assert known_at is None or span.published is None or span.published <= known_at


@given(TIMELINES, DAYS, KNOWN)
def test_no_day_that_a_known_version_covers_is_left_out(timeline, today, known_at):
    visible = [s for s in timeline.spans if known_at is None or s.published is None or s.published <= known_at]
    assert (timeline.at(today, known_at) is None) == (not any(s.start <= today <= s.last for s in visible))


@given(TIMELINES, KNOWN)
def test_nothing_changes_between_boundaries(timeline, known_at):
    edges = timeline.boundaries(known_at)
    for today in range(1, 85):
        if today not in edges:
            assert timeline.at(today, known_at) == timeline.at(today - 1, known_at)


@given(TIMELINES, KNOWN)
def test_pieces_say_what_at_says(timeline, known_at):
    pieces = timeline.pieces(known_at)
    by_day = {today: owner for first, last, owner in pieces for today in range(first, min(last, 90) + 1)}
    assert by_day == {t: timeline.at(t, known_at) for t in range(1, 91) if timeline.at(t, known_at) is not None}


@given(st.lists(spans(), max_size=5), st.randoms())
def test_the_order_of_versions_does_not_matter_where_none_clash(found, chance):
    plain = tuple(span for span in dict.fromkeys(found) if not span.corrects)
    if overlaps(plain):
        return
    shuffled = list(plain)
    chance.shuffle(shuffled)
    a, b = Timeline(plain), Timeline(tuple(shuffled))
    for today in range(1, 61):
        first, second = a.at(today), b.at(today)
        assert (first is None) == (second is None)
        assert first is None or second is None or a.spans[first] == b.spans[second]


@given(TIMELINES, DAYS)
def test_an_overlay_wins_on_its_days(timeline, today):
    found = timeline.at(today)
    if any(s.layer and s.start <= today <= s.last for s in timeline.spans):
        assert found is not None
        assert timeline.spans[found].layer == 1


def test_a_later_version_follows_an_open_one_however_early_it_was_published():
    timeline = Timeline((Span(day("2026-03-01")), Span(day("2026-07-01"), None, day("2026-02-18"))))
    assert timeline.at(day("2026-06-30")) == 0
    assert timeline.at(day("2026-07-01")) == 1


def test_the_older_open_version_returns_after_a_temporary_one():
    timeline = Timeline((Span(day("2021-01-01")), Span(day("2021-07-01"), day("2021-12-31"))))
    assert [timeline.at(day(text)) for text in ("2021-06-30", "2021-12-31", "2022-01-01")] == [0, 1, 0]


def test_a_correction_covers_what_was_known_when_it_was_published():
    law = Span(day("2025-04-05"))
    amended = Span(day("2025-11-01"), None, day("2025-10-20"))
    voided = Span(day("2025-04-05"), None, day("2026-02-20"), corrects=True)
    replaced = Span(day("2026-03-01"), None, day("2026-02-25"))
    timeline = Timeline((law, amended, voided, replaced))
    assert timeline.at(day("2025-12-01")) == 2
    assert timeline.at(day("2025-12-01"), known_at=day("2026-02-19")) == 1
    assert timeline.at(day("2025-05-01"), known_at=day("2026-02-19")) == 0
    assert timeline.at(day("2026-03-01")) == 3
    assert timeline.at(day("2026-03-01"), known_at=day("2026-02-24")) == 2


def test_before_anything_was_published_nothing_holds():
    timeline = Timeline((Span(10, 20, 5),))
    assert timeline.at(15, known_at=4) is None
    assert timeline.pieces(known_at=4) == []
    assert timeline.boundaries(known_at=4) == ()
    assert timeline.at(15, known_at=5) == 0


def test_first_and_last_day_are_inside():
    timeline = Timeline((Span(day("2026-07-01"), day("2028-06-30")),))
    days = ("2026-06-30", "2026-07-01", "2028-06-30", "2028-07-01")
    assert [timeline.at(day(text)) for text in days] == [None, 0, 0, None]


def test_an_empty_timeline_answers_nothing():
    assert Timeline(()).at(1) is None
    assert Timeline(()).pieces() == []
    assert gaps(()) == []


@pytest.mark.parametrize(
    ("found", "clashes"),
    [
        ((Span(1, 10), Span(10, 20)), [(0, 1)]),
        ((Span(1, 10), Span(11, 20)), []),
        ((Span(1), Span(10, 20)), []),
        ((Span(5), Span(5)), [(0, 1)]),
        ((Span(5), Span(5, None, None, True)), []),
        ((Span(1, 10), Span(5, 20, corrects=True)), []),
        ((Span(1, 10), Span(5, 20, layer=1)), []),
        ((Span(1, 10, layer=1), Span(5, 20, layer=1)), [(0, 1)]),
        ((Span(10, 20), Span(1, 10)), [(1, 0)]),
    ],
)
def test_versions_that_claim_one_day_are_named(found, clashes):
    assert overlaps(found) == clashes


def test_gaps_are_between_versions_only():
    assert gaps((Span(1, 10), Span(15, 20), Span(21, 30), Span(40))) == [(11, 14), (31, 39)]
    assert gaps((Span(1), Span(5, 6))) == []


def test_days_are_iso_days():
    assert iso(day("2024-02-29")) == "2024-02-29"
    assert Span(1).last == FOREVER
    for wrong in ("2026-02-29", "2026-7-1", "20260701T00", ""):
        with pytest.raises(ValueError, match=r"."):
            day(wrong)
