"""FEMAS (CFFEX Technology's counter): UserOrderLocalID instead of Front, Session and OrderRef; no statements."""

from msgspec.structs import replace

from anyvenue.venues.ctp.counter.errors import error_of
from anyvenue.venues.ctp.counter.seam import ANY_SESSION, Answer, Fields
from anyvenue.venues.ctp.description import ABSENT, Value
from anyvenue.venues.ctp.dialects.words import Dialect, Row, StructWords, codes, number

__all__ = ["FEMAS"]

_STATUSES = codes({"6": "a"}, out={"b": "6", "c": "5"})
_PRICES = codes({"4": "G"})
_HEDGES = codes({"4": "5"})
_CURRENCY = "CNY"

# OrderPriceType with ContingentCondition: Dalian's stop-loss and stop-profit orders, at the market or at a limit.
_STOPS = {"5": ("1", "2"), "6": ("1", "3"), "7": ("2", "2"), "8": ("2", "3")}
_OWN_STOPS = {ours: own for own, ours in _STOPS.items()}
_AT_ONCE = "1"

_ORDER = {
    "UserOrderLocalID": "OrderRef",
    "UserCustom": "OrderMemo",
    "OffsetFlag": "CombOffsetFlag",
    "HedgeFlag": "CombHedgeFlag",
    "Volume": "VolumeTotalOriginal",
}
_ORDER_CODES = {"OrderPriceType": _PRICES, "CombHedgeFlag": _HEDGES, "OrderStatus": _STATUSES}


def _order_in(own: Fields, row: Row) -> None:
    kind, condition = _STOPS.get(
        str(own.get("OrderPriceType", "")), (str(row.get("OrderPriceType", "")), _AT_ONCE)
    )
    row["OrderPriceType"], row["ContingentCondition"] = kind, condition
    if "VolumeRemain" in own:
        row["VolumeTotal"] = own["VolumeRemain"]
        row["InsertDate"] = own.get("ActionDay", "")
        # There is no OrderSubmitStatus: what the exchange refuses comes as an error of its own.
        row["OrderSubmitStatus"] = "0" if row.get("OrderStatus") == "a" else "3"


def _order_out(fields: Fields, row: Row) -> None:
    kind = str(fields.get("OrderPriceType", "")), str(fields.get("ContingentCondition", ""))
    if kind in _OWN_STOPS:
        row["OrderPriceType"] = _OWN_STOPS[kind]
    row["ActionDay"] = fields.get("InsertDate", "")
    row["VolumeRemain"] = fields.get("VolumeTotal", 0)
    row["OrderUserID"] = fields.get("UserID", "")
    row["CancelUserID"] = fields.get("ActiveUserID", "")
    row["OrderType"] = "0"


def _action_in(own: Fields, row: Row) -> None:
    text = str(own.get("UserOrderActionLocalID", ""))
    row["OrderActionRef"], row["OrderMemo"] = number(text), text
    if row.get("OrderRef") and not str(own.get("OrderSysID", "")).strip():
        # An order is known by its user's number alone, whichever session sent it.
        row["FrontID"], row["SessionID"] = 0, ANY_SESSION


def _action_out(fields: Fields, row: Row) -> None:
    row["UserOrderActionLocalID"] = fields.get("OrderMemo") or fields.get("OrderActionRef", "")


def _trade_in(own: Fields, row: Row) -> None:
    row["TradeDate"] = own.get("ActionDay", "")


def _trade_out(fields: Fields, row: Row) -> None:
    row["ActionDay"] = fields.get("TradeDate", "")
    row["OrderUserID"] = fields.get("UserID", "")


def _instrument_in(own: Fields, row: Row) -> None:
    option = own.get("OptionsType") in ("1", "2")
    row["ProductClass"] = "2" if option else "3" if own.get("InstrumentID_2") else "1"
    row["OptionsType"] = own.get("OptionsType", "") if option else ""
    row["ExchangeInstID"] = row.get("InstrumentID", "")


def _instrument_out(fields: Fields, row: Row) -> None:
    row["OptionsType"] = fields.get("OptionsType", "") or "0"
    row["Currency"], row["CurrencyID"] = "1", _CURRENCY
    strike = fields.get("StrikePrice", 0.0)
    row["StrikePrice"] = 0.0 if strike == ABSENT else strike
    first, _, second = str(fields.get("InstrumentID", "")).rpartition(" ")[2].partition("&")
    if second:
        row["InstrumentID_1"], row["InstrumentID_2"] = first, second
        row["Direction_1"], row["Direction_2"] = "0", "1"
        row["Ratio_1"] = row["Ratio_2"] = 1.0


def _status_in(own: Fields, row: Row) -> None:
    row["InstrumentID"] = own.get("InstrumentID") or own.get("ProductID", "")


def _status_out(fields: Fields, row: Row) -> None:
    # CTP tells of products, as InstrumentID.
    row["ProductID"], row["InstrumentID"] = fields.get("InstrumentID", ""), ""


def _account_in(own: Fields, row: Row) -> None:
    row["CurrencyID"], row["WithdrawQuota"] = _CURRENCY, own.get("Available", 0.0)


def _account_out(fields: Fields, row: Row) -> None:
    margin, balance = _money(fields, "CurrMargin"), _money(fields, "Balance")
    # The two sides are not told apart: what programs add up is right.
    row["LongMargin"], row["LongFrozenMargin"] = margin, _money(fields, "FrozenMargin")
    row["TodayInOut"] = _money(fields, "Deposit") - _money(fields, "Withdraw")
    row["Risk"] = margin / balance if balance else 0.0


def _position_in(own: Fields, row: Row) -> None:
    held, old = number(own.get("Position")), number(own.get("YdPosition"))
    opening, closing = ("Long", "Short") if row["PosiDirection"] == "2" else ("Short", "Long")
    row["TodayPosition"] = held - old
    row["PositionDate"] = "2" if held and old == held else "1"
    row["OpenCost"] = own.get("PositionCost", 0.0)
    row[f"{opening}Frozen"] = own.get("FrozenPosition", 0)
    row[f"{closing}Frozen"] = own.get("FrozenClosing", 0)


def _position_out(fields: Fields, row: Row) -> None:
    held, today = number(fields.get("Position")), number(fields.get("TodayPosition"))
    opening, closing = (
        ("Long", "Short") if fields.get("PosiDirection") == "2" else ("Short", "Long")
    )
    # Here it is what is left of yesterday's lots, in CTP what yesterday closed with.
    row["YdPosition"] = held - today
    row["YdPositionCost"] = _money(fields, "PositionCost") * (held - today) / held if held else 0.0
    row["FrozenPosition"] = fields.get(f"{opening}Frozen", 0)
    row["FrozenClosing"] = row["SpecFrozenClosing"] = fields.get(f"{closing}Frozen", 0)
    row["SpeculationPosition"] = held
    row["Currency"] = _CURRENCY


def _money(fields: Fields, name: str) -> float:
    value: Value = fields.get(name, 0.0)
    return float(value) if isinstance(value, int | float) else 0.0


def _certification_out(fields: Fields, row: Row) -> None:
    row.setdefault("EncryptType", "1")


def _login_out(fields: Fields, row: Row) -> None:
    row["ExchangeTime"] = fields.get("LoginTime", "")
    row["ActionDay"] = fields.get("TradingDay", "")


def _user_out(fields: Fields, row: Row) -> None:
    row["UserID"] = fields.get("InvestorID", "")


def _answers(answer: Answer) -> tuple[Answer, ...]:
    """An Order has no room for a reason: an exchange's refusal comes as an error before the order's end."""
    fields = answer.fields
    refused = (
        answer.callback == "OnRtnOrder"
        and fields is not None
        and (fields.get("OrderStatus"), fields.get("OrderSubmitStatus")) == ("5", "4")
    )
    if not refused:
        return (answer,)
    assert fields is not None
    error = error_of("EXCHANGE_RTNERROR")[0], str(fields.get("StatusMsg", ""))
    return replace(answer, callback="OnErrRtnOrderInsert", error=error), answer


_PAIRS = (("Open", "Open"), ("Offset", "Close"), ("OT", "CloseToday"))
_FEES = {
    f"{own}Fee{kind}": f"{ours}RatioBy{by}"
    for own, ours in _PAIRS
    for kind, by in (("Rate", "Money"), ("Amt", "Volume"))
}
_MARGINS = {
    f"{side}Margin{kind}": f"{side}MarginRatioBy{by}"
    for side in ("Long", "Short")
    for kind, by in (("Rate", "Money"), ("Amt", "Volume"))
}
_EXERCISE = {"UserOrderLocalID": "ExecOrderRef", "OrderType": "ActionType"}
_EXERCISED = {**_EXERCISE, "OrderSysID": "ExecOrderSysID", "OrderStatus": "ExecResult"}
_COMBINATION = {
    "UserActionLocalID": "CombActionRef",
    "CombInstrumentID": "InstrumentID",
    "CombVolume": "Volume",
    "CombActionStatus": "ActionStatus",
}

FEMAS = Dialect(
    name="femas",
    requests={
        **{
            name: name
            for name in (
                "ReqUserLogin",
                "ReqUserLogout",
                "ReqUserPasswordUpdate",
                "ReqOrderInsert",
                "ReqOrderAction",
                "ReqExecOrderInsert",
                "ReqExecOrderAction",
                "ReqQuoteInsert",
                "ReqQuoteAction",
                "ReqQryOrder",
                "ReqQryTrade",
                "ReqQryTradingCode",
                "ReqQryInstrument",
                "ReqQryExchange",
                "ReqQryInvestorPosition",
            )
        },
        "ReqDSUserCertification": "ReqAuthenticate",
        "ReqForQuote": "ReqForQuoteInsert",
        "ReqMarginCombAction": "ReqCombActionInsert",
        "ReqQryUserInvestor": "ReqQryInvestor",
        "ReqQryInvestorAccount": "ReqQryTradingAccount",
        "ReqQryInvestorFee": "ReqQryInstrumentCommissionRate",
        "ReqQryInvestorMargin": "ReqQryInstrumentMarginRate",
    },
    callbacks={
        **{
            name: name
            for name in (
                "OnRtnOrder",
                "OnRtnTrade",
                "OnErrRtnOrderInsert",
                "OnErrRtnOrderAction",
                "OnRtnExecOrder",
                "OnErrRtnExecOrderInsert",
                "OnErrRtnExecOrderAction",
                "OnErrRtnQuoteInsert",
                "OnErrRtnQuoteAction",
                "OnRtnInstrumentStatus",
                "OnRtnDepthMarketData",
                "OnRspSubMarketData",
                "OnRspUnSubMarketData",
            )
        },
        "OnRtnMarginCombAction": "OnRtnCombAction",
    },
    lists={"SubMarketData": "SubscribeMarketData", "UnSubMarketData": "UnSubscribeMarketData"},
    structs={
        "InputOrder": StructWords(names=_ORDER, codes=_ORDER_CODES, into=_order_in, out=_order_out),
        "Order": StructWords(names=_ORDER, codes=_ORDER_CODES, into=_order_in, out=_order_out),
        "OrderAction": StructWords(
            names={"UserOrderLocalID": "OrderRef"}, into=_action_in, out=_action_out
        ),
        "Trade": StructWords(
            names={
                "UserOrderLocalID": "OrderRef",
                "TradePrice": "Price",
                "TradeVolume": "Volume",
            },
            codes={"HedgeFlag": _HEDGES},
            into=_trade_in,
            out=_trade_out,
        ),
        "RspInstrument": StructWords(
            given={"InstLifePhase": "1"}, into=_instrument_in, out=_instrument_out
        ),
        "InstrumentStatus": StructWords(into=_status_in, out=_status_out),
        "RspInvestorAccount": StructWords(
            names={
                "Fee": "Commission",
                "FrozenFee": "FrozenCommission",
                "FrozenPremium": "FrozenCash",
                "Premium": "CashIn",
                "Margin": "CurrMargin",
                "DynamicRights": "Balance",
            },
            into=_account_in,
            out=_account_out,
        ),
        "RspInvestorPosition": StructWords(
            names={
                "Direction": "PosiDirection",
                "UsedMargin": "UseMargin",
                "FrozenPremium": "FrozenCash",
            },
            codes={"PosiDirection": codes({"0": "2", "1": "3"}), "HedgeFlag": _HEDGES},
            into=_position_in,
            out=_position_out,
        ),
        "RspUserLogin": StructWords(
            names={"MaxOrderLocalID": "MaxOrderRef", "TradingSystemName": "SystemName"},
            out=_login_out,
        ),
        "DSUserInfo": StructWords(out=_certification_out),
        "RspUserInvestor": StructWords(out=_user_out),
        "InvestorFee": StructWords(names=_FEES),
        "InvestorMargin": StructWords(names=_MARGINS),
        "InputExecOrder": StructWords(
            names=_EXERCISE, given={"OffsetFlag": "1", "PosiDirection": "2", "CloseFlag": "1"}
        ),
        "InputExecOrderAction": StructWords(
            names={
                "UserOrderLocalID": "ExecOrderRef",
                "UserOrderActionLocalID": "ExecOrderActionRef",
                "OrderSysID": "ExecOrderSysID",
            },
        ),
        "ExecOrder": StructWords(
            names=_EXERCISED,
            codes={"ExecResult": codes({"0": "0", "5": "c", "3": "n"}, into={"6": "n"})},
        ),
        "InputMarginCombAction": StructWords(
            names=_COMBINATION,
            codes={"ActionStatus": codes({"1": "a", "2": "b", "3": "c"})},
        ),
        "ReqForQuote": StructWords(names={"ReqForQuoteID": "ForQuoteRef"}),
    },
    answers=_answers,
)
"""FEMAS 3.02."""
