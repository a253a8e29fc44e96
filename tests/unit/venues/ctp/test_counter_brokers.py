"""What the counter tells depends on what its broker is sure of, and on what is traded there."""

from decimal import Decimal

from test_counter_orders import opened, statuses
from trading_counter import CATALOG, DEMO, MORNING, NAMES, SECOND, Client, Desk, Notebook

from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.venue import VenueOptions, hours_of
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote
from anyvenue.runtime.journal.memory import MemoryFiles
from anyvenue.venues.ctp.counter.counter import Counter
from anyvenue.venues.ctp.counter.seam import Resume, Topic

SPREAD = "SP m2701&m2705"


def slow_exchange() -> tuple[SimBroker, Client]:
    """Return a broker whose answers take a while, as those of a real venue do, and a client."""
    options = VenueOptions(latency_ms=5.0)
    rb = CATALOG.get("rb2701.SHFE")
    broker = SimBroker(CATALOG.get, hours_of(options, CATALOG), options)
    broker.now = MORNING
    broker.on_market(Quote(rb.id, MORNING, MORNING, 3499.0, 3501.0, 10.0, 10.0))
    counter = Counter(broker, DEMO, now=lambda: broker.now, admin=broker)
    counter.enrol("alice", deposits={"CNY": Decimal(100_000)})
    door = Notebook()
    session = counter.trader(door, "127.0.0.1:1")
    session.subscribe(Topic.PRIVATE, Resume.RESTART)
    session.request("ReqUserLogin", {"BrokerID": "9999", "UserID": "alice"}, 1)
    door.take()
    return broker, Client(session, door, "alice")


def answer_of(broker: SimBroker) -> None:
    """Let the venue answer."""
    while broker.due <= broker.now + SECOND:
        broker.run_due()


def test_until_the_venue_answers_an_order_is_unknown() -> None:
    broker, client = slow_exchange()
    assert statuses(client.insert(OrderRef="1")) == [("0", "a", 0, 1)]
    answer_of(broker)
    assert statuses(client.door.take()) == [("3", "3", 0, 1)]


def test_what_a_venue_refuses_later_is_refused_by_the_exchange_in_its_own_words() -> None:
    broker, client = slow_exchange()
    client.insert(OrderRef="1", VolumeTotalOriginal=400)
    answer_of(broker)
    told = client.door.take()
    assert statuses(told) == [("4", "5", 0, 400)]
    assert "needs 2241400 CNY" in str(told[0].fields["StatusMsg"])


def test_an_order_can_be_taken_back_by_its_reference_before_any_answer() -> None:
    broker, client = slow_exchange()
    client.insert(OrderRef="1")
    assert statuses(client.cancel(OrderRef="1")) == [("1", "a", 0, 1)]
    answer_of(broker)
    assert statuses(client.door.take())[-1] == ("3", "5", 0, 1)


def combined() -> tuple[Desk, Client]:
    """Return a market in a calendar spread of soybean meal."""
    names = ("m2701.DCE", "m2705.DCE", f"{SPREAD}.DCE")
    desk = Desk(names=names, at_once=True)
    client = desk.client()
    desk.depth(3000, 3001, code="m2701")
    desk.depth(2900, 2901, code="m2705")
    desk.depth(99, 100, code=SPREAD)
    client.door.take()
    return desk, client


def test_a_combination_trades_once_for_each_leg_under_one_number() -> None:
    _, client = combined()
    told = client.insert(
        InstrumentID=SPREAD,
        ExchangeID="DCE",
        LimitPrice=100.0,
        VolumeTotalOriginal=2,
        CombOffsetFlag="00",
        CombHedgeFlag="11",
    )
    trades = [each.fields for each in told if each.callback == "OnRtnTrade"]
    names = ("InstrumentID", "Direction", "TradeType", "Volume", "OrderSysID")
    shown = [tuple(each[name] for name in names) for each in trades if each]
    number = told[-1].fields["OrderSysID"]
    assert shown == [("m2701", "0", "4", 2, number), ("m2705", "1", "4", 2, number)]
    assert trades[0]["Price"] - trades[1]["Price"] == 100.0
    assert statuses(told)[-1] == ("3", "0", 2, 0)


def test_a_price_may_be_below_zero_for_a_combination_only() -> None:
    _, client = combined()
    spread = {"InstrumentID": SPREAD, "ExchangeID": "DCE", "CombOffsetFlag": "00"}
    told = client.insert(**spread, LimitPrice=-20.0, CombHedgeFlag="11")
    assert statuses(told)[-1] == ("3", "3", 0, 1)
    told = client.insert(InstrumentID="m2701", ExchangeID="DCE", LimitPrice=-20.0)
    assert told[0].error is not None
    assert told[0].error[0] == 95


def test_an_exchange_that_began_anew_without_an_account_does_not_keep_the_counter_down() -> None:
    files = MemoryFiles()
    _, client = opened(Desk(files=files))
    client.insert(OrderRef="1")
    fresh = Desk(files=files)
    assert fresh.client("bob").ask("ReqQryOrder")[-1].fields is None


def test_an_instrument_listed_later_is_found() -> None:
    desk = Desk(names=NAMES)
    sr = CATALOG.get("SR705.CZCE")
    assert desk.counter.context.names.get(InstrumentId("SR705.CZCE")) is None
    desk.broker.on_market(
        Depth(sr.id, MORNING + 1, MORNING + 1, (5000.0,), (1.0,), (5001.0,), (1.0,))
    )
    found: Instrument | None = desk.counter.context.names.get(sr.id)
    assert found is not None
    assert desk.counter.context.names.find("SR705") is found


def test_a_covered_call_locks_units_of_the_fund_and_is_for_funds_only() -> None:
    call = "510050C2612M03000"
    desk = Desk(names=("510050.SSE", f"{call}.SSE", "m2701.DCE"), at_once=True)
    client = desk.client()
    desk.depth(2.999, 3.0, size=20_000.0, code="510050")
    desk.depth(0.1, 0.11, code=call)
    client.door.take()
    covered = {"InstrumentID": call, "ExchangeID": "SSE", "Direction": "1", "CombHedgeFlag": "4"}
    told = client.insert(**covered, LimitPrice=0.12)
    assert told[0].error is not None
    assert told[0].error[0] == 30
    client.insert(
        InstrumentID="510050", ExchangeID="SSE", LimitPrice=3.0, VolumeTotalOriginal=10_000
    )
    assert statuses(client.insert(**covered, LimitPrice=0.12))[-1] == ("3", "3", 0, 1)
    told = client.insert(InstrumentID="m2701", ExchangeID="DCE", CombHedgeFlag="4")
    assert told[0].error is not None
    assert told[0].error[0] == 15
