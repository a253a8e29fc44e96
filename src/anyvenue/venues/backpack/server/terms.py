"""What the server is told about how to deal with its clients."""

import msgspec

__all__ = ["MARKET", "BackpackTerms"]

MARKET = "backpack"
"""Spot and perpetuals are one market."""


class BackpackTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How the server deals with its clients; the numbers are the venue's.

    `requests` are per minute and address, 0 is without limit. `window_ms` is how old a request may be that does not
    say, `longest_window_ms` what it may say, `ahead_ms` how far a clock may be ahead. `answer_s` is how long an order
    waits for its outcome, `immediate_s` an order that is executed or ends at once. `leverage` is what an account has
    that has not chosen.
    """

    requests: int = 2000
    window_ms: int = 5000
    longest_window_ms: int = 60_000
    ahead_ms: int = 1000
    answer_s: float = 10.0
    immediate_s: float = 1.5
    flush_s: float = 0.1
    longest_queue: int = 8 << 20
    leverage: int = 20
