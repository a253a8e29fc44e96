"""Requests and answers of a shared trader session: whose an answer is, and under which names orders go."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from anyvenue.venues.ctp.counter.errors import error_of
from anyvenue.venues.ctp.counter.seam import Answer, Fields, Topic, TraderSession
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

__all__ = ["TraderDesk"]

_NEED_RETRY = 90


class TraderDesk:
    """The state of a session that is logged in; `TraderShare` brings it there and back after a loss."""

    def __init__(self, house: "Accounts", user: str, password: str) -> None:
        """Begin with no session."""
        self.house = house
        self.user = user
        self.guests: dict[Guest, Seat] = {}
        self.ready = False
        self._password = password
        self._session: TraderSession | None = None
        self._calls = Calls()
        self._login: Fields = {}
        self._names: OrderNames | None = None
        self._stream = (0, 0)
        pace = house.terms.queries_per_second
        self.queries = FairQueue(house.loop, 1 / pace if pace else 0.0)

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
        if request.name == "ReqBatchOrderAction" and self._cancel_all(guest, fields, request_id):
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

    def _cancel_all(self, guest: Guest, fields: Fields, request_id: int) -> bool:
        """Cancel one socket's orders by one: upstream its session is every socket's; False for another's session."""
        assert self._names is not None
        session = _number(fields, "SessionID") or self.guests[guest].session
        cancels = self._names.cancels(session, str(fields.get("ExchangeID", "")))
        if cancels is None:
            return False
        for row in cancels:
            self._send(
                Call(None, "ReqOrderAction"), {**self.login_row, **row}, self._calls.number()
            )
        answer = Answer("OnRspBatchOrderAction", fields, (0, "CTP:正确"), request_id)
        guest.tell(self.house.envelope.plain(answer, request_id))
        return True

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
        return {**fields, "OrderRef": named.above_ref, "RequestID": shown}

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


def _number(fields: Fields, name: str) -> int:
    value = fields.get(name, 0)
    return value if isinstance(value, int) else 0
