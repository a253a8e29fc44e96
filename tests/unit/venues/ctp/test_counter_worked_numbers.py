"""Worked account numbers of four markets as a program of our Python classes reads them over the wire."""

from typing import Any

import pytest

from ctp_desk import CounterDesk
from ctp_doors import served
from ctp_python import Trader
from ctp_served import OPEN_PROFILE, PASSWORD, ServedCounter
from ctp_worked import CASES, Case


class PythonWire:
    """A trader of our own classes."""

    def __init__(self, front: str) -> None:
        self.trader = Trader().begin(front, private=0)

    def log_in(self, count: int) -> None:
        self.trader.heard.until("OnFrontConnected", count)
        self.ask("ReqUserLogin", "ReqUserLogin", UserID="alice", Password=PASSWORD)
        self.trader.heard.until("OnRspUserLogin", count)
        self.ask("ReqSettlementInfoConfirm", "SettlementInfoConfirm", InvestorID="alice")
        self.trader.heard.until("OnRspSettlementInfoConfirm", count)

    def ask(self, request: str, struct: str, **fields: object) -> None:
        assert self.trader.ask(request, struct, BrokerID="9999", **fields) == 0

    def query(self, name: str, **fields: object) -> list[dict[str, Any]]:
        answer = f"OnRspQry{name}"
        before = len(self.trader.heard.of(answer))
        self.ask(f"ReqQry{name}", f"Qry{name}", **fields)
        while True:
            self.trader.heard.until(answer, before + 1)
            rows = self.trader.heard.of(answer)[before:]
            if rows[-1][4]:
                return [_plain(row[1]) for row in rows if row[1] is not None]
            self.trader.heard.until(answer, before + len(rows) + 1)

    def order(self, **fields: object) -> None:
        self.ask("ReqOrderInsert", "InputOrder", InvestorID="alice", UserID="alice", **fields)


def _plain(struct: Any) -> dict[str, Any]:
    names = [name for name in dir(struct) if not name.startswith("_")]
    return {name: getattr(struct, name) for name in names}


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_numbers_are_as_worked_by_hand(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANYVENUE_CTP_RECONNECT_MS", "20")
    desk = CounterDesk(OPEN_PROFILE, case.names)
    desk.enrol("alice", PASSWORD)
    with served(counter=desk.counter) as doors:  # type: ignore[arg-type]
        wire = PythonWire(doors.front)
        case.run(wire, ServedCounter(desk, doors))
        wire.trader.api.Release()
