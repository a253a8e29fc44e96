"""What each request of a session does: fields in, its answer's fields out, None where the stream answers."""

from collections.abc import Callable

from anyvenue.venues.ctp.counter.conditional import is_conditional
from anyvenue.venues.ctp.counter.context import Row
from anyvenue.venues.ctp.counter.errors import Refused
from anyvenue.venues.ctp.counter.parked import PARKED_ACTION, PARKED_ORDER
from anyvenue.venues.ctp.counter.seam import Fields
from anyvenue.venues.ctp.counter.settlement import confirm_settlement
from anyvenue.venues.ctp.counter.trader import Trader
from anyvenue.venues.ctp.counter.validation import draft_of

__all__ = ["ERROR_CALLBACKS", "HANDLERS", "PASSED_ON", "TRADING", "Handler"]

Handler = Callable[[Trader, Fields], Row | None]


def _insert(trader: Trader, fields: Fields) -> Row | None:
    parts = trader.parts
    draft = draft_of(parts.context, trader.member, fields, trader.user_id)
    ref = trader.take_ref(fields)
    if is_conditional(fields):
        parts.conditionals.insert(trader.book, trader.member, draft, trader.origin, fields, ref)
    else:
        parts.desk.place(trader.book, draft, trader.origin, fields, ref)
    return None


def _cancel(trader: Trader, fields: Fields) -> Row | None:
    trader.parts.desk.cancel(trader.book, trader.member, trader.origin, fields)
    return None


def _cancel_all(trader: Trader, fields: Fields) -> Row | None:
    trader.parts.desk.cancel_all(trader.book, trader.member, trader.origin, fields)
    return dict(fields)


def _confirm(trader: Trader, fields: Fields) -> Row | None:
    return confirm_settlement(trader.parts.context, trader.member, fields)


def _park_order(trader: Trader, fields: Fields) -> Row | None:
    return trader.parts.parked.insert(trader.book, trader.member, PARKED_ORDER, fields)


def _park_cancel(trader: Trader, fields: Fields) -> Row | None:
    given = {**fields}
    if not fields.get("FrontID") and not fields.get("SessionID"):
        given |= {"FrontID": trader.origin.front_id, "SessionID": trader.origin.session_id}
    return trader.parts.parked.insert(trader.book, trader.member, PARKED_ACTION, given)


def _remove_order(trader: Trader, fields: Fields) -> Row | None:
    return trader.parts.parked.remove(trader.book, PARKED_ORDER, fields)


def _remove_cancel(trader: Trader, fields: Fields) -> Row | None:
    return trader.parts.parked.remove(trader.book, PARKED_ACTION, fields)


def _exercise(trader: Trader, fields: Fields) -> Row | None:
    trader.parts.commands.exercise(trader.book, trader.member, trader.origin, fields)
    return None


def _take_back_exercise(trader: Trader, fields: Fields) -> Row | None:
    trader.parts.commands.take_back_exercise(trader.book, trader.member, trader.origin, fields)
    return None


def _combine(trader: Trader, fields: Fields) -> Row | None:
    trader.parts.commands.combine(trader.book, trader.member, trader.origin, fields)
    return None


def _for_quote(trader: Trader, fields: Fields) -> Row | None:
    return trader.parts.commands.for_quote(trader.book, trader.member, trader.origin, fields)


def _deposit(trader: Trader, fields: Fields) -> Row | None:
    return _transfer(trader, fields, "OnRtnFromBankToFutureByFuture", inward=True)


def _withdraw(trader: Trader, fields: Fields) -> Row | None:
    return _transfer(trader, fields, "OnRtnFromFutureToBankByFuture", inward=False)


def _transfer(trader: Trader, fields: Fields, callback: str, inward: bool) -> Row:
    row = trader.parts.transfers.move(trader.book, trader.member, fields, inward)
    trader.after_answer(lambda: trader.book.tell(callback, row))
    return row


def _bank_balance(trader: Trader, fields: Fields) -> Row | None:
    row = trader.parts.transfers.balance(trader.book, trader.member, fields)
    trader.after_answer(lambda: trader.book.tell("OnRtnQueryBankBalanceByFuture", row))
    return row


def _fund_password(trader: Trader, fields: Fields) -> Row | None:
    return trader.parts.logins.change_fund_password(trader.member, fields)


def _logout(trader: Trader, fields: Fields) -> Row | None:
    trader.after_answer(trader.leave)
    return {"BrokerID": fields.get("BrokerID", ""), "UserID": trader.user_id}


def _login(trader: Trader, fields: Fields) -> Row | None:
    return trader.log_in(fields)


def _authenticate(trader: Trader, fields: Fields) -> Row | None:
    return trader.authenticate(fields)


def _password(trader: Trader, fields: Fields) -> Row | None:
    if trader.logged_in and fields.get("UserID", "") != trader.user_id:
        raise Refused("CHANGE_OTHER_PASSWORD")
    return trader.parts.logins.change_password(fields, trader.address)


HANDLERS: dict[str, Handler] = {
    "ReqAuthenticate": _authenticate,
    "ReqUserLogin": _login,
    "ReqUserLoginWithCaptcha": _login,
    "ReqUserLoginWithText": _login,
    "ReqUserLoginWithOTP": _login,
    "ReqUserLogout": _logout,
    "ReqUserPasswordUpdate": _password,
    "ReqTradingAccountPasswordUpdate": _fund_password,
    "ReqSettlementInfoConfirm": _confirm,
    "ReqOrderInsert": _insert,
    "ReqOrderAction": _cancel,
    "ReqBatchOrderAction": _cancel_all,
    "ReqParkedOrderInsert": _park_order,
    "ReqParkedOrderAction": _park_cancel,
    "ReqRemoveParkedOrder": _remove_order,
    "ReqRemoveParkedOrderAction": _remove_cancel,
    "ReqExecOrderInsert": _exercise,
    "ReqExecOrderAction": _take_back_exercise,
    "ReqForQuoteInsert": _for_quote,
    "ReqCombActionInsert": _combine,
    "ReqFromBankToFutureByFuture": _deposit,
    "ReqFromFutureToBankByFuture": _withdraw,
    "ReqQueryBankAccountMoneyByFuture": _bank_balance,
}
"""What is done, by request."""

TRADING = frozenset(
    {
        "ReqOrderInsert",
        "ReqOrderAction",
        "ReqBatchOrderAction",
        "ReqExecOrderInsert",
        "ReqExecOrderAction",
    }
)
"""Requests that count towards the session's limit a second."""

PASSED_ON = {
    "ReqFromBankToFutureByFuture": "OnRtnFromBankToFutureByFuture",
    "ReqFromFutureToBankByFuture": "OnRtnFromFutureToBankByFuture",
    "ReqQueryBankAccountMoneyByFuture": "OnRtnQueryBankBalanceByFuture",
}
"""What the counter behind the broker is asked to do where this one has no bank, and how it is told of then."""

ERROR_CALLBACKS = {
    "ReqOrderInsert": "OnErrRtnOrderInsert",
    "ReqOrderAction": "OnErrRtnOrderAction",
    "ReqBatchOrderAction": "OnErrRtnBatchOrderAction",
    "ReqExecOrderInsert": "OnErrRtnExecOrderInsert",
    "ReqExecOrderAction": "OnErrRtnExecOrderAction",
    "ReqForQuoteInsert": "OnErrRtnForQuoteInsert",
    "ReqQuoteInsert": "OnErrRtnQuoteInsert",
    "ReqQuoteAction": "OnErrRtnQuoteAction",
    "ReqOptionSelfCloseInsert": "OnErrRtnOptionSelfCloseInsert",
    "ReqOptionSelfCloseAction": "OnErrRtnOptionSelfCloseAction",
    "ReqCombActionInsert": "OnErrRtnCombActionInsert",
    "ReqOffsetSetting": "OnErrRtnOffsetSetting",
    "ReqCancelOffsetSetting": "OnErrRtnCancelOffsetSetting",
    "ReqLockInsert": "OnErrRtnLockInsert",
    "ReqExecCombineOrderInsert": "OnErrRtnExecCombineOrderInsert",
    "ReqExecCombineOrderAction": "OnErrRtnExecCombineOrderAction",
    "ReqFromBankToFutureByFuture": "OnErrRtnBankToFutureByFuture",
    "ReqFromFutureToBankByFuture": "OnErrRtnFutureToBankByFuture",
    "ReqQueryBankAccountMoneyByFuture": "OnErrRtnQueryBankBalanceByFuture",
}
"""Where the refusal of a request is told to every session of the account, too."""
