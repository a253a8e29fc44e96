"""TORA's stocks (Huaxin): no offset, no margin; a buy opens, a sell closes, and what was bought today stays today."""

from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.dialects.tora_words import CODES, LOGINS, amount, memo_in, memo_out, same
from anyvenue.venues.ctp.dialects.words import Dialect, Row, StructWords, codes, number

__all__ = ["CLASSES", "MARKETS", "MARKET_STATUSES", "TORA"]

_BUY, _OPEN, _CLOSE, _SPECULATION = "0", "0", "1", "1"
_ANY_PRICE, _FIVE_LEVELS = "1", "5"
_LEVELLED = frozenset({"SSE", "BSE"})
_SHARES = ("E", "D", "B")
_BY_PRODUCT = {
    "SSE": ("1", "3", "4"),
    "SZSE": ("7", "9", "a"),
    "BSE": ("j", "0", "o"),
    "HKEX": ("k", "0", "0"),
}
CLASSES = {
    **{code: kind for row in _BY_PRODUCT.values() for code, kind in zip(row, _SHARES, strict=True)},
    "i": "E",  # the STAR market
    "0": "E",
}
"""openctp's ProductClass by ProductID."""
MARKETS = {"SSE": "1", "SZSE": "2", "BSE": "a", "HKEX": "9"}
"""MarketID by exchange."""
MARKET_STATUSES = codes(
    {"0": "0", "1": "2", "2": "6", "3": "3"}, out={"1": "#", "4": "3", "5": "3", "7": "2"}
)
"""MarketStatus as InstrumentStatus."""

_STATUSES = {
    "a": "1",
    "3": "2",
    "1": "3",
    "0": "4",
    "2": "5",
    "4": "6",
    "5": "6",
    "b": "0",
    "c": "6",
}
_OWN_STATUSES = {
    "0": "a",
    "1": "a",
    "#": "a",
    "2": "3",
    "3": "1",
    "4": "0",
    "5": "5",
    "6": "5",
    "7": "5",
}
_SUBMITS = {"0": "1", "1": "3", "3": "1", "4": "1", "5": "4"}
_ORDER = {
    "SecurityID": "InstrumentID",
    "ShareholderID": "ClientID",
    "BusinessUnitID": "BusinessUnit",
    "GTDate": "GTDDate",
}
_REPORTED = {
    **_ORDER,
    "InsertUser": "UserID",
    "CancelUser": "ActiveUserID",
    "AcceptTime": "ActiveTime",
    "PbuID": "ParticipantID",
}


def _side_in(row: Row) -> None:
    buys = row.get("Direction") == _BUY
    row["CombOffsetFlag"] = row["OffsetFlag"] = _OPEN if buys else _CLOSE
    row["CombHedgeFlag"] = row["HedgeFlag"] = _SPECULATION


def _order_in(own: Fields, row: Row) -> None:
    _side_in(row)
    memo_in(row, own.get("SInfo", ""), own.get("IInfo", 0))
    # "Five levels, the rest is cancelled" is what Shanghai has for a market order.
    if own.get("OrderPriceType") == _FIVE_LEVELS:
        row["OrderPriceType"] = _ANY_PRICE


def _order_out(fields: Fields, row: Row) -> None:
    row["SInfo"], row["IInfo"] = memo_out(fields)
    if fields.get("OrderPriceType") == _ANY_PRICE and fields.get("ExchangeID") in _LEVELLED:
        row["OrderPriceType"] = _FIVE_LEVELS


def _report_in(own: Fields, row: Row) -> None:
    _order_in(own, row)
    status, submitted = str(own.get("OrderStatus", "")), str(own.get("OrderSubmitStatus", ""))
    row["OrderStatus"] = _OWN_STATUSES.get(status, "a")
    row["VolumeTotal"] = number(own.get("VolumeTotalOriginal")) - number(own.get("VolumeTraded"))
    taken = {"3": "1", "2": "1", "4": "5"}.get(submitted, "0" if row["OrderStatus"] == "a" else "3")
    row["OrderSubmitStatus"] = "4" if status == "7" else taken


def _report_out(fields: Fields, row: Row) -> None:
    _order_out(fields, row)
    status, submitted = str(fields.get("OrderStatus", "")), str(fields.get("OrderSubmitStatus", ""))
    own = _STATUSES.get(status, "1")
    if status == "5":
        refused, traded = submitted == "4", number(fields.get("VolumeTraded"))
        own = "7" if refused else "5" if traded else "6"
        row["VolumeCanceled"] = fields.get("VolumeTotal", 0)
    row["OrderStatus"] = own
    row["OrderSubmitStatus"] = _SUBMITS.get(submitted, "1")


def _action_in(own: Fields, row: Row) -> None:
    memo_in(row, own.get("SInfo", ""), own.get("IInfo", 0))


def _action_out(fields: Fields, row: Row) -> None:
    row["SInfo"], row["IInfo"] = memo_out(fields)


def _trade_in(own: Fields, row: Row) -> None:
    _side_in(row)


def _security_in(own: Fields, row: Row) -> None:
    row["ProductClass"] = CLASSES.get(str(own.get("ProductID", "")), "E")
    row["ProductID"] = own.get("SecurityID", "")
    row["OptionsType"] = ""


def _security_out(fields: Fields, row: Row) -> None:
    exchange, kind = str(fields.get("ExchangeID", "")), str(fields.get("ProductClass", "E"))
    at = _SHARES.index(kind) if kind in _SHARES else 0
    row["ProductID"] = _BY_PRODUCT.get(exchange, ("0", "0", "0"))[at]
    row["MarketID"] = MARKETS.get(exchange, "")
    row["ShortSecurityName"] = fields.get("InstrumentName", "")
    for side in ("Buy", "Sell"):
        row[f"Limit{side}TradingUnit"] = fields.get("MinLimitOrderVolume", 0)
        for kind in ("Limit", "Market"):
            for end in ("Max", "Min"):
                row[f"{end}{kind}Order{side}Volume"] = fields.get(f"{end}{kind}OrderVolume", 0)


def _account_in(own: Fields, row: Row) -> None:
    frozen = amount(own, "FrozenCash") + amount(own, "FrozenCommission")
    balance = row["Balance"] = round(amount(own, "UsefulMoney") + frozen, 4)
    row["PreBalance"] = own.get("PreDeposit", 0.0)
    # What was paid for shares, and what they brought: there is no figure for it.
    moved = amount(own, "Deposit") - amount(own, "Withdraw") - amount(own, "Commission")
    row["CashIn"] = round(balance - amount(own, "PreDeposit") - moved, 4)


def _account_out(fields: Fields, row: Row) -> None:
    row["InvestorID"], row["AccountType"] = fields.get("AccountID", ""), "1"
    row["PreDeposit"] = fields.get("PreBalance", 0.0)


def _position_in(own: Fields, row: Row) -> None:
    held = row["Position"] = number(own.get("CurrentPosition"))
    kinds = ("TodayBSPos", "TodayPRPos", "TodaySMPos")
    row["TodayPosition"] = min(held, sum(number(own.get(name)) for name in kinds))
    row |= {"PosiDirection": "2", "PositionDate": "1", "HedgeFlag": _SPECULATION}
    row["OpenCost"] = own.get("OpenPosCost") or own.get("TotalPosCost", 0.0)


def _position_out(fields: Fields, row: Row) -> None:
    held, today = number(fields.get("Position")), number(fields.get("TodayPosition"))
    frozen = number(fields.get("ShortFrozen"))
    row["MarketID"] = MARKETS.get(str(fields.get("ExchangeID", "")), "")
    row["HistoryPos"], row["TodayBSPos"] = held - today, today
    row["HistoryPosFrozen"] = frozen
    row["AvailablePosition"] = max(held - today - frozen, 0)
    row["OpenPosCost"] = fields.get("OpenCost", 0.0)
    row["HistoryPosPrice"] = amount(fields, "OpenCost") / held if held else 0.0


def _market_out(fields: Fields, row: Row) -> None:
    row["MarketID"] = MARKETS.get(str(fields.get("ExchangeID", "")), "")


def _shareholder_in(own: Fields, row: Row) -> None:
    row["IsActive"] = 1


def _shareholder_out(fields: Fields, row: Row) -> None:
    row["MarketID"] = MARKETS.get(str(fields.get("ExchangeID", "")), "")
    row["ShareholderIDType"], row["MainFlag"] = "a", 1


TORA = Dialect(
    name="tora",
    requests={
        **same(
            "ReqUserLogin",
            "ReqUserLogout",
            "ReqUserPasswordUpdate",
            "ReqOrderInsert",
            "ReqOrderAction",
            "ReqQryExchange",
            "ReqQryInvestor",
            "ReqQryOrder",
            "ReqQryTrade",
            "ReqQryTradingAccount",
        ),
        "ReqQrySecurity": "ReqQryInstrument",
        "ReqQryPosition": "ReqQryInvestorPosition",
        "ReqQryShareholderAccount": "ReqQryTradingCode",
    },
    callbacks={
        **same("OnRtnOrder", "OnRtnTrade", "OnErrRtnOrderInsert", "OnErrRtnOrderAction"),
        "OnRtnMarketStatus": "OnRtnInstrumentStatus",
    },
    codes=CODES,
    structs={
        **LOGINS,
        "InputOrder": StructWords(
            names={**_ORDER, "UserRequestID": "RequestID"},
            codes={"OrderPriceType": codes({"6": "C"})},
            given={"MinVolume": 1, "ContingentCondition": "1", "ForceCloseReason": "0"},
            into=_order_in,
            out=_order_out,
        ),
        "InputOrderAction": StructWords(
            names={"UserRequestID": "RequestID"}, into=_action_in, out=_action_out
        ),
        "Order": StructWords(
            names=_REPORTED,
            codes={"OrderPriceType": codes({"6": "C"})},
            given={"MinVolume": 1, "ContingentCondition": "1"},
            into=_report_in,
            out=_report_out,
        ),
        "Trade": StructWords(
            names={
                "SecurityID": "InstrumentID",
                "ShareholderID": "ClientID",
                "BusinessUnitID": "BusinessUnit",
                "PbuID": "ParticipantID",
            },
            into=_trade_in,
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
                "CurrentPosition": "Position",
                "PrePosition": "YdPosition",
                "TotalPosCost": "PositionCost",
                "HistoryPosFrozen": "ShortFrozen",
                "TodayCommission": "Commission",
                "TodayTotalOpenVolume": "OpenVolume",
                "TodayTotalCloseVolume": "CloseVolume",
                "TodayTotalBuyAmount": "OpenAmount",
                "TodayTotalSellAmount": "CloseAmount",
            },
            into=_position_in,
            out=_position_out,
        ),
        "MarketStatus": StructWords(
            names={"MarketStatus": "InstrumentStatus"},
            codes={"InstrumentStatus": MARKET_STATUSES},
            out=_market_out,
        ),
        "ShareholderAccount": StructWords(
            names={"ShareholderID": "ClientID"}, into=_shareholder_in, out=_shareholder_out
        ),
        **{
            name: StructWords(names={"SecurityID": "InstrumentID"})
            for name in ("QrySecurity", "QryOrder", "QryTrade", "QryPosition")
        },
        "QryShareholderAccount": StructWords(names={"ShareholderID": "ClientID"}),
    },
    steps={"ReqQryShareholderAccount": "ReqSettlementInfoConfirm"},
)
"""TORA stocks 4.1.6."""
