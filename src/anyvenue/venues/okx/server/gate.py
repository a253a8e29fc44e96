"""Who may ask what: keys, passphrases, signatures and times."""

from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest

from anyvenue.model.errors import AccountError
from anyvenue.venues.okx.server.asking import Asked, Endpoint, Security
from anyvenue.venues.okx.server.refusals import Refused
from anyvenue.venues.okx.server.terms import OkxTerms
from anyvenue.venues.okx.signing import login_sign, verify
from anyvenue.venues.okx.wire import LoginArgument
from anyvenue.venues.serving.keys import Key, Keys
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.members import Members, Times

__all__ = ["Gate"]

_NAMES = (
    ("OK-ACCESS-KEY", "50103"),
    ("OK-ACCESS-PASSPHRASE", "50104"),
    ("OK-ACCESS-SIGN", "50106"),
    ("OK-ACCESS-TIMESTAMP", "50107"),
)


class Gate:
    """Lets requests and connections in."""

    def __init__(self, keys: Keys, members: Members, times: Times, terms: OkxTerms) -> None:
        """Know `keys`."""
        self._keys, self._members, self._times, self._terms = keys, members, times, terms

    def admit(
        self,
        endpoint: Endpoint,
        asked: Asked,
        headers: Mapping[str, str],
        method: str,
        path: str,
        body: str,
    ) -> None:
        """Let a request in, with the account whose it is; raise Refused."""
        if endpoint.security is Security.NONE:
            return
        name, passphrase, signature, sent = (_header(headers, each) for each in _NAMES)
        key = self._keys.find(name)
        if key is None:
            raise Refused("50111", "Invalid OK-ACCESS-KEY", 401)
        if not self._is_now(_seconds(sent)):
            raise Refused("50102", "Timestamp request expired", 401)
        if not verify(signature, key.secret, sent, method, path, body):
            raise Refused("50113", "Invalid Sign", 401)
        if not compare_digest(passphrase.encode(), key.passphrase.encode()):
            raise Refused("50105", "OK-ACCESS-PASSPHRASE incorrect", 401)
        if endpoint.security is Security.TRADE and key.read_only:
            raise _not_permitted()
        self.enter(asked, key)

    def login(self, argument: LoginArgument) -> Key:
        """Return the key that a connection logs in with; raise Refused."""
        key = self._keys.find(argument.api_key)
        if key is None:
            raise Refused("60005", "Invalid apiKey")
        sent = argument.timestamp
        if not sent.replace(".", "", 1).isdecimal():
            raise Refused("60004", "Invalid timestamp")
        if not self._is_now(float(sent)):
            raise Refused("60006", "Timestamp request expired")
        if not compare_digest(argument.sign.encode(), login_sign(key.secret, sent).encode()):
            raise Refused("60007", "Invalid sign")
        if not compare_digest(argument.passphrase.encode(), key.passphrase.encode()):
            raise Refused("60024", "Wrong passphrase")
        self.member(key)
        return key

    def enter(self, asked: Asked, key: Key) -> None:
        """Give a request the account of a key; raise Refused for one whose account is gone."""
        asked.member, asked.key = self.member(key), key

    def member(self, key: Key) -> Member:
        """Return the account of a key; raise Refused for one that is gone."""
        try:
            return self._members.get(key.account)
        except AccountError:
            raise Refused("50119", "API key doesn't exist", 401) from None

    def check_trading(self, key: Key) -> None:
        """Check that a key may trade; raise Refused."""
        if key.read_only:
            raise _not_permitted()

    def check_expiry(self, ms: str) -> None:
        """Check that a request may still be done, empty for no bound; raise Refused 50036."""
        if ms and (not ms.isdecimal() or int(ms) < self._times.now_ms()):
            raise Refused(
                "50036",
                "The expTime can't be earlier than the current system time. Please adjust the expTime and try again.",
            )

    def _is_now(self, seconds: float) -> bool:
        return abs(self._times.now_s() - seconds) <= self._terms.window_s


def _not_permitted() -> Refused:
    return Refused("50120", "This API key doesn't have permission to use this function", 401)


def _header(headers: Mapping[str, str], name: tuple[str, str]) -> str:
    found = headers.get(name[0], "")
    if not found:
        raise Refused(name[1], f'Request header "{name[0]}" can not be empty', 401)
    return found


def _seconds(text: str) -> float:
    """Return the time of a header, which is ISO 8601 or in seconds; raise Refused 50112."""
    try:
        if text[:4].isdecimal() and text[4:5] == "-":
            return datetime.fromisoformat(text).timestamp()
        return float(text)
    except ValueError:
        raise Refused("50112", "Invalid OK-ACCESS-TIMESTAMP", 401) from None
