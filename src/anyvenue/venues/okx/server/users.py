"""The streams of accounts: orders, executions, money and positions."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from anyvenue.model.enums import PostingKind
from anyvenue.model.events import CashMoved, Event, MarginTermsChanged
from anyvenue.model.ids import AccountId
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.order_views import fill_row, order_push
from anyvenue.venues.okx.server.whole import whole_rows
from anyvenue.venues.okx.wire import Argument
from anyvenue.venues.okx.wire_account import AlgoOrderRow, PositionRow
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.numbers import encode
from anyvenue.venues.serving.records import OrderChange, Record

__all__ = ["ALGO_CHANNELS", "CHANNELS", "UserHearer", "Users", "uid_of"]

CHANNELS = ("orders", "fills", "account", "positions", "balance_and_position")
"""The streams of accounts that are served on the path private; `ALGO_CHANNELS` on business."""

ALGO_CHANNELS = ("orders-algo", "algo-advance")
"""Those of conditional orders."""

_SNAPSHOT, _UPDATE = "snapshot", "event_update"


class UserHearer(Protocol):
    """A socket that hears an account's streams."""

    def hear_account(self, payload: bytes) -> None:
        """Take one message."""
        ...


def uid_of(account: AccountId) -> str:
    """Return the number of an account: the same every time."""
    from zlib import crc32

    return str(10_000_000_000 + crc32(account.encode()))


class Users:
    """Who hears what of which account; tells them what listeners of an account are told."""

    def __init__(self, house: House) -> None:
        """Begin with nobody."""
        self._house = house
        self._hearers: dict[AccountId, dict[tuple[UserHearer, Argument], None]] = {}

    # ---- who hears

    def join(self, member: Member, hearer: UserHearer, argument: Argument) -> None:
        """Let `hearer` hear a stream of an account; money and positions are told at once."""
        if self not in member.listeners:
            member.listeners.append(self)
        self._hearers.setdefault(member.account, {})[hearer, argument] = None
        if argument.channel == "account":
            hearer.hear_account(self._balance(member, argument, _SNAPSHOT))
        elif argument.channel == "positions":
            hearer.hear_account(self._positions(member, argument, _SNAPSHOT))
        elif argument.channel == "balance_and_position":
            hearer.hear_account(self._both(member, argument, _SNAPSHOT))

    def leave(self, hearer: UserHearer, argument: Argument | None = None) -> None:
        """Let `hearer` hear a stream no more, or none at all."""
        for hearers in self._hearers.values():
            for each in list(hearers):
                if each[0] is hearer and argument in (None, each[1]):
                    del hearers[each]

    # ---- what is heard

    def order_changed(self, member: Member, record: Record, what: OrderChange, ts_ms: int) -> None:
        """Tell of an order, and of the money and the position that it moved."""
        hearers = self._hearers.get(member.account)
        if not hearers:
            return
        traded = what is OrderChange.TRADED
        for hearer, argument in list(hearers):
            channel = argument.channel
            if channel == "orders" and _fits(argument, record.market, record.symbol):
                hearer.hear_account(self._order(member, record, what, argument))
            elif channel == "fills" and traded and _fits(argument, record.market, record.symbol):
                rows = [fill_row(record, record.trades[-1])]
                hearer.hear_account(_push(argument, member, rows))
        moved = record.symbol if traded and record.place.margined else ""
        self._tell_money(member, "filled", moved, record.leg or "net")

    def money_moved(self, member: Member, event: Event, ts_ms: int) -> None:
        """Tell of money, and of a position whose terms are others."""
        if not self._hearers.get(member.account):
            return
        name, why = "", "transferred"
        if isinstance(event, MarginTermsChanged):
            name = self._house.listing.names.get(event.instrument, "")
            why = "set_leverage" if event.leverage is not None else "adjust_margin"
        elif isinstance(event, CashMoved):
            why = "funding_fee" if event.kind is PostingKind.FUNDING else "settlement"
        self._tell_money(member, why, name)

    def algo_changed(self, member: Member, row: AlgoOrderRow) -> None:
        """Tell of a conditional order."""
        for hearer, argument in list(self._hearers.get(member.account, {})):
            if argument.channel in ALGO_CHANNELS and _fits(argument, row.inst_type, row.inst_id):
                hearer.hear_account(_push(argument, member, [row]))

    def _tell_money(self, member: Member, why: str, name: str = "", side: str = "") -> None:
        """Tell of money, and of the position in an instrument; `side` is told when it is flat, too."""
        for hearer, argument in list(self._hearers.get(member.account, {})):
            if argument.channel == "account":
                hearer.hear_account(self._balance(member, argument, _UPDATE))
            elif argument.channel == "balance_and_position":
                hearer.hear_account(self._both(member, argument, why, name, side))
            elif argument.channel == "positions" and name:
                kind = self._house.listing.types[name]
                if _fits(argument, kind, name):
                    hearer.hear_account(self._positions(member, argument, _UPDATE, name, side))

    # ---- messages

    def _order(
        self, member: Member, record: Record, what: OrderChange, argument: Argument
    ) -> bytes:
        instrument = self._house.listing.by_name[record.symbol]
        leverage = self._house.holdings.leverage(member.account, instrument)
        row = order_push(record, what, self._house.desk.request_id(record), leverage)
        return _push(argument, member, [row])

    def _balance(self, member: Member, argument: Argument, event_type: str) -> bytes:
        currencies = frozenset(filter(None, [argument.ccy]))
        row = self._house.holdings.balance(member.account, self._house.now_ms(), currencies)
        return _push(argument, member, [row], event_type)

    def _positions(
        self, member: Member, argument: Argument, event_type: str, name: str = "", side: str = ""
    ) -> bytes:
        rows = self._rows(member, argument.inst_type, name, side)
        if argument.inst_id:
            rows = [each for each in rows if each.inst_id == argument.inst_id]
        return _push(argument, member, rows, event_type)

    def _rows(self, member: Member, kind: str, name: str, side: str) -> list[PositionRow]:
        holdings = self._house.holdings
        rows = holdings.positions(member.account, kind, frozenset(filter(None, [name])))
        if side and name and all(each.pos_side != side for each in rows):
            rows.append(holdings.flat(member.account, name, side))
        return rows

    def _both(
        self, member: Member, argument: Argument, why: str, name: str = "", side: str = ""
    ) -> bytes:
        now = str(self._house.now_ms())
        balance = self._house.holdings.balance(member.account, self._house.now_ms())
        whole = why == _SNAPSHOT
        rows = self._rows(member, "", name, side) if name or whole else []
        data = {
            "pTime": now,
            "eventType": why,
            "balData": [
                {"ccy": each.ccy, "cashBal": each.cash_bal, "uTime": each.u_time}
                for each in balance.details
            ],
            "posData": [_short(each) for each in rows],
            "trades": [],
        }
        return msgspec.json.encode({"arg": _owned(argument, member), "data": [data]})


def _fits(argument: Argument, kind: str, name: str) -> bool:
    """Tell whether a stream of orders or positions tells of an instrument."""
    if argument.inst_type not in ("", "ANY", kind) or argument.inst_id not in ("", name):
        return False
    family = argument.inst_family
    return not family or name.startswith(f"{family}-") or name == family


def _owned(argument: Argument, member: Member) -> Argument:
    return msgspec.structs.replace(argument, uid=uid_of(member.account), extra_params="")


def _push(
    argument: Argument, member: Member, rows: Sequence[object], event_type: str = ""
) -> bytes:
    """Return what a stream tells; money and positions come in pages, here in one."""
    paged = {"eventType": event_type, "curPage": 1, "lastPage": True} if event_type else {}
    return encode({"arg": _owned(argument, member), **paged, "data": whole_rows(rows)})


def _short(row: PositionRow) -> dict[str, str]:
    return {
        "posId": row.pos_id,
        "tradeId": row.trade_id,
        "instId": row.inst_id,
        "instType": row.inst_type,
        "mgnMode": row.mgn_mode,
        "posSide": row.pos_side,
        "pos": row.pos,
        "ccy": row.ccy,
        "posCcy": row.pos_ccy,
        "avgPx": row.avg_px,
        "uTime": row.u_time,
    }
