"""Secrets are named in the configuration, never written there."""

import re
from collections.abc import Callable, Mapping

import msgspec

from anyvenue.app.keyrings import Keyring, system_keyring
from anyvenue.app.masking import remember
from anyvenue.model.errors import ConfigError

__all__ = ["Secret", "is_variable", "variable_name"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A secret in the environment variable `env`, or in the system's keyring as ``service/name``.

    It holds the place and not the value: whatever prints, logs or encodes it shows the place.
    """

    env: str | None = None
    keyring: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless exactly one place is named; a text that may be the secret itself is not repeated."""
        if (self.env is None) == (self.keyring is None):
            raise ValueError('{ env = "NAME" } or { keyring = "service/name" } is expected')
        if self.env is not None and not is_variable(self.env):
            raise ValueError(
                "env is to name an environment variable (letters, digits and _), never to be the secret itself"
            )
        if self.keyring is not None and not all(self.entry):
            raise ValueError('keyring is to be "service/name", never the secret itself')

    def reveal(
        self,
        environ: Mapping[str, str],
        keyring: Callable[[], Keyring] = system_keyring,
    ) -> str:
        """Return the value; raise ConfigError when there is none, or no keyring to ask."""
        value = self._value(environ, keyring)
        if not value:
            raise self._missing()
        remember(value)
        return value

    def is_set(
        self,
        environ: Mapping[str, str],
        keyring: Callable[[], Keyring] = system_keyring,
    ) -> bool:
        """Tell whether there is a value; raise ConfigError when there is no keyring to ask."""
        return bool(self._value(environ, keyring))

    @property
    def entry(self) -> tuple[str, str]:
        """Service and name in the keyring, empty for one of the environment."""
        service, _, name = (self.keyring or "").partition("/")
        return service, name

    @property
    def place(self) -> str:
        """Where it is: ``$NAME``, or ``keyring service/name``."""
        return f"${self.env}" if self.env is not None else f"keyring {self.keyring}"

    def __repr__(self) -> str:
        field = "env" if self.env is not None else "keyring"
        return f"Secret({field}={getattr(self, field)!r}, value=***)"

    def __str__(self) -> str:
        return f"*** ({self.place})"

    def _value(self, environ: Mapping[str, str], keyring: Callable[[], Keyring]) -> str:
        if self.env is not None:
            return environ.get(self.env, "")
        return keyring().get_password(*self.entry) or ""

    def _missing(self) -> ConfigError:
        if self.env is not None:
            return ConfigError(
                f"the environment variable {self.env} is not set; the configuration names it as a secret",
                code="config.secret_missing",
                variable=self.env,
            )
        return ConfigError(
            f"the keyring has no entry {self.keyring}; keep one with: keyring set {' '.join(self.entry)}",
            code="config.secret_missing",
            entry=self.keyring,
            command=f"keyring set {' '.join(self.entry)}",
        )


def is_variable(name: str) -> bool:
    """Tell whether a text can name an environment variable."""
    return _VARIABLE.fullmatch(name) is not None


def variable_name(account: str, key: str) -> str:
    """Return the name of the environment variable proposed for a key of an account, such as OKX_MAIN_API_KEY."""
    words = [re.sub(r"[^A-Za-z0-9]+", "_", each).strip("_").upper() for each in (account, key)]
    name = "_".join([words[0] or "ACCOUNT", words[1]])
    return name if is_variable(name) else f"ACCOUNT_{name}"
