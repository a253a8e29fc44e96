"""Names: what our orders are called at an exchange, and what an exchange and its markets are called here."""

from collections.abc import Mapping

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.ids import OrderId

__all__ = [
    "LOOKUPS",
    "NAMELESS",
    "PUSHED_FILLS",
    "client_name",
    "exchange_code",
    "our_order_id",
    "our_symbol",
]

_CODES = {
    "binanceusdm": "BINANCE",
    "binancecoinm": "BINANCE",
    "myokx": "OKX",
    "huobi": "HTX",
    "kucoinfutures": "KUCOIN",
    "krakenfutures": "KRAKEN",
    "gateio": "GATE",
    "coinbaseadvanced": "COINBASE",
}
# Client ids of digits alone: those that take nothing else.
_NUMBERS = frozenset({"bitfinex", "htx", "huobi"})
_HEX = frozenset({"hyperliquid"})
# Numbers of 32 bits are too few for ours.
_NONE = frozenset({"backpack"})
_PREFIX = "av"
_GREATEST = 10**12  # ids of a node are below, times in ms, which others take for theirs, above

LOOKUPS = frozenset(
    {"binance", "binanceusdm", "binancecoinm", "okx", "htx", "bybit", "gate", "kucoin", "bitget"}
)
"""Where an order is found by the client's id."""

NAMELESS = frozenset({"bitfinex"})
"""Where pushes of orders do not tell the client's id: ccxt reads another field for it."""

PUSHED_FILLS = frozenset({"binance", "binanceusdm", "binancecoinm"})
"""Where pushed fills can be booked as they are.

Elsewhere a push is a sign to ask: ccxt turns the fees of Bitfinex around, and others push none.
"""


def exchange_code(exchange: str) -> str:
    """Return the exchange of our instruments' ids: those of one house have one name."""
    return _CODES.get(exchange, exchange.upper())


def client_name(exchange: str, order_id: OrderId) -> str:
    """Return what an order is called at the exchange, "" where it takes no names that we can tell ours by."""
    if exchange in _NONE:
        return ""
    if exchange in _HEX:
        return f"0x{order_id:032x}"
    return str(order_id) if exchange in _NUMBERS else f"{_PREFIX}{order_id}"


def our_order_id(exchange: str, name: str) -> OrderId:
    """Return the order that goes by this client id, 0 for somebody else's."""
    if exchange in _HEX:
        number = int(name, 16) if name.startswith("0x") and len(name) == 34 else 0
    elif exchange in _NUMBERS:
        number = int(name) if name.isdigit() else 0
    else:
        rest = name.removeprefix("t-").removeprefix(_PREFIX)
        number = int(rest) if rest.isdigit() and _PREFIX in name else 0
    return OrderId(number if 10**8 < number < _GREATEST else 0)


def our_symbol(market: Mapping[str, object]) -> tuple[str, InstrumentKind, int] | None:
    """Return our symbol of a market, its kind and its last day (yyyymmdd); None for what we do not trade there."""
    pair = f"{market['base']}-{market['quote']}"
    if market.get("swap"):
        return f"{pair}-PERP", InstrumentKind.PERPETUAL, 0
    if market.get("future"):
        day = _day(str(market.get("expiryDatetime") or ""))
        return (f"{pair}-{day}", InstrumentKind.FUTURE, day) if day else None
    return (pair, InstrumentKind.SPOT, 0) if market.get("spot") else None


def _day(iso: str) -> int:
    digits = iso[:10].replace("-", "")
    return int(digits) if len(digits) == 8 and digits.isdigit() else 0
