"""The fields of trailing stops and icebergs are checked before an order goes anywhere."""

from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.enums import Offset, OrderType, Side, TimeInForce
from anyvenue.model.errors import InvalidOrder, OffLot, OffTick
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.validation import validate
from anyvenue.reference.catalog import Catalog
from builders import bank_share, rebar

REBAR = rebar()
SHARE = bank_share()


def request(of: Any = REBAR, **fields: Any) -> OrderRequest:
    """Return a request for five lots at 3500, with changes."""
    given = {"quantity": Decimal(5), "price": Decimal(3500)} | fields
    return OrderRequest(AccountId("alice"), of.id, Side.BUY, **given)


def trailing(**fields: Any) -> OrderRequest:
    given = {"price": None, "type": OrderType.TRAILING_STOP, "trail": Decimal(10)}
    return request(**(given | fields))


class TestTrailingStops:
    def test_a_distance_is_enough(self) -> None:
        assert validate(REBAR, trailing()) == trailing()

    def test_a_first_trigger_may_be_given(self) -> None:
        wish = trailing(stop_price=Decimal(3490))
        assert validate(REBAR, wish) == wish

    def test_float_noise_is_taken_off(self) -> None:
        wish = validate(SHARE, trailing(trail=Decimal(repr(0.1 + 0.2)), quantity=Decimal(100)))
        assert wish.trail == Decimal("0.3")

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"trail": None}, "trail"),
            ({"trail": Decimal(0)}, "trail"),
            ({"trail": Decimal(-5)}, "trail"),
            ({"price": Decimal(3500)}, "price"),
            ({"time_in_force": TimeInForce.IOC}, "time_in_force"),
            ({"time_in_force": TimeInForce.FOK}, "time_in_force"),
            ({"post_only": True}, "post_only"),
            ({"display": Decimal(1)}, "display"),
            ({"type": OrderType.STOP, "stop_price": Decimal(3490)}, "trail"),
            ({"type": OrderType.LIMIT, "price": Decimal(3490)}, "trail"),
        ],
    )
    def test_what_does_not_fit_is_named(self, fields: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidOrder) as caught:
            validate(REBAR, trailing(**fields))
        assert caught.value.fields["field"] == field

    @pytest.mark.parametrize(("trail", "below", "above"), [("2.5", 2, 3), ("0.5", 1, 2)])
    def test_a_distance_off_the_tick_names_its_neighbours(
        self, trail: str, below: int, above: int
    ) -> None:
        with pytest.raises(OffTick, match=f"use {below} or {above}"):
            validate(REBAR, trailing(trail=Decimal(trail)))

    def test_a_trigger_off_the_tick_is_refused(self) -> None:
        with pytest.raises(OffTick):
            validate(REBAR, trailing(stop_price=Decimal("3490.5")))


class TestIcebergs:
    def test_a_part_of_the_quantity_is_shown(self) -> None:
        wish = request(display=Decimal(2))
        assert validate(REBAR, wish) == wish

    def test_parts_are_whole_lots(self) -> None:
        with pytest.raises(OffLot):
            validate(SHARE, request(SHARE, quantity=Decimal(1000), display=Decimal(150)))

    @pytest.mark.parametrize(
        "fields",
        [
            {"display": Decimal(6)},
            {"time_in_force": TimeInForce.IOC},
            {"time_in_force": TimeInForce.FOK},
            {"type": OrderType.MARKET, "price": None},
            {"type": OrderType.STOP_LIMIT, "stop_price": Decimal(3490)},
        ],
    )
    def test_only_a_resting_limit_order_hides_something(self, fields: dict[str, Any]) -> None:
        with pytest.raises(InvalidOrder) as caught:
            validate(REBAR, request(**({"display": Decimal(2)} | fields)))
        assert caught.value.fields["field"] == "display"

    def test_a_part_is_at_least_the_minimum(self) -> None:
        star = bank_share(lot=type(SHARE.lot)(Decimal(1), Decimal(200)))
        with pytest.raises(InvalidOrder, match="expected 200 to the quantity of 1000"):
            validate(star, request(star, quantity=Decimal(1000), display=Decimal(100)))


class TestQuickChecks:
    """Most prices and quantities are exact already and are seen to be so at once; the others still count."""

    @pytest.mark.parametrize("value", ["NaN", "Infinity", "1E+16", "0", "-1"])
    def test_what_is_no_number_of_lots_is_refused(self, value: str) -> None:
        for field in ("quantity", "price"):
            with pytest.raises(InvalidOrder):
                validate(REBAR, request(**{field: Decimal(value)}))

    def test_a_whole_quantity_below_the_minimum_is_refused(self) -> None:
        star = bank_share(lot=type(SHARE.lot)(Decimal(1), Decimal(200)))
        with pytest.raises(InvalidOrder, match="at least 200"):
            validate(star, request(star, quantity=Decimal(100)))

    @pytest.mark.parametrize("name", ["BTC-USDT-PERP.BINANCE", "BTC-USDT.BINANCE", "rb2701.SHFE"])
    @pytest.mark.parametrize("offset", list(Offset))
    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"covered": True},
            {"reduce_only": True},
            {"post_only": True},
            {"time_in_force": TimeInForce.GTC},
            {"time_in_force": TimeInForce.IOC, "post_only": True},
            {"quantity": Decimal("0.001"), "price": Decimal(20)},  # worth less than a venue takes
            {"quantity": Decimal("0.001"), "price": Decimal(20), "reduce_only": True},
            {"quantity": Decimal("0.100"), "price": Decimal("3500.0")},
        ],
    )
    def test_a_quick_look_and_a_close_one_come_to_the_same(
        self, monkeypatch: pytest.MonkeyPatch, name: str, offset: Offset, fields: dict[str, Any]
    ) -> None:
        instrument = Catalog().get(InstrumentId(name))
        wish = request(instrument, **({"offset": offset} | fields))
        quick = said(instrument, wish)
        monkeypatch.setattr("anyvenue.oms.validation._is_plain", lambda *_: False)
        assert quick == said(instrument, wish)

    def test_only_an_option_is_sold_covered(self) -> None:
        with pytest.raises(InvalidOrder) as caught:
            validate(REBAR, request(covered=True))
        assert caught.value.fields["field"] == "covered"


def said(instrument: Instrument, wish: OrderRequest) -> str:
    """Return what comes of a wish, to the last digit."""
    try:
        return repr(validate(instrument, wish))
    except (InvalidOrder, OffLot) as error:
        return f"{type(error).__name__}: {error}"
