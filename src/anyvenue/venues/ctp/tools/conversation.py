"""A conversation with a counter that waits for its answers: for tools, which do one thing after another."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from queue import SimpleQueue

import msgspec

from anyvenue.model.errors import ConnectivityError, VenueRefused
from anyvenue.venues.ctp.description import Description, Method, Value, describe
from anyvenue.venues.ctp.dialects.spoken import SpokenDescription
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled

__all__ = ["Answered", "Conversation", "Fields", "Heard", "Row"]

Row = dict[str, Value]
Fields = Mapping[str, Value]

_NOT_CONNECTED = -1
_TOO_EARLY = (-2, -3)
_RETRY_CODES = (90, 154)  # NEED_RETRY, QK_BUSY
_AGAIN_S = 0.1


class Heard(msgspec.Struct, frozen=True):
    """A callback with its struct by names; `error` is (ErrorID, ErrorMsg), None where it carries no RspInfo."""

    callback: str
    fields: Row | None
    error: tuple[int, str] | None
    number: int
    is_last: bool
    ts_recv: int


class Answered(msgspec.Struct):
    """The answer to a request: its rows, and the error if there was one."""

    rows: list[Row]
    error: tuple[int, str] | None = None


class Conversation:
    """One API object, trader or market data, whose answers are waited for by the thread that asks.

    `hear` gets every callback on a thread of its own, before whoever waits for it goes on; what it raises is raised
    from then on by `check` and by whatever waits. A malformed struct is heard without fields.
    """

    def __init__(
        self,
        open_session: Callable[[OnCalled], LibrarySession],
        hear: Callable[[Heard], None] = lambda heard: None,
        *,
        trader: bool = True,
    ) -> None:
        """Open the session; raise ConfigError. `start` begins to connect."""
        self._queue: SimpleQueue[Called | None] = SimpleQueue()
        self._hear = hear
        self._asked: dict[int, tuple[Answered, Future[Answered]]] = {}
        self._last_id = 0
        self._state = threading.Condition()
        self._failure: Exception | None = None
        self.connected = False
        self.disconnects: list[int] = []
        self.session = open_session(self._queue.put)
        self.description: Description = self.session.description
        self._callbacks: Mapping[str, Method] = (
            self.description.callbacks if trader else self.description.md_callbacks
        )
        self.requests: Mapping[str, Method] = (
            self.description.requests if trader else self.description.md_requests
        )
        self._thread = threading.Thread(target=self._listen, name="ctp-tool", daemon=True)
        self._thread.start()

    def start(self, fronts: Sequence[str], private: int = 2, public: int = 2) -> None:
        """Begin to connect; topics as THOST_TE_RESUME_TYPE, by default QUICK."""
        self.session.start(fronts, private, public)

    def close(self) -> None:
        """Release the API object and hear out what it said."""
        self.session.close()
        self._queue.put(None)
        self._thread.join()

    def check(self) -> None:
        """Raise what `hear` has raised."""
        if self._failure is not None:
            raise self._failure

    def has(self, name: str) -> bool:
        """Tell whether this version has a request."""
        return name in self.requests

    def request_fields(self, name: str) -> dict[str, bool]:
        """Return the fields of a request by name, True for text; raise VenueRefused where there is no such request.

        Those of CTP's newest version for an API that is spoken to in CTP's words.
        """
        method = self.requests.get(name)
        if method is None or not name.startswith("Req"):
            raise VenueRefused(f"this API has no request {name}", venue_code="-", venue_text=name)
        found = self.description
        if isinstance(found, SpokenDescription):
            found, method = describe(), describe().requests[name]
        return {each.name: each.is_text for each in found.layout(method.struct).fields}

    def struct_of(self, callback: str) -> str:
        """Return the struct that a callback carries, "" for none."""
        method = self._callbacks.get(callback)
        return method.struct if method else ""

    def wait_connected(self, timeout: float) -> None:
        """Wait for OnFrontConnected; raise ConnectivityError, with the last reason of a disconnection as `reason`."""
        if self.wait(lambda: self.connected, timeout):
            return
        reason = self.disconnects[-1] if self.disconnects else 0
        raise ConnectivityError(
            f"the front did not answer within {timeout:g} s"
            + (f"; the connection was cut with reason {reason}" if reason else ""),
            code="venue.ctp_no_front",
            seconds=f"{timeout:g}",
            reason=reason,
        )

    def wait(self, found: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait until something holds that a callback can bring about; return whether it does."""
        with self._state:
            held = self._state.wait_for(lambda: self._failure is not None or found(), timeout)
        self.check()
        return held

    def next_id(self) -> int:
        """Return a request id that was not used."""
        self._last_id += 1
        return self._last_id

    def send(self, name: str, fields: Fields, number: int = 0) -> int:
        """Make a request whose answer only `hear` gets; return its id, `number` where one is given.

        Raise ConnectivityError or VenueRefused.
        """
        number = number or self.next_id()
        code = self.session.request(name, fields, number)
        if code:
            raise _not_sent(name, code)
        return number

    def ask(self, name: str, fields: Fields, timeout: float) -> Answered:
        """Make a request and return its answer; one that comes too early is made again within the time.

        Raise ConnectivityError where nothing answers, VenueRefused for a request that this version does not have.
        """
        end = time.monotonic() + timeout
        while True:
            answer = self._ask_once(name, fields, end - time.monotonic())
            if answer is not None:
                return answer
            if time.monotonic() + _AGAIN_S > end:
                raise _unanswered(name)
            time.sleep(_AGAIN_S)

    def _ask_once(self, name: str, fields: Fields, timeout: float) -> Answered | None:
        """Return the answer, None where the request was too early."""
        self.check()
        number = self.next_id()
        future: Future[Answered] = Future()
        self._asked[number] = Answered([]), future
        try:
            code = self.session.request(name, fields, number)
            if code in _TOO_EARLY:
                return None
            if code:
                raise _not_sent(name, code)
            answer = future.result(max(timeout, 0.0))
        except NoAnswer:
            raise _unanswered(name) from None
        finally:
            self._asked.pop(number, None)
        if answer.error and answer.error[0] in _RETRY_CODES and name.startswith("ReqQry"):
            return None
        return answer

    # ---- the listening thread

    def _listen(self) -> None:
        while (called := self._queue.get()) is not None:
            heard = self._read(called)
            if self._failure is None:
                try:
                    self._hear(heard)
                except Exception as error:
                    self._failure = error
                    self._fail(error)
            self._note(heard)

    def _read(self, called: Called) -> Heard:
        info = self._unpack("RspInfo", called.error)
        error = (int(info["ErrorID"]), str(info["ErrorMsg"])) if info else None
        method = self._callbacks.get(called.callback)
        fields = self._unpack(method.struct, called.data) if method and method.struct else None
        return Heard(called.callback, fields, error, called.number, called.is_last, called.ts_recv)

    def _unpack(self, struct: str, raw: bytes | None) -> Row | None:
        if raw is None:
            return None
        try:
            return self.description.layout(struct).unpack(raw)
        except (KeyError, ValueError):
            return None

    def _note(self, heard: Heard) -> None:
        with self._state:
            if heard.callback == "OnFrontConnected":
                self.connected = True
            elif heard.callback == "OnFrontDisconnected":
                self.connected = False
                self.disconnects.append(heard.number)
                self._fail(_cut(heard.number))
            elif heard.callback.startswith("OnRsp"):
                self._answer(heard)
            self._state.notify_all()

    def _answer(self, heard: Heard) -> None:
        asked = self._asked.get(heard.number)
        if asked is None:
            return
        answer, future = asked
        if heard.error and heard.error[0]:
            answer.error = heard.error
        if heard.fields is not None and heard.callback != "OnRspError":
            answer.rows.append(heard.fields)
        if heard.is_last and not future.done():
            future.set_result(answer)

    def _fail(self, error: Exception) -> None:
        """Have everything that waits for an answer fail: what was in flight at a disconnection is lost."""
        for _, future in list(self._asked.values()):
            if not future.done():
                future.set_exception(error)


def _cut(reason: int) -> ConnectivityError:
    return ConnectivityError(
        f"the counter cut the connection (reason {reason})", code="venue.ctp_cut", reason=reason
    )


def _not_sent(name: str, code: int) -> ConnectivityError:
    why = "there is no connection" if code == _NOT_CONNECTED else "the library refused it"
    return ConnectivityError(
        f"{name} was not sent: {why} ({code})", code="venue.ctp_not_sent", request=name, result=code
    )


def _unanswered(name: str) -> ConnectivityError:
    return ConnectivityError(
        f"{name} was not answered in time", code="venue.ctp_unanswered", request=name
    )
