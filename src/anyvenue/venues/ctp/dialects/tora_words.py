"""What TORA's APIs have in common: SecurityID, exchanges and currencies as codes, logging in by an account."""

from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.description import ABSENT, Value
from anyvenue.venues.ctp.dialects.words import Codes, Row, StructWords, codes, number

__all__ = [
    "CODES",
    "LOGINS",
    "amount",
    "exchange_letter",
    "memo_in",
    "memo_out",
    "quote_out",
    "same",
]

_EXCHANGES = codes({"1": "SSE", "2": "SZSE", "3": "HKEX", "4": "BSE", "0": ""}, into={"": ""})
_CURRENCIES = codes({"1": "CNY", "2": "HKD", "3": "USD"}, into={"": "", "0": ""}, out={"": ""})
CODES: dict[str, Codes] = {
    "ExchangeID": Codes(_EXCHANGES.into, {**_EXCHANGES.out, "": ""}),
    "CurrencyID": _CURRENCIES,
}
_SHANGHAI, _SHENZHEN, _BEIJING = "1", "2", "4"
_BY_USER, _INVESTOR = "0", "2"
_IINFO = "\x1f"


def same(*names: str) -> dict[str, str]:
    """Return names that are the same on both sides."""
    return {name: name for name in names}


def amount(fields: Fields, name: str) -> float:
    """Return a figure, 0 for one that is absent."""
    value: Value = fields.get(name, 0.0)
    return float(value) if isinstance(value, int | float) and abs(value) < ABSENT else 0.0


def exchange_letter(code: str) -> str:
    """Return the exchange that a security's code is of, by the ranges the exchanges have shared out."""
    if len(code) > 6:  # options: Shenzhen's begin with 9
        return _SHENZHEN if code.startswith("9") else _SHANGHAI
    if code.startswith(("4", "8", "92")):
        return _BEIJING
    return _SHANGHAI if code.startswith(("5", "6", "9", "11", "204")) else _SHENZHEN


def memo_in(row: Row, text: object, whole: object) -> None:
    """Keep a user's own text and number in OrderMemo, which comes back with the order."""
    row["OrderMemo"] = f"{text}{_IINFO}{whole}" if whole else str(text)


def memo_out(fields: Fields) -> tuple[str, int]:
    """Return a user's own text and number."""
    text, _, whole = str(fields.get("OrderMemo", "")).partition(_IINFO)
    return text, number(whole)


def quote_out(fields: Fields, row: Row) -> None:
    """Write absent prices as these counters do, as 0."""
    for name, value in row.items():
        if value == ABSENT:
            row[name] = 0.0


def _login_in(own: Fields, row: Row) -> None:
    row.setdefault("UserID", own.get("LogInAccount", ""))


def _login_out(fields: Fields, row: Row) -> None:
    row.setdefault("LogInAccountType", _BY_USER)
    row["UserProductInfo"] = str(fields.get("UserProductInfo", ""))[:10]


def _welcome_in(own: Fields, row: Row) -> None:
    row["UserID"] = own.get("UserID") or own.get("LogInAccount", "")


def _welcome_out(fields: Fields, row: Row) -> None:
    user = fields.get("UserID", "")
    row |= {"LogInAccount": user, "LogInAccountType": _BY_USER, "UserID": user, "UserName": user}
    row["UserType"] = _INVESTOR


LOGINS: dict[str, StructWords] = {
    "ReqUserLogin": StructWords(
        names={"LogInAccount": "UserID"},
        into=_login_in,
        out=_login_out,
    ),
    "RspUserLogin": StructWords(into=_welcome_in, out=_welcome_out),
}
"""The login's structs."""
