"""A trader session that a person works with: questions, requests whose outcome is waited for, logins renewed."""

from collections.abc import Callable, Mapping
from pathlib import Path

from anyvenue.model.errors import ConnectivityError, InvalidOrder, VenueRefused
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.tools.access import Access, converse
from anyvenue.venues.ctp.tools.conversation import Conversation, Heard, Row
from anyvenue.venues.ctp.tools.login import LoggedIn, log_in
from anyvenue.venues.ctp.tools.orders import ALIVE
from anyvenue.venues.ctp.tools.shown import clean_text

__all__ = [
    "Told",
    "TradingSession",
    "is_cancelled",
    "is_inserted",
    "is_transferred",
    "refused",
]

_REPORT_S = 3.0
_NOTICE_S = 1.0
_UNKNOWN = "a"

Told = Callable[[Heard, int], bool]
"""Tells whether a callback is the outcome of the request with this id."""


class TradingSession:
    """One login; `hear` gets every callback on another thread."""

    def __init__(
        self, access: Access, flow: Path, hear: Callable[[Heard], None], timeout: float
    ) -> None:
        """Connect and log in; raise what the tools raise."""
        self._access = access
        self._timeout = timeout
        self._told: Told | None = None
        self._number = 0
        self._outcome: Heard | None = None
        self._cuts = 0
        self._hear = hear
        self.exchanges: dict[str, str] = {}
        self.conversation: Conversation = converse(access, "trader", flow, self._heard)
        try:
            self.conversation.start(access.fronts("trader"))
            self.logged_in = self._log_in()
        except BaseException:
            self.conversation.close()
            raise
        self._last_ref = self.logged_in.max_order_ref

    def close(self) -> None:
        """End it."""
        self.conversation.close()

    def next_ref(self) -> int:
        """Return an OrderRef, or OrderActionRef, above all others of the session."""
        self._last_ref += 1
        return self._last_ref

    def again(self) -> None:
        """Log in once more after a disconnection: the library comes back by itself, the login does not."""
        if self._is_cut():
            cuts = len(self.conversation.disconnects)
            self.logged_in = self._log_in()
            self._cuts = cuts
            self._last_ref = max(self._last_ref, self.logged_in.max_order_ref)

    def ask(self, name: str, fields: Mapping[str, Value]) -> list[Row]:
        """Return the rows of an answer; raise VenueRefused for an error answer, else as a conversation does.

        One that finds no connection is asked again after the next login.
        """
        access = self._access
        base = {"BrokerID": access.broker, "InvestorID": access.user, "AccountID": access.user}
        try:
            answer = self.conversation.ask(name, {**base, **fields}, self._timeout)
        except ConnectivityError:
            # A library knows that the connection is gone before it has told.
            if not self.conversation.wait(self._is_cut, _NOTICE_S):
                raise
            self.again()
            answer = self.conversation.ask(name, {**base, **fields}, self._timeout)
        if answer.error is not None:
            raise refused(name, answer.error)
        return answer.rows

    def act(self, name: str, fields: Mapping[str, Value], told: Told) -> bool:
        """Make a request and wait a while for its outcome; return whether there was one.

        Raise VenueRefused for an error, ConnectivityError where it was not sent.
        """
        self._outcome = None
        self._number = self.conversation.next_id()
        self._told = told
        try:
            self.conversation.send(name, fields, self._number)
            found = self.conversation.wait(lambda: self._outcome is not None, _REPORT_S)
        finally:
            self._told = None
        if self._outcome is not None and self._outcome.error and self._outcome.error[0]:
            raise refused(name, self._outcome.error)
        return found

    def exchange(self, instrument: str) -> str:
        """Return the exchange of an instrument, asked for once; raise InvalidOrder for one that is not there."""
        if instrument not in self.exchanges:
            rows = self.ask("ReqQryInstrument", {"InstrumentID": instrument})
            found = [row for row in rows if row["InstrumentID"] == instrument]
            if not found:
                raise InvalidOrder(
                    f"the counter has no instrument {instrument}",
                    code="order.ctp_instrument",
                    instrument=instrument,
                )
            self.exchanges[instrument] = str(found[0]["ExchangeID"])
        return self.exchanges[instrument]

    def _is_cut(self) -> bool:
        return len(self.conversation.disconnects) != self._cuts

    def _log_in(self) -> LoggedIn:
        self.conversation.wait_connected(self._timeout)
        return log_in(self.conversation, self._access, self._timeout)

    def _heard(self, heard: Heard) -> None:
        # Told first: what somebody waits for is on the screen before the next line is asked for.
        self._hear(heard)
        if self._told is not None and self._outcome is None and self._told(heard, self._number):
            self._outcome = heard


def refused(name: str, error: tuple[int, str]) -> VenueRefused:
    """Return the error of a request that was refused."""
    number, said = error[0], clean_text(error[1])
    return VenueRefused(
        f"{name} was refused: [{number}] {said}",
        code="venue.ctp_step",
        step=name.removeprefix("Req"),
        number=number,
        said=said,
    )


def is_inserted(logged_in: LoggedIn, ref: str) -> Told:
    """Return what tells that an order of this login rests, is done or was refused."""
    own = (logged_in.front_id, logged_in.session_id, ref)

    def told(heard: Heard, number: int) -> bool:
        if heard.callback in ("OnRspOrderInsert", "OnRspError") and heard.number == number:
            return True
        row = heard.fields or {}
        theirs = (row.get("FrontID"), row.get("SessionID"), str(row.get("OrderRef", "")).strip())
        known = row.get("OrderStatus") != _UNKNOWN
        return heard.callback == "OnRtnOrder" and theirs == own and known

    return told


def is_cancelled(order: Mapping[str, Value]) -> Told:
    """Return what tells that an order has ended, or goes on because the cancel was refused."""
    exchange, system_id = order["ExchangeID"], order["OrderSysID"]
    own = tuple(order[name] for name in ("FrontID", "SessionID", "OrderRef"))

    def told(heard: Heard, number: int) -> bool:
        failed = bool(heard.error and heard.error[0])
        if heard.callback in ("OnRspOrderAction", "OnRspError") and heard.number == number:
            return failed
        row = heard.fields or {}
        same = (row.get("ExchangeID"), row.get("OrderSysID")) == (exchange, system_id)
        if not str(system_id).strip():
            same = tuple(row.get(name) for name in ("FrontID", "SessionID", "OrderRef")) == own
        if heard.callback == "OnErrRtnOrderAction":
            return same
        return heard.callback == "OnRtnOrder" and same and row.get("OrderStatus") not in ALIVE

    return told


def is_transferred(request: str) -> Told:
    """Return what tells how a transfer ended."""
    names = (f"OnRtn{request[3:]}", f"OnErrRtn{request[7:]}")

    def told(heard: Heard, number: int) -> bool:
        if heard.callback in names:
            return True
        failed = bool(heard.error and heard.error[0])
        return heard.callback.startswith("OnRsp") and heard.number == number and failed

    return told
