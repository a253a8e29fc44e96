"""Line charts in a terminal: braille letters, two points wide and four high each, or plain ones where those fail."""

from collections.abc import Sequence

__all__ = ["chart_lines", "resampled"]

# Bits of a braille letter by (column, row) of the point, row 0 on top.
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_EMPTY = 0x2800


def resampled(values: Sequence[float], count: int) -> list[tuple[float, float]]:
    """Return the lowest and highest value in each of `count` equal stretches, so that no spike is lost."""
    size = len(values)
    found = []
    for at in range(count):
        first = min(at * size // count, size - 1)
        part = values[first : max(first + 1, (at + 1) * size // count)]
        found.append((min(part), max(part)))
    return found


def chart_lines(
    values: Sequence[float], width: int, height: int, *, plain: bool = False
) -> list[str]:
    """Return a chart of at least one value in `height` lines of `width` letters; `plain` uses ``*`` only."""
    across, down = (1, 1) if plain else (2, 4)
    rows = height * down
    low, high = min(values), max(values)
    span = high - low
    grid = [[0] * width for _ in range(height)]
    before: tuple[int, int] | None = None
    for x, (least, most) in enumerate(resampled(values, width * across)):
        top, bottom = (_row(most, low, span, rows), _row(least, low, span, rows))
        # A line, not a cloud of points: what lies between two neighbours is filled.
        drawn = (top, bottom) if before is None else _joined(top, bottom, before)
        for y in range(drawn[0], drawn[1] + 1):
            grid[y // down][x // across] |= 1 if plain else _DOTS[x % 2][y % 4]
        before = (top, bottom)
    return ["".join(_letter(bits, plain) for bits in line) for line in grid]


def _joined(top: int, bottom: int, before: tuple[int, int]) -> tuple[int, int]:
    if top > before[1]:
        return before[1] + 1, bottom
    if bottom < before[0]:
        return top, before[0] - 1
    return top, bottom


def _row(value: float, low: float, span: float, rows: int) -> int:
    if not span:
        return rows // 2
    return round((1 - (value - low) / span) * (rows - 1))


def _letter(bits: int, plain: bool) -> str:
    if plain:
        return "*" if bits else " "
    return chr(_EMPTY + bits) if bits else " "
