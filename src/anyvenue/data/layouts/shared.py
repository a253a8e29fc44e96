"""What several layout tables use."""

__all__ = ["OHLC", "OHLCV", "comma"]

OHLC = {"open": "open", "high": "high", "low": "low", "close": "close"}
OHLCV = {**OHLC, "volume": "volume"}


def comma(text: str) -> tuple[str, ...]:
    """Return the columns of a header line."""
    return tuple(text.split(","))
