"""The CTP counter: over any broker, on its thread, at the call of doors."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial

from anyvenue.model.commands import AccountCommand
from anyvenue.model.errors import AccountError
from anyvenue.model.events import CommandRefused, DaySettled, Event, OptionExercised
from anyvenue.model.ids import AccountId
from anyvenue.model.protocols import Admin, Broker, Cursor, FileStore
from anyvenue.venues.ctp.counter.book import AccountBook
from anyvenue.venues.ctp.counter.codes import NOT_TOUCHED
from anyvenue.venues.ctp.counter.commands import AccountCommands
from anyvenue.venues.ctp.counter.conditional import Conditionals
from anyvenue.venues.ctp.counter.context import Asked, Context
from anyvenue.venues.ctp.counter.daylog import DayLog, Noted
from anyvenue.venues.ctp.counter.desk import OrderDesk
from anyvenue.venues.ctp.counter.hours import SessionsOf, TradingHours
from anyvenue.venues.ctp.counter.identity import Identities
from anyvenue.venues.ctp.counter.logins import LoginDesk
from anyvenue.venues.ctp.counter.md import CounterMdSession, MarketCenter
from anyvenue.venues.ctp.counter.members import Member, Members
from anyvenue.venues.ctp.counter.names import Names
from anyvenue.venues.ctp.counter.parked import Parked
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.counter.public import PublicStream
from anyvenue.venues.ctp.counter.queries import QUERIES
from anyvenue.venues.ctp.counter.reports import Reports
from anyvenue.venues.ctp.counter.seam import Door, Reason
from anyvenue.venues.ctp.counter.session import CounterSession
from anyvenue.venues.ctp.counter.times import date_text
from anyvenue.venues.ctp.counter.transfers import Transfers

__all__ = ["Counter"]

_SESSION = "session"


class Counter:
    """Implements `seam.CounterDoors`. Nothing happens by itself: call `run_due` when `due` has come."""

    def __init__(
        self,
        broker: Broker,
        profile: Profile | None = None,
        *,
        now: Callable[[], int],
        wall: Callable[[], int] | None = None,
        files: FileStore | None = None,
        admin: Admin | None = None,
        execute: Callable[[AccountCommand], None] | None = None,
        sessions_of: SessionsOf | None = None,
        queries: Mapping[str, Asked] | None = None,
    ) -> None:
        """Serve `broker` on `profile`'s terms, from where `files` left off; raise JournalError.

        `now` is the broker's time (int ns UTC), `wall` the clients', which paces queries. `admin` opens accounts and
        moves money, `execute` takes commands about accounts; both only where the broker has them. `sessions_of` are the
        hours that the broker's market keeps, by default the real ones.
        """
        self._broker = broker
        self._admin = admin
        self.wall = wall or now
        profile = profile or Profile()
        self._log = DayLog(files)
        self._books: dict[AccountId, AccountBook] = {}
        self._sessions: dict[CounterSession, None] = {}
        self._session_id = 0
        self.hours = TradingHours(sessions_of)
        names = Names(broker)
        self.context = Context(
            broker, profile, Members(files), names, now, lambda: self.trading_day, self.book
        )
        self.queries: dict[str, Asked] = dict(QUERIES if queries is None else queries)
        identities = Identities(self.context)
        self._identities = identities
        self.reports = Reports(self.context, identities)
        self.desk = OrderDesk(self.context, identities, self.reports)
        self.conditionals = Conditionals(self.context, self.desk, self._member_of)
        self.parked = Parked(
            self.context, self.desk, self.hours, self._member_of, self.conditionals.next_ref
        )
        self.market = MarketCenter(self.context, self.next_session_id)
        self.commands = AccountCommands(self.context, execute, self.market.for_quote)
        self.transfers = Transfers(self.context, admin)
        self.logins = LoginDesk(self.context, self._open_account)
        self.public = PublicStream(self.context, self.hours)
        self._day = 0
        self._day = self._find_day()
        self._restore()
        self.public.run_due(now())

    # ---- seam.CounterDoors

    @property
    def trading_day(self) -> int:
        """The open trading day, yyyymmdd."""
        return self._day

    def trader(self, door: Door, address: str) -> CounterSession:
        """Begin a trader session."""
        if not self._sessions:
            self._check_day()
        session = CounterSession(self, door, address, self._forget)
        self._sessions[session] = None
        return session

    def md(self, door: Door, address: str) -> CounterMdSession:
        """Begin a market data session."""
        return CounterMdSession(self.market, door, address, self.queries)

    # ---- time

    @property
    def due(self) -> int:
        """When something happens by itself next, int ns UTC."""
        waiting = (each.due for each in self._sessions)
        return min(self.public.due, self.parked.due, self.market.due, *waiting)

    def run_due(self, now: int) -> None:
        """Do what is due by `now`."""
        self.public.run_due(now)
        self.parked.run_due(now)
        self.market.run_due(now)
        for session in list(self._sessions):
            if session.due <= now:
                session.run_due(now)

    def close(self) -> None:
        """Drop every client and let go of the files; repeated calls do nothing."""
        for session in list(self._sessions):
            session.cut(Reason.READ)
        for each in list(self.market.sessions):
            each.cut(Reason.READ)
        self._log.close()

    # ---- members

    def enrol(
        self,
        account: str,
        password: str = "",
        name: str = "",
        deposits: Mapping[str, Decimal] | None = None,
    ) -> Member:
        """Take an investor on, whose account is opened where there is none; "" lets any password in."""
        member = Member(
            account=AccountId(account),
            name=name or account,
            must_change=self.context.profile.passwords.change_at_first_login,
            secret_day=int(date_text(self.context.now())),
        )
        self._open_account(member.account, deposits)
        return self.context.members.add(member, password)

    # ---- trader.Parts

    def book(self, account: AccountId) -> AccountBook:
        """Return the day of an account, listening to the broker."""
        book = self._books.get(account)
        if book is None:
            book = self._books[account] = AccountBook(account, self._day, self._log)
        if not book.listening:
            self._connect(book)
        return book

    def next_session_id(self) -> int:
        """Return a SessionID that nobody had today, not before a restart either."""
        self._session_id += 1
        note = Noted("", self._day, (0, 0), b"", _SESSION, "", {"last": self._session_id})
        self._log.note(note)
        return self._session_id

    def sessions_of(self, account: AccountId) -> int:
        """Return how many sessions of an account are logged in."""
        return len(self._logged_in(account))

    # ---- inside

    def _logged_in(self, account: AccountId) -> list[CounterSession]:
        return [
            each
            for each in self._sessions
            if not each.closed and each.logged_in and each.account == account
        ]

    def _forget(self, session: CounterSession) -> None:
        self._sessions.pop(session, None)

    def _member_of(self, book: AccountBook) -> Member:
        return self.context.members.get(book.account)

    def _open_account(
        self, account: AccountId, deposits: Mapping[str, Decimal] | None = None
    ) -> bool:
        """Open the broker's account where there is none and it can be; tell whether there is one."""
        try:
            self._broker.account(account)
        except AccountError:
            if self._admin is None:
                return False
            profile = self.context.profile
            opening = {profile.currency: profile.opening_deposit} if profile.opening_deposit else {}
            self._admin.create_account(account, dict(opening if deposits is None else deposits))
            self._check_day()
        return True

    # ---- days

    def _find_day(self) -> int:
        """Return the day that the broker's accounts are in, or that its market would be in; 0 when neither says."""
        currency = self.context.profile.currency
        for account in self._broker.accounts():
            for figures in self._broker.account(account):
                if figures.currency == currency and figures.trading_day:
                    return figures.trading_day
        for instrument in self.context.names.all():
            if instrument.currency == currency:
                return self.hours.trading_day(instrument, self.context.now())
        return int(date_text(self.context.now()))

    def _check_day(self) -> None:
        """Go over to another day while nobody has one open."""
        if not any(each.listening for each in self._books.values()):
            day = self._find_day()
            if day > self._day:
                self._begin_day(day)

    def _begin_day(self, day: int) -> None:
        self._day = day
        self._log.begin(day)
        self.context.names.refresh()
        self.public.run_due(self.context.now())

    def _roll(self, book: AccountBook, day: int) -> None:
        """Let an account's next day begin: its clients come back with a new login, as after CTP's restart."""
        self.conditionals.end_day(book)
        sessions = self._logged_in(book.account)
        if day > self._day:
            self._begin_day(day)
        book.roll(day)
        for session in sessions:
            session.cut(Reason.READ)

    # ---- the broker's events

    def _connect(self, book: AccountBook) -> None:
        """Hear what happened to an account since its book knows, and what happens from now on."""
        book.listening = True
        events = list(self._broker.events(book.account, book.cursor))
        for cursor, event in _of_last_day(events, self.context.profile.currency):
            self._hear(book, cursor, event)
        self.reports.bind_known(book)
        self.reports.caught_up(book)
        self._broker.listen(book.account, partial(self._hear, book))
        for record in book.by_key.values():
            waits = record.told and record.fields["OrderStatus"] == NOT_TOUCHED
            if waits and str(record.fields.get("OrderSysID", "")).startswith("TJBD"):
                self.conditionals.wait(book, record)
        self.parked.resume(book)

    def _hear(self, book: AccountBook, cursor: Cursor, event: Event) -> None:
        if type(event) is DaySettled:
            book.cursor = cursor
            if event.currency == self.context.profile.currency and event.next_day > book.day:
                self._roll(book, event.next_day)
        elif type(event) is CommandRefused or type(event) is OptionExercised:
            book.cursor = cursor
            self.commands.hear(book, event)
        else:
            self.reports.hear(book, cursor, event)

    def _restore(self) -> None:
        """Take up what the day's file holds."""
        self._log.begin(self._day)
        for noted in self._log.entries():
            if noted.record == _SESSION and not noted.account:
                last = noted.fields["last"]
                assert isinstance(last, int)
                self._session_id = max(self._session_id, last)
            elif noted.day == self._day:
                account = AccountId(noted.account)
                if account not in self._books:
                    self._books[account] = AccountBook(account, self._day, self._log)
                self._books[account].restore(noted)
        for book in list(self._books.values()):
            self._identities.go_on(book.orders())
            try:
                self._connect(book)
            except AccountError:  # the exchange began anew without it
                del self._books[book.account]


def _of_last_day(
    events: list[tuple[Cursor, Event]], currency: str
) -> Iterable[tuple[Cursor, Event]]:
    """Leave out the events before the last settlement: they are of days that nobody asks for."""
    for at in range(len(events) - 1, -1, -1):
        event = events[at][1]
        if type(event) is DaySettled and event.currency == currency:
            return events[at:]
    return events
