"""Streaming indicators, and the same indicators over whole sequences.

The classes take one value (or bar) at a time and cost the same however long they run; the functions of
`anyvenue.strategy.indicators.batch` compute every window from its definition and serve research and as a check.
"""

from anyvenue.strategy.indicators.averages import EMA, MACD, SMA
from anyvenue.strategy.indicators.base import Indicator
from anyvenue.strategy.indicators.batch import (
    BollingerLines,
    MACDLines,
    StochasticLines,
    atr,
    bollinger,
    ema,
    macd,
    rsi,
    sma,
    stochastic,
    vwap,
)
from anyvenue.strategy.indicators.oscillators import RSI, Stochastic
from anyvenue.strategy.indicators.ranges import ATR, Bollinger
from anyvenue.strategy.indicators.volume import VWAP

__all__ = [
    "ATR",
    "Bollinger",
    "BollingerLines",
    "EMA",
    "Indicator",
    "MACD",
    "MACDLines",
    "RSI",
    "SMA",
    "Stochastic",
    "StochasticLines",
    "VWAP",
    "atr",
    "bollinger",
    "ema",
    "macd",
    "rsi",
    "sma",
    "stochastic",
    "vwap",
]
