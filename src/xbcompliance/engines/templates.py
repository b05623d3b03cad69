"""How each operation is written in a compiled program; ``doubts`` tells which arguments may be unknown.

The conformance vectors run against these texts and against :mod:`xbcompliance.expr.operations`, which defines them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.expr.functions import NET_SCALE
from xbcompliance.expr.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from xbcompliance.engines.program import Program
    from xbcompliance.expr.ir import Node


def _guarded(text: str, atoms: list[str], doubts: list[bool]) -> str:
    tests = [f"{atom} is U" for atom, doubt in zip(atoms, doubts, strict=True) if doubt]
    return f"(U if {' or '.join(tests)} else {text})" if tests else f"({text})"


def _infix(sign: str) -> Callable[[Program, Node, list[str], list[bool]], str]:
    def write(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
        return _guarded(f"{atoms[0]} {sign} {atoms[1]}", atoms, doubts)

    return write


def _ordered(sign: str, name: str) -> Callable[[Program, Node, list[str], list[bool]], str]:
    def write(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
        if not node.args[0].type.numeric:
            return _call(program, name, atoms)
        return _guarded(f"{atoms[0]} {sign} {atoms[1]}", atoms, doubts)

    return write


def _and(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    if not any(doubts):
        return f"({' and '.join(atoms)})"
    false = " or ".join(f"{atom} is False" for atom in atoms)
    unknown = " or ".join(f"{atom} is U" for atom, doubt in zip(atoms, doubts, strict=True) if doubt)
    return f"(False if {false} else U if {unknown} else True)"


def _or(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    if not any(doubts):
        return f"({' or '.join(atoms)})"
    true = " or ".join(f"{atom} is True" for atom in atoms)
    unknown = " or ".join(f"{atom} is U" for atom, doubt in zip(atoms, doubts, strict=True) if doubt)
    return f"(True if {true} else U if {unknown} else False)"


def _if(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    condition, yes, no = atoms
    if not doubts[0]:
        return f"({yes} if {condition} else {no})"
    return f"({yes} if {condition} is True or {yes} == {no} else {no} if {condition} is False else U)"


def _mul(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    a, b = atoms
    if not any(doubts):
        return f"({a} * {b})"
    tests = " and ".join(f"{atom} is not U" for atom, doubt in zip(atoms, doubts, strict=True) if doubt)
    return f"({a} * {b} if {tests} else 0 if {a} == 0 or {b} == 0 else U)"


def _told(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    return _guarded(f"{atoms[0]} is not None", atoms, doubts)


def _eq(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    if any(arg.type.kind == "place" for arg in node.args):
        return _call(program, "eq", atoms)
    return _guarded(f"{atoms[0]} == {atoms[1]}", atoms, doubts)


def _in(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    if node.args[0].type.kind == "place":
        return _call(program, "in", atoms, node.value)
    return _guarded(f"{atoms[0]} in {program.const(node.value)}", atoms, doubts)


def _not(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    return _guarded(f"not {atoms[0]}", atoms, doubts)


def _neg(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    return _guarded(f"-{atoms[0]}", atoms, doubts)


def _starts_with(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    """A code long enough is tested at once; a shorter or untold one goes to the definition."""
    prefix = program.const(node.value)
    long = f"{atoms[0]}.__class__ is str and len({atoms[0]}) >= {len(str(node.value))}"
    return f"({atoms[0]}.startswith({prefix}) if {long} else {_call(program, 'starts_with', atoms, node.value)})"


def _shift(program: Program, node: Node, atoms: list[str], doubts: list[bool]) -> str:
    return _guarded(f"{atoms[0]} * {10**node.value}", atoms, doubts)


def _call(program: Program, name: str, atoms: list[str], *extra: object) -> str:
    texts = [*atoms, *(program.const(value) for value in extra)]
    return f"{program.const(OPERATIONS[name])}({', '.join(texts)})"


TEMPLATES: Final[dict[str, Callable[[Program, Node, list[str], list[bool]], str]]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "if": _if,
    "add": _infix("+"),
    "sub": _infix("-"),
    "mul": _mul,
    "neg": _neg,
    "lt": _ordered("<", "lt"),
    "le": _ordered("<=", "le"),
    "eq": _eq,
    "told": _told,
    "in": _in,
    "shift": _shift,
    "starts_with": _starts_with,
}
"""Operations short enough to be written out."""


def _plain(name: str) -> Callable[[Program, Node, list[str]], str]:
    return lambda program, node, atoms: _call(program, name, atoms)


def _valued(name: str) -> Callable[[Program, Node, list[str]], str]:
    return lambda program, node, atoms: _call(program, name, atoms, node.value)


def _round(program: Program, node: Node, atoms: list[str]) -> str:
    digits, mode, step = node.value
    scale, out = node.args[0].type.scale, node.type.scale
    if (mode, step, out) == ("half_up", 1, digits) and scale > digits:
        return f"{program.const(half_up(scale - digits))}({atoms[0]})"
    return f"runtime.op.rounding({atoms[0]}, {scale}, {digits}, {program.const(mode)}, {step}, {out})"


def half_up(places: int) -> Callable[[Any], Any]:
    """Rounding that takes decimals away, halves away from zero: the most frequent kind, in one call.

    >>> half_up(2)(250), half_up(2)(-250), half_up(2)(249)
    (3, -3, 2)
    """
    step = 10**places
    half = step // 2

    def rounded(value: Any) -> Any:
        if value is UNKNOWN:
            return value
        return (value + half) // step if value >= 0 else -((half - value) // step)

    return rounded


def _div(program: Program, node: Node, atoms: list[str]) -> str:
    digits, mode = node.value
    scale = digits - node.args[0].type.scale + node.args[1].type.scale
    return f"runtime.op.quotient({atoms[0]}, {atoms[1]}, {scale}, {program.const(mode)})"


def _without(program: Program, node: Node, atoms: list[str]) -> str:
    a, b = node.args[0].type.scale, node.args[1].type.scale
    return f"runtime.op.without({atoms[0]}, {atoms[1]}, {a}, {b}, {NET_SCALE})"


def _convert(program: Program, node: Node, atoms: list[str]) -> str:
    currency, source, clock = node.value
    own, target = program.const(str(node.args[0].type.unit)), program.const(currency)
    rest = f"{own}, {target}, {program.day(clock)}, {program.const(source)}"
    return f"runtime.convert(run, {atoms[0]}, {rest})"


def _member(program: Program, node: Node, atoms: list[str]) -> str:
    territory, clock = node.value
    return f"runtime.member(run, {program.const(territory)}, {atoms[0]}, {program.day(clock)})"


def _choose(program: Program, node: Node, atoms: list[str]) -> str:
    return f"runtime.choose(({', '.join(atoms)}))"


def _apply(program: Program, node: Node, atoms: list[str]) -> str:
    return f"runtime.apply(run, lines[i], {atoms[0]}, {atoms[1]}, {program.const(node.value)})"


FUNCTIONS: Final[dict[str, Callable[[Program, Node, list[str]], str]]] = {
    "contains": _plain("contains"),
    "told_or": _plain("told_or"),
    "min": _plain("min"),
    "max": _plain("max"),
    "days": _plain("days"),
    "digits": _valued("digits"),
    "first": _valued("first"),
    "registered": _valued("registered"),
    "valid": _valued("valid"),
    "round": _round,
    "div": _div,
    "without": _without,
    "convert": _convert,
    "member": _member,
    "choose": _choose,
    "apply": _apply,
}
"""Operations that are a call."""
