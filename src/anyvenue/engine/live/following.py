"""The time of a venue that has a time of its own, such as a simulated exchange: its latest event, and on from there."""

from anyvenue.model.events import Event, LoopLagged, TimePassed, VenueStateChanged
from anyvenue.model.protocols import Clock

__all__ = ["FollowingClock"]

# Of the node's own making, or older than they come.
_OURS = frozenset({LoopLagged, TimePassed, VenueStateChanged})


class FollowingClock:
    """A clock that every event of a venue sets, back as well; before it has heard any it is the machine's."""

    def __init__(self, wall: Clock) -> None:
        """Run at the speed of `wall`."""
        self._wall = wall
        self._ahead = 0

    def now(self) -> int:
        """Return the time (int ns UTC)."""
        return self._wall.now() + self._ahead

    def heard(self, event: Event) -> None:
        """Set the clock by an event that came just now."""
        if type(event) not in _OURS and event.ts_recv > 0:
            self._ahead = event.ts_recv - self._wall.now()
