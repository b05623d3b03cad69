"""Entries that say the same are told once: questions of several lines, stale packs, options that need the same facts.

>>> [entry["message"] for entry in told_once("cautions", [
...     {"code": "stale_pack", "pack": pack, "message": f"the pack {pack} was verified through 2026-11-22"}
...     for pack in ("eu.vat", "eu.ioss")])]
['the packs eu.vat, eu.ioss were verified through 2026-11-22']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from xbcompliance.report._safe import plain
from xbcompliance.report._text import words

_LINE: Final = re.compile(r"lines\[[0-9]+\]")
_MOST: Final = 6
"""Names of one entry that a terminal shows; the JSON document has them all."""


def told_once(section: str, entries: Sequence[Any]) -> list[Any]:
    """The entries of a section with those that say the same put together, in the order of the first of each."""
    merge = _MERGES.get(section)
    if merge is None or not all(isinstance(entry, Mapping) for entry in entries):
        return list(entries)
    alike: dict[object, list[Mapping[str, Any]]] = {}
    for entry in entries:
        alike.setdefault(_alike(section, entry), []).append(entry)
    return [merge(found) for found in alike.values()]


def shortened(names: Sequence[object]) -> list[object]:
    """The first names and how many there are besides.

    >>> shortened("abcdefgh"), shortened("abcdefg")[-1]
    (['a', 'b', 'c', 'd', 'e', 'f', 'and 2 more'], 'g')
    """
    rest = len(names) - _MOST
    return [*names[:_MOST], f"and {rest} more"] if rest > 1 else list(names)


def option_texts(option: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A choice of charges: what was chosen for which lines, and what each other way costs and needs.

    >>> option_texts({"lines": ["1", "2"], "charge": "eu.import_duty", "chosen": "mfn", "alternatives": [
    ...     {"name": "eu-gb", "amount": "0.00", "needs": []}, {"name": "gsp", "amount": None, "needs": ["origin"]},
    ...     {"name": "eba", "amount": None, "needs": ["origin"]}]})
    ('lines 1, 2, import duty: mfn chosen', ['eu-gb 0.00', 'gsp, eba open, needs origin'])
    """
    lines = option.get("lines") or ([] if option.get("line") is None else [option["line"]])
    where = f"line{'s' if len(lines) > 1 else ''} {words(lines)}" if lines else "order"
    charge = plain(option.get("charge") or "charge").rpartition(".")[2].replace("_", " ")
    named: dict[tuple[str, str], list[str]] = {}
    for other in option.get("alternatives") or []:
        amount = "open" if other.get("amount") is None else plain(other["amount"])
        needs = f", needs {words(shortened(other['needs']))}" if other.get("needs") else ""
        named.setdefault((amount, needs), []).append(plain(other.get("name") or "another way"))
    details = [f"{words(shortened(names))} {amount}{needs}" for (amount, needs), names in named.items()]
    chosen = "open" if option.get("chosen") is None else f"{words(option['chosen'])} chosen"
    return f"{where}, {charge}: {chosen}", details


def _alike(section: str, entry: Mapping[str, Any]) -> object:
    """What entries have in common that can be told together."""
    if section == "questions":
        return _LINE.sub("lines[]", str(entry.get("fact"))), _question(entry), str(entry.get("settles"))
    if section == "cautions":
        return _stale(entry) if entry.get("code") == "stale_pack" else str(entry)
    return str({**entry, "line": None}) if entry.get("line") is not None else str(entry)


def _question(entry: Mapping[str, Any]) -> str:
    return str(entry.get("question") or entry.get("text"))


def _stale(entry: Mapping[str, Any]) -> str:
    """The message of a stale pack without the name of the pack."""
    return str(entry.get("message")).replace(f"the pack {entry.get('pack')} was", "the packs {} were")


def _questions(found: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    settles = found[0].get("settles") or []
    facts = words(shortened([entry.get("fact") for entry in found]))
    return {**found[0], "fact": facts, "settles": shortened(settles) if isinstance(settles, (list, tuple)) else settles}


def _cautions(found: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    if len(found) == 1 or found[0].get("code") != "stale_pack":
        return found[0]
    names = words([entry.get("pack") for entry in found])
    return {"code": "stale_pack", "message": _stale(found[0]).replace("{}", names, 1)}


def _options(found: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {**found[0], "lines": [entry["line"] for entry in found if entry.get("line") is not None]}


_MERGES: Final[Mapping[str, Callable[[list[Mapping[str, Any]]], Mapping[str, Any]]]] = {
    "questions": _questions,
    "cautions": _cautions,
    "options": _options,
}
