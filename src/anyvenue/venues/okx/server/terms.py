"""What the server is told: how many requests it takes, and whose clock it goes by."""

import msgspec

__all__ = ["OkxTerms"]


class OkxTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How the server deals with its clients; the numbers are the venue's of 2026.

    `limits` multiplies how many requests of each kind are taken in two seconds; 0 is without limit. A connection may
    log in and subscribe `frames_an_hour` times (0: without limit), and is cut after `silence_s` without a word from
    either side. `window_s` is how old a signed request may be, `answer_s` how long an order waits for its outcome.
    `checksums` sends those of books as the venue did before 2026. `flush_s` is the pace of what is not sent at once.
    """

    limits: float = 1.0
    frames_an_hour: int = 480
    silence_s: float = 30.0
    window_s: float = 30.0
    answer_s: float = 10.0
    checksums: bool = False
    flush_s: float = 0.05
    longest_queue: int = 8 << 20
