"""Instruments by CTP's names: InstrumentID and ExchangeID instead of symbol and exchange."""

from anyvenue.model.ids import InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.protocols import Broker

__all__ = ["Names", "exchange_id", "own_exchange"]

_OUTWARD = {"HK": "HKEX", "US": "NASD"}  # openctp's words for what our ids call otherwise
_INWARD = {"HKEX": "HK", "NASD": "US", "NASDAQ": "US", "NYSE": "US", "FFEX": "CFFEX"}


def exchange_id(exchange: str) -> str:
    """Return CTP's ExchangeID for an exchange of an instrument id; crypto venues keep their names, cut to 8."""
    return _OUTWARD.get(exchange, exchange)[:8]


def own_exchange(exchange: str) -> str:
    """Return the exchange that an ExchangeID stands for."""
    return _INWARD.get(exchange, exchange)


class Names:
    """Finds a broker's instruments by InstrumentID; Zhengzhou's codes have three digits, as our symbols do."""

    def __init__(self, broker: Broker) -> None:
        """Know what the broker lists; what is listed later is found, too."""
        self._broker = broker
        self._by_code: dict[str, list[Instrument]] = {}
        self._by_id: dict[InstrumentId, Instrument] = {}
        self.refresh()

    def refresh(self) -> None:
        """Learn the broker's instruments anew."""
        self._by_code.clear()
        self._by_id = {each.id: each for each in self._broker.instruments()}
        for each in self._by_id.values():
            self._by_code.setdefault(each.symbol, []).append(each)

    def all(self) -> list[Instrument]:
        """Return every instrument the broker lists, in its order."""
        return list(self._by_id.values())

    def get(self, instrument: InstrumentId) -> Instrument | None:
        """Return an instrument by our own id."""
        if instrument not in self._by_id:
            self.refresh()
        return self._by_id.get(instrument)

    def find(self, instrument_id: str, exchange: str = "") -> Instrument | None:
        """Return the instrument of an InstrumentID, on ExchangeID `exchange` where one is given; None for none."""
        found = self._by_code.get(instrument_id)
        if found is None:
            return None
        if not exchange:
            return found[0]
        return next((each for each in found if exchange_id(each.exchange) == exchange), None)

    def listed(self, instrument_id: str) -> list[Instrument]:
        """Return the instruments of that InstrumentID, one for each exchange."""
        return list(self._by_code.get(instrument_id, ()))

    def exchanges(self) -> list[str]:
        """Return the ExchangeIDs there are, in the order of their first instruments."""
        return list(dict.fromkeys(exchange_id(each.exchange) for each in self._by_id.values()))
