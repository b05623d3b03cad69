"""From a result to its document: every number gets its rule, version and citation, every gap its question."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance._version import __version__
from xbcompliance.assessment import documents as doc
from xbcompliance.assessment.cautions import LookedUp, cautions
from xbcompliance.assessment.options import bounds, options
from xbcompliance.assessment.questions import Open
from xbcompliance.assessment.result import KINDS, with_landed_cost
from xbcompliance.assessment.supposed import supposed_bounds
from xbcompliance.assessment.texts import citation, cited, question, rate_text, title, unclear_code
from xbcompliance.assessment.why import reference
from xbcompliance.engines.rows import CHARGED, ZERO_RATED
from xbcompliance.expr.ir import EVERY, ORDER_MONEY, Node
from xbcompliance.money import RATE_SCALE, SCALE, minor_digits, plain, rounded, text, to_money
from xbcompliance.packs.model import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.engines.reference import Reference
    from xbcompliance.engines.rows import Row
    from xbcompliance.facts import Order, Return
    from xbcompliance.plan.slices import SliceCharge

LEVIED: Final = (CHARGED, ZERO_RATED)
"""What a charge is whose rate counts, be it zero."""


class Builder:
    """Builds the document of one result."""

    def __init__(self, engine: Engine, result: Result, at: date | None) -> None:
        self.engine = engine
        self.result = result
        self.at = at
        self.order = result.order
        self.subject: Order | Return = result.order
        self.currency = result.order.currency
        self.book = engine.rulebook
        self.reference: Reference = reference(engine, result.order, result.slice, result.days)
        self.open = Open(engine, result, self.reference) if self._doubtful() else None
        self.bounded = self._bounded()

    def _bounded(self) -> dict[str, tuple[int, int]]:
        """Least and most of open totals, where few possibilities are left to try."""
        if self.open is None or self.result.complete:
            return {}
        return {**supposed_bounds(self.engine, self.result, self.reference), **self.open.bounds}

    def _doubtful(self) -> bool:
        unknown = any(row.amount is UNKNOWN for row in self.result.run.rows)
        return unknown or not self.result.complete or bool(self.result.slice.requires)

    def document(self) -> doc.AssessmentDocument:
        """The whole document."""
        charges = tuple(self.charge(row) for row in self.result.run.rows)
        totals = self.totals()
        parts: dict[str, Any] = {
            "order": self.order.id,
            "currency": self.currency,
            "charges": charges,
            "totals": totals,
            "bounds": self.bounds(),
            "determinations": tuple(self.determinations()),
            "options": tuple(options(self.engine.plan, self.result, self.reference)),
            "violations": tuple(self.violations()),
            "obligations": tuple(self.obligations()),
            "questions": tuple(self.questions()),
            "assumptions": tuple(self.assumptions()),
            "cautions": (*cautions(self.engine, self.result, self.looked_up(), self.reference), *self.about_bounds()),
            "voided": tuple(self.voided()),
            "complete": self.result.complete and all(row.amount is not UNKNOWN for row in self.result.run.rows),
        }
        return doc.AssessmentDocument(**parts, receipt=self.receipt(parts))

    # --- charges

    def charge(self, row: Row) -> doc.Charge:
        """One charge with its rule, version, basis and citations."""
        charge = self.result.slice.charges[row.charge]
        rule, version = charge.rule.rule, charge.version
        place = self.term(charge, charge.jurisdiction, row.unit)
        amount = None if row.amount is UNKNOWN else to_money(row.amount, self.currency)
        lines = self.lines_of(charge, row.unit)
        shown_rate = row.rate if row.basis in LEVIED else None
        scale = charge.rate.type.scale if charge.rate is not None else RATE_SCALE
        percent = _percent(shown_rate, scale)
        rows = self.table_rows(row) if row.basis in LEVIED else []
        used = [c for _, basis, cites in charge.relief if basis == row.basis for c in cites] or list(version.citations)
        return doc.Charge(
            line=lines[0] if charge.grain.level == 3 or (charge.grain.level == 2 and len(lines) == 1) else None,
            lines=lines if charge.grain.level in (1, 2) else None,
            kind=str(charge.rule.terms["kind"]),
            title=self.title(charge, place),
            jurisdiction=place,
            level=str(charge.rule.terms.get("level", "country")),
            rule=rule.id,
            version=date.fromordinal(version.span.start).isoformat(),
            pack=rule.pack,
            basis=row.basis or "charged",
            base=self.base(charge, row),
            rate=percent,
            rate_text=rate_text(shown_rate, scale),
            amount=amount,
            local=self.local(charge, row, place),
            collected_by=self.term(charge, charge.due_from, row.unit) or None,
            collected_at=self.term(charge, charge.due_at, row.unit) or None,
            confidence=max([version.status, *(r.info.get("status", "verified") for r in rows)], key=STATUSES.index),
            citations=tuple(
                dict.fromkeys((*(cited(self.book, c) for c in used), *(self.row_citation(r) for r in rows)))
            ),
        )

    def lines_of(self, charge: SliceCharge, unit: int) -> tuple[str, ...]:
        """The ids of the lines one unit of a charge is for."""
        units = self.reference.units(charge.grain)
        indexes = range(len(self.order.lines)) if units is None else units.lines[unit]
        return tuple(self.order.lines[index].id for index in indexes)

    def term(self, charge: SliceCharge, term: Node | str, unit: int) -> str:
        """A word of a charge that may depend on the order: jurisdiction, who collects, when."""
        if isinstance(term, str):
            return term
        units = self.reference.units(charge.grain)
        values = self.reference.at(term, charge.grain) if units is not None else self.reference.values(term)
        value = values[unit if len(values) > 1 else 0]
        return "" if value is UNKNOWN or value is None else str(getattr(value, "code", value))

    def title(self, charge: SliceCharge, place: str) -> str:
        """The title of a charge with the place's adjective filled in."""
        return title(self.book, self.result.days, charge.rule.rule.title or charge.id, place)

    def base(self, charge: SliceCharge, row: Row) -> Any:
        """What the rate was applied to, rounded for display; none for a flat amount."""
        if charge.base is None or self.reference.units(charge.grain) is None:
            return None
        base = self.reference.at(charge.base, charge.grain)[row.unit]
        if base is UNKNOWN:
            return None
        unit = str(charge.base.type.unit)
        currency = self.currency if unit == ORDER_MONEY else unit
        return to_money(rounded(base, charge.base.type.scale, minor_digits(currency), "half_up"), currency)

    def local(self, charge: SliceCharge, row: Row, place: str) -> doc.Local | None:
        """The amount in the currency of the law."""
        if row.amount is UNKNOWN:
            return None
        unit = str(charge.amount.type.unit)
        day = self.result.days.get(charge.rule.rule.clock or "placed", UNKNOWN)
        if unit != ORDER_MONEY:
            local = row.local if row.local is not None and row.local is not UNKNOWN else 0
            return doc.Local(currency=unit, amount=to_money(local, unit))
        currency = self.book.places.currency(place, day) if day is not UNKNOWN else None
        if currency is None or currency == self.currency:
            return doc.Local(currency=self.currency, amount=to_money(row.amount, self.currency)) if currency else None
        amount = self.result.run.convert(row.amount * 10**SCALE, self.currency, currency, day, None)
        if amount is UNKNOWN:
            return None
        scale = SCALE + minor_digits(self.currency)
        return doc.Local(
            currency=currency, amount=to_money(rounded(amount, scale, minor_digits(currency), "half_up"), currency)
        )

    def table_rows(self, row: Row) -> list[Any]:
        """The table rows that gave a charge its rate or duty."""
        return [table_row for _, table_row in self.found(row)]

    def found(self, row: Row) -> Iterator[tuple[Node, Any]]:
        """The look-ups behind a charge's rate or duty, each with the row that it found."""
        charge, nodes = self.result.slice.charges[row.charge], self.result.slice.lookups[row.charge]
        for node in nodes:
            table_row = self.table_row(node, charge, row.unit)
            if table_row is not None:
                yield node, table_row

    def looked_up(self) -> frozenset[LookedUp]:
        """What the table rows that gave charges their rates say of themselves."""
        return frozenset(
            LookedUp(self.rows_of(node.value[0], found), found.info.get("status", "verified"), found.info.get("pack"))
            for row in self.result.run.rows
            if row.basis in LEVIED
            for node, found in self.found(row)
        )

    def rows_of(self, name: str, row: Any) -> str:
        """The table of a row and the place that the row is for."""
        keys = zip(self.book.tables[name].keys, row.keys, strict=True)
        place = next((cell for (key, kind), cell in keys if kind == "place" or key == "importer"), "")
        return f"{name} for {place}" if place else name

    def row_citation(self, row: Any) -> doc.Cited:
        """Where a table row comes from; rows of an overlay name the overlay."""
        source = row.info.get("source")
        if source:
            return citation(self.book, source, row.info.get("locator", ""))
        return doc.Cited(source=row.info.get("pack", ""), locator=str(row.at))

    def table_row(self, node: Node, charge: SliceCharge, unit: int) -> Any:
        """The table row a look-up found for one unit of a charge."""
        name, clock = node.value
        if self.reference.units(charge.grain) is None:
            return None
        keys = [self.reference.at(arg, charge.grain)[unit] for arg in node.args]
        day = self.result.days.get(clock, UNKNOWN)
        if day is UNKNOWN or any(getattr(key, "open", ()) for key in keys):
            return None
        view = self.book.tables[name].view(self.result.slice.known_at)
        if EVERY in keys:
            return None if UNKNOWN in keys else next(iter(view.rows(day, *keys)), None)
        if UNKNOWN not in keys:
            return view.row(day, *keys)
        return next(view.compatible(day, tuple(keys)), None) if view.find(day, *keys) is not UNKNOWN else None

    # --- totals and what is open

    def totals(self) -> doc.Totals:
        """The totals, with what is due at checkout and on import."""
        totals = with_landed_cost(self.result.totals)
        totals["due_on_import"] = self.due("import")
        price = _sum([totals["goods"], totals["shipping"], totals["insurance"]], minus=totals["discount"])
        totals["due_at_checkout"] = _sum([price, self.due("checkout")])
        return doc.Totals(**{n: None if v is UNKNOWN else to_money(v, self.currency) for n, v in totals.items()})

    def due(self, point: str) -> Any:
        """The charges due at one point; unknown if an open charge could fall there."""
        if self.result.uncovered:
            return UNKNOWN
        total: Any = 0
        for row in self.result.run.rows:
            charge = self.result.slice.charges[row.charge]
            if self.term(charge, charge.due_at, row.unit) != point and row.amount is not UNKNOWN:
                continue
            total = UNKNOWN if row.amount is UNKNOWN or total is UNKNOWN else total + row.amount
        return total

    def bounds(self) -> dict[str, Any]:
        """Least and most of each open total, where that is finite."""
        found = self.bounded
        if self.result.totals["duty"] is UNKNOWN and "duty" not in found and not self.result.uncovered:
            chosen = bounds(self.result, self.reference, "duty")
            found = found if chosen is None else {**found, "duty": chosen}
        return {
            name: (to_money(low, self.currency), to_money(high, self.currency)) for name, (low, high) in found.items()
        }

    def about_bounds(self) -> Any:
        """That bounds rest on the highest values of missing rows."""
        if self.open is not None and self.open.bounded_by:
            rows = ", ".join(self.open.bounded_by)
            yield doc.Caution(
                code="bounds", message=f"the bounds rest on {rows}, recalled; no amount is worked out from it"
            )

    def questions(self) -> Any:
        """The facts asked for; a gap in the rulebook is said to be one."""
        for kind in self.result.uncovered:
            if self.result.coverage_is_open(kind):
                continue  # a fact that was not told decides it, and is asked for below
            place = self.result.slice.traits["ship_to.place"].code
            days = sorted({date.fromordinal(d).isoformat() for d in self.result.days.values() if d is not UNKNOWN})
            when = f" on {', '.join(days)}" if days else ""
            asked = (
                f"no pack at hand says that it covers {kind} for these goods sent to {place}{when}; add one that does"
            )
            yield doc.Question(fact=f"rulebook.{kind}[{place}]", question=asked, settles=(f"totals.{KINDS[kind]}",))
        if self.open is not None:
            bounded = all(name in self.bounded for name, value in self.result.totals.items() if value is UNKNOWN)
            for fact, rules in self.open.settles.items():
                blank = () if bounded else self.open.unsettled.get(fact, ())
                asked = question(fact, blank) + unclear_code(fact, self.postal_code(fact))
                yield doc.Question(fact=fact, question=asked, settles=tuple(rules))

    def postal_code(self, fact: str) -> Any:
        """The postal code that the order tells of the address that a fact is a part of."""
        return getattr(getattr(self.order, fact.partition(".")[0], None), "postal_code", None)

    # --- the rest

    def determinations(self) -> Any:
        """What rules found out on the way and say so."""
        for fact, column in zip(self.result.slice.shown, self.result.shown, strict=True):
            rule = fact.rule.rule
            cites = tuple(cited(self.book, c) for c in fact.version.citations)
            for value in dict.fromkeys(column):  # consignments of one order may differ
                plain_value = value if isinstance(value, bool) else str(getattr(value, "code", value))
                told = None if value is UNKNOWN or value is None else plain_value
                yield doc.Determination(name=rule.answers, value=told, rule=rule.id, citations=cites)

    def violations(self) -> Any:
        """Requirements that are not met."""
        for require in self.result.slice.requires:
            if require.must is None:
                continue
            whens = self.reference.at(require.when, require.rule.grain)
            musts = self.reference.at(require.must, require.rule.grain)
            for unit, (when, must) in enumerate(zip(whens, musts, strict=True)):
                if when is True and must is False:
                    yield self.violation(require, unit)

    def violation(self, require: Any, unit: int) -> doc.Violation:
        """One requirement that is not met for one unit."""
        rule, terms = require.rule.rule, require.rule.terms
        line = self.order.lines[unit].id if require.rule.grain.level == 3 else None
        severity = str(terms.get("severity", "warn"))
        if severity == "block" and require.version.status not in ("verified", "recalled_high"):
            severity = "warn"
        market = require.market
        if isinstance(market, Node):
            value = self.reference.values(market)[0]
            market = None if value is UNKNOWN or value is None else str(getattr(value, "code", value))
        return doc.Violation(
            rule=rule.id,
            market=market or self.result.slice.traits["ship_to.place"].code,
            severity=severity,
            message=str(terms.get("message", rule.title)),
            fix=_optional(terms.get("fix")),
            evidence_missing=tuple(str(v) for k, v in terms.items() if k.startswith("evidence.")),
            consequence=_optional(terms.get("consequence")),
            confidence=require.version.status.split("_")[0],
            line=line,
            citations=tuple(cited(self.book, c) for c in require.version.citations),
        )

    def obligations(self) -> Any:
        """What is owed besides money."""
        for require in self.result.slice.requires:
            if "obligation" not in require.rule.terms:
                continue
            whens = self.reference.at(require.when, require.rule.grain)
            musts = (
                self.reference.at(require.must, require.rule.grain) if require.must is not None else [True] * len(whens)
            )
            if any(when is True and must is True for when, must in zip(whens, musts, strict=True)):
                terms = require.rule.terms
                yield doc.Obligation(
                    rule=require.rule.rule.id,
                    title=str(terms["obligation"]),
                    due=_optional(terms.get("due")),
                    evidence=tuple(str(v) for k, v in terms.items() if k.startswith("evidence.")),
                    citations=tuple(cited(self.book, c) for c in require.version.citations),
                )

    def assumptions(self) -> Any:
        """Every default used in place of an untold fact."""
        used = self.result.slice.facts | {"order.shipping", "order.insurance", "order.discount"}
        clocks = {rule.rule.clock for rule, _ in self.result.slice.touched}
        used |= {f"dates.{clock}" for clock in clocks}
        for name, assumed in sorted(self.engine.assumptions.items()):
            if name not in used:
                continue
            for path, told in self._told(name):
                if assumed.stands_in_for(told):
                    value = assumed.value
                    if value is None:
                        value = str(getattr(self.order.dates, str(assumed.same_as).removeprefix("dates.")))
                    yield doc.Assumed(fact=path, value=value, profile=self.engine.profile, reason=assumed.reason)

    def _told(self, name: str) -> Any:
        from xbcompliance.facts.catalogue import find_fact, question_path, value_of

        fact = find_fact(name)
        if fact is None:
            return
        if fact.grain == "line":
            for index, line in enumerate(self.order.lines):
                yield question_path(fact, index), value_of(line, fact)
        else:
            yield question_path(fact), value_of(self.order, fact)

    def voided(self) -> Any:
        """Charges due as known on the order's day and not due as known now."""
        return self.engine.voided(self.result)

    def receipt(self, parts: dict[str, Any]) -> doc.Receipt:
        """What is needed to get the same bits again."""
        slice_ = self.result.slice
        packs = sorted(
            {rule.rule.pack for rule, _ in slice_.touched}
            | {pack for name in slice_.tables for pack in self.book.tables[name].packs}
        )
        used = getattr(self.result.run.convert, "used", {})
        rates = sorted({f"{q.source}:{q.day.isoformat()}" for q in used.values() if q is not None})
        known = slice_.known_at
        unsigned: Any = {**parts, "receipt": None}
        body = doc.AssessmentDocument.model_construct(**unsigned).model_dump_json(exclude={"receipt"})
        return doc.Receipt(
            engine=__version__,
            rulebook=self.book.version,
            rulebook_digest=self.book.digest,
            order_digest=hashlib.sha256(self.subject.to_json().encode()).hexdigest(),
            rates=", ".join(rates) or None,
            known_at=None if known is None else date.fromordinal(known).isoformat(),
            packs={name: self.book.packs[name].version for name in packs if name in self.book.packs},
            profile=self.engine.profile,
            at=None if self.at is None else self.at.isoformat(),
            overlays=tuple(f"{o.id}@{o.digest[:16]}" for o in self.book.overlays),
            trace=tuple(self.trace()),
            result_digest=hashlib.sha256(body.encode()).hexdigest(),
        )

    def trace(self) -> Iterator[doc.Traced]:
        """The charges as a receipt remembers them."""
        for row in self.result.run.rows:
            yield self.traced(row, row.amount)

    def traced(self, row: Row, amount: Any) -> doc.Traced:
        """One charge as a receipt remembers it."""
        return doc.Traced(
            rule=self.result.slice.charges[row.charge].id,
            unit=row.unit,
            basis=row.basis or "charged",
            amount=None if amount is UNKNOWN else text(amount, self.result.run.digits),
        )


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)


def _percent(rate: Any, scale: int) -> Decimal | None:
    if isinstance(rate, int):
        return Decimal(plain(rate, scale))
    fraction = getattr(rate, "percent", None)
    return None if fraction is None else Decimal(plain(fraction, RATE_SCALE))


def _sum(parts: list[Any], minus: Any = 0) -> Any:
    return UNKNOWN if any(part is UNKNOWN for part in (*parts, minus)) else sum(parts) - minus
