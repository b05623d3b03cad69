"""The closed list of functions an expression may call, each with its typing rule.

=====================  ==============================================================================================
``told(x)``            whether the fact is there: false for ``null``, unknown when it was not told
``told_or(x, y)``      a fact told as such, else what follows from others: ``y`` while ``x`` was not told
``valid(kind, x)``     whether an identification number has the right form and check digits (``"eu.ioss"`` …)
``listed(t[…])``       whether a table has a row for these keys (a list of the law: here a miss does mean *no*)
``sum any all``        over the finer units below the rule's grain (``over=consignment`` and the like to say which)
``count``              how many of the finer units satisfy a truth
``count_distinct(x)``  how many different codes there are below the rule's grain
``share(x, by=w)``     a coarser amount split in proportion to ``w`` by largest remainder, in minor units
``each(x)``            a coarser amount repeated, on purpose, for each finer unit
``convert(x, "EUR")``  into another currency at the rate of the rule's clock (``source="ecb"`` names the source)
``money("3.00 EUR")``  a fixed amount
``round(x, d, mode)``  to ``d`` decimals; ``round(x, d, mode, step=5)`` to multiples of 5 · 10⁻ᵈ
``quotient(a,b,d,m)``  division, rounded to ``d`` decimals
``without(x, rate)``   the net of a gross amount, ``x / (1 + rate)``, to twelve decimals
``min max``            of two or more
``digits(code, n)``    the first ``n`` digits of a commodity code; unknown when it has fewer
``starts_with(c, p)``  whether a code starts with a text
``lower(text)``        a fixed text in lower case, such as a name that ``for_each`` gives
``first(code, n)``     the first ``n`` characters of any code, such as the country of a VAT number
``registered(r, c, s)``  whether a set of registrations holds one in country ``c`` under scheme ``s``
``days(a, b)``         days from date ``a`` to date ``b``
``apply(d, value)``    a duty expression applied to a value, with the line's own measures
=====================  ==============================================================================================

>>> sorted(FUNCTIONS)[:4]
['all', 'any', 'apply', 'convert']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import shown
from xbcompliance.expr import ir
from xbcompliance.expr.ir import CODE, ORDER_MONEY, TRUTH, Node, Type
from xbcompliance.money import MODES, SCALE, scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from xbcompliance._errors import PackError
    from xbcompliance.expr.compile import _Compiler

NET_SCALE: Final = 12
"""Decimal places of a net amount worked back from a gross one."""
DUTY_SCALE: Final = 14
"""Decimal places of an applied duty expression."""

_GRAINS: Final = {"order": ir.ORDER, "consignment": ir.CONSIGNMENT}


def call(name: str, args: list[Node], options: dict[str, Any], compiler: _Compiler) -> Node:
    """The node of a function call, or a :class:`PackError` that says what was wrong with it."""
    wanted, allowed, build = FUNCTIONS[name]
    low, high = wanted
    if not low <= len(args) <= high:
        expected = str(low) if low == high else f"{low} to {high}"
        raise compiler.error("022", found=f"{len(args)} arguments for {name}()", expected=expected)
    for option in options:
        if option not in allowed:
            hint = ", ".join(allowed) or "nothing"
            raise compiler.error("022", found=f"{name}(…, {option}=)", expected=hint)
    return build(_Call(name, args, options, compiler))


class _Call:
    """The arguments of one call, with the checks that several functions share."""

    def __init__(self, name: str, args: list[Node], options: dict[str, Any], compiler: _Compiler) -> None:
        self.name = name
        self.args = args
        self.options = options
        self.compiler = compiler

    def wrong(self, found: str, expected: str, number: str = "022") -> PackError:
        return self.compiler.error(number, found=f"{found} in {self.name}()", expected=expected)

    def of_kind(self, index: int, *kinds: str) -> Node:
        node = self.args[index]
        if node.type.kind not in kinds:
            raise self.wrong(node.type.described, " or ".join(kinds))
        return node

    def literal(self, index: int, kind: str) -> Any:
        return self.fixed(self.args[index], kind)

    def fixed(self, node: Any, kind: str) -> Any:
        """The value of a literal: a text for ``code``, a whole number for ``number``."""
        expected = "a fixed text" if kind == "code" else "a fixed whole number"
        if not isinstance(node, Node) or node.op != "const":
            raise self.wrong("a computed value", expected)
        if node.type.kind != kind or node.type.scale:
            raise self.wrong(node.type.described if node.type.kind != kind else "decimals", expected)
        return node.value

    def same_grain(self, node: Node, *others: Node) -> None:
        """An amount that meets finer values would be counted once for each of them."""
        self.compiler.no_silent_broadcast(node, ir.finest((node, *others)))

    def target(self) -> ir.Grain:
        """The grain an aggregate rises to: ``over=``, else the rule's own."""
        over = self.options.get("over")
        if over is None:
            return self.compiler.scope.grain
        if not isinstance(over, str) or over not in _GRAINS:
            found = over if isinstance(over, str) else "a computed value"
            raise self.wrong(f"over={found}", " or ".join(_GRAINS), "023")
        return _GRAINS[over]

    def aggregate(self, op: str, type_: Type, node: Node) -> Node:
        target = self.target()
        if node.grain <= target:
            expected = "something finer than the rule, or over=order / over=consignment"
            raise self.wrong(f"a value of the {node.grain.name} over the {target.name}", expected, "023")
        return Node(op, (node,), None, type_, target)


def _told(c: _Call) -> Node:
    return Node("told", (c.args[0],), None, TRUTH, c.args[0].grain)


def _told_or(c: _Call) -> Node:
    fact, other = c.args
    if not fact.type.same_measure(other.type) or fact.type.scale != other.type.scale:
        raise c.wrong(f"{fact.type.described} or {other.type.described}", "the same type twice")
    c.same_grain(fact, other)
    return Node("told_or", (fact, other), None, other.type, ir.finest((fact, other)))


def _valid(c: _Call) -> Node:
    kind, node = c.literal(0, "code"), c.of_kind(1, "code", "set")
    from xbcompliance.expr.numbers import NUMBER_KINDS  # the registry of checkable numbers

    if kind not in NUMBER_KINDS:
        raise c.wrong(shown(kind), " | ".join(NUMBER_KINDS))
    return Node("valid", (node,), kind, TRUTH, node.grain)


def _listed(c: _Call) -> Node:
    node = c.args[0]
    if node.op != "lookup":
        raise c.wrong(node.type.described, "a table look-up")
    return Node("listed", node.args, node.value, TRUTH, node.grain)


def _sum(c: _Call) -> Node:
    node = c.of_kind(0, "money", "number", "quantity")
    return c.aggregate("sum", node.type, node)


def _any(c: _Call) -> Node:
    return c.aggregate("any", TRUTH, c.of_kind(0, "truth"))


def _all(c: _Call) -> Node:
    return c.aggregate("all", TRUTH, c.of_kind(0, "truth"))


def _count(c: _Call) -> Node:
    return c.aggregate("count", ir.number(0), c.of_kind(0, "truth"))


def _count_distinct(c: _Call) -> Node:
    return c.aggregate("count_distinct", ir.number(0), c.of_kind(0, "code", "place"))


def _share(c: _Call) -> Node:
    whole, weight = c.of_kind(0, "money"), c.options.get("by")
    if not isinstance(weight, Node) or not weight.type.numeric:
        raise c.wrong("no weight", "by=an amount, quantity or number")
    if weight.grain <= whole.grain:
        raise c.wrong(f"a weight of the {weight.grain.name}", f"one finer than the {whole.grain.name}", "023")
    return Node("share", (whole, weight), None, whole.type, weight.grain)


def _each(c: _Call) -> Node:
    node = c.of_kind(0, "money", "number", "quantity")
    if node.grain >= c.compiler.scope.grain:
        raise c.wrong(f"a value of the {node.grain.name}", "one coarser than the rule", "023")
    return Node("each", (node,), None, node.type, c.compiler.scope.grain)


def _convert(c: _Call) -> Node:
    node, currency = c.of_kind(0, "money"), c.literal(1, "code")
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()) and currency != ORDER_MONEY:
        raise c.wrong(shown(currency), 'a currency such as "EUR", or "order"')
    source = c.options.get("source")
    name = None if source is None else c.fixed(source, "code")
    node = ir.shift(node, max(node.type.scale, NET_SCALE))
    return Node("convert", (node,), (currency, name), ir.money(currency, node.type.scale), node.grain)


def _money(c: _Call) -> Node:
    return money_literal(c.literal(0, "code"), c.wrong)


def money_literal(text: str, wrong: Callable[[str, str], Exception]) -> Node:
    """``"3.00 EUR"`` as a constant.

    >>> money_literal("3.00 EUR", ValueError).value
    3000000
    """
    amount, _, currency = text.partition(" ")
    try:
        value = scaled(amount)
    except ValueError:
        raise wrong(shown(text), 'an amount such as "3.00 EUR"') from None
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise wrong(shown(text), 'an amount such as "3.00 EUR"')
    return ir.const(value, ir.money(currency, SCALE))


def _mode(c: _Call, index: int) -> str:
    mode = str(c.literal(index, "code"))
    if mode not in MODES:
        raise c.wrong(shown(mode), " | ".join(MODES))
    return mode


def _round(c: _Call) -> Node:
    node, digits, mode = c.of_kind(0, "money", "number", "quantity"), c.literal(1, "number"), _mode(c, 2)
    step = c.options.get("step")
    size = 1 if step is None else c.fixed(step, "number")
    if size < 1:
        raise c.wrong(f"step={size}", "1 or more")
    if digits > node.type.scale:
        raise c.wrong(f"{digits} decimals", f"0 to {node.type.scale}")
    scale = max(SCALE if node.type.kind == "money" else 0, digits)
    type_ = Type(node.type.kind, node.type.unit, scale)
    return Node("round", (node,), (digits, mode, size), type_, node.grain)


def _quotient(c: _Call) -> Node:
    a, b = c.of_kind(0, "money", "number", "quantity"), c.of_kind(1, "money", "number", "quantity")
    digits, mode = c.literal(2, "number"), _mode(c, 3)
    if b.type.kind != "number" and not a.type.same_measure(b.type):
        raise c.wrong(f"{a.type.described} / {b.type.described}", "a number, or the same measure on both sides")
    if digits > ir.MAX_SCALE:
        raise c.wrong(f"{digits} decimals", f"0 to {ir.MAX_SCALE}", "024")
    if b.type.kind == "number":
        c.same_grain(a, b)
    kind = a.type if b.type.kind == "number" else ir.number(0)
    type_ = Type(kind.kind, kind.unit, digits)
    return Node("div", (a, b), (digits, mode), type_, ir.finest((a, b)))


def _without(c: _Call) -> Node:
    gross, rate = c.of_kind(0, "money"), c.of_kind(1, "number")
    c.same_grain(gross, rate)
    type_ = ir.money(str(gross.type.unit), NET_SCALE)
    return Node("without", (gross, rate), None, type_, ir.finest((gross, rate)))


def _extreme(c: _Call) -> Node:
    first = c.of_kind(0, "money", "number", "quantity", "date")
    args = [first]
    for index in range(1, len(c.args)):
        other = c.args[index]
        if not first.type.same_measure(other.type):
            raise c.wrong(other.type.described, first.type.described)
        args.append(other)
    if first.type.numeric:
        scale = max(arg.type.scale for arg in args)
        for arg in args:
            c.same_grain(arg, *args)
        args = [ir.shift(arg, scale) for arg in args]
    return Node(c.name, tuple(args), None, args[0].type, ir.finest(tuple(args)))


def _digits(c: _Call) -> Node:
    node, count = c.of_kind(0, "code"), c.literal(1, "number")
    if not 2 <= count <= 10:
        raise c.wrong(f"{count} digits", "2 to 10")
    return Node("digits", (node,), count, CODE, node.grain)


def _starts_with(c: _Call) -> Node:
    node, prefix = c.of_kind(0, "code"), c.literal(1, "code")
    return Node("starts_with", (node,), prefix, TRUTH, node.grain)


def _first(c: _Call) -> Node:
    node, count = c.of_kind(0, "code"), c.literal(1, "number")
    return Node("first", (node,), count, CODE, node.grain)


def _lower(c: _Call) -> Node:
    return ir.const(c.literal(0, "code").lower(), CODE)


def _registered(c: _Call) -> Node:
    whole, place, scheme = c.of_kind(0, "set"), c.of_kind(1, "code", "place"), c.literal(2, "code")
    return Node("registered", (whole, place), scheme, TRUTH, ir.finest((whole, place)))


def _days(c: _Call) -> Node:
    a, b = c.of_kind(0, "date"), c.of_kind(1, "date")
    return Node("days", (a, b), None, ir.number(0), ir.finest((a, b)))


def _apply(c: _Call) -> Node:
    duty, value = c.of_kind(0, "duty"), c.of_kind(1, "money")
    if value.type.unit != ORDER_MONEY:
        raise c.wrong(value.type.described, "an amount in the order currency")
    if c.compiler.scope.grain != ir.LINE:
        raise c.wrong(f"a rule per {c.compiler.scope.grain.name}", "a rule per line", "023")
    c.compiler.no_silent_broadcast(value, ir.LINE)
    value = Node("round", (value,), (SCALE, "half_even", 1), ir.money(ORDER_MONEY, SCALE), value.grain)
    return Node("apply", (duty, value), None, ir.money(ORDER_MONEY, DUTY_SCALE), ir.LINE)


FUNCTIONS: Final[dict[str, tuple[tuple[int, int], tuple[str, ...], Callable[[_Call], Node]]]] = {
    "told": ((1, 1), (), _told),
    "told_or": ((2, 2), (), _told_or),
    "valid": ((2, 2), (), _valid),
    "listed": ((1, 1), (), _listed),
    "sum": ((1, 1), ("over",), _sum),
    "any": ((1, 1), ("over",), _any),
    "all": ((1, 1), ("over",), _all),
    "count": ((1, 1), ("over",), _count),
    "count_distinct": ((1, 1), ("over",), _count_distinct),
    "share": ((1, 1), ("by",), _share),
    "each": ((1, 1), (), _each),
    "convert": ((2, 2), ("source",), _convert),
    "money": ((1, 1), (), _money),
    "round": ((3, 3), ("step",), _round),
    "quotient": ((4, 4), (), _quotient),
    "without": ((2, 2), (), _without),
    "min": ((2, 9), (), _extreme),
    "max": ((2, 9), (), _extreme),
    "digits": ((2, 2), (), _digits),
    "starts_with": ((2, 2), (), _starts_with),
    "first": ((2, 2), (), _first),
    "lower": ((1, 1), (), _lower),
    "registered": ((3, 3), (), _registered),
    "days": ((2, 2), (), _days),
    "apply": ((2, 2), (), _apply),
}
"""Name → (fewest and most arguments, named options, typing rule)."""
