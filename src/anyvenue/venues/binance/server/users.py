"""The streams of accounts: what their sockets are told, and the listen keys of USD-M."""

from collections.abc import Callable
from decimal import Decimal
from secrets import token_hex
from typing import Protocol

import msgspec

from anyvenue.model.events import CashMoved, Deposited, Event, MarginTermsChanged, Withdrawn
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.venues.binance.server.holdings import Holdings
from anyvenue.venues.binance.server.order_views import execution_report, order_trade_update
from anyvenue.venues.binance.server.refusals import Refused
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.wire_funds import FuturesPosition
from anyvenue.venues.binance.wire_futures import (
    AccountConfigUpdate,
    AccountUpdate,
    AlgoUpdate,
    ListenKeyExpired,
    UserFigures,
    UserLeverage,
    UserPosition,
    UserWallet,
)
from anyvenue.venues.binance.wire_spot import AccountPosition, BalanceUpdate, UserBalance
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.numbers import encode
from anyvenue.venues.serving.records import OrderChange, Record

__all__ = ["ListenKeys", "SpotUsers", "UsdmUsers", "UserHearer"]

_ZERO = Decimal(0)


class UserHearer(Protocol):
    """A socket that hears an account's stream."""

    def hear_account(self, payload: bytes) -> None:
        """Take one event."""
        ...


class _Users:
    """Who hears which account; tells them what listeners of an account are told."""

    market: Market

    def __init__(self, holdings: Holdings) -> None:
        """Begin with nobody."""
        self._holdings = holdings
        self._hearers: dict[AccountId, dict[UserHearer, None]] = {}

    def join(self, member: Member, hearer: UserHearer) -> None:
        """Let `hearer` hear an account."""
        if self not in member.listeners:
            member.listeners.append(self)
        self._hearers.setdefault(member.account, {})[hearer] = None

    def leave(self, member: Member, hearer: UserHearer) -> None:
        """Let `hearer` hear an account no more."""
        self._hearers.get(member.account, {}).pop(hearer, None)

    def drop(self, hearer: UserHearer) -> None:
        """Let `hearer` hear no account any more."""
        for hearers in self._hearers.values():
            hearers.pop(hearer, None)

    def order_changed(self, member: Member, record: Record, what: OrderChange, ts_ms: int) -> None:
        """Tell of an order."""

    def money_moved(self, member: Member, event: Event, ts_ms: int) -> None:
        """Tell of money."""

    def _tell(self, member: Member, event: msgspec.Struct) -> None:
        hearers = self._hearers.get(member.account)
        if hearers:
            payload = encode(event)
            for each in list(hearers):
                each.hear_account(payload)


class SpotUsers(_Users):
    """The streams of spot accounts."""

    market = Market.SPOT

    def order_changed(self, member: Member, record: Record, what: OrderChange, ts_ms: int) -> None:
        """Tell of an order of spot, and of the two balances that it moves."""
        if record.market != Market.SPOT or not self._hearers.get(member.account):
            return
        self._tell(member, execution_report(record, what, ts_ms))
        self._tell_balances(member, ts_ms, record.symbol)

    def money_moved(self, member: Member, event: Event, ts_ms: int) -> None:
        """Tell of money that was paid in or out."""
        if isinstance(event, Deposited | Withdrawn) and self._hearers.get(member.account):
            sign = 1 if isinstance(event, Deposited) else -1
            amount = event.amount * sign
            self._tell_balances(member, ts_ms)
            self._tell(member, BalanceUpdate(ts_ms, event.currency, amount, ts_ms))

    def _tell_balances(self, member: Member, ts_ms: int, symbol: str = "") -> None:
        found = self._holdings.balances(member.account, whole=True)
        rows = [
            UserBalance(each.asset, each.free, each.locked)
            for each in found
            if not symbol or symbol.startswith(each.asset) or symbol.endswith(each.asset)
        ]
        self._tell(member, AccountPosition(ts_ms, ts_ms, rows))


class UsdmUsers(_Users):
    """The streams of USD-M accounts."""

    market = Market.USDM

    def order_changed(self, member: Member, record: Record, what: OrderChange, ts_ms: int) -> None:
        """Tell of an order of USD-M; after a trade of the position and the money, too."""
        if record.market != Market.USDM or not self._hearers.get(member.account):
            return
        if what is OrderChange.TRADED:
            self._tell_account(member, "ORDER", ts_ms, record.request.instrument)
        self._tell(member, order_trade_update(record, what, ts_ms))

    def money_moved(self, member: Member, event: Event, ts_ms: int) -> None:
        """Tell of funding, deposits and withdrawals, and of another leverage or margin mode."""
        if not self._hearers.get(member.account):
            return
        if isinstance(event, Deposited):
            self._tell_account(member, "DEPOSIT", ts_ms, change=event.amount, asset=event.currency)
        elif isinstance(event, Withdrawn):
            self._tell_account(
                member, "WITHDRAW", ts_ms, change=-event.amount, asset=event.currency
            )
        elif isinstance(event, CashMoved):
            self._tell_account(
                member, "FUNDING_FEE", ts_ms, event.instrument, event.amount, event.currency
            )
        elif isinstance(event, MarginTermsChanged):
            self._tell_terms(member, event, ts_ms)

    def algo_changed(self, member: Member, update: AlgoUpdate) -> None:
        """Tell of a conditional order."""
        self._tell(member, update)

    def _tell_terms(self, member: Member, event: MarginTermsChanged, ts_ms: int) -> None:
        board = self._holdings.board(event.instrument)
        if board is None:
            return
        if event.leverage is not None:
            chosen = UserLeverage(board.symbol, int(event.leverage))
            self._tell(member, AccountConfigUpdate(ts_ms, ts_ms, chosen))
        else:
            why = "MARGIN_TRANSFER" if event.moved else "MARGIN_TYPE_CHANGE"
            self._tell_account(member, why, ts_ms, event.instrument)

    def _tell_account(
        self,
        member: Member,
        reason: str,
        ts_ms: int,
        instrument: InstrumentId | None = None,
        change: Decimal = _ZERO,
        asset: str = "",
    ) -> None:
        account = self._holdings.futures_account(member.account)
        wallets = [
            UserWallet(
                each.asset,
                each.wallet_balance,
                each.cross_wallet_balance,
                change if each.asset == asset else _ZERO,
            )
            for each in account.assets
            if not asset or each.asset == asset
        ]
        board = self._holdings.board(instrument) if instrument is not None else None
        rows = []
        if board is not None:
            found = self._holdings.futures_positions(member.account, board.symbol, flat=True)
            for each in found:
                leg = each.position_side.lower().replace("both", "")
                realised = member.realised.get((board.symbol, leg), _ZERO)
                rows.append(_position(each, realised))
        self._tell(member, AccountUpdate(ts_ms, ts_ms, UserFigures(reason, wallets, rows)))


def _position(each: FuturesPosition, realised: Decimal) -> UserPosition:
    return UserPosition(
        each.symbol,
        each.position_amt,
        each.entry_price,
        each.entry_price,
        realised,
        each.un_realized_profit,
        each.margin_type if isinstance(each.margin_type, str) else "cross",
        each.isolated_wallet,
        each.position_side,
    )


class ListenKeys:
    """The listen keys of USD-M: one an account, good for an hour after it was last asked for."""

    def __init__(self, life_s: float, wall: Callable[[], float]) -> None:
        """Begin with none; `wall` is the time in seconds."""
        self._life_s, self._wall = life_s, wall
        self._keys: dict[str, tuple[Member, float]] = {}
        self._of: dict[AccountId, str] = {}
        self._hearers: dict[str, dict[UserHearer, None]] = {}

    def ask(self, member: Member) -> str:
        """Return the account's key, the same as long as it is good, and keep it good."""
        key = self._of.get(member.account)
        if key is None or self.find(key) is None:
            key = self._of[member.account] = token_hex(32)
        self._keys[key] = (member, self._wall() + self._life_s)
        return key

    def keep(self, member: Member) -> str:
        """Keep the account's key good; raise Refused -1125."""
        key = self._of.get(member.account, "")
        if self.find(key) is None:
            raise Refused(-1125, "This listenKey does not exist.")
        return self.ask(member)

    def find(self, key: str) -> Member | None:
        """Return whose key it is, None for one that is not good."""
        member, until = self._keys.get(key, (None, 0.0))
        return member if until > self._wall() else None

    def drop(self, member: Member) -> None:
        """End the account's key."""
        key = self._of.pop(member.account, "")
        self._keys.pop(key, None)

    def join(self, key: str, hearer: UserHearer) -> None:
        """Take note of a socket that uses a key."""
        self._hearers.setdefault(key, {})[hearer] = None

    def leave(self, key: str, hearer: UserHearer) -> None:
        """Forget that socket."""
        self._hearers.get(key, {}).pop(hearer, None)

    def expire(self, now_ms: int) -> None:
        """Tell the sockets of keys that have expired, once."""
        for key in [each for each in self._keys if self.find(each) is None]:
            member, _ = self._keys.pop(key)
            if self._of.get(member.account) == key:
                del self._of[member.account]
            for hearer in list(self._hearers.pop(key, {})):
                hearer.hear_account(encode(ListenKeyExpired(now_ms, key)))
