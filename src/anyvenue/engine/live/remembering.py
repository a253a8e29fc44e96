"""Snapshots of a live node, beside its journal: so that a start need not read all of it."""

from typing import TYPE_CHECKING

from anyvenue.engine.live.memory import memory_of, pack
from anyvenue.engine.live.tape_entries import Forgot

if TYPE_CHECKING:
    from anyvenue.engine.live.node import LiveNode

__all__ = ["DONE_KEPT", "Remembering"]

DONE_KEPT = 5_000
"""So many done orders of each account a node that keeps a journal remembers from one snapshot to the next."""


class Remembering:
    """Keeps what a node remembers; of done orders only the latest, here as there."""

    def __init__(self, node: "LiveNode") -> None:
        """Keep what `node` remembers once it has a journal."""
        self._node = node
        self._works = True

    def keep(self) -> None:
        """Take a snapshot; one that cannot be taken is said once, and no more are."""
        chronicle, desk = self._node.chronicle, self._node.node.desk
        if chronicle.journal is None or not self._works:
            return
        self._node.put(Forgot(DONE_KEPT))
        desk.forget(DONE_KEPT)
        try:
            trails = self._node.trails.record()
            data = pack(memory_of(desk, chronicle.written.values(), trails))
        except Exception as error:
            # Everything is in the journal, too: a start takes longer, that is all.
            self._works = False
            what = f"{type(error).__name__}: {error}"
            self._node.log("journal", f"no more snapshots are taken ({what}); please report this")
            return
        chronicle.keep(data, self._node.now())
