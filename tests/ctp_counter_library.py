"""A library session that talks straight to a counter in the same process: the driver's side without a compiler."""

import time
from collections.abc import Mapping, Sequence

from anyvenue.venues.ctp.counter.seam import (
    Answer,
    CounterDoors,
    MdSession,
    Reason,
    Resume,
    Topic,
    TraderSession,
)
from anyvenue.venues.ctp.description import Description, Value, describe
from anyvenue.venues.ctp.native.seam import Called, OnCalled

__all__ = ["CounterLibrary", "CounterMd", "CounterTrader"]


class _Session:
    """Packs what a counter answers as the library of a description would."""

    def __init__(self, library: "CounterLibrary", post: OnCalled) -> None:
        self.library = library
        self.description: Description = library.description
        self.version = self.description.version
        self._post = post
        self.connected = self.started = self.closed = False

    @property
    def callbacks(self) -> Mapping[str, object]:
        raise NotImplementedError

    def post(self, callback: str, data: bytes | None = None, number: int = 0) -> None:
        self._post(Called(callback, data, None, number, True, time.time_ns()))

    # ---- counter.seam.Door

    def answer(self, answer: Answer) -> None:
        method = self.callbacks.get(answer.callback)
        if method is None or self.closed or self.library.deaf:
            return
        struct = method.struct  # type: ignore[attr-defined]
        data = None
        if answer.fields is not None and struct:
            data = self.description.layout(struct).pack(answer.fields)
        error = None
        if answer.error is not None:
            number, text = answer.error
            info = self.description.layout("RspInfo")
            error = info.pack({"ErrorID": number, "ErrorMsg": text})
        called = Called(
            answer.callback, data, error, answer.request_id, answer.is_last, time.time_ns()
        )
        for _ in range(2 if self.library.twice and answer.callback.startswith("OnRtn") else 1):
            self._post(called)

    def cut(self, reason: Reason = Reason.READ) -> None:
        if self.connected:
            self.connected = False
            self.post("OnFrontDisconnected", number=int(reason))
            self.library.reconnect()

    # ---- native.seam.LibrarySession

    def trading_day(self) -> str:
        return str(self.library.counter.trading_day)

    def close(self) -> None:
        if self.connected:
            self.connected = False
            self.hang_up()
        self.closed = True
        self.library.sessions.pop(self, None)

    def start(self, fronts: Sequence[str], private: int = 0, public: int = 0) -> None:
        self.started = True
        self.wishes = {Topic.PRIVATE: Resume(private), Topic.PUBLIC: Resume(public)}
        self.library.sessions[self] = None
        if self.library.up:
            self.connect()

    def connect(self) -> None:
        self.connected = True
        self.begin()
        self.post("OnFrontConnected")

    def lose(self) -> None:
        """Break the connection from the middle."""
        if self.connected:
            self.connected = False
            self.hang_up()
            self.post("OnFrontDisconnected", number=int(Reason.READ))

    def begin(self) -> None:
        raise NotImplementedError

    def hang_up(self) -> None:
        raise NotImplementedError


class CounterTrader(_Session):
    """Implements `LibrarySession` over a counter's trader session."""

    session: TraderSession

    @property
    def callbacks(self) -> Mapping[str, object]:
        return self.description.callbacks

    def begin(self) -> None:
        self.session = self.library.counter.trader(self, "127.0.0.1:5000")
        for topic, resume in self.wishes.items():
            self.session.subscribe(topic, resume)

    def hang_up(self) -> None:
        self.session.close()

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        library = self.library
        struct = self.description.requests[name].struct
        layout = self.description.layout(struct)
        plain = layout.unpack(layout.pack(fields))
        library.asked.append((name, plain))
        if not self.connected or self.closed:
            return -1
        if library.codes and not name.startswith("ReqQry"):
            return library.codes.pop(0)
        trading = name in ("ReqOrderInsert", "ReqOrderAction")
        if trading and library.swallow:
            library.lose_next(self, name, plain, request_id)
            return 0
        return self.session.request(name, plain, request_id)

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        raise AssertionError("a trader session has no subscriptions")


class CounterMd(_Session):
    """Implements `LibrarySession` over a counter's market data session."""

    session: MdSession

    @property
    def callbacks(self) -> Mapping[str, object]:
        return self.description.md_callbacks

    def begin(self) -> None:
        self.session = self.library.counter.md(self, "127.0.0.1:5001")

    def hang_up(self) -> None:
        self.session.close()

    def request(self, name: str, fields: Mapping[str, Value], request_id: int) -> int:
        if not self.connected:
            return -1
        return self.session.request(name, fields, request_id)

    def subscribe(self, method: str, instruments: Sequence[str]) -> int:
        return self.session.subscribe(instruments) if self.connected else -1


class CounterLibrary:
    """Implements the driver's `Sessions` over a counter, at any version of the dialects that speak CTP's words."""

    def __init__(self, counter: CounterDoors, dialect: str = "ctp", version: str = "") -> None:
        self.counter = counter
        self.description = describe(dialect, version)
        self.sessions: dict[_Session, None] = {}
        self.asked: list[tuple[str, dict[str, Value]]] = []
        self.codes: list[int] = []
        self.up = True
        self.swallow = ""
        self.deaf = self.twice = False

    def trader(self, post: OnCalled) -> CounterTrader:
        return CounterTrader(self, post)

    def md(self, post: OnCalled) -> CounterMd:
        return CounterMd(self, post)

    def close(self) -> None:
        """There is nothing to clean up."""

    # ---- trouble

    def cut(self) -> None:
        self.up = False
        for session in list(self.sessions):
            session.lose()

    def restore(self) -> None:
        self.up = True
        self.reconnect()

    def reconnect(self) -> None:
        for session in list(self.sessions):
            if self.up and not session.connected:
                session.connect()

    def lose_next(
        self, trader: CounterTrader, name: str, fields: Mapping[str, Value], number: int
    ) -> None:
        """Lose a command, or what is said of it, and the connection with it."""
        what, self.swallow = self.swallow, ""
        if what == "report":
            self.deaf = True
            trader.session.request(name, fields, number)
            self.deaf = False
        trader.lose()
        trader.connect()
