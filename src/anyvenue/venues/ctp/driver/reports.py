"""From OnRtnOrder, OnRtnTrade and refusals to events: each thing that happens is told once, however often it comes."""

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from anyvenue.model.enums import OrderState, Side
from anyvenue.model.errors import VenueRefused
from anyvenue.model.events import (
    CancelRejected,
    Event,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderOutcomeLost,
    OrderRejected,
    OrderTriggered,
)
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import Fill, LegFill
from anyvenue.venues.ctp.driver.book import TOUCHED, DayBook, OrderRecord
from anyvenue.venues.ctp.driver.errors import Error, order_code
from anyvenue.venues.ctp.driver.identity import Identities, key_of, system_key
from anyvenue.venues.ctp.driver.link import Row
from anyvenue.venues.ctp.driver.orders import offset_of
from anyvenue.venues.ctp.driver.readings import exact, inserted_at, traded_at, updated_at
from anyvenue.venues.ctp.driver.times import day_of

__all__ = ["FeeOf", "Reports"]

FeeOf = Callable[[Fill, Instrument], tuple[Decimal, str]]
"""Returns the fee of a fill and its currency."""

InstrumentOf = Callable[[str, str], Instrument | None]
"""Returns an instrument by InstrumentID and ExchangeID; None for one that nobody can make."""

_DAY_OVER = "the trading day it was given on is over"


class Reports:
    """Keeps the day's book and says what has changed in it."""

    def __init__(
        self,
        account: AccountId,
        book: DayBook,
        identities: Identities,
        instrument_of: InstrumentOf,
        fee_of: FeeOf,
        post: Callable[[Event], None],
    ) -> None:
        """Tell of `account`, the node's name of it, through `post`."""
        self._account = account
        self._book = book
        self._identities = identities
        self._instrument_of = instrument_of
        self._fee_of = fee_of
        self._post = post

    # ---- days and connections

    def begin_day(self, trading_day: int, now: int) -> None:
        """Go over to a trading day: orders of the last one can do nothing more."""
        for record in self._book.begin(trading_day):
            ours = record.request is not None or record.row is not None
            if ours:
                self._post(OrderExpired(self._account, record.order_id, now, now, _DAY_OVER))

    def lose(self, connection: int, now: int, reason: str) -> None:
        """Say that nobody knows what became of orders of a connection that were not answered."""
        for record in self._book.records.values():
            record.cancelling = False
            if record.row is None and record.sent_on == connection and not record.lost:
                self.lose_one(record, now, reason)

    def lose_one(self, record: OrderRecord, now: int, reason: str) -> None:
        """Say so of one order."""
        record.lost = True
        if not record.ended:
            self._post(OrderOutcomeLost(self._account, record.order_id, now, now, reason))

    # ---- orders

    def on_order(self, row: Row, now: int) -> None:
        """Take an Order, of the stream or a query."""
        record = self._find(row, now)
        if record is None or not record.takes(row):
            return
        system = system_key(row)
        if system[1]:
            self._book.by_system[system] = record
        ts = updated_at(row) or now
        if record.is_bound and not record.accepted and not record.ended:
            record.accepted = True
            self._post(
                OrderAccepted(
                    self._account,
                    record.order_id,
                    inserted_at(row) or ts,
                    now,
                    record.venue_order_id,
                )
            )
        if row.get("OrderStatus") == TOUCHED and not record.triggered:
            record.triggered = True
            self._post(OrderTriggered(self._account, record.order_id, ts, now))
        for trade, at in self._book.homeless.pop(system, ()):
            self.on_trade(trade, at)
        self._end(record, now)

    def _find(self, row: Row, now: int) -> OrderRecord | None:
        """Return the record of an Order, a new one for one that nobody has told of."""
        book, key = self._book, key_of(row)
        record = book.by_key.get(key)
        if record is not None:
            return record
        exchange, _ = system_key(row)
        parent = book.by_system.get((exchange, str(row.get("RelativeOrderSysID", "")).strip()))
        if parent is not None and parent.triggered:
            # A touched order goes on as one of the counter's own; to us it is the same.
            parent.row = None
            book.by_key[key] = parent
            return parent
        instrument = self._instrument_of(str(row.get("InstrumentID", "")), exchange)
        if instrument is None:
            return None
        note = str(row.get("BusinessUnit", "")).strip()
        order_id = self._identities.order_id(key, now, note)
        record = book.records.get(order_id)
        if record is not None and record.row is None:
            book.by_key[key] = record  # the same order, whose session we did not know
            record.key = key
            return record
        record = OrderRecord(order_id, key, instrument.id)
        book.add(record)
        return record

    def _end(self, record: OrderRecord, now: int) -> None:
        """Tell an order's end, once all of its trades have come."""
        row = record.row
        if row is None or record.ended or not record.is_final or self._traded(record) < record.told:
            return
        ts, record.ended, record.cancelling = updated_at(row) or now, True, False
        message = str(row.get("StatusMsg", ""))
        account, order_id = self._account, record.order_id
        if record.is_refused:
            record.state, record.reason = OrderState.REJECTED, message
            record.venue_code = "rejected"
            code = VenueRefused.code
            self._post(OrderRejected(account, order_id, ts, now, message, code, "rejected"))
        elif int(row.get("VolumeTotal", 0)) or not record.told:
            record.state, record.reason = OrderState.CANCELLED, message
            self._post(OrderCancelled(account, order_id, ts, now, message))
        else:
            record.state = OrderState.FILLED

    def _traded(self, record: OrderRecord) -> int:
        """Return how many lots the trades that have come make up; a spread's leg by leg."""
        waiting = max(
            (sum(int(r["Volume"]) for r in rows) for rows in record.legs.values()), default=0
        )
        return int(record.filled) + waiting

    # ---- trades

    def on_trade(self, row: Row, now: int) -> None:
        """Take a Trade, of the stream or a query; one whose order is not known yet waits for it."""
        system = system_key(row)
        record = self._book.by_system.get(system)
        if record is None:
            self._book.homeless.setdefault(system, []).append((row, now))
            return
        code = str(row.get("InstrumentID", ""))
        name = (str(row["TradeID"]).strip(), str(row.get("Direction", "")), code)
        if name in record.trades:
            return
        record.trades.add(name)
        instrument = self._instrument_of(code, system[0])
        if instrument is None:
            return
        if instrument.id == record.instrument:
            self._fill(record, instrument, row, now)
        else:
            self._on_leg(record, row, now)
        self._end(record, now)

    def _fill(self, record: OrderRecord, instrument: Instrument, row: Row, now: int) -> None:
        fill = self._make(record, instrument, row, now)
        self._book_fill(record, fill, instrument, now)

    def _book_fill(self, record: OrderRecord, fill: Fill, instrument: Instrument, now: int) -> None:
        record.fills.append(fill)
        record.filled += fill.quantity
        self._book.fills.append(fill)
        self._book.revision += 1
        self._post(OrderFilled(self._account, record.order_id, fill.ts_event, now, fill))

    def _make(self, record: OrderRecord, instrument: Instrument, row: Row, now: int) -> Fill:
        request = record.request
        fill = Fill(
            record.order_id,
            self._account,
            instrument.id,
            str(row["TradeID"]).strip(),
            Side.BUY if row.get("Direction") == "0" else Side.SELL,
            offset_of(str(row.get("OffsetFlag", "")), instrument.exchange),
            exact(row.get("Price")),
            Decimal(int(row.get("Volume", 0))),
            Decimal(0),
            instrument.currency,
            traded_at(row) or now,
            now,
            day_of(row.get("TradingDay", "")) or self._book.trading_day,
            covered=request.covered if request else False,
        )
        fee, currency = self._fee_of(fill, instrument)
        return _with_fee(fill, fee, currency)

    def _on_leg(self, record: OrderRecord, row: Row, now: int) -> None:
        """Take a trade of one leg: a spread is filled where all legs are."""
        spread = self._spread(record)
        if spread is None:
            return
        record.legs.setdefault(str(row.get("InstrumentID", "")), []).append(row)
        codes = [leg.instrument.rpartition(".")[0] for leg in spread.legs]
        while codes and all(record.legs.get(code) for code in codes):
            rows = [record.legs[code].pop(0) for code in codes]
            volume = min(int(each["Volume"]) for each in rows)
            for code, each in zip(codes, rows, strict=True):
                if int(each["Volume"]) > volume:
                    rest = {**each, "Volume": int(each["Volume"]) - volume}
                    record.legs[code].insert(0, rest)
                each["Volume"] = volume
            self._fill_spread(record, spread, rows, now)

    def _spread(self, record: OrderRecord) -> Instrument | None:
        symbol, _, exchange = record.instrument.rpartition(".")
        found = self._instrument_of(symbol, exchange)
        return found if found is not None and found.legs else None

    def _fill_spread(
        self, record: OrderRecord, spread: Instrument, rows: list[Row], now: int
    ) -> None:
        legs, price = [], Decimal(0)
        for leg, row in zip(spread.legs, rows, strict=True):
            instrument = self._instrument_of(
                leg.instrument.rpartition(".")[0], str(row.get("ExchangeID", ""))
            )
            assert instrument is not None
            part = self._make(record, instrument, row, now)
            legs.append(LegFill(leg.instrument, part.side, part.price, part.quantity, part.fee))
            price += part.price * leg.ratio
        whole = self._make(record, spread, rows[0], now)
        request = record.request
        side = request.side if request else whole.side
        fee = sum((each.fee for each in legs), Decimal(0))
        fill = _with_fee(_as_spread(whole, side, price, tuple(legs)), fee, spread.currency)
        self._book_fill(record, fill, spread, now)

    # ---- refusals

    def refuse(self, record: OrderRecord, error: Error, now: int) -> None:
        """Tell that the counter refused an order; said twice, as CTP does, it is told once."""
        if record.ended or record.accepted:
            return
        number, text = error
        record.ended, record.state, record.reason = True, OrderState.REJECTED, text
        code = order_code(number)
        # A limit of requests is told by our own code, whatever the venue's number for it.
        record.venue_code = "" if code == "venue.rate_limited" else str(number)
        said = f"[{number}] {text}"
        event = OrderRejected(
            self._account, record.order_id, now, now, said, code, record.venue_code
        )
        self._post(event)

    def refuse_cancel(self, record: OrderRecord, error: Error, now: int) -> None:
        """Tell that a cancel of ours was refused, once."""
        if not record.cancelling:
            return
        record.cancelling = False
        number, text = error
        said = f"[{number}] {text}"
        code = order_code(number)
        self._post(
            CancelRejected(self._account, record.order_id, now, now, said, code, str(number))
        )

    def find(self, row: Row, session: tuple[int, int]) -> OrderRecord | None:
        """Return the order of ours that an InputOrder means, which does not tell its session."""
        ref, note = (str(row.get(name, "")).strip() for name in ("OrderRef", "BusinessUnit"))
        record = self._book.by_key.get((*session, ref))
        for text in (note, ref):
            if record is None and text.isdigit():
                record = self._book.records.get(OrderId(int(text)))
        return record if record is not None and record.request is not None else None


def _with_fee(fill: Fill, fee: Decimal, currency: str) -> Fill:
    return replace(fill, fee=fee, fee_currency=currency)


def _as_spread(fill: Fill, side: Side, price: Decimal, legs: tuple[LegFill, ...]) -> Fill:
    return replace(fill, side=side, price=price, legs=legs)
