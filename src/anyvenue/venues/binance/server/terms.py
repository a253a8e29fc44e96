"""What the server is told: how many requests it takes, and whose clock it goes by."""

from enum import StrEnum

import msgspec

__all__ = ["BinanceTerms", "Market"]


class Market(StrEnum):
    """The two markets, by the names that the driver's configuration has for them."""

    SPOT = "spot"
    USDM = "usdm"


class BinanceTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How the server deals with its clients; the numbers are the venue's of 2026.

    Weights are per minute and address, orders per ten seconds and account, messages per second and socket. An address
    that goes on after `strikes` refusals for its weight is banned for `ban_s`. 0 is without limit. `answer_s` is how
    long an order waits for its outcome, `immediate_s` an order that is executed or ends at once.
    """

    spot_weight: int = 6000
    usdm_weight: int = 2400
    spot_orders: int = 100
    usdm_orders: int = 300
    spot_messages: float = 5.0
    usdm_messages: float = 10.0
    strikes: int = 100
    ban_s: float = 120.0
    receive_window_ms: float = 5000
    answer_s: float = 10.0
    immediate_s: float = 1.5
    key_life_s: float = 3600.0
    flush_s: float = 0.1
    longest_queue: int = 8 << 20

    def weight(self, market: Market) -> int:
        """Return the weight that is taken in a minute."""
        return self.spot_weight if market is Market.SPOT else self.usdm_weight

    def orders(self, market: Market) -> int:
        """Return how many orders are taken in ten seconds."""
        return self.spot_orders if market is Market.SPOT else self.usdm_orders

    def messages(self, market: Market) -> float:
        """Return how many messages a second a stream's client may send."""
        return self.spot_messages if market is Market.SPOT else self.usdm_messages
