"""What does the law ask of a cross-border sale, and why.

>>> import xbcompliance as xb
>>> sorted(name for name in xb.__all__ if name[0].isupper())[:4]
['Assessment', 'ComplianceError', 'Engine', 'EngineError']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from xbcompliance._errors import ComplianceError, EngineError, InputError, PackError, ReplayMismatch
from xbcompliance._unknown import UNKNOWN
from xbcompliance._version import __version__

if TYPE_CHECKING:
    from xbcompliance.assessment import Assessment
    from xbcompliance.engine import Engine
    from xbcompliance.facts import Order, Return, read_order, read_return
    from xbcompliance.packs.rulebook import Rulebook, load_rulebook
    from xbcompliance.replaying import replay

__all__ = [
    "UNKNOWN",
    "Assessment",
    "ComplianceError",
    "Engine",
    "EngineError",
    "InputError",
    "Order",
    "PackError",
    "ReplayMismatch",
    "Return",
    "Rulebook",
    "__version__",
    "load_rulebook",
    "read_order",
    "read_return",
    "replay",
]

_LATER = {
    "Assessment": "xbcompliance.assessment",
    "Engine": "xbcompliance.engine",
    "Order": "xbcompliance.facts",
    "Return": "xbcompliance.facts",
    "read_order": "xbcompliance.facts",
    "read_return": "xbcompliance.facts",
    "Rulebook": "xbcompliance.packs.rulebook",
    "load_rulebook": "xbcompliance.packs.rulebook",
    "replay": "xbcompliance.replaying",
}


def __getattr__(name: str) -> Any:
    """Names that need more than the errors are imported when first asked for, so that importing stays quick."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_LATER[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
