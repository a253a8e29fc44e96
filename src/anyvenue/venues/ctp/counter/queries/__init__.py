"""Every query an investor can make: `QUERIES` answers each with rows of CTP's fields."""

from collections.abc import Mapping
from functools import partial

from anyvenue.venues.ctp.counter.context import Asked, Asking, Context, Query, Row
from anyvenue.venues.ctp.counter.pending import Pending
from anyvenue.venues.ctp.counter.queries.holdings import HOLDINGS
from anyvenue.venues.ctp.counter.queries.investor import INVESTOR
from anyvenue.venues.ctp.counter.queries.listings import LISTINGS
from anyvenue.venues.ctp.counter.queries.nothing import NOTHING
from anyvenue.venues.ctp.counter.queries.rates import RATES
from anyvenue.venues.ctp.counter.queries.records import RECORDS
from anyvenue.venues.ctp.counter.queries.settlement import SETTLEMENT

__all__ = ["QUERIES"]


def _native_first(name: str, query: Query) -> Asked:
    """Let a broker of CTP's own family answer by itself: its figures are shown, not worked out anew."""

    def answer(
        context: Context, asking: Asking, fields: Mapping[str, str | int | float | bytes]
    ) -> list[Row] | Pending:
        rows = context.native_query(asking.account, name, fields)
        if isinstance(rows, Pending):
            rows.otherwise = partial(query, context, asking, fields)
        return query(context, asking, fields) if rows is None else rows

    return answer


# What this counter alone knows, even over a broker of the same family: who has logged in here, and what its clients
# asked for under its own FrontID, SessionID and numbers.
_OWN = RECORDS.keys() - {"ReqQryTransferSerial"} | {
    "ReqQrySettlementInfoConfirm",
    "ReqQryUserSession",
}

QUERIES: dict[str, Asked] = {
    name: query if name in _OWN else _native_first(name, query)
    for table in (HOLDINGS, INVESTOR, LISTINGS, NOTHING, RATES, RECORDS, SETTLEMENT)
    for name, query in table.items()
}
"""The handler of each request, such as ``ReqQryTradingAccount``: (context, asking, fields) -> rows."""
