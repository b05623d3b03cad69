"""Sentences and citations of an assessment."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import shown
from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment.documents import Cited
from xbcompliance.facts.catalogue import find_fact, question_text
from xbcompliance.money import RATE_SCALE, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xbcompliance.packs.model import Citation
    from xbcompliance.packs.rulebook import Rulebook

_LINE: Final = re.compile(r"lines\[[0-9]+\]\.")
_PERCENT: Final = re.compile(r"(?<=[0-9])%")


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
    """A rule's title with the place's adjective filled in: ``{adjective} VAT`` becomes ``German VAT``.

    While the place is open, the title goes without.
    """
    if not place and "{adjective}" in text:
        plain_text = text.replace("{adjective} ", "")
        return plain_text[:1].upper() + plain_text[1:]
    day = next((day for day in days.values() if isinstance(day, int)), date.max.toordinal())
    return text.replace("{adjective}", book.places.adjective(place, day) or place)


def rate_text(rate: Any, scale: int = RATE_SCALE) -> str | None:
    """A rate, as a number of so many decimals, or a duty expression as people read it.

    >>> from xbcompliance.tariff import parse_duty
    >>> rate_text(19_000_000), rate_text(parse_duty("12%")), rate_text(parse_duty("$1.035/kg + 17%"))
    ('19 %', '12 %', '1.035 USD/kg + 17 %')
    """
    if rate is None or rate is UNKNOWN:
        return None
    return percent(rate, scale) if isinstance(rate, int) else _PERCENT.sub(" %", rate.rate_text)


def unclear_code(fact: str, code: Any) -> str:
    """What to add where a postal code is asked for that was told and does not say where in its country a place lies.

    >>> unclear_code("ship_from.postal_code", "518000")
    " The code that was told, '518000', does not say where in its country that is."
    """
    if not fact.endswith(".postal_code") or not isinstance(code, str):
        return ""
    return f" The code that was told, {shown(code)}, does not say where in its country that is."


def question(fact: str, unsettled: Sequence[str] = ()) -> str:
    """The sentence that asks for a fact; ``unsettled`` are rows without a value, which keep an answer from bounds.

    >>> question("exchange_rates.EUR/USD")
    'Tell the exchange rate: how many USD are given for one EUR.'
    >>> question("dates.paid", ["t.rates[DE, drink]", "t.rates[DE, diapers]"]).partition(". ")[2]
    'There are no bounds, as the rulebook has no value for t.rates[DE, drink] and 1 more.'
    """
    if unsettled:
        more = f" and {len(unsettled) - 1} more" if len(unsettled) > 1 else ""
        reason = f"There are no bounds, as the rulebook has no value for {unsettled[0]}{more}."
        return f"{question(fact)} {reason}"
    if fact.startswith("rulebook."):
        return (
            f"The rulebook has no answer for {fact.removeprefix('rulebook.')}; add a pack or an overlay that gives it."
        )
    if fact.startswith("exchange_rates."):
        base, _, target = fact.removeprefix("exchange_rates.").partition("/")
        return f"Tell the exchange rate: how many {target} are given for one {base}."
    name = _LINE.sub("line.", fact)
    if name.startswith("history."):
        name = f'history["{name.removeprefix("history.")}"]'
    known = find_fact(name) or find_fact(f"order.{name}")
    return question_text(known) if known is not None else f"Tell {fact}."
