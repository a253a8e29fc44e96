"""The ways of matching against market data, by name."""

from collections.abc import MutableMapping

from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import MarketEvent
from anyvenue.sim.days import MarketDays
from anyvenue.sim.maker_matching import MakerMatching
from anyvenue.sim.matching import TouchMatching
from anyvenue.sim.queue_matching import QueueMatching
from anyvenue.sim.touch import Outcome

__all__ = ["MATCHINGS", "make_matching"]

MATCHINGS = ("touch", "queue", "maker", "book")
"""All names; ``book`` is the one that needs no market data (`sim.book_matching`)."""


def make_matching(
    name: str,
    days: MarketDays,
    latest: MutableMapping[InstrumentId, MarketEvent],
    on_arrival: bool,
    out: Outcome,
    queue_model: str,
) -> TouchMatching:
    """Return a way of matching against market data; raise ConfigError for an unknown name or queue model."""
    if name == "touch":
        return TouchMatching(days, latest, on_arrival, out)
    if name == "queue":
        return QueueMatching(days, latest, on_arrival, out, queue_model)
    if name == "maker":
        return MakerMatching(days, latest, on_arrival, out)
    known = ", ".join(MATCHINGS)
    raise ConfigError(
        f"matching was {name!r}; expected one of {known}",
        code="config.matching",
        key="matching",
        value=name,
        known=known,
    )
