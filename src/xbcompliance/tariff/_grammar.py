"""Reading the terms of a duty expression, one after the other, without guessing.

Each function returns None as soon as something is left that it does not understand: a rate of which a part was skipped
would be a wrong rate. All patterns are anchored at a position and have no nested repetition, so the time is linear.

>>> [str(term) for term in read_terms("4.50% MIN 0.30 EUR / item MAX 0.80 EUR / item", "USD")]
['+ 4.50%', 'MIN 0.30 EUR/item', 'MAX 0.80 EUR/item']
>>> read_terms("8¢ each + 45% on the case", "USD") is None
True
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from xbcompliance.money import currencies
from xbcompliance.tariff._terms import Term

if TYPE_CHECKING:
    from xbcompliance.tariff._terms import Op

_DIGITS: Final = r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_GROUPED: Final = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"

_PERCENT: Final = re.compile(
    rf"(?P<number>{_DIGITS}) ?(?:%|per ?cent(?:um)?\b)(?: ?ad val(?:orem\b|\.)?)?", re.IGNORECASE
)
_AMOUNT: Final = re.compile(
    r"(?P<before>(?:US|AU?|CA?|NZ)?\$|€|£|[A-Z]{3}(?![A-Za-z]))? ?"
    rf"(?P<number>{_GROUPED}|{_DIGITS})"
    r"(?: ?(?P<after>¢|€|£|円|[A-Z]{3}(?![A-Za-z])))?"
)
_SYMBOLS: Final = {
    "€": "EUR",
    "£": "GBP",
    "円": "JPY",
    "US$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD",
}

# The group's name is the unit. Boundaries are those of ASCII, since Japanese runs on without a blank.
_UNIT_FORMS: Final = {
    "pct_vol_hl": r"% ?vol\.? ?/ ?hl",
    "pf_l": r"(?:pf\.|pf|proof) ?(?:lit(?:er|re)s?|l)",
    "dozen_pair": r"doz(?:en|\.)? ?(?:pairs?|prs?\.?)",
    "dozen": r"doz(?:ens?|\.)?",
    "gross": r"gross",
    "pair": r"pairs?|prs?\.?|足",
    "item": r"items?|articles?|heads?|pieces?|pcs?\.?|p/st|units?|nos?\.?|本|頭|枚|個|台",
    "stick": r"sticks?",
    "jewel": r"jewels?",
    "pack": r"packs?",
    "bbl": r"bbls?\.?|barrels?",
    "m2": r"m2|m²|㎡|square met(?:er|re)s?",
    "m3": r"m3|m³|㎥|cubic met(?:er|re)s?",
    "kg": r"kgs?|kilogram(?:me)?s?|㎏|キログラム",
    "g": r"g|gram(?:me)?s?|グラム",
    "t": r"t|mt|tonnes?|metric tons?|トン",
    "hl": r"hl|hectolit(?:er|re)s?",
    "kl": r"kl|kilolit(?:er|re)s?|キロリットル",
    "l": r"l|lit(?:er|re)s?|リットル",
    "m": r"(?:lin(?:ear|\.)? ?)?(?:m|met(?:er|re)s?)",
}
_END: Final = r"(?![A-Za-z0-9²³])"
_EACH: Final = re.compile(r" ?each\b", re.IGNORECASE)
_PER: Final = re.compile(
    rf" ?(?:/|per\b) ?(?:(?P<per>{_GROUPED}|[0-9]+|thousand\b) ?)?(?P<clean>clean )?", re.IGNORECASE
)
_UNIT: Final = re.compile(
    "(?:" + "|".join(f"(?P<{unit}>{form})" for unit, form in _UNIT_FORMS.items()) + ")" + _END, re.IGNORECASE
)

# What stands between two terms, or between a unit and the next term.
_STOP: Final = re.compile(
    r" ?(?:\+|(?<= )-(?= )|(?:, ?)?\b(?:plus|minus|less|min|max|but)\b|, ?(?:and|or)\b|$)", re.IGNORECASE
)
_OPERATOR: Final = re.compile(
    r" ?(?:"
    r"(?P<plus>\+|(?:, ?)?plus\b|, ?and\b)"
    r"|(?P<minus>(?:, ?)?(?:less|minus)\b)"
    r"|(?P<dash>(?<= )-(?= ))"
    r"|(?P<min>min\b|(?:, ?)?but not less than\b|, ?or, if higher,)"
    r"|(?P<max>max\b|(?:, ?)?but not more than\b|, ?or, if lower,)"
    r") ?",
    re.IGNORECASE,
)
_OPS: Final[dict[str, Op]] = {"plus": "+", "minus": "-", "dash": "-", "min": "min", "max": "max"}

_NARROWED: Final = re.compile(r",? ?(?P<text>(?:on|of|including|calculated) [A-Za-z0-9 ,.'()-]*[A-Za-z0-9).])")
_SLASHED: Final = re.compile(r" ?/ ?(?P<text>[A-Za-z%][A-Za-z %./]*[A-Za-z.])")
_TAGGED: Final = re.compile(r" ?(?P<text>eda|mas|std qual|TSS|pins)")
_CONDITION: Final = re.compile(
    r"\b(?:free|if|until|from|see|whichever|subject|except|unless|when|where|or)\b", re.IGNORECASE
)
_HARMLESS: Final = "(if any)"

_WHICHEVER: Final = re.compile(
    r",? ?whichever is (?:the )?(?:(?P<min>higher|greater)|(?P<max>lower|lesser|less))", re.IGNORECASE
)
_OF_THE_TWO: Final = re.compile(r"(?:(?P<min>高い)|(?P<max>低い))税率")
_PROVISO: Final = re.compile(
    r" ?\(?ただしその税率が(?P<limit>[^を]+)を(?:(?P<max>上)|(?P<min>下))回る場合は(?P<stands>[^と)]+)(?:とする)?\)?"
)


class _Read(NamedTuple):
    term: Term
    end: int


def read_terms(text: str, dollar: str) -> tuple[Term, ...] | None:
    """The terms of a whole expression, or None; ``dollar`` is the currency that a bare ``$`` or ``¢`` means.

    Blanks in ``text`` are single. Two alternatives of which the higher or lower applies become ``min`` or ``max``.
    """
    japanese = text.partition("又は")
    if japanese[1]:
        second, _, tail = japanese[2].partition("のうちいずれか")
        found = _OF_THE_TWO.match(tail)
        if not found:
            return None
        chosen = _chosen(japanese[0], second, found, dollar)
        return _with_proviso(chosen, tail[found.end() :], dollar) if chosen else None
    whichever = _WHICHEVER.search(text)
    if whichever and whichever.end() == len(text):
        first, _, second = text[: whichever.start()].partition(" or ")
        return _chosen(first.rstrip(" ,"), second, whichever, dollar)
    return read_sum(text, dollar)


def read_sum(text: str, dollar: str, start: int = 0, op: Op = "+") -> tuple[Term, ...] | None:
    """Terms joined by signs from ``start`` to the end of the text; the first has the sign ``op``.

    Nothing may be added after a ``min`` or ``max``: whether it belongs to the limit or to the duty is not said.
    """
    terms: list[Term] = []
    position = start
    while True:
        read = _percent(text, position, op) or _amount(text, position, op, dollar)
        if read is None:
            return None
        terms.append(read.term)
        if read.end == len(text):
            return tuple(terms)
        sign = _OPERATOR.match(text, read.end)
        if sign is None:
            return None
        op, position = _OPS[str(sign.lastgroup)], sign.end()
        if op in ("+", "-") and terms[-1].op in ("min", "max"):
            return None
        # "4% - 6%" is a range, not a difference.
        if sign.lastgroup == "dash" and (_PERCENT.match(text, position) is None) == (read.term.percent is None):
            return None


def leading_operator(text: str, position: int) -> tuple[Op, int] | None:
    """The sign at a position and where it ends, for a sum that goes on from something else."""
    sign = _OPERATOR.match(text, position)
    return (_OPS[str(sign.lastgroup)], sign.end()) if sign else None


def shifted(number: str, places: int) -> str:
    """A plain decimal number times ``10**places``, without a detour through arithmetic: the printed decimals stay.

    >>> shifted("2.1", -2), shifted("0.129", 2), shifted("0.00", 2), shifted("007.50", 0)
    ('0.021', '12.9', '0', '7.50')
    """
    whole, _, fraction = number.partition(".")
    if places >= 0:
        fraction = fraction.ljust(places, "0")
        whole, fraction = whole + fraction[:places], fraction[places:]
    else:
        whole = whole.rjust(1 - places, "0")
        whole, fraction = whole[:places], whole[places:] + fraction
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{fraction}" if fraction else whole


def _chosen(first: str, second: str, which: re.Match[str], dollar: str) -> tuple[Term, ...] | None:
    """The higher or lower of two sums. One of them is a single term, else no row of terms says it."""
    one, two = read_sum(first, dollar), read_sum(second, dollar)
    if not one or not two or any(term.op in ("min", "max") for term in one + two):
        return None
    longer, single = (one, two) if len(two) == 1 else (two, one)
    if len(single) != 1:
        return None
    return (*longer, replace(single[0], op=_OPS[str(which.lastgroup)]))


def _with_proviso(terms: tuple[Term, ...], tail: str, dollar: str) -> tuple[Term, ...] | None:
    """The terms with the limit of a Japanese proviso, which names the same rate twice."""
    if not tail:
        return terms
    proviso = _PROVISO.fullmatch(tail)
    if not proviso or proviso["limit"] != proviso["stands"]:
        return None
    limit = read_sum(proviso["limit"], dollar, op="max" if proviso["max"] else "min")
    return terms + limit if limit and len(limit) == 1 else None


def _percent(text: str, position: int, op: Op) -> _Read | None:
    found = _PERCENT.match(text, position)
    if not found:
        return None
    return _Read(Term(op, percent=shifted(found["number"], 0)), found.end())


def _amount(text: str, position: int, op: Op, dollar: str) -> _Read | None:
    found = _AMOUNT.match(text, position)
    if not found:
        return None
    currency = _currency(found["before"], found["after"], dollar)
    if currency is None:
        return None
    amount = shifted(found["number"].replace(",", ""), -2 if found["after"] == "¢" else 0)
    each = _EACH.match(text, found.end())
    if each:
        per, unit, end, clean = "1", "item", each.end(), None
    else:
        measured = _unit(text, found.end())
        if measured is None:
            return None
        per, unit, end, clean = measured
    stop = _STOP.search(text, end)
    chunk = text[end : stop.start()] if stop else text[end:]
    qualifier = clean if not chunk.strip() else _qualifier(chunk)
    if chunk.strip() and (qualifier is None or clean is not None):
        return None
    return _Read(Term(op, None, amount, currency, per, unit, qualifier), end + len(chunk))


def _currency(before: str | None, after: str | None, dollar: str) -> str | None:
    """The ISO code, if the amount has exactly one sign of currency and it names one."""
    mark = before or after
    if mark is None or (before and after):
        return None
    if mark in ("$", "¢"):
        return dollar
    code = _SYMBOLS.get(mark, mark)
    return code if code in currencies() else None


def _unit(text: str, position: int) -> tuple[str, str, int, str | None] | None:
    """The multiple, the unit, where it ends, and ``clean`` for the clean kilograms of wool."""
    per = _PER.match(text, position)
    if not per:
        return None
    printed = (per["per"] or "1").replace(",", "").lower()
    multiple = "1000" if printed == "thousand" else shifted(printed, 0)
    clean = "clean" if per["clean"] else None
    unit = _UNIT.match(text, per.end())
    if unit:
        return multiple, str(unit.lastgroup), unit.end(), clean
    if multiple == "1000" and not clean:
        return multiple, "item", per.end("per"), None  # "$6/1000": a thousand of the goods
    return None


def _qualifier(chunk: str) -> str | None:
    """What narrows the unit, blanks around slashes dropped; None if it could be a condition of the rate instead."""
    found = _NARROWED.fullmatch(chunk) or _SLASHED.fullmatch(chunk) or _TAGGED.fullmatch(chunk)
    if not found:
        return None
    rest = found["text"].replace(_HARMLESS, "")
    if "(" in rest or ")" in rest or _CONDITION.search(rest):
        return None
    return re.sub(r" ?/ ?", "/", found["text"]).replace("% ", "%")
