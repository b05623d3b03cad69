"""Identification numbers checked offline by their form and check digits, with python-stdnum.

>>> is_valid("eu.ioss", "IM3720000224"), is_valid("eu.ioss", "IM27600007")
(True, False)
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Final

NUMBER_KINDS: Final = {
    "eu.ioss": ("stdnum.eu.oss", "IM"),
    "eu.vat": ("stdnum.eu.vat", ""),
    "gb.vat": ("stdnum.gb.vat", ""),
}
"""Kind → the module that knows the form, and the prefix the number must have."""


@lru_cache(maxsize=4096)
def is_valid(kind: str, number: str) -> bool:
    """Whether a number of this kind has the right form and check digits; nothing is looked up online."""
    module, prefix = NUMBER_KINDS[kind]
    compact = number.replace(" ", "").upper()
    return compact.startswith(prefix) and bool(import_module(module).is_valid(compact))


SPECIMENS: Final = {"eu.ioss": "IM3720000224", "eu.vat": "DE136695976", "gb.vat": "GB980780684"}
"""A well-formed number of each kind, for working out what telling one would change."""
