"""The driver of the simulated venue in the same process: a broker on one side, a node's inbox on the other."""

from collections.abc import Sequence

from anyvenue.engine.sim_broker import SimBroker
from anyvenue.model.commands import CancelOrder, Command, ModifyOrder, SubmitOrder
from anyvenue.model.enums import DriverState, OrderType, TimeInForce
from anyvenue.model.errors import NotSent
from anyvenue.model.events import Event, OrderFilled, VenueStateChanged
from anyvenue.model.ids import AccountId, InstrumentId, OrderId, VenueId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Bar
from anyvenue.model.protocols import Capabilities, Cursor, Inbox, Snapshot

__all__ = ["SimDriver"]


class SimDriver:
    """Implements `Driver` over a `SimBroker`; messages are only ever lost in the broker's link."""

    def __init__(self, broker: SimBroker) -> None:
        """Serve accounts of `broker`, which are added afterwards."""
        self.venue = VenueId("sim")
        self.state = DriverState.CLOSED
        self.capabilities = Capabilities(
            order_types=frozenset(OrderType),
            times_in_force=frozenset(TimeInForce),
            channels=frozenset({"quotes", "depth", "trades", "bars"}),
            depth_levels=5,
            modify=True,
            post_only=True,
            reduce_only=True,
            client_ids=True,
            complete_snapshots=True,
        )
        self._broker = broker
        self._inbox: Inbox | None = None
        self._subscribed: set[InstrumentId] = set()
        self._latest: Event | None = None

    def add_account(self, account: AccountId) -> None:
        """Post the events of an account, once the driver is open."""
        self._broker.listen(account, self._on_account)

    async def open(self, inbox: Inbox) -> None:
        """Begin to post what happens."""
        self._inbox = inbox
        self.state = DriverState.READY

    async def close(self) -> None:
        """Post nothing any more."""
        self.state = DriverState.CLOSED
        self._inbox = None

    async def instruments(self) -> list[Instrument]:
        """Return what has a market."""
        return self._broker.instruments()

    def subscribe(self, instrument: InstrumentId, channel: str) -> None:
        """Post the instrument's market events; one subscription brings all channels."""
        if instrument not in self._subscribed:
            self._subscribed.add(instrument)
            self._broker.subscribe(instrument, self._post)

    async def history(
        self, instrument: InstrumentId, interval: str, start: int, end: int
    ) -> list[Bar]:
        """Return what the broker keeps."""
        return await self._broker.history(instrument, interval, start, end)

    def submit(self, command: SubmitOrder) -> None:
        """Send an order; raise NotSent while the link is down."""
        self._open_broker().execute(command)

    def cancel(self, command: CancelOrder) -> None:
        """Send a cancel; raise NotSent while the link is down."""
        self._open_broker().execute(command)

    def modify(self, command: ModifyOrder) -> None:
        """Send a change; raise NotSent while the link is down."""
        self._open_broker().execute(command)

    def send(self, command: Command) -> None:
        """Send a command of any kind."""
        if isinstance(command, SubmitOrder):
            self.submit(command)
        elif isinstance(command, CancelOrder):
            self.cancel(command)
        elif isinstance(command, ModifyOrder):
            self.modify(command)
        else:
            self._open_broker().execute(command)

    def resume(
        self, account: AccountId, epoch: int, cursor: Cursor, unanswered: Sequence[OrderId] = ()
    ) -> None:
        """Do nothing: broker and node live and die together."""

    async def snapshot(self, account: AccountId, since: Cursor) -> Snapshot:
        """Return what the exchange says is so."""
        broker = self._broker
        events = list(broker.events(account, since))
        named = {getattr(event, "order_id", 0) for _, event in events}
        balances = tuple(broker.account(account))
        return Snapshot(
            account=account,
            ts_as_of=broker.now,
            trading_day=max((each.trading_day for each in balances), default=0),
            orders=tuple(
                order
                for order in broker.orders(account)
                if not order.done or order.order_id in named
            )
            + tuple(broker.under_way(account)),
            fills=tuple(event.fill for _, event in events if isinstance(event, OrderFilled)),
            positions=tuple(broker.positions(account)),
            balances=balances,
            terms=tuple(broker.terms(account)),
            cursor=events[-1][0] if events else since,
        )

    def _open_broker(self) -> SimBroker:
        if self.state is DriverState.CLOSED:
            raise NotSent("the simulated venue is not open; open the driver first")
        return self._broker

    def _on_account(self, _cursor: Cursor, event: Event) -> None:
        # What concerns the whole venue stands in every account's log, but the node is told once.
        if event is not self._latest:
            self._latest = event
            if isinstance(event, VenueStateChanged) and self._inbox is not None:
                self.state = event.state
            self._post(event)

    def _post(self, event: Event) -> None:
        if self._inbox is not None:
            self._inbox.post(event)
