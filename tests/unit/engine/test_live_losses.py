"""What a live node may lose with the power of its machine, and what it does so that it matters not."""

from decimal import Decimal

from anyvenue.engine.live.chronicle import Chronicle
from anyvenue.engine.live.recovery import Recovery
from anyvenue.engine.node import Node
from anyvenue.model.enums import OrderState, Side, TradingState
from anyvenue.model.events import CursorMoved, OrderAccepted, OrderSubmitted, TradingHalted
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import EXTERNAL, OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.runtime.journal import CursorNoted, Journal, JournalReader, MemoryFiles
from anyvenue.runtime.journal import Recovery as JournalRecovery

ALICE, BOB = AccountId("alice"), AccountId("bob")
RB = InstrumentId("rb2701.SHFE")
NOW = 1_789_437_600_000_000_000
FOREIGN = OrderId(1_244_907_200_001)


def chronicle_on(files: MemoryFiles) -> Chronicle:
    """Return a chronicle with a journal in memory that is synced only when asked."""
    failures: list[Exception] = []
    chronicle = Chronicle(failures.append)
    chronicle.journal = Journal(files, JournalRecovery(files), node="n", ts=NOW, sync="manual")
    return chronicle


def moved(account: AccountId, number: int) -> CursorMoved:
    """Return the news that a stream came so far."""
    return CursorMoved(account, 1, 20260915, number, NOW, NOW)


def accepted(account: AccountId, number: int) -> OrderAccepted:
    """Return an event of the books."""
    return OrderAccepted(account, OrderId(number), NOW, NOW)


def noted(files: MemoryFiles) -> list[tuple[AccountId, int]]:
    """Return the cursors in a journal."""
    values = (record.value for record in JournalReader(files).records())
    return [(each.account, each.number) for each in values if isinstance(each, CursorNoted)]


def submitted(order_id: int, tag: str = "") -> OrderSubmitted:
    """Return what the journal has of an order before it is sent, or of one that was adopted."""
    request = OrderRequest(ALICE, RB, Side.BUY, Decimal(1), Decimal(3500), tag=tag)
    return OrderSubmitted(ALICE, OrderId(order_id), request, NOW, NOW, OrderId(0), "", 20260915)


def recovered(*events: OrderSubmitted) -> tuple[Node, Recovery]:
    """Return a node and what it recovered from a journal of these events."""
    files = MemoryFiles()
    chronicle = chronicle_on(files)
    for event in events:
        chronicle.add(event)
    node = Node(Catalog(), sessions_of=lambda _: get_sessions("always"))
    node.desk.add_account(ALICE, lambda command: None)
    recovery = Recovery(node.desk, node.instrument)
    for record in JournalReader(files).records():
        recovery.take(record)
    recovery.finish(NOW)
    return node, recovery


def test_a_halt_is_on_the_disk_before_anything_else_happens() -> None:
    files = MemoryFiles()
    chronicle = chronicle_on(files)
    chronicle.add(accepted(ALICE, 1))
    chronicle.add(TradingHalted("node", "", "kill", TradingState.HALTED, "test", NOW, NOW, True))
    kinds = [record.kind for record in JournalReader(files.after_crash()).records()]
    assert kinds[-1] == "TradingHalted"


def test_the_place_in_a_stream_is_not_written_while_an_event_was_left_for_later() -> None:
    files = MemoryFiles()
    chronicle = chronicle_on(files)
    chronicle.at_cursor(moved(ALICE, 7), NOW)
    chronicle.fall_behind(ALICE)
    chronicle.at_cursor(moved(BOB, 3), NOW)
    chronicle.add(accepted(BOB, 1))
    chronicle.at_cursor(moved(ALICE, 8), NOW)
    chronicle.add(accepted(ALICE, 2))
    assert noted(files) == [(BOB, 3)]
    chronicle.catch_up(ALICE)
    chronicle.flush_cursors()
    assert noted(files) == [(BOB, 3), (ALICE, 8)]


def test_ids_that_may_have_been_lost_are_not_given_again() -> None:
    node, _ = recovered(submitted(244_907_200_000))
    assert node.desk._last_id > 244_907_200_000 + 1_000


def test_ids_are_reserved_on_the_disk_so_that_two_losses_in_a_row_do_no_harm() -> None:
    files = MemoryFiles()
    chronicle = chronicle_on(files)
    chronicle.add(submitted(244_907_200_000))
    given = []
    for _ in range(2):
        node = Node(Catalog(), sessions_of=lambda _: get_sessions("always"))
        node.desk.add_account(ALICE, lambda command: None)
        recovery = Recovery(node.desk, node.instrument)
        for record in JournalReader(files).records():
            recovery.take(record)
        recovery.finish(NOW)
        journal = Journal(files, JournalRecovery(files), node="n", ts=NOW, sync="manual")
        recovery.reserve_ids(journal, NOW)
        given.append(node.desk._last_id)
        files = files.after_crash()
    assert given[1] > given[0] + 1_000


def test_ids_go_on_below_those_of_other_peoples_orders() -> None:
    node, _ = recovered(submitted(244_907_200_000), submitted(FOREIGN, EXTERNAL))
    assert node.desk._last_id < 10**12


def test_the_venue_is_asked_for_own_orders_only() -> None:
    node, recovery = recovered(submitted(244_907_200_000), submitted(FOREIGN, EXTERNAL))
    assert recovery.unanswered == {ALICE: [OrderId(244_907_200_000)]}
    states = {order.state for order in node.desk.open_orders()}
    assert states == {OrderState.UNKNOWN}
