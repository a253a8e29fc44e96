"""What a trader session is while it lasts: who has logged in, from where, and what its order references were."""

from collections.abc import Callable
from typing import Protocol

from anyvenue.model.ids import AccountId
from anyvenue.venues.ctp.counter.book import AccountBook
from anyvenue.venues.ctp.counter.commands import AccountCommands
from anyvenue.venues.ctp.counter.conditional import Conditionals
from anyvenue.venues.ctp.counter.context import Asked, Context, Row
from anyvenue.venues.ctp.counter.desk import OrderDesk
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.identity import Origin, ref_text
from anyvenue.venues.ctp.counter.logins import LoginDesk
from anyvenue.venues.ctp.counter.members import Member
from anyvenue.venues.ctp.counter.parked import Parked
from anyvenue.venues.ctp.counter.public import PublicStream
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.transfers import Transfers

__all__ = ["Parts", "Trader"]

_LONGEST = 12  # characters of an OrderRef


class Parts(Protocol):
    """The counter's rooms as its sessions use them."""

    context: Context
    desk: OrderDesk
    conditionals: Conditionals
    parked: Parked
    commands: AccountCommands
    transfers: Transfers
    logins: LoginDesk
    public: PublicStream
    queries: dict[str, Asked]

    @property
    def trading_day(self) -> int:
        """The open trading day."""
        ...

    def wall(self) -> int:
        """Return the time that clients live in, int ns."""
        ...

    def sessions_of(self, account: AccountId) -> int:
        """Return how many sessions an account has."""
        ...

    def book(self, account: AccountId) -> AccountBook:
        """Return the day of an account, listening to the broker."""
        ...

    def next_session_id(self) -> int:
        """Return a SessionID that nobody had today."""
        ...


class Trader:
    """The state of one trader session; `requests` acts on it."""

    def __init__(self, parts: Parts, address: str) -> None:
        """Begin with nobody logged in."""
        self.parts = parts
        self.address = address
        self.authenticated = False
        self.user_id = ""
        self._member: Member | None = None
        self._book: AccountBook | None = None
        self._origin: Origin | None = None
        self._last_ref = 0
        self._last_word = ""
        self.left = False
        self._afterwards: list[Callable[[], None]] = []

    # ---- who

    @property
    def logged_in(self) -> bool:
        """Tell whether somebody has logged in."""
        return self._member is not None

    @property
    def member(self) -> Member:
        """The investor; raise Refused before the login."""
        if self._member is None:
            raise Refused("NOT_LOGIN_YET")
        return self._member

    @property
    def book(self) -> AccountBook:
        """The investor's day; raise Refused before the login."""
        if self._book is None:
            raise Refused("NOT_LOGIN_YET")
        return self._book

    @property
    def origin(self) -> Origin:
        """What orders of the session are signed with; raise Refused before the login."""
        if self._origin is None:
            raise Refused("NOT_LOGIN_YET")
        return self._origin

    @property
    def account(self) -> AccountId:
        """The investor's account."""
        return self.member.account

    @property
    def session_id(self) -> int:
        """SessionID, 0 before the login."""
        return self._origin.session_id if self._origin else 0

    # ---- in and out

    def authenticate(self, fields: Fields) -> Row:
        """Let a program in; raise Refused."""
        row = self.parts.logins.authenticate(fields)
        self.authenticated = True
        return row

    def log_in(self, fields: Fields) -> Row:
        """Let a user in; raise Refused."""
        if self._member is not None:
            raise Refused("DUPLICATE_LOGIN")
        parts, user = self.parts, str(fields.get("UserID", ""))
        sessions = self.sessions_of(AccountId(user))
        member = parts.logins.admit(fields, self.address, self.authenticated, sessions)
        session_id = parts.next_session_id()
        self._book = parts.book(member.account)
        self._member, self.user_id = member, user
        self._origin = Origin(
            member.account,
            user,
            parts.context.profile.front_id,
            session_id,
            str(fields.get("UserProductInfo", "")),
        )
        return parts.logins.answer(member, fields, session_id)

    def sessions_of(self, account: AccountId) -> int:
        """Return how many sessions an account has now."""
        raise NotImplementedError

    def leave(self) -> None:
        """Drop the connection, as a counter does after a logout."""
        raise NotImplementedError

    def after_answer(self, what: Callable[[], None]) -> None:
        """Do `what` once the request has been answered."""
        self._afterwards.append(what)

    def run_afterwards(self) -> None:
        """Do what was put off."""
        waiting, self._afterwards = self._afterwards, []
        for each in waiting:
            each()

    # ---- references

    def take_ref(self, fields: Fields) -> str:
        """Return the order's reference, or the next one where it has none; raise Refused unless it rises."""
        given = str(fields.get("OrderRef", ""))
        bare = given.strip()
        if not bare:
            self._last_ref += 1
            return ref_text(self._last_ref)
        if not bare.isdecimal():
            self._take_word(bare)
        elif int(bare) <= self._last_ref:
            raise Refused("DUPLICATE_ORDER_REF")
        else:
            self._last_ref = int(bare)
        return given

    def _take_word(self, ref: str) -> None:
        """Take a reference that is no number; such rise by their letters, right-aligned."""
        if ref.rjust(_LONGEST) <= self._last_word:
            raise Refused("DUPLICATE_ORDER_REF")
        self._last_word = ref.rjust(_LONGEST)
