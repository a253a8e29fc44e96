"""``anyvenue journal``: what can be asked of a node's journal."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from anyvenue.runtime.journal import open_journal
from journals import START, a_morning, accepted

Call = Callable[..., Result]
FIRST = "segment-00000000000000000001.avj"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in a folder with a journal ``j``, without a configuration of one's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANYVENUE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("COLUMNS", raising=False)  # as in a pipe: nothing is cut
    journal = open_journal("j", node="n1", ts=START, sync="order")
    journal.append_all(a_morning(), START)
    journal.close()
    return lambda *words: CliRunner().invoke(app, ["journal", *words])


def change(number: int) -> None:
    """Append a record to the journal, so that it is another one for the same numbers."""
    journal = open_journal("j", node="n1", ts=START + number, sync="order")
    journal.append(accepted(3), START)
    journal.close()


def test_show_lists_the_records(call: Call) -> None:
    done = call("show", "j")
    assert done.exit_code == 0
    assert "2026-09-15 01:00:00.000" in done.output
    assert "trade_id=t2" in done.output
    assert "12 of 12 records" in done.output


def test_show_keeps_what_was_asked_for(call: Call) -> None:
    done = call("show", "j", "--kind", "OrderFilled", "--tail", "1", "--json")
    (record,) = json.loads(done.stdout)
    assert (record["seq"], record["kind"], record["payload"]["fill"]["trade_id"]) == (
        6,
        "OrderFilled",
        "t2",
    )
    assert json.loads(call("show", "j", "--account", "bob", "--json").stdout) == []
    since = json.loads(call("show", "j", "--since", "9", "--json", "--account", "alice").stdout)
    assert [record["seq"] for record in since] == [9, 10, 11, 12]


def test_show_in_chinese(call: Call) -> None:
    assert "显示 12 条，共 12 条" in call("show", "j", "--lang", "zh").output


def test_an_unknown_kind_and_a_folder_without_a_journal_are_errors(call: Call) -> None:
    done = call("show", "j", "--kind", "Fill!")
    assert done.exit_code == 1
    assert "known are" in done.output
    done = call("show", "nowhere", "--lang", "zh")
    assert done.exit_code == 1
    assert "nowhere 中没有日志" in done.output


def test_verify_says_that_a_journal_is_intact_and_what_its_head_is(call: Call) -> None:
    done = call("verify", "j")
    assert done.exit_code == 0
    assert "intact: 12 records, head 12:" in done.output
    assert "without a head from elsewhere" in done.output


def test_verify_against_an_exported_head(call: Call) -> None:
    assert call("export", "j", "--head", "head.json").exit_code == 0
    change(1)
    done = call("verify", "j", "--head", "head.json", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["matched"] is True
    head = call("verify", "j").output.split("head ")[1].split()[0]
    assert call("verify", "j", "--head", head).exit_code == 0


def test_verify_names_the_first_record_of_a_history_written_anew(call: Call) -> None:
    change(1)
    call("export", "j", "--head", "head.json")
    for path in Path("j").iterdir():
        path.unlink()
    journal = open_journal("j", node="n1", ts=START, sync="order")
    journal.append_all(a_morning(), START)
    journal.close()
    change(2)
    done = call("verify", "j", "--head", "head.json")
    assert done.exit_code == 1
    assert "record 13 is the first that is not as it was" in done.output
    done = call("verify", "j", "--head", "head.json", "--lang", "zh")
    assert "第 13 条记录起与写入时不符" in done.output


def test_verify_names_damage(call: Call) -> None:
    path = Path("j") / FIRST
    data = bytearray(path.read_bytes())
    data[600] ^= 1
    path.write_bytes(data)
    done = call("verify", "j")
    assert done.exit_code == 1
    assert "is the first that is not as it was" in done.output
    assert "damaged at byte" in done.output


def test_a_torn_end_is_told(call: Call) -> None:
    with (Path("j") / FIRST).open("ab") as file:
        file.write(b"\xa7J\1\2\3")
    done = call("verify", "j")
    assert done.exit_code == 0
    assert "5 bytes at the end are not whole" in done.output


def test_export_writes_json_lines(call: Call) -> None:
    lines = call("export", "j").stdout.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 13))
    call("export", "j", "--out", "j.jsonl")
    assert Path("j.jsonl").read_text().splitlines() == lines


def test_replay_builds_orders_positions_and_money_again(call: Call) -> None:
    done = call("replay", "j")
    assert done.exit_code == 0, done.output
    assert "Orders: 3 (1 filled, 1 cancelled, 1 open)" in done.output
    assert "999,993.00" in done.output
    alice = json.loads(call("replay", "j", "--json").stdout)["accounts"]["alice"]
    assert alice["positions"][0]["long_today"]["quantity"] == "2"
    assert alice["figures"]["CNY"]["balance"] == "999993.0000"


def test_a_journal_can_be_asked_while_a_node_writes_it(call: Call) -> None:
    journal = open_journal("j", node="n1", ts=START)
    assert "13 of 13 records" in call("show", "j").output
    journal.close()
