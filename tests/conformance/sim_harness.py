"""The simulated venue in the same process, under the control of conformance cases."""

from decimal import Decimal

from anyvenue.engine.sim_broker import SimBroker
from anyvenue.engine.sim_driver import SimDriver
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.commands import CancelOrder, SubmitOrder
from anyvenue.model.errors import UnknownInstrument
from anyvenue.model.ids import InstrumentId, OrderId, next_order_id
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.sim.faults import FaultPlan, Faults
from anyvenue.testing.conformance import DriverHarness
from builders import ALICE, MS, SECOND, at, quote, rebar, weekdays

__all__ = ["SimHarness"]

_OUTAGE = 600 * SECOND


class SimHarness(DriverHarness):
    """Faults happen in the link between driver and exchange; time goes on as the cases wait."""

    account = ALICE
    resting_price = Decimal(3400)

    def __init__(self) -> None:
        self.instrument = rebar()
        options = VenueOptions(faults=FaultPlan())
        self.broker = SimBroker(self._look_up, lambda each: weekdays(each), options)
        self._cut = self._lose_report = False

    def _look_up(self, name: InstrumentId) -> Instrument:
        if name != self.instrument.id:
            raise UnknownInstrument(f"there is no instrument {name}", instrument=name)
        return self.instrument

    async def start(self) -> None:
        self.broker.now = at("09:31")
        self.broker.create_account(ALICE, {"CNY": Decimal(1_000_000)})
        self._market(3499, 3501)

    async def stop(self) -> None:
        """There is nothing to take down."""

    def driver(self) -> SimDriver:
        driver = SimDriver(self.broker)
        if ALICE in self.broker.accounts():
            driver.add_account(ALICE)
        return driver

    def now(self) -> int:
        return self.broker.now

    async def idle(self) -> None:
        broker = self.broker
        broker.now += MS
        if self._lose_report:
            self._lose_report = False
            self._faults(FaultPlan(drop=1.0))
            broker.run_due()
        if not self._cut:
            self._faults(self._plan)
        while broker.flight_due <= (broker.now if self._cut else broker.now + 60 * SECOND):
            broker.run_due()

    _plan = FaultPlan()

    def _faults(self, plan: FaultPlan) -> None:
        self.broker._link.faults = Faults(plan)

    def _market(self, bid: float, ask: float, size: float = 9.0) -> None:
        self.broker.now += SECOND
        self.broker.on_market(quote(self.instrument, self.broker.now, bid, ask, size, size))

    async def quote(self) -> None:
        self._market(3498, 3502)

    async def fill(self, order_id: OrderId, quantity: Decimal) -> None:
        price = self.broker.exchange.account(ALICE).orders.get(order_id).price
        assert price is not None
        self._market(float(price) - 1, float(price), float(quantity))
        self._market(3499, 3501)

    async def end(self, order_id: OrderId) -> None:
        broker = self.broker
        command = CancelOrder(order_id, ALICE, broker.now)
        broker._link._report(broker.exchange.apply(command, broker.now), broker.now)

    async def foreign(self, request: OrderRequest) -> None:
        broker = self.broker
        command = SubmitOrder(next_order_id(OrderId(0), broker.now), request, broker.now)
        broker._link._report(broker.exchange.apply(command, broker.now), broker.now)

    async def cut(self) -> None:
        self._cut = True
        self._faults(FaultPlan(disconnect=1.0, outage_ns=_OUTAGE))
        self.broker._link._maybe_disconnect(self.broker.now)

    async def restore(self) -> None:
        self._cut = False
        self._faults(self._plan)
        self.broker.now = max(self.broker.now, self.broker._link._down_until)

    async def lose_command(self) -> None:
        self._faults(FaultPlan(drop=1.0))

    async def lose_report(self) -> None:
        self._lose_report = True

    async def repeat_reports(self) -> None:
        self._plan = FaultPlan(duplicate=1.0)
        self._faults(self._plan)

    async def settle_day(self) -> None:
        broker = self.broker
        broker.now = max(broker.now, broker.exchange.days.due)
        broker._link._report(broker.exchange.advance(broker.now), broker.now)
