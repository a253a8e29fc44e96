"""What traded between two snapshots, and at which prices."""

from math import inf, nan
from typing import Any

import pytest

from anyvenue.model.market import Depth
from anyvenue.sim.traded_volume import traded_between
from builders import DBL_MAX, at, depth, rebar

RB = rebar()


def snap(bid: float, ask: float, last: float, volume: float, turnover: float = nan) -> Depth:
    return depth(
        RB, at("09:01"), {bid: 5.0}, {ask: 5.0}, last=last, volume=volume, turnover=turnover
    )


def between(before: Depth, after: Depth, **more: Any) -> list[tuple[float, float]]:
    return traded_between(before, after, more.get("multiplier", 10.0), 1.0, 1.0)


BEFORE = snap(3500, 3501, 3500, 100, 3_500_000)


@pytest.mark.parametrize(
    ("mean", "split"),
    [
        (3500.0, [(3500.0, 20.0)]),
        (3500.25, [(3500.0, 15.0), (3501.0, 5.0)]),
        (3500.5, [(3500.0, 10.0), (3501.0, 10.0)]),
        (3501.0, [(3501.0, 20.0)]),
    ],
)
def test_the_turnover_splits_the_volume_between_bid_and_ask(mean: float, split: object) -> None:
    after = snap(3500, 3501, 3501, 120, 3_500_000 + 20 * mean * 10)
    assert between(BEFORE, after) == split


def test_a_market_that_moved_is_split_between_the_quotes_next_to_the_mean() -> None:
    after = snap(3498, 3499, 3498, 110, 3_500_000 + 10 * 3499.4 * 10)
    assert between(BEFORE, after) == [(3499.0, 6.0), (3500.0, 4.0)]


def test_a_turnover_without_the_multiplier_is_understood() -> None:
    before = snap(3500, 3501, 3500, 100, 350_000)
    after = snap(3500, 3501, 3501, 120, 350_000 + 20 * 3500.5)
    assert between(before, after) == [(3500.0, 10.0), (3501.0, 10.0)]


def test_a_mean_outside_of_all_quotes_claims_no_more_than_it_says() -> None:
    below = snap(3500, 3501, 3500, 110, 3_500_000 + 10 * 3497.3 * 10)
    assert between(BEFORE, below) == [(3498.0, 10.0)]
    above = snap(3500, 3501, 3500, 110, 3_500_000 + 10 * 3503.7 * 10)
    assert between(BEFORE, above) == [(3503.0, 10.0)]


@pytest.mark.parametrize("turnover", [nan, DBL_MAX, 0.0, 3_500_000.0, 9e9, -1.0])
def test_a_turnover_that_cannot_be_puts_all_at_the_last_price(turnover: float) -> None:
    assert between(BEFORE, snap(3500, 3501, 3501, 120, turnover)) == [(3501.0, 20.0)]


@pytest.mark.parametrize("last", [nan, DBL_MAX, 0.0, -1.0, inf])
def test_without_a_last_price_nothing_is_known(last: float) -> None:
    assert between(BEFORE, snap(3500, 3501, last, 120)) == []


@pytest.mark.parametrize("volume", [nan, DBL_MAX, inf, -1.0, 0.0, 99.0, 100.0])
def test_a_volume_that_did_not_grow_is_nothing(volume: float) -> None:
    assert between(BEFORE, snap(3500, 3501, 3501, volume)) == []
    assert between(snap(3500, 3501, 3500, nan), snap(3500, 3501, 3501, 120)) == []
