"""What the JSON door is told: who it is towards the counter, and how it deals with its clients."""

from typing import TYPE_CHECKING, Protocol

import msgspec

from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.json.envelope import Plain
from anyvenue.venues.ctp.json.frames import Shared

if TYPE_CHECKING:
    from anyvenue.venues.ctp.json.client_session import ClientSession

__all__ = ["Guest", "UpstreamTerms", "Watcher"]


class UpstreamTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How clients' accounts log in at the counter.

    `app_id` empty leaves the authentication out. `queries_per_second` 0 does not pace queries. An upstream session
    without clients ends after `linger_s`; a lost one comes back after 1, 2, 4 .. `longest_pause_s` seconds.
    `library_resumes` says that a library's flow files know where the private stream ended.
    """

    broker_id: str = ""
    app_id: str = ""
    auth_code: str = ""
    queries_per_second: float = 0.0
    login_timeout_s: float = 30.0
    linger_s: float = 0.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    library_resumes: bool = False


class Guest(Protocol):
    """A client as the shared sessions see it."""

    def __hash__(self) -> int:
        """Return the same number always: every client is itself alone."""
        ...

    def tell(self, message: Plain) -> None:
        """Send a message to this client alone; it is never dropped."""
        ...

    def report(self, message: Shared) -> None:
        """Send a message that others get, too; it is never dropped."""
        ...

    def quote(self, code: str, quote: Shared) -> None:
        """Send a quote of an instrument; a client that does not keep up gets the latest alone."""
        ...


class Watcher(Protocol):
    """Somebody who sees what passes through the door, on the loop's thread; no call waits."""

    def joined(self, session: "ClientSession") -> None:
        """See a socket begin."""
        ...

    def left(self, session: "ClientSession") -> None:
        """See a socket end."""
        ...

    def asked(self, user: str, name: str, fields: Fields, request_id: int) -> None:
        """See a request go to the counter, by the number it has there."""
        ...

    def heard(self, user: str, answer: Answer) -> None:
        """See an answer of the counter, once, however many clients get it; quotes have no user."""
        ...
