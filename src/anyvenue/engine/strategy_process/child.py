"""The process of a strategy: makes it, tells it what the node tells, passes on what it wants. Started by `ProcessHost`.

One thread, no loop: a callback may take as long as it likes. While it waits for an answer what comes is put aside.
"""

import faulthandler
import os
import select
import signal
import socket
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from importlib import import_module
from itertools import islice
from time import monotonic, perf_counter_ns
from typing import Any, NoReturn, TypeVar, get_args

import msgspec

from anyvenue.engine.faults import where_of
from anyvenue.engine.strategy_process.messages import (
    Answer,
    Ask,
    Began,
    Begin,
    Credit,
    Failed,
    Held,
    Leave,
    Left,
    Made,
    Raised,
    Refused,
    Start,
    Told,
    ToStrategy,
    decode_to_strategy,
    error_from,
)
from anyvenue.engine.strategy_process.mirror import Mirror
from anyvenue.engine.strategy_process.pace import Pace
from anyvenue.model.errors import AnyvenueError, ConfigError
from anyvenue.model.events import AccountEvent, CommandRefused, TimerFired
from anyvenue.model.market import Bar, Depth, Quote, Trade
from anyvenue.model.orders import Fill, Order
from anyvenue.runtime.journal.codec import decode_value
from anyvenue.runtime.processes.messages import FrameReader, framed, packed
from anyvenue.strategy.base import Strategy

__all__ = ["main", "make_class"]

_QUIET_S = 0.01
_LARGEST_READ = 1 << 18
_T = TypeVar("_T")
_PACED = frozenset({Quote, Depth, Trade, Bar, TimerFired})
_PACED_NAMES = frozenset(each.__name__ for each in _PACED)
_PRICES = (Quote, Depth, Trade, Bar)
_CALLBACKS: dict[type, str] = {
    Quote: "on_quote",
    Depth: "on_depth",
    Trade: "on_trade",
    Bar: "on_bar",
    Order: "on_order",
    Fill: "on_fill",
    TimerFired: "on_timer",
    **dict.fromkeys(get_args(AccountEvent), "on_account"),
    CommandRefused: "on_refused",
}


def main() -> None:
    """Serve the node at the other end of stdin until it says so, or goes."""
    link = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    # What the strategy prints must not get between our messages; the node logs it.
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_node, args=(link.fileno(),), daemon=True).start()
    code = 1
    try:
        code = _Child(link, lambda wait: signal.setitimer(signal.ITIMER_REAL, wait)).run()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    _end(code)


def make_class(factory: str, arguments: tuple[str, ...]) -> type[Strategy]:
    """Return the class that "module:callable" is, or returns for `arguments`; raise ConfigError where there is none."""
    module, _, name = factory.partition(":")
    try:
        made: Any = import_module(module)
        for part in name.split("."):
            made = getattr(made, part)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(
            f"there is no strategy {factory!r} ({error}); it is named as module:class",
            code="config.strategy",
            strategy=factory,
        ) from None
    if not (isinstance(made, type) and issubclass(made, Strategy)):
        made = made(*arguments)
    found: type[Strategy] = made
    return found


def _end_with_node(pipe: int) -> None:
    """End at once when the node is gone, whatever a callback is doing."""
    poll = select.poll()
    poll.register(pipe, 0)  # the end of a pipe is told without being asked for
    poll.poll()
    _end(0)


def _end(code: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    # A strategy's threads would keep the process from ending.
    os._exit(code)


class _Child:
    """The pipe's end and the strategy behind it."""

    def __init__(self, link: socket.socket, alarm: Callable[[float], object]) -> None:
        self._link = link
        self._alarm = alarm
        self._frames = FrameReader()
        self._pending: deque[ToStrategy] = deque()
        self._ahead = 0
        self._answer: Answer | Refused | None = None
        self._questions = 0
        self._pace = Pace()
        self._beat_s, self._patience_s = 1.0, 0.0
        self._beaten = 0.0
        self._faulted = False
        self._goes_on = False
        self._strategy: Strategy | None = None
        self._mirror: Mirror | None = None

    def run(self) -> int:
        """Deal with one message after the other."""
        while True:
            while self._pending:
                message = self._pending.popleft()
                if isinstance(message, Leave):
                    self._leave()
                    return 0
                if not self._take(message):
                    return 1
                self._beat()
            quiet = self._pace.told != self._pace.processed
            if not self._read(_QUIET_S if quiet else self._beat_s):
                self._grant()
            self._beat()

    # ---- the pipe

    def tell(self, message: msgspec.Struct) -> None:
        """Write a message."""
        self._link.settimeout(None)
        self._link.sendall(framed(message))

    def ask(self, what: str, arguments: object, kind: type[_T]) -> _T:
        """Write a question and wait for its answer; what comes before it waits for its turn."""
        self._questions += 1
        self.tell(Ask(self._questions, what, packed(arguments)))
        while self._answer is None:
            self._read(self._beat_s)
            self._beat()
        answer, self._answer = self._answer, None
        if isinstance(answer, Refused):
            raise error_from(answer)
        return msgspec.msgpack.decode(answer.body, type=kind)

    def _read(self, timeout: float) -> bool:
        """Take what comes within `timeout` seconds; return False for nothing."""
        self._link.settimeout(timeout)
        try:
            data = self._link.recv(_LARGEST_READ)
        except TimeoutError:
            return False
        if not data:
            _end(0)
        for frame in self._frames.feed(data):
            message = decode_to_strategy(frame)
            if isinstance(message, Answer | Refused):
                self._catch_up(message)
                self._answer = message
            else:
                self._pending.append(message)
        return True

    def _catch_up(self, answer: Answer | Refused) -> None:
        """Have orders and positions as they were when the answer was given.

        An order that the answer shows as filled must not stand beside the position of before: `target` would buy twice.
        """
        mirror = self._mirror
        assert mirror is not None
        for message in islice(self._pending, self._ahead, None):
            self._reflect(message)
        self._ahead = len(self._pending)
        if isinstance(answer, Answer):
            mirror.take(answer)
        else:
            mirror.pass_time(answer.now)

    def _reflect(self, message: ToStrategy) -> None:
        """Take what a message says of orders and positions."""
        assert self._mirror is not None
        if isinstance(message, Held):
            self._mirror.take(message)
        elif isinstance(message, Told) and message.kind == Order.__name__:
            order = decode_value(message.kind, message.body)
            assert isinstance(order, Order)
            self._mirror.put(order)

    def _beat(self) -> None:
        """Say now and then that this process is alive, and have the system end it when it is not any more.

        The alarm works even where a library keeps the interpreter lock and the node is gone, too.
        """
        now = monotonic()
        if now - self._beaten >= self._beat_s:
            self._beaten = now
            self._alarm(self._patience_s)
            self._grant()

    def _grant(self) -> None:
        if self._strategy is not None:  # the greeting comes first
            total = self._pace.grant()
            self.tell(Credit(self._pace.processed, total))

    # ---- the strategy

    def _take(self, message: ToStrategy) -> bool:
        if isinstance(message, Begin):
            return self._begin(message)
        if self._ahead:
            self._ahead -= 1
        else:
            self._reflect(message)
        if isinstance(message, Start):
            self._start(message)
        elif isinstance(message, Told):
            self._tell_strategy(message)
        return True

    def _begin(self, begin: Begin) -> bool:
        self._beat_s, self._patience_s = begin.heartbeat_s, begin.patience_s
        self._beaten = 0.0
        self._beat()
        self._goes_on = begin.goes_on
        self._mirror = Mirror(begin, self)
        try:
            strategy = make_class(begin.factory, begin.arguments)(**begin.parameters)
        except Exception as error:
            known = isinstance(error, AnyvenueError)
            text = error.text if known else f"{type(error).__name__}: {error} ({where_of(error)})"  # type: ignore[attr-defined]
            code = error.code if known else "strategy.broken"  # type: ignore[attr-defined]
            self.tell(Failed(type(error).__name__, text, code))
            return False
        strategy.instruments = tuple(each.id for each in begin.instruments)
        if begin.instruments:
            strategy.instrument = begin.instruments[0].id
        self._strategy = strategy
        self.tell(Made())
        return True

    def _start(self, message: Start) -> None:
        assert self._mirror is not None
        assert self._strategy is not None
        self._mirror.start(message)
        self._strategy._context = self._mirror
        # Whatever the policy: one that does not get under way is faulted.
        self._call(self._strategy.on_start, goes_on=False)
        if not self._faulted:
            self.tell(Began())

    def _tell_strategy(self, told: Told) -> None:
        mirror, began = self._mirror, perf_counter_ns()
        assert mirror is not None
        if not self._faulted:
            mirror.pass_time(told.now)
            value = decode_value(told.kind, told.body)
            if told.latest:
                mirror.see(value)  # type: ignore[arg-type]
            self._call(
                getattr(self._strategy, _CALLBACKS[type(value)]), value, goes_on=self._goes_on
            )
        if told.kind in _PACED_NAMES:
            self._pace.took(perf_counter_ns() - began)
            if self._pace.due:
                self._grant()

    def _call(self, callback: Callable[..., None], *arguments: object, goes_on: bool) -> None:
        try:
            callback(*arguments)
        except Exception as error:
            self._faulted = not goes_on
            self.tell(Raised(f"{type(error).__name__}: {error}", where_of(error), not goes_on))

    def _leave(self) -> None:
        if not self._faulted and self._strategy is not None:
            self._call(self._strategy.on_stop, goes_on=self._goes_on)
        self.tell(Left())


if __name__ == "__main__":
    main()
