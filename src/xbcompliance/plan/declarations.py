"""Forms of customs declarations, compiled: the expressions of their fields become typed trees over the same facts.

A quote needs none of this, so a plan knows nothing of forms: one is compiled when it is first asked for, on top of a
plan whose rules its fields may name.

>>> from xbcompliance.packs.rulebook import load_rulebook
>>> from xbcompliance.plan.build import build_plan
>>> form = compile_form(build_plan(load_rulebook()), "H7")
>>> next(field.value.type.described for field in form.versions[-1].fields if field.field.name == "intrinsic_value")
'money in the order currency'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xbcompliance._errors import InputError, PackError, did_you_mean, shown
from xbcompliance.expr import ir
from xbcompliance.expr.compile import compile_expression, is_fixed
from xbcompliance.plan.checks import check_source
from xbcompliance.plan.scope import RuleScope
from xbcompliance.timeline import iso, overlaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xbcompliance.expr.ir import Grain, Node
    from xbcompliance.packs.declarations import Exclusion, Form, FormField, FormVersion
    from xbcompliance.packs.model import Text
    from xbcompliance.packs.rulebook import Rulebook
    from xbcompliance.plan.model import Plan

FIELD_TYPES: Final = ("code", "place", "date", "money", "number", "quantity", "truth")
"""What can be written into a field of a form."""


@dataclass(frozen=True, slots=True)
class PlanField:
    """A compiled field; without ``value`` no order tells it. ``when`` it belongs to the form, ``required`` or not."""

    field: FormField
    grain: Grain
    when: Node
    value: Node | None
    required: Node


@dataclass(frozen=True, slots=True)
class PlanExclusion:
    """A compiled condition under which the form is not the right one."""

    exclusion: Exclusion
    when: Node


@dataclass(frozen=True, slots=True)
class PlanFormVersion:
    """One version of a form, compiled."""

    version: FormVersion
    item: tuple[Node, ...]
    exclusions: tuple[PlanExclusion, ...]
    fields: tuple[PlanField, ...]


@dataclass(frozen=True, slots=True)
class PlanForm:
    """A form, compiled: one :class:`PlanFormVersion` for each version, in the same order."""

    form: Form
    grain: Grain
    versions: tuple[PlanFormVersion, ...]


def compile_form(plan: Plan, name: str) -> PlanForm:
    """The form of a name.

    Raises :class:`InputError` ``XB-IN-062`` for a form that no pack describes and :class:`PackError` for one that
    cannot be used: what :func:`compile_expression` raises, ``XB-PACK-035`` (unknown source), ``036`` (two versions or
    two fields of one name claim a day), ``033`` (fields of items without a word on what an item is).
    """
    form = plan.rulebook.forms.get(name)
    if form is None:
        known = plan.rulebook.forms
        expected = " | ".join(known) or "a rulebook with declarations"
        raise InputError(
            "XB-IN-062", "form", found=shown(name), expected=expected, hint=did_you_mean(name.upper(), known)
        )
    return _Forms(plan, form).compiled()


def lint_forms(plan: Plan) -> Iterator[PackError]:
    """The forms that cannot be used, each with the first thing that is wrong with it."""
    for name in plan.rulebook.forms:
        try:
            compile_form(plan, name)
        except PackError as error:
            yield error


def nodes_of_forms(plan: Plan) -> Iterator[Node]:
    """Every expression of the forms that can be used."""
    for name in plan.rulebook.forms:
        try:
            versions = compile_form(plan, name).versions
        except PackError:
            continue
        for version in versions:
            yield from version.item
            yield from (exclusion.when for exclusion in version.exclusions)
            for field in version.fields:
                yield from (node for node in (field.when, field.value, field.required) if node is not None)


def sources_of_forms(book: Rulebook) -> set[str]:
    """The keys of the sources that forms cite."""
    versions = [version for form in book.forms.values() for version in form.versions]
    cited = [version.citations for version in versions]
    cited += [exclusion.citations for version in versions for exclusion in version.exclusions]
    cited += [field.citations for version in versions for field in version.fields]
    return {citation.source for found in cited for citation in found}


class _Forms:
    def __init__(self, plan: Plan, form: Form) -> None:
        self.book: Rulebook = plan.rulebook
        self.form = form
        self.grain = ir.item(form.id)
        self.answer: Callable[[str], Node | None] = plan.answer

    def compiled(self) -> PlanForm:
        spans = tuple(version.span for version in self.form.versions)
        for i, j in overlaps(spans):
            found = f"versions of {self.form.id} from {iso(spans[i].start)} and from {iso(spans[j].start)}"
            at = self.form.versions[j].at
            raise PackError("XB-PACK-036", at, found=f"{found} claim the same days", expected="one form a day")
        return PlanForm(self.form, self.grain, tuple(map(self.version, self.form.versions)))

    def version(self, version: FormVersion) -> PlanFormVersion:
        for citation in version.citations:
            check_source(citation, self.book, version.at)
        self.one_name_a_day(version)
        if not version.item and any(field.per == "item" for field in version.fields):
            expected = "item: expressions that agree for lines of one item"
            raise PackError("XB-PACK-033", version.at, found=f"{self.form.id} without 'item'", expected=expected)
        return PlanFormVersion(
            version,
            tuple(self.key(text) for text in version.item),
            tuple(self.exclusion(exclusion) for exclusion in version.exclusions),
            tuple(self.field(field) for field in version.fields),
        )

    def one_name_a_day(self, version: FormVersion) -> None:
        """A field may be written anew from a day on, not twice for one day."""
        for index, field in enumerate(version.fields):
            for other in version.fields[:index]:
                if field.name == other.name and max(field.span.start, other.span.start) <= min(
                    field.span.last, other.span.last
                ):
                    found = f"two fields {field.name} of {self.form.id} from {iso(field.span.start)}"
                    raise PackError("XB-PACK-036", field.at, found=found, expected="one a day")

    def key(self, text: Text) -> Node:
        node = compile_expression(text.text, RuleScope(ir.LINE, self.book, self.answer), text.at)
        if node.type.kind not in ("code", "place"):
            raise PackError("XB-PACK-022", text.at, found=f"{node.type.described} as item", expected="a code")
        return node

    def exclusion(self, exclusion: Exclusion) -> PlanExclusion:
        for citation in exclusion.citations:
            check_source(citation, self.book, exclusion.when.at)
        return PlanExclusion(exclusion, self.truth(exclusion.when, ir.CONSIGNMENT))

    def field(self, field: FormField) -> PlanField:
        for citation in field.citations:
            check_source(citation, self.book, field.at)
        grain = self.grain if field.per == "item" else ir.CONSIGNMENT
        when, required = (
            self.truth(field.texts[key], grain) if key in field.texts else ir.TRUE for key in ("when", "required")
        )
        text = field.texts.get("value")
        return PlanField(field, grain, when, None if text is None else self.value(text, grain), required)

    def truth(self, text: Text, grain: Grain) -> Node:
        node = compile_expression(text.text, RuleScope(grain, self.book, self.answer), text.at)
        if node.type.kind != "truth":
            raise PackError("XB-PACK-022", text.at, found=node.type.described, expected="a truth")
        self.fits(node, grain, text, lines=False)
        return node

    def value(self, text: Text, grain: Grain) -> Node:
        node = compile_expression(text.text, RuleScope(grain, self.book, self.answer), text.at)
        if node.type.kind not in FIELD_TYPES:
            expected = " or ".join(FIELD_TYPES)
            raise PackError("XB-PACK-022", text.at, found=f"{node.type.described} as value", expected=expected)
        self.fits(node, grain, text, lines=grain == self.grain)
        if node.type.kind == "money" and node.grain < grain and not is_fixed(node):
            found = f"an amount of the {node.grain.name} as value of each {grain.name}"
            raise PackError("XB-PACK-023", text.at, found=found, expected="sum(share(…, by=…)) or each(…)")
        return node

    def fits(self, node: Node, grain: Grain, text: Text, lines: bool) -> None:
        """A field of an item may name what each line tells: the lines of an item have to agree on it."""
        if node.grain <= grain and (node.grain.level != grain.level or node.grain == grain):
            return
        if lines and node.grain == ir.LINE and node.type.kind not in ("money", "number", "quantity"):
            return
        found = f"a value of the {node.grain.name} in a field per {grain.name}"
        hint = "sum(…), any(…), all(…) or count(…) bring it up"
        raise PackError("XB-PACK-023", text.at, found=found, expected=f"one per {grain.name}", hint=hint)
