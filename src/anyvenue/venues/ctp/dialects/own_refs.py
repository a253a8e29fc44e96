"""What our driver's orders are called in a dialect, so that they are known again after any restart.

The driver signs orders with Front, Session and OrderRef, which is the node's order id of up to 12 digits. FEMAS has a
number of the user's in place of the three; TORA's OrderRef is a C int, so the id goes with the user's own text.
"""

from collections.abc import Mapping

from anyvenue.model.errors import NotSent
from anyvenue.venues.ctp.description import Value
from anyvenue.venues.ctp.dialects.words import Row, number

__all__ = ["OwnRefs", "refs_of"]

_IMMEDIATELY = frozenset({"", "1"})
_NODE_ID = 10  # digits of a node's order id at least


class OwnRefs:
    """The names of one session's orders; `conditions` are the ContingentConditions that the dialect has."""

    conditions = _IMMEDIATELY

    def check(self, fields: Mapping[str, Value]) -> None:
        """Raise NotSent for an order that the dialect has no words for."""
        if fields.get("ContingentCondition", "") not in self.conditions:
            raise NotSent(
                "this counter has no orders that wait for a price: let the strategy wait, and send a limit order",
                field="stop_price",
            )

    def said(self, struct: str, fields: Mapping[str, Value]) -> Row:
        """Return the fields of a request, in CTP's words, under the names that the dialect has for orders."""
        return dict(fields)

    def heard(self, struct: str, row: Row) -> Row:
        """Return a callback's row under the names that the driver has for orders."""
        return row


def refs_of(dialect: str) -> OwnRefs:
    """Return the names of a dialect's orders."""
    return {"femas": _Femas, "tora": _ToraStocks, "toraopt": _Tora}.get(dialect, OwnRefs)()


class _Femas(OwnRefs):
    """A user's number, whichever session sent it: those that this one has sent get its Front and Session."""

    conditions = _IMMEDIATELY | {"2", "3"}
    session = (1, 1)

    def __init__(self) -> None:
        self._sent: set[str] = set()
        self._last = 0

    def said(self, struct: str, fields: Mapping[str, Value]) -> Row:
        row = dict(fields)
        ref = str(row.get("OrderRef", "")).strip()
        if struct == "InputOrder":
            self._sent.add(ref)
            self._last = max(self._last, int(ref) if ref.isdecimal() else 0)
        elif struct == "OrderAction":
            self._last += 1
            row["OrderMemo"] = str(self._last)
        return row

    def heard(self, struct: str, row: Row) -> Row:
        if struct == "RspUserLogin":
            row["FrontID"], row["SessionID"] = self.session
            ref = str(row.get("MaxOrderRef", "")).strip()
            self._last = max(self._last, int(ref) if ref.isdecimal() else 0)
        elif "OrderRef" in row:
            ours = str(row["OrderRef"]).strip() in self._sent
            row["FrontID"], row["SessionID"] = self.session if ours else (0, 0)
        return row


class _Tora(OwnRefs):
    """OrderRef and OrderActionRef are one rising series of the session's.

    What the driver calls an order is the order's own text: OrderRef, and BusinessUnit behind it, which is no note here.
    """

    def __init__(self) -> None:
        self._last = 0
        self._refs: dict[str, int] = {}
        self._shareholders: dict[str, str] = {}
        self._investor = ""
        self._session: tuple[Value | None, Value | None] = (None, None)

    def said(self, struct: str, fields: Mapping[str, Value]) -> Row:
        row = dict(fields)
        # Who logs in may go by another name than the investor, whom the shareholders' accounts name.
        row["InvestorID"] = self._investor if struct.startswith("Input") else ""
        note = str(row.pop("BusinessUnit", ""))
        if struct == "InputOrder":
            ref = str(row.get("OrderRef", "")).strip()
            row["OrderMemo"] = f"{ref} {note}".strip()
            row["OrderRef"] = str(self._next())
            self._refs[ref] = self._last
            row["ClientID"] = self._shareholders.get(str(row.get("ExchangeID", "")), "")
        elif struct == "InputOrderAction":
            row["OrderMemo"] = ref = str(row.get("OrderRef", "")).strip()
            row["OrderRef"] = str(self._refs.get(ref, number(ref)))
            row["OrderActionRef"] = self._next()
        elif struct == "InputExercise":
            row["ExecOrderRef"] = str(self._next())
            row["ClientID"] = self._shareholders.get(str(row.get("ExchangeID", "")), "")
        return row

    def heard(self, struct: str, row: Row) -> Row:
        if struct == "RspUserLogin":
            self._last = max(self._last, number(row.get("MaxOrderRef")))
            self._session = row.get("FrontID"), row.get("SessionID")
        elif struct == "ShareholderAccount":
            self._investor = str(row.get("InvestorID", "")) or self._investor
            self._shareholders.setdefault(str(row["ExchangeID"]), str(row["ClientID"]))
        ref, _, note = str(row.get("OrderMemo", "")).partition(" ")
        mine = (row.get("FrontID"), row.get("SessionID")) == self._session and ref in self._refs
        if mine or (ref.isdecimal() and len(ref) >= _NODE_ID):
            if number(row.get("OrderRef")):
                self._refs.setdefault(ref, number(row["OrderRef"]))
            row["OrderRef"], row["BusinessUnit"] = ref, note
        return row

    def _next(self) -> int:
        self._last += 1
        return self._last


class _ToraStocks(_Tora):
    """Shares are bought to open and sold to close, and an order has no word for anything else."""

    def check(self, fields: Mapping[str, Value]) -> None:
        super().check(fields)
        buys, opens = (
            fields.get("Direction") == "0",
            str(fields.get("CombOffsetFlag", ""))[:1] == "0",
        )
        if buys is not opens:
            raise NotSent(
                "shares are bought to open and sold to close here; nothing was sent", field="offset"
            )
