"""The log of inputs: whole records only, one owner, and damage that is named."""

import os
from pathlib import Path

import pytest

from anyvenue.engine.hosting.log import InputLog
from anyvenue.model.errors import ConfigError, JournalError

RECORDS = [b"first", b"second record", b"third"]


def written(folder: Path) -> Path:
    with InputLog(folder) as log:
        for record in RECORDS:
            log.append(record)
    return folder / "inputs.log"


def read(folder: Path) -> list[bytes]:
    with InputLog(folder) as log:
        return list(log.records())


def test_records_come_back_in_order(tmp_path: Path) -> None:
    written(tmp_path)
    assert read(tmp_path) == RECORDS


def test_a_log_that_is_cut_anywhere_gives_the_records_that_were_whole(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = path.read_bytes()
    ends = [0]
    for record in RECORDS:
        ends.append(ends[-1] + 8 + len(record))
    for size in range(len(data) + 1):
        path.write_bytes(data[:size])
        whole = sum(end <= size for end in ends[1:])
        assert read(tmp_path) == RECORDS[:whole]
        with InputLog(tmp_path) as log:
            list(log.records())
            log.append(b"after")
        assert read(tmp_path) == [*RECORDS[:whole], b"after"]


def test_damage_before_the_end_is_an_error_that_says_where(tmp_path: Path) -> None:
    path = written(tmp_path)
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    with pytest.raises(JournalError, match="is damaged at byte 0"):
        read(tmp_path)


def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    if os.name != "posix":
        pytest.skip("Windows has no flock")
    with InputLog(tmp_path), pytest.raises(JournalError, match=f"in use by process {os.getpid()}"):
        InputLog(tmp_path)
    InputLog(tmp_path).close()


def test_what_is_appended_in_order_mode_is_on_the_disk_and_else_soon(tmp_path: Path) -> None:
    for mode, dirty in (("order", False), ("none", False), ("batch", True)):
        with InputLog(tmp_path / mode, mode) as log:
            log.append(b"x")
            assert log.dirty is dirty
            log.sync()
            assert not log.dirty
    with pytest.raises(ConfigError, match="sync was 'often'"):
        InputLog(tmp_path, "often")


def test_a_damaged_snapshot_counts_as_none(tmp_path: Path) -> None:
    with InputLog(tmp_path) as log:
        assert log.snapshot() is None
        log.keep_snapshot(b"state")
        assert log.snapshot() == b"state"
        (tmp_path / "snapshot").write_bytes(b"\0" * 20)
        assert log.snapshot() is None
        (tmp_path / "snapshot").write_bytes(b"")
        assert log.snapshot() is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "inputs.log").symlink_to("/dev/full")
    log = InputLog(tmp_path, "none")
    with pytest.raises(JournalError, match="make room and start it again"):
        log.append(b"x")
    log.close()
