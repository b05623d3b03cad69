"""``declarations.yaml``: which data a customs declaration needs, as dated lists of fields with their sources.

A form (``H7``, ``CN23``) has versions; a version says for which goods the form is not, which lines make one item of it,
and which fields it has. A field without ``value`` is one that no order tells. Expressions stay text here.

>>> from xbcompliance.packs.document import read_document
>>> text = '''
... declarations:
...   - declaration: aq.slip
...     title: Parcel slip
...     form: SLIP
...     versions:
...       - from: 2024-01-01
...         cite: [aq-code § 9]
...         fields:
...           - {name: contents, title: What is inside, per: consignment, value: '"goods"', cite: [aq-code § 9]}
... '''
>>> form = read_forms(read_document(text, "declarations.yaml"), "declarations.yaml", "aq")["aq.slip"]
>>> form.name, form.versions[0].fields[0].texts["value"].text
('SLIP', '"goods"')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import PackError, shown
from xbcompliance.packs.fields import Fields, citations
from xbcompliance.packs.model import CLOCKS, STATUSES, Citation, Text
from xbcompliance.timeline import Span, Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xbcompliance._errors import Location
    from xbcompliance.packs.document import Node

FILE: Final = "declarations.yaml"
PRACTICE: Final = "practice"
"""The status of a field that is usual and that no source at hand speaks of: it has neither number nor citation."""
FIELD_STATUSES: Final = (*STATUSES, PRACTICE)
FIELD_GRAINS: Final = ("item", "consignment")
FORM_KEYS: Final = ("declaration", "title", "form", "clock", "note", "versions")
VERSION_KEYS: Final = ("from", "until", "published", "cite", "status", "contested", "note", "item", "not_for", "fields")
EXCLUSION_KEYS: Final = ("when", "because", "cite", "status")
FIELD_KEYS: Final = (
    *("name", "title", "element", "per", "from", "until", "when", "value", "required"),
    *("join", "format", "length", "cite", "status", "note"),
)
FIELD_EXPRESSIONS: Final = ("when", "value", "required")
NAME: Final = r"[a-z][a-z0-9_]*"
LENGTH: Final = r"[1-9][0-9]{0,4}"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Goods or consignments that the form is not for."""

    when: Text
    because: str
    citations: tuple[Citation, ...]
    status: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One field: ``element`` is its official number where a source gives it, ``span`` the days on which it is asked."""

    name: str
    title: str
    per: str
    span: Span
    texts: Mapping[str, Text]
    element: str | None
    format: str | None
    length: int | None
    join: bool
    citations: tuple[Citation, ...]
    status: str
    note: str | None
    at: Location


@dataclass(frozen=True, slots=True)
class FormVersion:
    """The form on certain days; lines for which all expressions of ``item`` agree are one item."""

    span: Span
    item: tuple[Text, ...]
    exclusions: tuple[Exclusion, ...]
    fields: tuple[FormField, ...]
    citations: tuple[Citation, ...]
    status: str
    contested: str | None
    note: str | None
    at: Location


@dataclass(frozen=True, slots=True)
class Form:
    """A declaration with its versions; ``name`` is what callers ask for."""

    id: str
    name: str
    title: str
    pack: str
    clock: str
    versions: tuple[FormVersion, ...]
    timeline: Timeline
    at: Location


def read_forms(document: Node, label: str, pack: str) -> dict[str, Form]:
    """The forms of a file by id. Raises :class:`PackError` at the first thing that is wrong."""
    forms: dict[str, Form] = {}
    for node in Fields(document, label, ("declarations",)).items("declarations"):
        form = _form(node, pack)
        if form.id in forms:
            message = f"the declaration {form.id} is written twice"
            raise PackError("XB-PACK-004", form.at, message=message, hint="keep one of them")
        forms[form.id] = form
    return forms


def _form(node: Node, pack: str) -> Form:
    fields = Fields(node, "a declaration", FORM_KEYS)
    form_id = fields.text("declaration")
    versions = tuple(_version(item) for item in fields.items("versions"))
    if not versions:
        raise PackError("XB-PACK-011", fields.at, found=f"{form_id} without versions", expected="at least one version")
    return Form(
        id=form_id,
        name=fields.text("form"),
        title=fields.text("title"),
        pack=pack,
        clock=fields.choice("clock", CLOCKS, "declared"),
        versions=versions,
        timeline=Timeline(tuple(version.span for version in versions)),
        at=fields.at,
    )


def _version(node: Node) -> FormVersion:
    fields = Fields(node, "a version of a declaration", VERSION_KEYS)
    start, end = _days(fields)
    if start is None:
        raise PackError("XB-PACK-011", fields.at, found="a version without 'from'", expected="from: its first day")
    span = Span(start, end, fields.day("published"))
    form_fields = tuple(_field(item, span) for item in fields.items("fields"))
    if not form_fields:
        raise PackError("XB-PACK-011", fields.at, found="a version without 'fields'", expected="at least one field")
    contested, note = fields.optional("contested"), fields.optional("note")
    return FormVersion(
        span=span,
        item=fields.words("item"),
        exclusions=tuple(_exclusion(item) for item in fields.items("not_for")),
        fields=form_fields,
        citations=_cited(fields),
        status=fields.choice("status", STATUSES, "verified"),
        contested=contested.text if contested else None,
        note=note.text if note else None,
        at=fields.at,
    )


def _days(fields: Fields) -> tuple[int | None, int | None]:
    start, end = fields.day("from"), fields.day("until")
    if start is not None and end is not None and end < start:
        raise PackError(
            "XB-PACK-014", fields.place("until"), found="an end before the beginning", expected="until ≥ from"
        )
    return start, end


def _cited(fields: Fields) -> tuple[Citation, ...]:
    found = citations(fields.words("cite"))
    if not found:
        expected = "cite: [source locator]"
        raise PackError("XB-PACK-011", fields.at, found=f"{fields.what} without 'cite'", expected=expected)
    return found


def _exclusion(node: Node) -> Exclusion:
    fields = Fields(node, "a 'not_for'", EXCLUSION_KEYS)
    when = Text(fields.text("when"), fields.place("when"))
    return Exclusion(when, fields.text("because"), _cited(fields), fields.choice("status", STATUSES, "verified"))


def _field(node: Node, version: Span) -> FormField:
    fields = Fields(node, "a field", FIELD_KEYS)
    name = _matching(fields, "name", NAME, "small letters, digits and _")
    start, end = _days(fields)
    status = fields.choice("status", FIELD_STATUSES, "verified")
    length = _matching(fields, "length", LENGTH, "a number of characters") if fields.get("length") else None
    element, form = fields.optional("element"), fields.optional("format")
    note = fields.optional("note")
    return FormField(
        name=name,
        title=fields.text("title"),
        per=fields.choice("per", FIELD_GRAINS, "item"),
        span=Span(version.start if start is None else start, version.end if end is None else end),
        texts={key: text for key in FIELD_EXPRESSIONS if (text := fields.optional(key))},
        element=element.text if element else None,
        format=form.text if form else None,
        length=None if length is None else int(length),
        join=fields.truth("join"),
        citations=_practised(fields) if status == PRACTICE else _cited(fields),
        status=status,
        note=note.text if note else None,
        at=fields.at,
    )


def _practised(fields: Fields) -> tuple[Citation, ...]:
    """A field of practice must not look like one of the law."""
    for key in ("cite", "element"):
        if fields.get(key) is not None:
            expected = f"no {key}: practice has no source"
            raise PackError("XB-PACK-013", fields.place(key), found=f"{key} in a field of practice", expected=expected)
    return ()


def _matching(fields: Fields, key: str, pattern: str, expected: str) -> str:
    text = fields.text(key)
    if not re.fullmatch(pattern, text):
        raise PackError("XB-PACK-013", fields.place(key), found=shown(text), expected=expected)
    return text
