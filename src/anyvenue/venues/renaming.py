"""Account names: an account is called in a node what the configuration calls it, and at its venue what that does.

Two venues may have accounts of one name. A driver gives the node's name to everything it posts, and the venue's to
everything it sends.
"""

from typing import TypeVar

import msgspec
from msgspec.structs import replace

from anyvenue.model.ids import AccountId
from anyvenue.model.protocols import Snapshot

__all__ = ["renamed", "renamed_snapshot"]

_Record = TypeVar("_Record", bound=msgspec.Struct)
_PARTS = ("request", "fill", "position")


def renamed(record: _Record, account: AccountId) -> _Record:
    """Return an event, a command or another record of one account, and what is in it, under this account's name."""
    fields = type(record).__struct_fields__
    changes: dict[str, object] = {}
    if "account" in fields:
        changes["account"] = account
    for part in _PARTS:
        if part in fields:
            changes[part] = renamed(getattr(record, part), account)
    return replace(record, **changes) if changes else record


def renamed_snapshot(snapshot: Snapshot, account: AccountId) -> Snapshot:
    """Return a venue's snapshot under this account's name."""
    if snapshot.account == account:
        return snapshot
    changes = {
        name: tuple(renamed(each, account) for each in value)
        for name in Snapshot.__struct_fields__
        if isinstance(value := getattr(snapshot, name), tuple) and name != "cursor"
    }
    return replace(snapshot, account=account, **changes)
