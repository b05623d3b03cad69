"""The types of the fields of an order: what a day, a text, a country or a commodity code may look like.

Each type is one plain function around the fast case; only a value that fails it is looked at more closely, to say why.
Nothing here needs the lists of countries, currencies or categories before the first order is read.

>>> commodity_code("6109.10 00"), day("2026-11-22")
('61091000', datetime.date(2026, 11, 22))
>>> country("UK")
Traceback (most recent call last):
pydantic_core._pydantic_core.PydanticCustomError: expected an ISO 3166-1 alpha-2 country code
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, LiteralString

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError

from xbcompliance._errors import did_you_mean
from xbcompliance._unknown import UNKNOWN
from xbcompliance.money import currencies

MAX_TEXT: Final = 2_000
"""Characters of any text."""
MAX_ID: Final = 100
"""Characters of an identifier."""
MAX_DEPTH: Final = 30
"""How deep a document may nest."""
MAX_NODES: Final = 10_000
"""Values that a free map such as ``attributes`` may hold."""
FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)

NORTHERN_IRELAND: Final = "XI"
EUROPEAN_UNION: Final = "EU"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field means to the expression language; stands in the ``Annotated`` type of the field.

    >>> Kind("money", 6).unit is None
    True
    """

    name: str
    scale: int | None = None
    unit: str | None = None
    currency: str | None = None


class Told(BaseModel):
    """The shape shared by all parts of an order: frozen, closed, and silent about what was not told."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=(), defer_build=True)

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The JSON Schema; an untold field has no default in it."""
        kwargs.setdefault("schema_generator", _Schema)
        return super().model_json_schema(*args, **kwargs)


class _Schema(GenerateJsonSchema):
    ignored_warning_kinds = {*GenerateJsonSchema.ignored_warning_kinds, "non-serializable-default"}  # noqa: RUF012


def untold(description: str) -> Any:
    """A field that may be left out: it is then :data:`UNKNOWN`, and no dump or schema shows that."""
    return Field(default=UNKNOWN, description=description, exclude_if=_is_unknown)


def told(description: str) -> Any:
    """A field that every order must have."""
    return Field(description=description)


def recorded(description: str) -> Any:
    """A record of what was done, such as a check; left out it says that none was made, and no dump shows it."""
    return Field(default=None, description=description, exclude_if=_is_none)


def _is_none(value: object) -> bool:
    return value is None


def _is_unknown(value: object) -> bool:
    return value is UNKNOWN


def problem(
    code: LiteralString, expected: str, *, hint: str = "", found: str = "", path: tuple[str | int, ...] = ()
) -> PydanticCustomError:
    """The one kind of error that a validator raises; :mod:`xbcompliance.facts._read` turns it into an ``InputError``.

    ``path`` leads from the field being validated to the value that is wrong.
    """
    context = {"expected": expected, "hint": hint, "found": found, "path": path}
    return PydanticCustomError(code, "expected {expected}", context)


# --------------------------------------------------------------------------------------------------------------- days

_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z"
)
_A_DAY: Final = "an ISO 8601 day such as 2026-11-22, or a moment with its offset"


def day(value: object) -> date:
    """A day, or a moment that says its offset from UTC.

    >>> day("2026-11-22"), day("2026-11-22T23:30:00+01:00").isoformat()
    (datetime.date(2026, 11, 22), '2026-11-22T23:30:00+01:00')
    >>> day("2026-02-30")
    Traceback (most recent call last):
    pydantic_core._pydantic_core.PydanticCustomError: expected a day that exists
    """
    found = _written_day(value) if isinstance(value, str) else value
    if not isinstance(found, date):
        raise problem("XB-IN-009" if isinstance(value, float) else "XB-IN-003", _A_DAY)
    on = found
    if isinstance(found, datetime):
        if found.utcoffset() is None:
            raise problem("XB-IN-004", "a moment with its offset from UTC, such as 2026-11-22T23:30:00+01:00")
        on = found.date()
    if not FIRST_DAY <= on <= LAST_DAY:
        raise problem("XB-IN-011", f"a day from {FIRST_DAY} to {LAST_DAY}")
    return found


@lru_cache(maxsize=2048)
def _written_day(text: str) -> date:
    try:
        if len(text) == 10 and text[4] == text[7] == "-":
            return date.fromisoformat(text)
        if _MOMENT.match(text):
            return datetime.fromisoformat(text)
    except ValueError:
        raise _no_day(text) from None
    raise problem("XB-IN-004", _A_DAY)


def _no_day(text: str) -> PydanticCustomError:
    numeric = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
    return problem("XB-IN-004", "a day that exists" if numeric else _A_DAY)


def _iso(value: date) -> str:
    return value.isoformat()


Day = Annotated[
    date,
    PlainValidator(day),
    PlainSerializer(_iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
    Kind("date"),
]

# -------------------------------------------------------------------------------------------------------------- texts

Id = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=MAX_ID)]
Word = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=MAX_TEXT)]
"""A text that a rule may read: never empty, ``null`` says that there is none."""
Text = Annotated[str, StringConstraints(strict=True, max_length=MAX_TEXT)]
Truth = Annotated[bool, Strict()]

# -------------------------------------------------------------------------------------------------------------- codes

_CODE: Final = re.compile(r"[0-9]{6,10}\Z").match
_SUBDIVISION: Final = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}\Z").match
_CATEGORY: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\Z").match
_OTHER_NAMES: Final = {"UK": "GB", "EL": "GR"}


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes and ``XI``.

    >>> "DE" in countries(), "XI" in countries(), "EU" in countries()
    (True, True, False)
    """
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries) | {NORTHERN_IRELAND}


@lru_cache(maxsize=1)
def origins() -> frozenset[str]:
    """Countries, and ``EU`` for goods that originate in the Union or a registration that holds for all of it."""
    return countries() | {EUROPEAN_UNION}


def country(value: object) -> str:
    """The code of a country.

    >>> country("CHN")
    Traceback (most recent call last):
    pydantic_core._pydantic_core.PydanticCustomError: expected an ISO 3166-1 alpha-2 country code
    """
    if type(value) is str and value in countries():
        return value
    raise _no_country(value)


def origin(value: object) -> str:
    """The code of a country, or ``EU``."""
    if type(value) is str and value in origins():
        return value
    raise _no_country(value)


def _no_country(value: object) -> PydanticCustomError:
    expected = "an ISO 3166-1 alpha-2 country code"
    if not isinstance(value, str):
        return problem("XB-IN-003", expected)
    if value in origins():
        return problem("XB-IN-006", f"{expected}; {value} does not stand here")
    return problem("XB-IN-006", expected, hint=_country_hint(value))


def _country_hint(value: str) -> str:
    import pycountry

    if value in _OTHER_NAMES:
        return f"did you mean {_OTHER_NAMES[value]!r}?"
    try:
        return f"did you mean {pycountry.countries.lookup(value[:MAX_ID]).alpha_2!r}?"
    except LookupError:
        return ""


def subdivision(value: object) -> str:
    """The code of a state, province or region; that it lies in the country of its address is checked there.

    >>> subdivision("US-NY")
    'US-NY'
    """
    if type(value) is str and _SUBDIVISION(value):
        return value
    code: LiteralString = "XB-IN-004" if isinstance(value, str) else "XB-IN-003"
    raise problem(code, "an ISO 3166-2 subdivision such as US-NY")


def jurisdiction(value: object) -> str:
    """A country, ``EU``, or a subdivision of a country: where a registration or a tax code holds."""
    if type(value) is str:
        if value in origins():
            return value
        if _SUBDIVISION(value) and value[:2] in countries():
            return value
        raise _no_country(value[:2]) if _SUBDIVISION(value) else _no_country(value)
    raise problem("XB-IN-003", "a country or subdivision code")


def currency(value: object) -> str:
    """The code of a currency in use.

    >>> currency("EUR")
    'EUR'
    """
    if type(value) is str and value in currencies():
        return value
    if isinstance(value, str):
        near = did_you_mean(value[:MAX_ID].upper(), sorted(currencies()))
        raise problem("XB-IN-006", "an ISO 4217 currency in use", hint=near)
    raise problem("XB-IN-003", "an ISO 4217 currency in use")


def currency_pair(value: object) -> str:
    """Two currencies as ``EUR/USD``: the rate says how many of the second one of the first is worth."""
    if isinstance(value, str) and len(value) == 7 and value[3] == "/":
        return f"{currency(value[:3])}/{currency(value[4:])}"
    raise problem("XB-IN-004", "two currencies such as EUR/USD")


def commodity_code(value: object) -> str:
    """An HS, CN or HTS code of 6 to 10 digits; dots and blanks are dropped."""
    if type(value) is str:
        if _CODE(value):
            return value
        digits = value.replace(".", "").replace(" ", "")
        if _CODE(digits):
            return digits
    code: LiteralString = "XB-IN-004" if isinstance(value, str) else "XB-IN-003"
    raise problem(code, "6 to 10 digits of an HS, CN or HTS code")


@lru_cache(maxsize=1)
def known_categories() -> frozenset[str]:
    """The published product tax categories; empty where the list is not at hand."""
    import csv

    inside = Path("jurisdictions", "categories", "tables", "categories.csv")
    package = Path(__file__).parents[1]
    for root in (package / "_data", package.parents[1]):
        file = root / inside
        if file.is_file():
            with file.open(encoding="utf-8", newline="") as rows:
                return frozenset(row["name"] for row in csv.DictReader(rows))
    return frozenset()


def category(value: object) -> str:
    """A product tax category; any dotted lower-case name where the published list is not at hand."""
    if type(value) is str:
        known = known_categories()
        if value in known or (not known and len(value) <= MAX_ID and _CATEGORY(value)):
            return value
        raise problem("XB-IN-006", "a product tax category", hint=did_you_mean(value, sorted(known)))
    raise problem("XB-IN-003", "a product tax category")


def _code_type(check: Callable[[object], str], pattern: str) -> tuple[Any, ...]:
    return (PlainValidator(check), WithJsonSchema({"type": "string", "pattern": pattern}), Kind("code"))


Country = Annotated[str, *_code_type(country, "^[A-Z]{2}$")]
Origin = Annotated[str, *_code_type(origin, "^[A-Z]{2}$")]
Subdivision = Annotated[str, *_code_type(subdivision, "^[A-Z]{2}-[A-Z0-9]{1,3}$")]
Jurisdiction = Annotated[str, *_code_type(jurisdiction, "^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Currency = Annotated[str, *_code_type(currency, "^[A-Z]{3}$")]
CurrencyPair = Annotated[str, *_code_type(currency_pair, "^[A-Z]{3}/[A-Z]{3}$")]
CommodityCode = Annotated[str, *_code_type(commodity_code, "^[0-9. ]{6,}$")]
Category = Annotated[str, *_code_type(category, r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$")]
