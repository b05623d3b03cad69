"""A progress bar for long batches, on standard error and only for somebody who looks at it.

>>> with Meter(None, visible=False) as meter:
...     meter.step(10)
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID

QUIET = 200
"""Orders that pass before a bar appears."""


class Meter:
    """Counts orders and, past :data:`QUIET`, shows how much of ``size`` bytes (``None``: not known) they made up."""

    def __init__(self, size: int | None, *, visible: bool) -> None:
        self._size = size
        self._visible = visible
        self._orders = 0
        self._read = 0
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def step(self, size: int) -> None:
        """One more order, of ``size`` characters, is done."""
        self._orders += 1
        self._read += size
        if not self._visible or self._orders <= QUIET:
            return
        if self._bar is None:
            self._bar = self._start()
        progress, task = self._bar
        progress.update(task, completed=self._read, orders=self._orders)

    def _start(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        progress = Progress(
            BarColumn(),
            TextColumn("{task.fields[orders]} orders"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # results must not pass through the bar
            redirect_stderr=True,
        )
        progress.start()
        return progress, progress.add_task("", total=self._size, orders=self._orders)


def watched() -> bool:
    """Whether standard error is a terminal that results do not scroll through."""
    return sys.stderr.isatty() and not sys.stdout.isatty()
