"""A journal on a real disk: locks, full disks, limits and threads."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from anyvenue.model.errors import JournalError
from anyvenue.runtime.journal import (
    DiskFiles,
    Record,
    StoredSnapshot,
    open_journal,
    read_journal,
)
from journals import START, a_morning, accepted, values

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a matter of POSIX systems")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
FIRST = "segment-00000000000000000001.avj"


def test_a_journal_is_written_closed_and_recovered(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "journal"
    journal = open_journal(folder, node="n1", ts=START)
    journal.append_all(a_morning(), START)
    journal.close()
    seen: list[Record] = []
    again = open_journal(folder, node="n1", ts=START, replay=seen.append)
    assert values(iter(seen))[1:] == a_morning()
    assert again.seq == 13
    again.close()
    assert [record.seq for record in read_journal(folder).records()] == list(range(1, 14))


@pytest.mark.parametrize("sync", ["group", "order"])
def test_every_way_of_syncing_leaves_everything_on_the_disk(tmp_path: Path, sync: str) -> None:
    journal = open_journal(tmp_path, node="n1", ts=START, sync=sync)  # type: ignore[arg-type]
    for order in range(200):
        journal.append(accepted(order), START)
    journal.close()
    assert journal.lag == 0
    assert journal.failure is None
    assert read_journal(tmp_path).segments == [(1, FIRST)]
    assert len(list(read_journal(tmp_path).records())) == 201


def test_a_snapshot_is_handed_back_at_the_start(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, node="n1", ts=START)
    journal.append(accepted(1), START)
    journal.snapshot(b"state", START)
    journal.append(accepted(2), START)
    journal.close()
    told: list[object] = []
    open_journal(tmp_path, node="n1", ts=START, restore=told.append, replay=told.append).close()
    snapshot, record = told
    assert (snapshot.data, record.value) == (b"state", accepted(2))  # type: ignore[attr-defined]


@pytest.mark.parametrize("restore", [None, lambda snapshot: False])
def test_without_a_use_for_the_snapshot_every_record_is_replayed(
    tmp_path: Path, restore: Callable[[StoredSnapshot], bool] | None
) -> None:
    journal = open_journal(tmp_path, node="n1", ts=START)
    journal.append(accepted(1), START)
    journal.snapshot(b"of another version", START)
    journal.append(accepted(2), START)
    journal.close()
    told: list[Record] = []
    open_journal(tmp_path, node="n1", ts=START, restore=restore, replay=told.append).close()
    assert [each.value for each in told][1:] == [accepted(1), accepted(2)]


def test_a_journal_that_is_written_can_be_read_at_the_same_time(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, node="n1", ts=START)
    journal.append(accepted(1), START)
    assert [record.kind for record in read_journal(tmp_path).records()] == [
        "ConfigNoted",
        "OrderAccepted",
    ]
    journal.close()


def test_a_folder_without_a_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal in"):
        read_journal(tmp_path / "nowhere")


# ---- one node


def test_two_nodes_cannot_have_one_journal(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, node="n1", ts=START)
    with pytest.raises(JournalError) as caught:
        open_journal(tmp_path, node="n1", ts=START)
    assert caught.value.code == "journal.locked"
    assert f"in use by process {os.getpid()}, node n1" in caught.value.text
    journal.close()
    open_journal(tmp_path, node="n1", ts=START).close()


HOLDER = """
import sys
from anyvenue.runtime.journal import open_journal
journal = open_journal(sys.argv[1], node="other", ts=1)
print("open", flush=True)
sys.stdin.read()
"""


@POSIX
def test_the_lock_of_a_killed_process_is_gone_and_its_records_are_there(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(JournalError, match=f"in use by process {holder.pid}, node other"):
            open_journal(tmp_path, node="other", ts=START)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    journal = open_journal(tmp_path, node="other", ts=START)
    assert journal.seq == 2
    journal.close()


BURST = """
import sys
sys.path.insert(0, sys.argv[2])
from anyvenue.runtime.journal import open_journal
from journals import START, submitted
journal = open_journal(sys.argv[1], node="n1", ts=START)
order = 0
while True:
    order += 1
    print(journal.append(submitted(order), START), flush=True)
"""


@POSIX
@pytest.mark.parametrize("lines", [1, 40, 400])
def test_what_append_returned_for_survives_a_kill_at_any_point(tmp_path: Path, lines: int) -> None:
    tests = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", BURST, str(tmp_path), str(tests)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        told += [int(line) for line in writer.stdout.read().splitlines()]
    seen: list[Record] = []
    open_journal(tmp_path, node="n1", ts=START, replay=seen.append).close()
    assert [record.seq for record in seen] == list(range(1, len(seen) + 1))
    assert len(seen) >= told[-1]


def test_a_start_that_fails_lets_the_folder_go(tmp_path: Path) -> None:
    open_journal(tmp_path, node="n1", ts=START).close()
    for _ in range(2):
        with pytest.raises(JournalError, match="is of node 'n1'"):
            open_journal(tmp_path, node="n2", ts=START)


# ---- disks that are full


@FULL
def test_a_full_disk_stops_the_journal_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FIRST).symlink_to("/dev/full")
    files = DiskFiles(tmp_path)
    with pytest.raises(JournalError) as caught:
        files.append(FIRST, b"record")
    files.close()
    assert caught.value.code == "journal.disk"
    assert "No space left on device; trading stops: free space" in caught.value.text


LIMITED = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from anyvenue.model.errors import JournalError
from anyvenue.runtime.journal import open_journal
from journals import START, accepted
journal = open_journal(sys.argv[1], node="n1", ts=START)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
count = 0
try:
    while True:
        journal.append(accepted(count), START)
        count += 1
except JournalError as error:
    print(error.code, count)
    try:
        journal.append(accepted(count), START)
    except JournalError as error:
        print("still", error.code)
"""


@POSIX
def test_a_file_that_may_not_grow_keeps_every_whole_record_and_stays_readable(
    tmp_path: Path,
) -> None:
    tests = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path), str(tests)],
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.splitlines()
    code, count = first.split()
    assert (code, second) == ("journal.disk", "still journal.disk")
    reader = read_journal(tmp_path)
    assert len(list(reader.records())) == int(count) + 1
    assert reader.end.torn == 0
    journal = open_journal(tmp_path, node="n1", ts=START)
    assert journal.append(accepted(1), START) == int(count) + 3
    journal.close()


@POSIX
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(JournalError, match="Permission denied"):
            open_journal(tmp_path / "journal", node="n1", ts=START)
    finally:
        tmp_path.chmod(0o700)


def test_a_whole_file_is_written_in_one_piece(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    files.write("a", b"one")
    files.write("a", b"two")
    assert files.read("a") == b"two"
    assert files.names() == ["a"]
    files.truncate("a", 1)
    assert files.read("a") == b"t"
    files.remove("a")
    files.remove("a")
    assert files.names() == []
