"""Sentences and citations of an assessment."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.documents import Cited
from xbcompliance.facts.catalogue import find_fact, question_text
from xbcompliance.money import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xbcompliance.packs.model import Citation
    from xbcompliance.packs.rulebook import Rulebook

_LINE: Final = re.compile(r"lines\[[0-9]+\]\.")


def citation(book: Rulebook, key: str, locator: str) -> Cited:
    """A place in a source, with the source's official id and address."""
    source = book.sources.get(key)
    if source is None:
        return Cited(source=key, locator=locator)
    return Cited(source=source.id or source.title, locator=locator, url=source.url, title=source.title)


def cited(book: Rulebook, found: Citation) -> Cited:
    """A rule's citation as documents show it."""
    return citation(book, found.source, found.locator)


def title(book: Rulebook, days: Mapping[str, Any], text: str, place: str) -> str:
    """A rule's title with the place's adjective filled in: ``{adjective} VAT`` becomes ``German VAT``."""
    day = next((day for day in days.values() if isinstance(day, int)), date.max.toordinal())
    return text.replace("{adjective}", book.places.adjective(place, day) or place)


def rate_text(rate: Any) -> str | None:
    """A rate or duty expression as people read it.

    >>> rate_text(19_000_000)
    '19 %'
    """
    if rate is None or rate is UNKNOWN:
        return None
    return percent(rate) if isinstance(rate, int) else str(rate.rate_text)


def question(fact: str) -> str:
    """The sentence that asks for a fact.

    >>> question("exchange_rates.EUR/USD")
    'Which exchange rate holds: units of USD for one EUR?'
    """
    if fact.startswith("rulebook."):
        return (
            f"The rulebook has no answer for {fact.removeprefix('rulebook.')}; add a pack or an overlay that gives it."
        )
    if fact.startswith("exchange_rates."):
        base, _, target = fact.removeprefix("exchange_rates.").partition("/")
        return f"Which exchange rate holds: units of {target} for one {base}?"
    name = _LINE.sub("line.", fact)
    if name.startswith("history."):
        name = f'history["{name.removeprefix("history.")}"]'
    known = find_fact(name) or find_fact(f"order.{name}")
    return question_text(known) if known is not None else f"What is {fact}?"
