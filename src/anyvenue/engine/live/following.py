"""The time of a venue that has a time of its own, such as a simulated exchange: its latest event, and on from there."""

from anyvenue.model.events import Event, LoopLagged, TimePassed, VenueStateChanged
from anyvenue.model.protocols import Clock

__all__ = ["FollowingClock"]

# Of the node's own making, or older than they come.
_OURS = frozenset({LoopLagged, TimePassed, VenueStateChanged})


class FollowingClock:
    """A clock that every event of a venue sets, back as well; it shows 0 until it has heard any.

    Until then nobody knows where in time the venue is, and a node's time, which never goes back, must not run ahead.
    """

    def __init__(self, wall: Clock) -> None:
        """Run at the speed of `wall`."""
        self._wall = wall
        self._ahead = 0
        self._known = False

    def now(self) -> int:
        """Return the time (int ns UTC), 0 while it is not known."""
        return self._wall.now() + self._ahead if self._known else 0

    def heard(self, event: Event) -> None:
        """Set the clock by an event that came just now."""
        if type(event) not in _OURS:
            self.set(event.ts_recv)

    def set(self, ts: int) -> None:
        """Set the clock: it is `ts` now (int ns UTC) at the venue; 0 says nothing."""
        if ts > 0:
            self._ahead = ts - self._wall.now()
            self._known = True
