"""Every failure a caller can meet, as one small tree.

``ComplianceError``
    ``PackError``       ``XB-PACK-…``  a pack, overlay or table is wrong: file, line, column
    ``InputError``      ``XB-IN-…``    an order is wrong: JSON path
    ``ReplayMismatch``  ``XB-RE-…``    a receipt does not reproduce: the first difference
    ``EngineError``     ``XB-EN-…``    our own bug

Each error is a sentence a tired person can act on: where, what was found, what was expected, what to do.

>>> error = InputError("XB-IN-003", "lines[0].hs_code", found="'6109'", expected="6 to 10 digits")
>>> print(error)
XB-IN-003 lines[0].hs_code: found '6109', expected 6 to 10 digits
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 80


class Location(NamedTuple):
    """Where something stands in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class ComplianceError(Exception):
    """The root: ``code`` is stable, ``where`` is a file position or a JSON path, the rest is the sentence.

    >>> ComplianceError("XB-EN-001", "", message="nothing to do").message
    'nothing to do'
    """

    def __init__(
        self, code: str, where: object = "", *, found: str = "", expected: str = "", hint: str = "", message: str = ""
    ) -> None:
        self.code = code
        self.where = where
        self.found = found
        self.expected = expected
        self.hint = hint
        self.message = message or self._sentence()
        super().__init__(str(self))

    def _sentence(self) -> str:
        parts = []
        if self.found:
            parts.append(f"found {self.found}")
        if self.expected:
            parts.append(f"expected {self.expected}")
        return ", ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.code, self.where, self.found, self.expected, self.hint, self.message))

    def __str__(self) -> str:
        place = f" {self.where}" if str(self.where) else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.code}{place}: {self.message}{hint}"


class PackError(ComplianceError):
    """A pack, an overlay or one of their tables cannot be used; ``where`` is a :class:`Location`."""


class InputError(ComplianceError):
    """An order, listing, transfer or receipt cannot be used; ``where`` is a JSON path such as ``lines[0].hs_code``."""

    @property
    def path(self) -> str:
        """The JSON path of the offending field; empty for the whole document."""
        return str(self.where)

    def to_dict(self) -> dict[str, str]:
        """The contract's shape of an input error in a batch.

        >>> InputError("XB-IN-001", "currency", message="unknown").to_dict()
        {'code': 'XB-IN-001', 'path': 'currency', 'message': 'unknown'}
        """
        message = f"{self.message} ({self.hint})" if self.hint else self.message
        return {"code": self.code, "path": self.path, "message": message}


class ReplayMismatch(ComplianceError):
    """A receipt does not reproduce; ``where`` names the first node that differs."""


class EngineError(ComplianceError):
    """A state that should be impossible: a bug in this library."""


def _rebuild(
    kind: type[ComplianceError], code: str, where: object, found: str, expected: str, hint: str, message: str
) -> ComplianceError:
    return kind(code, where, found=found, expected=expected, hint=hint, message=message)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint naming the nearest known word, or nothing.

    >>> did_you_mean("iosss_number", ["ioss_number", "eori"])
    "did you mean 'ioss_number'?"
    >>> did_you_mean("qqq", ["ioss_number"])
    ''
    """
    near = get_close_matches(word[:_SHOWN], list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def shown(value: object) -> str:
    """A short, safe picture of an offending value for a message.

    >>> shown("x" * 200)[-16:]
    "xxx' (200 chars)"
    """
    if isinstance(value, str):
        return repr(value) if len(value) <= _SHOWN else f"{value[:_SHOWN]!r} ({len(value)} chars)"
    if isinstance(value, (dict, list, tuple)):
        return f"{type(value).__name__} with {len(value)} entries"
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
