"""Look-ups: the most special row in force answers, a miss is unknown, and telling more never changes an answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr.ir import number
from xbcompliance.packs.tables import KEY_KINDS, Row, Table
from xbcompliance.places import Place, Places
from xbcompliance.timeline import Span

NUMBER = number(8)
MADEIRA = Place("PT", "PT-30")
PORTUGAL = Place("PT")
OPEN = Place("PT", None, ("PT-30",))


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def table(kinds: str, *rows: tuple[Any, ...]) -> Table:
    """A table of keys of these kinds; a row is its cells, its value and, if it matters, its span."""
    keys = tuple((f"{kind}{index}", kind) for index, kind in enumerate(kinds.split()))
    made = []
    for row in rows:
        cells, value, span = (
            row[: len(keys)],
            row[len(keys)],
            row[len(keys) + 1] if len(row) > len(keys) + 1 else Span(1),
        )
        made.append(Row(cells, span, value, {}))
    return Table("t", keys, NUMBER, tuple(made))


def test_a_region_is_asked_before_its_country() -> None:
    view = table("place", ("PT", 23), ("PT-30", 22)).view(None)
    assert [view.find(1, place) for place in (MADEIRA, PORTUGAL, Place("PT", "PT-20"), Place("ES"))] == [
        22,
        23,
        23,
        UNKNOWN,
    ]


def test_a_country_given_by_its_code_is_looked_up_as_such() -> None:
    assert table("place", ("PT", 23), ("PT-30", 22)).view(None).find(1, "PT") == 23


def test_a_category_goes_from_special_to_general() -> None:
    view = table("category", ("*", 19), ("food", 7), ("food.basic", 0)).view(None)
    asked = ("food.basic.bread", "food.basic", "food.pet", "food", "foodstuff", "book")
    assert [view.find(1, name) for name in asked] == [0, 0, 7, 7, 19, 19]


def test_the_longest_code_wins() -> None:
    view = table("code", ("61", 12), ("6109", 10), ("61091000", 8), ("*", 1)).view(None)
    asked = ("6109100010", "61091000", "61099090", "6110", "62", "6")
    assert [view.find(1, code) for code in asked] == [8, 8, 10, 12, 1, 1]


def test_a_code_told_too_short_is_not_answered_for_goods_that_have_a_rate_of_their_own() -> None:
    view = table("code", ("61", 12), ("6109", 10), ("61091000", 8), ("62", 5), ("620311", 5), ("*", 1)).view(None)
    asked = ("61", "6109", "610910", "610911", "62", "6203", "63")
    assert [view.find(1, code) for code in asked] == [UNKNOWN, UNKNOWN, UNKNOWN, 10, 5, 5, 1]


def test_a_longer_row_matters_on_its_days_and_for_its_origin_only() -> None:
    view = table("origin code", ("", "6109", 10), ("CN", "61091000", 8, Span(10, 20)), ("GB", "6109", 0)).view(None)
    assert [view.find(on, "CN", "6109") for on in (9, 10, 20, 21)] == [10, UNKNOWN, UNKNOWN, 10]
    assert [view.find(15, origin, "6109") for origin in ("JP", "GB")] == [10, 0]


def test_a_blank_origin_means_any() -> None:
    view = table("exact origin", ("mfn", "", 5), ("mfn", "CN", 9)).view(None)
    assert [view.find(1, "mfn", origin) for origin in ("CN", "GB", None)] == [9, 5, 5]
    assert view.find(1, "rcep", "CN") is UNKNOWN


def test_the_first_key_decides_before_the_second() -> None:
    view = table("place category", ("PT-30", "*", 22), ("PT", "book", 6)).view(None)
    assert view.find(1, MADEIRA, "book") == 22
    assert view.find(1, PORTUGAL, "book") == 6


def test_a_row_counts_on_its_days_only_and_lets_a_more_general_one_answer_then() -> None:
    view = table("code", ("61", 12), ("6109", 0, Span(10, 20))).view(None)
    assert [view.find(on, "610910") for on in (9, 10, 20, 21)] == [12, 0, 0, 12]


def test_a_miss_is_unknown_and_never_zero() -> None:
    view = table("code", ("61", 0, Span(10, 20))).view(None)
    assert [view.find(on, "61") for on in (9, 10, 21)] == [UNKNOWN, 0, UNKNOWN]
    assert view.find(15, "62") is UNKNOWN
    assert view.row(15, "62") is None


def test_a_miss_does_mean_no_where_a_list_is_asked() -> None:
    view = table("exact", ("a", 1, Span(10, 20))).view(None)
    assert [view.listed(on, "a") for on in (9, 10, 20, 21)] == [False, True, True, False]
    assert view.listed(15, "b") is False
    assert view.listed(15, UNKNOWN) is UNKNOWN
    assert view.listed(9, UNKNOWN) is False


def test_an_untold_key_is_answered_where_all_agree_and_one_is_sure() -> None:
    agreed = table("place category", ("DE", "*", 19), ("DE", "book", 19)).view(None)
    assert agreed.find(1, "DE", UNKNOWN) == 19
    differ = table("place category", ("DE", "*", 19), ("DE", "book", 7)).view(None)
    assert differ.find(1, "DE", UNKNOWN) is UNKNOWN
    unsure = table("place category", ("DE", "book", 7), ("DE", "food", 7)).view(None)
    assert unsure.find(1, "DE", UNKNOWN) is UNKNOWN


def test_an_unsettled_address_is_answered_where_all_its_places_agree() -> None:
    differ = table("place category", ("PT", "*", 23), ("PT-30", "*", 22), ("PT", "book", 6), ("PT-30", "book", 6)).view(
        None
    )
    assert differ.find(1, OPEN, "book") == 6
    assert differ.find(1, OPEN, "clothing") is UNKNOWN
    assert differ.find(1, MADEIRA, "clothing") == 22
    assert differ.listed(1, OPEN, "clothing") is True
    only = table("place category", ("PT-30", "*", 22)).view(None)
    assert only.listed(1, OPEN, "clothing") is UNKNOWN


def test_what_was_not_yet_published_was_not_known() -> None:
    rows = table("exact", ("a", 1), ("a", 2, Span(10, None, 50)))
    assert [rows.view(known).find(20, "a") for known in (49, 50, None)] == [1, 2, 2]


@pytest.mark.parametrize("known", [9, 10])
def test_a_row_that_nobody_knew_of_yet_is_a_miss(known: int) -> None:
    view = table("exact", ("a", 1, Span(1, None, 10))).view(known)
    assert view.find(20, "a") == (1 if known >= 10 else UNKNOWN)


def test_a_view_is_made_once() -> None:
    rows = table("exact", ("a", 1))
    assert rows.view(None) is rows.view(None)
    assert rows.view(5) is not rows.view(None)
    assert rows.with_rows((Row(("b",), Span(1), 2, {}),)).view(None).find(1, "b") == 2


def test_rows_of_one_day_clash_unless_in_different_layers() -> None:
    clash = table("exact", ("a", 1, Span(1, 10)), ("a", 2, Span(10)), ("b", 3, Span(1)))
    assert [(a.value, b.value) for a, b in clash.clashes()] == [(1, 2)]
    assert not list(table("exact", ("a", 1, Span(1, 10)), ("a", 2, Span(10, layer=1))).clashes())
    assert not list(table("exact", ("a", 1, Span(1)), ("a", 2, Span(10))).clashes())


# ------------------------------------------------------------------------------------------------------------- laws

CODES = st.sampled_from(["61", "6109", "610910", "61091000", "62", "*"])
ROWS = st.lists(
    st.tuples(CODES, st.sampled_from(["", "CN", "GB"]), st.integers(0, 3), st.integers(1, 30), st.integers(0, 20)),
    max_size=8,
    unique_by=lambda row: (row[0], row[1]),
)


@given(ROWS, st.integers(1, 60), st.sampled_from(["61091000", "6109", "62", "63"]), st.sampled_from(["CN", "JP", None]))
def test_the_answer_is_the_most_special_row_in_force(rows: Any, on: int, code: str, origin: str | None) -> None:
    made = table("code origin", *((c, o, v, Span(s, s + n)) for c, o, v, s, n in rows))
    fits = [
        (len(c) if c != "*" else 0, o != "", v)
        for c, o, v, s, n in rows
        if s <= on <= s + n and (c == "*" or code.startswith(c)) and o in ("", origin)
    ]
    longer = {c for c, *_ in rows if c != "*" and c != code and c.startswith(code)}
    told = made.view(None).find(on, code, origin)
    best = max(fits)[2] if fits else UNKNOWN
    if not longer:
        assert told == best
    else:
        more = {made.view(None).find(on, c, origin) for c in longer} - {UNKNOWN}
        assert told == best if more <= {best} else told is UNKNOWN


@given(ROWS, st.integers(1, 60), st.sampled_from(["61091000", "62", "63"]), st.sampled_from(["CN", "GB", "JP", None]))
def test_telling_more_never_changes_an_answer(rows: Any, on: int, code: str, origin: str | None) -> None:
    view = table("code origin", *((c, o, v, Span(s, s + n)) for c, o, v, s, n in rows)).view(None)
    told = view.find(on, code, origin)
    for less in ((UNKNOWN, origin), (code, UNKNOWN), (UNKNOWN, UNKNOWN)):
        assert view.find(on, *less) in (told, UNKNOWN)
        assert view.listed(on, *less) in (view.listed(on, code, origin), UNKNOWN)


@given(ROWS, st.permutations(range(8)), st.integers(1, 60), st.sampled_from(["61091000", "62"]))
def test_the_order_of_rows_does_not_matter(rows: Any, order: list[int], on: int, code: str) -> None:
    made = [(c, o, v, Span(s, s + n)) for c, o, v, s, n in rows]
    other = [made[i] for i in order if i < len(made)]
    assert table("code origin", *made).view(None).find(on, code, "CN") == table("code origin", *other).view(None).find(
        on, code, "CN"
    )


def test_every_kind_of_key_answers_its_own_cell() -> None:
    places = Places.from_rows(countries=[{"code": "DE", "name": "Germany"}])
    told = {"exact": "a", "place": places.resolve("DE", None, None), "category": "book", "code": "61", "origin": "CN"}
    cells = {**told, "place": "DE"}
    for kind in KEY_KINDS:
        assert table(kind, (cells[kind], 1)).view(None).find(1, told[kind]) == 1
