"""How much a client has asked for: request weight by address, orders by account, and bans."""

from collections.abc import Callable

from anyvenue.venues.binance.server.refusals import Refused
from anyvenue.venues.binance.server.terms import BinanceTerms, Market
from anyvenue.venues.serving.windows import Window

__all__ = ["Limits"]

_MINUTE, _TEN = 60, 10


class Limits:
    """The accounting of one market. Intervals begin with the minute and the ten seconds, as the venue's do."""

    def __init__(self, market: Market, terms: BinanceTerms, wall: Callable[[], float]) -> None:
        """Count under `terms`; `wall` is the time in seconds."""
        self._terms, self._market, self._wall = terms, market, wall
        self._weights: dict[str, Window] = {}
        self._orders: dict[str, tuple[Window, Window]] = {}
        self._strikes: dict[str, int] = {}
        self._banned: dict[str, float] = {}

    def use(self, address: str, weight: int) -> dict[str, str]:
        """Count a request and return the headers that tell; raise Refused 429, or 418 while banned."""
        now = self._wall()
        until = self._banned.get(address, 0.0)
        if until > now:
            raise self._ban(until, now)
        window = self._weights.setdefault(address, Window())
        used = window.take(int(now), _MINUTE, weight)
        most = self._terms.weight(self._market)
        if most and used > most:
            strikes = self._strikes[address] = self._strikes.get(address, 0) + 1
            if strikes > self._terms.strikes:
                self._strikes[address] = 0
                until = self._banned[address] = now + self._terms.ban_s
                raise self._ban(until, now)
            wait = _MINUTE - int(now) % _MINUTE
            raise Refused(
                -1003,
                f"Too much request weight used; current limit is {most} request weight per 1 MINUTE. "
                "Please use WebSocket Streams for live updates to avoid polling the API.",
                429,
                wait=wait,
            )
        names = ("x-mbx-used-weight", "x-mbx-used-weight-1m")
        return {name: str(used) for name in names[self._market is Market.USDM :]}

    def order(self, account: str) -> dict[str, str]:
        """Count an order and return the headers that tell; raise Refused 429."""
        now = int(self._wall())
        short, long = self._orders.setdefault(account, (Window(), Window()))
        used, in_all = short.take(now, _TEN, 1), long.take(now, _MINUTE, 1)
        most = self._terms.orders(self._market)
        if most and used > most:
            raise Refused(
                -1015,
                f"Too many new orders; current limit is {most} orders per 10 SECOND.",
                429,
                wait=_TEN - now % _TEN,
            )
        return {"x-mbx-order-count-10s": str(used), "x-mbx-order-count-1m": str(in_all)}

    def _ban(self, until: float, now: float) -> Refused:
        return Refused(
            -1003,
            f"Way too much request weight used; IP banned until {int(until * 1000)}. "
            "Please use WebSocket Streams for live updates to avoid bans.",
            418,
            wait=int(until - now) + 1,
        )
