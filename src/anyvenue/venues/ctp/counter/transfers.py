"""Bank transfers of a simulated bank: the money comes from nowhere, within the profile's limits."""

from decimal import Decimal

from anyvenue.model.errors import AnyvenueError, InsufficientFunds
from anyvenue.model.numbers import to_decimal
from anyvenue.model.protocols import Admin
from anyvenue.venues.ctp.counter.book import AccountBook
from anyvenue.venues.ctp.counter.context import Context, Row
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.members import Member
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.secrets_kept import matches
from anyvenue.venues.ctp.counter.times import date_text, day_text, time_text

__all__ = ["BANK_ID", "BANK_TO_FUTURE", "FUTURE_TO_BANK", "Transfers"]

BANK_ID = "1"
BANK_TO_FUTURE, FUTURE_TO_BANK, QUERY = "202001", "202002", "204002"
_BANK_BALANCE = 1_000_000_000.0


class Transfers:
    """Moves money between an account and the simulated bank, where the broker lets itself be administered."""

    def __init__(self, context: Context, admin: Admin | None) -> None:
        """Move money through `admin`; without one there is no bank."""
        self.context = context
        self._admin = admin

    @property
    def has_bank(self) -> bool:
        """Tell whether money can be moved here."""
        return self._admin is not None

    def move(self, book: AccountBook, member: Member, fields: Fields, inward: bool) -> Row:
        """Move TradeAmount; return the answer; raise Refused."""
        admin, amount = self._check(member, fields), self._amount(fields)
        currency = str(fields.get("CurrencyID") or self.context.profile.currency)
        try:
            if inward:
                self._count_deposit(member, amount)
                admin.deposit(book.account, currency, amount)
            else:
                admin.withdraw(book.account, currency, amount)
        except InsufficientFunds:
            raise Refused("INSUFFICIENT_MONEY") from None
        except AnyvenueError:
            raise Refused("CURRENCYID_NOT_SUPPORTED") from None
        return self._row(book, fields, BANK_TO_FUTURE if inward else FUTURE_TO_BANK, float(amount))

    def balance(self, book: AccountBook, member: Member, fields: Fields) -> Row:
        """Return what the bank says it has, ``NotifyQueryAccount``; raise Refused."""
        self._check(member, fields)
        row = self._row(book, fields, QUERY, 0.0)
        return {**row, "BankUseAmount": _BANK_BALANCE, "BankFetchAmount": _BANK_BALANCE}

    def _check(self, member: Member, fields: Fields) -> Admin:
        if self._admin is None:
            raise Refused("NO_VALID_BANKOFFER_AVAILABLE")
        account = fields.get("AccountID", "")
        if account and account != member.account:
            raise Refused("ACCOUNT_NOT_FUND")
        if member.fund_secret and not matches(str(fields.get("Password", "")), member.fund_secret):
            raise Refused("PASSWORD_MISMATCH")
        return self._admin

    def _amount(self, fields: Fields) -> Decimal:
        value = fields.get("TradeAmount", 0.0)
        if not isinstance(value, int | float) or not 0 < value < 1e15:
            raise Refused("AMOUNT_OUTOFTHEWAY")
        return to_decimal(round(value, 2), "TradeAmount")

    def _count_deposit(self, member: Member, amount: Decimal) -> None:
        profile, day = self.context.profile, self.context.trading_day
        if member.deposits_day != day:
            member.deposits, member.deposits_day = 0, day
        too_often = profile.deposits_a_day and member.deposits >= profile.deposits_a_day
        too_much = profile.largest_deposit and amount > profile.largest_deposit
        if too_often or too_much:
            raise Refused("AMOUNT_OR_TIMES_OVER")
        member.deposits += 1
        self.context.members.save()

    def _row(self, book: AccountBook, fields: Fields, code: str, amount: float) -> Row:
        now = self.context.now()
        number = book.count("TransferSerial") + 1
        row: Row = {
            **{
                name: value
                for name, value in fields.items()
                if not name.endswith(("Password", "PassWord"))
            },
            "TradeCode": code,
            "BankID": str(fields.get("BankID") or BANK_ID),
            "BrokerID": self.context.profile.broker_id,
            "TradeDate": date_text(now),
            "TradeTime": time_text(now),
            "TradingDay": day_text(self.context.trading_day),
            "AccountID": book.account,
            "PlateSerial": number,
            "FutureSerial": number,
            "BankSerial": f"{number:>12}",
            "TradeAmount": amount,
            "CurrencyID": str(fields.get("CurrencyID") or self.context.profile.currency),
            "TransferStatus": "0",
            "ErrorID": 0,
            "ErrorMsg": "交易成功",
        }
        if code != QUERY:
            serial: Row = {**row, "InvestorID": book.account, "AvailabilityFlag": "1"}
            book.keep("TransferSerial", str(number), serial)
        return row
