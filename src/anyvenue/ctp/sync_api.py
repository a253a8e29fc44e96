"""The blocking strategy API: ``from anyvenue.ctp.sync_api import SyncStrategyApi``, as homalos-webctp has it."""

from anyvenue.venues.ctp.sync.api import SyncStrategyApi
from anyvenue.venues.ctp.sync.plugins import StrategyPlugin
from anyvenue.venues.ctp.sync.records import Position, Quote
from anyvenue.venues.ctp.sync.terms import SyncTerms

__all__ = ["Position", "Quote", "StrategyPlugin", "SyncStrategyApi", "SyncTerms"]
