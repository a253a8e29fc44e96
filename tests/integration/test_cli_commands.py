"""The commands as people and scripts call them, in this process."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from anyvenue.app.main import app
from anyvenue.data.canonical import write_csv
from anyvenue.data.profiles import Record
from anyvenue.reference.catalog import Catalog
from anyvenue.sim.synthetic import synthetic_ticks

DAY = 20260915
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in an empty folder, without a configuration of one's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("ANYVENUE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return call


@pytest.fixture(scope="session")
def ticks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the first minutes of a synthetic trading day in our own layout."""
    catalog = Catalog(DAY)
    instrument = catalog.get("rb2701.SHFE")
    sessions = catalog.sessions(instrument.sessions)
    window = sessions.windows(DAY)[0]
    minutes = type(window)(window.start, window.start + 600_000_000_000, window.status, DAY)
    path = tmp_path_factory.mktemp("ticks") / "rb2701.csv.gz"
    write_csv(path, Record.DEPTH, synthetic_ticks(instrument, [minutes], 1, 3500))
    return path


def document(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def error_of(result: Result) -> str:
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    lines: list[str] = result.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


# ---- looking up


def test_the_version_is_one_line(call: Call) -> None:
    assert call("--version").stdout == "anyvenue 0.1.0\n"


def test_instruments_are_found_by_part_of_their_id_or_name(call: Call) -> None:
    assert "rb2701.SHFE" in call("instruments", "rb27").stdout
    chinese = json.loads(call("instruments", "螺纹钢", "--json").stdout)
    assert {each["product"] for each in chinese} == {"rb"}
    assert len(json.loads(call("instruments", "--limit", "5", "--json").stdout)) == 5
    assert "600519.SSE" in call("instruments", "600519").stdout


def test_an_instrument_shows_where_its_figures_are_from(call: Call) -> None:
    shown = call("instrument", "rb2701").stdout
    assert "21:00-23:00" in shown
    assert "CTP instrument query" in shown
    found = document(call("instrument", "600519", "--json"))
    assert found["id"] == "600519.SSE"
    assert found["hours"] == ["09:30-11:30", "13:00-15:00"]


def test_an_unknown_instrument_is_one_line_on_standard_error(call: Call) -> None:
    assert error_of(call("instrument", "ZZ99", "--json")).startswith("error: ")
    assert error_of(call("instruments", "qqqq")).startswith("error: ")


def test_strategies_tell_their_parameters(call: Call) -> None:
    assert "fast" in call("strategies").stdout
    found = json.loads(call("strategies", "--json").stdout)
    names = {each["name"]: each for each in found}
    assert names["ema_cross"]["parameters"][0]["name"] == "fast"


def test_the_doctor_has_a_document_for_machines(call: Call) -> None:
    found = document(call("doctor", "--json"))
    assert found["ok"] is True
    assert "msgspec" in call("doctor").stdout


# ---- data


def test_a_file_is_described_and_converted(call: Call, ticks: Path) -> None:
    info = document(call("data", "info", str(ticks), "--json"))
    assert info["instrument"] == "rb2701.SHFE"
    assert info["rows"] == 1200
    assert document(call("data", "convert", str(ticks), "out.avc", "--json"))["rows"] == 1200
    assert document(call("data", "info", "out.avc", "--json"))["rows"] == 1200
    assert "1,200" in call("data", "info", "out.avc").stdout


def test_layouts_are_listed(call: Call) -> None:
    assert "ctp-tick" in call("data", "profiles").stdout


def test_a_file_that_is_not_there_is_one_line(call: Call) -> None:
    assert "nothing.csv cannot be read" in error_of(call("data", "info", "nothing.csv"))


# ---- runs over data


def test_a_backtest_reports_and_writes_its_round_trips(call: Call, ticks: Path) -> None:
    result = call("backtest", "ema_cross", "--data", str(ticks), "--trades", "trades.csv")
    assert result.exit_code == 0, result.output
    assert "recount of backtest holds" in result.stdout
    rows = list(csv.DictReader(Path("trades.csv").read_text(encoding="utf-8").splitlines()))
    assert rows
    assert rows[0]["instrument"] == "rb2701.SHFE"
    assert rows[0]["entry_time"].endswith("+08:00")


def test_options_reach_the_run(call: Call, ticks: Path) -> None:
    plain = document(call("backtest", "ema_cross", "--data", str(ticks), "--json"))
    other = document(
        call(
            "backtest", "ema_cross", "--json", "--data", str(ticks), "--fees", "2/lot", "--cash", "CNY=5000000",
            "--set", "fast=3", "--margin", "0.2", "--latency-ms", "30", "--seed", "4",
        )
    )  # fmt: skip
    summary = other["summary"]
    assert isinstance(summary, dict)
    assert summary["paid_in"] == "5000000"
    assert float(summary["fees"]) == 2 * summary["fills"]
    assert plain["audit_hash"] != other["audit_hash"]


def test_paper_equals_the_backtest(call: Call, ticks: Path) -> None:
    words = ("grid", "--data", str(ticks), "--json")
    backtest = document(call("backtest", *words))
    paper = document(call("paper", *words, "--speed", "0"))
    for key in ("ledger_hash", "audit_hash", "orders_by_state", "positions"):
        assert backtest[key] == paper[key]
    assert money(backtest) == money(paper)


def money(document: dict[str, object]) -> object:
    summary = document["summary"]
    assert isinstance(summary, dict)
    return summary["equity"], summary["fees"], summary["fills"]


def test_several_files_are_merged(call: Call, ticks: Path) -> None:
    call("data", "convert", str(ticks), "again.avc")
    found = document(call("backtest", "grid", "--data", str(ticks), "again.avc", "--json"))
    summary = found["summary"]
    assert isinstance(summary, dict)
    assert summary["events"] > 2400


def test_a_strategy_that_raises_is_an_exit_code_and_a_line(call: Call, ticks: Path) -> None:
    Path("bad_strategy.py").write_text(
        "from anyvenue import Strategy\n"
        "class Bad(Strategy):\n"
        "    def on_start(self): self.quotes(self.instrument)\n"
        "    def on_quote(self, quote): 1 / 0\n"
    )
    result = call("backtest", "bad_strategy.py", "--data", str(ticks))
    assert result.exit_code == 1
    assert "strategy Bad faulted: ZeroDivisionError: division by zero" in result.stderr
    assert "bad_strategy.py:4" in result.stderr


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--set", "fats=3"), "no parameter 'fats'; did you mean fast?"),
        (("--set", "fast"), "key=value is expected"),
        (("--fees", "x"), "--fees was 'x'"),
        (("--margin", "x"), "--margin was 'x'"),
        (("--cash", "x"), "--cash was 'x'"),
        (("--date", "20261399"), "--date was 20261399"),
        (("--rolls", "nowhere.txt"), "--rolls was 'nowhere.txt'"),
        (("--trades", "nowhere/trades.csv"), "--trades was 'nowhere/trades.csv'"),
        (("--profile", "ctp-tik"), "did you mean ctp-tick"),
    ],
)
def test_a_wrong_value_is_one_line(
    call: Call, ticks: Path, words: tuple[str, ...], what: str
) -> None:
    assert what in error_of(call("backtest", "ema_cross", "--data", str(ticks), *words))


# ---- made-up data


SYNTHETIC = ("--synthetic", "-i", "IF2609,510300", "--date", "20260915", "--to", "2026-09-15T10:00")


def test_prices_can_be_made_up_for_a_backtest_and_its_paper_run(call: Call) -> None:
    ours = document(call("backtest", "ema_cross", *SYNTHETIC, "--seed", "3", "--json"))
    theirs = document(
        call("paper", "ema_cross", *SYNTHETIC, "--seed", "3", "--speed", "0", "--json")
    )
    assert ours["synthetic"] is True
    assert ours["ledger_hash"] == theirs["ledger_hash"]
    other = document(call("backtest", "ema_cross", *SYNTHETIC, "--seed", "4", "--json"))
    assert other["ledger_hash"] != ours["ledger_hash"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--synthetic", "--data", "x.csv"), "give one of them"),
        (("--data", "x.csv", "--days", "2"), "--days is for --synthetic"),
    ],
)
def test_made_up_and_recorded_prices_do_not_mix(
    call: Call, words: tuple[str, ...], what: str
) -> None:
    assert what in error_of(call("backtest", "grid", *words))


# ---- an exchange of one's own


def test_the_demo_adds_up(call: Call) -> None:
    result = call("demo", "--seconds", "0.4")
    assert result.exit_code == 0, result.output
    assert "open orders: 0" in result.stdout
    assert "recount of basket holds" in result.stdout
    assert "recount of grid holds" in result.stdout
    assert "synthetic" in result.stdout


def test_the_demo_has_a_document_for_machines(call: Call) -> None:
    found = document(call("demo", "--seconds", "0.4", "--json", "--seed", "5"))
    assert found["ok"] is True
    assert found["synthetic"] is True
    assert found["open_orders"] == 0
    accounts = found["accounts"]
    assert isinstance(accounts, list)
    assert [each["strategy"] for each in accounts] == ["basket", "grid"]
    assert {"CNY", "USD", "USDT"} <= set(accounts[0]["accounts"])
    assert {"CNY", "USDT", "BTC"} == set(accounts[1]["accounts"])
    assert all(each["recount"]["holds"] for each in accounts)


def test_the_demo_replays_recorded_data(call: Call, ticks: Path) -> None:
    found = document(call("demo", "--data", str(ticks), "--speed", "0", "--json"))
    assert found["synthetic"] is False
    assert found["instruments"] == ["rb2701.SHFE"]


@pytest.mark.parametrize("strategy", ["ema_cross", "grid"])
def test_built_in_strategies_order_within_five_seconds_of_a_real_market(
    call: Call, strategy: str
) -> None:
    # Ten times the speed for half a second is five seconds at the speed of `run`.
    result = call("run", strategy, "--speed", "10", "--seconds", "0.5", "--json")
    found = document(result)
    orders = found["orders_by_state"]
    assert isinstance(orders, dict)
    assert sum(orders.values()) >= 1
    assert found["open_orders"] == 0


def test_a_run_ends_when_its_strategy_faults(call: Call) -> None:
    result = call("run", "ema_cross", "--set", "fast=9", "--seconds", "30")
    assert result.exit_code == 1
    assert "fast must be below slow" in result.stderr
    assert "open orders: 0" in result.stdout


def test_recorded_ticks_of_an_index_future(call: Call, shared_data: Path) -> None:
    file = shared_data / "cn_futures_ticks" / "CFFEX.IF_tick_20210104.csv.gz"
    found = document(call("backtest", "grid", "--data", str(file), "--json"))
    assert found["recount"] == {"holds": True, "differences": []}
    positions = found["positions"]
    assert isinstance(positions, list)
    assert {each["instrument"] for each in positions} <= {"IF2101.CFFEX"}


# ---- language and configuration


def test_chinese_everywhere(call: Call, ticks: Path) -> None:
    assert "用法：" in call("--lang", "zh", "--help").stdout
    assert error_of(call("instrument", "IF9999x", "--lang", "zh")).startswith("错误：")
    shown = call("backtest", "grid", "--data", str(ticks), "--lang", "zh").stdout
    assert "总收益率" in shown
    assert "重算一致" in shown
    assert "不存在" in call("config", "path", "--lang", "zh").stdout


def test_the_configuration_says_the_language_and_the_money(call: Call, ticks: Path) -> None:
    Path("anyvenue.toml").write_text(
        '[node]\nlang = "zh"\n[sim]\ncash = 3_000_000\n', encoding="utf-8"
    )
    assert "没有问题" in call("config", "check").stdout
    found = document(call("backtest", "grid", "--data", str(ticks), "--json"))
    summary = found["summary"]
    assert isinstance(summary, dict)
    assert summary["paid_in"] == "3000000"


def test_the_configurations_fees_hold(call: Call) -> None:
    Path("anyvenue.toml").write_text('[fees."rb.SHFE"]\nby_lot = 7\n', encoding="utf-8")
    assert "7/lot" in call("instrument", "rb2701").stdout


def test_a_broken_configuration_stops_every_command_that_needs_it(call: Call) -> None:
    Path("anyvenue.toml").write_text("[sim]\nlatency = 3\n", encoding="utf-8")
    for words in (("config", "check"), ("instruments",), ("demo", "--seconds", "1")):
        assert "line 2: sim.latency is not a known key" in error_of(call(*words))
    assert call("--help").exit_code == 0


def test_the_configuration_is_shown_with_its_sources(call: Call) -> None:
    Path("other.toml").write_text("[sim]\nseed = 7\n", encoding="utf-8")
    shown = call("config", "show", "--config", "other.toml").stdout
    rows = {
        line.split()[0]: line.split()[1:] for line in shown.splitlines() if line.startswith("sim.")
    }
    assert rows["sim.seed"] == ["7", "file"]
    assert rows["sim.latency_jitter_ms"] == ["0.0", "default"]
    assert document(call("config", "show", "--config", "other.toml", "--json"))["sim"]
    assert "$defs" in document(call("config", "schema"))


def test_missing_secrets_fail_the_check(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("anyvenue.toml").write_text(
        '[accounts.okx]\nvenue = "paper"\naccount = "a"\npassword = { env = "TEST_OKX_KEY" }\n',
        encoding="utf-8",
    )
    monkeypatch.delenv("TEST_OKX_KEY", raising=False)
    failed = call("config", "check")
    assert failed.exit_code == 1
    assert "TEST_OKX_KEY" in failed.stderr
    monkeypatch.setenv("TEST_OKX_KEY", "hunter2")
    assert call("config", "check").exit_code == 0
    assert "hunter2" not in call("config", "show").stdout


# ---- usage


@pytest.mark.parametrize(
    "words",
    [("nosuch",), ("backtest",), ("backtest", "grid"), ("demo", "--speed", "fast"), ("run",)],
)
def test_wrong_usage_is_exit_code_2(call: Call, words: tuple[str, ...]) -> None:
    result = call(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_unknown_language_names_those_there_are(call: Call) -> None:
    assert "use one of en, zh" in error_of(call("--lang", "fr", "doctor"))


def test_debug_shows_where_an_error_was_raised(call: Call) -> None:
    result = call("instrument", "ZZ99", "--debug")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
