"""The expression language: a typed, unit-checked subset of Python's expression grammar with three-valued truth."""

from __future__ import annotations

from xbcompliance.expr.compile import Scope, compile_expression

__all__ = ["Scope", "compile_expression"]
