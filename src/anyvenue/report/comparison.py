"""Two results figure by figure."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from anyvenue.report.numbers import ABSENT, money, multiple, percent, signed
from anyvenue.report.saved import Saved

__all__ = ["Comparison", "Figure", "Side", "compare"]

_MONEY = ("paid_in", "equity", "profit", "fees")
_FRACTIONS = ("total_return", "max_drawdown", "win_rate")
_COUNTS = ("orders", "fills", "trades", "days", "events")
_ORDER = (
    "paid_in", "equity", "profit", "fees", "total_return", "max_drawdown", "sharpe", "win_rate", *_COUNTS,
)  # fmt: skip
# Under which key the interface words know a figure that is called otherwise there.
_KEYS = {"equity": "end_balance", "trades": "round_trips"}

Value = Decimal | float | int | None


class Figure(msgspec.Struct, frozen=True):
    """One figure of both results; `difference` is B less A, None where one of them is missing."""

    name: str
    a: Value
    b: Value
    difference: Value

    @property
    def key(self) -> str:
        """The name that the interface words know it by."""
        return _KEYS.get(self.name, self.name)

    @property
    def a_text(self) -> str:
        """A as people read it."""
        return _text(self.name, self.a)

    @property
    def b_text(self) -> str:
        """B as people read it."""
        return _text(self.name, self.b)

    @property
    def difference_text(self) -> str:
        """The difference as people read it, with its sign."""
        return _text(self.name, self.difference, sign=True)


class Side(msgspec.Struct, frozen=True):
    """Whose result it is."""

    strategy: str
    account: str
    audit_hash: str
    ledger_hash: str


class Comparison(msgspec.Struct, frozen=True):
    """Both results by currency. `same_audit`: equal commands, events and data; `same_ledger`: equal bookings."""

    a: Side
    b: Side
    currencies: Mapping[str, list[Figure]]
    same_audit: bool
    same_ledger: bool


def compare(a: Saved, b: Saved) -> Comparison:
    """Return the figures of both; a currency that only one of them has is missing in the other."""
    currencies = dict.fromkeys([*a.summaries, *b.summaries])
    return Comparison(
        _side(a),
        _side(b),
        {each: [_figure(name, a, b, each) for name in _ORDER] for each in currencies},
        bool(a.audit_hash) and a.audit_hash == b.audit_hash,
        bool(a.ledger_hash) and a.ledger_hash == b.ledger_hash,
    )


def _side(saved: Saved) -> Side:
    return Side(saved.strategy, saved.account, saved.audit_hash, saved.ledger_hash)


def _figure(name: str, a: Saved, b: Saved, currency: str) -> Figure:
    left, right = _value(name, a, currency), _value(name, b, currency)
    return Figure(name, left, right, _less(right, left))


def _less(value: Value, other: Value) -> Value:
    if isinstance(value, Decimal) and isinstance(other, Decimal):
        return value - other
    if value is None or other is None:
        return None
    return float(value) - float(other) if isinstance(value, float) else int(value) - int(other)


def _value(name: str, saved: Saved, currency: str) -> Value:
    figures = saved.summaries.get(currency)
    if figures is None:
        return None
    value = getattr(figures, name)
    return Decimal(value) if name in _MONEY else value


def _text(name: str, value: Value, sign: bool = False) -> str:
    # A terminal may know neither the minus nor the dash that a page uses.
    return _shown(name, value, sign).replace("−", "-").replace(ABSENT, "-")


def _shown(name: str, value: Value, sign: bool) -> str:
    if value is None:
        return ABSENT
    if name in _MONEY:
        return signed(value) if sign or name == "profit" else money(value)
    if name in _FRACTIONS:
        return percent(float(value), sign or name == "total_return")
    if name in _COUNTS:
        return f"{int(value):{'+' if sign and value else ''},}"
    return multiple(float(value))
