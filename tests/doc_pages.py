"""The parts of the documentation that are read off the code and the packs.

``python tests/doc_pages.py`` writes them into all pages, or into those that it is given, between
``<!-- generated: name -->`` and ``<!-- end -->``; tests/test_docs.py checks that they are current.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from xbcompliance import UNKNOWN, Rulebook, load_rulebook
from xbcompliance.expr.operations import conjunction, disjunction, negation
from xbcompliance.facts import CATALOGUE, Fact, known_categories
from xbcompliance.money import RATE_SCALE
from xbcompliance.packs.model import STATUSES, Rule
from xbcompliance.packs.read import EXPRESSIONS, RULE_KEYS
from xbcompliance.packs.tables import Table
from xbcompliance.places import Place
from xbcompliance.plan.scope import DERIVED
from xbcompliance.timeline import iso

DOCS = Path(__file__).resolve().parent.parent / "docs"
_PART = re.compile(r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)

FUNCTION_MEANINGS = {
    "told(x)": "whether there is a value: false for `null`",
    "told_or(x, y)": "a fact told as such, else what follows from others: `y` while `x` was not told",
    "valid(kind, x)": "whether an identification number has the right form: `eu.vat`, `eu.ioss`",
    "listed(table[…])": "whether a table has a row for these keys; here a miss means *no*",
    "sum(x, over=grain)": "the sum over the finer units",
    "any(x, over=grain)": "whether it holds for one of the finer units",
    "all(x, over=grain)": "whether it holds for each of them",
    "count(x, over=grain)": "for how many of them it holds",
    "count_distinct(x, over=grain)": "how many different codes there are among them",
    "share(x, by=weight)": "an amount split over finer units by largest remainder; the parts add up to the whole",
    "each(x)": "a coarser amount repeated, on purpose, for each finer unit",
    "convert(x, currency, source=name)": 'into another currency, or `"order"`, at the rate of the rule\'s clock',
    'money("3.00 EUR")': "a fixed amount",
    "round(x, digits, mode, step=n)": "to decimals, or to multiples of a step",
    "quotient(a, b, digits, mode)": "division, rounded to decimals",
    "without(gross, rate)": "`gross / (1 + rate)`: what is left of a price that contains a tax",
    "min(a, b, …)": "the least of two to nine amounts, numbers or dates",
    "max(a, b, …)": "the greatest of them",
    "digits(code, n)": "the first digits of a commodity code; unknown if it has fewer",
    "starts_with(code, text)": "whether a code starts with a text",
    "lower(text)": "a fixed text in lower case, such as a name that `for_each` gives",
    "first(code, n)": "the first characters of any code, such as the country of a VAT number",
    "registered(registrations, country, scheme)": "whether one of the registrations is in a country under a scheme",
    "days(a, b)": "days from one date to another",
    "apply(duty, value)": "a duty expression applied to a value, with the quantities of the line",
}


@cache
def rulebook() -> Rulebook:
    """The built-in packs, loaded once for all pages."""
    return load_rulebook()


def row(*cells: object) -> str:
    """A row of a Markdown table; a bar inside a cell is escaped."""
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    names = list(head)
    return "\n".join([row(*names), "|" + "---|" * len(names), *(row(*cells) for cells in rows)])


def code(text: object) -> str:
    return f"`{text}`"


# --- facts and expressions


def facts() -> str:
    order = [fact for fact in CATALOGUE.values() if fact.grain == "order" and not fact.name.startswith("history")]
    lines = [fact for fact in CATALOGUE.values() if fact.grain == "line"]
    past = [fact for fact in CATALOGUE.values() if fact.name.startswith("history")]
    parts = []
    for title, found in (("The order", order), ("Each line", lines), ("History", past)):
        rows = ((code(fact.name), _kind(fact), _may_lack(fact), _meaning(fact)) for fact in found)
        parts.append(f"## {title}\n\n{table(('fact', 'type', 'told', 'meaning'), rows)}")
    return "\n\n".join(parts)


def _kind(fact: Fact) -> str:
    if fact.kind == "record":
        return "list of records" if fact.many else "record"
    unit = fact.unit or fact.currency
    kind = f"{fact.kind} in {unit}" if unit else fact.kind
    return f"{kind}: {', '.join(map(code, fact.domain))}" if fact.domain and fact.kind != "truth" else kind


def _may_lack(fact: Fact) -> str:
    required = fact.name in ("order.id", "order.currency", "dates", "dates.placed", "ship_to", "ship_to.country")
    if required or fact.name in ("line.id", "line.quantity", "line.unit_price"):
        return "always"
    return "or null" if fact.nullable else "optional"


def _meaning(fact: Fact) -> str:
    """A meaning without that of the record it lies in, which has a row of its own."""
    outer = CATALOGUE.get(fact.name.rpartition(".")[0])
    return fact.meaning.removeprefix(f"{outer.meaning}: ") if outer else fact.meaning


def functions() -> str:
    return table(("function", "gives"), ((code(call), meaning) for call, meaning in FUNCTION_MEANINGS.items()))


def function_names() -> list[str]:
    return [call.partition("(")[0] for call in FUNCTION_MEANINGS]


def logic() -> str:
    values = (True, False, UNKNOWN)
    words = {True: "true", False: "false", UNKNOWN: "unknown"}
    rows = (
        (words[a], words[b], words[conjunction(a, b)], words[disjunction(a, b)], words[negation(a)])
        for a in values
        for b in values
    )
    return table(("a", "b", "a and b", "a or b", "not a"), rows)


def derived() -> str:
    places = [("ship_to.place", "the region or country, from country, postal code and subdivision")]
    places.append(("ship_from.place", "the same for the place of dispatch"))
    rows = [(code(name), code(text)) for name, (_, text) in DERIVED.items()]
    return table(("name", "is"), [*rows, *((code(name), text) for name, text in places)])


def rule_keys() -> str:
    rows = []
    for kind, keys in RULE_KEYS.items():
        shown = [key for key in keys if (kind, key) not in {("define", "part_of"), ("value", "note")}]
        inside = [key for key in EXPRESSIONS[kind] if key != "rank"] + (["instead"] if kind == "charge" else [])
        rows.append((code(kind), ", ".join(map(code, shown)), ", ".join(map(code, inside))))
    common = "`from`, `until`, `published`, `corrects`, `cite`, `status`, `contested`, `note`, `repealed`"
    return f"{table(('kind', 'keys', 'in each version'), rows)}\n\nEvery version also has {common}."


# --- what the packs cover


def packs() -> str:
    found = rulebook().packs.values()
    rows = ((code(p.id), p.version, p.title, len(p.rules), p.verified_through) for p in found)
    return table(("pack", "version", "title", "rules", "verified through"), rows)


def covers() -> str:
    rows = [
        (", ".join(rule.covers), code(rule.id), code(" ".join(version.texts["is"].text.split())), _days(version.span))
        for rule in rulebook().rules.values()
        if rule.covers
        for version in rule.versions
    ]
    return table(("kinds", "rule", "condition", "days"), sorted(rows))


def _days(span: Any) -> str:
    return f"from {iso(span.start)}" + ("" if span.end is None else f" until {iso(span.end)}")


def vat() -> str:
    rates: Table = rulebook().tables["eu.vat.rates"]
    rows = []
    for place in sorted({found.keys[0] for found in rates.rows}):
        mine = [found for found in rates.rows if found.keys[0] == place]
        other = {found.keys[1] for found in mine} - {"*"}
        unsettled = {f"{found.keys[1]}{_closed(found)}" for found in mine if found.value is UNKNOWN}
        rows.append((place, _history(place), len(other), ", ".join(map(code, sorted(unsettled))) or "none"))
    return table(("place", "standard rate", "categories", "not settled"), rows)


def _closed(found: Any) -> str:
    return "" if found.span.end is None else f" (until {iso(found.span.end)})"


def tariff() -> str:
    """The rows of all tariffs; codes that bear the same are one row."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for found in rulebook().tables["customs.tariff"].rows:
        says = (found.info["value"], _days(found.span), found.info.get("status", "verified"))
        alike.setdefault((*found.keys[:2], found.keys[2] or "any", *says), []).append(code(found.keys[3]))
    listed = ((*says[:3], ", ".join(codes), *says[3:]) for says, codes in alike.items())
    return table(("into", "measure", "origin", "codes", "duty", "days", "status"), listed)


def contested() -> str:
    rows = [
        (code(rule.id), _days(version.span), version.contested)
        for rule in rulebook().rules.values()
        for version in rule.versions
        if version.contested
    ]
    return table(("rule", "days", "point"), sorted(rows))


def recalled() -> str:
    book = rulebook()
    rows: list[tuple[object, ...]] = [
        (code(rule.id), _days(version.span), version.status)
        for rule in book.rules.values()
        for version in rule.versions
        if version.status != "verified"
    ]
    for name, rates in book.tables.items():
        for status in STATUSES[1:]:
            count = sum(found.info.get("status") == status for found in rates.rows)
            if count:
                rows.append((f"{count} of {len(rates.rows)} rows of {code(name)}", "", status))
    return table(("what", "days", "status"), rows)


# --- the countries


def _rates() -> Table:
    return rulebook().tables["eu.vat.rates"]


def _read_off() -> int:
    """The day the tables of the countries are read off: the last through which the rates were verified."""
    packs = rulebook().packs
    return min(packs[name].verified_through.toordinal() for name in _rates().packs)  # type: ignore[union-attr]


def _percent(value: int) -> str:
    return f"{(Decimal(value) * 100 / 10**RATE_SCALE).normalize():f} %"


def _history(place: str) -> str:
    """The standard rates of a place with their days; what did not change is not repeated."""
    steps: list[tuple[Any, str]] = []
    for found in sorted((r for r in _rates().rows if r.keys == (place, "*")), key=lambda found: found.span.start):
        if not steps or steps[-1][0] != found.value:
            since = f" from {iso(found.span.start)}" if steps else ""
            steps.append((found.value, _percent(found.value) + since))
    return ", ".join(text for _, text in steps) or "that of its country"


def _settled(place: str) -> tuple[int, int]:
    """How many categories of the list have a settled rate on the day, and how many have not."""
    view, where = _rates().view(None), Place(place[:2], place if len(place) > 2 else None)
    found = [view.find(_read_off(), where, name) is not UNKNOWN for name in known_categories()]
    return sum(found), len(found) - sum(found)


def _confidence(place: str) -> str:
    counts = Counter(found.info.get("status", STATUSES[0]) for found in _rates().rows if found.keys[0] == place)
    return ", ".join(f"{counts[status]} {status.replace('_', ' ')}" for status in STATUSES if counts[status])


def countries() -> str:
    book, day = rulebook(), _read_off()
    rows = []
    for place in sorted({found.keys[0] for found in _rates().rows if len(found.keys[0]) == 2}):
        apart = [region.cells["name"] for region in book.places.regions if region.cells["country"] == place]
        places = ", ".join(apart) or "none" if book.places.member("eu", Place(place), day) is True else "–"
        settled = f"{_settled(place)[0]} / {_settled(place)[1]}"
        rows.append((place, book.places.name(place, day), _history(place), settled, places, _confidence(place)))
    head = ("code", "country", "standard rate", "settled / open", "places apart", "rows")
    return table(head, rows)


def territories() -> str:
    book, day = rulebook(), _read_off()
    names = ("eu.customs_territory", "eu.vat_territory")
    own = {found.keys[0] for found in _rates().rows}
    rows = []
    for region in book.places.regions:
        place = region.cells["region"]
        if book.places.member("eu", Place(region.cells["country"]), day) is not True:
            continue  # provinces and states, whose taxes are their own, are no places apart
        inside = [book.places.member(name, Place(region.cells["country"], place), day) for name in names]
        settled = f"{_settled(place)[0]} / {_settled(place)[1]}" if place in own else "–"
        rate = _history(place) if place in own or inside[1] is True else "–"
        told = [*map(code, region.cells["postal"].split()), *map(code, region.cells["subdivision"].split())]
        rows.append((place, region.cells["name"], ", ".join(told), *map(_yes, inside), rate, settled))
    customs, vat = ("customs territory", "VAT territory")
    return table(("place", "name", "postal codes, subdivisions", customs, vat, "standard rate", "settled / open"), rows)


def aliases() -> str:
    rows = [
        (code(" ".join(filter(None, (cells["country"], cells["postal"])))), cells["stands_for"])
        for cells in (found.cells for found in rulebook().places.aliases)
    ]
    return table(("address", "is treated as"), rows)


def _yes(answer: object) -> str:
    return "open" if answer is UNKNOWN else "yes" if answer else "no"


def _where(rule: Rule) -> str:
    """The place of a rule: the name of its pack begins with it."""
    return rule.pack.partition(".")[0].upper()


def amounts() -> str:
    """The amounts of money that rules keep."""
    rows = []
    for rule in rulebook().rules.values():
        texts = [version.texts["is"].text for version in rule.versions if rule.kind == "value" and version.texts]
        if texts and all(re.fullmatch(r"[0-9.]+ [A-Z]{3}", text) for text in texts):
            steps = [f"{v.texts['is'].text} ({_days(v.span)})" for v in rule.versions if v.texts]
            statuses = sorted({v.status for v in rule.versions}, key=STATUSES.index)
            rows.append((_where(rule), rule.title, code(rule.id), ", ".join(steps), ", ".join(statuses)))
    return table(("where", "amount", "rule", "value", "status"), sorted(rows))


def fees() -> str:
    rows = [
        (_where(rule), rule.title, code(rule.id), ", ".join(_days(version.span) for version in rule.versions))
        for rule in rulebook().rules.values()
        if rule.kind == "charge" and "kind" in rule.terms and rule.terms["kind"].text == "fee"
    ]
    return table(("where", "fee", "rule", "days"), sorted(rows))


PARTS: dict[str, Callable[[], str]] = {
    "facts": facts,
    "functions": functions,
    "logic": logic,
    "derived": derived,
    "rule keys": rule_keys,
    "packs": packs,
    "covers": covers,
    "vat": vat,
    "tariff": tariff,
    "contested": contested,
    "recalled": recalled,
    "countries": countries,
    "territories": territories,
    "aliases": aliases,
    "amounts": amounts,
    "fees": fees,
}


def pages() -> Iterator[Path]:
    """The pages that have a generated part."""
    return (path for path in sorted(DOCS.rglob("*.md")) if _PART.search(path.read_text(encoding="utf-8")))


def current(text: str) -> str:
    """A page with its generated parts written anew."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[3]}", text)


if __name__ == "__main__":
    for page in map(Path.resolve, map(Path, sys.argv[1:])) if sys.argv[1:] else pages():
        page.write_text(current(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(page.relative_to(DOCS.parent))
