"""Product lists of chapter 99 of the United States schedule: which codes bear or escape an additional duty.

A file is a CSV with a column of codes (``hts8``, ``hts10`` or ``hts_prefix``) and says on which list each is by its
heading (``ch99_code``), by its annex under section 232 (``annex`` and ``metal_type``), or by its layout: ``hts8`` alone
is the list exempt under section 122, ``hts10`` alone that under the emergency powers act. What a list means is law and
stands in the pack ``us.hts_import``: its duties, what it says in ``us.lists``, on which days, and where codes that are
on no list are settled too. What the files leave open is ``?``, unless ``us.tariff`` settles that very code.

>>> sorted({names for _, names, _ in Meaning.read().lists})
['ieepa_exempt', 's122_exempt', 'section_232', 'section_301_split']
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance._errors import InputError, shown
from xbcompliance.importers._files import InputFile, excerpt, table
from xbcompliance.importers._model import Reading, Rows, Unread, Wanted
from xbcompliance.importers._us_hts import COLUMNS
from xbcompliance.packs.model import STATUSES
from xbcompliance.packs.read import read_pack
from xbcompliance.packs.rulebook import data_folder
from xbcompliance.packs.table_files import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from xbcompliance.packs.tables import Row

LISTS: Final = ("list", "code", "from", "until", "value", "source", "locator", "status", "note")
CODES: Final = ("hts8", "hts10", "hts_prefix")
ALONE: Final = {"hts8": "s122", "hts10": "ieepa"}
"""Layouts that are one column of codes, and the list they hold."""
AIRCRAFT: Final = "civil_aircraft"
IF_AIRCRAFT: Final = " and civil aircraft"
"""What stands behind the name of a list for codes that may be on it as articles of civil aircraft alone."""
BY_METAL: Final = "metal"
METALS: Final = {"aluminum": "aluminium"}
ANY: Final = "*"
_CODE: Final = re.compile(r"(?:[0-9]{2}){2,5}")
_COMMENT: Final = re.compile(rb"(?m)^#.*$")


class Listed(NamedTuple):
    """A code on a list: where the file says so, the metal, and the first day if the file names one."""

    name: str
    file: InputFile
    line: str
    metal: str = ""
    start: int = 0


class Answer(NamedTuple):
    """What holds for a code: a value, how sure it is, and why it is open."""

    value: str
    status: str
    note: str = ""

    @classmethod
    def of(cls, value: str, rows: Iterable[Row | None]) -> Answer:
        """A value on which rows of the pack agree, as sure as the least sure of them."""
        told = [row.info for row in rows if row is not None]
        status = max((info.get("status") or STATUSES[0] for info in told), key=STATUSES.index, default=STATUSES[0])
        return cls(value, status, "; ".join(dict.fromkeys(note for info in told if (note := info.get("note", "")))))

    @classmethod
    def open(cls, note: str) -> Answer:
        """What the files do not settle."""
        return cls(OPEN, "open", note)


Key = tuple[str, ...]
Answers = Callable[[int], Answer | None]
"""What holds on a day."""


@dataclass(frozen=True)
class Meaning:
    """What the lists mean: rows of the pack ``us.hts_import``, and of ``us.tariff`` as it is without imports."""

    duties: Mapping[Key, Sequence[Row]]
    lists: Mapping[Key, Sequence[Row]]
    complete: Mapping[Key, Sequence[Row]]
    none: Mapping[Key, Sequence[Row]]
    splits: Mapping[str, tuple[str, str]]
    built_in: Mapping[Key, Sequence[Row]]

    @cached_property
    def edges(self) -> Mapping[str, set[int]]:
        """The days from which the rows of a list say something else."""
        found: dict[str, set[int]] = defaultdict(set)
        for key, rows in (*self.duties.items(), *self.lists.items()):
            for row in rows:
                found[key[0].removesuffix(IF_AIRCRAFT)] |= {row.span.start, row.span.last + 1}
        return found

    @classmethod
    def read(cls) -> Meaning:
        """The rows by their keys."""
        folder = data_folder("jurisdictions") / "us"
        tables = {one.name: one.rows for one in read_pack(folder / "hts_import").tables}
        own = {one.name: one.rows for one in read_pack(folder / "tariff").tables}
        splits = tables["us.chapter99.splits"]
        return cls(
            _by(tables["us.chapter99.duties"], "list", "measure", "origin", "code"),
            _by(tables["us.chapter99.lists"], "list", "names", "code"),
            _by(tables["us.chapter99.complete"], "list", "names", "code"),
            _by(tables["us.chapter99.none"], "list", "measure", "origin", "code"),
            {info["names"]: (info["measure"], info["origin"]) for info in (row.info for row in splits)},
            _by(own["us.lists"], "list", "code") | _by(own["customs.tariff"], "measure", "origin", "code"),
        )


def _by(rows: Iterable[Row], *names: str) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row.info.get(name, "") for name in names)].append(row)
    return dict(found)


def _on(rows: Iterable[Row], day: int) -> Row | None:
    return next((row for row in rows if row.span.start <= day <= row.span.last), None)


@dataclass
class _Lists:
    """The codes of all files, and what follows from the lists each is on."""

    meaning: Meaning
    wanted: tuple[int, int]
    unread: list[Unread]
    codes: dict[str, list[Listed]] = field(default_factory=lambda: defaultdict(list))
    aircraft: set[str] = field(default_factory=set)
    unknown: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def take(self, file: InputFile) -> None:
        """Read one file."""
        known = {key[0] for key in (*self.meaning.duties, *self.meaning.lists)}
        for number, row in table(_without_comments(file), (), self.unread):
            column = next((name for name in CODES if name in row), None)
            if column is None or not ((column in ALONE and len(row) == 1) or {"ch99_code", "annex"} & set(row)):
                expected = "one of hts8, hts10, hts_prefix, and ch99_code or annex beside it"
                raise InputError("XB-IN-071", f"{file.name}:1", found=shown(",".join(row)), expected=expected)
            code = row[column].replace(".", "")
            name = f"232-{row['annex']}" if "annex" in row else row.get("ch99_code") or ALONE.get(column, "")
            day = _day(row.get("effective_date", ""))
            if not _CODE.fullmatch(code) or day is None:
                reason = f"found the code {shown(code)}, expected 4 to 10 digits, and a day if there is one"
                self.unread.append(Unread(f"{file.name}:{number}", reason, excerpt(row)))
            elif row.get("category") == AIRCRAFT:
                self.aircraft.add(code)
            elif name not in known:
                self.unknown[file.name, name] += 1
            else:
                metal = row.get("metal_type", "")
                self.codes[code].append(Listed(name, file, str(number), METALS.get(metal, metal), day))

    def duty_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows of ``customs.tariff``: for the codes of the files, and for all others where the lists are whole."""
        for code, listed in sorted(self.codes.items()):
            for measure, origin in dict.fromkeys(key[1:3] for key in self.meaning.duties):
                on = [one for one in listed if self._bears(one, measure, origin)]
                answer = partial(self._duty, measure, origin, code, on)
                for days, held in self._pieces((measure, origin, code), on, answer) if on else ():
                    yield "US", measure, origin, code, *days, *_cells(held, on)
        for key, cells in self._others(self.meaning.none):
            yield "US", *key, *cells

    def list_rows(self) -> Iterator[tuple[str, ...]]:
        """Rows of ``us.lists``, likewise; a code for which they say what they say of all others needs none."""
        speaking = {key[:2] for key in self.meaning.lists}
        others = list(self._others(self.meaning.complete))
        every = {(key[0], *cells[:3]) for key, cells in others if key[1] == ANY}
        for code, listed in sorted(self.codes.items()):
            for names in sorted({names for _, names in speaking}):
                on = [one for one in listed if (one.name, names) in speaking]
                answer = partial(self._says, names, code, on)
                for days, held in self._pieces((names, code), on, answer) if on else ():
                    if (names, *days, held.value) not in every or self._built_in((names, code)):
                        yield names, code, *days, *_cells(held, on)
        for key, cells in others:
            yield *key, *cells

    def _others(self, whole: Mapping[Key, Sequence[Row]]) -> Iterator[tuple[Key, tuple[str, ...]]]:
        """What holds for codes that are on no list, as far as the lists are among the files."""
        present = {one.name: one.file.key for listed in self.codes.values() for one in listed}
        for (name, *key), rows in sorted(whole.items()):
            for row in rows if name in present else ():
                first, last = max(row.span.start, self.wanted[0]), min(row.span.last, self.wanted[1])
                if first <= last:
                    told = row.info["value"], present[name], ANY, row.info.get("status", ""), row.info.get("note", "")
                    yield tuple(key), (*_days(first, last), *told)

    def _bears(self, one: Listed, measure: str, origin: str) -> bool:
        return any(key[:3] == (one.name, measure, origin) for key in self.meaning.duties)

    def _duty(self, measure: str, origin: str, code: str, on: Sequence[Listed], day: int) -> Answer | None:
        found = [(one, self._row(self.meaning.duties, (one.name, measure, origin), code, day, one)) for one in on]
        if not any(row for _, row in found) and (measure, origin) not in self.meaning.splits.values():
            return None
        values = {row.info["value"] if row else OPEN for _, row in found}
        if len(values) > 1:
            stated = ", ".join(f"{one.name} {row.info['value'] if row else 'not settled'}" for one, row in found)
            return Answer.open(f"on several lists: {stated}")
        if found[0][1] is None:
            return Answer.open("on this list only later; what held before is not told")
        return Answer.of(values.pop(), (row for _, row in found))

    def _says(self, names: str, code: str, on: Sequence[Listed], day: int) -> Answer | None:
        found = [(one, self._row(self.meaning.lists, (one.name, names), code, day, one)) for one in on]
        if not any(row for _, row in found):
            return None
        if names in self.meaning.splits:
            duty = self._duty(*self.meaning.splits[names], code, on, day)
            if len(on) == 1 or (duty is not None and duty.value != OPEN):
                return Answer("no", STATUSES[0])
        values = {one.metal if row.info["value"] == BY_METAL else row.info["value"] for one, row in found if row}
        if len(values) > 1:
            return Answer.open("the lists say different things: " + ", ".join(sorted(one.name for one in on)))
        return Answer.of(values.pop(), (row for _, row in found))

    def _row(self, rows: Mapping[Key, Sequence[Row]], key: Key, code: str, day: int, one: Listed) -> Row | None:
        """The row of the longest code that answers for a list on a day."""
        if day < one.start:
            return None
        name = self._aircraft(one.name, code)
        for start in (*(code[:n] for n in range(len(code), 1, -1)), ANY):
            found = _on(rows.get((name, *key[1:], start), ()), day)
            if found is not None:
                return found
        return None

    def _aircraft(self, name: str, code: str) -> str:
        """The list, or what it means for codes that may be on it as articles of civil aircraft alone."""
        other = f"{name}{IF_AIRCRAFT}"
        doubtful = not self.aircraft or code in self.aircraft or code[:8] in self.aircraft
        return other if doubtful and any(key[0] == other for key in self.meaning.lists) else name

    def _built_in(self, key: Key) -> list[Row]:
        """The rows of ``us.tariff`` for a code, or for the eight digits of ten."""
        *others, code = key
        return [row for n in (10, 8) if n <= len(code) for row in self.meaning.built_in.get((*others, code[:n]), ())]

    def _pieces(self, key: Key, on: Sequence[Listed], answer: Answers) -> Iterator[tuple[tuple[str, str], Answer]]:
        """The days from which an answer holds until another does; what is open and settled elsewhere is left out."""
        own = self._built_in(key)
        first, last = self.wanted
        edges = {first, *(one.start for one in on)}.union(*(self.meaning.edges.get(one.name, ()) for one in on))
        for row in own:
            edges |= {row.span.start, row.span.last + 1}
        days = [day for day in sorted(edges) if first <= day <= last]
        begun: tuple[int, Answer] | None = None
        for day in (*days, last + 1):
            now: Answer | None = answer(day) if day <= last else None
            if now is not None and now.value == OPEN:
                settled = _on(own, day)
                now = None if settled is not None and settled.info["value"] != OPEN else now
            if begun is not None and now != begun[1]:
                yield _days(begun[0], day - 1), begun[1]
                begun = None
            if begun is None and now is not None:
                begun = day, now


def read(files: Sequence[InputFile], wanted: Wanted) -> Reading:
    """Rows of ``us.lists`` and ``customs.tariff`` for the codes of the files."""
    if wanted.start is None:
        hint = "the lists do not say for which edition of the codes they hold"
        raise InputError("XB-IN-075", "from", found="no --from", expected="the first day the codes hold", hint=hint)
    unread: list[Unread] = []
    last = (wanted.until or date.max).toordinal()
    gathered = _Lists(Meaning.read(), (wanted.start.toordinal(), last), unread)
    for file in files:
        gathered.take(file)
    for (name, heading), count in gathered.unknown.items():
        unread.append(Unread(name, f"found {count} codes of {heading}, for which no duty or list is known", heading))
    lists = list(gathered.list_rows())
    duties = list(gathered.duty_rows())
    tables = {"us.lists": Rows(LISTS, lists, replaces=True), "customs.tariff": Rows(COLUMNS, duties, replaces=True)}
    return Reading(
        title="Product lists of chapter 99 of the Harmonized Tariff Schedule of the United States",
        source="Harmonized Tariff Schedule of the United States, chapter 99",
        tables={name: rows for name, rows in tables.items() if rows.rows},
        unread=unread,
        counts={
            "codes": len(gathered.codes),
            "codes of civil aircraft": len(gathered.aircraft),
            "open": sum(row[4] == OPEN for row in lists) + sum(row[6] == OPEN for row in duties),
        },
    )


def _without_comments(file: InputFile) -> InputFile:
    """The file with empty lines where comments stand, so that the lines keep their numbers."""
    content = file.content()
    return replace(file, raw=_COMMENT.sub(b"", content)) if content.startswith(b"#") else file


def _day(text: str) -> int | None:
    """The day a text names, 0 for an empty text, None for no day."""
    try:
        return date.fromisoformat(text).toordinal() if text else 0
    except ValueError:
        return None


def _days(first: int, last: int) -> tuple[str, str]:
    until = "" if last >= date.max.toordinal() else date.fromordinal(last).isoformat()
    return date.fromordinal(first).isoformat(), until


def _cells(answer: Answer, on: Sequence[Listed]) -> tuple[str, str, str, str, str]:
    """Value, source, locator, status and note of a row."""
    places = ", ".join(dict.fromkeys(one.line for one in on))
    return answer.value, on[0].file.key, places, answer.status.replace(STATUSES[0], ""), answer.note
