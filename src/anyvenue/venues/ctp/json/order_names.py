"""Whose order is whose: sockets of one account share a session upstream, and each has a session of its own to see.

An order is called by FrontID, SessionID and OrderRef. Upstream all orders of an account are one session's, whose
OrderRef must rise; a socket numbers its own from 1. So every socket gets a SessionID, and orders are called by it
towards all clients, and by upstream's names upstream. The first socket's SessionID is upstream's own, and references
stay as they are where they may: with one socket nothing is renamed.
"""

from collections.abc import Mapping

import msgspec

from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.description import Value

__all__ = ["DuplicateRef", "Named", "OrderNames", "Seat"]

_FIRST = 1_000_000_000
_OVER = frozenset("0245")  # all traded, the rest not queueing any more, cancelled


class DuplicateRef(Exception):
    """The client used an OrderRef that is not above its last one."""


class Named(msgspec.Struct, frozen=True):
    """What a client calls its order, and what it is called upstream."""

    front: int
    session: int
    ref: str
    request_id: int
    above_front: int
    above_session: int
    above_ref: str
    above_request: int


class Seat:
    """One socket's session: its ids and its references."""

    __slots__ = ("front", "last_ref", "session", "words")

    def __init__(self, front: int, session: int) -> None:
        self.front = front
        self.session = session
        self.last_ref = 0
        self.words: set[str] = set()

    def take(self, given: str) -> str:
        """Return the reference of a new order, the next one where it has none; raise DuplicateRef."""
        bare = given.strip()
        if not bare:
            self.last_ref += 1
            return str(self.last_ref)
        if bare.isdecimal() and bare.isascii():
            if int(bare) <= self.last_ref:
                raise DuplicateRef(given)
            self.last_ref = int(bare)
        elif bare in self.words:
            raise DuplicateRef(given)
        else:
            self.words.add(bare)
        return given


class OrderNames:
    """The names of one account's orders of a trading day; they outlive the connection upstream."""

    def __init__(self, epoch: int) -> None:
        """Make ids from `epoch` on, so that another process's are other ones."""
        self._next = _FIRST + epoch % 1_000_000 * 1_000
        self._taken: set[int] = set()
        self._above: dict[tuple[int, str], Named] = {}
        self._below: dict[tuple[int, str], Named] = {}
        self._by_ref: dict[str, Named] = {}
        self._by_system_id: dict[tuple[str, str], Named] = {}
        self._live: dict[Named, tuple[str, str]] = {}
        self.last_ref: dict[int, int] = {}

    def seat(self, front: int, session: int) -> Seat:
        """Return a socket's seat beside the session upstream; the first one's is upstream's own."""
        if session not in self._taken:
            self._taken.add(session)
            return Seat(front, session)
        self._next += 1
        return Seat(front, self._next)

    def name(
        self, seat: Seat, given: str, request_id: int, above: tuple[int, int], above_request: int
    ) -> Named:
        """Return the names of a new order; `above` are upstream's FrontID and SessionID; raise DuplicateRef."""
        ref = seat.take(given)
        above_front, above_session = above
        last, bare = self.last_ref.get(above_session, 0), ref.strip()
        above_ref = ref
        if bare.isdecimal() and bare.isascii() and last < int(bare) < 10**11:
            last = int(bare)
        else:
            last += 1
            above_ref = str(last)
        self.last_ref[above_session] = last
        named = Named(
            seat.front, seat.session, ref, request_id, above_front, above_session, above_ref, above_request
        )  # fmt: skip
        self._above[above_session, above_ref.strip()] = named
        self._below[seat.session, bare] = named
        self._by_ref[above_ref.strip()] = named
        return named

    def is_own(self, session: int) -> bool:
        """Tell whether a SessionID is one of a socket's that upstream does not know."""
        return session >= _FIRST and session not in self._taken

    def upwards(self, fields: Mapping[str, Value], above: tuple[int, int]) -> dict[str, Value]:
        """Return the fields of a cancel with upstream's names."""
        row = dict(fields)
        session, ref = row.get("SessionID", 0), row.get("OrderRef", "")
        if not isinstance(session, int) or not isinstance(ref, str):
            return row
        named = self._below.get((session, ref.strip()))
        if named is not None:
            row["FrontID"], row["SessionID"] = named.above_front, named.above_session
            row["OrderRef"] = named.above_ref
        elif self.is_own(session):
            row["FrontID"], row["SessionID"] = above
        return row

    def downwards(self, fields: Fields) -> Fields:
        """Return the fields of a report, an answer or a row with the names that clients know."""
        ref = fields.get("OrderRef")
        if ref is None:
            return fields
        named = self._find(fields, str(ref).strip())
        if named is None:
            return fields
        system_id = str(fields.get("OrderSysID", "")).strip()
        if system_id:
            self._by_system_id[str(fields.get("ExchangeID", "")), system_id] = named
        if "OrderStatus" in fields:
            self._follow(named, fields)
        changed: dict[str, Value] = {}
        if ref != named.ref:
            changed["OrderRef"] = named.ref
        if fields.get("SessionID") == named.above_session != named.session:
            changed["SessionID"] = named.session
        if fields.get("FrontID") == named.above_front != named.front:
            changed["FrontID"] = named.front
        if fields.get("RequestID") == named.above_request != named.request_id:
            changed["RequestID"] = named.request_id
        return {**fields, **changed} if changed else fields

    def cancels(self, session: int, exchange: str) -> list[dict[str, Value]] | None:
        """Return cancels, in upstream's names, of a socket's live orders; None for a session that is no socket's."""
        if session < _FIRST and session not in self._taken:
            return None
        return [
            {
                "FrontID": named.above_front,
                "SessionID": named.above_session,
                "OrderRef": named.above_ref,
                "ExchangeID": found,
                "InstrumentID": instrument,
                "ActionFlag": "0",
            }
            for named, (found, instrument) in self._live.items()
            if named.session == session and exchange in ("", found)
        ]

    def _follow(self, named: Named, fields: Fields) -> None:
        """Keep which orders are live."""
        if fields["OrderStatus"] in _OVER:
            self._live.pop(named, None)
        else:
            self._live[named] = (
                str(fields.get("ExchangeID", "")),
                str(fields.get("InstrumentID", "")),
            )

    def _find(self, fields: Fields, ref: str) -> Named | None:
        session = fields.get("SessionID")
        if isinstance(session, int):
            named = self._above.get((session, ref))
            if named is not None or session:
                return named
        system_id = str(fields.get("OrderSysID", "")).strip()
        if system_id:
            return self._by_system_id.get((str(fields.get("ExchangeID", "")), system_id))
        # The refusal of an order names no session.
        named = self._by_ref.get(ref)
        own = named is not None and fields.get("RequestID") in (
            named.request_id,
            named.above_request,
        )
        return named if own else None
