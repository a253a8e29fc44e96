"""The table of file layouts: what each vendor's columns, stamps, scales and units are."""

from anyvenue.data.layouts.captures import captures
from anyvenue.data.layouts.chinese import chinese_bars, chinese_stocks, chinese_ticks
from anyvenue.data.layouts.lean import lean_equity, lean_other
from anyvenue.data.layouts.others import others
from anyvenue.data.layouts.own import depth_columns, depth_layout, own
from anyvenue.data.profiles import Profile

__all__ = ["LAYOUTS", "depth_columns", "depth_layout"]

_GROUPS = (
    chinese_ticks,
    chinese_bars,
    chinese_stocks,
    lean_equity,
    lean_other,
    others,
    own,
    captures,
)

LAYOUTS: dict[str, Profile] = {profile.name: profile for group in _GROUPS for profile in group()}
