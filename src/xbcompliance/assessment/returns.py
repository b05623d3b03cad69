"""What a return gives back: the charges of the order as it was assessed, share by share, as negative amounts.

The order is assessed under the law of its own dates; nothing is looked up for the day of the return. A charge is given
back as its rule says (``refund``): its share, or nothing. Without a word, taxes and fees collected at checkout are
shared; duties, and whatever was collected on import, are not: they are claimed from customs, and listed as obligations.

>>> from xbcompliance.engine import Engine
>>> order = {"id": "A-1", "currency": "EUR", "dates": {"placed": "2026-05-04", "paid": "2026-05-04", "declared": None},
...     "seller": {"country": "CN", "ioss_number": "IM3720000224"}, "marketplace": None, "buyer": {"kind": "consumer"},
...     "ship_from": {"country": "CN"}, "ship_to": {"country": "DE", "postal_code": "10115"}, "gift": False,
...     "prices_include": [], "shipping": "4.90", "insurance": "0", "discount": "0", "shipments": None,
...     "lines": [{"id": "1", "quantity": "2", "unit_price": "19.90", "discount": "0", "hs_code": "61091000",
...                "origin": "CN", "category": "clothing", "excise": False}]}
>>> back = {"id": "R-7", "return_of": order, "dates": {"placed": "2026-05-20"}, "lines": [{"id": "1", "quantity": "1"}]}
>>> print(Engine().assess(back).totals.tax.amount)
-3.78
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xbcompliance._errors import InputError
from xbcompliance._unknown import UNKNOWN
from xbcompliance.assessment import documents as doc
from xbcompliance.assessment.assessment import Assessment
from xbcompliance.assessment.build import Builder
from xbcompliance.assessment.cautions import cautions
from xbcompliance.assessment.result import KINDS, PRICES, add_prices
from xbcompliance.assessment.shares import Divider, Part, Steps, like
from xbcompliance.assessment.texts import cited
from xbcompliance.assessment.why import included_by_line
from xbcompliance.expr.ir import LINE
from xbcompliance.money import SCALE, from_decimal, minor_digits, plain, rounded, text, to_money

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from moneyed import Money

    from xbcompliance.assessment.declaration import Declaration
    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.engines.rows import Row
    from xbcompliance.facts import Return
    from xbcompliance.plan.slices import SliceCharge

CLAIM: Final = (
    "{title} was collected {when} and is not given back with the return; claim it from customs if the law allows"
)
KEPT: Final = "{title} is not given back with a return"


class ReturnAssessment(Assessment):
    """What a return gives back, in the shape of an assessment: amounts are zero or less."""

    def __init__(self, engine: Engine, result: Result, returned: Return, at: date | None = None) -> None:
        super().__init__(engine, result, at)
        self._returned = returned

    @cached_property
    def _builder(self) -> ReturnBuilder:
        return ReturnBuilder(self._engine, self._result, self._at, self._returned)

    @cached_property
    def document(self) -> doc.AssessmentDocument:
        """The whole answer as one frozen model."""
        return self._builder.document()

    def explain(self, rule: str | None = None) -> str:
        """The derivation of the order's charges, and after it what this return gives back of each."""
        return "\n".join([super().explain(rule), *self._builder.derivation(rule)])

    def declaration(self, form: str) -> Declaration:
        """Raises :class:`InputError` ``XB-IN-063``: a return is not declared for import."""
        raise InputError("XB-IN-063", "return_of", found="a return", expected="the order, to be declared for import")


class Refund(NamedTuple):
    """A row of the order as the return sees it.

    ``due`` says whether it is given back, None while that is open; ``parts`` are those of its amount, None where they
    are not known; ``amount`` is what this return gives back in minor units, and ``base`` the base of that.
    """

    row: Row
    charge: SliceCharge
    due: bool | None
    parts: tuple[Part, ...] | None
    amount: Any
    base: Money | None


class ReturnBuilder(Builder):
    """Builds the document of a return from the run of its order."""

    def __init__(self, engine: Engine, result: Result, at: date | None, returned: Return) -> None:
        super().__init__(engine, result, at)
        self.returned = self.subject = returned
        self.steps = Steps.of_return(returned)
        self.divider = Divider(self.reference)
        self.refunds = tuple(self._refunds())

    def document(self) -> doc.AssessmentDocument:
        """The whole document."""
        known = all(row.amount is not UNKNOWN for row in self.result.run.rows)
        parts: dict[str, Any] = {
            "order": self.returned.id,
            "currency": self.currency,
            "charges": tuple(self.refunded(refund) for refund in self.listed()),
            "totals": self.totals(),
            "bounds": {},
            "determinations": tuple(self.determinations()),
            "options": (),
            "violations": (),
            "obligations": tuple(self.obligations()),
            "questions": tuple(self.questions()),
            "assumptions": tuple(self.assumptions()),
            "cautions": (*cautions(self.engine, self.result, self.looked_up()), *self.kept()),
            "voided": (),
            "complete": self.result.complete and known,
        }
        return doc.AssessmentDocument(**parts, receipt=self.receipt(parts))

    # --- what is given back of each row

    def _refunds(self) -> Iterator[Refund]:
        rows: dict[int, list[Row]] = {}
        for row in self.result.run.rows:
            rows.setdefault(row.charge, []).append(row)
        charges = self.result.slice.charges
        parts = {index: self.divider.charge(charges[index], found) for index, found in rows.items()}
        for row in self.result.run.rows:
            charge, own = charges[row.charge], parts[row.charge][row.unit]
            due = self._given_back(charge, row)
            if due is False:
                yield Refund(row, charge, due, own, 0, None)
            elif due is None or own is None:
                yield Refund(row, charge, due, own, UNKNOWN, None)
            else:
                yield Refund(row, charge, due, own, self.steps.of(own), self._base_of(charge, row))

    def _given_back(self, charge: SliceCharge, row: Row) -> bool | None:
        """Whether a return gives a charge back: its rule says so, else what it is and where it was collected.

        None if that is open.
        """
        terms = charge.rule.terms
        if "refund" in terms or terms["kind"] == "duty":
            return terms.get("refund") == "share"
        point = self.term(charge, charge.due_at, row.unit)
        return point == "checkout" if point else None

    def _concerned(self, refund: Refund) -> bool:
        """Whether goods come back for which the charge was made."""
        units = self.reference.units(refund.charge.grain)
        lines = range(len(self.order.lines)) if units is None else units.lines[refund.row.unit]
        return any(self.steps.moves(line) for line in lines)

    def listed(self) -> Iterator[Refund]:
        """The rows of the answer: those of the goods that come back, and of others what falls on delivery."""
        delivery = self.steps.delivery.after > self.steps.delivery.before
        for refund in self.refunds:
            moved = delivery if refund.amount is UNKNOWN else bool(refund.amount or refund.base)
            if refund.due is not False and (moved or self._concerned(refund)):
                yield refund

    def refunded(self, refund: Refund) -> doc.Charge:
        """The order's charge with what is given back of it."""
        charge = self.charge(refund.row)
        law = (cited(self.book, citation) for citation in refund.charge.rule.rule.refund_citations)
        known = refund.amount is not UNKNOWN
        changed = {
            "amount": to_money(-refund.amount, self.currency) if known else None,
            "base": refund.base,
            "local": self._local(refund, charge.local) if known else None,
            "collected_at": "return",
            "citations": tuple(dict.fromkeys((*charge.citations, *law))),
        }
        return charge.model_copy(update=changed)

    def _base_of(self, charge: SliceCharge, row: Row) -> Money | None:
        base = self.base(charge, row)
        if base is None:
            return None
        parts = self.divider.base(charge, row, _minor(base))
        return None if parts is None else to_money(-self.steps.of(parts), str(base.currency))

    def _local(self, refund: Refund, local: doc.Local | None) -> doc.Local | None:
        if local is None or refund.parts is None:
            return None
        amount = self.steps.of(like(refund.parts, _minor(local.amount)))
        return doc.Local(currency=local.currency, amount=to_money(-amount, local.currency))

    # --- totals

    def totals(self) -> doc.Totals:
        """What the buyer gets back: prices of the goods that come back, delivery as told, and the charges on them."""
        totals = dict.fromkeys(KINDS.values(), 0) | self._prices()
        for refund in self.listed():
            name = self._kind(refund)
            known = UNKNOWN not in (totals[name], refund.amount)
            totals[name] = totals[name] + refund.amount if known else UNKNOWN
        for kind in self.result.uncovered:
            totals[KINDS[kind]] = UNKNOWN
        names = ("goods", "shipping", "insurance", *KINDS.values())
        known = UNKNOWN not in totals.values()
        whole = sum(totals[name] for name in names) - totals["discount"] if known else UNKNOWN
        totals |= {"landed_cost": whole, "due_at_checkout": whole, "due_on_import": 0}
        return doc.Totals(**{n: None if v is UNKNOWN else to_money(-v, self.currency) for n, v in totals.items()})

    def _kind(self, refund: Refund) -> str:
        return KINDS[str(refund.charge.rule.terms["kind"])]

    def _prices(self) -> dict[str, Any]:
        """Goods, shipping, insurance and discount given back, without the taxes and duties that were part of them."""
        whole: dict[str, Any] = {}
        add_prices(whole, [self.reference.values(node)[0] for node in self.result.slice.prices], self.result.run.digits)
        price = self.reference.at(self.result.slice.prices[0].args[0], LINE)
        gross = self.reference.at(self.result.slice.contained[0][0], LINE)
        by_line = {"goods": price, "insurance": gross, "discount": price}
        found = {name: self._goods(self.divider.by_line(whole[name], by)) for name, by in by_line.items()}
        found["shipping"] = self._shipping()
        for name in PRICES:
            if self.result.totals[name] is UNKNOWN:
                found[name] = UNKNOWN
        self._take_out(found)
        return found

    def _goods(self, by_line: list[Any]) -> Any:
        if UNKNOWN in by_line:
            return UNKNOWN
        return sum(step.of(amount) for step, amount in zip(self.steps.lines, by_line, strict=True))

    def _shipping(self) -> int:
        digits, step = self.result.run.digits, self.steps.delivery
        before, after = (rounded(amount, SCALE, digits, "half_up") for amount in (step.before, step.after))
        return after - before

    def _take_out(self, found: dict[str, Any]) -> None:
        """What prices contained is told as tax and duty, as far as it is given back: the price goes back in full."""
        contains = self.result.slice.traits["order.prices_include"]
        if contains is UNKNOWN or not contains:
            return
        taxes: dict[str, Any] = {"goods": 0, "shipping": 0, "insurance": 0}
        if "vat" in contains:
            taxes = self._included()
        if "duty" in contains:
            duty = self._sum("duty")
            taxes["goods"] = UNKNOWN if UNKNOWN in (duty, taxes["goods"]) else taxes["goods"] + duty
        for name, tax in taxes.items():
            found[name] = UNKNOWN if UNKNOWN in (found[name], tax) else found[name] - tax

    def _sum(self, kind: str) -> Any:
        amounts = [refund.amount for refund in self.listed() if self._kind(refund) == kind]
        return UNKNOWN if UNKNOWN in amounts else sum(amounts)

    def _included(self) -> dict[str, Any]:
        """The tax given back that the prices contained, on the lines whose tax is given back."""
        found = {"goods": 0, "shipping": 0, "insurance": 0}
        lines = included_by_line(self.reference)
        taxes = [refund for refund in self.refunds if refund.due is not False and self._kind(refund) == "tax"]
        if lines is None or any(refund.amount is UNKNOWN for refund in taxes):
            return dict.fromkeys(found, UNKNOWN)
        for line in sorted({part.line for refund in taxes for part in refund.parts or ()}):
            step, (goods, shipping, insurance) = self.steps.lines[line], lines[line]
            found["insurance"] += step.of(insurance)
            found["goods"] += step.of(goods + insurance) - step.of(insurance)
            found["shipping"] += self.steps.delivery.of(shipping)
        return found

    # --- what is not given back

    def obligations(self) -> Iterator[doc.Obligation]:
        """What may be claimed from customs."""
        told = set()
        for refund in self._withheld():
            if not self._is_claim(refund):
                continue
            charge = self.charge(refund.row)
            when = "on import" if charge.collected_at == "import" else "for customs"
            sentence = CLAIM.format(title=charge.title, when=when)
            if (charge.rule, sentence) not in told:
                told.add((charge.rule, sentence))
                yield doc.Obligation(
                    rule=charge.rule, title=sentence, due=None, evidence=(), citations=charge.citations
                )

    def kept(self) -> Iterator[doc.Caution]:
        """What was charged with the sale and stays charged."""
        kept = {refund.charge.id: refund for refund in self._withheld() if not self._is_claim(refund)}
        for refund in kept.values():
            rule = refund.charge.rule.rule
            title = self.title(refund.charge, self.term(refund.charge, refund.charge.jurisdiction, refund.row.unit))
            yield doc.Caution(code="not_refunded", message=KEPT.format(title=title), rule=rule.id, pack=rule.pack)

    def _withheld(self) -> Iterator[Refund]:
        """The rows that came to something, concern the goods that come back, and are not given back."""
        for refund in self.refunds:
            if refund.due is False and refund.row.amount != 0 and self._concerned(refund):
                yield refund

    def _is_claim(self, refund: Refund) -> bool:
        """Whether customs has the money: it was collected on import, or is a duty."""
        point = self.term(refund.charge, refund.charge.due_at, refund.row.unit)
        return point == "import" or self._kind(refund) == "duty"

    # --- how it came about

    def trace(self) -> Iterator[doc.Traced]:
        """What is given back as a receipt remembers it."""
        for refund in self.listed():
            yield self.traced(refund.row, refund.amount if refund.amount is UNKNOWN else -refund.amount)

    def derivation(self, rule: str | None) -> Iterator[str]:
        """The steps from the order's charges to what is given back of them."""
        found = [refund for refund in self.refunds if rule in (None, refund.charge.id)]
        if found:
            yield f"return {self.returned.id} of order {self.order.id}, under the law of the order's dates:"
        for refund in found:
            yield f"  {refund.charge.id}: {self._outcome(refund)}"
            for part in refund.parts or () if refund.due else ():
                yield from (f"    {line}" for line in self._steps_of(part))

    def _outcome(self, refund: Refund) -> str:
        if refund.due is False:
            return "not given back"
        return "not determined" if refund.amount is UNKNOWN else f"{self._money(-refund.amount)} given back"

    def _steps_of(self, part: Part) -> Iterator[str]:
        line, units, delivery = self.order.lines[part.line].id, self.steps.lines[part.line], self.steps.delivery
        for step, amount, what in (
            (units, part.goods, f"the goods of line {line}"),
            (delivery, part.delivery, f"the delivery of line {line}"),
        ):
            if step.after > step.before and amount:
                before, after, whole = (plain(number, SCALE) for number in step)
                share = self._money(step.of(amount))
                yield f"{self._money(amount)} for {what}: {share} from {before} to {after} of {whole}"

    def _money(self, amount: int) -> str:
        return f"{text(amount, self.result.run.digits)} {self.currency}"


def _minor(money: Money) -> int:
    return from_decimal(money.amount, minor_digits(str(money.currency)))
