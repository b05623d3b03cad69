"""``every`` as a key of a look-up: rows that differ only in that key are added up."""

from __future__ import annotations

from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr.ir import EVERY, number
from xbcompliance.packs.tables import Row, Table
from xbcompliance.timeline import Span

KEYS = (("place", "exact"), ("level", "exact"), ("name", "exact"), ("postal_code", "exact"))
ROWS = (
    Row(("US-CO", "city", "DENVER", "80202"), Span(1), 5_150_000, {}),
    Row(("US-CO", "district", "RTD", "80202"), Span(1), 1_000_000, {}),
    Row(("US-CO", "district", "SCFD", "80202"), Span(10), 100_000, {}),
    Row(("US-CO", "district", "OPEN", "80203"), Span(1), UNKNOWN, {}),
)
VIEW = Table("t", KEYS, number(8), ROWS).view(None)


def test_every_adds_up_the_rows_in_force() -> None:
    assert VIEW.find(9, "US-CO", "district", EVERY, "80202") == 1_000_000
    assert VIEW.find(10, "US-CO", "district", EVERY, "80202") == 1_100_000
    assert VIEW.find(10, "US-CO", EVERY, EVERY, "80202") == 6_250_000


def test_every_without_a_row_or_with_an_unsettled_one_is_unknown() -> None:
    assert VIEW.find(10, "US-CO", "county", EVERY, "80202") is UNKNOWN
    assert VIEW.find(10, "US-CO", EVERY, EVERY, "80203") is UNKNOWN
    assert VIEW.find(10, "US-CO", EVERY, EVERY, UNKNOWN) is UNKNOWN


def test_listed_with_every() -> None:
    assert VIEW.listed(10, "US-CO", "city", EVERY, "80202") is True
    assert VIEW.listed(10, "US-CO", "county", EVERY, "80202") is False
    assert VIEW.listed(10, "US-CO", EVERY, EVERY, UNKNOWN) is UNKNOWN
    assert VIEW.listed(10, "US-TX", EVERY, EVERY, UNKNOWN) is False
