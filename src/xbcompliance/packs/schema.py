"""JSON Schemas of the pack format, so that an editor can complete and check a pack while it is written.

They say what the reader's own lists of keys say: a key without a shape here, or a shape without a key there, fails.
``python -m xbcompliance.packs.schema docs/schema`` writes them. Scalars may be text, number or truth, because an editor
resolves what the reader takes as text.

>>> sorted(schemas())
['cases', 'declarations', 'overlay', 'pack', 'rules']
>>> schemas()["pack"]["properties"]["format"]
{'const': 'xbpack/1', 'description': 'The format of the file'}
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xbcompliance.money import MODES
from xbcompliance.packs import declarations, model, read, table_files
from xbcompliance.packs.fields import DAY
from xbcompliance.packs.tables import KEY_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DEFS: Final[Schema] = {
    "text": {"type": ["string", "number", "boolean"]},
    "name": {"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"},
    "day": {"type": "string", "pattern": f"^{DAY}$"},
    "truth": {"enum": ["true", "false", True, False]},
    "texts": {"anyOf": [{"$ref": "#/$defs/text"}, {"type": "array", "items": {"$ref": "#/$defs/text"}}]},
    "row": {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/text"},
        "properties": {"from": {"$ref": "#/$defs/day"}, "until": {"$ref": "#/$defs/day"}},
        "required": ["from", "value"],
    },
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _said(shape: Schema, description: str) -> Schema:
    return {**shape, "description": description}


def _words(*words: str) -> Schema:
    return {"enum": list(words)}


def _map(inner: Schema) -> Schema:
    return {"type": "object", "additionalProperties": inner}


def _list(inner: Schema) -> Schema:
    return {"type": "array", "items": inner}


def _object(keys: Iterable[str], shapes: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """A mapping with a closed list of keys; ``keys`` and ``shapes`` must name the same ones."""
    names = tuple(keys)
    if set(names) != set(shapes):
        raise ValueError(f"keys and shapes differ: {sorted(set(names) ^ set(shapes))}")
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": {n: shapes[n] for n in names}}
    return {**schema, "required": list(required)} if required else schema


_TEXT: Final = _ref("text")
_EXPRESSION: Final = _ref("texts")
_CITE: Final = _said(_ref("texts"), "Sources with their locators: `source Art. 1`")


def schemas() -> dict[str, Schema]:
    """The schemas by the name of their file: ``pack``, ``rules``, ``overlay``, ``cases`` and ``declarations``."""
    rules = _object(("rules",), {"rules": _list(_rule(overlay=False))}, ("rules",))
    return {
        "pack": _document("pack.yaml of a pack", _pack(read.PACK_KEYS)),
        "rules": _document("rules.yaml of a pack", rules),
        "overlay": _document("an overlay", _pack(read.OVERLAY_KEYS)),
        "cases": _document("cases.yaml of a pack", _cases()),
        "declarations": _document("declarations.yaml of a pack", _forms()),
    }


def _document(title: str, schema: Schema) -> Schema:
    used = json.dumps(schema)
    defs = {name: shape for name, shape in _DEFS.items() if f'"#/$defs/{name}"' in used}
    needed = json.dumps(defs)
    defs |= {name: shape for name, shape in _DEFS.items() if f'"#/$defs/{name}"' in needed}
    return {"$schema": DIALECT, "title": f"xbcompliance: {title}", **schema, "$defs": dict(sorted(defs.items()))}


# --- pack.yaml and overlays


def _pack(keys: tuple[str, ...]) -> Schema:
    overlay = "disable" in keys
    kinds = tuple(kind for kind in model.KINDS if (kind == "overlay") == overlay)
    shapes = {
        "format": _said({"const": read.FORMAT}, "The format of the file"),
        "pack": _said({"type": "string", "pattern": r"\S"}, "The id of the pack"),
        "version": _said(_TEXT, "Year, month and number: 2026.11.0"),
        "kind": _said(_words(*kinds), "What kind of pack it is"),
        "title": _said(_TEXT, "What the pack holds, in a few words"),
        "verified_through": _said(_ref("day"), "The last day for which the pack was checked against its sources"),
        "requires": _said(_ref("texts"), "Ids of the packs it needs"),
        "sources": _said(_map(_source()), "Acts, pages and databases by the key under which rules cite them"),
        "tables": _said(_map({"anyOf": [_table(), _list(_ref("row"))]}), "Dated tables, or rows of them"),
        "profiles": _said(_map(_profile()), "What may stand in for untold facts"),
        "reason": _said({"type": "string", "pattern": r"\S"}, "Why the overlay exists"),
        "author": _said(_TEXT, "Who answers for the overlay"),
        "rules": _said(
            _list(_rule(overlay=True)), "Rules that are added, or versions of rules for the days they cover"
        ),
        "values": _said(_map(_list(_version("value", overlay=True))), "Values for the days they cover"),
        "disable": _said(_ref("texts"), "Ids of rules that are switched off"),
    }
    required = ("format", "pack", "kind", "reason") if overlay else ("format", "pack")
    return _object(keys, {key: shape for key, shape in shapes.items() if key in keys}, required)


def _source() -> Schema:
    shapes = {
        "title": _said(_TEXT, "The full title"),
        "id": _said(_TEXT, "The official id, as answers show it"),
        "url": _said({"type": "string", "format": "uri"}, "Where it can be read"),
        "read": _said(_ref("day"), "The day it was read"),
        "note": _TEXT,
    }
    return _object(read.SOURCE_KEYS, shapes, ("title",))


def _table() -> Schema:
    money = {"type": "string", "pattern": "^money [A-Z]{3}$"}
    shapes = {
        "keys": _said(_map(_words(*KEY_KINDS)), "The key columns, each with how it is looked up"),
        "value": _said({"anyOf": [_words(*table_files.VALUE_TYPES), money]}, "The type of the value"),
        "files": _said(_ref("texts"), "CSV files inside the pack's folder"),
        "replaces": _said(_ref("truth"), "Whether its rows win over those of other packs with the same keys"),
        "title": _TEXT,
    }
    return _object(table_files.TABLE_KEYS, shapes)


def _profile() -> Schema:
    shapes = {
        "fact": _said(_TEXT, "The fact that was not told"),
        "value": _said(_TEXT, "What is assumed"),
        "same_as": _said(_TEXT, "The fact whose value is assumed"),
        "when": _said(_words(*read.ASSUMED_WHEN), "Whether it stands in for an untold fact, for null, or for both"),
        "reason": _said(_TEXT, "What the answer says about it"),
    }
    row = _object(read.ASSUMPTION_KEYS, shapes, ("fact", "reason"))
    row["oneOf"] = [{"required": ["value"]}, {"required": ["same_as"]}]
    return _object(("assume",), {"assume": _list(row)})


# --- rules


def _rule(overlay: bool) -> Schema:
    return {"oneOf": [_rule_of(kind, overlay) for kind in read.RULE_KINDS]}


def _rule_of(kind: str, overlay: bool) -> Schema:
    keys = (kind, *read.RULE_KEYS[kind])
    shapes = {key: _rule_shapes()[key] for key in keys if key not in (kind, "versions", "due")}
    shapes[kind] = _said(_ref("name"), f"The id of the {kind}")
    shapes["versions"] = {**_list(_version(kind, overlay)), "minItems": 1, "description": "Newest law last"}
    if "due" in keys:
        shapes["due"] = _due() if kind == "charge" else _said(_TEXT, "When it is owed")
    needed = (kind, "versions", *(("kind",) if kind == "charge" and not overlay else ()))
    return _object(keys, shapes, needed)


def _rule_shapes() -> dict[str, Schema]:
    return {
        "title": _said(_TEXT, "What the rule says, for a reader of the answer"),
        "type": _said(_words(*read.VALUE_TYPES), "The type of the value, where its form does not tell"),
        "note": _TEXT,
        "per": _said(_words(*read.GRAINS), "What there is one answer for"),
        "clock": _said(_words(*model.CLOCKS), "Which of the order's days decides the version"),
        "exception_to": _said(_ref("texts"), "Rules that do not apply where this one does"),
        "answers": _said(_TEXT, "The name of the answer, where several rules may give it"),
        "covers": _said(
            {"anyOf": [_words(*model.CHARGE_KINDS), _list(_words(*model.CHARGE_KINDS))]},
            "Kinds of charges that are complete where this holds",
        ),
        "determination": _said(_ref("truth"), "Whether the answer is shown"),
        "part_of": _said(_ref("name"), "The sum this charge belongs to"),
        "option_of": _said(_ref("name"), "The charges it competes with"),
        "option": _said(_TEXT, "The name under which it is shown beside the charges it competes with"),
        "for_each": _said(_map(_TEXT), "A key and its table: a copy for each value; further keys say which rows count"),
        "item": _said(_ref("name"), "The define that says which lines are one item"),
        "kind": _said(_words(*model.CHARGE_KINDS), "What kind of charge it is"),
        "jurisdiction": _said(_TEXT, "A code, or an expression that gives a place"),
        "level": _said(_words(*model.LEVELS), "At which level of government it is levied"),
        "refund": _refund(),
        "round": _round(),
        "severity": _said(_words(*model.SEVERITIES), "What follows if it is not met"),
        "message": _said(_TEXT, "What is wrong, in a sentence"),
        "fix": _said(_TEXT, "What to do"),
        "consequence": _said(_TEXT, "What happens otherwise"),
        "obligation": _said(_TEXT, "What is owed even if nothing is wrong"),
        "evidence": _said(_ref("texts"), "What proves it"),
        "market": _said(_TEXT, "An expression that gives the market"),
        "told_only": _said(_ref("truth"), "Whether it judges only what is told and asks for nothing"),
    }


def _due() -> Schema:
    shapes = {
        "from": _said({"anyOf": [_words(*model.PARTIES), _TEXT]}, "Who collects, or an expression"),
        "at": _said({"anyOf": [_words(*model.POINTS), _TEXT]}, "When, or an expression"),
    }
    return _said({"anyOf": [_object(read.DUE_KEYS, shapes), _TEXT]}, "Who collects it and when")


def _refund() -> Schema:
    words = _words(*model.REFUNDS)
    shapes = {"is": words, "cite": _CITE}
    said = "What a return gives back; if not said, the share of what was collected at checkout"
    return _said({"anyOf": [words, _object(read.REFUND_KEYS, shapes, ("is",))]}, said)


def _round() -> Schema:
    digits = {"type": ["string", "integer"], "pattern": f"^({read.DECIMALS}|minor)$", "minimum": 0, "maximum": 6}
    shapes = {
        "to": _said(digits, "Decimals, or minor for the currency's own"),
        "step": _said({"type": ["string", "integer"], "pattern": f"^{read.STEP}$", "minimum": 1}, "Multiples of this"),
        "mode": _words(*MODES),
        "per": _words(*read.ROUND_PER),
    }
    return _said(_object(read.ROUND_KEYS, shapes), "How the amount is rounded")


def _version(kind: str, overlay: bool) -> Schema:
    relief = {"when": _EXPRESSION, "basis": _words(*read.BASES), "cite": _CITE}
    shapes = {
        "from": _said(_ref("day"), "The first day"),
        "until": _said(_ref("day"), "The last day; open if there is none"),
        "published": _said(_ref("day"), "The day it became known"),
        "corrects": _said(_ref("truth"), "Whether it replaces days on purpose"),
        "cite": _CITE,
        "status": _said(_words(*model.STATUSES), "How sure it is"),
        "contested": _said(_TEXT, "What is disputed, and which way is taken"),
        "note": _TEXT,
        "repealed": _said(_ref("truth"), "Whether the rule ends here"),
        "instead": _said(_list(_object(read.RELIEF_KEYS, relief, ("when",))), "Why it may come to nothing"),
    }
    keys = read.version_keys(kind)
    own = {key: shapes.get(key, _said(_EXPRESSION, f"The expression `{key}`")) for key in keys}
    return _object(keys, own, ("from",) if overlay else ("from", "cite"))


# --- declarations.yaml


def _forms() -> Schema:
    shapes = {
        "declaration": _said(_ref("name"), "The id of the declaration"),
        "title": _said(_TEXT, "What the form is"),
        "form": _said(_TEXT, "The name under which callers ask for it: H7"),
        "clock": _said(_words(*model.CLOCKS), "Which of the order's days decides the version"),
        "note": _TEXT,
        "versions": {**_list(_form_version()), "minItems": 1, "description": "Newest last"},
    }
    form = _object(declarations.FORM_KEYS, shapes, ("declaration", "title", "form", "versions"))
    return _object(("declarations",), {"declarations": _list(form)}, ("declarations",))


def _form_version() -> Schema:
    exclusion = {
        "when": _said(_EXPRESSION, "Goods that the form is not for"),
        "because": _said(_TEXT, "Why, in a sentence"),
        "cite": _CITE,
        "status": _said(_words(*model.STATUSES), "How sure it is"),
    }
    shapes = {
        "from": _said(_ref("day"), "The first day"),
        "until": _said(_ref("day"), "The last day; open if there is none"),
        "published": _said(_ref("day"), "The day it became known"),
        "cite": _CITE,
        "status": _said(_words(*model.STATUSES), "How sure it is"),
        "contested": _said(_TEXT, "What is disputed, and which way is taken"),
        "note": _said(_TEXT, "What the list of fields leaves out"),
        "item": _said(_ref("texts"), "Expressions of the line that agree for lines of one item"),
        "not_for": _said(_list(_object(declarations.EXCLUSION_KEYS, exclusion, ("when", "because", "cite"))), "Limits"),
        "fields": {**_list(_form_field()), "minItems": 1, "description": "What is declared"},
    }
    return _object(declarations.VERSION_KEYS, shapes, ("from", "cite", "fields"))


def _form_field() -> Schema:
    digits = {"type": ["string", "integer"], "pattern": f"^{declarations.LENGTH}$", "minimum": 1, "maximum": 99999}
    shapes = {
        "name": _said({"type": "string", "pattern": f"^{declarations.NAME}$"}, "The name of the field in answers"),
        "title": _said(_TEXT, "What it asks for"),
        "element": _said(_TEXT, "The official number of the data element, if a source gives it"),
        "per": _said(_words(*declarations.FIELD_GRAINS), "What there is one for; item if not said"),
        "from": _said(_ref("day"), "The first day, if later than that of the version"),
        "until": _said(_ref("day"), "The last day, if earlier than that of the version"),
        "when": _said(_EXPRESSION, "When the field belongs to the form; always if not said"),
        "value": _said(_EXPRESSION, "What is filled in; without it no order tells the field"),
        "required": _said(_EXPRESSION, "When it must be filled in; always if not said"),
        "join": _said(_ref("truth"), "Whether different values of the lines of an item are listed"),
        "format": _said(_TEXT, "How it is written, in words"),
        "length": _said(digits, "Most characters"),
        "cite": _CITE,
        "status": _said(_words(*declarations.FIELD_STATUSES), "How sure it is; practice has no source"),
        "note": _TEXT,
    }
    shape = _object(declarations.FIELD_KEYS, shapes, ("name", "title"))
    practice: Schema = {"properties": {"status": {"const": declarations.PRACTICE}}, "required": ["status"]}
    sourced: Schema = {"required": ["cite"]}
    unsourced: Schema = {"not": {"anyOf": [{"required": ["cite"]}, {"required": ["element"]}]}}
    return {**shape, "if": practice, "then": unsourced, "else": sourced}


# --- cases.yaml


def _cases() -> Schema:
    scalar: Schema = {"type": ["string", "number", "boolean", "null"]}
    anything: Schema = {"type": ["string", "number", "boolean", "null", "array", "object"]}
    wanted = {
        "totals": _said(_map(scalar), "Totals to the cent; null for one that is not determined"),
        "complete": _said(_ref("truth"), "Whether every total is determined"),
        "charges": _said(_list({"type": "object"}), "Each must match one charge"),
        "no_charges": _said(_list({"type": "object"}), "None may match"),
        "questions": _said(_list(_TEXT), "Exactly the facts that are asked for"),
        "bounds": _said(_map({**_list(_TEXT), "minItems": 2, "maxItems": 2}), "Least and most of an open total"),
        "violations": _said(_list(_TEXT), "Exactly the requirements that are not met"),
        "obligations": _said(_list(_TEXT), "Rules whose obligation must be among those told"),
        "options": _said(_list(_TEXT), "Rules that must be among the alternatives shown"),
        "error": _said(_TEXT, "The code with which the order is refused"),
    }
    case = {
        "case": _said(_TEXT, "What the case shows, with the arithmetic"),
        "base": _said(_TEXT, "The base it starts from"),
        "set": _said(_map(anything), "Facts by path"),
        "drop": _said(_ref("texts"), "Paths of facts that are not told"),
        "known_at": _said(_ref("day"), "Answer as one could on that day"),
        "at": _said(_ref("day"), "Answer as if placed on that day"),
        "overlay": _said(_TEXT, "An overlay beside the cases that is in force for this one"),
        "expect": _object(model.EXPECTATIONS, wanted),
    }
    shapes = {
        "bases": _said(_map({"type": "object"}), "Orders by name"),
        "cases": _list(_object(model.CASE_KEYS, case, ("case", "base", "expect"))),
    }
    return _object(model.CASE_FILE_KEYS, shapes, ("bases", "cases"))


def write(folder: Path) -> None:
    """Writes ``<name>.schema.json`` for each schema into a folder."""
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
