"""Money and positions of an account, as the venue shows them."""

from collections.abc import Mapping
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.ids import AccountId
from anyvenue.model.positions import Position
from anyvenue.model.protocols import Broker
from anyvenue.venues.backpack.server.listing import margin_function, market_type
from anyvenue.venues.backpack.wire_rest import CapitalRow
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.figures import PositionFigures, figures_of, free_and_kept
from anyvenue.venues.serving.member import Member
from anyvenue.venues.serving.numbers import Row, quantized

__all__ = ["Holdings"]

_ZERO, _ONE = Decimal(0), Decimal(1)


class Holdings:
    """Reads a broker; `boards` go by symbol, `leverage` is what an account has that has not chosen."""

    def __init__(self, broker: Broker, boards: Mapping[str, Board], leverage: int) -> None:
        """Read `broker`."""
        self._broker, self._boards, self._leverage = broker, boards, Decimal(leverage)
        self._by_id = {each.id: each for each in boards.values()}
        self._numbers = {symbol: number for number, symbol in enumerate(boards, 1)}

    @property
    def perpetuals(self) -> list[Board]:
        """The boards of perpetuals."""
        return [each for each in self._boards.values() if market_type(each.instrument) == "PERP"]

    # ---- money

    def capital(self, account: AccountId) -> dict[str, CapitalRow]:
        """Return the money by currency; profits that are not taken are no part of it."""
        return {each.currency: _capital(each) for each in self._broker.account(account)}

    def collateral(self, member: Member) -> Row:
        """Return the account as a whole, in dollars, and what backs it."""
        figures = self._broker.account(member.account)
        rows = [self._collateral(each) for each in figures]
        held = [self._figures(each) for each in self._held(member.account).items()]
        profit = sum((each.profit for each in held), _ZERO)
        assets = sum((_number(each["collateralValue"]) for each in rows), _ZERO)
        locked = sum((each.margin + each.frozen_margin for each in figures), _ZERO)
        exposure = sum((abs(each.value) for each in held), _ZERO)
        equity = assets + profit
        return {
            "assetsValue": assets,
            "borrowLiability": "0",
            "collateral": rows,
            "imf": "0",
            "liabilitiesValue": "0",
            "marginFraction": quantized(equity / exposure) if exposure else None,
            "mmf": "0",
            "netEquity": equity,
            "netEquityAvailable": max(equity - locked, _ZERO),
            "netEquityLocked": locked,
            "netExposureFutures": exposure,
            "pnlUnrealized": profit,
            "unsettledEquity": profit,
        }

    def _collateral(self, each: Account) -> Row:
        row, mark = _capital(each), self._dollars(each.currency)
        total = row.available + row.locked
        value = quantized(total * mark)
        return {
            "assetMarkPrice": mark,
            "availableQuantity": row.available,
            "balanceNotional": value,
            "collateralValue": value,
            "collateralWeight": "1",
            "lendQuantity": "0",
            "openOrderQuantity": each.frozen_cash + each.frozen_margin,
            "symbol": each.currency,
            "totalQuantity": total,
        }

    def _dollars(self, currency: str) -> Decimal:
        for board in self._boards.values():
            each = board.instrument
            if each.base == currency and not each.position_rule.margined:
                return Decimal(board.price_text(board.mark))
        return _ONE

    # ---- positions

    def quantity(self, account: AccountId, symbol: str) -> Decimal:
        """Return what is held of a perpetual, below zero when short."""
        found = self._held(account).get(self._boards[symbol])
        return found.net if found is not None else _ZERO

    def positions(self, member: Member) -> list[Row]:
        """Return the positions that are not flat."""
        return [self._position(member, *each) for each in self._held(member.account).items()]

    def symbols_held(self, account: AccountId) -> list[str]:
        """Return the symbols of perpetuals that are held."""
        return [each.symbol for each in self._held(account)]

    def told(self, member: Member, symbol: str, ts_ms: int, event: str = "") -> Row:
        """Return what the account's stream says of a position; those told at the beginning have no event."""
        board = self._boards[symbol]
        held = self._held(member.account).get(board)
        figures = figures_of(board, held)
        row: Row = {"e": event} if event else {}
        return {
            **row,
            "E": ts_ms * 1000,
            "T": ts_ms * 1000,
            "s": symbol,
            "i": self._numbers[symbol],
            "q": figures.quantity,
            "Q": abs(figures.quantity),
            "n": abs(figures.value),
            "B": figures.entry,
            "b": figures.entry,
            "M": figures.mark,
            "l": "0",
            "f": self._fraction(member, board),
            "m": _kept(board),
            "p": member.realised.get((symbol, ""), _ZERO),
            "P": figures.profit,
        }

    def leverage(self, account: AccountId) -> Decimal:
        """Return the largest leverage that was chosen, for all perpetuals."""
        ids = {each.id for each in self.perpetuals}
        chosen = [
            each.leverage
            for each in self._broker.terms(account)
            if each.instrument in ids and each.leverage is not None
        ]
        return max(chosen, default=self._leverage)

    def _held(self, account: AccountId) -> dict[Board, Position]:
        found = self._broker.positions(account)
        boards = {each.id: each for each in self.perpetuals}
        return {boards[each.instrument]: each for each in found if each.instrument in boards}

    def _figures(self, each: tuple[Board, Position]) -> PositionFigures:
        return figures_of(*each)

    def _fraction(self, member: Member, board: Board) -> Decimal:
        schedule = board.instrument.margin
        least = schedule.long_by_money if schedule is not None else _ZERO
        return max(least, quantized(_ONE / self.leverage(member.account)))

    def _position(self, member: Member, board: Board, position: Position) -> Row:
        figures, symbol = figures_of(board, position), board.symbol
        paid = [
            each.amount
            for each in member.income
            if each.kind == "FUNDING_FEE" and each.symbol == symbol
        ]
        return {
            "breakEvenPrice": figures.entry,
            "cumulativeFundingPayment": sum(paid, _ZERO),
            "cumulativeInterest": "0",
            "entryPrice": figures.entry,
            "estLiquidationPrice": "0",
            "imf": self._fraction(member, board),
            "imfFunction": margin_function(board.instrument, kept=False),
            "markPrice": figures.mark,
            "mmf": _kept(board),
            "mmfFunction": margin_function(board.instrument, kept=True),
            "netCost": quantized(figures.quantity * figures.entry),
            "netExposureNotional": abs(figures.value),
            "netExposureQuantity": abs(figures.quantity),
            "netQuantity": figures.quantity,
            "pnlRealized": member.realised.get((symbol, ""), _ZERO),
            "pnlUnrealized": figures.profit,
            "positionId": str(self._numbers[symbol]),
            "subaccountId": None,
            "symbol": symbol,
            "userId": 1,
        }


def _kept(board: Board) -> Decimal:
    schedule = board.instrument.margin
    return schedule.long_maintenance if schedule is not None else _ZERO


def _capital(figures: Account) -> CapitalRow:
    free, _ = free_and_kept(figures)
    own = quantized(figures.balance - figures.position_profit)
    return CapitalRow(min(free, max(own, _ZERO)), max(own - free, _ZERO))


def _number(value: object) -> Decimal:
    assert isinstance(value, Decimal)
    return value
