"""What happened in a demo or a run: orders, fills, positions and accounts as tables."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from anyvenue.app.figures import clock_time, money, price_text, signed, zone_text
from anyvenue.app.messages import word
from anyvenue.app.report import has_own_money, recount_line, show_positions
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.engine.results import RunResult
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Fill, Order

__all__ = ["fills_table", "show_session"]

_LAST = 8


def show_session(terminal: Terminal, results: Sequence[RunResult]) -> None:
    """Write orders, fills, positions and accounts of a demo or a run, and whether the recount holds."""
    _show_orders(terminal, results)
    fills = sorted((fill for r in results for fill in r.fills), key=lambda fill: fill.ts_recv)
    instruments = {key: each for r in results for key, each in r.instruments.items()}
    last = fills_table(terminal, fills[-_LAST:], instruments, len(fills))
    if fills:
        terminal.table(last)
    else:
        terminal.say(last.title)
    terminal.say()
    show_positions(terminal, results)
    _show_accounts(terminal, results)
    for result in results:
        terminal.say(recount_line(terminal, result))
    terminal.say(terminal.text("cli.open_orders", count=sum(len(r.open_orders) for r in results)))


def _show_orders(terminal: Terminal, results: Sequence[RunResult]) -> None:
    orders = [order for result in results for order in result.orders]
    counts = Counter(order.state for order in orders)
    parts = ", ".join(f"{count} {word(state, terminal.lang)}" for state, count in counts.items())
    terminal.say(
        terminal.text("cli.orders", count=len(orders), states=parts or terminal.text("phrase.none"))
    )
    last = sorted(orders, key=lambda order: (order.ts_updated, order.order_id))[-_LAST:]
    instruments = {key: each for result in results for key, each in result.instruments.items()}
    rows = [_order_row(terminal, order, instruments) for order in last]
    heads = (
        Column(terminal.text("column.time"), extra=4),
        Column(terminal.text("column.account"), extra=1),
        Column(terminal.text("column.instrument")),
        Column(terminal.text("column.side")),
        Column(terminal.text("column.offset"), extra=2),
        Column(terminal.text("column.quantity"), right=True),
        Column(terminal.text("column.price"), right=True),
        Column(terminal.text("column.filled"), right=True, extra=3),
        Column(terminal.text("column.state")),
    )
    if rows:
        terminal.table(Table(heads, rows))
    terminal.say()


def _order_row(
    terminal: Terminal, order: Order, instruments: Mapping[InstrumentId, Instrument]
) -> tuple[str, ...]:
    instrument = instruments[order.instrument]
    zone = zone_text(next(iter(instruments.values())))
    price = terminal.text("order_type.market")
    if order.price is not None:
        price = price_text(order.price, instrument)
    return (
        clock_time(order.ts_updated, zone, date=False),
        order.account,
        order.instrument,
        word(order.side, terminal.lang),
        word(order.request.offset, terminal.lang),
        plain(order.quantity),
        price,
        plain(order.filled),
        word(order.state, terminal.lang),
    )


def fills_table(
    terminal: Terminal,
    fills: Sequence[Fill],
    instruments: Mapping[InstrumentId, Instrument],
    count: int,
) -> Table:
    """Return the last fills, latest last, of `count` in all; times are those of the first instrument's market."""
    zone = zone_text(next(iter(instruments.values())))
    heads = (
        Column(terminal.text("column.time"), extra=3),
        Column(terminal.text("column.account"), extra=1),
        Column(terminal.text("column.instrument")),
        Column(terminal.text("column.side")),
        Column(terminal.text("column.offset"), extra=2),
        Column(terminal.text("column.quantity"), right=True),
        Column(terminal.text("column.price"), right=True),
        Column(terminal.text("column.fee"), right=True, extra=4),
    )
    rows = [
        (
            clock_time(fill.ts_event, zone, date=False),
            fill.account,
            fill.instrument,
            word(fill.side, terminal.lang),
            word(fill.offset, terminal.lang),
            plain(fill.quantity),
            price_text(fill.price, instruments[fill.instrument]),
            money(fill.fee, fill.fee_currency),
        )
        for fill in fills
    ]
    return Table(heads, rows, terminal.text("cli.fills", count=count, shown=len(rows)))


def _show_accounts(terminal: Terminal, results: Sequence[RunResult]) -> None:
    rows = [row for result in results for row in _account_rows(result)]
    if len(results) > 1:
        rows += _total_rows(terminal, results)
    heads = (
        Column(terminal.text("column.account")),
        Column(terminal.text("column.currency")),
        Column(terminal.text("figure.paid_in"), right=True, extra=3),
        Column(terminal.text("figure.end_balance"), right=True),
        Column(terminal.text("figure.profit"), right=True),
        Column(terminal.text("figure.fees"), right=True),
        Column(terminal.text("column.margin"), right=True, extra=1),
        Column(terminal.text("column.available"), right=True, extra=2),
        Column(terminal.text("figure.fills"), right=True, extra=1),
    )
    terminal.table(Table(heads, rows, terminal.text("cli.accounts")))
    terminal.say()


def _account_rows(result: RunResult) -> Iterator[tuple[str, ...]]:
    for currency, figures in result.accounts.items():
        summary = result.summaries[currency]
        if has_own_money(summary):
            yield _money_row(
                result.account,
                currency,
                (summary.paid_in, summary.equity, summary.profit),
                (summary.fees, figures.margin, figures.available),
                summary.fills,
            )


def _total_rows(terminal: Terminal, results: Sequence[RunResult]) -> Iterator[tuple[str, ...]]:
    """Give the sums of every currency that money was paid in of."""
    currencies = dict.fromkeys(each for result in results for each in result.summaries)
    for currency in currencies:
        having = [
            result
            for result in results
            if currency in result.summaries and has_own_money(result.summaries[currency])
        ]
        found = [result.summaries[currency] for result in having]
        figures = [result.accounts[currency] for result in having]
        if any(each.paid_in for each in found):
            yield _money_row(
                terminal.text("phrase.total"),
                currency,
                [
                    sum(row)
                    for row in zip(
                        *((each.paid_in, each.equity, each.profit) for each in found), strict=True
                    )
                ],
                (
                    sum(each.fees for each in found),
                    sum(each.margin for each in figures),
                    sum(each.available for each in figures),
                ),
                sum(each.fills for each in found),
            )


def _money_row(
    account: str,
    currency: str,
    worth: Sequence[Decimal | int],
    rest: Sequence[Decimal | int],
    fills: int,
) -> tuple[str, ...]:
    paid_in, equity, profit = (Decimal(each) for each in worth)
    return (
        account,
        currency,
        money(paid_in, currency),
        money(equity, currency),
        signed(profit, currency),
        *(money(Decimal(each), currency) for each in rest),
        f"{fills:,}",
    )
