"""The main terms of one instrument of every kind, a line each.

A line that changes says that a table or a rule says something else now. If that was meant, say so in the changelog and
write the lines down: `python tests/golden/test_instruments.py`.
"""

from decimal import Decimal
from pathlib import Path

from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.reference.catalog import Catalog

GOLDEN = Path(__file__).with_name("instruments.txt")
IDS = (
    "rb2701.SHFE",
    "IF2609.CFFEX",
    "m2701-C-3000.DCE",
    "cu2611P80000.SHFE",
    "SR701C5500.CZCE",
    "lc2611-C-80000.GFEX",
    "sc2611C500.INE",
    "IO2612-C-4000.CFFEX",
    "510050C2612M03000.SSE",
    "AAPL261218P00200000.US",
    "SP m2701&m2705.DCE",
    "SPC y2701&p2701.DCE",
    "IPS SF701&SM701.CZCE",
    "000300.SSE",
    "600519.SSE",
    "510300.SSE",
    "019742.SSE",
    "123107.SZSE",
    "00700.HK",
    "AAPL.US",
    "EURUSD.FX",
    "USDJPY.FX",
    "XAUUSD.FX",
    "BTC-USDT.BINANCE",
    "BTC-USDT-PERP.BINANCE",
    "BTC-USD-PERP.BINANCE",
    "ETH-USDT-20261225.BINANCE",
    "SOL-USDT-PERP.BINANCE",
    "BTC-USDT.OKX",
    "ETH-USDT-PERP.OKX",
    "BTC-USD-20261225.OKX",
    "ETH-USDC-PERP.BACKPACK",
    "LTC-USD.BITFINEX",
    "DOGE-USDT.HTX",
)


def line_of(found: Instrument) -> str:
    """Return the terms that decide about money: kind, settlement, size, steps, last day, what it is on, rates."""
    fees, margin, option = found.fees, found.margin, found.option
    terms = {
        "kind": found.kind,
        "currency": found.currency,
        "base": found.base,
        "inverse": found.inverse or "",
        "size": plain(found.multiplier),
        "step": plain(found.price_step.step_at(found.strike or Decimal(100))),
        "lot": plain(found.lot.step),
        "least": plain(found.lot.minimum),
        "expiry": found.expiry or "",
        "on": found.underlying or "",
        "legs": " ".join(leg.instrument for leg in found.legs),
        "strike": f"{plain(found.strike)} {found.right}" if found.strike else "",
        "option": f"{option.style} {option.delivery} {option.margining}" if option else "",
        "fee": f"{plain(fees.open.by_money)}+{plain(fees.open.by_lot)}" if fees else "",
        "maker": plain(fees.maker.by_money) if fees and fees.maker else "",
        "margin": plain(margin.long_by_money) if margin else "",
        "tiers": len(found.tiers) or "",
        "sessions": found.sessions,
    }
    said = ", ".join(f"{name} {value}" for name, value in terms.items() if value != "")
    return f"{found.id}: {said}"


def lines() -> str:
    catalog = Catalog(20260915)
    return "".join(line_of(catalog.get(name)) + "\n" for name in IDS)


def test_the_terms_of_every_kind_are_what_they_were() -> None:
    assert lines() == GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.write_text(lines(), encoding="utf-8")
