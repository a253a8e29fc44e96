"""An inbox for who only asks."""

from anyvenue.model.events import Event

__all__ = ["Nowhere"]


class Nowhere:
    """Forgets what a driver posts."""

    def post(self, event: Event) -> None:
        """Forget the event."""
