"""What strategies and connections say about an order becomes a request."""

from decimal import Decimal
from typing import Any

import pytest

from anyvenue.model.enums import OrderType, Side
from anyvenue.model.errors import InvalidOrder
from anyvenue.model.ids import AccountId, InstrumentId, StrategyId
from anyvenue.model.orders import OrderRequest
from anyvenue.strategy.options import OrderOptions, make_request


def wish(price: Any = None, **options: Any) -> OrderRequest:
    """Return the request for ten lots."""
    given = OrderOptions(**options)  # type: ignore[typeddict-item]
    name = InstrumentId("rb2701.SHFE")
    return make_request(AccountId("a"), StrategyId("s"), name, Side.BUY, 10, price, given)


@pytest.mark.parametrize(
    ("price", "options", "kind"),
    [
        (None, {}, OrderType.MARKET),
        (3500, {}, OrderType.LIMIT),
        (None, {"stop": 3510}, OrderType.STOP),
        (3500, {"stop": 3510}, OrderType.STOP_LIMIT),
        (None, {"trail": 10}, OrderType.TRAILING_STOP),
        (None, {"trail": 10, "stop": 3510}, OrderType.TRAILING_STOP),
    ],
)
def test_what_is_given_says_which_type_is_meant(
    price: Any, options: dict[str, Any], kind: OrderType
) -> None:
    assert wish(price, **options).type is kind


def test_a_trailing_stop_has_its_distance_and_an_iceberg_the_part_it_shows() -> None:
    assert wish(trail=2.5).trail == Decimal("2.5")
    assert wish(3500, display="3").display == 3


@pytest.mark.parametrize("field", ["trail", "display", "stop"])
def test_what_is_no_number_is_named(field: str) -> None:
    with pytest.raises(InvalidOrder, match=field):
        wish(**{field: "many"})
