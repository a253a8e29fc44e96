"""The requests about an account: money, positions, leverage and margin, fees and the bills."""

from decimal import Decimal

from anyvenue.model.commands import MoveMargin, SetLeverage
from anyvenue.model.enums import MarginMode
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.instruments import Instrument
from anyvenue.model.numbers import plain
from anyvenue.venues.okx.server.asking import Asked, Endpoint, Security
from anyvenue.venues.okx.server.house import House
from anyvenue.venues.okx.server.listing import largest_leverage
from anyvenue.venues.okx.server.pages import Page
from anyvenue.venues.okx.server.refusals import Refused
from anyvenue.venues.okx.server.users import uid_of
from anyvenue.venues.okx.wire_account import (
    AccountConfig,
    BalanceRow,
    BillRow,
    LeverageRow,
    PositionRow,
)
from anyvenue.venues.okx.wire_rest import FeeRow, InstrumentRow
from anyvenue.venues.serving.numbers import Row
from anyvenue.venues.serving.records import Income

__all__ = ["Accounts"]

_MODES = ("cross", "isolated")
_FUTURES_MODE = "2"
# What the bills call a movement: its type and subtype.
_BILLS = {
    "FUNDING_FEE": ("8", ("173", "174")),
    "TRANSFER": ("1", ("12", "11")),
    "REALIZED_PNL": ("2", ("5", "6")),
    "COMMISSION": ("2", ("1", "2")),
}


class Accounts:
    """What an account may ask about itself; paths are without their beginning, ``/api/v5/``."""

    def __init__(self, house: House) -> None:
        """Answer for `house`."""
        self.house, self.holdings = house, house.holdings

    def endpoints(self) -> dict[tuple[str, str], Endpoint]:
        """Return what is answered, by method and path."""
        signed, trade = Security.SIGNED, Security.TRADE
        return {
            ("GET", "account/balance"): Endpoint(self.balance, signed, 10),
            ("GET", "account/positions"): Endpoint(self.positions, signed, 10),
            ("GET", "account/config"): Endpoint(self.config, signed, 5),
            ("GET", "account/instruments"): Endpoint(self.instruments, signed, 20),
            ("GET", "account/leverage-info"): Endpoint(self.leverage, signed, 20),
            ("POST", "account/set-leverage"): Endpoint(self.set_leverage, trade, 20),
            ("POST", "account/set-position-mode"): Endpoint(self.set_position_mode, trade, 5),
            ("POST", "account/position/margin-balance"): Endpoint(self.move_margin, trade, 20),
            ("GET", "account/trade-fee"): Endpoint(self.fees, signed, 5),
            ("GET", "account/bills"): Endpoint(self.bills, signed, 10),
            ("GET", "account/bills-archive"): Endpoint(self.bills, signed, 10),
            ("GET", "asset/currencies"): Endpoint(self.currencies, signed, 12),
            ("GET", "asset/balances"): Endpoint(self.nothing, signed, 12),
        }

    # ---- money and positions

    def balance(self, asked: Asked) -> list[BalanceRow]:
        """Return the money by currency."""
        currencies = frozenset(filter(None, asked.text("ccy", "").split(",")))
        account = asked.member.account
        return [self.holdings.balance(account, self.house.now_ms(), currencies)]

    def positions(self, asked: Asked) -> list[PositionRow]:
        """Return the positions; one of an instrument that is named is told when it is flat, too."""
        names = frozenset(filter(None, asked.text("instId", "").split(",")))
        for name in names:
            self.house.listing.get(name)
        kind, account = self.house.listing.kind(asked, ""), asked.member.account
        return self.holdings.positions(account, kind, names)

    def nothing(self, _asked: Asked) -> list[Row]:
        """Return that there is none: all money is in the trading account."""
        return []

    def currencies(self, _asked: Asked) -> list[Row]:
        """Return the currencies; none can be paid in or out by a network."""
        names: dict[str, None] = {}
        for board in self.house.boards.values():
            names.update(dict.fromkeys((board.instrument.base, board.instrument.currency)))
        return [
            {"ccy": each, "name": each, "chain": each, "canDep": False, "canWd": False}
            for each in sorted(names)
        ]

    def bills(self, asked: Asked) -> list[BillRow]:
        """Return funding, profits, fees and transfers, newest first."""
        kind = self.house.listing.kind(asked, "")
        found = [
            (each, row)
            for each in asked.member.income
            if each.kind in _BILLS
            for row in (self._bill(each),)
            if asked.text("ccy", row.ccy) == row.ccy
            and asked.text("type", row.type) == row.type
            and asked.text("subType", row.sub_type) == row.sub_type
            and asked.text("instId", row.inst_id) == row.inst_id
            and kind in ("", row.inst_type)
        ]
        page = Page(asked).of(found, lambda each: each[0].number, lambda each: each[0].ts_ms)
        return [row for _, row in page]

    def _bill(self, each: Income) -> BillRow:
        kind, (below, above) = _BILLS[each.kind]
        amount = plain(each.amount)
        row = BillRow(
            bill_id=str(each.number),
            ccy=each.asset,
            bal_chg=amount,
            type=kind,
            ts=str(each.ts_ms),
            sub_type=below if each.amount < 0 else above,
            inst_id=each.symbol,
            inst_type=self.house.listing.types.get(each.symbol, ""),
            trade_id=each.trade,
        )
        if each.kind == "COMMISSION":
            row.fee = amount
        else:
            row.pnl = amount
        return row

    def fees(self, asked: Asked) -> list[FeeRow]:
        """Return what the account pays for trades: below zero, since it costs."""
        kind = self.house.listing.kind(asked)
        names = [name for name, each in self.house.listing.types.items() if each == kind]
        if asked.has("instId"):
            names = [self.house.board(asked).symbol]
        row = FeeRow(kind, "Lv1", ts=str(self.house.now_ms()), category="1")
        if not names:
            return [row]
        instrument = self.house.listing.by_name[names[0]]
        fees = self.house.broker.rates(asked.member.account, instrument.id).fees
        if fees is not None:
            taker = plain(-fees.open.by_money)
            maker = plain(-(fees.maker or fees.open).by_money)
            row.taker, row.maker = taker, maker
            row.taker_u, row.maker_u = taker, maker
            row.taker_usdc, row.maker_usdc = taker, maker
        return [row]

    # ---- terms

    def config(self, asked: Asked) -> list[AccountConfig]:
        """Return how the account is set."""
        trades = asked.key is not None and not asked.key.read_only
        return [
            AccountConfig(
                uid=uid_of(asked.member.account),
                acct_lv=_FUTURES_MODE,
                pos_mode="long_short_mode" if self._hedged(asked) else "net_mode",
                level="Lv1",
                perm="read_only,trade" if trades else "read_only",
                label=str(asked.member.account),
            )
        ]

    def instruments(self, asked: Asked) -> list[InstrumentRow]:
        """Return what is listed."""
        return self.house.listing.rows(asked)

    def leverage(self, asked: Asked) -> list[LeverageRow]:
        """Return the leverage of instruments."""
        mode = asked.choice("mgnMode", _MODES)
        account = asked.member.account
        return [
            _leverage(name, self.holdings.terms(account, self._contract(name)).leverage, mode)
            for name in asked.text("instId").split(",")
        ]

    async def set_leverage(self, asked: Asked) -> list[LeverageRow]:
        """Choose the leverage of an instrument; both margin modes share it here."""
        mode, lever = asked.choice("mgnMode", _MODES), asked.positive("lever")
        name = self.house.listing.asked(asked)
        instrument = self._contract(name)
        asked.choice("posSide", ("net", "long", "short"), "net")
        if lever > largest_leverage(instrument) or lever < 1:
            raise Refused("59102", "Leverage exceeds the maximum limit. Please adjust leverage.")
        commands = self.house.commands
        command = SetLeverage(asked.member.account, instrument.id, lever, commands.now())
        await commands.give(asked.member, command, "59108")
        return [_leverage(name, lever, mode)]

    def set_position_mode(self, asked: Asked) -> list[Row]:
        """Choose whether long and short positions stand side by side."""
        mode = asked.choice("posMode", ("net_mode", "long_short_mode"))
        try:
            self.house.modes.set_hedged(asked.member.account, mode == "long_short_mode")
        except AnyvenueError as error:
            raise Refused("59000", f"Your settings failed: {error.text}") from None
        return [{"posMode": mode}]

    def _hedged(self, asked: Asked) -> bool:
        return self.house.modes.hedged(asked.member.account)

    async def move_margin(self, asked: Asked) -> list[Row]:
        """Add money to an isolated position, or take some back."""
        name = self.house.listing.asked(asked)
        instrument, amount = self._contract(name), asked.positive("amt")
        kind = asked.choice("type", ("add", "reduce"))
        member = asked.member
        terms = self.holdings.terms(member.account, instrument)
        if terms.mode is not MarginMode.ISOLATED:
            raise Refused("59301", "Margin adjustment failed for exceeding the max limit")
        signed = amount if kind == "add" else -amount
        commands = self.house.commands
        command = MoveMargin(member.account, instrument.id, signed, commands.now())
        await commands.give(member, command, "59301")
        left = self.holdings.terms(member.account, instrument)
        return [
            {
                "instId": name,
                "posSide": asked.text("posSide", "net"),
                "amt": plain(amount),
                "type": kind,
                "leverage": plain(left.leverage),
                "ccy": instrument.currency,
            }
        ]

    def _contract(self, name: str) -> Instrument:
        instrument = self.house.listing.get(name)
        if self.house.listing.types[name] == "SPOT":
            raise Refused("51010", "Operation is not supported under the current account mode")
        return instrument


def _leverage(name: str, value: Decimal, mode: str) -> LeverageRow:
    return LeverageRow(inst_id=name, lever=plain(value), mgn_mode=mode, pos_side="net")
