"""Which of a broker's instruments a wire shows: its venue's own, where several venues' are listed side by side."""

from collections.abc import Iterable

from anyvenue.model.instruments import Instrument

__all__ = ["own_instruments"]


def own_instruments(listed: Iterable[Instrument], exchange: str) -> list[Instrument]:
    """Return those of an exchange; all where none is: then somebody chose to trade others by this wire.

    Two venues' pairs of one base and quote would be one market to a client.
    """
    every = list(listed)
    return [each for each in every if each.exchange == exchange] or every
