"""FEMAS and TORA in CTP's words and back: tables that the driver and the counter's doors share."""

from anyvenue.venues.ctp.dialects.words import Dialect

__all__ = ["DIALECTS", "words_of"]

DIALECTS = ("femas", "tora", "toraopt", "toramd")
"""APIs whose words are not CTP's own."""


def words_of(dialect: str) -> Dialect | None:
    """Return the words of a dialect, None for one that speaks CTP's own."""
    # Each table is read by whoever speaks it.
    if dialect == "femas":
        from anyvenue.venues.ctp.dialects.femas import FEMAS

        return FEMAS
    if dialect == "tora":
        from anyvenue.venues.ctp.dialects.tora import TORA

        return TORA
    if dialect == "toraopt":
        from anyvenue.venues.ctp.dialects.toraopt import TORA_OPTIONS

        return TORA_OPTIONS
    if dialect == "toramd":
        from anyvenue.venues.ctp.dialects.toramd import TORA_QUOTES

        return TORA_QUOTES
    return None
