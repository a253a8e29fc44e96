"""A trader session: requests in, answers out, and the streams its login began."""

from collections import deque
from collections.abc import Callable

from anyvenue.model.errors import AnyvenueError, JournalError
from anyvenue.model.ids import AccountId
from anyvenue.venues.ctp.counter.context import Row
from anyvenue.venues.ctp.counter.desk import action_row
from anyvenue.venues.ctp.counter.errors import NO_ERROR, Refused, error_of
from anyvenue.venues.ctp.counter.pending import Pending
from anyvenue.venues.ctp.counter.refused import REFUSED
from anyvenue.venues.ctp.counter.requests import ERROR_CALLBACKS, HANDLERS, PASSED_ON, TRADING
from anyvenue.venues.ctp.counter.seam import Answer, Door, Fields, Reason, Resume, Topic
from anyvenue.venues.ctp.counter.shapes import fitting
from anyvenue.venues.ctp.counter.trader import Parts, Trader

__all__ = ["CounterSession"]

_FREE = frozenset(
    {
        "ReqAuthenticate",
        "ReqUserLogin",
        "ReqUserLoginWithCaptcha",
        "ReqUserLoginWithText",
        "ReqUserLoginWithOTP",
        "ReqUserPasswordUpdate",
        "ReqUserAuthMethod",
        "ReqGenUserCaptcha",
        "ReqGenUserText",
    }
)
_LOGINS = frozenset(name for name in _FREE if name.startswith("ReqUserLogin"))
_SECRETS = frozenset({"Password", "OldPassword", "NewPassword", "BankPassWord", "OneTimePassword"})
_NOT_CONNECTED = -1
_SECOND = 1_000_000_000
_FAR = 1 << 62
_BURST = 2.0
Waiting = tuple[str, Fields, int]


class CounterSession(Trader):
    """Implements `seam.TraderSession`."""

    def __init__(
        self,
        parts: Parts,
        door: Door,
        address: str,
        on_close: Callable[["CounterSession"], None],
    ) -> None:
        """Answer at `door`; `on_close` is called when the session has ended."""
        super().__init__(parts, address)
        self.door = door
        self._on_close = on_close
        self.closed = False
        self._wanted: dict[Topic, tuple[Resume, int, int]] = {}
        self._tokens = (_BURST, 0)
        self._spent: deque[int] = deque()
        self._waiting: deque[Waiting] = deque()

    # ---- seam.TraderSession

    def subscribe(self, topic: Topic, resume: Resume, after: int = 0, trading_day: int = 0) -> None:
        """Ask for a stream; it begins with the login, or now where there was one."""
        self._wanted[topic] = (resume, after, trading_day)
        if self.logged_in:
            self._begin(topic)

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        """Take a request and answer it."""
        if self.closed:
            return _NOT_CONNECTED
        if name in TRADING and self._must_wait():
            self._waiting.append((name, fields, request_id))
            return 0
        self._serve(name, fields, request_id)
        return 0

    def close(self) -> None:
        """Forget the client."""
        self.closed = True
        if self.logged_in:
            self.book.followers.pop(self, None)
        self.parts.public.followers.pop(self, None)
        self._on_close(self)
        self._waiting.clear()

    # ---- followers of streams

    def tell(self, answer: Answer) -> None:
        """Deliver a message of a stream."""
        if not self.closed:
            self.door.answer(answer)

    def cut(self, reason: Reason = Reason.READ) -> None:
        """End the connection."""
        if not self.closed:
            self.close()
            self.door.cut(reason)

    def leave(self) -> None:
        """Drop the connection after a logout."""
        self.cut()

    def sessions_of(self, account: AccountId) -> int:
        """Return how many sessions the account has."""
        return self.parts.sessions_of(account)

    # ---- serving

    def _serve(self, name: str, fields: Fields, request_id: int) -> None:
        callback = _callback(name)
        try:
            if not self.logged_in and name not in _FREE:
                raise Refused("NOT_LOGIN_YET")
            if name in PASSED_ON and self._pass_on(name, callback, fields, request_id):
                row = None
            elif name in HANDLERS:
                row = HANDLERS[name](self, fields)
            elif name in self.parts.queries:
                self._query(name, callback, fields, request_id)
                row = None
            else:
                raise Refused(REFUSED.get(name, "NO_FOUND_FUNCTION"))
        except Refused as refused:
            self._refuse(name, callback, fields, refused.error, request_id)
        except JournalError:
            raise
        except AnyvenueError as error:
            self._fail(name, callback, fields, error, request_id)
        else:
            if row is not None:
                self.door.answer(Answer(callback, fitting(callback, row), NO_ERROR, request_id))
        if name in _LOGINS and self.logged_in:
            for topic in list(self._wanted):
                self._begin(topic)
        self.run_afterwards()

    def _fail(
        self, name: str, callback: str, fields: Fields, error: AnyvenueError, request_id: int
    ) -> None:
        number, text = error_of("EXCHANGE_RTNERROR")
        self._refuse(name, callback, fields, (number, f"{text}:{error.text}"), request_id)

    def _refuse(
        self, name: str, callback: str, fields: Fields, error: tuple[int, str], request_id: int
    ) -> None:
        """Answer with an error, and tell the account's other sessions where CTP does."""
        if self.closed:
            return
        known = name in HANDLERS or name in REFUSED or name in self.parts.queries
        row: Row = {each: value for each, value in fields.items() if each not in _SECRETS}
        if not known:
            self.door.answer(Answer("OnRspError", None, error, request_id))
            return
        self.door.answer(Answer(callback, fitting(callback, row), error, request_id))
        told = ERROR_CALLBACKS.get(name)
        if told is not None and self.logged_in:
            if name == "ReqOrderAction":
                row |= action_row(fields, self.parts.context.now())
            self.book.tell_error(told, row, error)

    def _query(self, name: str, callback: str, fields: Fields, request_id: int) -> None:
        if not self._may_query():
            raise Refused("NEED_RETRY")
        investor = fields.get("InvestorID", "")
        if investor and investor != self.account:
            raise Refused("NO_PRIVILEGE")
        rows = self.parts.queries[name](self.parts.context, self, fields)
        if isinstance(rows, Pending):
            rows.then(
                lambda found: self._answer_query(callback, found, request_id),
                lambda error: self._refuse(name, callback, fields, error, request_id),
                lambda failed: self._fail(name, callback, fields, failed, request_id),
            )
        else:
            self._answer_query(callback, rows, request_id)

    def _answer_query(self, callback: str, rows: list[Row], request_id: int) -> None:
        if self.closed:
            return
        if not rows:
            self.door.answer(Answer(callback, None, None, request_id))
        last = len(rows) - 1
        for number, row in enumerate(rows):
            self.door.answer(Answer(callback, row, None, request_id, number == last))

    def _pass_on(self, name: str, callback: str, fields: Fields, request_id: int) -> bool:
        """Have the counter behind the broker do what this one has no bank for; tell whether it is asked."""
        if self.parts.transfers.has_bank:
            return False
        asked = self.parts.context.native_query(self.account, name, fields)
        if not isinstance(asked, Pending):
            return False
        asked.then(
            lambda rows: self._passed_on(name, callback, fields, rows, request_id),
            lambda error: self._refuse(name, callback, fields, error, request_id),
            lambda failed: self._fail(name, callback, fields, failed, request_id),
        )
        return True

    def _passed_on(
        self, name: str, callback: str, fields: Fields, rows: list[Row], request_id: int
    ) -> None:
        if not rows:
            error = error_of("NO_VALID_BANKOFFER_AVAILABLE")
            self._refuse(name, callback, fields, error, request_id)
            return
        if not self.closed:
            self.door.answer(Answer(callback, fitting(callback, rows[0]), NO_ERROR, request_id))
        self.book.tell(PASSED_ON[name], rows[0])

    # ---- streams

    def _begin(self, topic: Topic) -> None:
        resume, after, day = self._wanted[topic]
        if resume is Resume.NONE:
            return
        private = topic is Topic.PRIVATE
        source = self.book.stream if private else self.parts.public
        if resume is Resume.RESTART or day != self.parts.trading_day:
            after = 0
        if resume is not Resume.QUICK:
            for answer in source.answers(after):
                self.door.answer(answer)
        followers = self.book.followers if private else self.parts.public.followers
        followers[self] = None

    # ---- pace

    @property
    def due(self) -> int:
        """When a request that waits may go on, int ns UTC."""
        return self._spent[0] + _SECOND if self._waiting else _FAR

    def run_due(self, now: int) -> None:
        """Serve the requests that have waited for their second."""
        while self._waiting and not self.closed and not self._is_full(now):
            self._spent.append(now)
            self._serve(*self._waiting.popleft())

    def _must_wait(self) -> bool:
        if not self.parts.context.profile.requests_per_second:
            return False
        now = self.parts.context.now()
        if self._waiting or self._is_full(now):
            return True
        self._spent.append(now)
        return False

    def _is_full(self, now: int) -> bool:
        while self._spent and self._spent[0] + _SECOND <= now:
            self._spent.popleft()
        return len(self._spent) >= self.parts.context.profile.requests_per_second

    def _may_query(self) -> bool:
        """Tell whether the pace allows a query; clients keep it, but a network bunches some up."""
        pace = self.parts.context.profile.queries_per_second
        if not pace:
            return True
        tokens, at = self._tokens
        now = self.parts.wall()
        tokens = min(_BURST, tokens + (now - at) / _SECOND * pace)
        allowed = tokens >= 1
        self._tokens = (tokens - 1 if allowed else tokens, now)
        return allowed


def _callback(name: str) -> str:
    return "OnRspUserLogin" if name in _LOGINS else f"OnRsp{name[3:]}"
