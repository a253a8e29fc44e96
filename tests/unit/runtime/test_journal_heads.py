"""What a head proves: the records up to it are the same, and if not, which is the first that is not."""

from pathlib import Path

import msgspec
import pytest

from anyvenue.model.errors import ConfigError
from anyvenue.runtime.journal import (
    Head,
    JournalReader,
    MemoryFiles,
    Verification,
    head_of,
    parse_head,
    read_head,
    verify,
    write_head,
)
from anyvenue.runtime.journal.frames import frame_at, pack_frame
from journals import START, accepted, open_in


def written(*orders: int) -> MemoryFiles:
    """Return a journal whose records 2 and on accept these orders."""
    files = MemoryFiles()
    journal = open_in(files)
    for order in orders:
        journal.append(accepted(order), START)
    return files


def check(files: MemoryFiles, head: Head | None = None) -> Verification:
    return verify(JournalReader(files), head)


def bare(head: Head) -> Head:
    """Return what a line NUMBER:HEX holds of a head."""
    return parse_head(f"{head.seq}:{head.chain}")


def test_a_journal_is_intact_and_has_its_head() -> None:
    files = written(1, 2, 3)
    found = check(files, head_of(JournalReader(files)))
    assert found.intact
    assert found.matched
    assert (found.records, found.seq, found.node) == (4, 4, "n1")
    assert parse_head(found.head) == bare(head_of(JournalReader(files)))


def test_the_head_of_a_journal_that_has_grown_since_still_holds() -> None:
    head = head_of(JournalReader(written(1, 2, 3)))
    grown = written(1, 2, 3, 4, 5)
    assert check(grown, head).matched
    assert check(grown, bare(head)).matched


def test_a_history_that_was_written_anew_is_found_at_its_first_changed_record() -> None:
    head = head_of(JournalReader(written(1, 2, 3, 4, 5)))
    found = check(written(1, 2, 33, 4, 5), head)
    assert not found.intact
    assert found.first_changed == 4


def test_a_line_alone_says_that_it_was_written_anew_but_not_where() -> None:
    head = bare(head_of(JournalReader(written(1, 2, 3, 4, 5))))
    found = check(written(1, 2, 33, 4, 5), head)
    assert (found.intact, found.first_changed, found.code) == (False, None, "journal.head_differs")


def test_without_a_head_a_history_that_was_written_anew_looks_intact() -> None:
    assert check(written(1, 2, 33, 4, 5)).intact


def test_a_record_changed_with_its_checksum_is_named_without_any_head() -> None:
    files = written(1, 2, 3, 4)
    data = files.data[files.names()[0]]
    place = [at for at in range(len(data)) if frame_at(bytes(data), at)][2]
    chain, body = frame_at(bytes(data), place) or (b"", b"")
    data[place : place + 26 + len(body)] = pack_frame(chain, body.replace(b"alice", b"mrbob"))
    found = check(files)
    assert (found.intact, found.first_changed, found.code) == (False, 3, "journal.changed")


def test_a_journal_that_was_shortened_is_found() -> None:
    head = head_of(JournalReader(written(1, 2, 3)))
    found = check(written(1), head)
    assert (found.intact, found.first_changed, found.code) == (False, 3, "journal.short")


def test_a_torn_end_behind_the_head_is_reported_and_no_change() -> None:
    files = written(1, 2, 3)
    head = head_of(JournalReader(files))
    files.data[files.names()[0]].extend(b"\xa7J\0\0")
    found = check(files, head)
    assert found.intact
    assert found.torn == 4


def test_a_head_is_written_and_read_back(tmp_path: Path) -> None:
    head = head_of(JournalReader(written(1, 2, 3)))
    write_head(tmp_path / "head.json", head)
    assert read_head(tmp_path / "head.json") == head
    (tmp_path / "head.txt").write_text(f"{head.seq}:{head.chain}\n")
    assert read_head(tmp_path / "head.txt") == bare(head)


@pytest.mark.parametrize("text", ["", "5", "5:xyz", "x:" + "0" * 32, "5:" + "0" * 31])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a journal's head"):
        parse_head(text)


def test_a_file_that_is_no_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "head.json"
    for content in ("{}", '{"format": "other", "seq": 1, "chain": ""}', "{"):
        path.write_text(content)
        with pytest.raises(ConfigError, match="is not a journal's head"):
            read_head(path)
    with pytest.raises(ConfigError, match="cannot read"):
        read_head(tmp_path / "nowhere")


def test_a_head_file_that_was_tampered_with_does_not_pass() -> None:
    files = written(1, 2, 3)
    head = head_of(JournalReader(files))
    found = check(files, msgspec.structs.replace(head, marks="AAAA" + head.marks[4:]))
    assert (found.intact, found.first_changed) == (False, 1)
