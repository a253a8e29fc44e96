"""A hosted exchange comes back from its log to the same books, whatever ended it."""

import asyncio
import pickle
import shutil
from collections.abc import Coroutine
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from anyvenue.engine.hosting.exchange import HostedExchange
from anyvenue.engine.hosting.freezing import freeze, thaw
from anyvenue.engine.hosting.inputs import AccountCreated, decode_record, encode
from anyvenue.engine.hosting.log import InputLog
from anyvenue.engine.hosting.market import FeedMarket
from anyvenue.engine.synthetic import synthetic_feed
from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import Offset, OrderState, Side
from anyvenue.model.errors import (
    AccountError,
    AnyvenueError,
    ConfigError,
    DuplicateClientRef,
    Inconsistent,
    JournalError,
    UnknownInstrument,
)
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.reference.catalog import DEFAULT_DATE, Catalog
from served import RB, SECOND, SteppedClock, hosted, order

ALICE, BOB = AccountId("alice"), AccountId("bob")
MILLION = {"CNY": Decimal(1_000_000)}


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def books(exchange: HostedExchange) -> list[object]:
    """Return all there is to know about the accounts of an exchange."""
    return [
        (
            account,
            exchange.account(account),
            exchange.positions(account),
            exchange.orders(account),
            list(exchange.events(account)),
            exchange.epoch(account),
        )
        for account in exchange.accounts()
    ]


def trade(exchange: HostedExchange, clock: SteppedClock, seed: int, count: int) -> None:
    """Have two accounts place, change and cancel orders around one price."""
    random = Random(seed)
    for number in range(count):
        clock.time += random.randrange(SECOND)
        account = random.choice([ALICE, BOB])
        side = random.choice(list(Side))
        request = order(
            account, number, side, 3300 + random.randrange(-4, 5), random.randrange(1, 5)
        ).request
        try:
            if number % 40 == 39:
                exchange.reset_account(BOB, MILLION)
            placed = exchange.submit(account, request, f"{seed}-{number}", "main")
            if number % 5 == 0:
                exchange.cancel(account, placed)
            elif number % 7 == 0:
                exchange.modify(account, placed, quantity=Decimal(9))
        except AnyvenueError:
            pass  # refused, such as for lack of money: that must come back as well


def crashed(folder: Path) -> Path:
    """Return a copy of a folder as a crash at this moment would leave it."""
    return Path(shutil.copytree(folder, folder.with_name(f"{folder.name}x")))


@pytest.mark.parametrize("snapshot_every", [10**9, 17])
def test_after_a_crash_everything_is_as_it_was(tmp_path: Path, snapshot_every: int) -> None:
    async def main() -> None:
        clock, folder = SteppedClock(), tmp_path / "a"
        exchange = hosted(folder, clock=clock, snapshot_every=snapshot_every, sync="order")
        for account in (ALICE, BOB):
            exchange.create_account(account, MILLION, "secret")
        for lap in range(3):
            trade(exchange, clock, lap, 60)
            copy = crashed(folder)
            again = hosted(copy, clock=clock, snapshot_every=snapshot_every)
            assert books(again) == books(exchange)
            assert again.secret(ALICE) == "secret"
            assert (again.replayed < 20) is (snapshot_every == 17)
            again.close()
            shutil.rmtree(copy)
        exchange.close()

    run(main())


def test_what_came_back_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    async def main() -> None:
        clock, folder = SteppedClock(), tmp_path / "a"
        exchange = hosted(folder, clock=clock)
        for account in (ALICE, BOB):
            exchange.create_account(account, MILLION)
        trade(exchange, clock, 1, 50)
        other_clock = SteppedClock(clock.time)
        again = hosted(crashed(folder), clock=other_clock)
        trade(exchange, clock, 2, 50)
        trade(again, other_clock, 2, 50)
        assert books(again) == books(exchange)
        again.close()
        exchange.close()

    run(main())


def test_open_orders_work_again_and_references_are_still_taken(tmp_path: Path) -> None:
    async def main() -> None:
        exchange = hosted(tmp_path)
        for account in (ALICE, BOB):
            exchange.create_account(account, MILLION)
        placed = exchange.submit(ALICE, order(ALICE, 1, Side.BUY, 3300).request, "1", "main")
        exchange.close()
        again = hosted(tmp_path)
        with pytest.raises(DuplicateClientRef):
            again.submit(ALICE, order(ALICE, 1, Side.BUY, 3300).request, "1", "main")
        assert again.order_of(ALICE, "main", "1") == placed
        assert again.ref_of(placed) == ("main", "1")
        again.submit(BOB, order(BOB, 1, Side.SELL, 3300).request)
        assert [each.state for each in again.orders(ALICE)] == [OrderState.FILLED]
        again.close()

    run(main())


def test_an_order_of_the_day_that_ended_while_the_exchange_was_away_is_expired(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        clock = SteppedClock()
        exchange = hosted(tmp_path, clock=clock)
        exchange.create_account(ALICE, MILLION)
        exchange.submit(ALICE, order(ALICE, 1, Side.BUY, 3300).request)
        exchange.close()
        clock.time += 3 * 86_400 * SECOND
        again = hosted(tmp_path, clock=clock)
        assert [each.state for each in again.orders(ALICE)] == [OrderState.OPEN]
        running = asyncio.ensure_future(again.run())
        expired = asyncio.Event()
        again.listen(ALICE, lambda _cursor, _event: expired.set())
        await asyncio.wait_for(expired.wait(), 60)
        assert [each.state for each in again.orders(ALICE)] == [OrderState.EXPIRED]
        again.request_stop()
        await running
        again.close()

    run(main())


def test_a_recorded_or_synthetic_market_goes_on_where_it_was(tmp_path: Path) -> None:
    def make(folder: Path) -> HostedExchange:
        catalog = Catalog(DEFAULT_DATE)
        feed = synthetic_feed(catalog, date=DEFAULT_DATE, seed=3, instruments=[str(RB)], days=1)
        options = VenueOptions(hours="always", latency_ms=5.0)
        return HostedExchange(FeedMarket(feed, 1e9), catalog, options, log=InputLog(folder))

    async def main() -> None:
        folder = tmp_path / "a"
        exchange = make(folder)
        exchange.create_account(ALICE, MILLION)
        filled: list[object] = []
        exchange.listen(ALICE, lambda _cursor, event: filled.append(event))
        enough = asyncio.Event()
        seen: list[object] = []

        def on_market(event: Any) -> None:
            seen.append(event)
            if len(seen) % 50 == 0:
                side = Side.BUY if len(seen) % 100 else Side.SELL
                price = event.ask if side is Side.BUY else event.bid
                exchange.submit(ALICE, order(ALICE, 1, side, price).request)
            if len(seen) == 1000:
                enough.set()

        exchange.subscribe(RB, on_market)
        running = asyncio.ensure_future(exchange.run())
        await asyncio.wait_for(enough.wait(), 60)
        exchange.request_stop()
        await running
        again = make(crashed(folder))
        assert [list(again.events(ALICE)), again.orders(ALICE), again.positions(ALICE)] == [
            list(exchange.events(ALICE)),
            exchange.orders(ALICE),
            exchange.positions(ALICE),
        ]
        assert again.market.passed <= exchange.market.passed
        assert len(exchange.fills(ALICE)) > 5
        again.close()
        exchange.close()
        last = make(folder)
        assert last.market.passed == exchange.market.passed
        assert last.account(ALICE) == exchange.account(ALICE)
        last.close()

    run(main())


def test_a_long_queue_of_orders_is_kept_in_its_order(tmp_path: Path) -> None:
    async def main() -> None:
        exchange = hosted(tmp_path)
        for account in (ALICE, BOB):
            exchange.create_account(account, {"CNY": Decimal(10**9)})
        for number in range(2000):
            exchange.submit(ALICE, order(ALICE, number, Side.BUY, 3300).request)
        exchange.close()
        again = hosted(tmp_path)
        assert again.replayed == 0
        again.submit(BOB, order(BOB, 1, Side.SELL, 3300, 5).request)
        filled = [each.order_id for each in again.orders(ALICE) if each.filled]
        assert filled == [each.order_id for each in again.orders(ALICE)[:5]]
        again.close()

    run(main())


def test_without_a_folder_nothing_is_kept() -> None:
    async def main() -> None:
        exchange = hosted()
        exchange.create_account(ALICE, MILLION)
        with pytest.raises(AccountError, match="exists already"):
            exchange.create_account(ALICE, MILLION)
        with pytest.raises(UnknownInstrument, match="not listed here"):
            exchange.subscribe(InstrumentId("ag2612.SHFE"), print)
        exchange.close()
        assert hosted().accounts() == []

    run(main())


def test_a_folder_of_other_terms_is_refused_with_their_names(tmp_path: Path) -> None:
    async def main() -> None:
        catalog = Catalog(DEFAULT_DATE)

        def make(seed: int) -> HostedExchange:
            feed = synthetic_feed(catalog, date=DEFAULT_DATE, seed=seed, instruments=[str(RB)])
            log, terms = InputLog(tmp_path), {"seed": str(seed), "hours": "always"}
            try:
                market = FeedMarket(feed, 1.0)
                return HostedExchange(market, catalog, VenueOptions(), log=log, terms=terms)
            except BaseException:
                log.close()
                raise

        make(1).close()
        with pytest.raises(ConfigError, match="other terms: seed was '1'"):
            make(2)

    run(main())


def test_a_log_that_no_longer_gives_the_same_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        exchange = hosted(tmp_path)
        exchange.create_account(ALICE, MILLION)
        exchange.deposit(ALICE, "CNY", Decimal(5))
        exchange._history._log.close()  # type: ignore[union-attr]
        _forge(tmp_path)
        with pytest.raises(JournalError, match="played again these are others"):
            hosted(tmp_path)

    run(main())


def _forge(folder: Path) -> None:
    """Give the account less money than it had, with all checksums right."""
    with InputLog(folder) as log:
        header, first, *rest = log.inputs(after_snapshot=False)
    shutil.rmtree(folder)
    record = decode_record(first)
    assert isinstance(record.what, AccountCreated)
    what = replace(record.what, deposits={"CNY": Decimal(1)})
    with InputLog(folder) as log:
        log.start(0, 100)
        for body in [header, encode(replace(record, what=what)), *rest]:
            log.append(body, 0)


def test_when_the_log_cannot_be_written_the_exchange_stops(tmp_path: Path) -> None:
    async def main() -> None:
        exchange = hosted(tmp_path)
        exchange.create_account(ALICE, MILLION)
        running = asyncio.ensure_future(exchange.run())
        exchange._history._log.append = _full  # type: ignore[union-attr,method-assign]
        with pytest.raises(JournalError, match="disk is full"):
            exchange.submit(ALICE, order(ALICE, 1, Side.BUY, 3300).request)
        with pytest.raises(JournalError, match="disk is full"):
            await running
        assert exchange.orders(ALICE) == []
        exchange.close()

    run(main())


def _full(_record: bytes, _now: int) -> None:
    raise JournalError("disk is full")


@pytest.mark.parametrize("matching", ["touch", "queue", "maker", "book"])
def test_an_exchange_of_every_kind_can_be_kept_as_a_snapshot(tmp_path: Path, matching: str) -> None:
    """Perpetuals, options, spreads and bonds, each with an order: nothing in the exchange is unfit to be kept."""

    async def main() -> None:
        catalog = Catalog(DEFAULT_DATE)
        feed = synthetic_feed(catalog, date=DEFAULT_DATE, seed=1, days=1)
        options = VenueOptions(hours="always", matching=matching)

        def make() -> HostedExchange:
            market = FeedMarket(synthetic_feed(catalog, date=DEFAULT_DATE, seed=1, days=1), 1e9)
            return HostedExchange(market, catalog, options, log=InputLog(tmp_path))

        exchange = make()
        money = {each.currency: Decimal(10**7) for each in feed.instruments}
        exchange.create_account(ALICE, money)
        exchange.create_account(BOB, money)
        for _ in range(200):
            exchange._step()
        for account in (ALICE, BOB):
            for each in exchange.instruments():
                _try_both_sides(exchange, account, each.id)
        for _ in range(200):
            exchange._step()
        exchange.close()
        assert exchange.unkept == ""
        assert exchange.fills(ALICE)
        again = make()
        assert again.replayed == 0
        assert books(again) == books(exchange)
        again.close()

    run(main())


def _try_both_sides(exchange: HostedExchange, account: AccountId, name: InstrumentId) -> None:
    latest = exchange.broker.exchange.latest.get(name)
    price = getattr(latest, "ask", None)
    for side in Side:
        if price and price == price:
            request = replace(order(account, 1, side, price, 100).request, instrument=name)
            with suppress(AnyvenueError):  # such as an amount that is no lot of it
                exchange.submit(account, replace(request, offset=Offset.AUTO))


def test_a_snapshot_that_names_anything_else_is_refused() -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return eval, ("1",)

    frozen = freeze([1], {})
    forged = frozen[:16] + pickle.dumps(Evil())
    with pytest.raises(Inconsistent, match=r"builtins\.eval"):
        thaw(forged, {})
    assert thaw(frozen, {}) == [1]
