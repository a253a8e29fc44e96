"""A mark is the latest price there was, whoever looked at it and whenever."""

from collections.abc import Iterator
from random import Random

import pytest

from anyvenue.kernel.kernel import Kernel
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import MarketEvent, Quote, surely_priced
from anyvenue.oms.marks import Marks, mark_price
from anyvenue.sim.exchange import Exchange
from builders import DBL_MAX, SECOND, Pit, at, bar, depth, quote, rebar, trade, weekdays

NAN = float("nan")
NONE = (NAN, 0.0, -1.0, DBL_MAX, float("inf"), 1e-9)
RB = rebar()


def look_up(name: InstrumentId) -> Instrument:
    """Return the one instrument."""
    return RB


def patchy_market(seed: int, events: int = 200) -> Iterator[MarketEvent]:
    """Give events of every kind, a third of them without a price."""
    draw = Random(seed)
    for number in range(1, events + 1):
        price = float(draw.randrange(3400, 3600))
        if draw.random() < 0.35:
            price = draw.choice(NONE)
        ts = at("10:00") + number * SECOND
        yield draw.choice(
            [
                quote(RB, ts, price, 3601),
                quote(RB, ts, 3399, price),
                depth(RB, ts, {price: 1.0}, {3601.0: 1.0}, last=price),
                depth(RB, ts, {3400.0: 1.0}, {3401.0: 1.0}, last=price),
                depth(RB, ts, {}, {}, last=price),
                bar(RB, ts - 60 * SECOND, (3500, 3600, 3400, price)),
                trade(RB, ts, price, 1.0),
            ]
        )


@pytest.mark.parametrize("seed", range(20))
def test_in_a_kernel_books_that_look_and_books_that_do_not_see_the_same_marks(seed: int) -> None:
    kernel = Kernel()
    watchful, absent_minded = Marks(kernel.latest, look_up), Marks(kernel.latest, look_up)
    kernel.before_gap += [watchful, absent_minded]
    for event in patchy_market(seed):
        kernel.process(event)
        watchful(RB.id)
    assert absent_minded(RB.id) == watchful(RB.id)


@pytest.mark.parametrize("seed", range(20))
def test_at_an_exchange_with_a_table_of_its_own_too(seed: int) -> None:
    watchful, absent_minded = Pit(RB), Pit(RB)
    for event in patchy_market(seed):
        watchful.see(event)
        absent_minded.see(event)
        watchful.exchange.marks(RB.id)
    assert absent_minded.exchange.marks(RB.id) == watchful.exchange.marks(RB.id)


@pytest.mark.parametrize("seed", range(20))
def test_and_where_kernel_and_exchange_share_the_table(seed: int) -> None:
    kernel, alone = Kernel(), Kernel()
    exchange = Exchange(look_up, weekdays)
    books, others = Marks(kernel.latest, look_up), Marks(alone.latest, look_up)
    kernel.before_gap.append(books)
    alone.before_gap.append(others)
    exchange.share_latest(kernel.latest, kernel.before_gap)
    kernel.on_first(RB.id, exchange.on_market)
    for event in patchy_market(seed):
        kernel.process(event)
        alone.process(event)
        others(RB.id)
    assert books(RB.id) == exchange.marks(RB.id) == others(RB.id)


@pytest.mark.parametrize("seed", range(20))
def test_what_surely_has_a_price_has_one(seed: int) -> None:
    sure = [event for event in patchy_market(seed) if surely_priced(event)]
    assert sure
    assert [event for event in sure if mark_price(event) is None] == []


def test_a_price_of_next_to_nothing_is_not_sure_but_counts() -> None:
    cheap = Quote(RB.id, 1, 1, 0.0012, 0.0013, 1.0, 1.0)
    assert not surely_priced(cheap)
    assert mark_price(cheap) == pytest.approx(0.00125)
