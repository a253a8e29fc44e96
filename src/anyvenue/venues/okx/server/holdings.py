"""Money and positions of an account, as the venue shows them."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from anyvenue.model.accounts import Account
from anyvenue.model.enums import MarginMode, Side
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.model.positions import PositionTerms
from anyvenue.model.protocols import Broker
from anyvenue.venues.okx.server.listing import Listing, largest_leverage
from anyvenue.venues.okx.wire_account import BalanceDetail, BalanceRow, PositionRow
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.figures import maintenance_of
from anyvenue.venues.serving.modes import Modes
from anyvenue.venues.serving.numbers import quantized

__all__ = ["Holdings", "Terms"]

_ZERO = Decimal(0)
_USUAL_LEVERAGE = Decimal(20)
_SIDES = ("net", "long", "short")
_DOLLARS = frozenset({"USD", "USDT", "USDC"})


class Terms(msgspec.Struct, frozen=True):
    """What was chosen for an instrument: leverage, margin mode, and what an isolated position has of its own."""

    leverage: Decimal
    mode: MarginMode
    money: Decimal

    @property
    def word(self) -> str:
        """cross or isolated."""
        return self.mode.value


class _Held(msgspec.Struct):
    """What is held of an instrument, or of one side of it; `cost` is in the settlement currency, at opening prices."""

    side: str = "net"
    net: Decimal = _ZERO
    cost: Decimal = _ZERO
    margin: Decimal = _ZERO


class Holdings:
    """Reads a broker; `boards` go by the venue's names."""

    def __init__(
        self, broker: Broker, listing: Listing, boards: Mapping[str, Board], modes: Modes
    ) -> None:
        """Read `broker`."""
        self._broker, self._listing, self._boards, self._modes = broker, listing, boards, modes

    # ---- terms

    def terms(self, account: AccountId, instrument: Instrument) -> Terms:
        """Return what was chosen for an instrument; what was not chosen is 20x and cross."""
        told = {each.instrument: each for each in self._broker.terms(account)}
        return _terms(instrument, told.get(instrument.id))

    def leverage(self, account: AccountId, instrument: Instrument) -> str:
        """Return the leverage of an instrument as text, empty for a pair."""
        if not instrument.position_rule.margined:
            return ""
        return plain(self.terms(account, instrument).leverage)

    # ---- positions

    def held(self, account: AccountId) -> set[InstrumentId]:
        """Return the contracts that are held; a set to look things up in."""
        return {each.instrument for each in self._broker.positions(account)}

    def positions(
        self, account: AccountId, kind: str = "", names: frozenset[str] = frozenset()
    ) -> list[PositionRow]:
        """Return the positions of contracts that are not flat, of a type or of names where some are given."""
        found = self._broker.positions(account)
        sums = self._sums(account)
        told = {each.instrument: each for each in self._broker.terms(account)}
        rows = []
        for position in found:
            name = self._listing.names.get(position.instrument)
            if name is None or self._listing.types[name] == "SPOT":
                continue
            if kind not in ("", "ANY", self._listing.types[name]) or (names and name not in names):
                continue
            board = self._boards[name]
            terms = _terms(board.instrument, told.get(position.instrument))
            rows += [
                self._position(board, name, held, terms)
                for held in sums.get(position.instrument, {}).values()
            ]
        return rows

    def flat(self, account: AccountId, name: str, side: str = "net") -> PositionRow:
        """Return the row of an instrument, or of one side of it, of which nothing is held."""
        board = self._boards[name]
        terms = self.terms(account, board.instrument)
        return self._position(board, name, _Held(side), terms)

    def _sums(self, account: AccountId) -> dict[InstrumentId, dict[str, _Held]]:
        """Return what is held, by instrument and the venue's word of the side: long and short, or net."""
        hedged = self._modes.hedged(account)
        sums: dict[InstrumentId, dict[str, _Held]] = {}
        for leg in self._broker.legs(account):
            if not leg.quantity:
                continue
            sign = 1 if leg.side is Side.BUY else -1
            side = ("long" if sign > 0 else "short") if hedged else "net"
            held = sums.setdefault(leg.instrument, {}).setdefault(side, _Held(side))
            held.net += leg.quantity * sign
            held.cost += leg.cost * sign
            held.margin += leg.margin
        return sums

    def _position(self, board: Board, name: str, held: _Held, terms: Terms) -> PositionRow:
        instrument, net = board.instrument, held.net
        mark = Decimal(board.price_text(board.mark))
        units = net * instrument.multiplier
        worth = _worth(instrument, units, mark)
        profit = worth - held.cost if net else _ZERO
        if instrument.inverse:
            profit = -profit
        entry = _entry(instrument, units, held.cost)
        isolated = terms.mode is MarginMode.ISOLATED
        kept = maintenance_of(instrument, abs(worth))
        ratio = quantized(profit / held.margin) if held.margin else _ZERO
        dollars = units if instrument.inverse else worth
        return PositionRow(
            inst_id=name,
            pos=plain(net if held.side == "net" else abs(net)),
            pos_side=held.side,
            inst_type=self._listing.types[name],
            pos_id=f"{self._number(name)}{_SIDES.index(held.side)}",
            mgn_mode=terms.word,
            avg_px=plain(entry) if net else "",
            mark_px=plain(mark),
            last=plain(mark),
            upl=plain(quantized(profit)),
            upl_ratio=plain(ratio),
            lever=plain(terms.leverage),
            margin=plain(terms.money) if isolated and net else "",
            imr="" if isolated else plain(held.margin),
            mmr=plain(kept),
            ccy=instrument.currency,
            notional_usd=plain(quantized(abs(dollars))),
            adl="1",
            c_time=str(board.ts_ms),
            u_time=str(board.ts_ms),
        )

    def _number(self, name: str) -> int:
        return 1_000_000 + list(self._listing.by_name).index(name)

    # ---- money

    def balance(
        self, account: AccountId, now_ms: int, currencies: frozenset[str] = frozenset()
    ) -> BalanceRow:
        """Return the money by currency, of `currencies` where some are given; totals are in dollars."""
        figures = self._broker.account(account)
        # Working the legs out takes its time where many orders work, and only isolated ones are counted here.
        isolated = any(each.isolated for each in self._broker.terms(account))
        rows = self.positions(account) if isolated else []
        details = [
            self._detail(each, rows)
            for each in figures
            if not currencies or each.currency in currencies
        ]
        total = sum((Decimal(each.eq_usd) for each in details), _ZERO)
        return BalanceRow(details=details, total_eq=plain(total), u_time=str(now_ms))

    def _detail(self, figures: Account, rows: list[PositionRow]) -> BalanceDetail:
        isolated = _ZERO
        profit = _ZERO
        for row in rows:
            if row.ccy == figures.currency and row.margin:
                isolated += Decimal(row.margin)
                profit += Decimal(row.upl)
        equity, free = figures.balance, max(figures.available, _ZERO)
        orders = figures.frozen_cash + figures.frozen_margin + figures.frozen_fees
        margin = max(figures.margin - isolated, _ZERO)
        dollars = quantized(equity * self._in_dollars(figures.currency))
        text = plain(free)
        return BalanceDetail(
            ccy=figures.currency,
            eq=plain(equity),
            cash_bal=plain(equity - figures.position_profit),
            avail_bal=text,
            avail_eq=text,
            frozen_bal=plain(max(equity - free, _ZERO)),
            ord_frozen=plain(orders),
            imr=plain(margin),
            mmr="",
            upl=plain(figures.position_profit),
            liab="0",
            interest="0",
            iso_eq=plain(isolated + profit),
            iso_upl=plain(profit),
            eq_usd=plain(dollars),
            dis_eq=plain(dollars),
            spot_bal=plain(equity - figures.position_profit),
            u_time=str(figures.ts_as_of // 1_000_000),
        )

    def _in_dollars(self, currency: str) -> Decimal:
        if currency in _DOLLARS:
            return Decimal(1)
        for board in self._boards.values():
            instrument = board.instrument
            if instrument.base == currency and board.mark:
                return Decimal(board.price_text(board.mark))
        return _ZERO


def _terms(instrument: Instrument, found: PositionTerms | None) -> Terms:
    most = largest_leverage(instrument)
    chosen = found.leverage if found is not None else None
    isolated = found.isolated if found is not None else None
    return Terms(
        chosen or min(most, _USUAL_LEVERAGE),
        (found.mode if found is not None else None) or MarginMode.CROSS,
        isolated or _ZERO,
    )


def _worth(instrument: Instrument, units: Decimal, price: Decimal) -> Decimal:
    """Return what units are worth in the settlement currency."""
    if not instrument.inverse:
        return units * price
    return units / price if price else _ZERO


def _entry(instrument: Instrument, units: Decimal, cost: Decimal) -> Decimal:
    """Return the average price at which units were opened that cost so much."""
    if not units or not cost:
        return _ZERO
    return quantized(units / cost if instrument.inverse else cost / units)
