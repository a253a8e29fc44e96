"""How much a client may do: requests a second, bytes a message, connections, attempts at a token."""

from collections.abc import Callable

import msgspec

__all__ = ["Attempts", "Bucket", "Limits"]

_MOST_ADDRESSES = 10_000


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one service; 0 for none.

    `requests_per_second` with a `burst` for each client, `largest_message` in bytes, `clients` in all and
    `clients_per_address`, `instruments` a client may name in one request. After `token_attempts` wrong tokens an
    address is refused for `token_pause_s`. A client for which more than `longest_wait` bytes wait, or that takes
    nothing for `stalled_s`, is cut.
    """

    requests_per_second: float = 200.0
    burst: int = 1_000
    largest_message: int = 256 << 10
    clients: int = 2_000
    clients_per_address: int = 0
    instruments: int = 5_000
    token_attempts: int = 10
    token_pause_s: float = 60.0
    longest_wait: int = 32 << 20
    stalled_s: float = 30.0


class Bucket:
    """A client's allowance of requests."""

    __slots__ = ("_at", "_left", "_limits")

    def __init__(self, limits: Limits, now: float) -> None:
        """Begin full."""
        self._limits = limits
        self._left = float(limits.burst)
        self._at = now

    def take(self, now: float) -> bool:
        """Take one request out; False when there is none left."""
        rate = self._limits.requests_per_second
        if not rate:
            return True
        self._left = min(self._limits.burst, self._left + (now - self._at) * rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Attempts:
    """Wrong tokens by address."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        """Forgive after the limits' pause."""
        self._limits = limits
        self._now = now
        self._wrong: dict[str, tuple[int, float]] = {}

    def refuses(self, address: str) -> bool:
        """Tell whether an address has tried too often."""
        count, until = self._wrong.get(address, (0, 0.0))
        most = self._limits.token_attempts
        return bool(most) and count >= most and self._now() < until

    def failed(self, address: str) -> None:
        """Count a wrong token."""
        now = self._now()
        count, until = self._wrong.pop(address, (0, 0.0))
        self._wrong[address] = (count + 1 if now < until else 1, now + self._limits.token_pause_s)
        if len(self._wrong) > _MOST_ADDRESSES:
            del self._wrong[next(iter(self._wrong))]
