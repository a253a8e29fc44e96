"""Print what exchanges can do through ccxt: ``python -m anyvenue.venues.ccxt bitfinex htx``."""

import sys

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ccxt.abilities import abilities_of, table
from anyvenue.venues.ccxt.config import CcxtConfig
from anyvenue.venues.ccxt.library import make_exchange

__all__ = ["main"]

_USAGE = "usage: python -m anyvenue.venues.ccxt EXCHANGE..."


def main(names: list[str]) -> int:
    """Print a table of Markdown, a column for each exchange and kind of market; return the exit code."""
    if not names:
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        columns = [column for name in names for column in _columns(name)]
    except ConfigError as error:
        print(error.text, file=sys.stderr)
        return 1
    heads = [head for head, _ in columns]
    print(f"| | {' | '.join(heads)} |")
    print("|---" * (len(heads) + 1) + "|")
    for number, (what, _) in enumerate(columns[0][1]):
        print(f"| {what} | {' | '.join(rows[number][1] for _, rows in columns)} |")
    return 0


def _columns(name: str) -> list[tuple[str, list[tuple[str, str]]]]:
    exchange = make_exchange(CcxtConfig(exchange=name), exact=True)
    kinds = [False] + [True] * (exchange.has.get("swap") is True)
    return [
        (
            f"{name}, {'contracts' if each else 'spot'}",
            table(abilities_of(exchange, contracts=each)),
        )
        for each in kinds
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
