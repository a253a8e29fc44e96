"""One trader session at the counter for all sockets of an account."""

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import TYPE_CHECKING

import msgspec

from anyvenue.venues.ctp.counter.errors import error_of
from anyvenue.venues.ctp.counter.seam import (
    Answer,
    Fields,
    Reason,
    Resume,
    Topic,
    TraderSession,
)
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.json.calls import Call, Calls
from anyvenue.venues.ctp.json.envelope import FAILED, RETURN_CODES, failure
from anyvenue.venues.ctp.json.frames import Shared
from anyvenue.venues.ctp.json.order_names import DuplicateRef, OrderNames, Seat
from anyvenue.venues.ctp.json.queries import FairQueue, Query
from anyvenue.venues.ctp.json.requests import Request
from anyvenue.venues.ctp.json.terms import Guest

if TYPE_CHECKING:
    from anyvenue.venues.ctp.json.accounts import Accounts

__all__ = ["TraderShare"]

_LOGIN, _AUTHENTICATE = "OnRspUserLogin", "OnRspAuthenticate"
_NEED_RETRY = 90


class _Line:
    """The door of one connection to the counter: what an old one says is not heard any more."""

    def __init__(self, share: "TraderShare") -> None:
        self._share = share

    def answer(self, answer: Answer) -> None:
        if self._share.line is self:
            self._share.heard(answer)

    def cut(self, reason: Reason) -> None:
        if self._share.line is self:
            self._share.lost(int(reason))


class TraderShare:
    """Logs an account in, routes answers to who asked, tells reports to all, and comes back after a loss."""

    def __init__(self, house: "Accounts", user: str, password: str, address: str) -> None:
        """Belong to `house`; `open` begins."""
        self.house = house
        self.user = user
        self.guests: dict[Guest, Seat] = {}
        self.line: _Line | None = None
        self.ready = False
        self.address = address
        self._password = password
        self._waiting: list[tuple[Guest, str]] = []
        self._session: TraderSession | None = None
        self._calls = Calls()
        self._login: Fields = {}
        self._names: OrderNames | None = None
        self._stream = (0, 0)
        self._pause = house.terms.first_pause_s
        self._timer = house.loop.call_later(house.terms.login_timeout_s, self._too_late)
        pace = house.terms.queries_per_second
        self.queries = FairQueue(house.loop, 1 / pace if pace else 0.0)

    # ---- clients

    def join(self, guest: Guest, password: str) -> None:
        """Let a client in once the account is logged in and the password is its own."""
        if not self.ready:
            self._waiting.append((guest, password))
        elif compare_digest(
            password.encode("utf-8", "replace"), self._password.encode("utf-8", "replace")
        ):
            self._welcome(guest)
        else:
            self.house.try_password(self, guest, password)

    def proved(self, guest: Guest, password: str) -> None:
        """Hear that the counter takes another password than the one known here."""
        self._password = password
        if self.ready:
            self._welcome(guest)
        else:
            self._waiting.append((guest, password))

    def leave(self, guest: Guest) -> None:
        """Forget a client; the last one's leaving ends the session."""
        self.guests.pop(guest, None)
        self._waiting = [each for each in self._waiting if each[0] is not guest]
        self.queries.leave(guest)
        if not self.guests and not self._waiting:
            self.house.loop.call_later(self.house.terms.linger_s, self._end_if_empty)

    @property
    def login_row(self) -> dict[str, str]:
        """What fills the fields that a client leaves out."""
        return {
            "BrokerID": str(self._login.get("BrokerID", "")) or self.house.terms.broker_id,
            "InvestorID": self.user,
            "UserID": self.user,
        }

    @property
    def names(self) -> OrderNames | None:
        """What clients call the account's orders, None before the first login."""
        return self._names

    # ---- requests

    def request(
        self, guest: Guest, request: Request, fields: dict[str, Value], request_id: int
    ) -> int:
        """Send a client's request; return CTP's code; whatever is taken is answered to the client."""
        if not self.ready or self._session is None:
            self._refuse(guest, request, request_id, -1)
            return -1
        if request.is_query:
            self._ask(guest, request, fields, request_id)
            return 0
        number = self._calls.number()
        row = fields
        if request.name == "ReqOrderInsert":
            named = self._name(guest, fields, request_id, number)
            if named is None:
                self._refuse_ref(guest, request, fields, request_id)
                return 0
            row = named
        elif "OrderRef" in request.fields or "SessionID" in request.fields:
            assert self._names is not None
            row = self._names.upwards(fields, self._above)
        then = self._password_changed(fields) if request.name == "ReqUserPasswordUpdate" else None
        code = self._send(Call(guest, request.name, request_id, then), row, number)
        if code:
            self._refuse(guest, request, request_id, code)
        return code

    def _ask(self, guest: Guest, request: Request, fields: Fields, request_id: int) -> None:
        call = Call(guest, request.name, request_id)
        call.query = Query(
            lambda: self._send(call, fields, self._calls.number()),
            lambda code: self._refuse(guest, request, request_id, code),
        )
        self.queries.ask(guest, call.query)

    def _name(
        self, guest: Guest, fields: Mapping[str, Value], request_id: int, number: int
    ) -> dict[str, Value] | None:
        assert self._names is not None
        given, body_id = str(fields.get("OrderRef", "")), fields.get("RequestID", 0)
        shown = body_id if isinstance(body_id, int) and body_id else request_id
        try:
            named = self._names.name(self.guests[guest], given, shown, self._above, number)
        except DuplicateRef:
            return None
        return {**fields, "OrderRef": named.above_ref, "RequestID": number}

    def _send(self, call: Call, fields: Fields, number: int) -> int:
        session = self._session
        if session is None:
            return -1
        self._calls.add(number, call)
        for watcher in self.house.watchers:
            watcher.asked(self.user, call.name, fields, number)
        code = session.request(call.name, fields, number)
        if code:
            self._calls.drop(number)
        return code

    @property
    def _above(self) -> tuple[int, int]:
        return _number(self._login, "FrontID"), _number(self._login, "SessionID")

    def _refuse(self, guest: Guest, request: Request, request_id: int, code: int) -> None:
        error = RETURN_CODES.get(code, (code, FAILED[1]))
        guest.tell(failure(request.answer, error, request_id))

    def _refuse_ref(self, guest: Guest, request: Request, fields: Fields, request_id: int) -> None:
        error = error_of("DUPLICATE_ORDER_REF")
        answer = Answer("OnRspOrderInsert", fields, error, request_id)
        guest.tell(self.house.envelope.plain(answer, request_id))
        guest.tell(self.house.envelope.plain(Answer("OnErrRtnOrderInsert", fields, error)))

    def _password_changed(self, fields: Mapping[str, Value]) -> Callable[[Answer], None]:
        def learn(answer: Answer) -> None:
            if answer.error is None or not answer.error[0]:
                self._password = str(fields.get("NewPassword", ""))

        return learn

    # ---- answers

    def heard(self, answer: Answer) -> None:
        """Route one answer of the counter."""
        for watcher in self.house.watchers:
            watcher.heard(self.user, answer)
        if answer.topic is Topic.PRIVATE and answer.number:
            self._stream = (answer.number, self.house.doors.trading_day)
        if not answer.callback.startswith("OnRsp"):
            self._broadcast(answer)
            return
        call = self._calls.of(answer)
        if call is None:
            return
        if call.query is not None and self._comes_again(call, answer):
            return
        call.answered = True
        if call.then is not None:
            call.then(answer)
        if call.guest is not None and call.guest in self.guests:
            call.guest.tell(self._told(call, answer))

    def _comes_again(self, call: Call, answer: Answer) -> bool:
        """Deal with the pace; True for a query that goes out once more."""
        assert call.query is not None
        too_fast = answer.error is not None and answer.error[0] == _NEED_RETRY
        if too_fast and not call.answered and self.queries.paced and call.guest in self.guests:
            self.queries.again(call.guest, call.query)
            return True
        if answer.is_last:
            self.queries.done()
        return False

    def _told(self, call: Call, answer: Answer) -> dict[str, object]:
        shown = self._downwards(answer)
        return self.house.envelope.plain(shown, call.request_id, call.text)

    def _downwards(self, answer: Answer) -> Answer:
        if answer.fields is None or self._names is None:
            return answer
        fields = self._names.downwards(answer.fields)
        if fields is answer.fields:
            return answer
        return msgspec.structs.replace(answer, fields=fields)

    def _broadcast(self, answer: Answer) -> None:
        message = Shared(self.house.envelope.plain(self._downwards(answer)))
        for guest in list(self.guests):
            guest.report(message)

    # ---- in and out

    def open(self) -> None:
        """Begin a session at the counter and log in."""
        self.line = _Line(self)
        session = self._session = self.house.doors.trader(self.line, self.address)
        number, day = self._stream
        known = day or (self._names is not None and self.house.terms.library_resumes)
        resume = Resume.RESUME if known else Resume.QUICK
        session.subscribe(Topic.PRIVATE, resume, number, day)
        session.subscribe(Topic.PUBLIC, Resume.QUICK)
        if self.house.terms.app_id:
            self._call("ReqAuthenticate", self.house.authentication(self.user), self._authenticated)
        else:
            self._log_in()

    def _call(self, name: str, fields: Fields, then: Callable[[Answer], None]) -> None:
        if self._send(Call(None, name, 0, then), fields, self._calls.number()):
            self.lost(int(Reason.WRITE))

    def _authenticated(self, answer: Answer) -> None:
        if answer.error is not None and answer.error[0]:
            self._failed(Answer(_AUTHENTICATE, None, answer.error))
        else:
            self._log_in()

    def _log_in(self) -> None:
        self._call("ReqUserLogin", self.house.login(self.user, self._password), self._logged_in)

    def _logged_in(self, answer: Answer) -> None:
        if answer.error is not None and answer.error[0]:
            self._failed(Answer(_LOGIN, None, answer.error))
            return
        self._login = answer.fields or {}
        self._call("ReqSettlementInfoConfirm", self.login_row, self._confirmed)

    def _confirmed(self, answer: Answer) -> None:
        if answer.error is not None and answer.error[0]:
            self._failed(Answer(_LOGIN, None, answer.error))
            return
        self._timer.cancel()
        self.ready, self._pause = True, self.house.terms.first_pause_s
        names = self.house.names_of(self.user, str(self._login.get("TradingDay", "")))
        if names is not self._names:
            self._names = names
            self.guests = {guest: names.seat(*self._above) for guest in self.guests}
        names.last_ref.setdefault(self._above[1], _max_ref(self._login))
        for guest in list(self.guests):
            self._tell_login(guest)
        waiting, self._waiting = self._waiting, []
        for guest, password in waiting:
            self.join(guest, password)

    def _welcome(self, guest: Guest) -> None:
        assert self._names is not None
        if guest not in self.guests:
            self.guests[guest] = self._names.seat(*self._above)
        self._tell_login(guest)

    def _tell_login(self, guest: Guest) -> None:
        seat = self.guests[guest]
        row = {**self._login, "FrontID": seat.front, "SessionID": seat.session}
        row["MaxOrderRef"] = str(max(seat.last_ref, 1))
        guest.tell(self.house.envelope.plain(Answer(_LOGIN, row, (0, "CTP:正确"))))
        self.house.joined(self, guest)

    def _failed(self, answer: Answer) -> None:
        """Tell everybody that the login failed, and end."""
        message = self.house.envelope.plain(answer)
        for guest in [*self.guests, *(each[0] for each in self._waiting)]:
            guest.tell(message)
            self.house.left(self, guest)
        self.guests.clear()
        self._waiting.clear()
        self.close()

    def _too_late(self) -> None:
        self._failed(Answer(_LOGIN, None, FAILED))

    # ---- losses

    def lost(self, reason: int) -> None:
        """Tell the clients that the counter is gone, and come back by and by."""
        was_ready, self.ready = self.ready, False
        self._drop()
        self.queries.clear()
        calls, self._calls = self._calls, Calls()
        for call in calls:
            if call.query is not None and call.guest is not None:
                name = "Rsp" + call.name[3:]
                call.guest.tell(failure(name, FAILED, call.request_id))
        if was_ready:
            told = Shared(
                {"MsgType": "OnFrontDisconnected", "RspInfo": {"ErrorID": reason, "ErrorMsg": ""}}
            )
            for guest in list(self.guests):
                guest.report(told)
        if not self.guests and not self._waiting:
            self.close()
            return
        self._timer.cancel()
        self._timer = self.house.loop.call_later(self._pause, self.open)
        self._pause = min(2 * self._pause, self.house.terms.longest_pause_s)

    def _drop(self) -> None:
        session, self._session, self.line = self._session, None, None
        if session is not None:
            session.close()

    def _end_if_empty(self) -> None:
        if not self.guests and not self._waiting:
            self.close()

    def close(self) -> None:
        """End the session at the counter."""
        self.ready = False
        self._timer.cancel()
        self.queries.clear()
        self._calls.clear()
        self._drop()
        self.house.forget(self)


def _number(fields: Fields, name: str) -> int:
    value = fields.get(name, 0)
    return value if isinstance(value, int) else 0


def _max_ref(login: Fields) -> int:
    text = str(login.get("MaxOrderRef", "")).strip()
    # A fresh session's is 1, and 1 is free.
    return max(0, int(text) - 1) if text.isdecimal() and text.isascii() else 0
