"""Optimising: the same outcome however it is run, errors that stay where they are, and going on after a stop."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from optimised import COUNT, QUOTES, Bands
from short_market import CATALOG, at, source

import anyvenue as av
from anyvenue.data.canonical import write_csv
from anyvenue.data.profiles import Record
from anyvenue.data.source import MemorySource
from anyvenue.engine.feed import Feed
from anyvenue.engine.optimise.identity import source_files
from anyvenue.engine.optimise.loading import held_feed
from anyvenue.engine.optimise.result import OptimiseResult, Progress
from anyvenue.engine.optimise.store import FILE_NAME
from anyvenue.engine.optimise.walk import WalkForward, windows_of
from anyvenue.model.errors import ConfigError
from anyvenue.strategy.base import Strategy

pytestmark = pytest.mark.long

GRID = {"width": "2:14:4", "size": [1, 2]}


def optimise(**settings: Any) -> OptimiseResult:
    settings = {"grid": GRID, "jobs": 1, "catalog": CATALOG, **settings}
    return av.optimise(settings.pop("strategy", Bands), settings.pop("data", QUOTES), **settings)


def outcomes(result: OptimiseResult) -> list[tuple[object, ...]]:
    return [(point.parameters, point.summary, point.ledger_hash) for point in result.ranked]


@pytest.fixture(scope="module")
def whole() -> OptimiseResult:
    return optimise()


def test_every_point_is_what_a_backtest_says(whole: OptimiseResult) -> None:
    assert len(whole.points) == 8
    for point in whole.points:
        alone = av.backtest(Bands, QUOTES, parameters=point.parameters, catalog=CATALOG)
        assert point.summary == alone.summary
        assert point.ledger_hash == alone.ledger_hash
    assert len({point.ledger_hash for point in whole.points}) > 4


def test_the_outcome_does_not_depend_on_the_number_of_processes(whole: OptimiseResult) -> None:
    assert outcomes(optimise(jobs=2)) == outcomes(whole)


def test_the_best_comes_first(whole: OptimiseResult) -> None:
    returns = [point.summary.total_return for point in whole.ranked if point.summary]
    assert returns == sorted(returns, reverse=True)
    assert whole.best == whole.ranked[0]


def test_less_drawdown_is_better_and_a_function_may_judge(whole: OptimiseResult) -> None:
    best = optimise(by="drawdown").best
    assert best is not None
    assert best.summary is not None
    drawdowns = [point.summary.max_drawdown for point in whole.points if point.summary]
    assert best.summary.max_drawdown == min(drawdowns)
    fewest = optimise(by=lambda summary: -summary.fills).best
    assert fewest is not None
    assert fewest.summary is not None
    assert fewest.summary.fills == min(
        point.summary.fills for point in whole.points if point.summary
    )


def test_without_any_score_there_is_no_best() -> None:
    assert optimise(by="sharpe").best is None  # ten minutes have no daily returns


def test_an_unknown_objective_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean return"):
        optimise(by="returns")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_point_that_fails_keeps_its_error_and_ends_no_other(jobs: int) -> None:
    result = optimise(jobs=jobs, parameters={"fails_at": 6})
    assert [point.parameters["width"] for point in result.failed] == [6, 6]
    assert all("this width is cursed" in point.error for point in result.failed)
    assert [point.failed for point in result.ranked] == [False] * 6 + [True] * 2


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_runs_warn_of_is_told_once(jobs: int) -> None:
    assert optimise(jobs=jobs, parameters={"warns": True}).warnings == ["the moon is full"]


def test_a_process_that_dies_is_replaced(tmp_path: Path) -> None:
    result = optimise(jobs=2, parameters={"dies_at": 6}, out=tmp_path)
    assert [point.parameters["width"] for point in result.failed] == [6, 6]
    assert "exit code 3" in result.failed[0].error
    assert len(lines(tmp_path)) == 6, "what may end otherwise another time is not kept"


def test_progress_counts_up_to_all() -> None:
    seen: list[Progress] = []
    optimise(progress=seen.append)
    assert [each.done for each in seen] == list(range(9))
    assert {each.total for each in seen} == {8}
    assert seen[-1].best == optimise().best or seen[-1].best is not None


def lines(folder: Path) -> list[bytes]:
    return (folder / FILE_NAME).read_bytes().splitlines()


def fresh(result: OptimiseResult) -> int:
    return sum(not point.stored for point in result.points)


def test_finished_points_are_not_run_again(tmp_path: Path) -> None:
    first = optimise(out=tmp_path)
    again = optimise(out=tmp_path, by="drawdown")
    assert (fresh(first), fresh(again)) == (8, 0)
    assert len(lines(tmp_path)) == 8
    assert fresh(optimise(out=tmp_path, grid={"width": "2:18:4", "size": [1, 2]})) == 2
    assert outcomes(optimise(out=tmp_path)) == outcomes(first)


def test_other_data_money_or_venue_is_another_point(tmp_path: Path) -> None:
    optimise(out=tmp_path)
    assert fresh(optimise(out=tmp_path, data=QUOTES[:-1])) == 8
    assert fresh(optimise(out=tmp_path, cash=2_000_000)) == 8
    assert fresh(optimise(out=tmp_path, options=av.VenueOptions(latency_ms=5))) == 8
    assert fresh(optimise(out=tmp_path, end=at(300))) == 8
    assert fresh(optimise(out=tmp_path)) == 0


def test_the_same_file_read_in_another_way_is_other_data(tmp_path: Path) -> None:
    rb = CATALOG.get("rb2701.SHFE")
    for zone, missing in (("UTC", 8), ("UTC", 0), ("Asia/Shanghai", 8)):
        data = MemorySource(rb, Record.QUOTE, lambda: iter(QUOTES), identity="x", zone=zone)
        assert fresh(optimise(out=tmp_path, data=data)) == missing


def test_a_line_torn_by_a_crash_is_run_again(tmp_path: Path) -> None:
    optimise(out=tmp_path)
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes()[:-20])
    assert fresh(optimise(out=tmp_path)) == 1
    assert fresh(optimise(out=tmp_path)) == 0


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="name another folder"):
        optimise(out=tmp_path / "file")


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    def stop_after_three(progress: Progress) -> None:
        if progress.done == 3:
            raise KeyboardInterrupt

    for jobs in (1, 2):
        folder = tmp_path / str(jobs)
        result = optimise(jobs=jobs, out=folder, progress=stop_after_three)
        assert result.interrupted
        assert len(result.points) == len(lines(folder)) == 3
        assert fresh(optimise(out=folder)) == 5


STRATEGY = """
import anyvenue as av
from {helper} import WIDTH

class Own(av.Strategy):
    extra: int = 0

    def on_start(self):
        self.quotes(self.instrument)

    def on_quote(self, quote):
        self.target(quote.instrument, 1 if quote.bid > 3500 + WIDTH + self.extra else 0)
"""


def write_strategy(folder: Path, name: str, width: int) -> None:
    (folder / f"{name}.py").write_text(STRATEGY.format(helper=f"{name}_helper"), encoding="utf-8")
    (folder / f"{name}_helper.py").write_text(f"WIDTH = {width}\nclass Kept: pass\n")


def test_the_files_of_a_strategy_are_its_own_its_bases_and_what_they_import(tmp_path: Path) -> None:
    names = [path.name for path in source_files(Bands)]
    assert "optimised.py" in names
    assert "short_market.py" in names
    assert "base.py" not in names


def test_a_script_without_guard_is_told_to_have_one(tmp_path: Path) -> None:
    data = tmp_path / "rb2701.csv"
    write_csv(data, Record.QUOTE, iter(QUOTES))
    script = tmp_path / "script.py"
    write_strategy(tmp_path, "own", 1)
    call = f"av.optimise(Own, {str(data)!r}, grid={{'extra': [1, 2]}}, jobs=2, date=20260915)"
    code = f"import anyvenue as av\nfrom own import Own\nresult = {call}\n"
    script.write_text(code, encoding="utf-8")
    failed = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60
    )
    assert failed.returncode == 1
    assert 'if __name__ == "__main__":' in failed.stderr.splitlines()[-1]
    guarded = code.replace("result =", "if __name__ == '__main__':\n    result =")
    script.write_text(f"{guarded}    print(len(result.points), result.warnings)\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "2 []\n"


def test_what_cannot_be_sent_to_another_process_is_run_here() -> None:
    class Local(Bands):
        pass

    result = optimise(strategy=Local, jobs=2)
    assert "defined within a function" in result.warnings[0]
    assert not result.failed
    data = source(QUOTES)  # made by a function
    result = optimise(data=data, jobs=2)
    assert "cannot be sent" in result.warnings[0]
    assert not result.failed


def test_a_heat_map_has_the_best_over_the_other_parameters(whole: OptimiseResult) -> None:
    heat = whole.heat_map("width", "size")
    assert (heat.rows, heat.columns) == ((2, 6, 10, 14), (1, 2))
    scores = {
        (point.parameters["width"], point.parameters["size"]): whole.objective.score(point)
        for point in whole.points
    }
    assert heat.scores == [[scores[y, x] for x in (1, 2)] for y in (2, 6, 10, 14)]
    with pytest.raises(ConfigError, match="not in the grid"):
        whole.heat_map("width", "length")


def test_the_document_is_json_with_a_map(whole: OptimiseResult) -> None:
    found = json.loads(msgspec.json.encode(whole.document()))
    assert len(found["points"]) == 8
    assert found["grid"]["width"] == [2, 6, 10, 14]
    assert found["heat_maps"][0]["row_name"] == "width"
    assert found["points"][0]["summary"]["profit"]


def test_held_data_gives_the_same_records_and_long_data_is_read_again() -> None:
    made: list[int] = []

    def make() -> Any:
        made.append(1)
        return iter(QUOTES)

    feed = Feed([MemorySource(CATALOG.get("rb2701.SHFE"), Record.QUOTE, make, identity="x")])
    for most, reads in ((COUNT, 1), (COUNT - 2, 3)):
        made.clear()
        held = held_feed(feed, most)
        assert [list(held.events()) for _ in range(2)] == [QUOTES, QUOTES]
        assert len(made) == reads
        assert held.content_hashes() == feed.content_hashes()


# ---- walk forward


def test_tests_follow_their_training_and_cover_the_data_once() -> None:
    times = [at(second) for second in range(1000)]
    windows = windows_of(times, WalkForward(4, train_parts=2))
    assert all(train[1] == test[0] for train, test in windows)
    assert [test[0] for _, test in windows[1:]] == [test[1] for _, test in windows[:-1]]
    assert windows[0][0][0] == times[0]
    assert windows[-1][1][1] == times[-1] + 1
    anchored = windows_of(times, WalkForward(4, train_parts=2, anchored=True))
    assert {train[0] for train, _ in anchored} == {times[0]}


def test_cuts_lie_in_pauses() -> None:
    times = [at(second + (5000 if second >= 510 else 0)) for second in range(1000)]
    (train, test), *_ = windows_of(times, WalkForward(1, train_parts=1))
    assert train[1] == test[0] == at(5510)


def test_too_little_data_is_refused() -> None:
    for times in ([], [at(1)] * 100, [at(1), at(2)]):
        with pytest.raises(ConfigError, match="cannot be split"):
            windows_of(times, WalkForward(5))
    with pytest.raises(ConfigError, match="1 or more"):
        windows_of([at(1)], WalkForward(0))


def profits_of_tests(result: OptimiseResult) -> list[object]:
    return [
        fold.tested.summary.profit for fold in result.folds if fold.tested and fold.tested.summary
    ]


def test_a_walk_forward_tests_what_did_best_in_training(tmp_path: Path) -> None:
    result = optimise(walk_forward=3, out=tmp_path)
    assert len(result.folds) == 3
    for fold in result.folds:
        train = optimise(start=fold.train[0], end=fold.train[1])
        assert fold.best is not None
        assert fold.tested is not None
        assert train.best is not None
        assert fold.best.parameters == fold.tested.parameters == train.best.parameters
        alone = optimise(
            start=fold.test[0],
            end=fold.test[1],
            grid={name: [value] for name, value in fold.best.parameters.items()},
        )
        assert alone.points[0].summary == fold.tested.summary
    assert result.combined is not None
    assert result.combined.tests == 3
    assert result.combined.profit == sum(profits_of_tests(result))  # type: ignore[call-overload]
    grown = 1.0
    for profit in profits_of_tests(result):
        grown *= 1 + float(str(profit)) / 1_000_000
    assert result.combined.total_return == pytest.approx(grown - 1)
    again = optimise(walk_forward=3, out=tmp_path, jobs=2)
    assert profits_of_tests(again) == profits_of_tests(result)
    assert all(point.stored for fold in again.folds for point in fold.points)


def test_jobs_below_one_are_refused() -> None:
    with pytest.raises(ConfigError, match="1 or more"):
        optimise(jobs=0)


def test_parameters_without_default_must_be_given() -> None:
    class Needs(Strategy):
        width: int
        length: int

    with pytest.raises(ConfigError, match="needs length"):
        optimise(strategy=Needs, grid={"width": [1]})
