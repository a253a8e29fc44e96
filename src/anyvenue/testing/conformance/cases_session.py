"""Cases 1-19: coming and going, instruments, market data, snapshots."""

from contextlib import suppress

from anyvenue.model.enums import DriverState
from anyvenue.model.errors import AnyvenueError, AuthError, NotSent, SubscriptionError, VenueRefused
from anyvenue.model.events import OrderFilled
from anyvenue.model.ids import make_instrument_id
from anyvenue.model.market import Depth, Quote
from anyvenue.oms.reconcile import check_snapshot
from anyvenue.testing.conformance.registry import case
from anyvenue.testing.conformance.rig import Rig

__all__: list[str] = []

_YEAR_2000, _YEAR_2100 = 946_684_800 * 10**9, 4_102_444_800 * 10**9


@case(1, "connects and is ready", opened=False)
async def _connects(rig: Rig) -> None:
    assert rig.driver.state is DriverState.CLOSED
    await rig.driver.open(rig)
    await rig.until(lambda: rig.driver.state is DriverState.READY, "the state READY")


@case(2, "tells wrong credentials from a bad line", venue=("intruder",), opened=False)
async def _refuses(rig: Rig) -> None:
    intruder = rig.harness.intruder()
    try:
        await intruder.open(rig)
    except (AuthError, VenueRefused):
        pass
    else:
        raise AssertionError("the driver opened with wrong credentials")
    finally:
        await intruder.close()
    assert intruder.state is DriverState.CLOSED


@case(3, "closes twice and says nothing after")
async def _closes(rig: Rig) -> None:
    await rig.driver.close()
    await rig.driver.close()
    assert rig.driver.state is DriverState.CLOSED
    said = len(rig.events)
    await rig.settle()
    assert len(rig.events) == said


@case(4, "refuses commands before it is open as provably not sent", opened=False)
async def _not_open(rig: Rig) -> None:
    order_id = rig.next_id()
    for step in (lambda: rig.submit(rig.request()), lambda: rig.cancel(order_id)):
        try:
            step()
        except NotSent:
            continue
        except AnyvenueError as error:
            raise AssertionError(f"only NotSent says that nothing left: {error!r}") from error
    assert rig.books.orders.open_orders() == []


@case(5, "lists instruments once each with step and lot")
async def _instruments(rig: Rig) -> None:
    listed = await rig.driver.instruments()
    ids = [each.id for each in listed]
    assert rig.harness.instrument.id in ids
    assert len(set(ids)) == len(ids)
    for each in listed:
        assert each.price_step.step_at(rig.harness.resting_price) > 0
        assert each.lot.step > 0
        assert each.multiplier > 0


@case(6, "brings one quote for one quote however often it is subscribed", venue=("quote",))
async def _subscribes(rig: Rig) -> None:
    name = rig.harness.instrument.id
    rig.driver.subscribe(name, "quotes")
    rig.driver.subscribe(name, "quotes")
    await rig.settle()
    before = len(_quotes(rig))
    await rig.harness.quote()
    await rig.until(lambda: len(_quotes(rig)) > before, "a quote")
    await rig.settle()
    quotes = _quotes(rig)[before:]
    assert len({repr(each) for each in quotes}) == len(quotes), "nothing is said twice"
    latest = quotes[-1]
    assert latest.instrument == name
    assert _YEAR_2000 < latest.ts_event < _YEAR_2100, "times are int ns UTC"
    assert latest.bid < latest.ask


def _quotes(rig: Rig) -> list[Quote | Depth]:
    return [each for each in rig.events if isinstance(each, Quote | Depth)]


@case(7, "survives a subscription to what does not exist")
async def _unknown(rig: Rig) -> None:
    nothing = make_instrument_id("no such thing", "NOWHERE")
    with suppress(SubscriptionError):
        rig.driver.subscribe(nothing, "quotes")
    await rig.working()
    assert rig.driver.state is DriverState.READY


@case(8, "opens again after it was closed")
async def _reopens(rig: Rig) -> None:
    order_id = await rig.working()
    await rig.driver.close()
    await rig.driver.open(rig)
    await rig.until(lambda: rig.driver.state is DriverState.READY, "the state READY")
    await rig.reconcile()
    assert not rig.order(order_id).done
    rig.cancel(order_id)
    await rig.until(lambda: rig.order(order_id).done, "the cancel")


@case(10, "takes snapshots that are true of the account", venue=("fill",))
async def _snapshots(rig: Rig) -> None:
    order_id = await rig.working(3)
    lot = rig.order(order_id).quantity / 3
    await rig.harness.fill(order_id, lot)
    await rig.until(lambda: rig.order(order_id).filled, "the fill")
    snapshot = await rig.snapshot()
    check_snapshot(rig.books, snapshot)
    theirs = [each for each in snapshot.orders if each.order_id == order_id]
    assert [(each.filled, each.quantity) for each in theirs] == [(lot, lot * 3)]
    unit = rig.harness.instrument
    held = {each.instrument: each.net for each in snapshot.positions}
    spot = unit.base and not unit.position_rule.margined  # held as a balance of the base currency
    assert spot or held == {unit.id: lot}
    assert snapshot.balances, "a snapshot has balances"
    assert _YEAR_2000 < snapshot.ts_as_of < _YEAR_2100, "times are int ns UTC"


@case(11, "tells fills after the cursor and those only", venue=("fill",))
async def _cursor(rig: Rig) -> None:
    order_id = await rig.working(3)
    lot = rig.order(order_id).quantity / 3
    await rig.harness.fill(order_id, lot)
    await rig.until(lambda: rig.order(order_id).filled == lot, "the first fill")
    first = await rig.snapshot()
    await rig.harness.fill(order_id, lot)
    await rig.until(lambda: rig.order(order_id).filled == lot * 2, "the second fill")
    later = await rig.snapshot(first.cursor)
    ids = [each.fill.trade_id for each in rig.events if isinstance(each, OrderFilled)]
    assert {each.trade_id for each in first.fills} == {ids[0]}
    assert {each.trade_id for each in later.fills} == {ids[-1]}
    assert later.cursor > first.cursor


@case(12, "gives empty books the whole truth", venue=("fill",))
async def _cold_start(rig: Rig) -> None:
    order_id = await rig.working(2)
    await rig.harness.fill(order_id, rig.order(order_id).quantity / 2)
    await rig.until(lambda: rig.order(order_id).filled, "the fill")
    before = rig.books.positions()
    rig.books = rig.empty_books()
    await rig.reconcile()
    assert [(each.instrument, each.net) for each in rig.books.positions()] == [
        (each.instrument, each.net) for each in before
    ]
    assert [each.filled for each in rig.books.orders.open_orders()] == [
        rig.harness.instrument.lot.minimum
    ]
