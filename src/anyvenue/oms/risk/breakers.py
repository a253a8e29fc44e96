"""Circuit breakers: what they watch, and when they open. What opening does is the gate's business."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from anyvenue.model.enums import RiskScope
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.numbers import plain
from anyvenue.oms.money import ratio
from anyvenue.oms.risk.conduct import Window
from anyvenue.oms.risk.limits import CountBreaker, DrawdownBreaker, JumpBreaker
from anyvenue.oms.risk.losses import equity_of
from anyvenue.oms.risk.orders import limit_in
from anyvenue.oms.risk.scopes import Scope
from anyvenue.oms.risk.sight import Sight

__all__ = ["Breaker", "Counter", "Drawdown", "Peak", "PriceJump", "Trip"]

_ACCOUNT = RiskScope.ACCOUNT
_STRATEGY = RiskScope.STRATEGY
_NS = 1_000_000_000
_LOOK_NS = _NS  # equity is worked out once a second, not with every price
_TELL_NS = 10 * _NS
_ZERO = Decimal(0)


class Trip(msgspec.Struct, frozen=True):
    """Why a breaker opened."""

    rule: str
    reason: str
    value: str
    limit: str


class Breaker:
    """One breaker of one scope."""

    def __init__(
        self, rule: str, scope: Scope, settings: CountBreaker | JumpBreaker | DrawdownBreaker
    ) -> None:
        self.rule = rule
        self.scope = scope
        self.reduce_only = settings.action == "reduce_only"
        self.cancel = settings.cancel

    def reset(self) -> None:
        """Begin afresh, as after a release."""


class Counter(Breaker):
    """Opens at the n-th of something within a stretch of time."""

    def __init__(self, rule: str, scope: Scope, settings: CountBreaker) -> None:
        super().__init__(rule, scope, settings)
        self._settings = settings
        self._window = Window(settings.seconds)

    def add(self, now: int, what: str) -> Trip | None:
        """Count one more; return a trip when that was one too many."""
        count = self._window.add(now)
        settings = self._settings
        if count < settings.count:
            return None
        reason = f"{count} {self.rule} within {settings.seconds:g} s, the last one: {what}"
        return Trip(self.rule, reason, str(count), str(settings.count))

    def reset(self) -> None:
        """Count from 0."""
        self._window.clear()

    def note(self, at: int) -> None:
        """Count one more of the past; nothing opens."""
        self._window.add(at)

    def times(self) -> tuple[int, ...]:
        """Return when what is counted happened, oldest first."""
        return self._window.times()

    def restore(self, times: Iterable[int]) -> None:
        """Count these and nothing else."""
        self._window.restore(times)


class _Range:
    """Lowest and highest price of a stretch of time, each price looked at twice at most."""

    __slots__ = ("_highs", "_length", "_lows")

    def __init__(self, length: int) -> None:
        self._length = length
        self._lows: deque[tuple[int, float]] = deque()
        self._highs: deque[tuple[int, float]] = deque()

    def add(self, now: int, price: float) -> tuple[float, float]:
        """Add a price; return the lowest and the highest of the stretch that ends now."""
        begin = now - self._length
        lows, highs = self._lows, self._highs
        while lows and lows[-1][1] >= price:
            lows.pop()
        while highs and highs[-1][1] <= price:
            highs.pop()
        lows.append((now, price))
        highs.append((now, price))
        while lows[0][0] < begin:
            lows.popleft()
        while highs[0][0] < begin:
            highs.popleft()
        return lows[0][1], highs[0][1]


class PriceJump(Breaker):
    """Opens when a price is further from the lowest or highest of a stretch of time than a fraction of that."""

    def __init__(self, scope: Scope, settings: JumpBreaker) -> None:
        super().__init__("price_jump", scope, settings)
        self._settings = settings
        self._fraction = float(settings.fraction)
        self._length = int(settings.seconds * _NS)
        self._ranges: dict[InstrumentId, _Range] = {}

    def see(self, instrument: InstrumentId, now: int, price: float) -> Trip | None:
        """Look at a price; return a trip when it jumped."""
        found = self._ranges.get(instrument)
        if found is None:
            found = self._ranges[instrument] = _Range(self._length)
        low, high = found.add(now, price)
        rise, fall = (price - low) / abs(low), (high - price) / abs(high)
        if max(rise, fall) <= self._fraction:
            return None
        moved, since = (rise, low) if rise >= fall else (-fall, high)
        reason = f"{instrument} moved by {moved:+.2%} within {self._settings.seconds:g} s, from {since:g} to {price:g}"
        return Trip(self.rule, reason, f"{abs(moved):.6f}", str(self._settings.fraction))

    def reset(self) -> None:
        """Forget the prices so far."""
        self._ranges.clear()


class Peak(msgspec.Struct, frozen=True):
    """The highest equity of a scope so far, to be kept over a restart."""

    scope: Scope
    currency: str
    equity: Decimal


class Drawdown(Breaker):
    """Opens when equity fell too far from its highest since the start or the last release."""

    def __init__(self, scope: Scope, settings: DrawdownBreaker, sight: Sight) -> None:
        super().__init__("drawdown", scope, settings)
        self._settings = settings
        self._sight = sight
        self._peaks: dict[str, Decimal] = {}
        self._told: dict[str, Decimal] = {}
        self._next = 0
        self._tell_next = 0

    def look(self, now: int, at_once: bool = False) -> Trip | None:
        """Compare equity with its highest, once a second unless told `at_once`; return a trip when it fell too far."""
        if now < self._next and not at_once:
            return None
        self._next = now + _LOOK_NS
        equity = equity_of(self.scope, self._sight)
        trips = [self._compare(currency, each) for currency, each in equity.items()]
        return next((trip for trip in trips if trip is not None), None)

    def _compare(self, currency: str, equity: Decimal) -> Trip | None:
        # A strategy's profit begins at 0, whatever its first fill cost.
        least = _ZERO if self.scope.kind is _STRATEGY else equity
        peak = self._peaks[currency] = max(self._peaks.get(currency, least), equity)
        settings, drop = self._settings, peak - equity
        amount = None if settings.amount is None else limit_in(settings.amount, currency)
        if amount is not None and drop > amount:
            return self._trip(currency, peak, equity, drop, plain(drop), plain(amount))
        base = self._base(currency, peak)
        if settings.fraction is not None and base > 0 and drop > settings.fraction * base:
            share = f"{ratio(drop, base):.6f}"
            return self._trip(currency, peak, equity, drop, share, str(settings.fraction))
        return None

    def _base(self, currency: str, peak: Decimal) -> Decimal:
        """Return what a fraction is of: the peak, for a strategy the equity of the accounts it trades in."""
        if self.scope.kind is not _STRATEGY:
            return peak
        traders = self._sight.traders.of_strategy(self.scope.name)
        states = (self._sight.accounts[each.account] for each in traders)
        return sum((state.worth(currency) for state in states), _ZERO)

    def _trip(
        self, currency: str, peak: Decimal, equity: Decimal, drop: Decimal, value: str, limit: str
    ) -> Trip:
        reason = (
            f"{self.scope} fell by {plain(drop)} {currency}, from {plain(peak)} to {plain(equity)}"
        )
        return Trip(self.rule, reason, value, limit)

    def paid(self, account: AccountId, currency: str, amount: Decimal) -> None:
        """Move the peak with money that was paid in or out: it is neither profit nor loss."""
        kind, name = self.scope.kind, self.scope.name
        if kind is _STRATEGY or (kind is _ACCOUNT and name != account):
            return
        if currency in self._peaks:
            self._peaks[currency] += amount

    def news(self, now: int) -> list[Peak]:
        """Return the peaks that moved since the last call that returned any, every ten seconds at most."""
        if now < self._tell_next or self._told == self._peaks:
            return []
        self._tell_next = now + _TELL_NS
        moved = [each for each in self.peaks() if self._told.get(each.currency) != each.equity]
        self._told = dict(self._peaks)
        return moved

    def peaks(self) -> list[Peak]:
        """Return what must be kept over a restart."""
        return [Peak(self.scope, currency, each) for currency, each in self._peaks.items()]

    def restore(self, peak: Peak) -> None:
        """Take what was kept."""
        self._peaks[peak.currency] = peak.equity

    def reset(self) -> None:
        """Let the highest be what it is at the next look."""
        if self.scope.kind is _STRATEGY:
            self._peaks = equity_of(self.scope, self._sight)
        else:
            self._peaks.clear()
