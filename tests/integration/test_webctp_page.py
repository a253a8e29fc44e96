"""The page that trades, in a real browser: it logs in, subscribes, orders, sees the fill; on a desk and on a phone."""

import base64
import json
import os
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from browser import Browser, browser, chromium
from webctp_programs import served_program

PROGRAM = chromium()
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.timeout(300),
]
DESK, PHONE = 1280, 390
PICTURES = os.environ.get("ANYVENUE_PICTURES", "")

_UNTIL = """
new Promise((done, fail) => {
  const end = performance.now() + 20000;
  const look = () => {
    if (%s) done(true);
    else if (performance.now() > end) fail(new Error(document.body.innerText.slice(0, 500)));
    else setTimeout(look, 20);
  };
  look();
})
"""


class Desk:
    """The page in a tab, used as a person does."""

    def __init__(self, tab: Browser, address: str, width: int, language: str) -> None:
        self.tab = tab
        tab.events.clear()
        tab.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        tab.call("Page.navigate", url=address.replace("ws:", "http:"))
        tab.wait_for("Page.loadEventFired")
        tab.ask(f"localStorage.setItem('language', {json.dumps(language)})")
        tab.events.clear()
        tab.call("Page.reload")
        tab.wait_for("Page.loadEventFired")

    def put(self, field: str, value: str) -> None:
        self.tab.ask(f"document.getElementById('{field}').value = {json.dumps(value)}")

    def press(self, selector: str) -> None:
        self.tab.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def until(self, condition: str) -> None:
        assert self.tab.ask(_UNTIL % condition) is True, self.text("body")

    def text(self, selector: str) -> str:
        return str(self.tab.ask(f"document.querySelector({json.dumps(selector)}).innerText"))

    def log_in(self, user: str, password: str) -> None:
        self.put("user", user)
        self.put("password", password)
        self.press("#login-form button")

    def picture(self, name: str) -> None:
        if PICTURES:
            shot = self.tab.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
            Path(PICTURES, f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served_program("--user", "locked:right") as found:
        yield found


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    with browser(PROGRAM, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize(
    ("language", "filled", "cancelled"),
    [("en", "Filled", "Cancelled"), ("zh", "全部成交", "已撤单")],
)
def test_a_browser_logs_in_subscribes_orders_and_sees_the_fill(
    tab: Browser, address: str, width: int, language: str, filled: str, cancelled: str
) -> None:
    desk = Desk(tab, address, width, language)
    desk.picture(f"login-{language}-{width}")
    desk.log_in(f"page-{language}-{width}", "secret")
    desk.until("!document.getElementById('desk').hidden")

    desk.put("code", "rb2701, ag2612")
    desk.press("#watch button")
    desk.until(
        "[...document.querySelectorAll('#quotes tbody tr')].every(r => r.cells[1].innerText > '0')"
    )
    assert tab.ask("document.querySelectorAll('#quotes tbody tr').length") == 2

    # An order far below rests and is cancelled; one above is asked about first and fills.
    tab.ask("document.getElementById('t-ask').checked = false")
    desk.put("t-price", "3300")
    desk.press("button.buy")
    desk.until("document.querySelector('#orders td button')")
    desk.press("#orders td button")
    desk.until(f"document.getElementById('orders').innerText.includes('{cancelled}')")
    tab.ask("document.getElementById('t-ask').checked = true")
    desk.put("t-price", "3600")
    desk.press("button.buy")
    assert "rb2701" in desk.text("#sure-text")
    desk.press("#sure button[value=yes]")
    desk.until(f"document.getElementById('orders').innerText.includes('{filled}')")
    desk.until("document.getElementById('trades').innerText.includes('rb2701')")
    desk.until("document.getElementById('positions').innerText.includes('rb2701')")
    desk.until("/[1-9]/.test(document.querySelector('#money b').innerText)")
    tab.ask("scrollTo(0, 0)")
    desk.picture(f"desk-{language}-{width}")

    assert tab.ask("document.documentElement.scrollWidth") == width
    complaints = [
        event
        for event in tab.events
        if event.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded")
    ]
    assert complaints == []


def test_a_wrong_password_and_a_bad_price_are_said_on_the_page(tab: Browser, address: str) -> None:
    desk = Desk(tab, address, DESK, "en")
    desk.log_in("locked", "wrong")
    desk.until("document.getElementById('state').innerText.includes('(3)')")
    assert desk.text("#state").startswith("Refused")
    desk.log_in("locked", "right")
    desk.until("!document.getElementById('desk').hidden")
    desk.put("t-code", "rb2701")
    desk.put("t-price", "many")
    desk.press("button.sell")
    assert "must be numbers" in desk.text("#log")
    desk.put("code", "<b>nix99</b>")
    desk.press("#watch button")
    desk.until("document.getElementById('log').innerText.includes('RspSubMarketData')")
    # What the counter says is shown as text, whatever is in it.
    assert tab.ask("document.querySelectorAll('#desk table b').length") == 0


def test_a_lost_connection_is_said_and_the_page_comes_back(tab: Browser) -> None:
    with served_program() as address:
        desk = Desk(tab, address, DESK, "en")
        desk.log_in("alice", "secret")
        desk.until("!document.getElementById('desk').hidden")
    desk.until("document.getElementById('state').className === 'bad'")
    assert "lost" in desk.text("#state")
    assert tab.ask("document.getElementById('login').hidden") is False


def test_with_tokens_the_page_is_for_all_and_the_figures_are_not(
    tab: Browser, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text('[tokens.desk]\ntoken = "long-enough"\n')
    with served_program("--tokens", str(tokens)) as address:
        site = address.replace("ws:", "http:")
        assert status_of(f"{site}schema/ReqOrderInsert.json") == HTTPStatus.OK
        assert status_of(f"{site}metrics") == HTTPStatus.FORBIDDEN
        assert status_of(f"{site}metrics?token=long-enough") == HTTPStatus.OK
        desk = Desk(tab, address, DESK, "en")
        desk.log_in("alice", "secret")
        desk.until("document.getElementById('state').className === 'bad'")
        desk.put("token", "long-enough")
        desk.log_in("alice", "secret")
        desk.until("!document.getElementById('desk').hidden")


def status_of(url: str) -> int:
    try:
        with urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
