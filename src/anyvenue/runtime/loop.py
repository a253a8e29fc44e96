"""One way to run a coroutine to its end: on uvloop where there is one."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["loop_name", "new_event_loop", "run"]

_Result = TypeVar("_Result")


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a uvloop loop, or asyncio's own where uvloop is not installed (Windows)."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def loop_name() -> str:
    """Return which loop `run` uses."""
    loop = new_event_loop()
    try:
        return type(loop).__module__.partition(".")[0]
    finally:
        loop.close()


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a coroutine in a loop of its own and return its result."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
