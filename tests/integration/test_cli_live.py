"""``anyvenue run --account``, ``serve``, ``status``, ``kill``, ``release``: processes against a served exchange."""

import json
import os
from collections.abc import Iterator

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
[node.log]
file = "log/node.log"
json = true
[risk]
max_order_quantity = 5
{ACCOUNTS}
{GRID}
[strategies.wide]
strategy = "wide.py"
account = "other"
instruments = ["rb2701"]
host = "process"
"""
WIDE = """
from anyvenue.strategy.base import Strategy

class Wide(Strategy):
    price: int = 3300

    def on_start(self):
        self.quotes(self.instrument)
        self.buy(self.instrument, 1, price=self.price)

    def on_quote(self, quote):
        pass
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("live")
    place = Place(folder)
    (folder / "wide.py").write_text(WIDE, encoding="utf-8")
    with place.exchange(CONFIG, speed=5):
        yield place


def test_a_dry_run_trades_at_home_and_the_venue_hears_nothing(place: Place) -> None:
    before = place.at_venue()
    done = place.call(
        "run", "grid", "--account", "class", "-i", "rb2701", "--seconds", "2.5", "--json"
    )
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout)["last"]
    assert last["accounts"][0]["orders"], last
    assert last["journal"] is None
    assert place.at_venue() == before
    assert not (place.folder / "j").exists()


def test_real_orders_need_a_yes(place: Place) -> None:
    before = place.at_venue()
    words = ("run", "grid", "--account", "class", "-i", "rb2701", "--live")
    done = place.call(*words)
    assert done.returncode == 1
    for text in ("real orders", "1,000,000.00 CNY", "max_order_quantity=5", "give --yes"):
        assert text in done.stderr
    assert place.at_venue() == before
    meant = place.call(*words, "--yes", "--seconds", "2.5", "--journal", "run")
    assert meant.returncode == 0, meant.stderr
    assert "orders still working: 0" in meant.stdout
    assert place.at_venue() > before
    assert place.call("journal", "verify", "run").returncode == 0


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("run", "grid", "--live", "-i", "rb2701"), "name the account"),
        (("run", "grid", "--account", "clas", "-i", "rb2701"), "did you mean class?"),
        (("run", "grid", "--account", "class", "--venue", "okx", "-i", "rb2701"), "not at okx"),
        (("run", "grid", "--account", "class"), "name what to trade"),
        (("run", "grid", "--account", "class", "-i", "rb2701", "--set", "levles=1"), "levels"),
        (("status", "--journal", "nowhere"), "no node runs on nowhere"),
        (("kill", "--journal", "nowhere"), "there is no journal in nowhere"),
        (("strategy", "stop", "x", "--journal", "nowhere"), "no node runs on nowhere"),
        (
            ("run", "grid", "--account", "class", "-i", "rb2701", "--seed", "3"),
            "not with --account",
        ),
        (("release", "--account", "a", "--strategy", "b"), "name one of --account"),
    ],
)
def test_what_is_missing_is_named(place: Place, words: tuple[str, ...], what: str) -> None:
    done = place.call(*words)
    assert done.returncode in (1, 2)
    assert what in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_is_steered_killed_and_comes_back_halted(place: Place) -> None:
    with place.serving():
        until(lambda: len(place.orders()) == 5)
        shown = place.call("status")
        assert shown.returncode == 0, shown.stderr
        assert "rb2701.SHFE" in shown.stdout
        assert "0 dropped" in " ".join(shown.stdout.split())  # of the one in a process
        (place.folder / "wide.py").write_text(WIDE.replace("3300", "3200"), encoding="utf-8")
        changed = place.call("strategy", "restart", "wide", "--cancel-orders", "--json")
        assert changed.returncode == 0, changed.stderr
        until(lambda: "3200" in [each["price"] for each in place.orders()])
        assert "3300" not in [each["price"] for each in place.orders()]
        killed = place.call("kill", "--reason", "a fire drill", "--json")
        assert killed.returncode == 0, killed.stderr
        answer = json.loads(killed.stdout)
        assert answer["left"] == []
        assert answer["seconds"] < 1
        assert place.orders() == []
    with place.serving():
        status = place.status()
        assert status["trading"] == "halted"
        assert status["halts"][0]["reason"] == "a fire drill"
        assert place.call("status").returncode == 1
        assert place.call("release", "--reason", "over").returncode == 0
        assert place.status()["trading"] == "active"
        assert place.call("release").returncode == 1


def test_a_kill_while_nothing_runs_halts_the_next_start(place: Place) -> None:
    done = place.call("kill", "--reason", "overnight")
    assert done.returncode == 1
    assert "were NOT cancelled" in done.stdout
    with place.serving():
        assert place.status()["halts"][0]["reason"] == "overnight"
    assert place.call("release").returncode == 0
    with place.serving():
        assert place.status()["trading"] == "active"


def test_the_log_has_lines_of_json_and_no_secret(place: Place) -> None:
    with place.serving():
        pass
    log = (place.folder / "log" / "node.log").read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"ts", "level", "source", "text"} <= set(lines[0])
    assert "the node has started" in {each["text"] for each in lines}
    for path in place.folder.glob("j/**/*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    assert SECRET not in log


def test_the_market_data_that_was_consumed_is_kept(place: Place) -> None:
    store = place.folder / "j" / "market.sqlite"
    with place.serving():
        until(lambda: place.orders())
    found = json.loads(place.call("data", "list", "--store", str(store), "--json").stdout)
    assert "rb2701.SHFE" in json.dumps(found)


def test_a_driver_in_a_process_of_its_own_trades_as_well(place: Place) -> None:
    hosted = place.folder / "hosted.toml"
    text = (place.folder / "anyvenue.toml").read_text("utf-8")
    hosted.write_text(text + '[venues.paper]\nhost = "process"\n', encoding="utf-8")
    with place.serving("--config", "hosted.toml"):
        until(lambda: len(place.orders()) == 5)
        assert {each["state"] for each in place.status()["venues"]} == {"ready"}


def test_a_node_that_was_killed_hard_leaves_nothing_in_the_way(place: Place) -> None:
    with place.start("serve") as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        until(lambda: len(place.orders()) == 5)
        process.kill()
        process.communicate(timeout=PATIENCE_S)
    assert "no node runs" in place.call("status").stderr
    assert place.call("kill", "--reason", "it is gone").returncode == 1
    with place.serving():
        until(lambda: place.orders() == [])
        assert place.status()["halts"][0]["reason"] == "it is gone"
        assert place.call("release").returncode == 0
