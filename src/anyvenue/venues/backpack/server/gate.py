"""Who may ask what: keys, signatures and times."""

from collections.abc import Callable, Mapping, Sequence

from anyvenue.model.errors import AccountError
from anyvenue.venues.backpack.server.refusals import Refused, malformed
from anyvenue.venues.backpack.server.terms import BackpackTerms
from anyvenue.venues.backpack.signing import is_signed, signed_text
from anyvenue.venues.serving.keys import Key, Keys
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.members import Members

__all__ = ["Gate", "Shown"]

Parameters = Mapping[str, str | int | bool]


class Shown:
    """What a request shows of its sender: key (the public one), signature, time and window; raise Refused."""

    def __init__(self, key: str, signature: str, timestamp: str, window: str) -> None:
        """Read the four texts."""
        if not key or not signature or not timestamp:
            raise malformed("Missing API key, signature or timestamp")
        if not timestamp.isdecimal() or (window and not window.isdecimal()):
            raise malformed("Invalid timestamp or window")
        self.key, self.signature = key, signature
        self.sent_ms = int(timestamp)
        self.window_ms = int(window) if window else None


class Gate:
    """Lets requests and subscriptions in; `now_ms` is the clients' time."""

    def __init__(
        self, members: Members, keys: Keys, terms: BackpackTerms, now_ms: Callable[[], int]
    ) -> None:
        """Know `keys`, each by its public half."""
        self._members, self._keys, self._terms, self._now_ms = members, keys, terms, now_ms

    def admit(
        self,
        shown: Shown,
        instruction: str,
        parameters: Parameters | Sequence[Parameters],
        *,
        trades: bool = False,
    ) -> Member:
        """Return the account of who signed; raise Refused."""
        key = self._keys.find(shown.key)
        if key is None:
            raise Refused("UNAUTHORIZED", "Unauthorized", 401)
        window = self._window(shown)
        text = signed_text(instruction, parameters, shown.sent_ms, window)
        if not is_signed(shown.key, text, shown.signature):
            raise Refused("INVALID_SIGNATURE", "Invalid signature")
        if trades and key.read_only:
            raise Refused("FORBIDDEN", "Forbidden", 403)
        return self._member(key)

    def _window(self, shown: Shown) -> int:
        terms = self._terms
        window = terms.window_ms if shown.window_ms is None else shown.window_ms
        if window > terms.longest_window_ms:
            raise malformed(f"Invalid window: the maximum is {terms.longest_window_ms}")
        now = self._now_ms()
        if now - shown.sent_ms > window:
            raise malformed("Request has expired")
        if shown.sent_ms - now > terms.ahead_ms:
            raise malformed("Invalid timestamp: it is ahead of the server's time")
        return window

    def _member(self, key: Key) -> Member:
        try:
            return self._members.get(key.account)
        except AccountError:
            raise Refused("UNAUTHORIZED", "Unauthorized", 401) from None
