"""The page of a parameter search: the best first, a map of every two parameters, and nothing loaded from anywhere."""

import json
import re

import pytest

from anyvenue.engine.optimise.heat import HeatMap
from anyvenue.engine.optimise.result import OptimiseResult
from anyvenue.reference.catalog import Catalog
from anyvenue.report.heat import heat_html
from anyvenue.report.page import ReportFacts
from anyvenue.report.search_page import render_search_page

RB = Catalog(20260915).get("rb2701.SHFE")


def page_of(result: OptimiseResult, lang: str = "en") -> str:
    return render_search_page(result, ReportFacts(name="Two <averages>"), [RB, RB], lang)


@pytest.fixture(scope="module")
def page(search: OptimiseResult) -> str:
    return page_of(search)


def heat(rows: int, columns: int, larger: bool = True) -> HeatMap:
    scores = [[float(row * columns + column) for column in range(columns)] for row in range(rows)]
    return HeatMap("row", "column", range(rows), range(columns), scores, "return", larger)


def test_the_best_setting_is_in_the_first_sentence(page: str, search: OptimiseResult) -> None:
    best = search.best
    assert best is not None
    setting = " ".join(f"{name}={value}" for name, value in best.parameters.items())
    verdict = re.search("<p class='verdict'>(.*?)</p>", page)
    assert verdict is not None
    assert setting in verdict[1]


def test_every_two_parameters_have_a_map(page: str) -> None:
    for title in ("fast and slow", "fast and size", "slow and size"):
        assert f"<h3>{title}</h3>" in page
    assert page.count('class="heat"') == 3
    # The best over the third parameter stands in each map.
    assert page.count('best" style=') >= 3


def test_an_instrument_of_several_files_is_named_once(page: str) -> None:
    assert page.count("rb2701.SHFE") == 1


def test_points_that_failed_are_told_with_their_reason(page: str) -> None:
    assert "<h3>Failed</h3>" in page
    assert "fast=20 slow=20 size=1: " in page
    assert "fast must be below slow" in page


def test_it_loads_nothing_and_needs_no_script(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!data:)|https?://|url\(""", page)
    assert not re.search(r"<script>", page)
    assert len(page) < 100_000


def test_texts_of_others_cannot_break_out(page: str) -> None:
    assert "Two &lt;averages&gt;" in page
    assert "Two <averages>" not in page


def test_a_walk_forward_says_first_what_it_came_to_out_of_sample(walked: OptimiseResult) -> None:
    page = page_of(walked)
    assert "Out of sample, 2 tests together" in page
    assert page.index("Out of sample") < page.index("<h2>Walk forward</h2>")
    assert page.count("2026-09-15 ") >= 4
    assert 'class="heat"' not in page


def test_it_speaks_chinese(search: OptimiseResult) -> None:
    page = page_of(search, "zh")
    assert '<html lang="zh-CN">' in page
    assert "<h2>参数热图</h2>" in page
    assert "<h3>fast 与 slow</h3>" in page


def test_the_document_is_kept_in_the_page(search: OptimiseResult) -> None:
    facts = ReportFacts(name="x", document=json.dumps({"a": "</script>"}).encode())
    page = render_search_page(search, facts, [RB], "en")
    found = re.search('class="anyvenue-search">(.*?)</script>', page)
    assert found is not None
    assert json.loads(found[1]) == {"a": "</script>"}


def test_the_better_the_score_the_darker_its_cell() -> None:
    shown = heat_html(heat(2, 2), lambda score: f"{score}")
    assert re.findall(r"--share:(\d+)%", shown) == ["0", "33", "67", "100"]
    less = heat_html(heat(2, 2, larger=False), lambda score: f"{score}")
    assert re.findall(r"--share:(\d+)%", less) == ["100", "67", "33", "0"]


def test_of_many_columns_only_shades_are_shown_and_the_score_on_pointing() -> None:
    shown = heat_html(heat(2, 40), lambda score: f"<{score}>")
    assert 'class="heat shades"' in shown
    assert ">&lt;3.0&gt;</td>" not in shown
    assert 'title="row 0, column 3: &lt;3.0&gt;"' in shown


def test_a_map_without_any_score_is_none() -> None:
    empty = HeatMap("a", "b", [1], [1], [[None]], "return", True)
    assert heat_html(empty, str) == ""
