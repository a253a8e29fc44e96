"""An order that a hosted driver refuses because it was sent before: what is under way is that of the first one."""

from decimal import Decimal

from anyvenue.model.commands import SubmitOrder
from anyvenue.model.enums import Side
from anyvenue.model.errors import DuplicateClientRef
from anyvenue.model.events import OrderAccepted, OrderOutcomeLost
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.runtime.processes.in_flight import InFlight

ALICE = AccountId("alice")
ORDER = SubmitOrder(
    OrderId(7),
    OrderRequest(ALICE, InstrumentId("rb2701.SHFE"), Side.BUY, Decimal(1), Decimal(3300)),
    1,
)
TWICE = DuplicateClientRef("order 7 was sent before", order_id=7)


def test_the_second_ends_nothing_and_the_first_is_still_unanswered() -> None:
    under_way = InFlight()
    under_way.sent(ORDER)
    under_way.sent(ORDER)
    assert under_way.refused(ORDER, TWICE, 2) is None
    assert [type(each) for each in under_way.lost(3, "it died")] == [OrderOutcomeLost]


def test_after_the_firsts_answer_nothing_is_under_way() -> None:
    under_way = InFlight()
    under_way.sent(ORDER)
    under_way.heard(OrderAccepted(ALICE, OrderId(7), 2, 2, "v7"))
    under_way.sent(ORDER)
    assert under_way.refused(ORDER, TWICE, 3) is None
    assert len(under_way) == 0
