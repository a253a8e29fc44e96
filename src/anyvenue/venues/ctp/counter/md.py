"""Market data sessions: subscriptions, snapshots at most so often, and for-quote notices."""

from collections.abc import Callable, Sequence

from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import Depth, Quote, Trade
from anyvenue.venues.ctp.counter.context import Asked, Context, Row
from anyvenue.venues.ctp.counter.errors import NO_ERROR, error_of
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.quotes import Snapshots
from anyvenue.venues.ctp.counter.seam import Answer, Door, Fields, Reason
from anyvenue.venues.ctp.counter.times import date_text, day_text, time_text

__all__ = ["CounterMdSession", "MarketCenter"]

_QUOTE = "OnRtnDepthMarketData"
_NOT_CONNECTED = -1
_FAR = 1 << 62
_SECOND = 1_000_000_000


class _Board:
    """One instrument: its snapshots, and who wants them."""

    __slots__ = ("held", "instrument", "latest", "readers", "sent_at", "snapshots")

    def __init__(self, context: Context, instrument: Instrument) -> None:
        self.instrument = instrument
        self.snapshots = Snapshots(context, instrument)
        self.readers: dict[CounterMdSession, None] = {}
        self.latest: Row | None = None
        self.held: Quote | Depth | None = None
        self.sent_at = 0


class MarketCenter:
    """Turns each of the broker's market events into one answer for all that subscribed."""

    def __init__(self, context: Context, session_id: Callable[[], int]) -> None:
        """Number sessions with `session_id`."""
        self.context = context
        self.session_id = session_id
        self.sessions: dict[CounterMdSession, None] = {}
        self._boards: dict[InstrumentId, _Board] = {}
        self._asked: dict[InstrumentId, dict[CounterMdSession, None]] = {}
        self._held: dict[_Board, None] = {}
        pace = context.profile.quotes_per_second
        self._gap = _SECOND // pace if pace else 0
        self._for_quotes = 0

    # ---- subscriptions

    def hears(self, instrument: Instrument) -> bool:
        """Hear of an instrument's market from now on; return False where the broker refuses to tell of it."""
        if instrument.id not in self._boards:
            self._boards[instrument.id] = _Board(self.context, instrument)
            try:
                self.context.broker.subscribe(instrument.id, self._on_market)
            except AnyvenueError:
                del self._boards[instrument.id]
                return False
        return True

    def join(self, session: "CounterMdSession", instrument: Instrument) -> None:
        """Show an instrument that is heard of to a session, beginning with the latest snapshot."""
        board = self._boards[instrument.id]
        if session in board.readers:
            return
        board.readers[session] = None
        if board.latest is None:
            quote = self.context.broker.quote(instrument.id)
            board.latest = self._row(board, quote) if quote is not None else None
        if board.latest is not None:
            session.tell(Answer(_QUOTE, board.latest))

    def part(self, session: "CounterMdSession", instrument: Instrument) -> None:
        """End the snapshots of an instrument."""
        board = self._boards.get(instrument.id)
        if board is not None:
            board.readers.pop(session, None)

    def ask(self, session: "CounterMdSession", instrument: Instrument, wanted: bool) -> None:
        """Begin or end the for-quote notices of an instrument."""
        readers = self._asked.setdefault(instrument.id, {})
        if wanted:
            readers[session] = None
        else:
            readers.pop(session, None)

    def leave(self, session: "CounterMdSession") -> None:
        """Forget a session."""
        self.sessions.pop(session, None)
        for board in self._boards.values():
            board.readers.pop(session, None)
        for readers in self._asked.values():
            readers.pop(session, None)

    # ---- what happens

    def _on_market(self, event: Event) -> None:
        if isinstance(event, Depth | Quote):
            board = self._boards[event.instrument]
            if not board.readers:
                board.latest = None
            elif self._gap and event.ts_recv < board.sent_at + self._gap:
                board.held = event
                self._held[board] = None
            else:
                self._show(board, event)
        elif isinstance(event, Trade):
            self._boards[event.instrument].snapshots.learn_trade(event)

    def _show(self, board: _Board, event: Quote | Depth) -> None:
        board.sent_at = event.ts_recv
        row = board.latest = self._row(board, event)
        answer = Answer(_QUOTE, row)
        for reader in board.readers:
            reader.door.answer(answer)

    def _row(self, board: _Board, event: Quote | Depth) -> Row:
        if isinstance(event, Depth):
            return board.snapshots.of_depth(event)
        return board.snapshots.of_quote(event)

    def for_quote(self, instrument: Instrument) -> None:
        """Tell who listens that a quote is wanted."""
        now = self.context.now()
        self._for_quotes += 1
        row: Row = {
            "TradingDay": day_text(self.context.trading_day),
            "InstrumentID": instrument.symbol,
            "ForQuoteSysID": f"{self._for_quotes:>12}",
            "ForQuoteTime": time_text(now),
            "ActionDay": date_text(now),
            "ExchangeID": exchange_id(instrument.exchange),
        }
        answer = Answer("OnRtnForQuoteRsp", row)
        for reader in list(self._asked.get(instrument.id, ())):
            reader.tell(answer)

    # ---- pace

    @property
    def due(self) -> int:
        """When a snapshot that waits may be shown, int ns UTC."""
        return min((board.sent_at + self._gap for board in self._held), default=_FAR)

    def run_due(self, now: int) -> None:
        """Show the snapshots that have waited long enough."""
        for board in [each for each in self._held if each.sent_at + self._gap <= now]:
            held, board.held = board.held, None
            del self._held[board]
            if held is not None and board.readers:
                row = board.latest = self._row(board, held)
                board.sent_at = now
                answer = Answer(_QUOTE, row)
                for reader in list(board.readers):
                    reader.tell(answer)


class CounterMdSession:
    """Implements `seam.MdSession`. Any login is good, as it is at market data fronts."""

    def __init__(
        self, center: MarketCenter, door: Door, address: str, queries: dict[str, Asked]
    ) -> None:
        """Answer at `door`."""
        self.center = center
        self.door = door
        self.address = address
        self.closed = False
        self.user_id: str | None = None
        self._queries = queries
        center.sessions[self] = None

    # ---- seam.MdSession

    def request(self, name: str, fields: Fields, request_id: int) -> int:
        """Take ReqUserLogin, ReqUserLogout or ReqQryMulticastInstrument."""
        if self.closed:
            return _NOT_CONNECTED
        if name == "ReqUserLogin":
            self.tell(Answer("OnRspUserLogin", self._login(fields), NO_ERROR, request_id))
        elif name == "ReqUserLogout":
            row: Row = {"BrokerID": fields.get("BrokerID", ""), "UserID": fields.get("UserID", "")}
            self.user_id = None
            self.tell(Answer("OnRspUserLogout", row, NO_ERROR, request_id))
            self.cut()
        elif name == "ReqQryMulticastInstrument":
            error = None if self.user_id is not None else error_of("NOT_LOGIN_YET")
            self.tell(Answer("OnRspQryMulticastInstrument", None, error, request_id))
        else:
            self.tell(Answer("OnRspError", None, error_of("NO_FOUND_FUNCTION"), request_id))
        return 0

    def subscribe(self, instruments: Sequence[str]) -> int:
        """Begin the quotes of instruments."""
        center = self.center
        return self._each(instruments, "OnRspSubMarketData", center.join, center.hears)

    def unsubscribe(self, instruments: Sequence[str]) -> int:
        """End them."""
        return self._each(instruments, "OnRspUnSubMarketData", self.center.part)

    def subscribe_for_quote(self, instruments: Sequence[str]) -> int:
        """Begin the for-quote notices."""
        ask = self.center.ask
        return self._each(
            instruments, "OnRspSubForQuoteRsp", lambda me, each: ask(me, each, wanted=True)
        )

    def unsubscribe_for_quote(self, instruments: Sequence[str]) -> int:
        """End them."""
        ask = self.center.ask
        return self._each(
            instruments, "OnRspUnSubForQuoteRsp", lambda me, each: ask(me, each, wanted=False)
        )

    def close(self) -> None:
        """Forget the client."""
        self.closed = True
        self.center.leave(self)

    # ---- inside

    def tell(self, answer: Answer) -> None:
        """Deliver an answer."""
        if not self.closed:
            self.door.answer(answer)

    def cut(self, reason: Reason = Reason.READ) -> None:
        """End the connection."""
        if not self.closed:
            self.close()
            self.door.cut(reason)

    def _login(self, fields: Fields) -> Row:
        context = self.center.context
        self.user_id = str(fields.get("UserID", ""))
        at = time_text(context.now())
        return {
            "TradingDay": "",  # as fronts answer: the day is in the quotes
            "LoginTime": at,
            "BrokerID": fields.get("BrokerID", ""),
            "UserID": self.user_id,
            "SystemName": context.profile.system_name,
            "FrontID": context.profile.front_id,
            "SessionID": self.center.session_id(),
        }

    def _each(
        self,
        instruments: Sequence[str],
        callback: str,
        act: Callable[["CounterMdSession", Instrument], None],
        may: Callable[[Instrument], bool] = lambda _: True,
    ) -> int:
        """Answer for each instrument that there is and that `may` be, then let its data come."""
        if self.closed:
            return _NOT_CONNECTED
        last = len(instruments) - 1
        found: list[Instrument] = []
        for number, code in enumerate(instruments):
            instrument = self.center.context.names.find(code)
            error = NO_ERROR
            if self.user_id is None:
                error = error_of("NOT_LOGIN_YET")
            elif instrument is None or not may(instrument):
                error = error_of("INSTRUMENT_NOT_FOUND")
            else:
                found.append(instrument)
            self.tell(Answer(callback, {"InstrumentID": code}, error, 0, number == last))
        for instrument in found:
            act(self, instrument)
        return 0
