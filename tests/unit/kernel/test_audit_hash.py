"""The audit hash tells runs apart by what was decided, and by nothing else."""

from decimal import Decimal

from anyvenue.kernel.audit import AuditHash
from anyvenue.model.commands import CancelOrder
from anyvenue.model.events import Deposited, Withdrawn
from anyvenue.model.ids import OrderId
from builders import ALICE


def of(*records: object) -> str:
    """Return the hash of records."""
    audit = AuditHash()
    for record in records:
        audit.add(record)  # type: ignore[arg-type]
    return audit.hexdigest()


CANCEL = CancelOrder(OrderId(1), ALICE, 5)
PAID = Deposited(ALICE, "CNY", Decimal("1.0"), 5, 5)


def test_the_same_records_in_the_same_order_give_the_same_hash() -> None:
    assert of(CANCEL, PAID) == of(CANCEL, PAID)
    assert of(CANCEL, PAID) != of(PAID, CANCEL)
    assert of(CANCEL) != of(CANCEL, CANCEL)


def test_another_kind_with_the_same_fields_gives_another_hash() -> None:
    assert of(PAID) != of(Withdrawn(ALICE, "CNY", Decimal("1.0"), 5, 5))


def test_data_counts_by_its_content_hash() -> None:
    one, other = AuditHash(), AuditHash()
    one.add_data("abc")
    other.add_data("xyz")
    assert one.hexdigest() != other.hexdigest()
    assert one.count == 0
