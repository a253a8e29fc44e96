"""Whatever happens to the bytes of a journal: what was whole is recovered, and what was changed is found."""

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from anyvenue.model.errors import JournalError
from anyvenue.runtime.journal import JournalReader, MemoryFiles, Recovery, TailCut, verify
from anyvenue.runtime.journal.frames import frame_at, frame_size
from journals import START, a_morning, open_in, values


def written(segment_bytes: int = 1 << 20, snapshot: bool = False) -> MemoryFiles:
    """Return the files of a morning's journal."""
    files = MemoryFiles()
    journal = open_in(files, segment_bytes=segment_bytes)
    for at, value in enumerate(a_morning()):
        journal.append(value, START + at)
        if snapshot and at == 6:
            journal.snapshot(b"state after seven", START)
    return files


def ends(data: bytes) -> list[int]:
    """Return where the frames of a segment end."""
    found = []
    for at in range(len(data)):
        frame = frame_at(data, at)
        if frame is not None:
            found.append(at + frame_size(frame[1]))
    return found


WHOLE = written()
NAME = WHOLE.names()[0]
SIZE = len(WHOLE.data[NAME])
ENDS = ends(WHOLE.read(NAME))
RECORDS = list(JournalReader(WHOLE).records())
MANY = written(segment_bytes=900)
SNAPPED = written(snapshot=True)


@settings(max_examples=300)
@example(0)
@example(SIZE)
@given(st.integers(0, SIZE))
def test_any_beginning_recovers_exactly_the_records_that_were_whole(size: int) -> None:
    files = MemoryFiles({NAME: WHOLE.read(NAME)[:size]})
    recovery = Recovery(files)
    whole = sum(1 for end in ENDS if end <= size)
    assert [record.seq for record in recovery.records()] == list(range(1, whole + 1))
    journal = open_in(files)
    assert journal.seq == whole + (2 if recovery.end.torn else 1)


def test_every_beginning_of_the_last_record_recovers_all_before_it() -> None:
    for size in range(ENDS[-2], ENDS[-1]):
        files = MemoryFiles({NAME: WHOLE.read(NAME)[:size]})
        assert len(list(Recovery(files).records())) == len(ENDS) - 1


@settings(max_examples=100)
@given(st.integers(0, SIZE), st.integers(0, 60))
def test_a_journal_that_was_torn_and_went_on_tears_as_well_again(size: int, more: int) -> None:
    files = MemoryFiles({NAME: WHOLE.read(NAME)[:size]})
    journal = open_in(files)
    journal.append_all(a_morning(), START)
    data = files.data[NAME]
    del data[max(0, len(data) - more) :]
    again = open_in(files)
    kinds = [record.kind for record in JournalReader(files).records()]
    assert kinds[-1] == "ConfigNoted"
    assert [record.seq for record in JournalReader(files).records()] == list(
        range(1, again.seq + 1)
    )


def flipped(files: MemoryFiles, name: str, bit: int) -> MemoryFiles:
    """Return the files with one bit changed."""
    changed = MemoryFiles({each: files.read(each) for each in files.names()})
    changed.data[name][bit // 8] ^= 1 << bit % 8
    return changed


def noticed(files: MemoryFiles) -> bool:
    """Tell whether a start notices that something is wrong: by refusing, cutting or passing over a snapshot."""
    try:
        recovery = Recovery(files)
        recovery.finish()
    except JournalError:
        return True
    return bool(recovery.end.torn or recovery.broken)


@settings(max_examples=400)
@given(st.integers(0, SIZE * 8 - 1))
def test_any_single_flipped_bit_is_found(bit: int) -> None:
    changed = flipped(WHOLE, NAME, bit)
    assert noticed(changed)
    found = verify(JournalReader(changed))
    assert not found.intact or found.torn


@settings(max_examples=300)
@given(st.data())
def test_a_flipped_bit_of_any_segment_is_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([each for each in MANY.names() if each.startswith("segment")]))
    bit = data.draw(st.integers(0, len(MANY.data[name]) * 8 - 1))
    assert noticed(flipped(MANY, name, bit))


@settings(max_examples=200)
@given(st.data())
def test_a_flipped_bit_of_a_snapshot_is_found_and_all_records_are_read_instead(
    data: st.DataObject,
) -> None:
    name = [each for each in SNAPPED.names() if each.startswith("snapshot")][-1]
    assert name.startswith("snapshot")
    bit = data.draw(st.integers(0, len(SNAPPED.data[name]) * 8 - 1))
    recovery = Recovery(flipped(SNAPPED, name, bit))
    assert recovery.broken == [name]
    assert len(list(recovery.records())) == len(RECORDS)


def test_a_flip_before_the_last_record_never_cuts_anything() -> None:
    for bit in range(0, ENDS[-2] * 8, 7):
        try:
            Recovery(flipped(WHOLE, NAME, bit)).finish()
        except JournalError:
            continue
        raise AssertionError(f"bit {bit} was taken for a torn end")


@settings(max_examples=100)
@given(st.integers(1, 2000), st.floats(0, 1))
def test_a_lost_power_loses_only_what_was_not_synced(segment_bytes: int, kept: float) -> None:
    files = MemoryFiles()
    journal = open_in(files, segment_bytes=segment_bytes)
    wrote: list[msgspec.Struct] = a_morning()
    journal.append_all(wrote[:5], START)
    journal.sync()
    for value in wrote[5:]:
        journal.append(value, START)
    survivor = files.after_crash(kept)
    found = values(Recovery(survivor).records())[1:]
    assert found == wrote[: len(found)]
    assert len(found) >= 5
    went_on = open_in(survivor)
    assert went_on.seq >= len(found) + 2
    notes = values(JournalReader(survivor).records())
    assert sum(isinstance(each, TailCut) for each in notes) <= 1
