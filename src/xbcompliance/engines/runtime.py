"""What compiled programs call: the operations too long to write inline, on columns of values."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines.facts import measure_of
from xbcompliance.engines.rows import (
    CHARGED,
    ZERO_RATED,
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
    from collections.abc import Callable, Mapping, Sequence

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


def unit_ids(units: Units, run: Run) -> list[str]:
    """A name for each unit, for ties: the least of its lines' ids, whatever the order in which lines are told."""
    if len(units.lines) == len(run.line_ids):
        return list(run.line_ids)
    return [min([run.line_ids[line] for line in lines]) for lines in units.lines]


def of_item(column: Sequence[Any], items_: Units | None, line: int) -> Any:
    """The value of the item that a line belongs to; while items cannot be told apart, what holds for every one."""
    return column[0] if items_ is None else column[items_.of_line[line]]


def for_item(column: Sequence[Any], source: Units, items_: Units | None, item: int) -> Any:
    """The value of the consignment that an item belongs to."""
    if items_ is None:
        return column[0] if len(column) == 1 else UNKNOWN
    return column[source.of_line[items_.lines[item][0]]]


def total(column: Sequence[Any]) -> Any:
    """The sum of a column."""
    for value in column:
        if value is UNKNOWN:
            return UNKNOWN
    return sum(column)


def any_of(column: Sequence[Any]) -> Any:
    """Whether any value of a column of truths is true."""
    if True in column:
        return True
    return UNKNOWN if UNKNOWN in column else False


def rise(name: str, column: Sequence[Any], source: Units | None, target: Units | None) -> list[Any]:
    """A finer column brought up to coarser units by ``sum``, ``any``, ``all``, ``count`` or ``count_distinct``.

    None stands for items whose number is open: only what no number of them changes is known then.

    >>> rise("sum", [0], None, one(2)), rise("sum", [5], None, one(2)), rise("any", [True], None, one(2))
    ([0], [UNKNOWN], [True])
    """
    if target is None:
        return [UNKNOWN]
    if source is None:
        nothing = 0 if column[0] == 0 else UNKNOWN
        return [column[0] if name in ("any", "all") else nothing] * target.count
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
    wholes: Sequence[Any], weights: Sequence[Any], source: Units | None, target: Units | None, run: Run, step: int
) -> list[Any]:
    """Coarser amounts split over the finer units below them, in proportion to the weights of those, in ``step``s."""
    if target is None:
        return [UNKNOWN]
    if source is None:
        return [wholes[0] if wholes[0] == 0 else UNKNOWN] * target.count
    out: list[Any] = [0] * target.count
    names = unit_ids(target, run)
    for unit, lines in enumerate(source.lines):
        below = list(dict.fromkeys(target.of_line[line] for line in lines))
        ids = [names[index] for index in below]
        for index, part in zip(below, share(wholes[unit], [weights[i] for i in below], ids, step), strict=True):
            out[index] = part
    return out


def added(columns: Sequence[Sequence[Any]], count: int) -> list[Any]:
    """Columns added value by value; no columns add up to zeros.

    >>> added(([1, 2], [3, UNKNOWN]), 2)
    [4, UNKNOWN]
    """
    if not columns:
        return [0] * count
    return [UNKNOWN if UNKNOWN in values else sum(values) for values in zip(*columns, strict=True)]


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


def settle(
    run: Run, spec: tuple[int, SliceCharge], gathered: list[Gathered], amounts: list[Any], ids: Sequence[str]
) -> None:
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
        if basis in (CHARGED, ZERO_RATED):
            rows.append(Row(index, unit, basis, base, rate, value, local if basis == CHARGED else None))
        else:
            rows.append(Row(index, unit, basis, None, None, value))
    return rows


def basis_of(
    charge: SliceCharge, when: Any, reliefs: Sequence[tuple[Any, str]], amount: Any, rate: Any
) -> tuple[str | None, Any]:
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
        return ZERO_RATED, amount
    if charge.duty is not None and getattr(rate, "percent", None) == 0:
        return ZERO_RATED, amount
    return CHARGED, amount


def rounded_amounts(
    run: Run, charge: SliceCharge, gathered: list[Gathered], ids: Sequence[str]
) -> list[tuple[Any, Any]]:
    """Amounts in minor units of the order's currency, with those of the law's own currency where it differs."""
    unit, scale = str(charge.amount.type.unit), charge.amount.type.scale
    if unit != ORDER_MONEY:
        digits = minor_digits(unit)
        clock = charge.rule.rule.clock or "placed"
        return [_fixed(run, round_charge(g[5], scale, charge.rounding, digits), unit, digits, clock) for g in gathered]
    if charge.rounding.per == "total":
        parts = [_part_of_total(g) for g in gathered]
        return [(amount, None) for amount in round_total(parts, scale, charge.rounding, run.digits, ids)]
    return [(round_charge(g[5], scale, charge.rounding, run.digits), None) for g in gathered]


def _part_of_total(gathered: Gathered) -> Any:
    """What one unit adds to a total that is rounded once; open while it is open whether it adds anything."""
    _, when, reliefs, _, _, exact = gathered
    holding = [holds for holds, _ in reliefs]
    if when is False or True in holding:
        return 0
    in_doubt = when is UNKNOWN or UNKNOWN in holding
    return UNKNOWN if in_doubt and exact != 0 else exact


def _fixed(run: Run, local: Any, currency: str, digits: int, clock: str) -> tuple[Any, Any]:
    if local is UNKNOWN:
        return UNKNOWN, UNKNOWN
    return run.to_order_currency(local * 10 ** (SCALE - digits), currency, clock), local


def flat(run: Run, charge: SliceCharge) -> tuple[Any, Any]:
    """A fixed amount in a currency of its own: in minor units of the order's currency, and in its own."""
    unit, scale = str(charge.amount.type.unit), charge.amount.type.scale
    digits = minor_digits(unit)
    local = round_charge(charge.amount.value, scale, charge.rounding, digits)
    return _fixed(run, local, unit, digits, charge.rule.rule.clock or "placed")


Candidate = tuple[int, "SliceCharge"]


def compete(
    run: Run,
    specs: Sequence[Candidate],
    candidates: Sequence[Callable[[int], Gathered]],
    claimed: Callable[[int], Any] | None,
    claim: Callable[[int, Any], Gathered] | None,
    by_value: Mapping[Any, Candidate],
    column: list[Any],
    lines: int,
) -> None:
    """Of competing charges the least that holds is levied on each line; ``column`` takes its amount.

    Candidates are worked out one after the other; one that is sure to be nothing ends the search. Those ``by_value``
    are looked at only for the value that is claimed, or all of them while it is not known.
    """
    for line in range(lines):
        offered: list[tuple[Candidate, Gathered]] = []
        for spec, candidate in zip(specs, candidates, strict=True):
            gathered = candidate(line)
            if gathered[1] is False:
                continue
            if gathered[1] is True and not offered:
                basis = next((basis for holds, basis in gathered[2] if holds is True), None)
                if basis is not None:
                    run.rows.append(Row(spec[0], line, basis, None, None, 0))  # relieved: nothing is less
                    break
            offered.append((spec, gathered))
        else:
            if claimed is not None and claim is not None:
                value = claimed(line)
                values = by_value if value is UNKNOWN else (value,) if value in by_value else ()
                offered += [(by_value[v], g) for v in values if (g := claim(line, v))[1] is not False]
        if offered:
            levy(run, offered, column, line)


def levy(run: Run, offered: Sequence[tuple[Candidate, Gathered]], column: list[Any], line: int) -> None:
    """Writes the row of the chosen charge; an unknown one while the choice is open."""
    if len(offered) == 1 and offered[0][1][1] is True:
        spec, gathered = offered[0]
        row = settled(run, spec, [gathered], run.line_ids[line : line + 1])[0]
        run.rows.append(row)
        column[line] = row.amount if row.amount is UNKNOWN else row.amount * run.unit
        return
    rows = [settled(run, spec, [gathered], run.line_ids[line : line + 1])[0] for spec, gathered in offered]
    offers = [
        Alternative(spec[0], line, gathered[1], True, _competing_amount(run, spec[1], gathered))
        for spec, gathered in offered
    ]
    chosen = choose_option(offers)
    unsettled = min(offer.charge for offer in offers) if chosen is None else None
    for row in rows:
        if row.charge == unsettled:
            run.rows.append(row._replace(basis=CHARGED, amount=UNKNOWN, local=None))
            column[line] = UNKNOWN
        elif row.charge == chosen and row.basis is not None:
            run.rows.append(row)
            column[line] = row.amount if row.amount is UNKNOWN else row.amount * run.unit


def own_amounts(run: Run, charge: int, lines: int) -> list[Any]:
    """What one of several competing charges came to on each line, from the rows written so far."""
    column: list[Any] = [0] * lines
    for row in run.rows:
        if row.charge == charge:
            column[row.unit] = row.amount if row.amount is UNKNOWN else row.amount * run.unit
    return column


def _competing_amount(run: Run, charge: SliceCharge, gathered: Gathered) -> Any:
    """What a competing charge comes to if it holds."""
    if any(holds is True for holds, _ in gathered[2]):
        return 0
    amount = round_charge(gathered[5], charge.amount.type.scale, charge.rounding, run.digits)
    in_doubt = any(holds is UNKNOWN for holds, _ in gathered[2])
    return UNKNOWN if in_doubt and amount != 0 else amount


def compare(
    run: Run,
    specs: Sequence[Candidate],
    gathered: Sequence[list[Gathered]],
    offered: Sequence[Sequence[Any]],
    lines: int,
) -> list[Any]:
    """:func:`compete` with every candidate worked out and kept in ``run.alternatives``; gives the column of amounts."""
    column: list[Any] = [0] * lines
    for line in range(lines):
        run.alternatives.extend(
            Alternative(spec[0], line, rows[line][1], shown[line], _competing_amount(run, spec[1], rows[line]))
            for spec, rows, shown in zip(specs, gathered, offered, strict=True)
        )
        holding = [(s, rows[line]) for s, rows in zip(specs, gathered, strict=True) if rows[line][1] is not False]
        if holding:
            levy(run, holding, column, line)
    return column


RISING: Final = {
    "sum": op.total,
    "any": lambda parts: op.disjunction(*parts),
    "all": lambda parts: op.conjunction(*parts),
    "count": op.count_true,
    "count_distinct": op.count_distinct,
}
