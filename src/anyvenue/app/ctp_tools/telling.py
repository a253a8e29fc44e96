"""What to do about the errors of a login, said beside them."""

from collections.abc import Iterator
from contextlib import contextmanager

from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConnectivityError, VenueError
from anyvenue.venues.ctp.login_trouble import login_trouble
from anyvenue.venues.ctp.tools.login import cut_advice

__all__ = ["advice_text", "advised"]


def advice_text(terminal: Terminal, advice: str) -> str:
    """Return the advice that a word stands for, "" for none."""
    return terminal.text(f"ctp_advice.{advice}") if advice else ""


@contextmanager
def advised(terminal: Terminal) -> Iterator[None]:
    """Say what to do before an error of a login goes on its way."""
    try:
        yield
    except VenueError as error:
        if isinstance(error, ConnectivityError):
            reason = error.fields.get("reason", 0)
            unknown = "probe" if error.code == "venue.ctp_no_front" else ""
            advice = cut_advice(reason if isinstance(reason, int) else 0) or unknown
        else:
            number = error.fields.get("number", 0)
            advice = login_trouble(number if isinstance(number, int) else 0)
        if advice:
            terminal.note(terminal.text("cli.ctp_advice", advice=advice_text(terminal, advice)))
        raise
