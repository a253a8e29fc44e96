"""``anyvenue data``: from files to a store, and what can be asked of one."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from anyvenue.data.canonical import write_csv
from anyvenue.data.continuous import load_rolls
from anyvenue.data.profiles import Record
from anyvenue.data.readers import open_source
from anyvenue.data.store import open_store
from anyvenue.data.store.bar_grid import bars_from
from anyvenue.model.accounts import Account
from anyvenue.model.ids import AccountId
from anyvenue.model.market import Bar
from anyvenue.reference.catalog import Catalog

MINUTE = 60_000_000_000
CATALOG = Catalog(20260915)
RB = CATALOG.get("rb2701.SHFE")
SESSIONS = CATALOG.sessions(RB.sessions)
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in an empty folder, without a configuration of one's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANYVENUE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(app, ["data", *words])


@pytest.fixture(
    params=[
        "prices.sqlite",
        pytest.param(
            "prices",
            marks=pytest.mark.skipif(
                find_spec("pyarrow") is None,
                reason="Parquet needs pyarrow: pip install anyvenue[data]",
            ),
        ),
    ]
)
def store(request: pytest.FixtureRequest) -> str:
    """Return the name of a store of either kind."""
    name: str = request.param
    return name


def bars(
    instrument: str = "rb2701.SHFE",
    interval: str = "1m",
    count: int = 345,
    first: int = 20260915,
    premium: float = 0.0,
    interest: Sequence[float] = (),
) -> list[Bar]:
    """Return as many bars as asked for, from the first of a trading day on."""
    step = MINUTE if interval == "1m" else 1440 * MINUTE
    grid = bars_from(SESSIONS, step, SESSIONS.windows(first)[0].start)
    found = []
    for at, (start, end, day) in zip(range(count), grid, strict=False):
        price = 3500.0 + at + premium
        found.append(
            Bar(
                CATALOG.get(instrument).id, end, end, interval, start, price, price, price, price, 5.0,
                open_interest=interest[at] if interest else 1.0, trading_day=day,
            )
        )  # fmt: skip
    return found


def write(name: str, records: Sequence[Bar]) -> str:
    write_csv(name, Record.BAR, records)
    return name


def document(result: Result, code: int = 0) -> list[dict[str, object]]:
    assert result.exit_code == code, result.output
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def test_files_go_into_a_store_and_come_out_the_same(call: Call, store: str) -> None:
    name = write("rb.csv", bars())
    assert (
        "345 records of rb.csv added to rb2701.SHFE bar 1m"
        in call("import", name, "--store", store).stdout
    )
    assert "345 records written" in call("export", "out.csv", "--store", store).stdout
    assert Path("out.csv").read_bytes() == Path("rb.csv").read_bytes()
    (entry,) = document(call("list", "--store", store, "--json"))
    assert (entry["instrument"], entry["kind"], entry["interval"]) == ("rb2701.SHFE", "bar", "1m")
    assert (entry["rows"], entry["first"]) == (345, bars()[0].ts_recv)
    shown = call("list", "--store", store).stdout
    assert "2026-09-14 21:01:00" in shown  # the time zone of the market


def test_trading_days_can_be_picked(call: Call, store: str) -> None:
    call("import", write("rb.csv", bars(count=345 * 3, first=20260914)), "--store", store)
    days = ("--first", "20260915", "--last", "20260915")
    call("export", "day.csv", "--store", store, "--instrument", "rb2701", "--bars", "1m", *days)
    source = open_source("day.csv", catalog=CATALOG)
    assert [getattr(bar, "trading_day", 0) for bar in source.events()] == [20260915] * 345


def test_the_same_file_is_not_added_twice(call: Call, store: str) -> None:
    name = write("rb.csv", bars())
    first = document(call("import", name, "--store", store, "--json"))
    assert first[0]["rows"] == 345
    twice = call("import", name, "--store", store)
    assert twice.exit_code == 1
    assert "already has records of rb2701.SHFE bar 1m" in twice.stderr
    assert call("import", name, "--store", store, "--again").exit_code == 0
    assert call("check", "--store", store).exit_code == 1
    assert document(call("check", "--store", store, "--json"), 1)[0]["duplicates"] == 345


def test_missing_bars_are_found_filled_and_gone(call: Call, store: str) -> None:
    whole = bars()
    call("import", write("part.csv", whole[:100] + whole[110:]), "--store", store)
    found = call("check", "--store", store)
    assert found.exit_code == 1
    assert "missing bars 10" in found.stdout
    assert "2026-09-14 22:40:00  2026-09-14 22:50:00" in found.stdout
    done = call("repair", "--store", store, "--from", write("whole.csv", whole))
    assert "10 missing bars filled from whole.csv" in done.stdout
    after = document(call("check", "--store", store, "--json"))
    assert after[0]["good"] is True
    assert after[0]["rows"] == 345


def test_what_a_repair_cannot_fill_is_told(call: Call, store: str) -> None:
    whole = bars()
    call("import", write("part.csv", whole[:100] + whole[110:]), "--store", store)
    done = call("repair", "--store", store, "--from", write("other.csv", whole[:105]))
    assert "5 missing bars filled" in done.stdout
    assert "Still missing: 5 bars" in done.stdout
    found = json.loads(call("repair", "--store", store, "--from", "other.csv", "--json").stdout)
    assert (found["filled_bars"], found["left_bars"]) == (0, 5)


def test_a_check_speaks_chinese(call: Call, store: str) -> None:
    whole = bars()
    call("import", write("part.csv", whole[:100] + whole[110:]), "--store", store)
    found = CliRunner().invoke(app, ["--lang", "zh", "data", "check", "--store", store])
    assert "缺失 K 线 10" in found.stdout


def test_contracts_are_strung_together_without_jumps(call: Call, store: str) -> None:
    many = {"interval": "1d", "count": 10, "first": 20260901}
    first = bars("rb2610.SHFE", interest=[9.0] * 4 + [1.0] * 6, **many)  # type: ignore[arg-type]
    second = bars("rb2701.SHFE", premium=70.0, interest=[5.0] * 10, **many)  # type: ignore[arg-type]
    call("import", write("b.csv", second), write("a.csv", first), "--store", store)
    done = call(
        "continuous", "rb.SHFE", "rb.csv", "--store", store, "--bars", "1d", "--table", "rolls.csv"
    )
    assert done.exit_code == 0, done.output
    made = [bar for bar in open_source("rb.csv", catalog=CATALOG).events() if isinstance(bar, Bar)]
    assert [bar.close for bar in made] == [3570.0 + at for at in range(10)]
    rolls = load_rolls("rolls.csv")
    assert [roll.contract for roll in rolls] == ["rb2610", "rb2701"]
    assert rolls[1].day == made[5].trading_day
    again = json.loads(
        call("continuous", "rb.SHFE", "x.csv", "--store", store, "--rolls", "rolls.csv", "--json").stdout
    )  # fmt: skip
    assert Path("x.csv").read_bytes() == Path("rb.csv").read_bytes()
    assert [roll["contract"] for roll in again["rolls"]] == ["rb2610", "rb2701"]


def test_snapshots_are_listed_checked_and_exported(call: Call, store: str, tmp_path: Path) -> None:
    figures = [
        Account(AccountId("main"), "CNY", ts, 20260915, balance=Decimal("1.50")) for ts in (1, 2)
    ]
    open_store(tmp_path / store).append(figures)
    assert "main" in call("list", "--store", store).stdout
    assert call("check", "--store", store).exit_code == 0
    call("export", "main.csv", "--store", store, "--instrument", "main", "--kind", "snapshot")
    lines = Path("main.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("account,currency,ts_as_of,trading_day")
    assert lines[1].startswith("main,CNY,1,20260915")
    assert "1.50" in lines[1]
    assert "written as .csv only" in call("export", "m.avc", "--store", store).stderr


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("list", "--store", "none.db"), "there is no store at none.db"),
        (("export", "o.csv", "--store", "s.db", "--kind", "tick"), "kind was 'tick'; one of depth"),
        (("export", "o.csv", "--store", "s.db"), "2 series fit: rb2701.SHFE bar 1d, rb2701.SHFE"),
        (("check", "--store", "s.db", "--bars", "5m"), "s.db has no bar 5m"),
        (("export", "o.csv", "--store", "s.db", "--bars", "1m", "--first", "20261399"), "--first was"),
        (("continuous", "rb2701", "o.csv", "--store", "s.db"), "is no continuous series"),
        (("continuous", "cu.SHFE", "o.csv", "--store", "s.db"), "no bars of contracts of cu.SHFE"),
        (("continuous", "rb.SHFE", "o.csv", "--store", "s.db", "--rule", "x"), "--rule was 'x'; one of"),
        (("continuous", "rb.SHFE", "o.csv", "--store", "s.db"), "bars of one interval"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(call: Call, words: tuple[str, ...], what: str) -> None:
    daily = bars(interval="1d", count=3)
    call("import", write("a.csv", bars()), write("b.csv", daily), "--store", "s.db")
    result = call(*words)
    assert result.exit_code == 1, result.output
    assert what in result.stderr
    assert len(result.stderr.splitlines()) == 1
