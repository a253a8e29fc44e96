"""The server of the simulated exchange: many clients and accounts over any `Broker`."""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from anyvenue.model.errors import AccountError, AuthError, ConfigError
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.market import MarketEvent
from anyvenue.model.protocols import Broker, Cursor
from anyvenue.venues.addresses import address_taken, is_loopback
from anyvenue.venues.paper.checks import LoginGuard, RequestGuard
from anyvenue.venues.paper.framing import framed
from anyvenue.venues.paper.keeper import Keeper
from anyvenue.venues.paper.passwords import hashed, matches
from anyvenue.venues.paper.session import Session
from anyvenue.venues.paper.wire import Seen, Told, encode, packed

if TYPE_CHECKING:
    import ssl

__all__ = ["ExchangeServer", "ServerTerms"]


class ServerTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How a server deals with its clients.

    Sizes are in bytes: `longest_frame` of a client's message, `longest_wait` of what waits for one client. `patience_s`
    is how long a connection may be without a login. Without an `admin_token` nobody administers. Of `most_requests`
    orders, changes and cancels in any `per_seconds` a client may make, more are refused; 0 is without limit.
    """

    token: str = ""
    admin_token: str = ""
    name: str = "anyvenue"
    longest_frame: int = 1 << 16
    longest_wait: int = 8 << 20
    most_clients: int = 1_000
    patience_s: float = 10.0
    most_requests: int = 0
    per_seconds: float = 1.0

    def __repr__(self) -> str:
        return f"ServerTerms(name={self.name!r}, ***)"


class ExchangeServer:
    """Serves `broker` and `keeper` to the clients that connect; everything happens on the loop's thread."""

    def __init__(
        self,
        broker: Broker,
        keeper: Keeper,
        terms: ServerTerms | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        """Serve under `terms`; `note` is given a line about anything an operator should know."""
        self.broker = broker
        self.keeper = keeper
        self.terms = terms or ServerTerms()
        self.note: Callable[[str], None] = note or _nobody
        self.sessions: dict[Session, None] = {}
        self._joined = 0
        self._guard = LoginGuard()
        self._requests: dict[AccountId, RequestGuard] = {}
        self._server: asyncio.Server | None = None
        self._seats: dict[tuple[AccountId, str], Session] = {}
        self._audience: dict[AccountId, dict[Session, None]] = {}
        self._watching: dict[InstrumentId, dict[Session, None]] = {}

    # ---- its life

    async def start(
        self, host: str = "127.0.0.1", port: int = 0, tls: "ssl.SSLContext | None" = None
    ) -> tuple[str, int]:
        """Listen, encrypted by `tls`, and return the address.

        Raise ConfigError for a public address without a token, or a taken port.
        """
        if not self.terms.token and not is_loopback(host):
            raise ConfigError(
                f"{host} can be reached from other machines: give the server a token, or let it listen on 127.0.0.1",
                code="config.open_server",
                host=host,
            )
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: Session(self), host, port, ssl=tls)
        except OSError as error:
            raise address_taken(host, port, error) from None
        found = self._server.sockets[0].getsockname()
        return str(found[0]), int(found[1])

    async def close(self, why: str = "the exchange stops") -> None:
        """Tell the clients and listen no more."""
        for session in list(self.sessions):
            session.cut("session.stopping", why)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    # ---- clients

    def joined(self, session: Session) -> bool:
        """Take note of a connection; False when there are too many, which it has been told."""
        self._joined += 1
        session.number = self._joined
        self.sessions[session] = None
        if len(self.sessions) > self.terms.most_clients:
            session.cut("session.too_many", f"{self.terms.most_clients} clients are connected")
            return False
        return True

    def left(self, session: Session) -> None:
        """Forget a connection."""
        self.sessions.pop(session, None)
        if self._seats.get((session.account, session.name)) is session:
            del self._seats[session.account, session.name]
        self._audience.get(session.account, {}).pop(session, None)
        for watching in self._watching.values():
            watching.pop(session, None)

    def clients_of(self, account: AccountId) -> int:
        """Return how many clients trade an account now."""
        return len(self._audience.get(account, ()))

    def check_token(self, session: Session, token: str) -> None:
        """Raise AuthError for a wrong server token."""
        if self.terms.token and not hmac.compare_digest(token.encode(), self.terms.token.encode()):
            self.note(f"a client of {session.place} has a wrong token")
            raise AuthError("the server's token is wrong")

    def check_admin(self, session: Session, token: str) -> None:
        """Raise AuthError for a wrong administrator's token, RateLimited after too many of them."""
        if not self.terms.admin_token:
            raise AuthError("this server is not administered over the wire")
        now, name = asyncio.get_running_loop().time(), "administrator"
        self._guard.check(session.place, name, now)
        if not hmac.compare_digest(token.encode(), self.terms.admin_token.encode()):
            self._guard.failed(session.place, name, now)
            raise AuthError("the administrator's token is wrong")

    def check_rate(self, session: Session, takes_back: bool = False) -> None:
        """Count a request of a session's account; raise RateLimited when it is one too many."""
        terms = self.terms
        if terms.most_requests:
            guard = self._requests.get(session.account)
            if guard is None:
                guard = RequestGuard(terms.most_requests, terms.per_seconds)
                self._requests[session.account] = guard
            guard.check(takes_back, asyncio.get_running_loop().time())

    async def check_password(self, session: Session, account: AccountId, password: str) -> None:
        """Raise AuthError for a wrong account or password, RateLimited after too many of them."""
        loop = asyncio.get_running_loop()
        self._guard.check(session.place, account, loop.time())
        # Of an account that is not there nobody learns that, not even by how long it takes.
        try:
            kept = self.keeper.secret(account)
        except AccountError:
            kept = _nobodys()
        if not await loop.run_in_executor(None, matches, password, kept):
            self._guard.failed(session.place, account, loop.time())
            raise AuthError(f"account {account!r} or its password is wrong", account=account)
        self._guard.passed(session.place, account)

    def check_newest(self, session: Session, account: AccountId, name: str) -> None:
        """Raise AuthError when a newer connection has the account's session of this name.

        The login of a client that has died since may arrive late, and must not drive out the one that came after it.
        """
        seated = self._seats.get((account, name))
        if seated is not None and seated.number > session.number:
            raise AuthError(f"session {name!r} has logged in over a newer connection")

    def seat(self, session: Session) -> int:
        """Let a session trade its account, in place of an older one of its name; return the account's epoch."""
        account = session.account
        old = self._seats.get((account, session.name))
        if old is not None:
            old.cut("session.replaced", f"session {session.name!r} has logged in again")
        self._seats[account, session.name] = session
        if account not in self._audience:
            self._audience[account] = {}
            self.broker.listen(account, partial(self._tell, account))
        self._audience[account][session] = None
        return self.keeper.epoch(account)

    # ---- accounts

    async def create_account(
        self, account: AccountId, password: str, deposits: Mapping[str, Decimal]
    ) -> None:
        """Open an account; raise AccountError when it exists."""
        secret = await asyncio.get_running_loop().run_in_executor(None, hashed, password)
        self.keeper.create_account(account, deposits, secret)

    async def set_password(self, account: AccountId, password: str) -> None:
        """Change a password; raise AccountError."""
        secret = await asyncio.get_running_loop().run_in_executor(None, hashed, password)
        self.keeper.set_secret(account, secret)

    def reset_account(self, account: AccountId, deposits: Mapping[str, Decimal]) -> None:
        """Begin an account anew and cut its clients: what they know of it holds no more."""
        audience = self._audience.get(account, {})
        for session in list(audience):
            session.cut("session.reset", f"account {account} begins anew")
        self.keeper.reset_account(account, deposits)

    # ---- what happened

    def known(
        self, account: AccountId, session: str, refs: tuple[str, ...]
    ) -> tuple[tuple[str, OrderId], ...]:
        """Return those references that made an order, each with its id."""
        found = ((ref, self.keeper.order_of(account, session, ref)) for ref in refs)
        return tuple((ref, order_id) for ref, order_id in found if order_id)

    def missed(self, account: AccountId, after: Cursor) -> list[Told]:
        """Return the facts about an account after a cursor."""
        return [
            self._told(account, cursor, event)
            for cursor, event in self.broker.events(account, after)
        ]

    # ---- market

    def watch(self, session: Session, instrument: InstrumentId) -> None:
        """Show an instrument's market to a session; raise UnknownInstrument."""
        if instrument not in self._watching:
            self.broker.subscribe(instrument, self._show)
            self._watching[instrument] = {}
        self._watching[instrument][session] = None

    def show_latest(self, session: Session, instrument: InstrumentId) -> None:
        """Show the latest snapshot of an instrument, if there is one."""
        latest = self.broker.quote(instrument)
        if latest is not None:
            session.outbox.tick(*_seen(latest))

    # ---- inside

    def _tell(self, account: AccountId, cursor: Cursor, event: Event) -> None:
        told = self._told(account, cursor, event)
        frame = framed(encode(told))
        for session in self._audience[account]:
            session.outbox.fact(told, frame)

    def _told(self, account: AccountId, cursor: Cursor, event: Event) -> Told:
        order_id = getattr(event, "order_id", None)
        session, ref = self.keeper.ref_of(order_id) if order_id is not None else ("", "")
        return Told(*cursor, type(event).__name__, packed(event), ref, session)

    def _show(self, event: Event) -> None:
        if isinstance(event, MarketEvent):
            key, frame = _seen(event)
            for session in self._watching[event.instrument]:
                session.outbox.tick(key, frame)


def _seen(event: MarketEvent) -> tuple[tuple[str, str], bytes]:
    kind = type(event).__name__
    return (event.instrument, kind), framed(encode(Seen(kind, packed(event))))


_UNKNOWN: list[str] = []


def _nobodys() -> str:
    if not _UNKNOWN:
        _UNKNOWN.append(hashed("nobody's password"))
    return _UNKNOWN[0]


def _nobody(_line: str) -> None:
    """Tell nobody."""
