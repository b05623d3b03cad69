"""The cases beside the rules: they hold, and no charge or requirement is without one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from packing import HEAD, charge, rules, said, write

from xbcompliance._errors import PackError
from xbcompliance.checks import compare, lint_packs, plain, run_cases
from xbcompliance.engine import Engine
from xbcompliance.packs.document import read_document
from xbcompliance.packs.model import Pack
from xbcompliance.packs.rulebook import load_rulebook

BOOK = load_rulebook()
LAW = [pack for pack in BOOK.packs.values() if any(rule.kind in ("charge", "require") for rule in pack.rules.values())]


def cases_of(pack: Pack) -> list[dict[str, Any]]:
    file = pack.folder / "cases.yaml"
    if not file.is_file():
        return []
    document = read_document(file.read_bytes(), str(file))
    return [{"file": file, **plain(node)} for node in plain_list(document.entries["cases"])]


def plain_list(node: Any) -> Any:
    return node.items


def test_every_case_holds() -> None:
    differing = [f"{case.where} {case.case}: {'; '.join(case.differences)}" for case in run_cases(BOOK) if not case.ok]
    assert not differing, "\n".join(differing)


def test_the_packs_are_clean() -> None:
    assert [str(problem) for problem in lint_packs()] == []


@pytest.mark.parametrize("pack", LAW, ids=lambda pack: pack.id)
def test_every_charge_and_requirement_has_a_case(pack: Pack) -> None:
    cases = cases_of(pack)
    shown = {row["rule"] for case in cases for row in case["expect"].get("charges", []) if "rule" in row}
    for told in ("violations", "obligations"):
        shown |= {name for case in cases for name in case["expect"].get(told, [])}
    offered = {name for case in cases for name in case["expect"].get("options", [])}
    rules = [rule for rule in BOOK.rules.values() if rule.pack == pack.id and rule.kind in ("charge", "require")]
    shown |= {rule.id for rule in rules if rule.option is not None and rule.option.lower() in offered}
    assert {rule.id for rule in rules} - shown == set()  # also of a rule made by for_each, copy by copy


@pytest.mark.parametrize("pack", [p for p in LAW if cases_of(p)], ids=lambda pack: pack.id)
def test_every_pack_has_a_case_where_a_rule_does_not_apply_and_one_where_that_is_not_known(pack: Pack) -> None:
    expectations = [case["expect"] for case in cases_of(pack)]
    assert any(expect.get("no_charges") or expect.get("violations") == [] for expect in expectations)
    assert any(expect.get("complete") is False for expect in expectations)


@pytest.mark.parametrize("pack", [p for p in LAW if cases_of(p)], ids=lambda pack: pack.id)
def test_a_case_has_a_name_of_its_own(pack: Pack) -> None:
    names = [case["case"] for case in cases_of(pack)]
    assert len(set(names)) == len(names)


# ----------------------------------------------------------------------------------------------------- the runner

BASE = """
bases:
  b: {id: '1', currency: EUR, dates: {placed: 2022-01-01}, ship_to: {country: DE}, gift: true,
      lines: [{id: '1', quantity: '1', unit_price: '1.00'}]}
"""


def run(folder: Path, cases: str, base: str = BASE) -> list[tuple[str, ...]]:
    files = {
        "pack.yaml": HEAD + "profiles: {checkout: {assume: []}}\n",
        "rules.yaml": rules(charge("t.c", "due: {from: seller, at: checkout}")),
        "cases.yaml": f"{base}\ncases:\n{cases}",
    }
    write(folder / "t", files)
    book = load_rulebook(folder / "t", builtin=False)
    return [(case.case, str(case.where).replace(f"{folder}/", ""), *case.differences) for case in run_cases(book)]


def test_a_case_that_holds_says_nothing(tmp_path: Path) -> None:
    text = "  - {case: a gift, base: b, expect: {charges: [{rule: t.c, amount: '1.00', collected_by: seller}]}}\n"
    assert run(tmp_path, text) == [("a gift", "t/cases.yaml:7:5")]


def test_a_case_that_differs_says_where_and_what(tmp_path: Path) -> None:
    text = (
        "  - {case: one, base: b, expect: {charges: [{rule: t.c, amount: '2.00'}]}}\n"
        "  - {case: two, base: b, set: {gift: false}, expect: {no_charges: [{rule: t.c}]}}\n"
        "  - {case: three, base: b, expect: {no_charges: [{rule: t.c}], complete: true}}\n"
        "  - {case: four, base: b, drop: [gift], expect: {questions: []}}\n"
        "  - {case: five, base: b, set: {currency: EURO}, expect: {}}\n"
        "  - {case: six, base: b, set: {currency: EURO}, expect: {error: XB-IN-006}}\n"
        "  - {case: seven, base: b, expect: {error: XB-IN-006}}\n"
    )
    found = {name: differences for name, _, *differences in run(tmp_path, text)}
    assert found["one"] == ["no charge {'rule': 't.c', 'amount': '2.00'}"]
    assert found["two"] == []
    assert found["three"] == ["complete is False", "unexpected charge t.c 1.00"]
    assert "'gift'" in found["four"][0]
    assert len(found["five"]) == 1
    assert found["five"][0].startswith("XB-IN-006 currency: found 'EURO'")
    assert found["six"] == []
    assert found["seven"] == ["accepted, expected XB-IN-006"]


UNKNOWN_KEY = (
    "XB-PACK-010 t/cases.yaml:7:26: found the key 'expects' in a case, "
    "expected case, base, set, drop, known_at, at, overlay, expect (did you mean 'expect'?)"
)


@pytest.mark.parametrize(
    ("cases", "message"),
    [
        (
            "  - {case: one, base: bb, expect: {}}\n",
            "XB-PACK-021 t/cases.yaml:7:23: found the base 'bb', expected a named base (did you mean 'b'?)",
        ),
        (
            "  - {case: one, base: b, expects: {}}\n",
            UNKNOWN_KEY,
        ),
        (
            "  - {case: one, base: b, at: 1.7.2021, expect: {}}\n",
            "XB-PACK-014 t/cases.yaml:7:30: found '1.7.2021', expected a day such as 2026-07-01",
        ),
        (
            "  - {case: one, base: b}\n",
            "XB-PACK-011 t/cases.yaml:7:5: found a case without 'expect', expected expect: …",
        ),
    ],
)
def test_a_case_that_cannot_be_read_is_an_error(tmp_path: Path, cases: str, message: str) -> None:
    with pytest.raises(PackError) as caught:
        run(tmp_path, cases)
    assert said(tmp_path, caught.value) == message


def test_each_expected_charge_needs_one_of_its_own() -> None:
    found = {"totals": {}, "charges": [{"rule": "a", "amount": "1.00"}], "complete": True}
    assert list(compare({"charges": [{"rule": "a"}, {"rule": "a"}]}, found)) == ["no charge {'rule': 'a'}"]


@pytest.mark.parametrize(
    ("wanted", "same"), [("1", True), ("1.000", True), ("1.01", False), (None, False), ("one", False), ("", False)]
)
def test_amounts_are_compared_as_numbers(wanted: str | None, same: bool) -> None:
    found = {"totals": {"duty": "1.00"}, "charges": []}
    assert (list(compare({"totals": {"duty": wanted}}, found)) == []) == same


def test_an_untold_total_is_not_zero() -> None:
    found = {"totals": {"duty": None}, "charges": []}
    assert list(compare({"totals": {"duty": "0.00"}}, found)) == ["totals.duty is None, expected 0.00"]
    assert list(compare({"totals": {"duty": None}}, found)) == []


# ------------------------------------------------------------------------------------------------ competing duties


def test_what_leaves_a_preference_open_is_asked_for() -> None:
    """A duty of 24.60 or, if the goods were sent straight, of 0.00: the question is which, and the bounds are these."""
    pack = BOOK.packs["eu.customs"]
    document = read_document((pack.folder / "cases.yaml").read_bytes(), "cases.yaml")
    order = copy.deepcopy(plain(document.entries["bases"])["kingdom"])
    del order["lines"][0]["preference"]["direct_consignment"]
    found = Engine(BOOK).assess(json.dumps(order)).to_dict()
    assert found["totals"]["duty"] is None
    assert [question["fact"] for question in found["questions"]] == ["lines[0].preference.direct_consignment"]
    assert found["bounds"]["duty"] == ["0.00", "24.60"]
