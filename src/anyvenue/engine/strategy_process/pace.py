"""How much a strategy takes at a time: as much as it gets through within a moment."""

__all__ = ["Pace"]

_MOMENT_NS = 10_000_000
_LEAST, _MOST = 2, 256
_WEIGHT = 0.1


class Pace:
    """Counts what was dealt with and grants the node to send more, so that what is under way is never old.

    `total` is how many may have been sent, `processed` how many were dealt with.
    """

    FIRST = 64
    """What may be sent before the first grant."""

    def __init__(self) -> None:
        """Begin with nothing dealt with."""
        self.total = self.FIRST
        self.processed = 0
        self.told = 0
        self._usual_ns = _MOMENT_NS / self.FIRST

    def took(self, ns: int) -> None:
        """Take note that one was dealt with in so many ns."""
        self.processed += 1
        self._usual_ns += _WEIGHT * (ns - self._usual_ns)

    @property
    def room(self) -> int:
        """How many may be under way."""
        return max(_LEAST, min(_MOST, int(_MOMENT_NS / max(self._usual_ns, 1.0))))

    @property
    def due(self) -> bool:
        """Whether the node should be granted more now: half of what was granted is used up."""
        return self.total - self.processed <= self.room // 2

    def grant(self) -> int:
        """Return how many may have been sent from now on."""
        self.total = max(self.total, self.processed + self.room)
        self.told = self.processed
        return self.total
