"""Long random mornings: whatever happens, reports follow CTP's rules and every way to hear them tells the same."""

from random import Random

import pytest
from trading_counter import ORDER, Client, Desk

from anyvenue.runtime.journal.memory import MemoryFiles
from anyvenue.venues.ctp.counter.seam import Answer, Resume, Topic

# What may follow what: submit status and order status.
FOLLOWS = {
    "": {"0a"},
    "0a": {"33", "45", "35", "3b", "1a"},
    "33": {"31", "30", "35", "13"},
    "13": {"35", "53", "30", "31"},
    "31": {"31", "30", "35", "11"},
    "11": {"35", "31", "30", "51"},
    "53": {"31", "30", "35", "13"},
    "51": {"31", "30", "35", "11"},
    "3b": {"3c", "35"},
}


def act(desk: Desk, clients: list[Client], random: Random) -> None:
    """Do something at random."""
    client = random.choice(clients)
    what = random.random()
    if what < 0.45:
        price = 3500.0 + random.randrange(-12, 13)
        at_once = random.random() < 0.3
        client.session.request(
            "ReqOrderInsert",
            {
                **ORDER,
                "InvestorID": client.account,
                "LimitPrice": price,
                "Direction": random.choice("01"),
                "CombOffsetFlag": random.choice("000134"),
                "VolumeTotalOriginal": random.choice([1, 2, 15, 600]),
                "TimeCondition": "1" if at_once else "3",
                "VolumeCondition": random.choice("123") if at_once else "1",
                "ContingentCondition": random.choice("11111569H"),
                "StopPrice": 3500.0 + random.randrange(-4, 5),
            },
            1,
        )
    elif what < 0.65:
        rows = desk.counter.book(client.session.account).orders()
        working = [each for each in rows if each["OrderStatus"] in "13b"]
        row = random.choice(working or rows or [{}])
        names = ("FrontID", "SessionID", "OrderRef", "ExchangeID", "OrderSysID")
        given = {name: row[name] for name in names if name in row}
        if random.random() < 0.5:
            given.pop("OrderSysID", None)
        client.session.request(
            "ReqOrderAction", {**given, "InvestorID": client.account, "ActionFlag": "0"}, 2
        )
    else:
        bid = 3500.0 + random.randrange(-5, 5)
        desk.depth(bid, bid + random.choice([1, 2]), size=float(random.randrange(1, 12)))


def private(client: Client) -> list[Answer]:
    """Return what a client was told on the private stream."""
    return [each for each in client.door.answers if each.topic is Topic.PRIVATE]


def check_reports(answers: list[Answer]) -> None:
    """Check every order's way from report to report, and that trades come after the report that counts them."""
    status: dict[tuple[object, ...], str] = {}
    traded: dict[object, int] = {}
    for answer in answers:
        row = answer.fields
        assert row is not None
        if answer.callback == "OnRtnOrder":
            key = (row["FrontID"], row["SessionID"], str(row["OrderRef"]).strip())
            now = f"{row['OrderSubmitStatus']}{row['OrderStatus']}"
            assert now in FOLLOWS[status.get(key, "")], (key, status.get(key), now)
            status[key] = now
            assert int(row["VolumeTraded"]) + int(row["VolumeTotal"]) == row["VolumeTotalOriginal"]
            traded[row.get("OrderSysID")] = int(row["VolumeTraded"])
        elif answer.callback == "OnRtnTrade":
            number = row["OrderSysID"]
            traded[number] -= int(row["Volume"])
            assert traded[number] >= 0


@pytest.mark.parametrize("seed", range(4))
def test_reports_follow_the_rules_and_every_way_to_hear_them_tells_the_same(seed: int) -> None:
    random = Random(seed)
    desk = Desk(files=MemoryFiles(), at_once=seed % 2 == 0)
    clients = [desk.client("alice"), desk.client("alice"), desk.client("bob")]
    desk.depth(3499, 3501)
    for _ in range(250):
        act(desk, clients, random)
    live = private(clients[0])
    assert len(live) > 100
    assert [each.number for each in live] == list(range(1, len(live) + 1))
    assert live == private(clients[1])
    check_reports(live)
    check_reports(private(clients[2]))
    assert live == private(desk.client("alice"))
    again = desk.restart()
    assert live == private(again.client("alice"))
    orders = {
        each.fields["OrderLocalID"]: each.fields
        for each in live
        if each.callback == "OnRtnOrder" and each.fields
    }
    assert again.counter.book(clients[0].session.account).orders() == list(orders.values())


@pytest.mark.parametrize("seed", range(2))
def test_a_counter_killed_again_and_again_tells_one_stream(seed: int) -> None:
    random = Random(seed)
    desk = Desk(files=MemoryFiles(), at_once=True)
    client = desk.client("alice")
    desk.depth(3499, 3501)
    told: list[Answer] = []
    for _ in range(12):
        for _ in range(12):
            act(desk, [client], random)
        told += private(client)
        desk.silence()
        desk.depth(3500.0 + random.randrange(-5, 5), 3506.0)
        desk = desk.restart()
        client = desk.client("alice", Resume.RESUME, len(told), 20260915)
    told += private(client)
    assert [each.number for each in told] == list(range(1, len(told) + 1))
    check_reports(told)
    assert told == private(desk.client("alice"))
