"""Packs composed into one immutable rulebook: no file order, no priorities, every clash an error.

>>> book = load_rulebook()
>>> "eu.ioss" in book.packs
True
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import PackError, did_you_mean
from xbcompliance.packs import kept
from xbcompliance.packs.model import Pack, Rule, Source
from xbcompliance.packs.read import read_overlay, read_pack
from xbcompliance.packs.repeat import filled, repeated
from xbcompliance.packs.table_files import typed
from xbcompliance.packs.tables import Table
from xbcompliance.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xbcompliance.packs.declarations import Form
    from xbcompliance.packs.model import Assumption


@dataclass(frozen=True)
class Rulebook:
    """Everything the law data says, composed. Built by :func:`load_rulebook`; never changed afterwards.

    ``checked`` is what an earlier start found out about these very files, ``place`` where that is kept; a changed copy
    of a rulebook has neither.
    """

    packs: Mapping[str, Pack]
    rules: Mapping[str, Rule]
    tables: Mapping[str, Table]
    sources: Mapping[str, Source]
    places: Places
    profiles: Mapping[str, tuple[Assumption, ...]]
    overlays: tuple[Pack, ...] = ()
    replaced: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    version: str = ""
    digest: str = ""
    checked: Mapping[str, Any] | None = field(init=False, default=None, compare=False, repr=False)
    place: kept.Place | None = field(init=False, default=None, compare=False, repr=False)


def data_folder(name: str) -> Path:
    """Where ``rules`` or ``jurisdictions`` are: inside the installed package, else beside ``src`` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_data" / name
    return shipped if shipped.is_dir() else package.parent.parent / name


def pack_folders(*roots: Path) -> list[Path]:
    """All folders below the roots that hold a ``pack.yaml``, in a fixed order."""
    found: set[Path] = set()
    for root in roots:
        if (root / "pack.yaml").is_file():
            found.add(root)
        found.update(path.parent for path in root.glob("*/**/pack.yaml"))
        found.update(path.parent for path in root.glob("*/pack.yaml"))
    return sorted(found)


def load_rulebook(*folders: str | Path, overlays: Iterable[str | Path] = (), builtin: bool = True) -> Rulebook:
    """The built-in packs, those in ``folders``, and overlays on top.

    Where an engine has checked these very files before, rules and tables come from its record in the user's cache
    folder (``XBCOMPLIANCE_CACHE``: another folder, or ``off``) when they are first looked at. Raises
    :class:`PackError`, naming file, line and column, when a pack cannot be used.
    """
    roots = [data_folder("rules"), data_folder("jurisdictions")] if builtin else []
    packs: list[tuple[Path, str]] = []
    own = pack_folders(*roots)
    here = {folder.resolve() for folder in own}  # naming a built-in pack again adds nothing
    for folder in (*own, *(folder for folder in _given(folders) if folder.resolve() not in here)):
        root = next((r for r in roots if r in folder.parents), None)
        packs.append((folder, str(folder.relative_to(root.parent)) if root else str(folder)))
    above = tuple(Path(path) for path in overlays)
    place = kept.place_of(packs, above)
    found = None if place is None else kept.restored(place, packs)
    if found is None:
        book = compose([read_pack(*pack) for pack in packs], tuple(map(read_overlay, above)))
    else:
        book = _restored(found, tuple(map(read_overlay, above)))
        object.__setattr__(book, "checked", found.facts)
    object.__setattr__(book, "place", place)
    return book


def _restored(found: kept.Kept, overlays: tuple[Pack, ...]) -> Rulebook:
    """The rulebook of a record, whose packs were composed without a clash before."""
    by_id = {pack.id: pack for pack in sorted((*found.packs, *overlays), key=lambda pack: pack.id)}
    overlays = tuple(sorted(overlays, key=lambda pack: pack.id))
    return _rulebook(by_id, overlays, found.rules, found.replaced, found.tables, found.forms)


def _given(folders: tuple[str | Path, ...]) -> list[Path]:
    found = []
    for folder in folders:
        inside = pack_folders(Path(folder))
        if not inside:
            raise PackError("XB-PACK-006", str(folder), found="no pack.yaml", expected="a folder with packs")
        found += inside
    return found


def compose(packs: Iterable[Pack], overlays: tuple[Pack, ...] = ()) -> Rulebook:
    """One rulebook of many packs; the order they come in does not matter.

    Raises :class:`PackError` ``XB-PACK-021`` (an overlay disables a rule that is not there), ``030`` (two packs claim
    one name), ``031`` (a required pack or table is missing).
    """
    by_id: dict[str, Pack] = {}
    for pack in sorted((*packs, *overlays), key=lambda pack: pack.id):
        if pack.id in by_id:
            raise PackError(
                "XB-PACK-030", pack.at, message=f"the pack {pack.id} exists already", hint=str(by_id[pack.id].at)
            )
        by_id[pack.id] = pack
    for pack in by_id.values():
        for name in pack.requires:
            if name not in by_id:
                hint = did_you_mean(name, by_id)
                raise PackError("XB-PACK-031", pack.at, found=f"requires {name}", expected="a pack at hand", hint=hint)
    plain = [pack for pack in by_id.values() if pack.kind != "overlay"]
    overlays = tuple(sorted(overlays, key=lambda pack: pack.id))
    tables = _tables(plain, overlays)
    return _rulebook(by_id, overlays, *_rules(plain, overlays, tables), tables, _forms(plain))


def _rulebook(
    by_id: dict[str, Pack],
    overlays: tuple[Pack, ...],
    rules: Mapping[str, Rule],
    replaced: Mapping[str, str],
    tables: Mapping[str, Table],
    forms: Mapping[str, Form],
) -> Rulebook:
    plain = [pack for pack in by_id.values() if pack.kind != "overlay"]
    digest = hashlib.sha256("".join(f"{p.id}={p.digest};" for p in by_id.values()).encode())
    return Rulebook(
        packs=by_id,
        rules=rules,
        tables=tables,
        sources=_sources(by_id.values()),
        places=_places(plain),
        profiles=_profiles(plain, overlays),
        overlays=overlays,
        replaced=replaced,
        forms=forms,
        version=max((pack.version for pack in plain), default=""),
        digest=digest.hexdigest(),
    )


def _rules(
    packs: list[Pack], overlays: tuple[Pack, ...], tables: Mapping[str, Table]
) -> tuple[dict[str, Rule], dict[str, str]]:
    rules: dict[str, Rule] = {}
    for pack in packs:
        for rule in pack.rules.values():
            if rule.id in rules:
                other = rules[rule.id]
                raise PackError(
                    "XB-PACK-030", rule.at, message=f"the rule {rule.id} exists already", hint=str(other.at)
                )
            rules[rule.id] = rule
    rules = repeated(rules, tables)
    replaced: dict[str, str] = {}
    _check_disabled(overlays)
    for overlay in overlays:
        for word in overlay.disabled:
            meant = _meant(rules, word.text)
            if not meant:
                raise PackError(
                    "XB-PACK-021", word.at, found=word.text, expected="a rule", hint=did_you_mean(word.text, rules)
                )
            for rule_id in meant:
                del rules[rule_id]
            replaced[word.text] = overlay.id
        for rule in overlay.rules.values():
            for rule_id in (meant := _meant(rules, rule.id)):
                rules[rule_id] = _merged(rules[rule_id], filled(rule, rules[rule_id].given))
            if not meant:
                rules = repeated({**rules, rule.id: rule}, tables)
            replaced[rule.id] = overlay.id
    return rules, replaced


def _meant(rules: Mapping[str, Rule], name: str) -> list[str]:
    """The rules an overlay means by a name: the one of that name, or all copies of it."""
    return [rule_id for rule_id, rule in rules.items() if name in (rule_id, rule.copy_of)]


def _check_disabled(overlays: tuple[Pack, ...]) -> None:
    """What one overlay switches off no overlay changes: the order of overlays would decide."""
    for overlay in overlays:
        for word in overlay.disabled:
            for other in overlays:
                again = other is not overlay and any(word.text == text.text for text in other.disabled)
                if again or word.text in other.rules:
                    found = f"{word.text} disabled here and changed by {other.id}"
                    if again:
                        found = f"{word.text} disabled here and by {other.id}"
                    raise PackError("XB-PACK-030", word.at, found=found, expected="one overlay that decides")


def _merged(known: Rule, overlay: Rule) -> Rule:
    """The built-in rule with the overlay's versions painted over its own on the days they cover."""
    from xbcompliance.timeline import Timeline

    if known.kind != overlay.kind:
        raise PackError(
            "XB-PACK-030", overlay.at, found=f"a {overlay.kind}", expected=f"a {known.kind} like {known.at}"
        )
    for key in sorted(overlay.written & set(_FIXED)):
        mine, theirs = getattr(overlay, key), getattr(known, key)
        if mine != theirs:
            expected = f"{key}: {theirs}, as in {known.at}" if theirs else f"no {key}, as in {known.at}"
            raise PackError("XB-PACK-030", overlay.at, found=f"{key}: {mine} for {known.id}", expected=expected)
    if overlay.repeat is not None:
        found = f"for_each of {known.id}"
        raise PackError("XB-PACK-030", overlay.repeat.at, found=found, expected=f"no for_each, as in {known.at}")
    versions = known.versions + overlay.versions
    changed = {name: getattr(overlay, name) for key, name in _CHANGEABLE.items() if key in overlay.written}
    dropped = tuple(start for start in ("evidence.", "refund") if start.rstrip(".") in overlay.written)
    terms = {name: text for name, text in known.terms.items() if not name.startswith(dropped)}
    if known.kind != "value":
        terms |= overlay.terms
    timeline = Timeline(tuple(version.span for version in versions))
    return replace(known, versions=versions, timeline=timeline, terms=terms, **changed)


_FIXED: Final = ("per", "clock", "answers", "determination", "part_of", "option_of", "option")
"""What others rely on: an overlay may repeat it, not change it."""
_CHANGEABLE: Final = {
    "title": "title",
    "exception_to": "exception_to",
    "covers": "covers",
    "round": "rounding",
    "item": "item_by",
}
"""Keys whose meaning an overlay replaces when it writes them, with the field they fill."""


def _tables(packs: list[Pack], overlays: tuple[Pack, ...]) -> dict[str, Table]:
    declared: dict[str, Table] = {}
    parts: dict[str, list[Table]] = {}
    for pack in (*packs, *overlays):
        for table in pack.tables:
            parts.setdefault(table.name, []).append(table)
            if table.declared:
                if table.name in declared:
                    at = declared[table.name].at
                    raise PackError(
                        "XB-PACK-030", table.at or "", message=f"{table.name} is declared already", hint=str(at)
                    )
                declared[table.name] = table
    out = {}
    for name, tables in parts.items():
        if name not in declared:
            hint = did_you_mean(name, declared)
            raise PackError(
                "XB-PACK-031", tables[0].at or "", found=f"rows for {name}", expected="a declared table", hint=hint
            )
        base = declared[name]
        rows = typed(base, tuple(row for table in tables for row in table.rows))
        out[name] = Table(base.name, base.keys, base.type, rows, True, base.at)
    return dict(sorted(out.items()))


def _profiles(packs: list[Pack], overlays: tuple[Pack, ...]) -> dict[str, tuple[Assumption, ...]]:
    """Profiles by name; an overlay replaces the assumptions on the facts it names."""
    profiles: dict[str, tuple[Assumption, ...]] = {}
    for pack in packs:
        for name, rows in pack.profiles.items():
            if name in profiles:
                raise PackError("XB-PACK-030", pack.at, message=f"the profile {name} exists already")
            profiles[name] = rows
    for overlay in overlays:
        for name, rows in overlay.profiles.items():
            facts = {row.fact for row in rows}
            kept = tuple(row for row in profiles.get(name, ()) if row.fact not in facts)
            profiles[name] = kept + rows
    return profiles


def _forms(packs: list[Pack]) -> dict[str, Form]:
    """The forms of all packs by the name under which callers ask for them."""
    forms: dict[str, Form] = {}
    for pack in packs:
        for form in pack.forms.values():
            other = forms.setdefault(form.name, form)
            if other is not form:
                message = f"the form {form.name} exists already"
                raise PackError("XB-PACK-030", form.at, message=message, hint=str(other.at))
    return dict(sorted(forms.items()))


def _sources(packs: Iterable[Pack]) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    for pack in packs:
        for key, source in pack.sources.items():
            known = sources.setdefault(key, source)
            if known != source:
                raise PackError(
                    "XB-PACK-030", pack.at, message=f"the source {key} is described in two ways", hint=known.title
                )
    return sources


def _places(packs: list[Pack]) -> Places:
    folder = next((pack.folder for pack in packs if pack.id == "places"), None)
    return Places.load(folder) if folder else Places.from_rows()
