"""Orders that somebody waits for: each answer finds its own by OrderRef, and what has been told stays told."""

from collections.abc import Mapping

import msgspec

from anyvenue.venues.ctp.description import Value

__all__ = ["ACTIONS", "Piece", "Pieces", "offsets_of"]

ACTIONS: Mapping[str, tuple[str, bool]] = {
    "kaiduo": ("0", True),
    "kaikong": ("1", True),
    "pingduo": ("1", False),
    "pingkong": ("0", False),
}
"""homalos-webctp's words: the Direction, and whether it opens."""

_OPEN, _CLOSE, _CLOSE_TODAY, _CLOSE_OLD = "0", "1", "3", "4"
_DATED = ("SHFE", "INE")
_ACCEPTED = ("0", "1", "3", "b", "c")  # all traded, part traded, queueing, not touched, touched
_CANCELLED = "5"
_REFUSED = "4"  # OrderSubmitStatus: insert rejected
_UNSAID = (-1, "the order was refused without a reason")


class Piece(msgspec.Struct):
    """One order on its way: `accepted` is None until the counter or the exchange has said yes or no."""

    order_ref: str
    volume: int
    offset: str
    request_id: int
    front_id: int
    session_id: int
    accepted: bool | None = None
    error: tuple[int, str] = (0, "")
    status: str = ""
    traded: int = 0
    system_id: str = ""


class Pieces:
    """The orders of this program by OrderRef; the caller keeps them to one thread."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_ref: dict[tuple[int, int, str], Piece] = {}

    def add(self, piece: Piece) -> None:
        """Wait for the answers to an order."""
        self._by_ref[piece.front_id, piece.session_id, piece.order_ref] = piece

    def refused(
        self, session: tuple[int, int], fields: Mapping[str, Value], error: tuple[int, str]
    ) -> Piece | None:
        """Take RspOrderInsert or ErrRtnOrderInsert, which name the OrderRef of this session alone."""
        return self.refused_as((*session, str(fields.get("OrderRef", "")).strip()), error)

    def refused_as(self, key: tuple[int, int, str], error: tuple[int, str]) -> Piece | None:
        """Take the refusal of an order by its name; return it, None for one that is not ours."""
        piece = self._by_ref.get(key)
        if piece is not None:
            # The exchange's refusal comes after the counter has taken the order.
            piece.accepted, piece.error = False, error
        return piece

    def told(self, row: Mapping[str, Value]) -> Piece | None:
        """Take an RtnOrder; return the order that it is about, None for one that is not ours."""
        front, session = row.get("FrontID", 0), row.get("SessionID", 0)
        assert isinstance(front, int)
        assert isinstance(session, int)
        piece = self._by_ref.get((front, session, str(row.get("OrderRef", "")).strip()))
        if piece is None:
            return None
        traded = row.get("VolumeTraded", 0)
        piece.status = str(row.get("OrderStatus", ""))
        piece.traded = int(traded) if isinstance(traded, int | float) else 0
        piece.system_id = str(row.get("OrderSysID", "")).strip() or piece.system_id
        if piece.accepted is None:
            self._decide(piece, row)
        return piece

    def _decide(self, piece: Piece, row: Mapping[str, Value]) -> None:
        if piece.status in _ACCEPTED:
            piece.accepted = True
        elif piece.status == _CANCELLED:
            # An order that was at the exchange and came back, such as one of immediate-or-cancel, was accepted.
            refused = row.get("OrderSubmitStatus") == _REFUSED or not piece.system_id
            piece.accepted = not refused
            if refused:
                piece.error = (_UNSAID[0], str(row.get("StatusMsg", "")) or _UNSAID[1])


def offsets_of(opens: bool, volume: int, exchange: str, old: int) -> list[tuple[str, int]]:
    """Return the offset flags and lots that an action comes to: where lots are dated, the old ones are closed first."""
    if opens:
        return [(_OPEN, volume)]
    if exchange not in _DATED:
        return [(_CLOSE, volume)]
    from_old = min(volume, old)
    parts = [(_CLOSE_OLD, from_old), (_CLOSE_TODAY, volume - from_old)]
    return [part for part in parts if part[1]]
