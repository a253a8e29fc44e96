"""The trading side: authentication, login and confirmation after every connection; orders, instruments, positions."""

from collections.abc import Callable, Mapping
from functools import partial
from threading import Condition

from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.sync.link import Answered, Link, OpenSession, Row
from anyvenue.venues.ctp.sync.orders import Piece, Pieces
from anyvenue.venues.ctp.sync.plugins import TradeData
from anyvenue.venues.ctp.sync.records import Position, position_of
from anyvenue.venues.ctp.sync.terms import SyncTerms
from anyvenue.venues.ctp.sync.worker import Worker

__all__ = ["Trading"]

_BODIES = {
    "OnRtnOrder": "Order",
    "OnRtnTrade": "Trade",
    "OnRspOrderInsert": "InputOrder",
    "OnErrRtnOrderInsert": "InputOrder",
    "OnRspOrderAction": "InputOrderAction",
    "OnErrRtnOrderAction": "OrderAction",
}
_FRONT_LOST = "the trading front was lost"


class Trading:
    """One trading session after another; methods that say so may be called from any thread."""

    def __init__(
        self,
        open_session: OpenSession,
        worker: Worker,
        changed: Condition,
        terms: SyncTerms,
        user: str,
        password: str,
    ) -> None:
        """Open the session; raise ConfigError."""
        self.ready = False
        self.failure = ""
        self.instruments: dict[str, Row | None] = {}
        self.positions: dict[str, Position] = {}
        self.on_trade: Callable[[TradeData], None] = _nobody
        self._terms = terms
        self._user, self._password = user, password
        self._worker = worker
        self._changed = changed
        self._pieces = Pieces()
        self._session = (0, 0)
        self._last_ref = 0
        # How often a position has changed: an answer that was asked for before a trade is not kept.
        self._changes: dict[str, int] = {}
        self.link = Link(open_session, worker, self._hear, trader=True)

    def start(self) -> None:
        """Connect; on the worker's thread. Reports of earlier sessions are not asked for."""
        self.link.session.start([self._terms.td_front], private=2, public=2)

    @property
    def whose(self) -> dict[str, str]:
        """The fields that say whose request it is."""
        return {"BrokerID": self._terms.broker_id, "InvestorID": self._user}

    # ---- from any thread

    def look_up(self, code: str) -> None:
        """Ask for an instrument; `instruments` then has its row, or None where there is none."""
        done = partial(self._looked_up, code)
        self._worker.post(lambda: self.link.ask("ReqQryInstrument", {"InstrumentID": code}, done))

    def ask_position(self, code: str) -> None:
        """Ask for a position, which is in `positions` afterwards; an error leaves it out."""
        self._worker.post(partial(self._ask_position, code))

    def insert(self, fields: Mapping[str, Value], offset: str, volume: int) -> Piece:
        """Send a piece of an order and return it; raise RuntimeError without a session."""
        with self._changed:
            if not self.ready:
                raise RuntimeError(self.failure or "the trading front is not connected")
            self._last_ref += 1
            piece = Piece(str(self._last_ref), volume, offset, 0, *self._session)
            self._pieces.add(piece)
        self._worker.post(partial(self._insert, piece, dict(fields)))
        return piece

    # ---- on the worker's thread

    def _insert(self, piece: Piece, fields: dict[str, Value]) -> None:
        piece.request_id = self.link.next_id()
        numbered = {
            **fields,
            "OrderRef": piece.order_ref,
            "CombOffsetFlag": piece.offset,
            "VolumeTotalOriginal": piece.volume,
            "RequestID": piece.request_id,
        }
        if (piece.front_id, piece.session_id) != self._session:
            self._refuse(piece, (-1, "the session ended before the order was sent"))
            return
        code = self.link.session.request("ReqOrderInsert", numbered, piece.request_id)
        if code:
            self._refuse(piece, (code, f"the library did not take the order ({code})"))

    def _refuse(self, piece: Piece, error: tuple[int, str]) -> None:
        with self._changed:
            self._pieces.refused_as((piece.front_id, piece.session_id, piece.order_ref), error)
            self._changed.notify_all()

    def _ask_position(self, code: str) -> None:
        fields = {**self.whose, "InstrumentID": code}
        done = partial(self._position, code, self._changes.get(code, 0))
        self.link.ask("ReqQryInvestorPosition", fields, done)

    def _position(self, code: str, change: int, answered: Answered) -> None:
        if not answered.error[0] and change != self._changes.get(code, 0):
            self._ask_position(code)
            return
        with self._changed:
            if not answered.error[0]:
                rows = [row for row in answered.rows if row.get("InstrumentID") == code]
                multiplier = (self.instruments.get(code) or {}).get("VolumeMultiple", 1)
                assert isinstance(multiplier, int)
                self.positions[code] = position_of(rows, multiplier or 1)
            self._changed.notify_all()

    def _looked_up(self, code: str, answered: Answered) -> None:
        with self._changed:
            rows = [row for row in answered.rows if row.get("InstrumentID") == code]
            if rows or not answered.error[0]:
                self.instruments[code] = rows[0] if rows else None
            self._changed.notify_all()

    def _hear(self, callback: str, fields: Row, error: tuple[int, str]) -> None:
        if callback == "OnFrontConnected":
            self._authenticate()
        elif callback == "OnFrontDisconnected":
            self._set(False, _FRONT_LOST)
            self.link.drop(_FRONT_LOST)
        elif callback in _BODIES:
            self._on_report(callback, fields, error)

    def _on_report(self, callback: str, fields: Row, error: tuple[int, str]) -> None:
        with self._changed:
            if callback == "OnRtnOrder":
                self._pieces.told(fields)
            elif callback == "OnRtnTrade":
                code = str(fields.get("InstrumentID", ""))
                self._changes[code] = self._changes.get(code, 0) + 1
                self.positions.pop(code, None)
            elif callback in ("OnRspOrderInsert", "OnErrRtnOrderInsert") and error[0]:
                self._pieces.refused(self._session, fields, error)
            self._changed.notify_all()
        info = {"ErrorID": error[0], "ErrorMsg": error[1]} if error[0] else None
        data: TradeData = {"MsgType": callback[2:], "RspInfo": info, _BODIES[callback]: fields}
        self.on_trade(data)

    # ---- coming in

    def _authenticate(self) -> None:
        terms = self._terms
        if not terms.app_id:
            self._log_in(Answered([]))
            return
        fields = {
            "BrokerID": terms.broker_id,
            "UserID": self._user,
            "AppID": terms.app_id,
            "AuthCode": terms.auth_code,
        }
        self.link.ask("ReqAuthenticate", fields, self._log_in)

    def _log_in(self, answered: Answered) -> None:
        if self._failed("the authentication", answered):
            return
        fields = {
            "BrokerID": self._terms.broker_id,
            "UserID": self._user,
            "Password": self._password,
        }
        self.link.ask("ReqUserLogin", fields, self._logged_in)

    def _logged_in(self, answered: Answered) -> None:
        if self._failed("the login", answered):
            return
        row = answered.rows[-1] if answered.rows else {}
        front, session = row.get("FrontID", 0), row.get("SessionID", 0)
        assert isinstance(front, int)
        assert isinstance(session, int)
        highest = str(row.get("MaxOrderRef", "")).strip()
        with self._changed:
            self._session = (front, session)
            self._last_ref = max(self._last_ref, int(highest) if highest.isdigit() else 0)
        self.link.ask("ReqSettlementInfoConfirm", self.whose, self._confirmed)

    def _confirmed(self, answered: Answered) -> None:
        if not self._failed("the settlement's confirmation", answered):
            self.positions.clear()  # what was traded while nobody listened is not known
            self._set(True, "")

    def _failed(self, step: str, answered: Answered) -> bool:
        code, text = answered.error
        if code:
            self._set(False, f"{step} was refused: {text} ({code})")
        return bool(code)

    def _set(self, ready: bool, failure: str) -> None:
        with self._changed:
            self.ready, self.failure = ready, failure
            self._changed.notify_all()


def _nobody(_data: TradeData) -> None:
    pass
