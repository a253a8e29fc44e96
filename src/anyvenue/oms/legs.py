"""Lots held of one instrument in one account: first in, first out, with exact total costs.

Old lots share one mark (the last settlement price), so marking a thousand lots to market is one multiplication.
Claims (frozen quantity) belong to working closing orders.
"""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal

from anyvenue.model.enums import Side
from anyvenue.model.errors import Inconsistent
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.positions import EMPTY_LEG, Leg, Lot, Position

__all__ = ["Closed", "Holding", "SideBook"]

_BUY = Side.BUY  # bound once: looking a member up on its enum class takes its time
_ZERO = Decimal(0)
Parts = Sequence[tuple[Decimal, Decimal]]


class Closed:
    """What a close took out of the legs: sums of price x quantity at opening prices and at marks."""

    __slots__ = ("mark_value", "open_value")

    def __init__(self, open_value: Decimal, mark_value: Decimal) -> None:
        self.open_value = open_value
        self.mark_value = mark_value


class _Bucket:
    """Today's lots or the older ones of one side."""

    __slots__ = ("lots", "open_value", "quantity")

    def __init__(self) -> None:
        self.lots: deque[tuple[Decimal, Decimal, int, str]] = deque()  # price, quantity, day, trade
        self.quantity = _ZERO
        self.open_value = _ZERO

    def add(self, price: Decimal, quantity: Decimal, day: int, trade_id: str) -> None:
        self.lots.append((price, quantity, day, trade_id))
        self.quantity += quantity
        self.open_value += price * quantity

    def take(self, quantity: Decimal) -> Decimal:
        """Remove `quantity`, oldest first; return its value at opening prices."""
        if quantity > self.quantity:
            raise Inconsistent(
                f"closing {quantity} of {self.quantity} lots", wanted=quantity, held=self.quantity
            )
        value = _ZERO
        left = quantity
        lots = self.lots
        while left:
            price, held, day, trade_id = lots[0]
            if held > left:
                lots[0] = (price, held - left, day, trade_id)
                value += price * left
                break
            lots.popleft()
            value += price * held
            left -= held
        self.quantity -= quantity
        self.open_value -= value
        return value


class SideBook:
    """The long or the short side: today's bucket, the old bucket, and the mark of the old one.

    `frozen` is what working closing orders claim of either bucket; `frozen_today` the part that explicitly dated
    orders claim of today's. Of all lots, `quantity` is how many they are, `open_value` what they are worth at opening
    prices, and `mark_value` at their marks: old ones at the last settlement, today's at opening prices.
    """

    __slots__ = (
        "_mark",
        "frozen",
        "frozen_today",
        "mark_value",
        "old",
        "open_value",
        "quantity",
        "today",
    )

    def __init__(self) -> None:
        self.today = _Bucket()
        self.old = _Bucket()
        self.frozen = _ZERO
        self.frozen_today = _ZERO
        self._mark: Decimal | None = None
        self._sum_up()

    @property
    def mark(self) -> Decimal | None:
        """The last settlement price, at which the old lots stand; None while there was none."""
        return self._mark

    @mark.setter
    def mark(self, price: Decimal | None) -> None:
        self._mark = price
        self._sum_up()

    @property
    def closable(self) -> Decimal:
        """Lots no working order has claimed."""
        return self.quantity - self.frozen

    @property
    def old_mark_value(self) -> Decimal:
        """Old lots at their mark; at opening prices while they were never settled."""
        return self.old.open_value if self._mark is None else self.old.quantity * self._mark

    def _sum_up(self) -> None:
        # Kept, because every order reads them: an account's money is worked out of these.
        today, old = self.today, self.old
        self.quantity = today.quantity + old.quantity
        self.open_value = self.mark_value = old.open_value + today.open_value
        if self._mark is not None:
            self.mark_value = old.quantity * self._mark + today.open_value

    def add(self, price: Decimal, quantity: Decimal, day: int, trade_id: str) -> None:
        """Put lots of today in."""
        self.today.add(price, quantity, day, trade_id)
        self._sum_up()

    def close(self, today: Decimal, old: Decimal) -> Closed:
        """Take `today` lots of today and `old` older lots out, oldest first in each."""
        open_value = mark_value = _ZERO
        if old:
            value = self.old.take(old)
            open_value += value
            mark_value += value if self._mark is None else old * self._mark
        if today:
            value = self.today.take(today)
            open_value += value
            mark_value += value
        self._sum_up()
        return Closed(open_value, mark_value)

    def roll(self, mark: Decimal | None) -> None:
        """Make today's lots old and mark all of them at `mark`; None keeps opening prices (paid in full)."""
        old, today = self.old, self.today
        old.lots.extend(today.lots)
        old.quantity += today.quantity
        old.open_value += today.open_value
        self.today = _Bucket()
        self.frozen_today = _ZERO
        self.mark = mark

    def hold(self, lots: Parts, of_today: bool, day: int, reference: str) -> None:
        """Replace today's lots, or the old ones, by these parts of (price, quantity); claims stay."""
        bucket = _Bucket()
        for price, quantity in lots:
            bucket.add(price, quantity, day, reference)
        if of_today:
            self.today = bucket
        else:
            self.old = bucket
        self._sum_up()

    def copy(self) -> "SideBook":
        """Return a book with the same lots and mark, of which nothing is claimed."""
        copy = SideBook()
        for own, bucket in ((copy.today, self.today), (copy.old, self.old)):
            own.lots = bucket.lots.copy()
            own.quantity, own.open_value = bucket.quantity, bucket.open_value
        copy.mark = self._mark
        return copy

    def leg(self, bucket: _Bucket) -> Leg:
        """Return the record of one bucket."""
        if not bucket.quantity:
            return EMPTY_LEG
        # Undated claims are shown on the old lots first, as they would be closed.
        of_old = min(self.frozen - self.frozen_today, self.old.quantity)
        if bucket is self.old:
            return Leg(bucket.quantity, of_old, bucket.open_value, self.old_mark_value)
        return Leg(bucket.quantity, self.frozen - of_old, bucket.open_value, bucket.open_value)

    def lots(self) -> list[Lot]:
        """Return every lot, oldest first."""
        rows = [
            Lot(price, quantity, price if self.mark is None else self.mark, day, trade_id)
            for price, quantity, day, trade_id in self.old.lots
        ]
        rows += [Lot(price, qty, price, day, trade) for price, qty, day, trade in self.today.lots]
        return rows


class Holding:
    """Both sides of one instrument in one account."""

    __slots__ = ("instrument", "long", "short")

    def __init__(self, instrument: InstrumentId) -> None:
        self.instrument = instrument
        self.long = SideBook()
        self.short = SideBook()

    @property
    def idle(self) -> bool:
        """True when the holding may be forgotten at the end of a day."""
        return not self.long.quantity and not self.short.quantity

    def held_by(self, side: Side) -> SideBook:
        """Return the side book that `side` opens: BUY opens long."""
        return self.long if side is _BUY else self.short

    def closed_by(self, side: Side) -> SideBook:
        """Return the side book that `side` closes: SELL closes long."""
        return self.short if side is _BUY else self.long

    def position(self, account: AccountId) -> Position:
        """Return the frozen record of all legs."""
        long, short = self.long, self.short
        return Position(
            account,
            self.instrument,
            long.leg(long.today),
            long.leg(long.old),
            short.leg(short.today),
            short.leg(short.old),
        )
