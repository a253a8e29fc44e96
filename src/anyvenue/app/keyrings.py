"""The system's keyring, by the library `keyring` where that is installed (extra `keyring`)."""

from importlib import import_module
from typing import Protocol

from anyvenue.model.errors import ConfigError

__all__ = ["Keyring", "keyring_there", "system_keyring"]


class Keyring(Protocol):
    """Keeps passwords by service and name."""

    def get_password(self, service: str, name: str) -> str | None:
        """Return the password, None where there is none."""

    def set_password(self, service: str, name: str, password: str) -> None:
        """Keep the password in place of an earlier one."""


class _System:
    """The library's keyring; what it raises becomes a ConfigError that never holds the password."""

    def __init__(self, library: Keyring) -> None:
        self._library = library

    def get_password(self, service: str, name: str) -> str | None:
        try:
            return self._library.get_password(service, name)
        except Exception as error:
            raise _failed("read", service, name, error) from None

    def set_password(self, service: str, name: str, password: str) -> None:
        try:
            self._library.set_password(service, name, password)
        except Exception as error:
            raise _failed("written", service, name, error) from None


def system_keyring() -> Keyring:
    """Return the keyring of this system; raise ConfigError where the library is not installed."""
    try:
        return _System(import_module("keyring"))
    except ImportError as error:
        raise ConfigError(
            "the keyring is named for a secret and the library keyring is not installed; "
            "pip install 'anyvenue[keyring]', or name an environment variable: { env = \"NAME\" }",
            code="config.extra_missing",
            package="keyring",
            extra="keyring",
        ) from error


def keyring_there() -> bool:
    """Tell whether there is a keyring that can be read and written."""
    try:
        library = import_module("keyring")
        return float(library.get_keyring().priority) > 0
    except Exception:  # whatever a desktop without a keyring raises, the answer is no
        return False


def _failed(what: str, service: str, name: str, error: Exception) -> ConfigError:
    """Return the error; of a library's text nothing is repeated, it may hold what was to be kept."""
    kind = type(error).__name__
    return ConfigError(
        f"the keyring entry {service}/{name} cannot be {what} ({kind}); is the keyring unlocked? "
        "Else name an environment variable in the configuration",
        code="config.keyring_failed",
        entry=f"{service}/{name}",
        detail=kind,
    )
