"""Small packs for tests: files by path, written out and loaded without the built-in ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xbcompliance._errors import PackError
from xbcompliance.checks import lint_book
from xbcompliance.engine import Engine
from xbcompliance.packs.rulebook import Rulebook, load_rulebook
from xbcompliance.plan import Plan, build_plan

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = "format: xbpack/1\npack: t\ntitle: Trial\nsources:\n  act: {title: An act, id: Act 1}\n"
OVERLAY = "format: xbpack/1\npack: o\nkind: overlay\nreason: a trial\n"


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """The files below a folder; ``pack.yaml`` is the usual head unless given."""
    for name, content in {"pack.yaml": HEAD, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def book_of(folder: Path, files: Mapping[str, str | bytes]) -> Rulebook:
    """The rulebook of one pack ``t`` and, if there is an ``overlay.yaml`` among the files, of that overlay."""
    files = dict(files)
    overlays: list[Path] = []
    folder.mkdir(parents=True, exist_ok=True)
    for name in [name for name in files if name.startswith("overlay")]:
        overlays.append(folder / name)
        overlays[-1].write_bytes(str(files.pop(name)).encode())
    write(folder / "t", files)
    return load_rulebook(folder / "t", overlays=overlays, builtin=False)


def plan_of(folder: Path, files: Mapping[str, str | bytes]) -> Plan:
    """The same, compiled."""
    return build_plan(book_of(folder, files))


def said(folder: Path, error: PackError) -> str:
    """A message without the folder in which the test wrote its pack."""
    return str(error).replace(f"{folder}/", "")


def everything_wrong(folder: Path, files: Mapping[str, str | bytes]) -> list[str]:
    """The error with which a pack fails to load, compile or start an engine, else what lint finds."""
    try:
        book = book_of(folder, files)
        plan = build_plan(book)
        if book.profiles:
            Engine(book)
    except PackError as error:
        return [said(folder, error)]
    return [said(folder, error) for error in lint_book(book, plan)]


def define(name: str, expression: str, *lines: str, since: str = "2021-01-01", more: str = "") -> str:
    """A define of one version, as text in a list of rules."""
    return rule("define", name, *lines, versions=[f"{{from: {since}, is: '{expression}', cite: [act 1]{more}}}"])


def rule(kind: str, name: str, *lines: str, versions: list[str]) -> str:
    """A rule with the lines and versions given."""
    head = [f"  - {kind}: {name}", "title: A rule for trials", *lines, "versions:"]
    return "\n    ".join(head) + "\n" + "".join(f"      - {version}\n" for version in versions)


def charge(name: str, *lines: str, versions: list[str] | None = None) -> str:
    """A tax of one unit of the euro, always due unless versions say otherwise."""
    usual = ["{from: 2021-01-01, when: order.gift, amount: 'money(\"1.00 EUR\")', cite: [act 1]}"]
    return rule("charge", name, "kind: tax", *lines, versions=versions or usual)


def rules(*texts: str) -> str:
    """A ``rules.yaml``."""
    return "rules:\n" + "".join(texts)
