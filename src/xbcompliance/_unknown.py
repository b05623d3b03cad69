"""The difference between ignorance and absence.

``None`` in an order means *known not to be there*; ``UNKNOWN`` means *not told*. Every operation of the engine
passes ``UNKNOWN`` on unless its answer does not depend on it.

>>> UNKNOWN
UNKNOWN
>>> bool(UNKNOWN)
Traceback (most recent call last):
TypeError: UNKNOWN is neither true nor false; compare with 'is UNKNOWN'
"""

from __future__ import annotations

from typing import Any, Final, final


@final
class Unknown:
    """The type of the only value :data:`UNKNOWN`."""

    __slots__ = ()
    _only: Unknown | None = None

    def __new__(cls) -> Unknown:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("UNKNOWN is neither true nor false; compare with 'is UNKNOWN'")

    def __copy__(self) -> Unknown:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Unknown:
        return self

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final[Unknown] = Unknown()


def is_unknown(value: object) -> bool:
    """Whether a field was not told. The models' types say what a told field holds, so a plain ``is`` would look odd.

    >>> is_unknown(UNKNOWN), is_unknown(None)
    (True, False)
    """
    return value is UNKNOWN
