"""Pages as a browser shows them, on a desk and on a phone: nothing sticks out, every chart is drawn, no complaint."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyvenue.engine.optimise.result import OptimiseResult
from anyvenue.engine.results import RunResult
from anyvenue.report.page import ReportFacts, render_page
from anyvenue.report.search_page import render_search_page
from browser import Browser, browser, chromium

PROGRAM = chromium()
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.timeout(300),
]
DESK, PHONE = 1280, 390
QUESTIONS = {
    "width": "document.documentElement.scrollWidth",
    "charts": "document.querySelectorAll('.chart').length",
    "drawn": "document.querySelectorAll('.chart .main-svg:first-child').length",
    "empty": "[...document.querySelectorAll('div.figure')].filter(e => !e.textContent.trim()).length",
}


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Run one browser for all pages."""
    assert PROGRAM is not None
    with browser(PROGRAM, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(params=["en", "zh"])
def lang(request: pytest.FixtureRequest) -> str:
    """Return either language."""
    chosen: str = request.param
    return chosen


def colours(png: bytes) -> int:
    """Return how many different lines of pixels a picture has: a blank page has one."""
    at, data = 8, b""
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        at += 12 + size
    width, _, _, kind = struct.unpack(">IIBB", png[16:26])
    line = 1 + width * {2: 3, 6: 4}[kind]
    raw = zlib.decompress(data)
    return len({raw[start : start + line] for start in range(0, len(raw), line)})


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_run_s_page_is_drawn_and_nothing_is_wider_than_the_screen(
    tab: Browser, result: RunResult, empty: RunResult, tmp_path: Path, lang: str, width: int
) -> None:
    page = tmp_path / "run.html"
    facts = ReportFacts(name="均线", synthetic=True, notes=["times are Beijing time"])
    page.write_text(render_page([result, empty], facts, lang), encoding="utf-8")
    shown = tab.show(page, width, QUESTIONS)
    assert shown.complaints == []
    assert shown.answers["width"] == width
    assert shown.answers["drawn"] == shown.answers["charts"] > 3
    assert shown.answers["empty"] == 0
    assert colours(shown.png) > 200


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("name", ["search", "walked"])
def test_a_search_s_page_is_drawn_and_nothing_is_wider_than_the_screen(
    tab: Browser,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    lang: str,
    name: str,
    width: int,
) -> None:
    search: OptimiseResult = request.getfixturevalue(name)
    page = tmp_path / "search.html"
    page.write_text(
        render_search_page(search, ReportFacts(name="均线"), [], lang), encoding="utf-8"
    )
    shown = tab.show(page, width, QUESTIONS)
    assert shown.complaints == []
    assert shown.answers["width"] == width
    assert shown.answers["empty"] == 0
    assert colours(shown.png) > 50


def test_what_a_page_should_not_do_is_heard(tab: Browser, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text("<!doctype html><script>throw new Error('seen')</script>")
    shown = tab.show(page, PHONE, QUESTIONS)
    assert any("seen" in each for each in shown.complaints)
    assert colours(shown.png) <= 2
