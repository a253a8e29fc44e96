"""The day's orders of an account as the driver has heard of them."""

from decimal import Decimal

from anyvenue.model.enums import OrderState
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.orders import Fill, Order, OrderRequest
from anyvenue.venues.ctp.driver.identity import Key, system_key
from anyvenue.venues.ctp.driver.link import Row
from anyvenue.venues.ctp.driver.readings import inserted_at, request_of, updated_at

__all__ = ["DayBook", "OrderRecord"]

_ZERO = Decimal(0)
_BOUND = ("0", "1", "2", "3", "4", "b", "c")  # statuses of orders that were taken for good
_FINAL = ("0", "2", "4", "5")
CANCELED, TOUCHED = "5", "c"
_INSERT_REJECTED = "4"


class OrderRecord:
    """One order: what was sent for it, the latest that was told of it, and what it has traded."""

    __slots__ = (
        "accepted",
        "cancelling",
        "ended",
        "filled",
        "fills",
        "instrument",
        "key",
        "legs",
        "lost",
        "order_id",
        "reason",
        "request",
        "row",
        "sent",
        "sent_at",
        "sent_on",
        "state",
        "trades",
        "triggered",
        "venue_code",
    )

    def __init__(self, order_id: OrderId, key: Key, instrument: InstrumentId) -> None:
        """Begin with an order that nobody has told of."""
        self.order_id = order_id
        self.key = key
        self.instrument = instrument
        self.request: OrderRequest | None = None
        self.sent: Row = {}
        self.sent_at = 0
        self.sent_on = 0
        self.row: Row | None = None
        self.accepted = self.triggered = self.ended = self.lost = self.cancelling = False
        self.state: OrderState | None = None
        self.reason = self.venue_code = ""
        self.filled = _ZERO
        self.trades: set[tuple[str, str, str]] = set()
        self.fills: list[Fill] = []
        self.legs: dict[str, list[Row]] = {}

    @property
    def told(self) -> int:
        """VolumeTraded as the venue tells it."""
        return int(self.row.get("VolumeTraded", 0)) if self.row else 0

    @property
    def is_bound(self) -> bool:
        """Tell whether the venue has taken the order for good."""
        row = self.row
        if row is None:
            return False
        status = str(row.get("OrderStatus", ""))
        if status == CANCELED:
            refused = row.get("OrderSubmitStatus") == _INSERT_REJECTED
            return not refused and bool(system_key(row)[1])
        return status in _BOUND

    @property
    def is_final(self) -> bool:
        """Tell whether nothing more can happen to the order at the venue."""
        return bool(self.row) and str(self.row.get("OrderStatus", "")) in _FINAL  # type: ignore[union-attr]

    @property
    def is_refused(self) -> bool:
        """Tell whether the exchange refused it."""
        row = self.row
        return (
            row is not None
            and row.get("OrderStatus") == CANCELED
            and row.get("OrderSubmitStatus") == _INSERT_REJECTED
        )

    def takes(self, row: Row) -> bool:
        """Keep a row unless an earlier moment told it, as a stream that begins anew does; tell whether it is kept."""
        if self.row is not None and _progress(row) < _progress(self.row):
            return False
        self.row = row
        return True

    def as_order(self, account: AccountId, trading_day: int) -> Order:
        """Return the order as a snapshot has it."""
        row = self.row or self.sent
        request = self.request or request_of(row, account, self.instrument)
        value = sum((fill.price * fill.quantity for fill in self.fills), _ZERO)
        return Order(
            self.order_id,
            request,
            self._state(request),
            filled=self.filled,
            filled_value=value,
            fees=sum((fill.fee for fill in self.fills), _ZERO),
            venue_order_id=self.venue_order_id,
            client_ref=str(self.order_id) if self.request is not None else "",
            reason=self.reason,
            venue_code=self.venue_code,
            triggered=self.triggered,
            trading_day=trading_day,
            ts_created=self.sent_at or inserted_at(row),
            ts_updated=updated_at(row) if self.row else self.sent_at,
        )

    @property
    def venue_order_id(self) -> str:
        """OrderSysID; for what the exchange has not numbered its first identity."""
        row = self.row
        if row is None:
            return ""
        return system_key(row)[1] or (".".join(map(str, self.key)) if self.accepted else "")

    def _state(self, request: OrderRequest) -> OrderState:
        if self.ended and self.state is not None:
            return self.state
        if self.filled >= request.quantity:
            return OrderState.FILLED
        if not self.accepted:
            return OrderState.UNKNOWN if self.lost and self.row is None else OrderState.SENT
        return OrderState.PARTIAL if self.filled else OrderState.OPEN


def _progress(row: Row) -> tuple[int, bool, bool]:
    """Return how far an order has come: traded, ended, numbered by the exchange."""
    status = str(row.get("OrderStatus", ""))
    return int(row.get("VolumeTraded", 0)), status in _FINAL, status not in ("a", "")


class DayBook:
    """The orders of one trading day, under all of their names; `revision` counts what moves positions or money."""

    def __init__(self) -> None:
        """Begin empty, on no day. `homeless` are trades whose order is not known yet, and when they came."""
        self.trading_day = 0
        self.revision = 0
        self.records: dict[OrderId, OrderRecord] = {}
        self.by_key: dict[Key, OrderRecord] = {}
        self.by_system: dict[tuple[str, str], OrderRecord] = {}
        self.homeless: dict[tuple[str, str], list[tuple[Row, int]]] = {}
        self.fills: list[Fill] = []

    def begin(self, trading_day: int) -> list[OrderRecord]:
        """Begin a day; return the orders of the last one that nobody has told the end of."""
        left = [each for each in self.records.values() if not each.ended and self.trading_day]
        for names in (self.records, self.by_key, self.by_system, self.homeless, self.fills):
            names.clear()
        self.trading_day = trading_day
        self.revision += 1
        return left

    def add(self, record: OrderRecord) -> None:
        """Take an order in."""
        self.records[record.order_id] = record
        self.by_key[record.key] = record

    def drop(self, record: OrderRecord) -> None:
        """Forget an order that was not sent."""
        self.records.pop(record.order_id, None)
        self.by_key.pop(record.key, None)
