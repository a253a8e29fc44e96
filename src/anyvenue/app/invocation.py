"""One call of the command line: its language, its settings, and where its output goes."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from anyvenue.app.config_paths import config_path
from anyvenue.app.messages import Language, language
from anyvenue.app.terminal import Terminal
from anyvenue.model.errors import ConfigError

if TYPE_CHECKING:
    from anyvenue.app.settings import Settings

__all__ = ["Invocation", "invocation_of", "language_of"]


class Invocation:
    """What the options before the command say; the configuration is read when it is first asked for."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        lang: str | None = None,
        config: Path | None = None,
        debug: bool = False,
    ) -> None:
        """Take the options; raise ConfigError for a language that was asked for and does not exist."""
        self.environ = environ
        self.config = config
        self.debug = debug
        self._settings: Settings | None = None
        self.lang = self._language(lang)

    @property
    def settings(self) -> "Settings":
        """The configuration; raise ConfigError where the file is wrong."""
        if self._settings is None:
            from anyvenue.app.settings import read_settings  # most help pages never need it

            self._settings = read_settings(self.config, self.environ)
        return self._settings

    def terminal(self, machine: bool = False) -> Terminal:
        """Return where to write; `machine` keeps everything but JSON from standard output."""
        return Terminal(self.lang, machine=machine)

    def _language(self, lang: str | None) -> Language:
        if lang or self.environ.get("ANYVENUE_LANG"):
            return language(lang, self.environ)
        if config_path(self.config, self.environ) is None:
            return language(None, self.environ)
        try:
            configured = self.settings.config.node.lang
        except ConfigError:
            configured = None  # whoever needs the configuration says what is wrong with it
        return configured or language(None, self.environ)


def invocation_of(ctx: typer.Context) -> Invocation:
    """Return the invocation that the root command made."""
    found = ctx.find_root().obj
    if not isinstance(found, Invocation):
        raise TypeError("the command was started without the root command")
    return found


def language_of(ctx: typer.Context, environ: Mapping[str, str]) -> Language:
    """Return the language for help texts, also while the options are still being read."""
    root = ctx.find_root()
    if isinstance(root.obj, Invocation):
        return root.obj.lang
    try:
        return language(root.params.get("lang"), environ)
    except ConfigError:
        return "en"
