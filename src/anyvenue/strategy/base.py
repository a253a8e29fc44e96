"""What a strategy author writes: a class with typed parameters and callbacks.

    class Cross(Strategy):
        fast: int = 20
        slow: int = 60

        def on_start(self):
            self.bars(self.instrument, "1m")

        def on_bar(self, bar):
            self.target(bar.instrument, 1)

Callbacks are synchronous and run one at a time. An order that cannot be placed raises an `OrderError` at the call; what
the venue says of one that was placed comes to `on_order` and `on_fill`. An exception that leaves a callback faults this
strategy and no other: its orders are cancelled and it gets no more events.
"""

from copy import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar, Self, Unpack

from anyvenue.data.intervals import interval_text, parse_interval
from anyvenue.model.accounts import Account
from anyvenue.model.enums import Side
from anyvenue.model.errors import ConfigError, StrategyError
from anyvenue.model.events import AccountEvent, CommandRefused, TimerFired
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar, Depth, FundingRate, MarketEvent, Quote, Trade
from anyvenue.model.numbers import Number, to_decimal
from anyvenue.model.orders import Fill, Order
from anyvenue.model.positions import Position
from anyvenue.model.sizing import HeldSide, Outcome, closing_orders, missing_to, working_quantity
from anyvenue.strategy.checked import checked
from anyvenue.strategy.context import StrategyContext
from anyvenue.strategy.handles import OrderHandle
from anyvenue.strategy.options import OrderOptions, make_request, size_of
from anyvenue.strategy.parameters import coerce, parameters_of, require_all
from anyvenue.strategy.wishes import AccountWishes, Make

__all__ = ["Strategy"]


class Strategy(AccountWishes):
    """Base of all strategies. Parameters are typed class attributes and are checked whenever they are set."""

    _reserved: ClassVar[frozenset[str]] = frozenset({"instrument", "instruments", "context"})
    _context: StrategyContext | None = None

    instrument: str
    """The instrument id the strategy was started for (the first one, if several)."""
    instruments: tuple[str, ...]
    """All instrument ids it was started for."""

    def __new__(cls, *_arguments: object, **_parameters: object) -> Self:
        """Return an instance whose parameters are checked when set (`strategy.checked`); a subclass's own `__init__`
        may take what it likes.
        """
        return object.__new__(checked(cls))

    def __init__(self, **parameters: object) -> None:
        """Set parameters; raise ConfigError for an unknown, ill-typed or missing one."""
        cls = type(self)
        values = coerce(cls, parameters)
        require_all(cls, values)
        for name, parameter in parameters_of(cls).items():
            # Defaults are set on the instance, too: two strategies must not share a list.
            setattr(self, name, values[name] if name in values else copy(parameter.default))

    # ---- callbacks, all optional

    def on_start(self) -> None:
        """Subscribe and prepare; prices are not known yet."""

    def on_quote(self, quote: Quote) -> None:
        """Best bid or ask changed."""

    def on_depth(self, depth: Depth) -> None:
        """A snapshot of several levels came."""

    def on_trade(self, trade: Trade) -> None:
        """A public trade happened."""

    def on_bar(self, bar: Bar) -> None:
        """A bar closed. Open bars are never shown."""

    def on_order(self, order: Order) -> None:
        """One of the strategy's orders changed."""

    def on_fill(self, fill: Fill) -> None:
        """One of the strategy's orders was executed, wholly or in part; `on_order` came just before."""

    def on_refused(self, refusal: CommandRefused) -> None:
        """The venue refused a command about the account: another leverage, an exercise. It is in the log, too."""

    def on_account(self, event: AccountEvent) -> None:
        """Something else happened to the account, which its figures and positions show already.

        A settled day, funding or interest (`CashMoved`), an option exercised, assigned or worthless, combined legs,
        another leverage or margin mode. The account may be shared: the event says nothing of who asked.
        """

    def on_timer(self, timer: TimerFired) -> None:
        """A timer came due: `timer.name` says which."""

    def on_stop(self) -> None:
        """The strategy ends; its working orders are cancelled afterwards."""

    # ---- market data

    def quotes(self, instrument: str) -> None:
        """Subscribe to best bid and ask (`on_quote`); raise SubscriptionError."""
        self.context.subscribe(self.resolve(instrument).id, "quotes")

    def depth(self, instrument: str) -> None:
        """Subscribe to snapshots (`on_depth`); raise SubscriptionError."""
        self.context.subscribe(self.resolve(instrument).id, "depth")

    def trades(self, instrument: str) -> None:
        """Subscribe to public trades (`on_trade`); raise SubscriptionError."""
        self.context.subscribe(self.resolve(instrument).id, "trades")

    def bars(self, instrument: str, interval: str) -> None:
        """Subscribe to closed bars such as ``1m``, ``15m``, ``1h``, ``1d`` (`on_bar`); raise SubscriptionError."""
        text = interval_text(parse_interval(interval))
        self.context.subscribe(self.resolve(instrument).id, f"bars:{text}")

    def channels(self, instrument: str) -> frozenset[str]:
        """Return what can be subscribed to, such as ``quotes`` and ``bars:1m``; ``bars`` alone is any interval."""
        return self.context.channels(self.resolve(instrument).id)

    def prices(self, instrument: str) -> str:
        """Subscribe to the finest prices there are and say which: quotes, else trades, else the source's bars."""
        there = self.channels(instrument)
        bars = sorted(each for each in there if each.startswith("bars:"))
        channel = next((each for each in ("quotes", "trades", *bars) if each in there), "quotes")
        self.context.subscribe(self.resolve(instrument).id, channel)
        return channel

    def latest(self, instrument: str) -> MarketEvent | None:
        """Return the latest market event of an instrument, None before the first."""
        return self.context.latest(self.resolve(instrument).id)

    def funding(self, instrument: str) -> FundingRate | None:
        """Return the latest funding rate that the venue told of a perpetual, None before the first; see `hourly`."""
        return self.context.funding(self.resolve(instrument).id)

    # ---- orders

    def buy(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> OrderHandle:
        """Send a buy and return its handle: a limit order at `price`, a market order without.

        ``amount=`` gives its size as money; `options` are those of `OrderOptions`. Raise OrderError; nothing was sent
        then.
        """
        return self.__send(Side.BUY, instrument, quantity, price, options)

    def sell(
        self,
        instrument: str,
        quantity: Number | None = None,
        price: Number | None = None,
        **options: Unpack[OrderOptions],
    ) -> OrderHandle:
        """Send a sell and return its handle: a limit order at `price`, a market order without.

        ``amount=`` gives its size as money; `options` are those of `OrderOptions`. Raise OrderError; nothing was sent
        then.
        """
        return self.__send(Side.SELL, instrument, quantity, price, options)

    def __send(
        self,
        side: Side,
        instrument: str,
        quantity: Number | None,
        price: Number | None,
        options: OrderOptions,
    ) -> OrderHandle:
        context = self.context
        found = context.resolve(instrument)
        size = size_of(found, side, quantity, price, options, lambda: context.latest(found.id))
        request = make_request(
            context.account_id, context.strategy_id, found.id, side, size, price, options
        )
        ids = context.submit(request)
        return OrderHandle(ids, found.id, request.quantity, context.order, context.cancel)

    def target(
        self, instrument: str, quantity: Number | None = None, *, amount: Number | None = None
    ) -> OrderHandle | None:
        """Send the market order that brings the net position to `quantity`; None when nothing is missing.

        Instead of a quantity, ``amount=`` says what the position is to be worth (below zero: short), see
        `model.sizing.missing_to`. What the strategy's own working orders would still fill counts as done; stops that
        were not touched do not.
        """
        context, found = self.context, self.resolve(instrument)
        works = working_quantity(context.open_orders(), found.id)
        held = context.position(found.id).net + works
        missing = missing_to(found, held, quantity, amount, context.latest(found.id))
        if missing is None:
            return None
        side, size = missing
        return self.__send(side, instrument, size, None, {})

    def close_all(
        self,
        instrument: str | None = None,
        *,
        side: HeldSide | None = None,
        outcome: Outcome | None = None,
        away: Number | None = None,
    ) -> list[OrderHandle]:
        """Close what is held of the strategy's instruments (or of one) by reduce-only orders, at market.

        `side` is ``long`` or ``short``, `outcome` ``winners`` or ``losers``, `away` a fraction that makes limit orders;
        see `model.sizing.closing_orders`. The account's positions are meant, whoever opened them.
        """
        context, handles = self.context, []
        for name in self.instruments if instrument is None else (instrument,):
            found = self.resolve(name)
            held, latest = context.position(found.id), context.latest(found.id)
            for each in closing_orders(found, held, latest, side=side, outcome=outcome, away=away):
                terms: OrderOptions = {"reduce_only": True, "offset": each.offset}
                sent = self.__send(each.side, found.id, each.quantity, each.price, terms)
                handles.append(sent)
        return handles

    def cancel(self, handle: OrderHandle) -> None:
        """Ask to take back what is still working of an order; raise NotSent while the venue cannot be reached."""
        handle.cancel()

    def cancel_all(self, instrument: str | None = None) -> None:
        """Ask to take back all of the strategy's working orders (of one instrument); raise NotSent as `cancel`."""
        wanted = None if instrument is None else self.resolve(instrument).id
        for order in self.open_orders():
            if wanted in (None, order.instrument):
                self.context.cancel(order.order_id)

    def modify(
        self, handle: OrderHandle, *, quantity: Number | None = None, price: Number | None = None
    ) -> None:
        """Ask to change the first working part of an order; raise OrderError."""
        working = next((order for order in handle.orders if not order.done), handle.order)
        self.context.modify(
            working.order_id,
            None if quantity is None else to_decimal(quantity, "quantity"),
            None if price is None else to_decimal(price, "price"),
        )

    def open_orders(self) -> list[Order]:
        """Return the strategy's orders that may still change, oldest first."""
        return self.context.open_orders()

    # ---- state

    def position(self, instrument: str) -> Position:
        """Return the account's position in an instrument."""
        return self.context.position(self.resolve(instrument).id)

    def liquidation_price(self, instrument: str) -> Decimal | None:
        """Return the price at which a leveraged position would be liquidated now, None when there is none."""
        return self.context.liquidation_price(self.resolve(instrument).id)

    def account(self, currency: str | None = None) -> Account:
        """Return the account's figures in `currency`, by default that of the strategy's instrument."""
        return self.context.account(currency or self.resolve(self.instrument).currency)

    def resolve(self, text: str) -> Instrument:
        """Return the instrument that `text` names; raise UnknownInstrument or AmbiguousInstrument."""
        return self.context.resolve(text)

    @property
    def now(self) -> int:
        """The time, int ns UTC."""
        return self.context.now

    @property
    def time(self) -> datetime:
        """The time as an aware UTC datetime, for display."""
        return datetime.fromtimestamp(self.context.now / 1e9, UTC)

    @property
    def context(self) -> StrategyContext:
        """The host; raise StrategyError before the strategy is started."""
        if self._context is None:
            raise StrategyError(
                f"{type(self).__name__} is not started: orders and data are there from on_start on"
            )
        return self._context

    # ---- timers and log

    def timer(
        self, name: str, *, every: str | None = None, after: str | None = None, at: int = 0
    ) -> None:
        """Set a timer: `every` and `after` are intervals such as ``30s``, `at` is int ns UTC; raise ConfigError."""
        step = parse_interval(every) if every else 0
        if not (every or after or at):
            raise ConfigError(f"timer {name!r} needs every=, after= or at=", parameter=name)
        first = at or self.now + (parse_interval(after) if after else step)
        self.context.set_timer(name, first, step)

    def cancel_timer(self, name: str) -> None:
        """Forget a timer."""
        self.context.cancel_timer(name)

    def log(self, text: str) -> None:
        """Write a line to the node's log."""
        self.context.log(text)

    # ---- inside: mangled names, because a strategy may well have a `_send` or `_working` of its own

    def _wish(self, instrument: str, make: Make) -> None:
        found, context = self.resolve(instrument), self.context
        context.command(make(context.account_id, found.id, context.now))
