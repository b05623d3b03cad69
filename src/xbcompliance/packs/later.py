"""Parts of a rulebook that are made when they are first looked at.

>>> rules = LaterMapping({"a": 1, "b": 2}, lambda number: print(f"makes {number}") or number * 10)
>>> list(rules), rules["b"], rules["b"]
makes 2
(['a', 'b'], 20, 20)
>>> rows = Later(lambda: ("first", "second"))
>>> len(rows), rows[1], rows == ("first", "second")
(2, 'second', True)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

T = TypeVar("T")
S = TypeVar("S")


class Later(Sequence[T]):
    """A tuple that is made when it is first looked at; threads may share it."""

    __slots__ = ("_items", "_make")

    def __init__(self, make: Callable[[], tuple[T, ...]]) -> None:
        self._make: Callable[[], tuple[T, ...]] | None = make
        self._items: tuple[T, ...] = ()

    def _all(self) -> tuple[T, ...]:
        make = self._make
        if make is not None:
            self._items = make()
            self._make = None  # after the items: a thread that comes between makes them once more
        return self._items

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[T]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, Later) else other)

    __hash__ = None  # type: ignore[assignment]


class LaterMapping(Mapping[str, T], Generic[S, T]):
    """Names to values that are made of something smaller when they are first asked for; threads may share it."""

    __slots__ = ("_done", "_make", "_parts")

    def __init__(self, parts: Mapping[str, S], make: Callable[[S], T]) -> None:
        self._parts = parts
        self._make = make
        self._done: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        done = self._done
        if name in done:
            return done[name]
        return done.setdefault(name, self._make(self._parts[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts
