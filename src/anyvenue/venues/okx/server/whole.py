"""Rows with the fields that the venue sends and that mean nothing here: clients that read strictly ask for them."""

from collections.abc import Iterable

import msgspec

from anyvenue.venues.okx.wire import Acknowledged, FundingRow
from anyvenue.venues.okx.wire_account import (
    AlgoOrderRow,
    BalanceDetail,
    BalanceRow,
    OrderRow,
    PositionRow,
)
from anyvenue.venues.okx.wire_rest import FeeRow, InstrumentRow
from anyvenue.venues.serving.numbers import Row

__all__ = ["whole_row", "whole_rows"]


def _empty(names: str) -> Row:
    return dict.fromkeys(names.split(), "")


_NONE: dict[type, Row] = {
    Acknowledged: _empty("ordId clOrdId tag"),
    OrderRow: {
        **_empty("attachAlgoClOrdId pxType pxUsd pxVol quickMgnType stpId tradeQuoteCcy"),
        **_empty("slOrdPx slTriggerPx slTriggerPxType tpOrdPx tpTriggerPx tpTriggerPxType"),
        "attachAlgoOrds": [],
        "isTpLimit": "false",
        "linkedAlgoOrd": {"algoId": ""},
    },
    AlgoOrderRow: _empty("pxVar pxSpread pxLimit szLimit amendPxOnTriggerType quickMgnType last"),
    PositionRow: {
        **_empty("baseBal quoteBal baseBorrowed quoteBorrowed baseInterest quoteInterest bePx"),
        **_empty(
            "optVal pendingCloseOrdLiabVal spotInUseAmt spotInUseCcy usdPx bizRefId bizRefType"
        ),
        **_empty("uplLastPx uplRatioLastPx idxPx liqPenalty clSpotInUseAmt maxSpotInUseAmt"),
        **_empty("deltaBS deltaPA gammaBS gammaPA thetaBS thetaPA vegaBS vegaPA settledPnl"),
        "closeOrderAlgo": [],
    },
    BalanceRow: _empty(
        "borrowFroz notionalUsdForBorrow notionalUsdForFutures notionalUsdForOption notionalUsdForSwap"
    ),
    BalanceDetail: {
        **_empty("accAvgPx borrowFroz clSpotInUseAmt coinUsdPrice crossLiab isoLiab maxLoan"),
        **_empty("maxSpotInUseAmt openAvgPx spotInUseAmt spotUpl spotUplRatio totalPnl"),
        **_empty("totalPnlRatio uplLiab notionalLever"),
        **dict.fromkeys(("fixedBal", "rewardBal", "smtSyncEq", "spotIsoBal"), "0"),
        **dict.fromkeys(("spotCopyTradingEq", "stgyEq", "twap"), "0"),
        "colBorrAutoConversion": "0",
        "collateralEnabled": False,
        "collateralRestrict": False,
    },
    InstrumentRow: {
        **_empty("auctionEndTime contTdSwTime maxPlatOILmt openType posLmtAmt posLmtPct"),
        **_empty("preMktSwTime"),
        "futureSettlement": False,
    },
    FeeRow: _empty("delivery exercise uly instFamily"),
    FundingRow: _empty("nextFundingRate"),
}


def whole_row(row: msgspec.Struct) -> Row:
    """Return a row with all that the venue sends of its kind."""
    sent: Row = msgspec.to_builtins(row)
    if isinstance(row, BalanceRow):
        sent["details"] = whole_rows(row.details)
    if isinstance(row, OrderRow) and row.linked_algo_ord is None:
        del sent["linkedAlgoOrd"]
    none = _NONE.get(type(row), {})
    return {**sent, **{name: value for name, value in none.items() if name not in sent}}


def whole_rows(rows: Iterable[object]) -> list[object]:
    """Return rows with all that the venue sends of their kinds; what is no such row stays as it is."""
    return [
        whole_row(each) if isinstance(each, msgspec.Struct) and type(each) in _NONE else each
        for each in rows
    ]
