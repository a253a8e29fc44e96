"""The exchange objects of a driver: one that trades, one that listens for the account, one for market data.

That which listens is made anew after every break: what ccxt remembers of a connection is gone with it. Market data come
as floats, since ccxt sorts books by them; what counts money comes as texts.
"""

import asyncio
from contextlib import suppress

from anyvenue.venues.ccxt.abilities import Abilities, abilities_of
from anyvenue.venues.ccxt.calls import Calls
from anyvenue.venues.ccxt.config import CcxtConfig
from anyvenue.venues.ccxt.errors import masker
from anyvenue.venues.ccxt.library import Exchange, Maker, Row, make_exchange

__all__ = ["Sessions"]

_APART = frozenset({"bitfinex"})
"""Exchanges that keep the money of spot and of contracts apart, of which ccxt does not say what it takes for usual."""
_WALLETS = {("bitfinex", "contracts"): {"type": "derivatives"}}
"""What must be said beside the kind of market to be told of the right money."""


class Sessions:
    """Makes the objects when they are needed and closes them together; then they are made anew."""

    def __init__(self, config: CcxtConfig, make: Maker = make_exchange) -> None:
        """Make none yet; later by `make`."""
        self._config, self._make = config, make
        self.clean = masker(list(config.credentials.values()))
        self._trading: Calls | None = None
        self._market: Calls | None = None
        self._abilities: Abilities | None = None
        self._others: list[Exchange] = []

    @property
    def trading(self) -> Calls:
        """That which trades and asks; raise ConfigError."""
        if self._trading is None:
            made = self._make(self._config, exact=True)
            self._trading = Calls(made, self.clean)
        return self._trading

    @property
    def market(self) -> Calls:
        """That which brings market data."""
        if self._market is None:
            self._market = Calls(self._like_trading(exact=False), self.clean)
        return self._market

    def ears(self) -> Calls:
        """Return a new one that listens for the account."""
        made = self._like_trading(exact=True)
        self._others.append(made)
        return Calls(made, self.clean)

    def _like_trading(self, *, exact: bool) -> Exchange:
        known = self.trading.exchange
        # With the keys, where there are any: Alpaca tells nobody else of its markets.
        made = self._make(self._config, exact=exact)
        if known.markets:
            made.set_markets(list(known.markets.values()), known.currencies)
        if "timeDifference" in known.options:
            made.options["timeDifference"] = known.options["timeDifference"]
        return made

    @property
    def kind(self) -> str:
        """Which part of the account is traded: spot, contracts or all."""
        if self._config.market != "usual":
            return self._config.market
        usual = str(self.trading.exchange.options.get("defaultType") or "all")
        if self._config.exchange in _APART:
            usual = "spot"
        if usual in ("swap", "future", "delivery", "linear", "inverse"):
            return "contracts"
        return usual if usual == "spot" else "all"

    @property
    def abilities(self) -> Abilities:
        """What the exchange can do; raise ConfigError."""
        if self._abilities is None:
            exchange = self.trading.exchange
            contracts = self.kind == "contracts" or (
                self.kind == "all" and exchange.has.get("fetchPositions") is True
            )
            self._abilities = abilities_of(exchange, contracts=contracts)
        return self._abilities

    async def money(self) -> Row:
        """Ask for the money of the account; raise VenueError."""
        words = _WALLETS.get((self._config.exchange, self.kind))
        return await self.trading.row("fetch_balance", *(() if words is None else (words,)))

    @property
    def behind_ms(self) -> int:
        """How many ms our clock is ahead of the exchange's, as far as ccxt has found out."""
        found = self.trading.exchange.options.get("timeDifference")
        return int(str(found)) if isinstance(found, int | float) else 0

    async def forget(self, calls: Calls) -> None:
        """Close one that has listened."""
        if calls.exchange in self._others:
            self._others.remove(calls.exchange)
        await _close(calls.exchange)

    async def close(self) -> None:
        """Close all of them."""
        calls = [each for each in (self._trading, self._market) if each is not None]
        every = [*(each.exchange for each in calls), *self._others]
        self._trading = self._market = None
        self._others = []
        await asyncio.gather(*(_close(each) for each in every))


async def _close(exchange: Exchange) -> None:
    with suppress(Exception):  # it is left either way
        await exchange.close()
