"""The streams of accounts: orders, positions and balances."""

from collections.abc import Callable

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.events import Event
from anyvenue.model.ids import AccountId
from anyvenue.venues.backpack.server.holdings import Holdings
from anyvenue.venues.backpack.server.order_views import order_update
from anyvenue.venues.backpack.wire_rest import CapitalRow
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.numbers import Row, encode
from anyvenue.venues.serving.records import OrderChange, Record
from anyvenue.venues.serving.streams import Hearer

__all__ = ["Users"]

_ORDERS, _POSITIONS = "account.orderUpdate", "account.positionUpdate"
_BALANCES, _REQUESTS = "account.balanceUpdate", "account.rfqUpdate"


class Users:
    """Who hears which stream of which account; `now_ms` is the clients' time."""

    def __init__(self, holdings: Holdings, now_ms: Callable[[], int]) -> None:
        """Begin with nobody."""
        self._holdings, self._now_ms = holdings, now_ms
        self._hearers: dict[tuple[AccountId, str], dict[Hearer, None]] = {}
        self._balances: dict[AccountId, dict[str, CapitalRow]] = {}

    def hear(self, hearer: Hearer, member: Member, name: str) -> bool:
        """Let `hearer` hear a stream of an account and tell whether there is such a stream.

        Positions that are held are told at once.
        """
        kind, symbol = _parts(name)
        if kind not in (_ORDERS, _POSITIONS, _BALANCES, _REQUESTS):
            return False
        if self not in member.listeners:
            member.listeners.append(self)
        if kind == _BALANCES and member.account not in self._balances:
            self._balances[member.account] = self._holdings.capital(member.account)
        if kind == _POSITIONS:
            for held in self._holdings.symbols_held(member.account):
                if symbol in ("", held):
                    row = self._holdings.told(member, held, self._now_ms())
                    hearer.hear(name, encode(row))
        self._hearers.setdefault((member.account, name), {})[hearer] = None
        return True

    def leave(self, hearer: Hearer, member: Member, name: str) -> None:
        """Let `hearer` hear a stream no more."""
        self._hearers.get((member.account, name), {}).pop(hearer, None)

    # ---- told of an account

    def order_changed(self, member: Member, record: Record, what: OrderChange, ts_ms: int) -> None:
        """Tell of an order, after a trade of the position, and of the money."""
        symbol = record.symbol
        row = msgspec.to_builtins(order_update(record, what, ts_ms), builtin_types=(object,))
        shown = {name: value for name, value in row.items() if value is not None}
        self._tell(member, _ORDERS, symbol, {**shown, "V": "RejectTaker"})
        if what is OrderChange.TRADED and record.place.margined:
            event = self._position_event(member, record)
            told = self._holdings.told(member, symbol, ts_ms, event)
            self._tell(member, _POSITIONS, symbol, told)
        self._tell_balances(member, ts_ms)

    def money_moved(self, member: Member, event: Event, ts_ms: int) -> None:
        """Tell of money that came or went."""
        self._tell_balances(member, ts_ms)

    def _position_event(self, member: Member, record: Record) -> str:
        fill = record.trades[-1].fill
        after = self._holdings.quantity(member.account, record.symbol)
        if not after:
            return "positionClosed"
        before = after - (fill.quantity if fill.side is Side.BUY else -fill.quantity)
        return "positionAdjusted" if before else "positionOpened"

    def _tell_balances(self, member: Member, ts_ms: int) -> None:
        """Tell of the money that is other than what was told last."""
        if not self._hearers.get((member.account, _BALANCES)):
            return
        before = self._balances[member.account]
        now = self._balances[member.account] = self._holdings.capital(member.account)
        for currency, row in now.items():
            if row != before.get(currency):
                told: Row = {"e": "balanceUpdate", "E": ts_ms * 1000, "T": ts_ms * 1000}
                told |= {"a": currency, "A": row.available, "L": row.locked, "S": row.staked}
                self._tell(member, _BALANCES, "", told)

    def _tell(self, member: Member, kind: str, symbol: str, row: Row) -> None:
        for name in (kind, f"{kind}.{symbol}"):
            hearers = self._hearers.get((member.account, name))
            if hearers:
                payload = encode(row)
                for each in list(hearers):
                    each.hear(name, payload)


def _parts(name: str) -> tuple[str, str]:
    """Return the kind of a stream, and its symbol."""
    parts = name.split(".", 2)
    return ".".join(parts[:2]), parts[2] if len(parts) > 2 else ""
