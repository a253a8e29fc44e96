"""Worked account numbers as real clients read them through our library."""

from pathlib import Path

import pytest
from ctp_asking import asking

from ctp_desk import CounterDesk
from ctp_doors import served
from ctp_served import OPEN_PROFILE, PASSWORD, ServedCounter
from ctp_worked import CASES, Case

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("name", ["ctp-6.7.11", "opt-3.7.3"])
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_numbers_are_as_worked_by_hand(case: Case, name: str, tmp_path: Path) -> None:
    desk = CounterDesk(OPEN_PROFILE, case.names)
    desk.enrol("alice", PASSWORD)
    with (
        served(counter=desk.counter) as doors,  # type: ignore[arg-type]
        asking(name, doors.front, tmp_path) as client,
    ):
        case.run(client, ServedCounter(desk, doors))
