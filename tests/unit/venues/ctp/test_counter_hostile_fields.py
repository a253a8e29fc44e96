"""Whatever bytes a client's struct held, the counter answers and goes on."""

from math import inf, nan
from random import Random

import pytest
from test_counter_orders import opened, statuses
from trading_counter import ORDER

from anyvenue.venues.ctp.description import Value, describe
from anyvenue.venues.ctp.description.layout import Layout

WORDS = [
    "",
    "0",
    "1",
    "2",
    "3",
    "4",
    "9",
    "a",
    "TJBD_1",
    "rb2701",
    "SHFE",
    "alice",
    "9999",
    "五档",
    "|",
    ".",
    "-1",
]
INTEGERS = [0, 1, -1, 2**31 - 1, -(2**31), 7]
DOUBLES = [0.0, -1.0, 3500.0, 3500.5, nan, inf, -inf, 1.7976931348623157e308, 1e-300]


def anything(layout: Layout, random: Random) -> dict[str, Value]:
    """Return fields of a struct with values nobody would send."""
    fields: dict[str, Value] = {}
    for field in layout.fields:
        if field.is_text:
            word = random.choice(WORDS)
            fields[field.name] = word if field.length else word[:1]
        else:
            fields[field.name] = random.choice(DOUBLES if field.c == "double" else INTEGERS)
    return fields


def likely(fields: dict[str, Value], random: Random) -> dict[str, Value]:
    """Return the fields with some of those of a sound order, so that the rest is looked at, too."""
    sound = {**ORDER, "InvestorID": "alice", "BrokerID": "9999", "ActionFlag": "0"}
    for name in fields.keys() & sound.keys():
        if random.random() < 0.8:
            fields[name] = sound[name]
    return fields


@pytest.mark.parametrize("seed", range(3))
def test_no_fields_of_any_request_raise_or_meet_silence(seed: int) -> None:
    random = Random(seed)
    described = describe()
    desk, client = opened()
    requests = [name for name in described.requests if name.startswith("Req")]
    for name in sorted(requests * 4):
        layout = described.layout(described.requests[name].params[0].struct)
        fields = likely(anything(layout, random), random)
        if name == "ReqUserLogout":
            continue
        client.session.request(name, fields, 3)
        assert client.door.take(), name
    desk.depth(3499, 3501)
    client.door.take()
    assert statuses(client.insert(OrderRef="999999999999"))[-1] == ("3", "3", 0, 1)
