"""What the configuration says about the faces of a node.

[faces.ctp]
accounts = ["class"]
password = { env = "CTP_FACE_PASSWORD" }
td_port = 41205
[faces.webctp]
accounts = ["class"]
password = { env = "CTP_FACE_PASSWORD" }
port = 8888
"""

from typing import Annotated

import msgspec

from anyvenue.app.secrets import Secret

__all__ = ["CtpFaceConfig", "FacesConfig", "WebctpFaceConfig"]

_Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class CtpFaceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A CTP counter over the node: its `accounts` are the investors, who log in with `password`.

    `profile` says how the counter deals with its clients; over accounts that have no money in its currency it takes
    theirs, or `currency`. Ports 0 are free ones; quotes come through either port. `queries_per_second` 0 does not pace
    queries. Other machines may connect only with `allow_remote`.
    """

    accounts: list[str]
    password: Secret
    host: str = "127.0.0.1"
    td_port: _Port = 41205
    md_port: _Port = 41213
    allow_remote: bool = False
    profile: str = "anyvenue"
    currency: str | None = None
    queries_per_second: Annotated[int, msgspec.Meta(ge=0)] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError, beginning with the key, for a face that nobody could trade at."""
        _check(self.accounts)


class WebctpFaceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same counter for programs that speak JSON over WebSockets, at one `port`.

    `token` must be shown by every program that connects; without one only this machine may.
    """

    accounts: list[str]
    password: Secret
    host: str = "127.0.0.1"
    port: _Port = 8888
    token: Secret | None = None
    profile: str = "anyvenue"
    currency: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError, beginning with the key, for a face that nobody could trade at."""
        _check(self.accounts)


class FacesConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The faces of a node by their kind; those that are not there are not opened."""

    ctp: CtpFaceConfig | None = None
    webctp: WebctpFaceConfig | None = None

    @property
    def accounts(self) -> list[str]:
        """The accounts that any face opens, each once."""
        found = [name for each in (self.ctp, self.webctp) if each for name in each.accounts]
        return list(dict.fromkeys(found))

    @property
    def secrets(self) -> list[Secret]:
        """The secrets that they name."""
        found = [each.password for each in (self.ctp, self.webctp) if each]
        token = self.webctp.token if self.webctp else None
        return [*found, token] if token else found


def _check(accounts: list[str]) -> None:
    if not accounts:
        raise ValueError("accounts was empty: name those of [accounts] that may be traded here")
