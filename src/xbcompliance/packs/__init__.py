"""Packs: the law as data. Read, checked and composed here; compiled in :mod:`xbcompliance.plan`."""

from __future__ import annotations

from xbcompliance.packs.model import Pack, Rule, Source
from xbcompliance.packs.rulebook import Rulebook, load_rulebook

__all__ = ["Pack", "Rule", "Rulebook", "Source", "load_rulebook"]
