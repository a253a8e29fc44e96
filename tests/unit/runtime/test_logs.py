"""The log of a node: its lines, its files, its secrets."""

import json
from pathlib import Path

from anyvenue.runtime.logs import LogTerms, NodeLog


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def test_a_line_has_time_level_source_and_fields(tmp_path: Path) -> None:
    file = tmp_path / "a" / "node.log"
    log = NodeLog(LogTerms(file=file, to_stderr=False))
    log.write("grid", "order\nsent", price=3500)
    log.write("grid", "not shown", "debug")
    log.close()
    log.close()
    (line,) = lines(file)
    assert line.endswith("Z INFO [grid] order\\nsent price=3500")


def test_json_lines_can_be_read_back(tmp_path: Path) -> None:
    file = tmp_path / "node.log"
    log = NodeLog(LogTerms(file=file, json=True, to_stderr=False))
    log.write("策略", "已停止", "error", orders=0)
    log.close()
    found = json.loads(lines(file)[0])
    assert (found["source"], found["text"], found["level"], found["orders"]) == (
        "策略", "已停止", "error", 0,
    )  # fmt: skip


def test_the_file_is_changed_when_it_is_full_and_few_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "node.log"
    log = NodeLog(LogTerms(file=file, max_bytes=500, keep=2, to_stderr=False))
    for number in range(100):
        log.write("s", f"line {number}")
    log.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "node.log", "node.log.1", "node.log.2",
    ]  # fmt: skip
    assert all(each.stat().st_size <= 500 for each in tmp_path.iterdir())
    assert lines(file)[-1].endswith("line 99")


def test_secrets_are_struck_out(tmp_path: Path) -> None:
    for as_json in (False, True):
        file = tmp_path / f"{as_json}.log"
        mask = lambda text: text.replace("hunter2", "***")  # noqa: E731
        log = NodeLog(LogTerms(file=file, json=as_json, to_stderr=False), mask)
        log.write("venue", "the key hunter2 was refused", key="hunter2")
        log.close()
        assert "hunter2" not in file.read_text("utf-8")
        assert "***" in file.read_text("utf-8")
