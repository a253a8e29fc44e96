"""TORA's options on shares and funds (Huaxin): offsets as in CTP, covered orders, exercise; prices as Price."""

from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.dialects.tora import MARKET_STATUSES, MARKETS
from anyvenue.venues.ctp.dialects.tora_words import (
    CODES,
    LOGINS,
    amount,
    memo_in,
    memo_out,
    quote_out,
    same,
)
from anyvenue.venues.ctp.dialects.words import Dialect, Row, StructWords, codes, number

__all__ = ["TORA_OPTIONS"]

_OPTIONS = frozenset({"2", "6", "7"})
_STATUSES = {
    "a": "0",
    "3": "1",
    "1": "2",
    "0": "3",
    "2": "4",
    "4": "5",
    "5": "5",
    "b": "7",
    "c": "5",
}
_OWN_STATUSES = {
    **dict.fromkeys(("0", "7", "8", "9", "a"), "a"),
    "1": "3",
    "2": "1",
    "3": "0",
    "4": "5",
    "5": "5",
    "6": "5",
}
_SUBMITS = codes({"0": "0", "1": "1", "2": "3", "3": "4", "4": "5"}, into={"5": "0"})
_FAILED = "6"
_ORDER = {
    "SecurityID": "InstrumentID",
    "ShareholderID": "ClientID",
    "BusinessUnitID": "BusinessUnit",
    "InnerIPAddress": "IPAddress",
}
_REPORTED = {
    **_ORDER,
    "InsertUserID": "UserID",
    "CancelUserID": "ActiveUserID",
    "PbuID": "ParticipantID",
}
_ACTION = codes({"0": "0"}, into={"1": "0"})
_LOCKED = {
    "SecurityID": "InstrumentID",
    "BusinessUnitID": "BusinessUnit",
    "InnerIPAddress": "IPAddress",
}
_EXERCISE = {**_ORDER, "ExerciseRef": "ExecOrderRef", "ExerciseType": "ActionType"}


def _memo_in(own: Fields, row: Row) -> None:
    memo_in(row, own.get("BInfo", ""), own.get("IInfo", 0))


def _memo_out(fields: Fields, row: Row) -> None:
    row["BInfo"], row["IInfo"] = memo_out(fields)


def _report_in(own: Fields, row: Row) -> None:
    _memo_in(own, row)
    status = str(own.get("OrderStatus", ""))
    row["OrderStatus"] = _OWN_STATUSES.get(status, "a")
    row["VolumeTotal"] = number(own.get("VolumeTotalOriginal")) - number(own.get("VolumeTraded"))
    if status == _FAILED:
        row["OrderSubmitStatus"] = "4"


def _report_out(fields: Fields, row: Row) -> None:
    _memo_out(fields, row)
    status = str(fields.get("OrderStatus", ""))
    row["MarketID"] = MARKETS.get(str(fields.get("ExchangeID", "")), "")
    row["OrderStatus"] = _STATUSES.get(status, "0")
    if status == "5":
        refused, traded = fields.get("OrderSubmitStatus") == "4", number(fields.get("VolumeTraded"))
        row["OrderStatus"] = _FAILED if refused else "4" if traded else "5"
        row["VolumeCanceled"] = fields.get("VolumeTotal", 0)


def _security_in(own: Fields, row: Row) -> None:
    option = own.get("OptionsType") in ("1", "2")
    row["ProductClass"] = "6" if option else "D"
    row["ProductID"] = own.get("UnderlyingSecurityID", "")
    # VolumeMultiple is not the contract's size here.
    row["VolumeMultiple"] = own.get("UnderlyingMultiple") or own.get("VolumeMultiple", 1)
    row["UnderlyingMultiple"] = 1.0
    row["OpenDate"] = own.get("FirstDate", "")


def _security_out(fields: Fields, row: Row) -> None:
    exchange, expiry = str(fields.get("ExchangeID", "")), fields.get("ExpireDate", "")
    option = fields.get("ProductClass") in _OPTIONS
    row["UnderlyingMultiple"] = fields.get("VolumeMultiple", 1)
    row["ProductID"] = {"SSE": "d", "SZSE": "e"}.get(exchange, "0") if option else "0"
    row["MarketID"], row["StrikeMode"] = MARKETS.get(exchange, ""), "0"
    row["ExchSecurityID"] = fields.get("InstrumentID", "")
    row["FirstDate"] = fields.get("OpenDate", "")
    row |= {"LastDate": expiry, "StrikeDate": expiry, "ExpireDate": expiry, "DelivDate": expiry}
    for side in ("Buy", "Sell"):
        row[f"{side}TradingUnit"] = fields.get("MinLimitOrderVolume", 0)
        for kind in ("Limit", "Market"):
            for end in ("Max", "Min"):
                row[f"{end}{kind}Order{side}Volume"] = fields.get(f"{end}{kind}OrderVolume", 0)
    quote_out(fields, row)


def _account_in(own: Fields, row: Row) -> None:
    parts = ("UsefulMoney", "FrozenCash", "FrozenCommission", "FrozenMargin", "CurrMargin")
    row["Balance"] = round(sum(amount(own, name) for name in parts), 4)
    row["PreBalance"] = own.get("PreDeposit", 0.0)
    row["CashIn"] = round(amount(own, "RoyaltyIn") - amount(own, "RoyaltyOut"), 4)


def _account_out(fields: Fields, row: Row) -> None:
    premium = amount(fields, "CashIn")
    row["AccountOwner"], row["AccountType"] = fields.get("AccountID", ""), "3"
    row["RoyaltyIn"], row["RoyaltyOut"] = max(premium, 0.0), max(-premium, 0.0)
    row["PreDeposit"] = fields.get("PreBalance", 0.0)


def _position_in(own: Fields, row: Row) -> None:
    row["TodayPosition"] = number(own.get("TodayPos"))
    row["Position"] = number(own.get("TodayPos")) + number(own.get("HistoryPos"))
    row["PositionDate"] = "1"
    row["OpenCost"] = own.get("OpenPosCost") or own.get("TotalPosCost", 0.0)


def _position_out(fields: Fields, row: Row) -> None:
    today = number(fields.get("TodayPosition"))
    row["MarketID"] = MARKETS.get(str(fields.get("ExchangeID", "")), "")
    row["TodayPos"], row["HistoryPos"] = today, number(fields.get("Position")) - today
    row["OpenPosCost"] = fields.get("OpenCost", 0.0)
    row["LastPrice"] = fields.get("SettlementPrice", 0.0)


def _market_out(fields: Fields, row: Row) -> None:
    row["MarketID"] = MARKETS.get(str(fields.get("ExchangeID", "")), "")


def _shareholder_out(fields: Fields, row: Row) -> None:
    _market_out(fields, row)
    row["ShareholderIDType"] = "3"


TORA_OPTIONS = Dialect(
    name="toraopt",
    base="opt",
    requests={
        **same(
            "ReqUserLogin",
            "ReqUserLogout",
            "ReqUserPasswordUpdate",
            "ReqOrderInsert",
            "ReqOrderAction",
            "ReqLockInsert",
            "ReqQryExchange",
            "ReqQryInvestor",
            "ReqQryOrder",
            "ReqQryTrade",
            "ReqQryTradingAccount",
            "ReqQryLock",
            "ReqQryLockPosition",
        ),
        "ReqExerciseInsert": "ReqExecOrderInsert",
        "ReqExerciseAction": "ReqExecOrderAction",
        "ReqQryExercise": "ReqQryExecOrder",
        "ReqQrySecurity": "ReqQryInstrument",
        "ReqQryPosition": "ReqQryInvestorPosition",
        "ReqQryMarketData": "ReqQryDepthMarketData",
        "ReqQryShareholderAccount": "ReqQryTradingCode",
    },
    callbacks={
        **same("OnRtnOrder", "OnRtnTrade", "OnErrRtnOrderInsert", "OnErrRtnOrderAction"),
        **same("OnErrRtnLockInsert"),
        "OnRtnExercise": "OnRtnExecOrder",
        "OnErrRtnExerciseInsert": "OnErrRtnExecOrderInsert",
        "OnErrRtnExerciseAction": "OnErrRtnExecOrderAction",
        "OnRtnMarketStatus": "OnRtnInstrumentStatus",
    },
    codes=CODES,
    structs={
        **LOGINS,
        "InputOrder": StructWords(
            names=_ORDER,
            given={"ContingentCondition": "1"},
            into=_memo_in,
            out=_memo_out,
        ),
        "InputOrderAction": StructWords(
            names={
                "SecurityID": "InstrumentID",
                "OrderActionFlag": "ActionFlag",
                "InnerIPAddress": "IPAddress",
            },
            codes={"ActionFlag": _ACTION},
            into=_memo_in,
            out=_memo_out,
        ),
        "Order": StructWords(
            names={
                **_REPORTED,
                "Price": "LimitPrice",
                "AcceptTime": "ActiveTime",
                "OrderOperateStatus": "OrderSubmitStatus",
            },
            codes={"OrderSubmitStatus": _SUBMITS},
            given={"ContingentCondition": "1"},
            into=_report_in,
            out=_report_out,
        ),
        "Trade": StructWords(
            names={
                "SecurityID": "InstrumentID",
                "ShareholderID": "ClientID",
                "BusinessUnitID": "BusinessUnit",
                "InsertUserID": "UserID",
                "PbuID": "ParticipantID",
            }
        ),
        "Security": StructWords(
            names={
                "SecurityID": "InstrumentID",
                "SecurityName": "InstrumentName",
                "UnderlyingSecurityID": "UnderlyingInstrID",
                "MaxLimitOrderBuyVolume": "MaxLimitOrderVolume",
                "MinLimitOrderBuyVolume": "MinLimitOrderVolume",
                "MaxMarketOrderBuyVolume": "MaxMarketOrderVolume",
                "MinMarketOrderBuyVolume": "MinMarketOrderVolume",
            },
            given={"InstLifePhase": "1", "IsTrading": 1},
            into=_security_in,
            out=_security_out,
        ),
        "TradingAccount": StructWords(
            names={"UsefulMoney": "Available", "FetchLimit": "WithdrawQuota"},
            into=_account_in,
            out=_account_out,
        ),
        "Position": StructWords(
            names={
                "SecurityID": "InstrumentID",
                "PrePosition": "YdPosition",
                "TotalPosCost": "PositionCost",
                "Margin": "UseMargin",
                "TodayCloseProfit": "CloseProfit",
            },
            into=_position_in,
            out=_position_out,
        ),
        "InputExercise": StructWords(
            names=_EXERCISE,
            given={
                "OffsetFlag": "1",
                "HedgeFlag": "1",
                "PosiDirection": "2",
                "ReservePositionFlag": "0",
                "CloseFlag": "1",
            },
        ),
        "InputExerciseAction": StructWords(
            names={
                "SecurityID": "InstrumentID",
                "ExerciseRef": "ExecOrderRef",
                "ExerciseActionRef": "ExecOrderActionRef",
                "ExerciseSysID": "ExecOrderSysID",
                "ExerciseActionFlag": "ActionFlag",
            },
            codes={"ActionFlag": _ACTION},
        ),
        "Exercise": StructWords(
            names={
                **_REPORTED,
                "ExerciseRef": "ExecOrderRef",
                "ExerciseType": "ActionType",
                "ExerciseSysID": "ExecOrderSysID",
                "ExerciseLocalID": "ExecOrderLocalID",
                "ExerciseStatus": "ExecResult",
                "ExerciseOperateStatus": "OrderSubmitStatus",
            },
            codes={
                "ExecResult": codes(
                    {"4": "n", "5": "c"}, into={"0": "n", "2": "n"}, out={"0": "4"}
                ),
                "OrderSubmitStatus": _SUBMITS,
            },
        ),
        "InputLock": StructWords(names=_LOCKED),
        "Lock": StructWords(names=_REPORTED),
        "LockPosition": StructWords(
            names={"SecurityID": "InstrumentID", "TodayBSPos": "TodayVolume"}
        ),
        "MarketData": StructWords(names={"SecurityID": "InstrumentID"}, out=quote_out),
        "MarketStatus": StructWords(
            names={"MarketStatus": "InstrumentStatus"},
            codes={"InstrumentStatus": MARKET_STATUSES},
            out=_market_out,
        ),
        "ShareholderAccount": StructWords(
            names={"ShareholderID": "ClientID"}, given={"IsActive": 1}, out=_shareholder_out
        ),
        **{
            name: StructWords(names={"SecurityID": "InstrumentID"})
            for name in (
                "QrySecurity",
                "QryOrder",
                "QryTrade",
                "QryPosition",
                "QryMarketData",
                "QryLock",
                "QryLockPosition",
                "QryExercise",
            )
        },
        "QryShareholderAccount": StructWords(names={"ShareholderID": "ClientID"}),
    },
    steps={"ReqQryShareholderAccount": "ReqSettlementInfoConfirm"},
)
"""TORA options 1.3.4."""
