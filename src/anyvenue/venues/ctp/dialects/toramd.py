"""TORA's quotes (Huaxin), of shares and, as "SP" data, of options."""

from msgspec.structs import replace

from anyvenue.venues.ctp.counter.seam import Answer, Fields
from anyvenue.venues.ctp.dialects.tora_words import (
    CODES,
    LOGINS,
    exchange_letter,
    quote_out,
    same,
)
from anyvenue.venues.ctp.dialects.words import Dialect, Row, StructWords

__all__ = ["OPTION_QUOTES", "TORA_QUOTES", "is_option"]

_LONGEST_SHARE = 6
OPTION_QUOTES = {
    "OnRtnDepthMarketData": "OnRtnSPMarketData",
    "OnRspSubMarketData": "OnRspSubSPMarketData",
    "OnRspUnSubMarketData": "OnRspUnSubSPMarketData",
}
"""What tells of options, by CTP's callback."""


def is_option(code: str) -> bool:
    """Tell an option from a share, whose codes have six digits."""
    return len(code) > _LONGEST_SHARE


def _security_out(fields: Fields, row: Row) -> None:
    if not fields.get("ExchangeID"):
        row["ExchangeID"] = exchange_letter(str(fields.get("InstrumentID", "")))


def _answers(answer: Answer) -> tuple[Answer, ...]:
    fields, own = answer.fields, OPTION_QUOTES.get(answer.callback)
    if own is not None and fields is not None and is_option(str(fields.get("InstrumentID", ""))):
        return (replace(answer, callback=own),)
    return (answer,)


TORA_QUOTES = Dialect(
    name="toramd",
    requests=same("ReqUserLogin", "ReqUserLogout"),
    callbacks={
        **same("OnRspSubMarketData", "OnRspUnSubMarketData"),
        "OnRtnMarketData": "OnRtnDepthMarketData",
        "OnRtnSPMarketData": "OnRtnDepthMarketData",
        "OnRspSubSPMarketData": "OnRspSubMarketData",
        "OnRspUnSubSPMarketData": "OnRspUnSubMarketData",
    },
    lists={
        **same("SubscribeMarketData", "UnSubscribeMarketData"),
        "SubscribeSPMarketData": "SubscribeMarketData",
        "UnSubscribeSPMarketData": "UnSubscribeMarketData",
    },
    codes=CODES,
    structs={
        **LOGINS,
        "MarketData": StructWords(names={"SecurityID": "InstrumentID"}, out=quote_out),
        "SpecificSecurity": StructWords(names={"SecurityID": "InstrumentID"}, out=_security_out),
    },
    answers=_answers,
)
"""TORA quotes 4.1.6."""
