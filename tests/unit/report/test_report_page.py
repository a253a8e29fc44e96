"""The page: whole, offline, in two languages, figures first."""

import json
import re
import tomllib
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import pytest

from anyvenue import report
from anyvenue.engine.results import RunResult
from anyvenue.model.errors import Inconsistent
from anyvenue.report.bundle import plotly_js
from anyvenue.report.charts import MOST_MARKS, price_figure
from anyvenue.report.markup import Cell, embedded, table_html
from anyvenue.report.page import ReportFacts, render_page
from anyvenue.report.words import Words

ROOT = Path(report.__file__).parent


def texts(lang: str) -> dict[str, set[str]]:
    read = tomllib.loads((ROOT / f"locale/{lang}.toml").read_text(encoding="utf-8"))
    return {
        key: {name for _, name, _, _ in Formatter().parse(said) if name}
        for key, said in read.items()
    }


def own_part(page: str) -> str:
    """Return a page without the drawing library, whose text is not ours."""
    return page.replace(plotly_js(), "")


@pytest.fixture(scope="module")
def page(result: RunResult) -> str:
    facts = ReportFacts(name="Two <averages>", document=b'{"name": "</script>"}')
    return own_part(render_page([result], facts, "en"))


# ---- words


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    assert texts("en") == texts("zh")


def test_every_text_that_is_asked_for_is_there() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("*.py"))
    assert set(re.findall(r'words\(\s*"(\w+)"', source)) <= set(texts("en"))


def test_a_text_that_is_missing_says_where_to_add_it() -> None:
    with pytest.raises(Inconsistent, match=r"locale/zh\.toml"):
        Words("zh")("no such text")


# ---- the page


def test_the_page_loads_nothing_and_may_not(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!data:)""", page)
    assert not re.search(r"https?://|url\(", page)


def test_headline_figures_come_before_charts_and_tables(page: str, result: RunResult) -> None:
    profit = f"{abs(result.summary.profit):,.2f}"
    assert page.index(profit) < page.index('class="cards"') < page.index('class="chart"')
    assert page.index('class="chart"') < page.index("<table>")


def test_every_part_is_there(page: str) -> None:
    for title in ("Equity", "Prices, fills and positions", "Exposure", "By month", "Costs"):
        assert f"<h2>{title}</h2>" in page
    assert "IF2609.CFFEX" in page
    assert "the books agree to the last digit" in page


def test_texts_of_others_cannot_break_out(page: str) -> None:
    assert "Two &lt;averages&gt;" in page
    assert "Two <averages>" not in page
    assert '{"name": "\\u003c/script>"}' in page
    assert "</script" not in plotly_js()


def test_charts_are_data_that_a_program_can_read(page: str) -> None:
    found = re.findall(r'<script type="application/json" class="figure">(.*?)</script>', page)
    figures = [json.loads(each) for each in found]
    assert len(figures) == 3
    assert {trace["name"] for trace in figures[1]["data"]} == {"Price", "Buy", "Sell", "Position"}


def test_the_page_speaks_chinese(result: RunResult) -> None:
    page = own_part(render_page([result], ReportFacts(name="均线"), "zh"))
    assert '<html lang="zh-CN">' in page
    for title in ("权益", "价格、成交与持仓", "按月统计", "交易成本"):
        assert f"<h2>{title}</h2>" in page
    assert not re.search(r">(Profit|Equity|Buy|Sell|Fees)<", page)


def test_made_up_data_is_labelled_and_other_data_is_not(page: str, result: RunResult) -> None:
    made_up = own_part(render_page([result], ReportFacts(name="x", synthetic=True), "en"))
    assert "Synthetic data" in made_up
    assert "Synthetic data" not in page


def test_a_run_without_a_fill_has_a_page_too(empty: RunResult) -> None:
    page = own_part(render_page([empty], ReportFacts(name="x"), "en"))
    assert "No gain and no loss" in page
    assert "No fills: IF2609.CFFEX" in page
    assert "<h2>Costs</h2>" not in page


def test_several_accounts_begin_with_a_table_of_all(result: RunResult, empty: RunResult) -> None:
    page = own_part(render_page([result, empty], ReportFacts(name="x"), "en"))
    assert page.index("At a glance") < page.index("<h2 class='account'>")
    assert page.count("<h2 class='account'>") == 2


def test_a_page_is_the_same_each_time(result: RunResult) -> None:
    facts = ReportFacts(name="x")
    assert render_page([result], facts, "en") == render_page([result], facts, "en")


# ---- pieces


def test_of_too_many_fills_some_are_marked(result: RunResult) -> None:
    (instrument,) = result.instruments
    many = SimpleNamespace(fills=result.fills * 100, prices=result.prices)
    figure = price_figure(many, instrument, "UTC", Words("en"))  # type: ignore[arg-type]
    for marks in figure["data"][1:3]:  # type: ignore[index]
        assert len(marks["x"]) <= MOST_MARKS


def test_cells_are_escaped_and_toned() -> None:
    shown = table_html(["a", "b"], [["<b>", Cell("1", "gain")]])
    assert '<td class="text">&lt;b&gt;</td><td class="gain">1</td>' in shown
    assert embedded("x", b'"</script>"').count("</script>") == 1
