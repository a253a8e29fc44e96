"""Who logs in where: the tools' options over an account of the configuration over a preset over our own counter."""

import sys
from importlib import import_module
from typing import Annotated

import msgspec
import typer

from anyvenue.app.invocation import Invocation
from anyvenue.app.masking import remember
from anyvenue.app.questions import TerminalAsker
from anyvenue.app.secrets import Secret
from anyvenue.model.errors import ConfigError
from anyvenue.venues.ctp.driver.config import PRESETS, CtpConfig, Preset
from anyvenue.venues.ctp.tools.access import OURS, Access

__all__ = [
    "AccountOption",
    "ApiOption",
    "AppIdOption",
    "AuthCodeOption",
    "BrokerOption",
    "FrontOption",
    "Given",
    "LibraryOption",
    "MdFrontOption",
    "PasswordOption",
    "PresetOption",
    "TimeoutOption",
    "UserOption",
    "read_access",
]

AccountOption = Annotated[str, typer.Option("--account", metavar="NAME", show_default=False)]
PresetOption = Annotated[str, typer.Option("--preset", metavar="NAME", show_default=False)]
FrontOption = Annotated[str, typer.Option("--front", metavar="tcp://HOST:PORT", show_default=False)]
MdFrontOption = Annotated[
    str, typer.Option("--md-front", metavar="tcp://HOST:PORT", show_default=False)
]
BrokerOption = Annotated[str, typer.Option("--broker", metavar="ID", show_default=False)]
UserOption = Annotated[str, typer.Option("--user", metavar="ID", show_default=False)]
PasswordOption = Annotated[str, typer.Option("--password", metavar="PLACE", show_default=False)]
AppIdOption = Annotated[str, typer.Option("--app-id", metavar="ID", show_default=False)]
AuthCodeOption = Annotated[str, typer.Option("--auth-code", metavar="CODE", show_default=False)]
LibraryOption = Annotated[str, typer.Option("--library", metavar="NAME|FILE", show_default=False)]
ApiOption = Annotated[str, typer.Option("--api", metavar="NAME[-VERSION]", show_default=False)]
TimeoutOption = Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=0.1)]

_OURS = {
    "front": "tcp://127.0.0.1:41205",
    "md_front": "tcp://127.0.0.1:41213",
    "broker": "9999",
}
# The texts that options, accounts and presets have in common.
_TEXTS = (
    "front",
    "md_front",
    "broker",
    "user",
    "app_id",
    "auth_code",
    "product_info",
    "library",
    "md_library",
)
_PASSWORD_VARIABLE = "ANYVENUE_CTP_PASSWORD"


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the options say; "" where they say nothing."""

    account: str = ""
    preset: str = ""
    front: str = ""
    md_front: str = ""
    broker: str = ""
    user: str = ""
    password: str = ""
    app_id: str = ""
    auth_code: str = ""
    library: str = ""
    api: str = ""

    def __repr__(self) -> str:
        """Name the account only: the others may be secrets."""
        return f"Given({self.account or self.user!r})"


def read_access(invocation: Invocation, given: Given, *, login: bool = True) -> Access:
    """Return the access; raise ConfigError or AccountError.

    Without any front it is the counter of ``anyvenue ctp serve`` on this machine. With `login` a user is needed;
    the password of a user is asked for where nothing says it.
    """
    account = _account(invocation, given)
    layers = _layers(invocation, given, account)
    access = Access(
        **{name: next(filter(None, (layer.get(name) for layer in layers)), "") for name in _TEXTS}
    )
    api, _, version = given.api.partition("-")
    access = msgspec.structs.replace(
        access, library=access.library or OURS, api=api or "ctp", version=version
    )
    if "sim:" in access.front + access.md_front:
        import_module("anyvenue.ctp")  # knows the way to an exchange within this process
    if login and not access.user:
        raise ConfigError(
            "name the user with --user, or an account of the configuration with --account",
            code="config.ctp_user",
        )
    if not access.user:
        return access
    return msgspec.structs.replace(access, password=_password(invocation, given, account))


def _layers(
    invocation: Invocation, given: Given, account: CtpConfig | None
) -> list[dict[str, str]]:
    """Return what is known, the options first."""
    options = {name: getattr(given, name, "") for name in _TEXTS}
    options["auth_code"] = _secret(invocation, given.auth_code, plain=True)
    if given.library:
        options["md_library"] = given.library
    layers = [options]
    if account is not None:
        own = {name: str(getattr(account, name, "")) for name in _TEXTS}
        layers.append(own | _fronts(account))
    name = given.preset or (account.preset if account else "")
    if name:
        layers.append(_preset(name, with_app=not (given.app_id or (account and account.app_id))))
    elif account is not None:
        layers.append({"library": "ctp"})
    elif not (given.front or given.md_front):
        layers.append(_OURS)
    return layers


def _account(invocation: Invocation, given: Given) -> CtpConfig | None:
    if not given.account:
        return None
    found = invocation.settings.account(given.account, "ctp").reveal(invocation.environ)
    assert isinstance(found, CtpConfig)
    return found


def _fronts(known: CtpConfig | Preset) -> dict[str, str]:
    return {"front": known.trade_front, "md_front": known.market_front}


def _preset(name: str, *, with_app: bool) -> dict[str, str]:
    preset = PRESETS.get(name)
    if preset is None:
        raise ConfigError(
            f"--preset was {name!r}; there are {', '.join(PRESETS)}",
            code="config.ctp_preset",
            value=name,
            known=tuple(PRESETS),
        )
    found = {each: str(getattr(preset, each, "")) for each in _TEXTS} | _fronts(preset)
    return found if with_app else found | {"app_id": "", "auth_code": ""}


def _password(invocation: Invocation, given: Given, account: CtpConfig | None) -> str:
    if given.password:
        return _secret(invocation, given.password, plain=False)
    known = invocation.environ.get(_PASSWORD_VARIABLE, "")
    if not known and account is not None:
        known = account.password
    if known:
        remember(known)
        return known
    return _asked_for(invocation)


def _secret(invocation: Invocation, place: str, *, plain: bool) -> str:
    """Return what is at ``env:NAME`` or ``keyring:SERVICE/NAME``, or what is typed for ``prompt``."""
    kind, colon, rest = place.partition(":")
    if place == "prompt":
        return _asked_for(invocation)
    try:
        if colon and kind in ("env", "keyring"):
            secret = Secret(env=rest) if kind == "env" else Secret(keyring=rest)
            return secret.reveal(invocation.environ)
    except ValueError as error:
        raise ConfigError(str(error), code="config.ctp_secret") from None
    if place and not plain:
        raise ConfigError(
            "--password names a place: env:NAME, keyring:SERVICE/NAME or prompt; a password on the command line is "
            "seen by everybody on the machine",
            code="config.ctp_secret",
        )
    return place


def _asked_for(invocation: Invocation) -> str:
    """Ask on the terminal; without one there is no password, which our own counter may take."""
    if not sys.stdin.isatty():
        return ""
    terminal = invocation.terminal()
    asker = TerminalAsker(lambda choices: "")
    found = asker.hidden(terminal.text("cli.ctp_password"))
    remember(found)
    return found
