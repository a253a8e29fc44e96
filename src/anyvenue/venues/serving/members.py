"""The accounts that have come, and the time that their clients go by."""

from collections.abc import Callable
from functools import partial

from anyvenue.model.ids import AccountId
from anyvenue.model.protocols import Broker
from anyvenue.venues.serving.member import Member, PlaceOf
from anyvenue.venues.serving.modes import Modes, OneWay
from anyvenue.venues.serving.numbers import ms_of

__all__ = ["Members", "Times"]


class Times:
    """The clients' time: `wall` is theirs, `shown` turns the broker's into it."""

    def __init__(self, wall: Callable[[], int], shown: Callable[[int], int]) -> None:
        """Take both, int ns."""
        self.wall, self.shown = wall, shown

    def now_ms(self) -> int:
        """Return the time in ms."""
        return ms_of(self.wall())

    def now_s(self) -> float:
        """Return the time in seconds."""
        return self.wall() / 1e9


class Members:
    """The accounts that have come, by name."""

    def __init__(
        self, broker: Broker, times: Times, place_of: PlaceOf, modes: Modes | None = None
    ) -> None:
        """Begin with none; without `modes` every account nets what it holds."""
        self.modes = modes or OneWay()
        self._broker, self._times, self._place_of = broker, times, place_of
        self._members: dict[AccountId, Member] = {}

    def get(self, account: AccountId) -> Member:
        """Return an account; raise AccountError."""
        found = self._members.get(account)
        if found is None:
            hedged = partial(self.modes.hedged, account)
            found = Member(self._broker, account, self._place_of, self._times.shown, hedged)
            self._members[account] = found
        return found
