"""Packs read and composed: nothing is resolved by accident, no order matters, overlays touch only their own days."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packing import HEAD, OVERLAY, book_of, charge, define, everything_wrong, plan_of, rule, rules, said, write

from xbcompliance._errors import PackError
from xbcompliance._unknown import UNKNOWN
from xbcompliance.engine import Engine
from xbcompliance.packs.document import MAX_DEPTH, Mapping, Node, Scalar, Sequence, read_document
from xbcompliance.packs.fields import Fields
from xbcompliance.packs.read import read_overlay, read_pack
from xbcompliance.packs.rulebook import Rulebook, compose, data_folder, load_rulebook, pack_folders
from xbcompliance.plan import build_plan

RATES = HEAD + "tables:\n  t.rates:\n    keys: {place: place, code: code}\n    value: number\n    files: [rates.csv]\n"
PROFILE = "profiles: {checkout: {assume: []}}\n"


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


# ------------------------------------------------------------------------------------------------------ documents


@pytest.mark.parametrize(
    "text",
    [
        *(
            "NO",
            "no",
            "Yes",
            "on",
            "off",
            "y",
            "n",
            "true",
            "FALSE",
            "010121",
            "0o14",
            "1e3",
            "1_000",
            "12:30:45",
            "0x1F",
        ),
        *(".inf", "-.inf", ".nan", "2026-07-01", "1.10", "+5", "=", "<<", "!"),
    ],
)
def test_what_other_readers_resolve_stays_text(text: str) -> None:
    if text in ("!", "<<"):
        text = f"'{text}'"
    document = read_document(f"a: {text}\nb: [{text}]\n{text}: c", "f.yaml")
    node, inner = document.entries["a"], document.entries["b"]
    assert isinstance(node, Scalar)
    assert isinstance(inner, Sequence)
    assert isinstance(inner.items[0], Scalar)
    assert node.text == inner.items[0].text == text.strip("'")
    assert text.strip("'") in document.entries


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_an_unquoted_nothing_is_nothing_and_a_quoted_one_is_text(text: str) -> None:
    document = read_document(f"a: {text}\nb: '{text}'", "f.yaml")
    plain, quoted = document.entries["a"], document.entries["b"]
    assert isinstance(plain, Scalar)
    assert isinstance(quoted, Scalar)
    assert plain.is_null
    assert not quoted.is_null


def test_nodes_know_their_places() -> None:
    document = read_document("# first\na:\n  - b\n  - {c: d}\n", "f.yaml")
    items = document.entries["a"]
    assert isinstance(items, Sequence)
    assert [str(item.at) for item in items.items] == ["f.yaml:3:5", "f.yaml:4:5"]
    assert str(document.key_places["a"]) == "f.yaml:2:1"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends_of_other_systems_do_not_matter(mark: str, end: str) -> None:
    text = f"{mark}pack: t{end}version: 1{end}"
    assert list(read_document(text.encode(), "f.yaml").entries) == ["pack", "version"]


def test_nesting_is_bounded_exactly() -> None:
    def nested(levels: int) -> str:
        return "a: " + "[" * levels + "]" * levels

    read_document(nested(MAX_DEPTH), "f.yaml")
    with pytest.raises(PackError, match="XB-PACK-002"):
        read_document(nested(MAX_DEPTH + 1), "f.yaml")


@pytest.mark.parametrize("text", ["[" * 1_000_000, "{a: " * 500_000, "- " * 500_000, "a: |\n" + " x\n" * 900_000])
def test_hostile_documents_are_refused_at_once(text: str) -> None:
    with pytest.raises(PackError, match=r"XB-PACK-00[12]"):
        read_document(text, "f.yaml")


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(junk: bytes) -> None:
    with suppress(PackError):
        assert isinstance(read_document(junk, "f.yaml"), Mapping)


def test_a_refusal_is_one_line() -> None:
    for junk in (b"\x00", b"a: [", b"a: *b", b"\xff\xfe\x00", b"a: \xc3("):
        with pytest.raises(PackError) as caught:
            read_document(junk, "f.yaml")
        assert "\n" not in str(caught.value)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=8)
TREES: Any = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
)


@given(st.dictionaries(WORDS, TREES, max_size=4))
def test_json_is_read_as_it_was_written(document: dict[str, Any]) -> None:
    text = json.dumps(document, ensure_ascii=False)
    assert texts(read_document(text, "f.json")) == document


def texts(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {key: texts(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [texts(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text


@given(st.text(min_size=10, max_size=10, alphabet="0123456789-W/. "))
def test_a_day_is_written_in_one_way(text: str) -> None:
    fields = Fields(read_document(f"day: '{text}'", "f.yaml"), "a test", ("day",))
    with suppress(PackError):
        found = fields.day("day")
        assert found is not None
        assert date.fromordinal(found).isoformat() == text


# --------------------------------------------------------------------------------------------------------- folders


@pytest.mark.parametrize("inside", ["a/b/../../rates.csv", "./rates.csv", "rates..csv", "..rates.csv"])
def test_a_path_that_stays_in_the_folder_is_read(tmp_path: Path, inside: str) -> None:
    name = inside.rpartition("/")[2]
    rows = "place,code,from,value,source\nDE,6109,2021-01-01,0.1,act\n"
    book = book_of(tmp_path, {"pack.yaml": RATES.replace("rates.csv", inside), name: rows, "a/b/x": ""})
    assert len(book.tables["t.rates"].rows) == 1


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "t", {"pack.yaml": RATES})
    (tmp_path / "rates.csv").write_text("place,code,from,value\n")
    (folder / "rates.csv").symlink_to(tmp_path / "rates.csv")
    with pytest.raises(PackError, match=r"XB-PACK-015 .*pack.yaml:10:13: found 'rates.csv'"):
        read_pack(folder)


def test_a_linked_folder_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "t", {"pack.yaml": RATES.replace("rates.csv", "tables/rates.csv")})
    (tmp_path / "rates.csv").write_text("place,code,from,value\n")
    (folder / "tables").symlink_to(tmp_path)
    with pytest.raises(PackError, match="XB-PACK-015"):
        read_pack(folder)


def test_a_link_inside_the_folder_and_a_linked_pack_are_fine(tmp_path: Path) -> None:
    folder = write(tmp_path / "t", {"pack.yaml": RATES, "real.csv": "place,code,from,value\n"})
    (folder / "rates.csv").symlink_to("real.csv")
    (tmp_path / "linked").symlink_to(folder)
    assert read_pack(tmp_path / "linked").digest == read_pack(folder).digest


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "t", {"pack.yaml": RATES})
    (folder / "rates.csv").symlink_to("rates.csv")
    with pytest.raises(PackError, match=r"XB-PACK-0(06|15)"):
        read_pack(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    folder = write(tmp_path / "t", {"pack.yaml": RATES})
    os.mkfifo(folder / "rates.csv")
    with pytest.raises(PackError, match="XB-PACK-006"):
        read_pack(folder)


def test_the_digest_is_of_every_byte(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "pack.yaml": RATES,
        "rules.yaml": rules(define("t.a", "order.gift")),
        "rates.csv": "place,code,from,value\n",
    }
    digests = {read_pack(write(tmp_path / "0" / "t", files)).digest}
    for number, name in enumerate(files, 1):
        changed = {**files, name: str(files[name]) + "\n"}
        digests.add(read_pack(write(tmp_path / str(number) / "t", changed)).digest)
    assert len(digests) == 4
    assert read_pack(write(tmp_path / "9" / "t", files)).digest in digests


def test_naming_a_built_in_pack_adds_nothing() -> None:
    assert load_rulebook(data_folder("rules") / "eu").digest == load_rulebook().digest


def test_packs_lie_at_any_depth(tmp_path: Path) -> None:
    for name in ("a", "b/c", "b/d/e"):
        write(tmp_path / name, {"pack.yaml": HEAD.replace("pack: t", f"pack: t.{name[-1]}")})
    assert sorted(load_rulebook(tmp_path, builtin=False).packs) == ["t.a", "t.c", "t.e"]


# ------------------------------------------------------------------------------------------------------ composition


def test_the_order_of_packs_does_not_matter() -> None:
    folders = pack_folders(data_folder("rules"), data_folder("jurisdictions"))
    packs = [read_pack(folder) for folder in folders]
    plan = build_plan(compose(packs))
    for order in (packs[::-1], packs[1::2] + packs[::2], sorted(packs, key=lambda pack: pack.digest)):
        assert build_plan(compose(order)).digest == plan.digest


def test_the_order_of_overlays_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path / "t", {"rules.yaml": rules(define("t.a", "order.gift", "determination: true"))})
    overlays = []
    for name, since, expression in (
        ("x", "2022-01-01", "False"),
        ("y", "2023-01-01", "True"),
        ("z", "2024-01-01", "False"),
    ):
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            OVERLAY.replace("pack: o", f"pack: {name}") + "rules:\n" + define("t.a", expression, since=since)
        )
        overlays.append(path)
    digests = {
        build_plan(load_rulebook(tmp_path / "t", overlays=order, builtin=False)).digest
        for order in permutations(overlays)
    }
    assert len(digests) == 1


def overlaid(folder: Path, overlay: str, **files: str) -> Rulebook:
    return book_of(folder, {**files, "overlay.yaml": OVERLAY + overlay})


def the_value(book: Rulebook, on: str, name: str = "t.v") -> str | None:
    found = book.rules[name]
    index = found.timeline.at(day(on))
    return None if index is None else found.versions[index].texts["is"].text


VALUE = rules(rule("value", "t.v", versions=["{from: 2021-01-01, is: 1.00 EUR, cite: [act 1]}"]))


def test_an_overlay_replaces_a_value_only_on_its_days(tmp_path: Path) -> None:
    overlay = "values:\n  t.v: [{from: 2022-02-01, until: 2022-02-28, is: 2.00 EUR}]\n"
    book = overlaid(tmp_path, overlay, **{"rules.yaml": VALUE})
    days = ("2020-12-31", "2021-01-01", "2022-01-31", "2022-02-01", "2022-02-28", "2022-03-01")
    assert [the_value(book, on) for on in days] == [None, *["1.00 EUR"] * 2, *["2.00 EUR"] * 2, "1.00 EUR"]
    assert book.replaced == {"t.v": "o"}
    assert book.rules["t.v"].pack == "t"


def test_an_overlay_wins_over_what_is_published_later(tmp_path: Path) -> None:
    later = rules(
        rule(
            "value",
            "t.v",
            versions=[
                "{from: 2021-01-01, is: 1.00 EUR, cite: [act 1]}",
                "{from: 2021-01-01, published: 2030-01-01, corrects: true, is: 3.00 EUR, cite: [act 1]}",
            ],
        )
    )
    book = overlaid(tmp_path, "values:\n  t.v: [{from: 2022-01-01, is: 2.00 EUR}]\n", **{"rules.yaml": later})
    assert [the_value(book, on) for on in ("2021-12-31", "2022-01-01")] == ["3.00 EUR", "2.00 EUR"]


def test_an_overlay_replaces_rows_of_the_same_keys_only_on_their_days(tmp_path: Path) -> None:
    rows = "place,code,from,value,source\nDE,6109,2021-01-01,0.1,act\nDE,61,2021-01-01,0.2,act\n"
    overlay = "tables:\n  t.rates: [{place: DE, code: 61.09, from: 2022-01-01, until: 2022-12-31, value: 0.5}]\n"
    book = overlaid(tmp_path, overlay, **{"pack.yaml": RATES, "rates.csv": rows})
    view = book.tables["t.rates"].view(None)
    found = [view.find(day(on), "DE", "610910") for on in ("2021-12-31", "2022-01-01", "2022-12-31", "2023-01-01")]
    assert found == [10_000_000, 50_000_000, 50_000_000, 10_000_000]
    assert view.find(day("2022-06-01"), "DE", "6110") == 20_000_000


def test_an_overlay_adds_a_rule(tmp_path: Path) -> None:
    book = overlaid(tmp_path, "rules:\n" + define("t.new", "order.gift"), **{"rules.yaml": VALUE})
    assert sorted(book.rules) == ["t.new", "t.v"]


def test_an_overlay_disables_a_rule(tmp_path: Path) -> None:
    files = {"rules.yaml": rules(charge("t.c"), charge("t.d"))}
    book = overlaid(tmp_path, "disable: [t.c]\n", **files)
    assert sorted(book.rules) == ["t.d"]
    assert book.replaced == {"t.c": "o"}
    assert book.overlays[0].reason == "a trial"


def test_disabling_what_another_rule_needs_is_an_error(tmp_path: Path) -> None:
    files = {"rules.yaml": rules(define("t.a", "order.gift"), define("t.b", "t.a", "determination: true"))}
    with pytest.raises(PackError, match=r"XB-PACK-021 .*rules.yaml:10:32: found the name 't.a'"):
        build_plan(overlaid(tmp_path, "disable: [t.a]\n", **files))


def test_an_overlay_changes_only_what_it_says(tmp_path: Path) -> None:
    full = rules(
        define("t.key", "line.hs_code", "per: line"),
        define("t.scope", "order.gift", "covers: [tax]", "clock: paid"),
        define("t.special", "order.gift", "exception_to: t.scope", "clock: paid"),
        charge("t.c", "per: item", "item: t.key", "round: {to: 0, mode: up}", "part_of: t.sum", "jurisdiction: DE"),
    )
    before = book_of(tmp_path / "0", {"rules.yaml": full})
    again = "rules:\n" + "".join(
        f"  - {kind}: {name}\n    versions: [{{from: 2022-01-01, {body}}}]\n"
        for kind, name, body in (
            ("define", "t.key", "is: line.hs_code"),
            ("define", "t.scope", "is: order.gift"),
            ("define", "t.special", "is: order.gift"),
            ("charge", "t.c", "when: order.gift, amount: 'money(\"2.00 EUR\")'"),
        )
    )
    after = overlaid(tmp_path / "1", again, **{"rules.yaml": full})
    for name, old in before.rules.items():
        new = after.rules[name]
        assert len(new.versions) == 2
        for field in set(old.__slots__) - {"versions", "timeline", "at", "terms"}:
            assert getattr(new, field) == getattr(old, field), (name, field)
        assert {key: text.text for key, text in new.terms.items()} == {k: t.text for k, t in old.terms.items()}


def test_an_overlay_changes_what_it_says(tmp_path: Path) -> None:
    files = {
        "rules.yaml": rules(charge("t.c", "round: {to: 0, mode: up}"), define("t.s", "order.gift", "covers: [tax]"))
    }
    overlay = "rules:\n" + charge("t.c", "round: {mode: down}") + define("t.s", "order.gift", "covers: [fee]")
    book = overlaid(tmp_path, overlay.replace("2021", "2022"), **files)
    assert (book.rules["t.c"].rounding.mode, book.rules["t.c"].rounding.digits) == ("down", None)
    assert book.rules["t.s"].covers == ("fee",)


def test_two_overlays_do_not_claim_one_day(tmp_path: Path) -> None:
    rows = "values:\n  t.v: [{from: 2022-01-01, until: 2022-12-31, is: 2.00 EUR}]\n"
    (tmp_path / "p.yaml").write_text(OVERLAY.replace("pack: o", "pack: p") + rows)
    (tmp_path / "o.yaml").write_text(OVERLAY + rows)
    write(tmp_path / "t", {"rules.yaml": VALUE})
    book = load_rulebook(tmp_path / "t", overlays=[tmp_path / "o.yaml", tmp_path / "p.yaml"], builtin=False)
    with pytest.raises(PackError, match="XB-PACK-036"):
        build_plan(book)


def test_a_value_and_a_rule_of_two_overlays_do_not_claim_one_day(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        OVERLAY.replace("pack: o", "pack: p")
        + "values:\n  t.v: [{from: 2022-01-01, until: 2022-12-31, is: 2.00 EUR}]\n"
    )
    again = rule("value", "t.v", versions=["{from: 2022-06-01, is: 3.00 EUR}"])
    (tmp_path / "o.yaml").write_text(OVERLAY + "rules:\n" + again)
    write(tmp_path / "t", {"rules.yaml": VALUE})
    book = load_rulebook(tmp_path / "t", overlays=[tmp_path / "o.yaml", tmp_path / "p.yaml"], builtin=False)
    with pytest.raises(PackError, match="XB-PACK-036"):
        build_plan(book)


@pytest.mark.parametrize(("source", "findings"), [("", 0), (", source: act", 0), (", source: atc", 1)])
def test_a_row_of_an_overlay_needs_no_source_but_no_unknown_one(tmp_path: Path, source: str, findings: int) -> None:
    rows = "place,code,from,value,source\nDE,6109,2021-01-01,0.1,act\n"
    row = f"tables:\n  t.rates: [{{place: DE, code: 6109, from: 2022-01-01, value: 0.5{source}}}]\n"
    found = everything_wrong(tmp_path, {"pack.yaml": RATES, "rates.csv": rows, "overlay.yaml": OVERLAY + row})
    assert len(found) == findings


@pytest.mark.parametrize("other", ["disable: [t.v]\n", "values:\n  t.v: [{from: 2022-01-01, is: 2.00 EUR}]\n"])
@pytest.mark.parametrize("names", ["op", "po"])
def test_what_one_overlay_disables_no_other_touches(tmp_path: Path, other: str, names: str) -> None:
    write(tmp_path / "t", {"rules.yaml": VALUE})
    paths = [tmp_path / f"{name}.yaml" for name in names]
    for path, body in zip(paths, ("disable: [t.v]\n", other), strict=True):
        path.write_text(OVERLAY.replace("pack: o", f"pack: {path.stem}") + body)
    with pytest.raises(PackError) as caught:
        load_rulebook(tmp_path / "t", overlays=paths, builtin=False)
    assert "XB-PACK-030" in said(tmp_path, caught.value)
    assert "t.v disabled here and" in said(tmp_path, caught.value)


def test_an_overlay_replaces_assumptions_by_fact(tmp_path: Path) -> None:
    profile = "profiles: {checkout: {assume: [%s]}}\n"
    own = "{fact: order.gift, value: true, reason: r}, {fact: order.carriage, value: post, reason: r}"
    overlay = profile % "{fact: order.gift, value: false, reason: s}"
    book = overlaid(tmp_path, overlay, **{"pack.yaml": HEAD + profile % own})
    assert {row.fact: row.value for row in book.profiles["checkout"]} == {
        "order.gift": "false",
        "order.carriage": "post",
    }


def test_two_packs_do_not_give_one_profile(tmp_path: Path) -> None:
    write(tmp_path / "a", {"pack.yaml": HEAD + PROFILE})
    write(tmp_path / "b", {"pack.yaml": HEAD.replace("pack: t", "pack: u") + PROFILE})
    with pytest.raises(PackError, match=r"XB-PACK-030 .*the profile checkout exists already"):
        load_rulebook(tmp_path, builtin=False)


def test_two_packs_do_not_give_one_rule_or_declare_one_table(tmp_path: Path) -> None:
    other = HEAD.replace("pack: t", "pack: u")
    write(tmp_path / "a", {"rules.yaml": VALUE})
    write(tmp_path / "b", {"pack.yaml": other, "rules.yaml": VALUE})
    with pytest.raises(
        PackError, match=r"XB-PACK-030 .*b/rules.yaml:2:5: the rule t.v exists already \(.*a/rules.yaml:2:5"
    ):
        load_rulebook(tmp_path, builtin=False)
    empty = {"rules.yaml": "rules: []\n", "rates.csv": "place,code,from,value\n"}
    write(tmp_path / "a", {"pack.yaml": RATES, **empty})
    write(tmp_path / "b", {"pack.yaml": RATES.replace("pack: t", "pack: u"), **empty})
    with pytest.raises(PackError, match=r"XB-PACK-030 .*t.rates is declared already"):
        load_rulebook(tmp_path, builtin=False)


def test_a_pack_adds_rows_to_the_table_of_another(tmp_path: Path) -> None:
    rows = "place,code,from,value,source\n%s,6109,2021-01-01,0.1,act\n"
    write(tmp_path / "a", {"pack.yaml": RATES, "rates.csv": rows % "DE"})
    more = HEAD.replace("pack: t", "pack: u") + "tables: {t.rates: {files: [rates.csv]}}\n"
    write(tmp_path / "b", {"pack.yaml": more, "rates.csv": rows % "FR"})
    view = load_rulebook(tmp_path, builtin=False).tables["t.rates"].view(None)
    assert [view.find(day("2022-01-01"), place, "610910") for place in ("DE", "FR", "NL")] == [10_000_000] * 2 + [
        UNKNOWN
    ]


# ------------------------------------------------------------------------------------------------------------- CSV


def rates(folder: Path, text: str | bytes) -> Any:
    return book_of(folder, {"pack.yaml": RATES, "rates.csv": text}).tables["t.rates"].rows


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_of_other_systems_are_read(tmp_path: Path, mark: str, end: str) -> None:
    text = f"{mark}place,code,from,value{end}DE,61.09,2021-01-01, 0.1 {end}{end}FR,6109,2021-01-01,0.2"
    found = rates(tmp_path, text.encode())
    assert [(row.keys, row.value, row.at.line) for row in found] == [
        (("DE", "6109"), 10_000_000, 2),
        (("FR", "6109"), 20_000_000, 4),
    ]


def test_a_row_of_several_lines_stands_where_it_begins(tmp_path: Path) -> None:
    text = 'place,code,from,value,note\nDE,6109,2021-01-01,0.1,"one\ntwo\nthree"\nFR,6109,2021-01-01,0.2,\n'
    found = rates(tmp_path, text)
    assert [row.at.line for row in found] == [2, 5]
    assert found[0].info["note"] == "one\ntwo\nthree"
    with pytest.raises(PackError, match=r"rates.csv:2:1: found 'x'"):
        rates(tmp_path / "bad", text.replace("0.1", "x"))


def test_columns_come_in_any_order(tmp_path: Path) -> None:
    (row,) = rates(tmp_path, "value,note,from,code,place\n0.1,x,2021-01-01,6109,DE\n")
    assert (row.keys, row.value) == (("DE", "6109"), 10_000_000)


@pytest.mark.parametrize("cell", ["٦١٠٩", "6109²", "६१०९"])
def test_digits_are_ascii(tmp_path: Path, cell: str) -> None:
    with pytest.raises(PackError, match="XB-PACK-016"):
        rates(tmp_path, f"place,code,from,value\nDE,{cell},2021-01-01,0.1\n")


@pytest.mark.parametrize("cell", ["1e-1", "0,1", "10%", "NaN", "0x1", "1_0", ".5", "5.", "+1", "--1", "1" * 16])
def test_numbers_are_plain_decimals(tmp_path: Path, cell: str) -> None:
    with pytest.raises(PackError, match=r"XB-PACK-016 .*rates.csv:2:1: found"):
        rates(tmp_path, f'place,code,from,value\nDE,6109,2021-01-01,"{cell}"\n')


def test_an_unsettled_value_is_unknown_and_answers_all_the_same(tmp_path: Path) -> None:
    text = "place,code,from,value\nDE,61,2021-01-01,0.1\nDE,6109,2021-01-01,?\n"
    view = book_of(tmp_path, {"pack.yaml": RATES, "rates.csv": text}).tables["t.rates"].view(None)
    assert view.find(day("2022-01-01"), "DE", "610910") is UNKNOWN
    assert view.row(day("2022-01-01"), "DE", "610910").keys == ("DE", "6109")


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("money EUR", "1.50 EUR", 1_500_000),
        ("truth", "yes", True),
        ("truth", "false", False),
        ("code", "010121", "010121"),
        ("date", "2026-07-01", day("2026-07-01")),
    ],
)
def test_every_type_of_value_is_read(tmp_path: Path, kind: str, cell: str, value: object) -> None:
    head = RATES.replace("value: number", f"value: {kind}")
    book = book_of(tmp_path, {"pack.yaml": head, "rates.csv": f"place,code,from,value\nDE,61,2021-01-01,{cell}\n"})
    assert book.tables["t.rates"].rows[0].value == value


@pytest.mark.parametrize(("kind", "cell"), [("money EUR", "1.50 USD"), ("money EUR", "1.50"), ("truth", "maybe")])
def test_a_value_of_another_type_is_refused(tmp_path: Path, kind: str, cell: str) -> None:
    head = RATES.replace("value: number", f"value: {kind}")
    with pytest.raises(PackError, match="XB-PACK-016"):
        book_of(tmp_path, {"pack.yaml": head, "rates.csv": f"place,code,from,value\nDE,61,2021-01-01,{cell}\n"})


# ---------------------------------------------------------------------------------------------------- hostile packs


def test_an_overlay_of_the_examples_is_read() -> None:
    folder = Path(__file__).resolve().parent.parent / "examples" / "overlays"
    for path in sorted(folder.glob("*.yaml")):
        assert read_overlay(path).reason
        build_plan(load_rulebook(overlays=[path]))


def test_a_very_long_chain_of_rules_is_refused(tmp_path: Path) -> None:
    chain = [define(f"t.a{i}", f"t.a{i + 1}") for i in range(400)]
    with pytest.raises(PackError, match=r"XB-PACK-024 .*a chain of 401 rules: t\.a0 → t\.a1 → t\.a2 → … → .*t\.a400"):
        plan_of(tmp_path, {"rules.yaml": rules(*chain, define("t.a400", "order.gift"))})


def test_an_engine_can_be_built_of_one_small_pack(tmp_path: Path) -> None:
    assert Engine(book_of(tmp_path, {"pack.yaml": HEAD + PROFILE, "rules.yaml": rules(charge("t.c"))})).plan.roots == (
        "t.c",
    )


def test_a_version_and_a_row_may_last_one_day(tmp_path: Path) -> None:
    one = rules(rule("value", "t.v", versions=["{from: 2021-01-01, until: 2021-01-01, is: 1.00 EUR, cite: [act 1]}"]))
    rows = "place,code,from,until,value,source\nDE,6109,2021-01-01,2021-01-01,0.1,act\n"
    book = book_of(tmp_path, {"pack.yaml": RATES, "rates.csv": rows, "rules.yaml": one})
    view = book.tables["t.rates"].view(None)
    for on, found in (("2020-12-31", UNKNOWN), ("2021-01-01", 10_000_000), ("2021-01-02", UNKNOWN)):
        assert view.find(day(on), "DE", "6109") is found or view.find(day(on), "DE", "6109") == found
        assert the_value(book, on) == ("1.00 EUR" if on == "2021-01-01" else None)


def test_built_in_packs_are_named_by_their_place_in_the_project() -> None:
    assert str(load_rulebook().packs["eu.ioss"].at).startswith("rules/eu/ioss/pack.yaml:")
