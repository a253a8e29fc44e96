"""Fee schedules of shares and funds: a broker's commission and the charges of state and exchange, by date."""

from decimal import Decimal

from anyvenue.model.enums import InstrumentKind, Side
from anyvenue.model.instruments import FeeItem, FeeRate, FeeSchedule
from anyvenue.reference.tables import read_table

__all__ = ["share_fees"]


def share_fees(market: str, kind: InstrumentKind, date: int) -> FeeSchedule | None:
    """Return what trading shares of `kind` in `market` costs on `date` (yyyymmdd), None when nothing is known.

    The commission is an assumption about a broker and named so in the source.
    """
    latest: dict[str, dict[str, str]] = {}
    for row in read_table("charges"):
        if (
            row["market"] == market
            and row["kind"] in ("any", kind.value)
            and int(row["since"]) <= date
        ):
            latest[row["name"]] = row
    commission = latest.pop("commission", None)
    if commission is None:
        return None
    rate = FeeRate(
        Decimal(commission["by_money"]),
        Decimal(commission["by_lot"]),
        Decimal(commission["minimum"]),
    )
    items = tuple(_item(row) for row in latest.values() if _charges(row))
    return FeeSchedule(rate, rate, rate, items, commission["source"])


def _charges(row: dict[str, str]) -> bool:
    return bool(Decimal(row["by_money"]) or Decimal(row["by_lot"]))


def _item(row: dict[str, str]) -> FeeItem:
    side = Side(row["side"]) if row["side"] else None
    return FeeItem(row["name"], Decimal(row["by_money"]), Decimal(row["by_lot"]), side)
