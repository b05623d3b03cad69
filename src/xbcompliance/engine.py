"""The engine: a compiled rulebook that answers one order after another, immutable and safe to share between threads.

>>> engine = Engine()
>>> order = {
...     "id": "A-1", "currency": "EUR", "dates": {"placed": "2026-05-04", "paid": "2026-05-04", "declared": None},
...     "seller": {"country": "CN", "ioss_number": "IM3720000224"}, "marketplace": None,
...     "buyer": {"kind": "consumer"}, "ship_from": {"country": "CN"},
...     "ship_to": {"country": "DE", "postal_code": "10115"}, "gift": False, "prices_include": [],
...     "shipping": "4.90", "insurance": "0", "discount": "0", "shipments": None,
...     "lines": [{"id": "1", "quantity": "2", "unit_price": "19.90", "discount": "0", "hs_code": "61091000",
...                "origin": "CN", "category": "clothing", "excise": False}]}
>>> engine.assess(order).totals.tax.amount
Decimal('8.49')
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xbcompliance._errors import EngineError, InputError, PackError, did_you_mean, shown
from xbcompliance._unknown import UNKNOWN, Unknown, is_unknown
from xbcompliance.assessment.assessment import Assessment
from xbcompliance.assessment.result import KINDS, Result, add_prices, leave_prices_open, sum_charges, take_out_included
from xbcompliance.engines.compiled import compile_slice
from xbcompliance.engines.facts import assumed_value
from xbcompliance.engines.rows import Run
from xbcompliance.facts import Order, Return, read_document
from xbcompliance.facts.catalogue import CATALOGUE
from xbcompliance.fx import RateSources, told_rates
from xbcompliance.packs.kept import keep
from xbcompliance.packs.model import CLOCKS
from xbcompliance.packs.rates import rate_sources
from xbcompliance.packs.rulebook import load_rulebook
from xbcompliance.places import local_day
from xbcompliance.plan import Lane, Routes, build_lane, build_plan, build_slice, traits_of
from xbcompliance.plan.fold import is_member
from xbcompliance.plan.lanes import TRAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xbcompliance.fx import RateSource
    from xbcompliance.packs.model import Assumption
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.plan import Slice
    from xbcompliance.plan.declarations import PlanForm

_BUGS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, AssertionError, RecursionError)
MAX_LANES: Final = 4096
"""Lanes an engine keeps compiled; beyond that it starts afresh."""


class Engine:
    """Answers what the law asks of an order.

    ``rulebook`` defaults to the built-in packs; ``profile`` names what may be assumed for untold facts; ``strict``
    refuses to answer from a pack past its ``verified_through``; ``rates`` are sources of exchange rates, the first of
    which is the default (those of the rulebook: ECB reference rates that ship with a dependency, unless a pack brings
    others).
    """

    def __init__(
        self,
        rulebook: Rulebook | None = None,
        *,
        profile: str = "checkout",
        strict: bool = False,
        rates: Sequence[RateSource] | None = None,
    ) -> None:
        self.rulebook = load_rulebook() if rulebook is None else rulebook
        if profile not in self.rulebook.profiles:
            known = " | ".join(self.rulebook.profiles) or "a rulebook with profiles"
            hint = did_you_mean(profile, self.rulebook.profiles)
            raise PackError("XB-PACK-040", "profile", found=shown(profile), expected=known, hint=hint)
        self.profile = profile
        self.strict = strict
        self.assumptions: Mapping[str, Assumption] = {a.fact: a for a in self.rulebook.profiles[profile]}
        self.plan = build_plan(self.rulebook)
        keep(self.rulebook, self.plan.facts)
        self.rates = RateSources(tuple(rates) if rates is not None else rate_sources(self.rulebook))
        self._routes = Routes(self.plan)
        self._lanes: dict[tuple[Any, ...], Lane] = {}
        self._forms: dict[str, PlanForm] = {}

    def assess(
        self,
        order: Order | Return | dict[str, Any] | str | bytes,
        *,
        known_at: date | None = None,
        at: date | None = None,
    ) -> Assessment:
        """What the law asks of an order, or what a return gives back, in negative amounts.

        ``known_at`` answers as one could on that day; ``at`` asks what it would be if placed then, nothing else
        having happened yet. Raises :class:`InputError` for a faulty order or return and, if strict,
        :class:`PackError` for a pack past its ``verified_through``.
        """
        document = read_document(order)
        told = document.return_of if isinstance(document, Return) else document
        if at is not None:
            told = told.model_copy(
                update={"dates": type(told.dates)(placed=at, paid=None, shipped=None, declared=None, delivered=None)}
            )
        try:
            result = self.run(told, None if known_at is None else known_at.toordinal())
        except _BUGS as bug:
            raise EngineError("XB-EN-001", "", message=f"the order could not be run: {bug!r}") from bug
        if self.strict:
            self._refuse_stale(result)
        if isinstance(document, Return):
            from xbcompliance.assessment.returns import ReturnAssessment  # imported when first asked for

            return ReturnAssessment(self, result, document, at)
        return Assessment(self, result, at)

    # --- the four hops: traits → lane → slice → run

    def run(self, order: Order, known_at: int | None) -> Result:
        """The order run through its slice; what :meth:`assess` wraps."""
        values = traits_of(order, self.rulebook.places)
        lane = self._lanes.get(values)
        if lane is None:
            lane = self._new_lane(values)
        days = self._days(order, lane)
        shipments = order.shipments
        single = is_unknown(shipments) or not shipments or len(shipments) == 1
        key = (lane.interval(days), known_at, single)
        compiled = lane.slices.get(key)
        if compiled is None:
            compiled = lane.slices[key] = self._compile(lane, days, known_at, single)
        run = self.new_run(order, days)
        values = compiled.function(order, run)
        return self._result(order, compiled, run, values, days)

    def _new_lane(self, values: tuple[Any, ...]) -> Lane:
        if len(self._lanes) >= MAX_LANES:
            self._lanes = {}
        lane = build_lane(self.plan, self._routes.to(values[1].country), self._assumed(values))
        self._lanes[values] = lane
        return lane

    def _assumed(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """Traits with the profile's assumptions in place of the untold."""
        out = []
        for name, value in zip(TRAITS, values, strict=True):
            assumed = self.assumptions.get(name)
            if assumed is not None and assumed.stands_in_for(value):
                value = assumed_value(assumed, CATALOGUE[name].kind, None)
            out.append(value)
        return tuple(out)

    def _compile(self, lane: Lane, days: Mapping[str, Any], known_at: int | None, single: bool) -> _Compiled:
        slice_ = build_slice(self.plan, list(lane.roots), lane.traits, days, known_at)
        function = compile_slice(slice_, self.rulebook.tables, self.assumptions, single)
        kinds = tuple(KINDS[str(charge.rule.terms["kind"])] for charge in slice_.charges)
        fixed = all(fact.node.op in ("const", "unknown") for fact in slice_.covers)
        told = [(fact.node.value if fact.node.op == "const" else UNKNOWN,) for fact in slice_.covers]
        return _Compiled(slice_, function, kinds, uncovered_kinds(slice_, told) if fixed else None)

    def _days(self, order: Order, lane: Lane) -> dict[str, Any]:
        """Each clock's day as an ordinal, in the destination's time; the profile may stand in for an untold one."""
        days = {}
        for clock in lane.boundaries:
            told = getattr(order.dates, clock)
            if told is None or told is UNKNOWN:
                told = self._assumed_day(order, clock, told)
            days[clock] = told.toordinal() if type(told) is date else self._moment(told, lane)
        return days

    def _moment(self, told: Any, lane: Lane) -> Any:
        if told is None or told is UNKNOWN:
            return UNKNOWN
        day = local_day(told, self.rulebook.places.time_zone(lane.traits["ship_to.place"].code))
        return UNKNOWN if isinstance(day, Unknown) else day.toordinal()

    def _assumed_day(self, order: Order, clock: str, told: Any) -> Any:
        assumed = self.assumptions.get(f"dates.{clock}")
        if assumed is None or assumed.same_as is None or not assumed.stands_in_for(told):
            return UNKNOWN
        return getattr(order.dates, assumed.same_as.removeprefix("dates."))

    def new_run(self, order: Order, days: dict[str, Any]) -> Run:
        """A run for an order: its currency, its days, and where its exchange rates come from."""
        return Run(order.currency, days, _Converter(self.rates, order), self._member, [line.id for line in order.lines])

    def _member(self, territory: str, place: Any, day: int) -> Any:
        return is_member(self.rulebook.places, territory, place, day)

    def _result(
        self, order: Order, compiled: _Compiled, run: Run, values: tuple[Any, ...], days: dict[str, Any]
    ) -> Result:
        slice_ = compiled.slice
        uncovered = compiled.uncovered
        if uncovered is None:
            uncovered = uncovered_kinds(slice_, values[len(slice_.shown) :])
        totals = sum_charges(run.rows, compiled.kinds, uncovered)
        add_prices(totals, [column[0] for column in values[-len(slice_.prices) :]], run.digits)
        contains = slice_.traits["order.prices_include"]
        if contains is UNKNOWN:
            leave_prices_open(totals)
        elif contains:
            from xbcompliance.assessment.why import included_tax

            take_out_included(totals, contains, included_tax(self, order, slice_, run, days))
        shown, covers = len(slice_.shown), len(slice_.shown) + len(slice_.covers)
        return Result(order, slice_, run, values[:shown], totals, uncovered, values[shown:covers], days)

    def voided(self, result: Result) -> tuple[Any, ...]:
        """Charges that were due as the law was known on the order's day and are not due as known now."""
        from xbcompliance.assessment.voided import voided

        return voided(self, result)

    # --- forms of declarations, which a quote does not need

    def form(self, name: str) -> PlanForm:
        """A form of the rulebook, compiled when it is first asked for.

        Raises :class:`InputError` ``XB-IN-062`` for a form that no pack describes and :class:`PackError` for one whose
        expressions are wrong.
        """
        if name not in self._forms:
            from xbcompliance.plan.declarations import compile_form

            self._forms[name] = compile_form(self.plan, name)
        return self._forms[name]

    def every_day(self, result: Result) -> dict[str, Any]:
        """The day of each clock, also of those that the lane's charges do not look at."""
        return self._days(result.order, Lane(result.slice.traits, (), dict.fromkeys(CLOCKS, ())))

    def _refuse_stale(self, result: Result) -> None:
        from xbcompliance.assessment.cautions import stale_packs

        for pack, day in stale_packs(self.rulebook, result):
            raise PackError(
                "XB-PACK-041", pack.at, found=f"{pack.id} verified through {pack.verified_through}", expected=f"≥ {day}"
            )


class _Converter:
    """Converts amounts for one order; rates told with the order win. Remembers which rates were used."""

    def __init__(self, rates: RateSources, order: Order) -> None:
        self.rates = rates
        self.order = order
        self.used: dict[tuple[str, str, int, str | None], Any] = {}

    def __call__(self, amount: int, own: str, target: str, day: int, source: str | None) -> Any:
        quote = self.quote(own, target, day, source)
        if quote is None:
            return UNKNOWN
        from xbcompliance.money import divide

        return divide(amount * quote.numerator, quote.denominator, "half_even")

    def quote(self, own: str, target: str, day: int, source: str | None) -> Any:
        """The rate from one currency to another on a day, or None."""
        key = (own, target, day, source)
        if key not in self.used:
            mapping = self.order.exchange_rates
            told = told_rates(mapping) if not is_unknown(mapping) and mapping else None
            self.used[key] = self.rates.find(own, target, date.fromordinal(day), source, told)
        return self.used[key]


class _Compiled(NamedTuple):
    """A slice with its program; ``kinds`` names the total of each charge, ``uncovered`` is None if orders decide it."""

    slice: Slice
    function: Callable[[Order, Run], Any]
    kinds: tuple[str, ...]
    uncovered: tuple[str, ...] | None


def uncovered_kinds(slice_: Slice, columns: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """The kinds of charge for which no pack says that it covers this lane, by the values of the coverage facts."""
    open_kinds = list(KINDS)
    for fact, column in zip(slice_.covers, columns, strict=False):
        if column[0] is True:
            for kind in fact.rule.rule.covers:
                if kind in open_kinds:
                    open_kinds.remove(kind)
    return tuple(open_kinds)


__all__ = ["Engine", "InputError"]
