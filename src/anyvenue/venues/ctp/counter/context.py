"""What the counter's rooms share: the broker, its terms and members, names and time, and the day's records."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from anyvenue.model.errors import VenueRefused
from anyvenue.model.ids import AccountId
from anyvenue.model.protocols import Broker
from anyvenue.venues.ctp.counter.members import Members
from anyvenue.venues.ctp.counter.names import Names
from anyvenue.venues.ctp.counter.pending import Pending
from anyvenue.venues.ctp.counter.profile import Profile
from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["Asked", "Asking", "Context", "DayRecords", "NativeQuery", "Query", "Row"]

_WHO_ASKS = frozenset({"BrokerID", "InvestorID", "UserID", "AccountID"})

Row = dict[str, str | int | float | bytes]
"""One answered struct by CTP's field names."""


class Asking(Protocol):
    """Who asks: a session that has logged in."""

    @property
    def account(self) -> AccountId:
        """The account of the investor, its InvestorID."""
        ...

    @property
    def user_id(self) -> str:
        """The operator, UserID."""
        ...

    @property
    def session_id(self) -> int:
        """SessionID."""
        ...


class DayRecords(Protocol):
    """What an account asked for on the open trading day, in CTP's fields; oldest first, latest state."""

    def orders(self) -> Sequence[Fields]:
        """Return the orders, conditional ones too, as ``Order``."""
        ...

    def trades(self) -> Sequence[Fields]:
        """Return the trades as ``Trade``."""
        ...

    def records(self, struct: str) -> Sequence[Fields]:
        """Return other records: ``ParkedOrder``, ``ParkedOrderAction``, ``ExecOrder``, ``CombAction``, ``ForQuote``,
        ``Quote``, ``OptionSelfClose``, ``TransferSerial``, ``OrderAction``.
        """
        ...


class NativeQuery(Protocol):
    """A broker of CTP's own family behind the counter answers queries itself; None where it does not."""

    def __call__(self, account: AccountId, name: str, fields: Fields) -> list[Row] | None:
        """Return the rows of query `name`, such as ``ReqQryTradingAccount``; None when it has no answer."""
        ...


class Context:
    """Everything that a query or a request is answered from. All calls on the broker's thread."""

    def __init__(
        self,
        broker: Broker,
        profile: Profile,
        members: Members,
        names: Names,
        now: Callable[[], int],
        trading_day: Callable[[], int],
        book_of: Callable[[AccountId], DayRecords],
    ) -> None:
        """Share these parts; `now` gives int ns UTC."""
        self.broker = broker
        self.profile = profile
        self.members = members
        self.names = names
        self.now = now
        self.book_of = book_of
        self._trading_day = trading_day

    @property
    def trading_day(self) -> int:
        """The open trading day, yyyymmdd."""
        return self._trading_day()

    def native_query(
        self, account: AccountId, name: str, fields: Fields
    ) -> list[Row] | Pending | None:
        """Ask a broker of CTP's own family for its own rows; None where the broker is another.

        Who asks there is the broker's affair: it has another investor's name.
        """
        wanted = {each: value for each, value in fields.items() if each not in _WHO_ASKS}
        try:
            answer = self.broker.native(account, (name, wanted))
        except VenueRefused:
            return None
        if Pending.is_one(answer):
            return Pending(answer)  # type: ignore[arg-type]
        return [dict(row) for row in answer] if isinstance(answer, list) else None


Query = Callable[[Context, Asking, Mapping[str, str | int | float | bytes]], list[Row]]
"""Answers one query with its rows, none for an empty answer; raises `errors.Refused`."""

Asked = Callable[[Context, Asking, Mapping[str, str | int | float | bytes]], list[Row] | Pending]
"""As `Query`, where the rows may come from another counter, and later."""
