"""What differs between the law of two days, and the calendar of changes."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from xbcompliance._cli import cli
from xbcompliance.changes import Change, calendar, differences
from xbcompliance.packs.rulebook import load_rulebook

BOOK = load_rulebook()
DAYS = st.dates(date(2021, 1, 1), date(2029, 12, 31))


def named(changes: list[Change], name: str) -> Change:
    (found,) = [change for change in changes if change.name == name]
    return found


def test_a_value_that_begins_names_its_source() -> None:
    found = named(differences(BOOK, date(2026, 6, 30), date(2026, 7, 1)), "eu.customs.item_duty_amount")
    assert (found.on, found.before, found.after) == (None, None, "3.00 EUR")
    assert found.citations == ("Reg. (EU) 2026/382 Art. 2",)


def test_a_rate_that_changes_says_both() -> None:
    found = named(calendar(BOOK, date(2023, 12, 1), date(2024, 1, 31)), "eu.vat.rates[CH, *]")
    assert (found.on, found.before, found.after) == ("2024-01-01", "0.077", "0.081")
    assert found.pack == "ch.vat_rates"


def test_what_goes_on_as_it_was_is_no_change() -> None:
    """The tariff row that is only surer from 2025 on says the same as before."""
    assert "customs.tariff[US, mfn, -, 61091000]" not in {
        change.name for change in calendar(BOOK, date(2024, 12, 31), date(2025, 1, 1))
    }


def test_what_ends_has_nothing_after() -> None:
    found = named(differences(BOOK, date(2028, 6, 30), date(2028, 7, 1)), "eu.customs.item_duty")
    assert found.before is not None
    assert found.after is None


@settings(max_examples=10)
@given(DAYS)
def test_a_day_does_not_differ_from_itself(day: date) -> None:
    assert differences(BOOK, day, day) == []


@settings(max_examples=10)
@given(DAYS, st.integers(1, 800))
def test_what_differs_between_two_days_changed_on_a_day_between(day: date, days: int) -> None:
    later = day + timedelta(days=days)
    changed = {change.name for change in calendar(BOOK, day + timedelta(days=1), later)}
    assert {change.name for change in differences(BOOK, day, later)} <= changed


def test_the_command_prints_a_document_a_line() -> None:
    result = CliRunner().invoke(cli, ["packs", "diff", "2026-06-30", "2026-07-01", "--json"])
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines == [change.to_dict() for change in differences(BOOK, date(2026, 6, 30), date(2026, 7, 1))]


def test_the_calendar_begins_where_the_packs_were_verified() -> None:
    result = CliRunner().invoke(cli, ["packs", "calendar", "--json"])
    days = [json.loads(line)["on"] for line in result.stdout.splitlines()]
    assert days == sorted(days)
    assert days[0] > "2026-11-22"


def test_rows_that_change_alike_are_told_together() -> None:
    result = CliRunner().invoke(cli, ["packs", "calendar", "--from", "2026-07-01", "--until", "2026-07-01"])
    assert result.stdout.count("EUR 3 an item") >= 1
    assert result.stdout.count("was nothing\n    is 0.049") == 1


def test_nothing_to_tell() -> None:
    result = CliRunner().invoke(cli, ["packs", "diff", "2026-10-10", "2026-10-10"])
    assert result.stdout == "no change\n"


@pytest.mark.parametrize("words", ["diff 2026-10-10", "diff 10.10.2026 2026-10-10", "calendar --from x"])
def test_a_wrong_date_is_an_error(words: str) -> None:
    result = CliRunner().invoke(cli, ["packs", *words.split()])
    assert result.exit_code == 2
