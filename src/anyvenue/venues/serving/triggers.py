"""When a conditional order is touched by the price: stops, take-profits and trailing stops."""

import msgspec

__all__ = ["Trigger"]


class Trigger(msgspec.Struct):
    """Waits for `price`, from below where `upwards`; a trailing one for a turn of `rate` (a fraction) or `spread`.

    A trailing trigger begins once the price has been at `begins` (0: at once) and follows the best price, `best`.
    """

    upwards: bool
    price: float = 0.0
    rate: float = 0.0
    spread: float = 0.0
    begins: float = 0.0
    best: float = 0.0

    @property
    def trailing(self) -> bool:
        """Whether it follows the price."""
        return bool(self.rate or self.spread)

    def touched(self, price: float) -> bool:
        """Take a price and tell whether it sets the order off."""
        if self.trailing:
            return self._turned(price)
        return price >= self.price if self.upwards else price <= self.price

    def _turned(self, price: float) -> bool:
        if not self.best:
            if self.begins and (price > self.begins if self.upwards else price < self.begins):
                return False
            self.best = price
        if self.upwards:
            self.best = min(self.best, price)
            return price >= self.best * (1 + self.rate) + self.spread
        self.best = max(self.best, price)
        return price <= self.best * (1 - self.rate) - self.spread
