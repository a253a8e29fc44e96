"""``anyvenue config``: the configuration file, checked, shown and described."""

import msgspec
import typer

from anyvenue.app.commandline import Command, Group
from anyvenue.app.config import Config
from anyvenue.app.config_paths import config_candidates, config_path
from anyvenue.app.config_schema import config_schema
from anyvenue.app.invocation import Invocation, invocation_of
from anyvenue.app.options import JsonOption
from anyvenue.app.secrets import Secret
from anyvenue.app.tables import Column, Table
from anyvenue.model.errors import ConfigError

__all__ = ["app"]

app = typer.Typer(cls=Group, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.command(cls=Command)
def check(ctx: typer.Context, json: JsonOption = False) -> None:
    """Read the file and name what is missing."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    missing = _missing_secrets(invocation)
    if json:
        terminal.json({"file": settings.path and str(settings.path), "missing_secrets": missing})
    elif settings.path is None:
        terminal.say(terminal.text("cli.no_config"))
    else:
        terminal.say(terminal.text("cli.config_good", file=settings.path))
    if missing:
        raise ConfigError(
            f"environment variables named as secrets are not set: {', '.join(missing)}",
            code="config.secrets_missing",
            variables=missing,
        )


@app.command(cls=Command)
def show(ctx: typer.Context, json: JsonOption = False) -> None:
    """Show every value that holds."""
    invocation = invocation_of(ctx)
    terminal = invocation.terminal(machine=json)
    settings = invocation.settings
    if json:
        terminal.json(settings.config)
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


def _missing_secrets(invocation: Invocation) -> list[str]:
    values: list[object] = []
    for account in invocation.settings.config.accounts.values():
        values += [account.password, account.key, account.secret, account.passphrase]
        values += account.options.values()
    secrets = [each for each in values if isinstance(each, Secret)]
    return sorted({each.env for each in secrets if not each.is_set(invocation.environ)})


def _flat(value: object, path: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return dotted keys and the texts of their values; empty tables are left out."""
    if isinstance(value, msgspec.Struct) and not isinstance(value, Secret):
        value = {
            key: each for key, each in msgspec.structs.asdict(value).items() if each is not None
        }
    if isinstance(value, dict):
        return [
            pair for key, each in value.items() for pair in _flat(each, (*path, _quoted(str(key))))
        ]
    return [(".".join(path), str(value))]


def _quoted(key: str) -> str:
    return f'"{key}"' if "." in key else key
