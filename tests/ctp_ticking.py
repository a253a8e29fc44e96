"""Tick strategies over an exchange and a counter in the test's own process, compared with the counter's answers."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from anyvenue.app.ctp_ticks import TickMarket
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.oms.settings import AccountSettings
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.ctp.counter.context import Row
from anyvenue.venues.ctp.ticks.host import TickHost
from anyvenue.venues.ctp.ticks.rules import OUR_COUNTER, Rules
from anyvenue.venues.ctp.ticks.strategy import TickStrategy
from anyvenue.venues.ctp.ticks.structs import DepthMarketData, Order, Trade
from anyvenue.venues.ctp.ticks.views import RowView

__all__ = ["CATALOG", "DAY", "MORNING", "SECOND", "Diary", "Floor"]

CATALOG = Catalog(20260915)
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
MORNING = 1_789_439_460 * SECOND  # 10:31 in China on 2026-09-15, a Tuesday


class Diary(TickStrategy):
    """A strategy that writes down what it is told."""

    def __init__(self, *instruments: str) -> None:
        self.instruments = instruments
        self.told: list[str] = []
        self.ticks: list[DepthMarketData] = []
        self.orders: list[Order] = []
        self.trades: list[Trade] = []

    def on_start(self) -> None:
        self.told.append(f"start {self.desk.trading_day}")

    def on_day(self, trading_day: str) -> None:
        self.told.append(f"day {trading_day}")

    def on_tick(self, tick: DepthMarketData) -> None:
        self.ticks.append(tick)

    def on_order(self, order: Order) -> None:
        self.told.append(
            f"order {order.OrderStatus} {order.VolumeTraded}/{order.VolumeTotalOriginal}"
        )
        self.orders.append(order)

    def on_trade(self, trade: Trade) -> None:
        self.told.append(f"trade {trade.Volume} at {trade.Price:g}")
        self.trades.append(trade)

    def on_error(self, callback: str, error_id: int, text: str, order_ref: str) -> None:
        self.told.append(f"{callback} {error_id}")

    def on_disconnected(self, reason: int) -> None:
        self.told.append(f"disconnected {reason}")

    def on_stop(self) -> None:
        self.told.append("stop")


class _Asking:
    def __init__(self, account: str) -> None:
        self.account = AccountId(account)
        self.user_id = account
        self.session_id = 1


class Floor:
    """A market with a counter, and strategies in accounts of their own."""

    def __init__(
        self,
        *names: str,
        settings: AccountSettings | None = None,
        at_once: bool = True,
        api: str = "ctp",
        version: str = "",
    ) -> None:
        options = VenueOptions(
            when_closed="reject",
            match_on_arrival=at_once,
            settings=settings or AccountSettings(),
        )
        self.instruments: Sequence[Instrument] = [CATALOG.get(name) for name in names]
        self.market = TickMarket(
            self.instruments, MORNING, catalog=CATALOG, options=options, api=api, version=version
        )
        self.now = MORNING
        self.hosts: dict[str, TickHost] = {}

    def add(
        self,
        user: str,
        *watched: str,
        cash: int = 10_000_000,
        rules: Rules = OUR_COUNTER,
        strategy: TickStrategy | None = None,
        label: str = "",
    ) -> TickHost:
        """Begin a strategy, by default one that only writes down; `label` tells those of one user apart."""
        strategy = strategy or Diary(*watched)
        host = self.market.add(strategy, user, {"CNY": Decimal(cash)}, rules)
        self.hosts[label or user] = host
        return host

    def tick(
        self,
        code: str,
        bid: float,
        ask: float,
        size: float = 10.0,
        last: float | None = None,
        **more: Any,
    ) -> None:
        """Let the market of an instrument show this, a second later."""
        self.now += SECOND
        instrument = next(each for each in self.instruments if each.symbol == code)
        day = self.market.broker.exchange.days.trading_day(instrument.currency)
        shown = bid if last is None else last
        self.market.on_market(
            Depth(
                *(instrument.id, self.now, self.now, (bid,), (size,), (ask,), (size,)),
                last=shown,
                trading_day=day,
                **more,
            )
        )

    def sleep(self) -> None:
        """Let the day end and the morning of the next come."""
        self.market.pass_time(self.market.broker.exchange.days.due)
        self.now = max(self.now, self.market.broker.now)
        self.now = MORNING + (self.now - MORNING + DAY) // DAY * DAY
        self.market.pass_time(self.now)

    def answer(self, user: str, query: str) -> list[Row]:
        """Return the counter's answer to a query of an account."""
        counter = self.market.counter
        return counter.queries[f"ReqQry{query}"](counter.context, _Asking(user), {})

    def differences(self, user: str, host: TickHost | None = None) -> list[str]:
        """Return where a strategy's own figures are not the counter's answers, field by field."""
        desk = (host or self.hosts[user]).desk
        description = self.market.description
        known = {
            name: description.layout(name).by_name.keys()
            for name in ("TradingAccount", "InvestorPosition", "InvestorPositionDetail")
        }

        def told(struct: str) -> list[Row]:
            return [
                {name: value for name, value in row.items() if name in known[struct]}
                for row in self.answer(user, struct)
            ]

        (account,) = told("TradingAccount")
        found = _compare("account", [account], [desk.account()], ())
        found += _compare(
            "position",
            told("InvestorPosition"),
            desk.positions(),
            ("InstrumentID", "PosiDirection", "PositionDate"),
        )
        return found + _compare(
            "detail",
            told("InvestorPositionDetail"),
            desk.details(),
            ("InstrumentID", "Direction"),
        )


def _compare(
    what: str, told: Iterable[Row], own: Iterable[RowView], key: Sequence[str]
) -> list[str]:
    """Compare rows by their key, those of one key in their order."""
    theirs, ours = _by_key(told, key), _by_key([row.fields for row in own], key)
    if theirs.keys() != ours.keys():
        return [f"{what}: rows {sorted(theirs)} were {sorted(ours)}"]
    found = []
    for each, rows in theirs.items():
        if len(rows) != len(ours[each]):
            found.append(f"{what} {each}: {len(rows)} rows were {len(ours[each])}")
            continue
        for wanted, row in zip(rows, ours[each], strict=True):
            found += [f"{what} {each} {line}" for line in _fields(wanted, row)]
    return found


def _by_key(
    rows: Iterable[Mapping[str, Any]], key: Sequence[str]
) -> dict[tuple[str, ...], list[Any]]:
    found: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        found.setdefault(tuple(str(row[name]) for name in key), []).append(row)
    return found


def _fields(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in wanted.items():
        own = row.get(name)
        same = own == value
        if isinstance(value, float) and isinstance(own, int | float):
            same = abs(value - own) < 1e-7  # a unit in the last place of a double
        if not same:
            found.append(f"{name}: {value!r} was {own!r}")
    return found
