"""The version of the engine, written down once: packaging, ``--version`` and receipts all read it here.

>>> __version__.count(".")
2
"""

from __future__ import annotations

__version__ = "0.1.0"
