"""Market data: streams that are asked for by subscriptions, and books that mend themselves."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from anyvenue.model.errors import SubscriptionError
from anyvenue.model.events import Event
from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.market import FundingRate
from anyvenue.model.protocols import Transport
from anyvenue.venues.okx.books import Outcome
from anyvenue.venues.okx.errors import CLOSING_SOON
from anyvenue.venues.okx.instruments import Listing
from anyvenue.venues.okx.market_books import Books
from anyvenue.venues.okx.parse import (
    bar_of,
    candle_channel,
    interval_of,
    parse_best,
    parse_funding,
    parse_trade,
)
from anyvenue.venues.okx.pushes import (
    BestPush,
    BookPush,
    CandlePush,
    FundingPush,
    MarkPush,
    Push,
    TradePush,
    decode_frame,
)
from anyvenue.venues.okx.wire import PING, Argument, Frame, Subscribe
from anyvenue.venues.tracking.feed import Feed as Base
from anyvenue.venues.transport.line import Line

__all__ = ["BUSINESS_PATH", "CHANNELS", "LEVELS", "PRIVATE_PATH", "PUBLIC_PATH", "Feed"]

CHANNELS = frozenset({"quotes", "trades", "depth", "bars", "funding"})
LEVELS = 20
PUBLIC_PATH = "/ws/v5/public"
BUSINESS_PATH = "/ws/v5/business"
PRIVATE_PATH = "/ws/v5/private"

_STREAMS = {"quotes": "bbo-tbt", "trades": "trades", "depth": "books", "funding": "funding-rate"}
_MARK = "mark-price"
_TOGETHER = 100  # streams in a message, which may have 64 kB
_ENCODER = msgspec.json.Encoder()


class Feed(Base[Argument]):
    """Subscriptions over two lines: bars have a path of their own.

    `refused` has the latest reasons for which the venue did not give a stream.
    """

    ping = PING

    def __init__(
        self,
        listing: Listing,
        post: Callable[[Event], None],
        now: Callable[[], int],
        connect: Callable[[str], Transport],
        played: Callable[[Instrument], None],
        *,
        backoff_s: float,
    ) -> None:
        """Connect by `connect`, which gets a path; `played` hears of every instrument that is looked at."""
        super().__init__(connect, backoff_s)
        self._listing, self._post, self._now, self._played = listing, post, now, played
        self._books = Books()
        self._rates: dict[InstrumentId, FundingRate] = {}
        self.refused: deque[str] = deque(maxlen=100)

    # ---- asking

    def want(self, instrument: Instrument, channel: str) -> None:
        """Subscribe once; raise SubscriptionError for a channel that the instrument does not have.

        ``all`` is everything but bars, which are made of the rest.
        """
        perpetual = self._listing.type_of(instrument.id) == "SWAP"
        if channel == "all":
            for each in ("quotes", "trades", "depth", *(("funding",) if perpetual else ())):
                self.want(instrument, each)
            return
        kind, _, detail = channel.partition(":")
        stream = candle_channel(detail or "1m") if kind == "bars" else _STREAMS.get(kind)
        if stream is None or (kind == "funding" and not perpetual):
            raise SubscriptionError(
                f"OKX has no channel {channel!r} for {instrument.id}",
                available=tuple(sorted(CHANNELS)),
                instrument=instrument.id,
            )
        self._played(instrument)
        path = BUSINESS_PATH if kind == "bars" else PUBLIC_PATH
        self.ask(path, Argument(stream, inst_id=instrument.venue_symbol))
        if kind == "funding":
            self.ask(path, Argument(_MARK, inst_id=instrument.venue_symbol))

    def subscribe(self, line: Line, names: list[Argument]) -> None:
        """Ask for streams over a line."""
        for start in range(0, len(names), _TOGETHER):
            line.send(_ENCODER.encode(Subscribe("subscribe", names[start : start + _TOGETHER])))

    def lost(self, path: str) -> None:
        """Give the books up that a broken line carried."""
        if path == PUBLIC_PATH:
            self._books.lose()

    # ---- what comes

    def heard(self, frame: bytes) -> None:
        """Take one frame of a market stream; what cannot be read is counted in `malformed`."""
        try:
            push = decode_frame(frame)
            if isinstance(push, Frame):
                self._on_event(push)
                return
            instrument = self._listing.find("", push.arg.inst_id)
            if instrument is not None:
                self._take(push, instrument)
        except (msgspec.MsgspecError, ValueError, ArithmeticError):
            self.malformed += 1

    def _on_event(self, frame: Frame) -> None:
        if frame.event == "notice" and frame.code == CLOSING_SOON:
            # Every connection is told so on its own; a new one in place of a good one does no harm.
            for line in self._lines.values():
                line.restart()
        elif frame.event == "error":
            self.refused.append(f"[{frame.code}] {frame.msg}")

    def _take(self, push: Push, instrument: Instrument) -> None:
        now, name = self._now(), instrument.id
        if isinstance(push, BookPush):
            self._on_book(push, name, now)
        elif isinstance(push, BestPush):
            for best in push.data:
                self._post(parse_best(best, name, now))
        elif isinstance(push, TradePush):
            for trade in push.data:
                self._post(parse_trade(trade, name, now))
        elif isinstance(push, CandlePush):
            interval = interval_of(push.arg.channel)
            if interval is not None:
                for row in push.data:
                    self._post(bar_of(row, name, interval, now, inverse=instrument.inverse))
        elif isinstance(push, FundingPush):
            for funding in push.data:
                rate = parse_funding(funding, name, now)
                if rate is not None:
                    self._on_funding(rate)
        elif isinstance(push, MarkPush):
            for mark in push.data:
                self._on_mark(Decimal(mark.mark_px), int(mark.ts) * 1_000_000, name, now)

    def _on_funding(self, told: FundingRate) -> None:
        known = self._rates.get(told.instrument)
        rate = told if known is None else replace(told, mark=known.mark)
        self._rates[told.instrument] = rate
        self._post(rate)

    def _on_mark(self, mark: Decimal, ts: int, name: InstrumentId, now: int) -> None:
        """Tell the rate again with the mark, which has a stream of its own; before there is a rate it waits."""
        known = self._rates.get(name)
        if known is not None:
            self._rates[name] = rate = replace(known, ts_event=ts, ts_recv=now, mark=mark)
            self._post(rate)

    def _on_book(self, push: BookPush, name: InstrumentId, now: int) -> None:
        book, outcome, frames = self._books.take(push)
        if outcome is Outcome.APPLIED:
            self._post(book.depth(name, book.ts_ms * 1_000_000, now, LEVELS))
        line = self._lines.get(PUBLIC_PATH)
        if line is not None and line.is_open:
            for each in frames:
                line.send(each)
