"""Reports for the terminal."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import date
from io import StringIO
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from xbcompliance._errors import Location, PackError
from xbcompliance.report import (
    json_line,
    plain,
    print_assessment,
    render_assessment,
    render_cases,
    render_pack,
    render_packs,
    render_problems,
)

DIRECTIVE = {"source": "Directive 2006/112/EC", "locator": "Art. 369l", "url": "https://example.org/2006/112"}
ORDER = {"ship_from": {"country": "CN"}, "ship_to": {"country": "DE"}, "dates": {"placed": "2026-11-22"}}


def charge(**changes: object) -> dict[str, object]:
    return {
        "line": "1",
        "kind": "tax",
        "title": "German VAT through IOSS",
        "jurisdiction": "DE",
        "level": "country",
        "rule": "eu.ioss.vat",
        "basis": "charged",
        "base": "47.70",
        "rate": "0.19",
        "rate_text": "19 %",
        "amount": "9.06",
        "local": {"currency": "EUR", "amount": "9.06"},
        "collected_by": "seller",
        "collected_at": "checkout",
        "citations": [DIRECTIVE],
        **changes,
    }


def assessment(**changes: object) -> dict[str, object]:
    return {
        "order": "A-1001",
        "currency": "EUR",
        "charges": [charge()],
        "totals": {"goods": "39.80", "duty": "3.00", "tax": "9.06", "landed_cost": "56.76"},
        "bounds": {},
        "complete": True,
        "receipt": {
            "engine": "0.1.0",
            "rulebook": "2026.11.0",
            "rulebook_digest": "a" * 64,
            "order_digest": "b" * 64,
            "rates": "ecb:2026-11-20",
            "known_at": None,
            "packs": {"eu": "1", "eu.ioss": "2026.11.0", "eu.io": "3"},
        },
        **changes,
    }


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
def test_a_charge_is_printed_with_its_rule_version_and_law(width):
    text = render_assessment(assessment(), width, order=ORDER)
    assert text.splitlines()[0] == "Assessment of A-1001, CN → DE, placed 2026-11-22, EUR"
    for word in ("German VAT", "eu.ioss.vat", "2026.11.0", "2006/112/EC", "369l", "47.70", "19 %", "9.06", "seller"):
        assert word in text
    assert "at checkout" in text
    assert max(map(len, text.splitlines())) <= width
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "b" * 64 in text.replace("\n", "")


def test_rule_and_source_have_their_own_column_where_there_is_room():
    assert "Rule and source" in render_assessment(assessment(), 120)
    assert "Rule and source" not in render_assessment(assessment(), 80)


def test_the_pack_a_charge_names_wins_over_the_prefix():
    text = render_assessment(assessment(charges=[charge(pack="eu")]), 120)
    assert "eu.ioss.vat (eu 1)" in text


@pytest.mark.parametrize("width", [20, 60, 80, 120])
def test_amounts_are_never_cut(width):
    amount = "-123456789012345.123456789012"
    document = assessment(charges=[charge(base=amount, amount=amount)], totals={"duty": amount, "landed_cost": amount})
    for text in (render_assessment(document, width), render_assessment(document, width, colour=True)):
        assert text.count(amount) == 4
        assert "…" not in text


def test_a_long_rate_is_folded_but_whole():
    rate = "9.00 % + 23.20 EUR / 100 kg MAX 16.50 %"
    text = render_assessment(assessment(charges=[charge(rate_text=rate, title="", citations=[])]), 80)
    cells = [line for line in text.splitlines() if re.search(r"9\.00 %|100 kg|16\.50 %", line)]
    assert len(cells) == 3


def test_zeros_keep_their_meaning():
    text = render_assessment(assessment(charges=[charge(basis="reverse_charge", amount="0.00", line=None)]), 120)
    assert "(reverse charge)" in squeezed(text)
    assert re.search(r"^all ", text, re.MULTILINE)


def test_an_open_figure_is_open_and_not_nothing():
    document = assessment(
        charges=[charge(amount=None)],
        totals={"duty": None, "tax": None, "fees": None, "goods": None, "shipping": "4.90"},
        bounds={"duty": ["0.00", "4.78"], "tax": ["1.00", None], "fees": [None, "2.00"]},
        complete=False,
    )
    lines = [squeezed(line) for line in render_assessment(document, 80).splitlines()]
    assert lines[0] == "Assessment of A-1001 (not complete), EUR"
    for line in ("Duty open between 0.00 and 4.78", "Tax open at least 1.00", "Fees open at most 2.00", "Goods open"):
        assert line in lines
    assert "None" not in "\n".join(lines)


def test_totals_come_in_the_order_of_the_sale_and_unknown_ones_last():
    document = assessment(totals={"deposit_held": "1.00", "landed_cost": "3.00", "goods": "2.00"})
    text = render_assessment(document, 80)
    places = [text.index(label) for label in ("Goods", "Landed cost", "Deposit held")]
    assert places == sorted(places)


def test_a_local_amount_is_shown_only_in_another_currency():
    assert "9.06 EUR" not in render_assessment(assessment(), 120)
    assert "10.42 USD" in render_assessment(
        assessment(charges=[charge(local={"currency": "USD", "amount": "10.42"})]), 120
    )


SECTIONS = {
    "questions": (
        {"fact": "lines[0].origin", "question": "Where made?", "settles": ["eu.duty"]},
        "lines[0].origin: Where",
    ),
    "assumptions": ({"fact": "dates.paid", "value": "2026-11-22", "profile": "checkout"}, "dates.paid = 2026-11-22"),
    "cautions": ("overlay acme.overrides is in force", "overlay acme.overrides is in force"),
    "options": (
        {
            "line": "1",
            "charge": "import_duty",
            "chosen": "mfn",
            "alternatives": [{"name": "rcep", "amount": "0.00", "needs": ["preference.proof"]}],
        },
        "line 1, import duty: mfn chosen\n    rcep 0.00, needs preference.proof",
    ),
    "obligations": (
        {"rule": "eu.ioss.return", "title": "File", "due": "2026-12-31"},
        "File\n    eu.ioss.return (eu.ioss 2",
    ),
    "violations": (
        {"severity": "block", "message": "Not so.", "fix": "Do it", "citations": [DIRECTIVE]},
        "block: Not so.",
    ),
    "voided": ({"rule": "eu.x", "title": "Old duty", "amount": "12.00", "known_from": "2026-02-01"}, "amount: 12.00"),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_appears_only_with_something_to_say(section):
    entry, expected = SECTIONS[section]
    filled = render_assessment(assessment(**{section: [entry]}), 80)
    empty = render_assessment(assessment(**{section: []}), 80)
    assert expected in filled
    assert expected not in empty
    assert len(filled.split("\n\n")) == len(empty.split("\n\n")) + 1


def test_what_stands_behind_like_charges_is_told_once():
    text = render_assessment(assessment(charges=[charge(), charge(line="2"), charge(line="3", rule="eu.x")]), 80)
    assert text.count("as for line 1") == 1
    assert "eu.x" in text


def test_questions_of_lines_and_their_settled_rules_are_told_together():
    asked = [
        {"fact": f"lines[{line}].origin", "question": "Where made?", "settles": [f"r{rule}" for rule in range(9)]}
        for line in range(2)
    ]
    text = render_assessment(
        assessment(questions=[*asked, {"fact": "gift", "question": "A gift?", "settles": []}]), 100
    )
    assert "- lines[0].origin, lines[1].origin: Where made?\n    settles: r0, r1, r2, r3, r4, r5, and 3 more" in text
    assert "- gift: A gift?" in text


def test_stale_packs_are_told_in_one_sentence():
    stale = [
        {"code": "stale_pack", "pack": pack, "message": f"the pack {pack} was verified through {day}; this is for 2029"}
        for pack, day in (("eu.a", "2026-11-22"), ("eu.b", "2026-11-22"), ("eu.c", "2026-11-30"))
    ]
    text = render_assessment(assessment(cautions=stale), 120)
    assert "- the packs eu.a, eu.b were verified through 2026-11-22; this is for 2029" in text
    assert "- the packs eu.c were" not in text
    assert "- the pack eu.c was verified through 2026-11-30" in text


def test_like_options_of_several_lines_are_one():
    options = [
        {"line": line, "charge": "eu.import_duty", "chosen": "mfn", "alternatives": [{"name": "gsp", "amount": None}]}
        for line in ("1", "2")
    ]
    assert "lines 1, 2, import duty: mfn chosen\n    gsp open" in render_assessment(assessment(options=options), 80)


def test_an_unfinished_answer_without_charges_does_not_say_that_none_applies():
    text = render_assessment({"order": "A-1", "charges": [], "totals": {}, "complete": False})
    assert "applies" not in text
    assert "see the questions" in text


def test_every_part_of_an_entry_is_told():
    entry = {"rule": "eu.ioss.limit", "message": "No.", "fix": "Split", "consequence": "Fine", "citations": [DIRECTIVE]}
    text = render_assessment(assessment(charges=[], violations=[entry]), 80)
    for word in (
        "eu.ioss.limit (eu.ioss 2026.11.0)",
        "Directive 2006/112/EC Art. 369l",
        "fix: Split",
        "consequence: Fine",
    ):
        assert word in text


def test_each_source_is_listed_once_with_its_address():
    document = assessment(charges=[charge(), charge(line="2")], obligations=[{"title": "x", "citations": [DIRECTIVE]}])
    assert render_assessment(document, 80).count(DIRECTIVE["url"]) == 1


def test_a_return_names_the_order_it_undoes():
    order = {"id": "R-7", "return_of": {"id": "A-1", **ORDER}, "dates": {"placed": "2026-12-03"}}
    text = render_assessment(assessment(order="R-7"), 100, order=order)
    assert text.splitlines()[0] == "Assessment of R-7, return of A-1, CN → DE, placed 2026-11-22, EUR"


def test_a_derivation_keeps_its_lines():
    text = render_assessment(assessment(explanation="vat\n  base 47.70\n  rate 0.19"), 80)
    assert "Derivation\nvat\n  base 47.70\n  rate 0.19" in text


def test_knowledge_time_is_in_the_receipt():
    document = assessment()
    assert "law as known today" in render_assessment(document, 80)
    document["receipt"]["known_at"] = "2026-01-31"
    assert "law as known on 2026-01-31" in render_assessment(document, 100)


@pytest.mark.parametrize("document", [{}, {"order": None, "charges": [], "totals": {}}])
def test_an_empty_document_still_renders(document):
    assert render_assessment(document).startswith(
        "Assessment of an order without id\n\nNo charge applies to this lane."
    )


def test_markup_and_escapes_of_the_input_are_printed_and_do_nothing():
    evil = "[red]x[/] :smile: \x1b[31m\x07\u202e\ud800\r\n[link=http://e]"
    shown = "[red]x[/] :smile: \\x1b[31m\\x07\\u202e\\ud800 [link=http://e]"
    for colour in (False, True):
        text = render_assessment(assessment(order=evil, cautions=[evil, {evil: evil}]), 120, colour)
        assert shown in text
        assert "\x07" not in text
        assert "\x1b[31m" not in text
        text.encode()


def test_colour_codes_only_where_asked_for():
    assert "\x1b" not in render_assessment(assessment(complete=False), 80)
    assert "\x1b[1m" in render_assessment(assessment(complete=False), 80, colour=True)


@given(st.text())
def test_plain_text_cannot_act(text):
    shown = plain(text)
    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert "\n" not in shown
    shown.encode()


@given(st.dictionaries(st.text(), st.text() | st.none() | st.lists(st.text())))
def test_a_json_line_is_one_line_of_ascii_and_loses_nothing(document):
    line = json_line(document)
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line) == document


def test_floats_that_json_does_not_know_are_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_line({"a": float("nan")})


def test_printing_on_a_console_of_ones_own():
    target = StringIO()
    print_assessment(Console(file=target, width=80), assessment(order="[red]x"), order=ORDER)
    lines = [line.rstrip() for line in target.getvalue().rstrip().splitlines()]
    assert "\n".join(lines) == render_assessment(assessment(order="[red]x"), 80, order=ORDER)


def test_packs_are_counted_with_their_rules():
    rows = [
        {"id": "eu.ioss", "version": "2026.11.0", "kind": "rules", "rules": 4, "verified_through": date(2026, 12, 31)},
        {"id": "[b]us", "version": "2026.10.0", "kind": "rules", "rules": 1, "verified_through": None, "title": "US"},
    ]
    text = render_packs(rows, 80)
    assert "2026-12-31" in text
    assert re.search(r"^\[b\]us +2026\.10\.0 +rules +1 +never +US$", text, re.MULTILINE)
    assert text.endswith("2 packs, 5 rules")


def test_a_pack_is_described_whatever_it_holds():
    text = render_pack(
        {
            "id": "eu.ioss",
            "version": "1",
            "title": "One-stop shop",
            "verified_through": "2026-12-31",
            "rules": [{"id": "eu.ioss.vat", "title": "VAT", "versions": [{"from": "2021-07-01"}]}],
            "sources": {"vat-dir": DIRECTIVE},
            "texts": {"a": "b"},
            "empty": [],
        },
        80,
    )
    for word in ("eu.ioss 1: One-stop shop", "verified through: 2026-12-31", "- eu.ioss.vat: VAT", "from 2021-07-01"):
        assert word in text
    assert DIRECTIVE["url"] in text
    assert "- a = b" in text
    assert "Empty" not in text


def test_problems_are_one_a_line_for_editors():
    problems = [
        PackError("XB-PACK-004", Location("a/rules.yaml", 3, 5), found="'whem'", hint="did you mean 'when'?"),
        PackError("XB-PACK-006", "", message="two\nlines"),
    ]
    assert render_problems(problems).splitlines() == [
        "a/rules.yaml:3:5 XB-PACK-004 found 'whem' (did you mean 'when'?)",
        "- XB-PACK-006 two lines",
    ]


def test_cases_that_differ_are_listed_under_the_counts():
    results = [
        SimpleNamespace(pack="eu.ioss", case="below", ok=True, differences=[], where="cases.yaml:1"),
        SimpleNamespace(
            pack="eu.ioss", case="above", ok=False, differences=["tax 1.00 not 2.00"], where="cases.yaml:9"
        ),
        SimpleNamespace(pack="us", case="x", ok=True, differences=[], where="cases.yaml:1"),
    ]
    text = render_cases(results, 80)
    assert [squeezed(line) for line in text.splitlines()[2:4]] == ["eu.ioss 2 1 1", "us 1 1 0"]
    assert "- eu.ioss above\n    tax 1.00 not 2.00\n    cases.yaml:9" in text
    assert "below" not in text
    assert text.endswith("3 cases, 1 differs")
    assert render_cases(results[:1]).endswith("1 case, all hold")
    assert render_cases([]).strip() == "0 cases, all hold"
