"""YAML as located text: no scalar is resolved, nothing is aliased, everything is bounded.

A pack is data from strangers, so a document is read into three node kinds that remember their place. ``NO`` stays
the text ``NO`` and ``010121`` keeps its zeros; the schema, not the syntax, gives types. JSON documents are YAML too.

>>> document = read_document("country: NO\\ncode: 010121", "pack.yaml")
>>> document.entries["country"].text, document.entries["code"].text
('NO', '010121')
>>> read_document("a: 1\\na: 2", "pack.yaml")
Traceback (most recent call last):
xbcompliance._errors.PackError: XB-PACK-004 pack.yaml:2:1: the key 'a' is written twice (keep one of them)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from xbcompliance._errors import Location, PackError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 4_000_000
MAX_NODES: Final = 400_000
MAX_DEPTH: Final = 24
MAX_SCALAR: Final = 20_000

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Node:
    """Anything in a document; ``at`` is where it starts."""

    at: Location

    @property
    def described(self) -> str:
        """What this node is, for a message."""
        return "nothing"


@dataclass(frozen=True, slots=True)
class Scalar(Node):
    """A text; ``plain`` tells an unquoted one, which alone can mean *nothing*."""

    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Whether this is an unquoted empty value, ``~`` or ``null``."""
        return self.plain and self.text in _NULLS

    @property
    def described(self) -> str:
        """What this node is, for a message."""
        return "nothing" if self.is_null else shown(self.text)


@dataclass(frozen=True, slots=True)
class Sequence(Node):
    """A list of nodes."""

    items: tuple[Node, ...]

    @property
    def described(self) -> str:
        """What this node is, for a message."""
        return f"a list of {len(self.items)}"


@dataclass(frozen=True, slots=True)
class Mapping(Node):
    """Keys to nodes, in the order written."""

    entries: dict[str, Node]
    key_places: dict[str, Location] = field(default_factory=dict)

    @property
    def described(self) -> str:
        """What this node is, for a message."""
        return f"a mapping of {len(self.entries)}"


def read_document(text: str | bytes, file: str) -> Mapping:
    """The one document of a file, which must be a mapping.

    Raises :class:`PackError` ``XB-PACK-001`` (not YAML), ``002`` (too large or deep), ``003`` (alias, anchor, tag),
    ``004`` (a key twice), ``005`` (not a mapping).
    """
    if len(text) > MAX_BYTES:
        raise PackError("XB-PACK-002", Location(file, 1, 1), found=f"{len(text)} bytes", expected=f"≤ {MAX_BYTES}")
    try:
        builder = _Builder(file, yaml.parse(text, Loader=_LOADER))
        root = builder.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file, 1, 1)
        raise PackError("XB-PACK-001", place, message=f"not readable as YAML: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise PackError("XB-PACK-001", Location(file, 1, 1), message=f"not readable as YAML: {reason}") from None
    if not isinstance(root, Mapping):
        raise PackError("XB-PACK-005", root.at, found=root.described, expected="a mapping of keys")
    return root


class _Builder:
    """Builds nodes from parser events, counting as it goes."""

    def __init__(self, file: str, events: Iterator[yaml.Event]) -> None:
        self.file = file
        self.events = events
        self.nodes = 0

    def document(self) -> Node:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise PackError("XB-PACK-005", self._place(event), message="one file holds one document")
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 0)
        return root if root is not None else Scalar(Location(self.file, 1, 1), "", True)

    def _place(self, event: yaml.Event) -> Location:
        mark: Any = event.start_mark
        return Location(self.file, mark.line + 1, mark.column + 1)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        at = self._place(event)
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise PackError("XB-PACK-002", at, message=f"more than {MAX_DEPTH} levels or {MAX_NODES} entries")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise PackError("XB-PACK-003", at, message="anchors and aliases are not allowed; write the value out")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, at)
        if tag := getattr(event, "tag", None):
            raise PackError("XB-PACK-003", at, message=f"the tag {tag} is not allowed; types come from the schema")
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
                items.append(self._node(inner, depth + 1))
            return Sequence(at, tuple(items))
        return self._mapping(at, depth)

    def _scalar(self, event: yaml.ScalarEvent, at: Location) -> Scalar:
        if event.tag and event.tag != "!":
            raise PackError(
                "XB-PACK-003", at, message=f"the tag {event.tag} is not allowed; types come from the schema"
            )
        if len(event.value) > MAX_SCALAR:
            raise PackError("XB-PACK-002", at, found=f"{len(event.value)} characters", expected=f"≤ {MAX_SCALAR}")
        return Scalar(at, event.value, event.style in (None, ""))

    def _mapping(self, at: Location, depth: int) -> Mapping:
        entries: dict[str, Node] = {}
        places: dict[str, Location] = {}
        while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
            key = self._node(inner, depth + 1)
            if not isinstance(key, Scalar):
                raise PackError("XB-PACK-005", key.at, found=key.described, expected="a key")
            if key.text in entries:
                raise PackError(
                    "XB-PACK-004", key.at, message=f"the key {key.text!r} is written twice", hint="keep one of them"
                )
            entries[key.text] = self._node(next(self.events), depth + 1)
            places[key.text] = key.at
        return Mapping(at, entries, places)
