"""CTP's codes under the names of its headers, those that the counter tells apart."""

from typing import Final

__all__ = [
    "ACCEPTED",
    "ALL_TRADED",
    "ANY_PRICE",
    "ANY_VOLUME",
    "BEST_PRICE",
    "BUY",
    "CANCELED",
    "CANCEL_REJECTED",
    "CANCEL_SUBMITTED",
    "CLOSE",
    "CLOSE_TODAY",
    "CLOSE_YESTERDAY",
    "COMPLETE_VOLUME",
    "FIVE_LEVEL_PRICE",
    "GFD",
    "IMMEDIATELY",
    "INSERT_REJECTED",
    "INSERT_SUBMITTED",
    "IOC",
    "LIMIT_PRICE",
    "MIN_VOLUME",
    "NOT_TOUCHED",
    "NO_TRADE_QUEUEING",
    "OPEN",
    "PART_TRADED",
    "SELL",
    "TOUCHED",
    "UNKNOWN",
]

BUY: Final = "0"
SELL: Final = "1"

OPEN: Final = "0"
CLOSE: Final = "1"
CLOSE_TODAY: Final = "3"
CLOSE_YESTERDAY: Final = "4"

ANY_PRICE: Final = "1"
LIMIT_PRICE: Final = "2"
BEST_PRICE: Final = "3"
FIVE_LEVEL_PRICE: Final = "G"

IOC: Final = "1"
GFD: Final = "3"

ANY_VOLUME: Final = "1"
MIN_VOLUME: Final = "2"
COMPLETE_VOLUME: Final = "3"

IMMEDIATELY: Final = "1"

ALL_TRADED: Final = "0"
PART_TRADED: Final = "1"
NO_TRADE_QUEUEING: Final = "3"
CANCELED: Final = "5"
UNKNOWN: Final = "a"
NOT_TOUCHED: Final = "b"
TOUCHED: Final = "c"

INSERT_SUBMITTED: Final = "0"
CANCEL_SUBMITTED: Final = "1"
ACCEPTED: Final = "3"
INSERT_REJECTED: Final = "4"
CANCEL_REJECTED: Final = "5"
