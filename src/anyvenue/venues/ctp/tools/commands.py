"""What the shell can ask: commands by number and name, what they request and which fields they show."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.description import Value

__all__ = ["COMMANDS", "Command", "Kind", "find_command", "parse_fields"]

Kind = Literal[
    "query", "buy", "sell", "cancel", "settlement", "confirm", "transfer", "request", "own"
]


class Command(msgspec.Struct, frozen=True):
    """One command. `takes` are the fields that its words fill in turn, `shows` the columns of its table.

    A name in `needs` stands for a word that must be given.
    """

    name: str
    kind: Kind = "query"
    request: str = ""
    takes: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    needs: int = 0


def _query(name: str, request: str, takes: str = "", shows: str = "", needs: int = 0) -> Command:
    return Command(
        name, "query", f"ReqQry{request}", tuple(takes.split()), tuple(shows.split()), needs
    )


COMMANDS: tuple[Command, ...] = (
    _query(
        "instruments",
        "Instrument",
        "InstrumentID",
        "InstrumentID ExchangeID InstrumentName ProductID ProductClass VolumeMultiple PriceTick ExpireDate "
        "LongMarginRatio ShortMarginRatio",
    ),
    _query("exchanges", "Exchange", "ExchangeID", "ExchangeID ExchangeName"),
    _query(
        "products",
        "Product",
        "ProductID",
        "ProductID ProductName ExchangeID ProductClass VolumeMultiple PriceTick MaxLimitOrderVolume",
    ),
    _query(
        "price",
        "DepthMarketData",
        "InstrumentID",
        "InstrumentID LastPrice BidPrice1 BidVolume1 AskPrice1 AskVolume1 Volume OpenInterest UpperLimitPrice "
        "LowerLimitPrice PreSettlementPrice UpdateTime",
        1,
    ),
    _query(
        "account",
        "TradingAccount",
        "",
        "AccountID CurrencyID Balance Available CurrMargin FrozenMargin FrozenCash FrozenCommission Commission "
        "CloseProfit PositionProfit PreBalance Deposit Withdraw WithdrawQuota",
    ),
    _query(
        "positions",
        "InvestorPosition",
        "InstrumentID",
        "InstrumentID PosiDirection PositionDate Position TodayPosition YdPosition LongFrozen ShortFrozen "
        "PositionCost OpenCost UseMargin PositionProfit CloseProfit Commission",
    ),
    _query(
        "details",
        "InvestorPositionDetail",
        "InstrumentID",
        "InstrumentID Direction OpenDate TradeID Volume OpenPrice LastSettlementPrice SettlementPrice Margin "
        "PositionProfitByDate PositionProfitByTrade CloseVolume",
    ),
    _query(
        "orders",
        "Order",
        "InstrumentID",
        "OrderSysID OrderRef InstrumentID Direction CombOffsetFlag LimitPrice VolumeTotalOriginal VolumeTraded "
        "OrderStatus InsertTime StatusMsg",
    ),
    _query(
        "trades",
        "Trade",
        "InstrumentID",
        "TradeID OrderSysID InstrumentID Direction OffsetFlag Price Volume TradeTime",
    ),
    _query(
        "margins",
        "InstrumentMarginRate",
        "InstrumentID",
        "InstrumentID LongMarginRatioByMoney LongMarginRatioByVolume ShortMarginRatioByMoney "
        "ShortMarginRatioByVolume",
        1,
    ),
    _query(
        "commissions",
        "InstrumentCommissionRate",
        "InstrumentID",
        "InstrumentID OpenRatioByMoney OpenRatioByVolume CloseRatioByMoney CloseRatioByVolume "
        "CloseTodayRatioByMoney CloseTodayRatioByVolume",
        1,
    ),
    _query(
        "option-cost",
        "OptionInstrTradeCost",
        "InstrumentID",
        "InstrumentID FixedMargin MiniMargin Royalty ExchFixedMargin",
        1,
    ),
    _query("investor", "Investor", "", "InvestorID InvestorName InvestorGroupID IsActive"),
    _query("codes", "TradingCode", "", "InvestorID ExchangeID ClientID ClientIDType IsActive"),
    _query("notices", "Notice", "", "SequenceLabel Content"),
    Command("settlement", "settlement", "ReqQrySettlementInfo", ("TradingDay",)),
    _query("confirmation", "SettlementInfoConfirm", "", "InvestorID ConfirmDate ConfirmTime"),
    Command("confirm", "confirm", "ReqSettlementInfoConfirm"),
    Command("buy", "buy", "ReqOrderInsert", needs=3),
    Command("sell", "sell", "ReqOrderInsert", needs=3),
    Command("cancel", "cancel", "ReqOrderAction", needs=1),
    _query(
        "parked",
        "ParkedOrder",
        "InstrumentID",
        "ParkedOrderID InstrumentID Direction CombOffsetFlag LimitPrice VolumeTotalOriginal Status",
    ),
    _query("banks", "TransferBank", "", "BankID BankBrchID BankName IsActive"),
    _query(
        "bank-accounts",
        "Accountregister",
        "",
        "BankID BankAccount AccountID CurrencyID OpenOrDestroy",
    ),
    _query(
        "transfers",
        "TransferSerial",
        "",
        "PlateSerial TradeDate TradeTime TradeCode BankID TradeAmount CurrencyID ErrorID ErrorMsg",
    ),
    Command("deposit", "transfer", "ReqFromBankToFutureByFuture", needs=2),
    Command("withdraw", "transfer", "ReqFromFutureToBankByFuture", needs=2),
    Command("request", "request", needs=1),
    Command("help", "own"),
    Command("quit", "own"),
)
"""In the order of their numbers, from 1."""


def find_command(word: str) -> Command:
    """Return a command by its number, its name or the beginning of a name that only one has; raise ConfigError."""
    if word.isdigit() and 0 < int(word) <= len(COMMANDS):
        return COMMANDS[int(word) - 1]
    exact = [each for each in COMMANDS if each.name == word.lower()]
    begun = exact or [each for each in COMMANDS if each.name.startswith(word.lower())]
    if len(begun) != 1:
        names = tuple(each.name for each in begun) or ("help",)
        raise ConfigError(
            f"there is no command {word!r}; try: {', '.join(names)}",
            code="config.ctp_command",
            word=word,
            known=names,
        )
    return begun[0]


def parse_fields(words: Sequence[str], kinds: Mapping[str, bool]) -> dict[str, Value]:
    """Return the fields of ``Field=value`` words; `kinds` tells which fields are text. Raise ConfigError."""
    fields: dict[str, Value] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in kinds:
            raise ConfigError(
                f"{word!r} is no Field=value of that request; its fields are {', '.join(kinds)}",
                code="config.ctp_field",
                word=word,
                known=tuple(kinds),
            )
        fields[name] = value if kinds[name] else _number(name, value)
    return fields


def _number(name: str, value: str) -> int | float:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        raise ConfigError(
            f"{name} is a number, was {value!r}", code="config.ctp_number", field=name, value=value
        ) from None
