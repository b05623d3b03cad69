"""Identification numbers checked offline: by their form, and by their check digits where python-stdnum knows them.

Some kinds look at a part of a number only, so that a rule can say what is wrong with it: ``eu.vat.prefix`` at the
country in front, ``eu.vat.form`` at everything but the check digits, ``eu.ioss.form`` at letters and length.

>>> is_valid("eu.ioss", "IM3720000224"), is_valid("eu.ioss", "IM27600007")
(True, False)
>>> [is_valid(kind, "DE136695977") for kind in ("eu.vat.prefix", "eu.vat.form", "eu.vat")]
[True, True, False]
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from xbcompliance.facts._fields import countries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GREECE: Final = "EL"
"""What Greek VAT numbers begin with; the country code is GR."""


@lru_cache(maxsize=4096)
def is_valid(kind: str, number: str) -> bool:
    """Whether a number of this kind has the right form and check digits; nothing is looked up online.

    Blanks and the case of letters do not matter, but for the country in front of a VAT or EORI number: rules read it.
    """
    return NUMBER_KINDS[kind](number)


def _compact(number: str) -> str:
    return number.replace(" ", "").upper()


def _checked(module: str, prefix: str = "") -> Callable[[str], bool]:
    """All that python-stdnum knows of a number, and the letters in front."""

    def check(number: str) -> bool:
        compact = _compact(number)
        return compact.startswith(prefix) and bool(import_module(module).is_valid(compact))

    return check


def _written(pattern: str) -> Callable[[str], bool]:
    """Letters and digits alone."""
    matches = re.compile(pattern, re.ASCII).fullmatch
    return lambda number: matches(_compact(number)) is not None


def _eu_vat_prefix(number: str) -> bool:
    """The two letters of a member state or of Northern Ireland, as VAT numbers write them."""
    members = _stdnum("eu.vat").MEMBER_STATES
    return number[:2] in {GREECE if member == "gr" else member.upper() for member in members}


def _eu_vat_form(number: str) -> bool:
    if not _eu_vat_prefix(number):
        return False
    errors = _stdnum("exceptions")
    try:
        _stdnum("eu.vat").validate(_compact(number))
    except errors.InvalidChecksum:
        return True
    except errors.ValidationError:
        return False
    return True


def _eu_vat(number: str) -> bool:
    return _eu_vat_prefix(number) and bool(_stdnum("eu.vat").is_valid(_compact(number)))


def _eori(number: str) -> bool:
    """The country in front and up to fifteen letters or digits after it."""
    return number[:2] in countries() and _written("[A-Z]{2}[A-Z0-9]{1,15}")(number)


def _stdnum(name: str) -> Any:
    return import_module(f"stdnum.{name}")


NUMBER_KINDS: Final[Mapping[str, Callable[[str], bool]]] = {
    "eori": _eori,
    "eu.ioss": _checked("stdnum.eu.oss", "IM"),
    "eu.ioss.form": _written("IM[0-9]{10}"),
    "eu.ioss.intermediary": _written("IN[0-9]{10}"),
    "eu.vat": _eu_vat,
    "eu.vat.form": _eu_vat_form,
    "eu.vat.prefix": _eu_vat_prefix,
    "gb.vat": _checked("stdnum.gb.vat"),
}
"""Kind → the check of a number."""

SPECIMENS: Final[Mapping[str, str]] = {
    "eori": "DE136695976",
    "eu.ioss": "IM3720000224",
    "eu.ioss.form": "IM3720000224",
    "eu.ioss.intermediary": "IN3720000224",
    "eu.vat": "DE136695976",
    "eu.vat.form": "DE136695976",
    "eu.vat.prefix": "DE136695976",
    "gb.vat": "GB980780684",
}
"""A well-formed number of each kind, for working out what telling one would change."""
