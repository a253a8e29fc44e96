"""Money and positions of an account, as the venue shows them."""

from collections.abc import Mapping
from decimal import Decimal

from anyvenue.model.accounts import Account
from anyvenue.model.enums import MarginMode
from anyvenue.model.ids import AccountId, InstrumentId
from anyvenue.model.instruments import Instrument
from anyvenue.model.positions import Position, PositionTerms
from anyvenue.model.protocols import Broker
from anyvenue.venues.binance.wire_funds import (
    FuturesAccount,
    FuturesAsset,
    FuturesPosition,
    SpotBalance,
    SymbolConfig,
)
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.figures import figures_of, free_and_kept, margins_of, one_leg
from anyvenue.venues.serving.modes import Modes
from anyvenue.venues.serving.numbers import quantized

__all__ = ["Holdings", "Terms"]

_ZERO = Decimal(0)
_USUAL_LEVERAGE = 20


class Terms:
    """What was chosen for a symbol: leverage and margin mode, and what an isolated position has of its own."""

    def __init__(self, instrument: Instrument, found: PositionTerms | None) -> None:
        """Read what the broker tells; the venue's own start is 20x, as far as the symbol has it, and crossed."""
        most = instrument.tiers[0].max_leverage if instrument.tiers else Decimal(_USUAL_LEVERAGE)
        for each in instrument.tiers:
            most = max(most, each.max_leverage)
        chosen = found.leverage if found is not None else None
        self.leverage = int(chosen or min(most, Decimal(_USUAL_LEVERAGE)))
        self.isolated = found is not None and found.mode is MarginMode.ISOLATED
        self.money = (found.isolated if found is not None else None) or _ZERO

    @property
    def word(self) -> str:
        """CROSSED or ISOLATED."""
        return "ISOLATED" if self.isolated else "CROSSED"


class Holdings:
    """Reads a broker for one market; `boards` go by symbol."""

    def __init__(self, broker: Broker, boards: Mapping[str, Board], modes: Modes) -> None:
        """Read `broker`; `modes` tells whose positions are netted."""
        self._broker = broker
        self._modes = modes
        self._boards = boards
        self._by_id: dict[InstrumentId, Board] = {each.id: each for each in boards.values()}

    def board(self, instrument: InstrumentId) -> Board | None:
        """Return the board of an instrument, None where this market does not have it."""
        return self._by_id.get(instrument)

    def balances(self, account: AccountId, *, whole: bool = False) -> list[SpotBalance]:
        """Return the money of a spot account by currency; `whole` names those without any, too."""
        found = {
            each.currency: SpotBalance(each.currency, *free_and_kept(each))
            for each in self._broker.account(account)
        }
        if whole:
            for board in self._boards.values():
                for name in (board.instrument.base, board.instrument.currency):
                    found.setdefault(name, SpotBalance(name, _ZERO, _ZERO))
        rows = [found[name] for name in sorted(found)]
        return rows if whole else [each for each in rows if each.free or each.locked]

    def positions(self, account: AccountId) -> dict[InstrumentId, Position]:
        """Return the positions of this market by instrument."""
        found = self._broker.positions(account)
        return {each.instrument: each for each in found if each.instrument in self._by_id}

    def terms(self, account: AccountId, instrument: Instrument) -> Terms:
        """Return what was chosen for an instrument."""
        found = [each for each in self._broker.terms(account) if each.instrument == instrument.id]
        return Terms(instrument, found[0] if found else None)

    def config(self, account: AccountId, board: Board) -> SymbolConfig:
        """Return the terms of a symbol."""
        terms = self.terms(account, board.instrument)
        most = _largest(board.instrument, terms.leverage)
        return SymbolConfig(board.symbol, terms.word, False, terms.leverage, str(most))

    def futures_positions(
        self, account: AccountId, symbol: str = "", *, flat: bool = False
    ) -> list[FuturesPosition]:
        """Return the positions of USD-M, those that are flat only when asked; a hedged account has two a symbol."""
        held = self.positions(account)
        hedged = self._modes.hedged(account)
        margins = {} if hedged else margins_of(self._broker, account)
        rows = []
        for board in self._boards.values():
            if symbol and board.symbol != symbol:
                continue
            for leg in ("long", "short") if hedged else ("",):
                position = held.get(board.id)
                if leg:
                    position = one_leg(position, leg)
                if position is not None or flat:
                    row = self._position(account, board, position, margins)
                    row.position_side = leg.upper() or "BOTH"
                    rows.append(row)
        return rows

    def _position(
        self,
        account: AccountId,
        board: Board,
        position: Position | None,
        margins: Mapping[InstrumentId, Decimal],
    ) -> FuturesPosition:
        instrument = board.instrument
        figures = figures_of(board, position)
        terms = self.terms(account, instrument)
        margin = margins.get(board.id)
        if margin is None:
            margin = quantized(abs(figures.value) / terms.leverage)
        return FuturesPosition(
            symbol=board.symbol,
            position_amt=figures.quantity,
            entry_price=figures.entry,
            break_even_price=figures.entry,
            mark_price=figures.mark,
            un_realized_profit=figures.profit,
            liquidation_price=_ZERO,
            isolated_margin=terms.money + figures.profit if terms.isolated else _ZERO,
            isolated_wallet=terms.money if terms.isolated else _ZERO,
            notional=figures.value,
            margin_asset=instrument.currency,
            initial_margin=margin,
            maint_margin=figures.maintenance,
            leverage=Decimal(terms.leverage),
            margin_type="isolated" if terms.isolated else "cross",
            update_time=board.ts_ms,
        )

    def futures_account(self, account: AccountId) -> FuturesAccount:
        """Return the money of a USD-M account; the totals are those of the dollars together."""
        positions = self.futures_positions(account)
        currencies = {each.instrument.currency for each in self._boards.values()}
        figures = {each.currency: each for each in self._broker.account(account)}
        names = sorted(currencies | (figures.keys() & currencies))
        assets = [_asset(name, figures.get(name), positions) for name in names]
        made = FuturesAccount(assets, can_trade=True)
        made.total_wallet_balance = sum((each.wallet_balance for each in assets), _ZERO)
        made.total_unrealized_profit = sum((each.unrealized_profit for each in assets), _ZERO)
        made.total_margin_balance = sum((each.margin_balance for each in assets), _ZERO)
        made.total_initial_margin = sum((each.initial_margin for each in assets), _ZERO)
        made.total_maint_margin = sum((each.maint_margin for each in assets), _ZERO)
        made.available_balance = sum((each.available_balance for each in assets), _ZERO)
        return made


def _asset(name: str, figures: Account | None, positions: list[FuturesPosition]) -> FuturesAsset:
    if figures is None:
        return FuturesAsset(name, _ZERO)
    own = [each for each in positions if each.margin_asset == name]
    profit = sum((each.un_realized_profit for each in own), _ZERO)
    wallet = quantized(figures.balance - figures.position_profit)
    kept = sum((each.maint_margin for each in own if isinstance(each.maint_margin, Decimal)), _ZERO)
    return FuturesAsset(
        name,
        wallet,
        profit,
        wallet + profit,
        kept,
        figures.margin + figures.frozen_margin,
        figures.margin,
        figures.frozen_margin,
        wallet,
        profit,
        max(figures.available, _ZERO),
        max(min(figures.available, wallet), _ZERO),
        figures.ts_as_of // 1_000_000,
    )


def _largest(instrument: Instrument, leverage: int) -> Decimal:
    fitting = [each.up_to for each in instrument.tiers if each.max_leverage >= leverage]
    return max(fitting, default=_ZERO)
