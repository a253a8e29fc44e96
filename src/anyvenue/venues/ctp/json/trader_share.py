"""One trader session at the counter for all sockets of an account."""

import asyncio
from collections.abc import Callable
from hmac import compare_digest
from typing import TYPE_CHECKING

from anyvenue.venues.ctp.counter.seam import (
    Answer,
    Fields,
    Reason,
    Resume,
    Topic,
)
from anyvenue.venues.ctp.json.calls import Call, Calls
from anyvenue.venues.ctp.json.envelope import FAILED, failure
from anyvenue.venues.ctp.json.frames import Shared
from anyvenue.venues.ctp.json.line import Line
from anyvenue.venues.ctp.json.terms import Guest
from anyvenue.venues.ctp.json.trader_desk import TraderDesk

if TYPE_CHECKING:
    from anyvenue.venues.ctp.json.accounts import Accounts

__all__ = ["TraderShare"]

_LOGIN, _AUTHENTICATE = "OnRspUserLogin", "OnRspAuthenticate"
# What a counter says that has just come back: not initialised, front not active, try again.
_NOT_YET = frozenset({7, 8, 90})


class TraderShare(TraderDesk):
    """Logs an account in for whoever joins, and comes back after a loss."""

    def __init__(self, house: "Accounts", user: str, password: str, address: str) -> None:
        """Belong to `house`; `open` begins."""
        super().__init__(house, user, password)
        self.line: Line | None = None
        self.address = address
        self._waiting: list[tuple[Guest, str, str]] = []
        self._pause = house.terms.first_pause_s
        self._timer: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = None

    # ---- clients

    def join(self, guest: Guest, password: str, address: str) -> None:
        """Let a client in once the account is logged in and the password is its own."""
        if not self.ready:
            self._waiting.append((guest, password, address))
            if self._deadline is None:
                wait = self.house.terms.login_timeout_s
                self._deadline = self.house.loop.call_later(wait, self._too_late)
        elif compare_digest(
            password.encode("utf-8", "replace"), self._password.encode("utf-8", "replace")
        ):
            self._welcome(guest)
        else:
            self.house.try_password(self, guest, password, address)

    def proved(self, guest: Guest, password: str) -> None:
        """Hear that the counter takes another password than the one known here."""
        self._password = password
        if self.ready:
            self._welcome(guest)
        else:
            self.join(guest, password, self.address)

    def leave(self, guest: Guest) -> None:
        """Forget a client; the last one's leaving ends the session."""
        self.guests.pop(guest, None)
        self._waiting = [each for each in self._waiting if each[0] is not guest]
        self.queries.leave(guest)
        if not self.guests and not self._waiting:
            self.house.loop.call_later(self.house.terms.linger_s, self._end_if_empty)

    # ---- in and out

    def open(self) -> None:
        """Begin a session at the counter and log in."""
        self._timer = None
        self.line = Line(self)
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
            self._refused(_AUTHENTICATE, answer.error)
        else:
            self._log_in()

    def _log_in(self) -> None:
        self._call("ReqUserLogin", self.house.login(self.user, self._password), self._logged_in)

    def _logged_in(self, answer: Answer) -> None:
        if answer.error is not None and answer.error[0]:
            self._refused(_LOGIN, answer.error)
            return
        self._login = answer.fields or {}
        self._call("ReqSettlementInfoConfirm", self.login_row, self._confirmed)

    def _confirmed(self, answer: Answer) -> None:
        if answer.error is not None and answer.error[0]:
            self._refused(_LOGIN, answer.error)
            return
        self._stop_timers()
        self.ready, self._pause = True, self.house.terms.first_pause_s
        names = self.house.names_of(self.user, str(self._login.get("TradingDay", "")))
        if names is not self._names:
            self._names = names
            self.guests = {guest: names.seat(*self._above) for guest in self.guests}
        names.last_ref.setdefault(self._above[1], _max_ref(self._login))
        for guest in list(self.guests):
            self._tell_login(guest)
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self.join(*each)

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

    def _refused(self, callback: str, error: tuple[int, str]) -> None:
        """Come back later where clients were in already and the counter is only not ready yet; else fail."""
        if self.guests and error[0] in _NOT_YET:
            self.lost(int(Reason.READ))
        else:
            self._failed(Answer(callback, None, error))

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
        """Tell who waits that it takes too long; who was in before goes on waiting for the counter."""
        self._deadline = None
        if not self.guests:
            self._failed(Answer(_LOGIN, None, FAILED))
            return
        waiting, self._waiting = self._waiting, []
        for guest, _password, _address in waiting:
            guest.tell(self.house.envelope.plain(Answer(_LOGIN, None, FAILED)))
            if guest not in self.guests:
                self.house.left(self, guest)

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
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.house.loop.call_later(self._pause, self.open)
        self._pause = min(2 * self._pause, self.house.terms.longest_pause_s)

    def _stop_timers(self) -> None:
        for timer in (self._timer, self._deadline):
            if timer is not None:
                timer.cancel()
        self._timer = self._deadline = None

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
        self._stop_timers()
        self.queries.clear()
        self._calls.clear()
        self._drop()
        self.house.forget(self)


def _max_ref(login: Fields) -> int:
    text = str(login.get("MaxOrderRef", "")).strip()
    # A fresh session's is 1, and 1 is free.
    return max(0, int(text) - 1) if text.isdecimal() and text.isascii() else 0
