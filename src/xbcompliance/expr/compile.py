"""From the text of an expression to a typed tree, with every type, unit or grain error found here, at load.

The grammar is a strict subset of Python's, read with the standard ``ast`` module and never executed: names of facts
and rules, literals, ``and or not``, comparisons, ``+ - *``, ``x if c else y``, ``in``, table look-ups in square
brackets and the closed list of functions in :mod:`xbcompliance.expr.functions`.

>>> from xbcompliance.expr.ir import LINE, ORDER, ORDER_MONEY, Node, money
>>> class Facts(Scope):
...     def fact(self, name):
...         known = {"line.net": Node("fact", (), "line.net", money(ORDER_MONEY, 12), LINE)}
...         return known.get(name)
>>> compile_expression("sum(line.net)", Facts(ORDER)).type.described
'money in the order currency'
>>> compile_expression("line.net > 150", Facts(LINE))
Traceback (most recent call last):
xbcompliance._errors.PackError: XB-PACK-022: found money in the order currency > number, expected the same on both sides
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xbcompliance._errors import Location, PackError, did_you_mean, shown
from xbcompliance.expr import ir
from xbcompliance.expr.functions import FUNCTIONS, call
from xbcompliance.expr.ir import CODE, TRUTH, Node, Type
from xbcompliance.money import scaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_LENGTH: Final = 4000
MAX_NODES: Final = 500
MAX_DEPTH: Final = 100
SHORT: Final = 90
"""Characters that cannot make too many parts or levels: each makes three parts at most (``a``: name, access; ``-``:
operation, operator) and one level, beside three levels of their own.
"""


@dataclass(frozen=True, slots=True)
class TableSignature:
    """What an expression needs to know of a table: its keys in order, each with a kind, and its value's type."""

    name: str
    keys: tuple[tuple[str, str], ...]
    type: Type


class Scope:
    """What names mean where an expression stands; ``grain`` is the grain of the rule it belongs to.

    A loader overrides these; each returns None for a name it does not know.
    """

    def __init__(self, grain: ir.Grain = ir.ORDER) -> None:
        self.grain = grain

    def fact(self, name: str) -> Node | None:
        """The node of a fact, or of another rule's answer."""
        return None

    def table(self, name: str) -> TableSignature | None:
        """The signature of a table."""
        return None

    def territory(self, name: str) -> bool:
        """Whether this names a territory with dated members."""
        return False

    def names(self) -> Iterable[str]:
        """All names, for suggestions."""
        return ()


def compile_expression(text: str, scope: Scope, at: Location | None = None) -> Node:
    """The typed tree of an expression.

    Raises :class:`PackError`: ``XB-PACK-020`` not in the grammar, ``021`` unknown name, ``022`` type or unit,
    ``023`` grain, ``024`` too long, too deep or too precise.
    """
    return _Compiler(text, scope, at).compile()


class _Compiler:
    def __init__(self, text: str, scope: Scope, at: Location | None) -> None:
        self.text = " ".join(text.split())
        self.scope = scope
        self.at = at

    def compile(self) -> Node:
        if len(self.text) > MAX_LENGTH:
            raise self.error("024", found=f"{len(self.text)} characters", expected=f"at most {MAX_LENGTH}")
        if "\\" in self.text:
            raise self.error("020", found="a backslash", expected="the expression grammar")
        try:
            tree = ast.parse(self.text, mode="eval")
            if "#" in self.text:
                ast.parse(f"({self.text})", mode="eval")  # a comment would hide the rest, closing bracket and all
        except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
            reason = getattr(problem, "msg", "not readable")
            raise self.error("020", message=f"not an expression: {shown(self.text)} ({reason})") from None
        if len(self.text) > SHORT:
            parts, levels = _size(tree)
            if parts > MAX_NODES:
                raise self.error("024", found="a very large expression", expected=f"at most {MAX_NODES} parts")
            if levels > MAX_DEPTH:
                raise self.error("024", found="a very deep expression", expected=f"at most {MAX_DEPTH} levels")
        return self.node(tree.body)

    def error(self, number: str, **parts: str) -> PackError:
        return PackError(f"XB-PACK-{number}", self.at or "", **parts)

    def node(self, tree: ast.expr) -> Node:
        handler = _HANDLERS.get(type(tree))
        if handler is None:
            raise self.error("020", found=self.source(tree), expected="the expression grammar")
        return handler(self, tree)

    def source(self, tree: ast.AST) -> str:
        return shown(ast.get_source_segment(self.text, tree) or type(tree).__name__)

    # --- literals and names

    def constant(self, tree: ast.Constant) -> Node:
        value = tree.value
        if isinstance(value, bool):
            return ir.TRUE if value else ir.FALSE
        if isinstance(value, str):
            return ir.const(value, CODE)
        if isinstance(value, (int, float)):
            written = ast.get_source_segment(self.text, tree) or ""
            places = len(written.partition(".")[2])
            try:
                return ir.const(scaled(written, places), ir.number(places))
            except ValueError:
                raise self.error("020", found=shown(written), expected="a plain decimal number") from None
        raise self.error("020", found=self.source(tree), expected="a text, a number or a truth")

    def dotted(self, tree: ast.expr) -> str | None:
        if isinstance(tree, ast.Name):
            return tree.id
        if isinstance(tree, ast.Attribute):
            left = self.dotted(tree.value)
            return f"{left}.{tree.attr}" if left else None
        if (
            isinstance(tree, ast.Subscript)
            and isinstance(tree.slice, ast.Constant)
            and isinstance(tree.slice.value, str)
        ):
            left = self.dotted(tree.value)
            return f'{left}["{tree.slice.value}"]' if left else None
        return None

    def name(self, tree: ast.expr) -> Node:
        name = self.dotted(tree)
        if name is None:
            raise self.error("020", found=self.source(tree), expected="a dotted name")
        node = self.scope.fact(name)
        if node is None:
            if self.scope.territory(name) or self.scope.table(name):
                raise self.error("022", found=f"{name} alone", expected="`x in territory` or `table[key, …]`")
            raise self.error("021", found=f"the name {name!r}", hint=did_you_mean(name, self.scope.names()))
        return node

    def subscript(self, tree: ast.Subscript) -> Node:
        name = self.dotted(tree.value) or ""
        keys = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        if len(keys) == 1 and isinstance(keys[0], ast.Constant) and isinstance(keys[0].value, str):
            fact = self.scope.fact(f'{name}["{keys[0].value}"]')
            if fact is not None:
                return fact
        table = self.scope.table(name)
        if table is None:
            hint = did_you_mean(name, self.scope.names())
            raise self.error("021", found=f"the table {name!r}", expected="a declared table", hint=hint)
        if len(keys) != len(table.keys):
            wanted = ", ".join(key for key, _ in table.keys)
            raise self.error("022", found=f"{len(keys)} keys for {name}", expected=f"{len(table.keys)} ({wanted})")
        args = tuple(self.key(key, table) for key in keys)
        for arg, (key, _) in zip(args, table.keys, strict=True):
            if arg.type.kind not in ("code", "place"):
                raise self.error("022", found=f"{arg.type.described} as key {key} of {name}", expected="a code")
        return Node("lookup", args, table.name, table.type, ir.finest(args))

    def key(self, tree: ast.expr, table: TableSignature) -> Node:
        """A key of a look-up; the word ``every`` leaves it open and adds up what is found."""
        if not (isinstance(tree, ast.Name) and tree.id == "every"):
            return self.node(tree)
        if not table.type.numeric:
            raise self.error("022", found=f"every in {table.name}", expected="a table of numbers or amounts")
        return ir.const(ir.EVERY, CODE)

    # --- logic

    def truth(self, tree: ast.expr) -> Node:
        node = self.node(tree)
        if node.type.kind != "truth":
            raise self.error("022", found=f"{node.type.described} in {self.source(tree)}", expected="a truth")
        return node

    def bool_op(self, tree: ast.BoolOp) -> Node:
        args = tuple(self.truth(value) for value in tree.values)
        return logic("and" if isinstance(tree.op, ast.And) else "or", args)

    def unary(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            return negate(self.truth(tree.operand))
        if isinstance(tree.op, ast.USub):
            node = self.node(tree.operand)
            if not node.type.numeric:
                raise self.error("022", found=f"-{node.type.described}", expected="a number")
            return Node("neg", (node,), None, node.type, node.grain)
        raise self.error("020", found=self.source(tree), expected="`not` or `-`")

    def choice(self, tree: ast.IfExp) -> Node:
        condition, yes, no = self.truth(tree.test), self.node(tree.body), self.node(tree.orelse)
        yes, no = self.aligned(yes, no, "if … else")
        args = (condition, yes, no)
        for branch in (yes, no):
            self.no_silent_broadcast(branch, ir.finest(args))
        domain = tuple(dict.fromkeys(yes.type.domain + no.type.domain))
        return Node("if", args, None, Type(yes.type.kind, yes.type.unit, yes.type.scale, domain), ir.finest(args))

    # --- comparison

    def compare(self, tree: ast.Compare) -> Node:
        parts, left = [], tree.left
        for operator, right in zip(tree.ops, tree.comparators, strict=True):
            parts.append(self.comparison(left, operator, right))
            left = right
        return parts[0] if len(parts) == 1 else logic("and", tuple(parts))

    def comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Node:
        if isinstance(operator, (ast.In, ast.NotIn)):
            found = self.contains(left, right)
            return negate(found) if isinstance(operator, ast.NotIn) else found
        sign = _SIGNS.get(type(operator))
        if sign is None:
            raise self.error("020", found=type(operator).__name__, expected="== != < <= > >= in")
        a, b = self.aligned(self.node(left), self.node(right), sign)
        self.known_value(a, b)
        if sign in ("==", "!="):
            equal = Node("eq", (a, b), None, TRUTH, ir.finest((a, b)))
            return equal if sign == "==" else negate(equal)
        if not (a.type.numeric or a.type.kind == "date"):
            raise self.error("022", found=f"{a.type.described} {sign}", expected="numbers, amounts or dates")
        if sign in (">", ">="):
            a, b = b, a
        return Node("lt" if sign in ("<", ">") else "le", (a, b), None, TRUTH, ir.finest((a, b)))

    def known_value(self, a: Node, b: Node) -> None:
        """A literal that the fact beside it can never have is a slip of the pen."""
        for fact, literal in ((a, b), (b, a)):
            if literal.op == "const" and fact.type.domain and literal.value not in fact.type.domain:
                hint = did_you_mean(str(literal.value), fact.type.domain)
                wanted = " | ".join(fact.type.domain)
                raise self.error("022", found=shown(literal.value), expected=wanted, hint=hint)

    def contains(self, left: ast.expr, right: ast.expr) -> Node:
        member = self.node(left)
        territory = self.dotted(right)
        if territory and self.scope.territory(territory):
            if member.type.kind not in ("code", "place"):
                raise self.error("022", found=f"{member.type.described} in a territory", expected="a place")
            return Node("member", (member,), territory, TRUTH, member.grain)
        if member.type.kind not in ("code", "place"):
            raise self.error("022", found=f"{member.type.described} in …", expected="a code or place")
        if isinstance(right, (ast.Set, ast.List, ast.Tuple)):
            values = []
            for element in right.elts:
                node = self.node(element)
                if node.op != "const" or node.type.kind != "code":
                    raise self.error("022", found=self.source(element), expected="texts in a list of values")
                self.known_value(member, node)
                values.append(node.value)
            return Node("in", (member,), frozenset(values), TRUTH, member.grain)
        whole = self.node(right)
        if whole.type.kind != "set":
            raise self.error("022", found=f"in {whole.type.described}", expected="a territory, a set or {…}")
        self.known_value(whole, member)
        return Node("contains", (whole, member), None, TRUTH, ir.finest((whole, member)))

    # --- arithmetic

    def aligned(self, a: Node, b: Node, sign: str) -> tuple[Node, Node]:
        if not a.type.same_measure(b.type):
            hint = ""
            if a.type.kind == b.type.kind == "money":
                hint = "use convert(amount, currency)"
            found = f"{a.type.described} {sign} {b.type.described}"
            raise self.error("022", found=found, expected="the same on both sides", hint=hint)
        if a.type.numeric:
            scale = max(a.type.scale, b.type.scale)
            return ir.shift(a, scale), ir.shift(b, scale)
        return a, b

    def arithmetic(self, tree: ast.BinOp) -> Node:
        left, right = self.node(tree.left), self.node(tree.right)
        for node in (left, right):
            if not node.type.numeric:
                raise self.error("022", found=f"{node.type.described} in arithmetic", expected="amounts or numbers")
        if isinstance(tree.op, ast.Mult):
            return self.product(left, right)
        op = _ARITHMETIC.get(type(tree.op))
        if op is None:
            hint = "division rounds, so it is a function: quotient(a, b, digits, mode)"
            raise self.error("020", found=type(tree.op).__name__, expected="+ - *", hint=hint)
        a, b = self.aligned(left, right, "+" if op == "add" else "-")
        for node in (a, b):
            self.no_silent_broadcast(node, ir.finest((a, b)))
        return Node(op, (a, b), None, a.type, ir.finest((a, b)))

    def no_silent_broadcast(self, node: Node, grain: ir.Grain) -> None:
        """An amount of the whole order added to each line would be counted many times."""
        if node.grain < grain and node.type.kind == "money" and not is_fixed(node):
            found = f"an amount of the {node.grain.name} combined with values of the {grain.name}"
            hint = "share(amount, by=weight) splits it, each(amount) repeats it on purpose"
            raise self.error("023", found=found, expected="amounts of one grain", hint=hint)

    def product(self, left: Node, right: Node) -> Node:
        if left.type.kind != "number" and right.type.kind != "number":
            found = f"{left.type.described} × {right.type.described}"
            raise self.error("022", found=found, expected="a plain number on one side")
        measured = left if right.type.kind == "number" else right
        self.no_silent_broadcast(measured, ir.finest((left, right)))
        scale = left.type.scale + right.type.scale
        if scale > ir.MAX_SCALE:
            raise self.error("024", found=f"{scale} decimal places", expected=f"≤ {ir.MAX_SCALE}; round a part first")
        type_ = Type(measured.type.kind, measured.type.unit, scale)
        return Node("mul", (left, right), None, type_, ir.finest((left, right)))

    def function(self, tree: ast.Call) -> Node:
        name = self.dotted(tree.func) or ""
        if name not in FUNCTIONS:
            hint = did_you_mean(name, FUNCTIONS)
            raise self.error("021", found=f"the function {name or self.source(tree.func)!r}", hint=hint)
        args = [self.node(arg) for arg in tree.args]
        options: dict[str, Any] = {}
        for keyword in tree.keywords:
            if keyword.arg is None:
                raise self.error("020", found="**", expected="named arguments")
            value = keyword.value
            if keyword.arg in ("over", "to") and isinstance(value, ast.Name):
                options[keyword.arg] = value.id
            else:
                options[keyword.arg] = self.node(value)
        return call(name, args, options, self)


def _size(tree: ast.AST) -> tuple[int, int]:
    """How many parts a tree has and how many levels, counted without recursion."""
    level: list[ast.AST] = [tree]
    parts = levels = 0
    while level:
        parts += len(level)
        levels += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return parts, levels


def is_fixed(node: Node) -> bool:
    """Whether an amount is the law's own: of literals, values and tables, whatever facts decide among them."""
    if node.op in ("const", "value", "lookup"):
        return True
    parts = node.args[1:] if node.op == "if" else node.args
    return bool(parts) and node.op not in _OF_UNITS and all(map(is_fixed, parts))


def logic(op: str, args: tuple[Node, ...]) -> Node:
    """``and`` / ``or`` of truths, flat and with fixed parts folded away."""
    neutral, final = (ir.TRUE, ir.FALSE) if op == "and" else (ir.FALSE, ir.TRUE)
    parts: list[Node] = []
    for arg in args:
        for part in arg.args if arg.op == op else (arg,):
            if part == final:
                return final
            if part != neutral and part not in parts:
                parts.append(part)
    if not parts:
        return neutral
    return parts[0] if len(parts) == 1 else Node(op, tuple(parts), None, TRUTH, ir.finest(tuple(parts)))


def negate(node: Node) -> Node:
    """``not`` of a truth."""
    if node.op == "const":
        return ir.FALSE if node.value else ir.TRUE
    return node.args[0] if node.op == "not" else Node("not", (node,), None, TRUTH, node.grain)


_OF_UNITS: Final = ("sum", "count", "count_distinct", "share")
_SIGNS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: Final[dict[type[ast.operator], str]] = {ast.Add: "add", ast.Sub: "sub"}
_HANDLERS: Final[dict[type[ast.expr], Callable[[_Compiler, Any], Node]]] = {
    ast.Constant: _Compiler.constant,
    ast.Name: _Compiler.name,
    ast.Attribute: _Compiler.name,
    ast.Subscript: _Compiler.subscript,
    ast.BoolOp: _Compiler.bool_op,
    ast.UnaryOp: _Compiler.unary,
    ast.IfExp: _Compiler.choice,
    ast.Compare: _Compiler.compare,
    ast.BinOp: _Compiler.arithmetic,
    ast.Call: _Compiler.function,
}
