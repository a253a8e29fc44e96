"""Raw captures of venues' feeds, as their recorders wrote them: one message a line with the time it was received."""

from anyvenue.data.captures.checking import CrossCheck, cross_check
from anyvenue.data.captures.lines import is_capture
from anyvenue.data.captures.source import (
    CaptureSource,
    capture_events,
    join_captures,
    open_capture,
)

__all__ = [
    "CaptureSource",
    "CrossCheck",
    "capture_events",
    "cross_check",
    "is_capture",
    "join_captures",
    "open_capture",
]
