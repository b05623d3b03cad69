"""The UK Global Tariff as published for download: one row a commodity, its duty as the tariff prints it.

Needed columns: ``commodity`` (8 or 10 digits) and ``ukgt_duty_rate``. What the file says besides about trade remedies,
suspensions and quotas goes into the note of the row: those measures are not in this file. The file names no day, so
``--from`` must.

>>> note({"trade_remedy_applies": "True", "suspension_applies": "False"})
'a trade remedy applies beside it'
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance._errors import InputError, shown
from xbcompliance.importers._files import InputFile, excerpt, table
from xbcompliance.importers._model import Reading, Rows, Unread, Wanted
from xbcompliance.packs.table_files import OPEN
from xbcompliance.tariff import parse_duty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COLUMNS: Final = (
    *("importer", "measure", "origin", "code", "from", "until", "value", "source", "locator", "status", "note"),
)
_CODE: Final = re.compile(r"[0-9]{2}(?:[0-9]{2}){1,4}")
_BESIDE: Final = {
    "trade_remedy_applies": "a trade remedy applies beside it",
    "suspension_applies": "a suspension applies beside it",
    "atq_applies": "an autonomous tariff quota applies beside it",
}


def read(files: Sequence[InputFile], wanted: Wanted) -> Reading:
    """Rows of ``customs.tariff`` for importer GB, measure ``mfn``."""
    if wanted.start is None:
        hint = "the file does not say from which day its rates hold"
        raise InputError("XB-IN-075", "from", found="no --from", expected="the first day the rates hold", hint=hint)
    days = (wanted.start.isoformat(), "" if wanted.until is None else wanted.until.isoformat())
    unread: list[Unread] = []
    found: dict[str, _Commodity] = {}
    for file in files:
        for line, row in table(file, ("commodity", "ukgt_duty_rate"), unread):
            here = _Commodity(
                f"{file.name}:{line}", file.key, str(line), row["ukgt_duty_rate"], note(row), excerpt(row)
            )
            code = row["commodity"]
            if not _CODE.fullmatch(code):
                unread.append(
                    Unread(here.where, f"found the commodity {shown(code)}, expected 4 to 10 digits", here.text)
                )
                continue
            problem = ""
            if code in found and found[code].duty != here.duty:
                problem = (
                    f"found {shown(here.duty)} for {code}, which is {shown(found[code].duty)} at {found[code].where}"
                )
            elif code not in found:
                found[code] = here
                if parse_duty(here.duty).kind == "unreadable":
                    problem = f"found the duty {shown(here.duty)}, expected a duty expression"
            if problem:
                unread.append(Unread(here.where, problem, here.text))
                found[code] = found[code]._replace(problem=problem)
    rows = [("GB", "mfn", "", code, *days, *one.cells()) for code, one in found.items()]
    return Reading(
        title="UK Global Tariff, duty of the first column",
        source="UK Global Tariff",
        tables={"customs.tariff": Rows(COLUMNS, rows, replaces=True)},
        unread=unread,
        counts={"commodities": len(rows), "open": sum(bool(one.problem) for one in found.values())},
    )


class _Commodity(NamedTuple):
    where: str
    key: str
    line: str
    duty: str
    note: str
    text: str
    problem: str = ""

    def cells(self) -> tuple[str, str, str, str, str]:
        """Value, source, locator, status and note; what was not understood is open, so that no shorter code answers."""
        if self.problem:
            return OPEN, self.key, self.line, "open", self.problem
        return self.duty, self.key, self.line, "", self.note


def note(row: Mapping[str, str]) -> str:
    """What the row says of measures that stand beside its duty."""
    return "; ".join(text for column, text in _BESIDE.items() if row.get(column, "").lower() == "true")
