"""The accounts that are logged in: one shared session for each, whoever and however many use it."""

import asyncio
from collections.abc import Sequence

from anyvenue.venues.ctp.counter.seam import Answer, CounterDoors, Fields, Reason, TraderSession
from anyvenue.venues.ctp.json.envelope import FAILED, Envelope
from anyvenue.venues.ctp.json.order_names import OrderNames
from anyvenue.venues.ctp.json.terms import Guest, UpstreamTerms, Watcher
from anyvenue.venues.ctp.json.trader_share import TraderShare

__all__ = ["Accounts"]


class Accounts:
    """Hands out shares by user; everything happens on the loop's thread."""

    def __init__(
        self,
        doors: CounterDoors,
        terms: UpstreamTerms,
        loop: asyncio.AbstractEventLoop,
        epoch: int = 0,
        watchers: Sequence[Watcher] = (),
    ) -> None:
        """Log in at `doors`; `epoch` (a time in s) keeps session ids of one process from those of the next."""
        self.watchers = watchers
        self.doors = doors
        self.terms = terms
        self.loop = loop
        self.envelope = Envelope()
        self.shares: dict[str, TraderShare] = {}
        self._of: dict[Guest, TraderShare] = {}
        self._names: dict[str, tuple[str, OrderNames]] = {}
        self._epoch = epoch
        self._trials: dict[_Trial, None] = {}

    # ---- clients

    def log_in(self, guest: Guest, user: str, password: str, address: str) -> None:
        """Log a client in, who is answered with RspUserLogin, or with RspAuthenticate where that failed."""
        now_at = self._of.get(guest)
        if now_at is not None and now_at.user != user:
            self.leave(guest)
        share = self.shares.get(user)
        if share is not None:
            self._of.setdefault(guest, share)
            share.join(guest, password, address)
            return
        share = self.shares[user] = TraderShare(self, user, password, address)
        self._of[guest] = share
        share.join(guest, password, address)
        share.open()

    def share_of(self, guest: Guest) -> TraderShare | None:
        """Return the share of a client that is logged in."""
        share = self._of.get(guest)
        return share if share is not None and guest in share.guests else None

    def leave(self, guest: Guest) -> None:
        """Forget a client."""
        share = self._of.pop(guest, None)
        for trial in [each for each in self._trials if each.guest is guest]:
            trial.close()
        if share is not None:
            share.leave(guest)

    def close(self) -> None:
        """End all sessions at the counter."""
        for trial in list(self._trials):
            trial.close()
        for share in list(self.shares.values()):
            share.close()

    # ---- for shares

    def joined(self, share: TraderShare, guest: Guest) -> None:
        """Hear that a client is in."""
        self._of[guest] = share

    def left(self, share: TraderShare, guest: Guest) -> None:
        """Hear that a client is out."""
        if self._of.get(guest) is share:
            del self._of[guest]

    def forget(self, share: TraderShare) -> None:
        """Hear that a share has ended."""
        if self.shares.get(share.user) is share:
            del self.shares[share.user]
        for guest in [guest for guest, each in self._of.items() if each is share]:
            del self._of[guest]

    def names_of(self, user: str, trading_day: str) -> OrderNames:
        """Return an account's order names of the day, the same after every reconnect."""
        kept = self._names.get(user)
        if kept is None or kept[0] != trading_day:
            # Ids of different accounts need not differ.
            kept = self._names[user] = (trading_day, OrderNames(self._epoch))
        return kept[1]

    def login(self, user: str, password: str) -> Fields:
        """Return the fields of a login."""
        return {"BrokerID": self.terms.broker_id, "UserID": user, "Password": password}

    def authentication(self, user: str) -> Fields:
        """Return the fields of an authentication."""
        terms = self.terms
        return {
            "BrokerID": terms.broker_id,
            "UserID": user,
            "AppID": terms.app_id,
            "AuthCode": terms.auth_code,
        }

    def try_password(self, share: TraderShare, guest: Guest, password: str, address: str) -> None:
        """Ask the counter about a password that is not the one known here: it alone may say that it is wrong."""
        trial = _Trial(self, share, guest, password, address)
        self._trials[trial] = None
        trial.open()

    def tried(self, trial: "_Trial") -> None:
        """Hear that a trial is over."""
        self._trials.pop(trial, None)


class _Trial:
    """A login in a session of its own, only to hear whether the password is right."""

    def __init__(
        self, house: Accounts, share: TraderShare, guest: Guest, password: str, address: str
    ) -> None:
        self.guest = guest
        self._address = address
        self._house = house
        self._share = share
        self._password = password
        self._session: TraderSession | None = None
        self._timer = house.loop.call_later(house.terms.login_timeout_s, self._fail, FAILED)
        self._over = False

    def open(self) -> None:
        house, user = self._house, self._share.user
        session = self._session = house.doors.trader(self, self._address)
        if house.terms.app_id:
            self._ask(session, "ReqAuthenticate", house.authentication(user))
        else:
            self._ask(session, "ReqUserLogin", house.login(user, self._password))

    def _ask(self, session: TraderSession, name: str, fields: Fields) -> None:
        if session.request(name, fields, 1):
            self._fail(FAILED)

    def answer(self, answer: Answer) -> None:
        if self._over or self._session is None:
            return
        if answer.error is not None and answer.error[0]:
            self._fail(answer.error)
        elif answer.callback == "OnRspAuthenticate":
            login = self._house.login(self._share.user, self._password)
            self._ask(self._session, "ReqUserLogin", login)
        elif answer.callback == "OnRspUserLogin":
            self.close()
            self._share.proved(self.guest, self._password)

    def cut(self, _reason: Reason) -> None:
        self._fail(FAILED)

    def close(self) -> None:
        self._over = True
        self._timer.cancel()
        self._house.tried(self)
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _fail(self, error: tuple[int, str]) -> None:
        if not self._over:
            self.close()
            self.guest.tell(self._house.envelope.plain(Answer("OnRspUserLogin", None, error)))
            if self.guest not in self._share.guests:
                self._house.left(self._share, self.guest)
