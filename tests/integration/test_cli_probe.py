"""``anyvenue probe``: what a user is told of a venue that works, and of each layer that does not."""

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import backpack_served
import okx_served
from anyvenue.app.main import app
from anyvenue.model.ids import InstrumentId
from anyvenue.venues.serving.keys import Key
from binance_served import KEY, READER, SPOT, Booth, booth
from cli_home import enter_empty_home
from ctp_served import served_counter
from served_thread import Threaded, threaded
from wire_served import Stall

CERTIFICATES = Path(__file__).parents[1] / "certificates"
Call = Callable[..., Result]


@pytest.fixture(scope="module")
def served() -> Iterator[Threaded[Booth]]:
    with threaded(booth()) as found:
        found.do(lambda stall: stall.make_market(SPOT))
        yield found


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command in an empty folder; `config` is written there."""
    enter_empty_home(tmp_path, monkeypatch)
    for name in ("KEY", "SECRET"):
        monkeypatch.setenv(name, getattr(KEY, "api_key" if name == "KEY" else "secret"))

    def run(*words: str, config: str = "", lang: str = "en") -> Result:
        if config:
            Path("anyvenue.toml").write_text(config, encoding="utf-8")
        environ = {"COLUMNS": "250", "NO_COLOR": "1"}
        return CliRunner().invoke(app, ["--lang", lang, "probe", *words], env=environ)

    return run


def account(served: Threaded[Booth], market: str = "spot") -> str:
    path = "ws-api/v3" if market == "spot" else "ws-fapi/v1"
    own = {"market": market, "api_url": f"{served.stream_url}/{path}"}
    return account_at(served, "binance", market, own)


def account_at(
    served: Threaded[Any], venue: str, name: str, own: dict[str, str] | None = None
) -> str:
    """Return an account of the configuration that trades at a served exchange."""
    lines = {"venue": venue, "rest_url": served.rest_url, "stream_url": served.stream_url}
    secrets = {"api_key": "KEY", "secret": "SECRET"}
    if venue == "okx":
        secrets["passphrase"] = "WORDS"
    return "\n".join(
        [
            f"[accounts.{name}]",
            *(f'{key} = "{value}"' for key, value in (lines | (own or {})).items()),
            *(f'{key} = {{ env = "{value}" }}' for key, value in secrets.items()),
        ]
    )


def steps(ended: Result) -> list[tuple[str, str, str]]:
    [found] = json.loads(ended.stdout)
    return [(each["side"], each["step"], each["state"]) for each in found["steps"]]


def working(stall: Stall) -> list[str]:
    done = ("filled", "cancelled", "rejected", "expired")
    return [str(each) for each in stall.exchange.orders(KEY.account) if each.state not in done]


def test_a_venue_that_works_without_an_account(call: Call, served: Threaded[Booth]) -> None:
    ended = call("binance", "--set", "market=spot", *served.settings, "--json")
    assert ended.exit_code == 0, ended.output
    assert steps(ended) == [
        ("rest", "connection", "good"),
        ("rest", "http", "good"),
        ("rest", "clock", "good"),
        ("stream", "socket", "good"),
        ("venue", "driver", "good"),
    ]


def test_both_markets_are_tried_where_nobody_says_which(
    call: Call, served: Threaded[Booth]
) -> None:
    ended = call("binance", *served.settings)
    assert ended.exit_code == 0, ended.output
    assert "binance market=spot" in ended.stdout
    assert "binance market=usdm" in ended.stdout


@pytest.mark.parametrize("market", ["spot", "usdm"])
def test_an_account_with_its_key(call: Call, served: Threaded[Booth], market: str) -> None:
    ended = call("--account", market, "--json", config=account(served, market))
    assert ended.exit_code == 0, ended.output
    assert steps(ended)[3:] == [
        ("stream", "socket", "good"),
        ("api", "socket", "good"),
        ("account", "key", "good"),
        ("account", "trading", "good"),
        ("account", "withdrawal", "good"),
        ("account", "bound", "good"),
        ("account", "driver", "good"),
    ]


def test_a_key_for_reading_is_told_from_one_for_trading(
    call: Call, served: Threaded[Booth], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", READER.api_key)
    monkeypatch.setenv("SECRET", READER.secret)
    ended = call(lang="zh", config=account(served))
    assert "账户: 交易权限" in ended.stdout
    assert "注意" in ended.stdout
    assert "该密钥没有此处的交易权限" in ended.stdout


def test_a_wrong_secret_is_named_and_never_shown(
    call: Call, served: Threaded[Booth], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "not-the-secret")
    ended = call(config=account(served))
    assert ended.exit_code == 1
    assert "account: key" in ended.stdout
    assert "-1022" in ended.stdout
    assert "advice: check key and secret" in ended.stdout
    assert "not-the-secret" not in ended.output
    assert "driver" not in ended.stdout


def test_an_account_without_its_secret_does_not_keep_the_others_from_being_tried(
    call: Call, served: Threaded[Booth]
) -> None:
    broken = account(served, "usdm").replace('"SECRET"', '"NOT_SET"')
    ended = call("--json", config=f"{broken}\n{account(served)}\n")
    first, second = json.loads(ended.stdout)
    assert ended.exit_code == 1
    assert (first["name"], first["good"]) == ("usdm", False)
    assert "NOT_SET is not set" in first["steps"][0]["error"]
    assert (second["name"], second["good"]) == ("spot", True)


def test_a_test_order_is_confirmed_and_gone(call: Call, served: Threaded[Booth]) -> None:
    ended = call("--account", "spot", "--test-order", config=account(served))
    assert ended.exit_code == 0, ended.output
    assert "BTC-USDT.BINANCE at 75996: confirmed in" in ended.stdout
    assert "nothing left" in ended.stdout
    assert served.do(working) == []
    [order] = [
        each
        for each in served.do(lambda stall: stall.exchange.orders(KEY.account))
        if each.request.post_only
    ]
    assert (order.state, order.filled) == ("cancelled", 0)


def test_a_test_order_in_a_live_account_is_asked_about(call: Call, served: Threaded[Booth]) -> None:
    live = account(served).replace("127.0.0.1", f"{'x' * 64}.invalid")
    ended = call("--account", "spot", "--test-order", config=live)
    assert ended.exit_code == 1
    assert "nobody can be asked here: give --yes" in ended.stderr
    sure = call("--account", "spot", "--test-order", "--yes")
    assert "REST: name (DNS)" in sure.stdout
    assert "test order" not in sure.stdout


def test_an_instrument_that_is_not_there(call: Call, served: Threaded[Booth]) -> None:
    ended = call(
        "--account", "spot", "--test-order", "-i", "NOTACOIN", "--json", config=account(served)
    )
    assert ended.exit_code == 1
    assert steps(ended)[-1] == ("account", "order", "failed")


def test_a_port_at_which_nobody_listens(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    url = (
        "--set",
        f"rest_url=http://127.0.0.1:{port}",
        "--set",
        f"stream_url=ws://127.0.0.1:{port}",
    )
    ended = call("binance", "--set", "market=spot", *url, lang="zh")
    assert ended.exit_code == 1
    assert f"无法连接 127.0.0.1:{port}" in ended.stdout
    assert "该地址无人监听" in ended.stdout


def test_a_clock_that_is_wrong_is_a_fault_and_no_reason_to_stop(call: Call) -> None:
    with threaded(booth(ahead_ms=8_000)) as served:
        ended = call("--account", "spot", "--json", config=account(served))
        [found] = json.loads(ended.stdout)
    assert ended.exit_code == 1
    assert ("rest", "clock", "failed") in steps(ended)
    assert steps(ended)[-1] == ("account", "driver", "good")
    [clock] = [each for each in found["steps"] if each["step"] == "clock"]
    assert 7_000 < int(clock["found"].split()[0].replace(",", "")) < 9_000
    assert "NTP" in clock["advice"]


def test_certificates(call: Call) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATES / "loopback.pem", CERTIFICATES / "loopback.key")
    with threaded(booth(tls=tls), tls=True) as served:
        words = ["binance", "--set", "market=spot", *served.settings]
        ended = call(*words)
        assert ended.exit_code == 1
        assert "the certificate of 127.0.0.1 is not believed" in ended.stdout
        assert "SSL_CERT_FILE" in ended.stdout
        # Where its authority is believed all is well.
        environ = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SSL_CERT_FILE": str(CERTIFICATES / "loopback.pem"),
        }
        line = [sys.executable, "-m", "anyvenue", "probe", *words, "--json"]
        good = subprocess.run(line, capture_output=True, text=True, env=environ, timeout=90)
    assert good.returncode == 0, good.stdout + good.stderr
    found = {each["step"]: each for each in json.loads(good.stdout)[0]["steps"]}
    assert "TLSv1." in found["encryption"]["found"]
    assert found["socket"]["good"]


OTHERS: dict[str, tuple[Callable[[], AbstractAsyncContextManager[Stall]], Key, InstrumentId, int]]
OTHERS = {
    "okx": (okx_served.booth, okx_served.KEY, okx_served.SPOT, 95_000),
    "backpack": (backpack_served.booth, backpack_served.KEY, backpack_served.SPOT, 150),
}


@pytest.mark.parametrize("venue", OTHERS)
def test_other_venues_go_the_same_way(
    call: Call, venue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, key, instrument, price = OTHERS[venue]
    monkeypatch.setenv("KEY", key.api_key)
    monkeypatch.setenv("SECRET", key.secret)
    monkeypatch.setenv("WORDS", key.passphrase)
    with threaded(make()) as served:
        served.do(lambda stall: stall.make_market(instrument, price))
        words = ["--account", "main", "--test-order", "-i", instrument, "--json"]
        ended = call(*words, config=account_at(served, venue, "main"))
        assert served.do(working) == []
    assert ended.exit_code == 0, ended.output
    assert ("account", "key", "good") in steps(ended)
    assert steps(ended)[-2:] == [("account", "driver", "good"), ("account", "order", "good")]


@pytest.mark.parametrize("venue", OTHERS)
def test_other_venues_need_no_account(call: Call, venue: str) -> None:
    with threaded(OTHERS[venue][0]()) as served:
        ended = call(venue, *served.settings, "--json")
    assert ended.exit_code == 0, ended.output
    assert steps(ended)[-1] == ("venue", "driver", "good")


def test_a_ctp_account_goes_by_the_same_table(call: Call) -> None:
    with served_counter() as counter:
        config = "\n".join(
            [
                "[accounts.alice]",
                'venue = "ctp"',
                'library = "anyvenue"',
                f'trade_front = "{counter.front}"',
                'broker = "9999"',
                'user = "alice"',
                'password = { env = "SECRET" }',
            ]
        )
        ended = call("--account", "alice", "--json", config=config)
        order = call("--account", "alice", "--test-order")
    assert ("trader", "handshake", "good") in steps(ended)
    assert ("trader", "login", "failed") in steps(ended)
    assert ended.exit_code == 1
    assert "anyvenue ctp shell" in order.stderr


def test_what_cannot_be_done_is_said(call: Call) -> None:
    nothing = call()
    assert nothing.exit_code == 1
    assert "there are no accounts to probe: name a venue (paper, ctp, binance" in nothing.stderr
    assert "name the account it is for with --account" in call("binance", "--test-order").stderr
    assert "there is no venue 'binanse'" in call("binanse").stderr
