"""What each strategy holds and has earned, counted from its own fills: the books only know accounts."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.events import DaySettled, SeriesRolled
from anyvenue.model.ids import AccountId, InstrumentId, StrategyId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill
from anyvenue.oms.account_state import AccountState

__all__ = ["Trader", "TraderRecord", "Traders"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)
Key = tuple[str, AccountId]


class TraderRecord(msgspec.Struct, frozen=True):
    """What must be kept of a strategy in an account over a restart."""

    strategy: str
    account: AccountId
    nets: dict[InstrumentId, Decimal]
    flows: dict[str, Decimal]
    starts: dict[str, Decimal]


class Trader:
    """One strategy in one account: net lots, and what flowed in (sales) and out (purchases, fees) by currency.

    Profit is flow + value of what is held at current prices, which holds for whatever is priced in its currency; of
    inverse contracts both change sign. Funding, interest and exercises are the account's and not counted here.
    """

    def __init__(self, strategy: str, account: AccountId) -> None:
        self.strategy = strategy
        self.account = account
        self.nets: dict[InstrumentId, Decimal] = {}
        self.flows: dict[str, Decimal] = {}
        self.starts: dict[str, Decimal] = {}

    def fill(self, fill: Fill, state: AccountState) -> None:
        """Count one fill."""
        instrument = state.instrument(fill.instrument)
        signed = fill.quantity if fill.side is _BUY else -fill.quantity
        net = self.nets.get(fill.instrument, _ZERO) + signed
        if net:
            self.nets[fill.instrument] = net
        else:
            self.nets.pop(fill.instrument, None)
        self._flow(instrument.currency, -_value(state, instrument, signed, fill.price))
        self._flow(fill.fee_currency, -fill.fee)

    def settle(self, event: DaySettled, state: AccountState) -> None:
        """Close what expired at its settlement price, and begin a day."""
        prices = dict(event.prices)
        for name in event.delivered:
            net = self.nets.pop(name, _ZERO)
            price = prices.get(name) or state.mark(name)
            if net and price is not None:
                self._flow(event.currency, _value(state, state.instrument(name), net, price))
        self.starts[event.currency] = self.profit(event.currency, state)

    def roll(self, event: SeriesRolled, state: AccountState) -> None:
        """Take the jump of a continuous series out of the profit."""
        net = self.nets.get(event.instrument)
        if net:
            instrument = state.instrument(event.instrument)
            self._flow(instrument.currency, -event.gap * net * instrument.multiplier)

    def profit(self, currency: str, state: AccountState) -> Decimal:
        """Return realised and unrealised profit in a currency since the first fill."""
        total = self.flows.get(currency, _ZERO)
        for name, net in self.nets.items():
            instrument = state.instrument(name)
            price = state.mark(name)
            if instrument.currency == currency and price is not None:
                total += _value(state, instrument, net, price)
        return total

    def record(self) -> TraderRecord:
        """Return what must be kept."""
        return TraderRecord(
            self.strategy, self.account, dict(self.nets), dict(self.flows), dict(self.starts)
        )

    def _flow(self, currency: str, amount: Decimal) -> None:
        self.flows[currency] = self.flows.get(currency, _ZERO) + amount


class Traders:
    """All strategies, by name and account."""

    def __init__(self) -> None:
        self._all: dict[Key, Trader] = {}

    def of(self, strategy: str, account: AccountId) -> Trader:
        """Return a strategy's own count in an account, empty before its first fill."""
        trader = self._all.get((strategy, account))
        if trader is None:
            trader = self._all[strategy, account] = Trader(strategy, account)
        return trader

    def of_account(self, account: AccountId) -> list[Trader]:
        """Return the strategies that traded in an account."""
        return [each for (_, where), each in self._all.items() if where == account]

    def of_strategy(self, strategy: str) -> list[Trader]:
        """Return a strategy's counts in all accounts it traded in."""
        return [each for (who, _), each in self._all.items() if who == strategy]

    def net(self, strategy: str, account: AccountId, instrument: InstrumentId) -> Decimal:
        """Return a strategy's net lots."""
        trader = self._all.get((strategy, account))
        return trader.nets.get(instrument, _ZERO) if trader is not None else _ZERO

    def fill(self, strategy: StrategyId, fill: Fill, state: AccountState) -> None:
        """Count a fill of a strategy."""
        self.of(strategy, state.account).fill(fill, state)

    def records(self) -> tuple[TraderRecord, ...]:
        """Return what must be kept of all."""
        return tuple(each.record() for each in self._all.values())

    def restore(self, records: tuple[TraderRecord, ...]) -> None:
        """Take what was kept in place of everything known."""
        self._all.clear()
        for record in records:
            trader = self.of(record.strategy, record.account)
            trader.nets = dict(record.nets)
            trader.flows = dict(record.flows)
            trader.starts = dict(record.starts)


def _value(state: AccountState, instrument: Instrument, net: Decimal, price: Decimal) -> Decimal:
    """Return what `net` lots are worth at `price`, signed as holding them is."""
    worth = state.booking(instrument.id).turnover(instrument, price, abs(net))
    return worth if (net > 0) is not instrument.inverse else -worth
