"""The JSON Schemas of the pack format: current, true of every pack at hand, as strict as the reader where possible."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from packing import OVERLAY, define
from test_packs_errors import BAD

from xbcompliance._errors import PackError
from xbcompliance.packs import read, schema
from xbcompliance.packs.document import Mapping, Node, Scalar, Sequence, read_document
from xbcompliance.packs.schema import schemas, write

ROOT = Path(__file__).resolve().parent.parent
FILES = {
    "pack.yaml": "pack",
    "rules.yaml": "rules",
    "cases.yaml": "cases",
    "declarations.yaml": "declarations",
    "overlay.yaml": "overlay",
}
VALIDATORS = {name: Draft202012Validator(found) for name, found in schemas().items()}

READER_ONLY = {
    "a key twice",
    "a rule twice",
    "a rule twice in an overlay",
    "another format",  # seen too; the reader says it before all else
    "a day that is none",
    "an end before the beginning",
    "a jurisdiction that is no place",
    "a file above the folder",
    "a file above, hidden",
    "a file elsewhere",
    "a file of another system",
    "a file of an overlay",
    "a missing file",
    "a folder for a file",
}
"""Faults of single files that a schema cannot see."""


def resolved(node: Node) -> Any:
    """A document as an editor hands it to a validator, but with every scalar as text."""
    if isinstance(node, Mapping):
        return {key: resolved(value) for key, value in node.entries.items()}
    if isinstance(node, Sequence):
        return [resolved(item) for item in node.items]
    assert isinstance(node, Scalar)
    return None if node.is_null else node.text


def wrong(name: str, text: str | bytes) -> list[str]:
    document = resolved(read_document(text, name))
    return [error.message for error in VALIDATORS[name].iter_errors(document)]


@pytest.mark.parametrize("name", schemas())
def test_a_published_schema_is_current(name: str) -> None:
    committed = (ROOT / "docs" / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == schemas()[name], "python -m xbcompliance.packs.schema docs/schema writes it"


@pytest.mark.parametrize("name", schemas())
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


def test_writing_gives_the_published_files(tmp_path: Path) -> None:
    write(tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (ROOT / "docs" / "schema" / path.name).read_bytes()
    assert len(list(tmp_path.iterdir())) == len(schemas())


PACK_FILES = sorted(path for root in ("rules", "jurisdictions", "examples") for path in (ROOT / root).rglob("*.yaml"))


@pytest.mark.parametrize("path", PACK_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pack_at_hand_is_valid(path: Path) -> None:
    assert wrong(FILES.get(path.name, "overlay"), path.read_bytes()) == []


def test_what_an_editor_resolves_is_valid_too() -> None:
    """An editor makes truths and numbers of what stays text for the reader."""
    version = {"from": "2021-01-01", "is": 0.19, "cite": "act 1", "corrects": True, "repealed": False}
    rules = {"rules": [{"value": "t.v", "type": "number", "versions": [version]}]}
    assert list(VALIDATORS["rules"].iter_errors(rules)) == []
    rules["rules"][0]["versions"][0]["from"] = 2021
    assert len(list(VALIDATORS["rules"].iter_errors(rules))) == 1


SEEN = ("XB-PACK-005", "XB-PACK-007", "XB-PACK-010", "XB-PACK-011", "XB-PACK-012", "XB-PACK-013", "XB-PACK-014")
STRUCTURAL = [
    pytest.param(name, files, id=name)
    for name, files, message in BAD
    if message.startswith(SEEN) and ".yaml" in message.split(":")[0]
]


@pytest.mark.parametrize(("name", "files"), STRUCTURAL)
def test_what_the_reader_refuses_is_invalid(name: str, files: dict[str, str | bytes]) -> None:
    messages: list[str] = []
    for file, text in files.items():
        if file in FILES:
            try:
                messages += wrong(FILES[file], text)
            except PackError as error:
                messages.append(str(error))
    assert bool(messages) != (name in READER_ONLY - {"another format"})


@pytest.mark.parametrize(("name", "files"), [(name, files) for name, files, message in BAD if message[8:11] >= "015"])
def test_what_the_schema_cannot_see_is_valid(name: str, files: dict[str, str | bytes]) -> None:
    """Faults of meaning are the reader's: a schema that refused them would say something untrue."""
    for file, text in files.items():
        if file in FILES and name not in OF_FORM:
            assert wrong(FILES[file], text) == []


OF_FORM = {"a charge of no kind", "an overlay without reason", "a keyword in a name"}


def test_an_overlay_may_leave_out_what_the_rule_has() -> None:
    rule = define("t.a", "order.gift").replace(", cite: [act 1]", "")
    assert wrong("overlay", OVERLAY + "rules:\n" + rule) == []
    assert wrong("rules", "rules:\n" + rule)


def test_a_key_of_the_reader_without_a_shape_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(read.RULE_KEYS, "define", (*read.RULE_KEYS["define"], "colour"))
    with pytest.raises(KeyError, match="colour"):
        schema.schemas()
    monkeypatch.undo()
    monkeypatch.setattr(read, "SOURCE_KEYS", (*read.SOURCE_KEYS, "colour"))
    with pytest.raises(ValueError, match="colour"):
        schema.schemas()


CASE = "bases: {b: {id: '1'}}\ncases:\n  - {case: c, base: b, %s}\n"


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("expect: {totals: {duty: '3.00', tax: null}, complete: true}", True),
        ("at: 2021-07-01, known_at: 2021-07-01, set: {gift: true}, drop: [seller], expect: {error: XB-IN-003}", True),
        ("expect: {total: {}}", False),
        ("at: tomorrow, expect: {}", False),
        ("expects: {}", False),
        ("expect: {complete: maybe}", False),
        ("expect: {charges: [eu.vat.domestic]}", False),
    ],
)
def test_cases_are_checked(text: str, valid: bool) -> None:
    assert (wrong("cases", CASE % text) == []) == valid
