"""Starting from the record of a checked rulebook: the same engine as without it, and never anything else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from packing import OVERLAY, charge, define, rules, write
from samples import OVERLAYS, example

import xbcompliance as xb
from conftest import ROOT
from xbcompliance import _cache
from xbcompliance._errors import PackError
from xbcompliance.checks import lint_book
from xbcompliance.expr.compile import MAX_DEPTH, MAX_NODES, SHORT, _size
from xbcompliance.packs import kept
from xbcompliance.packs.codec import encoded
from xbcompliance.packs.read import read_pack
from xbcompliance.packs.rulebook import Rulebook, data_folder, load_rulebook
from xbcompliance.plan import build_plan
from xbcompliance.plan.build import rules_to_json

PROFILES = "profiles:\n  checkout: {assume: []}\n"
HEAD = "format: xbpack/1\npack: t\ntitle: Trial\nsources:\n  act: {title: An act, id: Act 1}\n" + PROFILES
TABLE = "tables:\n  t.rates: {keys: {code: code}, value: number, files: [tables/rates.csv]}\n"
ROWS = "code,from,until,value,source,locator\n01,2021-01-01,,0.05,act,1\n0101,2021-01-01,2025-12-31,?,,2\n"
FILES = {
    "pack.yaml": HEAD + TABLE,
    "rules.yaml": rules(define("t.a", 't.rates["0102"] > 0.01'), charge("t.tax", "jurisdiction: AQ")),
    "tables/rates.csv": ROWS,
    "tables/loose.csv": "name\none\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The cache folder of the test."""
    monkeypatch.setenv(_cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A folder with the record of the built-in rulebook."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_cache.VARIABLE, str(tmp_path_factory.mktemp("filled")))
        xb.Engine()
        return Path(os.environ[_cache.VARIABLE])


@pytest.fixture
def known(filled, monkeypatch):
    """The built-in engine, from its record."""
    monkeypatch.setenv(_cache.VARIABLE, str(filled))
    engine = xb.Engine()
    assert from_record(engine)
    return engine


@pytest.fixture
def pack(tmp_path):
    """A small pack in files of its own."""
    return write(tmp_path / "packs" / "t", FILES)


def started(pack: Path, *overlays: Path) -> xb.Engine:
    return xb.Engine(load_rulebook(pack, overlays=overlays, builtin=False))


def from_record(engine: xb.Engine) -> bool:
    return engine.rulebook.checked is not None


@cache
def in_full() -> xb.Engine:
    """The built-in engine, read in full."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_cache.VARIABLE, "off")
        return xb.Engine()


def contents(book: Rulebook) -> dict:
    """Everything a rulebook says, as plain values."""
    return {
        "packs": {
            name: [
                *(encoded(getattr(pack, field)) for field in kept._WRITTEN),
                {rule: encoded(it) for rule, it in pack.rules.items()},
                {form: encoded(it) for form, it in pack.forms.items()},
                [(table.name, table.declared, tuple(table.rows)) for table in pack.tables],
            ]
            for name, pack in book.packs.items()
        },
        "rules": [encoded(rule) for rule in book.rules.values()],
        "tables": [(t.name, t.keys, t.type, tuple(t.rows), t.at, t.packs) for t in book.tables.values()],
        "sources": dict(book.sources),
        "profiles": dict(book.profiles),
        "replaced": dict(book.replaced),
        "forms": {name: encoded(form) for name, form in book.forms.items()},
        "version": (book.version, book.digest),
    }


# --- the same engine


def test_the_built_in_rulebook_comes_back_as_it_was(known):
    first, second = in_full(), known
    assert not from_record(first)
    assert contents(second.rulebook) == contents(first.rulebook)
    assert list(second.plan.rules) == list(first.plan.rules)
    assert rules_to_json(second.plan.rules) == rules_to_json(first.plan.rules)
    assert second.plan.digest == first.plan.digest
    assert second.plan.facts == json.loads(json.dumps(second.plan.facts))
    assert json.dumps(second.plan.facts, default=list) == json.dumps(first.plan.facts, default=list)
    for name in ("net", "prices", "included_rate", "contained", "excepted"):
        assert getattr(second.plan, name) == getattr(first.plan, name)


@pytest.mark.parametrize("to", ["DE", "GB", "US", "CA", "BR", "NO", "JP"])
def test_answers_are_the_same_bits(known, to):
    order = example() | {"ship_to": {"country": to}}
    found, wanted = known.assess(order), in_full().assess(order)
    assert found.to_json() == wanted.to_json()
    assert found.explain() == wanted.explain()
    assert xb.replay(wanted.receipt, order, known).to_json() == wanted.to_json()


def test_forms_and_overlays_work_on_a_record(folder):
    overlay = next(path for path in sorted(OVERLAYS.glob("*.yaml")))
    made = [xb.Engine(load_rulebook(overlays=[overlay])) for _ in range(2)]
    assert [from_record(engine) for engine in made] == [False, True]
    assert contents(made[1].rulebook) == contents(made[0].rulebook)
    assert made[1].plan.digest == made[0].plan.digest
    for name in made[0].rulebook.forms:
        first, second = (re.sub("0x[0-9a-f]+", "", repr(engine.form(name))) for engine in made)
        assert second == first


def test_lint_finds_the_same(folder, pack):
    write(pack, {**FILES, "rules.yaml": rules(define("t.a", "1 > 2"), charge("t.tax", "jurisdiction: AQ"))})
    books = []
    for _ in range(2):
        books.append(load_rulebook(pack, builtin=False))
        xb.Engine(books[-1])
    assert books[1].checked is not None
    found = [[str(error) for error in lint_book(book, build_plan(book))] for book in books]
    assert found[0] == found[1]
    assert found[0]


def test_only_what_a_lane_needs_is_compiled(known):
    done = known.plan.rules._known.done
    assert len(done) < 20
    known.assess(example())
    assert "eu.ioss.vat" in done
    assert len(done) < len(known.plan.rules) * 3 / 4


def test_rules_far_up_a_chain_compile_without_those_below(folder, tmp_path):
    chain = [define("t.a0", "1 > 2"), *(define(f"t.a{i}", f"t.a{i - 1} or {i} > 70") for i in range(1, 59))]
    pack = write(tmp_path / "packs" / "t", {**FILES, "rules.yaml": rules(*chain)})
    started(pack)
    engine = started(pack)
    assert from_record(engine)
    assert engine.plan.rules["t.a58"].versions[0].nodes["is"].args[0].value == "t.a57"
    assert engine.plan.rules.get("t.a99") is None


def test_threads_share_an_engine_from_a_record(known):
    orders = [example() | {"ship_to": {"country": to}} for to in ("DE", "US", "GB", "CA")] * 2
    found: dict[int, str] = {}
    gate = threading.Barrier(len(orders))

    def ask(number: int) -> None:
        gate.wait()
        found[number] = known.assess(orders[number]).to_json()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(orders))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: in_full().assess(order).to_json() for number, order in enumerate(orders)}


# --- never another one


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pack.yaml", HEAD.replace("An act", "Another act") + TABLE),
        ("rules.yaml", rules(charge("t.tax", "jurisdiction: AQ"), charge("t.more"))),
        ("tables/rates.csv", ROWS.replace("0.05", "0.06")),
        ("tables/loose.csv", "name\ntwo\n"),
        ("tables/more.csv", "name\none\n"),
        ("declarations.yaml", "declarations: []\n"),
    ],
)
def test_a_file_that_changes_is_read(folder, pack, name, content):
    before = started(pack).rulebook.digest
    assert from_record(started(pack))
    write(pack, {**FILES, name: content})
    after = started(pack)
    assert not from_record(after)
    assert after.rulebook.digest != before
    assert from_record(started(pack))
    write(pack, FILES)
    if name not in FILES:
        (pack / name).unlink()
    assert started(pack).rulebook.digest == before


def test_a_file_that_goes_is_missed(folder, pack):
    started(pack)
    (pack / "rules.yaml").unlink()
    assert not started(pack).rulebook.rules
    (pack / "tables" / "rates.csv").unlink()
    with pytest.raises(PackError, match="XB-PACK-006"):
        started(pack)


def test_a_link_is_left_to_the_full_reading(folder, pack):
    started(pack)
    (pack / "rules.yaml").rename(pack / "real.yaml")
    (pack / "rules.yaml").symlink_to(pack / "real.yaml")
    assert not from_record(started(pack))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rules.yaml", "rules: [\n"),
        ("rules.yaml", rules(define("t.a", "t.b > 1"))),
        ("rules.yaml", rules(define("t.a", "t.a"))),
        ("tables/rates.csv", ROWS.replace("0.05", "five")),
    ],
)
def test_a_pack_that_is_wrong_is_told_alike_and_never_kept(folder, pack, monkeypatch, name, content):
    started(pack)
    kept_before = sorted(folder.iterdir())
    write(pack, {**FILES, name: content})

    def error() -> str:
        with pytest.raises(PackError) as caught:
            started(pack)
        return str(caught.value)

    told = [error(), error()]
    assert [path for path in sorted(folder.iterdir()) if path not in kept_before] == []
    monkeypatch.setenv(_cache.VARIABLE, "off")
    assert told == [error()] * 2


def test_another_engine_reads_its_packs(folder, pack, monkeypatch):
    started(pack)
    monkeypatch.setattr(_cache, "__version__", "0.0.0.another")
    assert not from_record(started(pack))
    assert from_record(started(pack))
    monkeypatch.setattr(_cache, "PARTS", ("nowhere",))
    assert not from_record(started(pack))
    assert not from_record(started(pack))


def test_a_change_of_the_engine_is_another_engine(tmp_path, monkeypatch):
    (tmp_path / "_cache.py").write_text("")
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "build.py").write_text("a = 1")
    monkeypatch.setattr(_cache, "__file__", str(tmp_path / "_cache.py"))
    monkeypatch.setattr(_cache, "PARTS", ("", "plan"))
    marks = {_cache.engine_mark()}
    (tmp_path / "plan" / "build.py").write_text("a = 12")
    marks.add(_cache.engine_mark())
    os.utime(tmp_path / "plan" / "build.py", (1, 1))
    marks.add(_cache.engine_mark())
    assert len(marks) == 3
    assert None not in marks


def test_an_overlay_belongs_to_its_record(folder, pack, tmp_path):
    overlay = tmp_path / "o.yaml"
    overlay.write_text(f"{OVERLAY}disable: [t.tax]\n")
    assert not from_record(started(pack, overlay))
    assert "t.tax" not in started(pack, overlay).plan.rules
    assert not from_record(started(pack))
    assert "t.tax" in started(pack).plan.rules
    overlay.write_text(f"{OVERLAY}disable: [t.a]\n")
    changed = started(pack, overlay)
    assert not from_record(changed)
    assert "t.tax" in changed.plan.rules
    assert "t.a" not in changed.plan.rules


def test_an_overlay_from_a_pipe_is_read_once_and_not_kept(folder, pack, tmp_path):
    started(pack)
    pipe = tmp_path / "o.yaml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(f"{OVERLAY}disable: [t.tax]\n"))
    writer.start()
    try:
        assert kept.place_of([(pack, str(pack))], [pipe]) is None
    finally:
        pipe.read_bytes()
        writer.join()


def test_a_changed_copy_of_a_rulebook_is_checked(folder, pack):
    started(pack)
    book = load_rulebook(pack, builtin=False)
    assert book.checked is not None
    copy = replace(book, rules={"t.tax": book.rules["t.tax"]})
    assert (copy.checked, copy.place) == (None, None)
    assert list(xb.Engine(copy).plan.rules) == ["t.tax"]
    assert list(started(pack).plan.rules) == ["t.a", "t.tax"]


def test_rows_of_a_pack_are_those_it_was_loaded_with(folder, pack):
    started(pack)
    book = started(pack).rulebook
    write(pack, {**FILES, "tables/rates.csv": ROWS.replace("0.05", "0.06")})
    assert book.tables["t.rates"].rows[0].value == 5_000_000
    with pytest.raises(PackError, match="load the rulebook again"):
        len(book.packs["t"].tables)


def test_lists_of_places_are_part_of_the_digest(tmp_path):
    folder = tmp_path / "places"
    for path in (data_folder("jurisdictions") / "places").rglob("*.*"):
        write(folder, {str(path.relative_to(data_folder("jurisdictions") / "places")): path.read_bytes()})
    before = read_pack(folder).digest
    members = folder / "tables" / "members.csv"
    members.write_bytes(members.read_bytes() + b"\n")
    assert read_pack(folder).digest != before


# --- the folder


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: b"",
        lambda raw: raw[:-1],
        lambda raw: raw[:200] + bytes([raw[200] ^ 1]) + raw[201:],
        lambda raw: raw[:32],
        lambda raw: raw + b"\n",
    ],
)
def test_a_damaged_record_is_not_used(folder, pack, spoil):
    started(pack)
    (record,) = folder.iterdir()
    record.write_bytes(spoil(record.read_bytes()))
    engine = started(pack)
    assert not from_record(engine)
    assert from_record(started(pack))


def test_a_record_under_another_name_is_not_used(folder, pack, tmp_path):
    started(pack)
    (record,) = folder.iterdir()
    other = write(tmp_path / "others" / "t", {**FILES, "rules.yaml": rules(charge("t.other"))})
    started(other)
    for path in folder.iterdir():
        if path != record:
            path.write_bytes(record.read_bytes())
    assert list(started(other).plan.rules) == ["t.other"]


def test_nothing_is_written_when_it_is_off(tmp_path, monkeypatch, pack):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(_cache.VARIABLE, "off")
    assert not from_record(started(pack))
    assert not from_record(started(pack))
    assert not (tmp_path / "home").exists()


def test_the_usual_folder_is_that_of_the_user(tmp_path, monkeypatch, pack):
    monkeypatch.delenv(_cache.VARIABLE)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "home" / name)
    started(pack)
    assert from_record(started(pack))
    assert [path.parent for path in (tmp_path / "home").rglob("*") if path.is_file()] == [
        tmp_path / "home" / "xbcompliance" / "rulebooks"
    ]


def test_a_folder_that_cannot_be_written_is_none(tmp_path, monkeypatch, pack):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(_cache.VARIABLE, str(tmp_path / "file" / "cache"))
    assert not from_record(started(pack))
    assert not from_record(started(pack))


def test_a_folder_that_can_only_be_read_is_used(folder, pack, monkeypatch):
    started(pack)

    def refuse(*_, **__):
        raise PermissionError("read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert from_record(started(pack))
    write(pack, {**FILES, "rules.yaml": rules(charge("t.other"))})
    assert list(started(pack).plan.rules) == ["t.other"]
    assert not from_record(started(pack))


def test_a_disk_that_is_full_leaves_nothing_behind(folder, pack, monkeypatch):
    started(pack)
    (record,) = folder.iterdir()
    write(pack, {**FILES, "rules.yaml": rules(charge("t.other"))})

    def full(self, target):
        raise OSError(28, "no space left")

    monkeypatch.setattr(Path, "replace", full)
    assert list(started(pack).plan.rules) == ["t.other"]
    assert list(folder.iterdir()) == [record]


def test_the_folder_holds_few_records(folder):
    for number in range(_cache.KEPT_FILES + 3):
        _cache.write(folder, f"{number:064d}", b"x")
        os.utime(folder / f"{number:064d}", (number, number))
    _cache.write(folder, "f" * 64, b"x")
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == _cache.KEPT_FILES
    assert names[-1] == "f" * 64


def test_processes_that_start_at_once_agree(folder):
    code = "import sys, xbcompliance as xb; sys.stdout.write(xb.Engine().assess(sys.stdin.read()).to_json())"
    settings = {**os.environ, "PYTHONPATH": str(ROOT / "src"), _cache.VARIABLE: str(folder)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=settings
        )
        for _ in range(3)
    ]
    found = [process.communicate(json.dumps(example()))[0] for process in started]
    assert found == [in_full().assess(example()).to_json()] * 3
    assert len(list(folder.iterdir())) == 1
    assert xb.load_rulebook().checked is not None


# --- large tables


def test_a_large_table_is_read_when_it_is_looked_into(folder, tmp_path):
    lines = ["code,from,until,value,source,locator"]
    lines += [f"{n:04d},2021-01-01,,0.{n % 50:02d},act,{n}" for n in range(10, 5000)]
    lines += [f"{n:04d}00,2021-01-01,2024-12-31,0.5,,\n{n:04d}00,2025-01-01,,0.25,," for n in range(10, 90)]
    pack = write(tmp_path / "packs" / "t", {**FILES, "tables/rates.csv": "\n".join(lines) + "\n"})
    tables = [started(pack).rulebook.tables["t.rates"] for _ in range(2)]
    assert tables[1].rows._read is None
    views = [table.view(None) for table in tables]
    day = 739_000  # in 2024
    codes = [code for n in (10, 55, 89, 90, 4999) for code in (f"{n:04d}", f"{n:04d}00", f"{n:04d}01", f"{n:02d}")]
    for code in [*codes, "9", "*", "", None, xb.UNKNOWN]:
        for when in (day, day + 2000):
            assert views[1].find(when, code) == views[0].find(when, code)
            assert views[1].listed(when, code) == views[0].listed(when, code)
    assert tables[1].rows[-1] == tables[0].rows[-1]
    assert tables[1].rows[3:5] == tuple(tables[0].rows[3:5])
    assert tables[1].rows == tables[0].rows
    assert len(tables[1].rows) == len(tables[0].rows)


# --- compiling


@pytest.mark.parametrize("piece", ["-", "a+", "a,", "a.", "not ", "f(", "(", "[", "a[", "a<", "{", "f'{", "lambda:"])
def test_a_short_expression_is_never_too_large(piece):
    import ast

    closing = {"(": ")", "[": "]", "{": "}"}
    for count in range(1, SHORT // len(piece)):
        text = piece * count + "a"
        text += "".join(closing[sign] for sign in reversed(text) if sign in closing)
        if len(text) <= SHORT:
            try:
                parts, levels = _size(ast.parse(text, mode="eval"))
            except SyntaxError:
                continue
            assert parts <= MAX_NODES
            assert levels <= MAX_DEPTH
