"""The numbered cases, in order."""

from collections.abc import Awaitable, Callable

import msgspec

from anyvenue.testing.conformance.rig import Rig

__all__ = ["Case", "case", "registered"]

Run = Callable[[Rig], Awaitable[None]]


class Case(msgspec.Struct, frozen=True):
    """One thing a driver must do.

    `venue` names the harness's methods it takes, `driver` the fields of `Capabilities` that must be true. A case that
    is not `opened` opens the driver itself.
    """

    number: int
    title: str
    run: Run
    venue: tuple[str, ...] = ()
    driver: tuple[str, ...] = ()
    opened: bool = True

    @property
    def name(self) -> str:
        """The number and the title in one word, for lists and ``-k``."""
        return f"D{self.number:02}-{self.title.replace(' ', '_')}"


_CASES: dict[int, Case] = {}


def case(
    number: int,
    title: str,
    venue: tuple[str, ...] = (),
    driver: tuple[str, ...] = (),
    opened: bool = True,
) -> Callable[[Run], Run]:
    """Register a case; numbers are never given twice, nor to something else later."""

    def register(run: Run) -> Run:
        if number in _CASES:
            raise ValueError(f"case {number} is {_CASES[number].title!r} already")
        _CASES[number] = Case(number, title, run, venue, driver, opened)
        return run

    return register


def registered() -> tuple[Case, ...]:
    """Return all cases by number."""
    return tuple(_CASES[number] for number in sorted(_CASES))
