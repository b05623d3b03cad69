"""Checking packs: lint, the cases beside the rules, and a description of what a pack holds.

A case is an order, made from a named base by setting and dropping facts, and what must come out of it. In case files
plain ``true``, ``false`` and ``null`` have their JSON meaning; everything else is text, as in the contract.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import ComplianceError, PackError, did_you_mean, shown
from xbcompliance.engine import Engine
from xbcompliance.facts import drop, put
from xbcompliance.packs.document import Mapping as DocumentMapping
from xbcompliance.packs.document import Node, Scalar, Sequence, read_document
from xbcompliance.packs.fields import Fields
from xbcompliance.packs.model import CASE_FILE_KEYS, CASE_KEYS, EXPECTATIONS
from xbcompliance.packs.read import read_overlay
from xbcompliance.packs.rulebook import Rulebook, compose, load_rulebook
from xbcompliance.places import check as check_places
from xbcompliance.plan.build import build_plan
from xbcompliance.plan.checks import check_tables
from xbcompliance.plan.lint import lint_plan
from xbcompliance.timeline import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.packs.model import Pack
    from xbcompliance.plan import Plan


_COUNT: Final = re.compile("0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case run: ``differences`` is empty when it holds."""

    pack: str
    case: str
    differences: tuple[str, ...]
    where: str

    @property
    def ok(self) -> bool:
        """Whether the case holds."""
        return not self.differences


def lint_packs(paths: list[Path] | None = None) -> list[PackError]:
    """Everything wrong with the built-in packs and those under ``paths``; an overlay is checked on top of them."""
    folders = [path for path in paths or [] if path.is_dir()]
    overlays = [path for path in paths or [] if path.is_file()]
    try:
        book = load_rulebook(*folders, overlays=overlays)
        plan = build_plan(book)
    except PackError as error:
        return [error]
    return lint_book(book, plan)


def lint_book(book: Rulebook, plan: Plan) -> list[PackError]:
    """What is wrong with a rulebook although it can be used."""
    return [*check_tables(book), *check_places(book.places), *_check_facts(book), *lint_plan(plan)]


def _check_facts(book: Rulebook) -> Iterator[PackError]:
    """Profiles assume facts that exist."""
    from xbcompliance.facts.catalogue import CATALOGUE

    for pack in book.packs.values():
        for assumptions in pack.profiles.values():
            for assumed in assumptions:
                if assumed.fact not in CATALOGUE:
                    hint = did_you_mean(assumed.fact, CATALOGUE)
                    yield PackError(
                        "XB-PACK-021", pack.at, found=f"the fact {assumed.fact}", expected="a known fact", hint=hint
                    )


def show_pack(rulebook: Rulebook, pack_id: str) -> dict[str, Any]:
    """What a pack holds, ready for JSON."""
    pack = rulebook.packs[pack_id]
    return {
        "id": pack.id,
        "version": pack.version,
        "kind": pack.kind,
        "title": pack.title,
        "verified_through": pack.verified_through.isoformat() if pack.verified_through else None,
        "requires": list(pack.requires),
        "digest": pack.digest,
        "rules": [_described(rule) for rule in pack.rules.values()],
        "tables": [{"name": table.name, "rows": len(table.rows)} for table in pack.tables],
        "sources": {
            key: {"title": s.title, "id": s.id, "url": s.url, "read": s.read} for key, s in pack.sources.items()
        },
    }


def _described(rule: Any) -> dict[str, Any]:
    versions = [
        {
            "from": iso(version.span.start),
            "until": None if version.span.end is None else iso(version.span.end),
            "published": None if version.span.published is None else iso(version.span.published),
            "status": version.status,
            "cite": [citation.text for citation in version.citations],
            **{name: text.text for name, text in version.texts.items()},
        }
        for version in rule.versions
    ]
    return {
        "id": rule.id,
        "kind": rule.kind,
        "title": rule.title,
        "per": rule.per,
        "clock": rule.clock,
        "versions": versions,
    }


# --- cases


def run_cases(rulebook: Rulebook, paths: list[Path] | None = None) -> list[CaseResult]:
    """The cases of all packs, or of those under ``paths``, run on the rulebook."""
    engine = Engine(rulebook)
    roots = [path.resolve() for path in paths or []]
    results = []
    for pack in rulebook.packs.values():
        file = pack.folder / "cases.yaml"
        inside = not roots or any(pack.folder.resolve().is_relative_to(root) for root in roots)
        if pack.folder.is_dir() and inside and file.is_file():
            results += list(_pack_cases(engine, pack, file))
    return results


def _pack_cases(engine: Engine, pack: Pack, file: Path) -> Iterator[CaseResult]:
    label = f"{pack.at.file.rpartition('/')[0]}/cases.yaml"
    fields = Fields(read_document(file.read_bytes(), label), "cases.yaml", CASE_FILE_KEYS)
    bases = {name: plain(node) for name, node in fields.entries("bases").items()}
    engines: dict[str, Engine] = {}
    for node in fields.items("cases"):
        case = Fields(node, "a case", CASE_KEYS)
        name, base = case.text("case"), case.text("base")
        if base not in bases:
            hint = did_you_mean(base, bases)
            raise PackError(
                "XB-PACK-021", case.place("base"), found=f"the base {base!r}", expected="a named base", hint=hint
            )
        order = copy.deepcopy(bases[base])
        try:
            for path, value in case.entries("set").items():
                put(order, path, plain(value))
            for word in case.words("drop"):
                drop(order, word.text)
        except (LookupError, TypeError, ValueError) as error:
            raise PackError(
                "XB-PACK-021", case.at, found=f"a path that is not in the base ({error})", expected="a path"
            ) from None
        if "expect" not in case.node.entries:
            raise PackError("XB-PACK-011", case.at, found="a case without 'expect'", expected="expect: …")
        expected = Fields(case.node.entries["expect"], "expect", EXPECTATIONS)
        wanted = {key: plain(value) for key, value in expected.node.entries.items()}
        days = {key: case.day(key) for key in ("known_at", "at")}
        overlay = case.optional("overlay")
        used = engine
        if overlay is not None:
            used = engines[overlay.text] = engines.get(overlay.text) or _with_overlay(engine, pack, overlay.text)
        yield CaseResult(pack.id, name, tuple(_differences(used, order, wanted, days)), str(case.at))


def _with_overlay(engine: Engine, pack: Pack, name: str) -> Engine:
    """The engine with an overlay on top that stands beside the cases and is in force for some of them."""
    book = engine.rulebook
    plain_packs = [known for known in book.packs.values() if known.kind != "overlay"]
    return Engine(compose(plain_packs, (*book.overlays, read_overlay(pack.folder / name))))


def _differences(engine: Engine, order: Any, wanted: dict[str, Any], days: dict[str, int | None]) -> Iterator[str]:
    asked = {key: None if day is None else date.fromordinal(day) for key, day in days.items()}
    try:
        found = engine.assess(order, known_at=asked["known_at"], at=asked["at"]).to_dict()
    except ComplianceError as error:
        if error.code != wanted.get("error"):
            yield str(error)
        return
    if "error" in wanted:
        yield f"accepted, expected {wanted['error']}"
        return
    yield from compare(wanted, found)


def compare(wanted: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """What differs between an expectation and an assessment.

    >>> list(compare({"totals": {"duty": "3.00"}}, {"totals": {"duty": "6.00"}}))
    ['totals.duty is 6.00, expected 3.00']
    """
    for name in ("totals", "bounds"):
        for key, value in wanted.get(name, {}).items():
            if not _same(value, found[name].get(key)):
                yield f"{name}.{key} is {found[name].get(key)}, expected {value}"
    if "complete" in wanted and wanted["complete"] != found["complete"]:
        yield f"complete is {found['complete']}"
    charges = list(found.get("charges", []))
    for pattern in wanted.get("charges", []):
        hit = next((c for c in charges if all(_same(v, c.get(k)) for k, v in pattern.items())), None)
        if hit is None:
            yield f"no charge {pattern}"
        else:
            charges.remove(hit)
    for pattern in wanted.get("no_charges", []):
        for charge in found.get("charges", []):
            if all(_same(v, charge.get(k)) for k, v in pattern.items()):
                yield f"unexpected charge {charge['rule']} {charge['amount']}"
    yield from _compare_names(wanted, found)


def _compare_names(wanted: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    others = {other["name"] for option in found.get("options", []) for other in option["alternatives"]}
    owed = {row["rule"] for row in found.get("obligations", [])}
    for name, seen in (("obligations", owed), ("options", others)):
        for rule in wanted.get(name, []):
            if rule not in seen:
                yield f"{name} are {sorted(seen)}, expected {rule} among them"
    for name, key in (("questions", "fact"), ("violations", "rule")):
        if name in wanted and sorted(wanted[name]) != sorted(row[key] for row in found[name]):
            yield f"{name} are {sorted(row[key] for row in found[name])}, expected {sorted(wanted[name])}"


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(_same(a, b) for a, b in zip(wanted, found, strict=True))
    try:
        return Decimal(str(wanted)) == Decimal(str(found))
    except InvalidOperation:
        return bool(wanted == found)


def plain(node: Node) -> Any:
    """A document node as JSON: plain ``true``, ``false``, ``null`` and whole numbers are what they say, others text."""
    if isinstance(node, Scalar):
        if node.is_null:
            return None
        if node.plain and node.text in ("true", "false"):
            return node.text == "true"
        return int(node.text) if node.plain and _COUNT.fullmatch(node.text) else node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, DocumentMapping):
        return {key: plain(value) for key, value in node.entries.items()}
    raise AssertionError(shown(node))
