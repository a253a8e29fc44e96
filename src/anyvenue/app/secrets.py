"""Secrets are named in the configuration, never written there."""

from collections.abc import Mapping

import msgspec

from anyvenue.model.errors import ConfigError

__all__ = ["Secret"]


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A secret in the environment variable `env`.

    It holds the variable's name and not its value: whatever prints, logs or encodes it shows the name.
    """

    env: str

    def reveal(self, environ: Mapping[str, str]) -> str:
        """Return the value; raise ConfigError when the variable is not set."""
        value = environ.get(self.env, "")
        if not value:
            raise ConfigError(
                f"the environment variable {self.env} is not set; the configuration names it as a secret",
                code="config.secret_missing",
                variable=self.env,
            )
        return value

    def is_set(self, environ: Mapping[str, str]) -> bool:
        """Tell whether there is a value."""
        return bool(environ.get(self.env))

    def __repr__(self) -> str:
        return f"Secret(env={self.env!r}, value=***)"

    def __str__(self) -> str:
        return f"*** (${self.env})"
