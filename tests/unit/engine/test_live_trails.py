"""Trails: which events of an account are of its open days, and under which numbers."""

from decimal import Decimal

from anyvenue.engine.live.trails import Trail, Trails
from anyvenue.model.enums import Offset, Side
from anyvenue.model.events import DaySettled, Deposited, OrderAccepted, OrderSubmitted
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import OrderRequest
from anyvenue.runtime.journal import JournalReader, MemoryFiles, open_journal

A, B = AccountId("a"), AccountId("b")
RB = InstrumentId("rb2701.SHFE")


def submitted(number: int, account: AccountId = A, day: int = 0) -> OrderSubmitted:
    """Return the event of an order."""
    wish = OrderRequest(account, RB, Side.BUY, Decimal(1), Decimal(3500), offset=Offset.OPEN)
    return OrderSubmitted(account, OrderId(number), wish, 1, 1, trading_day=day)


def accepted(number: int, account: AccountId = A) -> OrderAccepted:
    """Return the event of an order that was taken."""
    return OrderAccepted(account, OrderId(number), 1, 1)


def settled(currency: str, next_day: int, account: AccountId = A) -> DaySettled:
    """Return the event of a settlement."""
    return DaySettled(account, currency, next_day - 1, next_day, (), 1, 1)


def kept(trail: Trail) -> list[tuple[tuple[int, int], str]]:
    """Return the entries in short."""
    return [(cursor, type(event).__name__) for cursor, event in trail.entries]


def trails() -> Trails:
    """Return trails that keep events."""
    found = Trails()
    found.keep(None)
    return found


def test_an_entry_bears_its_day_and_its_number() -> None:
    found = trails()
    found.take(submitted(1, day=20260915), 4, True)
    found.take(settled("CNY", 20260916), 6, True)
    found.take(accepted(1), 9, True)
    assert kept(found.of(A)) == [
        ((20260915, 6), "DaySettled"),
        ((20260916, 9), "OrderAccepted"),
    ]


def test_what_the_books_had_had_before_is_no_entry() -> None:
    found = trails()
    heard: list[AccountId] = []
    found.listeners.append(lambda account, _: heard.append(account))
    found.take(submitted(1), 1, True)
    found.take(submitted(1), 2, False)  # the venue's echo
    found.take(accepted(1), 3, True)
    found.take(accepted(1), 4, False)
    assert [number for (_, number), _ in found.of(A).entries] == [1, 3]
    assert heard == [A, A]
    # An echo is known by the order's own announcement.
    assert found.of(A).record().passed_over == (4,)


def test_a_trail_begins_with_the_earlier_of_two_currencies_settlements() -> None:
    found = trails()
    for number, event in enumerate(
        (
            submitted(1),
            settled("USD", 20260916),
            accepted(1),
            settled("CNY", 20260916),
            submitted(2),
            settled("USD", 20260917),
            accepted(2),
        ),
        1,
    ):
        found.take(event, number, True)
    assert [number for (_, number), _ in found.of(A).entries] == [4, 5, 6, 7]


def test_where_the_journal_stands_still_numbers_go_on() -> None:
    found = trails()
    for event in (submitted(1), accepted(1), submitted(2)):
        found.take(event, 5, True)
    assert [number for (_, number), _ in found.of(A).entries] == [5, 6, 7]


def test_a_day_that_never_ends_is_kept_to_a_length() -> None:
    trail = Trail(A, most=10)
    for number in range(1, 41):
        entry = trail.take(submitted(number), number, True)
        assert entry is not None
        trail.append(entry)
    assert [number for (_, number), _ in trail.entries] == list(range(31, 41))
    assert trail.begin == (0, 34)
    entry = trail.take(settled("CNY", 20260916), 41, True)
    assert entry is not None
    trail.append(entry)
    assert kept(trail) == [((0, 41), "DaySettled")]


def test_a_start_finds_in_the_journal_what_the_start_before_has_told() -> None:
    files, told = MemoryFiles(), Trails()
    journal = open_journal(files, node="n", ts=1, sync="manual")
    told.starts += 1
    told.keep(None)
    events = [
        submitted(1),
        Deposited(B, "CNY", Decimal(5), 1, 1),
        settled("CNY", 20260916),
        submitted(2),
        submitted(2),
        accepted(2),
        accepted(2),
    ]
    for at, event in enumerate(events):
        told.take(event, journal.append(event, 1), changed=at not in (4, 6))
    record = told.record()
    last = journal.append(accepted(1), 1)
    told.take(accepted(1), last, True)

    again = Trails()
    again.restore(record, [A, B], last - 1)
    again.keep(JournalReader(files))
    assert again.of(A).entries == told.of(A).entries
    assert again.of(B).entries == told.of(B).entries
    assert again.of(A).entries[0][1] == settled("CNY", 20260916)
    # The next start numbers above whatever this one may have told and lost.
    again.starts += 1
    again.take(accepted(9), 3, True)
    assert again.of(A).entries[-1][0] > told.of(A).entries[-1][0]


def test_a_snapshot_that_knows_no_trails_begins_them_there() -> None:
    files = MemoryFiles()
    journal = open_journal(files, node="n", ts=1, sync="manual")
    before = journal.append(submitted(1), 1)
    after = journal.append(accepted(1), 1)
    found = Trails()
    found.restore(None, [A], before)
    found.keep(JournalReader(files))
    assert [number % 10**12 for (_, number), _ in found.of(A).entries] == [after]
