"""``anyvenue config``: the configuration file, checked, shown and described."""

from typing import Annotated

import msgspec
import typer
from msgspec import structs

from anyvenue.app.accounts import AccountConfig
from anyvenue.app.commandline import Command, Group
from anyvenue.app.commands.config_import import import_app
from anyvenue.app.config import Config
from anyvenue.app.config_paths import config_candidates, config_path
from anyvenue.app.config_schema import config_schema, setting_json
from anyvenue.app.invocation import Invocation, invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.secrets import Secret
from anyvenue.app.tables import Column, Table
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError
from anyvenue.venues.closed import CLOSED, ClosedVenue
from anyvenue.venues.registry import find_venue, venue_names
from anyvenue.venues.settings import Setting

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.add_typer(import_app, name="import")
_VenueName = Annotated[str | None, typer.Argument(metavar="NAME", show_default=False)]


@app.command(cls=Command)
def check(ctx: typer.Context, json: JsonOption = False) -> None:
    """Read the file and name what is missing."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    if settings.config.strategies:
        from anyvenue.app.strategy_checks import check_strategies  # few files have any

        check_strategies(settings)
    missing = _missing_secrets(invocation)
    if json:
        terminal.json({"file": settings.path and str(settings.path), "missing_secrets": missing})
    elif settings.path is None:
        terminal.say(terminal.text("cli.no_config"))
    else:
        terminal.say(terminal.text("cli.config_good", file=settings.path))
    if missing:
        raise ConfigError(
            f"what the configuration names as secrets is not set: {', '.join(missing)}",
            code="config.secrets_missing",
            places=missing,
        )


@app.command(cls=Command)
def show(ctx: typer.Context, json: JsonOption = False) -> None:
    """Show every value that holds."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    if json:
        terminal.json(_document(settings.config))
        return
    defaults = dict(_flat(Config(), ()))
    rows = []
    for key, value in _flat(settings.config, ()):
        changed = key not in defaults or defaults[key] != value
        rows.append((key, value, terminal.text("cli.from_file" if changed else "cli.from_default")))
    heads = (
        Column(terminal.text("column.key")),
        Column(terminal.text("column.value")),
        Column(terminal.text("column.source")),
    )
    terminal.table(Table(heads, rows, str(settings.path or terminal.text("cli.no_config"))))


@app.command(cls=Command)
def schema(ctx: typer.Context) -> None:
    """Print the JSON schema."""
    invocation_of(ctx).terminal().json(config_schema())


@app.command(cls=Command)
def path(ctx: typer.Context, json: JsonOption = False) -> None:
    """Name the file that is read, and where one is looked for."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    found = config_path(invocation.config, invocation.environ)
    candidates = config_candidates(invocation.config, invocation.environ)
    if json:
        terminal.json(
            {"file": found and str(found), "searched": [str(each) for each in candidates]}
        )
        return
    for each in candidates:
        mark = terminal.text("cli.read" if each == found and each.is_file() else "cli.not_there")
        terminal.say(f"{each}  ({mark})")


@app.command(cls=Command)
def venues(ctx: typer.Context, name: _VenueName = None, json: JsonOption = False) -> None:
    """List the venues, or the keys of one."""
    terminal = invocation_of(ctx).terminal(machine=json)
    if name is None:
        found = [find_venue(each) for each in venue_names()]
        if json:
            terminal.json([{"venue": each.name, "title": each.title_en} for each in found])
            return
        heads = (Column(terminal.text("column.venue")), Column(""))
        rows = [(each.name, each.title(terminal.lang)) for each in found]
        rows += [(each.name, _closed(terminal, each)) for each in CLOSED]
        terminal.table(Table(heads, rows))
        return
    venue = find_venue(name)
    if json:
        fields = [
            {**structs.asdict(each), "schema": setting_json(venue, each.name)}
            for each in venue.settings
        ]
        terminal.json({"venue": venue.name, "title": venue.title_en, "settings": fields})
        return
    columns = [Column(terminal.text(f"column.{each}")) for each in ("key", "value", "default")]
    lines = [_setting_row(terminal, each) for each in venue.settings]
    title = f"{venue.name}: {venue.title(terminal.lang)}"
    terminal.table(Table([*columns, Column("")], lines, title))


def _closed(terminal: Terminal, gone: ClosedVenue) -> str:
    when = gone.when_zh if terminal.lang == "zh" else gone.when
    return terminal.text("cli.venue_closed", title=gone.title, when=when)


def _setting_row(terminal: Terminal, setting: Setting) -> tuple[str, str, str, str]:
    form = "/".join(map(str, setting.choices)) or terminal.text(f"setting.{setting.form}")
    default = "" if setting.default is None else str(setting.default)
    return (
        setting.name,
        terminal.text("setting.secret") if setting.secret else form,
        terminal.text("setting.required") if setting.required else default,
        setting.help(terminal.lang),
    )


def _document(config: Config) -> dict[str, object]:
    """Return the configuration as its file has it."""
    accounts = {name: each.table for name, each in config.accounts.items()}
    return {**structs.asdict(config), "accounts": accounts}


def _missing_secrets(invocation: Invocation) -> list[str]:
    """Return the places of secrets where nothing is."""
    config = invocation.settings.config
    secrets = [each for account in config.accounts.values() for each in account.secrets]
    secrets += config.faces.secrets
    for name in config.faces.accounts:
        invocation.settings.account(name)  # which says what there is
    return sorted({each.place for each in secrets if not each.is_set(invocation.environ)})


def _flat(value: object, path: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return dotted keys and the texts of their values; empty tables are left out."""
    if isinstance(value, AccountConfig):
        value = value.table
    if isinstance(value, msgspec.Struct) and not isinstance(value, Secret):
        value = {key: each for key, each in structs.asdict(value).items() if each is not None}
    if isinstance(value, dict):
        return [
            pair for key, each in value.items() for pair in _flat(each, (*path, _quoted(str(key))))
        ]
    return [(".".join(path), str(value))]


def _quoted(key: str) -> str:
    return f'"{key}"' if "." in key else key
