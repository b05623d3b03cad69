"""Shared helpers of the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every machine and day; `make test-slow` asks for more, chosen at random.
settings.register_profile("fast", derandomize=True, deadline=None, database=None, max_examples=50)
settings.register_profile(
    "thorough", deadline=None, max_examples=1000, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("fast")

ROOT = Path(__file__).resolve().parent.parent


def shared_data(name: str) -> Path:
    """An official file for importers and tests; the test is skipped where the file is not at hand."""
    folder = Path(os.environ.get("XBCOMPLIANCE_DATA", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        pytest.skip(f"official file {name} is not at hand")
    return path
