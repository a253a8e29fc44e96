"""The page of two results: which made more, every figure, and whether both are the same run."""

import re

import msgspec
import pytest

from anyvenue.report.compare_page import render_compare_page
from anyvenue.report.comparison import compare
from anyvenue.report.saved import Figures, Saved

A = Saved(
    "<slow>",
    "main",
    "CNY",
    {
        "CNY": Figures(
            paid_in="1000000", equity="1000100.00", profit="100.00", fees="12.50", total_return=0.0001,
            max_drawdown=0.02, sharpe=None, days=3, orders=8, fills=7, trades=3, win_rate=0.5, events=900,
        )
    },
    "same",
    "x",
)  # fmt: skip
BETTER = msgspec.structs.replace(A.summaries["CNY"], profit="350.00", fees="20.00")
B = msgspec.structs.replace(A, strategy="fast", summaries={"CNY": BETTER}, ledger_hash="y")


@pytest.fixture(scope="module")
def page() -> str:
    """Return the page of two results, the second with more profit."""
    return render_compare_page(compare(A, B), ("a.json", "b.html"), "en")


def test_it_says_first_which_made_more(page: str) -> None:
    assert "B made 250.00 CNY more than A." in page
    assert page.index("B made") < page.index("<table>")
    back = render_compare_page(compare(B, A), ("b", "a"), "en")
    assert "B made 250.00 CNY less than A." in back
    assert "Both made the same in CNY." in render_compare_page(compare(A, A), ("a", "a"), "en")


def test_more_profit_is_a_gain_and_more_fees_are_a_loss(page: str) -> None:
    assert '<td class="gain">+250.00</td>' in page
    assert '<td class="loss">+7.50</td>' in page


def test_a_figure_that_is_absent_is_a_dash(page: str) -> None:
    (line,) = re.findall(r"<tr><td[^>]*>Sharpe ratio</td>.*?</tr>", page)
    assert line.count(">–<") == 3


def test_hashes_tell_whether_it_is_the_same_run(page: str) -> None:
    assert "The audit hashes are equal" in page
    assert "The ledger hashes differ" in page


def test_it_loads_nothing_and_texts_of_others_cannot_break_out(page: str) -> None:
    assert not re.search(r"<script|https?://|url\(", page)
    assert "&lt;slow&gt;" in page
    assert "<slow>" not in page


def test_it_speaks_chinese() -> None:
    page = render_compare_page(compare(A, B), ("a", "b"), "zh")
    assert "B 比 A 多盈利 250.00 CNY。" in page
    assert not re.search(r">(Profit|Equity|Fees)<", page)
