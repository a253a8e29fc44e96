"""Is a snapshot fit to be believed? A broken one must not touch the books."""

from collections.abc import Iterable
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.errors import Inconsistent, UnknownInstrument
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.orders import Fill, Order
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Snapshot
from anyvenue.oms.account_state import AccountState

__all__ = ["check_snapshot"]


def check_snapshot(state: AccountState, snapshot: Snapshot) -> None:
    """Raise Inconsistent, naming the field, for a snapshot that cannot be true of this account."""
    check = _Check(state)
    check.account("account", snapshot.account)
    _check_days(check, snapshot)
    for index, order in enumerate(snapshot.orders):
        _check_order(check, f"orders[{index}]", order)
    for index, fill in enumerate(snapshot.fills):
        _check_fill(check, f"fills[{index}]", fill)
    for index, position in enumerate(snapshot.positions):
        _check_position(check, f"positions[{index}]", position)
    for index, balance in enumerate(snapshot.balances):
        _check_balance(check, f"balances[{index}]", balance)
    for index, terms in enumerate(snapshot.terms):
        _check_terms(check, f"terms[{index}]", terms)
    _check_unique("terms", (each.instrument for each in snapshot.terms))
    _check_unique("orders", ((each.order_id, each.venue_order_id) for each in snapshot.orders))
    _check_unique("positions", (each.instrument for each in snapshot.positions))
    _check_unique("balances", (each.currency for each in snapshot.balances))


class _Check:
    """The same few questions about many fields."""

    def __init__(self, state: AccountState) -> None:
        self._state = state

    def account(self, field: str, account: AccountId) -> None:
        wanted = self._state.account
        if account != wanted:
            _broken(field, account, f"the books are those of account {wanted}")

    def instrument(self, field: str, instrument: InstrumentId) -> None:
        try:
            self._state.instrument(instrument)
        except UnknownInstrument as error:
            _broken(field, instrument, error.text)

    def amount(self, field: str, value: Decimal, least: Decimal | None = None) -> None:
        if not value.is_finite():
            _broken(field, value, "it must be a number")
        if least is not None and value < least:
            _broken(field, value, f"it must be at least {least}")

    def day(self, field: str, day: int, known: int) -> None:
        if day and day < known:
            _broken(field, day, f"trading day {known} has begun: days do not go back")

    def known_day(self, currency: str) -> int:
        return self._state.trading_day.get(currency, 0)

    def latest_day(self) -> int:
        return max(self._state.trading_day.values(), default=0)


def _check_days(check: _Check, snapshot: Snapshot) -> None:
    check.day("trading_day", snapshot.trading_day, check.latest_day())
    for index, each in enumerate(snapshot.balances):
        field = f"balances[{index}].trading_day"
        check.day(field, each.trading_day, check.known_day(each.currency))


def _check_order(check: _Check, field: str, order: Order) -> None:
    check.account(f"{field}.account", order.account)
    check.instrument(f"{field}.instrument", order.instrument)
    check.amount(f"{field}.quantity", order.quantity, _ZERO)
    check.amount(f"{field}.filled", order.filled, _ZERO)
    check.amount(f"{field}.filled_value", order.filled_value)
    check.amount(f"{field}.fees", order.fees)
    if order.filled > order.quantity:
        _broken(f"{field}.filled", order.filled, f"only {order.quantity} were ordered")
    if not order.order_id and not order.venue_order_id:
        _broken(f"{field}.venue_order_id", order.venue_order_id, "an order needs a name")


def _check_fill(check: _Check, field: str, fill: Fill) -> None:
    check.account(f"{field}.account", fill.account)
    check.instrument(f"{field}.instrument", fill.instrument)
    check.amount(f"{field}.quantity", fill.quantity, _ZERO)
    check.amount(f"{field}.price", fill.price)
    check.amount(f"{field}.fee", fill.fee)
    if not fill.quantity:
        _broken(f"{field}.quantity", fill.quantity, "a fill executes something")
    if not fill.trade_id:
        _broken(f"{field}.trade_id", fill.trade_id, "a fill has a name of the venue's")


def _check_position(check: _Check, field: str, position: Position) -> None:
    check.account(f"{field}.account", position.account)
    check.instrument(f"{field}.instrument", position.instrument)
    for name in ("long_today", "long_old", "short_today", "short_old"):
        leg = getattr(position, name)
        check.amount(f"{field}.{name}.quantity", leg.quantity, _ZERO)
        check.amount(f"{field}.{name}.open_value", leg.open_value)
        check.amount(f"{field}.{name}.mark_value", leg.mark_value)
        if not leg.quantity and (leg.open_value or leg.mark_value):
            _broken(f"{field}.{name}.open_value", leg.open_value, "nothing is held there")


def _check_balance(check: _Check, field: str, balance: Account) -> None:
    check.account(f"{field}.account", balance.account)
    for name in ("balance", "pre_balance", "position_profit"):
        check.amount(f"{field}.{name}", getattr(balance, name))


def _check_terms(check: _Check, field: str, terms: PositionTerms) -> None:
    check.account(f"{field}.account", terms.account)
    check.instrument(f"{field}.instrument", terms.instrument)
    if terms.leverage is not None:
        check.amount(f"{field}.leverage", terms.leverage, _LEAST_LEVERAGE)
    if terms.isolated is not None:
        check.amount(f"{field}.isolated", terms.isolated)
    if terms.covered is not None:
        check.amount(f"{field}.covered", terms.covered, _ZERO)


def _check_unique(field: str, names: Iterable[object]) -> None:
    seen: set[object] = set()
    for name in names:
        if name in seen:
            _broken(field, name, "it is named twice")
        seen.add(name)


def _broken(field: str, value: object, why: str) -> None:
    raise Inconsistent(
        f"the venue's snapshot is broken: {field} was {value!s}; {why}. Nothing was changed; ask for another one",
        field=field,
        value=str(value),
    )


_ZERO = Decimal(0)
_LEAST_LEVERAGE = Decimal("0.01")
