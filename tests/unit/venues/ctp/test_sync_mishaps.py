"""The blocking API when things go wrong: lost fronts, late refusals, answers that never come."""

import threading
from collections.abc import Iterator

import pytest

from anyvenue.ctp.sync_api import SyncStrategyApi, SyncTerms
from anyvenue.venues.ctp.counter.seam import Answer, Fields
from ctp_doors import Doors, ScriptedCounter, served

CODE = "rb2610"


class Exchange(ScriptedCounter):
    """Says of an order what the test has put down for its price."""

    def __init__(self) -> None:
        super().__init__()
        self.silent = threading.Event()

    def insert(self, order: Fields) -> None:
        price = order["LimitPrice"]
        taken = {**order, "FrontID": 1, "SessionID": self.logins, "OrderSubmitStatus": "0"}
        self.report("OnRtnOrder", {**taken, "OrderStatus": "a"})
        if price == 1.0:  # the exchange refuses what the counter has taken
            told = {**taken, "OrderStatus": "5", "OrderSubmitStatus": "4"}
            self.report("OnRtnOrder", {**told, "StatusMsg": "已撤单报单被拒绝"})
            self.sessions[0].door.answer(
                Answer("OnErrRtnOrderInsert", order, (51, "CTP:平昨仓位不足"))
            )
        elif price == 2.0:  # an order that comes back from the exchange was there
            self.report("OnRtnOrder", {**taken, "OrderStatus": "5", "OrderSysID": "7"})
        elif price == 3.0:
            self.silent.set()
        else:
            self.report("OnRtnOrder", {**taken, "OrderStatus": "3", "OrderSysID": "8"})


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Doors]:
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "20")
    monkeypatch.setenv("ANYVENUE_CTP_QUIET", "1")
    with served(counter=Exchange()) as found:
        yield found


@pytest.fixture
def api(doors: Doors) -> Iterator[SyncStrategyApi]:
    terms = SyncTerms(td_front=doors.front, md_front=doors.front, library="anyvenue")
    found = SyncStrategyApi("alice", "secret", terms=terms)
    yield found
    found.stop()


def test_a_refusal_by_the_exchange_is_no_success_though_the_counter_took_the_order(
    api: SyncStrategyApi,
) -> None:
    result = api.open_close(CODE, "kaiduo", 1, 1.0)
    assert result["success"] is False
    assert result["error_msg"] in ("已撤单报单被拒绝", "CTP:平昨仓位不足")


def test_an_order_that_the_exchange_gave_back_was_accepted(api: SyncStrategyApi) -> None:
    assert api.open_close(CODE, "kaiduo", 1, 2.0)["success"] is True


def test_an_order_that_nobody_answers_is_unknown_and_harms_no_later_one(
    api: SyncStrategyApi,
) -> None:
    with pytest.raises(TimeoutError, match="order 1 is neither accepted nor refused; it may still"):
        api.open_close(CODE, "kaiduo", 1, 3.0, timeout=0.05)
    later = api.open_close(CODE, "kaiduo", 1, 9.0)
    assert (later["success"], later["order_ref"]) == (True, "2")


def test_without_a_front_orders_are_refused_at_once(doors: Doors, api: SyncStrategyApi) -> None:
    api.open_close(CODE, "kaiduo", 1, 9.0)  # which looks the instrument up
    doors.stop()
    wait_for(lambda: not api._trading.ready)
    with pytest.raises(RuntimeError, match="the trading front was lost"):
        api.open_close(CODE, "kaiduo", 1, 9.0)
    doors.start()


def test_after_a_lost_front_it_logs_in_and_subscribes_again(
    doors: Doors, api: SyncStrategyApi
) -> None:
    api.subscribe([CODE])
    wait_for(lambda: bool(quotes_asked(doors)))
    doors.do(lambda: doors.counter.quote(LastPrice=3000.0))
    assert api.get_quote(CODE).LastPrice == 3000.0
    doors.stop()
    wait_for(lambda: not api._trading.ready and not api._quotes.ready)
    doors.start()
    wait_for(lambda: api._trading.ready and bool(quotes_asked(doors)))
    waiting: list[float] = []
    thread = threading.Thread(
        target=lambda: waiting.append(api.wait_quote_update(CODE).LastPrice), daemon=True
    )
    thread.start()
    while thread.is_alive():
        doors.do(lambda: doors.counter.quote(LastPrice=3001.0))
        thread.join(0.01)
    assert waiting == [3001.0]
    assert api.open_close(CODE, "kaiduo", 1, 9.0)["success"] is True


def quotes_asked(doors: Doors) -> list[object]:
    return [each for each in list(doors.counter.sessions) if CODE in each.codes]


def wait_for(holds) -> None:  # type: ignore[no-untyped-def]
    for _ in range(1000):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it never came")
