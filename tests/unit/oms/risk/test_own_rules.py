"""The risk gate: rules in order, the first refusal wins, cancels pass a quantity limit."""

from decimal import Decimal

import pytest

from anyvenue.model.commands import CancelOrder, ModifyOrder
from anyvenue.model.enums import Side
from anyvenue.model.errors import RiskDenied
from anyvenue.model.ids import OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.oms.risk import MaxOrderQuantity, RiskGate
from builders import ALICE, Pit, rebar


def request(quantity: int) -> OrderRequest:
    """Return a buy."""
    return OrderRequest(ALICE, rebar().id, Side.BUY, Decimal(quantity), Decimal(3500))


def test_a_quantity_above_the_limit_is_denied_by_name() -> None:
    gate = RiskGate([MaxOrderQuantity(Decimal(5))])
    state = Pit(rebar()).state
    gate.check(request(5), state, 0)
    with pytest.raises(RiskDenied, match="above the limit of 5") as caught:
        gate.check(request(6), state, 0)
    assert caught.value.rule == "max_order_quantity"


def test_a_change_is_checked_and_a_cancel_passes() -> None:
    gate = RiskGate([MaxOrderQuantity(Decimal(5))])
    state = Pit(rebar()).state
    gate.check_change(CancelOrder(OrderId(1), ALICE, 0), state, 0)
    gate.check_change(ModifyOrder(OrderId(1), ALICE, 0, price=Decimal(1)), state, 0)
    with pytest.raises(RiskDenied):
        gate.check_change(ModifyOrder(OrderId(1), ALICE, 0, Decimal(6)), state, 0)


def test_the_first_refusal_wins() -> None:
    gate = RiskGate([MaxOrderQuantity(Decimal(9)), MaxOrderQuantity(Decimal(5))])
    with pytest.raises(RiskDenied, match="limit of 5"):
        gate.check(request(6), Pit(rebar()).state, 0)
