"""The plan: a rulebook compiled into typed rules, lanes and slices that the engines run."""

from __future__ import annotations

from xbcompliance.plan.build import build_plan
from xbcompliance.plan.lanes import Lane, build_lane, traits_of
from xbcompliance.plan.model import Plan, PlanRule
from xbcompliance.plan.routing import Routes
from xbcompliance.plan.slices import Slice, SliceCharge, build_slice

__all__ = [
    "Lane",
    "Plan",
    "PlanRule",
    "Routes",
    "Slice",
    "SliceCharge",
    "build_lane",
    "build_plan",
    "build_slice",
    "traits_of",
]
