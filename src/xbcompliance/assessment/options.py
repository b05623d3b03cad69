"""Competing charges side by side: which was taken, what the others would come to, and what they would need.

A charge is named as its rule says (``option: mfn``), an agreement in lower case. Bounds follow from what is sure: a
claim whose rate is not at hand can only lower the duty.

>>> added([(300, 300), (0, 1200)])
(300, 1500)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment import documents as doc
from xbcompliance.engines.rows import choose_option
from xbcompliance.money import to_money
from xbcompliance.plan.slices import claimable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xbcompliance.assessment.result import Result
    from xbcompliance.engines.reference import Reference
    from xbcompliance.engines.rows import Alternative, Row
    from xbcompliance.expr.ir import Node
    from xbcompliance.plan.model import Plan
    from xbcompliance.plan.slices import SliceCharge


def options(plan: Plan, result: Result, reference: Reference) -> Iterator[doc.Option]:
    """For each line with more than one charge to choose from, the one taken and the others that are offered.

    None is taken while the choice is open: those that it may fall on are all among the alternatives then.
    """
    slice_, currency = result.slice, result.order.currency
    for group, ids in sorted(slice_.options.items()):
        members = {i: c for i, c in enumerate(slice_.charges) if c.id in ids}
        for index, line in enumerate(result.order.lines):
            if not any(row.unit == index and row.charge in members for row in result.run.rows):
                continue
            offers = [o for o in reference.run.alternatives if o.unit == index and o.charge in members]
            chosen = choose_option(offers)
            others = tuple(
                doc.Alternative(
                    name=option_name(members[offer.charge]),
                    amount=None if offer.amount is UNKNOWN else to_money(offer.amount, currency),
                    needs=needs(plan, reference, members[offer.charge], index),
                )
                for offer in offers
                if offer.charge != chosen and (offer.offered is True or _in_play(offer, chosen))
            )
            if others:
                taken = None if chosen is None else option_name(members[chosen])
                yield doc.Option(line=line.id, charge=group, chosen=taken, alternatives=others)


def _in_play(offer: Alternative, chosen: int | None) -> bool:
    """Whether a charge that may not be offered could be the one that is levied."""
    return offer.holds is not False and (offer.offered is UNKNOWN or chosen is None)


def option_name(charge: SliceCharge) -> str:
    """The name of a charge among those it competes with; its rule's id where the rule gives none."""
    named = charge.rule.rule.option
    return charge.id if named is None else named.lower()


def needs(plan: Plan, reference: Reference, charge: SliceCharge, line: int) -> tuple[str, ...]:
    """The facts of the conditions that do not hold yet; amounts are none that anybody would change for it."""
    when = claimable(plan, reference.slice, charge)
    conditions = when.args if when.op == "and" else (when,)
    found: dict[str, None] = {}
    for condition in conditions:
        if reference.at(condition, charge.grain)[line] is not True:
            facts = [node for node in condition.walk() if node.op == "fact" and not node.type.numeric]
            open_facts = [node for node in facts if _untold(reference, node, charge, line)]
            found.update(dict.fromkeys(str(node.value).removeprefix("line.") for node in open_facts or facts))
    return tuple(found)


def _untold(reference: Reference, node: Node, charge: SliceCharge, line: int) -> bool:
    value = reference.at(node, charge.grain)[line]
    return value is None or value is UNKNOWN


def bounds(result: Result, reference: Reference, kind: str) -> tuple[int, int] | None:
    """Least and most of the charges of a kind where only the choice among competing ones is open; else None."""
    slice_ = result.slice
    competing = {rule_id for ids in slice_.options.values() for rule_id in ids}
    parts = []
    for row in result.run.rows:
        charge = slice_.charges[row.charge]
        if str(charge.rule.terms["kind"]) != kind:
            continue
        if row.amount is not UNKNOWN:
            parts.append((row.amount, row.amount))
            continue
        most = _most(reference.run.alternatives, slice_.charges, row) if charge.id in competing else None
        if most is None:
            return None
        parts.append((0, most))
    return added(parts)


def _most(alternatives: Iterable[Alternative], charges: tuple[SliceCharge, ...], row: Row) -> int | None:
    """The least amount that is sure to be open to choice; nothing that is not known could be more than that."""
    group = charges[row.charge].rule.rule.option_of
    sure = [
        offer.amount
        for offer in alternatives
        if offer.unit == row.unit and offer.holds is True and charges[offer.charge].rule.rule.option_of == group
    ]
    told: list[Any] = [amount for amount in sure if amount is not UNKNOWN]
    return min(told, default=None)


def added(parts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The sum of pairs of least and most."""
    pairs = list(parts)
    return sum(low for low, _ in pairs), sum(high for _, high in pairs)
