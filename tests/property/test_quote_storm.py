"""A storm of nonsense in every field of every kind of market data, in every way of matching, through a day roll.

No fill at what is no price, nothing in the books that is no number, no crash, and the books still add up.
"""

from decimal import Decimal
from math import inf, nan
from random import Random
from typing import Any

import pytest

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.events import DaySettled, OrderAccepted
from anyvenue.model.ids import OrderId
from anyvenue.model.market import Bar, Depth, MarketEvent, Quote, Trade
from anyvenue.model.orders import OrderRequest
from anyvenue.sim.queue_models import QUEUE_MODELS
from builders import ALICE, BOB, DBL_MAX, MINUTE, SECOND, Pit, depth, rebar

BAD = (DBL_MAX, -DBL_MAX, 5e-324, 0.0, -0.0, nan, inf, -inf, -3500.0, 1e300, 1e15)
MODES = ["touch", "maker", "book", *(f"queue {each}" for each in QUEUE_MODELS)]
LOW, HIGH = Decimal(3400), Decimal(3600)
"""All that is real in the storm, and all limits of orders, lie between."""


class Storm:
    """One exchange, two accounts with positions and orders of all types, and a seed to draw from."""

    def __init__(self, mode: str, seed: int, arrival: bool) -> None:
        name, _, model = mode.partition(" ")
        given = {"queue_model": model} if model else {}
        self.draw = Random(seed)
        self.name = name
        self.pit = Pit(
            rebar(),
            matching=name,
            accounts=(ALICE, BOB),
            cash=100_000_000,
            match_on_arrival=arrival,
            **given,
        )

    # ---- before

    def begin(self) -> None:
        """Give both accounts positions and orders of all types."""
        pit = self.pit
        self.calm()
        pit.send(Side.SELL, 20, 3500, account=BOB)
        pit.buy(20, 3500)
        pit.buy(5)
        pit.send(Side.SELL, 5, account=BOB)
        for _ in range(3):
            self.calm()
        assert pit.fills(), "both accounts should hold something before the storm"
        for account in (ALICE, BOB):
            for kind in range(12):
                self.order(account, kind)

    def calm(self) -> None:
        """Show a real market."""
        pit = self.pit
        pit.see(
            depth(
                pit.instrument,
                pit.now + SECOND,
                {3499.0: 10, 3498.0: 20},
                {3500.0: 10, 3501.0: 20},
                last=3500,
                volume=float(pit.now // SECOND % 100_000),
                upper_limit=float(HIGH),
                lower_limit=float(LOW),
            )
        )

    def order(self, account: Any, kind: int) -> None:
        """Send an order of one of twelve kinds, on either side."""
        draw, pit = self.draw, self.pit
        buy = draw.random() < 0.5
        side = Side.BUY if buy else Side.SELL
        near = Decimal(draw.randrange(3490, 3511))
        far = Decimal(draw.randrange(3505, 3600) if buy else draw.randrange(3400, 3496))
        more: dict[str, Any] = {
            0: {"price": near},
            1: {"price": near, "time_in_force": TimeInForce.GTC},
            2: {"type": OrderType.MARKET},
            3: {"type": OrderType.STOP, "stop_price": far},
            4: {"type": OrderType.STOP_LIMIT, "stop_price": far, "price": far},
            5: {"price": near, "post_only": True},
            6: {"price": near, "time_in_force": TimeInForce.IOC},
            7: {"price": near, "time_in_force": TimeInForce.FOK},
            8: {"price": near, "offset": Offset.CLOSE_TODAY},
            9: {"type": OrderType.TRAILING_STOP, "trail": Decimal(draw.randrange(5, 60))},
            10: {"price": near, "display": Decimal(1), "time_in_force": TimeInForce.GTC},
            11: {"price": near, "time_in_force": TimeInForce.GTC},
        }[kind]
        given: dict[str, Any] = {"type": OrderType.LIMIT, "offset": Offset.OPEN, "price": None}
        given |= more
        price = given.pop("price")
        pit._last += 1
        pit.submit(
            OrderId(pit._last),
            OrderRequest(
                account, pit.instrument.id, side, Decimal(draw.randrange(2, 9)), price, **given
            ),
        )

    # ---- the storm

    def number(self, real: float) -> float:
        """Return nonsense, or now and then something real."""
        return self.draw.choice(BAD) if self.draw.random() < 0.7 else real

    def price(self) -> float:
        return self.number(float(self.draw.randrange(3450, 3551)))

    def size(self) -> float:
        return self.number(float(self.draw.randrange(0, 30)))

    def event(self) -> MarketEvent:
        """Return a market event with nonsense in any of its fields."""
        name, ts = self.pit.instrument.id, self.pit.now + SECOND
        price, size = self.price, self.size
        kind = self.draw.randrange(4)
        if kind == 0:
            return Quote(name, ts, ts, price(), price(), size(), size())
        if kind == 1:
            return Trade(name, ts, ts, price(), size())
        if kind == 2:
            prices = (price(), price(), price(), price(), size(), size(), size(), price())
            return Bar(name, ts, ts, "1m", ts - MINUTE, *prices, trading_day=self.day())
        levels = self.draw.randrange(0, 6)
        bids, bid_sizes, asks, ask_sizes = (
            tuple(draw() for _ in range(levels)) for draw in (price, size, price, size)
        )
        figures = [size() if at in (1, 2, 3) else price() for at in range(12)]
        return Depth(name, ts, ts, bids, bid_sizes, asks, ask_sizes, *figures, self.day())

    def day(self) -> int:
        return self.draw.choice((0, 20260121, 20260122, -1, 99999999))

    def check(self, said: list[Any]) -> None:
        """Every fill is at a price that was there or asked for, and the books hold numbers only."""
        for event in said:
            if hasattr(event, "fill"):
                fill = event.fill
                assert LOW <= fill.price <= HIGH, fill
                assert fill.quantity > 0, fill
                assert fill.fee.is_finite(), fill
            if isinstance(event, DaySettled):
                assert all(LOW <= price <= HIGH for _, price in event.prices), event
        for account in (ALICE, BOB):
            figures = self.pit.figures(account=account)
            for name in figures.__struct_fields__:
                value = getattr(figures, name)
                assert not isinstance(value, Decimal) or value.is_finite(), (name, value)
            assert self.pit.exchange.accounts[account].ledger.total("CNY") == 0

    def rage(self, events: int) -> None:
        """Let it storm, with orders, changes and cancels in between."""
        pit, draw = self.pit, self.draw
        for _ in range(events):
            if draw.random() < 0.2:
                self.calm()
            self.check(pit.see(self.event()))
            self.check(self.public())
            if draw.random() < 0.3:
                before = len(pit.events)
                account = draw.choice((ALICE, BOB))
                self.order(account, draw.randrange(12))
                if draw.random() < 0.3:
                    pit.modify(draw.randrange(1, pit._last + 1), quantity=draw.randrange(1, 9))
                if draw.random() < 0.3:
                    pit.cancel(draw.randrange(1, pit._last + 1), account)
                self.check(pit.events[before:])

    def public(self) -> list[Any]:
        """Look at the exchange's own market data, too."""
        for event in self.pit.exchange.market_events():
            if isinstance(event, Trade):
                assert LOW <= event.price <= HIGH
                assert event.size > 0
        return []


@pytest.mark.parametrize("arrival", [False, True], ids=["next event", "on arrival"])
@pytest.mark.parametrize("mode", MODES)
def test_a_storm_of_nonsense_fills_nothing_at_what_is_no_price(mode: str, arrival: bool) -> None:
    for seed in range(8):
        storm = Storm(mode, seed, arrival)
        storm.begin()
        storm.rage(120)
        pit = storm.pit
        pit.to("15:00:30")
        storm.check(pit.to("20:00"))  # the day is settled between
        assert any(isinstance(event, DaySettled) for event in pit.events), seed
        pit.to("33:05")
        storm.rage(60)
        for _ in range(3):
            storm.calm()
        storm.check(pit.exchange.cancel_all(pit.now))
        assert sum(isinstance(event, OrderAccepted) for event in pit.events) > 20, seed


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bad", BAD[:-1], ids=repr)
def test_a_market_of_nothing_but_one_such_number_does_nothing(mode: str, bad: float) -> None:
    storm = Storm(mode, 1, False)
    storm.begin()
    pit = storm.pit
    storm.calm()
    name = pit.instrument.id
    filled = len(pit.fills())
    for _ in range(3):
        ts = pit.now + SECOND
        five = (bad,) * 5
        for event in (
            Quote(name, ts, ts, bad, bad, bad, bad),
            Depth(name, ts, ts, five, five, five, five, *(bad,) * 12),
            Trade(name, ts, ts, bad, bad),
            Bar(name, ts, ts, "1m", ts - MINUTE, *(bad,) * 8),
        ):
            storm.check(pit.see(event))
    assert len(pit.fills()) == filled
