"""Messages keep every figure on their way, and what is no message is refused."""

from decimal import Decimal
from typing import get_args

import msgspec
import pytest

from anyvenue.model.commands import AccountCommand
from anyvenue.model.enums import Side
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth
from anyvenue.model.orders import OrderRequest
from anyvenue.model.protocols import Snapshot
from anyvenue.reference.catalog import Catalog
from anyvenue.venues.paper import wire

REQUEST = OrderRequest(
    AccountId("a"), InstrumentId("rb2701.SHFE"), Side.BUY, Decimal("1.10"), Decimal("3500.0")
)


def test_an_order_keeps_every_digit_of_its_numbers() -> None:
    sent = wire.Submit(7, "12", REQUEST)
    found = wire.decode_client(wire.encode(sent))
    assert found == sent
    assert str(found.request.quantity) == "1.10"  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_event_has_a_name_on_the_wire(kind: type) -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field"):
        wire.decode_event(kind.__name__, msgspec.Raw(wire.encode({})))


@pytest.mark.parametrize("kind", get_args(AccountCommand), ids=lambda kind: kind.__name__)
def test_every_account_command_has_a_name_on_the_wire(kind: type) -> None:
    with pytest.raises(msgspec.ValidationError, match="missing required field"):
        wire.decode_command(kind.__name__, msgspec.Raw(wire.encode({})))


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown kind 'Gift'"):
        wire.decode_event("Gift", msgspec.Raw(b"\x80"))


def test_absent_prices_stay_absent() -> None:
    depth = Depth(InstrumentId("rb2701.SHFE"), 1, 2, (3.0,), (1.0,), (), ())
    found = wire.decode_event("Depth", wire.packed(depth))
    assert isinstance(found, Depth)
    assert found.last != found.last
    assert found.bid == 3.0


@pytest.mark.parametrize("name", ["rb2701.SHFE", "600519.SSE", "AAPL.US", "BTC-USDT-PERP.BINANCE"])
def test_an_instrument_arrives_as_it_is(name: str) -> None:
    sent = [Catalog().get(InstrumentId(name))]
    assert wire.decode_answer(list[Instrument], wire.packed(sent)) == sent


def test_an_empty_snapshot_arrives_as_it_is() -> None:
    sent = Snapshot(account=AccountId("a"), ts_as_of=1, trading_day=20260915)
    assert wire.decode_answer(Snapshot, wire.packed(sent)) == sent


@pytest.mark.parametrize(
    "message",
    [
        b"\xc0",
        b"\x91\x63",
        wire.encode([3, 1, "ref"]),
        wire.encode([3, "one", "ref", {}]),
        wire.encode([9, 1, 2, 3]),
        wire.encode({"id": 1}),
        b"\x91" * 5000,
    ],
)
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, RecursionError)):
        wire.decode_client(message)
