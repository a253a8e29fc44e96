"""What the JSON door is told: who it is towards the counter, and how it deals with its clients."""

from typing import Protocol

import msgspec

from anyvenue.venues.ctp.json.envelope import Plain
from anyvenue.venues.ctp.json.frames import Shared

__all__ = ["Guest", "UpstreamTerms"]


class UpstreamTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How clients' accounts log in at the counter.

    `app_id` empty leaves the authentication out. `queries_per_second` 0 does not pace queries. An upstream session
    without clients ends after `linger_s`; a lost one comes back after 1, 2, 4 .. `longest_pause_s` seconds.
    """

    broker_id: str = ""
    app_id: str = ""
    auth_code: str = ""
    queries_per_second: float = 0.0
    login_timeout_s: float = 30.0
    linger_s: float = 0.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0


class Guest(Protocol):
    """A client as the shared sessions see it."""

    def tell(self, message: Plain) -> None:
        """Send a message to this client alone; it is never dropped."""
        ...

    def report(self, message: Shared) -> None:
        """Send a message that others get, too; it is never dropped."""
        ...

    def quote(self, code: str, quote: Shared) -> None:
        """Send a quote of an instrument; a client that does not keep up gets the latest alone."""
        ...
