"""Receipts: the same bits anywhere, the first difference by name, and nothing about anybody."""
# ruff: noqa: E501 - sentences are written as they are printed

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from samples import OVERLAYS, engine, example, partly_told, without

import xbcompliance as xb
from xbcompliance.facts import put

ELSEWHERE = [
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4711", "TZ": "America/Adak", "LC_ALL": "tr_TR.UTF-8", "PYTHONUTF8": "0"},
]
"""Processes that hash, tell the time and write numbers differently."""

REPLAY = """
import decimal, json, sys
decimal.getcontext().prec = 4
import xbcompliance as xb
engine = xb.Engine()
for line in sys.stdin.buffer:
    told = json.loads(line)
    found = xb.replay(told["receipt"], told["order"], engine)
    sys.stdout.buffer.write(found.to_json().encode() + b"\\n")
"""


def orders() -> list[dict[str, Any]]:
    """The order of the documentation on several days and with some gaps."""
    dollars = {**example(), "currency": "USD"}
    early = {**example(), "dates": {"placed": "2022-03-10"}}
    asked = without(example(), {"seller.ioss_number", "lines.preference", "buyer"})
    return [example(), early, dollars, asked, {**example(), "lines": example()["lines"][::-1]}]


@pytest.mark.parametrize("elsewhere", ELSEWHERE, ids=["east", "west"])
def test_a_fresh_process_elsewhere_gives_the_same_bits(elsewhere):
    first = [engine().assess(order) for order in orders()]
    told = [
        {"receipt": found.receipt.model_dump(mode="json"), "order": order}
        for found, order in zip(first, orders(), strict=True)
    ]
    lines = "".join(json.dumps(line) + "\n" for line in told)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", REPLAY],
        input=lines.encode(),
        capture_output=True,
        env={**os.environ, **elsewhere},
        check=False,
        timeout=120,
    )
    assert run.stderr.decode() == ""
    assert run.stdout.decode().splitlines() == [found.to_json() for found in first]


@given(partly_told())
def test_every_receipt_replays(order):
    first = engine().assess(order)
    assert xb.replay(first.receipt, order, engine()).to_json() == first.to_json()


@pytest.mark.parametrize(
    ("known_at", "at"),
    [(date(2026, 2, 17), None), (None, date(2022, 3, 10)), (date(2026, 2, 17), date(2026, 8, 1))],
)
def test_a_receipt_remembers_the_days_it_was_asked_for(known_at, at):
    first = engine().assess(example(), known_at=known_at, at=at)
    again = xb.replay(first.to_dict(), example(), engine())
    assert again.to_json() == first.to_json()


def test_a_receipt_is_taken_as_model_mapping_or_whole_assessment():
    first = engine().assess(example())
    for receipt in (first.receipt, first.receipt.model_dump(mode="json"), first.to_dict()):
        assert xb.replay(receipt, example(), engine()).to_json() == first.to_json()


# ---------------------------------------------------------------------------------------------------- what differs


def mismatch(receipt: Any, order: Any, used: xb.Engine | None = None) -> str:
    with pytest.raises(xb.ReplayMismatch) as caught:
        xb.replay(receipt, order, used or engine())
    return str(caught.value)


def changed(path: str, value: Any) -> dict[str, Any]:
    receipt = engine().assess(example()).receipt.model_dump(mode="json")
    put(receipt, path, value)
    return receipt


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("trace[0].amount", "2.00", "XB-RE-003 charges[0].amount: found '3.00', expected '2.00'"),
        ("trace[3].basis", "exempt", "XB-RE-003 charges[3].basis: found 'charged', expected 'exempt'"),
        ("trace[1].rule", "eu.customs.duty", "XB-RE-003 charges[1].rule: found 'eu.customs.item_duty', expected 'eu.customs.duty'"),
        ("trace[2].unit", 7, "XB-RE-003 charges[2].unit: found 2, expected 7"),
        ("trace[5].amount", None, "XB-RE-003 charges[5].amount: found '8.40', expected None"),
        ("engine", "0.0.0", "XB-RE-001 engine: found "),
        ("rulebook_digest", "0" * 64, "XB-RE-001 rulebook_digest: found "),
        ("order_digest", "0" * 64, "XB-RE-002 order_digest: found "),
        ("rates", "told:2026-08-10", "XB-RE-004 rates: found "),
        ("result_digest", "0" * 64, "XB-RE-004 result_digest: found "),
        ("known_at", "2026-02-17", "XB-RE-003 charges[0].rule: found 'eu.customs.duty', expected 'eu.customs.item_duty'"),
        ("at", "2026-06-29", "XB-RE-002 order_digest: found "),
    ],
)  # fmt: skip
def test_the_first_difference_is_named(path, value, message):
    assert mismatch(changed(path, value), example()).startswith(message)


def test_fewer_charges_than_remembered_are_a_difference():
    receipt = changed("rates", None)
    receipt["trace"].append({"rule": "eu.customs.duty", "unit": 0, "basis": "charged", "amount": "1.00"})
    assert mismatch(receipt, example()) == "XB-RE-003 charges: found 6, expected 7"


def test_of_several_differences_the_first_counts():
    receipt = changed("trace[4].amount", "1.00")
    put(receipt, "trace[1].amount", "1.00")
    assert mismatch(receipt, example()).startswith("XB-RE-003 charges[1].amount")


def test_another_order_is_a_difference():
    receipt = engine().assess(example()).receipt
    other = example()
    other["lines"][0]["unit_price"] = "19.91"
    assert mismatch(receipt, other).startswith("XB-RE-002 order_digest")
    silent = example()
    del silent["insurance"]  # null, zero and untold are three different things
    assert mismatch(receipt, silent).startswith("XB-RE-002 order_digest")


def test_the_order_of_keys_and_the_spelling_of_codes_do_not_make_another_order():
    told = example()
    turned = dict(reversed(told.items()))
    turned["lines"] = [{**line, "hs_code": f"{line['hs_code'][:4]}.{line['hs_code'][4:]}"} for line in told["lines"]]
    receipt = engine().assess(told).receipt
    assert xb.replay(receipt, turned, engine()).receipt == receipt


@pytest.mark.parametrize("overlay", sorted(path.name for path in OVERLAYS.glob("*.yaml")))
def test_an_overlay_makes_another_rulebook(overlay):
    plain = engine().assess(example()).receipt
    assert mismatch(plain, example(), engine(overlay)).startswith("XB-RE-001 rulebook_digest")
    over = engine(overlay).assess(example()).receipt
    assert mismatch(over, example(), engine()).startswith("XB-RE-001 rulebook_digest")


def test_another_profile_is_a_difference():
    assert mismatch(engine().assess(example()).receipt, example(), engine(profile="audit")).startswith(
        "XB-RE-001 profile"
    )


@pytest.mark.parametrize(
    ("path", "value", "place"), [("trace", "none", "trace"), ("engine", None, "engine"), ("surprise", 1, "surprise")]
)
def test_what_is_no_receipt_is_an_input_error(path, value, place):
    with pytest.raises(xb.InputError, match=rf"^XB-IN-061 {place}"):
        xb.replay(changed(path, value), example(), engine())


# ------------------------------------------------------------------------------------------------- what it does not tell


def test_a_receipt_tells_nothing_about_anybody():
    order = copy.deepcopy(example())
    private = {
        "id": "ORDER-OF-JANE-DOE",
        "seller.vat_numbers": ["DE136695976"],
        "seller.eori": "DE1234567890123",
        "ship_from.city": "Longgang",
        "ship_to.city": "Kleinmachnow",
        "ship_to.postal_code": "14532",
        "buyer.vat_number": "DE129273398",
        "lines[0].sku": "GIFT-FOR-JANE",
        "lines[0].description": "Engraved for jane.doe@example.org",
        "lines[0].id": "jane@example.org",
    }
    for path, value in private.items():
        put(order, path, value)
    receipt = engine().assess(order).receipt.model_dump_json()
    for value in private.values():
        for part in value if isinstance(value, list) else [value]:
            assert part not in receipt
    assert "IM3720000224" not in receipt


def test_a_receipt_holds_only_what_a_replay_needs():
    receipt = engine().assess(example()).receipt.model_dump()
    assert set(receipt) == {
        "engine", "rulebook", "rulebook_digest", "order_digest", "rates", "known_at", "packs", "profile", "at",
        "overlays", "trace", "result_digest",
    }  # fmt: skip
    assert set(receipt["trace"][0]) == {"rule", "unit", "basis", "amount"}
