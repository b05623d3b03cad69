"""The documentation says what the code and the packs say: generated parts are current, lists are whole, and the pack
that docs/packs.md builds up is the one in examples/packs, loads from any folder and gives the figures shown.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from doc_pages import DOCS, FUNCTION_MEANINGS, current, function_names, pages

import xbcompliance as xb
from xbcompliance.assessment.documents import AssessmentDocument, Receipt
from xbcompliance.checks import EXPECTATIONS, lint_packs, run_cases
from xbcompliance.expr.functions import FUNCTIONS
from xbcompliance.money import MODES
from xbcompliance.packs.model import CLOCKS, KINDS, STATUSES
from xbcompliance.packs.read import BASES, GRAINS
from xbcompliance.packs.table_files import VALUE_TYPES
from xbcompliance.packs.tables import KEY_KINDS

ROOT = DOCS.parent
EXAMPLE = ROOT / "examples" / "packs" / "antarctica"
ENGINE = xb.Engine()
OVERLAYS = ROOT / "examples" / "overlays"
_BLOCK = re.compile(r'^```[a-z]+(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def titled_blocks(page: str) -> dict[str, str]:
    """The blocks of a page by title; pieces of one file are put together with a blank line between them."""
    found: dict[str, list[str]] = {}
    for title, text in _BLOCK.findall(read(page)):
        if title:
            found.setdefault(title, []).append(text)
    return {title: "\n".join(pieces) for title, pieces in found.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pack of docs/packs.md, written out from the page."""
    for title, text in titled_blocks("packs.md").items():
        if not (OVERLAYS / title).exists():
            path = tmp_path / "aq" / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("page", list(pages()), ids=lambda path: path.name)
def test_generated_parts_are_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == current(text), "python tests/doc_pages.py writes them"


def test_every_function_is_described_with_its_options() -> None:
    assert sorted(function_names()) == sorted(FUNCTIONS)
    for call in FUNCTION_MEANINGS:
        name, _, arguments = call.partition("(")
        (_, most), options, _ = FUNCTIONS[name]
        assert re.findall(r"(\w+)=", arguments) == list(options)
        if "…" not in arguments:
            assert arguments.count(",") + 1 == most + len(options)


@pytest.mark.parametrize("words", [KEY_KINDS, BASES, CLOCKS, GRAINS, STATUSES, EXPECTATIONS, tuple(VALUE_TYPES), KINDS])
def test_packs_page_names_every_word_of_a_closed_list(words: tuple[str, ...]) -> None:
    missing = [word for word in words if f"`{word}`" not in read("packs.md")]
    assert not missing


def test_expressions_page_names_every_rounding_mode() -> None:
    assert all(f"`{mode}`" in read("expressions.md") for mode in MODES)


def first_cells(text: str) -> list[str]:
    """The names in the first column of a table."""
    return [name for cell in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)]


def test_quickstart_describes_every_part_of_an_assessment() -> None:
    section = read("quickstart.md").partition("## Reading an assessment")[2].partition("\n## ")[0]
    assert {*first_cells(section), "order", "currency", "complete"} == set(AssessmentDocument.model_fields)


def test_semantics_describes_every_field_of_a_receipt() -> None:
    section = read("semantics.md").partition("## What a receipt holds")[2]
    assert sorted(first_cells(section)) == sorted(Receipt.model_fields)


def test_pack_on_the_page_is_the_example_pack() -> None:
    shown = titled_blocks("packs.md")
    files = [path for path in EXAMPLE.rglob("*") if path.is_file()]
    for path in (*files, *OVERLAYS.iterdir()):
        name = str(path.relative_to(EXAMPLE if path in files else OVERLAYS))
        assert shown.pop(name, "") == path.read_text(encoding="utf-8"), name
    assert not shown


def test_pack_on_the_page_loads_and_its_cases_hold(folder: Path) -> None:
    assert lint_packs([folder]) == []
    results = run_cases(xb.load_rulebook(folder), [folder])
    assert results
    assert [result for result in results if not result.ok] == []


def test_pack_on_the_page_quotes(folder: Path) -> None:
    order = (ROOT / "examples" / "orders" / "wellington-scott-base.json").read_text(encoding="utf-8")
    totals = xb.Engine(xb.load_rulebook(folder)).assess(order).to_dict()["totals"]
    assert [totals[name] for name in ("duty", "tax", "fees", "landed_cost")] == ["11.40", "11.04", "3.00", "149.44"]


def test_shortest_overlay_on_the_page_loads(tmp_path: Path) -> None:
    (text,) = [text for title, text in _BLOCK.findall(read("packs.md")) if not title and text.startswith("format:")]
    overlay = tmp_path / "acme.yaml"
    overlay.write_text(text, encoding="utf-8")
    book = xb.load_rulebook(overlays=[overlay])
    assert "eu.ioss.number_form" not in book.rules
    assert [row.info["value"] for row in book.tables["customs.tariff"].rows if row.span.layer] == ["10%"]


BERLIN = {"country": "DE", "postal_code": "10115"}
PARIS = {"country": "FR", "postal_code": "75001"}
DUBLIN = {"country": "IE", "postal_code": "D02 AF30"}
AMSTERDAM = {"country": "NL", "postal_code": "1012 AB"}
WARSAW = {"country": "PL", "postal_code": "00-001"}
SHENZHEN = {"country": "CN", "postal_code": "518000"}
NEW_YORK = {"country": "US", "subdivision": "US-NY", "postal_code": "10001"}
FOUR = (BERLIN, PARIS, DUBLIN, AMSTERDAM)


@pytest.mark.parametrize(
    ("start", "end", "known"),
    [
        *((SHENZHEN, place, {"duty", "tax", "fees"}) for place in FOUR),
        *((place, place, {"duty", "tax", "fees"}) for place in FOUR),
        (SHENZHEN, WARSAW, {"duty", "tax", "fees"}),
        (PARIS, BERLIN, {"duty", "tax", "fees"}),
        (BERLIN, WARSAW, {"duty", "tax", "fees"}),
        (WARSAW, WARSAW, {"duty", "tax", "fees"}),
        (SHENZHEN, {"country": "ES", "postal_code": "35001"}, {"duty"}),
        (SHENZHEN, NEW_YORK, set()),
    ],
)
def test_lanes_are_answered_as_the_coverage_page_says(
    start: dict[str, str], end: dict[str, str], known: set[str]
) -> None:
    order = json.loads((ROOT / "examples" / "orders" / "shenzhen-berlin.json").read_text(encoding="utf-8"))
    totals = ENGINE.assess(order | {"ship_from": start, "ship_to": end}).to_dict()["totals"]
    assert {name for name in ("duty", "tax", "fees") if totals[name] is not None} == known


def british(**first_line: object) -> dict[str, object]:
    """An order of British goods above the limit of low value, with facts of its first line changed or dropped."""
    order = json.loads((ROOT / "examples" / "orders" / "shenzhen-berlin.json").read_text(encoding="utf-8"))
    for line in order["lines"]:
        line |= {"origin": "GB", "unit_price": "119.90"}
    order["lines"][0] |= first_line
    return order | {"ship_from": {"country": "GB", "postal_code": "EC1A 1BB"}}


def test_competing_duties_are_listed_as_semantics_says() -> None:
    option = ENGINE.assess(british()).options[0]
    assert (option.chosen, option.alternatives[0].name) == ("mfn", "eu-gb")


def test_an_open_total_has_a_question() -> None:
    order = british()
    del order["lines"][0]["preference"]
    answer = ENGINE.assess(order)
    assert answer.totals.duty is None
    assert [question.fact for question in answer.questions]


def test_an_explanation_cites_only_the_law_that_was_applied(folder: Path) -> None:
    order = (ROOT / "examples" / "orders" / "wellington-scott-base.json").read_text(encoding="utf-8")
    text = xb.Engine(xb.load_rulebook(folder)).assess(order).explain("aq.duty")
    assert "AQ Code" in text
    assert "eu.customs" not in text


def test_the_audit_profile_asks_for_the_dates() -> None:
    order = (ROOT / "examples" / "orders" / "shenzhen-berlin.json").read_text(encoding="utf-8")
    questions = [question.fact for question in xb.Engine(profile="audit").assess(order).questions]
    assert sorted(questions) == ["dates.declared", "dates.paid"]


def test_days_before_the_first_version_are_open() -> None:
    order = json.loads((ROOT / "examples" / "orders" / "shenzhen-berlin.json").read_text(encoding="utf-8"))
    totals = ENGINE.assess(order, at=date(2021, 6, 30)).to_dict()["totals"]
    assert [totals[name] for name in ("duty", "tax", "fees")] == [None, None, None]


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    names = [str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")]
    assert [name for name in names if f": {name}\n" not in text] == []


@pytest.mark.parametrize("record", sorted((DOCS / "decisions").glob("0*.md")), ids=lambda path: path.stem)
def test_decision_records_have_one_shape(record: Path) -> None:
    lines = record.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {record.stem[:4]} ")
    assert lines[2].startswith("Date: ")
    assert [line for line in lines if line.startswith("## ")] == ["## Decision", "## Why", "## Rejected"]
    assert len(lines) <= 30
    assert f"({record.name}) | {lines[0][7:]} |" in read("decisions/index.md")
