"""The structs that a tick strategy meets, with CTP's field names and their types, for editors and type checkers.

Which of the fields there are depends on the version; those of the newest CTP and ETF-option APIs are named here.
"""

from anyvenue.venues.ctp.ticks.views import RowView, View

__all__ = [
    "DepthMarketData",
    "InvestorPosition",
    "InvestorPositionDetail",
    "Order",
    "Trade",
    "TradingAccount",
]


class DepthMarketData(View):
    """A snapshot of the market. A price that is not there is 1.7976931348623157e308, or 0 on some exchanges."""

    __slots__ = ()
    TradingDay: str
    ExchangeID: str
    LastPrice: float
    PreSettlementPrice: float
    PreClosePrice: float
    PreOpenInterest: float
    OpenPrice: float
    HighestPrice: float
    LowestPrice: float
    Volume: int
    Turnover: float
    OpenInterest: float
    ClosePrice: float
    SettlementPrice: float
    UpperLimitPrice: float
    LowerLimitPrice: float
    PreDelta: float
    CurrDelta: float
    UpdateTime: str
    UpdateMillisec: int
    BidPrice1: float
    BidVolume1: int
    AskPrice1: float
    AskVolume1: int
    BidPrice2: float
    BidVolume2: int
    AskPrice2: float
    AskVolume2: int
    BidPrice3: float
    BidVolume3: int
    AskPrice3: float
    AskVolume3: int
    BidPrice4: float
    BidVolume4: int
    AskPrice4: float
    AskVolume4: int
    BidPrice5: float
    BidVolume5: int
    AskPrice5: float
    AskVolume5: int
    AveragePrice: float
    ActionDay: str
    InstrumentID: str
    ExchangeInstID: str
    BandingUpperPrice: float
    BandingLowerPrice: float
    CircuitRefPrice: float
    SendingTime: str
    BigVolume: int


class Order(View):
    """An order's latest state."""

    __slots__ = ()
    BrokerID: str
    InvestorID: str
    OrderRef: str
    UserID: str
    OrderPriceType: str
    Direction: str
    CombOffsetFlag: str
    CombHedgeFlag: str
    LimitPrice: float
    VolumeTotalOriginal: int
    TimeCondition: str
    GTDDate: str
    VolumeCondition: str
    MinVolume: int
    ContingentCondition: str
    StopPrice: float
    ForceCloseReason: str
    IsAutoSuspend: int
    BusinessUnit: str
    RequestID: int
    OrderLocalID: str
    ExchangeID: str
    ParticipantID: str
    ClientID: str
    TraderID: str
    InstallID: int
    OrderSubmitStatus: str
    NotifySequence: int
    TradingDay: str
    SettlementID: int
    OrderSysID: str
    OrderSource: str
    OrderStatus: str
    OrderType: str
    VolumeTraded: int
    VolumeTotal: int
    InsertDate: str
    InsertTime: str
    ActiveTime: str
    SuspendTime: str
    UpdateTime: str
    CancelTime: str
    ActiveTraderID: str
    ClearingPartID: str
    SequenceNo: int
    FrontID: int
    SessionID: int
    UserProductInfo: str
    StatusMsg: str
    UserForceClose: int
    ActiveUserID: str
    BrokerOrderSeq: int
    RelativeOrderSysID: str
    ZCETotalTradedVolume: int
    IsSwapOrder: int
    BranchID: str
    InvestUnitID: str
    AccountID: str
    CurrencyID: str
    MacAddress: str
    InstrumentID: str
    ExchangeInstID: str
    IPAddress: str
    OrderMemo: str
    SessionReqSeq: int
    OwnerType: str
    ComTradeID: str
    LoginPBU: str


class Trade(View):
    """A fill."""

    __slots__ = ()
    BrokerID: str
    InvestorID: str
    OrderRef: str
    UserID: str
    ExchangeID: str
    TradeID: str
    Direction: str
    OrderSysID: str
    ParticipantID: str
    ClientID: str
    TradingRole: str
    OffsetFlag: str
    HedgeFlag: str
    Price: float
    Volume: int
    TradeDate: str
    TradeTime: str
    TradeType: str
    PriceSource: str
    TraderID: str
    OrderLocalID: str
    ClearingPartID: str
    BusinessUnit: str
    SequenceNo: int
    TradingDay: str
    SettlementID: int
    BrokerOrderSeq: int
    TradeSource: str
    InvestUnitID: str
    InstrumentID: str
    ExchangeInstID: str
    OwnerType: str
    ComTradeID: str
    LoginPBU: str


class InvestorPosition(RowView):
    """A row of positions."""

    __slots__ = ()
    BrokerID: str
    InvestorID: str
    PosiDirection: str
    HedgeFlag: str
    PositionDate: str
    YdPosition: int
    Position: int
    LongFrozen: int
    ShortFrozen: int
    LongFrozenAmount: float
    ShortFrozenAmount: float
    OpenVolume: int
    CloseVolume: int
    OpenAmount: float
    CloseAmount: float
    PositionCost: float
    PreMargin: float
    UseMargin: float
    FrozenMargin: float
    FrozenCash: float
    FrozenCommission: float
    CashIn: float
    Commission: float
    CloseProfit: float
    PositionProfit: float
    PreSettlementPrice: float
    SettlementPrice: float
    TradingDay: str
    SettlementID: int
    OpenCost: float
    ExchangeMargin: float
    CombPosition: int
    CombLongFrozen: int
    CombShortFrozen: int
    CloseProfitByDate: float
    CloseProfitByTrade: float
    TodayPosition: int
    MarginRateByMoney: float
    MarginRateByVolume: float
    StrikeFrozen: int
    StrikeFrozenAmount: float
    AbandonFrozen: int
    ExchangeID: str
    YdStrikeFrozen: int
    InvestUnitID: str
    PositionCostOffset: float
    TasPosition: int
    TasPositionCost: float
    InstrumentID: str
    OptionValue: float


class TradingAccount(RowView):
    """Money of an account."""

    __slots__ = ()
    BrokerID: str
    AccountID: str
    PreMortgage: float
    PreCredit: float
    PreDeposit: float
    PreBalance: float
    PreMargin: float
    InterestBase: float
    Interest: float
    Deposit: float
    Withdraw: float
    FrozenMargin: float
    FrozenCash: float
    FrozenCommission: float
    CurrMargin: float
    CashIn: float
    Commission: float
    CloseProfit: float
    PositionProfit: float
    Balance: float
    Available: float
    WithdrawQuota: float
    Reserve: float
    TradingDay: str
    SettlementID: int
    Credit: float
    Mortgage: float
    ExchangeMargin: float
    DeliveryMargin: float
    ExchangeDeliveryMargin: float
    ReserveBalance: float
    CurrencyID: str
    PreFundMortgageIn: float
    PreFundMortgageOut: float
    FundMortgageIn: float
    FundMortgageOut: float
    FundMortgageAvailable: float
    MortgageableFund: float
    SpecProductMargin: float
    SpecProductFrozenMargin: float
    SpecProductCommission: float
    SpecProductFrozenCommission: float
    SpecProductPositionProfit: float
    SpecProductCloseProfit: float
    SpecProductPositionProfitByAlg: float
    SpecProductExchangeMargin: float
    BizType: str
    FrozenSwap: float
    RemainSwap: float
    OptionValue: float


class InvestorPositionDetail(RowView):
    """An opening trade, held or closed today."""

    __slots__ = ()
    BrokerID: str
    InvestorID: str
    HedgeFlag: str
    Direction: str
    OpenDate: str
    TradeID: str
    Volume: int
    OpenPrice: float
    TradingDay: str
    SettlementID: int
    TradeType: str
    ExchangeID: str
    CloseProfitByDate: float
    CloseProfitByTrade: float
    PositionProfitByDate: float
    PositionProfitByTrade: float
    Margin: float
    ExchMargin: float
    MarginRateByMoney: float
    MarginRateByVolume: float
    LastSettlementPrice: float
    SettlementPrice: float
    CloseVolume: int
    CloseAmount: float
    TimeFirstVolume: int
    InvestUnitID: str
    SpecPosiType: str
    InstrumentID: str
    CombInstrumentID: str
