"""Reading a journal: only the very end may be broken, and everything else that is broken is named."""

import gc

import msgspec
import pytest

from anyvenue.model.errors import JournalError
from anyvenue.runtime.journal import JournalReader, MemoryFiles, Recovery, TailCut
from anyvenue.runtime.journal.frames import CHAIN_START, chained, frame_at, pack_frame
from journals import START, accepted, open_in, values


def written(records: int = 5, **more: int) -> MemoryFiles:
    """Return the files of a journal of so many records."""
    files = MemoryFiles()
    journal = open_in(files, **more)
    for order in range(records - 1):
        journal.append(accepted(order), START)
    return files


def segment(files: MemoryFiles, at: int = 0) -> bytearray:
    return files.data[JournalReader(files).segments[at][1]]


def offsets(data: bytes) -> list[int]:
    """Return where the frames of a segment begin."""
    return [at for at in range(len(data)) if frame_at(bytes(data), at) is not None]


def test_a_journal_that_is_not_there_is_an_empty_one() -> None:
    reader = JournalReader(MemoryFiles())
    assert list(reader.records()) == []
    assert (reader.end.seq, reader.end.chain) == (0, CHAIN_START)


def test_records_after_a_number() -> None:
    files = written(30, segment_bytes=600)
    assert [record.seq for record in JournalReader(files).records(after=12)] == list(range(13, 31))


def test_a_torn_end_is_cut_noted_and_kept_beside() -> None:
    files = written()
    data = segment(files)
    whole = len(data)
    del data[-7:]
    journal = open_in(files)
    assert journal.seq == 6
    last = values(JournalReader(files).records())[4]
    start = offsets(data)[4]
    assert last == TailCut(files.names()[0], start, whole - 7 - start, START)
    beside = files.read(f"{files.names()[0]}.5.cut")
    assert len(beside) == whole - 7 - start


def test_zeros_at_the_end_are_a_torn_end() -> None:
    files = written()
    segment(files).extend(bytes(100))
    recovery = Recovery(files)
    assert (recovery.end.seq, recovery.end.torn) == (5, 100)


def test_a_segment_whose_header_was_not_written_whole_is_begun_again() -> None:
    files = written(4)
    files.append("segment-00000000000000000005.avj", b"AVJR")
    assert Recovery(files).end.torn == 4
    assert open_in(files).seq == 6
    assert [record.seq for record in JournalReader(files).records()] == [1, 2, 3, 4, 5, 6]


def test_an_empty_segment_is_begun() -> None:
    files = written(4)
    files.append("segment-00000000000000000005.avj", b"")
    assert open_in(files).seq == 5


def test_a_broken_record_in_the_middle_is_an_error_that_says_where_and_what_to_do() -> None:
    files = written()
    data = segment(files)
    place = offsets(data)[2]
    data[place + 40] ^= 4
    with pytest.raises(JournalError) as caught:
        Recovery(files).finish()
    assert caught.value.code == "journal.damaged"
    assert (caught.value.offset, caught.value.seq) == (place, 3)
    assert caught.value.file in caught.value.text
    assert "restore the file from a copy" in caught.value.text


def test_a_length_that_reaches_past_the_end_is_damage_when_whole_records_follow() -> None:
    files = written()
    data = segment(files)
    data[offsets(data)[2] + 9] ^= 1
    with pytest.raises(JournalError, match="damaged"):
        Recovery(files).finish()


def test_a_broken_end_of_an_earlier_segment_is_damage() -> None:
    files = written(30, segment_bytes=600)
    del segment(files)[-3:]
    with pytest.raises(JournalError, match="damaged"):
        Recovery(files).finish()


def test_a_missing_segment_is_named() -> None:
    files = written(30, segment_bytes=600)
    files.remove(JournalReader(files).segments[1][1])
    with pytest.raises(JournalError, match="a segment is missing") as caught:
        Recovery(files).finish()
    assert caught.value.code == "journal.missing"


def test_a_record_that_was_changed_with_its_checksum_is_found_by_the_chain() -> None:
    files = written()
    data = segment(files)
    place = offsets(data)[2]
    found = frame_at(bytes(data), place)
    assert found is not None
    chain, body = found
    data[place : place + 26 + len(body)] = pack_frame(chain, body.replace(b"alice", b"mrbob"))
    with pytest.raises(JournalError, match="record 3 is not the one that was written"):
        Recovery(files).finish()


def test_a_segment_of_another_journal_is_found_by_the_chain() -> None:
    files = written(30, segment_bytes=600)
    other = MemoryFiles()
    journal = open_in(other, segment_bytes=600)
    for order in range(100, 129):
        journal.append(accepted(order), START)
    name = JournalReader(files).segments[1][1]
    assert name in other.data
    files.data[name] = other.data[name]
    with pytest.raises(JournalError, match="is not the one that was written"):
        Recovery(files).finish()


def test_a_record_type_of_a_later_version_can_be_passed_by_but_not_decoded() -> None:
    files = written(2)

    body = msgspec.msgpack.encode((3, START, "OrderDreamt", {"of": 1}))
    chain = JournalReader(files)
    list(chain.records())
    segment(files).extend(pack_frame(chained(chain.end.chain, body), body))
    last = list(JournalReader(files).records())[-1]
    assert last.kind == "OrderDreamt"
    with pytest.raises(JournalError, match="not known to this version"):
        _ = last.value


def test_other_files_of_the_folder_are_left_alone() -> None:
    files = written(3)
    files.append("segment-notes.avj", b"mine")
    files.append("README", b"mine")
    assert Recovery(files).end.seq == 3


def test_segments_behind_a_snapshot_may_be_moved_away() -> None:
    files = MemoryFiles()
    journal = open_in(files, segment_bytes=600)
    for order in range(20):
        journal.append(accepted(order), START)
    journal.snapshot(b"state", START)
    for order in range(20, 25):
        journal.append(accepted(order), START)
    for first, name in JournalReader(files).segments[:-1]:
        if first < 15:
            files.remove(name)
    recovery = Recovery(files)
    assert [record.seq for record in recovery.records()] == list(range(22, 27))
    shown = [record.seq for record in JournalReader(files).records()]
    assert shown[0] > 10
    assert shown[-1] == 26
    for name in files.names():
        if name.startswith("snapshot"):
            files.remove(name)
    with pytest.raises(JournalError, match="record 1 is expected: a segment is missing"):
        Recovery(files).finish()


def test_a_snapshot_at_the_end_of_a_segment_is_enough() -> None:
    files = MemoryFiles()
    journal = open_in(files, segment_bytes=600)
    while len(JournalReader(files).segments) < 3:
        journal.snapshot(b"state", START)
        journal.append(accepted(1), START)
    snapshot = Recovery(files).snapshot
    first, _ = JournalReader(files).segments[-1]
    assert snapshot is not None
    assert snapshot.seq + 1 == first
    for _, name in JournalReader(files).segments[:-1]:
        files.remove(name)
    assert [record.seq for record in Recovery(files).records()] == [first]
    files.data[JournalReader(files).segments[0][1]][:] = written(2).data[
        "segment-00000000000000000001.avj"
    ]
    with pytest.raises(JournalError, match="begins with record 1"):
        Recovery(files).finish()


@pytest.mark.parametrize("collecting", [True, False])
@pytest.mark.parametrize("fails", [True, False])
def test_nothing_is_collected_during_a_replay_and_as_before_after_it(
    collecting: bool, fails: bool
) -> None:
    seen: list[bool] = []

    def take(record: object) -> None:
        seen.append(gc.isenabled())
        if fails:
            raise ValueError("cannot be taken")

    before = gc.isenabled()
    try:
        gc.enable() if collecting else gc.disable()
        try:
            Recovery(written(3)).replay(take)
        except ValueError:
            assert fails
        assert gc.isenabled() is collecting
    finally:
        gc.enable() if before else gc.disable()
    assert seen == [False] * (1 if fails else 3)
