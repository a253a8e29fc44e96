"""The work of ``anyvenue probe``: the layers of a venue, its driver, and a test order where one is wished for."""

import asyncio
import time
from collections.abc import Callable, Mapping

import msgspec

from anyvenue.app.drivers import driver_for
from anyvenue.model.errors import AnyvenueError, ConnectivityError, UnknownInstrument
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Driver
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.resolver import resolve_listed
from anyvenue.venues.probing.asking import VenueProbe, probe_of
from anyvenue.venues.probing.layers import probe_venue
from anyvenue.venues.probing.steps import Step
from anyvenue.venues.probing.trial import Heard, Trial, TrialOutcome, usual_instrument
from anyvenue.venues.registry import Venue
from anyvenue.venues.settings import VenueConfig
from anyvenue.venues.transport.http import WebClient

__all__ = ["ProbeTarget", "TestOrder", "probe_target"]

_DRIVER_S = 60.0


class TestOrder(msgspec.Struct, frozen=True):
    """A test order that is wished for: of `instrument`, or the usual one where that is empty.

    `on_break` is called when somebody wants to end the probe and the order has to go first.
    """

    __test__ = False  # it is no test of pytest's

    instrument: str
    catalog: Catalog
    on_break: Callable[[], None]


class ProbeTarget(msgspec.Struct, frozen=True):
    """What is probed: a venue as everybody reaches it, or as `account` of the configuration does."""

    venue: Venue
    config: VenueConfig
    account: str = ""

    @property
    def probe(self) -> VenueProbe | None:
        """What the venue tells of itself; raise ConfigError for settings that fit nothing."""
        return probe_of(self.venue, self.config)

    @property
    def live(self) -> bool:
        """True where orders are for real money, as far as anybody knows."""
        found = self.probe
        return not self.venue.own_time if found is None else found.live


async def probe_target(target: ProbeTarget, order: TestOrder | None) -> list[Step]:
    """Return what was tried, in its order; the driver is tried where everything below it works."""
    steps: list[Step] = []
    probe = target.probe
    if probe is not None:
        http = WebClient(timeout_s=probe.timeout_s, proxy=probe.proxy)
        try:
            steps = await probe_venue(probe, http)
        finally:
            await http.close()
    if all(each.good or each.step == "clock" for each in steps):
        steps += await _drive(target, order)
    return steps


async def _drive(target: ProbeTarget, order: TestOrder | None) -> list[Step]:
    began = time.monotonic()
    heard = Heard()
    side = "account" if target.account else "venue"
    driver: Driver | None = None
    try:
        driver = driver_for(target.venue, target.config, target.account)
        listed = await _opened(driver, heard)
    except AnyvenueError as error:
        return [_step("driver", began, error=error, side=side)]
    else:
        count = f"{len(listed):,}"
        steps = [_step("driver", began, "probe.driver", {"instruments": count}, side=side)]
        if order is not None:
            steps.append(await _order(driver, heard, target, listed, order))
        return steps
    finally:
        if driver is not None:
            await driver.close()


async def _opened(driver: Driver, heard: Heard) -> list[Instrument]:
    try:
        async with asyncio.timeout(_DRIVER_S):
            await driver.open(heard)
            return await driver.instruments()
    except TimeoutError:
        raise ConnectivityError(
            f"the driver did not come up within {_DRIVER_S:g} s",
            code="venue.probe_driver",
            seconds=f"{_DRIVER_S:g}",
        ) from None


async def _order(
    driver: Driver,
    heard: Heard,
    target: ProbeTarget,
    listed: list[Instrument],
    order: TestOrder,
) -> Step:
    began = time.monotonic()
    try:
        instrument = _instrument(listed, order, target.venue.name)
        account = AccountId(target.account)
        trial = Trial(driver, heard, account, instrument, on_break=order.on_break)
        outcome = await trial.run()
    except AnyvenueError as error:
        left = "probe_advice.left" if error.code == "venue.probe_left" else ""
        return _step("order", began, error=error, advice=left)
    if outcome.filled:
        advice = "probe_advice.filled"
        return _step("order", began, "probe.order_filled", _figures(outcome), advice=advice)
    return _step("order", began, "probe.order", _figures(outcome))


def _instrument(listed: list[Instrument], order: TestOrder, venue: str) -> Instrument:
    if order.instrument:
        found = resolve_listed(order.catalog, order.instrument, {each.id: each for each in listed})
    else:
        found = usual_instrument(listed)
    if found is None:
        raise UnknownInstrument(
            f"{venue} lists no {order.instrument or 'usual instrument'}: name one with --instrument",
            code="reference.probe_instrument",
            venue=venue,
            instrument=order.instrument or "-",
        )
    return found


def _figures(outcome: TrialOutcome) -> dict[str, object]:
    return {
        "instrument": outcome.instrument,
        "quantity": outcome.quantity,
        "price": outcome.price,
        "accepted": f"{outcome.accepted_s * 1000:.0f}",
        "cancelled": f"{outcome.cancelled_s * 1000:.0f}",
        "filled": outcome.filled or "0",
    }


def _step(
    step: str,
    began: float,
    told: str = "",
    fields: Mapping[str, object] | None = None,
    *,
    error: AnyvenueError | None = None,
    advice: str = "",
    side: str = "account",
) -> Step:
    return Step(
        side=side,
        step=step,
        state="failed" if error is not None else "warning" if advice else "good",
        told=told,
        fields=fields or {},
        seconds=round(time.monotonic() - began, 4),
        advice=advice,
        error=error,
    )
