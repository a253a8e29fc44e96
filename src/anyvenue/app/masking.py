"""The last line of defence: a secret that was revealed is struck out of whatever the command line is about to say.

Nothing of ours puts a secret into a text. A vendor's library may: some repeat the rejected key in their error.
"""

__all__ = ["MASK", "masked", "remember"]

MASK = "***"
# A shorter one would strike out ordinary words, and is no secret.
_SHORTEST = 4

_known: dict[str, None] = {}


def remember(value: str) -> None:
    """Strike `value` out from now on, in this process."""
    if len(value) >= _SHORTEST:
        _known[value] = None


def masked(text: str) -> str:
    """Return `text` without any secret that was revealed, the longest first."""
    for value in sorted(_known, key=len, reverse=True):
        if value in text:
            text = text.replace(value, MASK)
    return text
