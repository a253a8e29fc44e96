"""Quotes from a front onto a board: subscriptions that outlive disconnections."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from anyvenue.venues.ctp.tools.access import Access, converse
from anyvenue.venues.ctp.tools.board import Board
from anyvenue.venues.ctp.tools.conversation import Conversation, Heard, Row
from anyvenue.venues.ctp.tools.login import log_in_md

__all__ = ["QuoteFeed"]


class QuoteFeed:
    """A board that a quote front fills; `on_quote` gets each quote of the board on another thread.

    Whoever reads the board holds `lock`.
    """

    def __init__(
        self,
        access: Access,
        flow: Path,
        instruments: Sequence[str],
        timeout: float,
        on_quote: Callable[[Row], None] = lambda row: None,
    ) -> None:
        """Connect, log in and subscribe; raise what the tools raise."""
        self.board = Board(instruments)
        self.lock = Lock()
        self._access = access
        self._timeout = timeout
        self._on_quote = on_quote
        self._cuts = 0
        self._conversation: Conversation = converse(access, "md", flow, self._hear)
        try:
            self._conversation.start(access.fronts("md"))
            self._conversation.wait_connected(timeout)
            self._begin()
        except BaseException:
            self._conversation.close()
            raise

    @property
    def connected(self) -> bool:
        """Whether the front is there."""
        return self._conversation.connected

    def keep(self) -> None:
        """Log in and subscribe again where the connection is a new one; call it now and then.

        Raises what `on_quote` has raised.
        """
        self._conversation.check()
        cuts = len(self._conversation.disconnects)
        if cuts != self._cuts and self._conversation.connected:
            self._begin()
            self._cuts = cuts

    def add(self, instrument: str) -> None:
        """Put an instrument on the board."""
        with self.lock:
            new = self.board.add(instrument)
        if new:
            self._conversation.session.subscribe("SubscribeMarketData", [instrument])

    def remove(self) -> None:
        """Take the chosen instrument from the board."""
        with self.lock:
            gone = self.board.remove()
        if gone:
            self._conversation.session.subscribe("UnSubscribeMarketData", [gone])

    def close(self) -> None:
        """End it."""
        self._conversation.close()

    def _begin(self) -> None:
        log_in_md(self._conversation, self._access, self._timeout)
        if self.board.instruments:
            self._conversation.session.subscribe("SubscribeMarketData", self.board.instruments)

    def _hear(self, heard: Heard) -> None:
        row = heard.fields
        if row is None:
            return
        if heard.callback == "OnRtnDepthMarketData":
            with self.lock:
                shown = self.board.quote(row)
            if shown:
                self._on_quote(row)
        elif heard.callback == "OnRspSubMarketData" and heard.error and heard.error[0]:
            with self.lock:
                self.board.refused[str(row.get("InstrumentID", ""))] = heard.error[1]
