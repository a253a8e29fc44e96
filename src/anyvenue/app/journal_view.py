"""A journal's records, and the books built from them, as people and programs read them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from anyvenue.app.figures import money
from anyvenue.app.messages import word
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.engine.rebuild import Rebuilder
from anyvenue.model.numbers import plain
from anyvenue.model.orders import Order
from anyvenue.runtime.journal import Record

__all__ = [
    "account_of",
    "books_document",
    "fields_of",
    "record_document",
    "records_table",
    "show_books",
    "utc_time",
]

_decode = msgspec.msgpack.decode
# They have columns of their own, or say what the record's own time says.
_IN_COLUMNS = ("account", "order_id", "ts_event", "ts_recv")


def utc_time(ts: int) -> str:
    """Return int ns UTC as text to the millisecond."""
    seconds, rest = divmod(ts, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest // 1_000_000:03d}"


def fields_of(record: Record) -> dict[str, object]:
    """Return what is written in a record by field name, also of types that this version does not know."""
    found = _decode(record.payload)
    return found if isinstance(found, dict) else {"value": found}


def account_of(fields: Mapping[str, object]) -> str:
    """Return the account that a record is about, empty for none."""
    for part in (fields, fields.get("request")):
        if isinstance(part, dict) and isinstance(part.get("account"), str):
            return str(part["account"])
    return ""


def record_document(record: Record) -> dict[str, object]:
    """Return a record for JSON."""
    return {
        "seq": record.seq,
        "ts": record.ts,
        "kind": record.kind,
        "payload": fields_of(record),
        "chain": record.chain.hex(),
    }


def records_table(terminal: Terminal, records: Sequence[Record]) -> Table:
    """Return records as a table, oldest first, times in UTC."""
    heads = (
        Column(terminal.text("column.record"), right=True),
        Column(terminal.text("column.time_utc"), extra=2),
        Column(terminal.text("column.kind")),
        Column(terminal.text("column.account"), extra=1),
        Column(terminal.text("column.order_id"), right=True),
        Column(terminal.text("column.content")),
    )
    return Table(heads, [_row(record) for record in records])


def _row(record: Record) -> tuple[str, ...]:
    fields = fields_of(record)
    order = fields.get("order_id", "")
    content = " ".join(f"{name}={value}" for name, value in _content(fields))
    account = account_of(fields)
    return str(record.seq), utc_time(record.ts), record.kind, account, str(order), content


def _content(fields: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Give what says something: empty fields, and what stands in a column, do not."""
    for name, value in fields.items():
        if name in _IN_COLUMNS or value in (None, "", False, [], 0, "0"):
            continue
        if isinstance(value, dict):
            yield from _content(value)
        else:
            yield name, value


# ---- books


def books_document(books: Rebuilder) -> dict[str, object]:
    """Return the books for JSON."""
    return {
        "records": books.records,
        "ts": books.ts,
        "last_order_id": books.last_order_id,
        "accounts": {
            name: {
                "orders": list(state.orders),
                "positions": state.positions(),
                "figures": {each: state.figures(each, books.ts) for each in state.currencies()},
            }
            for name, state in sorted(books.accounts.items())
        },
        "unclaimed": {str(order): error.text for order, error in books.unclaimed.items()},
    }


def show_books(terminal: Terminal, books: Rebuilder) -> None:
    """Write orders, positions and money."""
    states = [state for _, state in sorted(books.accounts.items())]
    say = terminal.text
    orders = [order for state in states for order in state.orders]
    counts = Counter(order.state for order in orders)
    parts = ", ".join(f"{count} {word(state, terminal.lang)}" for state, count in counts.items())
    terminal.say(say("cli.orders", count=len(orders), states=parts or say("phrase.none")))
    working = [order for state in states for order in state.orders.open_orders()]
    if working:
        terminal.table(_orders(terminal, working))
    terminal.say()
    positions = [
        (each.account, each.instrument, plain(each.long), plain(each.short))
        for state in states
        for each in state.positions()
    ]
    if positions:
        heads = _heads(terminal, ("account", "instrument"), ("long", "short"))
        terminal.table(Table(heads, positions, say("cli.positions")))
    else:
        terminal.say(say("cli.no_positions"))
    terminal.say()
    terminal.table(_money(terminal, books))
    for order, error in books.unclaimed.items():
        terminal.warn(say("cli.unclaimed", order_id=order, text=error.text))


def _orders(terminal: Terminal, orders: Iterable[Order]) -> Table:
    heads = _heads(
        terminal,
        ("account", "order_id", "instrument", "side"),
        ("quantity", "price", "filled"),
        ("state",),
    )
    rows = [
        (
            order.account, str(order.order_id), order.instrument, word(order.side, terminal.lang),
            plain(order.quantity), "-" if order.price is None else plain(order.price), plain(order.filled),
            word(order.state, terminal.lang),
        )
        for order in orders
    ]  # fmt: skip
    return Table(heads, rows)


def _money(terminal: Terminal, books: Rebuilder) -> Table:
    rows = []
    for name, state in sorted(books.accounts.items()):
        for currency in state.currencies():
            found = state.figures(currency, books.ts)
            numbers = (found.balance, found.margin, found.available, found.fees)
            rows.append((name, currency, *map(money, numbers)))
    heads = _heads(terminal, ("account", "currency"), ("balance", "margin", "available", "fees"))
    return Table(heads, rows, terminal.text("cli.accounts"))


def _heads(
    terminal: Terminal, left: Iterable[str], right: Iterable[str], last: Iterable[str] = ()
) -> tuple[Column, ...]:
    return (
        *(Column(terminal.text(f"column.{each}")) for each in left),
        *(Column(terminal.text(f"column.{each}"), right=True) for each in right),
        *(Column(terminal.text(f"column.{each}")) for each in last),
    )
