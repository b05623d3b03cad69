"""Shared helpers of the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_data(name: str) -> Path:
    """An official file for importers and tests; the test is skipped where the file is not at hand."""
    folder = Path(os.environ.get("XBCOMPLIANCE_DATA", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        pytest.skip(f"official file {name} is not at hand")
    return path
