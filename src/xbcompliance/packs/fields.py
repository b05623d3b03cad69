"""Reading a mapping field by field: each value is typed by the schema, each error says where, what and what instead.

>>> from xbcompliance.packs.document import read_document
>>> fields = Fields(read_document("pack: eu.ioss\\nverson: 1", "pack.yaml"), "a pack", ("pack", "version"))
Traceback (most recent call last):
xbcompliance._errors.PackError: XB-PACK-010 pack.yaml:2:1: found the key 'verson' in a pack, expected pack, version \
(did you mean 'version'?)
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import Location, PackError, did_you_mean, shown
from xbcompliance.packs.document import Mapping, Node, Scalar, Sequence
from xbcompliance.packs.model import Citation, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
"""How a day is written; Python would also read week dates, which nobody means here."""


class Fields:
    """A mapping with a closed list of keys. Raises :class:`PackError` ``XB-PACK-010`` to ``014``."""

    def __init__(self, node: Node, what: str, allowed: Iterable[str]) -> None:
        self.node = as_mapping(node, what)
        self.what = what
        names = tuple(allowed)
        for key in self.node.entries:
            if key not in names:
                place = self.node.key_places.get(key, self.node.at)
                wanted = ", ".join(names)
                found = f"the key {shown(key)} in {what}"
                raise PackError("XB-PACK-010", place, found=found, expected=wanted, hint=did_you_mean(key, names))

    @property
    def at(self) -> Location:
        """Where the mapping starts."""
        return self.node.at

    def place(self, key: str) -> Location:
        """Where the value of a key stands, or the mapping itself."""
        node = self.node.entries.get(key)
        return node.at if node is not None else self.node.at

    def get(self, key: str) -> Node | None:
        """The node of a key; None when it is not written or empty."""
        node = self.node.entries.get(key)
        return None if isinstance(node, Scalar) and node.is_null else node

    def text(self, key: str) -> str:
        """A required text; blanks alone are none."""
        found = self.optional(key)
        if found is None or not found.text.strip():
            raise PackError("XB-PACK-011", self.at, found=f"{self.what} without {key!r}", expected=f"{key}: …")
        return found.text

    def optional(self, key: str) -> Text | None:
        """A text with its place, or None."""
        node = self.get(key)
        return None if node is None else as_text(node, key)

    def words(self, key: str) -> tuple[Text, ...]:
        """A text or a list of texts."""
        node = self.get(key)
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else (node,)
        return tuple(as_text(item, key) for item in items)

    def items(self, key: str) -> tuple[Node, ...]:
        """A list of nodes."""
        node = self.get(key)
        if node is None:
            return ()
        if not isinstance(node, Sequence):
            raise PackError("XB-PACK-012", node.at, found=f"{node.described} as {key}", expected="a list")
        return node.items

    def entries(self, key: str) -> dict[str, Node]:
        """A mapping of names to nodes."""
        node = self.get(key)
        return {} if node is None else as_mapping(node, key).entries

    def choice(self, key: str, options: tuple[str, ...], default: str) -> str:
        """One of a closed list of words."""
        found = self.optional(key)
        if found is None:
            return default
        if found.text not in options:
            hint = did_you_mean(found.text, options)
            raise PackError("XB-PACK-013", found.at, found=shown(found.text), expected=" | ".join(options), hint=hint)
        return found.text

    def truth(self, key: str) -> bool:
        """``true`` or ``false``; false when not written."""
        return self.choice(key, ("true", "false"), "false") == "true"

    def day(self, key: str) -> int | None:
        """An ISO day as an ordinal, or None."""
        found = self.optional(key)
        return None if found is None else as_day(found)


def as_mapping(node: Node, what: str) -> Mapping:
    """The node as a mapping, or ``XB-PACK-012``."""
    if not isinstance(node, Mapping):
        raise PackError("XB-PACK-012", node.at, found=f"{node.described} as {what}", expected="a mapping of keys")
    return node


def as_text(node: Node, what: str) -> Text:
    """The node as a text, or ``XB-PACK-012``."""
    if not isinstance(node, Scalar) or node.is_null:
        raise PackError("XB-PACK-012", node.at, found=f"{node.described} as {what}", expected="a text")
    return Text(node.text, node.at)


def as_day(text: Text) -> int:
    """An ISO day as an ordinal, or ``XB-PACK-014``."""
    try:
        if not re.fullmatch(DAY, text.text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text.text).toordinal()
    except ValueError:
        raise PackError("XB-PACK-014", text.at, found=shown(text.text), expected="a day such as 2026-07-01") from None


def citations(words: tuple[Text, ...]) -> tuple[Citation, ...]:
    """``source locator…`` texts as citations; the first word is the source's key."""
    return tuple(Citation.written(word.text) for word in words)
