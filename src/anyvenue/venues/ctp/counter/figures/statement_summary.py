"""The 26 numbers of a statement's Account Summary.

``Balance c/f = Balance b/f + Deposit/Withdrawal + Realized P/L + MTM P/L + Exercise P/L + Premium received - Premium
paid - Commission``; what moved money otherwise, such as interest and funding, is told with the exercise profit.
"""

from decimal import Decimal

from anyvenue.model.enums import Side
from anyvenue.model.statements import Statement
from anyvenue.venues.ctp.counter.figures.statement_tables import centred, width_of

__all__ = ["SUMMARY", "summary_lines", "summary_numbers"]

_LEFT, _RIGHT, _WIDTH = 33, 34, 100
_NUMBER = 16
_ZERO = Decimal(0)
_HUNDRED = Decimal(100)

SUMMARY = (
    ("期初结存 Balance b/f", "基础保证金 Initial Margin"),
    ("出 入 金 Deposit/Withdrawal", "期末结存 Balance c/f"),
    ("平仓盈亏 Realized P/L", "质 押 金 Pledge Amount"),
    ("持仓盯市盈亏 MTM P/L", "客户权益 Client Equity："),
    ("期权执行盈亏 Exercise P/L", "货币质押保证金占用 FX Pledge Occ."),
    ("手 续 费 Commission", "保证金占用 Margin Occupied"),
    ("行权手续费 Exercise Fee", "交割保证金 Delivery Margin"),
    ("交割手续费 Delivery Fee", "多头期权市值 Market value(long)"),
    ("货币质入 New FX Pledge", "空头期权市值 Market value(short)"),
    ("货币质出 FX Redemption", "市值权益 Market value(equity)"),
    ("质押变化金额 Chg in Pledge Amt", "可用资金 Fund Avail."),
    ("权利金收入 Premium received", "风 险 度 Risk Degree"),
    ("权利金支出 Premium paid", "应追加资金 Margin Call"),
)
"""The titles, two a line."""


def summary_numbers(
    statement: Statement, premiums: tuple[Decimal, Decimal]
) -> tuple[tuple[Decimal, Decimal], ...]:
    """Return the numbers in the order of `SUMMARY`; `premiums` are those received and paid."""
    figures = statement.figures
    long, short = _values(statement, Side.BUY), -_values(statement, Side.SELL)
    balance = figures.balance
    risk = figures.margin / balance * _HUNDRED if balance > 0 else _ZERO
    # What premiums do not explain of the cash flow has moved otherwise.
    other = figures.other + figures.cash_flow - premiums[0] + premiums[1]
    return (
        (figures.pre_balance, _ZERO),
        (figures.deposits - figures.withdrawals, balance),
        (figures.close_profit, _ZERO),
        (figures.position_profit, balance),
        (other, _ZERO),
        (figures.fees, figures.margin),
        (_ZERO, _ZERO),
        (_ZERO, long),
        (_ZERO, short),
        (_ZERO, balance + long - short),
        (_ZERO, figures.available),
        (premiums[0], risk),
        (premiums[1], max(-figures.available, _ZERO)),
    )


def summary_lines(statement: Statement, premiums: tuple[Decimal, Decimal]) -> list[str]:
    """Return the section with its title."""
    currency = statement.currency
    chinese = {"CNY": "人民币", "USD": "美元", "HKD": "港币"}.get(currency, currency)
    title = f"资金状况  币种：{chinese}  Account Summary  Currency：{currency}"
    lines = [centred(title, _WIDTH), "-" * _WIDTH]
    numbers = summary_numbers(statement, premiums)
    for titles, (left, right) in zip(SUMMARY, numbers, strict=True):
        percent = "%" if "Risk Degree" in titles[1] else ""
        lines.append(
            f"{_entry(titles[0], left, _LEFT)}  {_entry(titles[1], right, _RIGHT)}{percent}"
        )
    # Programs look for this line as the section's end; its colon is another one in CTP's text, too.
    return [*lines, _entry("货币质押变化金额 Chg in FX Pledge", _ZERO, _LEFT, ":")]


def _entry(title: str, number: Decimal, width: int, colon: str = "：") -> str:
    head = f"{title}{colon}"
    return head + " " * max(width - width_of(head), 0) + f"{number:.2f}".rjust(_NUMBER)


def _values(statement: Statement, side: Side) -> Decimal:
    """Return what options, and what else is not part of the balance, are worth."""
    return sum((leg.market_value for leg in statement.legs if leg.side is side), _ZERO)
