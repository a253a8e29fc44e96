"""The counter over a served exchange that is killed and comes back, and over markets CTP never had."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from test_counter_orders import statuses
from trading_counter import CATALOG, DEMO, Client, Desk, Notebook

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.log import InputLog
from anyvenue.engine.hosting.market import ClockMarket
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.runtime.journal.files import DiskFiles
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.seam import Resume, Topic
from served import SteppedClock

TERMS = VenueOptions(hours="always", matching="book")


class Served:
    """A persistent exchange where users meet each other, and a counter over it."""

    def __init__(self, folder: Path, clock: SteppedClock, *names: str) -> None:
        self.clock = clock
        instruments = [CATALOG.get(name) for name in names]
        log = InputLog(folder / "exchange", "batch")
        market = ClockMarket(instruments, clock)
        self.exchange = HostedExchange(market, CATALOG, TERMS, log=log, terms={})
        self.counter = Counter(
            self.exchange,
            DEMO,
            now=clock.now,
            files=DiskFiles.locked(folder / "counter"),
            admin=self.exchange,
            execute=self.exchange.execute,
            sessions_of=hours_of(TERMS, CATALOG),
        )
        self._log = log

    def client(
        self, account: str, resume: Resume = Resume.RESTART, after: int = 0, **deposits: int
    ) -> Client:
        """Return a client that has logged in."""
        if self.counter.context.members.find(account) is None:
            money = {name: Decimal(each) for name, each in (deposits or {"CNY": 10**7}).items()}
            self.counter.enrol(account, deposits=money)
        door = Notebook()
        session = self.counter.trader(door, "127.0.0.1:1")
        session.subscribe(Topic.PRIVATE, resume, after, self.counter.trading_day)
        session.request("ReqUserLogin", {"BrokerID": "9999", "UserID": account}, 1)
        assert door.take()[0].callback == "OnRspUserLogin" or after
        return Client(session, door, account)

    def kill(self) -> None:
        """Let go of the files as a killed process does: nothing is written any more."""
        self._log.close()
        self.counter._log.close()


@contextmanager
def serving(folder: Path, clock: SteppedClock, *names: str) -> Iterator[Served]:
    """Serve these instruments until the process is killed."""
    served = Served(folder, clock, *names)
    try:
        yield served
    finally:
        served.kill()


def test_after_a_kill_of_both_a_resume_goes_on_exactly_and_orders_still_work(
    tmp_path: Path,
) -> None:
    clock = SteppedClock()
    with serving(tmp_path, clock, "rb2701.SHFE") as served:
        alice, bob = served.client("alice"), served.client("bob")
        alice.insert(OrderRef="1", VolumeTotalOriginal=5)
        bob.insert(OrderRef="1", Direction="1", VolumeTotalOriginal=2)
        told = [*alice.door.take(), *alice.insert(OrderRef="2", LimitPrice=3490.0)]
        whole = served.client("alice").door
        served.client("alice").session.close()
        session = alice.session.session_id
    with serving(tmp_path, clock, "rb2701.SHFE") as served:
        door = Notebook()
        late = served.counter.trader(door, "127.0.0.1:1")
        late.subscribe(Topic.PRIVATE, Resume.RESUME, 2, served.counter.trading_day)
        late.request("ReqUserLogin", {"BrokerID": "9999", "UserID": "alice"}, 1)
        resumed = door.take()[1:]
        assert [each.number for each in resumed] == [3, 4, 5, 6]
        assert [(each.callback, each.fields) for each in resumed] == [
            (each.callback, each.fields) for each in told
        ]
        client = Client(late, door, "alice")
        gone = client.cancel(FrontID=7, SessionID=session, OrderRef="1")
        assert [each.number for each in gone] == [7, 8]
        assert statuses(gone)[-1] == ("3", "5", 2, 3)
        assert late.session_id > session
    assert whole.cut_for is None


def test_both_sides_of_a_match_between_users_are_told(tmp_path: Path) -> None:
    with serving(tmp_path, SteppedClock(), "rb2701.SHFE") as served:
        alice, bob = served.client("alice"), served.client("bob")
        alice.insert(OrderRef="1")
        told = bob.insert(OrderRef="1", Direction="1")
        assert statuses(told) == [("0", "a", 0, 1), ("3", "3", 0, 1), ("3", "0", 1, 0)]
        (trade,) = [each.fields for each in told if each.callback == "OnRtnTrade"]
        (other,) = [each.fields for each in alice.door.take() if each.callback == "OnRtnTrade"]
        assert trade is not None
        assert other is not None
        assert (trade["Direction"], other["Direction"]) == ("1", "0")
        assert trade["Price"] == other["Price"] == 3500.0


def test_coins_are_counted_in_their_least_step_and_keep_their_venue(tmp_path: Path) -> None:
    with serving(tmp_path, SteppedClock(), "BTC-USDT-PERP.BINANCE") as served:
        client = served.client("alice", USDT=1_000_000)
        code = {"InstrumentID": "BTC-USDT-PERP", "ExchangeID": "BINANCE"}
        told = client.insert(**code, LimitPrice=60_000.0, VolumeTotalOriginal=15)
        assert statuses(told)[-1] == ("3", "3", 0, 15)
        (order,) = served.exchange.orders(client.session.account)
        step = served.exchange.instruments()[0].lot.step
        assert order.quantity == 15 * step
        assert told[-1].fields["ExchangeID"] == "BINANCE"
        assert told[-1].fields["CurrencyID"] == "USD"


def test_shares_abroad_go_by_openctps_names_of_their_exchanges() -> None:
    desk = Desk(names=("600000.SSE", "00700.HK", "AAPL.US"))
    names = desk.counter.context.names
    assert sorted(names.exchanges()) == ["HKEX", "NASD", "SSE"]
    assert names.find("AAPL", "NASD") is not None
    assert names.find("AAPL", "HKEX") is None
