"""What a tape keeps of the configuration, and a node made of it again: no account's settings, no secret."""

import msgspec
from msgspec.structs import replace

from anyvenue.app.config import Config
from anyvenue.app.settings import Settings
from anyvenue.app.simulation import VenueChoice, venue_options
from anyvenue.engine.live.node import LiveNode
from anyvenue.engine.live.tape_entries import Began
from anyvenue.engine.venue import hours_of, make_rates
from anyvenue.model.errors import JournalError
from anyvenue.model.ids import AccountId, VenueId
from anyvenue.model.protocols import Clock
from anyvenue.reference.overrides import Overrides

__all__ = ["RebuiltNode", "pack_terms"]


class _Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration that a node's decisions hang on; `date` is the day of its catalogue."""

    date: int
    hours: str
    config: Config
    overrides: Overrides


_decode = msgspec.msgpack.Decoder(_Terms).decode


def pack_terms(settings: Settings, date: int, hours: str) -> bytes:
    """Return the terms as a tape keeps them; `hours` are those where the configuration says none."""
    config = settings.config
    kept = replace(
        config, accounts={}, strategies={}, venues={}, node=replace(config.node, webhook=None)
    )
    return msgspec.msgpack.encode(
        _Terms(date=date, hours=hours, config=kept, overrides=settings.overrides)
    )


class RebuiltNode:
    """A node as it was configured when it was recorded, without venues, accounts and strategies."""

    def __init__(self, began: Began, clock: Clock) -> None:
        """Make it; raise JournalError for terms that this version cannot read."""
        try:
            terms = _decode(began.terms)
        except msgspec.DecodeError as error:
            raise JournalError(
                f"the configuration was recorded by anyvenue {began.version} and cannot be read ({error}); replay it "
                "with that version",
                code="journal.record_version",
                version=began.version,
            ) from None
        settings = Settings(terms.config, terms.overrides)
        catalog = settings.catalog(terms.date)
        choice = VenueChoice(hours=terms.hours, usual_latency_ms=1.0, matching="touch")
        self._options = venue_options(settings, choice, ())
        self.node = LiveNode(
            catalog,
            name=began.node,
            clock=clock,
            sessions_of=hours_of(self._options, catalog),
            risk=terms.config.risk,
        )

    def add_account(self, account: AccountId, venue: VenueId) -> None:
        """Keep the books of an account as then."""
        self.node.add_account(account, venue, make_rates(self._options), self._options.settings)
