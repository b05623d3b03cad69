"""Official files as readers want them: hashed, unpacked within bounds, and row by row with line numbers.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     path = Path(folder, "rates.csv")
...     _ = path.write_text('code,rate\\n01,5%\\n02,"6%"x\\n03,7%\\n')
...     file, unread = open_file(path, "trial"), []
...     for line, row in table(file, ("code", "rate"), unread):
...         print(line, row["rate"])
2 5%
4 7%
>>> print(unread[0].where, unread[0].reason)
rates.csv:3 not CSV: ',' expected after '"'
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import InputError, did_you_mean, shown
from xbcompliance.importers._model import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

MAX_FILE: Final = 256_000_000
"""Bytes of a file as it lies on disk."""
MAX_UNPACKED: Final = 1_000_000_000
"""Bytes that a packed file may hold."""
MAX_SHOWN: Final = 200
"""Characters of an unread row that are kept."""
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class InputFile:
    """A file that was read once: ``key`` is how rows cite it, ``sha256`` is of the file as it came."""

    name: str
    key: str
    sha256: str
    size: int
    raw: bytes = field(repr=False)

    def stream(self) -> io.BufferedReader:
        """What the file holds once unpacked. ``InputError`` XB-IN-070 if it is no such archive or holds too much."""
        return io.BufferedReader(_Bounded(self._unpacked(), self.name))

    def content(self) -> bytes:
        """All of it at once, without a byte order mark."""
        with self.stream() as stream:
            return stream.read().removeprefix(b"\xef\xbb\xbf")

    def _unpacked(self) -> io.BufferedIOBase:
        raw = io.BytesIO(self.raw)
        if self.raw.startswith(b"\x1f\x8b"):
            return gzip.GzipFile(fileobj=raw)
        if self.raw.startswith(b"PK\x03\x04"):
            from zipfile import BadZipFile, ZipFile

            try:
                archive = ZipFile(raw)
                names = archive.namelist()
                if len(names) == 1:
                    return archive.open(names[0])  # type: ignore[return-value]
                found = f"an archive of {len(names)} files"
            except (BadZipFile, RuntimeError, NotImplementedError) as error:
                found = str(error)
            raise InputError("XB-IN-070", self.name, found=found, expected="one file, plain, gzipped or zipped")
        return raw


class _Bounded(io.RawIOBase):
    """A stream that refuses to unpack more than :data:`MAX_UNPACKED` and names the file in every failure."""

    def __init__(self, inner: io.BufferedIOBase, name: str) -> None:
        self._inner = inner
        self._name = name
        self._left = MAX_UNPACKED

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        from zipfile import BadZipFile

        try:
            data = self._inner.read(min(len(buffer), _CHUNK))
        except (OSError, EOFError, zlib.error, BadZipFile, RuntimeError) as error:
            found = str(error) or type(error).__name__
            raise InputError("XB-IN-070", self._name, found=found, expected="a file that unpacks") from None
        self._left -= len(data)
        if self._left < 0:
            found = f"more than {MAX_UNPACKED} bytes once unpacked"
            raise InputError("XB-IN-070", self._name, found=found, expected="less")
        buffer[: len(data)] = data
        return len(data)


def open_file(path: str | PathLike[str], format_name: str) -> InputFile:
    """Read a file into memory as it lies on disk. ``InputError`` XB-IN-070 if that cannot be done."""
    place = Path(path)
    try:
        if place.exists() and not place.is_file():  # reading a pipe or a device might never end
            raise InputError("XB-IN-070", str(place), found="no plain file", expected="a file")
        size = place.stat().st_size
        if size > MAX_FILE:
            raise InputError("XB-IN-070", str(place), found=f"{size} bytes", expected=f"≤ {MAX_FILE}")
        raw = place.read_bytes()
    except OSError as error:
        raise InputError("XB-IN-070", str(place), message=f"cannot be read: {error.strerror}") from None
    digest = hashlib.sha256(raw).hexdigest()
    return InputFile(place.name, f"{format_name}-{digest[:12]}", digest, len(raw), raw)


def records(file: InputFile, unread: list[Unread]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with the line each starts on; rows that are no CSV go to ``unread``."""
    with file.stream() as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        reader = csv.reader(text, strict=True)
        line = 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                unread.append(Unread(f"{file.name}:{line}", f"not CSV: {error}", ""))
            except UnicodeDecodeError as error:
                found = f"bytes that are not UTF-8 text ({error.reason}) after line {reader.line_num}"
                raise InputError("XB-IN-070", file.name, found=found, expected="UTF-8 text") from None
            else:
                if any(cell.strip() for cell in cells):
                    yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1


def table(
    file: InputFile, needed: tuple[str, ...], unread: list[Unread], optional: tuple[str, ...] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file by column name. ``InputError`` XB-IN-071 if the header lacks a needed column.

    With ``optional`` given no other columns may be there.
    """
    rows = records(file, unread)
    _, header = next(rows, (1, []))
    _check_header(file, header, needed, optional)
    for line, cells in rows:
        if len(cells) != len(header):
            reason = f"found {len(cells)} cells, expected {len(header)}"
            unread.append(Unread(f"{file.name}:{line}", reason, ",".join(cells)[:MAX_SHOWN]))
        else:
            yield line, dict(zip(header, cells, strict=True))


def _check_header(
    file: InputFile, header: list[str], needed: tuple[str, ...], optional: tuple[str, ...] | None
) -> None:
    missing = [name for name in needed if name not in header]
    unknown = [name for name in header if name not in (*needed, *optional)] if optional is not None else []
    if missing or unknown or len(set(header)) < len(header):
        hint = did_you_mean(missing[0], header) if missing else did_you_mean(unknown[0], needed) if unknown else ""
        expected = f"the columns {', '.join(needed)}, each once"
        found = shown(",".join(header)) if header else "an empty file"
        raise InputError("XB-IN-071", f"{file.name}:1", found=found, expected=expected, hint=hint)


def excerpt(row: dict[str, str]) -> str:
    """A row as text for the list of what was not read.

    >>> excerpt({"code": "01", "rate": "5 %"})
    '01,5 %'
    """
    return ",".join(row.values())[:MAX_SHOWN]
