"""From the pairs a table holds to the pair that is asked for: as written, turned round, or by one step between.

The written pair always wins over the inverse and the inverse over a step between; steps are tried in the order of
the alphabet, so the same table always gives the same answer.

>>> routes = Routes([("EUR", "USD"), ("EUR", "JPY")])
>>> routes.between("USD", "JPY")
['EUR']
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xbcompliance.fx._quote import Quote


class Routes:
    """Which currencies a set of pairs connects."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._partners: defaultdict[str, set[str]] = defaultdict(set)
        for base, quote in pairs:
            self._partners[base].add(quote)
            self._partners[quote].add(base)

    def between(self, base: str, quote: str) -> list[str]:
        """The currencies that have a rate with both."""
        nothing: set[str] = set()
        return sorted(self._partners.get(base, nothing) & self._partners.get(quote, nothing))

    def find(self, written: Callable[[str, str], Quote | None], base: str, quote: str) -> Quote | None:
        """The rate of a pair, given a look-up of the pairs as written."""
        found = _either_way(written, base, quote)
        if found is not None:
            return found
        for middle in self.between(base, quote):
            first, second = _either_way(written, base, middle), _either_way(written, middle, quote)
            if first is not None and second is not None:
                return first.times(second)
        return None


def _either_way(written: Callable[[str, str], Quote | None], base: str, quote: str) -> Quote | None:
    found = written(base, quote)
    if found is not None:
        return found
    turned = written(quote, base)
    return turned.inverse() if turned is not None else None
