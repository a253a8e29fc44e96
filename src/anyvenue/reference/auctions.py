"""Call auctions at the open and the close of trading days: when orders are collected, and when they meet."""

from functools import cache

import msgspec

from anyvenue.reference.days import NS_PER_SECOND
from anyvenue.reference.sessions import SessionCalendar
from anyvenue.reference.tables import read_table

__all__ = ["AuctionWindow", "auctions_of"]

_MINUTE_NS = 60 * NS_PER_SECOND
_OPENING = "open"


class AuctionWindow(msgspec.Struct, frozen=True, gc=False):
    """One call auction: orders are collected at `start` <= ts < `end`, int ns UTC, and meet at `end`.

    From `fixed` on they cannot be changed or taken back. `closing` tells the auction at the close from the one at the
    open.
    """

    start: int
    fixed: int
    end: int
    closing: bool


class _Rule(msgspec.Struct, frozen=True):
    """When an auction is, in ns from the first open of the day or its last close."""

    since: int
    kind: str
    start: int
    fixed: int
    end: int


def auctions_of(sessions: SessionCalendar, trading_day: int) -> tuple[AuctionWindow, ...]:
    """Return the auctions of `trading_day` in order; none where the tables know none or it is no trading day."""
    rules = _rules_of(sessions.name)
    windows = sessions.windows(trading_day) if rules else ()
    if not windows:
        return ()
    latest = {rule.kind: rule for rule in rules if rule.since <= trading_day}
    found = [
        _window(rule, windows[0].start if rule.kind == _OPENING else windows[-1].end)
        for rule in latest.values()
    ]
    return tuple(sorted(found, key=lambda each: each.start))


def _window(rule: _Rule, of: int) -> AuctionWindow:
    return AuctionWindow(
        of + rule.start, of + rule.fixed, of + rule.end, closing=rule.kind != _OPENING
    )


@cache
def _rules_of(group: str) -> tuple[_Rule, ...]:
    rows = [row for row in read_table("auctions") if row["group"] == group]
    rules = [
        _Rule(
            int(row["since"]),
            row["kind"],
            int(row["start"]) * _MINUTE_NS,
            int(row["fixed"]) * _MINUTE_NS,
            int(row["end"]) * _MINUTE_NS,
        )
        for row in rows
    ]
    return tuple(sorted(rules, key=lambda rule: rule.since))
