"""The generated library inside a program: sessions, streams, and everything a program may do to it at a bad moment."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from anyvenue.venues.ctp.counter.seam import Reason, Resume
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.door.server import DoorTerms
from anyvenue.venues.ctp.library.build import build_libraries
from ctp_doors import DAY, PATIENCE_S, Called, Doors, Program, served

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed"),
]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[Side, Path]:
    folder = tmp_path_factory.mktemp("libraries")
    return {built.side: built.path for built in build_libraries("ctp", "6.7.11", folder)}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "20")


@pytest.fixture
def doors() -> Iterator[Doors]:
    with served() as doors:
        yield doors


@pytest.fixture
def trader(libraries: dict[Side, Path], tmp_path: Path) -> Iterator[Program]:
    program = Program(libraries[Side.TRADER], "trader", f"{tmp_path}/flow/t_")
    yield program
    program.release()


@pytest.fixture
def md(libraries: dict[Side, Path], tmp_path: Path) -> Iterator[Program]:
    program = Program(libraries[Side.MD], "md", f"{tmp_path}/flow/m_")
    yield program
    program.release()


def order(program: Program, ref: int, price: float = 3000.0) -> int:
    return program.request(
        "ReqOrderInsert",
        "InputOrder",
        ref,
        InstrumentID="rb2610",
        OrderRef=ref,
        LimitPrice=price,
        VolumeTotalOriginal=1,
    )


def refs(program: Program) -> list[str]:
    rows = [each for each in program.of("OnRtnOrder") if program.read(each, "OrderStatus") == "3"]
    return [program.read(each, "OrderRef") for each in rows]


def test_a_session_from_login_to_trade(doors: Doors, trader: Program) -> None:
    trader.start(doors.front, private=Resume.RESTART)
    login = trader.login()
    assert trader.read(login, "SystemName") == "模拟系统"
    assert login.error == 0
    assert trader.trading_day() == b"20260504"
    assert order(trader, 1, 4000.0) == 0
    trade = trader.until("OnRtnTrade")
    assert trader.read(trade, "Price") == "4000"
    statuses = [trader.read(each, "OrderStatus") for each in trader.of("OnRtnOrder")]
    assert statuses == ["a", "3", "0"]


def test_one_query_is_in_flight_and_its_last_row_lets_the_next_one_through(
    doors: Doors, trader: Program
) -> None:
    asked: list[int] = []

    def again(called: Called) -> None:
        if called.callback == "OnRspQryInstrument" and called.is_last and called.number == 1:
            asked.append(trader.request("ReqQryInstrument", request_id=3))

    trader.on_called = again
    trader.start(doors.front)
    trader.login()
    doors.counter.codes = [-3]  # the first one is answered a little later
    assert [trader.request("ReqQryInstrument", request_id=n) for n in (1, 2)] == [0, -2]
    trader.until("OnRspQryInstrument", 4)
    assert asked == [0]
    rows = [each for each in trader.of("OnRspQryInstrument") if each.number == 1]
    assert [each.is_last for each in rows] == [False, True]
    assert trader.read(rows[0], "InstrumentName") == "螺纹钢"


def test_queries_are_paced_by_the_second(libraries: dict[Side, Path]) -> None:
    with served(DoorTerms(queries_per_second=1, queries_in_flight=1)) as doors:
        program = Program(libraries[Side.TRADER], "trader")
        program.start(doors.front)
        program.login()
        assert program.request("ReqQryTrade", request_id=1) == 0
        program.until("OnRspQryTrade")
        assert program.request("ReqQryTrade", request_id=2) == -3
        program.release()


def test_a_dead_port_is_silence_and_requests_are_refused(trader: Program) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        trader.start(f"tcp://127.0.0.1:{unused.getsockname()[1]}")
        assert trader.request("ReqUserLogin", "ReqUserLogin", 1) == -1
        assert trader.trading_day() == b"19800100"
        trader.release()
    assert not trader.seen


def test_a_silent_port_is_not_taken_for_a_front(trader: Program) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(PATIENCE_S)
        trader.start(f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        connection, _ = silent.accept()
        with connection:
            connection.settimeout(PATIENCE_S)
            assert b"anyv-ctp" in connection.recv(1024)
            assert trader.request("ReqUserLogin", "ReqUserLogin", 1) == -1
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9)
            again, _ = silent.accept()
            again.close()
        assert not trader.seen


def test_of_several_fronts_the_living_one_is_found(doors: Doors, trader: Program) -> None:
    trader.start("tcp://127.0.0.1:1", "ssl://127.0.0.1:2", "nonsense", doors.front)
    trader.until("OnFrontConnected")


def test_resume_goes_on_exactly_where_it_was_when_the_server_is_killed(
    doors: Doors, trader: Program
) -> None:
    trader.start(doors.front, private=Resume.RESUME)
    trader.login()
    for ref in range(1, 11):
        order(trader, ref)
    trader.until("OnRtnOrder", 20)
    doors.stop()
    lost = trader.until("OnFrontDisconnected")
    assert lost.number == Reason.READ
    assert order(trader, 99) == -1
    for ref in range(11, 16):
        doors.counter.insert({"OrderRef": str(ref), "LimitPrice": 1.0, "VolumeTotalOriginal": 1})
    doors.start()
    trader.login(2)
    trader.until("OnRtnOrder", 30)
    order(trader, 16)
    trader.until("OnRtnOrder", 32)
    assert refs(trader) == [str(n) for n in range(1, 17)]


def test_resume_goes_on_in_the_next_run_of_the_program(
    doors: Doors, libraries: dict[Side, Path], tmp_path: Path
) -> None:
    seen: list[str] = []
    for run in range(3):
        program = Program(libraries[Side.TRADER], "trader", f"{tmp_path}/deep/er/t_")
        program.start(doors.front, private=Resume.RESUME)
        program.login()
        order(program, run)
        program.until("OnRtnOrder", 2)
        program.release()
        seen += refs(program)
        assert refs(program) == [str(run)]
    assert (tmp_path / "deep/er/t_Private.con").read_text() == f"anyvenue {DAY} 0000000006\n"


def test_what_a_program_was_not_told_before_it_left_is_told_to_the_next_one(
    doors: Doors, libraries: dict[Side, Path], tmp_path: Path
) -> None:
    for ref in range(20):
        doors.counter.insert({"OrderRef": str(ref), "LimitPrice": 1.0, "VolumeTotalOriginal": 1})
    first = Program(libraries[Side.TRADER], "trader", f"{tmp_path}/t_")
    first.on_called = lambda _: first.release() if len(first.of("OnRtnOrder")) == 3 else None
    first.start(doors.front, private=Resume.RESUME)
    first.login()
    assert first.join() == 0
    again = Program(libraries[Side.TRADER], "trader", f"{tmp_path}/t_")
    again.start(doors.front, private=Resume.RESUME)
    again.login()
    again.until("OnRtnOrder", 37)  # two reports an order
    again.release()
    told = [*first.of("OnRtnOrder"), *again.of("OnRtnOrder")]
    assert [first.read(each, "OrderRef") for each in told] == [str(n // 2) for n in range(40)]


def test_a_new_day_begins_its_stream_anew(
    doors: Doors, libraries: dict[Side, Path], tmp_path: Path
) -> None:
    for day in (DAY, DAY + 1):
        doors.counter.trading_day = day
        doors.counter.stream.clear()
        doors.counter.insert({"OrderRef": str(day), "LimitPrice": 1.0, "VolumeTotalOriginal": 1})
        program = Program(libraries[Side.TRADER], "trader", f"{tmp_path}/t_")
        program.start(doors.front, private=Resume.RESUME)
        program.login()
        program.until("OnRtnOrder", 2)
        assert refs(program) == [str(day)]
        assert program.trading_day() == str(day).encode()
        program.release()


def test_restart_tells_the_whole_day_again_and_quick_only_what_is_new(
    doors: Doors, libraries: dict[Side, Path], tmp_path: Path
) -> None:
    for ref in range(3):
        doors.counter.insert({"OrderRef": str(ref), "LimitPrice": 1.0, "VolumeTotalOriginal": 1})
    for resume, expected in ((Resume.RESTART, ["0", "1", "2", "7"]), (Resume.QUICK, ["7"])):
        program = Program(libraries[Side.TRADER], "trader", f"{tmp_path}/{resume}")
        program.start(doors.front, private=resume)
        program.login()
        order(program, 7)
        program.until("OnRtnOrder", 2 * len(expected))
        assert refs(program) == expected
        program.release()
        doors.counter.stream = doors.counter.stream[:6]


def test_thousands_of_instruments_are_subscribed_at_once(doors: Doors, md: Program) -> None:
    md.start(doors.front)
    md.login()
    codes = [f"rb{n:06}" for n in range(20_000)]
    assert md.names("SubscribeMarketData", codes) == 0
    md.until("OnRspSubMarketData", 20_000)
    assert [md.read(each, "InstrumentID") for each in md.of("OnRspSubMarketData")] == codes
    doors.do(lambda: doors.counter.quote(InstrumentID="rb019999", LastPrice=3456.5))
    assert md.read(md.until("OnRtnDepthMarketData"), "LastPrice") == "3456.5"


def test_a_struct_that_is_not_there_is_an_empty_one(doors: Doors, trader: Program) -> None:
    trader.start(doors.front)
    trader.until("OnFrontConnected")
    assert trader.request("ReqUserLogin") == 0
    trader.until("OnRspUserLogin")
    assert doors.counter.asked[0][:2] == ("ReqUserLogin", {})
    assert trader.request("ReqNonsense") == -4
    assert trader.request("Release") == -4


def test_a_callback_that_blocks_loses_neither_the_connection_nor_a_report(
    libraries: dict[Side, Path], tmp_path: Path
) -> None:
    terms = msgspec.structs.replace(DoorTerms(queries_per_second=0), heartbeat_s=0.05)
    with served(terms) as doors:
        program = Program(libraries[Side.TRADER], "trader", f"{tmp_path}/t_")
        gate = threading.Event()
        program.on_called = lambda called: gate.wait(PATIENCE_S) and None
        program.start(doors.front, private=Resume.RESTART)
        program.until("OnFrontConnected")
        heard: list[bool] = []
        [connection] = doors.door.connections

        def beats() -> bool:
            # The door asks every 50 ms whether the client was heard since the last time.
            if connection.heard and not (heard and heard[-1]):
                heard.append(True)
            elif not connection.heard:
                heard.append(False)
            return heard.count(True) > 5

        doors.until(beats)
        gate.set()
        program.login()
        for ref in range(100):
            order(program, ref)
        program.until("OnRtnOrder", 200)
        assert not program.of("OnFrontDisconnected")
        program.release()


def test_release_ends_a_join_and_may_be_called_twice(doors: Doors, trader: Program) -> None:
    trader.start(doors.front)
    trader.until("OnFrontConnected")
    joined: list[int] = []
    waiting = threading.Thread(target=lambda: joined.append(trader.join()))
    waiting.start()
    trader.release()
    waiting.join(PATIENCE_S)
    assert joined == [0]
    trader.release()
    assert trader.request("ReqUserLogin") == -1
    assert trader.join() == 0


def test_release_within_a_callback_ends_all_callbacks(doors: Doors, trader: Program) -> None:
    trader.on_called = lambda called: (
        trader.release() if called.callback == "OnRspUserLogin" else None
    )
    trader.start(doors.front, private=Resume.RESTART)
    for ref in range(20):
        doors.counter.insert({"OrderRef": str(ref), "LimitPrice": 1.0, "VolumeTotalOriginal": 1})
    trader.login()
    assert trader.join() == 0
    assert [each.callback for each in trader.seen] == ["OnFrontConnected", "OnRspUserLogin"]


def test_no_callback_begins_after_release_has_returned(
    doors: Doors, libraries: dict[Side, Path]
) -> None:
    for _ in range(20):
        program = Program(libraries[Side.MD], "md")
        program.start(doors.front)
        program.login()
        program.names("SubscribeMarketData", ["rb2610"])
        program.until("OnRspSubMarketData")
        doors.do(lambda: [doors.counter.quote(Volume=n) for n in range(300)])
        program.until("OnRtnDepthMarketData")
        program.release()
        seen = len(program.seen)
        doors.do(lambda: None)
        assert len(program.seen) == seen


def test_several_api_objects_live_side_by_side(
    doors: Doors, libraries: dict[Side, Path], tmp_path: Path
) -> None:
    programs = [Program(libraries[Side.TRADER], "trader", f"{tmp_path}/{n}_") for n in range(8)]
    for program in programs:
        program.start(doors.front, private=Resume.QUICK)
    for program in programs:
        program.login()
    order(programs[3], 1)
    for program in programs:
        program.until("OnRtnOrder", 2)
        program.release()


def test_a_flow_folder_that_cannot_be_made_is_done_without(
    doors: Doors, libraries: dict[Side, Path], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    program = Program(libraries[Side.TRADER], "trader", f"{tmp_path}/file/t_")
    program.start(doors.front, private=Resume.RESUME)
    program.login()
    order(program, 1)
    program.until("OnRtnOrder", 2)
    program.release()


def child(code: str, library: Path, doors: Doors) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _CHILD + code, str(library), doors.front],
        cwd=ROOT,
        env={**os.environ, "ANYVENUE_CTP_RECONNECT_MS": "20", "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


_CHILD = """
import os, sys, threading
from pathlib import Path
from ctp_doors import Program
library, front = Path(sys.argv[1]), sys.argv[2]
"""

_LEAVES = """
program = Program(library, "md")
program.start(front)
program.login()
program.names("SubscribeMarketData", ["rb2610"])
program.until("OnRtnDepthMarketData", 3)
print("leaves")
"""

_FORKS = """
program = Program(library, "trader")
program.start(front)
program.login()
pid = os.fork()
if pid == 0:
    fine = program.request("ReqUserLogin") == -1
    program.release()
    mine = Program(library, "trader")
    mine.start(front)
    mine.login()
    mine.release()
    os._exit(0 if fine else 1)
assert os.waitpid(pid, 0)[1] == 0
assert program.request("ReqQryTrade", "", 5) == 0
program.until("OnRspQryTrade")
assert not program.of("OnFrontDisconnected")
program.release()
print("forked")
"""


def test_a_program_may_end_while_callbacks_are_waiting(
    doors: Doors, libraries: dict[Side, Path]
) -> None:
    flood = threading.Event()

    def quotes() -> None:
        while not flood.is_set():
            doors.do(lambda: [doors.counter.quote(Volume=n) for n in range(50)])

    flooding = threading.Thread(target=quotes)
    flooding.start()
    try:
        for _ in range(3):
            done = child(_LEAVES, libraries[Side.MD], doors)
            assert (done.returncode, done.stdout) == (0, "leaves\n"), done.stderr
    finally:
        flood.set()
        flooding.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_leaves_its_parents_connection_alone(
    doors: Doors, libraries: dict[Side, Path]
) -> None:
    done = child(_FORKS, libraries[Side.TRADER], doors)
    assert (done.returncode, done.stdout) == (0, "forked\n"), done.stderr


def test_a_killed_program_is_gone_for_the_counter(
    doors: Doors, libraries: dict[Side, Path]
) -> None:
    code = (
        _CHILD
        + 'p = Program(library, "trader"); p.start(front); p.login(); print(1, flush=True); p.join()'
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(libraries[Side.TRADER]), doors.front],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        assert len(doors.counter.sessions) == 1
        running.send_signal(signal.SIGKILL)
    doors.until(lambda: not doors.counter.sessions)


def test_a_front_that_turns_the_library_away_is_told_on_the_standard_error_once(
    libraries: dict[Side, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    with served(DoorTerms(side=Side.MD)) as doors:
        program = Program(libraries[Side.TRADER], "trader")
        program.start(doors.front)
        doors.until(lambda: len(doors.notes) >= 3)
        program.release()
        assert not program.seen
    assert capfd.readouterr().err.count("this address serves the MD API only") == 1
