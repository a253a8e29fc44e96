"""Which libraries an account uses, and sessions of them: what the driver is given instead in tests."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.native.seam import LibrarySession, OnCalled

__all__ = ["NativeLibraries", "Sessions", "is_listening"]

_PATIENCE_S = 2.0
_PRODUCTION = "bIsProductionMode"


class Sessions(Protocol):
    """Makes the two API objects of an account; both raise ConfigError."""

    def trader(self, post: OnCalled) -> LibrarySession:
        """Make a trader session whose callbacks go to `post`."""
        ...

    def md(self, post: OnCalled) -> LibrarySession:
        """Make a market data session."""
        ...

    def close(self) -> None:
        """Clean up once both are closed."""
        ...


class NativeLibraries:
    """Sessions of vendors' libraries through ctypes; a folder of one's own for each object's files."""

    def __init__(self, config: CtpConfig, now: Callable[[], int] = time.time_ns) -> None:
        """Use what `config` names; nothing is loaded yet. Callbacks are stamped by `now`."""
        self._config = config
        self._now = now
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def trader(self, post: OnCalled) -> LibrarySession:
        """Load the trader library and make a session."""
        return self._open(self._config.library, "trader", post)

    def md(self, post: OnCalled) -> LibrarySession:
        """Load the market data library and make a session."""
        return self._open(self._config.md_library or self._config.library, "md", post)

    def close(self) -> None:
        """Remove the temporary folder."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _open(self, name: str, which: Literal["trader", "md"], post: OnCalled) -> LibrarySession:
        # ctypes and the libraries are loaded by whoever trades with them, not by whoever reads a configuration.
        from anyvenue.venues.ctp.dialects.spoken import translated
        from anyvenue.venues.ctp.native.catalogue import find_library
        from anyvenue.venues.ctp.native.library import open_library
        from anyvenue.venues.ctp.native.session import open_session

        library = open_library(find_library(name, which), which)
        options: dict[str, str | bool] = {}
        # Which counter it is for only the newest version's factory is told.
        if self._config.environment == "test" and _PRODUCTION in library.api.create:
            options[_PRODUCTION] = False
        flow = self._flow() / which

        def make(posted: OnCalled) -> LibrarySession:
            return open_session(library, flow, posted, self._now, options=options)

        return translated(library.description, make, post)

    def _flow(self) -> Path:
        if self._config.flow:
            # Two accounts in one folder lose reports.
            return Path(self._config.flow).expanduser() / self._config.broker / self._config.user
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="anyvenue-ctp-")
        return Path(self._temporary.name)


async def is_listening(fronts: str) -> bool:
    """Tell whether something answers at one of the fronts (``tcp://HOST:PORT``, with commas between them)."""
    for front in fronts.split(","):
        parts = urlsplit(front.strip())
        with suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.close()
            return True
    return False
