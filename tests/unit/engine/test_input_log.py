"""The log of inputs: what was given comes back in order, and the folder has one owner."""

import os
from pathlib import Path

import pytest

from anyvenue.engine.hosting.log import InputLog
from anyvenue.model.errors import ConfigError, JournalError

INPUTS = [b"first", b"second", b"third"]


def read(folder: Path, after_snapshot: bool = False) -> list[bytes]:
    with InputLog(folder) as log:
        return list(log.inputs(after_snapshot))


def written(folder: Path, sync: str = "batch") -> None:
    with InputLog(folder, sync) as log:
        assert log.first() is None
        log.start(1, 1000)
        for body in INPUTS:
            log.append(body, 2)


@pytest.mark.parametrize("sync", ["batch", "order", "none"])
def test_inputs_come_back_in_order(tmp_path: Path, sync: str) -> None:
    written(tmp_path, sync)
    assert read(tmp_path) == INPUTS
    with InputLog(tmp_path) as log:
        assert log.first() == b"first"


def test_a_snapshot_spares_the_inputs_before_it(tmp_path: Path) -> None:
    written(tmp_path)
    with InputLog(tmp_path) as log:
        list(log.inputs(after_snapshot=True))
        log.start(3, 2)
        log.append(b"fourth", 4)
        assert log.snapshot_due
        log.keep_snapshot(b"state", 4)
        log.append(b"fifth", 5)
    with InputLog(tmp_path) as log:
        assert log.snapshot() == b"state"
        assert list(log.inputs(after_snapshot=True)) == [b"fifth"]
        assert list(log.inputs(after_snapshot=False)) == [*INPUTS, b"fourth", b"fifth"]


def test_an_input_that_is_cut_short_at_the_end_is_left_out(tmp_path: Path) -> None:
    written(tmp_path)
    (path,) = [each for each in tmp_path.iterdir() if each.stat().st_size > 200]
    path.write_bytes(path.read_bytes()[:-1])
    assert read(tmp_path) == INPUTS[:-1]


def test_nothing_is_written_before_everything_is_read(tmp_path: Path) -> None:
    with InputLog(tmp_path) as log, pytest.raises(ConfigError, match="start it first"):
        log.append(b"early", 1)


def test_a_folder_has_one_owner_and_a_new_one_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with InputLog(folder), pytest.raises(JournalError, match=str(os.getpid())):
        InputLog(folder)
    InputLog(folder).close()
    if os.name == "posix":
        assert folder.stat().st_mode & 0o077 == 0


def test_an_unknown_way_of_syncing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sync was 'often'"):
        InputLog(tmp_path, "often")
