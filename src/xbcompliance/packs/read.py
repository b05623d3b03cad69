"""A folder or an overlay file into a :class:`Pack`: the schema of the pack format, stated once.

``pack.yaml`` says what the pack is, who says so and until when; ``rules.yaml`` holds the law; ``tables/*.csv`` the
numbers; ``cases.yaml`` the proof (read by :mod:`xbcompliance.checks`). Expressions stay text here.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import Location, PackError, did_you_mean, shown
from xbcompliance.packs.declarations import FILE as FORMS_FILE
from xbcompliance.packs.declarations import Form, read_forms
from xbcompliance.packs.document import MAX_BYTES, Mapping, Node, Scalar, Sequence, read_document
from xbcompliance.packs.fields import Fields, as_mapping, as_text, citations
from xbcompliance.packs.model import (
    CHARGE_KINDS,
    CLOCKS,
    KINDS,
    REFUNDS,
    STATUSES,
    Assumption,
    Pack,
    Relief,
    Rounding,
    Rule,
    Source,
    Text,
    Version,
)
from xbcompliance.packs.repeat import read_repeat
from xbcompliance.packs.table_files import read_tables
from xbcompliance.timeline import Span, Timeline

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = "xbpack/1"
RULES_FILE: Final = "rules.yaml"
PACK_KEYS: Final = (
    "format", "pack", "version", "kind", "title", "verified_through", "requires", "sources", "tables",
    "profiles", "reason", "author",
)  # fmt: skip
OVERLAY_KEYS: Final = (*PACK_KEYS, "rules", "values", "disable")
RULE_KINDS: Final = ("value", "define", "charge", "require")
GRAINS: Final = ("line", "item", "consignment", "order")
BASES: Final = ("zero_rated", "exempt", "relieved", "suspended", "out_of_scope", "reverse_charge")
SOURCE_KEYS: Final = ("title", "id", "url", "read", "note")
ASSUMPTION_KEYS: Final = ("fact", "value", "same_as", "when", "reason")
ASSUMED_WHEN: Final = ("untold", "null", "both")
DUE_KEYS: Final = ("from", "at")
REFUND_KEYS: Final = ("is", "cite")
ROUND_KEYS: Final = ("to", "step", "mode", "per")
ROUND_PER: Final = ("line", "total")
RELIEF_KEYS: Final = ("when", "basis", "cite")
_COMMON: Final = ("title", "per", "clock", "versions", "exception_to")
_TERMS: Final[dict[str, tuple[str, ...]]] = {
    "value": (),
    "define": (),
    "charge": ("kind", "jurisdiction", "level", "due_from", "due_at"),
    "require": ("severity", "message", "fix", "consequence", "market"),
}
RULE_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "value": ("title", "type", "versions", "note"),
    "define": (*_COMMON, "answers", "covers", "determination", "part_of"),
    "charge": (
        *(*_COMMON, "kind", "jurisdiction", "level", "due", "refund", "round"),
        *("part_of", "option_of", "option", "item", "for_each"),
    ),
    "require": (
        *(*_COMMON, "severity", "message", "fix", "consequence", "obligation", "due", "evidence", "market"),
        "told_only",
    ),
}
EXPRESSIONS: Final[dict[str, tuple[str, ...]]] = {
    "value": ("is",),
    "define": ("when", "is"),
    "charge": ("when", "base", "rate", "amount", "duty", "offered"),
    "require": ("when", "must"),
}
_VERSION_KEYS: Final = ("from", "until", "published", "corrects", "cite", "status", "contested", "note", "repealed")
VALUE_TYPES: Final = ("money", "number", "set", "code", "truth")
DECIMALS: Final = "[0-6]"
STEP: Final = "[1-9][0-9]{0,8}"


def read_pack(folder: Path, label: str | None = None) -> Pack:
    """The pack in a folder. Raises :class:`PackError` at the first thing that is wrong."""
    shown_folder = label or folder.name
    contents: dict[str, bytes] = {}
    fields = _open(folder / "pack.yaml", f"{shown_folder}/pack.yaml", PACK_KEYS, contents)
    if fields.choice("kind", KINDS, "law") == "overlay":
        expected = "another kind; an overlay is one file and is given as such"
        raise PackError("XB-PACK-013", fields.place("kind"), found="kind: overlay in a folder", expected=expected)
    rules: dict[str, Rule] = {}
    pack_id = fields.text("pack")
    rules_file = folder / RULES_FILE
    if rules_file.is_file():
        body = _open(rules_file, f"{shown_folder}/rules.yaml", ("rules",), contents)
        rules = read_rules(body.items("rules"), pack_id, 0)
    forms: dict[str, Form] = {}
    forms_file = folder / FORMS_FILE
    if forms_file.is_file():
        body = _open(forms_file, f"{shown_folder}/{FORMS_FILE}", ("declarations",), contents)
        forms = read_forms(body.node, FORMS_FILE, pack_id)
    tables, files = read_tables(fields.entries("tables"), folder, shown_folder, pack_id)
    contents.update(files)
    contents.update({name: (folder / name).read_bytes() for name in loose_tables(folder) if name not in contents})
    return replace(_pack(fields, folder, rules, tables, contents, layer=0), forms=forms)


def optional_files(folder: Path) -> list[str]:
    """The files of a pack that need not be there and are."""
    return [name for name in (RULES_FILE, FORMS_FILE) if (folder / name).is_file()]


def loose_tables(folder: Path) -> list[str]:
    """The tables of a folder, also those that no table of rules is made of, such as the lists of places: all of them
    decide what the pack means.
    """
    return sorted(f"tables/{path.name}" for path in (folder / "tables").glob("*.csv") if path.is_file())


def read_overlay(path: Path) -> Pack:
    """The overlay in a single file: a pack of kind ``overlay`` that must give its reason."""
    contents: dict[str, bytes] = {}
    fields = _open(path, path.name, OVERLAY_KEYS, contents)
    kind = fields.choice("kind", KINDS, "law")
    if kind != "overlay":
        raise PackError("XB-PACK-013", fields.place("kind"), found=f"kind: {kind}", expected="kind: overlay")
    reason = fields.optional("reason")
    if reason is None or not reason.text.strip():
        raise PackError("XB-PACK-011", fields.at, found="an overlay without 'reason'", expected="reason: why it exists")
    pack_id = fields.text("pack")
    rules = read_rules(fields.items("rules"), pack_id, 1)
    for name, node in fields.entries("values").items():
        if name in rules:
            hint = "keep one of them"
            raise PackError("XB-PACK-004", node.at, message=f"the rule {name} is written twice", hint=hint)
        rules[name] = _value(name, node, pack_id)
    tables, _ = read_tables(fields.entries("tables"), None, path.name, pack_id, layer=1)
    return _pack(fields, path, rules, tables, contents, layer=1)


def _open(path: Path, label: str, keys: tuple[str, ...], contents: dict[str, bytes]) -> Fields:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise PackError("XB-PACK-002", Location(label, 1, 1), found=f"{size} bytes", expected=f"≤ {MAX_BYTES}")
        raw = path.read_bytes()
    except OSError as error:
        raise PackError("XB-PACK-006", Location(label, 1, 1), message=f"cannot be read: {error.strerror}") from None
    contents[path.name] = raw
    document = read_document(raw, label)
    if "format" in keys:
        _check_format(document)
    return Fields(document, label.rpartition("/")[2], keys)


def _check_format(document: Mapping) -> None:
    """A pack of another format is said to be one before anything in it is called wrong."""
    written = document.entries.get("format")
    if isinstance(written, Scalar) and not written.is_null and written.text != FORMAT:
        raise PackError("XB-PACK-007", written.at, found=shown(written.text), expected=FORMAT)


def _pack(
    fields: Fields,
    folder: Path,
    rules: dict[str, Rule],
    tables: tuple[Any, ...],
    contents: dict[str, bytes],
    layer: int,
) -> Pack:
    fields.text("format")
    verified = fields.day("verified_through")
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + contents[name] + b"\0")
    reason, author, title = fields.optional("reason"), fields.optional("author"), fields.optional("title")
    version = fields.optional("version")
    return Pack(
        id=fields.text("pack"),
        version=version.text if version else "0",
        kind=fields.choice("kind", KINDS, "law"),
        title=title.text if title else "",
        verified_through=date.fromordinal(verified) if verified else None,
        folder=folder,
        at=fields.at,
        requires=tuple(word.text for word in fields.words("requires")),
        sources={key: _source(key, node) for key, node in fields.entries("sources").items()},
        rules=rules,
        tables=tables,
        profiles={name: _profile(node) for name, node in fields.entries("profiles").items()},
        disabled=fields.words("disable") if layer else (),
        reason=reason.text if reason else None,
        author=author.text if author else None,
        digest=digest.hexdigest(),
        files={name: hashlib.sha256(content).hexdigest() for name, content in contents.items()},
    )


def _source(key: str, node: Node) -> Source:
    fields = Fields(node, f"source {key}", SOURCE_KEYS)
    url, read = fields.optional("url"), fields.optional("read")
    fields.day("read")
    identity = fields.optional("id")
    return Source(
        key,
        fields.text("title"),
        identity.text if identity else "",
        url.text if url else None,
        read.text if read else None,
        fields.at,
    )


def _profile(node: Node) -> tuple[Assumption, ...]:
    fields = Fields(node, "a profile", ("assume",))
    assumptions = []
    for entry in fields.items("assume"):
        row = Fields(entry, "an assumption", ASSUMPTION_KEYS)
        value, same = row.optional("value"), row.optional("same_as")
        if (value is None) == (same is None):
            raise PackError("XB-PACK-011", row.at, found="an assumption", expected="either value or same_as")
        when = row.choice("when", ASSUMED_WHEN, "untold")
        assumptions.append(
            Assumption(
                fact=row.text("fact"),
                value=value.text if value else None,
                same_as=same.text if same else None,
                when_untold=when != "null",
                when_null=when != "untold",
                reason=row.text("reason"),
            )
        )
    return tuple(assumptions)


def read_rules(nodes: tuple[Node, ...], pack: str, layer: int) -> dict[str, Rule]:
    """The rules of a list, by id; an id written twice is ``XB-PACK-004``."""
    rules: dict[str, Rule] = {}
    for node in nodes:
        mapping = as_mapping(node, "a rule")
        kind = next((kind for kind in RULE_KINDS if kind in mapping.entries), None)
        if kind is None:
            raise PackError(
                "XB-PACK-010", mapping.at, found="a rule", expected=" | ".join(f"{k}: id" for k in RULE_KINDS)
            )
        rule = _rule(kind, mapping, pack, layer)
        if rule.id in rules:
            raise PackError(
                "XB-PACK-004", rule.at, message=f"the rule {rule.id} is written twice", hint="keep one of them"
            )
        rules[rule.id] = rule
    return rules


def _rule(kind: str, mapping: Mapping, pack: str, layer: int) -> Rule:
    fields = Fields(mapping, f"a {kind} rule", (kind, *RULE_KEYS[kind]))
    rule_id = fields.text(kind)
    terms = {key: text for key in _TERMS[kind] if key in RULE_KEYS[kind] and (text := fields.optional(key))}
    terms |= _due(fields) if "due" in RULE_KEYS[kind] else {}
    terms |= _refund(fields) if "refund" in RULE_KEYS[kind] else {}
    if kind == "value":
        terms["type"] = Text(fields.choice("type", VALUE_TYPES, ""), fields.place("type"))
    if kind == "require" and (obligation := fields.optional("obligation")):
        terms["obligation"] = obligation
    versions = tuple(_version(node, kind, layer) for node in fields.items("versions"))
    if not versions:
        raise PackError("XB-PACK-011", fields.at, found=f"{rule_id} without versions", expected="at least one version")
    title = fields.optional("title")
    item = fields.optional("item") if kind == "charge" else None
    each = fields.get("for_each") if "for_each" in RULE_KEYS[kind] else None
    if kind == "require":
        terms |= {f"evidence.{index}": word for index, word in enumerate(fields.words("evidence"))}
    return Rule(
        id=rule_id,
        kind=kind,
        pack=pack,
        per=fields.choice("per", GRAINS, "order") if kind != "value" else "order",
        clock=fields.choice("clock", CLOCKS, "placed") if kind != "value" else None,
        versions=versions,
        timeline=Timeline(tuple(version.span for version in versions)),
        at=fields.at,
        title=title.text if title else "",
        answers=_text_of(fields, kind, "answers") or rule_id,
        exception_to=tuple(word.text for word in fields.words("exception_to")) if kind != "value" else (),
        covers=_covers(fields) if kind == "define" else (),
        determination=kind == "define" and fields.truth("determination"),
        told_only=kind == "require" and fields.truth("told_only"),
        part_of=_text_of(fields, kind, "part_of"),
        option_of=_text_of(fields, kind, "option_of"),
        option=_text_of(fields, kind, "option"),
        item_by=item.text if item else None,
        rounding=_rounding(fields) if kind == "charge" else Rounding(),
        terms=terms,
        written=frozenset(mapping.entries),
        repeat=read_repeat(each) if each is not None else None,
    )


def _covers(fields: Fields) -> tuple[str, ...]:
    words = fields.words("covers")
    for word in words:
        if word.text not in CHARGE_KINDS:
            hint = did_you_mean(word.text, CHARGE_KINDS)
            expected = " | ".join(CHARGE_KINDS)
            raise PackError("XB-PACK-013", word.at, found=shown(word.text), expected=expected, hint=hint)
    return tuple(word.text for word in words)


def _text_of(fields: Fields, kind: str, key: str) -> str | None:
    if key not in RULE_KEYS[kind]:
        return None
    text = fields.optional(key)
    return text.text if text else None


def _due(fields: Fields) -> dict[str, Text]:
    node = fields.get("due")
    if node is None:
        return {}
    if isinstance(node, Scalar):
        return {"due": as_text(node, "due")}
    inner = Fields(node, "due", DUE_KEYS)
    return {f"due_{key}": text for key in DUE_KEYS if (text := inner.optional(key))}


def _refund(fields: Fields) -> dict[str, Text]:
    """What a return gives back of a charge, as a word or with the law that says so."""
    node = fields.get("refund")
    if node is None:
        return {}
    if isinstance(node, Scalar):
        return {"refund": Text(fields.choice("refund", REFUNDS, ""), node.at)}
    inner = Fields(node, "refund", REFUND_KEYS)
    inner.text("is")
    cites = {f"refund.{number}": word for number, word in enumerate(inner.words("cite"))}
    return {"refund": Text(inner.choice("is", REFUNDS, ""), inner.place("is")), **cites}


def _rounding(fields: Fields) -> Rounding:
    from xbcompliance.money import MODES

    node = fields.get("round")
    if node is None:
        return Rounding()
    inner = Fields(node, "round", ROUND_KEYS)
    to, step = inner.optional("to"), inner.optional("step")
    digits = None
    if to is not None and to.text != "minor":
        if not re.fullmatch(DECIMALS, to.text):
            raise PackError("XB-PACK-013", to.at, found=shown(to.text), expected="minor, or 0 to 6 decimals")
        digits = int(to.text)
    if step is not None and not re.fullmatch(STEP, step.text):
        raise PackError("XB-PACK-013", step.at, found=shown(step.text), expected="a whole number of units")
    mode = inner.choice("mode", MODES, "half_up")
    return Rounding(digits, int(step.text) if step else 1, mode, inner.choice("per", ROUND_PER, "line"))


def version_keys(kind: str) -> tuple[str, ...]:
    """The keys that a version of a kind of rule may have."""
    return (*_VERSION_KEYS, *EXPRESSIONS[kind], *(("instead",) if kind == "charge" else ()))


def _version(node: Node, kind: str, layer: int) -> Version:
    keys = version_keys(kind)
    fields = Fields(node, f"a version of a {kind}", keys)
    start = fields.day("from")
    if start is None:
        raise PackError("XB-PACK-011", fields.at, found="a version without 'from'", expected="from: its first day")
    end = fields.day("until")
    if end is not None and end < start:
        raise PackError(
            "XB-PACK-014", fields.place("until"), found="an end before the beginning", expected="until ≥ from"
        )
    cites = citations(fields.words("cite"))
    if not cites and not layer:
        raise PackError("XB-PACK-011", fields.at, found="a version without 'cite'", expected="cite: [source locator]")
    span = Span(start, end, fields.day("published"), fields.truth("corrects"), layer)
    texts = {key: text for key in EXPRESSIONS[kind] if (text := _expression(fields, key))}
    contested, note = fields.optional("contested"), fields.optional("note")
    return Version(
        span=span,
        texts=texts,
        citations=cites,
        status=fields.choice("status", STATUSES, "verified"),
        at=fields.at,
        relief=tuple(_relief(item, cites) for item in fields.items("instead")) if kind == "charge" else (),
        contested=contested.text if contested else None,
        note=note.text if note else None,
        repealed=fields.truth("repealed"),
    )


def _expression(fields: Fields, key: str) -> Text | None:
    words = fields.words(key)
    if not words:
        return None
    if len(words) > 1 or not isinstance(fields.get(key), Scalar):
        return Text("[" + ", ".join(word.text for word in words) + "]", words[0].at)
    return words[0]


def _relief(node: Node, default: tuple[Any, ...]) -> Relief:
    fields = Fields(node, "an 'instead'", RELIEF_KEYS)
    when = Text(fields.text("when"), fields.place("when"))
    return Relief(when, fields.choice("basis", BASES, "relieved"), citations(fields.words("cite")) or default)


def _value(name: str, node: Node, pack: str) -> Rule:
    """An overlay's short form of a value: the list of its versions."""
    if not isinstance(node, Sequence):
        raise PackError("XB-PACK-012", node.at, found=node.described, expected=f"a list of versions for {name}")
    versions = tuple(_version(item, "value", 1) for item in node.items)
    timeline = Timeline(tuple(version.span for version in versions))
    return Rule(
        name, "value", pack, "order", None, versions, timeline, node.at, answers=name, terms={"type": Text("", node.at)}
    )
