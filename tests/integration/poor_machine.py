"""A program, not a test: run anyvenue where what only POSIX has is missing, much as on Windows."""

import asyncio
import importlib
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

MISSING = {"uvloop", "fcntl", "resource", "termios", "tty", "pwd", "grp", "syslog", "pty"}
POSIX_CALLS = ("fork", "forkpty", "getuid", "geteuid", "getgid", "killpg", "setsid", "mkfifo")


class Missing(MetaPathFinder):
    """Finds nothing by those names, and says so before anybody else is asked."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name.partition(".")[0] in MISSING:
            raise ImportError(f"no module named {name!r} on this machine", name=name)


def no_signals(*_: object) -> None:
    """Do what the event loops of Windows do."""
    raise NotImplementedError


def make_poor() -> None:
    """Take away what is not everywhere. asyncio is loaded already: on POSIX it needs fcntl itself."""
    for name in MISSING:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, Missing())
    for name in POSIX_CALLS:
        delattr(os, name)
    for name in ("SIGHUP", "SIGALRM", "SIGUSR1", "SIGKILL", "setitimer", "pthread_kill"):
        delattr(signal, name)
    asyncio.SelectorEventLoop.add_signal_handler = no_signals  # type: ignore[assignment]
    asyncio.SelectorEventLoop.remove_signal_handler = no_signals  # type: ignore[assignment]


def import_everything() -> None:
    """Import every module there is."""
    package = importlib.import_module("anyvenue")
    count = 0
    for module in pkgutil.walk_packages(package.__path__, "anyvenue.", onerror=fail):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            count += 1
    print(f"{count} modules")


def fail(name: str) -> None:
    raise ImportError(f"{name} cannot be imported")


def run_engine() -> None:
    """Run a connection and a backtest."""
    from anyvenue import backtest, connect
    from anyvenue.engine.synthetic import synthetic_feed
    from anyvenue.reference.catalog import Catalog
    from anyvenue.strategy.library import built_in

    with connect("sim", speed=100.0) as venue:
        print(venue.buy("rb2701.SHFE", 1).wait(60).state)
    catalog = Catalog(20260915)
    feed = synthetic_feed(
        catalog, date=20260915, seed=1, instruments=["IF2609"], days=1, hours="real"
    )
    result = backtest(built_in("ema_cross"), feed.sources, catalog=catalog)
    print(f"recount {result.recount_holds}")


def run_command(*arguments: str) -> None:
    """Run the command line in this process."""
    from anyvenue.app.main import main

    sys.argv = ["anyvenue", *arguments]
    try:
        main()
    except SystemExit as end:
        print(f"exit {end.code or 0}")


def interrupt_in(seconds: float) -> None:
    """Let a signal come from nowhere."""
    timer = threading.Timer(seconds, signal.raise_signal, (signal.SIGTERM,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    make_poor()
    import_everything()
    run_engine()
    run_command("demo", "--seconds", "1")
    interrupt_in(0.5)
    run_command("demo", "--seconds", "60", "--json")
