"""Quotes: subscriptions that outlive connections, and each snapshot as a `Depth` without junk prices."""

from collections.abc import Callable
from math import nan

from anyvenue.model.enums import InstrumentStatus
from anyvenue.model.events import Event, Status
from anyvenue.model.ids import InstrumentId
from anyvenue.model.market import Depth
from anyvenue.model.numbers import ABSENT_ABOVE, observed
from anyvenue.venues.ctp.counter.names import exchange_id, own_exchange
from anyvenue.venues.ctp.description import Layout, decode_text
from anyvenue.venues.ctp.driver.instruments import Instruments
from anyvenue.venues.ctp.driver.link import Link, Row
from anyvenue.venues.ctp.driver.times import day_of, moment
from anyvenue.venues.ctp.native.seam import Called

__all__ = ["DepthReader", "Feed"]

_NS_PER_MS = 1_000_000
_LEVELS = 5
_TEXTS = ("InstrumentID", "ActionDay", "TradingDay", "UpdateTime")
_NUMBERS = (
    "UpdateMillisec",
    "LastPrice",
    "Volume",
    "Turnover",
    "OpenInterest",
    "OpenPrice",
    "HighestPrice",
    "LowestPrice",
    "PreClosePrice",
    "PreSettlementPrice",
    "SettlementPrice",
    "UpperLimitPrice",
    "LowerLimitPrice",
)
_STATUSES = {
    "0": InstrumentStatus.CLOSED,
    "1": InstrumentStatus.BREAK,
    "2": InstrumentStatus.OPEN,
    "3": InstrumentStatus.AUCTION,
    "4": InstrumentStatus.AUCTION,
    "5": InstrumentStatus.AUCTION,
    "6": InstrumentStatus.CLOSED,
    "7": InstrumentStatus.CLOSED,
}
Subscribed = tuple[InstrumentId, float, bool, bool]
"""An instrument, what its turnover is multiplied with, whether it is a spread, whether its TradingDay is no such."""


class DepthReader:
    """Reads DepthMarketData of one version; made for a hundred thousand a second."""

    def __init__(self, layout: Layout) -> None:
        """Read structs of this layout."""
        at = {field.name: number for number, field in enumerate(layout.fields)}
        self._size = layout.size
        self._values = layout.values
        # `InstrumentID` is empty in the old place of versions that have it twice.
        self._texts = tuple(at[name] for name in _TEXTS)
        self._numbers = tuple(at[name] for name in _NUMBERS)
        self._sides = [
            tuple(
                at[f"{kind}{level}"] for kind in ("BidPrice", "BidVolume", "AskPrice", "AskVolume")
            )
            for level in range(1, _LEVELS + 1)
            if f"BidPrice{level}" in at
        ]
        self._times: dict[tuple[object, object, object], tuple[int, int]] = {}

    def code(self, values: tuple[object, ...]) -> object:
        """Return the raw InstrumentID of unpacked values."""
        return values[self._texts[0]]

    def values(self, data: bytes) -> tuple[object, ...] | None:
        """Return the raw values of a struct, None for one of another size."""
        return self._values(data) if len(data) == self._size else None

    def depth(
        self, values: tuple[object, ...], about: Subscribed, ts_recv: int, open_day: int
    ) -> Depth:
        """Return a snapshot; `open_day` is the trading day where the snapshot has none of its own."""
        name, factor, spread, no_day = about
        _, action, trading, time = self._texts
        key = (values[action], values[trading], values[time])
        found = self._times.get(key)
        if found is None:
            found = self._read_time(key)
        second, day = found
        n = self._numbers
        ms, last, volume, turnover, interest = (values[i] for i in n[:5])
        of_day = [observed(values[i]) for i in n[5:]]  # type: ignore[arg-type]
        opened, high, low, pre_close, pre_settled, settled, upper, lower = of_day
        bids, bid_sizes, asks, ask_sizes = self._levels(values, spread)
        return Depth(
            name,
            second + ms * _NS_PER_MS if second else ts_recv,  # type: ignore[operator]
            ts_recv,
            bids,
            bid_sizes,
            asks,
            ask_sizes,
            _spread_price(last) if spread else observed(last),  # type: ignore[arg-type]
            float(volume),  # type: ignore[arg-type]
            turnover * factor if _is_sum(turnover) else nan,  # type: ignore[operator]
            interest if _is_sum(interest) else nan,  # type: ignore[arg-type]
            opened,
            high,
            low,
            pre_close,
            pre_settled,
            settled,
            upper,
            lower,
            open_day if (no_day and open_day) or not day else day,
        )

    def _read_time(self, key: tuple[object, object, object]) -> tuple[int, int]:
        action, trading, time = (_text(each) for each in key)
        found = moment(action, trading, time), day_of(trading)
        if len(self._times) > 4096:
            self._times.clear()
        self._times[key] = found
        return found

    def _levels(
        self, values: tuple[object, ...], spread: bool
    ) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
        bids: list[float] = []
        bid_sizes: list[float] = []
        asks: list[float] = []
        ask_sizes: list[float] = []
        for bid, bid_size, ask, ask_size in self._sides:
            more = False
            for prices, sizes, price, size in (
                (bids, bid_sizes, values[bid], values[bid_size]),
                (asks, ask_sizes, values[ask], values[ask_size]),
            ):
                # A price of 0 is none, but for a spread's; what nobody offers any lots at is none, either.
                real = -ABSENT_ABOVE < price < ABSENT_ABOVE and size > 0  # type: ignore[operator]
                if real and (price or spread):
                    prices.append(price)  # type: ignore[arg-type]
                    sizes.append(float(size))  # type: ignore[arg-type]
                    more = True
            if not more:
                break
        return tuple(bids), tuple(bid_sizes), tuple(asks), tuple(ask_sizes)


class Feed:
    """What is subscribed, and what comes of it."""

    def __init__(self, instruments: Instruments, post: Callable[[Event], None]) -> None:
        """Post quotes and phases of trading."""
        self._instruments = instruments
        self._post = post
        self._wanted: dict[InstrumentId, None] = {}
        self._by_code: dict[bytes, Subscribed] = {}
        self._raw: dict[object, Subscribed] = {}
        self._reader: DepthReader | None = None
        self._phases: dict[tuple[str, str], Row] = {}

    def begin(self, link: Link) -> None:
        """Read and subscribe over a connection that has just logged in."""
        self._raw.clear()
        self._reader = DepthReader(link.description.layout("DepthMarketData"))
        if self._wanted:
            self._ask(link, list(self._wanted))

    def want(self, link: Link | None, name: InstrumentId, now: int) -> None:
        """Subscribe once, over `link` where there is one that has logged in."""
        if name in self._wanted:
            return
        self._wanted[name] = None
        code = self._instruments.codes.code(name)
        exchange = name.rpartition(".")[2]
        instrument = self._instruments.get(name)
        # Zhengzhou leaves the multiplier out of its turnover.
        factor = float(instrument.multiplier) if instrument and exchange == "CZCE" else 1.0
        about = (name, factor, "&" in code, exchange == "CZCE")
        self._by_code[code.encode("gb18030")] = about
        # Where a code alone is not one, quotes come with the exchange.
        self._by_code[f"{code}@{exchange_id(exchange)}".encode("gb18030")] = about
        self._raw.clear()
        if link is not None:
            self._ask(link, [name])
        row = self._phase_of(name)
        if row is not None:
            self._post_phase(name, row, now, day_of(row.get("TradingDay", "")))

    def _ask(self, link: Link, names: list[InstrumentId]) -> None:
        codes = [self._instruments.codes.code(each) for each in names]
        if getattr(link.session, "with_exchange", False):
            exchanges = [exchange_id(each.rpartition(".")[2]) for each in names]
            codes = [f"{code}@{exchange}" for code, exchange in zip(codes, exchanges, strict=True)]
        link.subscribe(codes)

    def on_depth(self, called: Called, open_day: int) -> None:
        """Take a snapshot; those of other instruments, and malformed ones, are passed over."""
        reader, data = self._reader, called.data
        if reader is None or data is None:
            return
        values = reader.values(data)
        if values is None:
            return
        code = reader.code(values)
        about = self._raw.get(code)
        if about is None:
            about = self._by_code.get(code.partition(b"\0")[0])  # type: ignore[attr-defined]
            if about is None:
                return
            self._raw[code] = about
        self._post(reader.depth(values, about, called.ts_recv, open_day))

    # ---- phases

    def on_status(self, row: Row, now: int, open_day: int) -> None:
        """Take an InstrumentStatus, which is of a product on most exchanges."""
        exchange = own_exchange(str(row.get("ExchangeID", "")))
        self._phases[exchange, str(row.get("InstrumentID", ""))] = {
            **row,
            "TradingDay": str(open_day),
        }
        for name in self._wanted:
            if self._is_of(name, exchange, row):
                self._post_phase(name, row, now, open_day)

    def _is_of(self, name: InstrumentId, exchange: str, row: Row) -> bool:
        instrument = self._instruments.get(name)
        what = str(row.get("InstrumentID", ""))
        if name.rpartition(".")[2] != exchange or instrument is None:
            return False
        return what in (instrument.symbol, instrument.product)

    def _phase_of(self, name: InstrumentId) -> Row | None:
        instrument = self._instruments.get(name)
        if instrument is None:
            return None
        exchange = instrument.exchange
        return self._phases.get((exchange, instrument.symbol)) or self._phases.get(
            (exchange, instrument.product)
        )

    def _post_phase(self, name: InstrumentId, row: Row, now: int, day: int) -> None:
        status = _STATUSES.get(str(row.get("InstrumentStatus", "")))
        if status is not None:
            at = moment("", str(day), str(row.get("EnterTime", ""))) or now
            self._post(Status(name, at, now, status, day))


def _text(raw: object) -> str:
    assert isinstance(raw, bytes)
    return decode_text(raw)


def _is_sum(value: object) -> bool:
    return 0 <= value < 1e18  # type: ignore[operator]


def _spread_price(value: float) -> float:
    return value if -ABSENT_ABOVE < value < ABSENT_ABOVE else nan
