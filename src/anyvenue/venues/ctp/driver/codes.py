"""Instruments by the venue's codes: ours have Zhengzhou's three digits, some counters write four."""

from anyvenue.model.ids import InstrumentId, make_instrument_id, split_instrument_id
from anyvenue.reference.codes import split_code
from anyvenue.venues.ctp.counter.names import own_exchange

__all__ = ["Codes"]

_FOUR = 4


class Codes:
    """The venue's code of each instrument, as far as it is not its symbol, and the way back."""

    def __init__(self) -> None:
        """Know no exceptions."""
        self._codes: dict[InstrumentId, str] = {}

    def own(self, code: str, exchange: str) -> InstrumentId:
        """Return the id of InstrumentID `code` on ExchangeID `exchange`."""
        ours = own_exchange(exchange)
        symbol = _three_digits(code) if ours == "CZCE" else code
        name = make_instrument_id(symbol, ours)
        if symbol != code:
            self._codes[name] = code
        return name

    def code(self, instrument: InstrumentId) -> str:
        """Return the InstrumentID of an instrument."""
        return self._codes.get(instrument) or split_instrument_id(instrument)[0]


def _three_digits(code: str) -> str:
    letters, digits, rest = split_code(code)
    return f"{letters}{digits[1:]}{rest}" if len(digits) == _FOUR and not rest else code
