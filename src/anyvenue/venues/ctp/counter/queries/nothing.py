"""Queries that are always answered, with nothing: what they ask about does not exist at this counter."""

from anyvenue.venues.ctp.counter.context import Asking, Context, Query, Row
from anyvenue.venues.ctp.counter.seam import Fields

__all__ = ["NOTHING"]

_NAMES = (
    # Portfolio margins of the exchanges: margins here are by contract.
    *("SPBMFutureParameter", "SPBMOptionParameter", "SPBMIntraParameter", "SPBMInterParameter"),
    *("SPBMPortfDefinition", "SPBMInvestorPortfDef", "SPBMAddOnInterParameter"),
    *("InvestorPortfMarginRatio", "InvestorPortfSetting", "InvestorProdSPBMDetail"),
    *("InvestorCommoditySPMMMargin", "InvestorCommodityGroupSPMMMargin"),
    *("SPMMInstParam", "SPMMProductParam"),
    *("RCAMSCombProductInfo", "RCAMSInstrParameter", "RCAMSIntraParameter"),
    *("RCAMSInterParameter", "RCAMSShortOptAdjustParam", "RCAMSInvestorCombPosition"),
    *("InvestorProdRCAMSMargin", "RULEInstrParameter", "RULEIntraParameter"),
    *("RULEInterParameter", "InvestorProdRULEMargin", "CombPromotionParam"),
    *("CombInstrumentGuard", "OffsetSetting"),
    # Others than ordinary investors: market makers, agents, settlement members.
    *("MMInstrumentCommissionRate", "MMOptionInstrCommRate", "SecAgentACIDMap"),
    *("SecAgentTradingAccount", "SecAgentCheckMode", "SecAgentTradeInfo", "TraderOffer"),
    *("RiskSettleInvstPosition", "RiskSettleProductStatus", "InvestorInfoCommRec"),
    # What the broker would publish, pledge or adjust, and does not.
    *("Notice", "TradingNotice", "EWarrantOffset", "ExchangeMarginRateAdjust", "ExchangeRate"),
    *("CFMMCTradingAccountKey", "InvestUnit"),
    # Of the API for options on shares: locked units, limits and levels of investors.
    *("Lock", "LockPosition", "LimitPosi", "InvestorLevel", "ExecFreeze", "LimitAmount"),
    *("SecInvestorPosition", "ExecCombineOrder", "InternalTransfer", "FutureTradingAccount"),
)


def _nothing(context: Context, asking: Asking, fields: Fields) -> list[Row]:
    return []


NOTHING: dict[str, Query] = {f"ReqQry{name}": _nothing for name in _NAMES}
"""The answers by request."""
