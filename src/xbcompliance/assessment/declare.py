"""From a result to a filled declaration: does the form fit, which lines are one item, what goes into each field.

The form's expressions are folded for the order's lane and days and read off the same run of the reference engine that
explains charges; what is unknown leads back to the facts to ask for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from xbcompliance._unknown import UNKNOWN, is_unknown
from xbcompliance._version import __version__
from xbcompliance.assessment import declaration as doc
from xbcompliance.assessment.cautions import overlays_and_rates, stale
from xbcompliance.assessment.documents import Assumed, Caution, Cited, Question
from xbcompliance.assessment.texts import cited, question
from xbcompliance.assessment.why import Causes
from xbcompliance.engines.facts import FactReader
from xbcompliance.engines.grouping import items_of
from xbcompliance.engines.reference import Reference
from xbcompliance.expr.ir import CONSIGNMENT, LINE, ORDER_MONEY, Grain, Node
from xbcompliance.facts.catalogue import find_fact, question_path, value_of
from xbcompliance.money import minor_digits, plain, rounded, text
from xbcompliance.plan.fold import Folder
from xbcompliance.plan.slices import with_doubt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xbcompliance.assessment.result import Result
    from xbcompliance.engine import Engine
    from xbcompliance.packs.model import Citation
    from xbcompliance.plan.declarations import PlanField, PlanForm, PlanFormVersion


def declare(engine: Engine, result: Result, name: str) -> doc.Declaration:
    """The form of a name, filled. Raises :class:`InputError` ``XB-IN-062`` for a form that no pack describes."""
    form = engine.form(name)
    days = engine.every_day(result)
    today = days[form.form.clock]
    index = form.form.timeline.at(today, result.slice.known_at) if isinstance(today, int) else None
    return _Filler(engine, result, form, None if index is None else form.versions[index], days).declaration()


@dataclass(frozen=True, slots=True)
class _Folded:
    """A field with its expressions folded for the lane and the day."""

    plan: PlanField
    when: Node
    value: Node | None
    required: Node


@dataclass(slots=True)
class _Open:
    """The facts that are missing and what each settles, in the order in which they come up."""

    settles: dict[str, list[str]] = field(default_factory=dict)

    def ask(self, facts: Iterable[str], settled: str) -> None:
        for fact in facts:
            names = self.settles.setdefault(fact, [])
            if settled not in names:
                names.append(settled)


class _Filler:
    """Fills a form for an order; ``doubt`` names a contested rule that is left open."""

    def __init__(
        self,
        engine: Engine,
        result: Result,
        form: PlanForm,
        version: PlanFormVersion | None,
        days: dict[str, Any],
        doubt: str | None = None,
    ) -> None:
        self.engine = engine
        self.result = result
        self.order = result.order
        self.book = engine.rulebook
        self.form = form
        self.version = version
        self.days = days
        self.open = _Open()
        slice_ = result.slice if doubt is None else with_doubt(engine.plan, result.slice, doubt) or result.slice
        self.folder = Folder(engine.plan, slice_.traits, days, slice_.known_at, doubt)
        facts = FactReader(self.order, slice_.traits, days, engine.assumptions)
        run = engine.new_run(self.order, days)
        self.run = Reference(slice_, self.order, run, self.book.tables, facts).evaluate()
        self.columns: dict[tuple[Node, Grain], list[Any]] = {}
        self.unsettled: frozenset[int] = frozenset()
        self.read: list[Node] = []

    def declaration(self) -> doc.Declaration:
        """The whole document."""
        form, version = self.form.form, self.version
        today = self.days[form.clock]
        if today is UNKNOWN:
            self.open.ask([f"dates.{form.clock}"], form.id)
        consignments = tuple(self.consignments(version)) if version is not None else ()
        fits = _all(consignment.fits for consignment in consignments) if consignments else None
        return doc.Declaration(
            order=self.order.id,
            form=form.name,
            title=form.title,
            rule=form.id,
            version=None if version is None else _iso(version.version.span.start),
            day=None if today is UNKNOWN else _iso(today),
            fits=fits,
            consignments=consignments,
            questions=tuple(
                Question(fact=fact, question=question(fact) + self.taken(names), settles=tuple(names))
                for fact, names in self.open.settles.items()
            ),
            assumptions=tuple(self.assumptions()),
            cautions=tuple(self.cautions(today, fits, consignments)),
            note=None if version is None else version.version.note,
            complete=fits is True and all(map(_is_complete, consignments)),
            citations=() if version is None else self.cited(version.version.citations),
            receipt=self.receipt(),
        )

    # --- consignments and items

    def consignments(self, version: PlanFormVersion) -> Iterator[doc.DeclaredConsignment]:
        exclusions = [(exclusion, self.folded(exclusion.when)) for exclusion in version.exclusions]
        fields = [
            _Folded(f, self.folded(f.when), None if f.value is None else self.folded(f.value), self.folded(f.required))
            for f in version.fields
            if f.field.span.start <= self.days[self.form.form.clock] <= f.field.span.last
        ]
        keys = [self.folded(node) for node in version.item]
        self.group(keys)
        names = {line: shipment.id for shipment in self.shipments() for line in shipment.lines}
        for unit, lines in enumerate(self.run.known_units(CONSIGNMENT).lines):
            why = tuple(self.misfits(exclusions, unit))
            fits = False if any(reason.holds for reason in why) else None if why else True
            shown, items = ((), ()) if fits is False else self.filled(fields, keys, unit, lines)
            ids = tuple(self.order.lines[line].id for line in lines)
            yield doc.DeclaredConsignment(
                consignment=names.get(ids[0]), lines=ids, fits=fits, why=why, fields=shown, items=items
            )

    def shipments(self) -> tuple[Any, ...]:
        """The shipments told; none are told for an order in one consignment."""
        told = self.order.shipments
        return () if is_unknown(told) or told is None else told

    def folded(self, node: Node) -> Node:
        """An expression of the form with what is known of the lane worked out; remembers that it was read."""
        found = self.folder.node(node, self.form.form.clock)
        self.read.append(found)
        return found

    def at(self, node: Node, grain: Grain) -> list[Any]:
        """A node's values for the units of a grain, brought there once."""
        found = self.columns.get((node, grain))
        if found is None:
            found = self.columns[node, grain] = self.run.at(node, grain)
        return found

    def group(self, keys: list[Node]) -> None:
        """Tells the run which lines are one item of this form."""
        columns = [self.at(key, LINE) for key in keys]
        lines = list(zip(*columns, strict=True)) if columns else [()] * len(self.order.lines)
        of_line = self.run.known_units(CONSIGNMENT).of_line
        self.run.grains[self.form.grain], self.unsettled = items_of(of_line, lines)

    def misfits(self, exclusions: list[tuple[Any, Node]], unit: int) -> Iterator[doc.Misfit]:
        holds = [self.at(when, CONSIGNMENT)[unit] for _, when in exclusions]
        for (plan, when), held in zip(exclusions, holds, strict=True):
            if held is False or (held is UNKNOWN and True in holds):
                continue
            if held is UNKNOWN:
                self.open.ask(self.why(when, CONSIGNMENT, unit), self.form.form.id)
            yield doc.Misfit(
                because=plan.exclusion.because,
                holds=None if held is UNKNOWN else True,
                confidence=plan.exclusion.status,
                citations=self.cited(plan.exclusion.citations),
            )

    def filled(
        self, fields: list[_Folded], keys: list[Node], unit: int, lines: tuple[int, ...]
    ) -> tuple[tuple[doc.DeclaredField, ...], tuple[doc.DeclaredItem, ...] | None]:
        """The fields of a consignment and its items; None for items that an untold fact still divides or joins."""
        whole = tuple(self.fields([f for f in fields if f.plan.grain == CONSIGNMENT], unit))
        if unit in self.unsettled:
            for key in keys:
                for line in lines:
                    self.open.ask(self.why(key, LINE, line), f"{self.form.form.id}.item")
        own = [f for f in fields if f.plan.grain == self.form.grain]
        units = self.run.known_units(self.form.grain)
        inside = set(lines)
        found = [index for index, group in enumerate(units.lines) if group[0] in inside] if own else []
        items = tuple(
            doc.DeclaredItem(
                number=number,
                lines=tuple(self.order.lines[line].id for line in units.lines[index]),
                fields=tuple(self.fields(own, index)),
            )
            for number, index in enumerate(found, 1)
        )
        return whole, None if unit in self.unsettled else items

    # --- fields

    def fields(self, fields: list[_Folded], unit: int) -> Iterator[doc.DeclaredField]:
        for folded in fields:
            grain, settled = folded.plan.grain, f"{self.form.form.id}.{folded.plan.field.name}"
            when = self.at(folded.when, grain)[unit]
            if when is False:
                continue
            required = self.at(folded.required, grain)[unit]
            value, state = self.value(folded, unit)
            if when is UNKNOWN:
                state = "open"
                self.open.ask(self.why(folded.when, grain, unit), settled)
            if state == "missing" and required is not False:
                if required is UNKNOWN:
                    self.open.ask(self.why(folded.required, grain, unit), settled)
                self.open.ask(self.missing(folded, unit), settled)
            elif state == "missing" and folded.value is not None and UNKNOWN not in self.values(folded, unit):
                state = "none"
            yield self.field(folded, value, state, None if required is UNKNOWN else required)

    def values(self, folded: _Folded, unit: int) -> list[Any]:
        """The different values of a field: one, or one for each line of the item that says something else."""
        node, grain = folded.value, folded.plan.grain
        if node is None:
            return []
        if node.grain != LINE:
            return [self.at(node, grain)[unit]]
        column = self.at(node, LINE)
        return list(dict.fromkeys(column[line] for line in self.run.known_units(grain).lines[unit]))

    def value(self, folded: _Folded, unit: int) -> tuple[str | bool | None, str]:
        """What is written into a field, and the state it is in."""
        node, plan = folded.value, folded.plan.field
        if node is None:
            return None, "outside"
        values = self.values(folded, unit)
        if UNKNOWN in values or None in values:
            return None, "missing"
        if len(values) > 1 and not plan.join:
            return None, "differs"
        texts = [self.written(value, node) for value in values]
        told = texts[0] if len(texts) == 1 else "; ".join(map(str, texts))
        if plan.length is not None and isinstance(told, str) and len(told) > plan.length:
            return told, "too_long"
        return told, "filled"

    def written(self, value: Any, node: Node) -> str | bool:
        """A value as the form has it: amounts in minor units, days in ISO form."""
        if isinstance(value, bool):
            return value
        if node.type.kind == "money":
            digits = minor_digits(self.currency(node))
            return text(rounded(value, node.type.scale, digits, "half_up"), digits)
        if node.type.numeric:
            return plain(value, node.type.scale)
        if node.type.kind == "date":
            return _iso(value)
        return str(getattr(value, "code", value))

    def currency(self, node: Node) -> str:
        unit = str(node.type.unit)
        return self.order.currency if unit == ORDER_MONEY else unit

    def field(self, folded: _Folded, value: str | bool | None, state: str, required: bool | None) -> doc.DeclaredField:
        plan, node = folded.plan.field, folded.value
        unit = None
        if node is not None and node.type.kind in ("money", "quantity"):
            unit = self.currency(node) if node.type.kind == "money" else node.type.unit
        return doc.DeclaredField(
            name=plan.name,
            title=plan.title,
            element=plan.element,
            value=value,
            unit=unit,
            state=state,
            required=required,
            format=plan.format,
            length=plan.length,
            note=plan.note,
            confidence=plan.status,
            citations=self.cited(plan.citations),
        )

    # --- what is missing

    def why(self, node: Node, grain: Grain, unit: int) -> list[str]:
        """The facts behind an unknown value of one unit."""
        causes = Causes(self.engine, self.run)
        if node.grain == grain:
            return list(causes.of(node, unit))
        line = self.run.known_units(grain).lines[unit][0]
        return list(causes.of(node, self.run.known_units(node.grain).of_line[line]))

    def missing(self, folded: _Folded, unit: int) -> list[str]:
        """The facts behind a field that is required and has no value, also those told to be none."""
        node, grain = folded.value, folded.plan.grain
        if node is None:
            return []
        lines = self.run.known_units(grain).lines[unit]
        if node.grain == LINE:
            facts = [fact for line in lines for fact in self.why(node, LINE, line)]
        else:
            facts = self.why(node, grain, unit)
        if UNKNOWN not in self.values(folded, unit) or not facts:
            facts += [fact for part in node.walk() if part.op == "fact" for fact in self.absent(part, lines)]
        return facts

    def absent(self, node: Node, lines: tuple[int, ...]) -> Iterator[str]:
        """Where a fact was told to be none."""
        fact = find_fact(str(node.value))
        if fact is None:
            return
        for line in lines if node.grain == LINE else lines[:1]:
            if self.at(node, LINE)[line] is None:
                yield question_path(fact, line if node.grain == LINE else None)

    def taken(self, names: list[str]) -> str:
        """How the fields that a fact goes into want it."""
        fields = [] if self.version is None else [plan.field for plan in self.version.fields]
        told = {f"{self.form.form.id}.{field.name}": field for field in fields if field.format is not None}
        return "".join(f" The field {told[name].title!r} takes {told[name].format}." for name in names if name in told)

    # --- what it rests on

    def cited(self, found: tuple[Citation, ...]) -> tuple[Cited, ...]:
        return tuple(cited(self.book, citation) for citation in found)

    def assumptions(self) -> Iterator[Assumed]:
        """Every default that stands behind a field in place of an untold fact."""
        used = {str(part.value) for node in self.read for part in node.walk() if part.op == "fact"}
        clocks = {self.form.form.clock, *(rule.rule.clock for rule, _ in self.folder.touched.values())}
        used |= {f"dates.{clock}" for clock in clocks}
        for name, assumed in sorted(self.engine.assumptions.items()):
            fact = find_fact(name)
            if name not in used or fact is None:
                continue
            subjects: list[tuple[Any, int | None]] = [(self.order, None)]
            if fact.grain == "line":
                subjects = [(line, index) for index, line in enumerate(self.order.lines)]
            for subject, index in subjects:
                if assumed.stands_in_for(value_of(subject, fact)):
                    value = assumed.value
                    if value is None:
                        value = str(getattr(self.order.dates, str(assumed.same_as).removeprefix("dates.")))
                    path = question_path(fact, index)
                    yield Assumed(fact=path, value=value, profile=self.engine.profile, reason=assumed.reason)

    def cautions(self, today: Any, fits: bool | None, filled: tuple[doc.DeclaredConsignment, ...]) -> Iterator[Caution]:
        """Contested rules and stale packs behind the fields, overlays, and the rates that were used."""
        form, version = self.form.form, self.version
        pack = self.book.packs[form.pack]
        if version is None and today is not UNKNOWN:
            yield Caution(code="no_form", message=f"{pack.id} describes no {form.name} for {_iso(today)}", pack=pack.id)
        if pack.verified_through is not None and today is not UNKNOWN and today > pack.verified_through.toordinal():
            message = f"{pack.id} was verified through {pack.verified_through}; this declaration is of {_iso(today)}"
            yield Caution(code="stale_pack", message=message, pack=pack.id)
        if version is not None and version.version.contested and fits is not False:
            yield Caution(code="contested", message=version.version.contested, rule=form.id, pack=pack.id)
        touched = tuple(self.folder.touched.values())
        seen = self.result._replace(
            slice=replace(self.result.slice, touched=touched), run=self.run.run, days=dict(self.days)
        )
        yield from stale(self.engine, seen)
        for rule, found in sorted(touched, key=lambda pair: pair[0].rule.id):
            if found.contested and self.rests_on(rule.rule.id, filled):
                yield Caution(code="contested", message=found.contested, rule=rule.rule.id, pack=rule.rule.pack)
        yield from overlays_and_rates(self.engine, seen)

    def rests_on(self, rule: str, filled: tuple[doc.DeclaredConsignment, ...]) -> bool:
        """Whether the form would say something else if nobody knew how a contested rule is read."""
        if self.version is None:
            return False
        doubted = _Filler(self.engine, self.result, self.form, self.version, self.days, rule)
        return tuple(doubted.consignments(self.version)) != filled

    def receipt(self) -> doc.DeclarationReceipt:
        """What the declaration rests on, without anything that the order says."""
        known = self.result.slice.known_at
        packs = sorted({self.form.form.pack, *(rule.rule.pack for rule, _ in self.folder.touched.values())})
        return doc.DeclarationReceipt(
            engine=__version__,
            rulebook=self.book.version,
            rulebook_digest=self.book.digest,
            order_digest=hashlib.sha256(self.order.to_json().encode()).hexdigest(),
            known_at=None if known is None else _iso(known),
            packs={name: self.book.packs[name].version for name in packs if name in self.book.packs},
        )


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def _all(truths: Iterable[bool | None]) -> bool | None:
    """Whether all hold, in three values."""
    found = list(truths)
    return False if False in found else None if None in found else True


def _is_complete(consignment: doc.DeclaredConsignment) -> bool:
    """Whether nothing that an order could tell is open."""
    if consignment.items is None:
        return False
    fields = [*consignment.fields, *(field for item in consignment.items for field in item.fields)]
    return all(_is_settled(field) for field in fields)


def _is_settled(field: doc.DeclaredField) -> bool:
    return field.state in ("filled", "none", "outside") or (field.state == "missing" and field.required is False)
