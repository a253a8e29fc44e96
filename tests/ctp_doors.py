"""A scripted counter behind a native door, and a program on the other side: for tests of the door and its libraries."""

import asyncio
import ctypes
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from anyvenue.runtime.loop_thread import LoopThread
from anyvenue.venues.ctp.counter.seam import Answer, Door, Fields, Reason, Resume, Topic
from anyvenue.venues.ctp.description import ABSENT
from anyvenue.venues.ctp.door.server import DoorTerms, NativeDoor

PATIENCE_S = 60.0
DAY = 20260504
QUOTE = {
    "TradingDay": "20260504",
    "InstrumentID": "rb2610",
    "ExchangeID": "SHFE",
    "LastPrice": 3000.0,
    "PreSettlementPrice": 2990.0,
    "ClosePrice": ABSENT,
    "BidPrice1": 2999.0,
    "BidVolume1": 3,
    "AskPrice1": 3001.0,
    "AskVolume1": 2,
    "UpdateTime": "21:00:00",
    "UpdateMillisec": 500,
}


class ScriptedCounter:
    """Logs everybody in, lets orders rest, fills those at 4000 and above; keeps one private stream."""

    def __init__(self) -> None:
        self.trading_day = DAY
        self.stream: list[Answer] = []
        self.sessions: list[ScriptedSession] = []
        self.asked: list[tuple[str, Fields, int]] = []
        self.codes: list[int] = []
        self.logins = 0

    def trader(self, door: Door, address: str) -> "ScriptedSession":
        return ScriptedSession(self, door, address)

    def md(self, door: Door, address: str) -> "ScriptedMdSession":
        return ScriptedMdSession(self, door, address)

    def report(self, callback: str, fields: Fields) -> None:
        number = len(self.stream) + 1
        answer = Answer(callback, fields, topic=Topic.PRIVATE, number=number)
        self.stream.append(answer)
        for session in list(self.sessions):
            if session.live:
                session.door.answer(answer)

    def quote(self, **fields: Any) -> None:
        answer = Answer("OnRtnDepthMarketData", {**QUOTE, **fields})
        for session in list(self.sessions):
            if answer.fields and answer.fields["InstrumentID"] in session.codes:
                session.door.answer(answer)

    def insert(self, order: Fields) -> None:
        lots = order["VolumeTotalOriginal"]
        system_id = f"{len(self.stream) + 1:>12}"
        taken = {**order, "OrderStatus": "a", "OrderSubmitStatus": "0", "VolumeTotal": lots}
        self.report("OnRtnOrder", taken)
        rests = {**taken, "OrderStatus": "3", "OrderSubmitStatus": "3", "OrderSysID": system_id}
        self.report("OnRtnOrder", rests)
        price = order["LimitPrice"]
        if isinstance(price, float) and price >= 4000:
            traded = {"VolumeTraded": lots, "VolumeTotal": 0}
            self.report("OnRtnOrder", {**rests, **traded, "OrderStatus": "0"})
            trade = {"Price": price, "Volume": lots, "TradeID": system_id, "OrderSysID": system_id}
            self.report("OnRtnTrade", {**_named(order), **trade})


class ScriptedSession:
    """What a client asks and what it is answered."""

    def __init__(self, counter: ScriptedCounter, door: Door, address: str) -> None:
        self.counter = counter
        self.door = door
        self.address = address
        self.wishes: dict[Topic, tuple[Resume, int, int]] = {}
        self.codes: dict[str, None] = {}
        self.live = False
        self.closed = False
        counter.sessions.append(self)

    def subscribe(self, topic: Topic, resume: Resume, after: int = 0, trading_day: int = 0) -> None:
        self.wishes[topic] = (resume, after, trading_day)

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        counter = self.counter
        code = counter.codes.pop(0) if counter.codes else 0
        if code:
            return code
        counter.asked.append((name, fields, request_id))
        if name == "ReqUserLogin":
            self._login(fields, request_id)
        elif name == "ReqUserLogout":
            self.door.answer(Answer("OnRspUserLogout", fields, (0, ""), request_id))
            self.door.cut(Reason.READ)
        elif name == "ReqOrderInsert":
            counter.insert(fields)
        elif name == "ReqQryInstrument":
            for code_, last in (("rb2609", False), ("rb2610", True)):
                row = {"InstrumentID": code_, "InstrumentName": "螺纹钢"}
                self.door.answer(Answer("OnRspQryInstrument", row, None, request_id, last))
        elif name == "ReqQryNotice":
            raise ArithmeticError("the counter has a fault")
        else:
            self.door.answer(Answer("OnRsp" + name[3:], None, None, request_id))
        return 0

    def _login(self, fields: Fields, request_id: int) -> None:
        counter = self.counter
        counter.logins += 1
        said = {
            "TradingDay": str(counter.trading_day),
            "UserID": fields.get("UserID", ""),
            "SystemName": "模拟系统",
            "FrontID": 1,
            "SessionID": counter.logins,
        }
        self.door.answer(Answer("OnRspUserLogin", said, (0, "正确"), request_id))
        resume, after, day = self.wishes.get(Topic.PRIVATE, (Resume.NONE, 0, 0))
        begins = after if resume is Resume.RESUME and day == counter.trading_day else 0
        if resume in (Resume.RESTART, Resume.RESUME):
            for answer in counter.stream[begins:]:
                self.door.answer(answer)
        self.live = resume is not Resume.NONE

    def close(self) -> None:
        self.closed = True
        self.counter.sessions.remove(self)


class ScriptedMdSession(ScriptedSession):
    """Answers every code that is subscribed."""

    def _login(self, fields: Fields, request_id: int) -> None:
        self.door.answer(Answer("OnRspUserLogin", {}, (0, ""), request_id))

    def subscribe(self, instruments: Sequence[str]) -> int:  # type: ignore[override]
        for code in instruments:
            self.codes[code] = None
            self.door.answer(Answer("OnRspSubMarketData", {"InstrumentID": code}, (0, "")))
        return 0

    def unsubscribe(self, instruments: Sequence[str]) -> int:
        for code in instruments:
            self.codes.pop(code, None)
            self.door.answer(Answer("OnRspUnSubMarketData", {"InstrumentID": code}, (0, "")))
        return 0

    def subscribe_for_quote(self, instruments: Sequence[str]) -> int:
        return 0

    unsubscribe_for_quote = subscribe_for_quote


def _named(order: Fields) -> dict[str, Any]:
    return {
        name: order[name] for name in ("InstrumentID", "OrderRef", "Direction") if name in order
    }


class Doors:
    """A counter served on a thread of its own; it can be killed and started again at the same port."""

    def __init__(self, counter: ScriptedCounter, terms: DoorTerms | None = None) -> None:
        self.counter = counter
        self.notes: list[str] = []
        self.port = 0
        self._terms = terms or DoorTerms(queries_per_second=0, queries_in_flight=1)
        self._thread = LoopThread()
        self.door: NativeDoor

    @property
    def front(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.door = NativeDoor(self.counter, self._terms, self.notes.append)
        _, self.port = self._thread.call(self.door.start(port=self.port))

    def stop(self) -> None:
        self._thread.call(self.door.close())

    def do(self, act: Callable[[], object]) -> None:
        async def done() -> None:
            act()

        self._thread.call(done())

    def until(self, found: Callable[[], bool]) -> None:
        async def wait() -> None:
            async with asyncio.timeout(PATIENCE_S):
                while not found():
                    await asyncio.sleep(0.001)

        self._thread.call(wait())

    def end(self) -> None:
        self.stop()
        self._thread.end()


@contextmanager
def served(
    terms: DoorTerms | None = None, counter: ScriptedCounter | None = None
) -> Iterator[Doors]:
    """Give a counter behind a door on a free port."""
    doors = Doors(counter or ScriptedCounter(), terms)
    doors.start()
    try:
        yield doors
    finally:
        doors.end()


class Called(msgspec.Struct):
    """One callback as the program saw it."""

    callback: str
    structure: str
    data: bytes | None
    error: int
    text: bytes | None
    number: int
    is_last: bool


_CALLBACK = ctypes.CFUNCTYPE(
    None,
    ctypes.c_void_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.c_int,
)


class Program:
    """A program that uses a generated library through its C interface."""

    def __init__(self, library: Path, side: str, flow: str = "") -> None:
        self.seen: list[Called] = []
        self.on_called: Callable[[Called], None] | None = None
        self._changed = threading.Condition()
        self._library = ctypes.CDLL(str(library))
        self._side = side
        self._kept = _CALLBACK(self._called)
        self._call("create", restype=ctypes.c_void_p)
        self.api = ctypes.c_void_p(self._call("create")(flow.encode(), self._kept, None))

    def _call(self, name: str, restype: Any = ctypes.c_int) -> Any:
        function = getattr(self._library, f"anyvenue_ctp_{self._side}_{name}")
        function.restype = ctypes.c_void_p if name == "create" else restype
        return function

    def _called(self, _user, name, structure, data, size, error, text, number, last) -> None:  # type: ignore[no-untyped-def]
        raw = ctypes.string_at(data, size) if data else None
        called = Called(name.decode(), structure.decode(), raw, error, text, number, bool(last))
        with self._changed:
            self.seen.append(called)
            self._changed.notify_all()
        if self.on_called is not None:
            self.on_called(called)

    def start(self, *fronts: str, private: int | None = None) -> None:
        for front in fronts:
            self._call("front")(self.api, front.encode())
        if private is not None:
            self._call("topic")(self.api, b"private", private)
        self._call("init")(self.api)

    def pack(self, structure: str, **fields: object) -> Any:
        data = ctypes.create_string_buffer(self._call("size")(structure.encode()))
        for name, value in fields.items():
            text = str(value).encode("gb18030")
            assert self._call("put")(structure.encode(), data, name.encode(), text) == 0
        return data

    def read(self, called: Called, field: str) -> str:
        text = ctypes.create_string_buffer(256)
        code = self._call("get")(called.structure.encode(), called.data, field.encode(), text, 256)
        assert code == 0, field
        return text.value.decode("gb18030")

    def request(self, name: str, structure: str = "", request_id: int = 0, **fields: object) -> int:
        if not structure:
            return int(self._call("request")(self.api, name.encode(), None, 0, request_id))
        data = self.pack(structure, **fields)
        return int(self._call("request")(self.api, name.encode(), data, len(data), request_id))

    def names(self, name: str, codes: Sequence[str]) -> int:
        listed = (ctypes.c_char_p * len(codes))(*(code.encode() for code in codes))
        return int(self._call("names")(self.api, name.encode(), listed, len(codes)))

    def trading_day(self) -> bytes:
        found: bytes = self._call("trading_day", ctypes.c_char_p)(self.api)
        return found

    def join(self) -> int:
        return int(self._call("join")(self.api))

    def release(self) -> None:
        self._call("release")(self.api)

    def of(self, callback: str) -> list[Called]:
        return [each for each in self.seen if each.callback == callback]

    def until(self, callback: str, count: int = 1) -> Called:
        with self._changed:
            found = self._changed.wait_for(lambda: len(self.of(callback)) >= count, PATIENCE_S)
            assert found, (callback, [each.callback for each in self.seen][-20:])
        return self.of(callback)[count - 1]

    def login(self, count: int = 1, **fields: Mapping[str, object]) -> Called:
        self.until("OnFrontConnected", count)
        assert self.request("ReqUserLogin", "ReqUserLogin", 1, UserID="alice", **fields) == 0
        return self.until("OnRspUserLogin", count)
