"""A recorded node, run again: the same commands and the same audit hash, or the first difference."""

from anyvenue.engine.replaying.comparing import Difference
from anyvenue.engine.replaying.reading import RecordedSession, recorded_sessions
from anyvenue.engine.replaying.replay import SessionReport, replay_session

__all__ = [
    "Difference",
    "RecordedSession",
    "SessionReport",
    "recorded_sessions",
    "replay_session",
]
