"""Is an order sound? CTP's checks in CTP's order, each with CTP's error."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Dating, InstrumentKind, Offset, Side
from anyvenue.model.ids import AccountId
from anyvenue.model.instruments import Instrument
from anyvenue.model.orders import OrderRequest
from anyvenue.venues.ctp.counter.codes import BUY, IOC, MIN_VOLUME, OPEN, SELL
from anyvenue.venues.ctp.counter.context import Context
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.identity import tag_of
from anyvenue.venues.ctp.counter.members import Member, Right
from anyvenue.venues.ctp.counter.names import exchange_id
from anyvenue.venues.ctp.counter.order_types import terms_of
from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["Draft", "check_investor", "check_rights", "draft_of", "find_instrument", "offset_of"]

_SPREAD, _OPTION = InstrumentKind.SPREAD, InstrumentKind.OPTION
_OPENING = Offset.OPEN
_OFFSETS = frozenset("0134")
_HEDGES = frozenset("1234")
_COVERED = "4"  # ETF options: calls sold against units of the fund
_PRICE_TYPES = frozenset("123456789ABCDEFG")
_EXCHANGES = frozenset(
    {"SHFE", "DCE", "CZCE", "CFFEX", "INE", "GFEX", "SSE", "SZSE", "BSE", "HKEX"}
    | {"CME", "NASD", "NYSE", "LME", "LSE", "TTS"}
)
_COMBINING = frozenset({"DCE", "CZCE", "GFEX", "CFFEX"})
_OF_FUNDS = frozenset({"SSE", "SZSE"})
_LIVES = frozenset("13")
_VOLUMES = frozenset("123")


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A sound order: what to ask the broker for. `hopeless` ones end at once without trading."""

    instrument: Instrument
    request: OrderRequest
    hopeless: bool = False


def draft_of(context: Context, member: Member, fields: Fields, user_id: str = "") -> Draft:
    """Return what an InputOrder asks for; raise Refused. The OrderRef is the session's to check."""
    check_investor(context, member, fields)
    if context.profile.settlement_confirmation and member.confirmed_day != context.trading_day:
        raise Refused("SETTLEMENT_INFO_NOT_CONFIRMED")
    instrument = find_instrument(context, fields)
    _check_codes(fields)
    _check_combination(instrument, fields)
    check_rights(context, member, instrument, fields)
    side = Side.BUY if fields["Direction"] == BUY else Side.SELL
    flag = str(fields["CombOffsetFlag"])[0]
    offset = offset_of(instrument, flag)
    if side is Side.SELL and offset is _OPENING and not instrument.position_rule.short_ok:
        raise Refused("SHORT_SELL")
    needs_quote = fields["OrderPriceType"] != "2" or fields["VolumeCondition"] == MIN_VOLUME
    quote = context.broker.quote(instrument.id) if needs_quote else None
    terms = terms_of(instrument, fields, side, quote)
    covered = str(fields["CombHedgeFlag"])[0] == _COVERED
    if covered and instrument.exchange not in _OF_FUNDS:
        raise Refused("BAD_FIELD")
    request = OrderRequest(
        member.account,
        instrument.id,
        side,
        _quantity(instrument, fields),
        terms.price,
        terms.type,
        terms.time_in_force,
        offset,
        tag=tag_of(fields, user_id),
        covered=covered,
    )
    return Draft(instrument, request, terms.hopeless)


def check_investor(context: Context, member: Member, fields: Fields) -> None:
    """Raise Refused unless the request names the broker and the investor that have logged in."""
    broker = fields.get("BrokerID", "")
    if broker and context.profile.broker_id and broker != context.profile.broker_id:
        raise Refused("BROKER_NOT_FOUND")
    investor = fields.get("InvestorID", "")
    if not investor:
        raise Refused("INVESTOR_ID_IS_MISSING")
    if investor != member.account:
        raise Refused("INVESTOR_NOT_FOUND")


def find_instrument(context: Context, fields: Fields) -> Instrument:
    """Return the instrument a request names; raise Refused for an exchange or a code that is wrong."""
    exchange, code = str(fields.get("ExchangeID", "")), str(fields.get("InstrumentID", ""))
    code = code or str(fields.get("reserve1", ""))
    names = context.names
    found = names.find(code, exchange)
    if not exchange and context.profile.exchange_id_required:
        raise Refused("EXCHANGE_ID_IS_MISSING")
    if found is None:
        if exchange and exchange not in _EXCHANGES and exchange not in names.exchanges():
            raise Refused("EXCHANGE_ID_IS_INVALID")
        if names.find(code) is not None:
            raise Refused("EXCHANGE_ID_IS_WRONG")
        raise _unknown(code, exchange)
    _check_life(context, found)
    linked = context.profile.linked_exchanges
    if linked and exchange_id(found.exchange) not in linked:
        raise Refused("NO_VALID_TRADER_AVAILABLE")
    return found


def check_rights(context: Context, member: Member, instrument: Instrument, fields: Fields) -> None:
    """Raise Refused for what the investor may not do."""
    if member.right is Right.NONE:
        raise Refused("NO_TRADING_RIGHT")
    if member.exchanges and exchange_id(instrument.exchange) not in member.exchanges:
        raise Refused("NOT_EXCHANGE_CLIENT")
    opening = str(fields["CombOffsetFlag"])[0] == OPEN
    if opening and member.right is Right.CLOSE_ONLY:
        raise Refused("CLOSE_ONLY")
    hedging = str(fields["CombHedgeFlag"])[0] not in ("1", _COVERED)
    if hedging and instrument.kind is _OPTION and member.speculation_only:
        raise Refused("OPTIONS_ONLY_SUPPORT_SPEC")
    limit = context.profile.position_limit
    if opening and limit:
        _check_position(context, member.account, instrument, fields, limit)


def offset_of(instrument: Instrument, flag: str) -> Offset:
    """Return the offset of an offset flag: Shanghai's close is of older lots, other exchanges' of any."""
    if flag == OPEN:
        return _OPENING
    if instrument.position_rule.dated is not Dating.EXPLICIT:
        return Offset.CLOSE
    return Offset.CLOSE_TODAY if flag == "3" else Offset.CLOSE_OLD


def _check_life(context: Context, instrument: Instrument) -> None:
    day = context.trading_day
    if 0 < instrument.expiry < day or instrument.listed > day > 0:
        raise Refused("INSTRUMENT_NOT_TRADING")
    if instrument.kind in (InstrumentKind.INDEX, InstrumentKind.CONTINUOUS):
        raise Refused("INSTRUMENT_NOT_TRADING")


def _check_codes(fields: Fields) -> None:
    get = fields.get
    volume, least = get("VolumeTotalOriginal", 0), get("MinVolume", 0)
    flags, hedges = str(get("CombOffsetFlag", "")), str(get("CombHedgeFlag", ""))
    if (
        get("Direction") not in (BUY, SELL)
        or not flags
        or not _OFFSETS.issuperset(flags)
        or not hedges
        or not _HEDGES.issuperset(hedges)
        or type(volume) is not int
        or volume <= 0
        or type(least) is not int
        or least < 0
        or least > volume
        or not get("OrderPriceType")
        or get("OrderPriceType") not in _PRICE_TYPES
        or not get("TimeCondition")
        or get("TimeCondition") not in _LIVES
        or not get("VolumeCondition")
        or get("VolumeCondition") not in _VOLUMES
        or get("ForceCloseReason", "0") not in ("0", "")
        or get("IsAutoSuspend", 0)
        or get("UserForceClose", 0)
    ):
        raise Refused("BAD_FIELD")
    if get("TimeCondition") != IOC and get("VolumeCondition") != "1":
        raise Refused("BAD_FIELD")  # only what must trade at once can ask for how much


def _check_combination(instrument: Instrument, fields: Fields) -> None:
    if fields.get("IsSwapOrder", 0):
        raise Refused("SWAPORDER_UNSUPPORTED")
    if instrument.kind is not _SPREAD:
        return
    if instrument.exchange not in _COMBINING:
        raise Refused("EXCHANGE_UNSUPPORTED_ARBITRAGE")
    of_options = "-" in instrument.symbol
    if of_options and fields["TimeCondition"] != IOC:
        raise Refused("COMBOPTIONS_SUPPORT_IOC_ONLY")


def _unknown(code: str, exchange: str) -> Refused:
    """Say what is wrong with a code that is not listed; one of several legs may lack its combination only."""
    if "&" not in code:
        return Refused("INSTRUMENT_NOT_FOUND")
    if exchange and exchange not in _COMBINING:
        return Refused("EXCHANGE_UNSUPPORTED_ARBITRAGE")
    options = "-C-" in code or "-P-" in code
    return Refused("BAD_OPTION_INSTR" if options else "INSTRUMENTMAP_NOT_FOUND")


def _check_position(
    context: Context, account: AccountId, instrument: Instrument, fields: Fields, limit: int
) -> None:
    buying = fields["Direction"] == BUY
    held = Decimal(0)
    for each in context.broker.positions(account):
        if each.instrument == instrument.id:
            held = each.long if buying else each.short
    if held + _quantity(instrument, fields) > limit:
        raise Refused("POSI_LIMIT")


def _quantity(instrument: Instrument, fields: Fields) -> Decimal:
    """Return the quantity of a volume: whole lots, of the least step where parts of coins are traded."""
    unit = instrument.lot.step
    lots = Decimal(int(fields["VolumeTotalOriginal"]))
    return lots if unit >= 1 else lots * unit
