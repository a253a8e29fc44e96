"""Where in a strategy's own code something was raised."""

from os.path import abspath, dirname, join
from traceback import extract_tb

__all__ = ["where_of"]

_PACKAGE = join(dirname(dirname(abspath(__file__))), "")


def where_of(error: BaseException) -> str:
    """Return file and line of the innermost frame outside anyvenue, which is the strategy's own."""
    frames = extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_PACKAGE)]
    if not frames:
        return ""
    frame = (own or frames)[-1]
    return f"{frame.filename}:{frame.lineno} in {frame.name}"
