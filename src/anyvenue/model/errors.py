"""The error tree, sorted by what the caller can do.

    AnyvenueError
    |- ConfigError            mend the configuration or the parameter, then start again
    |- DataError              mend the data file (it names file and line)
    |- TableError             the tables have no answer: name the instrument, fee or calendar
    |  |- UnknownInstrument
    |  |- AmbiguousInstrument
    |  |- UnknownFee
    |  `- UnknownMargin
    |- VenueError             the venue, or the way to it
    |  |- ConnectivityError      wait or reconnect
    |  |- VenueRefused           the venue said no: its code and text are kept
    |  |- RateLimited            wait `retry_after` seconds
    |  `- AuthError              mend the credentials
    |- OrderError             this one order
    |  |- RiskDenied             a risk rule said no before anything was sent
    |  |- OffTick / OffLot       use one of the two neighbours it names
    |  |- InvalidOrder           a field is wrong; the text says which
    |  |- InsufficientFunds / InsufficientPosition
    |  |- DuplicateClientRef     the order exists: `order_id`
    |  |- UnknownOrder           no such order
    |  |- NotSent                provably no byte left: safe to repeat
    |  `- OutcomeUnknown         it may have reached the venue: reconcile, do not repeat
    |- SubscriptionError      the source cannot serve what was asked
    |- StrategyError          the strategy's own code failed
    |- AccountError           no such account; there is never a default one
    |- JournalError           fatal: trading stops
    `- Inconsistent           our own books disagree: a bug, never the caller's fault

Every error has a stable `code`, an English text and `fields`; other languages come from catalogues keyed by the
code at the command line and the consoles.
"""

from typing import Any, ClassVar

__all__ = [
    "AccountError",
    "AmbiguousInstrument",
    "AnyvenueError",
    "AuthError",
    "ConfigError",
    "ConnectivityError",
    "DataError",
    "DuplicateClientRef",
    "Inconsistent",
    "InsufficientFunds",
    "InsufficientPosition",
    "InvalidOrder",
    "JournalError",
    "NotSent",
    "OffLot",
    "OffTick",
    "OrderError",
    "OutcomeUnknown",
    "RateLimited",
    "RiskDenied",
    "StrategyError",
    "SubscriptionError",
    "TableError",
    "UnknownFee",
    "UnknownInstrument",
    "UnknownMargin",
    "UnknownOrder",
    "VenueError",
    "VenueRefused",
]


class AnyvenueError(Exception):
    """Base of all errors: `code` is stable, `text` is English, `fields` are the values in it."""

    code: ClassVar[str] = "error"

    def __init__(self, text: str, *, code: str | None = None, **fields: object) -> None:
        super().__init__(text)
        self.text = text
        self.fields = fields
        if code is not None:
            self.code = code  # type: ignore[misc]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.text, self.code, self.fields))

    def __getattr__(self, name: str) -> Any:
        """Return a field by name, so that `error.below` reads what `OffTick` carries."""
        if name.startswith("__") or "fields" not in self.__dict__:
            raise AttributeError(name)
        try:
            return self.__dict__["fields"][name]
        except KeyError:
            raise AttributeError(name) from None


def _rebuild(
    kind: type[AnyvenueError], text: str, code: str, fields: dict[str, object]
) -> AnyvenueError:
    return kind(text, code=code, **fields)


class ConfigError(AnyvenueError):
    """A configuration value, option or strategy parameter is wrong."""

    code = "config"


class DataError(AnyvenueError):
    """A data file is broken; fields `file`, `line` and often `column`, `expected`."""

    code = "data"


class TableError(AnyvenueError):
    """The reference tables have no (single) answer."""

    code = "reference"


class UnknownInstrument(TableError):
    """No instrument goes by that name; field `suggestions`."""

    code = "reference.unknown_instrument"


class AmbiguousInstrument(TableError):
    """Several instruments go by that name; field `candidates`."""

    code = "reference.ambiguous_instrument"


class UnknownFee(TableError):
    """No fee is known for the instrument and no default is configured."""

    code = "reference.unknown_fee"


class UnknownMargin(TableError):
    """No margin rate is known for the instrument and no default is configured."""

    code = "reference.unknown_margin"


class VenueError(AnyvenueError):
    """The venue, or the way to it, failed."""

    code = "venue"


class ConnectivityError(VenueError):
    """The connection is down or timed out."""

    code = "venue.connectivity"


class VenueRefused(VenueError):
    """The venue said no; fields `venue_code` and `venue_text` are its own words."""

    code = "venue.refused"


class RateLimited(VenueError):
    """Too many requests; field `retry_after` in seconds."""

    code = "venue.rate_limited"


class AuthError(VenueError):
    """The credentials were refused."""

    code = "venue.auth"


class OrderError(AnyvenueError):
    """One order, cancel or modify could not be done."""

    code = "order"


class RiskDenied(OrderError):
    """A risk rule refused the request; field `rule`."""

    code = "order.risk_denied"


class OffTick(OrderError):
    """The price is between two steps; fields `below` and `above`."""

    code = "order.off_tick"


class OffLot(OrderError):
    """The quantity is between two lots; fields `below` and `above`."""

    code = "order.off_lot"


class InvalidOrder(OrderError):
    """A field of the request is wrong; field `field`."""

    code = "order.invalid"


class InsufficientFunds(OrderError):
    """The account has less available than the order needs; fields `needed`, `available`, `currency`."""

    code = "order.insufficient_funds"


class InsufficientPosition(OrderError):
    """The order would close more than is held and free; fields `wanted`, `closable`."""

    code = "order.insufficient_position"


class DuplicateClientRef(OrderError):
    """The client reference was used before; field `order_id` is the order it made."""

    code = "order.duplicate_client_ref"


class UnknownOrder(OrderError):
    """There is no such order."""

    code = "order.unknown"


class NotSent(OrderError):
    """Provably no byte of the request left this machine: it is safe to repeat."""

    code = "order.not_sent"


class OutcomeUnknown(OrderError):
    """The request may have reached the venue: reconcile before doing anything else."""

    code = "order.outcome_unknown"


class SubscriptionError(AnyvenueError):
    """The source cannot serve that subscription; field `available`."""

    code = "subscription"


class StrategyError(AnyvenueError):
    """A strategy could not be loaded, or its own code raised."""

    code = "strategy"


class AccountError(AnyvenueError):
    """No such account. There is never a default account."""

    code = "account"


class JournalError(AnyvenueError):
    """The journal cannot be read or written: trading stops."""

    code = "journal"


class Inconsistent(AnyvenueError):
    """Our own books disagree with themselves. This is a bug in anyvenue."""

    code = "inconsistent"
