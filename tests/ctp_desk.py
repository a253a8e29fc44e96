"""A CTP counter over a simulated exchange whose market a test moves: for drivers at its other end."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.commands import AccountCommand
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.market import Depth, Quote
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.profile import AppCode, Profile
from anyvenue.venues.ctp.counter.seam import Answer, Reason, Resume, Topic

__all__ = ["MORNING", "NAMES", "ORDER", "PROFILE", "SECOND", "CounterDesk", "Other"]

CATALOG = Catalog(20260915)
SECOND = 1_000_000_000
MORNING = 1_789_437_600 * SECOND  # 10:00 in China on 2026-09-15, a Tuesday
NAMES = ("rb2701.SHFE", "m2701.DCE", "IF2609.CFFEX", "SR701.CZCE")
PROFILE = Profile(
    name="demo",
    broker_id="9999",
    queries_per_second=0,
    apps=(AppCode("program", "code"),),
    authentication=True,
)
ORDER: Mapping[str, Any] = {
    "InstrumentID": "rb2701",
    "ExchangeID": "SHFE",
    "Direction": "0",
    "CombOffsetFlag": "0",
    "CombHedgeFlag": "1",
    "LimitPrice": 3500.0,
    "VolumeTotalOriginal": 1,
    "OrderPriceType": "2",
    "TimeCondition": "3",
    "VolumeCondition": "1",
    "MinVolume": 1,
    "ContingentCondition": "1",
    "ForceCloseReason": "0",
}


class _Broker(SimBroker):
    """The simulated exchange, which answers before its calls return, as a served one does."""

    def submit(
        self, account: AccountId, request: OrderRequest, client_ref: str = "", session: str = ""
    ) -> OrderId:
        order_id = super().submit(account, request, client_ref, session)
        self.arrive()
        return order_id

    def cancel(self, account: AccountId, order_id: OrderId) -> None:
        super().cancel(account, order_id)
        self.arrive()

    def command(self, command: AccountCommand) -> None:
        self.execute(command)
        self.arrive()

    def arrive(self) -> None:
        """Let everything arrive that is on its way."""
        while self.due <= self.now:
            self.run_due()

    def pass_time(self, now: int) -> None:
        """Let time pass to `now`."""
        while self.due <= now:
            self.run_due()
        self.now = max(self.now, now)


class Other:
    """Another client of an account, at a door of its own."""

    def __init__(self, desk: "CounterDesk", account: str, password: str) -> None:
        self.told: list[Answer] = []
        self.account = account
        self.session = desk.counter.trader(self, "127.0.0.1:6000")
        self.session.subscribe(Topic.PRIVATE, Resume.QUICK)
        self.ask("ReqAuthenticate", UserID=account, AppID="program", AuthCode="code")
        self.ask("ReqUserLogin", UserID=account, Password=password)
        self.ask("ReqSettlementInfoConfirm")

    def ask(self, name: str, **fields: Any) -> None:
        given = {"BrokerID": "9999", "InvestorID": self.account, **fields}
        assert self.session.request(name, given, 1) == 0

    def insert(self, **fields: Any) -> None:
        self.ask("ReqOrderInsert", **{**ORDER, "UserID": self.account, **fields})

    def answer(self, answer: Answer) -> None:
        self.told.append(answer)

    def cut(self, reason: Reason) -> None:
        """Stay away."""


class CounterDesk:
    """A broker with a market and a counter over it."""

    def __init__(self, profile: Profile = PROFILE, names: tuple[str, ...] = NAMES) -> None:
        options = VenueOptions(hours="always", when_closed="reject")
        self.instruments = [CATALOG.get(name) for name in names]
        known = {each.id: each for each in self.instruments}
        self.broker = _Broker(
            lambda name: known.get(name) or CATALOG.get(name), hours_of(options, CATALOG), options
        )
        self.broker.now = MORNING
        self.broker.exchange.open_markets(self.instruments, MORNING)
        for each in self.instruments:
            price = float(each.price_step.step_at(Decimal(3500)) * 1000)
            quote = Quote(each.id, MORNING, MORNING, price, price + 1, 1.0, 1.0)
            self.broker.on_market(quote)
        self.counter = Counter(
            self.broker,
            profile,
            now=lambda: self.broker.now,
            admin=self.broker,
            execute=self.broker.command,
            sessions_of=hours_of(options, CATALOG),
        )

    def enrol(self, account: str, password: str = "", deposit: int = 1_000_000) -> None:
        """Open an account."""
        self.counter.enrol(account, password, deposits={"CNY": Decimal(deposit)})

    def depth(self, bid: float, ask: float, size: float = 10.0, **more: Any) -> None:
        """Move the market of rb2701, or of ``code``."""
        code = more.pop("code", "rb2701")
        instrument = next(each for each in self.instruments if each.symbol == code)
        now = self.broker.now = self.broker.now + SECOND
        given = {"last": bid, **more}
        self.broker.on_market(
            Depth(instrument.id, now, now, (bid,), (size,), (ask,), (size,), **given)
        )
        self.broker.arrive()
        self.counter.run_due(self.broker.now)

    def pass_time(self, ns: int) -> None:
        """Let time pass by, and what is due happen."""
        self.broker.pass_time(self.broker.now + ns)
        self.counter.run_due(self.broker.now)
