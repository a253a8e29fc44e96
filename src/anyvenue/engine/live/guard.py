"""An event that a live node could not take: its books may lack something, so nothing is risked on them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from anyvenue.model.events import Event
from anyvenue.oms.risk import NODE

if TYPE_CHECKING:
    from anyvenue.engine.live.node import LiveNode

__all__ = ["Guard"]


class Guard:
    """Lets a node only reduce once something went wrong inside it, until somebody has looked."""

    def __init__(self, node: "LiveNode") -> None:
        """Watch over `node`."""
        self._node = node
        self._bugs: dict[str, None] = {}

    def guarded(self, handle: Callable[[Event], None]) -> Callable[[Event], None]:
        """Return what handles an event and, where that fails, lets the node only reduce."""

        def guarded(event: Event) -> None:
            try:
                handle(event)
            except Exception as error:
                self._on_bug(event, error)
                raise

        return guarded

    def _on_bug(self, event: Event, error: Exception) -> None:
        """Take no risk on books that may lack something; say so once."""
        node = self._node
        text = f"{type(event).__name__} could not be taken ({type(error).__name__}: {error}); please report this"
        if text not in self._bugs:
            self._bugs[text] = None
            node.log("node", text)
        node.node.desk.watch.halt(NODE, text, rule="fault", reduce_only=True)
        account = getattr(event, "account", None)
        if account in node.node.desk.accounts:
            node.session_of(account).look_again()
