"""What compiled programs call: the operations too long to write inline, on columns of values."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines.facts import measure_of
from xbcompliance.engines.rows import (
    CHARGED,
    Alternative,
    Row,
    Run,
    apply_duty,
    choose_option,
    round_charge,
    round_total,
    share,
)
from xbcompliance.engines.units import Units, consignments, items
from xbcompliance.expr import operations as op
from xbcompliance.expr.ir import ORDER_MONEY
from xbcompliance.money import SCALE, minor_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xbcompliance.plan.slices import SliceCharge

__all__ = ["choose", "consignments", "items", "op", "round_charge", "share"]

_EXACT: Final = Context(prec=60, traps=[InvalidOperation, Inexact])
_MILLION: Final = Decimal(10**SCALE)


def scaled_decimal(value: Decimal) -> int:
    """A decimal of at most six places as an engine amount."""
    return int(_EXACT.multiply(value, _MILLION))


def one(lines: int) -> Units:
    """All lines in one unit."""
    return Units((0,) * lines, (tuple(range(lines)),))


def each_line(lines: int) -> Units:
    """Every line a unit of its own."""
    return Units(tuple(range(lines)), tuple((line,) for line in range(lines)))


def first_ids(units: Units | None, run: Run) -> list[str]:
    """The id of the first line of each unit, for ties."""
    return [run.line_ids[lines[0]] for lines in units.lines] if units else list(run.line_ids[:1])


def total(column: Sequence[Any]) -> Any:
    """The sum of a column."""
    for value in column:
        if value is UNKNOWN:
            return UNKNOWN
    return sum(column)


def rise(name: str, column: Sequence[Any], source: Units | None, target: Units) -> list[Any]:
    """A finer column brought up to coarser units by ``sum``, ``any``, ``all``, ``count`` or ``count_distinct``."""
    if source is None:
        return [UNKNOWN] * target.count
    groups: list[dict[int, Any]] = [{} for _ in range(target.count)]
    for line, unit in enumerate(source.of_line):
        groups[target.of_line[line]][unit] = column[unit if len(column) > 1 else 0]
    return [RISING[name](list(group.values())) for group in groups]


def choose(values: Sequence[Any]) -> Any:
    """The answer among (condition, answer) pairs of which one should hold; two that hold and differ are unknown.

    >>> choose([False, 1, True, 2]), choose([True, 1, True, 2]), choose([UNKNOWN, 1, False, 2])
    (2, UNKNOWN, UNKNOWN)
    """
    found: Any = UNKNOWN
    hits = 0
    for condition, answer in zip(values[::2], values[1::2], strict=True):
        if condition is UNKNOWN:
            return UNKNOWN
        if condition:
            hits += 1
            if hits > 1 and answer != found:
                return UNKNOWN
            found = answer
    return found


def spread(
    wholes: Sequence[Any], weights: Sequence[Any], source: Units | None, target: Units, run: Run
) -> list[Any]:
    """Coarser amounts split over the finer units below them, in proportion to the weights of those."""
    if source is None:
        return [wholes[0] if wholes[0] == 0 else UNKNOWN] * target.count
    out: list[Any] = [0] * target.count
    for unit, lines in enumerate(source.lines):
        below = list(dict.fromkeys(target.of_line[line] for line in lines))
        ids = [run.line_ids[target.lines[index][0]] for index in below]
        for index, part in zip(below, share(wholes[unit], [weights[i] for i in below], ids, run.unit), strict=True):
            out[index] = part
    return out


def added(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    """Two columns added value by value."""
    return [UNKNOWN if a is UNKNOWN or b is UNKNOWN else a + b for a, b in zip(first, second, strict=True)]


def member(run: Run, territory: str, place: Any, day: int) -> Any:
    """Whether a place told by the order belongs to a territory."""
    if place is UNKNOWN:
        return UNKNOWN
    return False if place is None else run.is_member(territory, place, day)


def convert(run: Run, amount: Any, own: str, currency: str, day: int, source: str | None) -> Any:
    """An amount in another currency; the order's own is named ``order``."""
    own = run.currency if own == ORDER_MONEY else own
    target = run.currency if currency == ORDER_MONEY else currency
    if amount is UNKNOWN or own == target or amount == 0:
        return amount
    return run.convert(amount, own, target, day, source)


def apply(run: Run, line: Any, duty: Any, value: Any, clock: str) -> Any:
    """A duty expression applied to a line's value."""
    if duty is UNKNOWN:
        return UNKNOWN
    percent = duty.percent
    if percent is not None:
        if value is not UNKNOWN:
            return value * percent
        return 0 if percent == 0 else UNKNOWN
    return apply_duty(duty, value, lambda unit: measure_of(line, unit), run, clock)


# A charge gathered unit by unit: unit, condition, (relief condition, basis) pairs, base, rate, exact amount.
Gathered = tuple[int, Any, tuple[tuple[Any, str], ...], Any, Any, Any]


def settle(run: Run, spec: tuple[int, SliceCharge], gathered: list[Gathered], amounts: list[Any], ids: Sequence[str]) -> None:
    """Rows of a charge that is rounded on its total or fixed in another currency."""
    for row in settled(run, spec, gathered, ids):
        if row.basis is not None:
            run.rows.append(row)
        amounts[row.unit] = row.amount if row.amount is UNKNOWN else row.amount * run.unit


def settled(run: Run, spec: tuple[int, SliceCharge], gathered: list[Gathered], ids: Sequence[str]) -> list[Row]:
    """One row for each unit of a charge; ``basis`` None marks a unit for which it does not apply."""
    index, charge = spec
    amounts = rounded_amounts(run, charge, gathered, ids)
    rows = []
    for (unit, when, reliefs, base, rate, _), (amount, local) in zip(gathered, amounts, strict=True):
        basis, value = basis_of(charge, when, reliefs, amount, rate)
        rows.append(Row(index, unit, basis, base, rate, value, local if basis == CHARGED else None))
    return rows


def basis_of(charge: SliceCharge, when: Any, reliefs: Sequence[tuple[Any, str]], amount: Any, rate: Any) -> tuple[str | None, Any]:
    """Why a charge comes to what it comes to: not at all, nothing for a reason, zero-rated, or charged."""
    if when is False:
        return None, 0
    for holds, basis in reliefs:
        if holds is True:
            return (basis if when is True else None), 0
    if when is UNKNOWN or any(holds is UNKNOWN for holds, _ in reliefs):
        return (None, 0) if amount is not UNKNOWN and amount == 0 else (CHARGED, UNKNOWN)
    if amount is UNKNOWN:
        return CHARGED, UNKNOWN
    if charge.rate is not None and rate == 0:
        return "zero_rated", amount
    if charge.duty is not None and getattr(rate, "kind", None) == "free":
        return "zero_rated", amount
    return CHARGED, amount


def rounded_amounts(run: Run, charge: SliceCharge, gathered: list[Gathered], ids: Sequence[str]) -> list[tuple[Any, Any]]:
    """Amounts in minor units of the order's currency, with those of the law's own currency where it differs."""
    unit, scale = str(charge.amount.type.unit), charge.amount.type.scale
    if unit != ORDER_MONEY:
        digits = minor_digits(unit)
        clock = charge.rule.rule.clock or "placed"
        return [_fixed(run, round_charge(g[5], scale, charge.rounding, digits), unit, digits, clock) for g in gathered]
    if charge.rounding.per == "total":
        parts = [g[5] if g[1] is not False and not any(h is True for h, _ in g[2]) else 0 for g in gathered]
        return [(amount, None) for amount in round_total(parts, scale, charge.rounding, run.digits, ids)]
    return [(round_charge(g[5], scale, charge.rounding, run.digits), None) for g in gathered]


def _fixed(run: Run, local: Any, currency: str, digits: int, clock: str) -> tuple[Any, Any]:
    if local is UNKNOWN:
        return UNKNOWN, UNKNOWN
    return run.to_order_currency(local * 10 ** (SCALE - digits), currency, clock), local


def compete(
    run: Run,
    specs: Sequence[tuple[int, SliceCharge]],
    gathered: Sequence[list[Gathered]],
    amounts: Sequence[list[Any]],
    offered: Sequence[Sequence[Any]],
    lines: int,
) -> None:
    """Of competing charges the least that holds is levied on each line; all are kept as alternatives."""
    columns = [settled(run, spec, rows, run.line_ids) for spec, rows in zip(specs, gathered, strict=True)]
    for line in range(lines):
        offers = []
        for (index, charge), rows, column, shown in zip(specs, gathered, columns, offered, strict=True):
            holds = rows[line][1]
            relieved = any(h is True for h, _ in rows[line][2])
            amount = 0 if relieved else round_charge(rows[line][5], charge.amount.type.scale, charge.rounding, run.digits)
            offers.append(Alternative(index, line, holds, shown[line if len(shown) > 1 else 0], amount))
        run.alternatives.extend(offers)
        chosen = choose_option(offers)
        unsettled = next((o.charge for o in offers if o.holds is not False), None) if chosen is None else None
        for offer, column, own in zip(offers, columns, amounts, strict=True):
            row = column[line]
            if offer.charge == unsettled:
                run.rows.append(row._replace(basis=CHARGED, amount=UNKNOWN))
                own[line] = UNKNOWN
            elif offer.charge == chosen and row.basis is not None:
                run.rows.append(row)
                own[line] = row.amount if row.amount is UNKNOWN else row.amount * run.unit


RISING: Final = {
    "sum": op.total,
    "any": lambda parts: op.disjunction(*parts),
    "all": lambda parts: op.conjunction(*parts),
    "count": op.count_true,
    "count_distinct": op.count_distinct,
}
