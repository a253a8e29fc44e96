"""Seeded synthetic markets: traders that place, cancel and trade in a real order book around a hidden fair price."""

from anyvenue.sim.synthetic.fair import World
from anyvenue.sim.synthetic.market import SyntheticMarket
from anyvenue.sim.synthetic.prices import start_price
from anyvenue.sim.synthetic.ticks import synthetic_events, synthetic_ticks, usual_interval

__all__ = [
    "SyntheticMarket",
    "World",
    "start_price",
    "synthetic_events",
    "synthetic_ticks",
    "usual_interval",
]
