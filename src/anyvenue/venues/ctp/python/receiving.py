"""From the link's thread to the program's callbacks: structs for bytes, and nothing done for what nobody overrides."""

from collections.abc import Callable, Set
from typing import Any

from anyvenue.venues.ctp.description import Method, ParamKind
from anyvenue.venues.ctp.python.structs import StructFamily, unpack_struct
from anyvenue.venues.ctp.python.table import Callback

__all__ = ["Receiver"]

_Plan = Callable[[bytes | None, bytes | None, int, bool], tuple[object, ...]]
_NOTICE = [ParamKind.STRUCT]


class Receiver:
    """Calls the methods of `spi`, which is kept alive; `silent` are the functions that do nothing."""

    def __init__(self, family: StructFamily, silent: Set[object]) -> None:
        """Call nobody yet."""
        self.spi: object | None = None
        self._family = family
        self._silent = silent
        self._plans: dict[str, _Plan] = {}

    def __call__(
        self, callback: Callback, data: bytes | None, info: bytes | None, number: int, last: bool
    ) -> None:
        """Call the program back; raise what it raises."""
        spi = self.spi
        if spi is None:
            return
        name = callback.name
        called: Callable[..., Any] = getattr(spi, name)
        if getattr(called, "__func__", None) in self._silent:
            return
        plan = self._plans.get(name)
        if plan is None:
            plan = self._plans[name] = _plan(self._family, callback.method)
        called(*plan(data, info, number, last))


def _plan(family: StructFamily, method: Method) -> _Plan:
    """Return how to make a callback's arguments."""
    if [param.kind for param in method.params] == _NOTICE and method.struct:
        kind = family[method.struct]

        def notice(
            data: bytes | None, info: bytes | None, number: int, last: bool
        ) -> tuple[object, ...]:
            return (unpack_struct(kind, data) if data is not None else None,)

        return notice
    parts = [(param.kind, param.struct) for param in method.params]
    kinds = {struct: family[struct] for _, struct in parts if struct}

    def arguments(
        data: bytes | None, info: bytes | None, number: int, last: bool
    ) -> tuple[object, ...]:
        made: list[object] = []
        for kind, struct in parts:
            if kind is ParamKind.STRUCT:
                raw = info if struct == "RspInfo" else data
                made.append(None if raw is None else unpack_struct(kinds[struct], raw))
            else:
                made.append(last if kind is ParamKind.BOOL else number)
        return tuple(made)

    return arguments
