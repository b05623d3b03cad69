"""The fact catalogue: every name that a rule may use for what an order tells, with its type and where it is found.

The catalogue is read off the models, so a field and its fact cannot differ. Order facts are named by their JSON path
(``seller.ioss_number``), plain fields of the order itself with ``order.`` before (``order.shipping``), line facts with
``line.`` before; a star stands for the open part of a family (``line.tax_codes.*``).

>>> fact = CATALOGUE["line.preference.proof.kind"]
>>> fact.kind, fact.grain, fact.path, fact.domain[:1]
('code', 'line', ('preference', 'proof', 'kind'), ('certificate_of_origin',))
>>> question_path(find_fact("line.measures.l"), 0)
'lines[0].measures.l'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typing_extensions import is_typeddict

from xbcompliance._unknown import UNKNOWN
from xbcompliance.facts._fields import Kind
from xbcompliance.facts._maps import HISTORY, HISTORY_FAMILIES, HistoryKey, history_key
from xbcompliance.facts._read import dotted
from xbcompliance.facts.order import Line, Order, Registration

Grain = Literal["order", "line"]
FactKind = Literal["truth", "code", "date", "money", "number", "quantity", "set", "record"]


@dataclass(frozen=True, slots=True)
class Fact:
    """What one name means: its kind, the attributes that lead to it from the order or line, and what it may be.

    ``within`` is the meaning of the record that it lies in, with which its own meaning begins.

    ``currency`` is ``None`` for money in the order's currency. ``many`` marks a list of records.
    """

    name: str
    grain: Grain
    kind: FactKind
    path: tuple[str, ...]
    meaning: str
    nullable: bool
    domain: tuple[Any, ...] | None = None
    currency: str | None = None
    scale: int | None = None
    unit: str | None = None
    many: bool = False
    within: str = ""

    @property
    def own(self) -> str:
        """The meaning without that of the record around it."""
        return self.meaning.removeprefix(self.within).removeprefix(": ")


def find_fact(name: str) -> Fact | None:
    """The fact of a name, also within a family; nothing for a name that no order can tell.

    >>> find_fact("line.tax_codes.VN").path
    ('tax_codes', 'VN')
    >>> find_fact('history["nexus:US-TX"]').kind
    'truth'
    >>> find_fact("seller.iosss_number") is None
    True
    """
    known = CATALOGUE.get(name)
    if known is not None:
        return known if "*" not in name else None
    if name.startswith('history["'):
        return _find_history(name)
    for family in _FAMILIES:
        keys = name.removeprefix(family.name[:-1]).split(".")
        if name.startswith(family.name[:-1]) and _is_key(keys, family):
            return replace(family, name=name, path=(*family.path[:-1], *keys))
    return None


def value_of(subject: Order | Line, fact: Fact) -> Any:
    """What an order (or a line, for a fact of line grain) tells: the value, ``None`` or ``UNKNOWN``.

    >>> order = Order.model_validate({"id": "A", "currency": "EUR", "dates": {"placed": "2026-11-22"},
    ...     "marketplace": None, "ship_to": {"country": "DE"},
    ...     "lines": [{"id": "1", "quantity": "1", "unit_price": "1"}]})
    >>> value_of(order, CATALOGUE["marketplace.country"]), value_of(order, CATALOGUE["seller.country"])
    (None, UNKNOWN)
    """
    value: Any = subject
    for part in fact.path:
        value = value.get(part, UNKNOWN) if isinstance(value, Mapping) else getattr(value, part)
        if value is None or value is UNKNOWN:
            break
    if fact.name == "marketplace.present":
        return value if value is UNKNOWN else value is not None
    if fact.kind == "set" and value is not None and value is not UNKNOWN:
        return frozenset(item.key if isinstance(item, Registration) else item for item in value)
    return value


def question_path(fact: Fact, line_index: int | None = None) -> str:
    """The JSON path under which a caller tells a fact.

    >>> question_path(CATALOGUE["seller.ioss_number"])
    'seller.ioss_number'
    """
    if fact.grain == "order":
        return dotted(fact.path)
    if line_index is None:
        raise ValueError(f"{fact.name} is a fact of a line: which line is asked for?")
    return dotted(("lines", line_index, *fact.path))


def question_text(fact: Fact) -> str:
    """The sentence by which a person is asked for a fact; it says where ``null`` is an answer.

    >>> question_text(CATALOGUE["ship_to.postal_code"])
    'Tell the postal code of the place that the goods go to (null if there is none).'
    >>> question_text(CATALOGUE["line.origin"]), question_text(CATALOGUE["line.net_mass_kg"])
    ('Tell the country of origin.', 'Tell the net mass of the whole line in kg.')
    >>> question_text(CATALOGUE["order.carriage"])
    'Tell the kind of carriage: post, express or freight (null if there is none).'
    >>> question_text(CATALOGUE["line.excise"])
    'Tell whether the goods are subject to excise duty.'
    >>> question_text(CATALOGUE["order.gift"])
    'Tell whether this is so: occasional gift between private persons.'
    """
    if fact.kind == "truth":
        return f"Tell {_clause(fact.own)}."
    head, aside = _aside(fact.own)
    what = "what is known of " if fact.kind == "record" and not fact.many else ""
    said = f"Tell {what}{_named(head)}{_whose(fact)}{aside}{_measured(fact)}"
    if fact.domain:
        words = [str(word) for word in fact.domain]
        said += f": {' or '.join(filter(None, (', '.join(words[:-1]), words[-1])))}"
    return f"{said} (null if there is none)." if _may_be_none(fact) else f"{said}."


def _clause(meaning: str) -> str:
    """What is so or not, as it stands after *tell*."""
    first = meaning.partition(" ")[0]
    if first in ("the", "it", "there"):
        return f"whether {meaning}"
    return meaning if first == "whether" else f"whether this is so: {meaning}"


def _aside(meaning: str) -> tuple[str, str]:
    """A meaning, and what is said of it by the way."""
    found = _ASIDE.search(meaning)
    return (meaning, "") if found is None else (meaning[: found.start()], meaning[found.start() :])


def _named(meaning: str) -> str:
    return meaning if meaning.partition(" ")[0] in _OPENINGS else f"the {meaning}"


def _whose(fact: Fact) -> str:
    """Whose a part is, unless its meaning says so."""
    whole = _WHOLES.get(fact.path[0]) if len(fact.path) == 2 else None
    return f" of the {whole}" if whole and whole.partition(" ")[0] not in fact.own else ""


def _measured(fact: Fact) -> str:
    """The unit or currency that an answer is in."""
    if fact.kind == "money":
        return f"{',' if ',' in fact.own else ''} in {fact.currency or 'the currency of the order'}"
    if fact.unit is None or fact.unit in _WORDS.findall(fact.own):
        return ""
    return f" ({fact.unit})" if " in " in fact.own else f" in {fact.unit}"


def _may_be_none(fact: Fact) -> bool:
    """Whether ``null`` is an answer: no number is none to reckon with, and a day that has not come may come."""
    numeric = fact.kind in ("money", "number", "quantity")
    always = fact.path[-1] in _ALWAYS or fact.path[1:] == ("kind",)
    return fact.nullable and not (numeric or always or fact.path[0] == "dates" or "none" in fact.own)


_OPENINGS: Final = ("the", "what", "where", "who", "how")
"""Words with which a meaning is a sentence's object as it stands."""
_WHOLES: Final[Mapping[str, str]] = {
    "seller": "seller",
    "marketplace": "marketplace",
    "buyer": "buyer",
    "ship_from": "place that the goods leave from",
    "ship_to": "place that the goods go to",
}
"""What a fact with these beginnings is a part of, as a question names it."""
_WORDS: Final = re.compile(r"\w+")
_ALWAYS: Final = ("country", "origin", "hs_code", "category")
"""What goods, places and parties always have; these have a kind besides."""
_ASIDE: Final = re.compile(r", (?:with|if) | \(")
"""Where something is said by the way."""


# ------------------------------------------------------------------------------------------------- off the models


class _Shape(NamedTuple):
    """What an annotation comes down to."""

    base: Any
    nullable: bool
    many: bool
    kind: Kind | None


def _shape(annotation: Any, metadata: tuple[Any, ...] = ()) -> _Shape:
    kind = next((item for item in metadata if isinstance(item, Kind)), None)
    nullable = many = False
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin in (Union, UnionType):
            nullable = True
            annotation = next(item for item in arguments if item is not type(None))
        elif origin is Annotated:
            kind = kind or next((item for item in arguments[1:] if isinstance(item, Kind)), None)
            annotation = arguments[0]
        elif origin is tuple:
            many, annotation = True, arguments[0]
        else:
            return _Shape(annotation, nullable, many, kind)


def _fields(model: Any) -> Iterator[tuple[str, str, _Shape]]:
    """Name, meaning and shape of the fields of a model, or of the keys of a typed dictionary."""
    if issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            yield name, field.description or "", _shape(field.annotation, tuple(field.metadata))
        return
    for name, annotation in get_type_hints(model, include_extras=True).items():
        meaning = next(item.description for item in get_args(annotation) if isinstance(item, FieldInfo))
        yield name, meaning or "", _shape(annotation)


def _facts(model: Any, prefix: str, grain: Grain, path: tuple[str, ...] = (), parent: str = "") -> Iterator[Fact]:
    for field, told, shape in _fields(model):
        if not path and field in ("lines", "history"):
            continue
        here, name = (*path, field), f"{prefix}{field}"
        meaning = f"{parent}: {told}" if parent else told
        if not path and grain == "order" and not _is_object(shape):
            name = f"order.{field}"
        fact = replace(_fact(name, grain, here, meaning, shape), within=parent)
        yield fact
        if _is_object(shape):
            yield from _facts(shape.base, f"{name}.", grain, here, meaning)
        elif get_origin(shape.base) in (dict, Mapping):
            yield replace(_family(fact, shape), within=parent)


def _is_object(shape: _Shape) -> bool:
    if shape.many or not isinstance(shape.base, type):
        return False
    return issubclass(shape.base, BaseModel) or is_typeddict(shape.base)


def _fact(name: str, grain: Grain, path: tuple[str, ...], meaning: str, shape: _Shape) -> Fact:
    base, kind = shape.base, shape.kind
    if shape.many and (base is Registration or base is str or get_origin(base) is Literal):
        domain = get_args(base) if get_origin(base) is Literal else None
        return Fact(name, grain, "set", path, meaning, shape.nullable, domain)
    if get_origin(base) is Literal:
        return Fact(name, grain, "code", path, meaning, shape.nullable, get_args(base))
    if base is bool:
        return Fact(name, grain, "truth", path, meaning, shape.nullable, (True, False))
    if kind is not None and not shape.many:
        found: Any = kind.name
        return Fact(name, grain, found, path, meaning, shape.nullable, None, kind.currency, kind.scale, kind.unit)
    if base is str:
        return Fact(name, grain, "code", path, meaning, shape.nullable)
    return Fact(name, grain, "record", path, meaning, shape.nullable, many=shape.many)


def _family(fact: Fact, shape: _Shape) -> Fact:
    """The open family of a free map: one fact for each key that an order may bring."""
    values = _shape(get_args(shape.base)[1])
    if values.base is Any:
        values = values._replace(base=dict, nullable=True)
    return _fact(f"{fact.name}.*", fact.grain, (*fact.path, "*"), fact.meaning, values)


# --------------------------------------------------------------------------------------------------------- history


def _history_facts(key: str, known: HistoryKey) -> Iterator[Fact]:
    name = f'history["{key}"]'
    kind: Any = known.kind
    scale = {"money": 6, "number": 8}.get(known.kind)
    domain = (True, False) if known.kind == "truth" else None
    currency = known.currency if known.kind == "money" else None
    yield Fact(name, "order", kind, ("history", key), known.meaning, True, domain, currency, scale)
    if known.record is not None:
        for fact in _facts(known.record, f"{name}.", "order", ("history", key), known.meaning):
            yield replace(fact, currency=known.currency) if fact.kind == "money" else fact


def _find_history(name: str) -> Fact | None:
    key, _, rest = name.removeprefix('history["').partition('"]')
    known = history_key(key)
    if known is None:
        return None
    return next((fact for fact in _history_facts(key, known) if fact.name == f'history["{key}"]{rest}'), None)


def _is_key(keys: list[str], family: Fact) -> bool:
    """Attributes nest and have lower-case names; the other families have the code of a place or of two currencies."""
    if family.kind == "record":
        return all(map(str.isidentifier, keys))
    return len(keys) == 1 and _CODES.match(keys[0]) is not None


_CODES: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?\Z|[A-Z]{3}/[A-Z]{3}\Z")


def _all_facts() -> Iterator[Fact]:
    yield from _facts(Order, "", "order")
    yield from _facts(Line, "line.", "line")
    meaning = f"there is a {Order.model_fields['marketplace'].description}"
    yield Fact("marketplace.present", "order", "truth", ("marketplace",), meaning, False, (True, False))
    for key, known in (*HISTORY.items(), *HISTORY_FAMILIES.items()):
        yield from _history_facts(key, known)


CATALOGUE: Final[Mapping[str, Fact]] = MappingProxyType({fact.name: fact for fact in _all_facts()})
"""Every fact of an order by name."""
_FAMILIES: Final = tuple(fact for fact in CATALOGUE.values() if fact.name.endswith(".*"))
