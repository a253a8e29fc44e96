"""The words of settlement statements: titles of tables and columns, and what stands in their cells."""

__all__ = [
    "COLUMNS",
    "EXCHANGES",
    "HEDGES",
    "OFFSETS",
    "SECTIONS",
    "SIDES",
    "SUMMARY",
    "TEXTS",
    "WHOLE",
]

SECTIONS = {
    "出入金明细": "Transfers",
    "成交记录": "Transactions",
    "成交明细": "Transactions",
    "平仓明细": "PositionsClosed",
    "持仓明细": "PositionsDetail",
    "持仓汇总": "Positions",
    "行权明细": "Exercises",
    "交割明细": "Deliveries",
}
"""Names of the tables by their Chinese titles, those of openctp's JSON where it has them."""

SUMMARY = {
    "期初结存": "PreBalance",
    "出入金": "DepositWithdrawal",
    "平仓盈亏": "CloseProfit",
    "持仓盯市盈亏": "PositionProfit",
    "期权执行盈亏": "ExerciseProfit",
    "手续费": "Commission",
    "行权手续费": "ExerciseFee",
    "交割手续费": "DeliveryFee",
    "货币质入": "NewFXPledge",
    "货币质出": "FXRedemption",
    "质押变化金额": "ChangeInPledge",
    "货币质押变化金额": "ChangeInFXPledge",
    "权利金收入": "PremiumReceived",
    "权利金支出": "PremiumPaid",
    "基础保证金": "InitialMargin",
    "期末结存": "Balance",
    "质押金": "PledgeAmount",
    "客户权益": "ClientEquity",
    "货币质押保证金占用": "FXPledgeOccupied",
    "保证金占用": "CurrMargin",
    "交割保证金": "DeliveryMargin",
    "多头期权市值": "MarketValueLong",
    "空头期权市值": "MarketValueShort",
    "市值权益": "MarketValueEquity",
    "可用资金": "Available",
    "风险度": "RiskDegree",
    "应追加资金": "MarginCall",
}
"""Names of the Account Summary's numbers by their Chinese titles."""

_COMMON = {
    "投资单元": "InvestUnitID",
    "交易所": "ExchangeID",
    "交易编码": "ClientID",
    "品种": "ProductName",
    "合约": "InstrumentID",
    "买/卖": "Direction",
    "投/保": "HedgeFlag",
    "手数": "Volume",
    "手续费": "Commission",
    "平仓盈亏": "CloseProfit",
    "权利金收支": "CashIn",
    "开仓日期": "OpenDate",
    "开仓价": "OpenPrice",
    "资金账号": "AccountID",
    "成交类型": "TradeType",
    "昨结算": "LastSettlementPrice",
}

COLUMNS: dict[str, dict[str, str]] = {
    "Transfers": {
        "发生日期": "Date",
        "出入金类型": "Type",
        "入金": "Deposit",
        "出金": "Withdrawal",
        "说明": "Note",
        "资金账号": "AccountID",
    },
    "Transactions": _COMMON
    | {
        "成交日期": "TradeDate",
        "成交价": "Price",
        "成交额": "Turnover",
        "开平": "OffsetFlag",
        "成交序号": "TradeID",
    },
    "PositionsClosed": _COMMON | {"平仓日期": "CloseDate", "成交价": "ClosePrice"},
    "PositionsDetail": _COMMON
    | {
        "持仓量": "Volume",
        "结算价": "SettlementPrice",
        "浮动盈亏": "PositionProfitByTrade",
        "盯市盈亏": "PositionProfitByDate",
        "保证金": "Margin",
        "期权市值": "MarketValue",
    },
    "Positions": _COMMON
    | {
        "买持": "LongFrozen",
        "买均价": "AvgBuyPrice",
        "卖持": "ShortFrozen",
        "卖均价": "AvgSellPrice",
        "昨结算": "PreSettlementPrice",
        "今结算": "SettlementPrice",
        "持仓盯市盈亏": "PositionProfit",
        "保证金占用": "UseMargin",
        "多头期权市值": "MarketValueLong",
        "空头期权市值": "MarketValueShort",
    },
    "Exercises": _COMMON
    | {
        "成交日期": "TradeDate",
        "是否行权": "Exercised",
        "行权数量": "Volume",
        "行权价格": "StrikePrice",
        "行权金额": "Amount",
        "行权盈亏": "ExerciseProfit",
        "行权手续费": "ExerciseFee",
    },
}
"""Names of the columns by table and Chinese title; openctp's own word for held lots is LongFrozen and ShortFrozen."""

TEXTS = frozenset(
    {
        "AccountID",
        "ClientID",
        "CloseDate",
        "Date",
        "Direction",
        "ExchangeID",
        "Exercised",
        "HedgeFlag",
        "InstrumentID",
        "InvestUnitID",
        "Note",
        "OffsetFlag",
        "OpenDate",
        "ProductName",
        "TradeDate",
        "TradeID",
        "TradeType",
        "Type",
    }
)
"""Columns that are no numbers."""

WHOLE = frozenset({"Volume", "LongFrozen", "ShortFrozen", "Position"})
"""Columns that are counts."""

EXCHANGES = {
    "上期所": "SHFE",
    "能源中心": "INE",
    "中金所": "CFFEX",
    "大商所": "DCE",
    "郑商所": "CZCE",
    "广期所": "GFEX",
    "上交所": "SSE",
    "深交所": "SZSE",
}
SIDES = {"买": "0", "卖": "1"}
HEDGES = {"投": "1", "投机": "1", "交易": "1", "套利": "2", "套": "3", "套保": "3", "做市商": "5"}
OFFSETS = {"开": "0", "平": "1", "强平": "2", "平今": "3", "平昨": "4", "强减": "5"}
