"""A rule written once for all agreements of a table: ``for_each`` makes a copy of it for each value of a key.

The copies are rules like any other: they are compiled, compete and are explained one by one, so the engines know
nothing of this. In the expressions of a copy the name in front of the table stands for the value, in its texts
``{name}`` does.

>>> rule_name("EU-GB"), rule_name("GSP+")
('eu_gb', 'gsp_plus')
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import PackError, did_you_mean, shown
from xbcompliance.facts.catalogue import CATALOGUE
from xbcompliance.packs.fields import as_mapping, as_text
from xbcompliance.packs.model import Repeat, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xbcompliance.packs.document import Node
    from xbcompliance.packs.model import Rule
    from xbcompliance.packs.tables import Table

_NAME: Final = re.compile(r"[a-z][a-z_]*")
_OUTSIDE: Final = re.compile(r"[^a-z0-9]+")
_FIRST_PARTS: Final = frozenset(name.partition(".")[0].partition("[")[0] for name in CATALOGUE)


def read_repeat(node: Node) -> Repeat:
    """``{agreement: customs.agreements, importer: EU}``: the name and table first, then the keys that are fixed.

    Raises :class:`PackError` ``XB-PACK-011`` (no table), ``021`` (a name that means something else).
    """
    mapping = as_mapping(node, "for_each")
    texts = {key: as_text(value, key) for key, value in mapping.entries.items()}
    if not texts:
        raise PackError("XB-PACK-011", mapping.at, found="for_each without a table", expected="name: table")
    name, table = next(iter(texts.items()))
    if not _NAME.fullmatch(name) or name in _FIRST_PARTS:
        raise PackError("XB-PACK-021", mapping.at, found=f"for_each: {name}", expected="a name that means nothing else")
    fixed = {key: text for key, text in texts.items() if key != name}
    return Repeat(name, table, fixed, mapping.at)


def repeated(rules: Mapping[str, Rule], tables: Mapping[str, Table]) -> dict[str, Rule]:
    """The rules with every one that says ``for_each`` replaced by its copies, in the order of the values.

    Raises :class:`PackError` ``XB-PACK-030`` (a copy's name is taken) and what :func:`copies` raises.
    """
    out: dict[str, Rule] = {}
    for rule in rules.values():
        for copy in copies(rule, tables) if rule.repeat is not None else (rule,):
            known = out.get(copy.id) or (rules.get(copy.id) if rule.repeat is not None else None)
            if known is not None:
                raise PackError(
                    "XB-PACK-030", copy.at, message=f"the rule {copy.id} exists already", hint=str(known.at)
                )
            out[copy.id] = copy
    return out


def copies(rule: Rule, tables: Mapping[str, Table]) -> tuple[Rule, ...]:
    """A copy of the rule for each value that its key has in the rows of its table.

    Raises :class:`PackError` ``XB-PACK-031`` (no such table), ``022`` (no such key).
    """
    repeat = rule.repeat
    if repeat is None:
        return (rule,)
    return tuple(_copy(rule, repeat.name, value) for value in _values(repeat, tables))


def _values(repeat: Repeat, tables: Mapping[str, Table]) -> list[str]:
    table = tables.get(repeat.table.text)
    if table is None:
        hint = did_you_mean(repeat.table.text, tables)
        found = f"for_each over {repeat.table.text}"
        raise PackError("XB-PACK-031", repeat.table.at, found=found, expected="a declared table", hint=hint)
    keys = [key for key, _ in table.keys]
    for name, at in ((repeat.name, repeat.at), *((key, text.at) for key, text in repeat.fixed.items())):
        if name not in keys:
            hint = did_you_mean(name, keys)
            raise PackError("XB-PACK-022", at, found=shown(name), expected=f"a key of {table.name}", hint=hint)
    fixed = {keys.index(key): text.text for key, text in repeat.fixed.items()}
    rows = (row.keys for row in table.rows)
    return sorted(
        {cells[keys.index(repeat.name)] for cells in rows if all(cells[i] == value for i, value in fixed.items())}
    )


def _copy(rule: Rule, name: str, value: str) -> Rule:
    copy_id = f"{rule.id}.{rule_name(value)}"
    copy = filled(rule, {name: value})
    return replace(copy, id=copy_id, answers=copy_id, repeat=None, given={name: value}, copy_of=rule.id)


def filled(rule: Rule, given: Mapping[str, str]) -> Rule:
    """The rule with ``{name}`` in its texts replaced by the value it stands for."""

    def fill(text: str) -> str:
        for name, value in given.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    terms = {key: Text(fill(text.text), text.at) for key, text in rule.terms.items()}
    option = None if rule.option is None else fill(rule.option)
    return replace(rule, title=fill(rule.title), option=option, terms=terms)


def rule_name(value: str) -> str:
    """A value as the last part of a rule's name."""
    return _OUTSIDE.sub("_", value.lower().replace("+", "_plus")).strip("_")
