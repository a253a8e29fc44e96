"""Conditional orders in the venue's words: what sets them off, and what is sent then."""

from decimal import Decimal

import msgspec

from anyvenue.model.enums import Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.numbers import plain
from anyvenue.venues.okx.server.asking import Asked
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.order_words import leg_word, mode_of, read_side
from anyvenue.venues.okx.server.refusals import Refused, bad, missing, refusal_of
from anyvenue.venues.okx.wire_account import AlgoOrderRow
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.triggers import Trigger

__all__ = ["AT_MARKET", "AlgoReader", "Kept", "Way"]

AT_MARKET = "-1"
"""The price of an order that is sent at market."""

_KINDS = ("conditional", "oco", "trigger", "move_order_stop")
_CHANGEABLE = (
    *("sz", "triggerPx", "ordPx", "tpTriggerPx", "tpOrdPx", "slTriggerPx", "slOrdPx"),
    *("callbackRatio", "callbackSpread", "activePx"),
)


class Way(msgspec.Struct):
    """One way in which a conditional order is set off, and the price it is sent at then, -1 for market."""

    name: str
    trigger: Trigger
    price: str


class Kept(msgspec.Struct):
    """A conditional order and who gave it."""

    row: AlgoOrderRow
    member: Member
    board: Board
    ways: list[Way]
    closing: bool = False

    @property
    def working(self) -> bool:
        """Whether it still waits."""
        return self.row.state == "live"


class AlgoReader:
    """Reads conditional orders."""

    def __init__(self, house: House) -> None:
        """Know what is listed."""
        self.house = house

    def read(self, asked: Asked, *, attached: bool = False) -> Kept:
        """Return a conditional order; raise Refused. One that is `attached` to an order begins to wait later."""
        name = self.house.listing.asked(asked)
        board, kind = self.house.boards[name], self.house.listing.types[name]
        side, closing = read_side(asked), asked.has("closeFraction")
        if closing and (asked.text("closeFraction") != "1" or kind == "SPOT"):
            raise bad("closeFraction")
        hedged = self.house.modes.hedged(asked.member.account)
        leg = leg_word(asked, kind, hedged=hedged)
        row = AlgoOrderRow(
            inst_id=name,
            algo_id="",
            state="live",
            side=side.value,
            ord_type=asked.choice("ordType", _KINDS),
            inst_type=kind,
            algo_cl_ord_id=asked.client_id("algoClOrdId"),
            tag=asked.text("tag", ""),
            sz="" if closing else plain(asked.positive("sz")),
            close_fraction="1" if closing else "",
            pos_side="" if kind == "SPOT" else leg or "net",
            td_mode=mode_of(asked, kind),
            reduce_only="true"
            if asked.flag("reduceOnly") and kind != "SPOT" and not leg
            else "false",
        )
        kept = Kept(row, asked.member, board, [], closing)
        self._read_ways(asked, kept, side)
        self._check_steps(kept)
        if not attached:
            self._check_ways(kept)
        return kept

    def change(self, kept: Kept, asked: Asked) -> None:
        """Change a conditional order as is asked; raise Refused, and then it is as it was."""
        row = kept.row
        now: dict[str, object] = {
            **msgspec.to_builtins(row),
            "orderPx": row.ord_px,
            "posSide": row.pos_side or "net",
            "closeFraction": row.close_fraction,
        }
        for name in _CHANGEABLE:
            changed = asked.text(f"new{name[0].upper()}{name[1:]}", "")
            if changed:
                now["orderPx" if name == "ordPx" else name] = changed
        read = self.read(asked.row(now))
        for field in ("algo_id", "c_time"):
            setattr(read.row, field, getattr(row, field))
        kept.row, kept.ways = read.row, read.ways

    def _read_ways(self, asked: Asked, kept: Kept, side: Side) -> None:
        row, buy = kept.row, side is Side.BUY
        if row.ord_type == "move_order_stop":
            kept.ways = [self._read_trailing(asked, row, buy)]
            return
        if row.ord_type == "trigger":
            price = asked.positive("triggerPx")
            row.trigger_px, row.ord_px = plain(price), _order_price(asked, "orderPx")
            row.trigger_px_type = asked.text("triggerPxType", "last")
            last = kept.board.mark
            kept.ways = [Way("", Trigger(float(price) >= last, float(price)), row.ord_px)]
            return
        for name in ("tp", "sl"):
            if asked.has(f"{name}TriggerPx"):
                price = asked.positive(f"{name}TriggerPx")
                sent = _order_price(asked, f"{name}OrdPx")
                upwards = buy is (name == "sl")
                kept.ways.append(Way(name, Trigger(upwards, float(price)), sent))
                setattr(row, f"{name}_trigger_px", plain(price))
                setattr(row, f"{name}_ord_px", sent)
                word = asked.text(f"{name}TriggerPxType", "last")
                setattr(row, f"{name}_trigger_px_type", word)
        if len(kept.ways) != (2 if row.ord_type == "oco" else 1):
            raise missing("slTriggerPx" if row.tp_trigger_px else "tpTriggerPx")

    def _read_trailing(self, asked: Asked, row: AlgoOrderRow, buy: bool) -> Way:
        rate, spread = asked.number("callbackRatio"), asked.number("callbackSpread")
        if (rate is None) is (spread is None):
            raise missing("callbackRatio")
        distance = spread if rate is None else rate
        assert distance is not None
        if distance <= 0 or (rate is not None and rate > 1):
            raise bad("callbackSpread" if rate is None else "callbackRatio")
        begins = asked.number("activePx")
        row.callback_ratio = "" if rate is None else plain(rate)
        row.callback_spread = "" if spread is None else plain(spread)
        row.active_px = "" if begins is None else plain(begins)
        trigger = Trigger(
            buy,
            rate=float(rate or 0),
            spread=float(spread or 0),
            begins=float(begins or 0),
        )
        return Way("", trigger, AT_MARKET)

    def _check_steps(self, kept: Kept) -> None:
        instrument = kept.board.instrument
        try:
            if kept.row.sz:
                instrument.quantity(kept.row.sz)
            for way in kept.ways:
                for price in (way.price, plain(Decimal(repr(way.trigger.price)))):
                    if price not in (AT_MARKET, "0"):
                        instrument.price(price)
        except AnyvenueError as error:
            raise refusal_of(error) from None

    def _check_ways(self, kept: Kept) -> None:
        """Check that a stop or profit would not be set off at once."""
        mark = kept.board.mark
        for way in kept.ways:
            if way.name and mark and way.trigger.touched(mark):
                where = "lower" if way.trigger.upwards else "higher"
                raise Refused("51280", f"The trigger price must not be {where} than the last price")


def _order_price(asked: Asked, name: str) -> str:
    """Return the price an order is sent at, -1 for market; raise Refused."""
    value = asked.number(name)
    if value is None:
        raise missing(name)
    if value != -1 and value <= 0:
        raise bad(name)
    return plain(value)
