"""The investors of a counter: who they are, what they may do, and what they did about their login today."""

from collections.abc import Iterator
from enum import StrEnum
from zlib import crc32

import msgspec

from anyvenue.model.errors import AccountError
from anyvenue.model.ids import AccountId
from anyvenue.model.protocols import FileStore
from anyvenue.venues.ctp.counter.secrets_kept import keep

__all__ = ["Member", "Members", "Right"]

_FILE = "members.json"


class Right(StrEnum):
    """What an investor may trade."""

    ALL = "all"
    CLOSE_ONLY = "close_only"
    NONE = "none"


class Member(msgspec.Struct, kw_only=True):
    """One investor. `secret` and `fund_secret` are what is kept of the two passwords, "" where any will do.

    `must_change` says that the password is not the investor's own yet; `secret_day` (yyyymmdd) when it was set.
    `forbidden_until` is int ns UTC. `confirmed_day` is the trading day whose statement was confirmed, at the date and
    time beside it. `deposits` counts the bank transfers inward of `deposits_day`. `codes` are trading codes by
    ExchangeID where they are not the one made of the account's name.
    """

    account: AccountId
    name: str = ""
    secret: str = ""
    fund_secret: str = ""
    must_change: bool = False
    secret_day: int = 0
    failures: int = 0
    forbidden_until: int = 0
    right: Right = Right.ALL
    conditional_right: bool = True
    speculation_only: bool = False
    exchanges: tuple[str, ...] = ()
    confirmed_day: int = 0
    confirmed_date: str = ""
    confirmed_time: str = ""
    deposits: int = 0
    deposits_day: int = 0
    codes: dict[str, str] = {}

    def trading_code(self, exchange: str) -> str:
        """Return the ClientID on an exchange: eight digits, the same every time."""
        return self.codes.get(exchange) or f"{crc32(self.account.encode()) % 100_000_000:08}"


class Members:
    """The investors by account, kept in a file of their own."""

    def __init__(self, files: FileStore | None = None) -> None:
        """Come back to what the file holds, or to nobody."""
        self._files = files
        raw = files.read(_FILE) if files else b""
        kept = msgspec.json.decode(raw, type=list[Member]) if raw else []
        self._members: dict[str, Member] = {each.account: each for each in kept}

    def __iter__(self) -> Iterator[Member]:
        return iter(list(self._members.values()))

    def find(self, account: str) -> Member | None:
        """Return a member, None for nobody."""
        return self._members.get(account)

    def get(self, account: str) -> Member:
        """Return a member; raise AccountError."""
        member = self._members.get(account)
        if member is None:
            raise AccountError(f"there is no investor {account!r}", account=account)
        return member

    def add(self, member: Member, password: str = "") -> Member:
        """Take a member on, or anew; `password` empty lets any password in."""
        if password:
            member.secret = keep(password)
        self._members[member.account] = member
        self.save()
        return member

    def save(self) -> None:
        """Write everybody down; raise JournalError."""
        if self._files is not None:
            self._files.write(_FILE, msgspec.json.encode(list(self._members.values())))
