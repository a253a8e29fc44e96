"""What the environment says to our libraries and classes alike: pacing, reconnecting, and what is said aloud."""

import sys
from collections.abc import Mapping

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["LinkSettings", "Speaker", "read_link_settings"]


class LinkSettings(msgspec.Struct, frozen=True):
    """How a link behaves: queries a second (0 no limit, -1 what the front says), and the pause between attempts."""

    pace: int = -1
    reconnect_s: float = 1.0
    quiet: bool = False


def read_link_settings(environ: Mapping[str, str]) -> LinkSettings:
    """Return what ``ANYVENUE_CTP_PACE``, ``_RECONNECT_MS`` and ``_QUIET`` say; raise ConfigError."""
    return LinkSettings(
        _number(environ, "ANYVENUE_CTP_PACE", -1),
        _number(environ, "ANYVENUE_CTP_RECONNECT_MS", 1_000) / 1_000,
        _number(environ, "ANYVENUE_CTP_QUIET", 0) != 0,
    )


class Speaker:
    """Tells a program's user something on the standard error, once: reconnecting repeats itself every second."""

    def __init__(self, quiet: bool) -> None:
        """Say nothing at all when `quiet`."""
        self._quiet = quiet
        self._said: set[str] = set()

    def say(self, text: str) -> None:
        """Say it, unless it was said."""
        if text not in self._said and not self._quiet:
            self._said.add(text)
            print(f"anyvenue: {text}", file=sys.stderr)


def _number(environ: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environ.get(name) or str(otherwise)
    try:
        return int(text)
    except ValueError:
        raise ConfigError(
            f"{name} is a whole number, was {text!r}",
            code="config.ctp_setting",
            name=name,
            value=text,
        ) from None
