"""Every example runs, and prints what its docstring promises."""

import ast
import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted(FOLDER.glob("*.py"))
PROMISES = {
    "asyncio_two_orders": [
        "rb2701.SHFE: filled",
        "IF2609.CFFEX: filled",
        "cancelled, 0 filled",
        "use 3500",
    ],
    "compare_paper_backtest": ["paper equals backtest: True", "the other run differs: True"],
    "ctp_sync_strategy": [
        "bought: True held: 1",
        "sold: True",
        "CTP:平今仓位不足",
        "trades seen by the plugin: 2",
    ],
    "ctp_ticks": ["100,000.00 available", "frozen at once: 56", "4 opened, 4 closed", "8 trades"],
    "ema_cross_backtest": ["orders, ", "recount holds: True, open orders: 0"],
    "fault_injection": ["faults of the strategy: 0", "open orders: 0, recount holds: True"],
    "first_order": ["order: filled, 2 of 2", "position: 2 long, 0 short"],
    "orders_by_money": [
        "at most 5000: True",
        "too small: amount 1000 buys 0 of 600519.SSE; the minimum of 100 costs",
        "short for 3000: True",
        "positions left: 0",
    ],
    "own_strategy": ["stopped out", "faults: 0, open orders: 0", "did you mean lookback?"],
    "stock_t_plus_1": [
        "150 shares are refused",
        "not today:",
        "20260916 sell",
        "faults: 0, open orders: 0",
    ],
}


def output_of(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """Return what an example prints when it is run as a script."""
    monkeypatch.setattr(sys, "argv", [str(path)])
    runpy.run_path(str(path), run_name="__main__")
    return capsys.readouterr().out


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_it_promises(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output_of(path, monkeypatch, capsys)
    missing = [promise for promise in PROMISES[path.stem] if promise not in out]
    assert not missing, out


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_tells_a_newcomer_how_to_run_it_and_what_to_see(path: Path) -> None:
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert f"python examples/{path.name}" in doc
    assert "What to see:" in doc


def test_orders_on_a_bad_network_are_unknown_for_a_while_and_never_in_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = output_of(FOLDER / "fault_injection.py", monkeypatch, capsys)
    on_the_way, in_the_end = out.splitlines()[:2]
    assert int(on_the_way.rpartition(" ")[2]) > 0
    assert "unknown" not in in_the_end


def test_the_bars_example_keeps_its_file_where_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bars.csv"
    monkeypatch.setattr(sys, "argv", ["ema_cross_backtest.py", str(path)])
    runpy.run_path(str(FOLDER / "ema_cross_backtest.py"), run_name="__main__")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "datetime,open,high,low,close,volume"
    assert lines[1].startswith("2026-09-11 21:00:00,")  # Friday night belongs to Monday
