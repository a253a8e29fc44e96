"""Where synthetic prices begin: figures near recent ones, so that a market looks familiar; made up all the same."""

from decimal import Decimal

from anyvenue.model.enums import InstrumentKind
from anyvenue.model.instruments import Instrument

__all__ = ["start_price"]

_START: dict[str, int | str] = {
    "rb": 3500, "hc": 3600, "i": 780, "IF": 3950, "IC": 5800, "IH": 2700, "IM": 6200, "au": 620, "ag": 7800,
    "cu": 76000, "al": 20200, "zn": 23500, "ni": 128000, "sc": 560, "ru": 14500, "fu": 3200, "bu": 3500, "m": 3000,
    "y": 7800, "p": 8200, "c": 2300, "j": 2000, "jm": 1300, "l": 8000, "pp": 7400, "v": 5600, "TA": 5400, "MA": 2500,
    "SR": 6000, "CF": 14500, "FG": 1300, "SA": 1500, "RM": 2500, "OI": 8700, "AP": 7500, "si": 11500, "lc": 80000,
    "a": 4200, "b": 3700, "cs": 2700, "jd": 3400, "eg": 4500, "eb": 8500, "pg": 4500, "pb": 17000, "sn": 260000,
    "ss": 13500, "sp": 5900, "nr": 12000, "lu": 4000, "bc": 67000, "ao": 3300, "br": 14000, "SF": 6500, "SM": 6400,
    "PF": 7000, "PK": 8500, "CJ": 11000, "UR": 1800, "SH": 2700, "PX": 7500, "lh": 15500, "lg": 800, "ps": 40000,
    "ec": 2000,
    "T": 105, "TF": 104, "TS": 102, "TL": 110,
    "000300": 3950, "000905": 5800, "000016": 2700, "000852": 6200,
    "600519": 1450, "600000": 9, "000001": 11, "688001": 30, "510050": "2.8", "510300": "3.9", "510500": "5.7",
    "159919": "3.9", "588000": "1.0", "AAPL": 230, "MSFT": 430, "GOOG": 180, "IBM": 230, "SPY": 560, "BABA": 110,
    "00700": 420, "01398": 5,
    "BTC": 95000, "ETH": 3400, "SOL": 190, "BNB": 650, "XRP": "2.2", "DOGE": "0.35", "LTC": 110, "ADA": "0.9",
    "EURUSD": "1.09", "GBPUSD": "1.27", "AUDUSD": "0.66", "NZDUSD": "0.61", "USDJPY": 150, "USDCHF": "0.88",
    "USDCAD": "1.36", "USDCNH": "7.2", "USDHKD": "7.8", "EURJPY": 163, "EURGBP": "0.86", "GBPJPY": 190,
    "XAUUSD": 2600, "XAGUSD": 31,
}  # fmt: skip
_ANY = Decimal(100)


def start_price(instrument: Instrument) -> Decimal:
    """Return the made-up price at which the synthetic market of an instrument begins; 100 where none is known.

    Options and spreads follow from what is behind them and have none here.
    """
    pair = f"{instrument.base}{instrument.currency}"
    for key in (instrument.product, instrument.symbol, pair, instrument.base):
        if key in _START:
            return Decimal(_START[key])
    return Decimal(1) if instrument.kind is InstrumentKind.FX else _ANY
