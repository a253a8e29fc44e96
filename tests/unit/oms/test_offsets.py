"""What offset auto becomes: one wish, one to three orders."""

from decimal import Decimal

import pytest

from anyvenue.model.enums import Offset, Side
from anyvenue.model.errors import InsufficientPosition, InvalidOrder
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.legs import Holding
from anyvenue.oms.offsets import split_by_offset, today_first
from builders import ALICE, bank_share, index_future, iron_ore, perpetual, rebar, us_share

D = Decimal


def holding(instrument: Instrument, old: int = 0, today: int = 0, frozen: int = 0) -> Holding:
    """Return a long holding of old lots and today's."""
    found = Holding(instrument.id)
    found.long.old.add(D(100), D(old), 1, "old")
    found.long.add(D(101), D(today), 2, "today")
    found.long.frozen = D(frozen)
    return found


def sell(
    instrument: Instrument,
    quantity: int,
    held: Holding | None,
    offset: Offset = Offset.AUTO,
    reduce_only: bool = False,
) -> list[tuple[str, int]]:
    """Return what a sell becomes."""
    request = OrderRequest(
        ALICE, instrument.id, Side.SELL, D(quantity), offset=offset, reduce_only=reduce_only
    )
    parts = split_by_offset(instrument, held, request, instrument.fees)
    return [(part.value, int(size)) for part, size in parts]


class TestExplicitlyDated:
    def test_old_lots_close_first_then_todays_then_the_rest_opens(self) -> None:
        assert sell(rebar(), 9, holding(rebar(), old=3, today=4)) == [
            ("close_old", 3),
            ("close_today", 4),
            ("open", 2),
        ]

    def test_todays_lots_close_first_where_that_is_cheaper(self) -> None:
        cheap = rebar(fees=iron_ore().fees)
        assert sell(cheap, 5, holding(cheap, old=3, today=4)) == [
            ("close_today", 4),
            ("close_old", 1),
        ]

    def test_what_working_orders_claim_is_not_closed_again(self) -> None:
        held = holding(rebar(), old=3, today=4, frozen=2)
        assert sell(rebar(), 3, held) == [("close_old", 1), ("close_today", 2)]

    def test_nothing_held_opens(self) -> None:
        assert sell(rebar(), 2, None) == [("open", 2)]
        assert sell(rebar(), 2, holding(rebar())) == [("open", 2)]


class TestAutoDatedAndNetted:
    @pytest.mark.parametrize("make", [iron_ore, index_future])
    def test_the_venue_picks_the_lots_of_one_close(self, make: type) -> None:
        unit = make()
        assert sell(unit, 9, holding(unit, old=3, today=4)) == [("close", 7), ("open", 2)]

    def test_a_netted_position_goes_through_zero_in_one_order(self) -> None:
        unit = perpetual()
        assert sell(unit, 7, holding(unit, old=3, today=4)) == [("open", 7)]
        reducing = sell(unit, 7, holding(unit, old=3, today=4), reduce_only=True)
        assert reducing == [("close", 7)]
        assert sell(unit, 9, holding(unit, old=3, today=4)) == [("open", 9)]
        assert sell(unit, 5, holding(unit, old=3, today=4, frozen=3)) == [("open", 5)]

    def test_a_t_plus_1_share_sells_only_what_was_held_overnight(self) -> None:
        unit = bank_share()
        assert sell(unit, 300, holding(unit, old=300, today=400)) == [("close", 300)]
        with pytest.raises(
            InsufficientPosition, match="more than the 300 long bought before today"
        ):
            sell(unit, 400, holding(unit, old=300, today=400))

    def test_a_t_plus_0_share_sells_both(self) -> None:
        unit = us_share()
        assert sell(unit, 7, holding(unit, old=3, today=4)) == [("close", 7)]


class TestRefusals:
    def test_reduce_only_never_opens(self) -> None:
        assert sell(rebar(), 3, holding(rebar(), old=3), reduce_only=True) == [("close_old", 3)]
        with pytest.raises(InsufficientPosition):
            sell(rebar(), 4, holding(rebar(), old=3), reduce_only=True)
        with pytest.raises(InvalidOrder, match="reduce-only"):
            sell(rebar(), 1, None, Offset.OPEN, reduce_only=True)

    @pytest.mark.parametrize("make", [bank_share, us_share])
    def test_a_share_is_not_opened_short(self, make: type) -> None:
        with pytest.raises(InvalidOrder, match="cannot be sold short"):
            sell(make(), 100, None, Offset.OPEN)
        with pytest.raises(InsufficientPosition):
            sell(make(), 100, None)

    @pytest.mark.parametrize(
        ("offset", "free"), [(Offset.CLOSE, 3), (Offset.CLOSE_OLD, 3), (Offset.CLOSE_TODAY, 4)]
    )
    def test_a_said_offset_closes_its_own_lots_only(self, offset: Offset, free: int) -> None:
        held = holding(rebar(), old=3, today=4)
        assert sell(rebar(), free, held, offset) == [(offset.value, free)]
        with pytest.raises(InsufficientPosition) as caught:
            sell(rebar(), free + 1, held, offset)
        assert (caught.value.wanted, caught.value.closable) == (free + 1, free)


def test_todays_lots_go_first_only_when_that_is_cheaper() -> None:
    assert today_first(iron_ore().fees)
    assert not today_first(index_future().fees)
    assert not today_first(perpetual().fees)  # equal
    assert not today_first(None)
