"""An example of every message: real for those that everybody needs, of the right shape for the others."""

from anyvenue.venues.ctp.description.layout import Field
from anyvenue.venues.ctp.json.reference.kinds import Kind

__all__ = ["example"]

Example = dict[str, object]

_TOLD: dict[str, str | int | float] = {
    "BrokerID": "9999",
    "InvestorID": "alice",
    "UserID": "alice",
    "AccountID": "alice",
    "InstrumentID": "rb2701",
    "ExchangeInstID": "rb2701",
    "ProductID": "rb",
    "ExchangeID": "SHFE",
    "TradingDay": "20261120",
    "ActionDay": "20261120",
    "InsertDate": "20261120",
    "TradeDate": "20261120",
    "InsertTime": "09:30:00",
    "UpdateTime": "09:30:00",
    "TradeTime": "09:30:00",
    "LoginTime": "09:00:00",
    "FrontID": 1,
    "SessionID": 7,
    "OrderRef": "1",
    "MaxOrderRef": "1",
    "OrderSysID": "           1",
    "TradeID": "           1",
    "CurrencyID": "CNY",
    "LastPrice": 3500.0,
    "BidPrice1": 3500.0,
    "AskPrice1": 3501.0,
    "BidVolume1": 12,
    "AskVolume1": 7,
    "LimitPrice": 3501.0,
    "Price": 3501.0,
    "Volume": 1,
    "VolumeTotalOriginal": 1,
    "Direction": "0",
    "CombOffsetFlag": "0",
    "OffsetFlag": "0",
    "CombHedgeFlag": "1",
    "HedgeFlag": "1",
    "OrderPriceType": "2",
    "TimeCondition": "3",
    "VolumeCondition": "1",
    "ContingentCondition": "1",
    "PosiDirection": "2",
    "Position": 1,
    "TodayPosition": 1,
    "Balance": 1000000.0,
    "Available": 996500.0,
    "VolumeMultiple": 10,
    "PriceTick": 1.0,
}
_OK = {"ErrorID": 0, "ErrorMsg": "CTP:正确"}
_ASKED: dict[str, Example] = {
    "ReqUserLogin": {"UserID": "alice", "Password": "secret"},
    "ReqAuthenticate": {"UserID": "alice", "AppID": "app_1.0", "AuthCode": "0000000000000000"},
    "ReqUserPasswordUpdate": {"OldPassword": "secret", "NewPassword": "another"},
    "ReqOrderInsert": {
        "InstrumentID": "rb2701",
        "ExchangeID": "SHFE",
        "Direction": "0",
        "CombOffsetFlag": "0",
        "CombHedgeFlag": "1",
        "OrderPriceType": "2",
        "LimitPrice": 3501.0,
        "VolumeTotalOriginal": 1,
        "TimeCondition": "3",
        "VolumeCondition": "1",
        "ContingentCondition": "1",
        "ForceCloseReason": "0",
        "MinVolume": 1,
    },
    "ReqOrderAction": {
        "InstrumentID": "rb2701",
        "ExchangeID": "SHFE",
        "OrderSysID": "           1",
        "ActionFlag": "0",
    },
    "ReqQryMaxOrderVolume": {
        "InstrumentID": "rb2701",
        "Direction": "0",
        "OffsetFlag": "0",
        "HedgeFlag": "1",
    },
}
_WITHOUT_ID = ("RspUserLogin", "RspAuthenticate", "RspSubMarketData", "RspUnSubMarketData")
_NARROWING = ("InstrumentID", "ProductID")


def example(kind: Kind) -> Example:
    """Return an example of a message."""
    if kind.role == "request":
        return _request(kind)
    made: Example = {"MsgType": kind.name}
    if kind.has_info:
        made["RspInfo"] = dict(_OK) if kind.role == "answer" else None
        if kind.name.startswith("ErrRtn") or kind.name == "RspOrderInsert":
            made["RspInfo"] = {"ErrorID": 31, "ErrorMsg": "CTP:资金不足"}
    if kind.role == "answer":
        if kind.name not in _WITHOUT_ID:
            made["RequestID"] = 1
        made["IsLast"] = True
    if kind.body is not None:
        made[kind.body.struct] = {each.name: _sample(each) for each in kind.body.fields}
    return made


def _request(kind: Kind) -> Example:
    made: Example = {"MsgType": kind.name}
    if kind.list_key:
        return made | {kind.list_key: ["rb2701"]}
    body = _ASKED.get(kind.name)
    if body is None:
        names = [each.name for each in kind.body.fields] if kind.body is not None else []
        body = {name: _TOLD[name] for name in _NARROWING if name in names}
    made[kind.keys[0]] = body
    made["RequestID"] = 1
    return made


def _sample(field: Field) -> str | int | float:
    told = _TOLD.get(field.name)
    if told is not None and isinstance(told, str) == field.is_text:
        return told
    if field.is_text:
        return ""
    return 0.0 if field.c == "double" else 0
