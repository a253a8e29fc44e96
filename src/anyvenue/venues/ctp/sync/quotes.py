"""The quotes' side: a login after every connection, subscriptions that outlive it, the latest quote of each code."""

from collections.abc import Callable
from threading import Condition

from anyvenue.venues.ctp.sync.link import Answered, Link, OpenSession, Row
from anyvenue.venues.ctp.sync.records import Quote, quote_of
from anyvenue.venues.ctp.sync.terms import SyncTerms
from anyvenue.venues.ctp.sync.worker import Worker

__all__ = ["Quotes"]


class Quotes:
    """Subscribes and keeps what comes. `changed` is notified of every quote and every change of the connection."""

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
        self.refused: dict[str, str] = {}
        self.latest: dict[str, tuple[int, Quote]] = {}
        self.on_quote: Callable[[Quote], None] = self.publish
        self._login = {"BrokerID": terms.broker_id, "UserID": user, "Password": password}
        self._front = terms.md_front
        self._worker = worker
        self._changed = changed
        self._wanted: dict[str, None] = {}
        self._count = 0
        self.link = Link(open_session, worker, self._hear, trader=False)

    def start(self) -> None:
        """Connect; on the worker's thread."""
        self.link.session.start([self._front])

    def want(self, code: str) -> None:
        """Subscribe a code that is not subscribed yet; from any thread."""
        with self._changed:
            if code in self._wanted and code not in self.refused:
                return
            self._wanted[code] = None
            self.refused.pop(code, None)
        self._worker.post(lambda: self._subscribe([code]))

    def publish(self, quote: Quote) -> None:
        """Make a quote the latest of its code; from any thread."""
        with self._changed:
            self._count += 1
            self.latest[quote.InstrumentID] = (self._count, quote)
            self._changed.notify_all()

    def _subscribe(self, codes: list[str]) -> None:
        # Without a login it happens after the next one.
        if self.ready and codes:
            self.link.session.subscribe("SubscribeMarketData", codes)

    def _hear(self, callback: str, fields: Row, error: tuple[int, str]) -> None:
        if callback == "OnRtnDepthMarketData":
            self.on_quote(quote_of(fields))
        elif callback == "OnFrontConnected":
            self.link.ask("ReqUserLogin", self._login, self._logged_in)
        elif callback == "OnFrontDisconnected":
            self.link.drop("the quote front was lost")
            self._set(False, "")
        elif callback == "OnRspSubMarketData" and error[0]:
            with self._changed:
                self.refused[str(fields.get("InstrumentID", ""))] = f"{error[1]} ({error[0]})"
                self._changed.notify_all()

    def _logged_in(self, answered: Answered) -> None:
        code, text = answered.error
        self._set(not code, f"the quote front refused the login: {text} ({code})" if code else "")
        self._subscribe(list(self._wanted))

    def _set(self, ready: bool, failure: str) -> None:
        with self._changed:
            self.ready, self.failure = ready, failure
            self._changed.notify_all()
