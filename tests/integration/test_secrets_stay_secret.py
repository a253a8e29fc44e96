"""An account's secrets, from the configuration through a node at a venue: no file, text or log ever holds them."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path

import pytest
from rich.pretty import pretty_repr
from typer.testing import CliRunner

from anyvenue.app.main import app
from anyvenue.app.messages import translate
from anyvenue.app.settings import Settings, read_settings
from anyvenue.engine.live import LiveNode
from anyvenue.model.enums import Side
from anyvenue.model.errors import AnyvenueError
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.orders import OrderRequest
from anyvenue.reference.catalog import Catalog
from anyvenue.reference.sessions import get_sessions
from anyvenue.venues.paper.passwords import hashed
from anyvenue.venues.paper.server import ServerTerms
from anyvenue.venues.registry import find_venue
from served import PATIENCE_S, RB, hosted, served

PASSWORD, TOKEN, WRONG = "hunter2-password", "hunter2-token", "hunter2-wrong"
ALICE = AccountId("alice")
ENVIRON = {"ALICE_PASSWORD": PASSWORD, "ALICE_TOKEN": TOKEN}
TABLE = """
[accounts.class]
venue = "paper"
account = "alice"
password = { env = "ALICE_PASSWORD" }
token = { env = "ALICE_TOKEN" }
backoff_s = 0.001
"""


def settings_for(folder: Path, port: int) -> Settings:
    path = folder / "anyvenue.toml"
    path.write_text(f"{TABLE}port = {port}\n", encoding="utf-8")
    return read_settings(path, {})


async def trade(
    settings: Settings, journal: Path, environ: dict[str, str], said: list[str]
) -> None:
    """Log in, trade, leave; whatever is printed or raised on the way goes to `said`."""
    account = settings.account("class")
    config = account.reveal(environ)
    driver = find_venue(account.venue).make_driver(config)
    catalog = Catalog()
    node = LiveNode(
        catalog,
        sessions_of=lambda each: get_sessions("always"),
        logger=lambda source, line: said.append(f"{source} {line}"),
    )
    node.add_venue(driver)
    node.add_account(ALICE, VenueId("paper"))
    node.open_journal(journal)
    said += [show(each) for each in (account, config, driver, node) for show in (repr, pretty_repr)]
    try:
        async with asyncio.timeout(PATIENCE_S):
            await node.start()
            node.node.desk.submit(OrderRequest(ALICE, RB, Side.BUY, Decimal(1), Decimal(3500)))
    except AnyvenueError as error:
        said += [error.text, repr(error.fields), translate(error, "zh")]
    finally:
        await node.stop()


@pytest.mark.parametrize("environ", [ENVIRON, {**ENVIRON, "ALICE_PASSWORD": WRONG}])
def test_nothing_that_a_node_writes_or_says_holds_a_secret(
    tmp_path: Path, environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    said: list[str] = []

    async def main() -> None:
        exchange = hosted()
        exchange.create_account(ALICE, {"CNY": Decimal(1_000_000)}, hashed(PASSWORD, cost=2))
        terms = ServerTerms(token=TOKEN)
        async with served(accounts=(), terms=terms, exchange=exchange) as found:
            await trade(settings_for(tmp_path, found.port), tmp_path / "journal", environ, said)
            said.extend(found.notes)

    asyncio.run(main())
    assert said
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 1
    assert not [each for each in written if b"hunter2" in each]
    assert "hunter2" not in "".join(said) + caplog.text


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "words",
    [
        ("config", "show"),
        ("config", "show", "--json"),
        ("config", "check"),
        ("config", "check", "--json"),
        ("config", "schema"),
        ("doctor",),
        ("init", "--venue", "paper"),
        ("init", "--add", "--venue", "paper", "--set", "account=a", "--json"),
        ("instrument", "no-such", "--debug"),
    ],
)
def test_no_command_shows_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], lang: str
) -> None:
    monkeypatch.chdir(tmp_path)
    settings_for(tmp_path, 7788)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, [*words, "--lang", lang])
    assert "hunter2" not in result.output
    if "--json" in words:
        assert json.loads(result.stdout)
