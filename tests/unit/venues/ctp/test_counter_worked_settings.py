"""The account's own settings are what the counter tells of it: larger side, usable profit, settlement before."""

from typing import Literal

import pytest
from counter_rig import BUY, SELL, Rig

from anyvenue.engine.venue import VenueOptions
from anyvenue.model.enums import Offset
from anyvenue.oms.settings import AccountSettings


def rig_of(settings: AccountSettings) -> Rig:
    """Return an exchange whose accounts are kept so."""
    return Rig("rb2701.SHFE", options=VenueOptions(settings=settings))


@pytest.mark.parametrize(("larger", "told", "margin"), [(False, "0", 28_000), (True, "1", 16_800)])
def test_the_larger_side_is_told_where_it_is_charged(
    larger: bool, told: str, margin: float
) -> None:
    rig = rig_of(AccountSettings(larger_side=larger))
    rig.trade("rb2701", BUY, 3, 3500)
    rig.trade("rb2701", SELL, 2, 3500)
    [row] = rig.ask("Instrument")
    assert row["MaxMarginSideAlgorithm"] == told
    [row] = rig.ask("ClassifiedInstrument")
    assert row["MaxMarginSideAlgorithm"] == told
    # 3 x 3,500 x 10 x 16 % and 2 x 3,500 x 10 x 16 %
    assert rig.money()["CurrMargin"] == margin


@pytest.mark.parametrize(
    ("rule", "algorithm", "usable"),
    [("both", "1", 200), ("loss", "2", 0), ("gain", "3", 200), ("none", "4", 0)],
)
def test_the_algorithm_is_that_of_the_account(
    rule: Literal["both", "loss", "gain", "none"], algorithm: str, usable: float
) -> None:
    rig = rig_of(AccountSettings(unrealised=rule))
    rig.trade("rb2701", BUY, 1, 3500)
    rig.quote("rb2701", 3520)
    [row] = rig.ask("BrokerTradingParams")
    assert row["Algorithm"] == algorithm
    # 1,000,000 less the fee of 3.5 and a margin of 5,600; the gain is 20 x 10
    assert rig.money()["Available"] == pytest.approx(994_396.5 + usable)


def test_lots_of_today_have_the_settlement_price_that_the_market_tells() -> None:
    rig = Rig("rb2701.SHFE")
    rig.quote("rb2701", 3500, pre_settlement=3490.0)
    rig.order("rb2701", BUY, 2, 3500)
    rig.quote("rb2701", 3500, pre_settlement=3490.0)
    [lot] = rig.ask("InvestorPositionDetail")
    [row] = rig.positions()
    assert (lot["LastSettlementPrice"], row["PreSettlementPrice"]) == (3490, 3490)


def test_after_a_night_they_have_that_of_the_older_ones() -> None:
    rig = Rig("rb2701.SHFE")
    rig.trade("rb2701", BUY, 2, 3500)
    rig.quote("rb2701", 3520, settlement=3518.0)
    rig.sleep()
    rig.trade("rb2701", BUY, 1, 3525)
    rig.trade("rb2701", SELL, 1, 3530, Offset.CLOSE_OLD)
    lots = rig.ask("InvestorPositionDetail")
    assert [lot["LastSettlementPrice"] for lot in lots] == [3518, 3518]
    assert [row["PreSettlementPrice"] for row in rig.positions()] == [3518, 3518]
