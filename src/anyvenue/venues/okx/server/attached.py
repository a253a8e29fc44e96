"""Stops and profits that are attached to an order: they begin to wait once it is done, for what was filled of it."""

import msgspec

from anyvenue.model.events import Event
from anyvenue.model.ids import OrderId
from anyvenue.model.numbers import plain
from anyvenue.venues.okx.server.algo import Algos
from anyvenue.venues.okx.server.algo_words import AlgoReader, Kept
from anyvenue.venues.okx.server.asking import Asked
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.order_words import Words
from anyvenue.venues.okx.server.refusals import Refused, bad
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.records import OrderChange, Record

__all__ = ["Attached"]

_OTHER = {"buy": "sell", "sell": "buy"}
_NAMES = ("tpTriggerPx", "tpTriggerPxType", "tpOrdPx", "slTriggerPx", "slTriggerPxType", "slOrdPx")


class Attached:
    """Those of all orders that work."""

    def __init__(self, house: House, algos: Algos) -> None:
        """Hand them to `algos` when their time comes."""
        self._reader, self._algos = AlgoReader(house), algos
        self._of: dict[OrderId, Kept] = {}

    def read(self, asked: Asked) -> Kept | None:
        """Return what a request attaches to its order, None for nothing; raise Refused."""
        text = asked.text("attachAlgoOrds", "[]")
        try:
            rows = msgspec.json.decode(text, type=list[dict[str, object]])
        except msgspec.MsgspecError:
            raise bad("attachAlgoOrds") from None
        if not rows:
            return None
        if len(rows) > 1:
            raise bad("attachAlgoOrds")
        [row] = rows
        names = {name: row[name] for name in _NAMES if row.get(name)}
        both = "tpTriggerPx" in names and "slTriggerPx" in names
        same = {
            name: asked.text(name, "") for name in ("instId", "instIdCode", "tdMode", "posSide")
        }
        made = asked.row(
            {
                **same,
                **names,
                "side": _OTHER.get(asked.text("side"), ""),
                "sz": asked.text("sz"),
                "ordType": "oco" if both else "conditional",
                "algoClOrdId": row.get("attachAlgoClOrdId", ""),
                "tag": asked.text("tag", ""),
                "reduceOnly": True,
            }
        )
        return self._reader.read(made, attached=True)

    def attach(self, kept: Kept, record: Record) -> None:
        """Let what was read wait for an order that was placed."""
        if self not in kept.member.listeners:
            kept.member.listeners.append(self)
        self._of[record.order_id] = kept
        self._look(record)

    # ---- heard

    def order_changed(self, member: Member, record: Record, what: OrderChange, ts_ms: int) -> None:
        """Look whether an order is done."""
        self._look(record)

    def money_moved(self, member: Member, event: Event, ts_ms: int) -> None:
        """Pass over money."""

    def _look(self, record: Record) -> None:
        kept = self._of.get(record.order_id)
        if kept is None or not record.done:
            return
        del self._of[record.order_id]
        if not record.filled:
            return
        kept.row.sz = plain(record.filled)
        kept.row.td_mode = Words.of(record.request).mode or kept.row.td_mode
        try:
            self._algos.keep(kept)
        except Refused:
            # Its name was given to another one meanwhile: it is kept without.
            kept.row.algo_cl_ord_id = ""
            self._algos.keep(kept)
