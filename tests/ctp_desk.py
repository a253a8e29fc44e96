"""A CTP counter over a simulated exchange whose market a test moves: for drivers at its other end."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from anyvenue.engine.prompt_broker import PromptBroker
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.profile import AppCode, Profile
from anyvenue.venues.ctp.counter.seam import Answer, Reason, Resume, Topic

__all__ = [
    "CATALOG",
    "MORNING",
    "NAMES",
    "ORDER",
    "PROFILE",
    "SECOND",
    "CounterDesk",
    "Other",
    "opened",
    "show_depth",
]

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


def opened(instruments: Sequence[Instrument], options: VenueOptions) -> PromptBroker:
    """Return an exchange in the morning, with a quote of each instrument."""
    known = {each.id: each for each in instruments}
    broker = PromptBroker(
        lambda name: known.get(name) or CATALOG.get(name), hours_of(options, CATALOG), options
    )
    broker.list_instruments(instruments, MORNING)
    for each in instruments:
        price = float(each.price_step.step_at(Decimal(3500)) * 1000)
        broker.on_market(Quote(each.id, MORNING, MORNING, price, price + 1, 1.0, 1.0))
    return broker


def show_depth(
    broker: PromptBroker, instrument: Instrument, bid: float, ask: float, size: float, **more: Any
) -> None:
    """Move an instrument's market, a second later."""
    now = broker.now = broker.now + SECOND
    given = {"last": bid, **more}
    broker.on_market(Depth(instrument.id, now, now, (bid,), (size,), (ask,), (size,), **given))
    broker.arrive()


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
        self.broker = opened(self.instruments, options)
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
        show_depth(self.broker, instrument, bid, ask, size, **more)
        self.counter.run_due(self.broker.now)

    def pass_time(self, ns: int) -> None:
        """Let time pass by, and what is due happen."""
        self.broker.pass_time(self.broker.now + ns)
        self.counter.run_due(self.broker.now)
