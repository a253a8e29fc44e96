"""What comes over the account's streams."""

from collections.abc import Callable

import msgspec

from anyvenue.model.errors import AnyvenueError, AuthError, ConnectivityError
from anyvenue.venues.backpack.parse import Unknown, decode_frame
from anyvenue.venues.backpack.reports import BackpackReports
from anyvenue.venues.backpack.wire import OrderUpdate, PositionUpdate, StreamError

__all__ = ["STREAMS", "AccountEvents"]

STREAMS = ["account.orderUpdate", "account.positionUpdate"]
_CREDENTIALS = ("signature", "unauthor", "forbidden", "key")


class AccountEvents:
    """Takes frames; `held` are the symbols of perpetuals that are held.

    `refused` is the latest refusal of the streams, `ended` is called with it: the account is not heard any more. Frames
    that cannot be read are counted in `unknown` and passed over.
    """

    def __init__(
        self, reports: BackpackReports, now: Callable[[], int], ended: Callable[[], None]
    ) -> None:
        """Tell of orders through `reports`."""
        self._reports, self._now, self._ended = reports, now, ended
        self.held: set[str] = set()
        self.refused: AnyvenueError | None = None
        self.unknown = 0

    def heard(self, frame: bytes) -> None:
        """Take a frame."""
        try:
            message = decode_frame(frame)
        except msgspec.MsgspecError:
            self.unknown += 1
            return
        if isinstance(message, OrderUpdate):
            self._reports.hear_update(message, self._now())
        elif isinstance(message, PositionUpdate):
            (self.held.add if message.quantity else self.held.discard)(message.symbol)
        elif isinstance(message, Unknown) and message.error is not None:
            self.refused = _refusal(message.error)
            self._ended()
        else:
            self.unknown += 1


def _refusal(error: StreamError) -> AnyvenueError:
    said = f"Backpack refused the account's streams: [{error.code}] {error.message}"
    text = error.message.lower()
    if not any(word in text for word in _CREDENTIALS):
        return ConnectivityError(said)
    fields = {"venue_code": str(error.code), "venue_text": error.message}
    return AuthError(f"{said}; check the key and its secret", **fields)
