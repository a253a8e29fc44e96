"""The exchanges of ccxt as venues of the configuration: ``ccxt`` with the key `exchange`, or ``ccxt:NAME``."""

from functools import cache

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ccxt.config import CcxtConfig, config_of
from anyvenue.venues.registry import Venue

__all__ = ["VENUE", "member"]

_DRIVER = "anyvenue.venues.ccxt.driver:CcxtDriver"
_TITLES = {
    "bitfinex": ("Bitfinex", "Bitfinex"),
    "htx": ("HTX (Huobi): spot, or contracts", "火币 HTX：现货，或合约"),
    "alpaca": ("Alpaca: crypto", "Alpaca：数字货币"),
}

VENUE = Venue(
    name="ccxt",
    title_en='any other crypto exchange, as "ccxt:bitfinex"',
    title_zh="其他数字货币交易所，如 ccxt:bitfinex",
    config=CcxtConfig,
    driver=_DRIVER,
    host="process",
    member="exchange",
)


@cache
def member(exchange: str) -> Venue:
    """Return an exchange of ccxt as a venue; whether there is one of this name is found out by its driver."""
    if not exchange.isidentifier() and not exchange.isalnum():
        raise ConfigError(
            f"{exchange!r} is not the name of an exchange of ccxt; write it as ccxt:bitfinex",
            code="config.venue_unknown",
            venue=f"ccxt:{exchange}",
            known=(),
            nearest="ccxt:bitfinex",
        )
    title, title_zh = _TITLES.get(exchange, (exchange, exchange))
    return Venue(
        name=f"ccxt:{exchange}",
        title_en=f"{title}, through ccxt",
        title_zh=f"{title_zh}（经由 ccxt）",
        config=config_of(exchange),
        driver=_DRIVER,
        host="process",
    )
