"""Break lines by what they take on the screen: Chinese letters are two cells wide and need no space to break at."""

import re
from unicodedata import east_asian_width

__all__ = ["cells", "padded", "wrapped"]

# A word is what must not be broken: a wide letter with the punctuation that may not begin a line, or other letters.
_WIDE = "\u2e80-\u303f\u3041-\u9fff\uff00-\uffef"
_NO_BEGIN = "，。：；、！？）》」"
_NO_END = "（《「"
_PIECE = re.compile(
    rf"[{_NO_END}]*[^\s{_WIDE}]+[{_NO_BEGIN}]*|[{_NO_END}]*[{_WIDE}][{_NO_BEGIN}]*|\s+"
)


def cells(text: str) -> int:
    """Return how many cells of a terminal `text` takes."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, width: int) -> str:
    """Return `text` with spaces up to `width` cells."""
    return text + " " * (width - cells(text))


def wrapped(text: str, width: int) -> list[str]:
    """Return `text` in lines of at most `width` cells, at least one line; a longer word stays whole."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if cells(lines[-1]) + cells(piece.rstrip()) > width and lines[-1].strip():
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += " " if piece.isspace() and lines[-1] else piece.strip()
    return [line.rstrip() for line in lines]
