"""The public stream: phases of trading, product by product, the same for everybody."""

from collections.abc import Iterator

from anyvenue.venues.ctp.counter.book import Follower
from anyvenue.venues.ctp.counter.context import Context
from anyvenue.venues.ctp.counter.hours import Phase, TradingHours
from anyvenue.venues.ctp.counter.seam import Answer, Topic

__all__ = ["PublicStream"]

_FAR = 1 << 62


class PublicStream:
    """What is told of a trading day; it follows from the hours alone, so a restart tells the same again."""

    def __init__(self, context: Context, hours: TradingHours) -> None:
        """Begin with the open day."""
        self.context = context
        self.hours = hours
        self.followers: dict[Follower, None] = {}
        self.count = 0
        self._phases: list[Phase] = []
        self._day = -1

    @property
    def due(self) -> int:
        """When the next phase begins, int ns UTC."""
        return self._phases[self.count].start if self.count < len(self._phases) else _FAR

    def run_due(self, now: int) -> None:
        """Tell of the phases that have begun."""
        self._begin()
        while self.due <= now:
            answer = self._answer(self.count)
            self.count += 1
            for follower in list(self.followers):
                follower.tell(answer)

    def answers(self, after: int) -> Iterator[Answer]:
        """Yield what was told since message `after`."""
        for number in range(after, self.count):
            yield self._answer(number)

    def _answer(self, number: int) -> Answer:
        fields = self._phases[number].fields()
        return Answer("OnRtnInstrumentStatus", fields, None, 0, True, Topic.PUBLIC, number + 1)

    def _begin(self) -> None:
        """Lay out the day when it is another one."""
        day = self.context.trading_day
        if day != self._day:
            self._day, self.count = day, 0
            self._phases = self.hours.phases(self.context.names.all(), day) if day else []
