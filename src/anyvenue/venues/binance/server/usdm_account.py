"""The requests of USD-M about money, positions, their terms, and the account's stream."""

from decimal import Decimal

from anyvenue.model.commands import AccountCommand, MoveMargin, SetLeverage, SetMarginMode
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.events import CommandRefused, Event
from anyvenue.venues.binance.server.asking import Asked, Endpoint, Security
from anyvenue.venues.binance.server.house import House
from anyvenue.venues.binance.server.refusals import Refused, missing
from anyvenue.venues.binance.server.terms import Market
from anyvenue.venues.binance.wire_funds import (
    FuturesAccount,
    FuturesAsset,
    FuturesPosition,
    LeverageReply,
    SymbolConfig,
)
from anyvenue.venues.binance.wire_rest import ListenKey
from anyvenue.venues.serving.board import Board
from anyvenue.venues.serving.numbers import Row

__all__ = ["UsdmAccount"]

_MOST = 1000
_OK: Row = {"code": 200, "msg": "success"}
_MODES = {"CROSSED": MarginMode.CROSS, "ISOLATED": MarginMode.ISOLATED}


class UsdmAccount:
    """What a USD-M account may ask about itself; paths begin with their version."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house, self.holdings = house, house.holdings

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        key, signed, trade = Security.KEY, Security.SIGNED, Security.TRADE
        return {
            ("POST", "v1/listenKey"): Endpoint(self.listen, key),
            ("PUT", "v1/listenKey"): Endpoint(self.keep_listening, key),
            ("DELETE", "v1/listenKey"): Endpoint(self.stop_listening, key),
            ("GET", "v2/account"): Endpoint(self.account_with_positions, signed, 5),
            ("GET", "v3/account"): Endpoint(self.account_with_positions, signed, 5),
            ("GET", "v2/balance"): Endpoint(self.balance, signed, 5),
            ("GET", "v3/balance"): Endpoint(self.balance, signed, 5),
            ("GET", "v2/positionRisk"): Endpoint(self.all_positions, signed, 5),
            ("GET", "v3/positionRisk"): Endpoint(self.positions, signed, 5),
            ("GET", "v1/symbolConfig"): Endpoint(self.symbol_config, signed, 5),
            ("GET", "v1/accountConfig"): Endpoint(self.account_config, signed, 5),
            ("GET", "v1/leverageBracket"): Endpoint(self.brackets, signed, 1),
            ("POST", "v1/leverage"): Endpoint(self.set_leverage, trade, 1),
            ("POST", "v1/marginType"): Endpoint(self.set_margin_type, trade, 1),
            ("POST", "v1/positionMargin"): Endpoint(self.move_margin, trade, 1),
            ("GET", "v1/positionSide/dual"): Endpoint(self.position_mode, signed, 30),
            ("POST", "v1/positionSide/dual"): Endpoint(self.set_position_mode, trade, 1),
            ("GET", "v1/multiAssetsMargin"): Endpoint(self.asset_mode, signed, 30),
            ("POST", "v1/multiAssetsMargin"): Endpoint(self.set_asset_mode, trade, 1),
            ("GET", "v1/income"): Endpoint(self.income, signed, 30),
            ("GET", "v1/commissionRate"): Endpoint(self.commission, signed, 20),
        }

    # ---- stream

    def listen(self, asked: Asked) -> ListenKey:
        """Return the key of the account's stream."""
        return ListenKey(self.house.listen_keys.ask(asked.member))

    def keep_listening(self, asked: Asked) -> ListenKey:
        """Keep that key good for another hour."""
        return ListenKey(self.house.listen_keys.keep(asked.member))

    def stop_listening(self, asked: Asked) -> Row:
        """End that key."""
        self.house.listen_keys.drop(asked.member)
        return {}

    # ---- money and positions

    def account(self, asked: Asked) -> FuturesAccount:
        """Return the money."""
        return self.holdings.futures_account(asked.member.account)

    def account_with_positions(self, asked: Asked) -> Row:
        """Return money and positions."""
        from msgspec.structs import asdict

        made = self.account(asked)
        rows = self.holdings.futures_positions(asked.member.account)
        shown = {_camel(name): value for name, value in asdict(made).items()}
        shown.update(
            totalPositionInitialMargin=sum(
                (each.position_initial_margin for each in made.assets), Decimal(0)
            ),
            totalOpenOrderInitialMargin=sum(
                (each.open_order_initial_margin for each in made.assets), Decimal(0)
            ),
            totalCrossWalletBalance=made.total_wallet_balance,
            totalCrossUnPnl=made.total_unrealized_profit,
            maxWithdrawAmount=made.available_balance,
            feeTier=0,
            canDeposit=True,
            canWithdraw=True,
            multiAssetsMargin=False,
            updateTime=self.house.now_ms(),
            positions=[_account_position(each) for each in rows],
        )
        return shown

    def balance(self, asked: Asked) -> list[Row]:
        """Return the money by currency."""
        return [_balance(each) for each in self.account(asked).assets]

    def positions(self, asked: Asked) -> list[FuturesPosition]:
        """Return the positions that are not flat."""
        return self.holdings.futures_positions(asked.member.account, self._symbol(asked))

    def all_positions(self, asked: Asked) -> list[FuturesPosition]:
        """Return the positions of every symbol."""
        return self.holdings.futures_positions(asked.member.account, self._symbol(asked), flat=True)

    def income(self, asked: Asked) -> list[Row]:
        """Return profits, fees, funding and transfers, oldest first."""
        symbol, kind = self._symbol(asked), asked.text("incomeType", "")
        start, end = asked.integer("startTime", 0), asked.integer("endTime", 0)
        found = [
            each
            for each in asked.member.income
            if symbol in ("", each.symbol)
            and kind in ("", each.kind)
            and each.ts_ms >= start
            and (not end or each.ts_ms <= end)
        ]
        limit = min(asked.integer("limit", 100), _MOST)
        found = found[:limit] if start else found[-limit:]
        return [
            {
                "symbol": each.symbol,
                "incomeType": each.kind,
                "income": each.amount,
                "asset": each.asset,
                "info": each.kind,
                "time": each.ts_ms,
                "tranId": each.number,
                "tradeId": each.trade,
            }
            for each in found
        ]

    def commission(self, asked: Asked) -> Row:
        """Return what the account pays for trades of a symbol."""
        board = self.house.board(asked)
        fees = self.house.broker.rates(asked.member.account, board.id).fees
        taker = fees.open.by_money if fees is not None else Decimal(0)
        maker = fees.maker.by_money if fees is not None and fees.maker is not None else taker
        return {
            "symbol": board.symbol,
            "makerCommissionRate": maker,
            "takerCommissionRate": taker,
        }

    # ---- terms

    def symbol_config(self, asked: Asked) -> list[SymbolConfig]:
        """Return margin mode and leverage of symbols."""
        boards = [self.house.board(asked)] if asked.has("symbol") else self.house.boards.values()
        return [self.holdings.config(asked.member.account, each) for each in boards]

    def account_config(self, asked: Asked) -> Row:
        """Return the account's settings."""
        return {
            "feeTier": 0,
            "canTrade": asked.key is not None and not asked.key.read_only,
            "canDeposit": True,
            "canWithdraw": True,
            "dualSidePosition": self.house.modes.hedged(asked.member.account),
            "updateTime": 0,
            "multiAssetsMargin": False,
            "tradeGroupId": -1,
        }

    def brackets(self, asked: Asked) -> object:
        """Return the leverage tables."""
        found = [_brackets(each) for each in self.house.asked_boards(asked)]
        return found if not asked.has("symbol") else found[:1]

    async def set_leverage(self, asked: Asked) -> LeverageReply:
        """Choose the leverage of a symbol."""
        board, leverage = self.house.board(asked), asked.integer("leverage")
        tiers = board.instrument.tiers
        most = max((each.max_leverage for each in tiers), default=Decimal(1))
        if not 1 <= leverage <= most:
            raise Refused(-4028, f"Leverage {leverage} is not valid")
        now = self.house.times.wall()
        command = SetLeverage(asked.member.account, board.id, Decimal(leverage), now)
        await self._do(asked, command, -4161)
        config = self.holdings.config(asked.member.account, board)
        return LeverageReply(board.symbol, leverage, config.max_notional_value)

    async def set_margin_type(self, asked: Asked) -> Row:
        """Choose cross or isolated margin for a symbol."""
        board, word = self.house.board(asked), asked.text("marginType").upper()
        if word not in _MODES:
            raise Refused(-4046, "No need to change margin type.")
        account = asked.member.account
        if self.holdings.terms(account, board.instrument).word == word:
            raise Refused(-4046, "No need to change margin type.")
        if asked.member.open(Market.USDM, board.symbol):
            raise Refused(-4047, "Margin type cannot be changed if there exists open orders.")
        if board.id in self.holdings.positions(account):
            raise Refused(-4048, "Margin type cannot be changed if there exists position.")
        now = self.house.times.wall()
        await self._do(asked, SetMarginMode(account, board.id, _MODES[word], now), -4048)
        return _OK

    async def move_margin(self, asked: Asked) -> Row:
        """Add money to an isolated position, or take some back."""
        board, amount = self.house.board(asked), asked.number("amount")
        kind = asked.integer("type")
        if amount is None or amount <= 0 or kind not in (1, 2):
            raise missing("amount" if kind in (1, 2) else "type")
        account = asked.member.account
        if not self.holdings.terms(account, board.instrument).isolated:
            raise Refused(-4046, "Cannot add position margin: position is not isolated.")
        signed = amount if kind == 1 else -amount
        now = self.house.times.wall()
        await self._do(asked, MoveMargin(account, board.id, signed, now), -4051)
        return {
            "amount": float(amount),
            "code": 200,
            "msg": "Successfully modify position margin.",
            "type": kind,
        }

    def position_mode(self, asked: Asked) -> Row:
        """Return whether long and short positions stand side by side."""
        return {"dualSidePosition": self.house.modes.hedged(asked.member.account)}

    def set_position_mode(self, asked: Asked) -> Row:
        """Choose hedge mode or one-way mode."""
        if not asked.has("dualSidePosition"):
            raise missing("dualSidePosition")
        account, hedged = asked.member.account, asked.flag("dualSidePosition")
        if self.house.modes.hedged(account) is hedged:
            raise Refused(-4059, "No need to change position side.")
        if asked.member.open(Market.USDM) or self.house.algos.open(asked.member):
            raise Refused(-4067, "Position side cannot be changed if there exists open orders.")
        if self.holdings.positions(account):
            raise Refused(-4068, "Position side cannot be changed if there exists position.")
        try:
            self.house.modes.set_hedged(account, hedged)
        except AnyvenueError as error:
            raise Refused(-4068, error.text) from None
        return _OK

    def asset_mode(self, _asked: Asked) -> Row:
        """Return whether several assets margin together: they do not."""
        return {"multiAssetsMargin": False}

    def set_asset_mode(self, asked: Asked) -> Row:
        """Refuse: every currency margins its own contracts here."""
        if asked.flag("multiAssetsMargin"):
            raise Refused(-1020, "This operation is not supported.")
        raise Refused(-4171, "No need to change multi-assets mode.")

    async def _do(self, asked: Asked, command: AccountCommand, code: int) -> None:
        """Give a command about the account; raise Refused with this code where it was refused."""
        give = self.house.execute
        if give is None:
            raise Refused(-1020, "This operation is not supported.")
        try:
            answer = await asked.member.answers.ask(give, command, self.house.terms.answer_s)
        except AnyvenueError as error:
            raise Refused(code, error.text) from None
        _check(answer, code)

    def _symbol(self, asked: Asked) -> str:
        return self.house.board(asked).symbol if asked.has("symbol") else ""


def _check(answer: Event | None, code: int) -> None:
    if answer is None:
        raise Refused(-1007, "Timeout waiting for response from backend server.", 503)
    if isinstance(answer, CommandRefused):
        raise Refused(code, answer.reason)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def _balance(each: FuturesAsset) -> Row:
    return {
        "accountAlias": "anyvenue",
        "asset": each.asset,
        "balance": each.wallet_balance,
        "crossWalletBalance": each.cross_wallet_balance,
        "crossUnPnl": each.cross_un_pnl,
        "availableBalance": each.available_balance,
        "maxWithdrawAmount": each.max_withdraw_amount,
        "marginAvailable": True,
        "updateTime": each.update_time,
    }


def _account_position(each: FuturesPosition) -> Row:
    return {
        "symbol": each.symbol,
        "positionSide": each.position_side,
        "positionAmt": each.position_amt,
        "entryPrice": each.entry_price,
        "unrealizedProfit": each.un_realized_profit,
        "isolatedMargin": each.isolated_margin,
        "isolatedWallet": each.isolated_wallet,
        "isolated": each.margin_type == "isolated",
        "leverage": each.leverage,
        "notional": each.notional,
        "initialMargin": each.initial_margin,
        "positionInitialMargin": each.initial_margin,
        "openOrderInitialMargin": "0",
        "maintMargin": each.maint_margin,
        "updateTime": each.update_time,
    }


def _brackets(board: Board) -> Row:
    floor, rows = Decimal(0), []
    for number, tier in enumerate(board.instrument.tiers, 1):
        rows.append(
            {
                "bracket": number,
                "initialLeverage": int(tier.max_leverage),
                "notionalCap": int(tier.up_to),
                "notionalFloor": int(floor),
                "maintMarginRatio": float(tier.maintenance),
                "cum": float(tier.deduction),
            }
        )
        floor = tier.up_to
    return {"symbol": board.symbol, "brackets": rows}
