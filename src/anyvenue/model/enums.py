"""The closed vocabularies. Values are lower-case English and never translated, so files do not depend on a locale."""

from enum import StrEnum

__all__ = [
    "Dating",
    "Delivery",
    "DriverState",
    "ExerciseStyle",
    "InstrumentKind",
    "InstrumentStatus",
    "MarginMode",
    "Offset",
    "OptionMargining",
    "OptionRight",
    "OrderState",
    "OrderType",
    "Pending",
    "PostingKind",
    "ProfitMethod",
    "RiskScope",
    "Side",
    "TimeInForce",
    "TradingState",
]


class Side(StrEnum):
    """Which way an order or a fill goes."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """How an order is priced.

    A stop becomes a market order when touched, a stop-limit a limit order. The trigger of a trailing stop follows the
    best price since it began at the distance `OrderRequest.trail`.
    """

    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


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
    """What is traded; an INDEX is only published: options are written on it."""

    FUTURE = "future"
    OPTION = "option"
    SPREAD = "spread"
    SPOT = "spot"
    PERPETUAL = "perpetual"
    STOCK = "stock"
    FUND = "fund"
    BOND = "bond"
    FX = "fx"
    INDEX = "index"
    CONTINUOUS = "continuous"


class OptionRight(StrEnum):
    """Call or put."""

    CALL = "call"
    PUT = "put"


class ExerciseStyle(StrEnum):
    """When the holder of an option may exercise it: on any day, or on the last one."""

    AMERICAN = "american"
    EUROPEAN = "european"


class Delivery(StrEnum):
    """What expiry brings: the difference in money, or the underlying itself."""

    CASH = "cash"
    PHYSICAL = "physical"


class OptionMargining(StrEnum):
    """Which rule the margin of sold options follows (`oms.options` has the formulas and their sources)."""

    COMMODITY = "commodity"
    INDEX = "index"
    SECURITY = "security"


class MarginMode(StrEnum):
    """What backs a leveraged position: the whole account, or only the money set aside for it."""

    CROSS = "cross"
    ISOLATED = "isolated"


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
    EXERCISE = "exercise"
    FUNDING = "funding"
    INTEREST = "interest"
    BORROW = "borrow"
    COUPON = "coupon"
    DIVIDEND = "dividend"
    LIQUIDATION = "liquidation"
    INSURANCE = "insurance"
    ROLL = "roll"
    ROUNDING = "rounding"
    ALIGNMENT = "alignment"


class DriverState(StrEnum):
    """Where a driver is on its way to a usable session."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    AUTHENTICATED = "authenticated"
    RECONCILING = "reconciling"
    READY = "ready"
    DEGRADED = "degraded"


class RiskScope(StrEnum):
    """Whom a limit or a halt is for. INSTRUMENT is a contract, or a product with all of its contracts."""

    NODE = "node"
    ACCOUNT = "account"
    STRATEGY = "strategy"
    INSTRUMENT = "instrument"


class TradingState(StrEnum):
    """What a scope may do: everything, only make positions smaller, or only cancel."""

    ACTIVE = "active"
    REDUCE_ONLY = "reduce_only"
    HALTED = "halted"
