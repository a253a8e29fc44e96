"""When a child is started again, and when no more."""

from anyvenue.model.errors import AnyvenueError, AuthError, ConfigError
from anyvenue.runtime.processes.spawning import HostOptions

__all__ = ["Restarts"]


class Restarts:
    """Pauses that double, and the count of quick crashes. `verdict` says why it is hopeless, "" while it is not."""

    def __init__(self, options: HostOptions) -> None:
        """Begin without a crash."""
        self.verdict = ""
        self._options = options
        self._pauses = 0
        self._crashes = 0

    @property
    def hopeless(self) -> bool:
        """Whether no other child should be started."""
        return bool(self.verdict)

    def ended(self, lived_s: float) -> None:
        """Take note that a child which lived `lived_s` seconds has ended."""
        if lived_s >= self._options.quick_s:
            self._pauses = self._crashes = 0
        self._crashes += 1
        if self._crashes >= self._options.crashes:
            self.verdict = (
                f"given up after {self._crashes} children in a row that lived less than "
                f"{self._options.quick_s:g} seconds; mend the driver, then start the node again"
            )

    def failed(self, error: AnyvenueError) -> None:
        """Take note that a new child did not get to the venue; one that is merely away is tried for ever."""
        if isinstance(error, AuthError | ConfigError):
            self.verdict = "given up, as trying again would not help"

    def pause(self) -> float:
        """Return the seconds to wait before the next start."""
        options = self._options
        wait = options.first_pause_s * 2.0 ** min(self._pauses, 30)
        self._pauses += 1
        return min(wait, options.longest_pause_s)
