"""Words of a rulebook that no order can tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from packing import HEAD, charge, define, everything_wrong, rules

from conftest import ROOT
from xbcompliance._cli import cli

RATES = HEAD + (
    "tables:\n  t.rates: {keys: {place: place, category: category, code: code}, value: number, files: [rates.csv]}\n"
)
USE = "line.net * t.rates[ship_to.place, line.category, line.hs_code]"


def of(when: str, *lines: str, amount: str = 'money("1.00 EUR")') -> dict[str, str]:
    version = f"{{from: 2021-01-01, when: '{when}', amount: '{amount}', cite: [act 1]}}"
    return {"rules.yaml": rules(charge("t.c", "per: line", *lines, versions=[version]))}


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ('ship_to.country == "DE"', None),
        ('ship_to.country == "XI"', None),
        ('ship_to.country == "de"', "XB-PACK-056 t/rules.yaml:7:34: found 'de' in t.c, expected a country or region"),
        ('"FRA" == ship_from.country', "XB-PACK-056 t/rules.yaml:7:34: found 'FRA' in t.c"),
        ('seller.country in {"DE", "UK"}', "XB-PACK-056 t/rules.yaml:7:34: found 'UK' in t.c"),
        ('ship_to.place in {"US-NY", "ZZ-NX"}', "XB-PACK-056 t/rules.yaml:7:34: found 'ZZ-NX' in t.c"),
        ('line.origin == "EU"', None),
        ('not (order.gift and line.origin == "ZZ")', "XB-PACK-056 t/rules.yaml:7:34: found 'ZZ' in t.c"),
        ('line.category == "food"', None),
        ('line.category == "cloting"', "XB-PACK-016 t/rules.yaml:7:34: found 'cloting' in t.c"),
    ],
)
def test_a_place_or_category_that_no_order_tells_is_found_in_a_condition(tmp_path: Path, when: str, found: str | None):
    wrong = everything_wrong(tmp_path, of(when))
    assert len(wrong) == (0 if found is None else 1)
    assert found is None or wrong[0].startswith(found)


@pytest.mark.parametrize(("place", "count"), [("DE", 0), ("EU", 0), ("US-NY", 0), ("'\"QQ\"'", 1), ("QQ", 1)])
def test_a_jurisdiction_is_a_place(tmp_path: Path, place: str, count: int) -> None:
    assert len(everything_wrong(tmp_path, of("order.gift", f"jurisdiction: {place}"))) == count


def test_rows_that_nothing_matches_are_found_once(tmp_path: Path) -> None:
    text = "place,category,code,from,value,source\n"
    for row in ("DE,*,*", "de,book,*", "de,food,*", "DE,bok,*", "US-NY,book.audio,61"):
        text += f"{row},2021-01-01,0.1,act\n"
    files = {"pack.yaml": RATES, "rates.csv": text, **of("order.gift", amount=USE)}
    assert [wrong.split(", expected")[0] for wrong in everything_wrong(tmp_path, files)] == [
        "XB-PACK-056 t/rates.csv:3:1: found place 'de' of t.rates",
        "XB-PACK-016 t/rates.csv:5:1: found category 'bok' of t.rates",
    ]


def test_a_choice_among_one_is_none(tmp_path: Path) -> None:
    one = charge("t.c", "option_of: t.choice", "per: line")
    (wrong,) = everything_wrong(tmp_path, {"rules.yaml": rules(one)})
    assert wrong.startswith("XB-PACK-039 t/rules.yaml:2:5: found the choice t.choice, of which t.c is the only member")
    two = rules(one, charge("t.d", "option_of: t.choice", "per: line"))
    assert everything_wrong(tmp_path / "two", {"rules.yaml": two}) == []


def test_a_rank_is_no_key(tmp_path: Path) -> None:
    version = "{from: 2021-01-01, when: order.gift, rank: '1', amount: 'money(\"1.00 EUR\")', cite: [act 1]}"
    (wrong,) = everything_wrong(tmp_path, {"rules.yaml": rules(charge("t.c", versions=[version]))})
    assert "found the key 'rank'" in wrong


@pytest.mark.parametrize(
    ("due", "found"),
    [
        (
            "{from: '\"banana\"', at: import}",
            "found 'banana', expected seller | marketplace | carrier | customs | buyer",
        ),
        (
            "{from: '\"byer\"', at: import}",
            "found 'byer', expected seller | marketplace | carrier | customs | buyer (did",
        ),
        ("{from: 'order.carriage if order.gift else \"x\"', at: import}", "found 'x', expected seller | marketplace"),
        ('{from: buyer, at: \'"checkout" if order.gift else "imprt"\'}', "found 'imprt', expected checkout | import"),
        ('{from: \'"buyer" if order.gift else "carrier"\', at: import}', None),
        ("{from: '\"customs\"', at: '\"return\"'}", None),
    ],
)
def test_who_owes_and_when_is_one_of_few_words(tmp_path: Path, due: str, found: str | None) -> None:
    wrong = everything_wrong(tmp_path, of("order.gift", f"due: {due}"))
    assert wrong == [] if found is None else found in wrong[0]
    assert found is None or wrong[0].startswith("XB-PACK-013 t/rules.yaml:6:")


# ---------------------------------------------------------------------------------------------------------- overlays


def lint(path: Path) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["packs", "lint", str(path)])
    return result.exit_code, result.output


@pytest.mark.parametrize("name", ["eu-item-by-code.yaml", "eu-item-duty-narrow.yaml"])
def test_a_sound_overlay_counts_as_a_pack(name: str) -> None:
    assert lint(ROOT / "examples" / "overlays" / name) == (0, "1 pack, 1 rule, no problems\n")


def test_an_overlay_for_names_that_are_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(
        "format: xbpack/1\npack: acme\nkind: overlay\nreason: a trial\n"
        "values:\n  eu.ioss.limitt: [{from: 2021-07-01, is: 150.00 EUR}]\n"
        "tables:\n  eu.vat.rates:\n"
        "    - {place: de, category: clothing, from: 2021-01-01, value: '0.1'}\n"
        "    - {place: DE, category: cloting, from: 2021-01-01, value: '0.1'}\n"
    )
    status, said = lint(path)
    assert status == 2
    assert "found the value eu.ioss.limitt, which nobody uses" in said
    assert "did you mean 'eu.ioss.limit'?" in said
    assert "found place 'de' of eu.vat.rates" in said
    assert "found category 'cloting' of eu.vat.rates" in said
    assert "did you mean 'clothing'?" in said


def test_a_bad_receipt_or_order_is_told_with_its_file(tmp_path: Path) -> None:
    order = ROOT / "examples" / "orders" / "shenzhen-berlin.json"
    receipt, empty = tmp_path / "receipt.json", tmp_path / "empty.json"
    receipt.write_text('{"receipt": {"engine": 3}}')
    empty.write_text("{}")
    (tmp_path / "list.json").write_text('{"receipt": []}')
    whole = tmp_path / "whole.json"
    whole.write_text(CliRunner().invoke(cli, ["quote", str(order), "--json"]).stdout)
    for paper, told, code, where in (
        (receipt, order, "XB-IN-061", f"{receipt} engine"),
        (tmp_path / "list.json", order, "XB-IN-001", f"{tmp_path}/list.json receipt"),
        (whole, empty, "XB-IN-005", f"{empty} "),
    ):
        result = CliRunner().invoke(cli, ["replay", str(paper), str(told)])
        assert result.exit_code == 2
        assert result.stderr.startswith(f"{code} {where}")


@pytest.mark.parametrize("rule", [None, "eu.customs.duty"])
def test_percents_are_written_in_one_way(rule: str | None) -> None:
    from test_engine import engine, freight, watches

    for told in (freight(), watches()):
        found = engine().assess(told)
        texts = [charge.rate_text or "" for charge in found.charges] + [found.explain(rule)]
        assert all(" %" in text for text in texts)
        assert not any(digit + "%" in text for text in texts for digit in "0123456789")


def test_a_rulebook_without_places_may_name_any_region(tmp_path: Path) -> None:
    texts = rules(define("t.a", 'ship_to.place == "DE-BUESINGEN"', "determination: true"))
    assert everything_wrong(tmp_path, {"rules.yaml": texts}) == []
