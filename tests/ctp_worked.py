"""Worked account numbers, asked for through a wire: what a program does and reads, and what must come out by hand.

Each case gets a market that it moves and a `Wire`: a real client, or our own classes. Rates are those of 2026-09-15 in
the reference tables. Sources: SFIT's guide to the trader API (position rows and offsets by exchange; trading account:
static money, CloseProfit by day, Available, WithdrawQuota), the clearing rules of SHFE and CFFEX (lots held overnight
are margined and marked at the settlement price), the options rules of DCE and SSE (what the seller puts up).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import pytest

from ctp_desk import ORDER
from ctp_served import ServedCounter

__all__ = ["CASES", "Case", "Wire"]

Row = Mapping[str, Any]


class Wire(Protocol):
    """Alice's program."""

    def query(self, name: str, **fields: object) -> Sequence[Row]:
        """Return the rows of ``ReqQry<name>``."""
        ...

    def order(self, **fields: object) -> None:
        """Send an order; it has arrived when the next query is answered."""
        ...

    def log_in(self, count: int) -> None:
        """Log in on the connection of this number: a day's end breaks the one before."""
        ...


class Trading:
    """What all cases do alike."""

    def __init__(self, wire: Wire, market: ServedCounter) -> None:
        self.wire = wire
        self.market = market
        self.days = 1
        wire.log_in(1)

    def next_day(self) -> None:
        self.market.next_day()
        self.days += 1
        self.wire.log_in(self.days)

    def quote(self, code: str, price: float, **more: float) -> None:
        self.market.quote(price, price, code=code, size=50_000.0, **more)

    def order(self, code: str, way: str, lots: int, price: float, flag: str = "0") -> None:
        exchange = next(
            each.exchange for each in self.market.desk.instruments if each.symbol == code
        )
        fields = {"InstrumentID": code, "ExchangeID": exchange, "Direction": way}
        fields |= {"CombOffsetFlag": flag, "LimitPrice": price, "VolumeTotalOriginal": lots}  # type: ignore[dict-item]
        self.wire.order(**{**ORDER, **fields})
        self.wire.query("Order")

    def trade(self, code: str, way: str, lots: int, price: float, flag: str = "0") -> None:
        """Have an order filled at this price."""
        self.quote(code, price)
        self.order(code, way, lots, price, flag)
        self.quote(code, price)

    def money(self) -> Row:
        [row] = self.wire.query("TradingAccount", CurrencyID="CNY")
        return row

    def positions(self, code: str) -> list[Row]:
        rows = self.wire.query("InvestorPosition", InstrumentID=code)
        return sorted(rows, key=lambda row: (row["PosiDirection"], row["PositionDate"]))


BUY, SELL = "0", "1"
CLOSE, CLOSE_TODAY, CLOSE_OLD = "1", "3", "4"


def says(row: Row, **fields: object) -> None:
    """Check these fields."""
    assert {name: row[name] for name in fields} == pytest.approx(fields)


def rebar(trading: Trading) -> None:
    """SHFE: two rows a side, history lots at the settlement price before; a day roll and its statement.

    Sources: the API guide for rows, offsets 1, 3 and 4 and frozen amounts; SHFE's clearing rules for the roll.
    """
    trading.trade("rb2701", BUY, 3, 3500)
    trading.trade("rb2701", SELL, 1, 3510, CLOSE_TODAY)
    trading.order("rb2701", BUY, 2, 3490)
    trading.order("rb2701", SELL, 1, 3600, CLOSE_TODAY)
    [row] = trading.positions("rb2701")
    says(row, PosiDirection="2", PositionDate="1", Position=2, TodayPosition=2, YdPosition=0)
    # 10 t a lot: 2 x 3,500 x 10 = 70,000; margin at the opening price, 16 %: 11,200
    says(row, OpenCost=70_000, PositionCost=70_000, UseMargin=11_200)
    # closed at 3,510, opened at 3,500: 1 x 10 x 10; 2 lots at the last price of 3,510: 2 x 10 x 10
    says(row, CloseProfit=100, PositionProfit=200)
    # fee 0.01 % of 105,000 and of 35,100
    says(row, Commission=10.5 + 3.51)
    # working: to buy 2 x 3,490 x 10 = 69,800, its margin 16 %, its fee 0.01 %; to close one lot
    says(row, LongFrozen=2, LongFrozenAmount=69_800, FrozenMargin=11_168, FrozenCommission=6.98)
    says(row, ShortFrozen=1, ShortFrozenAmount=36_000)
    money = trading.money()
    # Balance = static + CloseProfit + PositionProfit - Commission; Available = that - margin - frozen (Algorithm 1)
    says(money, Balance=1_000_000 + 100 + 200 - 14.01, CurrMargin=11_200, FrozenMargin=11_168)
    says(money, Available=1_000_285.99 - 11_200 - 11_168 - 6.98)
    # unrealised gains cannot be withdrawn: 200 less
    says(money, WithdrawQuota=1_000_085.99 - 11_200 - 11_168 - 6.98)

    trading.quote("rb2701", 3520, settlement=3518.0)
    trading.next_day()
    # The roll books 2 x (3,518 - 3,500) x 10 = 360 and cancels what works: 1,000,000 + 100 + 360 - 14.01
    money = trading.money()
    says(money, PreBalance=1_000_445.99, CloseProfit=0, Commission=0, FrozenMargin=0, Deposit=0)
    # history lots at the settlement price: 2 x 3,518 x 10 x 16 %
    says(money, PreMargin=11_257.6)
    trading.trade("rb2701", BUY, 1, 3525)
    trading.trade("rb2701", SELL, 1, 3530, CLOSE)  # on SHFE that is: of yesterday
    today, history = trading.positions("rb2701")
    says(today, PositionDate="1", Position=1, TodayPosition=1, YdPosition=0, UseMargin=5_640)
    says(today, PositionProfit=50)
    says(history, PositionDate="2", Position=1, TodayPosition=0, YdPosition=2)
    # closed at 3,530, settled at 3,518 the day before, opened at 3,500
    says(history, CloseProfitByDate=120, CloseProfitByTrade=300, PreSettlementPrice=3518)
    says(history, PositionCost=35_180, OpenCost=35_000, UseMargin=5_628.8, PositionProfit=120)
    says(trading.money(), Balance=1_000_445.99 + 120 + 50 + 120 - 3.525 - 3.53)
    pieces = [bytes(row["Content"]) for row in trading.wire.query("SettlementInfo")]
    statement = b"".join(piece.rstrip(b"\0") for piece in pieces).decode("gbk")
    assert "1000445.99" in statement
    assert "11257.60" in statement


def index_future(trading: Trading) -> None:
    """CFFEX: one row a side; a close takes yesterday's lots first, today's cost ten times the fee.

    Sources: the API guide (first in, first out where a position has one row); CFFEX's notice on fees of closing today.
    """
    trading.trade("IF2612", BUY, 1, 4000.0)
    trading.quote("IF2612", 4012.0, settlement=4005.0)
    trading.next_day()
    trading.trade("IF2612", BUY, 1, 4020.0)
    trading.trade("IF2612", SELL, 1, 4030.0, CLOSE)
    [row] = trading.positions("IF2612")
    says(row, PositionDate="1", Position=1, TodayPosition=1, YdPosition=1)
    # 300 a point: yesterday's lot from its settlement, 25 x 300, from its opening, 30 x 300; today's 10 x 300
    says(row, CloseProfitByDate=7_500, CloseProfitByTrade=9_000, PositionProfit=3_000)
    # 4,020 x 300 at 15 %; the night's lot at 4,005 x 300 x 15 %
    says(row, PositionCost=1_206_000, UseMargin=180_900, PreMargin=180_225)
    # 0.0023 % of 1,206,000 and of 1,209,000, no close-today rate: yesterday's lot was closed
    says(row, Commission=27.738 + 27.807)
    trading.trade("IF2612", SELL, 1, 4030.0, CLOSE)
    [row] = trading.positions("IF2612")
    # the second close is of today's lot: 0.023 % of 1,209,000
    says(row, Position=0, UseMargin=0, Commission=55.545 + 278.07)


def commodity_option(trading: Trading) -> None:
    """DCE: premium goes through CashIn, and there is no profit; the seller's margin.

    Sources: the API guide for CashIn and FrozenCash; DCE's rules of options trading for the margin.
    """
    trading.quote("m2701", 2950.0)
    trading.trade("m2701-C-3000", SELL, 2, 60.0)
    [row] = trading.positions("m2701-C-3000")
    # 10 t a lot: 2 x 60 x 10 come in; what is sold is owed
    says(row, PosiDirection="3", Position=2, CashIn=1_200, CloseProfit=0, PositionProfit=0)
    # premium 600 + max(future's margin - half of what it is out of the money, half the margin), of each lot:
    # future 14 % of 29,500 = 4,130; (3,000 - 2,950) x 10 / 2 = 250
    says(row, UseMargin=2 * (600 + 3_880), Commission=2)
    [cost] = trading.wire.query("OptionInstrTradeCost", InstrumentID="m2701-C-3000")
    says(cost, FixedMargin=3_880, MiniMargin=2_065, Royalty=600)
    trading.trade("m2701-C-3000", BUY, 1, 55.0, CLOSE)
    money = trading.money()
    # 1,200 - 550 - 2 (closing costs nothing here); margin of one lot at a premium of 55
    says(money, CashIn=650, Commission=2, Balance=1_000_648, CurrMargin=550 + 3_880)
    trading.order("m2701-C-3000", BUY, 3, 50.0)
    # an order to buy freezes its premium and its fee
    says(trading.money(), FrozenCash=1_500, FrozenCommission=3)
    says(trading.money(), Available=1_000_648 - 4_430 - 1_503)


def etf_option(trading: Trading) -> None:
    """SSE: (premium + max(12 % of S - out of the money, 7 % of S)) x 10,000 for a call that was sold.

    Sources: SSE's rules of stock options for the margin; funds are paid in full and may be sold on the next day.
    """
    code = "510050C2612M03000"
    trading.quote("510050", 2.9)
    trading.trade(code, SELL, 1, 0.05)
    [row] = trading.positions(code)
    # (0.05 + max(0.348 - 0.1, 0.203)) x 10,000
    says(row, PosiDirection="3", Position=1, UseMargin=2_980, CashIn=500, Commission=1.6)
    money = trading.money()
    says(money, Balance=1_000_498.4, CurrMargin=2_980, Available=997_518.4)
    trading.trade(code, BUY, 2, 0.05)
    long = next(row for row in trading.positions(code) if row["PosiDirection"] == "2")
    says(long, Position=2, CashIn=-1_000, UseMargin=0)
    trading.trade("510050", BUY, 10_000, 2.9)
    [fund] = trading.positions("510050")
    # a fund is paid in full: nothing is margined, and it may be sold the day after
    says(fund, Position=10_000, TodayPosition=10_000, UseMargin=0, CashIn=-29_000)


class Case:
    """A case, and what the exchange lists for it."""

    def __init__(self, play: Callable[[Trading], None], *names: str) -> None:
        self.play = play
        self.names = names

    def __repr__(self) -> str:
        return self.play.__name__

    def run(self, wire: Wire, market: ServedCounter) -> None:
        self.play(Trading(wire, market))


CASES = (
    Case(rebar, "rb2701.SHFE"),
    Case(index_future, "IF2612.CFFEX"),
    Case(commodity_option, "m2701.DCE", "m2701-C-3000.DCE"),
    Case(etf_option, "510050.SSE", "510050C2612M03000.SSE"),
)
