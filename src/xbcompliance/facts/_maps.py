"""The free maps of an order: tax codes, product attributes and what earlier orders amount to.

A free map has keys that depend on the world (a state, an attribute), not on the shape of an order. Its keys are still
checked wherever the published vocabulary names them, so that a misspelt fact is an error and not an untold one.

>>> history({"nexus:US-TX": True, "cn.cbec.ytd": "25100"})
{'nexus:US-TX': True, 'cn.cbec.ytd': Decimal('25100')}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import (
    PlainValidator,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from xbcompliance._errors import did_you_mean, shown
from xbcompliance.facts._fields import MAX_DEPTH, MAX_ID, MAX_NODES, MAX_TEXT, Told, jurisdiction, problem, untold
from xbcompliance.facts._numbers import Count, Worth, measure
from xbcompliance.money import MAX_DIGITS

# ------------------------------------------------------------------------------------------------------------ history


WHOLE: Final = ("amount", "transactions")
PARTS: Final = ("direct", "marketplace")


class SalesPart(Told):
    """Sales of one kind into a state, counted as the state counts."""

    amount: Worth | None = untold("value of the sales")
    transactions: Count | None = untold("number of separate sales")


class SalesRecord(SalesPart):
    """Sales into a state in a period, as a whole or in the parts between which its rule picks."""

    direct: SalesPart | None = untold("sales that were not made through a marketplace")
    marketplace: SalesPart | None = untold("sales made through a marketplace")

    @model_validator(mode="after")
    def whole_or_parts(self) -> Self:
        """A record told as a whole has no parts, one told in parts no whole."""
        whole, parts = (self.model_fields_set & set(names) for names in (WHOLE, PARTS))
        if bool(whole) != bool(parts):
            self.__dict__.update(dict.fromkeys(PARTS if whole else WHOLE))
        return self

    @model_serializer(mode="wrap")
    def as_told(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What was told, without what follows from it."""
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}


class ConsigneeDay(Told):
    """Other shipments entered for the same person on the same day."""

    amount: Worth | None = untold("fair retail value of the other shipments")
    shipments: Count | None = untold("number of the other shipments")


@dataclass(frozen=True, slots=True)
class HistoryKey:
    """What a key of ``history`` means: ``kind`` of its value, the currency of a money value, the model of a record."""

    kind: str
    meaning: str
    currency: str | None = None
    record: type[Told] | None = None


HISTORY: Final[Mapping[str, HistoryKey]] = {
    "eu.distance_sales.ytd": HistoryKey(
        "money", "distance sales in the Union of the calendar year before this sale, without VAT", "EUR"
    ),
    "eu.distance_sales.previous_year": HistoryKey(
        "money", "distance sales in the Union of the whole previous calendar year, without VAT", "EUR"
    ),
    "ch.small_consignments.ytd": HistoryKey(
        "money", "turnover with small consignments into Switzerland in the calendar year before this sale", "CHF"
    ),
    "ch.small_consignments.previous_year": HistoryKey(
        "money", "turnover with small consignments into Switzerland in the previous calendar year", "CHF"
    ),
    "cn.cbec.ytd": HistoryKey("money", "annual quota that the buyer has used before this order", "CNY"),
    "rcep.waiver.same_day_value": HistoryKey(
        "money", "customs value of parcels of the same consignee from the same exporter imported the same day"
    ),
    "kr.same_seller_same_day_usd": HistoryKey("money", "goods from the same seller arriving the same day", "USD"),
    "au.gst.turnover_12m": HistoryKey("money", "supplies connected with Australia in twelve months", "AUD"),
    "sg.gst.global_turnover_12m": HistoryKey("money", "global turnover in twelve months", "SGD"),
    "sg.gst.b2c_supplies_12m": HistoryKey("money", "supplies to consumers in Singapore in twelve months", "SGD"),
    "tw.imports_half_year": HistoryKey("number", "imports of the consignee in the half year"),
    "imports.US.consignee_day": HistoryKey(
        "record", "other shipments entered for the same person on the same day", record=ConsigneeDay
    ),
}
"""Keys that stand as they are."""

PERIODS: Final[Mapping[str, str]] = {
    "prior_year": "the previous calendar year",
    "current_year": "the calendar year before this order",
    "prior_12_months": "the preceding twelve months",
    "prior_4_quarters": "the preceding four quarters",
    "year_to_sep_30": "the twelve months to the last 30 September",
}
"""Periods in which states count sales."""

HISTORY_FAMILIES: Final[Mapping[str, HistoryKey]] = {
    "nexus:*": HistoryKey("truth", "the seller has nexus in the state"),
    "presence.*": HistoryKey("truth", "the seller has stock, staff or premises in the state"),
} | {
    f"sales.*.{period}": HistoryKey("record", f"sales into the state in {meaning}", "USD", SalesRecord)
    for period, meaning in PERIODS.items()
}
"""Keys with a state of the United States (``US-TX``) in place of the star."""

_STATE: Final = re.compile(r"US-[A-Z]{2}")


def history_key(key: str) -> HistoryKey | None:
    """What a key of ``history`` means, or nothing for a key that has no meaning.

    >>> history_key("sales.US-TX.prior_year").kind, history_key("nexus:DE")
    ('record', None)
    """
    return HISTORY.get(key) or HISTORY_FAMILIES.get(_STATE.sub("*", key, count=1) if "*" not in key else "")


def history(value: object) -> dict[str, Any]:
    """Facts from earlier orders: every key has a known meaning, every value the type of its key."""
    if not isinstance(value, dict):
        raise problem("XB-IN-003", "an object of facts from earlier orders")
    return {key: _historic(key, item) for key, item in value.items()}


def _historic(key: object, value: object) -> Any:
    known = history_key(key) if isinstance(key, str) else None
    if known is None:
        text = key if isinstance(key, str) else repr(key)
        raise problem("XB-IN-002", "a key of history", found=shown(text), hint=_history_hint(text), path=(text,))
    if value is None:
        return None
    if known.kind == "truth":
        if isinstance(value, bool):
            return value
        raise problem("XB-IN-003", "true or false", path=(str(key),))
    try:
        return known.record.model_validate(value) if known.record else measure(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _nested(first, str(key)) from None
    except PydanticCustomError as error:
        context = error.context or {}
        raise problem(
            error.type,
            context["expected"],
            hint=context["hint"],
            path=(str(key),),
        ) from None


def _nested(first: Any, key: str) -> PydanticCustomError:
    """The first error inside a record, kept as it is for the translation of all errors."""
    inner = {name: item for name, item in first.items() if name in ("type", "loc", "input", "ctx", "msg")}
    return PydanticCustomError("nested", "{expected}", {"expected": first["msg"], "path": (key,), "inner": inner})


def _history_hint(key: str) -> str:
    state = _STATE.search(key[:MAX_ID])
    place = state[0] if state else "US-XX"
    return did_you_mean(key, [*HISTORY, *(family.replace("*", place) for family in HISTORY_FAMILIES)])


History = Annotated[
    dict[str, Any],
    PlainValidator(history, json_schema_input_type=dict[str, Worth | bool | SalesRecord | ConsigneeDay | None]),
]

# ---------------------------------------------------------------------------------------------------------- tax codes

_TAX_CODES: Final[Mapping[str, tuple[str, ...]]] = {"VN": ("standard", "reducible"), "TR": ("sct_list_iv",)}


def tax_codes(value: object) -> dict[str, str | None]:
    """A jurisdiction's own codes for the goods.

    >>> tax_codes({"US": "clothing", "VN": "reducible"})
    {'US': 'clothing', 'VN': 'reducible'}
    """
    if not isinstance(value, dict):
        raise problem("XB-IN-003", "an object from jurisdiction to code")
    return {_tax_place(place): _tax_code(place, code) for place, code in value.items()}


def _tax_place(place: object) -> str:
    try:
        return jurisdiction(place)
    except PydanticCustomError:
        raise problem("XB-IN-006", "a country or subdivision code as key", found=shown(place)) from None


def _tax_code(place: str, code: object) -> str | None:
    if code is None:
        return None
    if not isinstance(code, str):
        raise problem("XB-IN-003", "a text", path=(place,))
    if not 1 <= len(code) <= MAX_ID:
        raise problem("XB-IN-011", f"1 to {MAX_ID} characters", path=(place,))
    words = _TAX_CODES.get(place, (code,))
    if code not in words:
        raise problem("XB-IN-004", " or ".join(map(repr, words)), hint=did_you_mean(code, words), path=(place,))
    return code


TaxCodes = Annotated[
    dict[str, str | None],
    PlainValidator(tax_codes, json_schema_input_type=dict[str, str | None]),
]

# --------------------------------------------------------------------------------------------------------- attributes


def attributes(value: object) -> dict[str, Any]:
    """Product attributes, typed by the product rules; here only bounded, copied and free of floats.

    >>> attributes({"radio": True, "battery": {"watt_hours": "1.9"}})
    {'radio': True, 'battery': {'watt_hours': '1.9'}}
    """
    if not isinstance(value, dict):
        raise problem("XB-IN-003", "an object of product attributes")
    copied: dict[str, Any] = _copied(value, (), [MAX_NODES])
    return copied


def _copied(value: object, path: tuple[str | int, ...], left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0:
        raise problem("XB-IN-011", f"at most {MAX_NODES} attribute values")
    if len(path) > MAX_DEPTH - 3:
        raise problem("XB-IN-001", f"at most {MAX_DEPTH} levels of nesting")
    if isinstance(value, dict):
        return {_key(key, path): _copied(item, (*path, key), left) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(item, (*path, index), left) for index, item in enumerate(value)]
    return _leaf(value, path)


def _leaf(value: object, path: tuple[str | int, ...]) -> Any:
    if isinstance(value, Decimal) and value.is_finite() and -MAX_DIGITS <= value.adjusted() < MAX_DIGITS:
        return format(value, "f")
    if isinstance(value, float):
        raise problem("XB-IN-009", "a decimal string", hint="floats are never exact", path=path)
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise problem("XB-IN-011", f"at most {MAX_TEXT} characters", path=path)
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        raise problem("XB-IN-011", f"at most {MAX_DIGITS} digits", path=path)
    if value is None or isinstance(value, (str, bool, int)):
        return value
    raise problem("XB-IN-003", "text, number, truth, list or object", path=path)


def _key(key: object, path: tuple[str | int, ...]) -> str:
    if isinstance(key, str) and len(key) <= MAX_ID:
        return key
    raise problem("XB-IN-004", f"keys of at most {MAX_ID} characters", found=shown(key), path=path)


Attributes = Annotated[dict[str, Any], PlainValidator(attributes, json_schema_input_type=dict[str, Any])]
