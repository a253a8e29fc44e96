"""What comes over the account's stream, made into events."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from anyvenue.model.enums import PostingKind
from anyvenue.model.events import CashMoved, Deposited, Event, MarginTermsChanged, Withdrawn
from anyvenue.model.ids import AccountId
from anyvenue.venues.binance.instruments import Listing
from anyvenue.venues.binance.told import of_algo_update, of_order_update, of_report
from anyvenue.venues.binance.wire_futures import (
    AccountConfigUpdate,
    AccountUpdate,
    AlgoUpdate,
    FuturesEvent,
    ListenKeyExpired,
    OrderTradeUpdate,
)
from anyvenue.venues.binance.wire_spot import (
    ApiEvent,
    BalanceUpdate,
    ExecutionReport,
    SpotEvent,
    StreamTerminated,
)
from anyvenue.venues.tracking.reports import Reports

__all__ = ["UserEvents"]

_MS = 1_000_000
_KINDS = {"FUNDING_FEE": PostingKind.FUNDING, "INSURANCE_CLEAR": PostingKind.INSURANCE}
_PAID = frozenset({"DEPOSIT", "WITHDRAW", "WITHDRAW_REJECT", "ADMIN_DEPOSIT", "ADMIN_WITHDRAW"})


class UserEvents:
    """Decodes frames of an account's stream; `ended` is called when the venue ends the stream.

    Kinds of events that this does not know are counted in `unknown` and passed over.
    """

    def __init__(
        self,
        account: AccountId,
        reports: Reports,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
        ended: Callable[[], None],
    ) -> None:
        """Post for `account`."""
        self._account, self._reports, self._listing = account, reports, listing
        self._post, self._now, self._ended = post, now, ended
        self._wrapped = msgspec.json.Decoder(ApiEvent)
        self._spot: msgspec.json.Decoder[SpotEvent] = msgspec.json.Decoder(SpotEvent, strict=False)
        self._futures: msgspec.json.Decoder[FuturesEvent] = msgspec.json.Decoder(
            FuturesEvent, strict=False
        )
        self._leverage: dict[str, int] = {}
        self.unknown = 0

    def heard_spot(self, frame: bytes) -> None:
        """Take a frame of the WebSocket API that is no answer."""
        try:
            event = self._spot.decode(bytes(self._wrapped.decode(frame).event))
        except msgspec.MsgspecError:
            self.unknown += 1
            return
        if isinstance(event, ExecutionReport):
            self._reports.hear(of_report(event), self._now())
        elif isinstance(event, BalanceUpdate):
            self._paid(event.asset, event.delta, event.ts_ms)
        elif isinstance(event, StreamTerminated):
            self._ended()

    def heard_futures(self, frame: bytes) -> None:
        """Take a frame of a USD-M account's stream."""
        try:
            event = self._futures.decode(frame)
        except msgspec.MsgspecError:
            self.unknown += 1
            return
        if isinstance(event, OrderTradeUpdate):
            self._reports.hear(of_order_update(event.order), self._now())
        elif isinstance(event, AlgoUpdate):
            self._reports.hear(of_algo_update(event.order), self._now())
        elif isinstance(event, AccountUpdate):
            self._on_money(event)
        elif isinstance(event, AccountConfigUpdate):
            if isinstance(event.leverage, msgspec.Struct):
                chosen = event.leverage
                self.leverage(chosen.symbol, chosen.leverage, event.ts_ms)
        elif isinstance(event, ListenKeyExpired):
            self._ended()

    def leverage(self, symbol: str, leverage: int, ts_ms: int) -> None:
        """Tell of a symbol's leverage, once."""
        instrument = self._listing.by_symbol.get(symbol)
        if instrument is None or self._leverage.get(symbol) == leverage:
            return
        self._leverage[symbol] = leverage
        now = self._now()
        self._post(
            MarginTermsChanged(
                self._account, instrument.id, ts_ms * _MS or now, now, Decimal(leverage)
            )
        )

    def _on_money(self, event: AccountUpdate) -> None:
        figures = event.figures
        kind = _KINDS.get(figures.reason)
        for wallet in figures.balances:
            if not wallet.change:
                continue
            if figures.reason in _PAID or "TRANSFER" in figures.reason:
                self._paid(wallet.asset, wallet.change, event.ts_ms)
            elif kind is not None:
                self._moved(event, wallet.asset, wallet.change, kind)

    def _moved(self, event: AccountUpdate, asset: str, amount: Decimal, kind: PostingKind) -> None:
        about = [each.symbol for each in event.figures.positions]
        instrument = self._listing.by_symbol.get(about[0]) if len(about) == 1 else None
        name = None if instrument is None else instrument.id
        ts = event.ts_ms * _MS
        self._post(CashMoved(self._account, asset, amount, kind, ts, self._now(), name))

    def _paid(self, asset: str, amount: Decimal, ts_ms: int) -> None:
        now, kind = self._now(), Deposited if amount > 0 else Withdrawn
        self._post(kind(self._account, asset, abs(amount), ts_ms * _MS or now, now))
