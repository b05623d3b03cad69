"""The Harmonized Tariff Schedule of the United States as its service exports it: rates of column 1 and column 2.

The general rate of column 1 is the measure ``mfn``, column 2 is ``column_2``, and every special programme has a measure
of its own; which symbol means which programme is law and stands in the pack ``us.hts_import``. A code has a row where
its rate is not that of the shorter code; a special rate that all of a heading or subheading has is one row there.
Chapters 98 and 99 are claimed beside the code of the goods and go into ``statements.csv`` alone, as do units, quotas,
additional duties and footnotes. The file names no day, so ``--from`` must.

>>> sorted(Symbols.read().measures.items())[:3]
[('A', 'gsp'), ('A*', 'gsp'), ('A+', 'gsp_least_developed')]
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance._errors import InputError, shown
from xbcompliance.importers._files import MAX_SHOWN
from xbcompliance.importers._model import Reading, Rows, Unread, Wanted
from xbcompliance.importers._us_hts_lines import Line, lines
from xbcompliance.packs.read import read_pack
from xbcompliance.packs.rulebook import data_folder
from xbcompliance.packs.table_files import OPEN, typed
from xbcompliance.tariff import Duty, parse_duty, split_programmes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xbcompliance.importers._files import InputFile

COLUMNS: Final = (
    *("importer", "measure", "origin", "code", "from", "until", "value", "source", "locator", "status", "note"),
)
STATEMENTS: Final = (
    *("code", "indent", "description", "units", "general", "special", "column_2", "rates_from"),
    *("quota_quantity", "additional_duties", "footnotes", "place", "file"),
)
BESIDE: Final = ("98", "99")
"""Chapters whose numbers are claimed beside the code of the goods."""
HEADING: Final = 4
"""The fewest digits of a row that stands for all special rates under it."""

duty_of = lru_cache(maxsize=8_192)(parse_duty)


@dataclass(frozen=True)
class Symbols:
    """What the symbols of the special column mean.

    ``narrowed`` are those under which some countries, or goods that meet no further condition, are left out.
    """

    measures: Mapping[str, str]
    narrowed: frozenset[str]

    @classmethod
    def read(cls) -> Symbols:
        """The symbols as the pack ``us.hts_import`` has them."""
        tables = {table.name: table for table in read_pack(data_folder("jurisdictions") / "us" / "hts_import").tables}
        measures, narrowed = (tables[f"us.hts.{name}"] for name in ("programmes", "narrowed"))
        return cls(
            {row.keys[0]: row.value for row in typed(measures, measures.rows)},
            frozenset(row.keys[0] for row in typed(narrowed, narrowed.rows) if row.value is True),
        )


class Rate(NamedTuple):
    """The cells of a row that say the rate; two rates are one if value and note are the same."""

    value: str
    note: str = ""

    @property
    def status(self) -> str:
        """The status of a row with this rate."""
        return "open" if self.value == OPEN else ""


Rates = dict[str, tuple[Rate, Line]]
"""Rates by code, each with the row of the file it comes from."""


@dataclass
class _Schedule:
    """What is gathered from the files, measure by measure."""

    symbols: Symbols
    unread: list[Unread]
    lines: dict[str, Line] = field(default_factory=dict)
    twice: dict[str, str] = field(default_factory=dict)
    units: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, line: Line) -> None:
        """Take a row of a file; one code with other rates than before is open."""
        known = self.lines.setdefault(line.code, line)
        if (known.column_1, known.column_2) != (line.column_1, line.column_2):
            self.twice[line.code] = f"found other rates for {line.code} than at {known.where}"
            self.unread.append(Unread(line.where, self.twice[line.code], line.text))

    def goods(self) -> list[Line]:
        """The codes of goods that have a rate; ten digits that end in 00 and stand alone are the eight."""
        under: dict[str, int] = defaultdict(int)
        goods = [line for line in self.lines.values() if not line.code.startswith(BESIDE) and line.rates_from]
        for line in goods:
            under[line.code[:8]] += 1
        out = []
        for line in goods:
            alone = len(line.code) == 10 and line.code.endswith("00") and under[line.code[:8]] == 1
            out.append((line.code[:8] if alone else line.code, line))
            self.units[line.code[:8]] += [unit for unit in line.units if unit not in self.units[line.code[:8]]]
        self._shortened = {line.code: code for code, line in out}
        return [line for _, line in sorted(out, key=lambda pair: (len(pair[0]), pair[0]))]

    def code(self, line: Line) -> str:
        """The code under which the rows of a line stand."""
        return self._shortened[line.code]

    def column(self, name: str, goods: Iterable[Line]) -> Rates:
        """The rates of a whole column; what cannot be read is open."""
        rates: Rates = {}
        for line in goods:
            text = line.column_1[0] if name == "General" else line.column_2
            if not text:
                rates[self.code(line)] = Rate(OPEN, f"no rate stands in the column {name}"), line
                continue
            problem = self.twice.get(line.code, "")
            if not problem and duty_of(text).kind == "unreadable":
                problem = f"found the duty {shown(text)}, expected a duty expression"
                if text in line.printed:
                    self.unread.append(Unread(line.where, f"{name}: {problem}", line.text))
            note = problem or _needs(duty_of(text), self.units[line.code[:8]])
            rates[self.code(line)] = Rate(OPEN if problem else text, note), line
        return rates

    def programmes(self, goods: Iterable[Line]) -> dict[str, Rates]:
        """The special rates by measure."""
        found: dict[str, Rates] = defaultdict(dict)
        told: set[str] = set()
        for line in goods:
            for measure, rate in self._special(line, told).items():
                found[measure][self.code(line)] = rate, line
        return dict(found)

    def _special(self, line: Line, told: set[str]) -> dict[str, Rate]:
        by_measure: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for text, symbols in split_programmes(line.column_1[1]) if line.column_1[1] else ():
            problem = "" if symbols else f"found {shown(text)} without a programme in brackets behind it"
            for symbol in symbols:
                if symbol in self.symbols.measures:
                    by_measure[self.symbols.measures[symbol]].append((symbol, text))
                else:
                    problem = f"found the symbol {shown(symbol)}, which no programme is known for"
            if not problem and duty_of(text).kind == "unreadable":
                problem = f"found the duty {shown(text)}, expected a duty expression"
            if problem and line.rates_from not in told:
                self.unread.append(Unread(line.where, f"Special: {problem}", line.text))
        told.add(line.rates_from)
        return {measure: self._programme(rates, line) for measure, rates in by_measure.items()}

    def _programme(self, rates: list[tuple[str, str]], line: Line) -> Rate:
        """The rate of one programme: that of its plain symbols if no other says otherwise."""
        texts = {text for _, text in rates}
        plain = {text for symbol, text in rates if symbol not in self.symbols.narrowed}
        stated = ", ".join(f"{text} ({symbol})" for symbol, text in rates)
        if line.code in self.twice:
            return Rate(OPEN, self.twice[line.code])
        if not plain:
            return Rate(OPEN, f"only for some countries, or on further conditions: {stated}"[:MAX_SHOWN])
        if len(texts) > 1:
            return Rate(OPEN, f"several rates: {stated}"[:MAX_SHOWN])
        (text,) = texts
        if duty_of(text).kind == "unreadable":
            return Rate(OPEN, f"found the duty {shown(text)}, expected a duty expression")
        return Rate(text, _needs(duty_of(text), self.units[line.code[:8]]))


def read(files: Sequence[InputFile], wanted: Wanted) -> Reading:
    """Rows of ``customs.tariff`` for importer US, and what every row of the files says."""
    if wanted.start is None:
        hint = "the file does not say from which day its rates hold"
        raise InputError("XB-IN-075", "from", found="no --from", expected="the first day the rates hold", hint=hint)
    unread: list[Unread] = []
    schedule = _Schedule(Symbols.read(), unread)
    statements = []
    for file in files:
        for line in lines(file, unread):
            schedule.add(line)
            statements.append(_statement(line))
    goods = schedule.goods()
    measures = {"mfn": _fewest(schedule.column("General", goods))}
    measures["column_2"] = _fewest(schedule.column("Column 2", goods))
    codes = [schedule.code(line) for line in goods]
    special = schedule.programmes(goods)
    own = _with_rates(codes, goods)
    measures |= {measure: _gathered(special[measure], own) for measure in sorted(special)}
    days = (wanted.start.isoformat(), "" if wanted.until is None else wanted.until.isoformat())
    rows = [
        ("US", measure, "", code, *days, rate.value, line.file.key, line.place, rate.status, rate.note)
        for measure, rates in measures.items()
        for code, (rate, line) in sorted(rates.items())
    ]
    return Reading(
        title="Harmonized Tariff Schedule of the United States, columns 1 and 2",
        source="Harmonized Tariff Schedule of the United States",
        tables={"customs.tariff": Rows(COLUMNS, rows, replaces=True)},
        unread=unread,
        side={"statements.csv": Rows(STATEMENTS, statements)},
        counts={
            "numbers": len(schedule.lines),
            "of chapters 98 and 99": sum(code.startswith(BESIDE) for code in schedule.lines),
            "codes of goods with a rate": len(goods),
            "measures": len(measures),
            "open": sum(row[6] == OPEN for row in rows),
        },
    )


def _needs(duty: Duty, units: Sequence[str]) -> str:
    """What must be measured for a duty, and in which units the schedule reports the goods.

    >>> _needs(parse_duty("12.1¢/kg + 4.6%"), ["No.", "kg"]), _needs(parse_duty("5%"), ["kg"])
    ('needs kg; reported in No., kg', '')
    """
    needed = ", ".join(duty.units())
    return f"needs {needed}" + (f"; reported in {', '.join(units)}" if units else "") if needed else ""


def _statement(line: Line) -> tuple[str, ...]:
    general, special, column_2 = line.printed
    inherited = "" if line.rates_from == line.code else line.rates_from
    return (
        *(line.code, str(line.indent), line.description, ", ".join(line.units), general, special, column_2, inherited),
        *(line.quota, line.additional, line.footnotes, line.place, line.file.name),
    )


def _fewest(rates: Rates) -> Rates:
    """The rates without those that the nearest shorter code says too; ``rates`` come with short codes first."""
    kept: Rates = {}
    for code, found in rates.items():
        shorter = next((kept[code[:n]][0] for n in range(len(code) - 1, 1, -1) if code[:n] in kept), None)
        if shorter is None or (shorter.value, shorter.status) != (found[0].value, found[0].status):
            kept[code] = found
    return kept


def _with_rates(codes: Sequence[str], goods: Sequence[Line]) -> dict[str, Line]:
    """The codes whose row has the rates itself, or whose rates come from a row without a code."""
    numbers = {line.code for line in goods}
    return {
        code: line
        for code, line in zip(codes, goods, strict=True)
        if line.rates_from == line.code or line.rates_from not in numbers
    }


def _gathered(rates: Rates, own: Mapping[str, Line]) -> Rates:
    """The rates of a programme, one row for a heading or subheading where all codes under it have the same.

    Codes that are free for everybody do not stand in the way of a programme that is free. A code without the programme
    under one that has it is open: it is not known to have the rate of the shorter one.
    """
    out: Rates = {}
    left = dict.fromkeys(own)
    for length in (HEADING, HEADING + 2):
        groups: dict[str, list[str]] = defaultdict(list)
        for code in left:
            groups[code[:length]].append(code)
        for start, codes in groups.items():
            found = next((rates[code] for code in codes if code in rates), None)
            if found is not None and all(_agrees(found[0], rates.get(code), own[code]) for code in codes):
                out[start] = found
                for code in codes:
                    del left[code]
    for code in sorted(left, key=lambda code: (len(code), code)):
        above = next((out[code[:n]][0] for n in range(len(code) - 1, 1, -1) if code[:n] in out), None)
        if code in rates and above != rates[code][0]:
            out[code] = rates[code]
        elif code not in rates and above is not None:
            out[code] = Rate(OPEN, "no special rate stands here"), own[code]
    return out


def _agrees(rate: Rate, other: tuple[Rate, Line] | None, line: Line) -> bool:
    """Whether a row of a heading with this rate would be right for a code."""
    if other is None:
        return duty_of(rate.value).kind == "free" and duty_of(line.column_1[0]).kind == "free" and not line.column_1[1]
    return other[0] == rate
