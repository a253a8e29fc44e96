"""Who wants which instrument: one subscription upstream, however many clients."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from anyvenue.venues.ctp.counter.errors import NO_ERROR
from anyvenue.venues.ctp.counter.seam import Answer
from anyvenue.venues.ctp.json.envelope import FAILED, RETURN_CODES, failure
from anyvenue.venues.ctp.json.frames import Shared
from anyvenue.venues.ctp.json.terms import Guest

if TYPE_CHECKING:
    from anyvenue.venues.ctp.json.market_share import MarketShare

__all__ = ["Boards"]


class _Board:
    """One instrument: who reads it, who waits for the answer, and its latest quote."""

    __slots__ = ("latest", "on", "readers", "wishes")

    def __init__(self) -> None:
        self.readers: dict[Guest, None] = {}
        self.wishes: list[_Wish] = []
        self.latest: Shared | None = None
        self.on = False


class _Wish:
    """One request for several instruments: answered when upstream has answered for each."""

    __slots__ = ("codes", "errors", "guest", "told")

    def __init__(self, guest: Guest, codes: Sequence[str]) -> None:
        self.guest = guest
        self.codes = codes
        self.errors: dict[str, tuple[int, str]] = {}
        self.told = False


class Boards:
    """The instruments of one kind of subscription."""

    def __init__(self, share: "MarketShare", callback: str, end_callback: str) -> None:
        """Answer with `callback`, and with `end_callback` to the end of a subscription."""
        self._share = share
        self._callback = callback
        self._end_callback = end_callback
        self._boards: dict[str, _Board] = {}

    @property
    def codes(self) -> list[str]:
        """The instruments that upstream is asked for."""
        return list(self._boards)

    def subscribe(self, guest: Guest, codes: Sequence[str]) -> None:
        """Begin for a client."""
        wish = _Wish(guest, codes)
        ask: list[str] = []
        for code in dict.fromkeys(codes):
            board = self._boards.get(code)
            if board is not None and board.on:
                wish.errors[code] = NO_ERROR
                continue
            if board is None:
                board = self._boards[code] = _Board()
                ask.append(code)
            board.wishes.append(wish)
        if ask:
            self._ask(ask)
        self._settle(wish)

    def unsubscribe(self, guest: Guest, codes: Sequence[str]) -> None:
        """End for a client."""
        last = len(codes) - 1
        for number, code in enumerate(codes):
            row = {"InstrumentID": code}
            answer = Answer(self._end_callback, row, NO_ERROR, 0, number == last)
            guest.tell(self._share.plain(answer))
        self._part(guest, codes)

    def answered(self, answer: Answer) -> None:
        """Hear upstream's word on one instrument."""
        if answer.fields is not None:
            code = str(answer.fields.get("InstrumentID", ""))
            self._resolve(code, answer.error or NO_ERROR)

    def show(self, code: str, quote: Shared) -> None:
        """Give a quote to all readers."""
        board = self._boards.get(code)
        if board is not None:
            board.latest = quote
            for guest in board.readers:
                guest.quote(code, quote)

    def report(self, code: str, message: Shared) -> None:
        """Give a notice to all readers; it is no quote that the next one replaces."""
        board = self._boards.get(code)
        if board is not None:
            for guest in board.readers:
                guest.report(message)

    def leave(self, guest: Guest) -> None:
        """Forget a client."""
        self._part(guest, [code for code, each in self._boards.items() if guest in each.readers])
        for board in self._boards.values():
            board.wishes = [each for each in board.wishes if each.guest is not guest]

    def lost(self) -> None:
        """Hear that upstream is gone: what waits is refused, what runs begins again with the next login."""
        for code, board in list(self._boards.items()):
            board.on = False
            if board.wishes:
                self._resolve(code, FAILED)
            if not board.readers:
                self._boards.pop(code, None)

    def begin_again(self) -> None:
        """Ask for everything that clients read."""
        if self._boards:
            self._ask(list(self._boards))

    def clear(self) -> None:
        """Forget everything."""
        self._boards.clear()

    # ---- inside

    def _ask(self, codes: list[str]) -> None:
        code = self._share.ask(self._callback, codes)
        if code:
            for each in codes:
                self._resolve(each, RETURN_CODES.get(code, (code, FAILED[1])))

    def _resolve(self, code: str, error: tuple[int, str]) -> None:
        board = self._boards.get(code)
        if board is None:
            return
        board.on = not error[0]
        wishes, board.wishes = board.wishes, []
        if not board.on and not board.readers:
            del self._boards[code]
        for wish in wishes:
            wish.errors[code] = error
            self._settle(wish)

    def _settle(self, wish: _Wish) -> None:
        """Answer a request once upstream has answered for all of it, then let its quotes come."""
        if wish.told or any(code not in wish.errors for code in wish.codes):
            return
        wish.told = True
        guest = wish.guest
        errors = set(wish.errors.values())
        if len(errors) == 1 and -3 <= next(iter(errors))[0] <= -1:
            guest.tell(failure(self._callback[2:], next(iter(errors))))
            return
        last = len(wish.codes) - 1
        for number, code in enumerate(wish.codes):
            row = {"InstrumentID": code}
            answer = Answer(self._callback, row, wish.errors[code], 0, number == last)
            guest.tell(self._share.plain(answer))
        for code in dict.fromkeys(wish.codes):
            board = self._boards.get(code)
            if board is not None and board.on and guest not in board.readers:
                board.readers[guest] = None
                if board.latest is not None:
                    guest.quote(code, board.latest)

    def _part(self, guest: Guest, codes: Sequence[str]) -> None:
        over: list[str] = []
        for code in codes:
            board = self._boards.get(code)
            if board is None or guest not in board.readers:
                continue
            del board.readers[guest]
            if not board.readers and not board.wishes:
                del self._boards[code]
                over.append(code)
        if over:
            self._share.ask(self._end_callback, over)
