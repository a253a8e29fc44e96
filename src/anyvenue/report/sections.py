"""What one account did in one currency: headline, cards, pictures, tables."""

from collections import Counter
from html import escape

from anyvenue.engine.results import RunResult, Summary
from anyvenue.model.ids import InstrumentId
from anyvenue.reference.assets import shown_decimals
from anyvenue.report.charts import MOST_MARKS, equity_figure, exposure_figure, price_figure
from anyvenue.report.markup import Cell, cards_html, chart_html, details_html
from anyvenue.report.numbers import ABSENT, money, multiple, percent, signed, tone
from anyvenue.report.periods import days, months
from anyvenue.report.tables import MOST_TRADES, costs_table, periods_table, trades_table
from anyvenue.report.timeline import Exposure, exposure
from anyvenue.report.words import Words

__all__ = ["account_section", "headline"]

_MOST_CHARTS = 12
_MOST_DAYS = 62
_EXTREMES = 5


def headline(summary: Summary, words: Words) -> str:
    """Return what came out of it in one sentence."""
    currency = summary.currency
    if not round(summary.profit, shown_decimals(currency)):
        return words("flat", currency=currency)
    return words(
        "gained" if summary.profit > 0 else "lost",
        amount=money(abs(summary.profit), currency),
        currency=currency,
        change=percent(summary.total_return, True),
        fees=money(summary.fees, currency),
        drawdown=percent(summary.max_drawdown),
    )


def account_section(result: RunResult, currency: str, zone: str, words: Words) -> str:
    """Return everything about one account and currency, the shortest first."""
    held = exposure(result, currency)
    parts = [_cards(result, currency, held, words)]
    if len(result.equity_in(currency)) > 1:
        figure = equity_figure(result, currency, zone, words)
        parts.append(_section(words("equity"), chart_html(figure, 380, words("equity"))))
    parts.append(_prices(result, currency, zone, words))
    if any(held.gross):
        drawn = chart_html(exposure_figure(held, zone, words), 240, words("exposure"))
        parts.append(_section(words("exposure"), drawn, words("exposure_note")))
    parts += [_periods(result, currency, zone, words), _trades(result, currency, zone, words)]
    if result.summaries[currency].fills:
        table = costs_table(result, currency, words)
        parts.append(_section(words("costs"), table, words("costs_note")))
    return "".join(parts)


def _section(title: str, inner: str, note: str = "") -> str:
    below = f"<p class='note'>{escape(note)}</p>" if note else ""
    return f"<section><h2>{escape(title)}</h2>{inner}{below}</section>"


def _cards(result: RunResult, currency: str, held: Exposure, words: Words) -> str:
    summary = result.summaries[currency]
    before = summary.profit + summary.fees
    sharpe = "sharpe_short" if summary.sharpe is None else "sharpe_note"
    won = ABSENT if summary.win_rate is None else percent(summary.win_rate, digits=1)
    in_market = percent(held.in_market, digits=0)
    gain = round(summary.profit, shown_decimals(currency))
    shown = Cell(signed(summary.profit, currency), tone(gain))
    change = Cell(percent(summary.total_return, True), tone(round(summary.total_return, 4)))
    return cards_html(
        [
            (
                f"{words('profit')} {currency}",
                shown,
                words("fees_before", value=signed(before, currency)),
            ),
            (
                words("total_return"),
                change,
                words("paid_in", value=money(summary.paid_in, currency)),
            ),
            (
                words("max_drawdown"),
                Cell(percent(summary.max_drawdown)),
                _fall_now(result, currency, words),
            ),
            (
                words("fees"),
                Cell(money(summary.fees, currency)),
                f"{words('fills')} {summary.fills:,}",
            ),
            (words("round_trips"), Cell(f"{summary.trades:,}"), words("won", value=won)),
            (words("sharpe"), Cell(multiple(summary.sharpe)), words(sharpe)),
            (
                words("highest_exposure"),
                Cell(multiple(held.highest, "×")),
                words("average", value=multiple(held.mean, "×")),
            ),
            (words("in_market"), Cell(in_market), words("of_time")),
        ]
    )


def _fall_now(result: RunResult, currency: str, words: Words) -> str:
    falls = result.drawdown_in(currency)
    return words("fall_end", value=percent(abs(falls[-1][1]))) if falls else ""


def _prices(result: RunResult, currency: str, zone: str, words: Words) -> str:
    fills = Counter(fill.instrument for fill in result.fills)
    own = [each.id for each in result.instruments.values() if each.currency == currency]
    traded = sorted((each for each in own if fills[each]), key=lambda each: -fills[each])
    shown = traded[:_MOST_CHARTS]
    parts = [_price(result, each, fills[each], zone, words) for each in shown]
    if len(traded) > len(shown):
        parts.append(_note(words("more_instruments", count=len(traded), shown=len(shown))))
    idle = ", ".join(each for each in own if not fills[each])
    if idle:
        parts.append(_note(words("no_fills", instruments=idle)))
    return _section(words("prices"), "".join(parts)) if parts else ""


def _price(result: RunResult, instrument: InstrumentId, fills: int, zone: str, words: Words) -> str:
    figure = price_figure(result, instrument, zone, words)
    chart = f"<h3>{escape(instrument)}</h3>{chart_html(figure, 360, instrument)}"
    marked = sum(
        min(MOST_MARKS, count)
        for count in Counter(f.side for f in result.fills if f.instrument == instrument).values()
    )
    if marked == fills:
        return chart
    return chart + _note(words("fills_thinned", shown=f"{marked:,}", count=f"{fills:,}"))


def _note(text: str) -> str:
    return f"<p class='note'>{escape(text)}</p>"


def _periods(result: RunResult, currency: str, zone: str, words: Words) -> str:
    by_month = months(result, currency, zone)
    if not by_month:
        return ""
    inner = periods_table(by_month, "month", currency, words)
    by_day = days(result, currency, zone)
    if len(by_month) < len(by_day) <= _MOST_DAYS:
        inner += details_html(words("days"), periods_table(by_day, "day", currency, words))
    return _section(words("months"), inner)


def _trades(result: RunResult, currency: str, zone: str, words: Words) -> str:
    trades = [trade for trade in result.trades if trade.currency == currency]
    if not trades:
        return ""
    last = trades[-MOST_TRADES:]
    ranked = sorted(trades, key=lambda trade: -trade.net)
    extremes = ranked if len(ranked) <= 2 * _EXTREMES else ranked[:_EXTREMES] + ranked[-_EXTREMES:]
    inner = f"<h3>{escape(words('best_trades'))}</h3>{trades_table(extremes, result, zone, words)}"
    table = trades_table(last, result, zone, words)
    if len(last) < len(trades):
        table += _note(words("trades_last", shown=len(last), count=f"{len(trades):,}"))
    inner += details_html(words("all_trades", count=f"{len(trades):,}"), table)
    return _section(words("trades"), inner)
