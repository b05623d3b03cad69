"""A receipt gives the same bits again: in another process, another time zone and locale, with another hash seed, and
from many threads at once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import xbcompliance as xb
from conftest import ROOT

ORDER = (ROOT / "examples/orders/shenzhen-berlin-usd.json").read_text(encoding="utf-8")
PRINT = "import sys, xbcompliance as xb; print(xb.Engine().assess(sys.stdin.read()).to_json())"


@pytest.fixture(scope="module")
def engine() -> xb.Engine:
    return xb.Engine()


@pytest.mark.parametrize(("seed", "zone", "locale"), [("1", "Pacific/Auckland", "tr_TR.UTF-8"), ("77", "UTC", "C")])
def test_another_process_gives_the_same_bits(engine: xb.Engine, seed: str, zone: str, locale: str) -> None:
    surroundings = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", PRINT], input=ORDER, capture_output=True, text=True, encoding="utf-8", env=surroundings
    )
    assert done.stdout.strip() == engine.assess(ORDER).to_json(), done.stderr


def test_eight_threads_share_one_engine(engine: xb.Engine) -> None:
    days = [f"20{year}-{month:02}-11" for year in range(22, 27) for month in range(1, 13)]
    orders = [json.loads(ORDER) | {"id": day, "dates": {"placed": day}} for day in days]
    alone = [engine.assess(order).to_json() for order in orders]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda order: xb.Engine.assess(engine, order).to_json(), orders)) == alone
    fresh = xb.Engine()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda order: fresh.assess(order).to_json(), orders)) == alone


def test_a_receipt_replays_and_a_changed_one_does_not(engine: xb.Engine) -> None:
    first = engine.assess(ORDER)
    receipt = json.loads(first.receipt.model_dump_json())
    assert xb.replay(receipt, ORDER, engine).to_json() == first.to_json()
    receipt["trace"][0]["amount"] = "1.00"
    with pytest.raises(xb.ReplayMismatch, match=r"charges\[0\]\.amount"):
        xb.replay(receipt, ORDER, engine)
    with pytest.raises(xb.ReplayMismatch, match="order_digest"):
        xb.replay(first.receipt, json.loads(ORDER) | {"id": "another"}, engine)


def test_an_overlay_is_another_rulebook(engine: xb.Engine) -> None:
    other = xb.Engine(xb.load_rulebook(overlays=[ROOT / "examples/overlays/eu-item-by-code.yaml"]))
    with pytest.raises(xb.ReplayMismatch, match="rulebook_digest"):
        xb.replay(engine.assess(ORDER).receipt, ORDER, other)


def test_a_receipt_holds_no_personal_data(engine: xb.Engine) -> None:
    receipt = engine.assess(ORDER).receipt.model_dump_json()
    for told in ("Berlin", "10115", "Shenzhen", "IM3720000224"):
        assert told not in receipt
