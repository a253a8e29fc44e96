"""The jump where one contract of a continuous series follows another is nobody's profit."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import InstrumentKind, Offset, Side
from anyvenue.model.events import SeriesRolled
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.instruments import Instrument
from builders import ALICE, BOB, Pit, at, bar, rebar

D = Decimal


def series() -> Instrument:
    """Return the continuous series of rebar."""
    return rebar(id=make_instrument_id("rb", "SHFE"), kind=InstrumentKind.CONTINUOUS)


def pit_with(rolls: frozenset[int] | None, side: Side = Side.BUY) -> Pit:
    """Return a pit that holds two lots of the series, bought or sold at 3500, on the first day's evening."""
    table = {} if rolls is None else {series().id: rolls}
    pit = Pit(series(), rolls=table)
    pit.send(side, 2, 3500)
    pit.last(3500)
    pit.last(3510)
    pit.to("21:00")
    return pit


@pytest.mark.parametrize("rolls", [None, frozenset({20260122})])
@pytest.mark.parametrize(("side", "sign"), [(Side.BUY, 1), (Side.SELL, -1)])
def test_the_jump_on_a_roll_day_is_taken_out(
    rolls: frozenset[int] | None, side: Side, sign: int
) -> None:
    pit = pit_with(rolls, side)
    before = pit.state.worth("CNY")
    (rolled,) = pit.last(3610)
    assert isinstance(rolled, SeriesRolled)
    assert rolled.gap == 100
    assert pit.state.worth("CNY") == before
    pit.last(3611)
    assert pit.state.worth("CNY") == before + sign * 20  # what moves afterwards is profit again


def test_with_a_table_the_jump_of_another_day_is_profit() -> None:
    pit = pit_with(frozenset({20260126}))
    before = pit.state.worth("CNY")
    assert pit.last(3610) == []
    assert pit.state.worth("CNY") == before + 2000


def test_a_roll_day_without_data_is_taken_out_on_the_next_day_with_data() -> None:
    pit = pit_with(frozenset({20260122}))
    pit.to(at("45:00"))  # the night of the 23rd
    said = pit.last(3610)
    assert [type(event) for event in said] == [SeriesRolled]


def test_the_figures_still_add_up_on_a_roll_day() -> None:
    pit = pit_with(None)
    pit.last(3610)
    pit.sell(1, 3600, offset=Offset.CLOSE_OLD)
    pit.last(3610, size=99)
    figures = pit.figures()
    parts = figures.pre_balance + figures.close_profit + figures.position_profit - figures.fees
    assert figures.balance == parts


def test_an_order_fills_at_the_price_after_the_jump() -> None:
    pit = pit_with(None)
    order = pit.buy(1)
    said = pit.last(3610)
    assert [type(event).__name__ for event in said] == ["SeriesRolled", "OrderFilled"]
    assert pit.prices(order) == [("3610", "1")]


def test_bars_roll_from_the_last_close_to_the_open() -> None:
    pit = Pit(series(), start="14:00")
    pit.see(bar(pit.instrument, at("14:00"), (3500, 3500, 3500, 3500)))
    pit.buy(1)
    pit.see(bar(pit.instrument, at("14:01"), (3500, 3520, 3500, 3510)))
    (rolled,) = (
        event
        for event in pit.see(bar(pit.instrument, at("21:00"), (3610, 3625, 3610, 3620)))
        if isinstance(event, SeriesRolled)
    )
    assert rolled.gap == 100
    assert pit.state.worth("CNY") == 1_000_000 + 100 + 100 - D("3.5")


def test_a_first_event_without_a_price_waits_for_one() -> None:
    pit = pit_with(None)
    nan = float("nan")
    assert pit.quote(nan, nan) == []
    assert [type(event) for event in pit.last(3610)] == [SeriesRolled]


def test_only_accounts_that_hold_the_series_are_told() -> None:
    pit = Pit(series(), accounts=(ALICE, BOB))
    pit.buy(1, 3500, account=BOB)
    pit.last(3500)
    pit.to("21:00")
    rolled = [event for event in pit.last(3600) if isinstance(event, SeriesRolled)]
    assert [event.account for event in rolled] == [BOB]


def test_the_same_roll_counts_once() -> None:
    pit = pit_with(None)
    (rolled,) = pit.last(3610)
    worth = pit.state.worth("CNY")
    assert isinstance(rolled, SeriesRolled)
    pit.state.roll_series(rolled)
    assert pit.state.worth("CNY") == worth
