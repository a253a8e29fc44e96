"""Parts of the Backpack driver on their own: names of orders, what is heard of them, streams and what is refused."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import AuthError, ConnectivityError
from anyvenue.model.events import (
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderModified,
    OrderTriggered,
)
from anyvenue.model.ids import AccountId, OrderId, next_order_id
from anyvenue.model.orders import EXTERNAL, OrderRequest
from anyvenue.venues.backpack.account_events import AccountEvents
from anyvenue.venues.backpack.errors import refused
from anyvenue.venues.backpack.listing import Listing
from anyvenue.venues.backpack.naming import Names
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.requests import (
    client_id,
    mark_of,
    our_order_id,
    part_client_id,
    part_of,
)
from anyvenue.venues.backpack.wire_rest import AccountReply, ErrorBody, MarketRow, OrderRow
from anyvenue.venues.tracking.records import OrderRecord, Records

ACCOUNT = AccountId("a")
NOW = 1_795_201_485_274_000_000
MARKET = {
    "symbol": "SOL_USDC_PERP",
    "baseSymbol": "SOL",
    "quoteSymbol": "USDC",
    "marketType": "PERP",
    "filters": {
        "price": {"tickSize": "0.01"},
        "quantity": {"stepSize": "0.01", "minQuantity": "0.01"},
    },
    "fundingInterval": 3_600_000,
    "createdAt": "2025-01-21T06:34:54.691858",
    "newField": {"of": "some day"},
}


class Desk:
    """Records of one account and what is told of them."""

    def __init__(self) -> None:
        self.listing = Listing()
        self.listing.take([msgspec.convert(MARKET, MarketRow, strict=False)])
        self.records = Records(ACCOUNT)
        self.names = Names(self.records, lambda: 0)
        self.events: list[Event] = []
        self.lacking: list[OrderRecord] = []
        self.missed: list[tuple[str, str]] = []
        self.ended = 0
        self.reports = BackpackReports(
            self.records,
            self.names,
            self.listing.by_symbol.get,
            self.events.append,
            self.lacking.append,
            lambda symbol, number: self.missed.append((symbol, number)),
        )
        self.heard = AccountEvents(self.reports, lambda: NOW, self._end)

    def _end(self) -> None:
        self.ended += 1

    def sent(self, order_id: OrderId = OrderId(7), **fields: Any) -> OrderRecord:
        """Have an order on its way."""
        wanted = {"side": Side.BUY, "quantity": Decimal(2), "price": Decimal(20), **fields}
        instrument = self.listing.by_symbol["SOL_USDC_PERP"].id
        record = OrderRecord(
            order_id, "SOL_USDC_PERP", OrderRequest(ACCOUNT, instrument, **wanted), sent_at=NOW
        )
        self.records.by_id[order_id] = record
        self.names.give("SOL_USDC_PERP", (order_id, 0))
        return record

    def hear(self, event: str, state: str, **fields: object) -> None:
        """Hear of an order over the stream."""
        told: dict[str, object] = {
            "e": event,
            "E": NOW // 1000,
            "T": NOW // 1000,
            "s": "SOL_USDC_PERP",
            "i": "900",
            "c": 7,
            "S": "Bid",
            "o": "LIMIT",
            "f": "GTC",
            "q": "2",
            "p": "20",
            "X": state,
            "z": "0",
            "O": "USER",
            "W": "what nobody knows yet",
        }
        given_fields = {name: value for name, value in (told | fields).items() if value is not None}
        frame = {"stream": "account.orderUpdate", "data": given_fields}
        self.heard.heard(msgspec.json.encode(frame))

    def kinds(self) -> list[type]:
        """Return the kinds of what was posted."""
        return [type(each) for each in self.events]


FILL: dict[str, object] = {
    "t": 28,
    "l": "2",
    "L": "20",
    "z": "2",
    "m": True,
    "n": "0.01",
    "N": "USDC",
}
STOP: dict[str, object] = {"P": "21", "Y": "2", "q": None}


def test_an_order_is_accepted_filled_and_done_once_however_often_it_is_told() -> None:
    desk = Desk()
    record = desk.sent()
    for _ in range(2):
        desk.hear("orderAccepted", "New")
        desk.hear("orderFill", "Filled", **FILL)
    assert desk.kinds() == [OrderAccepted, OrderFilled]
    assert (record.ended, record.venue_id, record.filled) == (True, "900", 2)


def test_a_fill_that_was_missed_is_asked_for_and_the_order_is_not_over_before() -> None:
    desk = Desk()
    record = desk.sent()
    desk.hear("orderAccepted", "New")
    desk.hear("orderCancelled", "Cancelled", z="1")
    assert desk.lacking == [record]
    assert not record.ended


def test_a_stop_goes_on_under_its_own_number() -> None:
    desk = Desk()
    record = desk.sent()
    desk.hear("triggerPlaced", "TriggerPending", **STOP)
    assert (record.algo_id, record.venue_id, record.triggered) == ("900", "", False)
    desk.hear("orderAccepted", "New", **STOP | {"q": "2"})
    desk.hear("orderCancelled", "Cancelled", **STOP | {"q": "2"})
    assert desk.kinds() == [OrderAccepted, OrderTriggered, OrderCancelled]


def test_a_stop_becomes_another_order_that_names_it() -> None:
    desk = Desk()
    record = desk.sent()
    desk.hear("triggerPlaced", "TriggerPending", **STOP)
    desk.hear("orderAccepted", "New", i="901", I="900", c=None)
    desk.hear("orderCancelled", "Cancelled", **STOP)  # the stop itself is over
    assert not record.ended
    desk.hear("orderFill", "Filled", **FILL | {"i": "901", "I": "900", "c": None})
    assert desk.kinds() == [OrderAccepted, OrderTriggered, OrderFilled]
    assert record.ended


def test_a_stop_that_was_set_off_before_it_was_heard_of_is_triggered() -> None:
    desk = Desk()
    desk.sent()
    desk.hear("orderFill", "Filled", **FILL | {"P": "21", "Y": "2"})
    assert desk.kinds() == [OrderAccepted, OrderTriggered, OrderFilled]


def test_a_trigger_that_failed_ends_the_order_with_that_reason() -> None:
    desk = Desk()
    record = desk.sent()
    desk.hear("triggerPlaced", "TriggerPending", **STOP)
    desk.hear("triggerFailed", "TriggerFailed", **STOP)
    assert desk.kinds() == [OrderAccepted, OrderExpired]
    assert record.reason == "TriggerFailed"


def test_an_order_whose_beginning_was_not_heard_is_asked_for() -> None:
    desk = Desk()
    desk.hear("orderFill", "Filled", c=None, **FILL)
    desk.hear("orderAccepted", "New", c=None, P="21", Y="2")  # a stop that was placed long ago
    assert desk.events == []
    assert desk.missed == [("SOL_USDC_PERP", "900")] * 2


def test_somebody_elses_orders_are_known_as_such() -> None:
    desk = Desk()
    desk.hear("orderAccepted", "New", c=None, O="LIQUIDATION_AUTOCLOSE")
    desk.hear("triggerPlaced", "TriggerPending", c=None, i="901", **STOP)
    desk.hear("triggerPlaced", "TriggerPending", c=None, i="901", **STOP)
    assert desk.kinds() == [OrderAccepted, OrderAccepted]
    assert {each.request.tag for each in desk.records.working()} == {EXTERNAL}


def test_a_state_that_the_venue_adds_ends_nothing() -> None:
    desk = Desk()
    record = desk.sent()
    desk.hear("orderAccepted", "New")
    desk.hear("orderParked", "Parked")
    assert (record.ended, record.state) == (False, OrderState.OPEN)


def test_positions_tell_what_is_held_and_other_messages_are_passed_over() -> None:
    desk = Desk()
    position = b'{"stream":"account.positionUpdate","data":{"s":"SOL_USDC_PERP","q":"%s"}}'
    desk.heard.heard(position % b"-2")
    assert desk.heard.held == {"SOL_USDC_PERP"}
    desk.heard.heard(position % b"0")
    assert desk.heard.held == set()
    for frame in (b"{", b'{"stream":"account.newThing","data":{}}'):
        desk.heard.heard(frame)
    assert desk.heard.unknown == 2


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Invalid signature", AuthError),
        ("Unauthorized", AuthError),
        ("Request has expired", ConnectivityError),
    ],
)
def test_refused_streams_are_told_with_what_to_check(text: str, kind: type) -> None:
    desk = Desk()
    error = {"id": None, "error": {"code": 4001, "message": text}}
    desk.heard.heard(msgspec.json.encode(error))
    assert isinstance(desk.heard.refused, kind)
    assert desk.ended == 1


@pytest.mark.parametrize(
    ("code", "text", "clock", "duplicate"),
    [
        ("INVALID_CLIENT_REQUEST", "Request has expired", True, False),
        ("INVALID_CLIENT_REQUEST", "Invalid timestamp: ahead", True, False),
        ("INVALID_CLIENT_REQUEST", "Duplicate client id", False, True),
        ("INVALID_ORDER", "Order expired", False, False),
    ],
)
def test_refusals_for_time_and_for_names_are_told_apart(
    code: str, text: str, clock: bool, duplicate: bool
) -> None:
    found = refused(ErrorBody(code, text), 400)
    assert (found.clock, found.duplicate, found.unsure) == (clock, duplicate, False)


# ---- names


@given(st.integers(1_600_000_000_000, 2_000_000_000_000), st.integers(1, 999), st.integers(0, 10))
def test_a_part_is_known_by_its_mark_days_after_its_order(
    made_ms: int, part: int, days: int
) -> None:
    order_id = next_order_id(0, made_ms * 1_000_000)
    placed = (made_ms + days * 86_400_000) * 1_000_000
    name = part_client_id(order_id, part, placed)
    assert 0 <= name < 2**32
    mark = mark_of(name, placed + 1_000_000_000)
    assert mark is not None
    assert part_of(mark, order_id) == part
    assert our_order_id(name, placed + 1_000_000_000) == 0


@given(st.integers(1_600_000_000_000, 2_000_000_000_000))
def test_an_orders_own_name_is_no_mark(made_ms: int) -> None:
    order_id = next_order_id(0, made_ms * 1_000_000)
    assert part_client_id(order_id, 0, 0) == client_id(order_id)
    mark = mark_of(client_id(order_id), made_ms * 1_000_000)
    assert mark is None or not part_of(mark, order_id)


def test_names_of_orders_that_are_forgotten_are_forgotten_in_time() -> None:
    desk = Desk()
    for number in range(1, 3000):
        desk.names.give("SOL_USDC_PERP", (OrderId(number), 0))
    assert len(desk.names._ours) <= 1001


def test_the_venues_clock_does_not_keep_our_orders_from_being_known() -> None:
    hour = 3_600_000_000_000
    names = Names(Records(ACCOUNT), lambda: hour)
    order_id = next_order_id(0, NOW)
    assert names.find("X", client_id(order_id), NOW + hour + 5_000_000_000) == (order_id, 0)


# ---- what is listed


def test_the_accounts_own_fees_go_before_those_of_the_tables() -> None:
    listing = Listing()
    account = AccountReply(
        leverage_limit=Decimal(10),
        futures_maker_fee=Decimal("-0.5"),
        futures_taker_fee=Decimal(4),
        spot_maker_fee=Decimal(8),
        spot_taker_fee=Decimal(10),
    )
    (found,) = listing.take([msgspec.convert(MARKET, MarketRow, strict=False)], account)
    assert found.fees is not None
    assert found.fees.maker is not None
    assert (found.fees.open.by_money, found.fees.maker.by_money) == (
        Decimal("0.0004"),
        Decimal("-0.00005"),
    )
    assert listing.intervals["SOL_USDC_PERP"] == 3_600_000_000_000
    assert listing.began["SOL_USDC_PERP"] == 1_737_441_294_691_858_000


def test_a_closed_market_is_known_and_not_listed() -> None:
    listing = Listing()
    closed = {**MARKET, "orderBookState": "Closed", "createdAt": ""}
    assert listing.take([msgspec.convert(closed, MarketRow, strict=False)]) == []
    assert len(listing.perpetuals) == 1


def test_a_new_order_that_is_over_before_its_answer_comes_is_not_left_working() -> None:
    desk = Desk()
    record = desk.sent()
    desk.hear("orderAccepted", "New")
    record.replacing, record.part = True, 1
    name = desk.names.give("SOL_USDC_PERP", (record.order_id, 1), NOW)
    desk.hear("orderCancelled", "Cancelled")
    desk.hear("orderAccepted", "New", i="100", c=name, p="19")
    desk.hear("orderFill", "Filled", **FILL | {"i": "100", "c": name, "p": "19"})
    assert not record.ended
    row = msgspec.convert(
        {"id": "100", "status": "New", "symbol": "SOL_USDC_PERP", "side": "Bid", "clientId": name},
        OrderRow,
        strict=False,
    )
    told = desk.reports.told_of(row)
    assert (told.order_id, told.part) == (7, 1)
    assert desk.reports.take_over(record, told, Decimal(2), Decimal(19), NOW)
    assert desk.kinds() == [OrderAccepted, OrderFilled, OrderModified]
    assert (record.venue_id, record.replacing) == ("100", False)
