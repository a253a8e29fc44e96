"""Fees and margins of the account, asked for when they are first needed, and the fee of a fill worked out from them."""

import asyncio
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

from anyvenue.model.enums import InstrumentKind, Offset
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import FeeRate, FeeSchedule, Instrument, MarginSchedule
from anyvenue.model.orders import Fill
from anyvenue.model.statements import Rates
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.driver.config import CtpConfig
from anyvenue.venues.ctp.driver.instruments import Instruments
from anyvenue.venues.ctp.driver.link import Link, Row
from anyvenue.venues.ctp.driver.pacing import Urgency
from anyvenue.venues.ctp.driver.readings import exact

__all__ = ["AccountRates"]

_PLACES = Decimal("0.0001")
_CLOSING_TODAY = Offset.CLOSE_TODAY


class AccountRates:
    """The account's rates by instrument, as the venue tells them, else as the tables have them."""

    def __init__(self, account: AccountId, config: CtpConfig, instruments: Instruments) -> None:
        """Know none."""
        self._account = account
        self._config = config
        self._instruments = instruments
        self._fees: dict[InstrumentId, FeeSchedule | None] = {}
        self._margins: dict[InstrumentId, MarginSchedule | None] = {}
        self._asking: dict[InstrumentId, asyncio.Task[None]] = {}

    def forget(self) -> None:
        """Ask anew: rates hold for a day."""
        self.stop()
        self._fees.clear()
        self._margins.clear()

    def stop(self) -> None:
        """Ask no more."""
        for task in self._asking.values():
            task.cancel()
        self._asking.clear()

    # ---- asking

    def want(self, link: Link, instrument: Instrument) -> None:
        """Have an instrument's fees asked for in time, so that its first fill has them."""
        name = instrument.id
        if name in self._fees or name in self._asking:
            return
        task = asyncio.ensure_future(self._ask_quietly(link, instrument))
        self._asking[name] = task
        task.add_done_callback(lambda _: self._asking.pop(name, None))

    async def _ask_quietly(self, link: Link, instrument: Instrument) -> None:
        try:
            await self._ask_fees(link, instrument, Urgency.SOMETIME)
        except AnyvenueError:
            return  # the tables' rates stand in, and it is tried again with the next order

    async def get(self, link: Link, instrument: Instrument, now: Callable[[], int]) -> Rates:
        """Return what the venue says of fees and margins; raise ConnectivityError or VenueRefused."""
        name = instrument.id
        if name not in self._fees:
            await self._ask_fees(link, instrument, Urgency.SOON)
        if name not in self._margins:
            await self._ask_margins(link, instrument)
        fees = self._fees.get(name) or instrument.fees
        margin = self._margins.get(name) or instrument.margin
        return Rates(self._account, name, now(), fees, margin)

    async def _ask_fees(self, link: Link, instrument: Instrument, urgency: Urgency) -> None:
        option = instrument.kind is InstrumentKind.OPTION
        names = _OPTION_FEES if option else ("ReqQryInstrumentCommissionRate",)
        name = next((each for each in names if link.has(each)), "")
        if not name:
            return
        answer = await link.query(name, self._question(instrument), self._config.timeout_s, urgency)
        row = answer.rows[-1] if answer.rows and answer.error is None else None
        self._fees[instrument.id] = None if row is None else _fees(row)

    async def _ask_margins(self, link: Link, instrument: Instrument) -> None:
        name = "ReqQryInstrumentMarginRate"
        if not link.has(name) or instrument.kind is InstrumentKind.OPTION:
            self._margins[instrument.id] = None
            return
        question = {**self._question(instrument), "HedgeFlag": "1"}
        answer = await link.query(name, question, self._config.timeout_s)
        row = answer.rows[-1] if answer.rows and answer.error is None else None
        self._margins[instrument.id] = None if row is None else _margins(row)

    def _question(self, instrument: Instrument) -> dict[str, str]:
        return {
            "BrokerID": self._config.broker,
            "InvestorID": self._config.user,
            "InstrumentID": self._instruments.codes.code(instrument.id),
            "ExchangeID": exchange_id(instrument.exchange),
        }

    # ---- using

    def fee_of(self, fill: Fill, instrument: Instrument) -> tuple[Decimal, str]:
        """Return the fee of a fill and its currency.

        CTP's Trade tells none. Where the rates have not come yet it is the tables', else 0; the next comparison with
        the account puts the difference right.
        """
        schedule = self._fees.get(instrument.id) or instrument.fees
        if schedule is None:
            return Decimal(0), instrument.currency
        rate = schedule.open
        if fill.offset is _CLOSING_TODAY:
            rate = schedule.close_today
        elif fill.offset is not Offset.OPEN:
            rate = schedule.close
        turnover = fill.price * fill.quantity * instrument.multiplier
        fee = turnover * rate.by_money + fill.quantity * rate.by_lot
        for item in schedule.items:
            if item.side in (None, fill.side):
                fee += turnover * item.by_money + fill.quantity * item.by_lot
        fee = max(fee, rate.minimum)
        return fee.quantize(_PLACES, ROUND_HALF_EVEN), instrument.currency


_OPTION_FEES = ("ReqQryETFOptionInstrCommRate", "ReqQryOptionInstrCommRate")


def _fees(row: Row) -> FeeSchedule:
    opening, close, today = (
        FeeRate(exact(row.get(f"{part}RatioByMoney"), 9), exact(row.get(f"{part}RatioByVolume")))
        for part in ("Open", "Close", "CloseToday")
    )
    return FeeSchedule(opening, close, today, source="CTP")


def _margins(row: Row) -> MarginSchedule:
    return MarginSchedule(
        exact(row.get("LongMarginRatioByMoney"), 9),
        exact(row.get("ShortMarginRatioByMoney"), 9),
        exact(row.get("LongMarginRatioByVolume")),
        exact(row.get("ShortMarginRatioByVolume")),
        source="CTP",
    )
