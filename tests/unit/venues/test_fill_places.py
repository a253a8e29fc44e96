"""Where an account's fills go on: what was before the first snapshot is never told again."""

from decimal import Decimal

from anyvenue.model.enums import Offset, Side
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import Fill
from anyvenue.venues.tracking.fill_places import cursor_of, later_fills, ms_of

NOON = 1_795_176_000_000  # ms
MINUTE = 60_000


def filled(ts_ms: int, number: int) -> Fill:
    return Fill(
        OrderId(number),
        AccountId("alice"),
        InstrumentId("BTC-USDT.BINANCE"),
        f"BTCUSDT-{number}",
        Side.BUY,
        Offset.OPEN,
        Decimal(100),
        Decimal(1),
        Decimal(0),
        "USDT",
        ts_ms * 1_000_000,
        ts_ms * 1_000_000,
    )


def test_the_first_snapshot_goes_on_from_when_it_was_asked_for() -> None:
    assert later_fills([], (0, 0), NOON) == ([], cursor_of(NOON, 0))


def test_an_old_fill_of_an_open_order_does_not_take_the_first_snapshot_back() -> None:
    old = filled(NOON - 60 * MINUTE, 1)
    fills, cursor = later_fills([old], (0, 0), NOON)
    assert fills == [old]
    assert cursor == cursor_of(NOON, 0)


def test_a_fill_while_the_first_snapshot_is_taken_is_behind_its_cursor() -> None:
    new = filled(NOON + 5, 1)
    assert later_fills([new], (0, 0), NOON) == ([new], cursor_of(NOON + 5, 1))


def test_later_snapshots_go_on_from_the_last_fill_that_is_known() -> None:
    # The venue's list of trades may lag behind: what is told twice is known by its trade id.
    since = cursor_of(NOON, 0)
    fills = [filled(NOON + 7, 3), filled(NOON + 7, 2), filled(NOON - 1, 1)]
    later, cursor = later_fills(fills, since, NOON + MINUTE)
    assert [each.trade_id for each in later] == ["BTCUSDT-2", "BTCUSDT-3"]
    assert cursor == cursor_of(NOON + 7, 2)
    assert later_fills(fills, cursor, NOON + MINUTE) == ([], cursor)
    assert later_fills([], since, NOON + MINUTE) == ([], since)


def test_a_cursor_leads_back_to_its_ms() -> None:
    assert ms_of(cursor_of(NOON + 123, 7)) == NOON + 123
