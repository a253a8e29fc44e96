"""The limits of the queue models, against a queue in which every lot is known."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.sim.queue_models import QUEUE_MODELS, Place
from builders import MS, SECOND, Pit, depth, rebar, trade

LOTS = st.integers(0, 60)
STEPS = st.lists(st.tuples(LOTS, LOTS, st.booleans()), max_size=30)
COUNTS = st.floats(0, 1e9) | st.integers(0, 200).map(float)


@given(st.sampled_from(sorted(QUEUE_MODELS)), LOTS, STEPS)
def test_a_place_never_goes_back_and_is_never_behind_what_is_displayed(
    model: str, first: int, steps: list[tuple[int, int, bool]]
) -> None:
    place = Place(True, Decimal(3500), first, first, 0)
    for traded, size, visible in steps:
        before = place.ahead
        place.traded += traded
        place.pass_by(traded)
        assert 0 <= place.ahead <= max(before - traded, 0)
        before = place.ahead
        place.look(float(size) if visible else None, QUEUE_MODELS[model])
        assert 0 <= place.ahead <= before
        if visible:
            assert place.ahead <= size


@given(COUNTS, COUNTS)
def test_a_share_is_one_and_the_models_are_in_order(ahead: float, behind: float) -> None:
    if ahead == 0 and behind == 0:
        return
    shares = {name: share(ahead, behind) for name, share in QUEUE_MODELS.items()}
    assert all(0 <= each <= 1 for each in shares.values())
    assert shares["risk_averse"] == 0
    if 0 < ahead < behind:
        assert shares["power2"] <= shares["uniform"] <= shares["log"] <= 0.5


@given(st.sampled_from(["power2", "log", "uniform"]), LOTS, LOTS, LOTS)
def test_all_models_agree_where_nobody_stands_behind(
    model: str, ahead: int, cancelled: int, traded: int
) -> None:
    for each in (model, "risk_averse"):
        place = Place(True, Decimal(3500), ahead, ahead, 0)
        place.traded += traded
        place.pass_by(traded)
        left = max(ahead - traded - cancelled, 0)
        place.look(left, QUEUE_MODELS[each])
        assert place.ahead == left


class Truth:
    """A queue at the bid in which every lot is known: ours is one lot somewhere among the others."""

    def __init__(self, draw: Random, size: int) -> None:
        self.draw = draw
        self.ahead, self.behind = size, 0
        self.filled = False

    @property
    def size(self) -> int:
        """What a feed displays; our own lot was never in the data."""
        return self.ahead + self.behind

    def cancel(self) -> None:
        if self.draw.randrange(self.size) < self.ahead:
            self.ahead -= 1
        else:
            self.behind -= 1

    def trade(self, lots: int) -> None:
        for _ in range(lots):
            if self.ahead:
                self.ahead -= 1
            elif not self.filled:
                self.filled = True
            else:
                self.behind = max(self.behind - 1, 0)


@pytest.mark.parametrize("model", sorted(QUEUE_MODELS))
@pytest.mark.parametrize("seed", range(12))
def test_risk_averse_is_never_early_and_every_model_fills_in_the_end(model: str, seed: int) -> None:
    draw = Random(seed)
    pit = Pit(rebar(), matching="queue", queue_model=model)
    truth = Truth(draw, 40)

    def show() -> None:
        # What trades against our lot in the truth is still there in the recorded data.
        size = float(truth.size)
        levels = {3500.0: size, 3499.0: 5.0} if size else {3499.0: 5.0}
        pit.see(depth(pit.instrument, pit.now + SECOND, levels, {3501.0: 10.0}))

    show()
    order = pit.buy(1, 3500)
    for _ in range(400):
        if truth.filled:
            break
        kind = draw.randrange(4)
        if kind == 0 and truth.ahead:
            pit.see(trade(pit.instrument, pit.now + MS, 3500, 1))
            truth.trade(1)
        elif kind == 1 and truth.size:
            truth.cancel()
        elif kind == 2:
            truth.behind += draw.randrange(3)
        show()
        if model == "risk_averse":
            assert not pit.fills(order), f"filled before its turn, seed {seed}"
        if not truth.ahead:
            break
    pit.see(trade(pit.instrument, pit.now + MS, 3500, 50 + truth.size))
    assert pit.order(order).filled == 1


def error_of(model: str, ahead: int, behind: int, seeds: int = 400) -> float:
    """Return by how many lots a model is too slow in the mean, after a third of a queue was cancelled at random."""
    total = 0.0
    for seed in range(seeds):
        truth = Truth(Random(seed), ahead)
        truth.behind = behind
        place = Place(True, Decimal(3500), ahead, ahead + behind, 0)
        for _ in range((ahead + behind) // 3):
            truth.cancel()
            place.look(float(truth.size), QUEUE_MODELS[model])
        total += place.ahead - truth.ahead
    return total / seeds


def test_uniform_is_right_in_the_mean_where_every_lot_is_equally_likely_to_go() -> None:
    for ahead, behind in ((10, 50), (30, 30), (50, 10)):
        assert abs(error_of("uniform", ahead, behind)) < 0.5


def test_near_the_front_the_others_are_too_slow_or_too_fast() -> None:
    slowest, slow, fast = (error_of(model, 10, 50) for model in ("risk_averse", "power2", "log"))
    assert slowest > slow > 0.5
    assert fast < -0.5
