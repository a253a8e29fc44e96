"""Names of currencies and coins."""

from functools import cache

from anyvenue.reference.tables import read_table

__all__ = ["asset_name", "asset_name_zh", "known_assets", "shown_decimals"]

_WITH_CENTS = frozenset(
    ["AUD", "BUSD", "CAD", "CHF", "CNH", "CNY", "DAI", "EUR", "FDUSD", "GBP", "HKD", "JPY", "KRW", "NZD", "SGD", "TUSD",
     "USD", "USDC", "USDT", ""]
)  # fmt: skip


def asset_name(code: str) -> str:
    """Return the English name of a currency or coin, its code when the table has none."""
    return _names().get(code, (code, code))[0]


def asset_name_zh(code: str) -> str:
    """Return the Chinese name of a currency or coin, its code when the table has none."""
    return _names().get(code, (code, code))[1]


def known_assets() -> frozenset[str]:
    """Return the codes the table knows."""
    return frozenset(_names())


def shown_decimals(currency: str) -> int:
    """Return how many decimals people read amounts with: 2 of money and stable coins, 8 of coins such as BTC."""
    return 2 if currency in _WITH_CENTS else 8


@cache
def _names() -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["name"], row["name_zh"]) for row in read_table("assets")}
