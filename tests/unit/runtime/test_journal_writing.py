"""Writing a journal: what is appended is there, in order, and what cannot be written stops everything."""

import threading

import msgspec
import pytest

from anyvenue.model.errors import JournalError
from anyvenue.runtime.journal import (
    ConfigNoted,
    Journal,
    JournalReader,
    MemoryFiles,
    Recovery,
    StoredSnapshot,
    TailCut,
)
from journals import START, a_morning, accepted, open_in, values


def test_what_was_appended_is_read_in_order() -> None:
    files = MemoryFiles()
    journal = open_in(files)
    wrote = a_morning()
    numbers = [journal.append(value, START + at) for at, value in enumerate(wrote)]
    assert numbers == list(range(2, 13))
    records = list(JournalReader(files).records())
    assert [record.seq for record in records] == list(range(1, 13))
    assert [record.ts for record in records] == [START, *range(START, START + 11)]
    assert values(iter(records)) == [ConfigNoted("n1", "c0", "", START), *wrote]


def test_records_of_one_batch_are_the_same_as_one_by_one() -> None:
    one, many = MemoryFiles(), MemoryFiles()
    journal = open_in(one)
    for value in a_morning():
        journal.append(value, START)
    assert open_in(many).append_all(a_morning(), START) == journal.seq
    assert one.data == many.data


def test_an_empty_batch_writes_nothing() -> None:
    journal = open_in(MemoryFiles())
    assert journal.append_all([], START) == 1


def test_numbers_go_on_after_a_restart_and_never_repeat() -> None:
    files = MemoryFiles()
    open_in(files).append(accepted(1), START)
    journal = open_in(files)
    assert journal.append(accepted(2), START) == 4
    assert [record.kind for record in JournalReader(files).records()] == [
        "ConfigNoted", "OrderAccepted", "ConfigNoted", "OrderAccepted",
    ]  # fmt: skip


def test_the_clock_may_step_back() -> None:
    files = MemoryFiles()
    journal = open_in(files)
    journal.append(accepted(1), START)
    journal.append(accepted(2), START - 5)
    assert [record.ts - START for record in JournalReader(files).records()] == [0, 0, -5]
    assert open_in(files, ts=START - 9).seq == 4


def test_a_full_segment_is_followed_by_another_and_both_are_read() -> None:
    files = MemoryFiles()
    journal = open_in(files, segment_bytes=600)
    for order in range(20):
        journal.append(accepted(order), START)
    reader = JournalReader(files)
    assert len(reader.segments) > 3
    assert len(list(reader.records())) == 21
    assert open_in(files, segment_bytes=600).seq == 22


def test_a_full_segment_is_on_the_disk_before_the_next_begins() -> None:
    files = MemoryFiles()
    journal = open_in(files, segment_bytes=600)
    while len([name for name in files.names() if name.startswith("segment-")]) < 3:
        journal.append(accepted(1), START)
    names = [name for name in files.names() if name.startswith("segment-")]
    assert [files.synced[name] for name in names[:2]] == [
        len(files.data[name]) for name in names[:2]
    ]
    assert [record.seq for record in JournalReader(files.after_crash()).records()][-1] >= 2


def test_only_what_a_journal_knows_can_be_appended() -> None:
    class Foreign(msgspec.Struct):
        x: int

    with pytest.raises(JournalError, match="cannot hold a Foreign"):
        open_in(MemoryFiles()).append(Foreign(1), START)


def test_a_journal_of_another_node_is_refused() -> None:
    files = MemoryFiles()
    open_in(files)
    with pytest.raises(JournalError, match="is of node 'n1', and this node is 'n2'") as caught:
        Journal(files, Recovery(files), node="n2", sync="manual")
    assert caught.value.code == "journal.other_node"


def test_after_close_nothing_can_be_written_and_everything_is_synced() -> None:
    files = MemoryFiles()
    journal = open_in(files)
    journal.append(accepted(1), START)
    journal.close()
    journal.close()
    assert journal.lag == 0
    with pytest.raises(JournalError, match="is closed"):
        journal.append(accepted(2), START)


# ---- syncing


def test_the_lag_counts_what_is_not_on_the_disk_yet() -> None:
    journal = open_in(MemoryFiles())
    journal.append(accepted(1), START)
    assert journal.lag == 2
    journal.sync()
    assert journal.lag == 0


def test_with_sync_order_every_record_is_on_the_disk_at_once() -> None:
    files = MemoryFiles()
    journal = open_in(files, sync="order")
    for order in range(5):
        journal.append(accepted(order), START)
        assert journal.lag == 0
        assert len(list(JournalReader(files.after_crash()).records())) == order + 2


def test_with_sync_group_the_thread_syncs_what_was_written() -> None:
    files = MemoryFiles()
    journal = open_in(files, sync="group")
    journal.append(accepted(1), START)
    journal.close()
    assert len(list(JournalReader(files.after_crash()).records())) == 2


# ---- failing


def test_a_write_without_room_raises_and_so_does_every_later_one() -> None:
    files = MemoryFiles()
    heard: list[JournalError] = []
    journal = Journal(files, Recovery(files), node="n1", sync="manual", on_failure=heard.append)
    files.room = 40
    with pytest.raises(JournalError, match="No space left") as caught:
        journal.append(accepted(1), START)
    files.room = None
    with pytest.raises(JournalError, match="No space left"):
        journal.append(accepted(2), START)
    assert heard == [caught.value] == [journal.failure]
    assert len(list(JournalReader(files).records())) == 1


def test_after_a_failed_write_the_next_start_cuts_what_was_written_of_it() -> None:
    files = MemoryFiles()
    journal = open_in(files)
    files.room = 40
    with pytest.raises(JournalError):
        journal.append(accepted(1), START)
    files.room = None
    assert open_in(files).seq == 3
    last = values(JournalReader(files).records())
    assert isinstance(last[1], TailCut)
    assert last[1].size == 40


def test_a_batch_without_room_is_not_written_at_all() -> None:
    files = MemoryFiles()
    journal = open_in(files)
    files.room = 10
    with pytest.raises(JournalError):
        journal.append_all([accepted(1), accepted(2)], START)
    assert journal.seq == 1


def test_a_failed_sync_is_final() -> None:
    class Unsyncable(MemoryFiles):
        def sync(self, name: str) -> None:
            raise JournalError("cannot sync: Input/output error", code="journal.disk")

    journal = open_in(Unsyncable())
    with pytest.raises(JournalError, match="cannot sync"):
        journal.sync()
    with pytest.raises(JournalError, match="cannot sync"):
        journal.append(accepted(1), START)


def test_a_sync_that_fails_on_the_thread_is_told_and_stops_the_next_append() -> None:
    class Unsyncable(MemoryFiles):
        def sync(self, name: str) -> None:
            raise JournalError("cannot sync: Input/output error", code="journal.disk")

    told = threading.Event()
    files = Unsyncable()
    journal = Journal(files, Recovery(files), node="n1", on_failure=lambda error: told.set())
    assert told.wait(60)
    with pytest.raises(JournalError, match="cannot sync"):
        journal.append(accepted(1), START)
    journal.close()


# ---- snapshots


def test_a_start_begins_at_the_latest_snapshot() -> None:
    files = MemoryFiles()
    journal = open_in(files)
    journal.append_all(a_morning(), START)
    journal.snapshot(b"state", START + 1)
    journal.append(accepted(9), START)
    recovery = Recovery(files)
    assert recovery.snapshot == StoredSnapshot(
        1,
        "n1",
        12,
        START + 1,
        recovery.snapshot.chain,
        b"state",  # type: ignore[union-attr]
    )
    assert values(recovery.records()) == [accepted(9)]
    assert open_in(files).seq == 14


def test_a_snapshot_is_due_after_so_many_records() -> None:
    files = MemoryFiles()
    journal = open_in(files, snapshot_every=3)
    journal.append(accepted(1), START)
    assert not journal.snapshot_due
    journal.append(accepted(2), START)
    assert journal.snapshot_due
    journal.snapshot(b"", START)
    assert not journal.snapshot_due
    assert not open_in(files, snapshot_every=3).snapshot_due


def test_two_snapshots_are_kept_and_a_broken_one_is_passed_over() -> None:
    files = MemoryFiles()
    journal = open_in(files)
    for state in (b"one", b"two", b"three"):
        journal.append(accepted(1), START)
        journal.snapshot(state, START)
    names = [name for name in files.names() if name.startswith("snapshot")]
    assert len(names) == 2
    files.data[names[-1]][-1] ^= 1
    recovery = Recovery(files)
    assert recovery.snapshot is not None
    assert recovery.snapshot.data == b"two"
    assert recovery.broken == names[-1:]
    assert [record.seq for record in recovery.records()] == [4]


def test_a_snapshot_is_written_behind_the_records_it_rests_on() -> None:
    files = MemoryFiles()
    journal = open_in(files, sync="group")
    journal.append(accepted(1), START)
    journal.snapshot(b"state", START)
    journal.close()
    crashed = files.after_crash()
    assert Recovery(crashed).end.seq == 2


def test_a_journal_that_ends_before_its_snapshot_has_lost_records() -> None:
    files = MemoryFiles()
    journal = open_in(files)
    journal.append(accepted(1), START)
    before = bytes(files.data[files.names()[0]])
    journal.append(accepted(2), START)
    journal.snapshot(b"state", START)
    files.data[files.names()[0]] = bytearray(before)
    with pytest.raises(JournalError, match="ends at record 2, and there is a snapshot of record 3"):
        Recovery(files).finish()


def test_a_snapshot_of_another_journal_is_refused() -> None:
    files, other = MemoryFiles(), MemoryFiles()
    for store, order in ((files, 1), (other, 2)):
        journal = open_in(store)
        journal.append(accepted(order), START)
        journal.snapshot(b"state", START)
        journal.append(accepted(3), START)
    name = next(name for name in files.names() if name.startswith("snapshot"))
    files.data[name] = other.data[name]
    with pytest.raises(JournalError, match="does not belong to this journal"):
        Recovery(files).finish()
