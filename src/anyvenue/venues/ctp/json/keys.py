"""Which fields of a struct are told, in which order: the lists of openctp/webctp and homalos-webctp.

Structs that neither of them tells have all their fields but the reserved ones, in the order of the description.
"""

__all__ = ["EMPTY_OBJECTS", "MD_KEYS", "TD_KEYS", "ZEROED_MD", "ZEROED_TD"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TD_KEYS: dict[str, tuple[str, ...]] = {
    "RspUserLogin": _words(
        """
        TradingDay LoginTime BrokerID UserID SystemName FrontID SessionID MaxOrderRef SHFETime DCETime
        CZCETime FFEXTime INETime
        """
    ),
    "Instrument": _words(
        """
        InstrumentID ExchangeID InstrumentName ExchangeInstID ProductID ProductClass DeliveryYear
        DeliveryMonth MaxMarketOrderVolume MinMarketOrderVolume MaxLimitOrderVolume MinLimitOrderVolume
        VolumeMultiple PriceTick CreateDate OpenDate ExpireDate StartDelivDate EndDelivDate InstLifePhase
        IsTrading PositionType PositionDateType LongMarginRatio ShortMarginRatio MaxMarginSideAlgorithm
        UnderlyingInstrID StrikePrice OptionsType UnderlyingMultiple CombinationType
        """
    ),
    "Exchange": _words(
        """
        ExchangeID ExchangeName ExchangeProperty
        """
    ),
    "Product": _words(
        """
        CloseDealType ExchangeID ExchangeProductID MaxLimitOrderVolume MaxMarketOrderVolume
        MinLimitOrderVolume MinMarketOrderVolume MortgageFundUseRange OpenLimitControlLevel
        OrderFreqControlLevel PositionDateType PositionType PriceTick ProductClass ProductID ProductName
        TradeCurrencyID UnderlyingMultiple VolumeMultiple
        """
    ),
    "DepthMarketData": _words(
        """
        ActionDay AskPrice1 AskPrice2 AskPrice3 AskPrice4 AskPrice5 AskVolume1 AskVolume2 AskVolume3
        AskVolume4 AskVolume5 AveragePrice BandingLowerPrice BandingUpperPrice BidPrice1 BidPrice2
        BidPrice3 BidPrice4 BidPrice5 BidVolume1 BidVolume2 BidVolume3 BidVolume4 BidVolume5 ClosePrice
        CurrDelta ExchangeID ExchangeInstID HighestPrice InstrumentID LastPrice LowerLimitPrice
        LowestPrice OpenInterest OpenPrice PreClosePrice PreDelta PreOpenInterest PreSettlementPrice
        SettlementPrice TradingDay Turnover UpdateMillisec UpdateTime UpperLimitPrice Volume
        """
    ),
    "InvestorPositionDetail": _words(
        """
        BrokerID CloseAmount CloseProfitByDate CloseProfitByTrade CloseVolume CombInstrumentID Direction
        ExchMargin ExchangeID HedgeFlag InstrumentID InvestUnitID InvestorID LastSettlementPrice Margin
        MarginRateByMoney MarginRateByVolume OpenDate OpenPrice PositionProfitByDate PositionProfitByTrade
        SettlementID SettlementPrice SpecPosiType TimeFirstVolume TradeID TradeType TradingDay Volume
        """
    ),
    "ExchangeMarginRate": _words(
        """
        BrokerID ExchangeID HedgeFlag InstrumentID LongMarginRatioByMoney LongMarginRatioByVolume
        ShortMarginRatioByMoney ShortMarginRatioByVolume
        """
    ),
    "InstrumentOrderCommRate": _words(
        """
        BrokerID ExchangeID HedgeFlag InstrumentID InvestUnitID InvestorID InvestorRange
        OrderActionCommByTrade OrderActionCommByVolume OrderCommByTrade OrderCommByVolume
        """
    ),
    "OptionInstrTradeCost": _words(
        """
        BrokerID ExchFixedMargin ExchMiniMargin ExchangeID FixedMargin HedgeFlag InstrumentID InvestUnitID
        InvestorID MiniMargin Royalty
        """
    ),
    "OptionInstrCommRate": _words(
        """
        InvestorRange BrokerID InvestorID OpenRatioByMoney OpenRatioByVolume CloseRatioByMoney
        CloseRatioByVolume CloseTodayRatioByMoney CloseTodayRatioByVolume StrikeRatioByMoney
        StrikeRatioByVolume ExchangeID InvestUnitID InstrumentID
        """
    ),
    "UserPasswordUpdate": _words(
        """
        BrokerID UserID OldPassword NewPassword
        """
    ),
    "InputOrder": _words(
        """
        BrokerID InvestorID OrderRef UserID OrderPriceType Direction CombOffsetFlag CombHedgeFlag
        LimitPrice VolumeTotalOriginal TimeCondition GTDDate VolumeCondition MinVolume ContingentCondition
        StopPrice ForceCloseReason IsAutoSuspend BusinessUnit RequestID UserForceClose IsSwapOrder
        ExchangeID InvestUnitID AccountID CurrencyID ClientID MacAddress InstrumentID IPAddress
        """
    ),
    "Order": _words(
        """
        BrokerID InvestorID OrderRef UserID OrderPriceType Direction CombOffsetFlag CombHedgeFlag
        LimitPrice VolumeTotalOriginal TimeCondition GTDDate VolumeCondition MinVolume ContingentCondition
        StopPrice ForceCloseReason IsAutoSuspend BusinessUnit RequestID OrderLocalID ExchangeID
        ParticipantID ClientID TraderID InstallID OrderSubmitStatus NotifySequence TradingDay SettlementID
        OrderSysID OrderSource OrderStatus OrderType VolumeTraded VolumeTotal InsertDate InsertTime
        ActiveTime SuspendTime UpdateTime CancelTime ActiveTraderID ClearingPartID SequenceNo FrontID
        SessionID UserProductInfo StatusMsg UserForceClose ActiveUserID BrokerOrderSeq RelativeOrderSysID
        ZCETotalTradedVolume IsSwapOrder BranchID InvestUnitID AccountID CurrencyID MacAddress
        InstrumentID ExchangeInstID IPAddress
        """
    ),
    "Trade": _words(
        """
        BrokerID InvestorID OrderRef UserID ExchangeID TradeID Direction OrderSysID ParticipantID ClientID
        TradingRole OffsetFlag HedgeFlag Price Volume TradeDate TradeTime TradeType PriceSource TraderID
        OrderLocalID ClearingPartID BusinessUnit SequenceNo TradingDay SettlementID BrokerOrderSeq
        TradeSource InvestUnitID InstrumentID ExchangeInstID
        """
    ),
    "InputOrderAction": _words(
        """
        BrokerID InvestorID OrderActionRef OrderRef RequestID FrontID SessionID ExchangeID OrderSysID
        ActionFlag LimitPrice VolumeChange UserID InvestUnitID MacAddress InstrumentID IPAddress
        """
    ),
    "OrderAction": _words(
        """
        BrokerID InvestorID OrderActionRef OrderRef RequestID FrontID SessionID ExchangeID OrderSysID
        ActionFlag LimitPrice VolumeChange ActionDate ActionTime TraderID InstallID OrderLocalID
        ActionLocalID ParticipantID ClientID BusinessUnit OrderActionStatus UserID StatusMsg BranchID
        InvestUnitID MacAddress InstrumentID IPAddress
        """
    ),
    "QryMaxOrderVolume": _words(
        """
        BrokerID InvestorID InstrumentID ExchangeID InvestUnitID MaxVolume Direction OffsetFlag HedgeFlag
        """
    ),
    "InvestorPosition": _words(
        """
        AbandonFrozen BrokerID CashIn CloseAmount CloseProfit CloseProfitByDate CloseProfitByTrade
        CloseVolume CombLongFrozen CombPosition CombShortFrozen Commission ExchangeID ExchangeMargin
        FrozenCash FrozenCommission FrozenMargin HedgeFlag InstrumentID InvestUnitID InvestorID LongFrozen
        LongFrozenAmount MarginRateByMoney MarginRateByVolume OpenAmount OpenCost OpenVolume PosiDirection
        Position PositionCost PositionCostOffset PositionDate PositionProfit PreMargin PreSettlementPrice
        SettlementID SettlementPrice ShortFrozen ShortFrozenAmount StrikeFrozen StrikeFrozenAmount
        TasPosition TasPositionCost TodayPosition TradingDay UseMargin YdPosition YdStrikeFrozen
        """
    ),
    "TradingAccount": _words(
        """
        AccountID Available Balance BizType BrokerID CashIn CloseProfit Commission Credit CurrMargin
        CurrencyID DeliveryMargin Deposit ExchangeDeliveryMargin ExchangeMargin FrozenCash
        FrozenCommission FrozenMargin FrozenSwap FundMortgageAvailable FundMortgageIn FundMortgageOut
        Interest InterestBase Mortgage MortgageableFund PositionProfit PreBalance PreCredit PreDeposit
        PreFundMortgageIn PreFundMortgageOut PreMargin PreMortgage RemainSwap Reserve ReserveBalance
        SettlementID SpecProductCloseProfit SpecProductCommission SpecProductExchangeMargin
        SpecProductFrozenCommission SpecProductFrozenMargin SpecProductMargin SpecProductPositionProfit
        SpecProductPositionProfitByAlg TradingDay Withdraw WithdrawQuota
        """
    ),
    "Investor": _words(
        """
        Address BrokerID CommModelID IdentifiedCardNo IdentifiedCardType InvestorGroupID InvestorID
        InvestorName IsActive MarginModelID Mobile OpenDate Telephone
        """
    ),
    "TradingCode": _words(
        """
        BizType BranchID BrokerID ClientID ClientIDType ExchangeID InvestUnitID InvestorID IsActive
        """
    ),
    "InstrumentMarginRate": _words(
        """
        BrokerID ExchangeID HedgeFlag InstrumentID InvestUnitID InvestorID InvestorRange IsRelative
        LongMarginRatioByMoney LongMarginRatioByVolume ShortMarginRatioByMoney ShortMarginRatioByVolume
        """
    ),
    "InstrumentCommissionRate": _words(
        """
        BizType BrokerID CloseRatioByMoney CloseRatioByVolume CloseTodayRatioByMoney
        CloseTodayRatioByVolume ExchangeID InstrumentID InvestUnitID InvestorID InvestorRange
        OpenRatioByMoney OpenRatioByVolume
        """
    ),
}
"""Fields by struct, for the trading path."""

MD_KEYS: dict[str, tuple[str, ...]] = {
    "RspUserLogin": _words(
        """
        BrokerID CZCETime DCETime FFEXTime FrontID INETime LoginTime MaxOrderRef SessionID SHFETime SystemName
        SysVersion TradingDay UserID
        """
    ),
    "DepthMarketData": (*TD_KEYS["DepthMarketData"], "reserve1", "reserve2"),
}
"""Fields by struct, for the quotes' path."""

ZEROED_MD: frozenset[str] = frozenset(
    each
    for each in TD_KEYS["DepthMarketData"]
    if each.endswith("Price") or each[:-1] in ("AskPrice", "BidPrice")
)
"""Prices of a snapshot that are 0 where CTP has DBL_MAX. `PreDelta` and `CurrDelta` stay DBL_MAX, as recorded."""

ZEROED_TD: frozenset[str] = ZEROED_MD - {"PreSettlementPrice"}
"""The same for the answer to a query."""

EMPTY_OBJECTS: frozenset[str] = frozenset(
    _words(
        """
        Instrument Exchange Product DepthMarketData InvestorPositionDetail ExchangeMarginRate
        InstrumentOrderCommRate OptionInstrTradeCost OptionInstrCommRate
        """
    )
)
"""Structs whose empty answer is ``{}``; for all others it is null."""
