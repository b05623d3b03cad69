"""Text that cannot act: whatever a terminal would obey is spelled out instead.

>>> print(plain("[red]\\x1b[31mA-1"))
[red]\\x1b[31mA-1
"""

from __future__ import annotations

import re

# Control characters, separators that break lines, marks that reverse the reading direction, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
_SPACES = re.compile(r"[ \t\r\n]+")


def plain(value: object) -> str:
    """Text on one line in which nothing can act on a terminal: escapes and controls are spelled out.

    >>> plain("two\\nlines"), plain("\\u202eevil")
    ('two lines', '\\\\u202eevil')
    """
    return _UNSAFE.sub(_spelled, _SPACES.sub(" ", str(value)))


def plain_lines(value: str) -> str:
    """The same for text of several lines, whose line ends and indentation stay.

    >>> plain_lines("a:\\n  b\\x07")
    'a:\\n  b\\\\x07'
    """
    return "\n".join(_UNSAFE.sub(_spelled, line.expandtabs(4)) for line in re.split("\r\n|\n", value))


def _spelled(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
