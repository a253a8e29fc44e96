"""Which configuration holds, and what follows from it: the catalogue of instruments and the simulated venue."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from anyvenue.app.accounts import AccountConfig, find_account
from anyvenue.app.config import Config
from anyvenue.app.config_paths import config_path
from anyvenue.app.config_reader import read_config
from anyvenue.model.errors import ConfigError
from anyvenue.reference.catalog import DEFAULT_DATE, Catalog
from anyvenue.reference.overrides import Overrides

__all__ = ["Settings", "read_settings"]


class Settings(msgspec.Struct, frozen=True):
    """The configuration, where it was read, None for the defaults, and its overrides of the tables."""

    config: Config = Config()
    overrides: Overrides = Overrides()
    path: Path | None = None

    def catalog(self, date: int | None = None, overrides: Overrides | None = None) -> Catalog:
        """Return the instruments as of `date`; raise ConfigError for a day that does not exist."""
        try:
            return Catalog(date or DEFAULT_DATE, overrides or self.overrides)
        except ValueError:
            raise ConfigError(
                f"--date was {date}; a day such as 20260915 is expected",
                code="config.date",
                value=date,
            ) from None

    def account(self, name: str | int, venue: str | None = None) -> AccountConfig:
        """Return an account by its name, or by its place in the file (from 0), among those of `venue` if it is given.

        Raises AccountError that names the accounts there are: there is never a default one.
        """
        return find_account(list(self.config.accounts.values()), name, venue, self.path)


def read_settings(given: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the file that is found; raise ConfigError where it is wrong."""
    path = config_path(given, environ)
    if path is None:
        return Settings()
    config, overrides = read_config(path)
    return Settings(config, overrides, path)
