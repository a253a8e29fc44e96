"""Counting what is used in intervals that begin with the clock's."""

__all__ = ["Window"]


class Window:
    """What was used in the current interval of so many seconds."""

    __slots__ = ("began", "used")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.began = self.used = 0

    def take(self, now: int, seconds: int, weight: int) -> int:
        """Use `weight` at `now` (s) and return what is used."""
        began = now - now % seconds
        if began != self.began:
            self.began, self.used = began, 0
        self.used += weight
        return self.used
