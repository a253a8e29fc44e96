"""What a server asks of what strangers send, before it reaches any books."""

from collections import deque
from collections.abc import Mapping
from decimal import Decimal

from anyvenue.model.errors import AccountError, InvalidOrder, RateLimited
from anyvenue.model.ids import AccountId
from anyvenue.model.orders import OrderRequest

__all__ = [
    "LONGEST_REF",
    "LoginGuard",
    "RequestGuard",
    "check_amounts",
    "check_name",
    "check_number",
    "check_order",
    "check_ref",
]

LONGEST_REF = 64
"""Characters of a reference, a session's or an account's name."""

_LARGEST_EXPONENT = 15
_SMALLEST_EXPONENT = -18
_MOST_FAILURES = 5
_FORGOTTEN_AFTER_S = 30.0
_MOST_NAMES = 10_000


def check_number(name: str, value: Decimal | None) -> None:
    """Raise InvalidOrder for a number that no market knows: not finite, above 10^16 or finer than 10^-18."""
    if value is None:
        return
    exponent = value.as_tuple().exponent
    if (
        isinstance(exponent, str)
        or value.adjusted() > _LARGEST_EXPONENT
        or exponent < _SMALLEST_EXPONENT
        or exponent > _LARGEST_EXPONENT
    ):
        raise InvalidOrder(
            f"{name} was {str(value)[:40]}; numbers below 10^16 with at most 18 decimals are accepted",
            field=name,
            value=str(value)[:40],
        )


def check_order(account: AccountId, request: OrderRequest) -> None:
    """Raise AccountError for another account's order, InvalidOrder for numbers that cannot be."""
    if request.account != account:
        raise AccountError(
            f"the order is for {request.account!r}, but {account!r} is logged in", account=account
        )
    for name in ("quantity", "price", "stop_price", "trail", "display"):
        check_number(name, getattr(request, name))


def check_amounts(amounts: Mapping[str, Decimal]) -> None:
    """Raise InvalidOrder for an amount of money that cannot be, or a currency that is no code."""
    for currency, amount in amounts.items():
        check_number("amount", amount)
        if not (2 <= len(currency) <= 10 and currency.isascii() and currency.isalnum()):
            raise InvalidOrder(
                f"currency was {currency[:40]!r}; a code such as CNY is expected", field="currency"
            )


def check_name(account: str) -> None:
    """Raise AccountError for a name that could not be shown or typed."""
    if not 1 <= len(account) <= LONGEST_REF or not account.isprintable() or " " in account:
        raise AccountError(
            f"account name {account[:LONGEST_REF]!r}: 1 to {LONGEST_REF} printable characters, no spaces, are accepted",
            account=account[:LONGEST_REF],
        )


def check_ref(ref: str, name: str = "ref") -> None:
    """Raise InvalidOrder for an empty or an overlong reference."""
    if not 1 <= len(ref) <= LONGEST_REF:
        raise InvalidOrder(
            f"{name} had {len(ref)} characters; 1 to {LONGEST_REF} are accepted", field=name
        )


class LoginGuard:
    """Slows down who guesses passwords: after some failures of a name from a place it must wait."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._failures: dict[tuple[str, str], list[float]] = {}

    def check(self, place: str, name: str, now: float) -> None:
        """Raise RateLimited while there were too many failures; `now` is in seconds."""
        recent = [
            each
            for each in self._failures.get((place, name), [])
            if each > now - _FORGOTTEN_AFTER_S
        ]
        if len(recent) >= _MOST_FAILURES:
            wait = recent[0] + _FORGOTTEN_AFTER_S - now
            raise RateLimited(
                f"too many failed logins of {name!r}; wait {wait:.0f} seconds", retry_after=wait
            )

    def failed(self, place: str, name: str, now: float) -> None:
        """Take note of a failure."""
        if len(self._failures) >= _MOST_NAMES:
            self._failures.clear()
        kept = self._failures.setdefault((place, name), [])
        kept.append(now)
        del kept[:-_MOST_FAILURES]

    def passed(self, place: str, name: str) -> None:
        """Forget the failures of who has logged in."""
        self._failures.pop((place, name), None)


class RequestGuard:
    """Counts the requests of one account over all its connections, those that take something back apart."""

    def __init__(self, most: int, seconds: float) -> None:
        """Let `most` of each kind pass in any `seconds`."""
        self._most = most
        self._seconds = seconds
        self._times: dict[bool, deque[float]] = {True: deque(), False: deque()}

    def check(self, takes_back: bool, now: float) -> None:
        """Count one more at `now` (seconds); raise RateLimited, counting nothing, when it is one too many."""
        times = self._times[takes_back]
        while times and times[0] <= now - self._seconds:
            times.popleft()
        if len(times) >= self._most:
            wait = times[0] + self._seconds - now
            what = "cancels" if takes_back else "orders and changes"
            raise RateLimited(
                f"{self._most} {what} in {self._seconds:g} s are accepted; come again in {wait:.3f} s",
                retry_after=wait,
            )
        times.append(now)
