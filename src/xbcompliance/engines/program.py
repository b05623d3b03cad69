"""A program being written: lines with their indentation, generated names, and the objects it refers to.

>>> program = Program()
>>> program.line(f"return {program.const('NO')} , {program.const(3)}")
>>> program.function()(Program.BLANK, Program.BLANK)
('NO', 3)
"""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from xbcompliance._unknown import UNKNOWN
from xbcompliance.engines import runtime
from xbcompliance.engines.rows import Row
from xbcompliance.packs.model import Rounding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD: Final = (
    "def run_slice(order, run):",
    " lines = order.lines",
    " n = len(lines)",
    " L = range(n)",
    " rows = run.rows",
    " days = run.days",
    " currency = run.currency",
    " unit = run.unit",
    " digits = run.digits",
)

_SPACE: Final = {
    "U": UNKNOWN,
    "Row": Row,
    "new": tuple.__new__,  # quicker than the class itself
    "runtime": runtime,
    "S": runtime.scaled_decimal,
}


class Program:
    """Head (facts and constants of the run) and body of one function."""

    BLANK: ClassVar[Any] = SimpleNamespace(rows=[], days={}, currency="EUR", unit=1, digits=2)
    BLANK.lines = ()

    def __init__(self) -> None:
        self.head: list[str] = []
        self.body: list[str] = []
        self.depth = 1
        self.space: dict[str, Any] = dict(_SPACE)
        self._names: dict[Any, str] = {}
        self._count = 0
        self._divisors: set[int] = set()
        self._days: dict[str, str] = {}

    def line(self, text: str) -> None:
        """Adds a line to the body at the present indentation."""
        self.body.append(" " * self.depth + text)

    def head_line(self, text: str) -> None:
        """Adds a line to the head."""
        self.head.append(" " + text)

    def fresh(self, prefix: str) -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"{prefix}{self._count}"

    def const(self, value: Any) -> str:
        """How the program writes a value: numbers and truths as they are, everything else by a generated name."""
        if value is None or value is True or value is False or type(value) is int:
            return repr(value)
        if value is UNKNOWN:
            return "U"
        key = value if isinstance(value, str) else id(value)
        if key not in self._names:
            self._names[key] = self.fresh("K")
            self.space[self._names[key]] = value
        return self._names[key]

    def day(self, clock: str) -> str:
        """The variable that holds a clock's day."""
        if clock not in self._days:
            self._days[clock] = self.fresh("d")
            self.head_line(f"{self._days[clock]} = days[{self.const(clock)}]")
        return self._days[clock]

    @contextmanager
    def indented(self, header: str | None) -> Iterator[None]:
        """A block under a header line; without a header, no block."""
        if header is None:
            yield
            return
        self.line(header)
        self.depth += 1
        yield
        self.depth -= 1

    def rounded(self, exact: str, scale: int, rounding: Rounding, unknown: bool) -> str:
        """The expression that rounds an exact amount to what the charge says; half up to the minor unit is inlined."""
        if rounding.digits is None and rounding.step == 1 and rounding.mode == "half_up":
            if scale not in self._divisors:
                self._divisors.add(scale)
                self.head_line(f"D{scale} = 10 ** ({scale} - digits)")
                self.head_line(f"H{scale} = D{scale} // 2")
            up = f"({exact} + H{scale}) // D{scale}"
            down = f"-((H{scale} - {exact}) // D{scale})"
            value = f"{up} if {exact} >= 0 else {down}"
            return f"(U if {exact} is U else {value})" if unknown else f"({value})"
        return f"runtime.round_charge({exact}, {scale}, {self.const(rounding)}, digits)"

    def source(self) -> str:
        """The whole text, for debugging and measurement."""
        return "\n".join((*_HEAD, *self.head, *self.body))

    def function(self) -> Callable[[Any, Any], Any]:
        """The function. The text holds only templates, generated names and numbers: nothing of a pack."""
        exec(compile(self.source(), "<slice>", "exec"), self.space)  # noqa: S102 - text written here, see the docstring
        found: Callable[[Any, Any], Any] = self.space["run_slice"]
        return found
