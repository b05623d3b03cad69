"""Reading JSON documents: one, an array, or one a line, from a stream of bounded size.

Each document keeps its own text, because a number written as a float must reach the engine as it was written. A
document that is not JSON becomes a problem in its place, with the line it stands on, and the others are still read.

>>> from io import BytesIO
>>> [document.identity for document in read_documents(BytesIO(b'{"id": "A"}\\n{"id": "B"}\\n'))]
['A', 'B']
>>> [document.text for document in read_documents(BytesIO(b'[{"id": "A", "n": 1.50}, {}]'))]
['{"id": "A", "n": 1.50}', '{}']
>>> print(*(document.problem for document in read_documents(BytesIO(b'{}\\n{"id": }\\n'))), sep="\\n")
None
XB-IN-001 line 2: not a JSON document: Expecting value at column 8
"""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from xbcompliance._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT: Final = 200 * 1024 * 1024
"""Bytes that one source may hold."""

_BOM = b"\xef\xbb\xbf"
_WHITESPACE = " \t\r\n"
_BLANK = _WHITESPACE.encode()

# A whole string, or what may end an array's element; a quote that opens no whole string stands alone.
_MARKS = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{},"]', re.DOTALL)


class Document(NamedTuple):
    """One document: its text, the line it starts on, and either its value or why it has none."""

    text: str
    line: int
    value: Any = None
    problem: InputError | None = None

    @property
    def identity(self) -> str | None:
        """The document's own ``id``, if it has one that is text."""
        found = self.value.get("id") if isinstance(self.value, dict) else None
        return found if isinstance(found, str) else None


def read_documents(stream: BinaryIO, limit: int = LIMIT) -> Iterator[Document]:
    """The documents of a stream of UTF-8 text, in order; what cannot be read is a document with a problem.

    Lines are read one by one while each is a document of its own; an array or a document over many lines is read whole.
    """
    source = _Bounded(stream, limit)
    try:
        first = source.line()
        if first is None:
            yield Document("", 1, problem=_problem(1, "found nothing, expected an order"))
            return
        start = source.number
        if first.lstrip(_BLANK).startswith(b"["):
            yield from _elements(first + source.rest(), start)
            return
        document = _document(first, start)
        if document.problem is not None:
            yield from _over_lines(first + source.rest(), start)
            return
        yield document
        while (data := source.line()) is not None:
            yield _document(data, source.number)
    except InputError as problem:
        yield Document("", source.number, problem=problem)


class _Bounded:
    """A stream of which no more than a number of bytes is ever held; knows the line it has come to."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._left = limit
        self.number = 0

    def line(self) -> bytes | None:
        """The next line that holds something, without the byte order mark of the file; ``None`` at the end."""
        while data := self._counted(self._stream.readline(self._left + 1), 1):
            if self.number == 1:
                data = data.removeprefix(_BOM)
            if data.strip(_BLANK):
                return data
        return None

    def rest(self) -> bytes:
        """Everything that is left."""
        return self._counted(self._stream.read(self._left + 1), 0)

    def _counted(self, data: bytes, lines: int) -> bytes:
        self.number += lines
        self._left -= len(data)
        if self._left < 0:
            raise _problem(self.number, f"found more than {self._limit} bytes, split the input into several files")
        return data


def _over_lines(data: bytes, start: int) -> Iterator[Document]:
    """A document over many lines, or one a line of which the first is broken."""
    whole = _document(data, start)
    if whole.problem is None or not any(map(_is_line_document, BytesIO(data))):
        yield whole
        return
    for number, line in enumerate(BytesIO(data), start):
        if line.strip(_BLANK):
            yield _document(line, number)


def _is_line_document(data: bytes) -> bool:
    """Whether a line is one object by itself and not indented, as it would be inside another."""
    return data.startswith(b"{") and _document(data, 1).problem is None


def _elements(data: bytes, line: int) -> Iterator[Document]:
    """The elements of an array by their own text; a broken one does not hide those after it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Document("", line, problem=_not_utf8(line, data, error))
        return
    first = start = text.index("[") + 1
    line += text.count("\n", 0, start)
    for end, closed in _element_ends(text, start):
        element = text[start:end]
        if not closed or start != first or element.strip():  # an empty array has no element
            yield _document(element, line, start - text.rfind("\n", 0, start) - 1)
        line += text.count("\n", start, end)
        start = end + 1
        if closed:
            break
    else:
        yield Document("", line, problem=_problem(line, "the array that starts the input is never closed, expected ]"))
        return
    rest = text[start:]
    if rest.strip():
        line += rest.count("\n", 0, len(rest) - len(rest.lstrip()))
        yield Document("", line, problem=_problem(line, "found more text after the end of the array"))


def _element_ends(text: str, start: int) -> Iterator[tuple[int, bool]]:
    """Where each element of an array ends, and whether the array ends there too."""
    depth = 0
    for mark in _MARKS.finditer(text, start):
        sign = mark[0]
        if sign in ("[", "{"):
            depth += 1
        elif sign in ("]", "}"):
            if depth == 0:
                yield mark.start(), True
                return
            depth -= 1
        elif sign == "," and depth == 0:
            yield mark.start(), False
        elif sign == '"':
            return


def _document(data: bytes | str, line: int, column: int = 0) -> Document:
    """One document that starts on ``line`` behind ``column`` characters."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        return Document("", line, problem=_not_utf8(line, error.object, error))
    try:
        return Document(text.strip(_WHITESPACE), line, json.loads(text, parse_float=str))
    except json.JSONDecodeError as error:
        place = error.colno + (column if error.lineno == 1 else 0)
        problem = _problem(line + error.lineno - 1, f"not a JSON document: {error.msg} at column {place}")
    except ValueError:
        problem = _problem(line, "a number has more digits than any amount, expected at most 15 before the point")
    except RecursionError:
        problem = _problem(line, "lists and objects are nested too deeply, expected an order")
    return Document(text, line, problem=problem)


def _not_utf8(line: int, data: bytes, error: UnicodeDecodeError) -> InputError:
    found = data[error.start : error.start + 1].hex()
    return _problem(line + data.count(b"\n", 0, error.start), f"found byte 0x{found}, expected UTF-8 text")


def _problem(line: int, message: str) -> InputError:
    return InputError("XB-IN-001", f"line {line}", message=message)
