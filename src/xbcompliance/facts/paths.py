"""JSON paths into an order's document: reading, writing and dropping what stands there.

>>> document = {"lines": [{"id": "1"}]}
>>> put(document, "lines[0].measures.l", "0.75")
>>> document
{'lines': [{'id': '1', 'measures': {'l': '0.75'}}]}
"""

from __future__ import annotations

from typing import Any


def steps(path: str) -> list[str | int]:
    """A JSON path as its steps.

    >>> steps("lines[0].measures.l")
    ['lines', 0, 'measures', 'l']
    """
    found: list[str | int] = []
    for part in path.replace("]", "").split("."):
        name, *indexes = part.split("[")
        found += [name, *(int(index) for index in indexes)]
    return found


def put(document: Any, path: str, value: Any) -> None:
    """Writes a value at a JSON path, making the objects on the way."""
    *way, last = steps(path)
    target = document
    for step in way:
        if isinstance(step, str) and not isinstance(target.get(step), (dict, list)):
            target[step] = {}
        target = target[step]
    target[last] = value


def drop(document: Any, path: str) -> None:
    """Takes what stands at a JSON path out of the document."""
    *way, last = steps(path)
    target = document
    for step in way:
        target = target[step]
    del target[last]
