"""`SyncStrategyApi`: quotes, positions and orders in calls that wait, under the names that homalos-webctp documents.

api = SyncStrategyApi("alice", "secret")        # an exchange of one's own
quote = api.get_quote("rb2701")
result = api.open_close("rb2701", "kaiduo", 1, quote.AskPrice1)
api.stop()
"""

import logging
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Condition, Thread

from anyvenue.model.errors import AnyvenueError
from anyvenue.runtime.clock import LiveClock
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.sync.fronts import opener_of
from anyvenue.venues.ctp.sync.orders import ACTIONS, Piece, offsets_of
from anyvenue.venues.ctp.sync.plugins import PluginChain, StrategyPlugin, TradeData
from anyvenue.venues.ctp.sync.quotes import Quotes
from anyvenue.venues.ctp.sync.records import Position, Quote
from anyvenue.venues.ctp.sync.strategies import Stopped, StrategyThreads
from anyvenue.venues.ctp.sync.terms import SyncTerms
from anyvenue.venues.ctp.sync.trading import Trading
from anyvenue.venues.ctp.sync.worker import Worker

__all__ = ["SyncStrategyApi"]

_log = logging.getLogger("anyvenue.ctp.sync")
_MOST_WAITING = 100_000
_RELEASE_S = 5.0


class SyncStrategyApi:
    """A trading and a quote session with blocking calls; usable from several threads at once."""

    def __init__(
        self,
        user_id: str,
        password: str,
        config_path: str | None = None,
        timeout: float | None = None,
        *,
        terms: SyncTerms | None = None,
    ) -> None:
        """Connect and log in; `config_path` is a YAML file of openctp/webctp or homalos-webctp.

        Raise TimeoutError when nobody answers, and RuntimeError when the login is refused or the configuration wrong.
        """
        self._terms = terms or _read(config_path)
        self._changed = Condition()
        self._stopped = False
        self._plugins = PluginChain()
        self._flow: TemporaryDirectory[str] | None = None
        self._worker = Worker("ctp-sync")
        # Plugins may call this API, which the worker must be free to serve.
        self._hooks = Worker("ctp-sync-plugins")
        self._dropped = 0
        self._threads = StrategyThreads(self._terms.max_strategies)
        try:
            self._open(user_id, password)
            self._connect(self._terms.connect_timeout if timeout is None else timeout)
        except BaseException:
            self.stop(0.1)
            raise

    def _open(self, user: str, password: str) -> None:
        terms, now = self._terms, LiveClock().now
        if not terms.flow:
            self._flow = TemporaryDirectory(prefix="anyvenue-ctp-sync-", ignore_cleanup_errors=True)
        flow = Path(terms.flow or (self._flow.name if self._flow else ""))
        parts = self._worker, self._changed, terms, user, password
        try:
            self._trading = Trading(opener_of(Side.TRADER, terms, flow / "td", now), *parts)
            self._quotes = Quotes(opener_of(Side.MD, terms, flow / "md", now), *parts)
        except AnyvenueError as error:
            raise RuntimeError(f"cannot begin: {error.text}") from error
        self._quotes.on_quote = self._on_quote
        self._trading.on_trade = self._on_trade

    def _connect(self, timeout: float) -> None:
        failed: list[Exception] = []
        self._worker.post(partial(self._start, failed))
        sides = (self._trading, self._quotes)
        self._wait(
            lambda: bool(failed) or all(each.ready or each.failure for each in sides),
            timeout,
            f"no answer from {self._terms.td_front} and {self._terms.md_front}",
        )
        if failed:
            raise RuntimeError(f"cannot begin: {failed[0]}") from failed[0]
        for each in sides:
            if each.failure:
                raise RuntimeError(each.failure)

    def _start(self, failed: list[Exception]) -> None:
        try:
            self._trading.start()
            self._quotes.start()
        except Exception as error:  # whatever it is, the caller is to hear it
            with self._changed:
                failed.append(error)
                self._changed.notify_all()

    # ---- quotes

    def subscribe(self, instrument_ids: list[str]) -> None:
        """Subscribe quotes, without waiting for any."""
        for code in instrument_ids:
            self._quotes.want(code)

    def get_quote(self, instrument_id: str, timeout: float | None = None) -> Quote:
        """Return the latest quote, the first one where the instrument was not subscribed.

        Raise TimeoutError when none comes within `timeout` seconds, RuntimeError when the subscription is refused.
        """
        quotes = self._quotes
        quotes.want(instrument_id)
        self._wait(
            lambda: instrument_id in quotes.latest or instrument_id in quotes.refused,
            self._terms.quote_timeout if timeout is None else timeout,
            f"no quote of {instrument_id}",
        )
        return self._latest(instrument_id)

    def wait_quote_update(self, instrument_id: str, timeout: float | None = None) -> Quote:
        """Wait for the next quote and return it; raises as `get_quote` does."""
        quotes = self._quotes
        with self._changed:
            seen = quotes.latest.get(instrument_id, (0, None))[0]
        quotes.want(instrument_id)
        self._wait(
            lambda: (
                quotes.latest.get(instrument_id, (0, None))[0] > seen
                or instrument_id in quotes.refused
            ),
            self._terms.quote_update_timeout if timeout is None else timeout,
            f"no further quote of {instrument_id}",
        )
        return self._latest(instrument_id)

    def _latest(self, code: str) -> Quote:
        with self._changed:
            if code in self._quotes.refused:
                reason = self._quotes.refused[code]
                raise RuntimeError(f"the quotes of {code} were refused: {reason}")
            return self._quotes.latest[code][1].copy()

    # ---- position

    def get_position(self, instrument_id: str, timeout: float | None = None) -> Position:
        """Return the position; an empty one when the counter does not answer within `timeout` seconds."""
        limit = self._terms.position_timeout if timeout is None else timeout
        positions = self._trading.positions
        try:
            self._instrument(instrument_id, limit)
            with self._changed:
                if instrument_id in positions:
                    return positions[instrument_id].copy()
            self._trading.ask_position(instrument_id)
            found: list[Position] = []

            def is_known() -> bool:
                # Kept at once: the next trade makes it unknown again.
                found.extend(positions[code] for code in (instrument_id,) if code in positions)
                return bool(found)

            self._wait(is_known, limit, f"no position of {instrument_id}")
            return found[0].copy()
        except TimeoutError:
            _log.warning(
                "the position of %s is not known: the query was not answered", instrument_id
            )
            return Position()

    def _instrument(self, code: str, timeout: float) -> dict[str, Value]:
        """Return the row of an instrument, empty where the counter has none."""
        known = self._trading.instruments
        if code not in known:
            self._trading.look_up(code)
            self._wait(lambda: code in known, timeout, f"no answer about the instrument {code}")
        return known[code] or {}

    # ---- orders

    def open_close(
        self,
        instrument_id: str,
        action: str,
        volume: int,
        price: float,
        block: bool = True,
        timeout: float | None = None,
    ) -> dict[str, object]:
        """Send a limit order for the day: kaiduo, kaikong, pingduo or pingkong; return what became of it.

        The keys are success, order_ref, error_id, error_msg, instrument_id, action, volume and price. On SHFE and INE
        a close that takes old and new lots is two orders, all of them in `orders`; success means all were accepted.
        With `block` it waits until the exchange has accepted or refused; TimeoutError says that neither is known.
        Raise ValueError for bad arguments, RuntimeError without a session.
        """
        direction, opens = _checked(action, volume, price)
        limit = self._terms.order_timeout if timeout is None else timeout
        exchange = str(self._instrument(instrument_id, limit).get("ExchangeID", ""))
        old = 0
        if not opens and exchange in ("SHFE", "INE"):
            held = self.get_position(instrument_id)
            old = held.pos_long_his if action == "pingduo" else held.pos_short_his
        fields = self._order_fields(instrument_id, exchange, direction, price)
        pieces = [
            self._trading.insert(fields, offset, lots)
            for offset, lots in offsets_of(opens, volume, exchange, old)
        ]
        if block:
            refs = ", ".join(piece.order_ref for piece in pieces)
            self._wait(
                lambda: all(piece.accepted is not None for piece in pieces),
                limit,
                f"order {refs} is neither accepted nor refused; it may still be",
            )
        terms = {
            "instrument_id": instrument_id,
            "action": action,
            "volume": volume,
            "price": price,
        }
        return _result(pieces) | terms

    def _order_fields(
        self, code: str, exchange: str, direction: str, price: float
    ) -> dict[str, Value]:
        whose = self._trading.whose
        return {
            **whose,
            "UserID": whose["InvestorID"],
            "InstrumentID": code,
            "ExchangeID": exchange,
            "Direction": direction,
            "LimitPrice": float(price),
            "OrderPriceType": "2",
            "CombHedgeFlag": "1",
            "TimeCondition": "3",
            "VolumeCondition": "1",
            "MinVolume": 1,
            "ContingentCondition": "1",
            "ForceCloseReason": "0",
        }

    # ---- strategies and plugins

    def run_strategy(
        self, strategy_func: Callable[..., object], *args: object, **kwargs: object
    ) -> Thread:
        """Run a function on a thread of its own; raise RuntimeError when as many run as may."""
        name = getattr(strategy_func, "__name__", type(strategy_func).__name__)
        return self._threads.run(partial(strategy_func, *args, **kwargs), name)

    def get_running_strategies(self) -> dict[str, Thread]:
        """Return the strategies that run, by the name of their function."""
        return self._threads.running()

    def register_plugin(self, plugin: StrategyPlugin) -> None:
        """Add a plugin behind those there are."""
        self._plugins.add(plugin, self)

    def unregister_plugin(self, plugin: StrategyPlugin) -> None:
        """Remove a plugin; raise ValueError for one that is not registered."""
        self._plugins.remove(plugin)

    def stop(self, timeout: float | None = None) -> None:
        """End strategies, plugins and sessions; whoever waits in a call gets a RuntimeError. Safe to call again."""
        limit = self._terms.stop_timeout if timeout is None else timeout
        with self._changed:
            if self._stopped:
                return
            self._stopped = True
            self._changed.notify_all()
        left = self._threads.join(limit)
        if left:
            _log.warning("strategies that did not end within %s s: %s", limit, ", ".join(left))
        self._plugins.stop()
        self._hooks.end(limit)
        for name in ("_trading", "_quotes"):
            side: Trading | Quotes | None = getattr(self, name, None)
            if side is not None:
                # A library's object hears of one thread only.
                self._worker.post(side.link.session.close)
        if not self._worker.end(limit + _RELEASE_S):
            _log.warning("a library did not let go within %s s", limit + _RELEASE_S)
        if self._flow is not None:
            self._flow.cleanup()

    # ---- inside

    def _on_quote(self, quote: Quote) -> None:
        if not self._plugins:
            self._quotes.publish(quote)
        elif self._hooks.waiting < _MOST_WAITING:
            self._hooks.post(partial(self._pass_quote, quote))
        else:
            self._dropped += 1
            if self._dropped == 1:
                _log.warning("plugins are too slow: quotes are dropped")

    def _pass_quote(self, quote: Quote) -> None:
        passed = self._plugins.quote(quote)
        if passed is not None:
            self._quotes.publish(passed)

    def _on_trade(self, data: TradeData) -> None:
        if self._plugins:
            self._hooks.post(partial(self._pass_trade, data))

    def _pass_trade(self, data: TradeData) -> None:
        self._plugins.trade(data)

    def _wait(self, happened: Callable[[], bool], timeout: float, otherwise: str) -> None:
        """Wait for something; raise TimeoutError, or Stopped once the API was stopped."""
        if self._worker.here:
            raise RuntimeError("calls that wait cannot be made on the session's own thread")
        with self._changed:
            done = self._changed.wait_for(lambda: self._stopped or happened(), timeout)
            if self._stopped:
                raise Stopped("the API was stopped")
        if not done:
            raise TimeoutError(f"{otherwise} within {timeout:g} s")


def _read(config_path: str | None) -> SyncTerms:
    if config_path is None:
        return SyncTerms()
    from anyvenue.venues.ctp.sync.config import read_terms

    try:
        return read_terms(Path(config_path))
    except AnyvenueError as error:
        raise RuntimeError(f"the configuration cannot be used: {error.text}") from error


def _checked(action: str, volume: int, price: float) -> tuple[str, bool]:
    if action not in ACTIONS:
        raise ValueError(f"action was {action!r}; expected one of {', '.join(ACTIONS)}")
    if isinstance(volume, bool) or not isinstance(volume, int) or volume <= 0:
        raise ValueError(f"volume was {volume!r}; expected a whole number above 0")
    if not math.isfinite(price) or price <= 0:
        raise ValueError(f"price was {price!r}; expected a number above 0")
    return ACTIONS[action]


def _result(pieces: list[Piece]) -> dict[str, object]:
    refused = next((each for each in pieces if each.accepted is False), None)
    error = refused.error if refused is not None else (0, "")
    result: dict[str, object] = {
        "success": refused is None,
        "order_ref": pieces[0].order_ref,
        "error_id": error[0],
        "error_msg": error[1],
    }
    if len(pieces) > 1:
        result["orders"] = [_result([each]) | {"volume": each.volume} for each in pieces]
    return result
