"""Laws that hold for every order: what may not matter, what may never change, and what always adds up."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import OPTIONAL, both, engine, example, orders, partly_told, told_in, totals, without

import xbcompliance as xb
from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines.rows import Alternative, choose_option, round_charge, round_total, share
from xbcompliance.facts import put
from xbcompliance.money import MODES, SCALE
from xbcompliance.packs.model import Rounding
from xbcompliance.packs.rulebook import compose

CENT = 10 ** (SCALE - 2)
AMOUNTS = st.integers(-(10**12), 10**12)
WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=6)


def names(items: list[Any]) -> list[str]:
    return [f"{number:02}" for number in range(len(items))]


# ------------------------------------------------------------------------------------------------- shares and rounding


@given(AMOUNTS, WEIGHTS)
def test_shares_sum_to_the_whole_and_each_is_within_a_cent_of_its_exact_part(cents, weights):
    whole = cents * CENT
    parts = share(whole, weights, names(weights), CENT)
    assert sum(parts) == whole
    assert all(part % CENT == 0 for part in parts)
    even = weights if sum(weights) else [1] * len(weights)
    assert all(abs(p - Fraction(whole * w, sum(even))) < CENT for p, w in zip(parts, even, strict=True))


@given(st.lists(AMOUNTS, min_size=1, max_size=6), st.sampled_from(MODES))
def test_a_total_is_rounded_once_and_its_parts_add_up_to_it(exact, mode):
    rounding = Rounding(mode=mode, per="total")
    parts = round_total(exact, SCALE, rounding, 2, names(exact))
    assert sum(parts) == round_charge(sum(exact), SCALE, rounding, 2)


@given(st.lists(AMOUNTS, min_size=1, max_size=6), st.sampled_from(["half_up", "half_even", "half_down"]))
def test_rounding_line_by_line_strays_from_the_total_by_at_most_half_a_cent_a_line(exact, mode):
    rounded = [round_charge(part, SCALE, Rounding(mode=mode), 2) for part in exact]
    assert abs(sum(rounded) * CENT - sum(exact)) <= Fraction(CENT, 2) * len(exact)


@given(st.lists(AMOUNTS | st.just(UNKNOWN), min_size=1, max_size=6))
def test_one_unknown_part_leaves_every_part_of_a_total_open(exact):
    parts = round_total(exact, SCALE, Rounding(per="total"), 2, names(exact))
    assert (UNKNOWN in parts) == (UNKNOWN in exact)
    assert len(set(map(str, parts))) == 1 or UNKNOWN not in parts


# ------------------------------------------------------------------------------------------------- competing charges

OFFERS = st.tuples(st.sampled_from([True, False, UNKNOWN]), st.sampled_from([0, 300, 1200, UNKNOWN]))


def settled(offers: list[tuple[Any, Any]]) -> Any:
    """What the chosen charge comes to; None while the choice is open."""
    chosen = choose_option([Alternative(i, 0, holds, True, amount) for i, (holds, amount) in enumerate(offers)])
    return None if chosen is None else offers[chosen][1]


@given(st.lists(OFFERS, min_size=1, max_size=4), OFFERS)
def test_one_more_claim_can_only_lower_a_duty_and_one_of_nothing_stays(offers, claim):
    before, after = settled(offers), settled([*offers, claim])
    if before == 0:
        assert after == 0
    elif before not in (None, UNKNOWN) and after is not None:
        assert after <= before


@given(st.lists(st.tuples(OFFERS, st.booleans(), st.sampled_from([0, 300, 1200])), min_size=1, max_size=4))
def test_a_settled_choice_comes_to_the_same_whatever_else_is_told(offers):
    less = settled([offer for offer, _, _ in offers])
    more = settled([(h if h is not UNKNOWN else t, a if a is not UNKNOWN else v) for (h, a), t, v in offers])
    assert less in (None, UNKNOWN) or less == more


# ------------------------------------------------------------------------------------------------ what does not matter


def by_name(order: dict[str, Any], used: xb.Engine | None = None) -> dict[str, Any]:
    """The answer without the order in which things stand."""
    found = (used or engine()).assess(order).to_dict()
    charges = sorted(
        (c["rule"], sorted(c["lines"] or [c["line"] or ""]), c["basis"], c["base"], c["amount"], c["collected_by"])
        for c in found["charges"]
    )
    return {"totals": found["totals"], "charges": charges, "complete": found["complete"]}


@given(orders(), st.randoms())
def test_the_order_of_the_lines_does_not_matter(order, chance):
    shuffled = copy.deepcopy(order)
    chance.shuffle(shuffled["lines"])
    assert by_name(shuffled) == by_name(order)


@cache
def backwards() -> xb.Engine:
    return xb.Engine(compose(reversed(list(engine().rulebook.packs.values()))))


@given(partly_told())
def test_the_order_of_the_packs_does_not_matter(order):
    assert backwards().plan.digest == engine().plan.digest
    assert backwards().assess(order).to_json() == engine().assess(order).to_json()


@given(partly_told())
def test_asking_again_gives_the_same_bits(order):
    assert engine().assess(order).to_json() == engine().assess(copy.deepcopy(order)).to_json()


@cache
def boundaries() -> list[int]:
    """Every day on which some rule, table row or membership changes."""
    book = engine().rulebook
    days = {day for rule in book.rules.values() for day in rule.timeline.boundaries()}
    days |= {day for t in book.tables.values() for row in t.rows for day in (row.span.start, row.span.last + 1)}
    days |= {day for name in book.places.territories() for day in book.places.boundaries(name)}
    first, last = date(2021, 7, 1).toordinal(), date(2030, 1, 1).toordinal()
    return sorted({first, last} | {day for day in days if first < day < last})


@given(orders(), st.data())
def test_nothing_changes_between_two_boundaries(order, data):
    number = data.draw(st.integers(0, len(boundaries()) - 2))
    days = st.integers(boundaries()[number], boundaries()[number + 1] - 1).map(date.fromordinal)
    answers = []
    for day in (data.draw(days), data.draw(days)):
        order["dates"] = {"placed": day.isoformat(), "paid": None, "declared": None}
        answers.append(by_name(order))
    assert answers[0] == answers[1]


# --------------------------------------------------------------------------------------------------- two engines agree


@given(partly_told())
def test_the_compiled_engine_says_what_the_reference_engine_says(order):
    fast, slow = both(order)
    assert fast == slow


@given(partly_told(), st.sampled_from([date(2026, 2, 17), date(2026, 2, 18), date(2021, 6, 30)]))
def test_both_engines_agree_on_what_could_be_known(order, known_at):
    fast, slow = both(order, known_at=known_at.toordinal())
    assert fast == slow


@given(partly_told())
def test_both_engines_agree_under_overlays(order):
    fast, slow = both(order, engine("eu-item-by-code.yaml", "eu-item-duty-narrow.yaml"))
    assert fast == slow


# ------------------------------------------------------------------------------------------- telling more never unsays

REPLACED = {
    "checkout": ("dates.", "seller", "gift", "insurance", "discount", "lines.discount", "exchange_rates"),
    "audit": ("dates.", "seller.kind", "gift", "exchange_rates"),
}
"""Facts for which a profile, or the engine's own rates, stand in while they are not told."""


@pytest.mark.parametrize("profile", REPLACED)
def test_telling_more_never_changes_what_was_determined(profile):
    used = engine(profile=profile)
    facts = [fact for fact in OPTIONAL if not fact.startswith(REPLACED[profile])]

    @given(orders(), st.sets(st.sampled_from(facts), max_size=4), st.sets(st.sampled_from(facts), max_size=2))
    def law(order, untold, still_untold):
        dates = order["dates"]
        order["dates"] = {name: dates[name] or dates["placed"] for name in dates}
        less = totals(without(order, untold | still_untold), used)
        more = totals(without(order, still_untold), used)
        assert less == {name: more.get(name) for name in less}

    law()


# ---------------------------------------------------------------------------------------------- questions and bounds


@given(orders(), st.sets(st.sampled_from(OPTIONAL), min_size=1, max_size=3))
def test_bounds_contain_what_comes_out_once_all_is_told(order, untold):
    less = engine().assess(without(order, untold))
    found = totals(order)
    for name, (low, high) in less.bounds.items():
        if name in found:
            value = Decimal(found[name]).scaleb(-engine_digits(order))
            assert low.amount <= value <= high.amount


def engine_digits(order: dict[str, Any]) -> int:
    return 0 if order["currency"] == "JPY" else 2


@given(partly_told())
def test_what_is_open_is_asked_for(order):
    found = engine().assess(order)
    assert found.complete or found.questions


@given(orders(), st.sets(st.sampled_from(OPTIONAL), min_size=1, max_size=4))
def test_what_is_told_is_not_asked_again(order, untold):
    less = without(order, untold)
    asked = {question.fact for question in engine().assess(less).questions}
    told = copy.deepcopy(less)
    answered = {fact for fact in asked if not fact.startswith("rulebook.") and told_in(order, fact) is not None}
    for fact in answered:
        put(told, fact, told_in(order, fact)[0])
    found = engine().assess(told)
    again = {q.fact for q in found.questions} & answered
    assert not {fact for fact in again if not fact.endswith("hs_code")}  # more digits of a code may still be asked for


# ------------------------------------------------------------------------------------------------------ what adds up


@given(partly_told())
def test_totals_are_the_sums_of_their_charges(order):
    found = engine().assess(order)
    for kind, name in (("duty", "duty"), ("tax", "tax"), ("fee", "fees")):
        total = getattr(found.totals, name)
        parts = [charge.amount for charge in found.charges if charge.kind == kind]
        if total is not None:
            assert None not in parts
            assert sum((part.amount for part in parts), Decimal(0)) == total.amount


@given(partly_told())
def test_the_landed_cost_is_what_is_paid_for_and_what_is_due(order):
    t = {name: None if value is None else value.amount for name, value in engine().assess(order).totals}
    parts = [t[name] for name in ("goods", "shipping", "insurance", "duty", "tax", "fees")]
    if t["landed_cost"] is None:
        assert None in (*parts, t["discount"])
    else:
        assert t["landed_cost"] == sum(parts, Decimal(0)) - t["discount"]
        if None not in (t["due_at_checkout"], t["due_on_import"]):
            assert t["landed_cost"] == t["due_at_checkout"] + t["due_on_import"]


@given(orders(included=(("vat",),)))
def test_prices_that_include_the_tax_are_the_landed_cost_when_nothing_else_is_due(order):
    found = engine().assess(order)
    t = found.totals
    if found.complete and t.duty.amount == t.fees.amount == 0 and t.tax.amount > 0 and is_exact(order):
        assert t.landed_cost.amount == shown_price(order)


def is_exact(order: dict[str, Any]) -> bool:
    """Whether the price needs no rounding to be shown."""
    return order["currency"] != "JPY" and all(line["quantity"] != "0.5" for line in order["lines"])


def shown_price(order: dict[str, Any]) -> Decimal:
    goods = sum(Decimal(r["unit_price"]) * Decimal(r["quantity"]) - Decimal(r["discount"]) for r in order["lines"])
    return goods + Decimal(order["shipping"]) + Decimal(order["insurance"]) - Decimal(order["discount"])


@pytest.mark.parametrize(
    ("goods", "shipping", "insurance"), [("0.01", "0.01", "0.01"), ("10.03", "4.90", "1.00"), ("0.01", "1.00", "1.00")]
)
def test_a_contained_tax_of_exactly_half_a_cent_goes_one_way(goods, shipping, insurance):
    order = {**example(), "prices_include": ["vat"], "shipping": shipping, "insurance": insurance}
    order |= {"dates": {"placed": "2026-01-10"}, "ship_to": {"country": "FR", "postal_code": "75001"}}
    order["lines"] = [{**order["lines"][0], "quantity": "1", "unit_price": goods}]
    assert engine().assess(order).totals.landed_cost.amount == shown_price(order)


@given(orders())
def test_no_order_in_full_leaves_a_negative_charge(order):
    assert all(row.amount is UNKNOWN or row.amount >= 0 for row in engine().run(xb.read_order(order), None).run.rows)
