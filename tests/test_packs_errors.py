"""Every error of a pack, raised by the smallest pack that has it, with the sentence it says.

The sentence names file, line and column, what was found, what was expected and, where there is one near, the word that
was meant. ``docs/errors.md`` shows sentences of this list.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packing import HEAD, OVERLAY, charge, define, everything_wrong, rule, rules

ROOT = Path(__file__).resolve().parent.parent
RATES = HEAD + "tables:\n  t.rates:\n    keys: {place: place, code: code}\n    value: number\n    files: [rates.csv]\n"
USED = define("t.shown", "order.gift", "determination: true")


def table(row: str, header: str = "place,code,from,until,value,source", head: str = RATES) -> dict[str, str | bytes]:
    return {"pack.yaml": head, "rates.csv": f"{header}\n{row}\n"}


def of_rules(*texts: str) -> dict[str, str | bytes]:
    return {"rules.yaml": rules(*texts)}


def value(text: str, *lines: str) -> dict[str, str | bytes]:
    return of_rules(rule("value", "t.v", *lines, versions=[f"{{from: 2021-01-01, is: '{text}', cite: [act 1]}}"]))


def expression(text: str, *lines: str) -> dict[str, str | bytes]:
    return of_rules(define("t.a", text, *lines))


def overlay(text: str, head: str = OVERLAY) -> dict[str, str | bytes]:
    return {"rules.yaml": rules(USED), "overlay.yaml": head + text}


BAD: list[tuple[str, dict[str, str | bytes], str]] = [
BADLIST
]


@pytest.mark.parametrize(("files", "message"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_bad_pack_is_refused_with_a_sentence(tmp_path: Path, files: dict[str, str | bytes], message: str) -> None:
    assert message in everything_wrong(tmp_path, files)
