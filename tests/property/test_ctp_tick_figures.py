"""What a tick strategy computes for itself is what the counter answers: every field, at every step."""

from random import Random

import pytest

from anyvenue.oms.settings import AccountSettings
from anyvenue.venues.ctp.counter.seam import Reason
from anyvenue.venues.ctp.ticks.host import TickHost
from anyvenue.venues.ctp.ticks.rules import Rules
from ctp_ticking import Floor

# InstrumentID: (price, tick)
MARKET = {
    "rb2701": (3500.0, 1.0),
    "IF2612": (4000.0, 0.2),
    "m2701": (3000.0, 1.0),
    "m2701-C-3000": (60.0, 0.5),
    "m2701-P-3000": (55.0, 0.5),
    "510050": (2.9, 0.001),
    "510050C2612M03000": (0.05, 0.0001),
    "510050P2612M03000": (0.15, 0.0001),
}
NAMES = (
    *("rb2701.SHFE", "IF2612.CFFEX", "m2701.DCE", "m2701-C-3000.DCE", "m2701-P-3000.DCE"),
    *("510050.SSE", "510050C2612M03000.SSE", "510050P2612M03000.SSE"),
)
TRADED = [code for code in MARKET if code != "510050"]
JUNK = (0.0, float("nan"), 1.7976931348623157e308)
KINDS: tuple[dict[str, str | int], ...] = (
    *({},) * 12,
    {"TimeCondition": "1"},  # FAK
    {"TimeCondition": "1", "VolumeCondition": "3"},  # FOK
    {"TimeCondition": "1", "VolumeCondition": "2", "MinVolume": 2},
    {"OrderPriceType": "1", "TimeCondition": "1"},
    {"ContingentCondition": "5", "StopPrice": 3500},
)


def price_of(code: str, random: Random) -> float:
    around, tick = MARKET[code]
    return round(around + random.randrange(-6, 7) * tick, 4)


def move(floor: Floor, random: Random) -> None:
    """Show another price of something, with few lots at it, now and then junk."""
    code = random.choice(list(MARKET))
    bid, (_, tick) = price_of(code, random), MARKET[code]
    last = random.choice(JUNK) if random.random() < 0.1 else None
    if random.random() < 0.05:
        bid = random.choice(JUNK)
    ask = (
        round(bid + tick * random.choice([1, 2]), 4)
        if bid in range(1, 10_000) or 0 < bid < 1e9
        else bid
    )
    more = {"pre_settlement": MARKET[code][0]} if random.random() < 0.5 else {}
    floor.tick(code, bid, ask, size=float(random.randrange(1, 6)), last=last, **more)


def order(host: TickHost, random: Random) -> None:
    code = random.choice(TRADED)
    kind = random.choice(KINDS)
    host.desk.insert(
        code,
        random.choice("01"),
        random.choice("000134"),
        price_of(code, random),
        random.choice([1, 2, 3, 8]),
        **kind,
    )


def act(floor: Floor, random: Random) -> None:
    """Do something at random."""
    host = floor.hosts[random.choice(list(floor.hosts))]
    what = random.random()
    if what < 0.45:
        move(floor, random)
    elif what < 0.83:
        order(host, random)
    elif what < 0.85:
        name = random.choice(["ReqFromBankToFutureByFuture", "ReqFromFutureToBankByFuture"])
        if name in floor.market.description.requests:  # MINI has no transfers
            host.desk.request(name, TradeAmount=float(random.randrange(1, 5000)), CurrencyID="CNY")
    elif what < 0.86:
        for session in list(floor.market.counter._sessions):
            session.cut(Reason.READ)
    else:
        working = host.desk.working()
        if working:
            host.desk.cancel(random.choice(working))
    floor.market.settle_down()


def check(floor: Floor, what: str) -> None:
    for label, host in floor.hosts.items():
        found = floor.differences(label.partition(" ")[0], host)
        assert not found, (what, label, found)


def session(
    seed: int,
    steps: int,
    days: int,
    settings: AccountSettings | None = None,
    rules: Rules | None = None,
    api: str = "ctp",
    version: str = "",
) -> Floor:
    random = Random(seed)
    floor = Floor(*NAMES, settings=settings, at_once=seed % 2 == 0, api=api, version=version)
    for code, (price, tick) in MARKET.items():
        floor.tick(code, price, round(price + tick, 4), pre_settlement=price)
    more = {} if rules is None else {"rules": rules}
    floor.add("alice", *MARKET, **more)
    floor.add("bob", *MARKET, cash=300_000, **more)
    floor.add("alice", *MARKET, label="alice again", **more)
    for day in range(days):
        for step in range(steps):
            act(floor, random)
            check(floor, f"seed {seed}, day {day}, step {step}")
        for code, (price, tick) in MARKET.items():
            floor.tick(code, price, round(price + tick, 4), settlement=price)
        check(floor, f"seed {seed}, day {day}, close")
        floor.sleep()
        check(floor, f"seed {seed}, day {day}, morning after")
    return floor


@pytest.mark.parametrize("seed", range(2))
def test_positions_and_money_are_the_counters_after_every_event(seed: int) -> None:
    floor = session(seed, 60, 2)
    traded = {trade.InstrumentID for each in floor.hosts.values() for trade in each.strategy.trades}
    assert traded


@pytest.mark.parametrize(
    ("api", "version"), [("opt", ""), ("mini", ""), ("ctp", "6.3.15"), ("ctp", "6.6.9")]
)
def test_they_are_so_in_the_structs_of_every_api(api: str, version: str) -> None:
    session(3, 25, 1, api=api, version=version)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 103))
def test_positions_and_money_are_the_counters_over_long_sessions(seed: int) -> None:
    floor = session(seed, 400, 3)
    hosts = floor.hosts.values()
    traded = {trade.InstrumentID for each in hosts for trade in each.strategy.trades}
    assert traded == set(TRADED), seed


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200, 201))
def test_the_larger_side_and_losses_alone_are_counted_where_the_counter_does_so(seed: int) -> None:
    settings = AccountSettings(larger_side=True, unrealised="loss")
    rules = Rules(larger_side=True, seller="current", algorithm="2")
    session(seed, 300, 2, settings, rules)
