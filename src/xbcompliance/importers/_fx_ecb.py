"""The euro reference rates as the European Central Bank publishes them: its history as CSV, gzipped or zipped.

The good rows become a file of the pack that carries its sha256 as its name; the table ``fx.files`` points there, and an
engine with the pack takes its daily rates from it.

>>> inside(b"2026-10-30", Wanted())
True
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import InputError, shown
from xbcompliance.fx import read_ecb
from xbcompliance.importers._files import MAX_SHOWN, InputFile
from xbcompliance.importers._model import Reading, Rows, Unread, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = ("publisher", "from", "until", "value", "source", "locator")


def read(files: Sequence[InputFile], wanted: Wanted) -> Reading:
    """One file of daily rates and the row of ``fx.files`` that names it."""
    if len(files) > 1:
        hint = "the bank's history is one file"
        raise InputError("XB-IN-075", "files", found=f"{len(files)} files", expected="one", hint=hint)
    file = files[0]
    header, rows, problems = read_ecb(file.content())
    if problems and not rows and problems[0][0] == 1:
        found = shown(problems[0][1].decode("utf-8", "replace")) if header else "an empty file"
        raise InputError("XB-IN-071", f"{file.name}:1", found=found, expected=problems[0][2])
    unread = [
        Unread(f"{file.name}:{line}", f"expected {expected}", text.decode("utf-8", "replace")[:MAX_SHOWN])
        for line, text, expected in problems
        if text.strip()
    ]
    days = sorted((day for day in rows if inside(day, wanted)), reverse=True)
    body = b"\n".join([header, *(rows[day] for day in days), b""])
    digest = hashlib.sha256(body).hexdigest()
    first, last = (days[-1].decode(), days[0].decode()) if days else ("", "")
    row = ("ecb", first, "", digest, file.key, f"{first} to {last}")
    return Reading(
        title="Euro foreign exchange reference rates",
        source="European Central Bank, euro foreign exchange reference rates",
        tables={"fx.files": Rows(COLUMNS, [row] if days else [], replaces=True)},
        unread=unread,
        stated=date.fromisoformat(last) if days else None,
        files={f"rates/{digest}.csv": body} if days else {},
        counts={"days": len(days), "outside the days asked for": len(rows) - len(days)},
    )


def inside(day: bytes, wanted: Wanted) -> bool:
    """Whether a day is one of those to take."""
    text = day.decode()
    after = wanted.start is None or text >= wanted.start.isoformat()
    return after and (wanted.until is None or text <= wanted.until.isoformat())
