"""How a running node is doing, said in a line: for people, for pipes, for machines."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from anyvenue.app.config_reader import parse_config
from anyvenue.app.node_progress import NodeProgress
from anyvenue.app.terminal import Terminal
from anyvenue.engine.live import LiveNode, Supervisor
from anyvenue.engine.live.service import Service, ServiceTerms
from anyvenue.model.errors import ConfigError
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.cron import CronHours
from anyvenue.reference.sessions import get_sessions
from served import served


def lines(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Return what was written to standard output and to standard error about a node that just runs."""

    async def main() -> None:
        async with served() as exchange:
            node = LiveNode(Catalog(), sessions_of=lambda each: get_sessions("always"))
            node.add_venue(exchange.driver("alice"))
            node.add_account(AccountId("alice"), VenueId("paper"))
            service = Service(node, Supervisor(node), ServiceTerms())
            running = asyncio.ensure_future(service.run())
            await service.started.wait()
            node.node.desk.kill("a look")
            following = asyncio.ensure_future(NodeProgress(terminal, every_s=0.001).follow(service))
            out = err = ""
            async with asyncio.timeout(60):
                while "\n" not in out + err:
                    await asyncio.sleep(0)
                    more: Any = capsys.readouterr()
                    out, err = out + more.out, err + more.err
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            service.stop_requested.set()
            await running
            found.extend((out, err))

    found: list[str] = []
    asyncio.run(main())
    return found[0], found[1]


def test_a_pipe_gets_lines(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = lines(Terminal("en"), capsys)
    first = out.splitlines()[0]
    assert "0 orders sent, 0 working, 0 fills, profit 0.00 CNY  HALTED: kill_switch" in first
    assert not err


def test_in_chinese_too(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = lines(Terminal("zh"), capsys)
    assert "已发 0 笔委托，0 笔挂单，0 笔成交，盈亏 0.00 CNY  已停止交易：kill_switch" in out


def test_a_machine_gets_json_beside_its_result(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = lines(Terminal("en", machine=True), capsys)
    assert not out
    figures = json.loads(err.splitlines()[0])
    assert figures["halts"] == ["kill_switch"]
    assert figures["profit"] == {"CNY": "0"}


# ---- the keys behind it

STRATEGY = """[accounts.a]
venue = "paper"
account = "a"
[strategies.net]
strategy = "grid"
account = "a"
instruments = ["rb2701"]
"""


def test_hours_by_cron_and_request_limits_are_read() -> None:
    hours = 'schedule = { start = "0 9 * * *", stop = "0 15 * * *", zone = "Asia/Shanghai" }\n'
    limits = "retry_unsent_s = 2\n[venues.paper.requests.second]\ncount = 10\nreserve = 2\n"
    config, _ = parse_config(STRATEGY + hours + limits, Path("anyvenue.toml"))
    net = config.strategies["net"]
    assert net.schedule == CronHours(start="0 9 * * *", stop="0 15 * * *", zone="Asia/Shanghai")
    assert net.retry_unsent_s == 2
    assert config.venues["paper"].requests["second"].count == 10


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            'schedule = { start = "0 25 * * *", stop = "0 15 * * *", zone = "UTC" }',
            r"anyvenue.toml, line 8: strategies.net.schedule.start is wrong: .* bad hour",
        ),
        (
            'schedule = { start = "0 9 * * *", stop = "0 15 * * *" }',
            "line 8: strategies.net.schedule.zone is missing",
        ),
        ('schedule = "sometimes"', "line 8: strategies.net.schedule is wrong"),
        (
            "[venues.paper.requests.second]\ncount = 2\nreserve = 2",
            "line 9: venues.paper.requests.second.count is wrong: count was 2, of which 2 is",
        ),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_line(more: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse_config(STRATEGY + more, Path("anyvenue.toml"))
