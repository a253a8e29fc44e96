"""The way out of a live node: a venue's request limits shared fairly, what waits, and what is tried again."""

from anyvenue.engine.live.requests.allowance import RequestTerms
from anyvenue.engine.live.requests.outgoing import Outgoing
from anyvenue.engine.live.requests.waiting import Waiting

__all__ = ["Outgoing", "RequestTerms", "Waiting"]
