"""Who logs in where, through which library; and how a session for it is opened."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from anyvenue.venues.ctp.description import describe
from anyvenue.venues.ctp.dialects.spoken import translated
from anyvenue.venues.ctp.door.greeting import Side
from anyvenue.venues.ctp.native.catalogue import find_library
from anyvenue.venues.ctp.native.factories import Which
from anyvenue.venues.ctp.native.library import open_library
from anyvenue.venues.ctp.native.seam import LibrarySession, OnCalled
from anyvenue.venues.ctp.native.session import open_session
from anyvenue.venues.ctp.python.client import open_door
from anyvenue.venues.ctp.tools.conversation import Conversation, Heard

__all__ = ["OURS", "Access", "converse", "library_of"]

OURS = "anyvenue"
"""The name that stands for no library at all: the framed door of ``anyvenue ctp serve`` is spoken directly."""

# TORA's quotes are an API of their own.
_MD_APIS = {"tora": "toramd", "toraopt": "toramd"}


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Where an account is and what it is let in with.

    `library` is `OURS`, the name of a counter whose library is installed, or the user's own file or folder. `api` and
    `version` say what is spoken with `OURS`. Fronts are ``tcp://HOST:PORT``, several with commas between them.
    """

    front: str = ""
    md_front: str = ""
    broker: str = ""
    user: str = ""
    password: str = ""
    app_id: str = ""
    auth_code: str = ""
    product_info: str = ""
    library: str = OURS
    md_library: str = ""
    api: str = "ctp"
    version: str = ""

    def __repr__(self) -> str:
        """Name the account, never what it is let in with."""
        return f"Access({self.user!r}, {self.front or self.md_front!r}, {self.library!r})"

    def fronts(self, which: Which) -> list[str]:
        """Return the addresses of a side."""
        text = self.front if which == "trader" else self.md_front
        return [each.strip() for each in text.split(",") if each.strip()]


def library_of(access: Access, which: Which) -> Path | None:
    """Return the library's file, None where none is used; raise ConfigError where it is not found."""
    name = access.library if which == "trader" else access.md_library or access.library
    return None if name == OURS else find_library(name, which)


def converse(
    access: Access, which: Which, flow: Path, hear: Callable[[Heard], None] = lambda heard: None
) -> Conversation:
    """Open a conversation with a front, not yet started; raise ConfigError.

    `flow` is a folder for the library's files. FEMAS and TORA are spoken to in CTP's words.
    """
    path = library_of(access, which)

    def opened(post: OnCalled) -> LibrarySession:
        if path is None:
            api = access.api if which == "trader" else _MD_APIS.get(access.api, access.api)
            side = Side.TRADER if which == "trader" else Side.MD
            prefix = f"{flow / which}-"
            own = describe(api, access.version)
            return translated(
                own,
                lambda heard: open_door(api, access.version, side, heard, time.time_ns, prefix),
                post,
            )
        library = open_library(path, which)
        return translated(
            library.description,
            lambda heard: open_session(library, flow / which, heard, time.time_ns),
            post,
        )

    return Conversation(opened, hear, trader=which == "trader")
