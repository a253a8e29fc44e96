"""CTP's two classes in Python: a whole session, and everything that programs do at a bad moment."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anyvenue.ctp import mdapi, soptthosttraderapi, tdapi
from anyvenue.venues.ctp.counter.seam import Reason
from anyvenue.venues.ctp.door.server import DoorTerms
from ctp_doors import DAY, PATIENCE_S, Doors, served
from ctp_python import Md, Trader, filled, hearing

DEAD = "tcp://127.0.0.1:9"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "10")


@pytest.fixture
def doors() -> Iterator[Doors]:
    with served() as found:
        yield found


@pytest.fixture
def trader(tmp_path: Path) -> Iterator[Trader]:
    made = Trader(f"{tmp_path}/t_")
    yield made
    made.api.Release()


def insert(trader: Trader, price: float = 3500.0, ref: str = "1") -> int:
    return trader.ask(
        "ReqOrderInsert",
        "InputOrder",
        InstrumentID="rb2610",
        OrderRef=ref,
        Direction=tdapi.THOST_FTDC_D_Buy,
        LimitPrice=price,
        VolumeTotalOriginal=2,
    )


# ---- a session


def test_a_session_from_login_to_trade(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front, private=tdapi.THOST_TERT_QUICK)
    assert trader.api.GetTradingDay() == "19800100"
    login = trader.login()
    assert (login.SystemName, login.TradingDay) == ("模拟系统", str(DAY))
    assert trader.api.GetTradingDay() == str(DAY)
    assert insert(trader, 4000.0) == 0
    _, trade = trader.heard.until("OnRtnTrade")
    assert (trade.Price, trade.Volume, trade.OrderRef) == (4000.0, 2, "1")
    assert [call[1].OrderStatus for call in trader.heard.of("OnRtnOrder")] == ["a", "3", "0"]


def test_an_answer_has_struct_info_request_and_last(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front).login()
    _, login, info, number, last = trader.heard.until("OnRspUserLogin")
    assert (info.ErrorID, info.ErrorMsg, number, last) == (0, "正确", 1, True)
    assert type(last) is bool
    trader.ask("ReqQryInstrument", "QryInstrument")
    trader.heard.until("OnRspQryInstrument", 2)
    rows = trader.heard.of("OnRspQryInstrument")
    assert [(row[1].InstrumentID, row[4]) for row in rows] == [("rb2609", False), ("rb2610", True)]
    # What callbacks brought is still what it was.
    assert rows[0][1].InstrumentName == "螺纹钢"
    assert login.UserID == "alice"


def test_no_rows_are_one_call_with_nothing(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front).login()
    assert trader.ask("ReqQryOrder", "QryOrder") == 0
    assert trader.heard.until("OnRspQryOrder")[1:] == (None, None, 2, True)


def test_callbacks_come_on_a_thread_of_their_own(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front).login()
    assert trader.heard.threads == {"ctp-callbacks"}


def test_quotes_are_subscribed_by_str_or_bytes_in_any_sequence(doors: Doors) -> None:
    md = Md().begin(doors.front)
    assert md.api.SubscribeMarketData([b"rb2610"], 1) == 0
    assert md.api.SubscribeMarketData(("rb2609", "i2609"), 2) == 0
    assert md.api.SubscribeMarketData(["a", "b"], 1) == 0
    assert md.api.SubscribeMarketData([], 0) == 0
    md.heard.until("OnRspSubMarketData", 4)
    told = [call[1].InstrumentID for call in md.heard.of("OnRspSubMarketData")]
    assert told == ["rb2610", "rb2609", "i2609", "a"]
    doors.do(lambda: doors.counter.quote(LastPrice=3002.0))
    quote = md.heard.until("OnRtnDepthMarketData")[1]
    assert (quote.InstrumentID, quote.LastPrice) == ("rb2610", 3002.0)
    assert quote.ClosePrice == sys.float_info.max
    assert md.api.UnSubscribeMarketData(["rb2610"], 1) == 0
    md.heard.until("OnRspUnSubMarketData")
    md.api.Release()


def test_thousands_of_codes_are_subscribed_at_once(doors: Doors) -> None:
    md = Md().begin(doors.front)
    codes = [f"rb{number:05}" for number in range(9_000)]
    assert md.api.SubscribeMarketData(codes, len(codes)) == 0
    md.heard.until("OnRspSubMarketData", len(codes))
    md.api.Release()


def test_the_etf_option_api_speaks_to_the_same_counter(doors: Doors) -> None:
    trader = Trader(module=soptthosttraderapi).begin(doors.front)
    assert trader.login().SystemName == "模拟系统"
    trader.api.Release()


# ---- what programs do wrong


def test_api_objects_come_from_their_factory_only() -> None:
    with pytest.raises(AttributeError, match=r"CreateFtdcTraderApi.. makes one"):
        tdapi.CThostFtdcTraderApi()
    with pytest.raises(TypeError):
        tdapi.CThostFtdcTraderApi.CreateFtdcTraderApi("a", True, True)
    with pytest.raises(TypeError, match="needs a path, was 3"):
        tdapi.CThostFtdcTraderApi.CreateFtdcTraderApi(3)
    made = mdapi.CThostFtdcMdApi.CreateFtdcMdApi("flow/", False, False, bIsProductionMode=True)
    assert made.GetApiVersion() == "v6.7.11_anyvenue_ctp"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((None, 1), "ReqUserLogin needs a CThostFtdcReqUserLoginField, was None"),
        ((filled("QryOrder"), 1), "was a CThostFtdcQryOrderField"),
        ((filled("ReqUserLogin"), "1"), "needs a whole number, was '1'"),
        ((filled("ReqUserLogin"), None), "needs a whole number, was None"),
        ((filled("ReqUserLogin"),), "missing 1 required positional argument"),
    ],
)
def test_bad_arguments_are_python_errors(
    trader: Trader, arguments: tuple[Any, ...], said: str
) -> None:
    with pytest.raises(TypeError, match=said):
        trader.api.ReqUserLogin(*arguments)


def test_a_number_that_is_no_c_int_overflows(trader: Trader) -> None:
    with pytest.raises(OverflowError, match="needs a C int, was 1099511627776"):
        trader.api.ReqUserLogin(filled("ReqUserLogin"), 2**40)


def test_other_calls_check_their_arguments(trader: Trader) -> None:
    with pytest.raises(TypeError, match="derived from CThostFtdcTraderSpi, was 3"):
        trader.api.RegisterSpi(3)
    with pytest.raises(TypeError, match="the address of a front is a str or bytes, was None"):
        trader.api.RegisterFront(None)
    with pytest.raises(ValueError, match="it is written tcp://HOST:PORT"):
        trader.api.RegisterFront("tcp://nowhere")
    with pytest.raises(ValueError, match=r"RESUME, QUICK or NONE .0 to 3., was 9"):
        trader.api.SubscribePrivateTopic(9)
    with pytest.raises(TypeError, match="needs a whole number, was '0'"):
        trader.api.SubscribePrivateTopic("0")
    with pytest.raises(TypeError, match="GetFrontInfo needs a CThostFtdcFrontInfoField, was None"):
        trader.api.GetFrontInfo(None)


@pytest.mark.parametrize(
    ("codes", "error", "said"),
    [
        ("rb2610", TypeError, "needs a list of codes, was 'rb2610'"),
        ([1], TypeError, "a code is a str or bytes, was 1"),
        (None, TypeError, "needs a list of codes, was None"),
        (["rb2610"], ValueError, "was told to take 2 codes of 1"),
    ],
)
def test_a_bad_list_of_codes_is_a_python_error(
    codes: object, error: type[Exception], said: str
) -> None:
    api = mdapi.CThostFtdcMdApi.CreateFtdcMdApi()
    with pytest.raises(error, match=said):
        api.SubscribeMarketData(codes, 2)


def test_what_a_callback_raises_is_printed_and_the_next_one_comes(
    doors: Doors, trader: Trader, capsys: pytest.CaptureFixture[str]
) -> None:
    class Bad(tdapi.CThostFtdcTraderSpi):  # type: ignore[misc]
        def OnFrontConnected(self) -> None:  # noqa: N802
            raise ArithmeticError("the program has a fault")

        def OnRspUserLogin(self, too_few: object) -> None:  # noqa: N802
            pass

        def OnRspQryOrder(self, *values: object) -> None:  # noqa: N802
            told.set()
            sys.exit(3)

    told = threading.Event()
    trader.api.RegisterSpi(Bad())
    trader.begin(doors.front)
    doors.until(lambda: bool(doors.counter.sessions))
    doors.until(lambda: trader.ask("ReqUserLogin") == 0)
    doors.until(lambda: trader.ask("ReqQryOrder", "QryOrder") == 0)
    assert told.wait(PATIENCE_S)
    trader.api.RegisterSpi(trader.spi)
    assert insert(trader) == 0
    doors.do(lambda: None)
    trader.api.Release()
    said = capsys.readouterr().err
    assert "ArithmeticError: the program has a fault" in said
    assert "TypeError" in said
    assert "SystemExit: 3" in said


def test_an_spi_need_not_call_the_base_classes_constructor(doors: Doors, trader: Trader) -> None:
    class Own(tdapi.CThostFtdcTraderSpi):  # type: ignore[misc]
        def __init__(self) -> None:
            self.connected = threading.Event()

        def OnFrontConnected(self) -> None:  # noqa: N802
            self.connected.set()

    spi = Own()
    trader.api.RegisterSpi(spi)
    trader.begin(doors.front)
    assert spi.connected.wait(PATIENCE_S)
    spi.OnFrontDisconnected(0x1001)


# ---- return codes and the connection


def test_a_dead_port_is_silence_and_requests_are_refused(trader: Trader) -> None:
    assert trader.ask("ReqUserLogin") == -1
    trader.begin(DEAD)
    assert trader.ask("ReqQryOrder", "QryOrder") == -1
    assert trader.api.RegisterUserSystemInfo(filled("UserSystemInfo")) == -1
    trader.api.Release()
    assert trader.heard.calls == []


def test_one_query_is_in_flight(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front).login()
    doors.counter.codes = [-3] * 50
    assert trader.ask("ReqQryOrder", "QryOrder") == 0
    assert trader.ask("ReqQryTrade", "QryTrade") == -2
    assert insert(trader) == 0
    doors.do(doors.counter.codes.clear)
    trader.heard.until("OnRspQryOrder")
    assert trader.ask("ReqQryTrade", "QryTrade") == 0


def test_queries_are_paced_by_the_second() -> None:
    with served(DoorTerms(queries_per_second=2, queries_in_flight=1)) as doors:
        trader = Trader().begin(doors.front)
        trader.login()
        codes: list[int] = []
        while -3 not in codes:
            codes.append(trader.ask("ReqQryOrder", "QryOrder"))
            trader.heard.until("OnRspQryOrder", codes.count(0))
        assert {*codes} == {0, -3}
        trader.api.Release()


def test_a_query_that_fails_lets_the_next_one_through(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front).login()
    assert trader.ask("ReqQryNotice", "QryNotice") == 0
    assert trader.heard.until("OnRspError")[1].ErrorID == 5002
    assert trader.ask("ReqQryOrder", "QryOrder") == 0


def test_of_several_fronts_the_living_one_is_found_and_told(doors: Doors, trader: Trader) -> None:
    trader.begin(DEAD, doors.front).login()
    info = filled("FrontInfo")
    trader.api.GetFrontInfo(info)
    assert (info.FrontAddr, info.QryFreq, info.FTDPkgFreq) == (doors.front, 0, 2_147_483_647)


def test_a_name_servers_address_is_taken_for_a_fronts(doors: Doors, trader: Trader) -> None:
    trader.api.RegisterNameServer(doors.front.encode())
    trader.begin().login()


def test_a_lost_connection_is_told_and_made_again(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front).login()
    doors.stop()
    assert trader.heard.until("OnFrontDisconnected")[1] == Reason.READ
    assert insert(trader) == -1
    doors.start()
    trader.login(2)
    assert insert(trader) == 0


def test_a_logout_ends_the_connection_and_begins_another(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front).login()
    assert trader.ask("ReqUserLogout", "UserLogout") == 0
    trader.heard.until("OnRspUserLogout")
    trader.heard.until("OnFrontDisconnected")
    trader.login(2)


def test_resume_goes_on_where_it_ended_in_another_run_too(doors: Doors, tmp_path: Path) -> None:
    first = Trader(f"{tmp_path}/new/t_").begin(doors.front, private=tdapi.THOST_TERT_RESUME)
    first.login()
    insert(first)
    first.heard.until("OnRtnOrder", 2)
    doors.stop()
    first.heard.until("OnFrontDisconnected")
    first.api.Release()
    doors.start()
    doors.do(
        lambda: doors.counter.insert({"OrderRef": "7", "VolumeTotalOriginal": 1, "LimitPrice": 1.0})
    )
    again = Trader(f"{tmp_path}/new/t_").begin(doors.front, private=tdapi.THOST_TERT_RESUME)
    again.login()
    again.heard.until("OnRtnOrder", 2)
    assert [call[1].OrderRef for call in again.heard.of("OnRtnOrder")] == ["7", "7"]
    again.api.Release()
    whole = Trader(f"{tmp_path}/r_").begin(doors.front, private=tdapi.THOST_TERT_RESTART)
    whole.login()
    whole.heard.until("OnRtnOrder", 4)
    whole.api.Release()


def test_a_silent_port_is_not_taken_for_a_front(trader: Trader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        trader.begin(f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        connection, _ = silent.accept()
        assert connection.recv(100)
        assert trader.ask("ReqUserLogin") == -1
        connection.close()
        again, _ = silent.accept()
        again.close()
        trader.api.Release()
    assert trader.heard.calls == []


def test_a_front_that_turns_the_program_away_says_why_once(
    trader: Trader, capsys: pytest.CaptureFixture[str]
) -> None:
    from anyvenue.venues.ctp.door.greeting import Side

    with served(DoorTerms(side=Side.MD)) as doors:
        trader.begin(doors.front)
        doors.until(lambda: len(doors.notes) >= 3)
        trader.api.Release()
    assert capsys.readouterr().err.count("this address serves the MD API only") == 1


# ---- the end


def test_release_ends_a_join_and_may_be_called_twice(doors: Doors, trader: Trader) -> None:
    trader.begin(doors.front).login()
    codes: list[int] = []
    joining = threading.Thread(target=lambda: codes.append(trader.api.Join()))
    joining.start()
    trader.api.Release()
    joining.join(PATIENCE_S)
    trader.api.Release()
    assert codes == [0]
    assert trader.ask("ReqUserLogin") == -1


def test_release_within_a_callback_is_the_last_one(doors: Doors) -> None:
    trader = Trader()
    spi: Any = hearing(tdapi.CThostFtdcTraderSpi)
    type(spi).OnFrontConnected = lambda self: (self.heard.note("first"), trader.api.Release())
    trader.api.RegisterSpi(spi)
    trader.begin(doors.front)
    assert trader.api.Join() == 0
    doors.until(lambda: not doors.counter.sessions)
    assert spi.heard.calls == [("first",)]


def test_a_callback_that_blocks_loses_nothing(doors: Doors, tmp_path: Path) -> None:
    terms = DoorTerms(heartbeat_s=0.06, queries_per_second=0)
    with served(terms) as quick:
        trader = Trader().begin(quick.front, private=tdapi.THOST_TERT_RESTART)
        trader.login()
        blocked, go_on = threading.Event(), threading.Event()
        spi: Any = hearing(tdapi.CThostFtdcTraderSpi)
        spi.heard = trader.heard

        def wait(self: Any, *values: Any) -> None:
            blocked.set()
            assert go_on.wait(PATIENCE_S)
            self.heard.note("OnRtnOrder", *values)

        type(spi).OnRtnOrder = wait
        trader.api.RegisterSpi(spi)
        insert(trader)
        assert blocked.wait(PATIENCE_S)
        # Heartbeats keep the connection meanwhile: several rounds of them pass.
        [session] = quick.counter.sessions
        beats: list[bool] = []

        def seen() -> bool:
            connection: Any = session.door
            beats.append(connection.heard)
            return len(beats) > 150

        quick.until(seen)
        go_on.set()
        trader.heard.until("OnRtnOrder", 2)
        assert trader.heard.of("OnFrontDisconnected") == []
        trader.api.Release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_its_parents_connection_alone() -> None:
    # In a process of its own: a fork of the test run would take its threads' locks along.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(Path(__file__).with_name("ctp_python_forks.py"))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["-1", "child", "0", "parent"]), (
        done.stderr
    )


def test_importing_is_cheap() -> None:
    heavy = (
        "asyncio uvloop typer rich anyvenue.engine anyvenue.sim anyvenue.venues.ctp.counter.counter"
    )
    code = f"import sys; from anyvenue.ctp import tdapi, mdapi; print({heavy.split()} & sys.modules.keys())"
    code = code.replace("[", "{").replace("]", "}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
