"""One market data session at the counter for all sockets, and one subscription for each instrument."""

import asyncio
from collections.abc import Sequence

from anyvenue.venues.ctp.counter.seam import Answer, CounterDoors, Fields, MdSession, Reason
from anyvenue.venues.ctp.json.boards import Boards
from anyvenue.venues.ctp.json.envelope import FAILED, Envelope, Plain
from anyvenue.venues.ctp.json.frames import Shared
from anyvenue.venues.ctp.json.line import Line
from anyvenue.venues.ctp.json.terms import Guest, UpstreamTerms, Watcher

__all__ = ["MarketShare"]

_LOGIN = "OnRspUserLogin"


class MarketShare:
    """Writes each quote once for all that subscribed. Any login is good, as at market data fronts."""

    def __init__(
        self,
        doors: CounterDoors,
        terms: UpstreamTerms,
        loop: asyncio.AbstractEventLoop,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        """Subscribe at `doors`."""
        self.watchers = watchers
        self.doors = doors
        self.terms = terms
        self.loop = loop
        self.envelope = Envelope(md=True)
        self.guests: dict[Guest, Fields] = {}
        self.line: Line | None = None
        self.ready = False
        self.quotes = Boards(self, "OnRspSubMarketData", "OnRspUnSubMarketData")
        self.for_quotes = Boards(self, "OnRspSubForQuoteRsp", "OnRspUnSubForQuoteRsp")
        self._waiting: dict[Guest, Fields] = {}
        self._session: MdSession | None = None
        self._login: Fields = {}
        self._credentials: Fields = {}
        self._address = ""
        self._pause = terms.first_pause_s
        self._timer: asyncio.TimerHandle | None = None

    # ---- clients

    def log_in(self, guest: Guest, fields: Fields, address: str, quiet: bool = False) -> None:
        """Let a client in, who is answered with RspUserLogin, unless `quiet`."""
        if self.ready:
            self._welcome(guest, fields, quiet)
            return
        self._waiting[guest] = {**fields, "quiet": int(quiet)}
        if self._session is None and self._timer is None:
            self._credentials, self._address = fields, address
            self._open()

    def leave(self, guest: Guest) -> None:
        """Forget a client and its subscriptions."""
        self.guests.pop(guest, None)
        self._waiting.pop(guest, None)
        self.quotes.leave(guest)
        self.for_quotes.leave(guest)
        if not self.guests and not self._waiting:
            self.loop.call_later(self.terms.linger_s, self._end_if_empty)

    def ask(self, name: str, codes: Sequence[str]) -> int:
        """Call one of the session's four methods with codes; return CTP's code."""
        session = self._session
        if session is None or not self.ready:
            return -1
        methods = {
            "OnRspSubMarketData": session.subscribe,
            "OnRspUnSubMarketData": session.unsubscribe,
            "OnRspSubForQuoteRsp": session.subscribe_for_quote,
            "OnRspUnSubForQuoteRsp": session.unsubscribe_for_quote,
        }
        return methods[name](codes)

    def plain(self, answer: Answer) -> Plain:
        """Return an answer's message."""
        return self.envelope.plain(answer)

    # ---- answers

    def heard(self, answer: Answer) -> None:
        """Route one answer of the counter."""
        callback, fields = answer.callback, answer.fields
        for watcher in self.watchers:
            watcher.heard("", answer)
        if callback == "OnRtnDepthMarketData":
            if fields is not None:
                self.quotes.show(str(fields["InstrumentID"]), Shared(self.envelope.plain(answer)))
        elif callback == _LOGIN:
            self._logged_in(answer)
        elif callback == "OnRspSubMarketData":
            self.quotes.answered(answer)
        elif callback == "OnRspSubForQuoteRsp":
            self.for_quotes.answered(answer)
        elif callback == "OnRtnForQuoteRsp" and fields is not None:
            code = str(fields["InstrumentID"])
            self.for_quotes.report(code, Shared(self.envelope.plain(answer)))

    # ---- in and out

    def _open(self) -> None:
        self._stop_timer()
        self.line = Line(self)
        self._session = self.doors.md(self.line, self._address)
        self._timer = self.loop.call_later(self.terms.login_timeout_s, self._too_late)
        row = {"BrokerID": self.terms.broker_id, **self._credentials}
        if self._session.request("ReqUserLogin", row, 1):
            self.lost(int(Reason.WRITE))

    def _logged_in(self, answer: Answer) -> None:
        if answer.error is not None and answer.error[0]:
            self._fail(answer.error)
            return
        self._stop_timer()
        self.ready, self._login, self._pause = True, answer.fields or {}, self.terms.first_pause_s
        for guest, fields in list(self.guests.items()):
            self._tell_login(guest, fields)
        waiting, self._waiting = self._waiting, {}
        for guest, fields in waiting.items():
            self._welcome(guest, fields, bool(fields.get("quiet")))
        self.quotes.begin_again()
        self.for_quotes.begin_again()

    def _welcome(self, guest: Guest, fields: Fields, quiet: bool) -> None:
        self.guests[guest] = fields
        if not quiet:
            self._tell_login(guest, fields)

    def _tell_login(self, guest: Guest, fields: Fields) -> None:
        row = {**self._login, "UserID": fields.get("UserID", "")}
        guest.tell(self.envelope.plain(Answer(_LOGIN, row, (0, "CTP:No Error"))))

    def _fail(self, error: tuple[int, str]) -> None:
        message = self.envelope.plain(Answer(_LOGIN, None, error))
        everybody = [*self.guests, *self._waiting]
        self.close()
        for guest in everybody:
            guest.tell(message)

    def _too_late(self) -> None:
        """Tell who waits that it takes too long; who was in before goes on waiting for the counter."""
        self._timer = None
        if not self.guests:
            self._fail(FAILED)
            return
        waiting, self._waiting = self._waiting, {}
        for guest in waiting:
            guest.tell(self.envelope.plain(Answer(_LOGIN, None, FAILED)))

    def lost(self, reason: int) -> None:
        """Tell the clients that the counter is gone, and come back by and by."""
        was_ready, self.ready = self.ready, False
        self._drop()
        self.quotes.lost()
        self.for_quotes.lost()
        if was_ready:
            told = Shared(
                {"MsgType": "OnFrontDisconnected", "RspInfo": {"ErrorID": reason, "ErrorMsg": ""}}
            )
            for guest in list(self.guests):
                guest.report(told)
        if not self.guests and not self._waiting:
            self.close()
            return
        self._stop_timer()
        self._timer = self.loop.call_later(self._pause, self._open)
        self._pause = min(2 * self._pause, self.terms.longest_pause_s)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

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
        self._stop_timer()
        self._drop()
        self.guests.clear()
        self._waiting.clear()
        self.quotes.clear()
        self.for_quotes.clear()
