"""``anyvenue replay``: a service that was killed, restarted and steered, run again by the command line."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from live_place import ACCOUNTS, GRID, SECRET, Place, until

from served import PATIENCE_S

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
    pytest.mark.long,
]

CONFIG = f"""
[node]
journal = "j"
record = true
[risk]
max_order_quantity = 5
{ACCOUNTS}
{GRID}
[strategies.lively]
strategy = "lively.py"
account = "other"
instruments = ["rb2701"]
"""
LIVELY = """
from anyvenue.strategy.base import Strategy


class Lively(Strategy):
    step: int = 1

    def on_start(self):
        self.seen = 0
        self.quotes(self.instrument)
        self.timer("sweep", every="5s")

    def on_quote(self, quote):
        self.seen += 1
        if self.seen % 3 == self.step % 3:
            if self.position(self.instrument).long < 3:
                self.buy(self.instrument, 1, price=quote.ask)
            else:
                self.sell(self.instrument, 1, price=quote.bid)

    def on_timer(self, timer):
        for order in self.open_orders():
            self.context.cancel(order.order_id)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Give a node's folder with two recorded starts: one ended by kill -9, one steered and stopped."""
    folder = tmp_path_factory.mktemp("recorded")
    place = Place(folder)
    code = folder / "lively.py"
    code.write_text(LIVELY, encoding="utf-8")
    with place.exchange(CONFIG, speed=20):
        with place.start("serve") as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            until(lambda: _records(place) > 30)
            process.kill()
            process.communicate(timeout=PATIENCE_S)
        with place.serving():
            before = _records(place)
            until(lambda: _records(place) > before + 20)
            _well(place.call("strategy", "restart", "lively", "--set", "step=2"))
            code.write_text(LIVELY.replace("< 3", "< 2"), encoding="utf-8")
            _well(place.call("strategy", "restart", "lively"))
            _well(place.call("kill", "--reason", "a drill"))
            _well(place.call("release"))
            # What was refused meanwhile may have faulted it.
            _well(place.call("strategy", "start", "lively"))
            before = _records(place)
            until(lambda: _records(place) > before + 20)
    return place


def _records(place: Place) -> int:
    found: int = (place.status().get("journal") or {}).get("records", 0)
    return found


def _well(done: Any) -> None:
    assert done.returncode == 0, done.stderr


def test_every_session_gives_the_same_commands_and_the_same_hash(place: Place) -> None:
    done = place.call("replay", "j", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    found = json.loads(done.stdout)
    assert found["equal"]
    first, second = found["sessions"]
    assert (first["end"], second["end"]) == ("crashed", "stopped")
    for each in (first, second):
        assert each["hash_recorded"] == each["hash_replayed"]
        assert each["compared"] == each["records"] > 20
        assert each["commands_recorded"] == each["commands_replayed"]
        assert each["market_events"] > 0
    shown = place.call("replay", "j", "--from", "2")
    assert "equal" in shown.stdout
    assert first["hash_replayed"] not in shown.stdout


def test_changed_code_is_compared_with_the_record(place: Place) -> None:
    changed = place.folder / "changed.py"
    changed.write_text(LIVELY.replace("self.seen % 3", "self.seen % 2"), encoding="utf-8")
    done = place.call("replay", "j", "--to", "1", "--strategy", "lively=changed.py")
    assert done.returncode == 0, done.stderr
    for text in ("the first that differs is record", "recorded: Order", "strategy=lively"):
        assert text in done.stdout
    asked = place.call("replay", "j", "--strategy", "changed.py")
    assert asked.returncode == 1
    assert "net, lively" in asked.stderr


def test_a_changed_record_is_found_out(place: Place) -> None:
    tape = next(max((place.folder / "j" / "record").iterdir()).glob("segment-*"))
    kept = tape.read_bytes()
    tape.write_bytes(kept[:-300] + bytes([kept[-300] ^ 1]) + kept[-299:])
    try:
        done = place.call("replay", "j")
    finally:
        tape.write_bytes(kept)
    assert done.returncode == 1
    assert "is not what the node wrote" in done.stderr


def test_nothing_recorded_is_secret(place: Place) -> None:
    for path in (place.folder / "j").rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
            assert b'"ANN"' not in path.read_bytes(), path


def test_what_cannot_be_replayed_is_said(place: Place, tmp_path: Path) -> None:
    for words, text in (
        (("replay", str(tmp_path)), "there is no journal"),
        (("replay", "ex"), "nothing was recorded"),
        (("replay", "j", "--from", "9"), "sessions 1 to 2 were recorded"),
        (("replay", "j", "--strategy", "nothing=changed.py"), "net, lively"),
    ):
        done = place.call(*words)
        assert done.returncode == 1
        assert text in done.stderr
        assert "Traceback" not in done.stderr
