"""Read an order or a return from what a caller has, and say what is wrong in one sentence with a code and a path.

=============  ==================================================================
code           meaning
=============  ==================================================================
``XB-IN-001``  not JSON, not UTF-8, too large or nested too deep
``XB-IN-002``  a field or key that does not exist
``XB-IN-003``  a value of the wrong type
``XB-IN-004``  a value that is written wrongly or is not one of the allowed words
``XB-IN-005``  a required field is missing
``XB-IN-006``  an unknown code: currency, country, category
``XB-IN-007``  the same key, id or reference twice
``XB-IN-008``  a reference to nothing
``XB-IN-009``  a float where only exact decimals may stand
``XB-IN-010``  amounts in several currencies
``XB-IN-011``  a value out of range, too long or too many
``XB-IN-012``  two fields that contradict each other
=============  ==================================================================

>>> read_order('{"gift": "yes"}')
Traceback (most recent call last):
xbcompliance._errors.InputError: XB-IN-003 gift: found 'yes', expected true or false (5 more problems)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from xbcompliance._errors import InputError, did_you_mean, shown
from xbcompliance.facts._fields import MAX_DEPTH, MAX_ID
from xbcompliance.facts._maps import history_key
from xbcompliance.facts.order import Order
from xbcompliance.facts.returns import Return

MAX_BYTES: Final = 20_000_000

Path = tuple[str | int, ...]
_Found = tuple[str, str, str, str]


def read_order(data: Order | dict[str, Any] | str | bytes) -> Order:
    """An order from a mapping or JSON text; an :class:`Order` is returned as it is.

    Raises :class:`InputError` for the first problem in the order of the document; its hint counts the others.

    >>> read_order(b'[]')
    Traceback (most recent call last):
    xbcompliance._errors.InputError: XB-IN-003: found list with 0 entries, expected an order object
    """
    if isinstance(data, Order):
        return data
    if isinstance(data, (str, bytes)):
        data = parse(data)
    if not isinstance(data, dict):
        raise InputError("XB-IN-003", "", found=_pictured(data), expected="an order object")
    try:
        # ``Order.model_validate`` without the handling of its options
        return cast("Order", Order.__pydantic_validator__.validate_python(data))
    except ValidationError as error:
        raise translated(error, data, Order) from None


def read_return(data: Return | dict[str, Any] | str | bytes) -> Return:
    """A return from a mapping or JSON text; a :class:`Return` is returned as it is.

    Raises :class:`InputError` as :func:`read_order` does.

    >>> read_return({"id": "R-7", "return_of": {}, "dates": {"placed": "2026-12-03"}, "lines": []})
    Traceback (most recent call last):
    xbcompliance._errors.InputError: XB-IN-005 return_of.id: found nothing, expected name of the order (4 more problems)
    """
    if isinstance(data, Return):
        return data
    if isinstance(data, (str, bytes)):
        data = parse(data)
    if not isinstance(data, dict):
        raise InputError("XB-IN-003", "", found=_pictured(data), expected="a return object")
    try:
        return cast("Return", Return.__pydantic_validator__.validate_python(data))
    except ValidationError as error:
        raise translated(error, data, Return) from None


def read_document(data: Order | Return | dict[str, Any] | str | bytes) -> Order | Return:
    """An order or, where it names the order that it is a return of, a return.

    >>> read_document({"return_of": None})
    Traceback (most recent call last):
    xbcompliance._errors.InputError: XB-IN-003 return_of: found null, expected an object (3 more problems)
    """
    if isinstance(data, (str, bytes)):
        data = parse(data)
    if isinstance(data, Return) or (isinstance(data, dict) and "return_of" in data):
        return read_return(data)
    return read_order(data)


# --------------------------------------------------------------------------------------------------------------- text


def parse(text: str | bytes) -> Any:
    """JSON text as Python values: no key twice, at most 20 MB, at most 30 levels.

    >>> parse('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    xbcompliance._errors.InputError: XB-IN-007 a: found the key twice, expected every key once
    """
    size = len(text) if isinstance(text, bytes) or text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise InputError("XB-IN-001", "", found=f"{size} bytes", expected=f"at most {MAX_BYTES} bytes")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"not UTF-8: byte {error.start} cannot be read"
            raise InputError("XB-IN-001", "", message=message, hint="save the file as UTF-8") from None
    _check_depth(text)
    repeated: list[_Repeated] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        repeated.append(_Repeated(made, _first_repeated(pairs)))
        return repeated[-1]

    try:
        value = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        message = f"not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise InputError("XB-IN-001", "", message=message) from None
    except ValueError:
        raise InputError("XB-IN-001", "", message="not JSON: a number with too many digits") from None
    if repeated:
        path = next(_repeats(value, ()))
        raise InputError("XB-IN-007", dotted(path), found="the key twice", expected="every key once")
    return value


class _Repeated(dict[str, Any]):
    """An object in which a key stood twice."""

    def __init__(self, made: dict[str, Any], key: str) -> None:
        super().__init__(made)
        self.key = key


def _first_repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    return next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]


def _repeats(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, _Repeated):
        yield (*path, value.key)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _repeats(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _repeats(item, (*path, index))


_STRINGS: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKET: Final = re.compile(r"[^\[\]{}]+")


def _check_depth(text: str) -> None:
    """Refuse deep nesting before any parser recurses into it."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _NO_BRACKET.sub("", _STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise InputError("XB-IN-001", "", message=f"nested deeper than {MAX_DEPTH} levels")


# ------------------------------------------------------------------------------------------------------------- errors


def translated(error: ValidationError, data: Any, model: type[BaseModel]) -> InputError:
    """The first problem that pydantic found, in the order of the document, as an ``InputError``."""
    problems = [_unnested(item) for item in error.errors(include_url=False) if not _echo(item)]
    first = _first(problems, data)
    code, found, expected, hint = _sentence(first, data, model)
    others = len(problems) - 1
    more = f"{others} more problem{'s' if others > 1 else ''}" if others else ""
    return InputError(
        code, dotted(_path(first)), found=found, expected=expected, hint="; ".join(filter(None, [hint, more]))
    )


def _echo(item: Any) -> bool:
    """A list is also called too short when its entries are wrong; then the entries say so themselves."""
    return item["type"] == "too_short" and bool(len(item["input"]) >= item["ctx"]["min_length"])


def _unnested(item: Any) -> dict[str, Any]:
    """An error inside a record of ``history`` stands at the record's place."""
    context = item.get("ctx") or {}
    if item["type"] != "nested":
        return cast("dict[str, Any]", item)
    inner = dict(context["inner"])
    inner["loc"] = (*item["loc"], *context["path"], *inner["loc"])
    return inner


def _path(item: Mapping[str, Any]) -> Path:
    path: Path = item["loc"]
    if "ctx" in item:
        path = (*path, *item["ctx"].get("path", ()))
    return tuple(part for part in path if part != "[key]") if "[key]" in path else path


def _first(problems: list[dict[str, Any]], data: Any) -> dict[str, Any]:
    """The problem that stands first in the document, level by level: those that are left share the path so far."""
    left = [(_path(item), item) for item in problems]
    value, depth = data, 0
    while len(left) > 1:
        whole = next((item for path, item in left if len(path) == depth), None)
        if whole is not None:
            return whole
        keys = {key: index for index, key in enumerate(value)} if isinstance(value, dict) else {}
        nearest = min((path[depth] for path, _ in left), key=lambda part: _position(part, keys))
        left = [(path, item) for path, item in left if path[depth] == nearest]
        value, depth = _step(value, nearest), depth + 1
    return left[0][1]


def _position(part: str | int, keys: Mapping[Any, int]) -> int:
    return part if isinstance(part, int) else keys.get(part, len(keys))


def _step(value: Any, part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, (list, tuple)) and isinstance(part, int) and part < len(value):
        return value[part]
    return getattr(value, part, None) if isinstance(value, BaseModel) and isinstance(part, str) else None


def _sentence(item: Mapping[str, Any], data: Any, model: type[BaseModel]) -> _Found:
    kind, context, path = item["type"], item.get("ctx") or {}, _path(item)
    value = data if context.get("path") else item["input"]
    if context.get("path"):
        for part in path:
            value = _step(value, part)
    if kind.startswith("XB-IN-"):
        return kind, context["found"] or _pictured(value), context["expected"], context["hint"]
    if kind == "missing":
        return "XB-IN-005", "nothing", _description(model, path), ""
    if kind in ("extra_forbidden", "invalid_key"):
        known = _siblings(model, path[:-1])
        return (
            "XB-IN-002",
            f"the unknown field {shown(path[-1])}",
            "a field of the contract",
            did_you_mean(str(path[-1]), known),
        )
    code, expected, hint = _native(kind, context, value)
    return "XB-IN-009" if isinstance(value, float) else code, _pictured(value), expected, hint


_TYPES: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "tuple_type": "a list",
    "dict_type": "an object",
    "mapping_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def _native(kind: str, context: Mapping[str, Any], value: object) -> tuple[str, str, str]:
    """Code, expectation and hint for the errors that pydantic finds by itself."""
    if kind in _TYPES:
        return "XB-IN-003", _TYPES[kind], ""
    if kind == "literal_error":
        if not isinstance(value, str):
            return "XB-IN-003", str(context["expected"]), ""
        words = re.findall(r"'([^']*)'", str(context["expected"]))
        return "XB-IN-004", str(context["expected"]), did_you_mean(value, words)
    if kind in ("string_too_short", "too_short"):
        least, what = context.get("min_length", 1), "character" if kind == "string_too_short" else "entry"
        return "XB-IN-011", f"at least {least} {what}", "null says that there is none" if what == "character" else ""
    if kind in ("string_too_long", "too_long"):
        what = "characters" if kind == "string_too_long" else "entries"
        return "XB-IN-011", f"at most {context['max_length']} {what}", ""
    limits = {"greater_than_equal": ("ge", "at least"), "less_than_equal": ("le", "at most")}
    if kind in limits:
        name, limit = limits[kind]
        return "XB-IN-011", f"{limit} {context[name]}", ""
    return "XB-IN-004", "valid text" if kind == "string_unicode" else "a value that can be read", ""


def _pictured(value: object) -> str:
    """An offending value as JSON writes it, short."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 64:
        return "a whole number of more than 19 digits"
    return shown(value)


def dotted(path: Path) -> str:
    """A path as the contract writes it.

    >>> dotted(("lines", 0, "measures", "l"))
    'lines[0].measures.l'
    """
    out = ""
    for part in path:
        if isinstance(part, int):
            out += f"[{part}]"
        else:
            name = part if len(part) <= MAX_ID else part[:MAX_ID] + "…"
            out += f".{name}" if out else name
    return out


# ------------------------------------------------------------------------------------------------ names of the fields


def _siblings(model: type[BaseModel], path: Path) -> list[str]:
    return list(_fields_at(model, path))


def _description(model: type[BaseModel], path: Path) -> str:
    field = _fields_at(model, path[:-1]).get(str(path[-1]))
    return getattr(field, "description", None) or "a value"


def _fields_at(model: type[BaseModel], path: Path) -> Mapping[str, Any]:
    """The fields, or the keys, of the object at a path."""
    here: Any = model
    if model is Return and path[:1] == ("return_of",):
        here, path = Order, path[1:]
    if here is Order and path[:1] == ("history",) and len(path) > 1:
        known = history_key(str(path[1]))
        here, path = known and known.record, path[2:]
    for part in path:
        if isinstance(part, str):
            here = _object_type(_fields_of(here).get(part))
    return _fields_of(here)


def _fields_of(here: Any) -> Mapping[str, Any]:
    if isinstance(here, type) and issubclass(here, BaseModel):
        return here.model_fields
    return getattr(here, "__annotations__", {})


def _object_type(field: Any) -> Any:
    """The model or typed dictionary inside an annotation such as ``tuple[Line, ...] | None``."""
    waiting = [getattr(field, "annotation", None)]
    while waiting:
        found = waiting.pop()
        if get_origin(found) in (Union, UnionType, tuple, Annotated):
            waiting.extend(get_args(found))
        elif isinstance(found, type) and hasattr(found, "__annotations__"):
            return found
    return None
