"""An SPI object made of ctypes callbacks: the vendor's thread copies the structs, posts, and is back in its library.

A callback on a thread that Python did not make gets a Python thread state for just that call, which costs 20 us. In
the first callback of each thread one is taken and kept.
"""

import atexit
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from anyvenue.venues.ctp.description import Description, Method, ParamKind
from anyvenue.venues.ctp.native.seam import Called, OnCalled

__all__ = ["SpiObject"]

_WORD = ctypes.sizeof(ctypes.c_void_p)
# In front of the methods of a C++ table: the offset to the top and the type.
_FRONT = 2
# A library that is newer than it says calls methods beyond ours: they do nothing.
_SPARE = 32
_KINDS = {
    ParamKind.STRUCT: ctypes.c_void_p,
    ParamKind.INT: ctypes.c_int,
    ParamKind.UNSIGNED: ctypes.c_uint,
    ParamKind.BOOL: ctypes.c_bool,
    ParamKind.CHAR: ctypes.c_char,
    ParamKind.TEXT: ctypes.c_char_p,
}
# How long a thread that has just entered a callback may take to be through it when the process ends.
_GRACE_S = 0.02

Address = int | None
Target = Callable[..., None]


class SpiObject:
    """Callbacks as a C++ object: a word that points to a table of functions.

    After `detach` no callback posts any more, and the table leads to a C function that does nothing: a vendor's
    thread that is late finds something to call. So an SPI's memory is never given back (`_forever`).
    """

    def __init__(
        self,
        methods: Sequence[Method],
        description: Description,
        post: OnCalled,
        now: Callable[[], int],
    ) -> None:
        """Post every callback, stamped by `now`."""
        self._description = description
        self._now = now
        self._lock = threading.Lock()
        self._threads = threading.local()
        self._post = [post]
        self._callbacks = [self._callback(method) for method in methods]
        self._table = (ctypes.c_void_p * (_FRONT + len(methods) + _SPARE))()
        self._fill([ctypes.cast(each, ctypes.c_void_p).value or 0 for each in self._callbacks])
        self._object = (ctypes.c_void_p * 1)(ctypes.addressof(self._table) + _FRONT * _WORD)
        _forever.append(self)
        # An interpreter that ends empties its modules, and with them this list, before the process ends.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))

    @property
    def address(self) -> int:
        """Where the object is."""
        return ctypes.addressof(self._object)

    def detach(self) -> None:
        """Post nothing any more; when this returns, no callback is posting."""
        self._fill([])
        with self._lock:
            self._post[0] = _drop

    def _fill(self, targets: Sequence[int]) -> None:
        nothing = _do_nothing()
        for slot in range(len(self._table) - _FRONT):
            self._table[_FRONT + slot] = targets[slot] if slot < len(targets) else nothing

    def _callback(self, method: Method) -> Any:
        kinds = [_KINDS[param.kind] for param in method.params]
        prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, *kinds)
        return prototype(self._target(method))

    def _target(self, method: Method) -> Target:
        kinds = [param.kind for param in method.params]
        if kinds == [ParamKind.STRUCT]:
            return self._notice(method.name, self._size(method.params[0].struct))
        if kinds == [ParamKind.STRUCT, ParamKind.STRUCT, ParamKind.INT, ParamKind.BOOL]:
            return self._answer(method.name, *(self._size(p.struct) for p in method.params[:2]))
        return self._any(method)

    def _size(self, struct: str) -> int:
        return self._description.layout(struct).size

    # The three are alike on purpose: a call or a loop more would show in the time of every quote.

    def _notice(self, name: str, size: int) -> Target:
        """Make a callback that has a struct and nothing else, as quotes, orders and trades have."""
        post, now, lock, threads = self._post, self._now, self._lock, self._threads
        copy = ctypes.string_at

        def called(_: Address, data: Address) -> None:
            try:
                threads.kept  # noqa: B018
            except AttributeError:
                threads.kept = _keep_thread_state()
            with lock:
                post[0](Called(name, copy(data, size) if data else None, None, 0, True, now()))

        return called

    def _answer(self, name: str, size: int, error_size: int) -> Target:
        """Make a callback that answers a request."""
        post, now, lock, threads = self._post, self._now, self._lock, self._threads
        copy = ctypes.string_at

        def called(_: Address, data: Address, error: Address, number: int, last: bool) -> None:
            try:
                threads.kept  # noqa: B018
            except AttributeError:
                threads.kept = _keep_thread_state()
            raw = copy(data, size) if data else None
            info = copy(error, error_size) if error else None
            with lock:
                post[0](Called(name, raw, info, number, last, now()))

        return called

    def _any(self, method: Method) -> Target:
        """Make a callback of any other form."""
        post, now, lock, threads = self._post, self._now, self._lock, self._threads
        sizes = [self._size(param.struct) if param.struct else 0 for param in method.params]
        kinds = [param.kind for param in method.params]
        is_error = [param.struct == "RspInfo" for param in method.params]
        # OnRspError has nothing but RspInfo; it stays the error.

        def called(_: Address, *values: int | bool | bytes | None) -> None:
            if not hasattr(threads, "kept"):
                threads.kept = _keep_thread_state()
            data = error = None
            number, last = 0, True
            for value, kind, size, info in zip(values, kinds, sizes, is_error, strict=True):
                if kind is ParamKind.STRUCT:
                    raw = ctypes.string_at(value, size) if value else None
                    if info:
                        error = raw
                    else:
                        data = raw
                elif kind is ParamKind.BOOL:
                    last = bool(value)
                elif kind is not ParamKind.TEXT and kind is not ParamKind.CHAR:
                    number = int(value or 0)
            with lock:
                post[0](Called(method.name, data, error, number, last, now()))

        return called


def _drop(_: Called) -> None:
    """Take the place of a closed session's receiver."""


def _keep_thread_state() -> bool:
    """Take this thread's Python state once more than it will be given back, so that it stays."""
    ctypes.pythonapi.PyGILState_Ensure()
    return True


def _do_nothing() -> int:
    """Return the address of a C function that takes anything and does no harm."""
    if sys.platform == "win32":
        function = ctypes.WinDLL("kernel32").GetCurrentProcessId
    else:
        function = ctypes.CDLL(None).getpid
    return ctypes.cast(function, ctypes.c_void_p).value or 0


@atexit.register
def _detach_all() -> None:
    """Lead vendors' threads away from an interpreter that ends: one that enters it then takes the process down."""
    for spi in _forever:
        spi.detach()
    if _forever:
        # Those that have just entered a callback come through it.
        time.sleep(_GRACE_S)


_forever: list[SpiObject] = []
