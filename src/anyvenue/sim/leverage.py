"""Commands about leveraged positions: another leverage, another margin mode, money moved to or from a position.

Rules (Binance USD-M futures): a leverage must be allowed for what the position is worth, orders counted; it cannot be
lowered while an isolated position is held (error -4161); the margin mode cannot be changed while a position or an order
exists (-4047, -4048); money taken from an isolated position must leave its initial margin, losses counted.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from anyvenue.model.commands import AccountCommand, MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.errors import InsufficientFunds, InvalidOrder
from anyvenue.model.events import Event, MarginTermsChanged
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.oms.account_state import AccountState
from anyvenue.oms.bookings.leveraged import Leveraged
from anyvenue.oms.bookings.leveraged_holding import LeveragedHolding
from anyvenue.oms.money import divide_money, round_money
from anyvenue.oms.tiers import is_leveraged, largest_value, tiers_of
from anyvenue.sim.holders import Holders
from anyvenue.sim.services import Service

if TYPE_CHECKING:
    from anyvenue.sim.exchange import Exchange

__all__ = ["Leverage"]

_ZERO = Decimal(0)


class _Position(NamedTuple):
    """What a command is about."""

    state: AccountState
    instrument: Instrument
    booking: Leveraged
    holding: LeveragedHolding
    now: int

    def changed(
        self,
        leverage: Decimal | None = None,
        mode: MarginMode | None = None,
        moved: Decimal = _ZERO,
    ) -> MarginTermsChanged:
        """Return the event that says what is new."""
        return MarginTermsChanged(
            self.state.account, self.instrument.id, self.now, self.now, leverage, mode, moved
        )


class Leverage(Service):
    """Does what the commands ask."""

    def __init__(self, exchange: "Exchange", holders: Holders) -> None:
        """Tell `holders` whose positions must be looked at again."""
        super().__init__(exchange)
        self._holders = holders

    def command(
        self, state: AccountState, instrument: Instrument, command: AccountCommand, now: int
    ) -> list[Event] | None:
        """Change terms; None for other commands. Raise InvalidOrder or InsufficientFunds to refuse."""
        if not is_leveraged(instrument):
            return None
        holding, booking = state.holding_of(instrument), state.booking(instrument.id)
        if not (isinstance(holding, LeveragedHolding) and isinstance(booking, Leveraged)):
            return None
        position = _Position(state, instrument, booking, holding, now)
        if isinstance(command, SetLeverage):
            event = self._set_leverage(position, command.leverage)
        elif isinstance(command, SetMarginMode):
            event = self._set_mode(position, command.mode)
        elif isinstance(command, MoveMargin):
            event = self._move(position, command.amount)
        else:
            return None
        self._holders.look_again(state.account)
        return [event]

    # ---- leverage

    def _set_leverage(self, position: _Position, leverage: Decimal) -> Event:
        state, instrument, booking, holding, _ = position
        self._check_leverage(position, leverage)
        before = booking.leverage(state, instrument, holding)
        lower = leverage < before
        if lower and holding.quantity and booking.isolated(state, holding):
            raise _wrong(
                instrument,
                "leverage",
                leverage,
                f"at least {plain(before)} while an isolated position is held",
            )
        event = self.book(state, position.changed(leverage))
        available = state.available(instrument.currency)
        if lower and available < 0:
            self.book(state, position.changed(before))
            raise InsufficientFunds(
                f"leverage {plain(leverage)} of {instrument.id} needs {plain(-available)} {instrument.currency} more "
                f"than account {state.account} has available",
                account=state.account,
                instrument=instrument.id,
                needed=-available,
                available=_ZERO,
                currency=instrument.currency,
            )
        return event

    def _check_leverage(self, position: _Position, leverage: Decimal) -> None:
        instrument = position.instrument
        highest = tiers_of(instrument)[0].max_leverage
        if not (leverage.is_finite() and 1 <= leverage <= highest):
            raise _wrong(instrument, "leverage", leverage, f"1 to {plain(highest)}")
        value = self._largest_side(position)
        if value > largest_value(instrument, leverage):
            allowed = [t.max_leverage for t in tiers_of(instrument) if value <= t.up_to]
            most = plain(max(allowed)) if allowed else "less"
            raise _wrong(
                instrument, "leverage", leverage, f"at most {most} for what is held and ordered"
            )

    def _largest_side(self, position: _Position) -> Decimal:
        """Return what the larger side is worth, with what working orders may open."""
        _, instrument, booking, holding, _ = position
        price = self.price(instrument)
        if price is None:
            return max(booking.sides(instrument, holding, None))
        return max(
            booking.turnover(instrument, price, holding.held_by(side).quantity + working)
            for side, working in ((Side.BUY, holding.buying), (Side.SELL, holding.selling))
        )

    # ---- margin mode

    def _set_mode(self, position: _Position, mode: MarginMode) -> Event:
        state, instrument, _, holding, _ = position
        working = any(each.instrument == instrument.id for each in state.orders.open_orders())
        if holding.quantity or working:
            what = "a position is held" if holding.quantity else "orders work"
            raise _wrong(instrument, "mode", mode, f"no change of it while {what}")
        return self.book(state, position.changed(mode=mode))

    # ---- isolated money

    def _move(self, position: _Position, amount: Decimal) -> Event:
        state, instrument, booking, holding, _ = position
        amount = round_money(amount, instrument.currency) if amount.is_finite() else _ZERO
        if not amount or not holding.quantity or not booking.isolated(state, holding):
            raise _wrong(instrument, "amount", amount, "an amount, and an isolated position")
        free = state.available(instrument.currency) if amount > 0 else self._removable(position)
        if abs(amount) > free:
            raise InsufficientFunds(
                f"moving {plain(amount)} {instrument.currency} to {instrument.id}: {plain(max(free, _ZERO))} can be "
                "moved",
                account=state.account,
                instrument=instrument.id,
                needed=abs(amount),
                available=free,
                currency=instrument.currency,
            )
        return self.book(state, position.changed(moved=amount))

    def _removable(self, position: _Position) -> Decimal:
        """Return what a position can give back: its money, losses counted, beyond its initial margin."""
        state, instrument, booking, holding, _ = position
        price = self.price(instrument)
        value = sum(booking.sides(instrument, holding, price), _ZERO)
        leverage = booking.leverage(state, instrument, holding)
        profit = _ZERO if price is None else booking.profit(state, instrument, holding, price)
        initial = divide_money(value, leverage, instrument.currency)
        return holding.money + min(profit, _ZERO) - initial


def _wrong(instrument: Instrument, field: str, value: object, expected: str) -> InvalidOrder:
    text = plain(value) if isinstance(value, Decimal) else str(value)
    return InvalidOrder(
        f"{field} of {instrument.id} was {text}; expected {expected}",
        field=field,
        value=text,
        expected=expected,
        instrument=instrument.id,
    )
