"""What stands under CTP's Python classes: pacing, flow files, addresses, the wire, and the session for tools."""

import socket
import threading
import time
from pathlib import Path

import pytest

from anyvenue.model.errors import ConfigError, VenueRefused
from anyvenue.venues.ctp.counter.seam import Resume
from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.door.framing import FrameError, Head
from anyvenue.venues.ctp.door.greeting import Side, TopicWish
from anyvenue.venues.ctp.native.seam import Called
from anyvenue.venues.ctp.python.calling import Caller
from anyvenue.venues.ctp.python.client import DoorSession, open_door
from anyvenue.venues.ctp.python.dialling import split_address
from anyvenue.venues.ctp.python.flow import Flow
from anyvenue.venues.ctp.python.fronts import Fronts, front_for, redirect
from anyvenue.venues.ctp.python.pace import Pace
from anyvenue.venues.ctp.python.settings import LinkSettings, Speaker, read_link_settings
from anyvenue.venues.ctp.python.table import Callback, table_of
from anyvenue.venues.ctp.python.wire import Cut, Wire
from ctp_doors import DAY, PATIENCE_S, served

# ---- pacing


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_query_a_second_and_one_in_flight() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert [pace.ask(1), pace.ask(2)] == [0, -2]
    pace.answered(1, surely=True)
    assert pace.ask(2) == -3
    clock.now += 1
    assert pace.ask(2) == 0


def test_an_error_frees_the_query_it_names_and_no_other() -> None:
    pace = Pace(Clock())
    pace.set(0, 1)
    assert pace.ask(1) == 0
    pace.answered(7, surely=False)
    assert pace.ask(2) == -2
    pace.answered(1, surely=False)
    assert pace.ask(2) == 0
    # An answer whose number was changed on the way frees the oldest.
    pace.answered(99, surely=True)
    assert pace.ask(3) == 0


def test_zero_is_no_limit() -> None:
    pace = Pace(Clock())
    pace.set(0, 0)
    assert {pace.ask(number) for number in range(100)} == {0}


# ---- flow files


def test_a_flow_file_is_that_of_the_native_library(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "t_Private.con"
    flow = Flow(0)
    flow.open(str(path), Resume.RESUME)
    flow.received(20260504, 12)
    flow.shut()
    assert path.read_bytes() == b"anyvenue 20260504 0000000012\n"
    again = Flow(0)
    again.open(str(path), Resume.RESUME)
    assert again.wish() == TopicWish(0, Resume.RESUME, 12, 20260504)
    again.open(str(path), Resume.RESTART)
    assert again.wish() == TopicWish(0, Resume.RESTART, 0, 0)
    again.shut()


@pytest.mark.parametrize("found", [b"", b"something else altogether", b"\0" * 29])
def test_another_librarys_flow_file_counts_as_none(tmp_path: Path, found: bytes) -> None:
    path = tmp_path / "Private.con"
    path.write_bytes(found)
    flow = Flow(0)
    flow.open(str(path), Resume.RESUME)
    assert flow.wish() == TopicWish(0, Resume.RESUME, 0, 0)
    flow.shut()


def test_without_a_file_the_count_lives_in_memory(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    flow = Flow(1)
    assert flow.wish() is None
    flow.open(f"{blocked}/Public.con", Resume.RESUME)
    flow.received(20260504, 3)
    assert flow.wish() == TopicWish(1, Resume.RESUME, 3, 20260504)


# ---- addresses and settings


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "tcp://[::1]:1"])
def test_addresses_are_tcp(address: str) -> None:
    assert split_address(address)[0] == "tcp"


@pytest.mark.parametrize(
    "address", ["", "tcp://", "tcp://host", "tcp://host:", "tcp://:1", "tcp://h:99999", "ssl://h:1"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="tcp://HOST:PORT"):
        split_address(address)


def test_a_user_may_lead_a_program_to_other_fronts() -> None:
    try:
        redirect(Fronts("tcp://a:1", ""))
        assert front_for(Side.TRADER, "tcp://b:2") == "tcp://a:1"
        assert front_for(Side.MD, "tcp://b:2") == "tcp://b:2"
    finally:
        redirect(Fronts())


def test_the_environment_says_what_it_says_to_the_native_library() -> None:
    assert read_link_settings({}) == LinkSettings()
    given = {"ANYVENUE_CTP_PACE": "0", "ANYVENUE_CTP_RECONNECT_MS": "50", "ANYVENUE_CTP_QUIET": "1"}
    assert read_link_settings(given) == LinkSettings(0, 0.05, True)
    with pytest.raises(ConfigError, match="ANYVENUE_CTP_PACE is a whole number, was 'fast'"):
        read_link_settings({"ANYVENUE_CTP_PACE": "fast"})


def test_a_thing_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet in (False, True):
        speaker = Speaker(quiet)
        for text in ("one", "one", "two"):
            speaker.say(text)
    assert capsys.readouterr().err == "anyvenue: one\nanyvenue: two\n"


# ---- the wire


def test_what_does_not_go_at_once_waits_and_goes_later() -> None:
    ours, theirs = socket.socketpair()
    changed = threading.Condition()
    wire = Wire(ours, changed)
    data = bytes(range(256)) * 8_192
    assert wire.send(data)
    assert wire.send(b"end")
    assert wire.pending > 3
    assert not wire.send(bytes(17 << 20))
    theirs.settimeout(PATIENCE_S)
    found = b""
    while len(found) < len(data) + 3:
        found += theirs.recv(1 << 20)
        with changed:
            wire.flush()
    assert found == data + b"end"
    assert wire.pending == 0
    theirs.close()
    with pytest.raises(Cut):
        wire.read(PATIENCE_S)
    wire.close()
    assert not wire.send(b"more")


def test_a_silent_wire_gives_nothing() -> None:
    ours, theirs = socket.socketpair()
    wire = Wire(ours, threading.Condition())
    assert wire.read(0.0) == b""
    theirs.send(b"hello")
    assert wire.read(PATIENCE_S) == b"hello"
    wire.close()
    theirs.close()


def test_an_answer_that_is_too_short_is_no_frame() -> None:
    from anyvenue.venues.ctp.description import describe

    table = table_of(describe(), Side.TRADER)
    [login] = [each for each in table.callbacks if each.is_login]
    assert login.parts(Head(6, 0, 0, 0, 0, 0, 0, b"")) == (None, None)
    with pytest.raises(FrameError, match="OnRspUserLogin came with 8 bytes"):
        login.parts(Head(6, 3, 0, 0, 0, 0, 0, bytes(8)))


# ---- the session for tools and drivers


class Posted:
    """What a session posts."""

    def __init__(self) -> None:
        self.called: list[Called] = []
        self._changed = threading.Condition()

    def __call__(self, called: Called) -> None:
        with self._changed:
            self.called.append(called)
            self._changed.notify_all()

    def until(self, callback: str) -> Called:
        def of() -> list[Called]:
            return [each for each in self.called if each.callback == callback]

        with self._changed:
            assert self._changed.wait_for(lambda: bool(of()), PATIENCE_S), callback
        return of()[0]


def session_of(posted: Posted, side: Side = Side.TRADER, version: str = "6.5.1") -> DoorSession:
    return open_door("ctp", version, side, posted, time.time_ns)


def test_a_session_gives_raw_structs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    posted = Posted()
    with served() as doors:
        session = session_of(posted)
        assert session.version == "v6.5.1_anyvenue_ctp"
        assert session.request("ReqUserLogin", {}, 1) == -1
        session.start([doors.front], 2, 2)
        posted.until("OnFrontConnected")
        assert session.request("ReqUserLogin", {"UserID": "alice", "NotThere": 1}, 1) == 0
        login = posted.until("OnRspUserLogin")
        assert login.data is not None
        found = session.description.layout("RspUserLogin").unpack(login.data)
        assert (found["UserID"], login.number, login.is_last) == ("alice", 1, True)
        assert session.trading_day() == str(DAY)
        with pytest.raises(VenueRefused, match=r"ctp 6.5.1 has no ReqQrySPMMInstParam"):
            session.request("ReqQrySPMMInstParam", {}, 2)
        with pytest.raises(ConfigError, match="starts once"):
            session.start([doors.front])
        session.close()
        session.close()
        assert session.request("ReqQryOrder", {}, 3) == -1


def test_quotes_come_through_a_session_too() -> None:
    posted = Posted()
    with served() as doors:
        session = session_of(posted, Side.MD)
        session.start([doors.front])
        posted.until("OnFrontConnected")
        session.request("ReqUserLogin", {}, 1)
        assert session.subscribe("SubscribeMarketData", ["rb2610"]) == 0
        posted.until("OnRspSubMarketData")
        session.close()


def test_a_session_needs_a_front_that_can_be_one() -> None:
    with pytest.raises(ConfigError, match="name at least one front"):
        session_of(Posted()).start([])
    with pytest.raises(ConfigError, match="is not described"):
        session_of(Posted(), version="1.0")


def test_an_end_waits_until_a_callback_was_counted_and_nothing_is_counted_after_it() -> None:
    begun, go_on, counted = threading.Event(), threading.Event(), list[int]()

    def deliver(
        callback: Callback, data: bytes | None, info: bytes | None, number: int, last: bool
    ) -> None:
        begun.set()
        assert go_on.wait(PATIENCE_S)

    callback = table_of(describe("ctp", "6.7.11"), Side.TRADER).callbacks[0]
    caller = Caller(deliver)
    calling = threading.Thread(
        target=lambda: caller.call(callback, told=lambda: counted.append(1)), daemon=True
    )
    calling.start()
    assert begun.wait(PATIENCE_S)
    ending = threading.Thread(target=caller.end, daemon=True)
    ending.start()
    go_on.set()
    ending.join(PATIENCE_S)
    assert counted == [1]
    caller.call(callback, told=lambda: counted.append(2))
    assert counted == [1]
