"""The driver of the CTP family: it speaks to one account at one counter through a vendor's library."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from anyvenue.model.commands import (
    CancelOrder,
    CombinePositions,
    Command,
    ExerciseOption,
    ModifyOrder,
    SubmitOrder,
)
from anyvenue.model.enums import DriverState, OrderType, TimeInForce
from anyvenue.model.errors import (
    AccountError,
    NotSent,
    SubscriptionError,
    UnknownInstrument,
    UnknownOrder,
    VenueRefused,
)
from anyvenue.model.events import CommandRefused, OrderCancelled
from anyvenue.model.ids import AccountId, InstrumentId, OrderId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar
from anyvenue.model.protocols import Capabilities, Cursor, Snapshot
from anyvenue.model.statements import Rates
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.driver.account_commands import combine_fields, exercise_fields
from anyvenue.venues.ctp.driver.book import OrderRecord
from anyvenue.venues.ctp.driver.errors import Error, refusal
from anyvenue.venues.ctp.driver.link import Link, Row
from anyvenue.venues.ctp.driver.orders import cancel_fields, input_order
from anyvenue.venues.ctp.driver.snapshot import Snapshots
from anyvenue.venues.ctp.driver.transfers import INWARD, OUTWARD
from anyvenue.venues.ctp.driver.upkeep import Upkeep
from anyvenue.venues.ctp.native.seam import Called

__all__ = ["CtpDriver"]

_SLICE = 200
_IN_SESSION = (DriverState.READY, DriverState.RECONCILING)


class CtpDriver(Upkeep):
    """Implements `Driver` for one account of a counter of the CTP family.

    OrderRef is the node's order id, so an order is known again after any restart. The private stream begins anew at
    every login (RESTART): what happened while nobody listened comes by itself, and an order that neither the stream
    nor the day's order query names was never taken.
    """

    capabilities = Capabilities(
        order_types=frozenset(
            {OrderType.LIMIT, OrderType.MARKET, OrderType.STOP, OrderType.STOP_LIMIT}
        ),
        times_in_force=frozenset(
            {TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK}
        ),
        channels=frozenset({"quotes", "depth"}),
        depth_levels=5,
        client_ids=True,
        complete_snapshots=True,
    )

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Know these orders for ours; the stream begins at the day's first message anyway."""
        self._check(account)
        self._identities.add_known(unanswered)

    # ---- commands

    def submit(self, command: SubmitOrder) -> None:
        """Send an order; raise NotSent, with the code of RateLimited where there were too many requests.

        An order that was sent before is not sent again.
        """
        request, order_id = command.request, command.order_id
        self._check(request.account)
        link = self._open_link(order_id)
        if order_id in self._book.records:
            return
        code = self.instruments_known.codes.code(request.instrument)
        fields = input_order(order_id, request, self._config, code)
        # It must rise within a session, and orders may be sent in another order than they were numbered in.
        ref = max(order_id, self._last_ref + 1)
        if ref != order_id:
            fields |= {"OrderRef": str(ref), "BusinessUnit": str(order_id)}
        record = OrderRecord(order_id, (*self._session, str(ref)), request.instrument)
        record.request, record.sent, record.sent_on = request, fields, self.connection
        record.sent_at = command.ts_event
        self._book.add(record)
        try:
            self._send(link, "ReqOrderInsert", fields)
        except Exception:
            self._book.drop(record)
            raise
        self._last_ref = ref
        wait = self._config.timeout_s
        asyncio.get_running_loop().call_later(wait, self._check_answered, record)
        self._want_rates(link, request.instrument)

    def _check_answered(self, record: OrderRecord) -> None:
        """Doubt an order of this connection of which nobody has said a word."""
        same = record.sent_on == self.connection and self.state in _IN_SESSION
        if same and record.row is None and not (record.lost or record.ended):
            wait = f"{self._config.timeout_s:g}"
            self._reports.lose_one(
                record, self._now(), f"the counter said nothing of it in {wait} s"
            )

    def cancel(self, command: CancelOrder) -> None:
        """Send a cancel; raise NotSent while there is no session, UnknownOrder for an order nobody has told of."""
        self._check(command.account)
        link = self._open_link(command.order_id)
        record = self._book.records.get(command.order_id)
        if record is None:
            raise UnknownOrder(
                f"the counter has told of no order {command.order_id} today; there is nothing to cancel",
                order_id=command.order_id,
            )
        fields = cancel_fields(record.row, record.key, record.sent, self._config)
        fields["OrderActionRef"] = link.next_id()
        record.cancelling = True
        try:
            self._send(link, "ReqOrderAction", fields)
        except Exception:
            record.cancelling = False
            raise

    def modify(self, command: ModifyOrder) -> None:
        """Raise NotSent: CTP has no change of an order."""
        raise NotSent(
            "CTP changes no orders: cancel it and send another", order_id=command.order_id
        )

    def send(self, command: Command) -> None:
        """Send a command of any kind: exercise and combination, too; raise VenueRefused for any other."""
        if isinstance(command, SubmitOrder):
            self.submit(command)
        elif isinstance(command, CancelOrder):
            self.cancel(command)
        elif isinstance(command, ModifyOrder):
            self.modify(command)
        elif isinstance(command, ExerciseOption | CombinePositions):
            self._check(command.account)
            link = self._open_link(OrderId(0))
            code = self.instruments_known.codes.code(command.instrument)
            ref = str(link.next_id())
            if isinstance(command, ExerciseOption):
                name, fields = exercise_fields(command, self._config, code, ref)
            else:
                name, fields = combine_fields(command, self._config, code, ref)
            self._commands[self._send(link, name, fields)] = command.instrument
        else:
            kind = type(command).__name__
            raise VenueRefused(f"CTP has no {kind}", venue_code="no_request", venue_text=kind)

    def _send(self, link: Link, name: str, fields: dict[str, Value]) -> int:
        number = link.next_id()
        link.send(name, fields | {"RequestID": number}, number)
        return number

    # ---- market data

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Ask for quotes, over every connection; raise SubscriptionError where there are none."""
        if not self._config.market_front:
            raise SubscriptionError(
                "the account has no quote front: set market_front",
                available=(),
                instrument=instrument,
            )
        self._feed.want(self._md if self._md_ready else None, instrument, self._now())

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return an empty list: a counter keeps no history."""
        return []

    # ---- questions

    async def instruments(self) -> list[Instrument]:
        """Return what the counter lists; raise ConnectivityError or VenueRefused."""
        rows = await self.native("ReqQryInstrument", {})
        found: dict[InstrumentId, Instrument] = {}
        for number, row in enumerate(rows):
            if row.get("InstrumentID"):
                made = self.instruments_known.add(row)
                found[made.id] = made
            if number % _SLICE == 0:
                await asyncio.sleep(0)  # there are fifteen thousand of them
        return list(found.values())

    async def rates(self, instrument: InstrumentId) -> Rates:
        """Return the account's fees and margin rates; raise UnknownInstrument, ConnectivityError or VenueRefused."""
        found = self.instruments_known.get(instrument)
        if found is None:
            raise UnknownInstrument(
                f"the counter has told of no {instrument}", instrument=instrument, suggestions=[]
            )
        return await self._rates.get(self._open_link(OrderId(0)), found, self._now)

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Return what the counter says is so; raise AccountError, ConnectivityError or VenueRefused."""
        self._check(account)
        link = self._open_link(OrderId(0))
        snapshots = Snapshots(
            self.account,
            self._config,
            self._book,
            self._reports,
            self.instruments_known,
            self._now,
        )
        found = await snapshots.take(link, since, self.connection)
        self._transfers.compared = True
        return found

    async def native(self, name: str, fields: Mapping[str, Value]) -> list[Row]:
        """Make any request of CTP's by name and return the rows of its answer, in CTP's words.

        BrokerID and InvestorID are filled in. Queries wait for their turn. Raises VenueRefused with the counter's code
        and text, ConnectivityError, or NotSent.
        """
        link = self._open_link(OrderId(0))
        filled: dict[str, Value] = {
            "BrokerID": self._config.broker,
            "InvestorID": self._config.user,
            "UserID": self._config.user,
            "AccountID": self._config.user,
            **fields,
        }
        timeout = self._config.timeout_s
        if name.startswith("ReqQry"):
            answer = await link.query(name, filled, timeout)
        else:
            answer = await link.ask(name, filled, timeout)
        if answer.error is not None:
            raise refusal(name, answer.error)
        return answer.rows

    # ---- what comes

    def _on_report(self, called: Called) -> None:
        take = _TAKERS.get(called.callback)
        link = self._trader
        if take is None or link is None or not link.hears(called.callback):
            return
        row = link.row(called)
        if row is not None:
            take(self, row, link.error(called), called)

    def _on_order(self, row: Row, _: Error | None, called: Called) -> None:
        self._reports.on_order(row, called.ts_recv)

    def _on_trade(self, row: Row, _: Error | None, called: Called) -> None:
        self._reports.on_trade(row, called.ts_recv)

    def _on_order_refused(self, row: Row, error: Error | None, called: Called) -> None:
        record = self._reports.find(row, self._session)
        if record is not None and error is not None:
            self._reports.refuse(record, error, called.ts_recv)

    def _on_cancel_refused(self, row: Row, error: Error | None, called: Called) -> None:
        record = self._of_action(row)
        if record is not None and error is not None:
            self._reports.refuse_cancel(record, error, called.ts_recv)

    def _of_action(self, row: Row) -> OrderRecord | None:
        system = str(row.get("ExchangeID", "")), str(row.get("OrderSysID", "")).strip()
        if system[1] and system in self._book.by_system:
            return self._book.by_system[system]
        key = int(row.get("FrontID", 0)), int(row.get("SessionID", 0))
        return self._book.by_key.get((*key, str(row.get("OrderRef", "")).strip()))

    def _on_touched_refused(self, row: Row, _: Error | None, called: Called) -> None:
        """Take the refusal of an order whose condition was met."""
        key = int(row.get("FrontID", 0)), int(row.get("SessionID", 0))
        record = self._book.by_key.get((*key, str(row.get("OrderRef", "")).strip()))
        if record is not None and not record.ended:
            now = called.ts_recv
            record.ended = True
            reason = f"[{row.get('ErrorID', '')!s}] {row.get('ErrorMsg', '')!s}"
            self._post(OrderCancelled(self.account, record.order_id, now, now, reason))

    def _on_command_refused(self, row: Row, error: Error | None, called: Called) -> None:
        instrument = self._commands.pop(called.number, None)
        if instrument is not None and error is not None:
            now, said = called.ts_recv, f"[{error[0]}] {error[1]}"
            self._post(CommandRefused(self.account, instrument, now, now, said, VenueRefused.code))

    def _on_transfer(self, row: Row, _: Error | None, called: Called) -> None:
        self._transfers.hear(called.callback, row, called.ts_recv)

    def _on_status(self, row: Row, _: Error | None, called: Called) -> None:
        self._feed.on_status(row, called.ts_recv, self._book.trading_day)

    # ---- small things

    def _want_rates(self, link: Link, name: InstrumentId) -> None:
        instrument = self.instruments_known.get(name)
        if instrument is not None:
            self._rates.want(link, instrument)

    def _open_link(self, order_id: OrderId) -> Link:
        link = self._trader
        if link is None or self.state not in _IN_SESSION:
            raise NotSent(
                f"there is no session with the counter ({self.state}); nothing was sent",
                order_id=order_id,
            )
        return link

    def _check(self, account: AccountId) -> None:
        if account != self.account:
            raise AccountError(
                f"this driver trades {self.account!r}, not {account!r}", account=account
            )


_Taker = Callable[[CtpDriver, Row, Error | None, Called], None]
_TAKERS: dict[str, _Taker] = {
    "OnRtnOrder": CtpDriver._on_order,
    "OnRtnTrade": CtpDriver._on_trade,
    "OnRspOrderInsert": CtpDriver._on_order_refused,
    "OnErrRtnOrderInsert": CtpDriver._on_order_refused,
    "OnRspOrderAction": CtpDriver._on_cancel_refused,
    "OnErrRtnOrderAction": CtpDriver._on_cancel_refused,
    "OnRtnErrorConditionalOrder": CtpDriver._on_touched_refused,
    "OnRspExecOrderInsert": CtpDriver._on_command_refused,
    "OnRspCombActionInsert": CtpDriver._on_command_refused,
    "OnRtnInstrumentStatus": CtpDriver._on_status,
    **dict.fromkeys((*INWARD, *OUTWARD), CtpDriver._on_transfer),
}
