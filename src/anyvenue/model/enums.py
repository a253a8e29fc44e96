"""The closed vocabularies. Values are lower-case English and never translated, so files do not depend on a locale."""

from enum import StrEnum

__all__ = [
    "Dating",
    "DriverState",
    "InstrumentKind",
    "InstrumentStatus",
    "Offset",
    "OptionRight",
    "OrderState",
    "OrderType",
    "Pending",
    "PostingKind",
    "ProfitMethod",
    "Side",
    "TimeInForce",
]


class Side(StrEnum):
    """Which way an order or a fill goes."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """How an order is priced. A stop becomes a market order when touched, a stop-limit a limit order."""

    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


class TimeInForce(StrEnum):
    """How long an order lives. DAY is the exchange's GFD; IOC is FAK in the words of Chinese futures."""

    DAY = "day"
    GTC = "gtc"
    GTD = "gtd"
    IOC = "ioc"
    FOK = "fok"


class Offset(StrEnum):
    """Which legs an order may touch. AUTO closes what can be closed and opens the rest."""

    OPEN = "open"
    CLOSE = "close"
    CLOSE_TODAY = "close_today"
    CLOSE_OLD = "close_old"
    AUTO = "auto"


class OrderState(StrEnum):
    """Life of an order. UNKNOWN is a state: only the venue, or proof, ends it."""

    NEW = "new"
    SENT = "sent"
    OPEN = "open"
    PARTIAL = "partial"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Pending(StrEnum):
    """A request about an order that the venue has not answered."""

    NONE = "none"
    CANCEL = "cancel"
    MODIFY = "modify"


class InstrumentKind(StrEnum):
    """What is traded."""

    FUTURE = "future"
    OPTION = "option"
    SPREAD = "spread"
    SPOT = "spot"
    PERPETUAL = "perpetual"
    STOCK = "stock"
    FUND = "fund"
    BOND = "bond"
    FX = "fx"
    CONTINUOUS = "continuous"


class OptionRight(StrEnum):
    """Call or put."""

    CALL = "call"
    PUT = "put"


class Dating(StrEnum):
    """How a venue tells today's lots from older ones when closing.

    EXPLICIT (SHFE, INE): the order says which; AUTO (DCE, CZCE, CFFEX, GFEX): the venue picks; NONE: no difference.
    """

    NONE = "none"
    EXPLICIT = "explicit"
    AUTO = "auto"


class InstrumentStatus(StrEnum):
    """Phase of trading of an instrument."""

    CLOSED = "closed"
    AUCTION = "auction"
    OPEN = "open"
    BREAK = "break"
    HALTED = "halted"
    EXPIRED = "expired"


class ProfitMethod(StrEnum):
    """Where close profit of lots held overnight is measured from.

    BY_DAY: the previous settlement price (statements marked to market); BY_TRADE: the opening price.
    """

    BY_DAY = "by_day"
    BY_TRADE = "by_trade"


class PostingKind(StrEnum):
    """Why money moved."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    FEE = "fee"
    CLOSE_PROFIT = "close_profit"
    MARK_TO_MARKET = "mark_to_market"
    PURCHASE = "purchase"
    SALE = "sale"
    PREMIUM = "premium"
    FUNDING = "funding"
    INTEREST = "interest"
    DIVIDEND = "dividend"
    ROLL = "roll"
    ROUNDING = "rounding"


class DriverState(StrEnum):
    """Where a driver is on its way to a usable session."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    AUTHENTICATED = "authenticated"
    RECONCILING = "reconciling"
    READY = "ready"
    DEGRADED = "degraded"
