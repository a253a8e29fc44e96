"""Over a broker of CTP's own family the counter shows that one's rows and errors, whenever they come."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from trading_counter import Client, Desk

from anyvenue.model.errors import AnyvenueError, ConnectivityError, VenueRefused
from anyvenue.venues.ctp.counter.seam import Answer

QUERY = "ReqQryTradingAccount"


class Later:
    """An answer that comes when a test says so."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.rows: object = None
        self.gone = False
        self._callbacks: list[Callable[[Any], object]] = []

    def add_done_callback(self, callback: Callable[[Any], object], /) -> None:
        self._callbacks.append(callback)

    def cancelled(self) -> bool:
        return self.gone

    def exception(self) -> BaseException | None:
        return self.error

    def result(self) -> object:
        return self.rows

    def come(self, rows: object = None, error: BaseException | None = None) -> None:
        """Let the answer be there."""
        self.rows, self.error = rows, error
        for callback in self._callbacks:
            callback(self)


class Family:
    """What stands behind a broker of CTP's family."""

    def __init__(self, client: Client, desk: Desk) -> None:
        self.later = Later()
        self.asked: list[tuple[str, Mapping[str, object]]] = []
        self.client = client
        desk.broker.native = self._native  # type: ignore[method-assign]
        client.door.take()

    def _native(self, account: object, request: Any) -> object:
        self.asked.append(request)
        return self.later

    def ask(self) -> list[Answer]:
        """Ask for the money."""
        return self.client.ask(QUERY, CurrencyID="CNY")


@pytest.fixture
def family() -> Family:
    """Return a client whose counter asks another one."""
    desk = Desk()
    return Family(desk.client(), desk)


def test_the_rows_of_the_other_counter_come_later_and_unchanged(family: Family) -> None:
    assert family.ask() == []
    # Who asks there is another name's affair.
    assert family.asked == [(QUERY, {"CurrencyID": "CNY"})]
    rows = [{"Balance": 1.5, "AccountID": "8001"}, {"Balance": 2.5, "AccountID": "8002"}]
    family.later.come(rows)
    told = family.client.door.take()
    assert [(each.fields, each.is_last) for each in told] == [(rows[0], False), (rows[1], True)]
    assert {each.callback for each in told} == {"OnRspQryTradingAccount"}


def test_no_rows_are_one_empty_answer(family: Family) -> None:
    family.ask()
    family.later.come([])
    (told,) = family.client.door.take()
    assert (told.fields, told.error, told.is_last) == (None, None, True)


def test_the_other_counters_own_error_is_told_in_its_words(family: Family) -> None:
    family.ask()
    family.later.come(error=VenueRefused("no", venue_code="90", venue_text="查询未就绪"))
    (told,) = family.client.door.take()
    assert told.error == (90, "查询未就绪")


@pytest.mark.parametrize(
    "error", [ConnectivityError("nobody is there"), AnyvenueError("something else")]
)
def test_what_goes_wrong_on_the_way_is_no_reason_to_reckon_by_oneself(
    family: Family, error: AnyvenueError
) -> None:
    family.ask()
    family.later.come(error=error)
    (told,) = family.client.door.take()
    assert told.error is not None
    assert error.text in told.error[1]


def test_where_the_venue_has_no_words_of_its_own_the_counter_answers(family: Family) -> None:
    family.ask()
    family.later.come(error=VenueRefused("a paper exchange", venue_code=""))
    (told,) = family.client.door.take()
    assert told.error is None
    assert told.fields is not None
    assert told.fields["Balance"] == 1_000_000.0


def test_a_client_that_has_gone_is_told_nothing(family: Family) -> None:
    family.ask()
    family.client.session.close()
    family.later.come([{"Balance": 1.0}])
    assert family.client.door.take() == []


def test_an_answer_that_nobody_waits_for_any_more_is_none(family: Family) -> None:
    family.ask()
    family.later.gone = True
    family.later.come([{"Balance": 1.0}])
    assert family.client.door.take() == []


TRANSFER = "ReqFromBankToFutureByFuture"


def transfer(family: Family) -> list[Answer]:
    """Ask for money from the bank, at a counter that has none."""
    family.client.session.parts.transfers._admin = None  # type: ignore[attr-defined]
    return family.client.ask(TRANSFER, TradeAmount=5.0, BankID="3", AccountID="alice")


def test_a_bank_transfer_is_the_other_counters_affair(family: Family) -> None:
    assert transfer(family) == []
    assert family.asked == [(TRANSFER, {"TradeAmount": 5.0, "BankID": "3"})]
    family.later.come([{"TradeAmount": 5.0, "BankID": "3", "FutureSerial": 7, "AccountID": "8001"}])
    answer, told = family.client.door.take()
    assert answer.callback == "OnRspFromBankToFutureByFuture"
    assert answer.error == (0, "CTP:正确")
    assert told.callback == "OnRtnFromBankToFutureByFuture"
    assert told.fields is not None
    assert told.fields["FutureSerial"] == 7


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (VenueRefused("no", venue_code="31", venue_text="资金不足"), 31),
        (VenueRefused("a paper exchange", venue_code=""), 16_384),
    ],
)
def test_a_bank_transfer_that_cannot_be_is_refused(
    family: Family, error: AnyvenueError, number: int
) -> None:
    transfer(family)
    family.later.come(error=error)
    answer, told = family.client.door.take()
    assert answer.error is not None
    assert number == 16_384 or answer.error[0] == number
    assert told.callback == "OnErrRtnBankToFutureByFuture"
    assert told.error == answer.error


def test_a_bug_on_the_way_is_not_kept_from_sight(family: Family) -> None:
    family.ask()
    with pytest.raises(ZeroDivisionError):
        family.later.come(error=ZeroDivisionError())
