"""An exchange object like ccxt's, for a driver without ccxt: what it answers is what a test says."""

import asyncio
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from anyvenue.venues.ccxt.config import CcxtConfig

__all__ = ["FakeExchange", "NetworkError", "OrderNotFound", "market", "order_row", "raising"]


class NetworkError(Exception):
    """Named as ccxt's: nobody knows."""


class InvalidOrder(Exception):
    """Named as ccxt's: refused."""


class OrderNotFound(InvalidOrder):
    """Named as ccxt's."""


def raising(error: Exception) -> Callable[..., Any]:
    """Return an answer that is an error."""

    def answer(*_: object) -> Any:
        raise error

    return answer


def market(**changes: Any) -> dict[str, Any]:
    """Return a market structure: BTC/USDT."""
    found = {
        "id": "BTCUSDT",
        "symbol": "BTC/USDT",
        "base": "BTC",
        "quote": "USDT",
        "spot": True,
        "active": True,
        "precision": {"price": "0.1", "amount": "0.001"},
        "limits": {"amount": {"min": "0.002", "max": "100"}, "cost": {"min": "5"}},
    }
    return {**found, **changes}


def order_row(**changes: Any) -> dict[str, Any]:
    """Return an order structure."""
    found = {
        "id": "77",
        "symbol": "BTC/USDT",
        "type": "limit",
        "side": "buy",
        "price": "90000",
        "amount": "1",
        "filled": "0",
        "status": "open",
        "timestamp": time.time_ns() // 1_000_000,
    }
    return {**found, **changes}


class FakeExchange:
    """Answers by `answers`, a callable or a value for each method; counts in `asked` what it was asked."""

    precisionMode = 4  # noqa: N815
    requiredCredentials = {"apiKey": True}  # noqa: N815
    features: dict[str, Any] = {}
    currencies: dict[str, Any] = {}

    def __init__(self, answers: dict[str, Any], has: dict[str, Any], exchange: str) -> None:
        self.id = exchange
        self.answers, self.has = answers, has
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.options: dict[str, Any] = {"defaultType": "spot"}
        self.markets = {"BTC/USDT": market()}
        self.urls: dict[str, Any] = {}
        self.clients = {"wss://x": SimpleNamespace(isConnected=True)}

    @classmethod
    def maker(
        cls, answers: dict[str, Any], exchange: str = "somewhere", **has: Any
    ) -> tuple[Callable[..., Any], list["FakeExchange"]]:
        """Return what makes such objects, and the list they are put into."""
        usual = dict.fromkeys(
            ("createOrder", "cancelOrder", "fetchBalance", "fetchOpenOrders", "fetchMyTrades"), True
        )
        usual |= {"fetchOrders": True, "fetchOrderBook": True, **has}
        made: list[FakeExchange] = []

        def make(config: CcxtConfig, *, exact: bool) -> Any:
            made.append(cls(answers, usual, exchange))
            return made[-1]

        return make, made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        async def call(*words: Any) -> Any:
            await asyncio.sleep(0)
            self.asked.append((name, words))
            answer = self.answers.get(name, [])
            return answer(*words) if callable(answer) else answer

        return call

    def set_markets(self, markets: Any, currencies: Any = None) -> None:
        """Take over what another has learned."""

    async def load_markets(self, reload: bool = False) -> Any:
        """Know the markets."""
        return self.markets

    async def close(self) -> None:
        """Close nothing."""
