"""Orders of the blocking API: which offsets an action comes to, and whose answer an answer is."""

import pytest

from anyvenue.venues.ctp.sync.orders import Piece, Pieces, offsets_of
from anyvenue.venues.ctp.sync.records import position_of, quote_of


@pytest.mark.parametrize(
    ("opens", "volume", "exchange", "old", "parts"),
    [
        (True, 5, "SHFE", 3, [("0", 5)]),
        (False, 5, "DCE", 3, [("1", 5)]),
        (False, 5, "CFFEX", 3, [("1", 5)]),
        (False, 5, "SHFE", 0, [("3", 5)]),
        (False, 5, "SHFE", 9, [("4", 5)]),
        (False, 5, "INE", 3, [("4", 3), ("3", 2)]),
    ],
)
def test_old_lots_are_closed_first_where_lots_are_dated(
    opens: bool, volume: int, exchange: str, old: int, parts: list[tuple[str, int]]
) -> None:
    assert offsets_of(opens, volume, exchange, old) == parts


def piece(ref: str, session: int = 7) -> Piece:
    return Piece(ref, 1, "0", 1, 1, session)


def test_an_answer_finds_its_own_order_and_no_other() -> None:
    pieces = Pieces()
    first, second, earlier = piece("1"), piece("2"), piece("2", session=6)
    for each in (first, second, earlier):
        pieces.add(each)
    told = pieces.told(
        {"FrontID": 1, "SessionID": 7, "OrderRef": "           2", "OrderStatus": "3"}
    )
    assert told is second
    assert (first.accepted, second.accepted, earlier.accepted) == (None, True, None)
    assert pieces.refused((1, 7), {"OrderRef": "1"}, (31, "CTP:资金不足")) is first
    assert (first.accepted, first.error) == (False, (31, "CTP:资金不足"))


def test_what_others_order_is_nobodys() -> None:
    pieces = Pieces()
    assert pieces.told({"FrontID": 9, "SessionID": 9, "OrderRef": "1"}) is None
    assert pieces.refused((1, 7), {"OrderRef": "1"}, (31, "")) is None


def test_an_order_that_is_only_on_its_way_is_not_accepted_yet() -> None:
    pieces = Pieces()
    sent = piece("1")
    pieces.add(sent)
    report = {"FrontID": 1, "SessionID": 7, "OrderRef": "1"}
    pieces.told({**report, "OrderStatus": "a"})
    assert sent.accepted is None
    pieces.told({**report, "OrderStatus": "5", "OrderSubmitStatus": "4", "StatusMsg": "不行"})
    assert (sent.accepted, sent.error) == (False, (-1, "不行"))


def test_rows_of_todays_and_of_old_lots_add_up() -> None:
    rows = [
        {"PosiDirection": "2", "PositionDate": "1", "Position": 2, "TodayPosition": 2, "OpenCost": 70_000.0},
        # There were five in the morning, of which two are left: YdPosition is not what there is.
        {"PosiDirection": "2", "Position": 2, "TodayPosition": 0, "YdPosition": 5, "OpenCost": 68_000.0},
        {"PosiDirection": "3", "PositionDate": "1", "Position": 1, "TodayPosition": 1, "OpenCost": 36_000.0},
        {"PosiDirection": "1", "Position": 9, "TodayPosition": 9, "OpenCost": 1.0},
    ]  # fmt: skip
    found = position_of(rows, multiplier=10)
    assert (found.pos_long, found.pos_long_today, found.pos_long_his) == (4, 2, 2)
    assert (found.open_price_long, found.open_price_short) == (3450.0, 3600.0)
    assert (found.pos_short, found.pos_short_today, found.pos_short_his) == (1, 1, 0)


def test_an_absent_price_is_nan_and_a_missing_date_is_none() -> None:
    quote = quote_of(
        {"InstrumentID": "rb2701", "LastPrice": 1.7976931348623157e308, "BidVolume1": 3}
    )
    assert quote.LastPrice != quote.LastPrice
    assert (quote.BidVolume1, quote.ctp_datetime) == (3, None)
