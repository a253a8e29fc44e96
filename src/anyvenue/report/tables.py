"""The tables of a report."""

from collections.abc import Sequence

from anyvenue.engine.results import RunResult
from anyvenue.engine.roundtrips import ClosedTrade
from anyvenue.reference.assets import shown_decimals
from anyvenue.report.costs import costs
from anyvenue.report.markup import Cell, table_html
from anyvenue.report.numbers import money, multiple, percent, price, signed, tone
from anyvenue.report.periods import Period
from anyvenue.report.timeline import local
from anyvenue.report.words import Words

__all__ = ["MOST_TRADES", "costs_table", "overview_table", "periods_table", "trades_table"]

MOST_TRADES = 500
"""So many round trips are listed, the last ones; the CSV file of ``--trades`` has all."""


def overview_table(results: Sequence[RunResult], words: Words) -> str:
    """Return a line for each account and currency."""
    heads = (
        "account", "currency", "profit", "total_return", "max_drawdown", "fees", "fills", "round_trips", "win_rate",
        "equity_end",
    )  # fmt: skip
    rows = [
        (
            each.account, each.currency, _toned(each.profit, each.currency),
            percent(each.total_return, True),
            percent(each.max_drawdown), money(each.fees, each.currency), f"{each.fills:,}", f"{each.trades:,}",
            percent(each.win_rate, digits=1), money(each.equity, each.currency),
        )
        for result in results
        for each in result.summaries.values()
    ]  # fmt: skip
    return table_html([words(head) for head in heads], rows, 2)


def periods_table(periods: Sequence[Period], head: str, currency: str, words: Words) -> str:
    """Return a line for each month or day."""
    heads = ("profit", "total_return", "max_drawdown", "fees", "fills", "round_trips", "win_rate")
    rows = [
        (
            each.name, _toned(each.profit, currency), Cell(percent(each.change, True), tone(each.change)),
            percent(abs(each.drawdown)), money(each.fees, currency), f"{each.fills:,}", f"{each.trades:,}",
            percent(each.win_rate, digits=1),
        )
        for each in periods
    ]  # fmt: skip
    return table_html([words(head), *map(words, heads)], rows)


def costs_table(result: RunResult, currency: str, words: Words) -> str:
    """Return fees by instrument and offset, with their sum."""
    heads = ("instrument", "offset", "fees", "fee_rate", "fills", "quantity", "turnover")
    found = costs(result, currency)
    rows: list[Sequence[str | Cell]] = [
        (
            each.instrument, words(f"offset.{each.offset.value}"), money(each.fees, currency), _points(each.rate),
            f"{each.fills:,}", f"{each.quantity:,f}", money(each.turnover, currency),
        )
        for each in found
    ]  # fmt: skip
    turnover = sum(each.turnover for each in found)
    fees = sum(each.fees for each in found)
    rate = float(fees / turnover) if turnover else None
    fills = sum(each.fills for each in found)
    sums = (money(fees, currency), _points(rate), f"{fills:,}", "", money(turnover, currency))
    rows.append((words("total"), "", *sums))
    return table_html([words(head) for head in heads], rows, 2, foot=True)


def trades_table(trades: Sequence[ClosedTrade], result: RunResult, zone: str, words: Words) -> str:
    """Return the round trips given, one a line."""
    heads = (
        "instrument", "side", "net_profit", "quantity", "entry_price", "exit_price", "profit_before", "fees",
        "entry", "exit",
    )  # fmt: skip
    rows = [_trade_row(trade, result, zone, words) for trade in trades]
    return table_html([words(head) for head in heads], rows, 2)


def _trade_row(
    trade: ClosedTrade, result: RunResult, zone: str, words: Words
) -> tuple[str | Cell, ...]:
    instrument = result.instruments[trade.instrument]
    return (
        trade.instrument,
        words("long" if trade.side.value == "buy" else "short"),
        _toned(trade.net, trade.currency),
        f"{trade.quantity:,f}",
        price(trade.entry_price, instrument),
        price(trade.exit_price, instrument),
        signed(trade.profit, trade.currency),
        money(trade.fees, trade.currency),
        local(trade.ts_entry, zone),
        local(trade.ts_exit, zone),
    )


def _toned(amount: object, currency: str) -> Cell:
    number = float(str(amount))
    return Cell(signed(number, currency), tone(round(number, shown_decimals(currency))))


def _points(rate: float | None) -> str:
    """Return a rate of turnover in hundredths of a percent."""
    return multiple(rate * 10_000 if rate is not None else None)
