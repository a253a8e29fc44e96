"""Who may ask what: keys, signatures and timestamps."""

from typing import NamedTuple

from anyvenue.model.errors import AccountError
from anyvenue.venues.binance.server.asking import Asked, Endpoint, Security
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.refusals import Refused, missing
from anyvenue.venues.binance.server.signatures import is_signed
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.serving.keys import Key, Keys

__all__ = ["Gate", "Signed"]

_LONGEST_WINDOW_MS = 60_000
_AHEAD_MS = 1000
_MICROSECONDS = 10**14


class Signed(NamedTuple):
    """What a request shows of its sender: the key's name, the text that was signed, and the signature."""

    api_key: str
    text: str
    signature: str


class Gate:
    """Lets the requests of one market in."""

    def __init__(self, house: House, keys: Keys) -> None:
        """Know `keys`."""
        self._house, self._keys = house, keys

    def admit(self, endpoint: Endpoint, asked: Asked, signed: Signed) -> None:
        """Let a request in, with the account whose it is; raise Refused."""
        if endpoint.security is Security.NONE:
            return
        key = self.key(signed.api_key)
        if endpoint.security is not Security.KEY:
            self.check_time(asked)
            if not signed.signature:
                raise missing("signature")
            if not is_signed(key.secret, signed.text, signed.signature):
                raise Refused(-1022, "Signature for this request is not valid.")
        if endpoint.security is Security.TRADE and key.read_only:
            raise Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        self.enter(asked, key)

    def enter(self, asked: Asked, key: Key) -> None:
        """Give a request the account of a key; raise Refused for one whose account is gone."""
        try:
            asked.member = self._house.members.get(key.account)
        except AccountError:
            raise Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401) from None
        asked.key = key

    def key(self, name: str) -> Key:
        """Return a key; raise Refused."""
        if not name:
            raise Refused(-2014, "API-key format invalid.", 401)
        key = self._keys.find(name)
        if key is None:
            if self._house.market is Market.SPOT:
                raise Refused(-2008, "Invalid Api-Key ID.", 401)
            raise Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        return key

    def check_time(self, asked: Asked) -> None:
        """Check that a request is neither old nor from the future; raise Refused -1021."""
        sent = asked.integer("timestamp")
        if sent > _MICROSECONDS:
            sent //= 1000
        window = asked.number("recvWindow")
        if window is not None and window > _LONGEST_WINDOW_MS:
            raise Refused(-1131, "recvWindow must be less than 60000")
        now = self._house.now_ms()
        if sent >= now + _AHEAD_MS:
            raise Refused(
                -1021, "Timestamp for this request was 1000ms ahead of the server's time."
            )
        most = self._house.terms.receive_window_ms if window is None else float(window)
        if now - sent > most:
            raise Refused(-1021, "Timestamp for this request is outside of the recvWindow.")
