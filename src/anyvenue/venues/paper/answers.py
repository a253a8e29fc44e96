"""Answers to what clients ask, from any broker."""

from collections.abc import Callable

from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId, OrderId
from anyvenue.model.protocols import Broker, Cursor, Snapshot
from anyvenue.venues.paper.keeper import Keeper
from anyvenue.venues.paper.wire import Ask, Seen, packed

__all__ = ["answer", "references", "snapshot_of"]


def answer(broker: Broker, keeper: Keeper, account: AccountId, ask: Ask) -> object:
    """Return the record that answers `ask`; raise ConfigError for an unknown question."""
    reader = _READERS.get(ask.what)
    if reader is not None:
        return reader(broker, account)
    if ask.what == "quote":
        latest = broker.quote(ask.instrument)
        return [] if latest is None else [Seen(type(latest).__name__, packed(latest))]
    if ask.what == "snapshot":
        return snapshot_of(broker, keeper, account, (ask.day, ask.number))
    if ask.what == "references":
        return references(broker, keeper, account)
    raise ConfigError(
        f"question was {ask.what[:40]!r}; there are: {', '.join([*_READERS, 'quote', 'references', 'snapshot'])}",
        key="what",
        value=ask.what[:40],
    )


def snapshot_of(broker: Broker, keeper: Keeper, account: AccountId, since: Cursor) -> Snapshot:
    """Return what the broker says is so, with the fills after `since`.

    Every order is named that works, is under way, or that anything happened to after `since`: what is not was never
    taken, or was done before.
    """
    told = list(broker.events(account))
    events = [each for each in told if each[0] > since]
    named = {getattr(event, "order_id", 0) for _, event in events}
    # What was done since the last report is on its way to be reported.
    latest = told[-1][1].ts_event if told else 0
    known = [
        each
        for each in broker.orders(account)
        if not each.done or each.order_id in named or each.ts_updated >= latest
    ]
    return Snapshot(
        account=account,
        ts_as_of=keeper.now,
        trading_day=max((each.trading_day for each in broker.account(account)), default=since[0]),
        orders=(*known, *keeper.under_way(account)),
        fills=tuple(event.fill for _, event in events if hasattr(event, "fill")),
        positions=tuple(broker.positions(account)),
        balances=tuple(broker.account(account)),
        terms=tuple(broker.terms(account)),
        cursor=events[-1][0] if events else since,
    )


def references(
    broker: Broker, keeper: Keeper, account: AccountId
) -> list[tuple[OrderId, str, str]]:
    """Return each order of the account with the session and the reference that made it."""
    known = [*broker.orders(account), *keeper.under_way(account)]
    return [(each.order_id, *keeper.ref_of(each.order_id)) for each in known]


_READERS: dict[str, Callable[[Broker, AccountId], object]] = {
    "account": lambda broker, account: broker.account(account),
    "fills": lambda broker, account: broker.fills(account),
    "instruments": lambda broker, _: broker.instruments(),
    "orders": lambda broker, account: broker.orders(account),
    "positions": lambda broker, account: broker.positions(account),
}
