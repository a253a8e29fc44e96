"""Money that came from or went to the bank, told once."""

from collections.abc import Callable

from anyvenue.model.events import Deposited, Event, Withdrawn
from anyvenue.model.ids import AccountId
from anyvenue.venues.ctp.driver.link import Row
from anyvenue.venues.ctp.driver.readings import exact

__all__ = ["INWARD", "OUTWARD", "Transfers"]

INWARD = ("OnRtnFromBankToFutureByFuture", "OnRtnFromBankToFutureByBank")
OUTWARD = ("OnRtnFromFutureToBankByFuture", "OnRtnFromFutureToBankByBank")


class Transfers:
    """Hears of transfers; a stream that begins anew tells all of the day's again.

    What came before the first comparison with the account is in its balance already.
    """

    def __init__(self, account: AccountId, post: Callable[[Event], None]) -> None:
        """Tell of `account` through `post`."""
        self._account = account
        self._post = post
        self._seen: set[tuple[object, ...]] = set()
        self.compared = False

    def hear(self, callback: str, row: Row, now: int) -> None:
        """Take one transfer; a refused one moves nothing."""
        serial = (
            callback,
            *(row.get(name) for name in ("FutureSerial", "PlateSerial", "BankSerial")),
        )
        if serial in self._seen or row.get("ErrorID", 0):
            return
        self._seen.add(serial)
        amount = exact(row.get("TradeAmount"), 4)
        if not self.compared or amount <= 0:
            return
        currency = str(row.get("CurrencyID", "")) or "CNY"
        reference = str(row.get("FutureSerial", ""))
        kind = Deposited if callback in INWARD else Withdrawn
        self._post(kind(self._account, currency, amount, now, now, reference))

    def begin_day(self) -> None:
        """Forget the day's serials."""
        self._seen.clear()
