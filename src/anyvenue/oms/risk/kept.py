"""Counts of rates, breakers and duplicates as records, to be kept over a restart, and back."""

from collections.abc import Iterable, Iterator

import msgspec

from anyvenue.model.orders import OrderRequest
from anyvenue.oms.risk.breakers import Counter
from anyvenue.oms.risk.conduct import DuplicateOrder
from anyvenue.oms.risk.guards import Guard, Guards
from anyvenue.oms.risk.scopes import Scope

__all__ = ["Counted", "counted_of", "recount"]


class Counted(msgspec.Struct, frozen=True):
    """When (int ns UTC) what a rule or breaker of a scope counts happened, and what a rule against duplicates saw."""

    scope: Scope
    rule: str
    times: tuple[int, ...] = ()
    seen: tuple[tuple[OrderRequest, int], ...] = ()


def counted_of(guards: Guards, latest: int | None = None) -> tuple[Counted, ...]:
    """Return what every rule and breaker has counted, at `latest` what came later."""
    found = tuple(each for guard in guards.all() for each in _of(guard))
    return found if latest is None else tuple(_capped(each, latest) for each in found)


def _capped(counted: Counted, latest: int) -> Counted:
    return Counted(
        counted.scope,
        counted.rule,
        tuple(min(at, latest) for at in counted.times),
        tuple((request, min(at, latest)) for request, at in counted.seen),
    )


def _of(guard: Guard) -> Iterator[Counted]:
    for rule in guard.rules:
        if isinstance(rule, DuplicateOrder) and rule.seen():
            yield Counted(guard.scope, rule.name, seen=rule.seen())
        elif rule.counts():
            yield Counted(guard.scope, rule.name, rule.counts())
    for breaker in guard.breakers:
        if isinstance(breaker, Counter) and breaker.times():
            yield Counted(guard.scope, breaker.rule, breaker.times())


def recount(guards: Guards, records: Iterable[Counted]) -> None:
    """Take what was kept; what nothing counts any more is passed by."""
    for record in records:
        guard = guards.at(record.scope)
        if guard is None:
            continue
        for rule in guard.rules:
            if rule.name == record.rule:
                if isinstance(rule, DuplicateOrder):
                    rule.restore(record.seen)
                else:
                    rule.recount(record.times)
        for breaker in guard.breakers:
            if isinstance(breaker, Counter) and breaker.rule == record.rule:
                breaker.restore(record.times)
