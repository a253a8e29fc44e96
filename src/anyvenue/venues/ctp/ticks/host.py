"""Runs one tick strategy over two API objects: a trader's and a market data's, of a library or of a counter here."""

from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue

from anyvenue.model.errors import AuthError
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.native.seam import Called, LibrarySession, OnCalled
from anyvenue.venues.ctp.ticks.books import Books
from anyvenue.venues.ctp.ticks.desk import Desk
from anyvenue.venues.ctp.ticks.loading import Contracts, Loading, check_api
from anyvenue.venues.ctp.ticks.login import Login
from anyvenue.venues.ctp.ticks.marks import Marks
from anyvenue.venues.ctp.ticks.numbers import text_of, whole
from anyvenue.venues.ctp.ticks.queries import Queries
from anyvenue.venues.ctp.ticks.rules import Rules, rules_of
from anyvenue.venues.ctp.ticks.strategy import TickStrategy
from anyvenue.venues.ctp.ticks.structs import DepthMarketData, Order, Trade
from anyvenue.venues.ctp.ticks.views import Views

__all__ = ["OpenSession", "TickHost"]

_NS = 1_000_000_000
_LONGEST_WAIT_S = 0.5
_RESTART = 0
_CONFIRM = "ReqSettlementInfoConfirm"
_TRANSFERS = frozenset(
    {
        "OnRtnFromBankToFutureByBank",
        "OnRtnFromBankToFutureByFuture",
        "OnRtnFromFutureToBankByBank",
        "OnRtnFromFutureToBankByFuture",
    }
)
_REFUSALS = frozenset({"OnRspOrderInsert", "OnRspOrderAction", "OnErrRtnOrderAction"})

OpenSession = Callable[[OnCalled], LibrarySession]
"""Makes an API object whose callbacks go to the function it is given; raises ConfigError."""

Row = dict[str, Value]


class TickHost:
    """Logs in, loads the account, keeps the books and calls the strategy; comes back after every disconnect.

    Callbacks are only queued on the library's threads; everything is done on the thread that calls `run` or
    `run_pending`.
    """

    def __init__(
        self,
        strategy: TickStrategy,
        login: Login,
        open_trader: OpenSession,
        open_md: OpenSession,
        now: Callable[[], int],
        *,
        rules: Rules | None = None,
        query_gap_s: float = 1.0,
    ) -> None:
        """Open both API objects; raise ConfigError for an API that is too different from CTP's.

        `now` gives int ns UTC; queries are `query_gap_s` apart. `rules` are by default CTP's, or with a library of
        anyvenue's those of its own counter.
        """
        self.strategy = strategy
        self.ready = False
        self._login = login
        self._queue: SimpleQueue[tuple[bool, Called] | None] = SimpleQueue()
        self._trader = open_trader(lambda called: self._queue.put((True, called)))
        self._md = open_md(lambda called: self._queue.put((False, called)))
        description = self._trader.description
        check_api(description)
        self._views, self._md_views = Views(description), Views(self._md.description)
        self._order, self._trade = self._views.of(Order), self._views.of(Trade)
        self._tick = self._md_views.of(DepthMarketData)
        self._info = description.layout("RspInfo")
        self._contracts = Contracts(description)
        rules = rules or rules_of(self._trader.version)
        books = Books(rules, Marks(), self._contracts.get)
        self.desk = strategy.desk = Desk(self._trader, login, books, now)
        self._books = books
        self._queries = Queries(self._trader, now, query_gap_s)
        self._loading = Loading(
            self._queries, description, login, books, self._contracts, self._loaded
        )
        self._now = now
        self._wanted = frozenset(strategy.instruments)
        self._subscribed: set[str] = set()
        self._md_in = self._started = self._stopping = self._closed = False
        self._last_request = 0
        self._steps: dict[str, Callable[[Called], None]] = {
            "OnFrontConnected": self._connected,
            "OnFrontDisconnected": self._disconnected,
            "OnRspAuthenticate": self._authenticated,
            "OnRspUserLogin": self._logged_in,
            "OnRspSettlementInfoConfirm": self._confirmed,
            "OnRtnOrder": self._on_order,
            "OnRtnTrade": self._on_trade,
        }

    # ---- life

    def start(self, trader_fronts: Sequence[str], md_fronts: Sequence[str]) -> None:
        """Connect; what comes is done by `run` or `run_pending`."""
        self._trader.start(trader_fronts, _RESTART, _RESTART)
        self._md.start(md_fronts)

    def run(self) -> None:
        """Do what comes until `stop`; raise what the strategy raises, and AuthError when the login is refused."""
        while not self._stopping:
            self.run_pending()
            wait = min(max(self.due - self._now(), 0) / _NS, _LONGEST_WAIT_S)
            try:
                self._take(self._queue.get(timeout=wait or 0.001))
            except Empty:
                continue

    @property
    def due(self) -> int:
        """When `run_pending` has something to do by itself, int ns."""
        return self._queries.due

    def run_pending(self) -> int:
        """Do what has come and what is due, without waiting; return how many callbacks there were."""
        count = 0
        while True:
            if self._queries.due <= self._now():
                self._queries.run_due()
            try:
                called = self._queue.get_nowait()
            except Empty:
                return count
            count += 1
            self._take(called)

    def stop(self) -> None:
        """Have `run` return; may be called from any thread."""
        self._stopping = True
        self._queue.put(None)

    def close(self) -> None:
        """Tell the strategy and let go of both API objects; repeated calls do nothing."""
        if self._closed:
            return
        self._closed = True
        if self._started:
            self.strategy.on_stop()
        self._trader.close()
        self._md.close()

    def resync(self) -> None:
        """Ask the counter for the account anew: after what is not followed here, such as an exercise."""
        self._load()

    # ---- callbacks

    def _take(self, item: tuple[bool, Called] | None) -> None:
        if item is None:
            return
        trader, called = item
        if not trader:
            self._take_md(called)
            return
        step = self._steps.get(called.callback)
        if step is not None:
            step(called)
        elif called.callback.startswith("OnRspQry") or called.callback == "OnRspError":
            self._queries.take(called, self._error(called)[0])
        elif called.callback in _REFUSALS:
            self._refused(called)
        elif called.callback in _TRANSFERS:
            self._loading.ask_account()

    def _error(self, called: Called) -> tuple[int, str]:
        if called.error is None:
            return 0, ""
        info = self._info.unpack(called.error)
        return whole(info, "ErrorID"), text_of(info, "ErrorMsg")

    def _row(self, called: Called) -> Row:
        if called.data is None:
            return {}
        struct = self._trader.description.callbacks[called.callback].struct
        return self._trader.description.layout(struct).unpack(called.data)

    def _request(self, session: LibrarySession, name: str, fields: Row) -> None:
        self._last_request += 1
        session.request(name, fields, self._last_request)

    # ---- login

    def _identity(self) -> Row:
        return {"BrokerID": self._login.broker_id, "UserID": self._login.user_id}

    def _connected(self, called: Called) -> None:
        login = self._login
        if login.app_id or login.auth_code:
            app: Row = {"AppID": login.app_id, "AuthCode": login.auth_code}
            self._request(self._trader, "ReqAuthenticate", self._identity() | app)
        else:
            self._log_in()

    def _authenticated(self, called: Called) -> None:
        self._check(called)
        self._log_in()

    def _log_in(self) -> None:
        secret: Row = {"Password": self._login.password}
        self._request(self._trader, "ReqUserLogin", self._identity() | secret)

    def _logged_in(self, called: Called) -> None:
        self._check(called)
        row = self._row(called)
        ref = text_of(row, "MaxOrderRef")
        last = int(ref) if ref.isdecimal() else 0
        self.desk.logged_in(whole(row, "FrontID"), whole(row, "SessionID"), last)
        day = text_of(row, "TradingDay") or self._trader.trading_day()
        self._books.begin(day)
        if _CONFIRM not in self._trader.description.requests:
            self._load()  # MINI's counter knows no statements
            return
        confirm: Row = {"BrokerID": self._login.broker_id, "InvestorID": self._login.investor}
        self._request(self._trader, _CONFIRM, confirm)

    def _confirmed(self, called: Called) -> None:
        self._check(called)
        self._load()

    def _load(self) -> None:
        self.ready = False
        self._queries.drop()
        self._loading.begin(self.strategy.instruments)

    def _check(self, called: Called) -> None:
        """Raise AuthError for a step of the login that was refused."""
        error, text = self._error(called)
        if error:
            self.strategy.on_error(called.callback, error, text, "")
            raise AuthError(
                f"the counter did not let {self._login.user_id!r} in: {called.callback} {error} {text}",
                venue_code=str(error),
                venue_text=text,
            )

    def _disconnected(self, called: Called) -> None:
        self.ready = False
        self._queries.drop()
        self.strategy.on_disconnected(called.number)

    def _loaded(self) -> None:
        self._watch()
        if self.ready:
            return  # rates that were missing have come
        self.ready = True
        self.desk.drop_lost()
        if self._started:
            self.strategy.on_day(self._books.trading_day)
        else:
            self._started = True
            self.strategy.on_start()

    # ---- the account

    def _on_order(self, called: Called) -> None:
        if called.data is None:
            return
        order = self._order(called.data)
        if self._books.on_order(order):
            self._follow_up(order.InstrumentID)
            if self.ready:
                self.strategy.on_order(order)

    def _on_trade(self, called: Called) -> None:
        if called.data is None:
            return
        trade = self._trade(called.data)
        if self._books.on_trade(trade):
            self._follow_up(trade.InstrumentID)
            if self.ready:
                self.strategy.on_trade(trade)

    def _follow_up(self, code: str) -> None:
        """See to it that a contract of the account has its rates and its quotes."""
        if self._books.unpriced:
            self._loading.ask_missing()
        if code not in self._subscribed:
            self._watch()

    def _refused(self, called: Called) -> None:
        error, text = self._error(called)
        row = self._row(called)
        ref = str(row.get("OrderRef", ""))
        if called.callback == "OnRspOrderInsert" and error:
            self.desk.refused(ref)
        if error:
            self.strategy.on_error(called.callback, error, text, ref)

    # ---- quotes

    def _take_md(self, called: Called) -> None:
        if called.callback == "OnRtnDepthMarketData":
            if called.data is not None:
                self._on_tick(self._tick(called.data))
        elif called.callback == "OnFrontConnected":
            self._md_in = False
            secret: Row = {"Password": self._login.password}
            self._request(self._md, "ReqUserLogin", self._identity() | secret)
        elif called.callback == "OnRspUserLogin":
            self._md_in = True
            self._subscribed.clear()
            self._watch()

    def _on_tick(self, tick: DepthMarketData) -> None:
        code = tick.InstrumentID
        self._books.marks.on_tick(code, tick)
        if self.ready and code in self._wanted:
            self.strategy.on_tick(tick)

    def _watch(self) -> None:
        """Subscribe the strategy's instruments, and what is held or ordered: it must be valued."""
        if not self._md_in:
            return
        codes = [code for code in self._codes() if code not in self._subscribed]
        if codes:
            self._subscribed.update(codes)
            self._md.subscribe("SubscribeMarketData", codes)

    def _codes(self) -> Iterable[str]:
        held = [code for code, _ in self._books.sides]
        ordered = [order.code for order in self._books.frozen.claiming.values()]
        codes = dict.fromkeys([*self.strategy.instruments, *held, *ordered])
        for code in list(codes):
            contract = self._contracts.get(code)
            if contract is not None and contract.option:
                codes[contract.underlying] = None
        return [code for code in codes if self._contracts.get(code) or code in self._wanted]
