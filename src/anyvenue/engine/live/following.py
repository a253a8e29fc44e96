"""The time of a venue that has a time of its own, such as a simulated exchange: its latest event, and on from there."""

from anyvenue.model.protocols import Clock

__all__ = ["FollowingClock"]


class FollowingClock:
    """A clock that is set by `heard`; before it has heard anything it is the machine's. It may be set back."""

    def __init__(self, wall: Clock) -> None:
        """Run at the speed of `wall`."""
        self._wall = wall
        self._ahead = 0

    def now(self) -> int:
        """Return the time (int ns UTC)."""
        return self._wall.now() + self._ahead

    def heard(self, ts: int) -> None:
        """Set the clock by the time of an event that came just now."""
        if ts > 0:
            self._ahead = ts - self._wall.now()
